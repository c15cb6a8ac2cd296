"""Galileo on the wire: what its SDK cannot show, asked for with plain HTTP on a real port.

No test needs another one, or an empty server: each makes the project that it works in.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

Json = dict[str, Any]

SUPPORT = "624408d2-25d0-4d37-9514-ed2cd3572a05"  # the project "Customer Support Assistant" of the fixtures
PRODUCTION = "57a46451-ec16-492d-93f1-788ab6ca61a5"  # its log stream
PREFIXES = ("/projects", "/v2/projects")
JSON = {"Content-Type": "application/json"}
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"


@pytest.fixture
def anonymous(live_server: str) -> Iterator[httpx.Client]:
    """A client without credentials."""
    with httpx.Client(base_url=live_server) as client:
        yield client


@pytest.fixture
def client(live_server: str) -> Iterator[httpx.Client]:
    """A client with an API key."""
    with httpx.Client(base_url=live_server, headers={"Galileo-API-Key": "test-key-1"}) as client:
        yield client


@pytest.fixture
def make_project(client: httpx.Client) -> Callable[[], str]:
    """Makes a project and returns its id."""

    def make() -> str:
        answer = client.post("/projects", json={"name": f"Returns Helpdesk {uuid.uuid4()}", "type": "gen_ai"})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    return make


@pytest.fixture
def project(make_project: Callable[[], str]) -> str:
    """The id of a new project."""
    return make_project()


@pytest.fixture
def log_stream(client: httpx.Client, project: str) -> str:
    """The id of a log stream in the new project."""
    return str(client.post(f"/projects/{project}/log_streams", json={"name": "production"}).json()["id"])


@pytest.fixture
def make_session(client: httpx.Client, project: str, log_stream: str) -> Callable[..., str]:
    """Makes a session in the new log stream and returns its id; each is younger than the one before."""

    def make(**properties: Any) -> str:
        time.sleep(0.002)  # times have milliseconds
        body = {"log_stream_id": log_stream} | properties
        answer = client.post(f"/v2/projects/{project}/sessions", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    return make


@pytest.fixture
def find(client: httpx.Client, project: str) -> Callable[..., list[str]]:
    """Searches the new project and returns the ids found; `of` is sessions or traces."""

    def search(*filters: Json, of: str = "sessions", **properties: Any) -> list[str]:
        answer = client.post(f"/projects/{project}/{of}/search", json={"filters": list(filters)} | properties)
        assert answer.status_code == 200, answer.text
        return [record["id"] for record in answer.json()["records"]]

    return search


def problems(answer: httpx.Response) -> dict[tuple[str | int, ...], Json]:
    """Return the entries of a FastAPI-like 422 answer by their `loc`."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    entries = {}
    for entry in answer.json()["detail"]:
        assert isinstance(entry["msg"], str)
        assert entry["msg"]
        assert isinstance(entry["type"], str)
        assert entry["type"]
        entries[tuple(entry["loc"])] = entry
    return entries


def claims_of(token: str) -> Json:
    """Decode the middle part of a JSON Web Token."""
    part = token.split(".")[1]
    claims: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


# Credentials


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Galileo-API-Key": "test-key-1"}, id="API key"),
        pytest.param({"Galileo-API-Key": str(uuid.UUID(int=7))}, id="API key that is a UUID"),
        pytest.param(
            {"Authorization": f"Basic {base64.b64encode(b'ana@example.com:s3cret').decode()}"}, id="Basic"
        ),
        pytest.param({"Authorization": f"Bearer {TOKEN}"}, id="bearer"),
        pytest.param(
            {"Galileo-API-Key": "test-key-1", "Authorization": "Bearer no"}, id="good key, bad bearer"
        ),
        pytest.param(
            {"Galileo-API-Key": "no", "Authorization": f"Bearer {TOKEN}"}, id="bad key, good bearer"
        ),
    ],
)
def test_any_one_kind_of_credentials_suffices(anonymous: httpx.Client, headers: dict[str, str]) -> None:
    assert anonymous.get(f"/projects/{SUPPORT}", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"Galileo-API-Key": "0pQ"}, id="short API key"),
        pytest.param({"Authorization": "Bearer opaque-token"}, id="bearer that is no JWT"),
        pytest.param({"Authorization": f"Basic {base64.b64encode(b'x:y').decode()}"}, id="Basic of nobody"),
        pytest.param({"Authorization": "Digest username=ana"}, id="another scheme"),
    ],
)
def test_request_without_good_credentials_is_401_with_detail(
    anonymous: httpx.Client, headers: dict[str, str]
) -> None:
    answer = anonymous.post(f"/v2/projects/{SUPPORT}/sessions", json={}, headers=headers)

    assert answer.status_code == 401
    assert isinstance(answer.json()["detail"], str)


def test_api_key_login_gives_a_jwt_that_expires_in_the_future_and_opens_the_api(
    anonymous: httpx.Client,
) -> None:
    answer = anonymous.post("/login/api_key", json={"api_key": "whatever you like"})

    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    token = answer.json()["access_token"]
    assert claims_of(token)["exp"] > time.time() + 300
    headers = {"Authorization": f"Bearer {token}"}
    assert anonymous.get("/current_user", headers=headers).json()["id"] == claims_of(token)["sub"]


