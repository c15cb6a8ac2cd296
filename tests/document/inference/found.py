"""One resource of one small document, as inference finds it, for the tests of its details."""

from __future__ import annotations

from typing import Any

from mockserver.document.inference import Found, FoundOperation, Message, View
from mockserver.document.inference.lists import Lists, Refined
from mockserver.document.model import Operation
from tests.document.conftest import document

TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}
TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
FLAG: dict[str, Any] = {"type": "boolean"}
RECORD = "/components/schemas/Record"


def array(items: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def enum(*values: str, **more: Any) -> dict[str, Any]:
    """Return the schema of a text that is one of these."""
    return {"type": "string", "enum": list(values), **more}


def thing(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", "properties": properties}


def query(name: str, schema: dict[str, Any] | None = None, said: str = "", **more: Any) -> dict[str, Any]:
    """Return a query parameter."""
    return {"name": name, "in": "query", "schema": schema or TEXT, "description": said, **more}


def record_of(properties: dict[str, Any], *, required: list[str] | None = None) -> dict[str, Any]:
    """Return the components of a document with one kind of records."""
    return {"schemas": {"Record": {**thing(**properties), "required": required or []}}}


def found_operation(
    operation: Operation, action: str, view: View, *, path: tuple[str, ...] = (), many: bool = False
) -> FoundOperation:
    """Return an operation as inference finds it: records in its JSON bodies, those of a list at `path`."""
    body = operation.request_body
    media = next(iter(body.content.values()), None) if body is not None else None
    response = operation.responses.get("200")
    content = next(iter(response.content.values()), None) if response is not None else None
    schema = None if content is None else content.schema
    request = Message() if media is None else Message(media.schema, record=media.schema)
    record = RECORD if schema is not None else None
    answer = Message(schema, path, record, many=many, status=200)
    return FoundOperation(operation, action, "It does.", request, answer)


def refine_list(
    parameters: list[dict[str, Any]],
    record: dict[str, Any],
    *,
    envelope: dict[str, Any] | None = None,
    path: tuple[str, ...] = ("data",),
    body: dict[str, Any] | None = None,
    action: str = "list",
    name: str = "records",
    said: str = "",
    references: dict[str, dict[str, str]] | None = None,
    others: dict[str, Found] | None = None,
    schemas: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None,
) -> Refined:
    """Return what is read out of one list: of a bare array, or of an envelope that has the records at `path`."""
    items = array({"$ref": f"#{RECORD}"})
    schema = items if envelope is None else thing(**envelope)
    content = {"application/json": {"schema": schema}}
    node: dict[str, Any] = {
        "parameters": parameters,
        "description": said,
        "responses": {"200": {"description": "fine", "content": content}, **(more or {})},
    }
    if body is not None:
        node["requestBody"] = {"content": {"application/json": {"schema": thing(**body)}}}
    components = record_of(record)
    components["schemas"].update(schemas or {})
    model = document({"/records": {"post" if body is not None else "get": node}}, components=components)
    view = View(model)
    (operation,) = model.operations.values()
    found = Found(name, RECORD, "/records")
    many = envelope is None or bool(path)
    told = found_operation(operation, action, view, path=() if envelope is None else path, many=many)
    return Lists(view, {name: found, **(others or {})}, references or {}).refine(found, told)
