"""What the served Galtea document does that the vendor's SDK cannot show: raw requests on a real port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

Record = dict[str, Any]
Maker = Callable[..., Record]


def unique(name: str) -> str:
    """Return a name that nothing on the server has."""
    return f"{name}-{uuid4().hex[:12]}"


def refusal(answer: httpx.Response, status: int) -> str:
    """Check that an answer is a refusal in the document's shape, and return what it says was wrong."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error", "message"}
    assert body["error"]
    return str(body["message"])


@pytest.fixture(scope="module")
def api(live_server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live_server, headers={"Authorization": "Bearer gsk_test"}) as client:
        yield client


@pytest.fixture
def make(api: httpx.Client) -> Maker:
    """Make a record: `make("/versions", productId="prod_123")`."""

    def make(path: str, **body: Any) -> Record:
        answer = api.post(path, json=body)
        assert answer.status_code == 201, answer.text
        record: Record = answer.json()
        return record

    return make


@pytest.fixture
def version(make: Maker) -> Record:
    return make("/versions", productId="prod_123", name=unique("version"))


@pytest.fixture
def case(make: Maker) -> Record:
    test = make("/tests", productId="prod_123", name=unique("test"))
    return make("/testCases", testId=test["id"], input="Hello", context="It is Saturday.")


@pytest.fixture
def make_session(make: Maker, version: Record, case: Record) -> Maker:
    """Make a session of the version: of the test case, or in production if asked for."""

    def make_session(**body: Any) -> Record:
        branch = {} if body.get("isProduction") else {"testCaseId": case["id"]}
        return make("/sessions", **{"versionId": version["id"], **branch, **body})

    return make_session


@pytest.fixture
def listed(api: httpx.Client, version: Record) -> Callable[..., list[str]]:
    """List sessions of the version, by query: `listed(sort=["createdAt", "desc"])` -> ids."""

    def listed(**query: Any) -> list[str]:
        answer = api.get("/sessions", params={"versionIds": version["id"], **query})
        assert answer.status_code == 200, answer.text
        return [session["id"] for session in answer.json()]

    return listed


# The seed


def test_curl_of_the_documentation_works_as_printed(api: httpx.Client, live_server: str) -> None:
    mine = api.get("/sessions", params={"customIds": "my-session-1", "versionIds": "ver_123"}).json()
    for session in mine:
        api.delete(f"/sessions/{session['id']}")

    answer = httpx.post(
        f"{live_server}/sessions",
        headers={"Authorization": "Bearer <token>", "Content-Type": "application/json"},
        content="""
{
  "versionId": "ver_123",
  "customId": "my-session-1",
  "testCaseId": "tc_123",
  "isProduction": false,
  "metadata": {
    "key": "value"
  },
  "status": "COMPLETED"
}
""",
    )

    assert answer.status_code == 201
    session = answer.json()
    assert (session["versionId"], session["testCaseId"]) == ("ver_123", "tc_123")
    assert session["customId"] == "my-session-1"
    assert (session["metadata"], session["status"]) == ({"key": "value"}, "COMPLETED")


def test_answer_has_every_property_of_a_session_and_no_other(make_session: Maker) -> None:
    assert set(make_session()) == {
        "id", "customId", "versionId", "userId", "testCaseId", "context", "stoppingReason", "error", "status",
        "metadata", "createdAt", "deletedAt",
    }  # fmt: skip


def test_probe_of_the_sdk_needs_no_credentials(live_server: str) -> None:
    answer = httpx.get(f"{live_server}/minimum-sdk-version")

    assert answer.status_code == 200
    assert answer.json() == {"minimumSdkVersionSupported": "1.0.0", "latestSdkVersionPublished": "5.12.0"}


# Two branches of creation


@pytest.mark.parametrize("extra", [{}, {"isProduction": None}, {"isProduction": False}])
def test_session_under_test_needs_a_test_case(api: httpx.Client, version: Record, extra: Record) -> None:
    answer = api.post("/sessions", json={"versionId": version["id"], **extra})

    assert "testCaseId" in refusal(answer, 400)


def test_null_as_test_case_is_none(api: httpx.Client, version: Record) -> None:
    answer = api.post("/sessions", json={"versionId": version["id"], "testCaseId": None})

    assert "testCaseId" in refusal(answer, 400)


def test_production_session_may_name_null_as_test_case(make_session: Maker) -> None:
    assert make_session(isProduction=True, testCaseId=None)["testCaseId"] is None


