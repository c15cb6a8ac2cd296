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


def refine_resource(
    record: dict[str, Any],
    *,
    create: dict[str, Any] | None = None,
    required: list[str] | None = None,
    update: dict[str, Any] | None = None,
    refusals: dict[str, str] | None = None,
    deletes: str | None = None,
    actions: dict[str, dict[str, str]] | None = None,
    name: str = "orders",
    more: dict[str, dict[str, Any]] | None = None,
    parents: dict[str, str] | None = None,
    whole: dict[str, Any] | None = None,
) -> tuple[View, Found]:
    """Return a resource with a creation, a change and a deletion that take such bodies, and its sub-actions.

    Args:
        record: Properties of its records.
        create, update: Properties of the bodies.
        required: Properties that a creation requires.
        refusals: Status -> description of what a creation answers.
        deletes: Summary of the deletion.
        actions: Verb -> status -> description of what the sub-action answers.
        name: Of the resource.
        more: Schemas of other resources.
        parents: Path parameter -> resource.
        whole: The schema of the record, where it is not a plain object.
    """
    reference = {"$ref": f"#{RECORD}"}
    content = {"application/json": {"schema": reference}}
    fine = {"200": {"description": "fine", "content": content}}
    path, item = f"/{name}", f"/{name}/{{id}}"

    def body(properties: dict[str, Any], names: list[str] | None = None) -> dict[str, Any]:
        return {"content": {"application/json": {"schema": {**thing(**properties), "required": names or []}}}}

    paths: dict[str, dict[str, Any]] = {path: {}, item: {"get": {"responses": fine}}}
    if create is not None:
        answers = {status: {"description": said} for status, said in (refusals or {}).items()}
        paths[path]["post"] = {"requestBody": body(create, required), "responses": {**fine, **answers}}
    if update is not None:
        paths[item]["patch"] = {"requestBody": body(update), "responses": fine}
    if deletes is not None:
        paths[item]["delete"] = {"summary": deletes, "responses": {"204": {"description": "gone"}}}
    for verb, answers in (actions or {}).items():
        said = {status: {"description": text} for status, text in answers.items()}
        paths[f"{item}/{verb}"] = {"post": {"responses": {**fine, **said}}}
    components = record_of(record)
    if whole is not None:
        components["schemas"]["Record"] = whole
    components["schemas"].update(more or {})
    view = View(document(paths, components=components))
    kinds = {"post": "create", "get": "get", "patch": "update", "delete": "delete"}
    operations, subs = [], []
    for operation in view.document.operations.values():
        verb = operation.path.removeprefix(item).strip("/") if operation.path.startswith(item) else ""
        if verb:
            subs.append((verb, found_operation(operation, "update", view)))
        else:
            operations.append(found_operation(operation, kinds[operation.method.lower()], view))
    return view, Found(
        name, RECORD, path, id_parameter="id", parents=parents or {}, bound={key: key for key in parents or {}},
        operations=tuple(operations), sub_actions=tuple(subs),
    )  # fmt: skip
