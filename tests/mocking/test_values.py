"""The language of a plan's values: literals, expressions, operators and templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.document.model import Operation
from mockserver.document.plan import Reference, Resource
from mockserver.errors import Json, PlanError
from mockserver.mocking.exchange import Request
from mockserver.mocking.page import Page
from mockserver.mocking.store import Record
from mockserver.mocking.values import Compiler, Scope, StateView, needs_request

from .conftest import NOON

RESOURCES = {
    "pets": Resource("pets", "", references={"ownerId": Reference("ownerId", "owners")}),
    "owners": Resource("owners", "", references={"cityId": Reference("cityId", "cities")}),
    "cities": Resource("cities", ""),
}
RECORDS: dict[str, dict[Any, dict[str, Json]]] = {
    "owners": {"o1": {"id": "o1", "name": "Ann", "cityId": 7}},
    "cities": {7: {"id": 7, "name": "Bonn", "districts": [{"name": "Süd"}]}},
    "pets": {},
}
RECORD = {"id": "p1", "name": "Rex", "ownerId": "o1", "gone": "nobody", "age": 3, "ok": True, "none": None}


class View(StateView):
    """A state that remembers what it was asked."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}

    def find(self, resource: str, id: Json) -> Mapping[str, Json] | None:
        return RECORDS[resource].get(id)

    def matching(self, resource: str, where: Mapping[str, Json]) -> list[dict[str, Json]]:
        return [{"resource": resource, **where}]

    def count(self, resource: str, where: Mapping[str, Json]) -> int:
        return len(where) + 40

    def next_number(self, resource: str, counter: str) -> int:
        self.counters[counter] = self.counters.get(counter, 0) + 1
        return self.counters[counter]


OPERATION = Operation("getPet", "GET", "/pets", "", "", (), None, {}, ())
REQUEST = Request(
    OPERATION, "GET", "/pets/p1", path={"id": "p1"}, query={"a.b": [1, 2], "filter[x]": "y", "limit": 0},
    header={"x-mark": "m"}, cookie={"c": "d"}, body={"pet": {"tags": ["a", "b"]}, "": 1},
)  # fmt: skip
PAGE = Page(items=[{"id": 1}], records=[Record(1, {"id": 1}, 1)], total=3, offset=1, limit=1, descending=True)


def scope_of(**changes: Any) -> Scope:
    given = {
        "request": REQUEST,
        "record": RECORD,
        "page": PAGE,
        "principal": {"id": "me"},
        "clock": lambda: NOON,
    }
    return Scope(View(), **{**given, **changes})


def value_of(raw: Json, **changes: Any) -> Json:
    return Compiler(RESOURCES, "api.plan.yaml").compile(raw, RESOURCES["pets"], "/here")(scope_of(**changes))


@pytest.mark.parametrize("raw", [None, True, 0, 1.5, "text", "", [], {}, "a$b", ["x", 1], {"a": {"b": [1]}}])
def test_literal_is_itself(raw: Json) -> None:
    assert value_of(raw) == raw


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("$$now", "$now"),
        ("$$", "$"),
        ("$request.body", REQUEST.body),
        ("$request.body#", REQUEST.body),
        ("$request.body#/pet/tags/1", "b"),
        ("$request.body#/pet/tags/2", None),
        ("$request.body#/pet/tags/x", None),
        ("$request.body#/pet/name/x", None),
        ("$request.body#/", 1),
        ("$request.path.id", "p1"),
        ("$request.query.a.b", [1, 2]),
        ("$request.query.a.b#/1", 2),
        ("$request.query.filter[x]", "y"),
        ("$request.query.limit", 0),
        ("$request.query.nobody", None),
        ("$request.header.X-Mark", "m"),
        ("$request.cookie.c", "d"),
        ("$record#/name", "Rex"),
        ("$record#/nobody", None),
        ("$record", RECORD),
        ("$record.ownerId#/name", "Ann"),
        ("$record.ownerId.cityId#/districts/0/name", "Süd"),
        ("$principal#/id", "me"),
        ("$principal", {"id": "me"}),
        ("$now", "2026-01-02T12:00:00.000Z"),
        ("$now_date", "2026-01-02"),
        ("$now_unix", 1767355200),
        ("$now_unix_ms", 1767355200000),
        ("$now_rfc2822", "Fri, 02 Jan 2026 12:00:00 +0000"),
        ("$page.items", [{"id": 1}]),
        ("$page.total", 3),
        ("$page.order", "DESC"),
        ("$page.next_number", 3),
    ],
)
def test_expression_has_its_value(raw: str, value: Json) -> None:
    assert value_of(raw) == value


@pytest.mark.parametrize(
    "raw", ["$request.body#/a", "$request.query.a", "$page.total", "$now", "$record#/x", "$principal#/x"]
)
def test_what_is_not_there_is_null(raw: str) -> None:
    assert value_of(raw, request=None, page=None, clock=None, record={}, principal={}) is None


