"""Answers requests that fit their operation: the first source that does not decline.

The order: a stub of the world and a handler of the user (the server asks for both), a canned response, state, an
example of the document, a generated value. What a client prefers (`mocking.preferences`) may choose another.
"""

from __future__ import annotations

from mockserver.document.model import Operation
from mockserver.errors import Json, Refusal
from mockserver.mocking.answering import Answering
from mockserver.mocking.behaviours import StatefulOperation
from mockserver.mocking.conformance import Conformance
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.fixtures import Fixtures
from mockserver.mocking.problems import Problems
from mockserver.mocking.replies import Tools
from mockserver.mocking.resources import Rules, StateScope
from mockserver.mocking.stubs import Stub
from mockserver.mocking.world import World


class Engine:
    """Answers the requests to one document.

    Args:
        rules: The document with its plan, compiled.
        fixtures: Canned responses.
        dynamic: Whether answers are generated anew for each request, and examples are left alone.
    """

    def __init__(self, rules: Rules, fixtures: Fixtures, *, dynamic: bool = False) -> None:
        self.rules = rules
        self.document = rules.document
        self.plan = rules.plan
        self.fixtures = fixtures
        self.conformance = Conformance(rules.document)
        self.problems = Problems(rules.document, rules.generator)
        self._tools = Tools(rules.document, rules, fixtures, self.conformance, self.problems, dynamic)
        # Compiled now, so that a fault in the plan stops the start and not a request.
        self._stateful = {
            name: StatefulOperation(operation, rules) for name, operation in rules.plan.operations.items()
        }
        self._answering: dict[str, Answering] = {}

    def answer(self, request: Request, world: World) -> Answer:
        """Answer a request.

        Raises:
            Refusal: What was asked for is not there, or not possible.
        """
        answering = self._answering.get(request.operation.id)
        if answering is None:
            answering = self._of(request.operation)
        return answering.answer(request, world)

    def stubbed(self, stub: Stub, request: Request) -> Answer:
        """Return the answer that a stub orders, checked like any other.

        Raises:
            Refusal: The client does not take its media type.
        """
        return self._of(request.operation).stubbed(stub, request)

    def _of(self, operation: Operation) -> Answering:
        answering = self._answering.get(operation.id)
        if answering is None:
            answering = Answering(self._tools, operation, self._stateful.get(operation.id))
            self._answering[operation.id] = answering
        return answering

    def refuse(
        self, refusal: Refusal, operation: Operation | None, *, path: str = "", accept: str = ""
    ) -> Answer:
        """Return the answer to a refused request, checked like any other."""
        answer = self.problems.answer(refusal, operation, path=path, accept=accept)
        if operation is not None:
            self._of(operation).complete(answer, path=path)
        return answer

    def complete(self, operation: Operation, answer: Answer, request: Request) -> Answer:
        """Judge an answer that was not made here, and give it what every answer has."""
        self._of(operation).complete(answer, request)
        return answer

    def scope(self, request: Request | None, world: World) -> StateScope:
        """Return what the values of the plan may look at for this request."""
        return StateScope(
            world.settled(self.document.name),
            request=request,
            principal=self.plan.principal,
            clock=world.clock.now,
        )

    def value(self, raw: Json, scope: StateScope) -> Json:
        """Evaluate a value of the plan's language."""
        return self.rules.compiler.compile(raw, None, "/")(scope)
