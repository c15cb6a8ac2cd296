"""Vapi's wire, where its SDK does not reach: exact bodies, errors, and what the SDK never sends."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

KEY = {"Authorization": "Bearer test-key"}
SHOP_SUPPORT = "5b7d9f2c-6a41-4c0e-9b3d-1f8e2a7c4d60"
EXPIRED_SESSION = "0e9c1f34-8a5d-4f7b-b2c6-3d4e5f607182"
SEEDED_CHAT = "c4a1e2b3-9d87-4f65-a3b2-1c0d9e8f7a6b"


@pytest.fixture(scope="module")
def api(live_server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live_server, headers=KEY) as client:
        yield client


@pytest.fixture
def tag() -> str:
    """A text that no other test uses; it sets the sessions of a test apart on a server that others use."""
    return uuid.uuid4().hex


def make(api: httpx.Client, **properties: Any) -> dict[str, Any]:
    response = api.post("/session", json=properties)
    assert response.status_code == 201, response.text
    session: dict[str, Any] = response.json()
    return session


def listed(api: httpx.Client, **query: Any) -> list[str]:
    response = api.get("/session", params=query)
    assert response.status_code == 200, response.text
    return [session["id"] for session in response.json()["results"]]


def assert_refused(response: httpx.Response, status: int, phrase: str, *named: str) -> None:
    """Check that a refusal has the API's shape, and that its text names what was wrong."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"message", "error", "statusCode"}
    assert (body["error"], body["statusCode"]) == (phrase, status)
    texts = body["message"] if isinstance(body["message"], list) else [body["message"]]
    assert texts
    assert all(isinstance(text, str) and text for text in texts)
    for name in named:
        assert any(name in text for text in texts), texts


# Sessions


def test_created_session_holds_the_defaults_and_nothing_that_was_not_sent(api: httpx.Client) -> None:
    session = make(api)

    times = (session.pop("createdAt"), session.pop("updatedAt"))
    assert times[0] == times[1]
    assert uuid.UUID(session.pop("id")).version == 4
    assert session == {
        "orgId": "3f6c8b1e-52d4-4a97-8e0b-c1d2e3f40516",
        "status": "active",
        "expirationSeconds": 86400,
        "cost": 0,
        "costs": [],
    }


def test_deleted_session_is_answered_whole(api: httpx.Client) -> None:
    session = make(api, name="Short life", messages=[{"role": "user", "content": "Hello"}])

    response = api.delete(f"/session/{session['id']}")

    assert (response.status_code, response.json()) == (200, session)


def test_unknown_properties_are_taken_and_not_answered(api: httpx.Client) -> None:
    session = make(api, name="Open", favouriteColour="green")

    assert "favouriteColour" not in session
    assert session["name"] == "Open"


def test_properties_that_the_server_sets_are_not_taken_from_the_body(api: httpx.Client) -> None:
    own = str(uuid.uuid4())

    session = make(
        api,
        id=own,
        orgId=own,
        cost=7,
        costs=[{"type": "session", "cost": 7}],
        createdAt="2001-02-03T04:05:06Z",
    )

    assert own not in (session["id"], session["orgId"])
    assert (session["cost"], session["costs"]) == (0, [])
    assert not session["createdAt"].startswith("2001")


def test_update_does_not_take_what_the_server_sets(api: httpx.Client) -> None:
    session = make(api)
    own = {
        "id": str(uuid.uuid4()),
        "orgId": "mine",
        "cost": 7,
        "createdAt": "2001-02-03T04:05:06Z",
        "artifact": {},
    }

    changed = api.patch(f"/session/{session['id']}", json=own).json()

    assert changed == {**session, "updatedAt": changed["updatedAt"]}


