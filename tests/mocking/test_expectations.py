"""What tests expect of calls: when it holds, and what is said when it does not."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.document.builder import build
from mockserver.document.model import Document
from mockserver.errors import Refusal, Violation
from mockserver.mocking import expectations, nearest
from mockserver.mocking.calls import Call, CallAnswer, CallRequest
from mockserver.mocking.expectations import Wanted

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://example.com/v1"}],
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "parameters": [{"name": "kind", "in": "query", "schema": {"type": "string"}}],
                "responses": {},
            },
            "post": {"operationId": "createPet", "responses": {}},
        },
        "/pets/{petId}": {"get": {"operationId": "getPet", "responses": {}}},
        "/owners/{id}/pets/{petId}/toys": {"get": {"operationId": "listToys", "responses": {}}},
    },
}


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Document:
    path = tmp_path_factory.mktemp("doc") / "pets.json"
    path.write_text(json.dumps(DOCUMENT))
    return build(json.loads(path.read_text()), path)


def call(number: int = 1, operation: str | None = "createPet", body: Any = None, **request: Any) -> Call:
    source = "refusal" if operation is None else "state"
    sent = CallRequest("POST", "/pets", body=body, **request)
    return Call(number, "pets", operation, sent, CallAnswer(200, source=source))


def with_body(body: Any, *, exact: bool = False) -> Wanted:
    return Wanted.of({"body": body}, exact=exact)


# One call.


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ({"name": "Rex"}, {"name": "Rex", "kind": "dog"}),
        ({"tags": [{"id": 1}]}, {"tags": [{"id": 1, "name": "x"}]}),
        ({"name": ANY}, {"name": True}),
        (ANY, None),
        ([1, ANY], [1, 2]),
        (None, None),
    ],
)
def test_body_with_all_that_is_wanted_has_no_differences(wanted: Any, sent: Any) -> None:
    assert with_body(wanted).differences(call(body=sent)) == []


@pytest.mark.parametrize(
    ("wanted", "sent", "said"),
    [
        ({"name": "Rex"}, {"name": "Max"}, 'body /name is "Max", not "Rex"'),
        ({"name": "Rex"}, {}, "body /name is not there"),
        ({"a": {"b": 1}}, {"a": {"b": True}}, "body /a/b is true, not 1"),
        ([1, 2], [1], "body / is [1], not [1,2]"),
        ({"name": "Rex"}, None, 'body / is null, not {"name":"Rex"}'),
    ],
)
def test_difference_of_a_body_says_where_and_what(wanted: Any, sent: Any, said: str) -> None:
    assert with_body(wanted).differences(call(body=sent)) == [said]


def test_exact_body_has_nothing_besides() -> None:
    (said,) = with_body({"a": [{"b": 1}]}, exact=True).differences(call(body={"a": [{"b": 1, "c": 2}]}))

    assert said == "body /a/0/c is there, and nobody expects it: 2"


def test_exact_query_has_nothing_besides() -> None:
    sent = call(query={"kind": "dog", "limit": 2}, fields={"kind": ["dog"], "limit": ["2"]})

    assert Wanted.of({"query": {"limit": 2}}).differences(sent) == []
    assert Wanted.of({"query": {"limit": "2"}}).differences(sent) == []
    (said,) = Wanted.of({"query": {"limit": 2}}, exact=True).differences(sent)
    assert said == 'query kind is there, and nobody expects it: "dog"'


def test_query_of_several_fields_is_compared_by_its_value() -> None:
    sent = call(query={"filter": {"kind": "dog"}}, fields={"filter[kind]": ["dog"]})

    assert Wanted.of({"query": {"filter": {"kind": "dog"}}}).differences(sent) == []
    assert Wanted.of({"query": {"filter": {"kind": "cat"}}}).differences(sent)


def test_header_is_found_in_any_case_and_null_asks_for_none() -> None:
    sent = call(headers={"x-request-id": "7"})

    assert Wanted.of({"headers": {"X-Request-ID": "7"}}).differences(sent) == []
    assert Wanted.of({"headers": {"X-Request-ID": None}}).differences(sent) == [
        "header X-Request-ID is there"
    ]


@pytest.mark.parametrize("raw", [{"boddy": 1}, {"query": "kind=dog"}])
def test_what_cannot_be_asked_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        Wanted.of(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(body=JSON)
def test_every_body_is_exactly_itself(body: Any) -> None:
    assert with_body(body, exact=True).differences(call(body=body)) == []


@given(wanted=JSON, sent=JSON)
def test_failed_expectation_always_says_why_in_lines_for_people(wanted: Any, sent: Any) -> None:
    expected = with_body(wanted, exact=True)
    outcome = expectations.count("createPet", [call(body=sent)], wanted=expected, least=1)

    assert outcome.passed is (expected.differences(call(body=sent)) == [])
    assert outcome.passed or "The nearest is #1 POST /pets -> 200" in outcome.message


# How many.


@pytest.mark.parametrize(
    ("calls", "least", "most", "passed"),
    [
        (0, 0, 0, True),
        (1, 1, None, True),
        (3, 1, None, True),
        (2, 1, 1, False),
        (0, 1, None, False),
        (2, 2, 3, True),
    ],
)
def test_calls_are_counted(calls: int, least: int, most: int | None, passed: bool) -> None:
    made = [call(number) for number in range(calls)]

    assert expectations.count("createPet", made, least=least, most=most).passed is passed


def test_only_such_calls_fails_when_there_was_another() -> None:
    made = [call(1, body={"a": 1}), call(2, body={"a": 2})]

    assert expectations.count("createPet", made, wanted=with_body({"a": 1}), least=1).passed
    assert not expectations.count("createPet", made, wanted=with_body({"a": 1}), least=1, only=True).passed


def test_message_shows_what_was_expected_the_nearest_call_and_the_difference() -> None:
    made = [
        call(1, body={"name": "Max", "kind": "cat", "age": 3}),
        call(2, body={"name": "Max", "kind": "dog", "age": 3}),
    ]
    outcome = expectations.count(
        "createPet", made, wanted=with_body({"name": "Rex", "kind": "dog"}), least=1, most=1, only=True
    )

    assert outcome.message == "\n".join(
        [
            "createPet should have been called once with",
            '  body: {"name":"Rex","kind":"dog"}',
            "it was called twice, never like that",
            "",
            "The nearest is #2 POST /pets -> 200; of it",
            '  body /name is "Max", not "Rex"',
            "",
            "  - expected, + sent:",
            "      {",
            '    -   "name": "Rex",',
            "    ?            ^^",
            '    +   "name": "Max",',
            "    ?            ^^",
            '        "kind": "dog"',
            "      }",
            "",
            "The calls of createPet:",
            "  #1 POST /pets -> 200 (createPet)",
            "  #2 POST /pets -> 200 (createPet)",
        ]
    )


def test_message_on_an_operation_that_was_never_called_names_the_call_that_was_probably_meant(
    pets: Document,
) -> None:
    lost = Call(
        1, "pets", None, CallRequest("POST", "/pet"), CallAnswer(404, source="refusal"),
        hints=nearest.places([pets], "POST", "/pet"),
    )  # fmt: skip
    message = expectations.count("createPet", [], [lost], least=1).message

    assert "createPet should have been called at least once\n  it was never called" in message
    assert "Probably meant: #1 POST /pet -> 404\n  POST /pets (createPet): 'pet' should be 'pets'" in message


def test_message_of_many_calls_is_bounded() -> None:
    made = [call(number, body=list(range(500))) for number in range(500)]

    message = expectations.count("createPet", made, wanted=with_body([]), least=1).message
    assert len(message.splitlines()) < 100


def test_order_holds_with_others_in_between_unless_it_is_exact() -> None:
    made = [call(1, "a"), call(2, "x"), call(3, "b")]

    assert expectations.order(["a", "b"], made).matched == (1, 3)
    assert not expectations.order(["a", "b"], made, exact=True).passed
    assert expectations.order(["a", "x", "b"], made, exact=True).passed
    assert "b was not called after b" in expectations.order(["b", "b"], made).message
    assert "a was not called after x" in expectations.order(["x", "a"], made).message
    assert "c was never called" in expectations.order(["c"], made).message


# What nobody expects.


def test_unexpected_calls_are_told_with_what_is_wrong() -> None:
    broken = Call(
        2, "pets", "createPet", CallRequest("POST", "/pets"), CallAnswer(400),
        (Violation(("body", "name"), "required", "'name' is required", None, "/components/schemas/Pet"),),
    )  # fmt: skip
    outcome = expectations.unexpected([call(1, None), broken])

    assert outcome.matched == (1, 2)
    assert "1 call for no operation of the document:\n  #1 POST /pets -> 200" in outcome.message
    assert "body.name: 'name' is required [/components/schemas/Pet]" in outcome.message
    assert expectations.unexpected(
        [call(1, None), broken], allow_unmatched=lambda _: True, allow_invalid=lambda _: True
    ).passed


@pytest.mark.parametrize(
    ("method", "path", "hint"),
    [
        ("GET", "/pet", "GET /pets (listPets): 'pet' should be 'pets'"),
        ("PUT", "/pets", "GET /pets (listPets): the method should be GET"),
        ("GET", "/Pets", "GET /pets (listPets): 'Pets' should be 'pets'"),
        ("GET", "/pets/", "GET /pets (listPets): the slash at its end is too much"),
        ("GET", "/v1/petz/7", "GET /pets/{petId} (getPet): 'petz' should be 'pets'"),
        ("GET", "/v2/pets/7", "GET /pets/{petId} (getPet): 'v2' is too much"),
        (
            "GET",
            "/owners/1/pets/toys",
            "GET /owners/{id}/pets/{petId}/toys (listToys): '{petId}' is missing",
        ),
    ],
)
def test_near_miss_names_the_operation_and_the_slip(
    pets: Document, method: str, path: str, hint: str
) -> None:
    assert nearest.places([pets], method, path)[0] == hint


def test_path_that_is_far_from_all_has_no_near_miss(pets: Document) -> None:
    assert nearest.places([pets], "GET", "/completely/other/things/than/these") == ()


def test_query_field_that_is_nearly_declared_is_told(pets: Document) -> None:
    operation = pets.operations["listPets"]

    hints = nearest.meanings(pets, operation, {"knd": ["dog"], "kind": ["dog"], "__code": ["1"]}, None, ())
    assert hints == ("query 'knd' is not declared; did you mean 'kind'?",)


def test_call_is_the_same_after_a_way_through_json() -> None:
    made = call(3, "createPet", {"a": [1]}, query={"x": 1}, fields={"x": ["1"]}, headers={"a": "b"})

    raw = json.loads(json.dumps(made.as_dict()))
    assert (raw.pop("unmatched"), raw.pop("invalid")) == (False, False)
    assert Call.from_dict(raw) == made


def test_bytes_become_text_in_json() -> None:
    raw = call(body={"file": b"\xff", "note": b"hi"}).as_dict()

    assert raw["request"]["body"] == {"file": "/w==", "note": "hi"}
