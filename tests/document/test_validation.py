"""Compiled schemas say what is wrong, and where."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from mockserver.document import builder
from mockserver.document import pointer as ptr
from mockserver.document.dialect import Direction
from mockserver.document.validation import LARGE, MOST, Schemas
from mockserver.errors import SchemaFault

from .conftest import with_schemas

TEXT: dict[str, Any] = {"type": "string"}


def schemas_of(**schemas: Any) -> Schemas:
    return with_schemas(**schemas).response_schemas


def wrong(schema: Any, value: Any, **others: Any) -> list[tuple[tuple[str | int, ...], str, str]]:
    """Return location, rule and message of each violation."""
    validator = schemas_of(It=schema, **others).validator("/components/schemas/It")
    return [(item.location, item.rule, item.message) for item in validator.violations(value, ("body",))]


@pytest.mark.parametrize(
    ("schema", "value", "location", "rule", "message"),
    [
        (TEXT, 5, (), "type", '5 is not of type "string"'),
        (False, 5, (), "falseSchema", "nothing is allowed here"),
        ({"required": ["a"]}, {}, ("a",), "required", "'a' is required"),
        (
            {"additionalProperties": False},
            {"x": 1},
            ("x",),
            "additionalProperties",
            "property 'x' is not allowed",
        ),
        (
            {"unevaluatedProperties": False},
            {"x": 1},
            ("x",),
            "unevaluatedProperties",
            "property 'x' is not allowed",
        ),
        ({"items": {"minimum": 3}}, [3, 1], (1,), "minimum", "1 is less than the minimum of 3"),
        ({"properties": {"a/b": TEXT}}, {"a/b": 1}, ("a/b",), "type", '1 is not of type "string"'),
        ({"enum": ["a"]}, "b", (), "enum", '"b" is not one of "a"'),
        ({"format": "uuid4"}, "x", (), "format", '"x" is not a "uuid4"'),
    ],
)
def test_violation_says_where_and_what(
    schema: Any, value: Any, location: tuple[str | int, ...], rule: str, message: str
) -> None:
    assert wrong(schema, value) == [(("body", *location), rule, message)]


def test_each_missing_property_is_a_violation() -> None:
    assert [item[0] for item in wrong({"required": ["a", "b"]}, {})] == [("body", "a"), ("body", "b")]


def test_rule_is_named_by_its_place_in_the_document() -> None:
    schemas = schemas_of(
        It={"properties": {"pet": {"$ref": "#/components/schemas/Pet"}}}, Pet={"required": ["name"]}
    )

    (violation,) = schemas.validator("/components/schemas/It").violations({"pet": {}})

    assert violation.pointer == "/components/schemas/Pet/required"


def test_branch_that_came_nearest_says_what_is_wrong() -> None:
    cat = {
        "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
        "required": ["kind", "lives"],
    }
    schema = {"oneOf": [{"type": "null"}, TEXT, cat]}

    assert wrong(schema, {"kind": "cat", "lives": "nine"}) == [
        (("body", "lives"), "type", '"nine" is not of type "integer"')
    ]


def test_value_that_fits_two_branches_of_one_is_a_violation() -> None:
    assert [rule for _, rule, _ in wrong({"oneOf": [TEXT, {"minLength": 1}]}, "a")] == ["oneOf"]


def test_long_message_keeps_its_beginning_and_its_end() -> None:
    ((_, _, message),) = wrong(TEXT, list(range(1000)))

    assert len(message) == 300
    assert message.startswith("[0,1,2")
    assert message.endswith('is not of type "string"')


@pytest.mark.parametrize(
    ("format_name", "valid", "invalid"),
    [
        ("uuid4", "7d444840-9dc0-4f3e-8a3c-1a2b3c4d5e6f", "7d444840-9dc0-1f3e-8a3c-1a2b3c4d5e6f"),
        ("uuid1", "7d444840-9dc0-11d1-b245-5ffdce74fad2", "{7d444840-9dc0-11d1-b245-5ffdce74fad2}"),
        ("uuid5", "7d444840-9dc0-5f3e-8a3c-1a2b3c4d5e6f", "urn:uuid:7d444840-9dc0-5f3e-8a3c-1a2b3c4d5e6f"),
        ("byte", "aGVsbG8=", "hel lo"),
        ("date-time", "2026-01-02T03:04:05Z", "2026-01-02"),
        ("email", "a@example.com", "a"),
    ],
)
def test_format_is_checked(format_name: str, valid: str, invalid: str) -> None:
    assert wrong({"format": format_name}, valid) == []
    assert len(wrong({"format": format_name}, invalid)) == 1


@pytest.mark.parametrize("name", ["A b", "ä", "a{b}", "a%20b", "a#b", "a?b", 'a"b', "a^b", "a|b", "a~1b"])
def test_schema_of_any_name_is_found(name: str) -> None:
    schemas = schemas_of(**{name: TEXT})

    assert schemas.validator(ptr.join("/components/schemas", name)).is_valid("x")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"pattern": "("},
        {"minimum": "a"},
        {"$ref": "#/components/schemas/Nobody"},
        {"$ref": "https://example.invalid/pet.json"},
    ],
)
def test_schema_that_cannot_be_compiled_is_a_fault_and_not_silence(schema: Any) -> None:
    """Loading mends all of these; what it should miss must not go unchecked, nor be fetched."""
    root = {"components": {"schemas": {"It": schema}}}
    schemas = Schemas(root, legacy=False, direction=Direction.RESPONSE)

    with pytest.raises(SchemaFault, match="/components/schemas/It cannot be compiled"):
        schemas.validator("/components/schemas/It")


def test_recursive_schema_is_compiled_once() -> None:
    tree = {
        "type": "object",
        "properties": {"child": {"$ref": "#/components/schemas/It"}},
        "additionalProperties": False,
    }
    schemas = schemas_of(It=tree)
    judge = schemas.validator("/components/schemas/It")

    assert judge.is_valid({"child": {"child": {}}})
    assert judge.violations({"child": {"child": {"x": 1}}})[0].location == ("child", "child", "x")
    assert schemas.validator("/components/schemas/It") is judge


def test_resolve_follows_bare_references_and_stops_at_siblings() -> None:
    schemas = schemas_of(
        A={"$ref": "#/components/schemas/B"}, B={"$ref": "#/components/schemas/C", "maxLength": 1}, C=TEXT
    )

    assert schemas.resolve("/components/schemas/A")[0] == "/components/schemas/B"


def test_resolve_of_a_circle_is_an_error() -> None:
    root = {"A": {"$ref": "#/B"}, "B": {"$ref": "#/A"}}
    schemas = Schemas(root, legacy=False, direction=Direction.RESPONSE)

    with pytest.raises(ValueError, match="leads to itself"):
        schemas.resolve("/A")


def test_property_that_is_not_allowed_is_named_below_a_member_that_looks_like_a_number() -> None:
    closed = {"type": "object", "additionalProperties": False}
    model = with_schemas(Map={"type": "object", "properties": {"200": closed}})

    found = model.response_schemas.validator("/components/schemas/Map").violations({"200": {"extra": 1}})

    assert [violation.message for violation in found] == ["property 'extra' is not allowed"]


def test_all_violations_of_a_value_are_told_up_to_a_number() -> None:
    assert len(wrong({"items": TEXT}, [1] * 150)) == 150
    assert len(wrong({"items": TEXT}, [1] * 5000)) == MOST


def test_of_a_large_value_the_first_violation_is_told() -> None:
    found = wrong({"items": TEXT}, ["fine"] * LARGE + [1])
    assert found == [(("body", LARGE), "type", '1 is not of type "string"')]


@pytest.mark.parametrize(
    "pattern", [r"^(a+)+$", r"^(?=a)(a+)+$", r"^(a+)+\1$", r"^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_pattern_that_would_run_for_ever_gives_up(pattern: str) -> None:
    validator = schemas_of(It={"pattern": pattern}).validator("/components/schemas/It")
    began = time.process_time()
    assert not validator.is_valid("a" * 50_000 + "!")
    assert time.process_time() - began < 1


# Discriminators.

TAGGED = {
    "Pet": {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"meower": "#/components/schemas/Cat"}},
    },
    "Cat": {
        "type": "object",
        "required": ["kind", "lives", "a", "b"],
        "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
    },
    "Dog": {"type": "object", "required": ["kind", "bark"], "properties": {"kind": {"type": "string"}}},
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("nullable", [False, True])
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"kind": "meower"}, ["a: 'a' is required", "b: 'b' is required", "lives: 'lives' is required"]),
        ({"kind": "Cat", "a": 1, "b": 2, "lives": "9"}, ['lives: "9" is not of type "integer"']),
        ({"kind": "Dog", "lives": 9}, ["bark: 'bark' is required"]),
        ({"kind": "Cow"}, ["kind: 'Cow' names no schema; one of meower, Cat, Dog does"]),
        ({"kind": 5}, ["kind: 5 names no schema; one of meower, Cat, Dog does"]),
        ({}, ["kind: 'kind' is required: it says which schema is meant, one of meower, Cat, Dog"]),
    ],
)
def test_branch_that_the_discriminator_names_is_explained(
    version: str, nullable: bool, value: dict[str, object], told: list[str]
) -> None:
    pet = {**TAGGED["Pet"], "nullable": True} if nullable and version == "3.0.3" else TAGGED["Pet"]
    model = with_schemas(version=version, **{**TAGGED, "Pet": pet})

    found = model.request_schemas.validator("/components/schemas/Pet").violations(value)

    assert sorted(str(item) for item in found) == told


@pytest.mark.parametrize("key", ["$id", "$schema", "$anchor", "properties", "allOf", "$ref"])
def test_document_that_looks_like_a_schema_is_none(key: str) -> None:
    root = {"openapi": "3.1.0", key: "pets.example", "components": {"schemas": {"It": TEXT}}}
    schemas = builder.build(root, Path("api.yaml")).response_schemas

    assert not schemas.validator("/components/schemas/It").is_valid(5)