def test_form_login_gives_a_jwt_that_opens_the_api(anonymous: httpx.Client) -> None:
    answer = anonymous.post("/login", data={"username": "ana@example.com", "password": "s3cret"})

    assert answer.status_code == 200
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert anonymous.get("/projects", headers=headers).status_code == 200


def test_login_twice_gives_the_same_token(anonymous: httpx.Client) -> None:
    tokens = {
        anonymous.post("/login/api_key", json={"api_key": "k"}).json()["access_token"] for _ in range(2)
    }

    assert len(tokens) == 1


def test_login_with_an_empty_key_names_the_key(anonymous: httpx.Client) -> None:
    assert ("body", "api_key") in problems(anonymous.post("/login/api_key", json={"api_key": ""}))


def test_form_login_without_password_names_the_password(anonymous: httpx.Client) -> None:
    assert ("body", "password") in problems(anonymous.post("/login", data={"username": "ana@example.com"}))


def test_health_needs_no_credentials(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/healthcheck")

    assert answer.status_code == 200
    assert set(answer.json()) == {"api_version", "message", "version"}


def test_current_user_has_a_version_4_id_and_a_role(client: httpx.Client) -> None:
    user = client.get("/current_user").json()

    assert uuid.UUID(user["id"]).version == 4
    assert user["role"] in ("admin", "manager", "user", "read_only")


# Projects


def test_project_is_found_by_its_exact_name_in_a_bare_array(client: httpx.Client) -> None:
    found = client.get(
        "/projects", params={"project_name": "Customer Support Assistant", "type": "gen_ai"}
    ).json()

    assert [project["id"] for project in found] == [SUPPORT]
    assert {"created_by", "created_by_user", "runs", "created_at", "updated_at"} <= set(found[0])


@pytest.mark.parametrize(
    "params",
    [
        {"project_name": "Customer Support"},
        {"project_name": "customer support assistant"},
        {"project_name": "Customer Support Assistant", "type": "protect"},
    ],
)
def test_project_look_up_that_does_not_fit_exactly_is_an_empty_array(
    client: httpx.Client, params: dict[str, str]
) -> None:
    answer = client.get("/projects", params=params)

    assert answer.status_code == 200
    assert answer.json() == []


def test_project_types_filter_the_list_of_all_projects(client: httpx.Client) -> None:
    projects = client.get("/projects/all", params={"type": "prompt_evaluation"}).json()

    assert "Ticket Triage Prompts" in [project["name"] for project in projects]
    assert {project["type"] for project in projects} == {"prompt_evaluation"}


def test_unknown_project_type_is_422_at_the_query_parameter(client: httpx.Client) -> None:
    assert ("query", "type") in problems(client.get("/projects", params={"type": "dataset"}))


def test_project_with_a_taken_name_is_409(client: httpx.Client) -> None:
    answer = client.post("/projects", json={"name": "Customer Support Assistant"})

    assert answer.status_code == 409
    assert "name" in answer.json()["detail"]


def test_project_cannot_be_renamed_to_a_taken_name(client: httpx.Client, project: str) -> None:
    answer = client.put(f"/projects/{project}", json={"name": "Travel Concierge"})

    assert answer.status_code == 409
    assert isinstance(answer.json()["detail"], str)


def test_project_update_leaves_the_rest_as_it_was(client: httpx.Client, project: str) -> None:
    before = client.get(f"/projects/{project}").json()

    changed = client.put(f"/projects/{project}", json={"description": "Also answers about refunds."}).json()

    assert changed["description"] == "Also answers about refunds."
    assert changed["name"] == before["name"]
    assert changed["updated_at"] >= before["updated_at"]


def test_what_the_server_sets_is_not_taken_from_the_client(client: httpx.Client) -> None:
    sent = {
        "name": f"Odd {uuid.uuid4()}",
        "id": "mine",
        "runs": 5,
        "bookmark": "yes",
        "created_by_user": None,
    }

    project = client.post("/projects", json=sent).json()

    stored = client.get(f"/projects/{project['id']}").json()
    assert uuid.UUID(project["id"]).version == 4
    assert stored["runs"] == []
    assert stored["bookmark"] is False
    assert stored["created_by_user"]["email"] == "ines.carvalho@example.com"


def test_deleting_a_project_removes_all_below_it(
    client: httpx.Client, project: str, log_stream: str, make_session: Callable[..., str]
) -> None:
    session = make_session()
    client.post(f"/projects/{project}/traces", json={"session_id": session, "traces": [{"input": "Hi"}]})

    answer = client.delete(f"/projects/{project}")

    assert answer.status_code == 200
    assert isinstance(answer.json()["message"], str)
    for path in ("", f"/log_streams/{log_stream}", "/log_streams", f"/sessions/{session}"):
        assert client.get(f"/projects/{project}{path}").status_code == 404, path
    assert client.post(f"/projects/{project}/traces/count", json={}).status_code == 404


# Log streams


def test_log_streams_come_in_pages_until_the_token_is_null(client: httpx.Client, project: str) -> None:
    for name in ("one", "two", "three"):
        client.post(f"/projects/{project}/log_streams", json={"name": name})
    path = f"/projects/{project}/log_streams/paginated"

    first = client.get(path, params={"limit": 2}).json()
    second = client.get(path, params={"limit": 2, "starting_token": first["next_starting_token"]}).json()

    assert [item["name"] for item in first.pop("log_streams")] == ["one", "two"]
    assert first == {"starting_token": 0, "limit": 2, "paginated": True, "next_starting_token": 2}
    assert [item["name"] for item in second.pop("log_streams")] == ["three"]
    assert second == {"starting_token": 2, "limit": 2, "paginated": False, "next_starting_token": None}


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": "many"}, {"starting_token": -1}])
def test_page_of_log_streams_with_bad_bounds_names_the_parameter(
    client: httpx.Client, params: dict[str, int | str]
) -> None:
    answer = client.get(f"/projects/{SUPPORT}/log_streams/paginated", params=params)

    assert list(problems(answer)) == [("query", *params)]


def test_log_stream_name_is_taken_only_once_in_a_project(
    client: httpx.Client, project: str, log_stream: str, make_project: Callable[[], str]
) -> None:
    body = {"name": "production"}

    assert client.post(f"/projects/{project}/log_streams", json=body).status_code == 409
    assert client.post(f"/projects/{make_project()}/log_streams", json=body).status_code == 200


def test_log_stream_is_not_found_in_another_project(
    client: httpx.Client, log_stream: str, make_project: Callable[[], str]
) -> None:
    assert client.get(f"/projects/{make_project()}/log_streams/{log_stream}").status_code == 404


def test_deleting_a_log_stream_removes_its_sessions(
    client: httpx.Client, project: str, log_stream: str, make_session: Callable[..., str]
) -> None:
    session = make_session()

    answer = client.delete(f"/projects/{project}/log_streams/{log_stream}")

    assert answer.status_code == 204
    assert answer.content == b""
    assert client.get(f"/projects/{project}/sessions/{session}").status_code == 404


# One store under two prefixes


@pytest.mark.parametrize(("written", "read"), [PREFIXES, PREFIXES[::-1]])
def test_session_made_under_one_prefix_is_seen_under_the_other(
    client: httpx.Client, project: str, log_stream: str, written: str, read: str
) -> None:
    body = {"log_stream_id": log_stream, "name": "Damaged parcel"}

    session = client.post(f"{written}/{project}/sessions", json=body).json()["id"]

    assert client.get(f"{read}/{project}/sessions/{session}").json()["name"] == "Damaged parcel"
    assert client.post(f"{read}/{project}/sessions/count", json={}).json() == {"total_count": 1}
    found = client.post(f"{read}/{project}/sessions/search", json={}).json()["records"]
    assert [record["id"] for record in found] == [session]
    client.post(f"{read}/{project}/sessions/delete", json={})
    assert client.get(f"{written}/{project}/sessions/{session}").status_code == 404


@pytest.mark.parametrize(("written", "read"), [PREFIXES, PREFIXES[::-1]])
def test_log_stream_made_under_one_prefix_is_seen_under_the_other(
    client: httpx.Client, project: str, written: str, read: str
) -> None:
    log_stream = client.post(f"{written}/{project}/log_streams", json={"name": "pilot"}).json()["id"]

    client.put(f"{read}/{project}/log_streams/{log_stream}", json={"name": "pilot-eu"})

    assert client.get(f"{written}/{project}/log_streams/{log_stream}").json()["name"] == "pilot-eu"
    page = client.get(f"{read}/{project}/log_streams/paginated").json()
    assert [item["id"] for item in page["log_streams"]] == [log_stream]
    assert client.delete(f"{read}/{project}/log_streams/{log_stream}").status_code == 204
    assert client.get(f"{written}/{project}/log_streams").json() == []


@pytest.mark.parametrize(("written", "read"), [PREFIXES, PREFIXES[::-1]])
def test_trace_made_under_one_prefix_is_seen_under_the_other(
    client: httpx.Client, project: str, written: str, read: str
) -> None:
    trace = str(uuid.uuid4())

    client.post(f"{written}/{project}/traces", json={"traces": [{"id": trace, "input": "Where is it?"}]})
    client.patch(f"{read}/{project}/traces/{trace}", json={"trace_id": trace, "output": "On its way."})

    assert client.get(f"{written}/{project}/traces/{trace}").json()["output"] == "On its way."
    assert client.post(f"{read}/{project}/traces/count", json={}).json() == {"total_count": 1}


# Sessions


def test_created_session_is_answered_in_short_and_kept_in_full(
    client: httpx.Client, project: str, log_stream: str
) -> None:
    body = {
        "log_stream_id": log_stream,
        "experiment_id": None,
        "name": "Damaged parcel, order 88214",
        "external_id": "zendesk-88214",
        "user_metadata": {"channel": "web"},
        "logging_method": "python_client",
    }

    answer = client.post(f"/v2/projects/{project}/sessions", json=body)

    assert answer.status_code == 200
    session = answer.json()["id"]
    assert uuid.UUID(session).version == 4
    assert answer.json() == {
        "id": session,
        "name": "Damaged parcel, order 88214",
        "project_id": project,
        "project_name": client.get(f"/projects/{project}").json()["name"],
        "previous_session_id": None,
        "external_id": "zendesk-88214",
    }
    record = client.get(f"/v2/projects/{project}/sessions/{session}").json()
    assert record["type"] == "session"
    assert record["session_id"] == session
    assert record["run_id"] == log_stream
    assert record["user_metadata"] == {"channel": "web"}
    assert record["traces"] == []


def test_empty_body_makes_a_session_with_a_name_in_the_default_run(
    client: httpx.Client, project: str
) -> None:
    session = client.post(f"/v2/projects/{project}/sessions", json={}).json()

    record = client.get(f"/v2/projects/{project}/sessions/{session['id']}").json()
    assert session["name"]
    assert record["name"] == session["name"]
    assert record["user_metadata"] == {}
    assert uuid.UUID(record["run_id"]).version == 4


def test_session_of_an_experiment_carries_it_as_its_run(client: httpx.Client, project: str) -> None:
    experiment = str(uuid.uuid4())

    session = client.post(f"/v2/projects/{project}/sessions", json={"experiment_id": experiment}).json()["id"]

    assert client.get(f"/v2/projects/{project}/sessions/{session}").json()["run_id"] == experiment


def test_session_after_an_earlier_one_names_it(
    make_session: Callable[..., str], client: httpx.Client, project: str
) -> None:
    first = make_session()
    second = make_session(previous_session_id=first)

    assert client.get(f"/projects/{project}/sessions/{second}").json()["previous_session_id"] == first


def test_external_id_may_be_used_twice(make_session: Callable[..., str]) -> None:
    assert make_session(external_id="ticket-1") != make_session(external_id="ticket-1")


@pytest.mark.parametrize("name", ["log_stream_id", "previous_session_id"])
def test_session_that_names_something_unknown_is_404_and_says_what(
    client: httpx.Client, project: str, name: str
) -> None:
    unknown = str(uuid.uuid4())

    answer = client.post(f"/v2/projects/{project}/sessions", json={name: unknown})

    assert answer.status_code == 404
    assert unknown in answer.json()["detail"]


def test_session_in_a_log_stream_of_another_project_is_404(client: httpx.Client, project: str) -> None:
    answer = client.post(f"/v2/projects/{project}/sessions", json={"log_stream_id": PRODUCTION})

    assert answer.status_code == 404
    assert PRODUCTION in answer.json()["detail"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_session_in_an_unknown_project_is_404(client: httpx.Client, prefix: str) -> None:
    unknown = str(uuid.uuid4())

    answer = client.post(f"{prefix}/{unknown}/sessions", json={})

    assert answer.status_code == 404
    assert unknown in answer.json()["detail"]


def test_session_is_not_found_in_another_project(
    client: httpx.Client, make_session: Callable[..., str], make_project: Callable[[], str]
) -> None:
    assert client.get(f"/projects/{make_project()}/sessions/{make_session()}").status_code == 404


# Search, count and delete by filter


@pytest.mark.parametrize("key", ["column_id", "name"])
def test_search_by_external_id_takes_either_key_of_the_column(
    make_session: Callable[..., str], find: Callable[..., list[str]], key: str
) -> None:
    make_session(external_id="ticket-1")
    wanted = make_session(external_id="ticket-2")

    assert find({"type": "text", key: "external_id", "operator": "eq", "value": "ticket-2"}) == [wanted]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", "Ana", ["Ana"]),
        ("ne", "Ana", ["Ben", "Bob"]),
        ("contains", "B", ["Ben", "Bob"]),
        ("one_of", ["Ana", "Bob"], ["Ana", "Bob"]),
        ("not_in", ["Ana", "Bob"], ["Ben"]),
    ],
)
def test_text_filter_compares_by_its_operator(
    make_session: Callable[..., str],
    find: Callable[..., list[str]],
    operator: str,
    value: str | list[str],
    expected: list[str],
) -> None:
    sessions = {make_session(name=name): name for name in ("Ana", "Ben", "Bob")}

    found = find({"type": "text", "column_id": "name", "operator": operator, "value": value})

    assert sorted(sessions[id] for id in found) == expected