@pytest.mark.parametrize("name", ["assistantId", "squadId", "customerId", "phoneNumberId"])
def test_update_does_not_move_a_session_to_another_partner(api: httpx.Client, name: str) -> None:
    session = make(api, assistantId=SHOP_SUPPORT, squadId="s", customerId="c", phoneNumberId="p")

    changed = api.patch(f"/session/{session['id']}", json={name: "another"})

    assert (changed.status_code, changed.json()[name]) == (200, session[name])


def test_every_change_moves_updated_at(api: httpx.Client) -> None:
    session = make(api)
    seen = [session["updatedAt"]]
    changes: list[dict[str, str]] = [{"name": "A"}, {"status": "completed"}, {}]
    seen += [api.patch(f"/session/{session['id']}", json=change).json()["updatedAt"] for change in changes]

    assert seen == sorted(set(seen))


OVERLAPPING = [
    {"role": "system", "message": "Be brief.", "time": 1767348000000, "secondsFromStart": 0},
    {
        "role": "user",
        "message": "Hi",
        "time": 1,
        "endTime": 2,
        "secondsFromStart": 0.5,
        "detectedThreats": ["none"],
    },
    {"role": "assistant", "message": "spoken", "time": 3, "secondsFromStart": 1.5},
    {"role": "assistant", "content": "Hello", "metadata": {"model": "small"}},
    {
        "role": "assistant",
        "content": None,
        "refusal": "No.",
        "message": "both",
        "time": 4,
        "secondsFromStart": 2,
    },
    {"role": "tool", "content": "[]", "tool_call_id": "call_1"},
    {"role": "developer", "content": "Stop.", "name": "ops"},
    {"role": "user", "content": "plain", "unheardOf": [1, {"a": None}]},
]


@pytest.mark.parametrize("message", OVERLAPPING, ids=lambda message: f"{message['role']}-{len(message)}")
def test_message_that_fits_any_form_is_kept_as_it_was_sent(
    api: httpx.Client, message: dict[str, Any]
) -> None:
    session = make(api, messages=[message])

    assert session["messages"] == [message]
    assert api.get(f"/session/{session['id']}").json()["messages"] == [message]


@pytest.mark.parametrize(
    "message",
    [
        {},
        "Hello",
        {"role": "user"},
        {"role": "tool", "content": "no call"},
        {"role": "developer"},
        {"role": "assistant", "content": "x" * 10001},
    ],
    ids=lambda message: str(message)[:40],
)
def test_message_that_fits_no_form_is_refused_with_400(api: httpx.Client, message: Any) -> None:
    assert_refused(api.post("/session", json={"messages": [message]}), 400, "Bad Request", "messages")


# Lists


def test_page_is_an_envelope_of_results_and_metadata(api: httpx.Client, tag: str) -> None:
    make(api, name="A", squadId=tag)
    newer = make(api, name="B", squadId=tag)

    page = api.get("/session", params={"squadId": tag, "limit": 1}).json()

    assert page == {
        "results": [newer],
        "metadata": {
            "itemsPerPage": 1,
            "totalItems": 2,
            "currentPage": 1,
            "totalPages": 2,
            "hasNextPage": True,
            "sortOrder": "DESC",
            "itemsBeyondRetention": False,
        },
    }


def test_limit_of_zero_shows_how_many_there_are(api: httpx.Client, tag: str) -> None:
    make(api, squadId=tag)

    page = api.get("/session", params={"squadId": tag, "limit": 0}).json()

    assert page["results"] == []
    assert (page["metadata"]["itemsPerPage"], page["metadata"]["totalItems"]) == (0, 1)


@pytest.mark.parametrize(
    "query",
    [
        "phoneNumberIdAny={0}-1&phoneNumberIdAny={0}-2",
        "phoneNumberIdAny={0}-1,{0}-2",
        "phoneNumberIdAny={0}-1%2C{0}-2",
    ],
    ids=["repeated", "comma", "encoded comma"],
)
def test_repeated_filter_also_takes_commas(api: httpx.Client, tag: str, query: str) -> None:
    wanted = {make(api, phoneNumberId=f"{tag}-{number}")["id"] for number in (1, 2)}
    make(api, phoneNumberId=f"{tag}-3")

    response = api.get("/session?" + query.format(tag))

    assert {session["id"] for session in response.json()["results"]} == wanted


