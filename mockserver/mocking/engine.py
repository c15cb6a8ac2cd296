"""Answers requests that fit their operation: the first source that does not decline.

The order: a handler of the user (the server calls it), a canned response, state, an example of the document, a
generated value.
"""

from __future__ import annotations

from mockserver import jsontext
from mockserver.document.media_types import is_json
from mockserver.document.model import MediaType, Operation, Response
from mockserver.document.plan import Action
from mockserver.errors import CannotGenerate, Json, Refusal, RefusalKind, SchemaFault
from mockserver.mocking import negotiation
from mockserver.mocking.behaviours import Outcome, StatefulOperation
from mockserver.mocking.conformance import Conformance
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.fixtures import Fixtures
from mockserver.mocking.problems import Problems
from mockserver.mocking.rendering import Rendering
from mockserver.mocking.resources import Rules, StateScope
from mockserver.mocking.store import Record
from mockserver.mocking.world import World


class Engine:
    """Answers the requests to one document.

    Args:
        rules: The document with its plan, compiled.
        fixtures: Canned responses.
    """

    def __init__(self, rules: Rules, fixtures: Fixtures) -> None:
        self.rules = rules
        self.document = rules.document
        self.plan = rules.plan
        self.fixtures = fixtures
        self.conformance = Conformance(rules.document)
        self.problems = Problems(rules.document, rules.generator)
        # Compiled now, so that a fault in the plan stops the start and not a request.
        self._stateful = {
            name: StatefulOperation(operation, rules) for name, operation in rules.plan.operations.items()
        }
        self._answering: dict[str, _Answering] = {}

    def answer(self, request: Request, world: World) -> Answer:
        """Answer a request.

        Raises:
            Refusal: What was asked for is not there, or not possible.
        """
        answering = self._answering.get(request.operation.id)
        if answering is None:
            answering = self._answering[request.operation.id] = _Answering(
                self, request.operation, self._stateful.get(request.operation.id)
            )
        return answering.answer(request, world)

    def refuse(
        self, refusal: Refusal, operation: Operation | None, *, path: str = "", accept: str = ""
    ) -> Answer:
        """Return the answer to a refused request, checked like any other."""
        answer = self.problems.answer(refusal, operation, path=path, accept=accept)
        if operation is not None:
            answer.violations = self.conformance.violations(operation, answer)
        return answer

    def scope(self, request: Request | None, world: World) -> StateScope:
        """Return what the values of the plan may look at for this request."""
        return StateScope(
            world.states[self.document.name],
            request=request,
            principal=self.plan.principal,
            now=world.clock.now(),
        )

    def value(self, raw: Json, scope: StateScope) -> Json:
        """Evaluate a value of the plan's language."""
        return self.rules.compiler.compile(raw, None, "/")(scope)


class _Answering:
    """One operation, with all that is looked up only once."""

    def __init__(self, engine: Engine, operation: Operation, stateful: StatefulOperation | None) -> None:
        self.engine = engine
        self.operation = operation
        self.stateful = stateful
        status, response = negotiation.success(operation)
        if stateful is not None and stateful.plan.status is not None:
            status, response = stateful.plan.status, operation.response_for(stateful.plan.status)
        self.status = status
        self.response: Response | None = response
        self._default_media = negotiation.media_type(response.content, "") if response else None
        found = engine.fixtures.canned.get(operation.id, ())
        self._canned = next((item for item in found if 200 <= item.status < 300 and not item.name), None)
        self._renderings: dict[str, Rendering] = {}
        # A record without computed properties is shown the same until it changes.
        self._can_remember = (
            stateful is not None
            and stateful.plan.action is Action.GET
            and stateful.answer is None
            and not stateful.kind.reads
        )

    def answer(self, request: Request, world: World) -> Answer:
        media = self._default_media
        if request.accept not in ("", "*/*") and self.response is not None:
            media = negotiation.media_type(self.response.content, request.accept)
        canned = self._canned
        if canned is not None:
            response = self.operation.response_for(canned.status)
            media = negotiation.media_type(response.content, request.accept) if response else None
            return self._checked(
                Answer(canned.status, canned.body, media.name if media else None, source=ResponseSource.FIXTURE,
                       detail=str(canned.source.name))
            )  # fmt: skip
        if self.stateful is not None:
            return self._from_state(self.stateful, media, request, world)
        if media is None:
            return self._checked(Answer(self.status, media_type=None, source=ResponseSource.EMPTY))
        return self._from_example(media) or self._generated(media, request)

    def _from_state(
        self, stateful: StatefulOperation, media: MediaType | None, request: Request, world: World
    ) -> Answer:
        engine = self.engine
        if self._can_remember and media is not None:
            # Looking up a record needs no time, and must not move the clock.
            scope = StateScope(world.states[engine.document.name], request=request)
            record = stateful.record(request, scope)
            remembered = record.rendered.get((self, media.name)) if record.rendered else None
            if remembered is not None:
                content, violations = remembered
                return Answer(
                    self.status, None, media.name, source=ResponseSource.STATE,
                    content=content, violations=violations,
                )  # fmt: skip
            outcome = Outcome([record])
        else:
            scope = engine.scope(request, world)
            outcome = stateful.run(request, scope)
        answer = Answer(self.status, media_type=None, source=ResponseSource.STATE)
        if media is not None:
            answer.media_type = media.name
            answer.body = self._rendering(stateful, media).body(outcome, scope)
        answer = self._checked(answer)
        if media is not None and not outcome.many and outcome.records and is_json(media.name):
            self._remember(outcome.records[0], answer)
        return answer

    def _remember(self, record: Record, answer: Answer) -> None:
        """Keep what was written out of a record with it, so that it need not be written, nor judged, again."""
        if answer.body is not record.data:
            answer.content = jsontext.dumps(answer.body)
        else:
            answer.content = record.text or jsontext.dumps(answer.body)
            record.pack(answer.content)
        if self._can_remember:
            key = (self, answer.media_type)
            record.rendered = {**(record.rendered or {}), key: (answer.content, answer.violations)}

    def _rendering(self, stateful: StatefulOperation, media: MediaType) -> Rendering:
        rendering = self._renderings.get(media.name)
        if rendering is None:
            rendering = Rendering(stateful, media, self.engine.document.response_schemas)
            self._renderings[media.name] = rendering
        return rendering

    def _from_example(self, media: MediaType) -> Answer | None:
        for name, body in media.examples.items():
            answer = self._checked(
                Answer(self.status, body, media.name, source=ResponseSource.EXAMPLE, detail=name)
            )
            if not answer.violations:
                return answer
        return None

    def _generated(self, media: MediaType, request: Request) -> Answer:
        answer = Answer(self.status, None, media.name, source=ResponseSource.GENERATED)
        if media.schema is not None:
            key = (self.operation.id, *(f"{name}={value}" for name, value in request.path.items()))
            try:
                answer.body = self.engine.rules.generator.value(media.schema, key=key)
            except (CannotGenerate, SchemaFault) as error:
                raise Refusal(
                    RefusalKind.FAULT, f"no answer can be made up for {self.operation}: {error}"
                ) from error
        return self._checked(answer)

    def _checked(self, answer: Answer) -> Answer:
        if answer.violations is None:
            answer.violations = self.engine.conformance.violations(self.operation, answer)
        return answer
