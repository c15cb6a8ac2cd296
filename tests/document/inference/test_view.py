"""What schemas say, whatever they are composed of."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.inference.view import View
from tests.document.conftest import with_schemas

PET = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
REFERENCE = {"$ref": "#/components/schemas/Pet"}


@pytest.mark.parametrize(
    "schema",
    [
        REFERENCE,
        {"allOf": [REFERENCE]},
        {"allOf": [REFERENCE, {"description": "The pet"}]},
        {"anyOf": [REFERENCE, {"type": "null"}]},
        {"oneOf": [{"enum": [None]}, {"allOf": [REFERENCE]}]},
    ],
)
def test_schema_that_adds_nothing_comes_down_to_what_it_refers_to(schema: dict[str, Any]) -> None:
    view = View(with_schemas(Pet=PET, Other=schema))

    assert view.name("/components/schemas/Other") == "Pet"


def test_properties_of_a_composition_are_those_of_all_its_parts() -> None:
    """A property of a branch that need not hold is there, but not required."""
    other = {
        "allOf": [REFERENCE, {"required": ["tag"], "properties": {"tag": {"type": "string"}}}],
        "oneOf": [{"required": ["wings"], "properties": {"wings": {"type": "integer"}}}, {"type": "object"}],
    }
    view = View(with_schemas(Pet=PET, Other=other))

    assert set(view.properties("/components/schemas/Other")) == {"id", "name", "tag", "wings"}
    assert view.required("/components/schemas/Other") == {"id", "tag"}


def test_reference_in_a_circle_comes_down_to_something() -> None:
    view = View(
        with_schemas(A={"allOf": [{"$ref": "#/components/schemas/B"}]}, B={"$ref": "#/components/schemas/A"})
    )

    assert view.properties("/components/schemas/A") == {}
