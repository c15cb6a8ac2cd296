"""What is only written in another way is no change."""

from __future__ import annotations

from typing import Any

import pytest

from .samples import BASE, changes, merged, root

SAME: dict[str, tuple[Any, Any]] = {
    "null by nullable and by a type": (
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
    ),
    "null first or last": ({"oneOf": [{"type": "null"}, {"type": "object"}]}, {"type": ["object", "null"]}),
    "a constant and an enum of one": ({"const": "a"}, {"enum": ["a"]}),
    "constants in oneOf and an enum": (
        {"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]},
        {"type": "string", "enum": ["b", "a"]},
    ),
    "types in anyOf and in a list": (
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": ["integer", "string"]},
    ),
    "parts of allOf": (
        {"allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": {"type": "string"}}}]},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
    ),
    "bounds of parts, the tightest of which counts": (
        {"allOf": [{"type": "integer", "maximum": 9}, {"maximum": 5}]},
        {"type": "integer", "maximum": 5},
    ),
    "bounds of integers": ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}),
    "a union of one": ({"anyOf": [{"type": "string", "maxLength": 3}]}, {"type": "string", "maxLength": 3}),
    "a union in a union": (
        {
            "anyOf": [
                {"type": "array"},
                {"anyOf": [{"type": "object", "title": "O"}, {"type": "string", "maxLength": 2}]},
            ]
        },
        {"anyOf": [{"type": "object", "title": "O"}, {"type": "string", "maxLength": 2}, {"type": "array"}]},
    ),
    "branches in another order": (
        {
            "oneOf": [
                {"type": "object", "properties": {"a": {}}},
                {"type": "array", "items": {"type": "string"}},
            ]
        },
        {
            "oneOf": [
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "properties": {"a": {}}},
            ]
        },
    ),
    "what says nothing": (
        {"type": "string", "minLength": 0},
        {"type": "string", "description": "x", "examples": ["a"], "x-own": 1},
    ),
    "keywords of another type": ({"type": "string", "maximum": 3}, {"type": "string"}),
    "properties of any kind": ({"type": "object"}, {"type": "object", "additionalProperties": {}}),
    "items of any kind": ({"type": "array"}, {"type": "array", "items": {}}),
    "numbers that are equal": ({"type": "number", "maximum": 5}, {"type": "number", "maximum": 5.0}),
    "bytes": ({"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}),
}


@pytest.mark.parametrize("at", ["request", "response", "request-body", "response-body"])
@pytest.mark.parametrize("name", SAME)
def test_schema_that_means_the_same_is_no_change(name: str, at: str) -> None:
    before, after = SAME[name]
    assert changes(root(at, before), root(at, after)) == []
    assert changes(root(at, after), root(at, before)) == []


PARAMETERS = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
OTHERS = [{"name": "thing", "in": "path", "required": True, "schema": {"type": "string"}}]
ANSWER = {"responses": {"200": {"description": "x"}}}
ERROR = {"description": "x", "content": {"application/json": {"schema": {"type": "object"}}}}

DOCUMENTS: dict[str, tuple[Any, Any]] = {
    "variables of paths by other names": (
        {"paths": {"/things/{id}": {"parameters": PARAMETERS, "get": ANSWER}}},
        {"paths": {"/things/{thing}": {"parameters": OTHERS, "get": ANSWER}}},
    ),
    "a part of the path in the servers": (
        {"paths": {"/v1/other": {"get": ANSWER}}},
        {"paths": {"/other": {"servers": [{"url": "https://a.example/v1"}], "get": ANSWER}}},
    ),
    "a status of its own and one among all others": (
        {"paths": {"/other": {"get": {"responses": {"200": ERROR, "404": ERROR, "default": ERROR}}}}},
        {"paths": {"/other": {"get": {"responses": {"200": ERROR, "default": ERROR}}}}},
    ),
    "parameters of the path and of the operation": (
        {"paths": {"/things/{id}": {"parameters": PARAMETERS, "get": ANSWER}}},
        {"paths": {"/things/{id}": {"get": {**ANSWER, "parameters": PARAMETERS}}}},
    ),
    "a security scheme by another name": (
        {"security": [{"key": []}]},
        {
            "security": [{"secret": []}],
            "components": {
                "securitySchemes": {
                    "secret": {"type": "apiKey", "in": "header", "name": "x-key"},
                    "key": None,
                }
            },
        },
    ),
    "security of the document and of the operation": (
        {"security": [{"key": []}]},
        {"paths": {"/things": {"post": {"security": [{"key": []}]}}}},
    ),
    "a component that nobody uses": ({"components": {"schemas": {"A": {"type": "string"}}}}, {}),
    "a media type with parameters": (
        {
            "paths": {
                "/other": {"get": {"responses": {"200": {"description": "x", "content": {"text/csv": {}}}}}}
            }
        },
        {
            "paths": {
                "/other": {
                    "get": {
                        "responses": {"200": {"description": "x", "content": {"text/csv; charset=utf-8": {}}}}
                    }
                }
            }
        },
    ),
    "style as it is by default": (
        {
            "paths": {
                "/things": {
                    "post": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "array"}}]}
                }
            }
        },
        {
            "paths": {
                "/things": {
                    "post": {
                        "parameters": [
                            {
                                "name": "q",
                                "in": "query",
                                "style": "form",
                                "explode": True,
                                "schema": {"type": "array"},
                            }
                        ]
                    }
                }
            }
        },
    ),
    "a header in other letters": (
        {"paths": {"/things": {"post": {"parameters": [{"name": "X-A", "in": "header", "schema": {}}]}}}},
        {"paths": {"/things": {"post": {"parameters": [{"name": "x-a", "in": "header", "schema": {}}]}}}},
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_that_means_the_same_is_no_change(name: str) -> None:
    before, after = (merged(BASE, patch) for patch in DOCUMENTS[name])
    assert changes(before, after) == []
    assert changes(after, before) == []


OLD = {
    "swagger": "2.0",
    "info": {"title": "Things", "version": "1"},
    "host": "a.example",
    "basePath": "/v1",
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "securityDefinitions": {"login": {"type": "basic"}},
    "security": [{"login": []}],
    "paths": {
        "/things/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "type": "integer", "format": "int64"}
            ],
            "put": {
                "parameters": [
                    {
                        "name": "tags",
                        "in": "query",
                        "type": "array",
                        "collectionFormat": "multi",
                        "items": {"type": "string"},
                    },
                    {
                        "name": "thing",
                        "in": "body",
                        "required": True,
                        "schema": {"$ref": "#/definitions/Thing"},
                    },
                ],
                "responses": {
                    "200": {
                        "description": "x",
                        "headers": {"X-Left": {"type": "integer"}},
                        "schema": {"$ref": "#/definitions/Thing"},
                    }
                },
            },
        }
    },
    "definitions": {
        "Thing": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "note": {"type": "string", "x-nullable": True}},
        }
    },
}
NEW = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://a.example/v1"}],
    "security": [{"basic": []}],
    "paths": {
        "/things/{id}": {
            "put": {
                "parameters": [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "integer", "format": "int64"},
                    },
                    {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
                },
                "responses": {
                    "200": {
                        "description": "x",
                        "headers": {"X-Left": {"schema": {"type": "integer"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
                    }
                },
            }
        }
    },
    "components": {
        "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
        "schemas": {
            "A": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "note": {"type": ["string", "null"]}},
            }
        },
    },
}


