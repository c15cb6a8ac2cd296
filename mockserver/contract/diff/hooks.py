"""Webhooks and callbacks: operations in which the server is the client.

What it sends in a request is an answer to those who listen, and what they answer is their request: directions are
the other way round, and so is the law.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.diff.changes import Spot
from mockserver.contract.diff.differences import raw
from mockserver.document import builder
from mockserver.document import pointer as ptr
from mockserver.document.dialect import Direction
from mockserver.document.model import Document, Operation
from mockserver.document.structure import METHODS

_WHOLE: Final = {
    "endpoint-added": "webhook-added",
    "api-path-removed-without-deprecation": "webhook-removed",
    "api-removed-without-deprecation": "webhook-removed",
}
_Item = tuple[str, dict[str, Any], str]


@dataclass(frozen=True, slots=True)
class Hooked:
    """Two documents whose paths are the webhooks and callbacks of two others.

    Attributes:
        places: Of each, from pointers of its paths to where they stand in the other one.
    """

    old: Document
    new: Document
    places: tuple[Mapping[str, str], Mapping[str, str]]

    def placed(
        self, place: Callable[[Document, str], Spot], old: Document, new: Document
    ) -> Callable[[Document, str], Spot]:
        """Return what finds places of these documents in the ones that they were made of."""

        def find(document: Document, pointer: str) -> Spot:
            side = 0 if document is self.old else 1
            for path, origin in self.places[side].items():
                if pointer == path or pointer.startswith(f"{path}/"):
                    pointer = origin + pointer[len(path) :]
                    break
            return place((old, new)[side], pointer)

        return find


def pair(old: Document, new: Document) -> Hooked | None:
    """Return the webhooks and callbacks of two documents; None where neither has any."""
    before, after = [*_items(old)], [*_items(new)]
    if not before and not after:
        return None
    return Hooked(_document(old, before), _document(new, after), (_places(before), _places(after)))


def name_of(operation: Operation) -> str:
    """Return the name of an operation of such a document: `POST webhook newPet`."""
    return f"{operation.method} {operation.path.removeprefix('/')}"


def _places(items: list[_Item]) -> dict[str, str]:
    return {ptr.join("/paths", f"/{name}"): place for name, _, place in items}


def _document(document: Document, items: list[_Item]) -> Document:
    kept = {
        key: value for key, value in document.root.items() if key not in ("paths", "webhooks", "security")
    }
    paths = {f"/{name}": item for name, item, _ in items}
    return builder.build({**kept, "openapi": _version(document), "paths": paths}, document.source)


def flipped(direction: Direction) -> Direction:
    """Return the other direction."""
    return Direction.RESPONSE if direction is Direction.REQUEST else Direction.REQUEST


def id_of_schema(identifier: str) -> str:
    """Return the id of a difference of schemas, which was found in the other direction."""
    words = {"request": "webhook-response", "response": "webhook-request"}
    return re.sub(r"\b(request|response)(?=-)", lambda match: words[match[1]], identifier, count=1)


def id_of_message(identifier: str) -> str:
    """Return the id of a difference of messages as such."""
    if identifier in _WHOLE:
        return _WHOLE[identifier]
    return re.sub(r"\b(request|response)(?=-)", r"webhook-\1", identifier, count=1)


def _version(document: Document) -> str:
    """Return the version of the form that a document was brought into."""
    return document.version if document.version.startswith("3") else "3.0.3"


def _items(document: Document) -> Iterator[_Item]:
    """Yield name, path item and pointer of each."""
    for name, item in raw(document, "/webhooks").items():
        if isinstance(item, dict):
            yield f"webhook {name}", item, ptr.join("/webhooks", name)
    for operation in document.operations.values():
        place = ptr.join(operation.pointer, "callbacks")
        for name, callback in raw(document, place).items():
            found, pointer = _followed(document, callback, ptr.join(place, name))
            for expression, item in found.items():
                if isinstance(item, dict) and any(method in item for method in METHODS):
                    # The expression says where to, and is no path; its variables are no parameters.
                    label = f"callback {name} of {operation}".replace("{", "(").replace("}", ")")
                    yield label, item, ptr.join(pointer, expression)


def _followed(document: Document, node: Any, pointer: str) -> tuple[dict[str, Any], str]:
    reference = node.get("$ref") if isinstance(node, dict) else None
    if isinstance(reference, str):
        pointer = ptr.of_reference(reference)
        node = raw(document, pointer)
    return (node if isinstance(node, dict) else {}), pointer