def test_production_session_refuses_a_test_case(api: httpx.Client, version: Record, case: Record) -> None:
    answer = api.post(
        "/sessions", json={"versionId": version["id"], "testCaseId": case["id"], "isProduction": True}
    )

    assert "testCaseId" in refusal(answer, 400)


def test_session_under_test_refuses_a_context(api: httpx.Client, version: Record, case: Record) -> None:
    answer = api.post(
        "/sessions",
        json={"versionId": version["id"], "testCaseId": case["id"], "context": {"value": "Monday"}},
    )

    assert "context" in refusal(answer, 400)


def test_session_without_version_is_refused(api: httpx.Client) -> None:
    assert "versionId" in refusal(api.post("/sessions", json={"isProduction": True}), 400)


def test_session_under_test_has_the_context_of_its_test_case(make_session: Maker) -> None:
    assert make_session()["context"] == {"value": "It is Saturday."}


def test_status_is_kept_and_is_production_is_not(make_session: Maker) -> None:
    session = make_session(isProduction=True, status="PENDING")

    assert session["status"] == "PENDING"
    assert "isProduction" not in session


def test_text_as_context_is_wrapped(make_session: Maker) -> None:
    assert make_session(isProduction=True, context="plain")["context"] == {"value": "plain"}


def test_object_as_context_stays(make_session: Maker) -> None:
    assert make_session(isProduction=True, context={"plan": "family"})["context"] == {"plan": "family"}


def test_null_as_status_is_the_default(make_session: Maker) -> None:
    assert make_session(status=None)["status"] == "COMPLETED"


def test_user_is_the_callers_unless_in_production(make_session: Maker) -> None:
    assert make_session(userId="user_of_mine")["userId"] == "user_123"
    assert make_session(isProduction=True)["userId"] is None


def test_texts_outside_ascii_survive(api: httpx.Client, make_session: Maker) -> None:
    error = 'HTTP 422 — {"detail": "order \\"88213\\" unknown"} ✂ 你好'
    session = make_session()

    api.patch(f"/sessions/{session['id']}", json={"error": error})

    assert api.get(f"/sessions/{session['id']}").json()["error"] == error


# Filters


def test_ids_are_understood_with_and_without_brackets(api: httpx.Client, make_session: Maker) -> None:
    wanted = [make_session()["id"], make_session()["id"]]
    make_session()

    for name in ("ids", "ids[]", "ids%5B%5D"):
        answer = api.get(f"/sessions?{name}={wanted[0]}&{name}={wanted[1]}")
        assert [session["id"] for session in answer.json()] == wanted, name


def test_unknown_id_among_ids_is_named(api: httpx.Client, make_session: Maker) -> None:
    answer = api.get("/sessions", params={"ids[]": [make_session()["id"], "session_unknown"]})

    assert "session_unknown" in refusal(answer, 404)


@pytest.mark.parametrize("path", ["/products", "/versions", "/tests", "/testCases", "/inferenceResults"])
def test_unknown_id_among_ids_is_not_found_for_neighbours(api: httpx.Client, path: str) -> None:
    assert "nobody" in refusal(api.get(path, params={"ids": "nobody"}), 404)


@pytest.mark.parametrize(
    "name", ["versionIds", "productIds", "testCaseIds", "testIds", "customIds", "userIds"]
)
def test_unknown_parent_leaves_an_empty_list(api: httpx.Client, name: str) -> None:
    answer = api.get("/sessions", params={name: "nobody"})

    assert (answer.status_code, answer.json()) == (200, [])


def test_product_filter_goes_through_the_version(api: httpx.Client, make: Maker, make_session: Maker) -> None:
    product = make("/products", name=unique("product"), description="Of a test.")
    version = make("/versions", productId=product["id"])
    session = make_session(versionId=version["id"])
    make_session()

    answer = api.get("/sessions", params={"productIds": product["id"]})

    assert [found["id"] for found in answer.json()] == [session["id"]]


def test_test_filter_goes_through_the_test_case(
    make_session: Maker, case: Record, listed: Callable[..., list[str]]
) -> None:
    session = make_session()
    make_session(isProduction=True)

    assert listed(testIds=case["testId"]) == [session["id"]]


