"""Documents for the tests of `diff`, made of fragments."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from mockserver.contract.diff.changes import Change
from mockserver.contract.diff.comparing import Options, compare
from mockserver.document import builder
from mockserver.document.model import Document

TODAY = date(2026, 1, 1)
FOLDER = Path(__file__).parent

BASE: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1"},
    "paths": {"/things": {"post": {"responses": {"200": {"description": "done"}}}}},
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "token": {"type": "http", "scheme": "bearer"},
            "login": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "https://a.example/token",
                        "scopes": {"read": "read", "write": "write"},
                    }
                },
            },
        }
    },
}


def load(name: str) -> Any:
    """Return what stands in a YAML file beside this one."""
    return yaml.safe_load((FOLDER / name).read_text())


def merged(base: Any, patch: Any) -> Any:
    """Return a copy with a patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return copy.deepcopy(result)


def root(at: str, fragment: Any, version: str = "3.1.0") -> dict[str, Any]:
    """Return a document with a fragment at a place; see the head of kinds.yaml."""
    body = {"type": "object", "properties": {"p": fragment}}
    content = {"application/json": {"schema": fragment if at.endswith("-body") else body}}
    operation: dict[str, Any] = {}
    if at.startswith("request"):
        operation = {"requestBody": {"content": content}}
    elif at.startswith("response"):
        operation = {"responses": {"200": {"description": "x", "content": content}}}
    elif at == "parameter":
        operation = {"parameters": [{"name": "q", "in": "query", "schema": fragment}]}
    elif at == "header":
        operation = {"responses": {"200": {"description": "x", "headers": {"X-A": {"schema": fragment}}}}}
    elif at == "operation":
        operation = fragment
    if at == "document":
        result: dict[str, Any] = merged({**BASE, "openapi": version}, fragment)
        return result
    result = copy.deepcopy({**BASE, "openapi": version})
    # Not merged: null in a schema is a value.
    result["paths"]["/things"]["post"].update(copy.deepcopy(operation))
    return result


def document(value: dict[str, Any], name: str = "api.yaml") -> Document:
    """Return a document of a JSON value."""
    return builder.build(value, Path(name))


def version_of(fragment: Any) -> str:
    """Return the version of OpenAPI whose words a fragment uses."""
    return (
        "3.0.3" if "'nullable'" in str(fragment) or "'exclusiveMinimum': True" in str(fragment) else "3.1.0"
    )


def changes(old: dict[str, Any], new: dict[str, Any], **options: Any) -> list[Change]:
    """Return the changes between two documents, without what is said of versions."""
    found = compare(document(old, "old.yaml"), document(new, "new.yaml"), TODAY, Options(**options))
    return [change for change in found.changes if "version" not in change.id]


def told(found: list[Change]) -> set[tuple[str, str]]:
    """Return ids and verdicts."""
    return {(change.id, str(change.verdict)) for change in found}
