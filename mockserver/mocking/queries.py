"""Turns the filters, sort and page of a plan, with the values of one request, into a query of the store."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

from mockserver.document import pointer as ptr
from mockserver.document.messages.coercion import Coercion
from mockserver.document.plan import ABSENT, OperationPlan
from mockserver.errors import Json, Refusal, RefusalKind, Violation
from mockserver.mocking.cursors import Cursors
from mockserver.mocking.exchange import Request
from mockserver.mocking.filtering import Filters
from mockserver.mocking.identifiers import either, is_key
from mockserver.mocking.links import PageLinks
from mockserver.mocking.page import Page
from mockserver.mocking.resources import Rules, StateScope
from mockserver.mocking.sorting import Sorting
from mockserver.mocking.store import Order, Position, Query, Record
from mockserver.mocking.store.ordering import position
from mockserver.mocking.values import Value

_NO_LIMIT: Final = 2**31 - 1
"""The largest int32, for a page without limit is answered too."""
_QUERY: Final = re.compile(r"\$request\.query\.([^#]+)(?:#.*)?")


class Part(NamedTuple):
    """Which part of a list is wanted, by one of these: offset, or places."""

    limit: int
    offset: int = 0
    after: Position | None = None
    before: Position | None = None


@dataclass(frozen=True, slots=True)
class _Ways:
    """What leads from one page of one request to the others."""

    query: ListQuery
    order: Order
    request: Request | None

    @property
    def origin(self) -> str:
        """See `page.Ways`."""
        return (self.request.origin if self.request is not None else "") or "http://localhost"

    def token(self, page: Page, *, forward: bool) -> str | None:
        """See `page.Ways`."""
        return self.query.token(page, self.order, forward=forward)

    def url(self, page: Page, relation: str) -> str | None:
        """See `page.Ways`."""
        return None if self.request is None else self.query.links.url(self.request, page, relation)

    def field(self, page: Page) -> str | None:
        """See `page.Ways`."""
        return None if self.request is None else self.query.links.field(self.request, page)


class ListQuery:
    """The query of one operation, compiled."""

    def __init__(self, plan: OperationPlan, rules: Rules) -> None:
        self._filters = Filters(plan, rules)
        self._sorting = Sorting(plan, rules)
        self._rules = rules
        self._name = plan.resource.name
        self._operation = plan.operation
        self._page = page = plan.page
        self._cursors = Cursors(rules.dice, plan.operation.id)

        def compiled(name: str) -> Value | None:
            raw = getattr(page, name)
            place = ptr.join(plan.pointer, "page", name)
            return None if raw is ABSENT else rules.compiler.compile(raw, None, place)

        self._offset, self._start, self._number = compiled("offset"), compiled("start"), compiled("number")
        self._after, self._before, self._token = compiled("after"), compiled("before"), compiled("token")
        self._limit = compiled("limit")
        self._plan = plan
        # A guess that a parameter is a cursor may be wrong, and refuse what the document allows.
        self._refuses_cursors = not plan.inferred and any(
            plan.operation.response_for(status) is not None for status in (422, 400)
        )

    @cached_property
    def links(self) -> PageLinks:
        """Where its other pages are."""
        return PageLinks(self._operation, self._page)

    @cached_property
    def _idle(self) -> dict[str, Json]:
        """The query parameters that the plan does not use, with what they are when nobody sends them."""
        schemas = self._rules.document.request_schemas
        used = _used(self._plan)
        return {
            item.name: Coercion.of(schemas, item.schema).own("default")
            for item in self._operation.parameters
            if item.place == "query" and item.name not in used
        }

    def select(
        self, scope: StateScope, bound: Mapping[str, Json], *, counts: bool = False
    ) -> tuple[list[Record], Page]:
        """Return the records of the page that a request asks for, and the page; of counts, only how many there are.

        Raises:
            Refusal: A filter names an unknown record, and the plan says that this is an error; a cursor leads nowhere,
                and the operation declares how to say so.
        """
        if self._idle:
            self._note_idle(scope)
        query = Query(self._filters.conditions(scope, bound), self._sorting.order(scope))
        part = self._part(scope, query.order)
        limit = 0 if counts else part.limit
        query = replace(query, offset=part.offset, limit=limit, after=part.after, before=part.before)
        found = scope.state.store.select(self._name, query)
        is_placed = part.after is not None or part.before is not None
        return list(found.records), Page(
            items=(),
            records=found.records,
            total=found.total,
            offset=found.offset if is_placed else part.offset,
            limit=part.limit,
            first=self._page.first,
            descending=bool(query.order and query.order[0][1]),
            base=0 if self._start is None else 1,
            ways=_Ways(self, query.order, scope.request),
        )

    def token(self, page: Page, order: Order, *, forward: bool) -> str | None:
        """Return the cursor to the next page or the one before, as the requests of this operation take it."""
        if not page.records:
            return None
        if self._token is None:
            # No cursor is taken: what is, in its place.
            if self._after is not None or self._before is not None:
                return str(page.last_id if forward else page.first_id)
            number, offset = (
                (page.next_number, page.next) if forward else (page.previous_number, page.previous)
            )
            return str(offset if self._number is None else number)
        record = page.records[-1] if forward else page.records[0]
        return self._cursors.write(order, position(record, order), forward=forward)

    def _part(self, scope: StateScope, order: Order) -> Part:
        page = self._page
        limit = _whole(self._limit(scope) if self._limit else None, page.default_limit)
        size = _NO_LIMIT if limit is None else limit
        if page.max_limit is not None:
            size = min(size, page.max_limit)
        if self._token is not None:
            given = self._token(scope)
            if given is not None and given != "":
                found = self._cursors.read(order, given)
                if found is not None:
                    place, is_forward = found
                    return Part(size, after=place) if is_forward else Part(size, before=place)
                self._refuse_cursor("token", given, "no cursor that this list gave", scope)
        after = self._place(self._after, "after", order, scope)
        before = self._place(self._before, "before", order, scope)
        if after is not None or before is not None:
            return Part(size, after=after, before=before)
        number = _whole(self._number(scope) if self._number else None, None)
        offset = _whole(self._offset(scope) if self._offset else None, None)
        start = _whole(self._start(scope) if self._start else None, None)
        if offset is None and start is not None:
            offset = max(start - 1, 0)
        if offset is None:
            offset = 0 if number is None else max(number - page.first, 0) * size
        return Part(size, offset)

    def _place(self, value: Value | None, name: str, order: Order, scope: StateScope) -> Position | None:
        """Return the place of the record that a request has seen last, or first; also of one that is gone."""
        id = value(scope) if value is not None else None
        if id is None or id == "":
            return None
        record = None
        for key in either(id) if is_key(id) else ():
            record = record or scope.state.store.last(self._name, key)
        if record is None:
            self._refuse_cursor(name, id, f"the id of none of {self._name}", scope)
            return None
        return position(record, order)

    def _refuse_cursor(self, name: str, given: Json, reason: str, scope: StateScope) -> None:
        message = f"{str(given)[:60]!r} is {reason}"
        if not self._refuses_cursors:
            scope.note(f"the list begins anew: {message}")
            return
        field = self.links.name(name)
        place = ("body", name) if field is None else ("query", field)
        raise Refusal(RefusalKind.INVALID, message, violations=[Violation(place, "cursor", message, given)])

    def _note_idle(self, scope: StateScope) -> None:
        request = scope.request
        for name, default in self._idle.items() if request is not None else ():
            given = request.query.get(name) if request is not None else None
            if given is not None and given != default:
                scope.note(f"the parameter {name!r} has no effect: the plan does not use it")


def _used(plan: OperationPlan) -> set[str]:
    """Return the query parameters that some part of a plan asks for."""
    used: set[str] = set()
    waiting: list[Json] = [
        plan.id, plan.ids, plan.item, plan.items, plan.answer, plan.expand, plan.show,
        list(plan.headers.values()), list(plan.set.values()), list(plan.find.values()),
        list(plan.resource.scope.values()),
        [item.value for item in plan.filters], [item.value for item in plan.predicates],
        [plan.sort.pairs, plan.sort.by, plan.sort.order, plan.sort.text],
        [getattr(plan.page, name) for name in ("offset", "start", "number", "after", "before", "token", "limit")],
    ]  # fmt: skip
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            match = _QUERY.fullmatch(node)
            if match is not None:
                used.add(match[1])
        elif isinstance(node, list | tuple):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
    return used


def _whole(value: Json, default: int | None) -> int | None:
    """Return a number as a whole one, e.g. a page that is declared as `number`, or as a text of digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 30:
        value = int(value)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return default
    return min(max(int(value), 0), 2**53)
