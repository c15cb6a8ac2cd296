"""What a client asks of the mock: how it is read, and what it changes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.canned import Canned
from mockserver.mocking.dice import Dice
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.fixtures import Fixtures
from mockserver.mocking.preferences import Preferences, parse

from .conftest import TEXT, Api, closed, ref

MakeApi = Callable[..., Api]
PET = closed({"id": TEXT, "name": TEXT}, "id", "name")
ERROR = closed({"code": {"type": "integer"}, "message": TEXT}, "message")


@pytest.mark.parametrize(
    ("prefer", "name", "value"),
    [
        ("code=404", "code", 404),
        ('CODE="404"', "code", 404),
        ("return=minimal, code = 404 ; strict=yes", "code", 404),
        ("code=404, code=500", "code", 404),
        ("nonsense nonsense, code=404", "code", 404),
        ("dynamic", "dynamic", True),
        ("dynamic=FALSE", "dynamic", False),
        ("example=two words", "example", "two words"),
        (r'example="a \"quoted\", one"', "example", 'a "quoted", one'),
        ("seed=7", "seed", "7"),
        ("delay=250", "delay", (250, 250)),
        ("delay=100..300", "delay", (100, 300)),
        ("source=State", "source", "state"),
        ("count=0", "count", 0),
    ],
)
def test_preference_is_read_as_rfc_7240_writes_it(prefer: str, name: str, value: Any) -> None:
    found = parse(prefer, b"")

    assert found is not None
    assert getattr(found, name) == value


@pytest.mark.parametrize(
    "prefer", ["", "return=minimal", "wait=5, respond-async", '"', "=", ",,,", "code2=404"]
)
def test_unknown_preference_is_ignored(prefer: str) -> None:
    assert parse(prefer, b"__unknown=1&a=__b") is None


def test_query_says_the_same_and_the_header_wins() -> None:
    found = parse("code=404", b"__code=500&limit=3&__example=a+b%21")

    assert found is not None
    assert (found.code, found.example) == (404, "a b!")
    assert found.applied == ("code=404", 'example="a b!"')


@pytest.mark.parametrize(
    ("prefer", "hint"),
    [
        ("code=abc", "a status code from 200 to 599"),
        ("code=99", "a status code"),
        ("dynamic=perhaps", "true or false"),
        ("delay=60001", "up to 60000"),
        ("delay=300..100", "such as 100..300"),
        ("delay=-1", "milliseconds"),
        ("source=thinair", "one of stub, handler, fixture, state, example, generated"),
        ("count=1001", "from 0 to 1000"),
        ("example=", "a text"),
    ],
)
def test_value_that_makes_no_sense_is_refused_with_what_is_possible(prefer: str, hint: str) -> None:
    with pytest.raises(Refusal, match=hint) as caught:
        parse(prefer, b"")

    assert caught.value.kind is RefusalKind.INVALID
    assert caught.value.violations[0].location[:2] == ("header", "Prefer")


def test_all_broken_values_are_named_at_once() -> None:
    with pytest.raises(Refusal) as caught:
        parse("code=x", b"__delay=y")

    assert [item.location for item in caught.value.violations] == [
        ("header", "Prefer", "code"),
        ("query", "__delay"),
    ]


@given(st.text(max_size=300), st.binary(max_size=100))
def test_no_preference_kills(prefer: str, query: bytes) -> None:
    with suppress(Refusal):
        found = parse(prefer, query)
        assert found is None or found.applied


@given(st.integers(0, 500), st.integers(0, 500), st.text())
def test_delay_lies_in_its_range_and_is_the_same_again(low: int, more: int, name: str) -> None:
    preferences = Preferences(delay=(low, low + more))
    delays = {preferences.delay_ms(Dice(3), name) for _ in range(3)}

    assert len(delays) == 1
    assert low <= delays.pop() <= low + more


# What they change.


def preferring(api: Api, prefer: str, operation_id: str = "getPet", **path: Any) -> Answer:
    operation = api.document.operations[operation_id]
    request = Request(
        operation, operation.method, "/pets/1", path=path or {"id": "1"}, preferences=parse(prefer, b"")
    )
    return api.engine.answer(request, api.world)


def pets(**responses: Any) -> dict[str, Any]:
    """Return paths with an operation `getPet`: `pets(_200={...media...})`."""
    declared = {
        name.lstrip("_"): {"description": "", **({"content": {"application/json": media}} if media else {})}
        for name, media in responses.items()
    }
    parameters = [{"name": "id", "in": "path", "required": True, "schema": TEXT}]
    return {"/pets/{id}": {"get": {"operationId": "getPet", "parameters": parameters, "responses": declared}}}


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    """An operation with three kinds of responses, and one pet in state."""
    good = {
        "schema": ref("Pet"),
        "examples": {"rex": {"value": {"id": "r", "name": "Rex"}}, "bad": {"value": {"id": 1}}},
    }
    missing = {"schema": ref("Error"), "examples": {"gone": {"value": {"message": "It ran away."}}}}
    plan = {
        "resources": {"pets": {"schema": "Pet"}},
        "operations": {"getPet": {"action": "get", "resource": "pets"}},
    }
    canned = Fixtures(
        canned={"getPet": (Canned(200, "tim", {"id": "t", "name": "Tim"}, Path("200.tim.json")),)}
    )
    paths = pets(_200=good, _404=missing, _5XX={"schema": ref("Error")}, default=None)
    made = make_api(paths, plan, Pet=PET, Error=ERROR, fixtures=canned)
    made.state.store.create("pets", "1", {"id": "1", "name": "Stateful"})
    return made


def test_code_chooses_a_declared_error_with_its_example(api: Api) -> None:
    answer = preferring(api, "code=404")

    assert (answer.status, answer.body, answer.source) == (
        404,
        {"message": "It ran away."},
        ResponseSource.EXAMPLE,
    )
    assert answer.headers["Preference-Applied"] == "code=404"
    assert "Prefer" in answer.headers["Vary"]


def test_code_falls_under_a_range_and_its_error_says_something_plausible(api: Api) -> None:
    answer = preferring(api, "code=503")

    assert (answer.status, answer.violations) == (503, ())
    assert answer.body == {"code": 503, "message": "The service is not available. Try again later."}


def test_code_falls_under_default(api: Api) -> None:
    assert (preferring(api, "code=302").status, preferring(api, "code=302").media_type) == (302, None)


def test_code_of_the_usual_answer_changes_nothing(api: Api) -> None:
    assert preferring(api, "code=200").body["name"] == "Stateful"


def test_code_that_is_not_declared_is_refused_with_those_that_are(make_api: MakeApi) -> None:
    api = make_api(pets(_200={"schema": ref("Pet")}, _404=None), {}, Pet=PET)

    with pytest.raises(Refusal, match="declares no response 418; it has 200, 404"):
        preferring(api, "code=418")


@pytest.mark.parametrize(
    ("prefer", "status", "body"),
    [
        ("example=rex", 200, {"id": "r", "name": "Rex"}),
        ("example=tim", 200, {"id": "t", "name": "Tim"}),
        ("example=gone", 404, {"message": "It ran away."}),
        ("example=gone, code=404", 404, {"message": "It ran away."}),
    ],
)
def test_example_is_found_by_name_among_fixtures_and_responses(
    api: Api, prefer: str, status: int, body: Any
) -> None:
    answer = preferring(api, prefer)

    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize(
    ("prefer", "message"),
    [
        ("example=nobody", "has no example 'nobody'; it has rex, gone, tim"),
        ("example=rex, code=404", "has no example 'rex'; it has gone"),
        ("example=bad", "the example 'bad' breaks its schema: .*body.id: 1 is not"),
        ("source=fixture", "has no fixture; it has state, example, generated"),
        ("source=state, code=404", "has no state; it has example, generated"),
        ("count=2", "cannot have 2 items: it is no list"),
    ],
)
def test_what_is_impossible_is_refused_with_what_is_possible(api: Api, prefer: str, message: str) -> None:
    with pytest.raises(Refusal, match=message) as caught:
        preferring(api, prefer)

    assert caught.value.kind is RefusalKind.INVALID


@pytest.mark.parametrize("source", ["state", "example", "generated"])
def test_source_is_the_one_that_is_asked_for(api: Api, source: str) -> None:
    answer = preferring(api, f"source={source}")

    assert (answer.source, answer.violations) == (source, ())


def test_seed_makes_another_answer_and_the_same_again(api: Api) -> None:
    first, again, other = (preferring(api, f"seed={text}").body for text in ("a", "a", "b"))

    assert first == again
    assert first != other


def test_dynamic_answers_differ_and_come_again_after_a_reset(api: Api) -> None:
    first = [preferring(api, "dynamic=true").body for _ in range(3)]
    api.world.reset()
    again = [preferring(api, "dynamic=true").body for _ in range(3)]

    assert first == again
    assert len({str(body) for body in first}) == 3


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "array", "items": PET}, None),
        (closed({"total": {"type": "integer"}, "data": {"type": "array", "items": PET}}, "data"), "data"),
        ({"type": "array", "items": PET, "uniqueItems": True}, None),
    ],
)
@pytest.mark.parametrize("count", [0, 1, 12])
def test_count_is_the_number_of_items(make_api: MakeApi, schema: Any, place: str | None, count: int) -> None:
    answer = preferring(make_api(pets(_200={"schema": schema}), {}), f"count={count}")

    assert answer.violations == ()
    assert len(answer.body if place is None else answer.body[place]) == count


def test_count_beyond_what_the_schema_takes_is_refused(make_api: MakeApi) -> None:
    api = make_api(pets(_200={"schema": {"type": "array", "items": PET, "maxItems": 3}}), {})

    with pytest.raises(Refusal, match="cannot have 4 items"):
        preferring(api, "count=4")
