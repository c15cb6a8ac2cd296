"""What is wrong with a document shows in the reader's report, in checks, and where its answers are tried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockserver.document import builder
from mockserver.document.model import Document, Severity
from mockserver.mocking import soundness


def document(schema: dict[str, Any]) -> Document:
    """Return a document whose one operation answers a schema twice."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    responses = {status: {"description": "fine", "content": content} for status in ("200", "404")}
    root = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets": {"get": {"operationId": "listPets", "responses": responses}}},
        "components": {"schemas": {"Pet": schema}},
    }
    return builder.build(root, Path("api.yaml"))


ENDLESS = {"type": "object", "required": ["pet"], "properties": {"pet": {"$ref": "#/components/schemas/Pet"}}}


def test_schema_whose_values_have_no_end_is_told_once_for_all_that_answer_it() -> None:
    (fault,) = {item.pointer: item for item in soundness.trial(document(ENDLESS))}.values()

    assert (fault.rule, fault.severity) == ("generate", Severity.WARNING)
    assert fault.message.startswith("nothing valid can be made up: ")
    assert fault.effect.startswith("GET /pets")


def test_trial_of_a_sound_document_finds_nothing() -> None:
    assert list(soundness.trial(document({"type": "object"}))) == []


def test_trial_that_takes_too_long_stops_and_says_how_far_it_came() -> None:
    told: list[tuple[int, int]] = []

    found = list(
        soundness.trial(document(ENDLESS), is_late=lambda: True, on_late=lambda *counts: told.append(counts))
    )

    assert found == []
    assert told == [(0, 2)]


def test_report_has_reading_checks_hints_and_trial() -> None:
    schema = {
        **ENDLESS,
        "properties": {
            **ENDLESS["properties"],
            "name": {"type": "string", "x-faker": "nmae", "pattern": "[", "examples": [1]},
        },
    }
    model = document(schema)

    found = {fault.rule for fault in soundness.report(model, model.root)}

    assert found == {"schema", "example", "x-faker", "generate"}


def test_start_tells_what_can_be_seen_at_once() -> None:
    schema = {
        **ENDLESS,
        "properties": {**ENDLESS["properties"], "name": {"x-faker": "nmae", "examples": [1]}},
    }

    assert {fault.rule for fault in soundness.at_start(document(schema))} == {"x-faker"}
