"""Templates of answers, compiled beside the schema of the answer: each part knows what its place takes.

What a schema requires and a template leaves out is made up once; what a place does not take as it is (null where it may
not be, a number where a text is meant) becomes what it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.messages.coercion import Coercion
from mockserver.document.shapes import Shape, item_pointer
from mockserver.errors import CannotGenerate, Json, SchemaFault
from mockserver.mocking.behaviours import Outcome, StatefulOperation
from mockserver.mocking.generator import ABSENT
from mockserver.mocking.resources import Rules, StateScope
from mockserver.mocking.store import Record
from mockserver.mocking.values import operator_of
from mockserver.mocking.views import View, Wish

_NOTHING: Final[tuple[Json, ...]] = ("", 0, False, [], {})
"""What stands for nothing where null may not, in the order in which they are tried."""
_ADDRESSES: Final = frozenset({"uri", "url", "iri"})


@dataclass(slots=True)
class Moment:
    """An answer that is being made.

    Attributes:
        record: The record that `$record` is now; None where there is none.
    """

    scope: StateScope
    outcome: Outcome
    wish: Wish
    record: Record | None = None


Part = Callable[[Moment], Json]


class Templates:
    """Compiles the template of one operation for one schema."""

    def __init__(self, operation: StatefulOperation, rules: Rules) -> None:
        self._operation = operation
        self._rules = rules
        self._schemas = rules.document.response_schemas
        self._views: dict[str | None, View] = {}

    def view(self, place: str | None) -> View:
        """Return how records are shown at a place."""
        view = self._views.get(place)
        if view is None:
            view = self._views[place] = View(self._operation.kind, self._rules, place)
        return view

    def part(self, raw: Json, place: str | None, path: tuple[str, ...] = ()) -> Part:
        """Return a function that makes what stands at a place.

        Args:
            raw: As it stands in the plan.
            place: Pointer of the schema, None where nothing is known.
            path: Names from the top of the answer down to it.
        """
        if raw == "$record":
            return self._record(place)
        if raw == "$page.items":
            return self._items(place)
        if isinstance(raw, list):
            return self._list(raw, place, path)
        if isinstance(raw, dict):
            operator = operator_of(raw)
            if operator == "if" and raw.keys() <= {"if", "then", "else"}:
                test = self._plain(raw["if"], path)
                then, otherwise = (self.part(raw.get(name), place, path) for name in ("then", "else"))
                return lambda moment: then(moment) if test(moment) else otherwise(moment)
            if operator == "first" and isinstance(raw["first"], list):
                members = [self.part(member, place, path) for member in raw["first"]]
                return lambda moment: next(
                    (value for member in members if (value := member(moment)) is not None), None
                )
            if operator is None:
                return self._object(raw, place, path)
        return self._plain(raw, path)

    def _plain(self, raw: Json, path: tuple[str, ...]) -> Part:
        plan = self._operation.plan
        value = self._rules.compiler.compile(raw, plan.resource, ptr.join(plan.pointer, "answer", *path))
        if not _mentions(raw, "$page.items"):
            return lambda moment: value(moment.scope)
        view = self.view(None)

        def with_items(moment: Moment) -> Json:
            scope = moment.scope
            if scope.page is not None and not scope.page.items:
                items = [view.of(record, moment.wish) for record in moment.outcome.records]
                scope.page = replace(scope.page, items=items)
            return value(scope)

        return with_items

    def _record(self, place: str | None) -> Part:
        items = None if place is None else item_pointer(self._schemas, place)
        view = self.view(items or place)

        def one(moment: Moment) -> Json:
            return None if moment.record is None else view.of(moment.record, moment.wish)

        def listed(moment: Moment) -> Json:
            return [] if moment.record is None else [view.of(moment.record, moment.wish)]

        return one if items is None else listed

    def _items(self, place: str | None) -> Part:
        view = self.view(None if place is None else item_pointer(self._schemas, place))
        return lambda moment: [view.of(record, moment.wish) for record in moment.outcome.records]

    def _list(self, raw: list[Json], place: str | None, path: tuple[str, ...]) -> Part:
        items = None if place is None else item_pointer(self._schemas, place)
        members = [self.part(member, items, (*path, str(index))) for index, member in enumerate(raw)]
        if len(raw) != 1 or not _mentions(raw, "$record"):
            return lambda moment: [member(moment) for member in members]
        inner = members[0]
        state_of = self._operation.kind

        def each(moment: Moment) -> Json:
            """One member for each record: `[{node: $record}]`."""
            if not moment.outcome.many:
                return [inner(moment)]
            made = []
            for record in moment.outcome.records:
                moment.record = record
                moment.scope.record = moment.scope.state.shown(state_of, record)
                made.append(inner(moment))
            return made

        return each

    def _object(self, raw: dict[str, Any], place: str | None, path: tuple[str, ...]) -> Part:
        shape = None if place is None else Shape(self._schemas, place)
        members: list[tuple[str, Part, _Fit | None]] = []
        for name, member in raw.items():
            inner = None if shape is None else shape.properties.get(name)
            fit = None
            if inner is not None and shape is not None and (isinstance(member, str) or operator_of(member)):
                fit = _Fit(self._rules, inner, member, is_required=name in shape.required)
            members.append((name, self.part(member, inner, (*path, name)), fit))
        left = [] if shape is None else [
            (name, _Made(self._operation, self._rules, shape.properties[name], (*path, name)))
            for name in shape.required
            if name not in raw and shape.keeps(name) and name in shape.properties
        ]  # fmt: skip

        def whole(moment: Moment) -> Json:
            made: dict[str, Json] = {}
            for name, member, fit in members:
                value = member(moment)
                if fit is not None:
                    value = fit(value, moment)
                if value is not ABSENT:
                    made[name] = value
            for name, filler in left:
                value = filler(moment.record)
                if value is not ABSENT:
                    made[name] = value
            return made

        return whole


class _Made:
    """What a schema requires and a template leaves out: a function of the record, else always the same."""

    def __init__(self, operation: StatefulOperation, rules: Rules, place: str, path: tuple[str, ...]) -> None:
        self._rules, self._place, self._path = rules, place, path
        self._kind, self._operation = operation.kind.name, operation.plan.operation.id

    def __call__(self, record: Record | None) -> Json:
        """Return the value, ABSENT where none can be made."""
        if record is None:
            return self._always
        kept = record.rendered.get(self, self) if record.rendered else self
        if kept is self:
            kept = self._made(self._kind, str(record.id))
            record.rendered = {**(record.rendered or {}), self: kept}
        return kept

    @cached_property
    def _always(self) -> Json:
        return self._made(self._operation)

    def _made(self, *names: str) -> Json:
        try:
            return self._rules.generator.value(self._place, key=(*names, *self._path))
        except (CannotGenerate, SchemaFault):
            return ABSENT


class _Fit:
    """What becomes of a value at a place that does not take it as it is."""

    def __init__(self, rules: Rules, place: str, raw: Json, *, is_required: bool) -> None:
        self._schemas = rules.document.response_schemas
        self._place = place
        self._is_required = is_required
        coercion = Coercion.of(self._schemas, place)
        self._is_text = coercion.kinds <= {"string", "null"} and bool(coercion.kinds)
        self._coercion = coercion if coercion.kinds and "string" not in coercion.kinds else None
        self._is_address = _is_address(raw) and coercion.own("format") in _ADDRESSES

    def __call__(self, value: Json, moment: Moment) -> Json:
        """Return the value as the place takes it; ABSENT to leave it out."""
        if value is None:
            return self._nothing
        if isinstance(value, str):
            if self._is_address and value.startswith("/"):
                request = moment.scope.request
                return f"{request.origin if request and request.origin else 'http://localhost'}{value}"
            return value if self._coercion is None else self._coercion.scalar(value)
        if self._is_text and isinstance(value, int | float):
            return str(value).lower()
        return value

    @cached_property
    def _nothing(self) -> Json:
        try:
            is_valid = self._schemas.validator(self._place).is_valid
        except SchemaFault:
            return None
        if is_valid(None):
            return None
        if not self._is_required:
            return ABSENT
        return next((value for value in _NOTHING if is_valid(value)), None)


def _is_address(raw: Json) -> bool:
    """Return whether a value of the plan may be the URL of a page."""
    if isinstance(raw, str):
        return raw.startswith("$page.") and raw.endswith("_url")
    members = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else ()
    return any(_is_address(member) for member in members)


def _mentions(raw: Json, expression: str) -> bool:
    """Return whether an expression stands somewhere in a value of the plan."""
    if isinstance(raw, str):
        return raw == expression or raw.startswith((f"{expression}#", f"{expression}."))
    members = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else ()
    return any(_mentions(member, expression) for member in members)