def test_text_filter_that_is_not_case_sensitive_finds_either_case(
    make_session: Callable[..., str], find: Callable[..., list[str]]
) -> None:
    session = make_session(name="Damaged Parcel")
    text = {"type": "text", "column_id": "name", "operator": "contains", "value": "PARCEL"}

    assert find(text | {"case_sensitive": False}) == [session]


def test_id_filter_compares_for_equality_unless_told_otherwise(
    make_session: Callable[..., str], find: Callable[..., list[str]]
) -> None:
    one, two = make_session(), make_session()

    assert find({"type": "id", "column_id": "id", "value": one}) == [one]
    assert find({"type": "id", "column_id": "id", "value": [one], "operator": "not_in"}) == [two]


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("gte", [1, 2]), ("gt", [2]), ("lte", [0, 1]), ("lt", [0]), ("eq", [1]), ("ne", [0, 2])],
)
def test_date_filter_compares_instants(
    client: httpx.Client,
    project: str,
    make_session: Callable[..., str],
    find: Callable[..., list[str]],
    operator: str,
    expected: list[int],
) -> None:
    sessions = [make_session() for _ in range(3)]
    moment = client.get(f"/projects/{project}/sessions/{sessions[1]}").json()["created_at"]
    same_moment = moment.replace("Z", "+00:00")

    found = find({"type": "date", "column_id": "created_at", "operator": operator, "value": same_moment})

    assert sorted(sessions.index(id) for id in found) == expected


