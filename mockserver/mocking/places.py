"""Where things are: the URL of what was made."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from mockserver.document.model import Document, Operation
from mockserver.document.naming import singular, thing_of, variables
from mockserver.document.plan import Action, OperationPlan, Plan
from mockserver.errors import Json
from mockserver.mocking.behaviours import Outcome
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.reflection import id_in
from mockserver.mocking.store.ordering import at_path

_MOST_READERS: Final = 4
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9_.~-]+").fullmatch
"""What stands in a path as it is (RFC 3986 section 2.3)."""


class ItemPath:
    """The path of what an operation makes.

    Args:
        operation: The operation that makes it.
        template: The path of the item, with the id as its last variable.
        reader: What the plan says of the operation that reads it there.
        other: Where else it can be read, for a request that does not tell all that this path names.
    """

    def __init__(
        self,
        operation: Operation,
        template: str,
        reader: OperationPlan | None = None,
        other: ItemPath | None = None,
    ) -> None:
        self._own = operation.path
        self._template = template
        self._names = variables(template)
        self._head, self._tail = template.split("{" + self._names[-1] + "}", 1)
        self.id_names = [self._names[-1], "id", f"{singular(thing_of(template))}id"]
        self._properties = {} if reader is None else _properties(reader)
        self._same = _same(template, operation.path)
        self._other = other

    def of(self, request: Request, answer: Answer, outcome: Outcome | None) -> str | None:
        """Return the URL path of the item that an answer is about; None where its id cannot be told."""
        records = outcome.records if outcome is not None else []
        last = self._names[-1]
        id: Json = None
        if records:
            found = self._properties.get(last)
            id = records[0].id if found is None else at_path(records[0].data, found)
        if id is not None and len(self._names) == 1 and request.path_text == self._own:
            return f"{self._head}{_segment(id)}{self._tail}"  # the usual case
        data: dict[str, Json] = records[0].data if records else {}
        if id is None:
            id = id_in(answer.body, self.id_names)
        if id is None and self._template == self._own:
            id = request.path.get(last)
        values = {name: self._value(name, request, data) for name in self._names[:-1]}
        values[last] = id
        if any(value is None for value in values.values()):
            return None if self._other is None else self._other.of(request, answer, outcome)
        filled = self._template
        for name, value in values.items():
            filled = filled.replace("{" + name + "}", _segment(value))
        return prefix_of(request, self._own) + filled

    def _value(self, name: str, request: Request, data: dict[str, Json]) -> Json:
        value = request.path.get(name, request.path.get(self._same.get(name, name)))
        return at_path(data, self._properties.get(name, (name,))) if value is None else value


def _same(template: str, own: str) -> dict[str, str]:
    """Return the variables of a path that another one has in the same place, by what they are called there.

    A parent may have another name where its children are read than where they are made.
    """
    found: dict[str, str] = {}
    for theirs, ours in zip(template.split("/"), own.split("/"), strict=False):
        if theirs.startswith("{") and ours.startswith("{"):
            found[theirs[1:-1]] = ours[1:-1]
        elif theirs != ours:
            break
    return found


def _properties(reader: OperationPlan) -> dict[str, tuple[str, ...]]:
    """Return where in a record the values stand that the path of its reader names: parents, scopes, natural keys."""
    references = reader.resource.references.values()
    found: dict[str, tuple[str, ...]] = {item.path: (item.property,) for item in references if item.path}
    keys = {tuple(path.split(".")): raw for path, raw in reader.find.items()}
    keys.update({(name,): raw for name, raw in reader.resource.scope.items()})
    for path, raw in keys.items():
        if isinstance(raw, str) and raw.startswith("$request.path."):
            found[raw.removeprefix("$request.path.")] = path
    return found


def _segment(value: Json) -> str:
    text = value if isinstance(value, str) else str(value).lower()
    return text if _UNRESERVED(text) else quote(text.encode("utf-8", "replace"), safe="")


def prefix_of(request: Request, template: str) -> str:
    """Return what stands before an operation's own path: the document's name, a base path, or nothing."""
    segments = request.path_text.split("/")
    return "/".join(segments[: len(segments) - template.count("/")])


def item_path_of(document: Document, plan: Plan, operation: Operation) -> ItemPath | None:
    """Return the path of what an operation makes: as the plan knows it, else the one below its own; None for none."""
    planned = plan.operations.get(operation.id)
    if planned is not None:
        readers = [item for item in plan.operations.values() if _reads(item, planned)]
        readers.sort(key=lambda item: _distance(item, operation), reverse=True)
        place: ItemPath | None = None
        for reader in readers[-_MOST_READERS:]:
            place = ItemPath(operation, reader.operation.path, reader, place)
        if place is not None:
            return place
    if operation.path.endswith("}"):
        return ItemPath(operation, operation.path)
    below = re.compile(re.escape(operation.path.rstrip("/")) + r"/\{[^{}/]+\}/?")
    found = [other for other in document.operations.values() if below.fullmatch(other.path)]
    found.sort(key=lambda other: other.method != "GET")
    return ItemPath(operation, found[0].path) if found else None


def _reads(item: OperationPlan, planned: OperationPlan) -> bool:
    is_same = item.resource is planned.resource and item.action is Action.GET
    return is_same and item.operation.path.rstrip("/").endswith("}")


def _distance(item: OperationPlan, operation: Operation) -> tuple[bool, bool, int]:
    """Return how far the path of a reader is from that of a maker: below it or the same, by id, with few variables."""
    path, own = item.operation.path.rstrip("/"), operation.path.rstrip("/")
    is_near = path == own or (path.startswith(f"{own}/") and path.count("/") == own.count("/") + 1)
    return not is_near, bool(item.find), path.count("{")
