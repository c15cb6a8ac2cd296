"""The generator: values that validate, the same for the same seed, and fit to be looked at."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.document.dialect import Direction
from mockserver.document.validation import Schemas
from mockserver.errors import CannotGenerate
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator

POINTER = "/components/schemas/Root"
KEY = ("things", "1")


def make_generator(
    schema: Any,
    *,
    seed: int = 0,
    legacy: bool = False,
    direction: Direction = Direction.RESPONSE,
    locale: str = "en_US",
    **others: Any,
) -> Generator:
    document = {"openapi": "3.1.0", "components": {"schemas": {"Root": schema, **others}}}
    return Generator(Schemas(document, legacy=legacy, direction=direction), Dice(seed), locale=locale)


def make_value(schema: Any, key: tuple[str, ...] = KEY, **options: Any) -> Any:
    return make_generator(schema, **options).value(POINTER, key=key)


def values_of(schema: Any, count: int = 12, **options: Any) -> list[Any]:
    generator = make_generator(schema, **options)
    return [generator.value(POINTER, key=("things", str(number))) for number in range(count)]


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
KEYWORDS: dict[str, Any] = {
    "true": True,
    "empty": {},
    "null": {"type": "null"},
    "boolean": {"type": "boolean"},
    "type list": {"type": ["string", "integer", "null"]},
    "const": {"const": {"a": [1]}},
    "enum": {"enum": ["a", 1, None]},
    "enum and const": {"enum": [1, 2, 3], "const": 2},
    "enum cut by bounds": {"enum": [1, 5, 9], "minimum": 4, "maximum": 6},
    "bounds": {"type": "integer", "minimum": 5, "maximum": 7},
    "negative bounds": {"type": "integer", "minimum": -7, "maximum": -5},
    "maximum only": {"type": "integer", "maximum": -100},
    "exclusive bounds": {"type": "integer", "exclusiveMinimum": 5, "exclusiveMaximum": 7},
    "exclusive fraction": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.01},
    "narrow fraction": {"type": "number", "minimum": 0.12345, "maximum": 0.12346},
    "multipleOf": {"type": "integer", "multipleOf": 7, "minimum": 50},
    "multipleOf fraction": {"type": "number", "multipleOf": 0.05, "minimum": 1},
    "multipleOf twice": {"allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "type": "integer"},
    "integer multiple of half": {"type": "integer", "multipleOf": 2.5},
    "not whole": {"type": "number", "not": {"type": "integer"}},
    "minLength": {"type": "string", "minLength": 60},
    "maxLength": {"type": "string", "maxLength": 2},
    "exact length": {"type": "string", "minLength": 9, "maxLength": 9},
    "very long": {"type": "string", "minLength": 300_000},
    "long": {"type": "string", "minLength": 500, "maxLength": 510},
    "pattern": {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"},
    "pattern without anchors": {"type": "string", "pattern": r"\d{3}", "minLength": 10},
    "pattern with length": {
        "type": "string",
        "pattern": "^[a-z]+(-[a-z]+)*$",
        "minLength": 30,
        "maxLength": 32,
    },
    "pattern with branches": {"type": "string", "pattern": "^(cat|dog|[0-9]{5})$"},
    "pattern with look-ahead": {"type": "string", "pattern": r"^(?=.*[A-Z])(?=.*\d).{8,12}$"},
    "pattern with length ahead": {"type": "string", "pattern": "^(?=.{3,10}$)[a-z]+(-[a-z]+)*$"},
    "pattern with scripts": {"type": "string", "pattern": r"^\p{Script=Greek}{4}[^\P{Nd}]$"},
    "pattern with properties": {"type": "string", "pattern": r"^\p{L}+\s\p{Lu}$"},
    "pattern with reference": {"type": "string", "pattern": r"^(ab|cd)-\1$"},
    "pattern with named group": {"type": "string", "pattern": r"^(?<year>\d{4})$"},
    "pattern negated": {"type": "string", "pattern": r"^[^a-zA-Z0-9\s]{3}$"},
    "two patterns": {"allOf": [{"pattern": "^[a-z]{4}$"}, {"pattern": "a"}], "type": "string"},
    "format with length": {"type": "string", "format": "email", "maxLength": 8},
    "format with least length": {"type": "string", "format": "uri", "minLength": 200},
    "format with pattern": {"type": "string", "format": "uri", "pattern": "^https://"},
    "array": {"type": "array", "items": TEXT},
    "array of anything": {"type": "array"},
    "minItems": {"type": "array", "items": WHOLE, "minItems": 7},
    "maxItems": {"type": "array", "items": WHOLE, "maxItems": 0},
    "uniqueItems": {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 3},
    "unique booleans": {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 2},
    "contains": {"type": "array", "items": WHOLE, "contains": {"const": 5}},
    "minContains": {"type": "array", "items": WHOLE, "contains": {"minimum": 1000}, "minContains": 3},
    "maxContains": {
        "type": "array",
        "items": WHOLE,
        "contains": {"minimum": 50},
        "maxContains": 1,
        "minItems": 4,
    },
    "prefixItems": {"type": "array", "prefixItems": [TEXT, WHOLE], "items": False, "minItems": 2},
    "prefixItems and items": {"type": "array", "prefixItems": [TEXT], "items": WHOLE, "minItems": 3},
    "unevaluatedItems": {"type": "array", "prefixItems": [TEXT], "unevaluatedItems": False, "minItems": 1},
    "required without properties": {"type": "object", "required": ["a", "b"]},
    "additionalProperties schema": {"type": "object", "additionalProperties": WHOLE},
    "additionalProperties false": {**an_object(a=TEXT), "additionalProperties": False},
    "minProperties": {"type": "object", "minProperties": 4},
    "minProperties of a map": {"type": "object", "additionalProperties": WHOLE, "minProperties": 5},
    "maxProperties": {"type": "object", "properties": dict.fromkeys("abcd", TEXT), "maxProperties": 2},
    "patternProperties": {
        "type": "object",
        "patternProperties": {"^x-": WHOLE},
        "additionalProperties": False,
        "minProperties": 2,
    },
    "propertyNames": {"type": "object", "propertyNames": {"pattern": "^[A-Z]{3}$"}, "minProperties": 2},
    "propertyNames enum": {"type": "object", "propertyNames": {"enum": ["a", "b"]}, "minProperties": 2},
    "dependentRequired": {**an_object(a=TEXT), "dependentRequired": {"a": ["b"]}},
    "dependentSchemas": {
        **an_object(a=TEXT),
        "dependentSchemas": {"a": {"required": ["b"], "properties": {"b": WHOLE}}},
    },
    "dependentSchemas impossible": {
        "type": "object",
        "properties": {"a": TEXT},
        "dependentSchemas": {"a": False},
    },
    "dependencies of draft 7": {
        **an_object(a=TEXT),
        "dependencies": {"a": ["b"], "b": {"required": ["c"], "properties": {"c": WHOLE}}},
    },
    "unevaluatedProperties": {
        "allOf": [an_object(a=TEXT)],
        "properties": {"b": WHOLE},
        "unevaluatedProperties": False,
    },
    "allOf": {"allOf": [an_object(a=TEXT), an_object(b=WHOLE), {"properties": {"a": {"minLength": 30}}}]},
    "anyOf": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "integer", "minimum": 3}]},
    "anyOf beside properties": {**an_object(a=TEXT), "anyOf": [{"required": ["b"]}, {"required": ["c"]}]},
    "oneOf by required": {
        "type": "object",
        "properties": {"a": TEXT, "b": TEXT},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "oneOf numbers": {"oneOf": [{"type": "integer"}, {"type": "number"}]},
    "oneOf enum in text": {"oneOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "string"}]},
    "oneOf multiples": {"type": "integer", "oneOf": [{"multipleOf": 3}, {"multipleOf": 5}]},
    "oneOf open objects": {"oneOf": [an_object(a=TEXT), an_object(a=TEXT, b=WHOLE)]},
    "oneOf all optional": {
        "oneOf": [
            {"type": "object", "properties": {"a": TEXT}},
            {"type": "object", "properties": {"b": TEXT}},
        ]
    },
    "oneOf with const": {
        "oneOf": [an_object(kind={"const": "a"}, x=TEXT), an_object(kind={"const": "b"}, x=TEXT)]
    },
    "not enum": {"type": "integer", "minimum": 1, "maximum": 3, "not": {"enum": [1, 3]}},
    "not required": {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "not": {"required": ["a"]}},
    "not both": {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "not": {"required": ["a", "b"]}},
    "not property value": {**an_object(a={"enum": [1, 2]}), "not": {"properties": {"a": {"const": 1}}}},
    "not anyOf": {
        "not": {"anyOf": [{"type": ["object", "array", "null", "boolean", "string"]}, {"minimum": 0}]}
    },
    "not pattern": {"type": "string", "not": {"pattern": "^[a-m]"}, "pattern": "^[a-z]{3}$"},
    "if then else": {
        **an_object(kind={"enum": ["a", "b"]}),
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["x"]},
        "else": {"required": ["y"], "properties": {"y": WHOLE}},
    },
    "if then false": {"type": "integer", "if": {"minimum": 10}, "then": False},
    "ref with siblings": {"$ref": "#/components/schemas/Other", "minLength": 20},
    "defs": {"$defs": {"x": {"type": "integer", "minimum": 9}}, "$ref": "#/components/schemas/Root/$defs/x"},
    "escaped pointer": an_object(**{"a/b~c": {"$ref": "#/components/schemas/O~1T~0X"}}),
    "int32": {"type": "integer", "format": "int32"},
    "contains nothing": {"contains": False},
    "beyond 2**53": {"minimum": -18446744073709551615},
    "tuple of itself": {
        "type": "array",
        "prefixItems": [TEXT, {"$ref": "#/components/schemas/Root"}],
        "unevaluatedItems": False,
    },
    "not closed": {"not": {"anyOf": [True], "unevaluatedProperties": False}},
    "no type": {"minLength": 3, "maxLength": 5},
    "no type but properties": {"properties": {"a": WHOLE}},
}
OTHERS: dict[str, Any] = {"Other": TEXT, "O/T~X": WHOLE}


@pytest.mark.parametrize("schema", KEYWORDS.values(), ids=list(KEYWORDS))
def test_generator_value_validates_for_every_keyword(schema: Any) -> None:
    document = {"components": {"schemas": {"Root": schema, **OTHERS}}}
    judge = jsonschema.Draft202012Validator(
        {"$ref": f"#{POINTER}", **document}, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    # Python's judge neither knows these patterns nor counts in tenths.
    is_known_to_python = not any(text in json.dumps(schema) for text in (r"\\p{", "(?<year>", "0.05"))

    for value in values_of(schema, **OTHERS):
        if is_known_to_python:
            judge.validate(value)
        assert isinstance(json.dumps(value, allow_nan=False), str)


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"allOf": [TEXT, WHOLE]},
        {"pattern": "/^a$/", "type": "string"},
        {"type": "string", "minLength": 10**9},
        {"type": "array", "minItems": 10**9},
        {"type": "object", "minProperties": 10**9},
    ],
)
def test_generator_says_so_when_there_is_no_value(schema: Any) -> None:
    with pytest.raises(CannotGenerate) as caught:
        make_value(schema)

    assert caught.value.pointer == POINTER
    assert caught.value.reason


def test_generator_honours_dependencies_of_earlier_drafts() -> None:
    value = make_value(KEYWORDS["dependencies of draft 7"])

    assert isinstance(value["c"], int)


@pytest.mark.parametrize(
    ("schema", "reader"),
    [
        ({"contentEncoding": "base64"}, base64.b64decode),
        ({"contentMediaType": "application/json"}, json.loads),
    ],
)
def test_generator_text_holds_the_content_that_is_declared(schema: Any, reader: Callable[[str], Any]) -> None:
    assert reader(make_value({"type": "string", **schema}))


def test_generator_leaves_out_optional_property_that_cannot_be() -> None:
    value = make_value({"type": "object", "properties": {"a": TEXT, "b": {"allOf": [TEXT, WHOLE]}}})

    assert list(value) == ["a"]


# Determinism

PERSON = an_object(
    id={"type": "string", "format": "uuid"},
    name=TEXT,
    email={"type": "string", "format": "email"},
    age=WHOLE,
    createdAt={"type": "string", "format": "date-time"},
    updatedAt={"type": "string", "format": "date-time"},
    tags={"type": "array", "items": TEXT},
)


def test_generator_value_is_the_same_in_whatever_order() -> None:
    keys = [("users", str(number)) for number in range(20)]
    forwards, backwards = make_generator(PERSON), make_generator(PERSON)

    first = {key: forwards.value(POINTER, key=key) for key in keys}
    second = {key: backwards.value(POINTER, key=key) for key in reversed(keys)}

    assert first == second


def test_generator_value_differs_by_seed_and_by_key() -> None:
    values = [make_value(PERSON, seed=seed, key=("users", key)) for seed in (0, 1) for key in "ab"]

    assert len({json.dumps(value) for value in values}) == 4


def test_generator_leaf_does_not_depend_on_its_siblings() -> None:
    whole = make_value(PERSON)
    part = make_value(an_object(age=WHOLE, tags=PERSON["properties"]["tags"]))

    assert (whole["age"], whole["tags"]) == (part["age"], part["tags"])


def test_generator_value_is_the_same_in_another_process() -> None:
    script = (
        "import json, sys; from mockserver.document.dialect import Direction;"
        "from mockserver.document.validation import Schemas; from mockserver.mocking.dice import Dice;"
        "from mockserver.mocking.generator import Generator;"
        "document = {'components': {'schemas': {'Root': json.load(sys.stdin)}}};"
        "generator = Generator(Schemas(document, legacy=False, direction=Direction.RESPONSE), Dice(0));"
        f"print(json.dumps(generator.value({POINTER!r}, key={KEY!r})))"
    )

    run = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(PERSON),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "12345", "PYTHONPATH": ":".join(sys.path)},
    )

    assert json.loads(run.stdout) == make_value(PERSON)


# Given parts


def test_generator_keeps_given_parts_and_fills_the_rest() -> None:
    given = {"name": "Ada Lovelace", "tags": ["x"], "createdAt": "2024-05-01T10:00:00Z"}

    value = make_generator(PERSON).value(POINTER, key=KEY, given=given)

    assert {name: value[name] for name in given} == given
    assert set(value) == set(PERSON["properties"])
    assert value["email"].startswith("ada.lovelace@")
    assert value["updatedAt"] >= given["createdAt"]


def test_generator_fills_partial_objects_inside_given_lists() -> None:
    schema = an_object(items={"type": "array", "items": an_object(sku=TEXT, count=WHOLE)})

    value = make_generator(schema).value(POINTER, key=KEY, given={"items": [{"sku": "A"}, {"count": 0}]})

    assert [set(item) for item in value["items"]] == [{"sku", "count"}] * 2
    assert value["items"][0]["sku"] == "A"
    assert value["items"][1]["count"] == 0


def test_generator_chooses_the_branch_that_fits_what_is_given() -> None:
    schema = {
        "oneOf": [
            an_object(kind={"const": "cat"}, lives=WHOLE),
            an_object(kind={"const": "dog"}, tricks={"type": "array", "items": TEXT}),
            an_object(kind={"const": "bird"}, span=WHOLE),
        ]
    }

    by_kind = make_generator(schema).value(POINTER, key=KEY, given={"kind": "dog"})
    by_name = make_generator(schema).value(POINTER, key=KEY, given={"span": 5})

    assert "tricks" in by_kind
    assert by_name == {"kind": "bird", "span": 5}


def test_generator_keeps_given_null_and_given_extra() -> None:
    schema = {"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": TEXT}}

    value = make_generator(schema).value(POINTER, key=KEY, given={"a": None, "other": [1]})

    assert value["a"] is None
    assert value["other"] == [1]
    assert value["b"]


def test_generator_refuses_given_part_that_breaks_the_schema() -> None:
    with pytest.raises(CannotGenerate, match="age"):
        make_generator(PERSON).value(POINTER, key=KEY, given={"age": "three"})


# Directions


@pytest.mark.parametrize(("direction", "absent"), [(Direction.RESPONSE, "secret"), (Direction.REQUEST, "id")])
def test_generator_leaves_out_what_the_direction_hides(direction: Direction, absent: str) -> None:
    schema = an_object(name=TEXT, secret={**TEXT, "writeOnly": True}, id={"$ref": "#/components/schemas/Id"})

    value = make_value(schema, direction=direction, Id={**TEXT, "readOnly": True})

    assert set(value) == {"name", "secret", "id"} - {absent}


# Recursion

TREE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": TEXT,
        "parent": {"$ref": "#/components/schemas/Root"},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Root"}},
    },
}
REQUIRED_CHILDREN = an_object(children={"type": "array", "items": {"$ref": "#/components/schemas/Root"}})
NULLABLE_NEXT = an_object(next={"anyOf": [{"$ref": "#/components/schemas/Root"}, {"type": "null"}]})
EXPRESSION = {
    "oneOf": [
        an_object(
            op={"const": "and"},
            left={"$ref": "#/components/schemas/Root"},
            right={"$ref": "#/components/schemas/Root"},
        ),
        an_object(op={"const": "not"}, of={"$ref": "#/components/schemas/Root"}),
        an_object(op={"const": "value"}, value=WHOLE),
    ]
}


def depth_of(value: Any) -> int:
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return 1 + max((depth_of(part) for part in parts), default=0)
    return 0


@pytest.mark.parametrize("schema", [TREE, REQUIRED_CHILDREN, NULLABLE_NEXT, EXPRESSION])
def test_generator_value_of_recursive_schema_is_finite_and_small(schema: Any) -> None:
    for value in values_of(schema, 30):
        assert depth_of(value) <= 20
        assert len(json.dumps(value)) < 20_000


def test_generator_says_so_when_recursion_has_no_end() -> None:
    with pytest.raises(CannotGenerate):
        make_value(an_object(next={"$ref": "#/components/schemas/Root"}))


def test_generator_value_of_wide_graph_stays_small() -> None:
    names = [f"C{number}" for number in range(60)]
    links = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    others = {name: {"type": "object", "properties": {"label": TEXT, **links}} for name in names}

    value = make_value({"type": "object", "properties": links}, **others)

    assert len(json.dumps(value)) < 50_000


# Discriminators

PETS: dict[str, Any] = {
    "Pet": {
        **an_object(petType=TEXT, name=TEXT),
        "discriminator": {
            "propertyName": "petType",
            "mapping": {"kitty": "#/components/schemas/Cat", "hound": "#/components/schemas/Dog"},
        },
    },
    "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, an_object(lives=WHOLE)]},
    "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, an_object(tricks=WHOLE)]},
}
EXPECTED_TYPE: dict[str, Callable[[dict[str, Any]], bool]] = {
    "kitty": lambda pet: "lives" in pet,
    "hound": lambda pet: "tricks" in pet,
}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/Pet"},
        {"anyOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]},
        {
            "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
            "discriminator": PETS["Pet"]["discriminator"],
        },
    ],
)
def test_generator_discriminator_tells_the_branch(schema: Any) -> None:
    pets = values_of(schema, 20, **PETS)

    assert {pet["petType"] for pet in pets} == {"kitty", "hound"}
    for pet in pets:
        assert EXPECTED_TYPE[pet["petType"]](pet)


def test_generator_discriminator_without_mapping_is_the_name_of_the_schema() -> None:
    schema = {
        "oneOf": [{"$ref": "#/components/schemas/Bus"}, {"$ref": "#/components/schemas/Train"}],
        "discriminator": {"propertyName": "kind"},
    }

    found = values_of(schema, Bus=an_object(kind=TEXT, seats=WHOLE), Train=an_object(kind=TEXT, cars=WHOLE))

    assert {value["kind"] for value in found} == {"Bus", "Train"}
    assert all(("seats" in value) == (value["kind"] == "Bus") for value in found)


# Examples


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "example": "Mount Rainier"}, {"Mount Rainier"}),
        ({"type": "string", "examples": ["oak", "elm"]}, {"oak", "elm"}),
        ({"type": "integer", "default": 20}, {20}),
        ({"type": "string", "default": "draft"}, {"draft"}),
        ({"type": "object", "example": {"any": "thing"}}, {"any"}),
        ({"type": "integer", "maximum": 5, "minimum": 5, "example": 70}, {5}),
        ({"type": "object", "properties": {"color": TEXT}, "example": {"color": "mauve"}}, {"color"}),
    ],
)
def test_generator_uses_examples_that_are_valid(schema: Any, expected: set[Any]) -> None:
    found = values_of(schema)

    assert {item for value in found for item in (value if isinstance(value, dict) else [value])} == expected


def test_generator_makes_ids_of_the_shape_of_an_example() -> None:
    ids = values_of(
        {"type": "object", "required": ["id"], "properties": {"id": {**TEXT, "example": "pet_12ab34"}}}
    )

    assert len({value["id"] for value in ids}) == len(ids)
    assert all(re.fullmatch(r"pet_[0-9a-f]{6}", value["id"]) for value in ids)


# A person's eye


def test_generator_person_is_one_person() -> None:
    schema = an_object(firstName=TEXT, lastName=TEXT, name=TEXT, email=TEXT, username=TEXT)

    for user in values_of(schema, 10):
        assert user["email"].partition("@")[0] == user["username"]
        assert user["firstName"].lower() in user["username"]


@pytest.mark.parametrize("owner", ["user", "customers", "Author", "contact_person"])
def test_generator_name_of_a_person_has_first_and_last_name(owner: str) -> None:
    value = make_value(an_object(**{owner: an_object(name=TEXT)}))

    assert re.fullmatch(r"[^\W\d]+([ '-][^\W\d]+)+", value[owner]["name"])


@pytest.mark.parametrize(
    ("made", "changed"),
    [
        ("createdAt", "updatedAt"),
        ("created_at", "updated_at"),
        ("startedAt", "endedAt"),
        ("created", "modified"),
    ],
)
@pytest.mark.parametrize(
    "kind", [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}, WHOLE]
)
def test_generator_times_of_a_record_are_in_order_and_past(made: str, changed: str, kind: Any) -> None:
    for value in values_of(an_object(**{changed: kind, made: kind}), 20):
        assert value[made] <= value[changed]
        limit = 1748736000 if isinstance(value[made], int) else "2025-06-01"
        assert value[changed] <= limit


def test_generator_time_is_rfc_3339() -> None:
    value = make_value(an_object(createdAt={"type": "string", "format": "date-time"}))

    assert datetime.fromisoformat(value["createdAt"]).tzinfo is not None


@pytest.mark.parametrize("name", ["deletedAt", "archived_at", "error"])
def test_generator_leaves_unset_what_is_unset_as_a_rule(name: str) -> None:
    nullable = make_value(an_object(**{name: {"type": ["string", "null"]}}))
    optional = make_value({"type": "object", "properties": {name: TEXT, "id": TEXT}})

    assert nullable == {name: None}
    assert set(optional) == {"id"}


def test_generator_place_is_one_place() -> None:
    schema = an_object(city=TEXT, country=TEXT, countryCode=TEXT, latitude={"type": "number"}, timezone=TEXT)

    for place in values_of(schema, 10):
        if place["city"] == "Lisbon":
            assert (place["country"], place["countryCode"], place["timezone"]) == (
                "Portugal",
                "PT",
                "Europe/Lisbon",
            )
        assert -90 <= place["latitude"] <= 90


def test_generator_free_object_is_empty_or_believable() -> None:
    for value in values_of(an_object(payload={"type": "object"}, metadata={"type": "object"}), 10):
        assert value["payload"] == {}
        assert 1 <= len(value["metadata"]) <= 2
        assert all(isinstance(item, str) for item in value["metadata"].values())


def test_generator_counts_are_small_and_arrays_short() -> None:
    for value in values_of(an_object(total_count=WHOLE, tags={"type": "array", "items": TEXT}), 20):
        assert 0 <= value["total_count"] <= 100
        assert 1 <= len(value["tags"]) <= 3
        assert len(set(value["tags"])) == len(value["tags"])


def test_generator_optional_properties_are_there() -> None:
    assert set(make_value({"type": "object", "properties": {"a": TEXT, "b": WHOLE}})) == {"a", "b"}


def test_generator_speaks_the_language_of_its_locale() -> None:
    schema = an_object(name=TEXT, description=TEXT)

    english, german = make_value(schema), make_value(schema, locale="de_DE")

    assert english["description"] != german["description"]


def test_generator_legacy_document_is_understood() -> None:
    schema = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {
            "a": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1},
            "b": {"type": "string", "nullable": True, "example": "oak"},
        },
    }

    for value in values_of(schema, 20, legacy=True):
        assert 0 < value["a"] <= 1
        assert value["b"] in ("oak", None)


# Any schema made of satisfiable pieces


def _numbers() -> st.SearchStrategy[dict[str, Any]]:
    def bounds(pair: tuple[int, int], step: int | None, kind: str) -> dict[str, Any]:
        low, high = sorted(pair)
        schema: dict[str, Any] = {"type": kind, "minimum": low, "maximum": high + (step or 0)}
        return schema if step is None else {**schema, "multipleOf": step}

    return st.builds(
        bounds,
        st.tuples(st.integers(-999, 999), st.integers(-999, 999)),
        st.none() | st.integers(1, 9),
        st.sampled_from(["integer", "number"]),
    )


def _texts() -> st.SearchStrategy[dict[str, Any]]:
    lengths = st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 40),
        st.integers(0, 9),
    )
    patterns = st.builds(
        lambda low, more, letters: {
            "type": "string",
            "pattern": f"^[{letters}]{{{low},{low + more}}}$",
            "minLength": low,
        },
        st.integers(1, 9),
        st.integers(0, 9),
        st.sampled_from(["a-z", "0-9A-F", "A-Za-z_", "^a-z"]),
    )
    formats = st.sampled_from(
        ["date-time", "date", "email", "uuid", "ipv4", "ipv6", "uri", "time", "duration"]
    )
    return lengths | patterns | formats.map(lambda name: {"type": "string", "format": name})


def _compose(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(
        [
            "id", "name", "createdAt", "items", "total", "owner", "x-y", "a b", "metadata", "next", "hasMore",
            "slug", "title", "links", "mimeType", "fileName", "itemCount", "page", "currency", "amount",
        ]
    )  # fmt: skip
    hints = st.sampled_from(
        ["first_name", "number.int", {"pyint": {"min_value": 3}}, "nobody.knows", "lorem.words", 7]
    )
    objects = st.builds(
        lambda properties, needed, closed: {
            "type": "object",
            "properties": properties,
            "required": [name for name in needed if name in properties],
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(names, inner, max_size=4),
        st.sets(names).map(sorted),
        st.booleans(),
    )
    arrays = st.builds(
        lambda items, low, more: {"type": "array", "items": items, "minItems": low, "maxItems": low + more},
        inner,
        st.integers(0, 3),
        st.integers(0, 3),
    )
    maps = inner.map(lambda schema: {"type": "object", "additionalProperties": schema, "minProperties": 1})
    unions = st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})
    tagged = st.lists(inner, min_size=1, max_size=3).map(
        lambda options: {
            "oneOf": [an_object(tag={"const": index}, value=o) for index, o in enumerate(options)]
        }
    )
    hinted = st.builds(
        lambda schema, hint: {**schema, "x-faker": hint} if isinstance(schema, dict) else schema, inner, hints
    )
    both = st.builds(lambda one, two: {"allOf": [an_object(a=one), an_object(b=two)]}, inner, inner)
    nullable = inner.map(lambda schema: {"anyOf": [schema, {"type": "null"}]})
    return objects | arrays | maps | unions | tagged | both | nullable | hinted


SCHEMAS = st.recursive(
    _numbers()
    | _texts()
    | st.sampled_from([{}, True, {"type": "boolean"}, {"enum": ["a", 2, None]}, {"const": [1]}]),
    _compose,
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=SCHEMAS, seed=st.integers(0, 9))
def test_generator_value_conforms_to_any_schema(schema: Any, seed: int) -> None:
    value = make_value(schema, seed=seed)

    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(value)
    assert value == make_value(schema, seed=seed)


@pytest.mark.parametrize(
    ("nullable", "is_made_up"),
    [
        ({"type": "string", "nullable": True}, True),
        ({"type": "string", "enum": ["a", "b"], "nullable": True}, False),
        ({"type": "string", "enum": ["a", None], "nullable": True}, True),
        ({"allOf": [{"type": "object"}], "nullable": True}, False),
    ],
)
def test_null_that_is_only_meant_is_taken_and_not_made_up(nullable: dict[str, Any], is_made_up: bool) -> None:
    """OAS 3.0.4 section 4.7.24: `nullable` counts beside a `type`, and an enum has to name null itself."""
    root = {"s": {"type": "object", "required": ["note"], "properties": {"note": nullable}}}
    root = {"openapi": "3.0.3", "components": {"schemas": root}}
    schemas = Schemas(root, legacy=True, direction=Direction.RESPONSE)
    generator = Generator(schemas, Dice(0))
    made = [generator.value("/components/schemas/s", key=(str(number),))["note"] for number in range(80)]

    assert (None in made) is is_made_up
    assert schemas.validator("/components/schemas/s").is_valid({"note": None})