def test_empty_test_stands_for_no_test(
    make_session: Maker, case: Record, listed: Callable[..., list[str]]
) -> None:
    tested, production = make_session()["id"], make_session(isProduction=True)["id"]

    assert listed(testIds="") == [production]
    assert listed(testIds=["", case["testId"]]) == [tested, production]


def test_excluded_test_drops_its_sessions(
    make_session: Maker, case: Record, listed: Callable[..., list[str]]
) -> None:
    tested, production = make_session()["id"], make_session(isProduction=True)["id"]

    assert listed(excludeTestIds=case["testId"]) == [production]
    assert listed(excludeTestIds="") == [tested]
    assert listed(excludeTestIds=["", case["testId"]]) == []


def test_filters_of_different_names_must_all_hold(
    make_session: Maker, case: Record, listed: Callable[..., list[str]]
) -> None:
    session = make_session(status="FAILED")
    make_session()
    make_session(isProduction=True, status="FAILED")

    assert listed(statuses="FAILED", testCaseIds=case["id"], userIds="user_123") == [session["id"]]


def test_bounds_of_creation_are_inclusive(make_session: Maker, listed: Callable[..., list[str]]) -> None:
    session = make_session()
    at = datetime.fromisoformat(session["createdAt"])
    step = timedelta(milliseconds=1)

    assert listed(fromCreatedAt=session["createdAt"], toCreatedAt=session["createdAt"]) == [session["id"]]
    # The same instant, spelled otherwise.
    assert listed(fromCreatedAt=at.isoformat(), toCreatedAt=at.isoformat()) == [session["id"]]
    assert listed(fromCreatedAt=(at + step).isoformat()) == []
    assert listed(toCreatedAt=(at - step).isoformat()) == []


def test_malformed_bound_is_named(api: httpx.Client) -> None:
    assert "fromCreatedAt" in refusal(api.get("/sessions", params={"fromCreatedAt": "yesterday"}), 400)


def test_invented_status_in_a_filter_is_named(api: httpx.Client) -> None:
    assert "statuses" in refusal(api.get("/sessions", params={"statuses[]": "ASLEEP"}), 400)


# Order and pages


def test_sort_takes_several_pairs(make_session: Maker, listed: Callable[..., list[str]]) -> None:
    first = make_session(status="FAILED", customId="b")["id"]
    second = make_session(status="COMPLETED", customId="a")["id"]
    third = make_session(status="FAILED", customId="c")["id"]

    assert listed(sort=["status", "asc", "customId", "desc"]) == [second, third, first]
    assert listed(**{"sort[]": ["status", "desc", "customId", "asc"]}) == [first, third, second]


def test_order_without_sort_is_that_of_creation(
    make_session: Maker, listed: Callable[..., list[str]]
) -> None:
    made = [make_session()["id"] for _ in range(4)]

    assert listed() == made


@pytest.mark.parametrize(
    "sort",
    [
        ["createdAt"],
        ["createdAt", "asc", "status"],
        ["asc", "createdAt"],
        ["nothing", "asc"],
        ["createdAt", "upwards"],
        [""],
    ],
)
def test_sort_that_is_not_in_pairs_of_property_and_direction_is_refused(
    api: httpx.Client, sort: list[str]
) -> None:
    assert "sort" in refusal(api.get("/sessions", params={"sort": sort}), 400)


def test_limit_and_offset_cut_the_list(make_session: Maker, listed: Callable[..., list[str]]) -> None:
    made = [make_session()["id"] for _ in range(5)]

    assert listed(limit=2) == made[:2]
    assert listed(offset=3) == made[3:]
    assert listed(limit=2, offset=1) == made[1:3]
    assert listed(offset=99) == []
    assert listed(limit=0) == []


@pytest.mark.parametrize("query", [{"limit": -1}, {"offset": -1}, {"limit": "many"}, {"offset": 1.5}])
def test_limit_or_offset_that_is_no_count_is_named(api: httpx.Client, query: Record) -> None:
    assert next(iter(query)) in refusal(api.get("/sessions", params=query), 400)


# Changing and finishing


def test_update_leaves_alone_what_the_server_sets(api: httpx.Client, make_session: Maker) -> None:
    session = make_session()
    fixed = {"id": "x", "versionId": "ver_123", "testCaseId": None, "userId": "x", "createdAt": None}

    answer = api.patch(f"/sessions/{session['id']}", json={**fixed, "deletedAt": "x"})

    assert (answer.status_code, answer.json()) == (200, session)


