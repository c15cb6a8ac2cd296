"""Vapi's own Python SDK lives through the life of a session against us.

The SDK does not check what it is answered, so each test looks at the values themselves.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from vapi import AsyncVapi, Vapi
from vapi.core.api_error import ApiError
from vapi.core.request_options import RequestOptions
from vapi.types import (
    AssistantMessage,
    Chat,
    CreateAssistantDto,
    CreateCustomerDto,
    DeveloperMessage,
    Session,
    SystemMessage,
    ToolCall,
    ToolCallFunction,
    ToolMessage,
    UserMessage,
)

SHOP_SUPPORT = "5b7d9f2c-6a41-4c0e-9b3d-1f8e2a7c4d60"
EXPIRED_SESSION = "0e9c1f34-8a5d-4f7b-b2c6-3d4e5f607182"
ORGANIZATION = "3f6c8b1e-52d4-4a97-8e0b-c1d2e3f40516"
AT_ONCE = RequestOptions(max_retries=0)

MakeSession = Callable[..., Session]


@pytest.fixture(scope="module")
def make_client(live_server: str) -> Iterator[Callable[..., Vapi]]:
    """Make SDK clients for a key and a path below the server; they share what is closed at the end."""
    with httpx.Client() as connections:
        yield lambda token="test-key", path="": Vapi(
            token=token, base_url=live_server + path, httpx_client=connections
        )


@pytest.fixture(scope="module")
def client(make_client: Callable[..., Vapi]) -> Vapi:
    return make_client()


@pytest.fixture
def tag() -> str:
    """A text that no other test uses; it sets the sessions of a test apart on a server that others use."""
    return uuid.uuid4().hex


@pytest.fixture
def make_session(client: Vapi, tag: str) -> MakeSession:
    """Make a session whose customer carries the tag."""

    def make(*, customer: dict[str, Any] | None = None, **properties: Any) -> Session:
        person = CreateCustomerDto(external_id=tag, **(customer or {}))
        session: Session = client.sessions.create(customer=person, **properties)
        return session

    return make


def refusal_of(call: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value


def ids(items: list[Any]) -> list[str]:
    return [item.id for item in items]


# Create


def test_create_with_nothing_opens_an_active_session_of_one_day(client: Vapi) -> None:
    session = client.sessions.create()

    assert uuid.UUID(session.id)
    assert (session.status, session.expiration_seconds) == ("active", 86400)
    assert (session.org_id, session.cost, session.costs) == (ORGANIZATION, 0, [])


def test_create_sets_both_times_to_now(client: Vapi) -> None:
    session = client.sessions.create()

    assert session.created_at == session.updated_at
    assert abs(datetime.now(UTC) - session.created_at) < timedelta(minutes=1)


def test_create_answers_what_was_sent(client: Vapi) -> None:
    session = client.sessions.create(
        name="Checkout help",
        status="completed",
        expiration_seconds=90.5,
        assistant_id=SHOP_SUPPORT,
        squad_id="squad-1",
        customer=CreateCustomerDto(name="Amara Osei", number="+14155550142"),
        customer_id="customer-1",
        phone_number_id="phone-1",
    )

    assert (session.name, session.status, session.expiration_seconds) == ("Checkout help", "completed", 90.5)
    assert (session.assistant_id, session.squad_id) == (SHOP_SUPPORT, "squad-1")
    assert (session.customer_id, session.phone_number_id) == ("customer-1", "phone-1")
    assert session.customer is not None
    assert (session.customer.name, session.customer.number) == ("Amara Osei", "+14155550142")


def test_create_takes_an_assistant_of_its_own(client: Vapi) -> None:
    session = client.sessions.create(
        assistant=CreateAssistantDto(name="Parcel desk", first_message="Which parcel?")
    )

    assert session.assistant is not None
    assert (session.assistant.name, session.assistant.first_message) == ("Parcel desk", "Which parcel?")


def test_create_keeps_messages_of_all_five_kinds(client: Vapi) -> None:
    call = ToolCall(
        id="call_1", type="function", function=ToolCallFunction(name="findParcel", arguments="{}")
    )
    session = client.sessions.create(
        messages=[
            SystemMessage(role="system", message="Be brief.", time=1.0, seconds_from_start=0.0),
            UserMessage(role="user", message="Where is it?", time=2.0, end_time=3.0, seconds_from_start=1.0),
            AssistantMessage(role="assistant", tool_calls=[call]),
            ToolMessage(role="tool", content="on its way", tool_call_id="call_1"),
            DeveloperMessage(role="developer", content="Now say so."),
        ]
    )

    kept = [message.dict() for message in client.sessions.get(session.id).messages or []]

    assert [message["role"] for message in kept] == ["system", "user", "assistant", "tool", "developer"]
    assert kept[1]["endTime"] == 3.0, (
        "a user's message also fits the system's form, and must not be cut to it"
    )
    assert kept[2]["tool_calls"][0]["function"]["name"] == "findParcel"
    assert kept[3]["tool_call_id"] == "call_1"


@pytest.mark.parametrize("seconds", [60, 2592000])
def test_create_takes_the_bounds_of_the_expiration(client: Vapi, seconds: float) -> None:
    assert client.sessions.create(expiration_seconds=seconds).expiration_seconds == seconds


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"name": "x" * 41}, "name"),
        ({"status": "paused"}, "status"),
        ({"expiration_seconds": 59}, "expirationSeconds"),
        ({"expiration_seconds": 2592001}, "expirationSeconds"),
        ({"messages": [{"role": "user"}]}, "messages"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_create_that_breaks_a_rule_is_refused_with_400_that_names_it(
    client: Vapi, properties: dict[str, Any], named: str
) -> None:
    error = refusal_of(lambda: client.sessions.create(**properties))

    assert (error.status_code, error.body["statusCode"], error.body["error"]) == (400, 400, "Bad Request")
    assert named in str(error.body["message"])


def test_create_with_a_name_of_40_characters_is_taken(client: Vapi) -> None:
    assert client.sessions.create(name="é" * 40).name == "é" * 40


def test_create_with_an_assistant_that_is_not_there_is_refused_with_404(client: Vapi) -> None:
    unknown = str(uuid.uuid4())

    error = refusal_of(lambda: client.sessions.create(assistant_id=unknown))

    assert (error.status_code, error.body["error"]) == (404, "Not Found")
    assert unknown in error.body["message"]


# Get


def test_get_answers_the_session_as_it_was_created(client: Vapi) -> None:
    session = client.sessions.create(name="Reception")

    assert client.sessions.get(session.id).dict() == session.dict()


def test_get_finds_the_seeded_session(client: Vapi) -> None:
    session = client.sessions.get(EXPIRED_SESSION)

    assert (session.name, session.assistant_id) == ("Checkout help", SHOP_SUPPORT)


def test_get_of_an_unknown_session_is_404(client: Vapi) -> None:
    error = refusal_of(lambda: client.sessions.get(str(uuid.uuid4())))

    assert (error.status_code, error.body["error"], error.body["statusCode"]) == (404, "Not Found", 404)


def test_get_with_an_id_that_is_no_uuid_is_400(client: Vapi) -> None:
    assert refusal_of(lambda: client.sessions.get("session-1")).status_code == 400


# List


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("name", "Wanted"),
        ("squad_id", "squad-wanted"),
        ("phone_number_id", "phone-wanted"),
        ("phone_number_id_any", "phone-wanted"),
        ("phone_number_id_any", ["phone-wanted", "phone-of-nobody"]),
        ("number", "+14155550199"),
        ("customer_number_any", "+14155550100,+14155550199"),
        ("sip_uri", "sip:wanted@example.com"),
        ("email", "wanted@example.com"),
        ("extension", "12"),
        ("number_e_164_check_enabled", False),
        ("assistant_id", SHOP_SUPPORT),
        ("assistant_id_any", f"{uuid.UUID(int=0)},{SHOP_SUPPORT}"),
    ],
)
def test_list_keeps_only_what_fits_the_filter(
    client: Vapi, make_session: MakeSession, tag: str, argument: str, value: Any
) -> None:
    wanted = make_session(
        name="Wanted",
        assistant_id=SHOP_SUPPORT,
        squad_id="squad-wanted",
        phone_number_id="phone-wanted",
        customer={
            "number": "+14155550199",
            "sip_uri": "sip:wanted@example.com",
            "email": "wanted@example.com",
            "extension": "12",
            "number_e_164_check_enabled": False,
        },
    )
    make_session(
        name="Other",
        squad_id="squad-other",
        phone_number_id="phone-other",
        customer={
            "number": "+14155550111",
            "sip_uri": "sip:other@example.com",
            "email": "other@example.com",
            "extension": "13",
            "number_e_164_check_enabled": True,
        },
    )

    page = client.sessions.list(external_id=tag, **{argument: value})

    assert ids(page.results) == [wanted.id]
    assert page.metadata.total_items == 1


def test_list_by_external_id_finds_the_sessions_of_that_customer(
    client: Vapi, make_session: MakeSession, tag: str
) -> None:
    first, second = make_session(), make_session()

    assert ids(client.sessions.list(external_id=tag).results) == [second.id, first.id]


def test_list_by_id_finds_one_session(client: Vapi, make_session: MakeSession) -> None:
    session = make_session()
    make_session()

    assert ids(client.sessions.list(id=session.id).results) == [session.id]


def test_list_by_any_of_several_ids_finds_those(client: Vapi, make_session: MakeSession) -> None:
    first, _, third = make_session(), make_session(), make_session()

    assert ids(client.sessions.list(id_any=f"{first.id},{third.id}").results) == [third.id, first.id]


@pytest.mark.parametrize(
    "argument", ["id", "assistant_id", "squad_id", "workflow_id", "phone_number_id", "name"]
)
def test_list_by_something_that_is_nowhere_is_an_empty_page(client: Vapi, argument: str, tag: str) -> None:
    page = client.sessions.list(**{argument: tag})

    assert page.results == []
    assert (page.metadata.total_items, page.metadata.has_next_page) == (0, False)


def test_list_is_newest_first(client: Vapi, make_session: MakeSession, tag: str) -> None:
    made = [make_session() for _ in range(3)]

    page = client.sessions.list(external_id=tag)

    assert ids(page.results) == ids(made)[::-1]
    assert page.metadata.sort_order == "DESC"


def test_list_in_ascending_order_is_oldest_first(client: Vapi, make_session: MakeSession, tag: str) -> None:
    made = [make_session() for _ in range(3)]

    page = client.sessions.list(external_id=tag, sort_by="createdAt", sort_order="ASC")

    assert ids(page.results) == ids(made)
    assert page.metadata.sort_order == "ASC"


@pytest.mark.parametrize("sort_by", ["duration", "cost"])
def test_list_sorted_by_what_all_have_alike_answers_all(
    client: Vapi, make_session: MakeSession, tag: str, sort_by: Any
) -> None:
    made = [make_session() for _ in range(2)]

    assert sorted(ids(client.sessions.list(external_id=tag, sort_by=sort_by).results)) == sorted(ids(made))


def test_list_walks_through_the_pages(client: Vapi, make_session: MakeSession, tag: str) -> None:
    newest_first = ids([make_session() for _ in range(5)])[::-1]

    pages = [client.sessions.list(external_id=tag, limit=2, page=number) for number in (1, 2, 3, 4)]

    assert [ids(page.results) for page in pages] == [
        newest_first[:2],
        newest_first[2:4],
        newest_first[4:],
        [],
    ]
    assert [page.metadata.has_next_page for page in pages] == [True, True, False, False]
    assert [page.metadata.current_page for page in pages] == [1, 2, 3, 4]
    assert {(page.metadata.items_per_page, page.metadata.total_items) for page in pages} == {(2, 5)}
    assert {page.metadata.total_pages for page in pages} == {3}


def test_list_shows_a_hundred_at_most_unless_told(client: Vapi) -> None:
    assert client.sessions.list().metadata.items_per_page == 100


def test_list_takes_page_and_limit_as_floats(client: Vapi, make_session: MakeSession, tag: str) -> None:
    make_session()

    page = client.sessions.list(external_id=tag, page=1.0, limit=10.0)

    assert (len(page.results), page.metadata.items_per_page) == (1, 10)


@pytest.mark.parametrize(
    ("bound", "expected"),
    [("gt", [2]), ("ge", [1, 2]), ("lt", [0]), ("le", [0, 1])],
)
def test_list_keeps_what_was_created_in_the_span(
    client: Vapi, make_session: MakeSession, tag: str, bound: str, expected: list[int]
) -> None:
    made = [make_session() for _ in range(3)]

    page = client.sessions.list(
        external_id=tag, sort_order="ASC", **{f"created_at_{bound}": made[1].created_at}
    )

    assert ids(page.results) == [made[index].id for index in expected]


@pytest.mark.parametrize(
    ("bound", "expected"),
    [("gt", [0]), ("ge", [0, 1]), ("lt", [2]), ("le", [1, 2])],
)
def test_list_keeps_what_was_changed_in_the_span(
    client: Vapi, make_session: MakeSession, tag: str, bound: str, expected: list[int]
) -> None:
    made = [make_session() for _ in range(3)]
    middle = client.sessions.update(made[1].id, name="second change")
    client.sessions.update(made[0].id, name="third change")

    page = client.sessions.list(external_id=tag, **{f"updated_at_{bound}": middle.updated_at})

    assert sorted(ids(page.results)) == sorted(made[index].id for index in expected)


def test_list_with_a_span_that_holds_nothing_is_an_empty_page(
    client: Vapi, make_session: MakeSession, tag: str
) -> None:
    session = make_session()

    page = client.sessions.list(
        external_id=tag, created_at_gt=session.created_at, created_at_lt=session.created_at
    )

    assert page.results == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"limit": 1001},
        {"limit": -1},
        {"page": 0},
        {"sort_order": "asc"},
        {"sort_by": "name"},
        {"number": "12"},
    ],
    ids=str,
)
def test_list_with_an_argument_out_of_bounds_is_refused_with_400(
    client: Vapi, arguments: dict[str, Any]
) -> None:
    error = refusal_of(lambda: client.sessions.list(**arguments))

    assert error.status_code == 400
    assert "statusCode" in error.body


# Update


def test_update_changes_what_is_sent_and_nothing_else(client: Vapi) -> None:
    session = client.sessions.create(name="Before", assistant_id=SHOP_SUPPORT, expiration_seconds=600)

    changed = client.sessions.update(session.id, name="After")

    assert (changed.name, changed.assistant_id, changed.expiration_seconds) == ("After", SHOP_SUPPORT, 600)
    assert (changed.id, changed.status) == (session.id, "active")


def test_update_is_seen_by_get(client: Vapi) -> None:
    session = client.sessions.create()

    changed = client.sessions.update(session.id, expiration_seconds=7200)

    assert client.sessions.get(session.id).dict() == changed.dict()
    assert changed.expiration_seconds == 7200


def test_update_moves_the_time_of_the_last_change_only(client: Vapi) -> None:
    session = client.sessions.create()

    changed = client.sessions.update(session.id, name="Later")

    assert changed.created_at == session.created_at
    assert changed.updated_at > session.updated_at


def test_update_completes_a_session_and_opens_it_again(client: Vapi) -> None:
    session = client.sessions.create()

    completed = client.sessions.update(session.id, status="completed")
    opened = client.sessions.update(session.id, status="active")

    assert (completed.status, opened.status) == ("completed", "active")


def test_update_puts_other_messages_in_place(client: Vapi) -> None:
    session = client.sessions.create(messages=[DeveloperMessage(role="developer", content="first")])

    changed = client.sessions.update(
        session.id, messages=[DeveloperMessage(role="developer", content="second")]
    )

    assert [message.dict()["content"] for message in changed.messages or []] == ["second"]


def test_update_that_breaks_a_rule_changes_nothing(client: Vapi) -> None:
    session = client.sessions.create(name="Before")

    error = refusal_of(lambda: client.sessions.update(session.id, name="After", expiration_seconds=1))

    assert error.status_code == 400
    assert client.sessions.get(session.id).name == "Before"


def test_update_of_an_unknown_session_is_404(client: Vapi) -> None:
    assert refusal_of(lambda: client.sessions.update(str(uuid.uuid4()), name="x")).status_code == 404


# Delete


def test_delete_answers_the_session_as_it_was(client: Vapi) -> None:
    session = client.sessions.create(name="Short life")

    assert client.sessions.delete(session.id).dict() == session.dict()


def test_get_after_delete_is_404(client: Vapi) -> None:
    session = client.sessions.create()
    client.sessions.delete(session.id)

    assert refusal_of(lambda: client.sessions.get(session.id)).status_code == 404


def test_second_delete_is_404(client: Vapi) -> None:
    session = client.sessions.create()
    client.sessions.delete(session.id)

    assert refusal_of(lambda: client.sessions.delete(session.id)).status_code == 404


def test_list_after_delete_does_not_show_the_session(
    client: Vapi, make_session: MakeSession, tag: str
) -> None:
    kept, gone = make_session(), make_session()
    client.sessions.delete(gone.id)

    assert ids(client.sessions.list(external_id=tag).results) == [kept.id]


# Keys and addresses


def test_foreign_key_is_refused_with_401(make_client: Callable[..., Vapi]) -> None:
    error = refusal_of(make_client(token="no key of ours").sessions.list)

    assert (error.status_code, error.body["error"], error.body["statusCode"]) == (401, "Unauthorized", 401)


def test_key_that_is_a_uuid_is_taken(make_client: Callable[..., Vapi]) -> None:
    assert make_client(token=str(uuid.uuid4())).sessions.create().status == "active"


def test_api_is_served_under_its_name_as_well(make_client: Callable[..., Vapi], client: Vapi) -> None:
    session = client.sessions.create()

    assert make_client(path="/vapi").sessions.get(session.id).dict() == session.dict()


async def _life_of_a_session(live_server: str) -> tuple[Session, Session]:
    async with httpx.AsyncClient() as connections:
        client = AsyncVapi(token="test-key", base_url=live_server, httpx_client=connections)
        created = await client.sessions.create(name="Async")
        await client.sessions.update(created.id, status="completed")
        return created, await client.sessions.delete(created.id)


def test_async_client_lives_through_a_session(live_server: str) -> None:
    created, deleted = asyncio.run(_life_of_a_session(live_server))

    assert (created.status, deleted.status, deleted.id) == ("active", "completed", created.id)


# Assistants: to import this part of itself the SDK computes for half a minute, so most is tested without it.


@pytest.mark.slow
def test_assistant_lives_from_create_to_delete(client: Vapi) -> None:
    created = client.assistants.create(
        name="Returns desk", first_message="Which order?", metadata={"team": "returns"}
    )
    changed = client.assistants.update(created.id, first_message="Good morning. Which order?")
    read = client.assistants.get(created.id)
    deleted = client.assistants.delete(created.id)

    assert (created.name, created.first_message, created.metadata) == (
        "Returns desk",
        "Which order?",
        {"team": "returns"},
    )
    assert (changed.name, changed.first_message) == ("Returns desk", "Good morning. Which order?")
    assert read.dict() == changed.dict() == deleted.dict()
    assert refusal_of(lambda: client.assistants.get(created.id)).status_code == 404


@pytest.mark.slow
def test_assistants_are_listed_up_to_the_limit(client: Vapi) -> None:
    assert len(client.assistants.list(limit=2)) == 2


@pytest.mark.slow
def test_seeded_assistant_is_there(client: Vapi) -> None:
    assert client.assistants.get(SHOP_SUPPORT).name == "Shop support"


@pytest.mark.slow
def test_assistant_with_a_name_that_is_too_long_is_refused_with_400(client: Vapi) -> None:
    assert refusal_of(lambda: client.assistants.create(name="x" * 41)).status_code == 400


# Chats


def contents(messages: list[Any] | None) -> list[tuple[str, str]]:
    return [(message.dict()["role"], message.dict()["content"]) for message in messages or []]


def chat(client: Vapi, **arguments: Any) -> Chat:
    answer = client.chats.create(request_options=AT_ONCE, **arguments)
    assert isinstance(answer, Chat)
    return answer


def test_chat_with_an_assistant_is_answered(client: Vapi) -> None:
    answer = chat(client, assistant_id=SHOP_SUPPORT, input="When do you open?")

    assert contents(answer.messages) == [("user", "When do you open?")]
    (output,) = answer.output or []
    assert output.dict()["role"] == "assistant"
    assert "When do you open?" in output.dict()["content"]
    assert (answer.input, answer.org_id, answer.cost) == ("When do you open?", ORGANIZATION, 0)


def test_same_question_has_the_same_answer(client: Vapi) -> None:
    answers = [chat(client, assistant_id=SHOP_SUPPORT, input="And on Sundays?") for _ in range(2)]

    assert contents(answers[0].output) == contents(answers[1].output)


def test_chats_in_a_session_are_remembered_by_it(client: Vapi) -> None:
    session = client.sessions.create(assistant_id=SHOP_SUPPORT)

    first = chat(client, session_id=session.id, input="Hello")
    second = chat(client, session_id=session.id, input="Goodbye")

    turns = contents(client.sessions.get(session.id).messages)
    assert turns == [
        ("user", "Hello"),
        *contents(first.output),
        ("user", "Goodbye"),
        *contents(second.output),
    ]
    assert contents(second.messages) == turns[:3]


def test_chat_in_a_session_moves_the_time_of_its_last_change(client: Vapi) -> None:
    session = client.sessions.create(assistant_id=SHOP_SUPPORT)

    chat(client, session_id=session.id, input="Hello")

    assert client.sessions.get(session.id).updated_at > session.updated_at


def test_chat_after_another_knows_what_was_said(client: Vapi) -> None:
    first = chat(client, assistant_id=SHOP_SUPPORT, input="Hello")

    second = chat(client, previous_chat_id=first.id, input="Goodbye")

    assert contents(second.messages) == [("user", "Hello"), *contents(first.output), ("user", "Goodbye")]


def test_chat_takes_messages_as_input(client: Vapi) -> None:
    answer = chat(
        client,
        assistant=CreateAssistantDto(name="Parcel desk"),
        input=[DeveloperMessage(role="developer", content="Say good morning.")],
    )

    assert contents(answer.messages) == [("developer", "Say good morning.")]


def test_chats_are_listed_by_session(client: Vapi) -> None:
    session = client.sessions.create()
    made = [chat(client, session_id=session.id, input=text) for text in ("one", "two", "three")]
    chat(client, assistant_id=SHOP_SUPPORT, input="elsewhere")

    page = client.chats.list(session_id=session.id, limit=2, sort_order="ASC")

    assert ids(page.results) == ids(made)[:2]
    assert (page.metadata.total_items, page.metadata.has_next_page) == (3, True)


def test_chats_are_listed_by_the_chat_they_follow(client: Vapi) -> None:
    first = chat(client, assistant_id=SHOP_SUPPORT, input="Hello")
    second = chat(client, previous_chat_id=first.id, input="Goodbye")

    assert ids(client.chats.list(previous_chat_id=first.id).results) == [second.id]


def test_chats_are_listed_by_any_of_several_ids(client: Vapi) -> None:
    made = [chat(client, assistant_id=SHOP_SUPPORT, input="Hello") for _ in range(3)]

    page = client.chats.list(id_any=f"{made[0].id},{made[2].id}", assistant_id_any=SHOP_SUPPORT)

    assert sorted(ids(page.results)) == sorted([made[0].id, made[2].id])


def test_deleted_chat_is_gone(client: Vapi) -> None:
    made = chat(client, assistant_id=SHOP_SUPPORT, input="Hello")

    assert client.chats.delete(made.id).id == made.id
    assert refusal_of(lambda: client.chats.get(made.id)).status_code == 404


def test_chat_is_read_as_it_was_answered(client: Vapi) -> None:
    made = chat(client, assistant_id=SHOP_SUPPORT, input="Hello", name="Greeting")

    assert client.chats.get(made.id).dict() == made.dict()


@pytest.mark.parametrize("argument", ["session_id", "previous_chat_id", "assistant_id"])
def test_chat_with_something_that_is_not_there_is_refused_with_404(client: Vapi, argument: str) -> None:
    unknown = str(uuid.uuid4())

    error = refusal_of(lambda: chat(client, input="Hello", **{argument: unknown}))

    assert error.status_code == 404
    assert unknown in error.body["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"session_id": EXPIRED_SESSION, "previous_chat_id": "c4a1e2b3-9d87-4f65-a3b2-1c0d9e8f7a6b"},
        {"session_id": EXPIRED_SESSION, "assistant_id": SHOP_SUPPORT},
    ],
    ids=["nobody to talk to", "a session and an earlier chat", "a session and an assistant"],
)
def test_chat_with_the_wrong_partners_is_refused_with_400(client: Vapi, arguments: dict[str, str]) -> None:
    assert refusal_of(lambda: chat(client, input="Hello", **arguments)).status_code == 400


def test_chat_in_an_expired_session_is_refused_with_409(client: Vapi) -> None:
    error = refusal_of(lambda: chat(client, session_id=EXPIRED_SESSION, input="Anyone there?"))

    assert (error.status_code, error.body["error"]) == (409, "Conflict")
    assert EXPIRED_SESSION in error.body["message"]
