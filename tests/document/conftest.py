"""Small documents for the tests of `mockserver.document`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockserver.document import builder
from mockserver.document.messages.parameters import ParameterReader, ParameterValues
from mockserver.document.model import Document, Operation
from mockserver.errors import Violation

SOURCE = Path("api.yaml")
ANSWERS: dict[str, Any] = {"200": {"description": "fine"}}


def document(paths: dict[str, Any] | None = None, *, version: str = "3.1.0", **more: Any) -> Document:
    """Return the model of a document; what is not said is as small as can be."""
    root = {"openapi": version, "info": {"title": "Pets", "version": "1"}, "paths": paths or {}, **more}
    return builder.build(root, SOURCE)


def with_schemas(*, version: str = "3.1.0", **schemas: Any) -> Document:
    """Return the model of a document with these schemas."""
    return document(version=version, components={"schemas": schemas})


def with_parameter(declared: dict[str, Any], *, path: str = "/pets", **more: Any) -> Document:
    """Return the model of a document whose one operation has one parameter."""
    return document({path: {"get": {"parameters": [declared], "responses": ANSWERS}}}, **more)


def only_operation(model: Document) -> Operation:
    """Return the one operation of a document."""
    (operation,) = model.operations.values()
    return operation


def read_parameters(
    model: Document,
    *,
    path: dict[str, str] | None = None,
    query: str | bytes = "",
    headers: dict[str, str] | None = None,
) -> tuple[ParameterValues, list[Violation]]:
    """Read the parameters of a document's one operation."""
    violations: list[Violation] = []
    given = headers or {}
    reader = ParameterReader(only_operation(model), model.request_schemas)
    data = query if isinstance(query, bytes) else query.encode()
    return reader.read(path or {}, data, given.get, violations), violations