def test_date_filter_without_an_offset_is_in_utc(
    client: httpx.Client, project: str, make_session: Callable[..., str], find: Callable[..., list[str]]
) -> None:
    session = make_session()
    moment = client.get(f"/projects/{project}/sessions/{session}").json()["created_at"].removesuffix("Z")

    assert find({"type": "date", "column_id": "created_at", "operator": "eq", "value": moment}) == [session]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", 200, [200]),
        ("ne", 200, [404, 500]),
        ("gt", 404, [500]),
        ("gte", 404, [404, 500]),
        ("lt", 404, [200]),
        ("lte", 404, [200, 404]),
        ("between", [300, 450], [404]),
    ],
)
def test_number_filter_compares_by_its_operator(
    client: httpx.Client,
    project: str,
    find: Callable[..., list[str]],
    operator: str,
    value: int | list[int],
    expected: list[int],
) -> None:
    traces = {str(uuid.uuid4()): code for code in (200, 404, 500)}
    body = {"traces": [{"id": id, "status_code": code} for id, code in traces.items()]}
    client.post(f"/projects/{project}/traces", json=body)

    found = find(
        {"type": "number", "column_id": "status_code", "operator": operator, "value": value}, of="traces"
    )

    assert sorted(traces[id] for id in found) == expected


