"""How what an action did becomes the body of an answer: as a template says, or the records alone."""

from __future__ import annotations

from functools import cached_property

from mockserver.document.model import MediaType
from mockserver.document.naming import word
from mockserver.document.plan import ABSENT
from mockserver.document.shapes import item_pointer
from mockserver.errors import Json
from mockserver.mocking.behaviours import Outcome, StatefulOperation
from mockserver.mocking.generator import ABSENT as NOTHING
from mockserver.mocking.mending import mended
from mockserver.mocking.resources import Rules, StateScope
from mockserver.mocking.templates import Moment, Part, Templates
from mockserver.mocking.values import Value
from mockserver.mocking.views import View, Wish, names_of


class Rendering:
    """The body of one operation's answers in one media type."""

    def __init__(self, operation: StatefulOperation, media: MediaType, rules: Rules) -> None:
        self._operation = operation
        self._rules = rules
        self._schema = media.schema
        schemas = rules.document.response_schemas
        self._items = None if media.schema is None else item_pointer(schemas, media.schema)
        self._templates = Templates(operation, rules)
        plan = operation.plan

        def compiled(raw: Json) -> Value | None:
            return None if raw is ABSENT else rules.compiler.compile(raw, plan.resource, plan.pointer)

        self._expand, self._show = compiled(plan.expand), compiled(plan.show)

    @cached_property
    def _template(self) -> Part | None:
        raw = self._operation.plan.answer
        return None if raw is ABSENT else self._templates.part(raw, self._schema)

    @cached_property
    def _view(self) -> View | None:
        """How records are shown where there is no template; None for as they are."""
        return None if self._schema is None else self._templates.view(self._items or self._schema)

    def body(self, outcome: Outcome, scope: StateScope, *, is_careful: bool = False) -> Json:
        """Return the body that shows what an action did.

        Args:
            outcome: What it did.
            scope: The request and the state.
            is_careful: Whether what breaks the document is mended.
        """
        wish = self._wish(scope, is_careful=is_careful)
        template, view = self._template, self._view
        if template is not None:
            scope.page = outcome.page
            record = outcome.records[0] if outcome.records and not outcome.many else None
            if record is not None:
                scope.record = scope.state.shown(self._operation.kind, record)
            body = template(Moment(scope, outcome, wish, record))
        else:
            view = view or self._templates.view(None)
            shown = [view.of(record, wish) for record in outcome.records]
            body = shown if outcome.many or self._items is not None else shown[0]
        if is_careful and self._schema is not None and not wish.has_failed:
            key = (self._operation.plan.operation.id, "mended")
            made = mended(
                self._rules.document.response_schemas, self._rules.generator, self._schema, body, key
            )
            return body if made is NOTHING else made
        return body

    def _wish(self, scope: StateScope, *, is_careful: bool) -> Wish:
        wish = Wish(scope, is_careful=is_careful)
        if self._expand is not None:
            wish.expand = self._known_references(names_of(self._expand(scope)), scope)
        if self._show is not None:
            wish.show = self._known_properties(self._show(scope), scope)
        return wish

    def _known_references(
        self, names: tuple[tuple[str, ...], ...], scope: StateScope
    ) -> tuple[tuple[str, ...], ...]:
        view = self._templates.view(None)
        known = []
        for path in names:
            # Paths may begin at the envelope: `data.customer`.
            start = next((index for index, name in enumerate(path) if view.reference(name)), None)
            if start is None:
                scope.note(f"expanding {'.'.join(path)[:60]!r} has no effect: it names no other record")
            else:
                known.append(path[start:])
        return tuple(known)

    def _known_properties(self, value: Json, scope: StateScope) -> frozenset[str] | None:
        view = self._templates.view(None)
        names = [path[0] for path in names_of(value)]
        known = [name for name in names if view.knows(name)]
        for name in names:
            if name not in known:
                scope.note(f"showing {name[:60]!r} has no effect: there is no such property")
        return frozenset((*known, *map(word, known))) if known else None
