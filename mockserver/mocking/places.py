"""Where things are: the URL of what was made, and of the other pages of a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from mockserver.document.model import Document, Operation
from mockserver.document.naming import singular, thing_of, variables, word
from mockserver.document.plan import Action, OperationPlan, Plan
from mockserver.errors import Json
from mockserver.mocking.behaviours import Outcome
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.reflection import id_in

_NUMBERS: Final = ("page", "pagenumber", "pageno", "pageindex")
_OFFSETS: Final = ("offset", "skip", "start", "startat")
_LIMITS: Final = ("limit", "perpage", "pagesize", "size", "take", "maxresults", "top")
_CURSORS: Final = (
    "cursor",
    "after",
    "pagetoken",
    "startingafter",
    "continuationtoken",
    "nextcursor",
    "marker",
)
_USUAL_LIMIT: Final = 20
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


class PageLinks:
    """The `Link` field of a list (RFC 8288), by the parameters that choose the page."""

    def __init__(self, operation: Operation) -> None:
        names = {word(item.name): item.name for item in operation.parameters if item.place == "query"}

        def first(known: tuple[str, ...]) -> str | None:
            return next((names[name] for name in known if name in names), None)

        self._number, self._offset = first(_NUMBERS), first(_OFFSETS)
        self._limit, self._cursor = first(_LIMITS), first(_CURSORS)

    def of(self, request: Request, answer: Answer, outcome: Outcome | None) -> str:
        """Return the links from a page to the first, the one before and the next; without pages, to itself."""
        page = outcome.page if outcome is not None else None
        query = {name: value for name, value in request.query.items() if value is not None}
        limit = page.limit if page is not None and page.limit else query.get(self._limit or "", _USUAL_LIMIT)
        limit = limit if isinstance(limit, int) and limit > 0 else _USUAL_LIMIT
        links: list[tuple[str, dict[str, Json]]] = []
        name = self._number or self._offset
        if name is not None:
            step, low = (1, 1) if self._number else (limit, 0)
            now = query.get(name, low)
            now = now if isinstance(now, int) else low
            links.append(("first", {name: low}))
            if now - step >= low:
                links.append(("prev", {name: now - step}))
            if page is None or page.offset + len(page.ids) < page.total:
                links.append(("next", {name: now + step}))
        elif self._cursor is not None and isinstance(answer.body, list | dict):
            last = answer.body[-1] if isinstance(answer.body, list) and answer.body else answer.body
            cursor = id_in(last, ["next", "nextcursor", "cursor", "id"])
            if cursor is not None:
                links.append(("next", {self._cursor: cursor}))
        if not links:
            links.append(("self", {}))
        return ", ".join(
            f'<{request.path_text}{_query({**query, **changes})}>; rel="{rel}"' for rel, changes in links
        )


def _query(values: Mapping[str, Json]) -> str:
    plain = [
        (name, str(item).lower() if isinstance(item, bool) else str(item))
        for name, value in values.items()
        for item in (value if isinstance(value, list) else [value])
        if not isinstance(item, dict | list)
    ]
    return f"?{urlencode(plain, errors='replace')}" if plain else ""
