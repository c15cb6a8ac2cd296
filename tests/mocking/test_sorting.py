"""What requests say of the order of a list, in the spellings that APIs have for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import ANY, TEXT, Api, answering, closed, ref

TEXT_OR_NULL = {"type": ["string", "null"]}
PET = closed({"id": TEXT, "name": TEXT, "bornOn": TEXT_OR_NULL, "size": {"type": "integer"}, "at": ANY})
PATHS: dict[str, Any] = {
    "/pets": {
        "get": {
            "operationId": "listPets",
            "parameters": [{"name": name, "in": "query"} for name in ("sort", "order")],
            "responses": answering({"type": "array", "items": ref("Pet")}),
        }
    }
}
RECORDS: list[dict[str, Any]] = [
    {"id": "a", "name": "Rex", "bornOn": "2020-01-01", "size": 2, "at": {"x": 1}},
    {"id": "b", "name": "Ada", "bornOn": "2021-01-01", "size": 2, "at": {"x": 3}},
    {"id": "c", "name": "Tom", "bornOn": "2019-01-01", "size": 1, "at": {"x": 2}},
]
BY_TEXT = {"text": "$request.query.sort"}
IN_TWO = {"by": "$request.query.sort", "order": "$request.query.order"}


@pytest.fixture
def make_pets(make_api: Callable[..., Api]) -> Callable[..., Api]:
    """Makes an API with three pets, whose list is sorted like this."""

    def make(**sort: Any) -> Api:
        plan = {
            "resources": {
                "pets": {"schema": "Pet", "fields": {"rank": {"read": 1}}, "references": {"ownerId": "pets"}}
            },
            "operations": {"listPets": {"action": "list", "resource": "pets", "sort": sort}},
        }
        api = make_api(PATHS, plan, Pet=PET)
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
    ("said", "pets"),
    [
        ("name", "bac"),
        ("-name", "cab"),
        ("+name", "bac"),
        (" name", "bac"),
        ("name:desc", "cab"),
        ("name:DESC", "cab"),
        ("name desc", "cab"),
        ("name,desc", "cab"),
        ("size,asc,name,desc", "cab"),
        ("size, name ,", "cba"),
        ("name.asc", "bac"),
        ("name|descending", "cab"),
        ("name-desc", "cab"),
        ("name_desc", "cab"),
        ("nameDesc", "cab"),
        ("NAME_ASC", "bac"),
        ("name=desc", "cab"),
        ("name:-1", "cab"),
        ("name:1", "bac"),
        ("desc(name)", "cab"),
        ("asc( name )", "bac"),
        ("born_on", "cab"),
        ("BORN-ON:desc", "bac"),
        ("at.x", "acb"),
        ("-at.x", "bca"),
        ("size,-name", "cab"),
        ("-size,name", "bac"),
        ("size:desc,name:desc", "abc"),
        (["size", "-name"], "cab"),
        ({"size": "desc", "name": "asc"}, "bac"),
        ({"name": -1}, "cab"),
        ([{"field": "size"}, {"field": "name", "direction": "desc"}], "cab"),
        ([{"property": "name", "desc": True}], "cab"),
        ("", "abc"),
        (None, "abc"),
        (5, "abc"),
    ],
)
def test_order_is_read_in_any_spelling(make_pets: Callable[..., Api], said: Any, pets: str) -> None:
    assert listed(make_pets(**BY_TEXT), sort=said) == (pets, "")


def _idle(name: str) -> str:
    return f"sorting by {name!r} has no effect: pets have no such property"


@pytest.mark.parametrize("said", ["nobody", "-nobody", "name.x", "rank", "ownerId.name", "nobody:desc"])
def test_order_by_what_no_record_has_says_that_it_has_no_effect(
    make_pets: Callable[..., Api], said: str
) -> None:
    assert listed(make_pets(**BY_TEXT), sort=said) == ("abc", _idle(said))


@pytest.mark.parametrize(
    ("said", "pets"),
    [
        ("newest", "bac"),
        ("NEWEST", "bac"),
        ("newest:desc", "cab"),
        ("-newest", "cab"),
        ("weight", "cab"),
        ("weight,newest", "cba"),
        ("by name, then size", "bac"),
    ],
)
def test_plan_says_what_a_spelling_means(make_pets: Callable[..., Api], said: str, pets: str) -> None:
    names = {"newest": "-bornOn", "weight": "size", "by name, then size": "name"}

    assert listed(make_pets(**BY_TEXT, names=names), sort=said) == (pets, "")


@pytest.mark.parametrize(
    ("query", "pets"),
    [
        ({"sort": "name", "order": "desc"}, "cab"),
        ({"sort": "name", "order": "-1"}, "cab"),
        ({"sort": "name", "order": "sideways"}, "bac"),
        ({"sort": "size,name", "order": "desc"}, "abc"),
        ({"sort": "-name", "order": "asc"}, "cab"),
        ({"order": "desc"}, "cba"),
        ({"order": "asc"}, "abc"),
        ({"order": "newest"}, "cba"),
    ],
)
def test_order_is_said_beside_the_field(make_pets: Callable[..., Api], query: Any, pets: str) -> None:
    assert listed(make_pets(**IN_TWO), **query) == (pets, "")


def test_direction_alone_turns_the_usual_order(make_pets: Callable[..., Api]) -> None:
    api = make_pets(**IN_TWO, default=["-size", "name"])

    assert listed(api) == ("bac", "")
    assert listed(api, order="asc") == ("cba", "")
    assert listed(api, order="desc") == ("abc", "")
