"""Answers from state: what an action did, shown as the document declares it, and never against it.

What an operation does by inference is a guess. Where its answer would break the document, what breaks it is made up
anew; where that cannot be, the operation answers as if it had no state. Both is said in the answer's explanation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.plan import ABSENT, Action
from mockserver.errors import CannotGenerate, Json, Refusal, RefusalKind, SchemaFault, Violation
from mockserver.mocking.behaviours import Outcome, StatefulOperation
from mockserver.mocking.conditions import Conditions, tag_of_shown
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.headers import clean
from mockserver.mocking.rendering import Rendering
from mockserver.mocking.replies import Draw, Reply, Tools
from mockserver.mocking.resources import StateScope
from mockserver.mocking.store import Record
from mockserver.mocking.values import operator_of
from mockserver.mocking.world import World

_MOST_REPLIES: Final = 64
"""Media types of one operation for which the rendering is kept."""

_OF_UNCHANGED: Final = frozenset(
    {"etag", "cache-control", "content-location", "expires", "last-modified", "vary"}
)
"""Fields of an answer that one without it has, too (RFC 9110 section 15.4.5)."""


class StateAnswering:
    """Answers the requests to one operation of the plan.

    Args:
        tools: What all operations of the document share.
        stateful: The operation, compiled.
        stateless: Makes its answer as if it had no state.
    """

    def __init__(
        self,
        tools: Tools,
        stateful: StatefulOperation,
        stateless: Callable[[Reply, Request, Draw], Answer],
    ) -> None:
        self._tools = tools
        self._stateful = stateful
        self._stateless = stateless
        plan, kind = stateful.plan, stateful.kind
        self._headers = [
            (name, tools.rules.compiler.compile(raw, plan.resource, ptr.join(plan.pointer, "headers", name)))
            for name, raw in plan.headers.items()
        ]
        self._renderings: dict[Reply, Rendering] = {}
        self._reads = plan.action is Action.GET
        self._is_tagged = plan.action is not Action.DELETE
        # What is shown of a record without computed properties is the same until it changes.
        self._is_of_record = (
            (plan.answer is ABSENT or _is_about_record(plan.answer))
            and plan.expand is plan.show is ABSENT
            and not kind.reads
        )
        self._can_remember = (
            self._reads
            and self._is_of_record
            and plan.ids is ABSENT
            and not (plan.headers or plan.resource.singleton)
        )

    def answer(self, reply: Reply, request: Request, world: World, created: Reply | None = None) -> Answer:
        """Do what is asked for, and show it; with `created`, if it made something, by that reply.

        Raises:
            Refusal: What was asked for is not there, or not possible.
        """
        tools = self._tools
        states = world.settled(tools.document.name)
        can_remember = self._can_remember and reply.media is not None
        # Looking up a record needs no time, and must not move the clock.
        scope = StateScope(states, request=request) if can_remember else StateScope(
            states, request=request, principal=tools.rules.plan.principal, clock=world.clock.now
        )  # fmt: skip
        try:
            if can_remember:
                record = self._stateful.record(request, scope)
                kept = record.rendered.get(reply) if record.rendered else None
                if kept is not None:
                    content, violations, headers = kept
                    if request.conditions is not None and "ETag" in headers:
                        unchanged = self._unchanged(request, record, headers)
                        if unchanged is not None:
                            return unchanged
                    return Answer(
                        reply.status, None, reply.name, {**headers}, ResponseSource.STATE,
                        content=content, violations=violations,
                    )  # fmt: skip
                outcome = Outcome([record])
            else:
                outcome = self._stateful.run(request, scope)
        except Refusal as refusal:
            if not self._may_be_made_up(refusal, scope):
                raise
            answer = self._stateless(reply, request, Draw.of(request, world, dynamic=tools.dynamic))
            answer.detail = f"{refusal.message}; the document declares no error for that, so one is made up"
            return answer
        except (CannotGenerate, SchemaFault) as error:
            if not self._stateful.plan.inferred:
                raise
            answer = self._stateless(reply, request, Draw.of(request, world, dynamic=tools.dynamic))
            answer.detail = f"there is no state for this: {error}"
            return answer
        if created is not None and outcome.created:
            reply = created
        return self._shown(outcome, scope, reply, request, world)

    def _may_be_made_up(self, refusal: Refusal, scope: StateScope) -> bool:
        """Return whether what was not found is made up: an id that never was, where the plan says so."""
        if not self._stateful.plan.generates_missing or refusal.kind is not RefusalKind.NOT_FOUND:
            return False
        id = self._stateful.lookup.named(scope)
        return not scope.state.was_deleted(self._stateful.kind, id)

    def _shown(
        self, outcome: Outcome, scope: StateScope, reply: Reply, request: Request, world: World
    ) -> Answer:
        answer = reply.start(ResponseSource.STATE)
        if reply.media is not None:
            answer.body = self._rendering(reply).body(outcome, scope)
        if self._headers:
            self._add_headers(answer, outcome, scope)
        if scope.notes:
            answer.detail = "; ".join(scope.notes)
        self._complete(answer, outcome, reply, request)
        if answer.violations and reply.media is not None and self._stateful.plan.inferred:
            broken = _of_body(answer)
            if broken:
                sound = self._mended(answer, broken[0], outcome, scope, reply, request)
                if sound is None:
                    sound = self._stateless(
                        reply, request, Draw.of(request, world, dynamic=self._tools.dynamic)
                    )
                    sound.detail = f"from state it would break the document ({broken[0]}), so it is made up"
                    return sound
        if reply.media is not None and not outcome.many and outcome.records and reply.is_json:
            self._remember(outcome.records[0], answer, reply)
        if request.conditions is not None and self._reads and "ETag" in answer.headers:
            return self._unchanged(request, outcome.records[0], answer.headers) or answer
        return answer

    def _complete(self, answer: Answer, outcome: Outcome, reply: Reply, request: Request) -> None:
        """Give an answer what every answer has, and that about one record the record's entity tag."""
        if self._is_tagged and outcome.records and not outcome.many:
            tag = self._stateful.kind.tags_of(outcome.records[0])[0]
            if reply.media is not None and not (self._is_of_record and reply.is_json):
                tag += f"-{tag_of_shown(answer.body, reply.name or '')}"
            answer.headers["ETag"] = f'"{tag}"'
        reply.complete(answer, request, outcome)
        if answer.violations and self._headers and self._stateful.plan.inferred:
            self._give_up_headers(answer, outcome, reply, request)
        if answer.violations and any(item.location == ("header", "ETag") for item in answer.violations):
            # The document has another idea of what a tag looks like.
            del answer.headers["ETag"]
            answer.violations = None
            reply.complete(answer, request, outcome)

    def _give_up_headers(self, answer: Answer, outcome: Outcome, reply: Reply, request: Request) -> None:
        """Let fields that a guess filled against the document be filled as without state."""
        broken = {item.location[1] for item in answer.violations or () if item.location[0] == "header"}
        names = [name for name, _ in self._headers if name in broken and name in answer.headers]
        for name in names:
            del answer.headers[name]
        if names:
            answer.violations = None
            reply.complete(answer, request, outcome)

    def _unchanged(self, request: Request, record: Record, headers: Mapping[str, str]) -> Answer | None:
        """Return the answer to who has what would be answered (RFC 9110 section 15.4.5); None for who has not.

        Raises:
            Refusal: The client asks for another version.
        """
        conditions = request.conditions
        assert conditions is not None
        if conditions.match is not None:
            Conditions(conditions.match).check(self._stateful.kind.tags_of(record))
        if not conditions.is_known(headers["ETag"]):
            return None
        kept = {name: value for name, value in headers.items() if name.lower() in _OF_UNCHANGED}
        return Answer(
            304, None, None, kept, ResponseSource.STATE, "the client has this version", violations=()
        )

    def _mended(
        self,
        answer: Answer,
        broken: Violation,
        outcome: Outcome,
        scope: StateScope,
        reply: Reply,
        request: Request,
    ) -> Answer | None:
        """Make an answer keep the document, and return it; None where that cannot be."""
        answer.body = self._rendering(reply).body(outcome, scope, is_careful=True)
        answer.media_type, answer.content, answer.violations = reply.name, None, None
        notes = [*(scope.notes or ()), f"what would break the document is made up ({broken})"]
        answer.detail = "; ".join(notes)
        reply.complete(answer, request, outcome)
        return None if _of_body(answer) else answer

    def _add_headers(self, answer: Answer, outcome: Outcome, scope: StateScope) -> None:
        if scope.page is None:
            scope.page = outcome.page
        if outcome.records and not outcome.many:
            scope.record = scope.state.shown(self._stateful.kind, outcome.records[0])
        for name, value in self._headers:
            found = value(scope)
            if found is not None:
                answer.headers[name] = clean(found)

    def _remember(self, record: Record, answer: Answer, reply: Reply) -> None:
        """Keep what was written out of a record with it, so that it need not be written, nor judged, again."""
        if answer.body is not record.data:
            answer.content = jsontext.dumps(answer.body)
        else:
            answer.content = record.text or jsontext.dumps(answer.body)
            record.pack(answer.content)
        # A header that names a place would lead out of the next world.
        if self._can_remember and not answer.detail and reply.is_stable:
            kept = (answer.content, answer.violations, dict(answer.headers))
            record.rendered = {**(record.rendered or {}), reply: kept}

    def _rendering(self, reply: Reply) -> Rendering:
        rendering = self._renderings.get(reply)
        if rendering is None:
            assert reply.media is not None
            rendering = Rendering(self._stateful, reply.media, self._tools.rules)
            if len(self._renderings) < _MOST_REPLIES:
                self._renderings[reply] = rendering
        return rendering


def _of_body(answer: Answer) -> list[Violation]:
    return [
        item for item in answer.violations or () if item.location[:1] == ("body",) and item.rule != "schema"
    ]


def _is_about_record(raw: Json) -> bool:
    """Return whether a template is a function of the record alone."""
    if isinstance(raw, str):
        return not raw.startswith("$") or raw.startswith(("$$", "$record#")) or raw == "$record"
    if isinstance(raw, list):
        return all(map(_is_about_record, raw))
    if isinstance(raw, dict):
        return operator_of(raw) not in ("count", "list", "next") and all(map(_is_about_record, raw.values()))
    return True
