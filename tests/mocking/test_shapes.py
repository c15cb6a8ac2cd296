"""Which properties a schema lets through."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.shapes import Shape, item_pointer
from mockserver.document.validation import Schemas

from .conftest import TEXT, build_document

IT = "/components/schemas/It"
OTHER = {"type": "object", "properties": {"b": TEXT}, "required": ["b"]}


def schemas_of(it: Any, *, requests: bool = False, **others: Any) -> Schemas:
    model = build_document({}, It=it, Other=OTHER, **others)
    return model.request_schemas if requests else model.response_schemas


@pytest.mark.parametrize(
    ("schema", "names", "required", "is_open"),
    [
        ({"properties": {"a": TEXT}, "required": ["a"]}, ["a"], ["a"], False),
        ({"properties": {"a": TEXT}, "additionalProperties": False}, ["a"], [], False),
        ({"properties": {"a": TEXT}, "additionalProperties": True}, ["a"], [], True),
        ({"properties": {"a": TEXT}, "additionalProperties": TEXT}, ["a"], [], True),
        ({"properties": {"a": TEXT}, "patternProperties": {"^x": TEXT}}, ["a"], [], True),
        ({}, [], [], True),
        ({"type": "object"}, [], [], True),
        ({"$ref": "#/components/schemas/Other"}, ["b"], ["b"], False),
        (
            {"allOf": [{"$ref": "#/components/schemas/Other"}, {"properties": {"a": TEXT}}]},
            ["b", "a"],
            ["b"],
            False,
        ),
        ({"oneOf": [OTHER, {"properties": {"a": TEXT}, "required": ["a"]}]}, ["b", "a"], [], False),
        ({"anyOf": [OTHER, {"type": "null"}], "required": ["b"]}, ["b"], ["b"], False),
        ({"$ref": "#/components/schemas/Other", "properties": {"a": TEXT}}, ["a", "b"], ["b"], False),
        ({"$ref": "#/components/schemas/It"}, [], [], True),
    ],
)
def test_shape_is_found_through_references_and_compositions(
    schema: Any, names: list[str], required: list[str], is_open: bool
) -> None:
    shape = Shape(schemas_of(schema), IT)

    assert (list(shape.properties), shape.required, shape.open) == (names, required, is_open)


def test_cut_leaves_out_what_is_not_declared() -> None:
    assert Shape(schemas_of(OTHER), IT).cut({"b": 1, "c": 2}) == {"b": 1}


@pytest.mark.parametrize("is_open", [True, False])
def test_cut_leaves_out_what_is_hidden(is_open: bool) -> None:
    schema = {"properties": {"pin": {**TEXT, "writeOnly": True}, "b": TEXT}, "additionalProperties": is_open}

    assert Shape(schemas_of(schema), IT).cut({"pin": "1", "b": "2"}) == {"b": "2"}
    assert Shape(schemas_of(schema, requests=True), IT).cut({"pin": "1", "b": "2"}) == {"pin": "1", "b": "2"}


def test_mark_is_found_through_a_reference() -> None:
    schema = {"properties": {"pin": {"$ref": "#/components/schemas/Pin"}}}

    assert Shape(schemas_of(schema, Pin={**TEXT, "writeOnly": True}), IT).cut({"pin": "1"}) == {}


def test_items_are_found_through_a_reference() -> None:
    listed = {"type": "array", "items": OTHER}
    schemas = schemas_of({"$ref": "#/components/schemas/List"}, List=listed)

    assert item_pointer(schemas, IT) == "/components/schemas/List/items"
    assert item_pointer(schemas, "/components/schemas/Other") is None