def test_boolean_filter_tells_complete_traces_from_others(
    client: httpx.Client, project: str, find: Callable[..., list[str]]
) -> None:
    done, running = str(uuid.uuid4()), str(uuid.uuid4())
    client.post(f"/projects/{project}/traces", json={"traces": [{"id": done}]})
    client.post(f"/projects/{project}/traces", json={"traces": [{"id": running}], "is_complete": False})

    assert find({"type": "boolean", "column_id": "is_complete", "value": True}, of="traces") == [done]
    assert find(
        {"type": "boolean", "column_id": "is_complete", "value": True, "operator": "ne"}, of="traces"
    ) == [running]


def test_collection_filter_looks_into_the_tags(
    client: httpx.Client, project: str, find: Callable[..., list[str]]
) -> None:
    tagged = str(uuid.uuid4())
    client.post(
        f"/projects/{project}/traces", json={"traces": [{"id": tagged, "tags": ["urgent", "eu"]}, {}]}
    )

    found = find(
        {"type": "collection", "column_id": "tags", "operator": "contains", "value": "urgent"}, of="traces"
    )

    assert found == [tagged]


def test_filters_all_have_to_fit(make_session: Callable[..., str], find: Callable[..., list[str]]) -> None:
    make_session(name="Ana", external_id="t-1")
    wanted = make_session(name="Ana", external_id="t-2")
    make_session(name="Ben", external_id="t-2")

    found = find(
        {"type": "text", "column_id": "name", "operator": "eq", "value": "Ana"},
        {"type": "text", "column_id": "external_id", "operator": "eq", "value": "t-2"},
    )

    assert found == [wanted]


def test_search_in_a_log_stream_leaves_the_others_out(
    client: httpx.Client,
    project: str,
    log_stream: str,
    make_session: Callable[..., str],
    find: Callable[..., list[str]],
) -> None:
    other = client.post(f"/projects/{project}/log_streams", json={"name": "staging"}).json()["id"]
    session = make_session()
    make_session(log_stream_id=other)

    assert find(log_stream_id=log_stream) == [session]


def test_search_is_newest_first_unless_sorted_otherwise(
    make_session: Callable[..., str], find: Callable[..., list[str]]
) -> None:
    sessions = [make_session() for _ in range(3)]

    assert find() == sessions[::-1]
    assert find(sort={"column_id": "created_at", "ascending": True}) == sessions


def test_search_sorts_by_the_column_that_is_named(
    make_session: Callable[..., str], find: Callable[..., list[str]]
) -> None:
    ben, ana, cleo = (make_session(name=name) for name in ("Ben", "Ana", "Cleo"))

    assert find(sort={"column_id": "name"}) == [ana, ben, cleo]
    assert find(sort={"column_id": "name", "ascending": False, "sort_type": "column"}) == [cleo, ben, ana]