def test_comma_filter_takes_several_values_in_one_text(api: httpx.Client) -> None:
    wanted = {make(api)["id"] for _ in range(2)}

    assert set(listed(api, idAny=",".join(wanted))) == wanted


@pytest.mark.parametrize(
    ("bound", "is_kept"),
    [("Gt", False), ("Ge", True), ("Lt", False), ("Le", True)],
    ids=lambda value: str(value),
)
@pytest.mark.parametrize("moment", ["createdAt", "updatedAt"])
def test_bounds_with_e_include_the_moment_and_the_others_do_not(
    api: httpx.Client, moment: str, bound: str, is_kept: bool
) -> None:
    session = make(api)

    found = listed(api, id=session["id"], **{f"{moment}{bound}": session[moment]})

    assert found == ([session["id"]] if is_kept else [])


def test_times_in_the_query_may_have_any_offset(api: httpx.Client) -> None:
    session = make(api)
    before = datetime.fromisoformat(session["createdAt"]) - timedelta(milliseconds=1)

    elsewhere = before.astimezone().isoformat()
    assert listed(api, id=session["id"], createdAtGt=elsewhere) == [session["id"]]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": "1001"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"page": "0"}, "page"),
        ({"page": "1.5"}, "page"),
        ({"sortOrder": "asc"}, "sortOrder"),
        ({"sortBy": "name"}, "sortBy"),
        ({"createdAtGe": "yesterday"}, "createdAtGe"),
        ({"number": "12"}, "number"),
        ({"name": "x" * 41}, "name"),
        ({"numberE164CheckEnabled": "perhaps"}, "numberE164CheckEnabled"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_query_that_breaks_a_rule_is_refused_with_400_that_names_it(
    api: httpx.Client, query: dict[str, str], named: str
) -> None:
    assert_refused(api.get("/session", params=query), 400, "Bad Request", named)


def test_assistants_are_a_bare_array(api: httpx.Client) -> None:
    assistants = api.get("/assistant", params={"limit": 1}).json()

    assert isinstance(assistants, list)
    assert len(assistants) == 1


# Errors


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"name": "x" * 41}, "name"),
        ({"name": 5}, "name"),
        ({"status": "paused"}, "status"),
        ({"expirationSeconds": 59.9}, "expirationSeconds"),
        ({"expirationSeconds": 2592000.5}, "expirationSeconds"),
        ({"expirationSeconds": "3600"}, "expirationSeconds"),
        ({"customer": {"number": "12"}}, "number"),
        ({"assistant": "Shop support"}, "assistant"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_body_that_breaks_a_rule_is_refused_with_400_that_names_it(
    api: httpx.Client, body: dict[str, Any], named: str
) -> None:
    assert_refused(api.post("/session", json=body), 400, "Bad Request", named)


def test_every_broken_rule_has_its_text(api: httpx.Client) -> None:
    response = api.post("/session", json={"status": "paused", "expirationSeconds": 1})

    assert_refused(response, 400, "Bad Request", "status", "expirationSeconds")
    assert len(response.json()["message"]) == 2


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"null"], ids=["cut short", "empty", "array", "null"])
def test_body_that_is_no_json_object_is_refused_with_400(api: httpx.Client, body: bytes) -> None:
    response = api.post("/session", content=body, headers={"Content-Type": "application/json"})

    assert_refused(response, 400, "Bad Request")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_unknown_session_is_404_that_names_it(api: httpx.Client, method: str) -> None:
    unknown = str(uuid.uuid4())

    response = api.request(method, f"/session/{unknown}", json={} if method == "PATCH" else None)

    assert_refused(response, 404, "Not Found", unknown)


