"""Filters of a plan, with the values of one request, as conditions of the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from mockserver.document import pointer as ptr
from mockserver.document.plan import Filter, OperationPlan, Predicates, Resource
from mockserver.errors import Json, PlanError, Refusal, RefusalKind, Violation
from mockserver.mocking import properties
from mockserver.mocking.properties import Property
from mockserver.mocking.resources import Rules, State, StateScope
from mockserver.mocking.store import Condition, Query
from mockserver.mocking.values import Value

OPERATORS: Final[Mapping[str, str]] = {
    "eq": "eq", "=": "eq", "==": "eq", "equals": "eq", "is": "eq", "one_of": "eq", "in": "eq", "any": "eq",
    "ne": "ne", "!=": "ne", "<>": "ne", "not_in": "ne", "nin": "ne", "not": "ne", "neq": "ne",
    "gt": "gt", ">": "gt", "after": "gt", "gte": "ge", "ge": "ge", ">=": "ge", "min": "ge", "from": "ge", "since": "ge",
    "lt": "lt", "<": "lt", "before": "lt", "lte": "le", "le": "le", "<=": "le", "max": "le", "to": "le", "until": "le",
    "contains": "contains", "like": "contains", "ilike": "contains",
    "starts": "starts", "starts_with": "starts", "startswith": "starts", "prefix": "starts",
    "ends": "ends", "ends_with": "ends", "endswith": "ends", "suffix": "ends",
    "exists": "exists",
}  # fmt: skip
"""Spellings of operators in requests -> those of `Condition`. `between` is two conditions."""
_ORDERING: Final = frozenset({"gt", "ge", "lt", "le"})
_NO: Final = (False, "false", "0", 0, "no", "null")


class _Meaning(NamedTuple):
    """What a filter is about: a property (None for a search), or why it has no effect."""

    property: Property | None
    idle: str = ""


class Filters:
    """The filters of one operation, compiled.

    Raises:
        PlanError: One that a person wrote asks for what no store has.
    """

    def __init__(self, plan: OperationPlan, rules: Rules) -> None:
        self._rules = rules
        self._resource = plan.resource
        self._kind = rules.kinds[plan.resource.name]
        self._filters = [(item, self._value(item, plan)) for item in plan.filters]
        self._meanings: dict[str, _Meaning] = {}
        self._predicates = [
            (item, rules.compiler.compile(item.value, None, ptr.join(plan.pointer, "predicates")))
            for item in plan.predicates
        ]

    def _value(self, item: Filter, plan: OperationPlan) -> Value:
        place = ptr.join(plan.pointer, "filters", item.name)
        if item.path and item.path[0] in self._kind.reads and not plan.inferred:
            raise PlanError(
                f"{self._rules.plan.source}: at {place}: {item.path[0]!r} is only computed for answers; "
                "a filter needs a property that is stored"
            )
        return self._rules.compiler.compile(item.value, None, place)

    def _meaning(self, item: Filter) -> _Meaning:
        """Return what a filter is about, looked up when a request asks first."""
        found = self._meanings.get(item.name)
        if found is None:
            property = properties.find(self._rules, self._kind, item.path) if item.path else None
            idle = ""
            if item.path and property is None:
                idle = f"{self._kind.name} have no property {'.'.join(item.path)!r}"
            elif property is not None and property.is_computed:
                idle = f"{'.'.join(item.path)!r} is only computed for answers"
            found = self._meanings[item.name] = _Meaning(property, idle)
        return found

    def conditions(self, scope: StateScope, bound: Mapping[str, Json]) -> tuple[Condition, ...]:
        """Return the conditions for one request; `bound` holds properties that every record must have.

        Raises:
            Refusal: A filter names an unknown record, and the plan says that this is an error.
        """
        result = self._kind.below(bound)
        for item, value in self._filters:
            given = value(scope)
            if given is None or _is_ignored(item, given):
                continue
            meaning = self._meaning(item)
            if meaning.idle:
                scope.note(f"the filter {item.name!r} has no effect: {meaning.idle}")
            else:
                result += self._of(item, meaning.property, given, scope)
        for predicates, value in self._predicates:
            spelled = value(scope)
            for raw in spelled if isinstance(spelled, list) else ():
                result += self._predicate(scope.state, raw, predicates)
        return tuple(result)

    def _of(
        self, item: Filter, found: Property | None, given: Json, scope: StateScope
    ) -> Iterator[Condition]:
        if isinstance(given, dict) and item.operator == "eq" and item.path:
            yield from self._deep(item, found, given, scope)
            return
        values = _values(item, given)
        if item.unknown is not None:
            self._check_known(item, values, scope.state)
        if not values and item.operator not in ("eq", "ne"):
            return
        yield from self._each(scope.state, item.path, item.operator, values, found)

    def _deep(
        self, item: Filter, found: Property | None, given: Mapping[str, Json], scope: StateScope
    ) -> Iterator[Condition]:
        """Yield the conditions of an object: of operators with bounds, or of properties with values."""
        for key, value in given.items():
            operator = OPERATORS.get(key.lstrip("$").lower())
            path, inner = item.path, found
            if operator is None:
                path, operator = (*path, key), "eq"
                inner = properties.find(self._rules, self._kind, path)
                if inner is None:
                    scope.note(
                        f"the filter {item.name!r} has no effect on {key!r}: there is no such property"
                    )
                    continue
            yield from self._each(scope.state, path, operator, _values(item, value), inner)

    def _each(
        self,
        state: State,
        path: tuple[str, ...],
        operator: str,
        values: tuple[Json, ...],
        found: Property | None,
    ) -> Iterator[Condition]:
        """Yield a condition, or two where a time is asked for by its day."""
        is_day = (
            operator == "eq" and len(values) == 1 and found is not None and found.is_within_day(values[0])
        )
        for name in ("ge", "le") if is_day else (operator,):
            yield self._condition(state, self._resource, path, name, values, found)

    def _check_known(self, item: Filter, values: tuple[Json, ...], state: State) -> None:
        for value in values:
            if state.find(self._resource.name, value) is None:
                refusal = state.missing(self._kind, value)
                violation = Violation(("query", item.name), "reference", refusal.message, value)
                raise Refusal(refusal.kind, refusal.message, violations=[violation], status=item.unknown)

    def _condition(
        self,
        state: State,
        resource: Resource,
        path: tuple[str, ...],
        operator: str,
        values: tuple[Json, ...],
        found: Property | None,
    ) -> Condition:
        """Return a condition on a record itself; one beyond a reference is asked there first."""
        reference = resource.references.get(path[0]) if path else None
        if len(path) <= 1 or reference is None:
            return _plain(path, operator, values, found)
        target = self._rules.plan.resources[reference.resource]
        # "None of these" beyond a reference excludes the records whose reference leads to one of these.
        inner_operator = "eq" if operator == "ne" else operator
        inner = self._condition(state, target, path[1:], inner_operator, values, found)
        ids: list[Json] = [record.id for record in state.store.select(target.name, Query((inner,))).records]
        if None in values:  # no value there is also where nothing is referred to
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
        found = properties.find(self._rules, self._kind, path)
        spelling = str(raw.get(keys.operator_key, "eq")).lower()
        if spelling == "between" and len(values) == 2:
            return [
                self._condition(state, self._resource, path, "ge", values[:1], found),
                self._condition(state, self._resource, path, "le", values[1:], found),
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
        return [self._condition(state, self._resource, path, operator, values, found)]


def _is_ignored(item: Filter, given: Json) -> bool:
    if not item.ignore:
        return False
    return any(value in item.ignore for value in (given if isinstance(given, list) else [given]))


def _values(item: Filter, given: Json) -> tuple[Json, ...]:
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


def _plain(
    path: tuple[str, ...], operator: str, values: tuple[Json, ...], found: Property | None
) -> Condition:
    """Return a condition on a property, with values of its type."""
    if operator == "exists":
        return Condition(path, operator, (not values or values[0] not in _NO,))
    if found is None:
        return Condition(path, operator, values)
    if operator in _ORDERING:
        return found.bounds(path, operator, values[0]) if values else Condition(path, operator, values)
    if operator == "eq" and found.is_list and values and not any(isinstance(item, list) for item in values):
        # One of its items is meant: `?tag=red` of a record with several tags.
        operator = "search" if found.holds_objects else "contains"
    typed = [meant for value in values for meant in found.typed(value, of_item=operator == "contains")]
    return Condition(path, operator, tuple(typed))