def test_search_pages_through_all_records(
    client: httpx.Client, project: str, make_session: Callable[..., str]
) -> None:
    sessions = [make_session() for _ in range(3)]
    path, sort = f"/projects/{project}/sessions/search", {"column_id": "created_at", "ascending": True}

    first = client.post(path, json={"limit": 2, "sort": sort}).json()
    token = first["next_starting_token"]
    second = client.post(path, json={"limit": 2, "starting_token": token, "sort": sort}).json()

    assert [record["id"] for record in first.pop("records")] == sessions[:2]
    assert first == {
        "starting_token": 0,
        "limit": 2,
        "paginated": True,
        "next_starting_token": 2,
        "last_row_id": sessions[1],
    }
    assert [record["id"] for record in second.pop("records")] == sessions[2:]
    assert second["paginated"] is False
    assert second["next_starting_token"] is None


def test_page_past_the_end_is_empty(client: httpx.Client, project: str) -> None:
    page = client.post(f"/projects/{project}/sessions/search", json={"starting_token": 50}).json()

    assert page["records"] == []
    assert page["last_row_id"] is None
    assert page["next_starting_token"] is None


def test_search_answers_records_without_their_children(
    client: httpx.Client, project: str, make_session: Callable[..., str]
) -> None:
    traces = [{"spans": [{"type": "tool", "name": "look up order"}]}]
    client.post(f"/projects/{project}/traces", json={"session_id": make_session(), "traces": traces})

    for kind, children in (("sessions", "traces"), ("traces", "spans")):
        (record,) = client.post(f"/projects/{project}/{kind}/search", json={}).json()["records"]
        assert record["has_children"] is True
        assert children not in record


def test_sessions_are_counted_by_filter(
    client: httpx.Client, project: str, log_stream: str, make_session: Callable[..., str]
) -> None:
    for name in ("Ana", "Ana", "Ben"):
        make_session(name=name)
    filters = [{"type": "text", "name": "name", "operator": "eq", "value": "Ana"}]

    answer = client.post(
        f"/projects/{project}/sessions/count", json={"log_stream_id": log_stream, "filters": filters}
    )

    assert answer.json() == {"total_count": 2}


@pytest.mark.parametrize("key", ["column_id", "name"])
def test_sessions_are_deleted_by_filter_with_their_traces(
    client: httpx.Client,
    project: str,
    make_session: Callable[..., str],
    find: Callable[..., list[str]],
    key: str,
) -> None:
    gone, kept = make_session(name="Ana"), make_session(name="Ben")
    for session in (gone, kept):
        client.post(f"/projects/{project}/traces", json={"session_id": session, "traces": [{"input": "Hi"}]})
    filters = [{"type": "text", key: "name", "operator": "eq", "value": "Ana"}]

    answer = client.post(f"/projects/{project}/sessions/delete", json={"filters": filters})

    assert answer.status_code == 200
    assert isinstance(answer.json()["message"], str)
    assert find() == [kept]
    assert client.get(f"/projects/{project}/sessions/{gone}").status_code == 404
    assert client.post(f"/projects/{project}/traces/count", json={}).json() == {"total_count": 1}


@pytest.mark.parametrize("action", ["search", "count", "delete"])
def test_filters_in_an_unknown_project_are_404(client: httpx.Client, action: str) -> None:
    answer = client.post(f"/v2/projects/{uuid.uuid4()}/sessions/{action}", json={"filters": []})

    assert answer.status_code == 404
    assert isinstance(answer.json()["detail"], str)


# Traces


def test_trace_keeps_the_id_that_the_client_made_and_stands_in_its_session(
    client: httpx.Client, project: str, log_stream: str, make_session: Callable[..., str]
) -> None:
    session, trace = make_session(), str(uuid.uuid4())
    body = {"log_stream_id": log_stream, "session_id": session, "traces": [{"id": trace, "input": "Hello?"}]}

    answer = client.post(f"/v2/projects/{project}/traces", json=body | {"include_trace_ids": True})

    assert answer.status_code == 200
    assert answer.json()["trace_ids"] == [trace]
    assert answer.json()["session_id"] == session
    assert answer.json()["log_stream_id"] == log_stream
    record = client.get(f"/v2/projects/{project}/sessions/{session}").json()
    assert record["num_traces"] == 1
    assert record["has_children"] is True
    assert [(item["id"], item["input"]) for item in record["traces"]] == [(trace, "Hello?")]


def test_trace_without_a_session_carries_its_own_id_as_session_id(client: httpx.Client, project: str) -> None:
    body = {"traces": [{"input": "Hello?"}], "include_trace_ids": True}

    (trace,) = client.post(f"/v2/projects/{project}/traces", json=body).json()["trace_ids"]

    record = client.get(f"/v2/projects/{project}/traces/{trace}").json()
    assert record["session_id"] == record["trace_id"] == trace


def test_traces_of_an_external_session_id_share_one_session(
    client: httpx.Client, project: str, log_stream: str, make_session: Callable[..., str]
) -> None:
    known = make_session(external_id="ticket-1")
    path = f"/v2/projects/{project}/traces"

    def log(external_id: str) -> str:
        body = {"log_stream_id": log_stream, "session_external_id": external_id, "traces": [{}]}
        return str(client.post(path, json=body).json()["session_id"])

    assert log("ticket-1") == known
    assert log("ticket-2") == log("ticket-2") != known


