"""Checks of paths and operations, beside what the reader of a document meets. Each is `(subject) -> faults`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.builder import IGNORED_HEADERS
from mockserver.document.checks.subject import Subject
from mockserver.document.model import Fault, Operation, Severity
from mockserver.document.structure import METHODS
from mockserver.errors import Json

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")


def _named(operation: Operation) -> str:
    return f"it is called {operation.id!r} here"


def operation_ids(subject: Subject) -> Iterator[Fault]:
    """Operations without a name, and names that are used twice."""
    users: dict[str, str] = {}
    for operation in subject.document.operations.values():
        node = _at(subject.root, operation.pointer)
        declared = node.get("operationId")
        if not isinstance(declared, str) or not declared:
            yield Fault(
                operation.pointer,
                "operationId",
                "an operation has no operationId",
                _named(operation),
                Severity.WARNING,
            )
        elif (first := users.setdefault(declared, str(operation))) != str(operation):
            yield Fault(
                operation.pointer,
                "operationId",
                f"operationId {declared!r} is that of {first} too",
                _named(operation),
            )


def path_names(subject: Subject) -> Iterator[Fault]:
    """Paths that cannot be the paths of requests."""
    for name, pointer, _ in _path_items(subject):
        if re.search(r"[?#]", _VARIABLE.sub("", name)):
            yield Fault(
                pointer,
                "path",
                "a path has a query or a fragment, which belong to no path",
                f"requests for {re.split('[?#]', name)[0]} do not know of it",
                Severity.WARNING,
            )
        if "{}" in name or name.count("{") != name.count("}"):
            yield Fault(
                pointer, "path", f"a variable of {name!r} has no name, or no end", severity=Severity.WARNING
            )


def equal_templates(subject: Subject) -> Iterator[Fault]:
    """Templates that differ only in the names of their variables (OAS 3.1.1 section 4.8.8.2)."""
    seen: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, pointer, node in _path_items(subject):
        shape = _VARIABLE.sub("{}", name)
        other, first = seen.setdefault(shape, (name, node))
        if other == name:
            continue
        both = [method.upper() for method in METHODS if method in node and method in first]
        yield Fault(
            pointer,
            "path-template",
            f"{name!r} means the same paths as {other!r}",
            f"{', '.join(both)} is answered by the first of them"
            if both
            else "their methods are put together",
        )


def parameters(subject: Subject) -> Iterator[Fault]:
    """Parameters that are declared twice, headers that are ignored, and variables that stand twice in a path."""
    for place in subject.each("parameter"):
        name = place.node.get("name")
        if place.node.get("in") == "header" and str(name).lower() in IGNORED_HEADERS:
            yield Fault(
                place.pointer,
                "ignored-header",
                f"the header parameter {name!r} has no meaning (OAS 3.1.1 section 4.8.12.1)",
                "it is ignored",
                Severity.WARNING,
            )
    for owner in (*subject.each("operation"), *subject.each("path-item")):
        declared = owner.node.get("parameters")
        seen_before: set[tuple[str, str]] = set()
        for index, item in enumerate(declared if isinstance(declared, list) else ()):
            node = _resolved(subject.root, item)
            key = (str(node.get("in")), str(node.get("name")))
            if node and key in seen_before:
                yield Fault(
                    ptr.join(owner.pointer, "parameters", index),
                    "parameter",
                    f"the {key[0]} parameter {key[1]!r} is declared twice",
                    "the last one counts",
                )
            seen_before.add(key)
    for operation in subject.document.operations.values():
        variables = _VARIABLE.findall(operation.path)
        for name in dict.fromkeys(item for item in variables if item and variables.count(item) > 1):
            yield Fault(
                operation.pointer,
                "parameter",
                f"the variable {name!r} stands twice in {operation.path}",
                severity=Severity.WARNING,
            )


def responses(subject: Subject) -> Iterator[Fault]:
    """Operations without responses."""
    optional = not subject.document.version.startswith(("2", "3.0"))
    for operation in subject.document.operations.values():
        if not operation.responses:
            yield Fault(
                operation.pointer,
                "responses",
                "an operation declares no response",
                "it is answered with an empty 200",
                Severity.WARNING if optional else Severity.ERROR,
            )


def _path_items(subject: Subject) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the paths with the places where they stand and what they lead to."""
    paths = subject.root.get("paths")
    for name, item in paths.items() if isinstance(paths, dict) else ():
        if not name.startswith("x-"):
            yield name, ptr.join("/paths", name), _resolved(subject.root, item)


def _at(root: Json, pointer: str) -> dict[str, Any]:
    try:
        node = ptr.lookup(root, pointer)
    except (KeyError, ValueError):
        return {}
    return _resolved(root, node)


def _resolved(root: Json, node: Json) -> dict[str, Any]:
    """Return an object, references followed; an empty one where they lead nowhere."""
    for _ in range(100):
        if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
            break
        try:
            node = ptr.lookup(root, ptr.of_reference(node["$ref"]))
        except (KeyError, ValueError):
            return {}
    return node if isinstance(node, dict) else {}
