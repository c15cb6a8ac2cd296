"""Where the other pages of a list are: their URLs, and the `Link` field (RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, unquote_plus, urlencode

from mockserver.document.model import Operation
from mockserver.document.naming import word
from mockserver.document.plan import Paging
from mockserver.errors import Json
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.page import Page
from mockserver.mocking.reflection import id_in

_NUMBERS: Final = ("page", "pagenumber", "pageno", "pageindex")
_OFFSETS: Final = ("offset", "skip", "start", "startat")
_LIMITS: Final = ("limit", "perpage", "pagesize", "size", "take", "maxresults", "top")
_CURSORS: Final = (
    "cursor", "after", "pagetoken", "startingafter", "continuationtoken", "nextcursor", "marker",
)  # fmt: skip
_USUAL_LIMIT: Final = 20
_PARAMETER: Final = re.compile(r"\$request\.query\.([^#]+)(?:#/([^/]+))?")
_STYLES: Final = ("token", "after", "before", "number", "offset", "start")
_RELATIONS: Final = ("first", "prev", "next", "last")
Changes = Mapping[str, Json]
"""Query parameter -> its value; None where it has none."""


class PageLinks:
    """Where the other pages of one operation's list are, by the parameters that choose the page.

    Args:
        operation: The operation.
        paging: What the plan says of its pages; without it, they are known by their usual names.
    """

    def __init__(self, operation: Operation, paging: Paging | None = None) -> None:
        self._names: dict[str, str] = {}
        for style in _STYLES if paging is not None else ():
            name = _parameter(getattr(paging, style))
            if name is not None:
                self._names[style] = name
        names = {word(item.name): item.name for item in operation.parameters if item.place == "query"}

        def first(known: tuple[str, ...]) -> str | None:
            return next((names[name] for name in known if name in names), None)

        self._number, self._offset = first(_NUMBERS), first(_OFFSETS)
        self._limit, self._cursor = first(_LIMITS), first(_CURSORS)

    def name(self, style: str) -> str | None:
        """Return the query parameter that chooses a page in one way, e.g. `token`; None for none."""
        return self._names.get(style)

    # From state.

    def url(self, request: Request, page: Page, relation: str) -> str | None:
        """Return path and query of the page that is `self`, `first`, `prev`, `next` or `last`; None for none."""
        changes = {} if relation == "self" else self._changes(request, page, relation)
        return None if changes is None else f"{request.path_text}{_changed(request, changes)}"

    def field(self, request: Request, page: Page) -> str:
        """Return the links to the first page, the one before, the next and the last; without pages, to itself."""
        found = [(name, self.url(request, page, name)) for name in _RELATIONS]
        links = [(name, url) for name, url in found if url is not None]
        if not links:
            links = [("self", f"{request.path_text}{_changed(request, {})}")]
        return ", ".join(f'<{url}>; rel="{name}"' for name, url in links)

    def _changes(self, request: Request, page: Page, relation: str) -> Changes | None:
        """Return what another page has otherwise in its query; None where there is no such page."""
        if not self._names:
            return None
        none: dict[str, Json] = dict.fromkeys(self._names.values())
        style = self._style(request)
        if style in ("number", "offset", "start"):
            last = max(page.pages - 1, 0)
            is_number = style == "number"
            low = page.first if is_number else page.base
            value = {
                "first": low,
                "prev": page.previous_number if is_number else page.previous,
                "next": page.next_number if is_number else page.next,
                "last": low + (last if is_number else last * page.limit),
            }[relation]
            return None if value is None else {**none, self._names[style]: value}
        if relation == "first":
            return none
        if relation == "next" and page.more:
            if "token" in self._names:
                return {**none, self._names["token"]: page.next_token}
            if "after" in self._names:
                return {**none, self._names["after"]: page.last_id}
        if relation == "prev" and page.offset and page.records:
            if "token" in self._names:
                return {**none, self._names["token"]: page.previous_token}
            if "before" in self._names:
                return {**none, self._names["before"]: page.first_id}
        return None

    def _style(self, request: Request) -> str:
        """Return the way in which a request chooses its page, else the first that there is."""
        for style, name in self._names.items():
            if request.query.get(name) is not None:
                return style
        return next(iter(self._names))

    # Not from state.

    def guessed(self, request: Request, answer: Answer) -> str:
        """Return the links of a list of which nothing is known but its parameters and its answer."""
        limit = request.query.get(self._limit or "", _USUAL_LIMIT)
        limit = limit if isinstance(limit, int) and limit > 0 else _USUAL_LIMIT
        links: list[tuple[str, dict[str, Json]]] = []
        name = self._number or self._offset
        if name is not None:
            step, low = (1, 1) if self._number else (limit, 0)
            now = request.query.get(name, low)
            now = now if isinstance(now, int) else low
            links.append(("first", {name: low}))
            if now - step >= low:
                links.append(("prev", {name: now - step}))
            links.append(("next", {name: now + step}))
        elif self._cursor is not None and isinstance(answer.body, list | dict):
            last = answer.body[-1] if isinstance(answer.body, list) and answer.body else answer.body
            cursor = id_in(last, ["next", "nextcursor", "cursor", "id"])
            if cursor is not None:
                links.append(("next", {self._cursor: cursor}))
        if not links:
            links.append(("self", {}))
        return ", ".join(
            f'<{request.path_text}{_changed(request, changes)}>; rel="{relation}"'
            for relation, changes in links
        )


def _parameter(raw: Json) -> str | None:
    """Return the query parameter that a value of the plan is, as it is written in a query."""
    if isinstance(raw, str):
        match = _PARAMETER.fullmatch(raw)
        return None if match is None else match[1] if match[2] is None else f"{match[1]}[{match[2]}]"
    if isinstance(raw, dict) and isinstance(raw.get("first"), list):
        return next((name for part in raw["first"] if (name := _parameter(part)) is not None), None)
    return None


def _changed(request: Request, changes: Changes) -> str:
    """Return a request's query with some parameters changed, and all else as it was sent."""
    kept: list[str]
    if request.raw_query is None:
        kept = [urlencode([pair], errors="replace") for pair in _pairs(request.query, changes)]
    else:
        sent = request.raw_query.decode("latin-1").split("&")
        kept = [part for part in sent if part and unquote_plus(part.partition("=")[0]) not in changes]
    kept += [
        f"{quote(name, safe='[]$')}={quote(str(value), safe='', errors='replace')}"
        for name, value in changes.items()
        if value is not None
    ]
    return f"?{'&'.join(kept)}" if kept else ""


def _pairs(query: Mapping[str, Json], changes: Changes) -> Iterator[tuple[str, str]]:
    for name, value in query.items():
        if name in changes or value is None:
            continue
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict | list):
                yield name, str(item).lower() if isinstance(item, bool) else str(item)
