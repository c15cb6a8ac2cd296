"""The document as Schemathesis gets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver import jsontext
from mockserver.contract.verify.documents import write
from mockserver.document.builder import build
from mockserver.document.plan import Plan


def written(version: str, schema: dict[str, Any], folder: Path) -> Any:
    """Return a schema as it is handed over."""
    content = {"application/json": {"schema": schema, "example": {"exclusiveMinimum": 1}}}
    post = {"requestBody": {"content": content}, "responses": {"200": {"description": ""}}}
    root = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/a": {"post": post}}}
    model = build(root, Path("api.json"))
    handed = jsontext.loads(write(model, Plan(), folder).read_bytes())
    media = handed["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]
    assert media["example"] == {"exclusiveMinimum": 1}
    return media["schema"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        {"type": "number", "maximum": 5, "exclusiveMaximum": True},
        {"properties": {"exclusiveMinimum": {"type": "integer", "minimum": 1, "exclusiveMinimum": True}}},
    ],
)  # fmt: skip
def test_bounds_of_3_0_stay_in_its_words(schema: dict[str, Any], tmp_path: Path) -> None:
    """Numbers in `exclusiveMinimum` are no schema there, and a tester cannot make values for them."""
    assert written("3.0.3", schema, tmp_path) == schema


def test_bounds_of_3_1_stay_as_they_are(tmp_path: Path) -> None:
    schema = {"type": "integer", "exclusiveMinimum": 0, "minimum": 5}

    assert written("3.1.0", schema, tmp_path) == schema
