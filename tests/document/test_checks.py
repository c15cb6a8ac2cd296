"""Each check finds its fault, says where and what follows, and is silent without it."""

from __future__ import annotations

import socket
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mockserver.document import builder, checks
from mockserver.document.checks import specification
from mockserver.document.checks.subject import Subject, listed
from mockserver.document.loading import loader
from mockserver.document.model import Document, Fault, Severity

from .conftest import ANSWERS

PETS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "fine",
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                                "example": [{"name": "Rex", "kind": "dog"}],
                            }
                        },
                    }
                },
            }
        },
        "/pets/{id}": {
            "get": {
                "operationId": "getPet",
                "security": [{"key": []}],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": ANSWERS,
            }
        },
    },
    "components": {
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "pattern": "^[A-Z]", "examples": ["Rex"]},
                    "kind": {"type": "string", "enum": ["cat", "dog"], "default": "cat"},
                    "age": {"type": "integer", "minimum": 0, "maximum": 40},
                },
            }
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}
GET = "/paths/~1pets/get"
PET = "/components/schemas/Pet"


WRITTEN: dict[Path, Any] = {}


def model(root: dict[str, Any]) -> Document:
    """Return the model of a document."""
    WRITTEN[Path("api.yaml")] = root
    return builder.build(root, Path("api.yaml"))


def changed(*path: str | int, to: Any, version: str = "3.1.0") -> Document:
    """Return the model of the pets with one place changed; `...` takes it away."""
    root = deepcopy(PETS)
    root["openapi"] = version
    node: Any = root
    for token in path[:-1]:
        node = node[token]
    if to is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = to
    return model(root)


def faults_of(document: Document) -> tuple[Fault, ...]:
    """Return all faults of a document that a test changed."""
    return checks.check(document, written=WRITTEN[document.source])


def one(faults: tuple[Fault, ...]) -> Fault:
    """Return the only fault."""
    assert len(faults) == 1, [(fault.rule, fault.pointer, fault.message) for fault in faults]
    return faults[0]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_sound_document_has_no_fault(version: str) -> None:
    root = deepcopy(PETS)
    root["openapi"] = version
    if version == "3.0.3":
        name = root["components"]["schemas"]["Pet"]["properties"]["name"]
        name["example"] = name.pop("examples")[0]

    assert faults_of(model(root)) == ()


ITEM = ("paths", "/pets/{id}", "get")
LIST = ("paths", "/pets", "get")
NAME = ("components", "schemas", "Pet", "properties", "name")
KIND = ("components", "schemas", "Pet", "properties", "kind")
AGE = ("components", "schemas", "Pet", "properties", "age")

