"""A plan read backwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.reading import Input, input_of, places_of, property_of
from mockserver.document.builder import build
from mockserver.document.plan import ABSENT, Action, OperationPlan, Resource

REX, TOM = {"id": 1}, {"id": 2}


def planned(action: Action, answer: Any = ABSENT, **more: Any) -> OperationPlan:
    root = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": ""}}}}},
    }
    operation = build(root, Path("api.json")).operations["a"]
    return OperationPlan(operation, action, Resource("pets", "/x"), answer=answer, **more)


@pytest.mark.parametrize(
    ("action", "answer", "body", "expected"),
    [
        (Action.GET, ABSENT, REX, REX),
        (Action.CREATE, {"data": "$record", "meta": {"a": 1}}, {"data": REX}, REX),
        (Action.UPDATE, {"a": {"b": "$record"}}, {"a": {"b": REX}}, REX),
        (Action.GET, {"data": "$record"}, {"data": [REX]}, None),
        (Action.GET, {"data": "$record"}, {}, None),
        (Action.DELETE, ABSENT, REX, None),
        (
            Action.GET,
            {"if": "$request.query.x", "then": {"data": "$record"}, "else": None},
            {"data": REX},
            REX,
        ),
    ],
)
def test_record_of_an_answer_is_found(action: Action, answer: Any, body: Any, expected: Any) -> None:
    assert places_of(planned(action, answer)).record_in(body) == expected


@pytest.mark.parametrize(
    ("answer", "body", "expected"),
    [
        (ABSENT, [REX, TOM], [REX, TOM]),
        ({"items": "$page.items"}, {"items": [REX]}, [REX]),
        ({"edges": [{"node": "$record"}]}, {"edges": [{"node": REX}, {"node": TOM}]}, [REX, TOM]),
        ({"items": "$page.items"}, {"items": ["a"]}, None),
        ({"items": "$page.items"}, [], None),
    ],
)
def test_items_of_a_list_are_found(answer: Any, body: Any, expected: Any) -> None:
    assert places_of(planned(Action.LIST, answer)).items_in(body) == expected


def test_what_is_said_of_a_page_is_found_in_body_and_headers() -> None:
    answer = {"items": "$page.items", "meta": {"total": "$page.total"}}
    places = places_of(planned(Action.LIST, answer, headers={"Link": "$page.links"}))

    assert places.said("total", {"meta": {"total": 7}}, {}) == 7
    assert places.said("links", {}, {"link": "<x>"}) == "<x>"
    assert places.said("next_token", {"meta": {}}, {}) is ABSENT


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$request.query.limit", Input("query", "limit")),
        ("$request.body#/page/size", Input("body", "/page/size")),
        ("$request.body", Input("body", "")),
        ("$request.query.page[size]", Input("query", "page[size]")),
        ({"first": ["$request.query.a"]}, None),
        (ABSENT, None),
        ("text", None),
    ],
)
def test_part_of_a_request_is_known_by_its_expression(value: Any, expected: Input | None) -> None:
    assert input_of(value) == expected


def test_dotted_property_is_found_unless_the_name_itself_is_there() -> None:
    assert property_of({"a": {"b": 1}}, "a.b") == 1
    assert property_of({"a.b": 2, "a": {"b": 1}}, "a.b") == 2
    assert property_of({}, "a.b") is ABSENT