def test_same_api_in_openapi_2_and_3_is_no_change() -> None:
    assert changes(OLD, NEW) == []
    assert changes(NEW, OLD) == []


def test_change_in_a_shared_component_is_told_once_with_all_operations() -> None:
    paths = {
        f"/{name}": {
            "get": {
                "responses": {
                    "200": {
                        "description": "x",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    }
                }
            }
        }
        for name in ("a", "b", "c")
    }
    thing = {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/Thing"}, "n": {"type": "integer"}},
    }
    other = merged(thing, {"properties": {"n": {"type": "string"}}})

    (change,) = changes(
        merged(BASE, {"paths": paths, "components": {"schemas": {"Thing": thing}}}),
        merged(BASE, {"paths": paths, "components": {"schemas": {"Thing": other}}}),
    )

    assert change.operations == ("GET /a", "GET /b", "GET /c")
    assert change.place == "200.body.n"
    assert change.old.pointer == "/components/schemas/Thing/properties/n/type"


def test_operation_that_moved_is_told_with_its_new_place() -> None:
    answer = {**ANSWER, "operationId": "getOther"}
    (gone, _) = changes(
        merged(BASE, {"paths": {"/other": {"get": answer}}}),
        merged(BASE, {"paths": {"/new": {"get": answer}}}),
    )

    assert gone.id == "api-path-removed-without-deprecation"
    assert "GET /new has the same operationId" in gone.text


def test_operation_below_the_stability_may_change() -> None:
    draft = {
        "x-stability-level": "draft",
        "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
    }
    other = merged(
        draft, {"parameters": [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}]}
    )

    (change,) = changes(root("operation", draft), root("operation", other))
    (strict,) = changes(root("operation", draft), root("operation", other), stability="draft")

    assert (change.verdict, strict.verdict) == ("safe", "breaking")
    assert "beta" in change.reason


def test_only_chosen_paths_are_compared() -> None:
    old = merged(
        BASE, {"paths": {"/a": {"get": ANSWER}, "/b": {"get": ANSWER}, "/internal/c": {"get": ANSWER}}}
    )

    found = changes(old, BASE, include=("/*",), exclude=("/internal/*", "/b"))

    assert [change.operations for change in found] == [("GET /a",)]


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf", "allOf"])
def test_schema_that_leads_through_too_many_others_is_dangerous_and_ends(keyword: str) -> None:
    def chain(kind: str) -> dict[str, Any]:
        count = 1200
        schemas: dict[str, Any] = {
            f"A{i}": {keyword: [{"$ref": f"#/components/schemas/A{i + 1}"}, {"type": "array", "maxItems": i}]}
            for i in range(count)
        }
        result = root("request-body", {"$ref": "#/components/schemas/A0"})
        result["components"]["schemas"] = {**schemas, f"A{count}": {"type": kind}}
        return result

    found = changes(chain("string"), chain("integer"))

    assert found
    assert all(change.verdict != "safe" for change in found)