FOUND = [
    # (place, new value, rule, pointer, words of the message, words of the effect)
    ((*LIST, "operationId"), ..., "operationId", GET, "has no operationId", "called 'getPets'"),
    (
        (*ITEM, "operationId"),
        "listPets",
        "operationId",
        "/paths/~1pets~1{id}/get",
        "'listPets'",
        "listPets_2",
    ),
    ((*ITEM, "parameters"), [], "parameter", "/paths/~1pets~1{id}/get", "{id}", "any text"),
    (
        (*LIST, "parameters", 0),
        {"name": "id", "in": "path", "required": True, "schema": {}},
        "parameter",
        f"{GET}/parameters/0",
        "has no {id}",
        "left out",
    ),
    (
        (*LIST, "parameters", 0, "in"),
        "url",
        "parameter",
        f"{GET}/parameters/0",
        "'url' is no place",
        "left out",
    ),
    ((*LIST, "parameters", 0, "name"), ..., "parameter", f"{GET}/parameters/0", "no name", "left out"),
    (
        (*LIST, "parameters", 0),
        {"name": "Accept", "in": "header", "schema": {"type": "string"}},
        "ignored-header",
        f"{GET}/parameters/0",
        "'Accept' has no meaning",
        "ignored",
    ),
    (
        (*LIST, "parameters"),
        [{"name": "limit", "in": "query", "schema": {}}, {"name": "limit", "in": "query", "schema": {}}],
        "parameter",
        f"{GET}/parameters/1",
        "declared twice",
        "last one",
    ),
    ((*LIST, "responses"), {}, "responses", GET, "declares no response", "empty 200"),
    (
        (*LIST, "responses", "fine"),
        ANSWERS["200"],
        "response",
        f"{GET}/responses/fine",
        "no status",
        "left out",
    ),
    ((*ITEM, "security"), [{"token": []}], "security", "/paths/~1pets~1{id}/get/security", "'token'", ""),
    (
        (*LIST, "responses", "200", "content"),
        {"json": {"schema": {}}},
        "media-type",
        f"{GET}/responses/200/content/json",
        "'json' is no media type",
        "",
    ),
    ((*NAME, "pattern"), "[A-", "schema", f"{PET}/properties/name/pattern", "[A-", "not held"),
    ((*NAME, "examples"), ["rex"], "example", f"{PET}/properties/name/examples/0", "rex", "not used"),
    ((*KIND, "default"), "cow", "default", f"{PET}/properties/kind/default", "cow", "not used"),
    (
        (*KIND, "enum"),
        ["cat", "dog", 1],
        "enum",
        f"{PET}/properties/kind/enum/2",
        "1 is not of type string",
        "never",
    ),
    (
        (*AGE,),
        {"type": "string", "enum": [1, 2]},
        "impossible",
        f"{PET}/properties/age/enum",
        "no value",
        "",
    ),
    ((*AGE, "minimum"), 41, "impossible", f"{PET}/properties/age", "41", "used by GET /pets"),
    (
        (*AGE,),
        {"allOf": [{"type": "string"}, {"$ref": "#/components/schemas/Pet"}]},
        "impossible",
        f"{PET}/properties/age",
        "allOf/1 asks for object",
        "",
    ),
    (
        (*LIST, "responses", "200", "content", "application/json", "example"),
        [{"name": "Rex"}, {"kind": "dog"}],
        "example",
        f"{GET}/responses/200/content/application~1json/example",
        "at 1: 'name' is required",
        "not served",
    ),
    (
        ("components", "schemas", "Pet", "discriminator"),
        {"propertyName": "kind", "mapping": {"cow": "#/components/schemas/Cow"}},
        "reference",
        f"{PET}/discriminator/mapping",
        "'cow'",
        "",
    ),
    (("info",), ..., "specification", "", "'info' is required", ""),
    (("info", "version"), 1, "specification", "/info/version", "1 is not of type string", ""),
    (("info", "licence"), {}, "specification", "/info/licence", "'licence' is not allowed", ""),
    ((*AGE, "minimum"), "none", "schema", f"{PET}/properties/age/minimum", "no number", "ignored"),
]


@pytest.mark.parametrize(
    ("place", "value", "rule", "pointer", "message", "effect"),
    FOUND,
    ids=[f"{item[2]}-{number}" for number, item in enumerate(FOUND)],
)
def test_fault_is_found_with_its_place_and_effect(
    place: tuple[str | int, ...], value: Any, rule: str, pointer: str, message: str, effect: str
) -> None:
    document = changed(*place, to=value)
    fault = one(faults_of(document))

    assert (fault.rule, fault.pointer) == (rule, pointer)
    assert message in fault.message
    assert effect in f"{fault.message}; {fault.effect}"


def test_document_without_anything_to_serve_is_told_what_it_could_have() -> None:
    fault = one(faults_of(model({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}})))

    assert fault.message == "'paths', 'components' or 'webhooks' is required"


def test_template_that_differs_only_in_a_name_is_told_with_the_methods_that_meet() -> None:
    root = deepcopy(PETS)
    item = deepcopy(root["paths"]["/pets/{id}"])
    item["get"]["operationId"] = "getPetByName"
    item["get"]["parameters"][0]["name"] = "name"
    root["paths"]["/pets/{name}"] = item

    fault = one(faults_of(model(root)))

    assert (fault.rule, fault.pointer) == ("path-template", "/paths/~1pets~1{name}")
    assert "'/pets/{id}'" in fault.message
    assert "GET" in fault.effect


