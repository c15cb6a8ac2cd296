"""OpenAPI 2.0 documents are the same model as those of 3.0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.document import builder
from mockserver.document.model import Document, Operation

TEXT: dict[str, Any] = {"type": "string"}


def swagger(operation: dict[str, Any], *, path: str = "/a", method: str = "post", **more: Any) -> Document:
    """Return the model of a 2.0 document with one operation."""
    root = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {path: {method: {"responses": {"200": {"description": "fine"}}, **operation}}},
        **more,
    }
    return builder.build(root, Path("api.json"))


def only(model: Document) -> Operation:
    assert model.faults == ()
    (operation,) = model.operations.values()
    return operation


def judged(model: Document, pointer: str | None, value: Any) -> bool:
    assert pointer is not None
    return model.request_schemas.validator(pointer).is_valid(value)


def test_number_without_quotes_is_the_version() -> None:
    model = builder.build({"swagger": 2.0, "paths": {}}, Path("api.json"))

    assert model.version == "2.0"
    assert model.legacy


@pytest.mark.parametrize(
    ("place", "format", "style", "explode"),
    [
        ("query", None, "form", False),
        ("query", "csv", "form", False),
        ("query", "multi", "form", True),
        ("query", "ssv", "spaceDelimited", False),
        ("query", "pipes", "pipeDelimited", False),
        ("query", "tsv", "tabDelimited", False),
        ("path", None, "simple", False),
        ("path", "pipes", "pipeDelimited", False),
        ("header", "csv", "simple", False),
    ],
)
def test_collection_format_is_a_style(place: str, format: str | None, style: str, explode: bool) -> None:
    declared = {"name": "p", "in": place, "required": True, "type": "array", "items": TEXT}
    if format:
        declared["collectionFormat"] = format
    (parameter,) = only(
        swagger({"parameters": [declared]}, path="/{p}" if place == "path" else "/a")
    ).parameters

    assert (parameter.style, parameter.explode) == (style, explode)


def test_words_of_a_parameter_are_its_schema() -> None:
    declared = {
        "name": "n",
        "in": "query",
        "type": "integer",
        "minimum": 1,
        "exclusiveMinimum": True,
        "default": 5,
    }
    model = swagger({"parameters": [declared]})
    (parameter,) = only(model).parameters

    assert [judged(model, parameter.schema, value) for value in (2, 1, "x")] == [True, False, False]
    assert model.origin(parameter.schema or "") == ("", "/paths/~1a/post/parameters/0")


def test_body_parameter_is_the_request_body() -> None:
    schema = {"type": "object", "required": ["a"]}
    model = swagger({"parameters": [{"name": "b", "in": "body", "required": True, "schema": schema}]})
    body = only(model).request_body

    assert body is not None
    assert body.required
    assert list(body.content) == ["application/json"]  # without `consumes` JSON is meant
    assert not judged(model, body.content["application/json"].schema, {})
    assert model.origin(body.content["application/json"].schema or "") == (
        "",
        "/paths/~1a/post/parameters/0/schema",
    )


@pytest.mark.parametrize(
    ("root", "own", "found"),
    [
        (["application/xml"], None, ["application/xml"]),
        (["application/xml"], ["text/json"], ["text/json"]),
        (None, ["a/b", "c/d"], ["a/b", "c/d"]),
        (None, [], ["application/json"]),
    ],
)
def test_what_is_consumed_is_the_operations_or_the_documents(root: Any, own: Any, found: list[str]) -> None:
    operation: dict[str, Any] = {"parameters": [{"name": "b", "in": "body", "schema": TEXT}]}
    if own is not None:
        operation["consumes"] = own
    body = only(swagger(operation, **({"consumes": root} if root else {}))).request_body

    assert body is not None
    assert list(body.content) == found


def test_form_parameters_are_one_body() -> None:
    form = [
        {"name": "n", "in": "formData", "type": "integer", "required": True},
        {"name": "tags", "in": "formData", "type": "array", "items": TEXT, "collectionFormat": "multi"},
    ]
    model = swagger({"parameters": form, "consumes": ["application/x-www-form-urlencoded"]})
    body = only(model).request_body

    assert body is not None
    (media,) = body.content.values()
    assert media.name == "application/x-www-form-urlencoded"
    assert [judged(model, media.schema, value) for value in ({"n": 1}, {}, {"n": "x"})] == [
        True,
        False,
        False,
    ]
    assert (media.encoding["tags"].style, media.encoding["tags"].explode) == ("form", True)


def test_file_is_sent_in_a_form_for_files_whatever_is_declared() -> None:
    form = [{"name": "f", "in": "formData", "type": "file"}]
    body = only(swagger({"parameters": form, "consumes": ["application/json"]})).request_body

    assert body is not None
    assert list(body.content) == ["multipart/form-data", "application/json"]


def test_parameters_of_the_path_and_of_the_document_are_merged() -> None:
    root = {
        "swagger": "2.0",
        "paths": {
            "/{id}": {
                "parameters": [{"$ref": "#/parameters/Id"}, {"name": "b", "in": "body", "schema": TEXT}],
                "put": {"parameters": [{"name": "id", "in": "path", "required": True, "type": "integer"}]},
            }
        },
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "type": "string"}},
    }
    model = builder.build(root, Path("api.json"))
    operation = only(model)
    (parameter,) = operation.parameters

    assert operation.request_body is not None
    assert not judged(model, parameter.schema, "x")


def test_answer_has_a_body_for_each_media_type_that_is_produced() -> None:
    response = {
        "description": "a pet",
        "schema": {"$ref": "#/definitions/Pet"},
        "headers": {"X-N": {"type": "integer"}},
        "examples": {"application/json": {"name": "Rex"}},
    }
    model = swagger(
        {
            "responses": {"200": {"$ref": "#/responses/Pet"}},
            "produces": ["application/json", "application/xml"],
        },
        responses={"Pet": response},
        definitions={"Pet": {"type": "object", "required": ["name"], "properties": {"name": TEXT}}},
    )
    found = only(model).responses["200"]

    assert list(found.content) == ["application/json", "application/xml"]
    assert found.content["application/json"].examples == {"": {"name": "Rex"}}
    assert not judged(model, found.content["application/xml"].schema, {})
    assert not judged(model, found.headers["X-N"].schema, "x")
    assert model.origin(found.pointer)[1] == "/responses/Pet"


def test_answer_without_a_schema_has_no_body() -> None:
    assert only(swagger({})).responses["200"].content == {}


def test_file_that_is_answered_is_bytes() -> None:
    model = swagger({"responses": {"200": {"description": "", "schema": {"type": "file"}}}})

    assert list(only(model).responses["200"].content) == ["application/octet-stream"]


def test_property_may_be_null_where_a_vendor_says_so() -> None:
    model = swagger(
        {"responses": {"200": {"description": "", "schema": {"type": "string", "x-nullable": True}}}}
    )

    assert judged(model, only(model).responses["200"].content["application/json"].schema, None)


@pytest.mark.parametrize(
    ("scheme", "type", "word"),
    [
        ({"type": "basic"}, "http", "basic"),
        ({"type": "apiKey", "in": "query", "name": "key"}, "apiKey", ""),
        (
            {"type": "oauth2", "flow": "application", "tokenUrl": "https://x", "scopes": {"a": "A"}},
            "oauth2",
            "",
        ),
    ],
)
def test_security_definition_is_a_scheme(scheme: dict[str, Any], type: str, word: str) -> None:
    model = swagger({"security": [{"s": ["a"]}]}, securityDefinitions={"s": scheme})

    assert only(model).security == ({"s": ("a",)},)
    assert (model.security_schemes["s"].type, model.security_schemes["s"].scheme) == (type, word)


def test_base_path_is_that_of_the_document() -> None:
    assert only(swagger({}, basePath="/v2/")).base_paths == ("/v2",)


def test_fault_of_a_parameter_is_at_its_place() -> None:
    model = swagger({"parameters": [{"name": "n", "in": "query", "type": "any", "pattern": "("}]})

    assert {fault.pointer for fault in model.faults} == {
        "/paths/~1a/post/parameters/0/type",
        "/paths/~1a/post/parameters/0/pattern",
    }


def test_security_definition_that_leads_nowhere_is_left_out_and_told() -> None:
    model = swagger({}, securityDefinitions={"key": {"$ref": "#/nowhere"}, "basic": {"type": "basic"}})

    assert list(model.security_schemes) == ["basic"]
    assert [(fault.rule, fault.pointer) for fault in model.faults] == [
        ("reference", "/securityDefinitions/key")
    ]


def test_reference_in_the_items_of_a_parameter_that_leads_nowhere_takes_any_value() -> None:
    declared = {"name": "p", "in": "query", "type": "array", "items": {"$ref": "#/nowhere"}}
    model = swagger({"parameters": [declared]})

    (parameter,) = next(iter(model.operations.values())).parameters
    assert judged(model, parameter.schema, [1, "x"])
    assert [fault.pointer for fault in model.faults] == ["/paths/~1a/post/parameters/0/items/$ref"]
