"""Broken rules as findings, and what the document says about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.describing import describe, excerpt
from mockserver.contract.findings import Came, Level, Sent
from mockserver.document.builder import build
from mockserver.document.model import Document
from mockserver.mocking.judging import Judge, Message, Reply

RESPONSES = "/paths/~1pet/get/responses"
SCHEMA = f"{RESPONSES}/200/content/application~1json/schema"
JSON = ((b"content-type", b"application/json"),)


@pytest.fixture
def document() -> Document:
    named = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    answer = {"description": "A pet.", "content": {"application/json": {"schema": named}}}
    operation: dict[str, Any] = {
        "operationId": "getPet",
        "responses": {"200": answer, "404": {"description": ""}},
    }
    root = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "security": [{"key": []}],
        "paths": {"/pet": {"get": operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    return build(root, Path("pets.json"))


@pytest.mark.parametrize(
    ("path", "status", "body", "check", "level", "pointer"),
    [
        ("/pet", 200, b"{}", "response-body", Level.ERROR, f"{SCHEMA}/required"),
        ("/pet", 403, b"{}", "undeclared-status", Level.WARNING, RESPONSES),
        ("/pet", 415, b"{}", "undeclared-status", Level.NOTE, RESPONSES),
        ("/pet", 201, b"{}", "undeclared-status", Level.ERROR, RESPONSES),
        ("/pet", 500, b"{}", "server-error", Level.ERROR, RESPONSES),
        ("/cat", 200, b"{}", "unknown-path", Level.WARNING, None),
        ("/pet", 200, b"{", "response-body", Level.ERROR, SCHEMA),
    ],
)  # fmt: skip
def test_broken_rule_becomes_a_finding_with_its_place_in_the_document(
    document: Document, path: str, status: int, body: bytes, check: str, level: Level, pointer: str | None
) -> None:
    judged = Judge(document).judge(
        Message("GET", path, headers=((b"x-key", b"1"),)), Reply(status, JSON, body)
    )
    (finding,) = describe(document, judged, Sent("GET", f"http://localhost{path}"), Came(status))

    assert (finding.check, finding.level) == (check, level)
    assert (finding.says.pointer if finding.says else None) == pointer
    assert finding.advice


def test_missing_credentials_point_to_the_requirement_that_asks_for_them(document: Document) -> None:
    (finding,) = describe(document, Judge(document).judge(Message("GET", "/pet")))

    assert finding.says is not None
    assert (finding.check, finding.says.pointer) == ("request-security", "/security")
    assert finding.says.text == 'security: [{"key": []}]'


def test_long_rule_is_shown_in_a_few_short_lines(document: Document) -> None:
    lines = excerpt(document, "/paths/~1pet/get").splitlines()

    assert lines[0].startswith("get:")
    assert 1 < len(lines) <= 13
    assert all(len(line) < 130 for line in lines)


def test_place_without_anything_shows_nothing(document: Document) -> None:
    assert excerpt(document, "/paths/~1pet/put") == ""


def test_path_that_is_not_there_is_told_with_those_that_are_near(document: Document) -> None:
    judged = Judge(document).judge(Message("POST", "/pets"))
    (finding,) = describe(document, judged, Sent("POST", "http://localhost/pets"))

    assert finding.message.splitlines() == [
        "path: no path of the document matches /pets",
        "nearest: GET /pet (getPet): 'pets' should be 'pet' and the method should be GET",
    ]
