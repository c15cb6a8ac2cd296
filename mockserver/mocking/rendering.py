"""How records become the body of an answer: cut to what the declared response shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from mockserver.document.model import MediaType
from mockserver.document.plan import ABSENT
from mockserver.document.shapes import Shape, item_pointer
from mockserver.document.validation import Schemas
from mockserver.errors import Json
from mockserver.mocking.behaviours import Outcome, StatefulOperation
from mockserver.mocking.resources import StateScope

Render = Callable[[dict[str, Json]], dict[str, Json]]


class Rendering:
    """The body of one operation's answers in one media type."""

    def __init__(self, operation: StatefulOperation, media: MediaType, schemas: Schemas) -> None:
        self._operation = operation
        kind = operation.kind
        items = None if media.schema is None else item_pointer(schemas, media.schema)
        self._is_array = items is not None
        shape = None if media.schema is None else Shape(schemas, items or media.schema)
        if operation.plan.answer is not ABSENT:
            place = None if media.schema is None else _items_in(operation.plan.answer, schemas, media.schema)
            shape = kind.shape if place is None else Shape(schemas, place)
        is_whole = shape is None or (shape.keeps_all_of(kind.shape) and not kind.reads and not kind.unshown)
        self._keeps = None if shape is None else shape.keeps
        self._cut: Render = (lambda data: data) if is_whole or shape is None else shape.cut

    def body(self, outcome: Outcome, scope: StateScope) -> Json:
        """Return the body that shows what an action did."""
        operation = self._operation
        if operation.answer is not None:
            if outcome.page is not None:
                scope.page = replace(outcome.page, items=self._shown(outcome, scope))
            elif outcome.records:
                scope.record = scope.state.shown(operation.kind, outcome.records[0])
            return operation.answer(scope)
        shown = self._shown(outcome, scope)
        return shown if outcome.many or self._is_array else shown[0]

    def _shown(self, outcome: Outcome, scope: StateScope) -> list[dict[str, Json]]:
        state, kind, keeps = scope.state, self._operation.kind, self._keeps
        return [self._cut(state.shown(kind, record, keeps)) for record in outcome.records]


def _items_in(answer: Json, schemas: Schemas, pointer: str) -> str | None:
    """Return the pointer of the schema of the items, where a template puts them below the schema at `pointer`."""
    if answer == "$page.items":
        return item_pointer(schemas, pointer)
    if isinstance(answer, Mapping):
        properties = Shape(schemas, pointer).properties
        for name, member in answer.items():
            found = _items_in(member, schemas, properties[name]) if name in properties else None
            if found is not None:
                return found
    if (
        isinstance(answer, list)
        and len(answer) == 1
        and (items := item_pointer(schemas, pointer)) is not None
    ):
        return _items_in(answer[0], schemas, items)
    return None
