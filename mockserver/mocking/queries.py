"""Turns the filters, sort and page of a plan, with the values of one request, into a query of the store."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.plan import ABSENT, Filter, OperationPlan, Predicates, Resource
from mockserver.errors import Json, PlanError, Refusal, RefusalKind, Violation
from mockserver.mocking.resources import Rules, State, StateScope
from mockserver.mocking.store import Condition, Query
from mockserver.mocking.values import Value

OPERATORS: Final[Mapping[str, str]] = {
    "eq": "eq", "=": "eq", "==": "eq", "equals": "eq", "is": "eq", "one_of": "eq", "in": "eq", "any": "eq",
    "ne": "ne", "!=": "ne", "<>": "ne", "not_in": "ne", "nin": "ne", "not": "ne",
    "gt": "gt", ">": "gt", "gte": "ge", "ge": "ge", ">=": "ge",
    "lt": "lt", "<": "lt", "lte": "le", "le": "le", "<=": "le",
    "contains": "contains", "like": "contains",
}  # fmt: skip
"""Spellings of operators in predicates -> those of `Condition`. `between` is two conditions."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is wanted."""

    offset: int
    limit: int
    first: int
    descending: bool


class ListQuery:
    """The query of one operation, compiled."""

    def __init__(self, plan: OperationPlan, rules: Rules) -> None:
        self._rules = rules
        compiler = rules.compiler
        self._resource = plan.resource
        self._kind = rules.kinds[plan.resource.name]
        place = plan.pointer

        def compiled(raw: Json, *tokens: str) -> Value | None:
            return None if raw is ABSENT else compiler.compile(raw, None, ptr.join(place, *tokens))

        for item in plan.filters:
            if item.path[0] in self._kind.reads:
                where = ptr.join(place, "filters", item.name)
                raise PlanError(
                    f"{rules.plan.source}: at {where}: {item.path[0]!r} is only computed for answers; "
                    "a filter needs a property that is stored"
                )
        self._filters: list[tuple[Filter, Value]] = [
            (item, compiler.compile(item.value, None, ptr.join(place, "filters", item.name)))
            for item in plan.filters
        ]
        self._predicates = [
            (item, compiler.compile(item.value, None, ptr.join(place, "predicates")))
            for item in plan.predicates
        ]
        self._pairs = compiled(plan.sort.pairs, "sort", "pairs")
        self._by = compiled(plan.sort.by, "sort", "by")
        self._order = compiled(plan.sort.order, "sort", "order")
        self._default_order = plan.sort.default
        self._offset = compiled(plan.page.offset, "page", "offset")
        self._number = compiled(plan.page.number, "page", "number")
        self._limit = compiled(plan.page.limit, "page", "limit")
        self._page = plan.page

    def build(self, scope: StateScope, bound: Mapping[str, Json]) -> tuple[Query, Part]:
        """Return the query for one request; `bound` holds properties that every record must have.

        Raises:
            Refusal: A filter names an unknown record, and the plan says that this is an error.
        """
        order = self._ordering(scope)
        part = self._part(scope, order)
        query = Query(self.conditions(scope, bound), order, part.offset, part.limit)
        return query, part

    def conditions(self, scope: StateScope, bound: Mapping[str, Json]) -> tuple[Condition, ...]:
        """Return the conditions for one request.

        Raises:
            Refusal: See `build`.
        """
        result = [Condition((name,), "eq", (value,)) for name, value in bound.items()]
        for item, value in self._filters:
            given = value(scope)
            if given is None:
                continue
            values = self._values(item, given)
            if item.unknown is not None:
                self._check_known(item, values, scope.state)
            if values or item.operator in ("eq", "ne"):
                result.append(self._condition(scope.state, self._resource, item.path, item.operator, values))
        for predicates, value in self._predicates:
            spelled = value(scope)
            for raw in spelled if isinstance(spelled, list) else ():
                result += self._predicate(scope.state, raw, predicates)
        return tuple(result)

    def _values(self, item: Filter, given: Json) -> tuple[Json, ...]:
        values = given if isinstance(given, list) else [given]
        if item.separator:
            values = [
                part.strip()
                for text in values
                for part in (text.split(item.separator) if isinstance(text, str) else [text])
            ]
        if item.empty_is_null:
            values = [None if value == "" else value for value in values]
        return tuple(values)

    def _check_known(self, item: Filter, values: tuple[Json, ...], state: State) -> None:
        for value in values:
            if state.find(self._resource.name, value) is None:
                refusal = state.missing(self._kind, value)
                violation = Violation(("query", item.name), "reference", refusal.message, value)
                raise Refusal(refusal.kind, refusal.message, violations=[violation], status=item.unknown)

    def _condition(
        self, state: State, resource: Resource, path: tuple[str, ...], operator: str, values: tuple[Json, ...]
    ) -> Condition:
        """Return a condition on a record itself; one beyond a reference is asked there first."""
        reference = resource.references.get(path[0])
        if len(path) == 1 or reference is None:
            return Condition(path, operator, values)
        target = self._rules.plan.resources[reference.resource]
        # "None of these" beyond a reference excludes the records whose reference leads to one of these.
        inner_operator = "eq" if operator == "ne" else operator
        inner = self._condition(state, target, path[1:], inner_operator, values)
        found = state.store.select(target.name, Query((inner,)))
        ids: list[Json] = [record.id for record in found.records]
        if None in values:
            ids.append(None)
        return Condition((path[0],), "ne" if operator == "ne" else "eq", tuple(ids))

    def _predicate(self, state: State, raw: Json, keys: Predicates) -> list[Condition]:
        if not isinstance(raw, dict):
            return []
        name = next((raw[key] for key in keys.property_keys if isinstance(raw.get(key), str)), None)
        if name is None:
            return []
        path = tuple(name.split("."))
        value = raw.get(keys.value_key)
        values = tuple(value) if isinstance(value, list) else (value,)
        spelling = str(raw.get(keys.operator_key, "eq")).lower()
        if spelling == "between" and len(values) == 2:
            return [
                self._condition(state, self._resource, path, "ge", values[:1]),
                self._condition(state, self._resource, path, "le", values[1:]),
            ]
        operator = OPERATORS.get(spelling)
        if operator is None:
            raise Refusal(
                RefusalKind.INVALID,
                f"unknown operator {spelling!r}",
                violations=[
                    Violation(("body", keys.operator_key), "enum", f"unknown operator {spelling!r}", spelling)
                ],
            )
        return [self._condition(state, self._resource, path, operator, values)]

    def _ordering(self, scope: StateScope) -> tuple[tuple[tuple[str, ...], bool], ...]:
        pairs = self._pairs(scope) if self._pairs else None
        if isinstance(pairs, list) and pairs:
            return tuple(
                (_path(name), str(direction).lower() == "desc")
                for name, direction in zip(pairs[::2], pairs[1::2], strict=False)
            )
        by = self._by(scope) if self._by else None
        order = self._order(scope) if self._order else None
        descending = (
            None if order is None else order is False or str(order).lower() in ("desc", "descending", "-1")
        )
        if isinstance(by, str) and by:
            return ((_path(by), bool(descending)),)
        return tuple(
            (_path(name), backwards if descending is None else descending)
            for name, backwards in self._default_order
        )

    def _part(self, scope: StateScope, order: tuple[tuple[tuple[str, ...], bool], ...]) -> Part:
        limit = _whole(self._limit(scope) if self._limit else None, self._page.default_limit)
        size = (
            limit if limit is not None else 2**31 - 1
        )  # the largest int32, for a page without limit is answered too
        first = self._page.first
        number = _whole(self._number(scope) if self._number else None, None)
        offset = _whole(self._offset(scope) if self._offset else None, None)
        if offset is None:
            offset = 0 if number is None else max(number - first, 0) * size
        return Part(offset=offset, limit=size, first=first, descending=bool(order and order[0][1]))


def _path(name: Json) -> tuple[str, ...]:
    return tuple(str(name).split("."))


def _whole(value: Json, default: int | None) -> int | None:
    """Return a number as a whole one, e.g. a page that is declared as `number`."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return default
    return min(max(int(value), 0), 2**53)
