"""`x-faker`: values that authors asked for by the names of Faker and of faker.js."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.document.dialect import Direction
from mockserver.document.validation import Schemas
from mockserver.mocking import faker_formats, faker_rules
from mockserver.mocking.dice import Dice
from mockserver.mocking.faker_names import NAMES, WITH_ARGUMENTS
from mockserver.mocking.generator import Generator
from mockserver.mocking.generator.hints import is_known, methods, unknown_hints

POINTER = "/components/schemas/Root"


def document_of(**properties: Any) -> dict[str, Any]:
    root = {"type": "object", "required": list(properties), "properties": properties}
    return {"openapi": "3.1.0", "components": {"schemas": {"Root": root}}}


def values_of(count: int = 10, **properties: Any) -> list[Any]:
    schemas = Schemas(document_of(**properties), legacy=False, direction=Direction.RESPONSE)
    generator = Generator(schemas, Dice(0))
    return [generator.value(POINTER, key=("things", str(number))) for number in range(count)]


@pytest.mark.parametrize(
    ("hint", "kind", "shape"),
    [
        ("first_name", "string", r"\w+"),
        ("person.firstName", "string", r"\w+"),
        ("name.firstName", "string", r"\w+"),
        ("internet.email", "string", r"[a-z.]+@example\.com"),
        ("datatype.uuid", "string", r"[0-9a-f-]{36}"),
        ("commerce.price", "string", r"\d+\.\d\d"),
        ({"commerce.price": [3, 4]}, "string", r"3\.\d\d|4\.00"),
        ({"commerce.price": {"min": 3, "max": 4}}, "number", r"3\.\d{1,2}|4\.0"),
        ({"pyint": {"min_value": 7, "max_value": 9}}, "integer", "[789]"),
        ({"pyint": {"min_value": 7, "max_value": 9}}, "string", "[789]"),
        (["pyint", {"min_value": 7, "max_value": 9}], "integer", "[789]"),
        (["random_int", 7, 9], "integer", "[789]"),
        (["bothify", "??-##"], "string", r"[A-Za-z]{2}-\d\d"),
        ({"helpers.arrayElement": [["red", "blue"]]}, "string", "red|blue"),
        (["helpers.arrayElement", ["red", "blue"]], "string", "red|blue"),
        ({"number.int": {"min": 10, "max": 30, "multipleOf": 10}}, "integer", "10|20|30"),
        ({"string.alphanumeric": 5}, "string", "[a-z0-9]{5}"),
        ("{{person.lastName}}, {{person.firstName}}", "string", r"\w+, \w+"),
        ("ssn", "string", r"\d{3}-\d\d-\d{4}"),
        ("date_this_year", "string", r"202[45]-\d\d-\d\d"),
        ("date.past", "string", r"202[45]-.+Z"),
        ("boolean", "boolean", "True|False"),
        ("latitude", "number", r"-?\d+\.\d+"),
    ],
)
def test_hint_makes_value_of_its_shape_in_the_type_of_the_schema(hint: Any, kind: str, shape: str) -> None:
    for value in values_of(thing={"type": kind, "x-faker": hint}):
        assert re.fullmatch(shape, str(value["thing"])), value


@pytest.mark.parametrize(
    "hint",
    [
        "no.such.name", 17, {"pyint": {"no_such_option": 1}}, {"pystr": {"max_chars": 10**9}}, ["bothify"],
        {"helpers.arrayElement": 3}, "seed_instance", "__class__", {"a": 1, "b": 2}, ["paragraph", "many"],
    ],
)  # fmt: skip
def test_hint_that_makes_nothing_is_ignored(hint: Any) -> None:
    assert all(
        value["city"] for value in values_of(city={"type": "string", "x-faker": hint, "maxLength": 40})
    )


def test_hint_whose_value_breaks_the_schema_is_ignored() -> None:
    for value in values_of(thing={"type": "string", "x-faker": "first_name", "pattern": r"^\d{3}$"}):
        assert re.fullmatch(r"\d{3}", value["thing"])


def test_hinted_values_agree_with_their_siblings() -> None:
    text = {"type": "string"}

    for value in values_of(first_name=text, x={**text, "x-faker": "person.firstName"}, email=text):
        assert value["x"] == value["first_name"]


def test_hint_for_an_array_makes_its_items() -> None:
    hint = {"helpers.arrayElements": [["a", "b", "c"], 2]}

    for value in values_of(thing={"type": "array", "items": {"type": "string"}, "x-faker": hint}):
        assert len(value["thing"]) == 2


def test_names_of_faker_js_lead_to_rules_and_methods_that_are_there() -> None:
    tables = {"=": faker_rules.STRINGS, "#": faker_rules.NUMBERS, "~": faker_formats.FORMATS}

    assert len(NAMES) + len(WITH_ARGUMENTS) >= 200
    assert not NAMES.keys() & WITH_ARGUMENTS.keys()
    for name, target in NAMES.items():
        known = tables[target[0]] if target[0] in tables else methods()
        assert target.lstrip("=#~") in known, name


@pytest.mark.parametrize("name", [*NAMES, *WITH_ARGUMENTS])
def test_name_of_faker_js_makes_a_value(name: str) -> None:
    hint = {name: [["a", "b"]]} if name.startswith(("helpers.", "random.")) else name
    (first,) = values_of(1, thing={"x-faker": hint})
    (again,) = values_of(1, thing={"x-faker": hint})

    assert first["thing"] not in ("", None) or name == "helpers.maybe"
    assert first == again


def test_unknown_hints_are_found_wherever_schemas_are() -> None:
    document = document_of(
        a={"x-faker": "frist_name"},
        b={"type": "array", "items": {"x-faker": {"person.fristName": []}}},
        c={"x-faker": "first_name"},
        d={"x-faker": 17},
        e={"x-faker": "{{person.firstName}} {{nobody.knows}}"},
        f={"example": {"x-faker": "this is data"}},
    )

    found = {pointer: (name, list(near)) for pointer, name, near in unknown_hints(document)}

    at = f"{POINTER}/properties"
    assert found[f"{at}/a/x-faker"][0] == "frist_name"
    assert "first_name" in found[f"{at}/a/x-faker"][1]
    assert "person.firstName" in found[f"{at}/b/items/x-faker"][1]
    assert found.keys() == {f"{at}/{name}/x-faker" for name in ("a", "b/items", "d", "e")}
    assert found[f"{at}/e/x-faker"][0] == "nobody.knows"
    assert is_known("iban")


def test_document_without_hints_has_no_unknown_ones() -> None:
    assert list(unknown_hints(document_of(a={"type": "string"}))) == []


def test_hints_of_the_page_about_values_make_what_they_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "values.md").read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    properties = yaml.safe_load(block)

    assert list(unknown_hints(document_of(**properties))) == []
    for value in values_of(**properties):
        assert 18 <= value["age"] <= 99
        assert 5 <= value["price"] <= 20
        assert value["colour"] in ("red", "green", "blue")
        assert re.fullmatch(r"[A-Za-z]{2}-\d{4}", value["code"])
        assert " from " in value["label"]