@pytest.mark.parametrize("record", [{}, {"ownerId": None}, {"ownerId": "nobody"}])
def test_broken_chain_of_references_is_null(record: dict[str, Json]) -> None:
    assert value_of("$record.ownerId.cityId#/name", record=record) is None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"literal": {"if": "$now"}}, {"if": "$now"}),
        ({"literal": None}, None),
        ({"if": "$record#/ok", "then": "$record#/name", "else": 0}, "Rex"),
        ({"if": "$request.query.limit", "then": 1}, None),
        ({"if": True, "else": 1}, None),
        ({"first": ["$record#/none", "$record#/nobody", 0, 1]}, 0),
        ({"first": ["$record#/none"]}, None),
        ({"equals": ["$record#/age", 3, 3]}, True),
        ({"equals": ["$record#/age", "3"]}, False),
        ({"equals": ["$record#/nobody", None]}, True),
        ({"equals": [1]}, True),
        ({"not": "$record#/ok"}, False),
        ({"not": {"equals": ["$record#/name", "Tom"]}}, True),
        ({"count": "pets", "where": {"ownerId": "$record#/id", "x": 1}}, 42),
        ({"count": "pets"}, 40),
        ({"list": "pets", "where": {"ownerId": "$record#/id"}}, [{"resource": "pets", "ownerId": "p1"}]),
        ({"text": "v{age}-{name}-{none}{nobody}"}, "v3-Rex-"),
        ({"text": "{ok}"}, "true"),
        ({"text": "plain"}, "plain"),
        ({"a": ["$record#/name", {"b": {"not": 0}}]}, {"a": ["Rex", {"b": True}]}),
    ],
)
def test_operator_has_its_value(raw: Json, value: Json) -> None:
    assert value_of(raw) == value


@pytest.mark.parametrize("falsy", [None, False, "", 0, [], {}])
def test_nothing_in_its_forms_is_false(falsy: Json) -> None:
    assert value_of({"if": {"literal": falsy}, "then": "yes", "else": "no"}) == "no"
    assert value_of({"not": {"literal": falsy}}) is True


@pytest.mark.parametrize("truthy", ["false", "0", [0], {"a": None}, -1, 0.5])
def test_anything_else_is_true(truthy: Json) -> None:
    assert value_of({"if": {"literal": truthy}, "then": "yes", "else": "no"}) == "yes"


@pytest.mark.parametrize("name", ["first", "next", "list", "count", "text"])
def test_object_in_the_place_of_an_operand_is_a_member_of_a_template(name: str) -> None:
    """`next: {href: ...}` is how many envelopes lead on."""
    assert value_of({name: {"href": "$request.path.id"}}) == {name: {"href": value_of("$request.path.id")}}


def test_next_counts_the_records_of_a_group() -> None:
    compiled = Compiler(RESOURCES).compile({"next": ["ownerId"], "from": 10}, RESOURCES["pets"], "/here")
    scope = scope_of()
    numbers = [compiled(scope), compiled(scope)]
    scope.record = {"ownerId": "o2"}

    assert [*numbers, compiled(scope)] == [10, 11, 10]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (
            {"count": "$page.total", "next": "$page.next", "results": "$page.items"},
            {"count": 3, "next": 2, "results": [{"id": 1}]},
        ),
        ({"list": "$page.items"}, {"list": [{"id": 1}]}),
        ({"count": "$page.total"}, {"count": 3}),
        ({"first": "$page.first_id", "last": "$page.last_id"}, {"first": 1, "last": 1}),
        ({"text": "hello", "author": "me"}, {"text": "hello", "author": "me"}),
    ],
)
def test_template_may_have_members_with_the_names_of_operators(raw: Json, value: Json) -> None:
    assert value_of(raw) == value


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("$", "is no expression; write '$$' if it is a text"),
        ("$nobody", "is no expression; write '$$nobody' if it is a text"),
        ("$request", "is no expression"),
        ("$request.form.x", "known are $request.body#/..."),
        ("$request.query", "known are $request.body#/..."),
        ("$request.body.name", "known are $request.body#/..."),
        ("$request.body#name", "should be a JSON pointer"),
        ("$record.owner#/name", "'owner' is no reference of this resource"),
        ("$record.ownerId.nobody#/x", "'nobody' is no reference"),
        ("$page.size", "a page has no 'size'"),
        ("$page.__class__", "a page has no '__class__'"),
        ({"if": 1, "than": 2}, "'than' does not belong beside 'if'"),
        ({"count": "pet"}, "there is no resource 'pet'"),
        ({"count": "pets", "were": {}}, "'were' does not belong beside 'count'"),
        ({"list": "pets", "where": 5}, "a mapping is expected, not 5"),
        ({"next": "number"}, "takes a list of property names"),
        ({"next": ["a"], "from": "x"}, "a whole number is expected"),
        ({"text": 5}, "takes a text"),
        ({"first": []}, "a list of values is expected"),
        ({"equals": 5}, "a list of values is expected"),
    ],
)
def test_what_is_no_value_is_refused_with_its_place(raw: Json, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        value_of(raw)

    assert str(caught.value).startswith("api.plan.yaml: at /here")
    assert words in str(caught.value)


def test_place_of_a_broken_value_is_a_pointer_into_the_plan() -> None:
    with pytest.raises(PlanError, match=r"at /here/a~1b/1/if:"):
        value_of({"a/b": [1, {"if": "$nobody"}]})


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("$now", True), ("$request.body", True), ({"a": ["$page.total"]}, True), ("$record#/x", False), ("$$now", False),
     ({"literal": "$now"}, False), ({"if": 1, "then": "$now"}, True), (5, False)],
)  # fmt: skip
def test_value_that_needs_a_request_is_known(raw: Json, expected: bool) -> None:
    assert needs_request(raw) is expected