def test_spans_are_counted_and_placed_at_every_depth(client: httpx.Client, project: str) -> None:
    inner = {"type": "llm", "name": "draft", "model": "gpt-4o-mini"}
    outer = {"type": "workflow", "name": "answer", "spans": [inner, inner]}
    body = {"traces": [{"spans": [outer]}], "include_trace_ids": True}

    answer = client.post(f"/v2/projects/{project}/traces", json=body).json()

    assert (answer["traces_count"], answer["spans_count"], answer["records_count"]) == (1, 3, 4)
    trace = client.get(f"/v2/projects/{project}/traces/{answer['trace_ids'][0]}").json()
    (workflow,) = trace["spans"]
    assert trace["num_spans"] == 3
    assert workflow["parent_id"] == trace["id"]
    assert {span["parent_id"] for span in workflow["spans"]} == {workflow["id"]}
    assert len({span["id"] for span in workflow["spans"]}) == 2
    assert {span["trace_id"] for span in workflow["spans"]} == {trace["id"]}
    assert workflow["spans"][0]["model"] == "gpt-4o-mini"


def test_trace_that_is_logged_again_is_replaced(client: httpx.Client, project: str) -> None:
    trace, path = str(uuid.uuid4()), f"/v2/projects/{project}/traces"

    client.post(path, json={"traces": [{"id": trace, "output": "first"}]})
    client.post(path, json={"traces": [{"id": trace, "output": "second"}]})

    assert client.get(f"{path}/{trace}").json()["output"] == "second"
    assert client.post(f"{path}/count", json={}).json() == {"total_count": 1}


def test_trace_id_of_another_project_is_409(
    client: httpx.Client, project: str, make_project: Callable[[], str]
) -> None:
    body = {"traces": [{"id": str(uuid.uuid4())}]}
    client.post(f"/v2/projects/{make_project()}/traces", json=body)

    answer = client.post(f"/v2/projects/{project}/traces", json=body)

    assert answer.status_code == 409
    assert body["traces"][0]["id"] in answer.json()["detail"]


@pytest.mark.parametrize("name", ["log_stream_id", "session_id"])
def test_traces_that_name_something_unknown_are_404_and_not_kept(
    client: httpx.Client, project: str, name: str
) -> None:
    unknown = str(uuid.uuid4())

    answer = client.post(f"/v2/projects/{project}/traces", json={name: unknown, "traces": [{}]})

    assert answer.status_code == 404
    assert unknown in answer.json()["detail"]
    assert client.post(f"/v2/projects/{project}/traces/count", json={}).json() == {"total_count": 0}


def test_trace_update_adds_tags_and_leaves_alone_what_is_null(client: httpx.Client, project: str) -> None:
    trace = str(uuid.uuid4())
    logged = {"id": trace, "input": "Hello?", "tags": ["eu"], "metrics": {"tokens": 12}}
    client.post(f"/v2/projects/{project}/traces", json={"traces": [logged]})
    changes = {
        "trace_id": trace,
        "input": None,
        "output": "Hi!",
        "tags": ["eu", "vip"],
        "duration_ns": 5_000_000,
    }

    answer = client.patch(f"/v2/projects/{project}/traces/{trace}", json=changes)

    assert answer.status_code == 200
    assert answer.json()["trace_id"] == trace
    assert answer.json()["records_count"] == 1
    record = client.get(f"/v2/projects/{project}/traces/{trace}").json()
    assert (record["input"], record["output"]) == ("Hello?", "Hi!")
    assert record["tags"] == ["eu", "vip"]
    assert record["metrics"] == {"tokens": 12, "duration_ns": 5_000_000}


def test_update_of_an_unknown_trace_is_404(client: httpx.Client, project: str) -> None:
    unknown = str(uuid.uuid4())

    answer = client.patch(f"/v2/projects/{project}/traces/{unknown}", json={"trace_id": unknown})

    assert answer.status_code == 404
    assert unknown in answer.json()["detail"]


def test_traces_are_deleted_by_filter(
    client: httpx.Client, project: str, find: Callable[..., list[str]]
) -> None:
    gone, kept = str(uuid.uuid4()), str(uuid.uuid4())
    client.post(
        f"/projects/{project}/traces", json={"traces": [{"id": gone, "status_code": 500}, {"id": kept}]}
    )
    filters = [{"type": "number", "column_id": "status_code", "operator": "eq", "value": 500}]

    answer = client.post(f"/projects/{project}/traces/delete", json={"filters": filters})

    assert answer.status_code == 200
    assert find(of="traces") == [kept]


# Refusals


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"name": 12}, ("body", "name")),
        ({"reliable": "yes"}, ("body", "reliable")),
        ({"log_stream_id": "production"}, ("body", "log_stream_id")),
        ({"previous_session_id": str(uuid.uuid1())}, ("body", "previous_session_id")),
        ({"logging_method": "carrier_pigeon"}, ("body", "logging_method")),
        ({"user_metadata": {"attempt": 2}}, ("body", "user_metadata", "attempt")),
        ([], ("body",)),
        (None, ("body",)),
    ],
)
def test_broken_session_is_422_with_the_place_of_the_fault(
    client: httpx.Client, project: str, body: Any, location: tuple[str, ...]
) -> None:
    answer = client.post(f"/v2/projects/{project}/sessions", content=json.dumps(body), headers=JSON)

    assert list(problems(answer)) == [location]