def test_unknown_assistant_in_a_session_is_404_that_names_it(api: httpx.Client) -> None:
    response = api.post("/session", json={"assistantId": "no-such-assistant"})

    assert_refused(response, 404, "Not Found", "no-such-assistant")


def test_session_id_that_is_no_uuid_is_400_that_names_it(api: httpx.Client) -> None:
    assert_refused(api.get("/session/session-1"), 400, "Bad Request", "id")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/session"), ("POST", "/session"), ("GET", "/assistant"), ("POST", "/chat")]
)
def test_request_without_a_key_is_401(live_server: str, method: str, path: str) -> None:
    response = httpx.request(method, live_server + path, json={} if method == "POST" else None)

    assert_refused(response, 401, "Unauthorized")


@pytest.mark.parametrize(
    "authorization",
    ["Bearer no-such-key", "Bearer", "Basic dGVzdC1rZXk6", "test-key", "Bearer SCHEMATHESIS-INVALID-VALUE"],
)
def test_foreign_key_is_401(live_server: str, authorization: str) -> None:
    response = httpx.get(f"{live_server}/session", headers={"Authorization": authorization})

    assert_refused(response, 401, "Unauthorized")


@pytest.mark.parametrize(
    "key",
    [
        "0b6f1c7e-0f53-4f0a-9d0e-4b1c2d3e4f50",
        "test-key",
        "sk-1234",
        "vapi-private",
        "<token>",
        "YOUR_API_KEY",
    ],
)
def test_real_keys_and_readable_stand_ins_are_taken(live_server: str, key: str) -> None:
    response = httpx.get(f"{live_server}/session", headers={"Authorization": f"Bearer {key}"})

    assert response.status_code == 200


def test_method_that_a_path_lacks_is_405_with_allow(api: httpx.Client) -> None:
    response = api.put("/session", json={})

    assert_refused(response, 405, "Method Not Allowed")
    assert {"GET", "POST"} <= {method.strip() for method in response.headers["Allow"].split(",")}


