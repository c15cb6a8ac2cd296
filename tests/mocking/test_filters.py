"""Filters of a list: values typed by the property they are about, operators, and what has no effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import ANY, TEXT, Api, answering, closed, ref

PET = closed(
    {
        "id": TEXT, "name": TEXT, "size": {"type": "integer"}, "isTame": {"type": "boolean"},
        "code": {"type": ["string", "integer"]}, "born": {"type": "string", "format": "date-time"},
        "due": {"type": "string", "format": "date"}, "at": closed({"x": {"type": "integer"}}), "any": ANY,
        "tags": {"type": "array", "items": TEXT}, "sizes": {"type": "array", "items": {"type": "integer"}},
        "labels": {"type": "array", "items": closed({"name": TEXT})},
        "meta": {"type": "object", "additionalProperties": TEXT},
        "ownerId": TEXT,
    }
)  # fmt: skip
OWNER = closed({"id": TEXT, "age": {"type": "integer"}})
PATHS: dict[str, Any] = {
    "/pets": {
        "get": {
            "operationId": "listPets",
            "parameters": [
                {"name": "f", "in": "query"},
                {"name": "g", "in": "query"},
                {"name": "h", "in": "query", "schema": {"type": "string", "default": "x"}},
            ],
            "responses": answering({"type": "array", "items": ref("Pet")}),
        }
    }
}
RECORDS: list[dict[str, Any]] = [
    {"id": "a", "name": "Rex", "size": 6, "isTame": True, "code": 7, "born": "2026-01-01T10:00:00Z",
     "due": "2026-01-01",
     "at": {"x": 1}, "tags": ["red", "Blue"], "sizes": [1], "labels": [{"name": "bug"}],
     "meta": {"k": "v"}, "ownerId": "o1"},
    {"id": "b", "name": "rexona", "size": 10, "isTame": False, "code": "7", "born": "2026-01-02T00:00:00Z",
     "due": "2026-01-02", "at": {"x": 2}, "tags": [], "any": "6", "ownerId": "o2"},
    {"id": "c", "name": "6", "at": {}, "any": 6},
]  # fmt: skip


@pytest.fixture
def make_pets(make_api: Callable[..., Api]) -> Callable[..., Api]:
    """Makes an API with three pets, whose list has a filter like this."""

    def make(rule: Any, **keys: Any) -> Api:
        plan = {
            "resources": {
                "owners": {"schema": "Owner"},
                "pets": {"schema": "Pet", "references": {"ownerId": "owners"}},
            },
            "operations": {
                "listPets": {"action": "list", "resource": "pets", "filters": {"f": rule}, **keys}
            },
        }
        api = make_api(PATHS, plan, Pet=PET, Owner=OWNER)
        api.state.store.create("owners", "o1", {"id": "o1", "age": 30})
        api.state.store.create("owners", "o2", {"id": "o2", "age": 4})
        for record in RECORDS:
            api.state.store.create("pets", record["id"], record)
        return api

    return make


def listed(api: Api, **query: Any) -> tuple[str, str]:
    """Return the ids of the listed pets as one text, and the explanation."""
    answer = api.answer("listPets", **query)
    assert answer.violations == ()
    return "".join(pet["id"] for pet in answer.body), answer.detail


@pytest.mark.parametrize(
    ("rule", "value", "pets"),
    [
        ("size", "6", "a"),
        ("size", ["6", "10"], "ab"),
        ("size", "six", ""),
        ("isTame", "true", "a"),
        ("isTame", "false", "b"),
        ("name", 6, "c"),
        ("code", "7", "ab"),
        ("code", 7, "a"),
        ("any", "6", "b"),
        ("any", 6, "c"),
        ("at.x", "2", "b"),
        ("ownerId.age", "30", "a"),
        ({"property": "size", "separator": ","}, "6,10", "ab"),
        ({"property": "size", "operator": "ne"}, "6", "bc"),
        ({"property": "size", "operator": "gt"}, "6", "b"),
        ({"property": "ownerId.age", "operator": "lt"}, "30", "b"),
        ("tags", "red", "a"),
        ("tags", ["nothing", "red"], "a"),
        ("tags", [], ""),
        ("sizes", "1", "a"),
        ("labels", "BUG", "a"),
        ("meta", {"k": "v"}, "a"),
        ("meta", {"k": "w"}, ""),
        ("at", {"x": "1"}, "a"),
        ("size", {"gt": "6"}, "b"),
        ("size", {"$gte": 6, "$lt": 10}, "a"),
        ("size", {"in": ["6", "10"]}, "ab"),
        ("name", {"starts_with": "REX"}, "ab"),
        ({"property": "born", "operator": "ge"}, "2026-01-02", "b"),
        ({"property": "born", "operator": "gt"}, "2026-01-01", "b"),
        ({"property": "born", "operator": "le"}, "2026-01-01", "a"),
        ({"property": "born", "operator": "lt"}, "2026-01-02", "a"),
        ("born", "2026-01-01", "a"),
        ("born", "2026-01-03", ""),
        ("born", "2026-01-02T00:00:00+00:00", "b"),
        ("due", "2026-01-02", "b"),
        ({"property": "due", "operator": "ge"}, "2026-01-02T08:00:00Z", "b"),
        ({"property": "due", "operator": "le"}, "2026-01-01", "a"),
        ({"property": "name", "operator": "starts"}, "rex", "ab"),
        ({"property": "name", "operator": "ends"}, "X", "a"),
        ({"property": "born", "operator": "exists"}, True, "ab"),
        ({"property": "born", "operator": "exists"}, "false", "c"),
        ({"operator": "search"}, "BLU", "a"),
        ({"operator": "search"}, "bug", "a"),
        ({"operator": "search", "separator": " "}, "bug rexo", "ab"),
        ({"property": "size", "ignore": ["all"]}, "all", "abc"),
        ({"property": "size", "ignore": ["all"]}, ["6", "all"], "abc"),
        ({"property": "size", "ignore": ["all"]}, "6", "a"),
    ],
)
def test_filter_finds_what_is_meant(make_pets: Callable[..., Api], rule: Any, value: Any, pets: str) -> None:
    assert listed(make_pets(rule), f=value) == (pets, "")


@pytest.mark.parametrize(
    ("rule", "value", "said"),
    [
        ("colour", "red", "the filter 'f' has no effect: pets have no property 'colour'"),
        ("at.z", "red", "the filter 'f' has no effect: pets have no property 'at.z'"),
        ("name.z", "red", "the filter 'f' has no effect: pets have no property 'name.z'"),
        ("ownerId.name", "Ann", "the filter 'f' has no effect: pets have no property 'ownerId.name'"),
        ("at", {"z": 1}, "the filter 'f' has no effect on 'z': there is no such property"),
    ],
)
def test_filter_by_what_no_record_has_says_that_it_has_no_effect(
    make_pets: Callable[..., Api], rule: Any, value: Any, said: str
) -> None:
    assert listed(make_pets(rule), f=value) == ("abc", said)
    assert listed(make_pets(rule)) == ("abc", "")


def test_parameter_that_the_plan_does_not_use_says_so_when_somebody_sends_it(
    make_pets: Callable[..., Api],
) -> None:
    api = make_pets("size", page={"offset": "$request.query.g"})

    assert listed(api, g=0, h="x") == ("abc", "")
    assert listed(api, h="y") == ("abc", "the parameter 'h' has no effect: the plan does not use it")
