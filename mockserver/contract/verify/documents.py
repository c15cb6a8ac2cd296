"""The document as Schemathesis gets it: one file that every tool can read, with the links of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.model import Document, Operation
from mockserver.document.naming import variables
from mockserver.document.plan import Plan
from mockserver.document.planfile import links
from mockserver.document.structure import BUNDLED

_PARTS: Final = "x-parts"
_VALUES: Final = ("example", "examples", "default", "enum")
"""Keywords with values, in which nothing is a keyword."""


def write(document: Document, plan: Plan, folder: Path) -> Path:
    """Write a document into a folder, and return its file: normalised, and with the plan as links.

    By the links it is known which request may follow which: what was created is read, changed and deleted.
    """
    path = folder / f"{document.name}.json"
    root = links.linked(document, plan, portable(document.root))
    if root.pop("swagger", None):
        # Normalised it is in the form of 3.0; only its version is the author's.
        root = {"openapi": "3.0.3", **root}
    if document.legacy:
        root = _with_old_bounds(root)
    for operation in document.operations.values():
        _complete(root, operation)
    path.write_bytes(jsontext.dumps(root))
    return path


def _with_old_bounds(value: Any) -> Any:
    """Return schemas with their bounds in the words of OpenAPI 3.0: normalised, they have those of 3.1."""
    if isinstance(value, list):
        return [_with_old_bounds(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: member if key in _VALUES else _with_old_bounds(member) for key, member in value.items()}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        limit = result.get(exclusive)
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            own = result.get(bound, limit)
            # Where both are said, the one that lets less through counts.
            wins = limit >= own if bound == "minimum" else limit <= own
            if wins:
                result[bound], result[exclusive] = limit, True
            else:
                del result[exclusive]
    return result


def _complete(root: dict[str, Any], operation: Operation) -> None:
    """Add parameters for those variables of a path that nobody has declared: without them nothing can be asked."""
    item = root["paths"].get(operation.path)
    node = item.get(operation.method.lower()) if isinstance(item, dict) else None
    if not isinstance(node, dict):
        return
    given = [_followed(root, one) for holder in (item, node) for one in holder.get("parameters") or []]
    declared = {one.get("name") for one in given if one.get("in") == "path"}
    added = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in variables(operation.path)
        if name not in declared
    ]
    if added:
        node["parameters"] = [*(node.get("parameters") or []), *added]


def _followed(root: dict[str, Any], node: Any) -> Mapping[str, Any]:
    try:
        for _ in range(8):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                break
            node = ptr.lookup(root, ptr.of_reference(node["$ref"]))
    except (KeyError, ValueError, IndexError, TypeError):
        return {}
    return node if isinstance(node, dict) else {}


def portable(root: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document whose parts from other files have names that every tool can read in a reference.

    Ours are locations, with slashes and number signs that a reference has to encode twice; and the field that holds
    them is one that Schemathesis uses for itself.
    """
    homes = root.get(BUNDLED)
    if not isinstance(homes, dict):
        return dict(root)
    names = {
        (kind, key): f"part{number}"
        for kind, home in homes.items()
        for number, key in enumerate(home, start=1)
    }

    def renamed(reference: str) -> str:
        _, kind, key, *rest = ptr.split(ptr.of_reference(reference))
        return "#" + ptr.join("", _PARTS, kind, names[kind, key], *rest)

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(item) for item in value]
        if not isinstance(value, dict):
            return value
        result = {key: walk(member) for key, member in value.items()}
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(f"#/{BUNDLED}/"):
            result["$ref"] = renamed(reference)
        return result

    own = {key: walk(member) for key, member in root.items() if key != BUNDLED}
    moved = {
        kind: {names[kind, key]: walk(part) for key, part in home.items()} for kind, home in homes.items()
    }
    return {**own, _PARTS: moved}