def test_body_that_is_not_json_is_415(api: httpx.Client) -> None:
    response = api.post(
        "/session", content="name=x", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert_refused(response, 415, "Unsupported Media Type")


def test_path_that_is_not_the_apis_is_404(api: httpx.Client) -> None:
    assert api.get("/vapi/squad").status_code == 404


# Assistants


def make_assistant(api: httpx.Client, **properties: Any) -> dict[str, Any]:
    response = api.post("/assistant", json=properties)
    assert response.status_code == 201, response.text
    assistant: dict[str, Any] = response.json()
    return assistant


def test_assistant_lives_from_create_to_delete(api: httpx.Client) -> None:
    settings = {"name": "Returns desk", "model": {"provider": "openai", "tools": [{"type": "sms"}]}}

    created = make_assistant(api, **settings)
    changed = api.patch(f"/assistant/{created['id']}", json={"firstMessage": "Which order?"}).json()
    read = api.get(f"/assistant/{created['id']}").json()
    deleted = api.delete(f"/assistant/{created['id']}")

    assert created.items() >= settings.items()
    assert changed == {**created, "firstMessage": "Which order?", "updatedAt": changed["updatedAt"]}
    assert (read, deleted.status_code, deleted.json()) == (changed, 200, changed)
    assert api.get(f"/assistant/{created['id']}").status_code == 404


def test_assistants_are_newest_first(api: httpx.Client) -> None:
    older, newer = make_assistant(api, name="Older"), make_assistant(api, name="Newer")

    span = {"createdAtGe": older["createdAt"], "createdAtLe": newer["createdAt"]}
    names = [assistant["id"] for assistant in api.get("/assistant", params=span).json()]

    assert (names[0], names[-1]) == (newer["id"], older["id"])


def test_session_with_a_deleted_assistant_is_404(api: httpx.Client) -> None:
    assistant = make_assistant(api, name="Gone soon")
    api.delete(f"/assistant/{assistant['id']}")

    response = api.post("/session", json={"assistantId": assistant["id"]})

    assert_refused(response, 404, "Not Found", assistant["id"])


def test_session_outlives_its_assistant(api: httpx.Client) -> None:
    assistant = make_assistant(api, name="Gone soon")
    session = make(api, assistantId=assistant["id"])
    api.delete(f"/assistant/{assistant['id']}")

    changed = api.patch(f"/session/{session['id']}", json={"name": "Still here"})

    assert (changed.status_code, changed.json()["assistantId"]) == (200, assistant["id"])


# Chats


def test_chat_is_answered_with_messages_and_output(api: httpx.Client) -> None:
    response = api.post("/chat", json={"assistantId": SHOP_SUPPORT, "input": "Hello"})

    body = response.json()
    assert response.status_code == 201
    assert body["messages"] == [{"role": "user", "content": "Hello"}]
    assert [message["role"] for message in body["output"]] == ["assistant"]


def test_session_remembers_messages_as_they_were_sent(api: httpx.Client) -> None:
    said = {"role": "user", "message": "Hi", "time": 1, "endTime": 2, "secondsFromStart": 0.5}
    session = make(api, messages=[OVERLAPPING[0]])

    answer = api.post("/chat", json={"sessionId": session["id"], "input": [said]}).json()

    messages = api.get(f"/session/{session['id']}").json()["messages"]
    assert messages == [OVERLAPPING[0], said, *answer["output"]]


def test_long_input_is_remembered_whole(api: httpx.Client) -> None:
    session = make(api)

    response = api.post("/chat", json={"sessionId": session["id"], "input": "x" * 20000})

    assert response.status_code == 201
    assert len(api.get(f"/session/{session['id']}").json()["messages"][0]["content"]) == 20000


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"assistantId": SHOP_SUPPORT}, "input"),
        ({"assistantId": SHOP_SUPPORT, "input": 5}, "input"),
        ({"input": "Hello"}, "assistantId"),
        ({"input": "Hello", "sessionId": EXPIRED_SESSION, "previousChatId": SEEDED_CHAT}, "sessionId"),
        ({"input": "Hello", "sessionId": EXPIRED_SESSION, "assistantId": SHOP_SUPPORT}, "sessionId"),
        ({"input": "Hello", "sessionId": EXPIRED_SESSION, "transport": {"phoneNumberId": "p"}}, ""),
    ],
    ids=lambda value: str(value)[:60],
)
def test_chat_that_breaks_a_rule_is_refused_with_400_that_names_it(
    api: httpx.Client, body: dict[str, Any], named: str
) -> None:
    assert_refused(api.post("/chat", json=body), 400, "Bad Request", named)


def test_chat_in_an_expired_session_is_409_that_names_it(api: httpx.Client) -> None:
    response = api.post("/chat", json={"sessionId": EXPIRED_SESSION, "input": "Anyone there?"})

    assert_refused(response, 409, "Conflict", EXPIRED_SESSION, "expired")


def test_refused_chat_leaves_no_trace(api: httpx.Client) -> None:
    before = api.get("/chat", params={"sessionId": EXPIRED_SESSION}).json()
    api.post("/chat", json={"sessionId": EXPIRED_SESSION, "input": "Anyone there?"})

    assert api.get("/chat", params={"sessionId": EXPIRED_SESSION}).json() == before


# Seed


def test_seeded_records_agree_with_each_other(api: httpx.Client) -> None:
    assistants = {
        assistant["id"]
        for assistant in api.get("/assistant", params={"createdAtLt": "2026-02-01T00:00:00Z"}).json()
    }
    page = api.get("/session", params={"createdAtLt": "2026-02-01T00:00:00Z"}).json()

    sessions = page["results"]
    assert len(sessions) >= 5
    assert {session["assistantId"] for session in sessions if "assistantId" in session} <= assistants
    assert all(session["createdAt"] <= session["updatedAt"] for session in sessions)
    assert {session["status"] for session in sessions} == {"active", "completed"}