def test_missing_property_is_422_at_its_place(client: httpx.Client) -> None:
    found = problems(client.post("/projects", json={"type": "gen_ai"}))

    assert "name" in found[("body", "name")]["msg"]


def test_every_fault_of_a_body_is_named(client: httpx.Client) -> None:
    found = problems(client.post("/projects", json={"name": "", "type": "dataset"}))

    assert set(found) == {("body", "name"), ("body", "type")}


def test_value_that_was_sent_comes_back_as_input(client: httpx.Client) -> None:
    found = problems(client.post("/projects", json={"name": 12}))

    assert found[("body", "name")]["input"] == 12


@pytest.mark.parametrize("content", [b"", b"{", b"nonsense"])
def test_body_that_is_no_json_is_422(client: httpx.Client, project: str, content: bytes) -> None:
    answer = client.post(f"/v2/projects/{project}/sessions", content=content, headers=JSON)

    assert all(location[0] == "body" for location in problems(answer))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_project_id_that_is_no_version_4_uuid_is_422_in_the_path(client: httpx.Client, prefix: str) -> None:
    for id in ("nope", str(uuid.uuid1())):
        answer = client.post(f"{prefix}/{id}/sessions", json={})
        assert list(problems(answer)) == [("path", "project_id")]


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "text", "operator": "eq", "value": "x"},
        {"type": "text", "column_id": "name", "operator": "gt", "value": "x"},
        {"type": "number", "column_id": "num_traces", "operator": "between", "value": [1]},
        {"type": "number", "column_id": "num_traces", "operator": "eq", "value": "one"},
        {"type": "date", "column_id": "created_at", "operator": "gt", "value": "yesterday"},
        {"type": "colour", "column_id": "name", "operator": "eq", "value": "x"},
        {"column_id": "name", "operator": "eq", "value": "x"},
    ],
)
def test_broken_filter_is_422_below_filters(client: httpx.Client, project: str, broken: Json) -> None:
    answer = client.post(f"/projects/{project}/sessions/search", json={"filters": [broken]})

    assert all(location[:3] == ("body", "filters", 0) for location in problems(answer))


def test_filter_tree_is_refused_and_not_ignored(client: httpx.Client, project: str) -> None:
    leaf = {"type": "text", "column_id": "name", "operator": "eq", "value": "x"}

    answer = client.post(f"/projects/{project}/sessions/delete", json={"filter_tree": {"filter": leaf}})

    assert list(problems(answer)) == [("body", "filter_tree")]


def test_log_traces_without_traces_is_422(client: httpx.Client, project: str) -> None:
    answer = client.post(f"/v2/projects/{project}/traces", json={"traces": []})

    assert list(problems(answer)) == [("body", "traces")]


def test_other_content_type_is_415_with_detail(client: httpx.Client, project: str) -> None:
    answer = client.post(
        f"/v2/projects/{project}/sessions", content=b"name=x", headers={"Content-Type": "text/plain"}
    )

    assert answer.status_code == 415
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", f"/v2/projects/{SUPPORT}/sessions", {"POST"}),
        ("PATCH", f"/projects/{SUPPORT}/sessions/3d0c5a5e-5f0e-4c58-9a0a-5b8b2b6c1f11", {"GET"}),
        ("DELETE", "/projects/all", {"GET"}),
        ("POST", f"/projects/{SUPPORT}", {"DELETE", "GET", "PUT"}),
    ],
)
def test_other_method_is_405_and_says_which_are_allowed(
    client: httpx.Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.request(method, path)

    assert answer.status_code == 405
    assert {name.strip() for name in answer.headers["Allow"].split(",")} - {"HEAD", "OPTIONS"} == allowed


@pytest.mark.parametrize("path", ["/ingest/healthz", f"/ingest/traces/{SUPPORT}", "/v3/projects"])
def test_unknown_path_is_404(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


# Fixtures


def test_fixtures_hold_a_session_with_its_traces(client: httpx.Client) -> None:
    session = client.get(f"/projects/{SUPPORT}/sessions/2f6201d0-9ce7-4e83-8ab9-8eec2b9013c2").json()

    assert session["name"] == "Damaged parcel, order 88102"
    assert session["run_id"] == PRODUCTION
    assert [trace["name"] for trace in session["traces"]] == ["Ask for a photo", "Send a new one"]
    assert [span["type"] for span in session["traces"][0]["spans"]] == ["retriever", "llm"]


def test_fixtures_can_be_searched_by_the_key_of_the_metadata(client: httpx.Client) -> None:
    filters = [{"type": "text", "column_id": "user_metadata.channel", "operator": "eq", "value": "whatsapp"}]

    page = client.post(f"/projects/{SUPPORT}/sessions/search", json={"filters": filters}).json()

    assert [record["name"] for record in page["records"]] == ["Where is my parcel, order 87940"]
