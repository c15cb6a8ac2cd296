"""Whatever is wrong with a document: it is refused in one line, or it is served and its faults are reported."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.document import builder, checks
from mockserver.document.checks.subject import Subject
from mockserver.document.model import Document
from mockserver.errors import DocumentError, SchemaFault
from mockserver.server.assembly import assemble
from mockserver.settings import Settings, Source

from .conftest import NOON, client_of

PETS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://{host}/v1", "variables": {"host": {"default": "pets.example"}}}],
    "security": [{"key": []}],
    "tags": [{"name": "pets"}],
    "paths": {
        "/pets": {
            "parameters": [{"$ref": "#/components/parameters/Limit"}],
            "get": {
                "operationId": "listPets",
                "tags": ["pets"],
                "responses": {
                    "200": {
                        "description": "fine",
                        "headers": {"X-Rate": {"schema": {"type": "integer"}, "example": 3}},
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                                "examples": {"rex": {"$ref": "#/components/examples/Rex"}},
                            }
                        },
                    },
                    "default": {"$ref": "#/components/responses/Error"},
                },
            },
            "post": {
                "operationId": "createPet",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
                        "multipart/form-data": {
                            "schema": {"type": "object", "properties": {"photo": {"type": "string"}}},
                            "encoding": {"photo": {"contentType": "image/png"}},
                        },
                    },
                },
                "callbacks": {"done": {"{$request.body#/url}": {"post": {"responses": {}}}}},
                "responses": {
                    "201": {
                        "description": "made",
                        "links": {
                            "get": {"operationId": "getPet", "parameters": {"id": "$response.body#/id"}}
                        },
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                    }
                },
            },
        },
        "/pets/{id}": {"$ref": "#/components/pathItems/Pet"},
    },
    "webhooks": {"born": {"post": {"responses": {"200": {"description": "fine"}}}}},
    "components": {
        "parameters": {
            "Limit": {
                "name": "limit",
                "in": "query",
                "style": "form",
                "schema": {"type": "integer", "default": 7},
            }
        },
        "examples": {"Rex": {"value": [{"name": "Rex", "kind": "dog"}]}},
        "responses": {
            "Error": {
                "description": "wrong",
                "content": {
                    "application/problem+json": {
                        "schema": {"type": "object", "properties": {"detail": {"type": "string"}}}
                    }
                },
            }
        },
        "pathItems": {
            "Pet": {
                "get": {
                    "operationId": "getPet",
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                    ],
                    "responses": {
                        "2XX": {
                            "description": "fine",
                            "content": {
                                "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
                                "application/xml": {"schema": {"$ref": "#/components/schemas/Pet"}},
                            },
                        }
                    },
                }
            }
        },
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["name"],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
                "properties": {
                    "id": {"type": "integer", "readOnly": True, "minimum": 1},
                    "name": {"type": "string", "pattern": "^[A-Z]", "maxLength": 20, "examples": ["Rex"]},
                    "kind": {"type": ["string", "null"], "enum": ["cat", "dog"], "default": "cat"},
                    "born": {"type": "string", "format": "date", "x-faker": "past_date"},
                    "children": {
                        "type": "array",
                        "items": {"$ref": "#/components/schemas/Pet"},
                        "maxItems": 2,
                    },
                },
            },
            "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"lives": {"const": 9}}}]},
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}
OLD: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Pets", "version": "1"},
    "host": "pets.example",
    "basePath": "/v1",
    "schemes": ["https"],
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "paths": {
        "/pets/{id}": {
            "post": {
                "operationId": "changePet",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "type": "integer"},
                    {
                        "name": "tags",
                        "in": "query",
                        "type": "array",
                        "items": {"type": "string"},
                        "collectionFormat": "pipes",
                    },
                    {"name": "pet", "in": "body", "schema": {"$ref": "#/definitions/Pet"}},
                ],
                "responses": {
                    "200": {
                        "description": "fine",
                        "schema": {"$ref": "#/definitions/Pet"},
                        "examples": {"application/json": {"name": "Rex"}},
                        "headers": {"X-Rate": {"type": "integer"}},
                    }
                },
            },
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}],
                "responses": {"default": {"description": "fine", "schema": {"type": "file"}}},
            },
        },
        "/photos": {
            "get": {
                "parameters": [{"name": "file", "in": "formData", "type": "file"}],
                "responses": {"200": {"$ref": "#/responses/Fine"}},
            }
        },
    },
    "responses": {"Fine": {"description": "fine", "schema": {"type": "object"}}},
    "securityDefinitions": {"basic": {"type": "basic"}},
    "definitions": {"Pet": {"type": "object", "properties": {"name": {"type": "string"}}}},
}
BASES = [PETS, {**PETS, "openapi": "3.0.3"}, OLD]

REFERENCES = [
    "#/nowhere", "#", "", "other.yaml", "other.yaml#/x", "http://127.0.0.1:9/x", "#/paths/~1pets", "%", 7, None,
    "#/components/schemas/Pet", "#/components/responses/Error", "#/definitions/Pet", "#/components",
]  # fmt: skip
JUNK = st.one_of(
    st.sampled_from([None, True, False, 0, -1, 1.5, 10**30, "", "x", "(((", "{", "\x00", "ü/ü", "object"]),
    st.sampled_from(
        [[], {}, [None], [[]], [{}], {"": {}}, {"x-a": 1}, {"type": "strin"}, {"type": []}, {"not": {}}]
    ),
    st.builds(lambda reference: {"$ref": reference}, st.sampled_from(REFERENCES)),
    st.builds(lambda reference: {"allOf": [{"$ref": reference}]}, st.sampled_from(REFERENCES)),
)
NAMES = st.sampled_from(
    ["", "$ref", "x", "get", "default", "200", "2xx", "ok", "/a b", "/{id}/{id}", "type", "a/b~", "é"]
)
Change = tuple[int, str, Any, str]
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.sampled_from(["delete", "replace", "rename", "wrap", "refer", "copy"]),
        JUNK,
        NAMES,
    ),
    min_size=1,
    max_size=4,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container with each key or index that is in it."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in list(members):
        yield value, key
        yield from places(member)


def change(root: Any, changes: list[Change]) -> None:
    """Change places of a document, in place."""
    for number, kind, junk, name in changes:
        found = list(places(root))
        if not found:
            return
        holder, key = found[number % len(found)]
        other, other_key = found[(number * 7919) % len(found)]
        if kind == "delete":
            del holder[key]
        elif kind == "rename" and isinstance(holder, dict):
            holder[name] = holder.pop(key)
        elif kind == "wrap":
            holder[key] = [holder[key]]
        elif kind == "refer":
            holder[key] = {"$ref": junk if isinstance(junk, str) else "#/nowhere"}
        elif kind == "copy":
            holder[key] = deepcopy(other[other_key])
        else:
            holder[key] = deepcopy(junk)


class Watch(logging.Handler):
    """Keeps what is logged with a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.seen.append(record)