def test_update_with_an_empty_body_changes_nothing(api: httpx.Client, make_session: Maker) -> None:
    session = make_session()

    assert api.patch(f"/sessions/{session['id']}", json={}).json() == session


def test_update_of_metadata_takes_the_place_of_the_old(api: httpx.Client, make_session: Maker) -> None:
    session = make_session(metadata={"a": 1, "b": 2})

    assert api.patch(f"/sessions/{session['id']}", json={"metadata": {"a": 3}}).json()["metadata"] == {"a": 3}


def test_finish_with_an_error_fails_the_session(api: httpx.Client, make_session: Maker) -> None:
    session = make_session()

    answer = api.patch(f"/sessions/{session['id']}/finish", json={"error": "HTTP 502"})

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["error"]) == ("FAILED", "HTTP 502")
    assert api.get(f"/sessions/{session['id']}").json() == answer.json()


@pytest.mark.parametrize(
    "body", [{}, {"stoppingReason": None}, {"stoppingReason": ""}, {"error": None, "note": "x"}]
)
def test_finish_without_reason_and_error_is_refused(
    api: httpx.Client, make_session: Maker, body: Record
) -> None:
    session = make_session(status="PENDING")

    assert refusal(api.patch(f"/sessions/{session['id']}/finish", json=body), 400)
    assert api.get(f"/sessions/{session['id']}").json() == session


# Deleting


def test_delete_answers_nothing(api: httpx.Client, make_session: Maker) -> None:
    answer = api.delete(f"/sessions/{make_session()['id']}")

    assert (answer.status_code, answer.content) == (204, b"")


def test_deleted_session_is_gone_for_every_operation(api: httpx.Client, make_session: Maker) -> None:
    path = f"/sessions/{make_session()['id']}"
    api.delete(path)

    for answer in (
        api.get(path),
        api.patch(path, json={"status": "FAILED"}),
        api.patch(f"{path}/finish", json={"stoppingReason": "DONE"}),
        api.delete(path),
    ):
        assert path.rpartition("/")[2] in refusal(answer, 404)


def test_batch_deletes_all(api: httpx.Client, make_session: Maker, listed: Callable[..., list[str]]) -> None:
    made = [make_session()["id"] for _ in range(3)]

    answer = api.request("DELETE", "/sessions/batch", json={"ids": made[:2]})

    assert (answer.status_code, answer.content) == (204, b"")
    assert listed() == made[2:]


def test_batch_with_an_unknown_id_deletes_none(
    api: httpx.Client, make_session: Maker, listed: Callable[..., list[str]]
) -> None:
    made = [make_session()["id"] for _ in range(2)]

    answer = api.request("DELETE", "/sessions/batch", json={"ids": [*made, "session_unknown"]})

    assert "session_unknown" in refusal(answer, 404)
    assert listed() == made


def test_batch_of_none_is_refused(api: httpx.Client) -> None:
    assert "ids" in refusal(api.request("DELETE", "/sessions/batch", json={"ids": []}), 400)


def test_custom_id_is_unique_per_version_among_live_sessions(
    api: httpx.Client, make: Maker, make_session: Maker, version: Record, case: Record
) -> None:
    body = {"versionId": version["id"], "testCaseId": case["id"], "customId": unique("mine")}
    first = make_session(**body)

    assert str(body["customId"]) in refusal(api.post("/sessions", json=body), 409)
    other = make("/versions", productId="prod_123", name=unique("other"))
    assert make_session(**{**body, "versionId": other["id"]})
    api.delete(f"/sessions/{first['id']}")
    assert make_session(**body)["id"] != first["id"]


def test_sessions_without_custom_id_never_clash(make_session: Maker) -> None:
    assert make_session(customId=None)["id"] != make_session(customId=None)["id"]


# Neighbours


def test_nulls_for_all_optional_keys_are_taken(make: Maker) -> None:
    of_product: Record = {"productId": "prod_123"}
    version = make("/versions", **of_product, name=None, description=None, parentVersionId=None, modelId=None)
    test = make("/tests", **of_product, name=unique("test"), type=None, variants=None, status=None, uri=None)
    case = make("/testCases", testId=test["id"], input=None, context=None, userScore=None, isAugmented=None)

    assert version["name"] == f"v{version['number']}"
    assert (test["type"], test["status"]) == ("QUALITY", "SUCCESS")
    assert (case["input"], case["userScore"], case["isAugmented"]) == (None, 0, False)