def test_example_of_a_request_may_leave_out_what_only_the_server_sets() -> None:
    root = deepcopy(PETS)
    schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string", "readOnly": True}},
    }
    content = {"application/json": {"schema": schema, "example": {}}}
    root["paths"]["/pets"]["post"] = {
        "operationId": "create",
        "requestBody": {"content": content},
        "responses": {"201": {"description": "made", "content": deepcopy(content)}},
    }

    fault = one(faults_of(model(root)))

    assert fault.pointer == "/paths/~1pets/post/responses/201/content/application~1json/example"


def test_text_that_shows_how_xml_is_written_is_no_invalid_example() -> None:
    content = {"application/xml": {"schema": {"type": "object"}, "example": "<pet/>"}}
    document = changed(*LIST, "responses", "200", "content", to=content)

    assert faults_of(document) == ()


def test_nullable_enum_of_3_0_may_leave_null_out() -> None:
    root = {**deepcopy(PETS), "openapi": "3.0.3"}
    del root["components"]["schemas"]["Pet"]["properties"]["name"]["examples"]
    root["components"]["schemas"]["Pet"]["properties"]["kind"] |= {"nullable": True, "default": None}

    assert faults_of(model(root)) == ()


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "minLength": 3, "maxLength": 2}, "minLength 3 is more than maxLength 2"),
        ({"type": "number", "exclusiveMinimum": 1, "maximum": 1}, "leave nothing between them"),
        ({"type": "integer", "minimum": 0.1, "maximum": 0.9}, "no multiple of 1 lies between"),
        ({"type": "integer", "multipleOf": 7, "minimum": 8, "maximum": 13}, "no multiple of 7"),
        ({"type": "object", "required": ["a", "b"], "maxProperties": 1}, "2 properties are required"),
        ({"type": "object", "allOf": [{"type": ["string", "null"]}]}, "allOf/0 asks for null or string"),
    ],
)
def test_schema_that_lets_nothing_through_is_impossible(schema: dict[str, Any], words: str) -> None:
    fault = one(faults_of(changed(*AGE, to=schema)))

    assert fault.rule == "impossible"
    assert fault.severity is Severity.WARNING
    assert words in fault.message


@pytest.mark.parametrize(
    "schema",
    [
        {"minLength": 3, "maxLength": 2},
        {"type": ["string", "integer"], "minLength": 3, "maxLength": 2},
        {"type": "integer", "multipleOf": 0.5, "minimum": 1, "maximum": 1},
        {"allOf": [{"type": "integer"}, {"type": "number"}]},
        {"type": "number", "minimum": 1, "maximum": 1},
        {"anyOf": [{"type": "string"}, {"type": "integer"}], "allOf": [{"type": "integer"}]},
    ],
)
def test_schema_that_some_value_fits_is_not_impossible(schema: dict[str, Any]) -> None:
    assert faults_of(changed(*AGE, to=schema)) == ()


def test_faults_of_3_0_are_explained_by_the_object_and_not_by_a_reference() -> None:
    document = changed(*AGE, "examples", to=[1], version="3.0.3")

    faults = {(fault.rule, fault.message) for fault in faults_of(document)}

    assert ("specification", "property 'examples' is not allowed") in faults
    assert not any("$ref" in message for _, message in faults)


def test_two_faults_of_one_rule_at_one_place_are_both_told() -> None:
    document = changed(
        "paths", "/pets/{id}/toys/{toy}", to={"get": {"operationId": "x", "responses": ANSWERS}}
    )

    found = [fault.message for fault in faults_of(document)]

    assert len(found) == 2
    assert all("is not declared" in message for message in found)


def test_effect_names_the_operations_that_are_touched() -> None:
    (fault,) = faults_of(changed(*AGE, "minimum", to=41))

    assert fault.effect.endswith("used by GET /pets")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcd"), "a, b and 2 more"),
    ],
)
def test_long_lists_are_cut(names: list[str], words: str) -> None:
    assert listed(names) == words


