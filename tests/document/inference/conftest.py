"""Small documents for the tests of inference, written as a table of operations."""

from __future__ import annotations

from typing import Any

from mockserver.document.inference import Inferred, infer
from mockserver.document.model import Document
from tests.document.conftest import document

STRING: dict[str, Any] = {"type": "string"}
INTEGER: dict[str, Any] = {"type": "integer"}


def record(*names: str, **schemas: Any) -> dict[str, Any]:
    """Return the schema of an object: `names` are texts."""
    return {"type": "object", "properties": {**dict.fromkeys(names, STRING), **schemas}}


def many(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an array."""
    return {"type": "array", "items": schema}


def ref(name: str) -> dict[str, Any]:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def op(
    answer: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    *,
    status: str | int = 200,
    query: dict[str, Any] | None = None,
    media: str = "application/json",
    errors: tuple[str, ...] = ("404",),
    **more: Any,
) -> dict[str, Any]:
    """Return an operation that answers, and takes, JSON of these schemas."""
    content = {} if answer is None else {"content": {"application/json": {"schema": answer}}}
    responses = {
        str(status): {"description": "fine", **content},
        **{code: {"description": "no"} for code in errors},
    }
    node: dict[str, Any] = {"responses": responses, **more}
    if body is not None:
        node["requestBody"] = {"content": {media: {"schema": body}}}
    node["parameters"] = [
        {"name": name, "in": "query", "schema": schema} for name, schema in (query or {}).items()
    ]
    return node


def api(
    operations: dict[str, dict[str, Any]], *, variables: dict[str, Any] | None = None, **schemas: Any
) -> Document:
    """Return a document of these operations: `GET /pets/{petId}` -> Operation Object, which is its operation id, too.

    Args:
        operations: The operations.
        variables: Schemas of path variables; texts, where nothing is said.
        schemas: Named schemas.
    """
    paths: dict[str, dict[str, Any]] = {}
    for name, node in operations.items():
        method, _, path = name.partition(" ")
        declared = [
            {
                "name": variable,
                "in": "path",
                "required": True,
                "schema": (variables or {}).get(variable, STRING),
            }
            for variable in [part.partition("}")[0] for part in path.split("{")[1:]]
        ]
        parameters = [*declared, *node.get("parameters", ())]
        paths.setdefault(path, {})[method.lower()] = {**node, "operationId": name, "parameters": parameters}
    return document(paths, components={"schemas": schemas})


def plan(
    operations: dict[str, dict[str, Any]], *, variables: dict[str, Any] | None = None, **schemas: Any
) -> Inferred:
    """Return what a document of these operations implies."""
    return infer(api(operations, variables=variables, **schemas))


def actions(found: Inferred) -> dict[str, str]:
    """Return operation -> `action resource`, for those that have state."""
    return {name: f"{entry['action']} {entry['resource']}" for name, entry in found.raw["operations"].items()}
