"""Dynamic references mean what the way to them makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.model import Document

from .conftest import with_schemas

TREE: dict[str, Any] = {
    "$id": "https://example.com/tree",
    "$dynamicAnchor": "node",
    "type": "object",
    "properties": {"data": True, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
}
STRICT: dict[str, Any] = {
    "$id": "https://example.com/strict-tree",
    "$dynamicAnchor": "node",
    "$ref": "tree",
    "unevaluatedProperties": False,
}
PAGE: dict[str, Any] = {
    "$id": "https://example.com/page",
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"$dynamicRef": "#item"}}},
    "$defs": {"any": {"$dynamicAnchor": "item"}},
}


def page_of(schema: str) -> dict[str, Any]:
    return {
        "$id": f"https://example.com/pages/{schema}",
        "$ref": "../page",
        "$defs": {"item": {"$dynamicAnchor": "item", "$ref": f"#/components/schemas/{schema}"}},
    }


def is_valid(model: Document, name: str, value: Any) -> bool:
    return model.response_schemas.validator(f"/components/schemas/{name}").is_valid(value)


def test_schema_that_extends_another_is_meant_inside_it_too() -> None:
    model = with_schemas(Tree=TREE, Strict=STRICT)
    odd = {"children": [{"children": [{"odd": 1}]}]}

    assert model.faults == ()
    assert is_valid(model, "Tree", odd)
    assert not is_valid(model, "Strict", odd)
    assert is_valid(model, "Strict", {"children": [{"children": [{"data": 1}]}]})


@pytest.mark.parametrize(("name", "item"), [("Texts", "x"), ("Numbers", 1)])
def test_template_takes_what_its_user_puts_in(name: str, item: Any) -> None:
    model = with_schemas(
        Page=PAGE,
        Texts=page_of("Text"),
        Numbers=page_of("Number"),
        Text={"type": "string"},
        Number={"type": "integer"},
    )

    assert model.faults == ()
    assert is_valid(model, name, {"items": [item]})
    assert not is_valid(model, name, {"items": [[]]})
    assert is_valid(model, "Page", {"items": [[]]})


def test_dynamic_reference_without_an_anchor_of_that_kind_is_a_plain_one() -> None:
    model = with_schemas(
        It={"properties": {"a": {"$dynamicRef": "#text"}}}, Text={"$anchor": "text", "type": "string"}
    )

    assert not is_valid(model, "It", {"a": 1})


def test_recursive_reference_of_2019_09_is_understood() -> None:
    tree = {
        "$id": "https://example.com/t",
        "$recursiveAnchor": True,
        "properties": {"children": {"items": {"$recursiveRef": "#"}}},
    }
    strict = {"$id": "https://example.com/s", "$recursiveAnchor": True, "$ref": "t", "required": ["name"]}
    model = with_schemas(Tree=tree, Strict=strict)

    assert is_valid(model, "Tree", {"children": [{}]})
    assert not is_valid(model, "Strict", {"name": 1, "children": [{}]})
