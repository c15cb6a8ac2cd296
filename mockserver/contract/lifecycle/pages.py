"""A list, walked from page to page in the way that the plan knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mockserver.contract.lifecycle.session import Seen, Session
from mockserver.contract.reading import input_of, property_of
from mockserver.document.model import Parameter
from mockserver.document.naming import variables
from mockserver.document.plan import ABSENT, OperationPlan
from mockserver.errors import Json, SchemaFault

SMALL_PAGES: Final = 8
"""Pages that are walked with few items each: enough to see whether they fit together."""
LARGE_PAGES: Final = 25
"""Pages that are walked with as many items as there may be, to see all."""
_WAYS: Final = ("token", "offset", "number", "start", "after")
_SMALL: Final = (2, 1, 3, 5, 10, 20)
_LARGE: Final = (100, 50, 25, 20, 10)
_LINK: Final = re.compile(r'<([^<>]*)>((?:\s*;\s*[^;,<>"]+(?:"[^"]*")?)*)')


@dataclass
class Walk:
    """Pages of a list, one after the other.

    Attributes:
        pages: Answers with their records; the last may be empty.
        limit: Items of a page that were asked for, None where the server decides.
        is_complete: Whether all items were seen.
        failed: The answer that was no page, None for none.
    """

    pages: list[tuple[Seen, list[dict[str, Any]]]] = field(default_factory=list)
    limit: int | None = None
    is_complete: bool = False
    failed: Seen | None = None

    @property
    def records(self) -> list[dict[str, Any]]:
        """All records that were seen, in their order."""
        return [record for _, records in self.pages for record in records]

    @property
    def seen(self) -> tuple[Seen, ...]:
        """The answers."""
        return tuple(seen for seen, _ in self.pages)


class Pages:
    """The list of one resource.

    Args:
        session: The server.
        planned: The list.
        records: Resource -> name of the binding of its record, for the parents.
        bindings: What is known of the server.
    """

    def __init__(
        self,
        session: Session,
        planned: OperationPlan,
        records: Mapping[str, str],
        bindings: Mapping[str, Json],
    ) -> None:
        self._session = session
        self.planned = planned
        self._bindings = bindings
        self._draft = session.maker.draft(planned.operation, records)
        self._parameters = {item.name: item for item in planned.operation.parameters if item.place == "query"}
        self._places = session.places(planned)

    def shows_all(self, create: OperationPlan) -> bool:
        """Return whether the list has what an operation creates: it asks for no filter, and for no other parent."""
        steps = {input_of(getattr(self.planned.page, kind)) for kind in (*_WAYS, "limit")}
        paging = {given.name for given in steps if given is not None}
        own, above = variables(self.planned.operation.path), variables(create.operation.path)
        return not (self._draft.query.keys() - paging) and set(own) <= set(above)

    def ask(self, query: Mapping[str, Any]) -> Seen:
        """Return the page that query parameters ask for."""
        draft = replace(self._draft, query={**self._draft.query, **query})
        return self._session.ask(draft, self._bindings)

    def records_of(self, seen: Seen) -> list[dict[str, Any]] | None:
        """Return the records of a page, None where it shows none."""
        return self._places.items_in(seen.value) if seen.is_success else None

    def walk(self, query: Mapping[str, Any] | None = None) -> Walk:
        """Return all items that match, in large pages."""
        return self._walked(query or {}, _LARGE, LARGE_PAGES)

    def small_walk(self) -> Walk:
        """Return the first pages with few items each."""
        return self._walked({}, _SMALL, SMALL_PAGES)

    def _walked(self, query: Mapping[str, Any], limits: tuple[int, ...], most: int) -> Walk:
        name, limit = self._limit(limits)
        walk = Walk(limit=limit)
        asked = dict(query) if name is None else {**query, name: limit}
        step: dict[str, Any] | None = self._first_step()
        while step is not None and len(walk.pages) < most:
            seen = self.ask({**asked, **step})
            records = self.records_of(seen)
            if records is None:
                walk.failed = seen
                return walk
            is_again = bool(walk.pages) and bool(records) and records == walk.pages[-1][1]
            walk.pages.append((seen, records))
            if is_again:
                # The same page for ever: what is to be said of it is said by its ids.
                return walk
            step = self._next_step(walk, seen, records)
        walk.is_complete = step is None and not self._may_have_more(walk)
        return walk

    def _may_have_more(self, walk: Walk) -> bool:
        """Return whether a full page is the last one only because nobody knows how to ask for another."""
        kind, _ = self._way()
        full = walk.limit is not None and bool(walk.pages) and len(walk.pages[-1][1]) >= walk.limit
        says_token = "next_token" in self._places.page or "next_token" in self._places.headers
        return full and (not kind or (kind == "token" and not says_token))

    def _limit(self, candidates: tuple[int, ...]) -> tuple[str | None, int | None]:
        """Return the parameter that limits a page, and a value that it takes."""
        given = input_of(self.planned.page.limit)
        if given is None or given.place != "query":
            return None, None
        parameter = self._parameters.get(given.name)
        value = next((number for number in candidates if self._takes(parameter, number)), None)
        return (None, None) if value is None else (given.name, value)

    def _takes(self, parameter: Parameter | None, value: Json) -> bool:
        if parameter is None or parameter.schema is None:
            return True
        try:
            return self._session.document.request_schemas.validator(parameter.schema).is_valid(value)
        except SchemaFault:
            return False

    def takes(self, name: str, value: Json) -> bool:
        """Return whether a query parameter may have a value."""
        return name in self._parameters and self._takes(self._parameters[name], value)

    def parameter(self, name: str) -> Parameter | None:
        """Return a query parameter of the list."""
        return self._parameters.get(name)

    def _way(self) -> tuple[str, str]:
        """Return how pages follow each other, and the parameter that says which one it is; "" for no way."""
        page = self.planned.page
        for kind in _WAYS:
            given = input_of(getattr(page, kind))
            if given is not None and given.place == "query":
                return kind, given.name
        return "", ""

    def _first_step(self) -> dict[str, Any]:
        kind, name = self._way()
        first: dict[str, Any] = {"offset": 0, "number": self.planned.page.first, "start": 1}
        return {name: first[kind]} if kind in first and self.takes(name, first[kind]) else {}

    def _next_step(self, walk: Walk, seen: Seen, records: list[dict[str, Any]]) -> dict[str, Any] | None:
        """Return what asks for the next page, None where there is none."""
        kind, name = self._way()
        if kind == "token":
            token = self._places.said("next_token", seen.value, seen.headers)
            return {name: token} if token not in (None, "", ABSENT) and records else None
        is_last = not records or (walk.limit is not None and len(records) < walk.limit)
        if is_last or not kind:
            return None
        count = len(walk.records)
        if kind == "after":
            last = property_of(records[-1], self.planned.resource.id_property)
            return None if last is ABSENT else {name: last}
        if kind == "number":
            return {name: self.planned.page.first + len(walk.pages)}
        # As a client would: what is skipped is what was seen.
        return {name: count if kind == "offset" else count + 1}

    # Links.

    def link_of(self, seen: Seen) -> str | None:
        """Return the link to the next page that an answer has, None for none."""
        for target, parameters in _LINK.findall(seen.headers.get("link", "")):
            if re.search(r';\s*rel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|next\b)', parameters, re.IGNORECASE):
                return str(target)
        for name in ("next_url", "next_uri"):
            said = self._places.said(name, seen.value, seen.headers)
            if isinstance(said, str) and said:
                return said
        return None

    def follow(self, seen: Seen, link: str) -> Seen:
        """Return where a link of a page leads."""
        return self._session.follow(link, seen, self._draft, self._bindings)