def test_turn_that_names_no_session_is_refused(api: httpx.Client) -> None:
    assert "sessionId" in refusal(api.post("/inferenceResults", json={"input": "Hello?"}), 400)


def test_fixtures_hold_what_the_documentation_names(api: httpx.Client) -> None:
    case = api.get("/testCases/tc_123").json()
    version = api.get("/versions/ver_123").json()

    assert api.get(f"/products/{version['productId']}").status_code == 200
    assert api.get(f"/tests/{case['testId']}").json()["productId"] == version["productId"]


def test_outdated_revisions_are_listed_unless_told_otherwise(api: httpx.Client) -> None:
    def listed(**query: Any) -> set[str]:
        return {case["id"] for case in api.get("/testCases", params={"testIds": "test_123", **query}).json()}

    assert listed(includeLegacy="true") == listed() >= {"tc_122", "tc_123"}
    assert listed() - listed(includeLegacy="false") == {"tc_122"}


def test_fixtures_hold_sessions_worth_listing(api: httpx.Client) -> None:
    sessions = api.get("/sessions", params={"toCreatedAt": "2025-12-31T00:00:00Z"}).json()

    assert {session["status"] for session in sessions} == {"PENDING", "COMPLETED", "FAILED"}
    assert {session["testCaseId"] is None for session in sessions} == {True, False}
    assert all(datetime.fromisoformat(session["createdAt"]) < datetime.now(UTC) for session in sessions)


# Refusals


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic Z3NrX3Rlc3Q6"}]
)
def test_request_without_key_is_refused(live_server: str, headers: dict[str, str]) -> None:
    assert refusal(httpx.get(f"{live_server}/sessions", headers=headers), 401)


def test_foreign_key_is_refused(live_server: str) -> None:
    answer = httpx.get(f"{live_server}/sessions", headers={"Authorization": "Bearer sk-of-somebody-else"})

    assert refusal(answer, 401)


@pytest.mark.parametrize("key", ["gsk_new", "gsk-old", "<token>", "<YOUR API KEY>"])
def test_keys_and_placeholders_are_accepted(live_server: str, key: str) -> None:
    answer = httpx.get(f"{live_server}/sessions", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 200


def test_missing_key_is_refused_before_a_broken_body(live_server: str) -> None:
    assert refusal(httpx.post(f"{live_server}/sessions", json={}), 401)


def test_unknown_path_is_not_found(api: httpx.Client) -> None:
    assert refusal(api.get("/galtea/sessions/session_123/nothing/here"), 404)


def test_method_that_is_not_there_names_those_that_are(api: httpx.Client) -> None:
    answer = api.put("/sessions", json={})

    assert refusal(answer, 405)
    assert {method.strip() for method in answer.headers["allow"].split(",")} >= {"GET", "POST"}


def test_literal_path_wins_over_the_template(api: httpx.Client) -> None:
    answer = api.get("/sessions/batch")

    assert refusal(answer, 405)
    assert "DELETE" in answer.headers["allow"]


def test_body_that_is_not_json_by_its_type_is_refused(api: httpx.Client) -> None:
    answer = api.post("/sessions", content="versionId=ver_123", headers={"Content-Type": "text/plain"})

    assert "text/plain" in refusal(answer, 415)


@pytest.mark.parametrize("content", ["{", "", "[]", '"text"', "null", b"\xff\xfe", '{"versionId": NaN}'])
def test_body_that_is_no_json_object_is_refused(api: httpx.Client, content: str | bytes) -> None:
    answer = api.post("/sessions", content=content, headers={"Content-Type": "application/json"})

    assert refusal(answer, 400)


def test_refusal_names_the_property_of_the_wrong_type(
    api: httpx.Client, version: Record, case: Record
) -> None:
    answer = api.post(
        "/sessions", json={"versionId": version["id"], "testCaseId": case["id"], "metadata": "not an object"}
    )

    assert "metadata" in refusal(answer, 400)


def test_refusal_names_the_record_that_is_missing(api: httpx.Client) -> None:
    assert "session_unknown" in refusal(api.get("/sessions/session_unknown"), 404)
    production = {"versionId": "ver_unknown", "isProduction": True}
    assert "ver_unknown" in refusal(api.post("/sessions", json=production), 404)
    assert "prod_unknown" in refusal(api.post("/versions", json={"productId": "prod_unknown"}), 404)
