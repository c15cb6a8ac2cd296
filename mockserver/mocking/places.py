"""Where things are: the URL of what was made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from mockserver.document.model import Document, Operation
from mockserver.document.naming import singular, thing_of, variables
from mockserver.document.plan import Action, OperationPlan, Plan
from mockserver.errors import Json
from mockserver.mocking.behaviours import Outcome
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.reflection import id_in

_UNRESERVED: Final = re.compile(r"[A-Za-z0-9_.~-]+").fullmatch
"""What stands in a path as it is (RFC 3986 section 2.3)."""


class ItemPath:
    """The path of what an operation makes.

    Args:
        operation: The operation that makes it.
        template: The path of the item, with the id as its last variable.
    """

    def __init__(self, operation: Operation, template: str) -> None:
        self._own = operation.path
        self._template = template
        self._names = variables(template)
        self._head, self._tail = template.split("{" + self._names[-1] + "}", 1)
        self.id_names = [self._names[-1], "id", f"{singular(thing_of(template))}id"]

    def of(self, request: Request, answer: Answer, outcome: Outcome | None) -> str | None:
        """Return the URL path of the item that an answer is about; None where its id cannot be told."""
        records = outcome.records if outcome is not None else []
        id: Json = records[0].id if records else None
        if id is not None and len(self._names) == 1 and request.path_text == self._own:
            return f"{self._head}{_segment(id)}{self._tail}"  # the usual case
        data: Mapping[str, Json] = records[0].data if records else {}
        if id is None:
            id = id_in(answer.body, self.id_names)
        if id is None and self._template == self._own:
            id = request.path.get(self._names[-1])
        values = {name: request.path.get(name, data.get(name)) for name in self._names[:-1]}
        values[self._names[-1]] = id
        if any(value is None for value in values.values()):
            return None
        filled = self._template
        for name, value in values.items():
            filled = filled.replace("{" + name + "}", _segment(value))
        return prefix_of(request, self._own) + filled


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
        if readers:
            return ItemPath(operation, readers[0].operation.path)
    if operation.path.endswith("}"):
        return ItemPath(operation, operation.path)
    below = re.compile(re.escape(operation.path.rstrip("/")) + r"/\{[^{}/]+\}/?")
    found = [other for other in document.operations.values() if below.fullmatch(other.path)]
    found.sort(key=lambda other: other.method != "GET")
    return ItemPath(operation, found[0].path) if found else None


def _reads(item: OperationPlan, planned: OperationPlan) -> bool:
    is_same = item.resource is planned.resource and item.action is Action.GET
    return is_same and item.operation.path.endswith("}")