def judge(root: Any) -> None:
    """Load, check and serve a document; whatever is wrong with it, nothing is raised but what is meant to be."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "api.json"
        path.write_text(json.dumps(root), "utf-8")
        refused = ""
        try:
            document = builder.load(path)
        except DocumentError as error:
            refused = str(error)
        if refused:
            assert "\n" not in refused
            assert len(refused) < 500
            return
        for fault in checks.check(document):
            assert fault.message
            assert "\n" not in fault.message + fault.effect
            assert len(fault.message) < 400, fault.message
            assert fault.pointer == "" or fault.pointer.startswith("/")
        compile_all(document)
        serve(path, document)


def compile_all(document: Document) -> None:
    """Build the validators of all schemas."""
    for place in Subject(document).each("schema"):
        for schemas in (document.request_schemas, document.response_schemas):
            with suppress(SchemaFault):
                schemas.validator(place.pointer).is_valid({"name": 1})


def serve(path: Path, document: Document) -> None:
    """Ask for each operation."""
    application = assemble(Settings(documents=(Source(path),), clock=NOON, log=False), lambda: NOON)
    watch = Watch()
    logging.getLogger().addHandler(watch)

    async def ask() -> None:
        async with client_of(application) as client:
            for operation in document.operations.values():
                target = re.sub(r"\{[^{}]*\}", "1", operation.path)
                for method in {"GET", operation.method}:
                    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", method):
                        continue
                    answer = await client.request(
                        method, f"http://mock{quote(target, safe='/%')}", json={}, headers={"X-Key": "k"}
                    )
                    assert 200 <= answer.status_code < 600

    try:
        asyncio.run(ask())
    finally:
        logging.getLogger().removeHandler(watch)
    assert [watch.seen[0].getMessage(), str(watch.seen[0].exc_info)] == [] if watch.seen else True


@pytest.mark.parametrize("base", BASES, ids=["3.1", "3.0", "2.0"])
def test_sound_document_is_served(base: dict[str, Any]) -> None:
    judge(base)


# The same ones each time: what chance finds is for the long test, and for nobody who is about to land something else.
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(base=st.sampled_from(BASES), changes=CHANGES)
def test_sloppy_document_is_refused_in_one_line_or_served(
    base: dict[str, Any], changes: list[Change]
) -> None:
    root = deepcopy(base)
    change(root, changes)

    judge(root)


@pytest.mark.slow
@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(base=st.sampled_from(BASES), changes=CHANGES)
def test_many_sloppy_documents_are_refused_in_one_line_or_served(
    base: dict[str, Any], changes: list[Change]
) -> None:
    root = deepcopy(base)
    change(root, changes)

    judge(root)