def test_validator_that_fails_is_a_warning_and_the_rest_is_judged() -> None:
    root = deepcopy(PETS)
    root["paths"]["/odd"] = {"get": {"operationId": "odd", "responses": 7, "parameters": [{"in": "path"}]}}
    root["paths"]["/pets"]["get"]["tags"] = ["a"]

    found = faults_of(model(root))

    assert any(fault.pointer.startswith("/paths/~1odd/get") for fault in found)
    assert not any(fault.rule == "validator" for fault in found), "what is wrong there was said before"
    odd = [
        fault
        for fault in specification.specification(Subject(model(root), root))
        if fault.rule == "validator"
    ]
    assert [(fault.pointer, fault.severity) for fault in odd] == [("/paths/~1odd", Severity.WARNING)]


def test_nothing_is_read_from_the_net(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a socket was made")

    monkeypatch.setattr(socket, "socket", refuse)
    schema = {"$ref": "http://127.0.0.1:9/pet.json"}
    document = changed("components", "schemas", "Far", to=schema)

    assert any(fault.pointer == "/components/schemas/Far/$ref" for fault in faults_of(document))


@pytest.mark.parametrize("value", [None, 7, "x", [], [7], {"": None}, True])
@pytest.mark.parametrize(
    "place",
    [
        ("paths",), ("components",), ("info",), ("paths", "/pets"), LIST, (*LIST, "parameters"),
        (*LIST, "parameters", 0), (*LIST, "responses"), (*LIST, "responses", "200"),
        (*LIST, "responses", "200", "content"), (*LIST, "responses", "200", "content", "application/json"),
        ("components", "schemas"), ("components", "schemas", "Pet"), NAME, (*NAME, "pattern"), (*KIND, "enum"),
        ("components", "schemas", "Pet", "discriminator"), ("components", "schemas", "Pet", "allOf"),
        ("components", "schemas", "Pet", "required"), ("components", "schemas", "Pet", "properties"),
        ("components", "securitySchemes"), (*ITEM, "security"), (*LIST, "operationId"), (*LIST, "tags"), ("tags",),
    ],
    ids=lambda place: "/".join(map(str, place)),
)  # fmt: skip
def test_rubbish_anywhere_is_reported_and_never_raises(place: tuple[str | int, ...], value: Any) -> None:
    for fault in faults_of(changed(*place, to=value)):
        assert "\n" not in fault.message
        assert len(fault.message) < 250


def test_places_of_an_old_document_are_those_that_were_written() -> None:
    root = {
        "swagger": "2.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets": {
                "get": {
                    "operationId": "listPets",
                    "produces": ["application/json"],
                    "parameters": [{"name": "n", "in": "query", "type": "integer", "default": "many"}],
                    "responses": {
                        "200": {
                            "description": "fine",
                            "schema": {"$ref": "#/definitions/Pet"},
                            "examples": {"application/json": {"age": "old"}},
                        }
                    },
                }
            }
        },
        "definitions": {"Pet": {"properties": {"age": {"type": "integer", "minimum": 2, "maximum": 1}}}},
    }

    found = {(fault.rule, fault.pointer) for fault in faults_of(model(root))}

    assert found == {
        ("default", "/paths/~1pets/get/parameters/0/default"),
        ("example", "/paths/~1pets/get/responses/200/examples/application~1json"),
        ("impossible", "/definitions/Pet/properties/age"),
    }


def test_fault_in_another_file_is_told_with_that_file(tmp_path: Path) -> None:
    (tmp_path / "pet.yaml").write_text("type: integer\nminimum: 2\nmaximum: 1\n")
    main = tmp_path / "api.yaml"
    main.write_text(
        "openapi: 3.1.0\ninfo: {title: Pets, version: '1'}\npaths: {}\n"
        "components: {schemas: {Pet: {$ref: pet.yaml}}}\n"
    )

    fault = one(checks.check(builder.load(main), written=loader.read(main)))

    assert (fault.rule, Path(fault.file), fault.pointer) == ("impossible", tmp_path / "pet.yaml", "")
