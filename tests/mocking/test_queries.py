"""Filters, order and pages of a list, told through the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.store import Query

from .conftest import ANY, TEXT, Api, answering, closed, ref, taking

NUMBER = {"type": "integer"}
NULLABLE = {"type": ["string", "null"]}
PET = closed(
    {"id": TEXT, "name": TEXT, "n": NUMBER, "born": TEXT, "ownerId": NULLABLE, "at": ANY, "tags": ANY}, "id"
)
OWNER = closed({"id": TEXT, "name": TEXT, "cityId": NULLABLE})
CITY = closed({"id": TEXT, "name": NULLABLE})
ENVELOPE = {
    "items": "$page.items", "total": "$page.total", "number": "$page.number", "pages": "$page.pages",
    "more": "$page.more", "next": "$page.next", "order": "$page.order", "limit": "$page.limit",
}  # fmt: skip
NAMES = ("ids", "name", "n", "atX", "ownerName", "city", "sort", "order", "limit", "offset", "pairs")
PATHS: dict[str, Any] = {
    "/pets": {
        "get": {
            "operationId": "listPets",
            "parameters": [{"name": name, "in": "query"} for name in NAMES],
            "responses": answering({"type": "array", "items": ref("Pet")}),
        },
        "post": {"operationId": "searchPets", "requestBody": taking({}), "responses": answering({})},
        "delete": {"operationId": "purgePets", "requestBody": taking({}), "responses": answering({})},
    }
}
RECORDS: dict[str, list[dict[str, Any]]] = {
    "cities": [{"id": "c1", "name": "Bonn"}, {"id": "c2", "name": None}],
    "owners": [
        {"id": "o1", "name": "Ann", "cityId": "c1"},
        {"id": "o2", "name": "Bob", "cityId": "c2"},
        {"id": "o3", "name": "Cid"},
    ],
    "pets": [
        {
            "id": "a",
            "name": "Rex",
            "n": 3,
            "born": "2026-01-01T00:00:00Z",
            "ownerId": "o1",
            "at": {"x": 1},
            "tags": ["t"],
        },
        {
            "id": "b",
            "name": "tom",
            "n": 1,
            "born": "2026-01-01T02:00:00+01:00",
            "ownerId": "o2",
            "at": {"x": 2},
        },
        {"id": "c", "name": "Tommy", "n": 2, "born": "2026-01-01T00:30:00.5Z", "ownerId": "o3", "at": None},
        {"id": "d", "name": "", "ownerId": None},
    ],
}


@pytest.fixture
def make_pets(make_api: Callable[..., Api]) -> Callable[..., Api]:
    """Makes an API with four pets, whose list works like this."""

    def make(operation: str = "listPets", **keys: Any) -> Api:
        resources = {
            "cities": {"schema": "City"},
            "owners": {"schema": "Owner", "references": {"cityId": "cities"}},
            "pets": {"schema": "Pet", "references": {"ownerId": "owners"}},
        }
        operations = {operation: {"action": "list", "resource": "pets", **keys}}
        api = make_api(
            PATHS, {"resources": resources, "operations": operations}, Pet=PET, Owner=OWNER, City=CITY
        )
        for resource, records in RECORDS.items():
            for record in records:
                api.state.store.create(resource, record["id"], record)
        return api

    return make


def found(api: Api, **query: Any) -> str:
    """Return the ids of the listed pets as one text."""
    return "".join(pet["id"] for pet in api("listPets", **query))


# Filters.


@pytest.mark.parametrize(
    ("rule", "value", "pets"),
    [
        ("n", 3, "a"),
        ("n", None, "abcd"),
        ("n", [1, 3], "ab"),
        ("n", [], ""),
        ({"property": "n", "operator": "ne"}, [1, 3], "cd"),
        ({"property": "n", "operator": "ne"}, [], "abcd"),
        ({"property": "n", "operator": "gt"}, 1, "ac"),
        ({"property": "n", "operator": "ge"}, 2, "ac"),
        ({"property": "n", "operator": "lt"}, 2, "b"),
        ({"property": "n", "operator": "le"}, 2, "bc"),
        ({"property": "n", "operator": "gt"}, [], "abcd"),
        ({"property": "born", "operator": "ge"}, "2026-01-01T01:30:00+01:00", "bc"),
        ({"property": "born", "operator": "le"}, "2026-01-01T00:30:00.500Z", "ac"),
        ({"property": "name", "operator": "contains"}, "TOM", "bc"),
        ({"property": "tags", "operator": "contains"}, "t", "a"),
        ({"property": "name", "separator": ","}, "Rex, tom,nobody", "ab"),
        ({"property": "name", "separator": ","}, ["Rex", "tom,Tommy"], "abc"),
        ({"property": "name", "separator": ","}, "", "d"),
        ("name", "", "d"),
        ({"property": "ownerId", "empty": None}, "", "d"),
        ({"property": "ownerId", "empty": None}, ["", "o1"], "ad"),
        ("at.x", 2, "b"),
        ("ownerId.name", "Ann", "a"),
        ("ownerId.name", ["Ann", "Cid"], "ac"),
        ({"property": "ownerId.name", "operator": "ne"}, ["Ann"], "bcd"),
        ({"property": "ownerId.name", "operator": "gt"}, "Ann", "bc"),
        ({"property": "ownerId.name", "operator": "contains"}, "N", "a"),
        ("ownerId.cityId.name", "Bonn", "a"),
        ({"property": "ownerId.cityId", "empty": None}, "", "cd"),
        ({"property": "ownerId.cityId.name", "empty": None}, "", "bcd"),
        ({"property": "ownerId.cityId", "operator": "ne", "empty": None}, "", "ab"),
        ({"property": "id", "value": {"literal": ["a", "d"]}}, None, "ad"),
    ],
)
def test_filter_selects(make_pets: Callable[..., Api], rule: Any, value: Any, pets: str) -> None:
    assert found(make_pets(filters={"name": rule}), name=value) == pets


def test_all_filters_have_to_match(make_pets: Callable[..., Api]) -> None:
    api = make_pets(
        filters={
            "n": {"property": "n", "operator": "ge"},
            "name": {"property": "name", "operator": "contains"},
        }
    )

    assert found(api, n=2, name="m") == "c"


def test_filter_by_unknown_ids_is_refused_where_the_plan_says_so(make_pets: Callable[..., Api]) -> None:
    api = make_pets(filters={"ids": {"property": "id", "unknown": 404}})

    assert found(api, ids=["c", "a"]) == "ac"
    with pytest.raises(Refusal) as caught:
        api.answer("listPets", ids=["a", "nobody"])
    assert (caught.value.kind, caught.value.status) == (RefusalKind.NOT_FOUND, 404)
    assert caught.value.message == "there is no pet 'nobody'"
    assert caught.value.violations[0].location == ("query", "ids")


# Predicates.


@pytest.mark.parametrize(
    ("predicates", "pets"),
    [
        ([], "abcd"),
        (None, "abcd"),
        ([{"column": "n", "operator": "eq", "value": 3}], "a"),
        ([{"name": "n", "operator": ">=", "value": 2}], "ac"),
        ([{"column": "n", "name": "id", "value": 1}], "b"),
        ([{"column": "id", "operator": "one_of", "value": ["a", "c"]}], "ac"),
        ([{"column": "id", "operator": "NOT_IN", "value": ["a", "c"]}], "bd"),
        ([{"column": "n", "operator": "between", "value": [1, 2]}], "bc"),
        (
            [
                {"column": "name", "operator": "contains", "value": "om"},
                {"column": "n", "operator": "lt", "value": 2},
            ],
            "b",
        ),
        ([{"column": "nobody", "operator": "eq", "value": 1}], ""),
        ([{"column": "nobody", "operator": "ne", "value": 1}], "abcd"),
        ([{"column": "ownerId.name", "operator": "eq", "value": "Bob"}], "b"),
        (["nonsense", {"value": 1}, None], "abcd"),
        (5, "abcd"),
    ],
)
def test_predicates_select(make_pets: Callable[..., Api], predicates: Any, pets: str) -> None:
    rule = {"from": "$request.body#/filters", "property": ["column", "name"]}
    api = make_pets("searchPets", predicates=rule, answer=ENVELOPE)

    answer = api("searchPets", body={"filters": predicates})

    assert "".join(pet["id"] for pet in answer["items"]) == pets


@pytest.mark.parametrize(
    "predicate",
    [{"column": "n", "operator": "resembles"}, {"column": "n", "operator": "between", "value": 5}],
)
def test_unknown_operator_is_refused(make_pets: Callable[..., Api], predicate: dict[str, Any]) -> None:
    api = make_pets("searchPets", predicates={"from": "$request.body", "property": "column"}, answer=ENVELOPE)

    with pytest.raises(Refusal, match="unknown operator"):
        api.answer("searchPets", body=[predicate])


# Order.


@pytest.mark.parametrize(
    ("rule", "query", "pets"),
    [
        ({}, {}, "abcd"),
        ({"default": "n"}, {}, "dbca"),
        ({"default": "-n"}, {}, "acbd"),
        ({"default": ["-ownerId", "n"]}, {}, "cbad"),
        ({"pairs": "$request.query.pairs"}, {"pairs": ["name", "desc", "n", "asc"]}, "bcad"),
        ({"pairs": "$request.query.pairs"}, {"pairs": ["n", "DESC"]}, "acbd"),
        ({"pairs": "$request.query.pairs", "default": "-n"}, {"pairs": []}, "acbd"),
        ({"pairs": "$request.query.pairs"}, {"pairs": ["n"]}, "abcd"),
        (
            {"by": "$request.query.sort", "order": "$request.query.order"},
            {"sort": "n", "order": "Desc"},
            "acbd",
        ),
        (
            {"by": "$request.query.sort", "order": "$request.query.order"},
            {"sort": "n", "order": True},
            "dbca",
        ),
        (
            {"by": "$request.query.sort", "order": "$request.query.order"},
            {"sort": "n", "order": False},
            "acbd",
        ),
        ({"by": "$request.query.sort", "default": "-n"}, {"sort": "at.x"}, "cdab"),
        ({"order": "$request.query.order", "default": "n"}, {"order": "DESC"}, "acbd"),
        ({"by": "$request.query.sort"}, {"sort": "nobody"}, "abcd"),
    ],
)
def test_order_follows_the_request_or_the_default(
    make_pets: Callable[..., Api], rule: dict[str, Any], query: dict[str, Any], pets: str
) -> None:
    assert found(make_pets(sort=rule), **query) == pets


# Pages.

BY_OFFSET = {"offset": "$request.query.offset", "limit": "$request.query.limit", "default-limit": 3}
BY_NUMBER = {"number": "$request.query.offset", "limit": "$request.query.limit"}


@pytest.mark.parametrize(
    ("rule", "query", "pets"),
    [
        (BY_OFFSET, {}, "abc"),
        (BY_OFFSET, {"offset": 3}, "d"),
        (BY_OFFSET, {"offset": 1, "limit": 2}, "bc"),
        (BY_OFFSET, {"limit": 0}, ""),
        (BY_OFFSET, {"offset": 10**30, "limit": 10**30}, ""),
        (BY_OFFSET, {"offset": -5, "limit": -5}, ""),
        (BY_NUMBER, {"offset": 2, "limit": 3}, "d"),
        (BY_NUMBER, {"offset": 2.0, "limit": 3.0}, "d"),
        (BY_NUMBER, {"offset": 0, "limit": 3}, "abc"),
        (BY_NUMBER, {"offset": 10**30, "limit": 10**30}, ""),
        ({**BY_NUMBER, "first": 0}, {"offset": 1, "limit": 3}, "d"),
    ],
)
def test_page_is_the_part_that_was_asked_for(
    make_pets: Callable[..., Api], rule: dict[str, Any], query: dict[str, Any], pets: str
) -> None:
    assert found(make_pets(page=rule), **query) == pets


def test_pages_together_are_the_list(make_pets: Callable[..., Api]) -> None:
    api = make_pets(page=BY_NUMBER, sort={"default": "-n"})

    assert "".join(found(api, offset=number, limit=1) for number in range(1, 6)) == "acbd"


def test_envelope_tells_about_the_page(make_pets: Callable[..., Api]) -> None:
    page = {"number": "$request.body#/page", "default-limit": 3}
    api = make_pets("searchPets", page=page, answer=ENVELOPE, sort={"default": "-n"})

    answer = api("searchPets", body={"page": 1})

    assert [pet["id"] for pet in answer.pop("items")] == ["a", "c", "b"]
    assert answer == {
        "total": 4, "number": 1, "pages": 2, "more": True, "next": 3, "order": "DESC", "limit": 3
    }  # fmt: skip


def test_envelope_without_paging_holds_everything(make_pets: Callable[..., Api]) -> None:
    answer = make_pets("searchPets", answer=ENVELOPE)("searchPets", body={})

    assert (answer["total"], answer["pages"], answer["more"], answer["next"]) == (4, 1, False, None)
    assert answer["limit"] < 2**31


# Count and delete-matching.


def test_count_needs_no_records(make_pets: Callable[..., Api]) -> None:
    rule = {"filters": {"q": {"property": "n", "operator": "ge", "value": "$request.body#/n"}}}
    api = make_pets(
        "searchPets", action="count", answer={"count": "$page.total", "items": "$page.items"}, **rule
    )

    assert api("searchPets", body={"n": 2}) == {"count": 2, "items": []}


def test_what_matches_is_deleted(make_pets: Callable[..., Api]) -> None:
    rule = {"filters": {"q": {"property": "n", "operator": "ge", "value": "$request.body#/n"}}}
    api = make_pets("purgePets", action="delete-matching", answer={"deleted": "$page.total"}, **rule)

    assert api("purgePets", body={"n": 2}) == {"deleted": 2}
    assert [record.id for record in api.state.store.select("pets", Query()).records] == ["b", "d"]


def test_client_cannot_fill_the_memory_with_questions(make_pets: Callable[..., Api]) -> None:
    api = make_pets("searchPets", predicates={"from": "$request.body", "property": "column"}, answer=ENVELOPE)
    for number in range(200):
        api("searchPets", body=[{"column": f"p{number}", "value": 1}])

    collection = api.state.store._to_read("pets")  # type: ignore[attr-defined]
    assert len(collection.indexes) < 50
