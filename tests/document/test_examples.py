"""Examples are found wherever a document may write them."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.examples import examples_of

ROOT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Old": {"example": 1},
            "New": {"examples": [1, 2]},
            "Alias": {"$ref": "#/components/schemas/New"},
            "None": {"type": "integer"},
        },
        "examples": {"One": {"value": 1}},
    }
}


@pytest.mark.parametrize(
    ("node", "schema", "found"),
    [
        ({}, None, {}),
        ({"example": None}, None, {"": None}),
        ({"examples": {"a": {"value": 1}, "far": {"externalValue": "x"}}}, None, {"a": 1}),
        ({"examples": {"a": {"$ref": "#/components/examples/One"}}}, None, {"a": 1}),
        ({"examples": {"a": {"dataValue": 1}}}, None, {"a": 1}),
        ({"examples": {"a": {"value": 1}}, "example": 2}, None, {"a": 1, "": 2}),
        ({"x-example": 1}, None, {"": 1}),
        ({"x-examples": {"a": {"value": 1}, "b": {"n": 2}}}, None, {"a": 1, "b": {"n": 2}}),
        ({"examples": [1, 2]}, None, {"": 1, "1": 2}),
        ({}, "Old", {"": 1}),
        ({}, "New", {"": 1, "1": 2}),
        ({}, "Alias", {"": 1, "1": 2}),
        ({}, "None", {}),
        ({}, "Nobody", {}),
        ({"example": 5}, "Old", {"": 5}),
    ],
)
def test_example_is_found_under_its_name(node: Any, schema: str | None, found: Any) -> None:
    assert examples_of(node, ROOT, schema and f"/components/schemas/{schema}") == found
