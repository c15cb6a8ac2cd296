"""Schema Objects of 3.0 and 3.1 as JSON Schema 2020-12, for requests and for responses."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mockserver.document.dialect import Direction, translate
from mockserver.errors import Json

from .conftest import with_schemas

TEXT: dict[str, Any] = {"type": "string"}


def root_of(schemas: dict[str, Any]) -> dict[str, Json]:
    return {"openapi": "3.0.3", "info": {}, "paths": {}, "components": {"schemas": schemas}}


def translated(
    schema: Any, *, legacy: bool = True, direction: Direction = Direction.RESPONSE, **others: Any
) -> Any:
    """Return one schema of a document after its translation."""
    root = translate(root_of({"It": schema, **others}), legacy=legacy, direction=direction)
    return root["components"]["schemas"]["It"]


def test_document_itself_is_not_changed() -> None:
    root = root_of({"It": {"type": "string", "nullable": True, "enum": ["a"]}})
    before = copy.deepcopy(root)

    translate(root, legacy=True, direction=Direction.REQUEST)

    assert root == before


# formats of integers


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize(
    ("schema", "low", "high"),
    [
        ({"type": "integer", "format": "int32"}, -(2**31), 2**31 - 1),
        ({"type": "integer", "format": "int64"}, -(2**63), 2**63 - 1),
        ({"type": "integer", "format": "int32", "minimum": 1}, 1, 2**31 - 1),
        ({"type": "integer", "format": "int32", "maximum": 10**12}, -(2**31), 2**31 - 1),
    ],
)
def test_format_of_an_integer_bounds_it(schema: dict[str, Any], low: int, high: int, legacy: bool) -> None:
    result = translated(schema, legacy=legacy)

    assert (result["minimum"], result["maximum"]) == (low, high)


def test_exclusive_bound_within_a_format_stays_the_only_one() -> None:
    schema = {"type": "integer", "format": "int32", "exclusiveMinimum": 0}

    assert "minimum" not in translated(schema, legacy=False)


def test_text_with_the_format_of_an_integer_is_not_bounded() -> None:
    assert translated({"type": "string", "format": "int64"}) == {"type": "string", "format": "int64"}


# nullable


@pytest.mark.parametrize(
    ("schema", "valid", "invalid"),
    [
        ({"type": "string"}, ["a"], [None, 5]),
        ({"type": "integer"}, [5], [None, "a"]),
        ({"type": "array", "items": TEXT}, [["a"]], [None, [None]]),
        ({"type": "object", "required": ["a"]}, [{"a": 1}], [None, {}]),
        ({"type": "string", "enum": ["a"]}, ["a"], [None, "b"]),
        ({"type": "string", "format": "uuid"}, ["1b4e28ba-2fa1-41d2-883f-0016d3cca427"], [None, "x"]),
        ({"allOf": [{"$ref": "#/components/schemas/Pet"}]}, [{"name": "Rex"}], [None, {}]),
        ({"oneOf": [TEXT, {"type": "integer"}]}, ["a", 5], [None, []]),
        ({"anyOf": [TEXT, {"type": "integer"}]}, ["a", 5], [None, []]),
        ({"type": "object", "allOf": [{"required": ["a"]}]}, [{"a": 1}], [None, {}]),
    ],
)
@pytest.mark.parametrize("nullable", [True, False])
def test_nullable_adds_null_and_nothing_else(
    schema: dict[str, Any], valid: list[Any], invalid: list[Any], nullable: bool
) -> None:
    pet = {"type": "object", "required": ["name"]}
    schemas = with_schemas(version="3.0.3", It={**schema, "nullable": nullable}, Pet=pet).response_schemas
    judge = schemas.validator("/components/schemas/It")

    assert [judge.is_valid(value) for value in valid] == [True] * len(valid)
    assert [judge.is_valid(value) for value in invalid] == [value is None and nullable for value in invalid]


@pytest.mark.parametrize(
    "place",
    [
        lambda schema: {"type": "object", "properties": {"a": schema}},
        lambda schema: {"type": "object", "additionalProperties": schema},
        lambda schema: {"allOf": [{"properties": {"a": schema}}]},
    ],
)
def test_nullable_is_translated_wherever_a_schema_stands(place: Any) -> None:
    schemas = with_schemas(version="3.0.3", It=place({"type": "string", "nullable": True})).response_schemas
    judge = schemas.validator("/components/schemas/It")

    assert judge.is_valid({"a": None})
    assert not judge.is_valid({"a": 5})


def test_nullable_in_a_list_is_for_its_items() -> None:
    schema = {"type": "array", "items": {"type": "string", "nullable": True}}

    assert translated(schema)["items"]["type"] == ["string", "null"]


def test_nullable_means_nothing_in_3_1() -> None:
    assert translated({"type": "string", "nullable": True}, legacy=False)["type"] == "string"


# Bounds.


@pytest.mark.parametrize(
    ("schema", "result"),
    [
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 9, "exclusiveMaximum": True}, {"exclusiveMaximum": 9}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"exclusiveMinimum": True}, {}),
        ({"exclusiveMinimum": 3}, {"exclusiveMinimum": 3}),
        (
            {"minimum": 1, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": True},
            {"exclusiveMinimum": 1, "exclusiveMaximum": 9},
        ),
    ],
)
def test_exclusive_bound_becomes_a_number(schema: dict[str, Any], result: dict[str, Any]) -> None:
    assert translated(schema) == result


# $ref


def test_siblings_of_a_reference_are_ignored_in_3_0() -> None:
    assert translated({"$ref": "#/x", "nullable": True, "maxLength": 1}) == {"$ref": "#/x"}


def test_siblings_of_a_reference_count_in_3_1() -> None:
    schema = {"$ref": "#/components/schemas/Name", "maxLength": 3}
    judge = with_schemas(It=schema, Name=TEXT).response_schemas.validator("/components/schemas/It")

    assert judge.is_valid("Rex")
    assert not judge.is_valid("Cerberus")


# readOnly and writeOnly


ACCOUNT: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name", "password"],
    "properties": {"id": {**TEXT, "readOnly": True}, "name": TEXT, "password": {**TEXT, "writeOnly": True}},
}


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize(
    ("direction", "required"),
    [(Direction.REQUEST, ["name", "password"]), (Direction.RESPONSE, ["id", "name"])],
)
def test_property_of_the_other_direction_is_not_required(
    legacy: bool, direction: Direction, required: list[str]
) -> None:
    assert translated(ACCOUNT, legacy=legacy, direction=direction)["required"] == required


@pytest.mark.parametrize(
    ("schema", "others"),
    [
        (
            {"required": ["id"], "properties": {"id": {"$ref": "#/components/schemas/Id"}}},
            {"Id": {**TEXT, "readOnly": True}},
        ),
        (
            {"required": ["id"], "properties": {"id": {"$ref": "#/components/schemas/A"}}},
            {"A": {"$ref": "#/components/schemas/B"}, "B": {"readOnly": True}},
        ),
    ],
)
def test_mark_is_found_through_references(schema: dict[str, Any], others: dict[str, Any]) -> None:
    assert translated(schema, direction=Direction.REQUEST, **others)["required"] == []
    assert translated(schema, direction=Direction.RESPONSE, **others)["required"] == ["id"]


def test_mark_of_one_part_counts_for_what_another_part_requires() -> None:
    base = {"type": "object", "properties": {"id": {**TEXT, "readOnly": True}}}
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "required": ["id", "name"]}]
    }

    requests = with_schemas(version="3.0.3", It=schema, Base=base).request_schemas.validator(
        "/components/schemas/It"
    )

    assert requests.is_valid({"name": "Rex"})
    assert not requests.is_valid({"id": "1"})


def test_circular_reference_has_no_mark_and_no_end_is_looked_for() -> None:
    schema = {"required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}}}

    result = translated(schema, A={"$ref": "#/components/schemas/A"}, direction=Direction.REQUEST)

    assert result["required"] == ["a"]


# Data is no schema.


@pytest.mark.parametrize("keyword", ["default", "example", "examples", "enum", "const"])
def test_data_keyword_is_left_as_it_is(keyword: str) -> None:
    data = [{"nullable": True, "type": "string", "$ref": "#/nowhere", "exclusiveMinimum": True}]

    assert translated({keyword: data})[keyword] == data


def test_properties_may_have_the_names_of_keywords() -> None:
    names = [
        "$ref",
        "example",
        "default",
        "enum",
        "nullable",
        "type",
        "properties",
        "required",
        "items",
        "allOf",
    ]
    schema = {"type": "object", "properties": {name: {"type": "string", "nullable": True} for name in names}}
    schemas = with_schemas(version="3.0.3", It=schema).response_schemas

    judge = schemas.validator("/components/schemas/It")

    assert judge.is_valid(dict.fromkeys(names))
    assert not any(judge.is_valid({name: 5}) for name in names)


def test_data_that_looks_like_a_schema_does_not_stop_the_validator() -> None:
    example = {"$ref": "#/nowhere", "$id": "http://x/", "$schema": "nonsense"}
    schemas = with_schemas(
        It={**TEXT, "example": example, "default": example, "x-note": example}
    ).response_schemas

    assert schemas.validator("/components/schemas/It").is_valid("a")


def test_schema_is_translated_wherever_the_document_holds_one() -> None:
    nullable = {"type": "string", "nullable": True}
    media = {"application/json": {"schema": nullable, "example": nullable}}
    operation = {
        "parameters": [{"name": "p", "in": "query", "schema": nullable}],
        "requestBody": {"content": media},
        "responses": {"200": {"headers": {"X": {"schema": nullable}}, "content": media}},
        "callbacks": {"done": {"{$request.body#/url}": {"post": {"requestBody": {"content": media}}}}},
    }
    root = {**root_of({}), "paths": {"/a": {"parameters": [{"schema": nullable}], "get": operation}}}

    result = translate(root, legacy=True, direction=Direction.REQUEST)["paths"]["/a"]

    modern = {"type": ["string", "null"]}
    get = result["get"]
    assert result["parameters"][0]["schema"] == modern
    assert get["parameters"][0]["schema"] == modern
    assert get["requestBody"]["content"]["application/json"] == {"schema": modern, "example": nullable}
    assert get["responses"]["200"]["headers"]["X"]["schema"] == modern
    assert get["responses"]["200"]["content"]["application/json"]["schema"] == modern
    callback = get["callbacks"]["done"]["{$request.body#/url}"]["post"]
    assert callback["requestBody"]["content"]["application/json"]["schema"] == modern


@pytest.mark.parametrize("schema", [True, False, None, [], "x"])
def test_what_is_no_object_is_left_as_it_is(schema: Any) -> None:
    assert translated(schema) == schema
