"""One operation at work: which of its responses answers, and which source makes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mockserver import jsontext
from mockserver.document.model import Operation
from mockserver.document.plan import Action
from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking import negotiation
from mockserver.mocking.behaviours import StatefulOperation
from mockserver.mocking.canned import Canned, Choices
from mockserver.mocking.error_bodies import phrase
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.preferences import Preferences
from mockserver.mocking.problems import plausible
from mockserver.mocking.replies import Draw, Reply, Tools
from mockserver.mocking.stateful import StateAnswering
from mockserver.mocking.stubs import Stub
from mockserver.mocking.world import World

_MOST_MADE: Final = 1024
"""Answers of one document that are remembered."""
_LONGEST: Final = 32 * 1024
"""Bytes of such an answer."""
_MOST_ACCEPTS: Final = 64
"""`Accept` values, and names of media types under ranges, that are remembered for one response."""


class Choice:
    """One status that an operation may answer, with the declared response for it."""

    def __init__(self, tools: Tools, operation: Operation, status: int) -> None:
        self._tools = tools
        self._operation = operation
        self.status = status
        self.response = operation.response_for(status)
        self._content = self.response.content if self.response is not None else {}
        if status in negotiation.BODILESS:
            self._content = {}
        self._by_accept: dict[str, Reply] = {}
        self._by_name: dict[str, Reply] = {}
        self.default = self._reply(negotiation.offer(self._content, ""))

    def reply(self, accept: str) -> Reply:
        """Return the reply in the media type that the client likes best.

        Raises:
            Refusal: It takes none of them.
        """
        if accept in ("", "*/*") or not self._content:
            return self.default
        found = self._by_accept.get(accept)
        if found is None:
            offer = negotiation.offer(self._content, accept)
            if offer is None:
                raise Refusal(
                    RefusalKind.NOT_ACCEPTABLE,
                    f"{self._operation} -> {self.status} is not available as {accept}; "
                    f"it is as {', '.join(self._content)}",
                )
            found = self._reply(offer)
            if len(self._by_accept) < _MOST_ACCEPTS:  # what clients accept is not bounded, these tables are
                self._by_accept[accept] = found
        return found

    def any_reply(self, media_type: str | None) -> Reply:
        """Return the reply in the media type that somebody else chose; the default where it is not declared."""
        if media_type is None or media_type == self.default.name:
            return self.default
        found = self._by_name.get(media_type)
        return found or self._reply(negotiation.any_offer(self._content, media_type))

    def _reply(self, offer: negotiation.Offer | None) -> Reply:
        name = offer.name if offer is not None else ""
        found = self._by_name.get(name)
        if found is None:
            found = Reply(self._tools, self._operation, self.status, self.response, offer)
            if len(self._by_name) < _MOST_ACCEPTS:
                self._by_name[name] = found
        return found


class Answering:
    """One operation, with all that is looked up only once."""

    def __init__(self, tools: Tools, operation: Operation, stateful: StatefulOperation | None) -> None:
        self._tools = tools
        self._operation = operation
        self._choices: dict[int, Choice] = {}
        status, _ = negotiation.success(operation)
        self._created: Choice | None = None
        if stateful is not None:
            status, created = _statuses(stateful, status)
            self._created = None if created is None else self._choice(created)
        self._success = self._choice(status)
        canned = tools.fixtures.canned.get(operation.id, ())
        self._matched = Choices(canned)
        self._canned: dict[tuple[int, str], Canned] = {
            (item.status, item.name): item for item in canned if item.name or item.match is None
        }
        self._usual_canned = next(
            (item for (code, name), item in self._canned.items() if 200 <= code < 300 and not name), None
        )
        self._state = None if stateful is None else StateAnswering(tools, stateful, self._stateless)

    def answer(self, request: Request, world: World) -> Answer:
        """Answer a request.

        Raises:
            Refusal: What was asked for is not there, or not possible.
        """
        if request.preferences is not None:
            return self._preferred(request.preferences, request, world)
        canned = (self._matched.find(request) if self._matched else None) or self._usual_canned
        if canned is not None:
            return self._from_fixture(canned, request)
        reply = self._success.default
        if request.accept not in ("", "*/*"):
            reply = self._success.reply(request.accept)
        if self._state is not None:
            return self._from_state(self._state, reply, request, world)
        if self._tools.dynamic or reply.media is None:
            return self._stateless(reply, request, Draw.of(request, world, dynamic=self._tools.dynamic))
        return self._remembered(reply, request, world)

    def _from_state(self, state: StateAnswering, reply: Reply, request: Request, world: World) -> Answer:
        # Chosen before anything is done: what cannot be shown is not made.
        created = None if self._created is None else self._created.reply(request.accept)
        return state.answer(reply, request, world, created)

    def _remembered(self, reply: Reply, request: Request, world: World) -> Answer:
        """Return an answer that is not from state; what it was before, where nothing can have changed it."""
        made, key = self._tools.made, reply.key(request)
        kept = made.get(key) if key is not None else None
        if kept is None:
            answer = self._stateless(reply, request, Draw.of(request, world, dynamic=False))
            if key is not None:
                answer.content = jsontext.dumps(answer.body)
                if len(answer.content) <= _LONGEST:
                    if len(made) >= _MOST_MADE:
                        made.clear()
                    made[key] = replace(answer, body=None, headers={**answer.headers})
            return answer
        return Answer(
            kept.status, None, kept.media_type, {**kept.headers}, kept.source, kept.detail,
            content=kept.content, violations=kept.violations,
        )  # fmt: skip

    def complete(self, answer: Answer, request: Request | None = None, *, path: str = "") -> None:
        """Judge an answer that was not made here, and give it what every answer has."""
        self._choice(answer.status).any_reply(answer.media_type).complete(answer, request, path=path)

    def stubbed(self, stub: Stub, request: Request) -> Answer:
        """Return the answer that a stub orders; what it leaves out is as the document says.

        Raises:
            Refusal: The client does not take its media type.
        """
        choice = self._success if stub.status is None else self._choice(stub.status)
        reply = choice.reply(request.accept) if stub.media_type is None else choice.any_reply(stub.media_type)
        if stub.has_body:
            media_type = stub.media_type or reply.name or "application/json"
            answer = Answer(choice.status, stub.body, media_type)
        elif choice.status >= 400:
            example = reply.example(request, reflected=False) if reply.media is not None else None
            answer = example or self._error(choice, request)
        else:
            answer = self._stateless(reply, request, Draw())
        answer.source, answer.detail, answer.violations = ResponseSource.STUB, str(stub), None
        mine = {name.lower() for name in stub.headers}
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in mine}
        answer.headers = {**kept, **stub.headers}
        self.complete(answer, request)
        return answer

    def _choice(self, status: int) -> Choice:
        choice = self._choices.get(status)
        if choice is None:
            choice = self._choices[status] = Choice(self._tools, self._operation, status)
        return choice

    # Without preferences.

    def _stateless(self, reply: Reply, request: Request, draw: Draw) -> Answer:
        if reply.media is None:
            return reply.empty(request)
        if not draw.is_new:
            answer = reply.example(request)
            if answer is not None:
                return answer
        return reply.generated(request, draw)

    def _from_fixture(self, canned: Canned, request: Request) -> Answer:
        choice = self._choice(canned.status)
        name = canned.media_type
        reply = choice.reply(request.accept) if name is None else choice.any_reply(name)
        answer = reply.start(ResponseSource.FIXTURE, str(canned.source.name))
        answer.body, answer.content, answer.headers = canned.body, canned.content, {**canned.headers}
        answer.media_type = (name or reply.name) if canned.has_body else None
        return reply.complete(answer, request)

    # With preferences.

    def _preferred(self, preferences: Preferences, request: Request, world: World) -> Answer:
        choice = self._success
        if preferences.code is not None and preferences.code != choice.status:
            if self._operation.response_for(preferences.code) is None:
                declared = ", ".join(self._operation.responses) or "none"
                raise preferences.impossible(
                    "code", f"{self._operation} declares no response {preferences.code}; it has {declared}"
                )
            choice = self._choice(preferences.code)
        dynamic = self._tools.dynamic if preferences.dynamic is None else preferences.dynamic
        draw = Draw.of(request, world, dynamic=dynamic)
        if preferences.example is not None:
            answer = self._named(preferences, choice, request)
        elif preferences.source is not None:
            answer = self._from_source(preferences, choice, request, world, draw)
        elif preferences.wants_generated:
            answer = self._generated(choice, request, draw)
        else:
            answer = self._usual(choice, request, world, draw)
        answer.headers["Preference-Applied"] = ", ".join(preferences.applied)
        if any(place[0] == "header" for place in preferences.places.values()):
            vary = answer.headers.get("Vary")
            answer.headers["Vary"] = f"{vary}, Prefer" if vary else "Prefer"
        return answer

    def _usual(self, choice: Choice, request: Request, world: World, draw: Draw) -> Answer:
        """Answer as without preferences, for a status that may be another."""
        canned = self._canned_for(choice, request)
        if canned is not None:
            return self._from_fixture(canned, request)
        reply = choice.reply(request.accept)
        if self._state is not None and choice is self._success:
            return self._from_state(self._state, reply, request, world)
        if choice.status >= 400 and reply.media is not None:
            answer = None if draw.is_new else reply.example(request, reflected=False)
            return answer or self._error(choice, request)
        return self._stateless(reply, request, draw)

    def _canned_for(self, choice: Choice, request: Request) -> Canned | None:
        found = self._matched.find(request)
        if found is not None and (choice is self._success or found.status == choice.status):
            return found
        return self._usual_canned if choice is self._success else self._canned.get((choice.status, ""))

    def _generated(self, choice: Choice, request: Request, draw: Draw) -> Answer:
        reply = choice.reply(request.accept)
        if reply.media is None:
            return reply.empty(request)
        if choice.status >= 400 and draw.count is None:
            return self._error(choice, request)
        return reply.generated(request, draw)

    def _error(self, choice: Choice, request: Request) -> Answer:
        """Answer with a declared error that nothing has caused, filled as if it had been."""
        refusal = plausible(choice.status, phrase(choice.status))
        answer = self._tools.problems.answer(
            refusal, self._operation, path=request.path_text, accept=request.accept
        )
        answer.source = ResponseSource.GENERATED
        self.complete(answer, request)
        return answer

    def _named(self, preferences: Preferences, choice: Choice, request: Request) -> Answer:
        """Answer with the example, or canned response, of a name: of this response, else of any other."""
        name = preferences.example or ""
        others = [] if preferences.code is not None else [
            self._choice(code)
            for code in map(negotiation.status_of, self._operation.responses)
            if code is not None and code >= 200 and code != choice.status
        ]  # fmt: skip
        known: dict[str, None] = {}
        for candidate in (choice, *others):
            canned = self._canned.get((candidate.status, name))
            if canned is not None:
                return self._from_fixture(canned, request)
            reply = candidate.reply(request.accept) if candidate is choice else candidate.default
            answer = reply.example(request, name, reflected=False)
            if answer is not None:
                return answer
            if name in reply.broken_examples:
                why = "; ".join(str(violation) for violation in reply.broken_examples[name])
                raise preferences.impossible("example", f"the example {name!r} breaks its schema: {why}")
            known.update(dict.fromkeys(key for key in reply.examples if key))
        known.update(dict.fromkeys(key for _, key in self._canned if key))
        raise preferences.impossible(
            "example",
            f"{self._operation} -> {choice.status} has no example {name!r}; "
            f"it has {', '.join(known) or 'none with a name'}",
        )

    def _from_source(
        self, preferences: Preferences, choice: Choice, request: Request, world: World, draw: Draw
    ) -> Answer:
        source, reply = preferences.source, choice.reply(request.accept)
        canned = self._canned_for(choice, request)
        state = self._state if choice is self._success else None
        if source == ResponseSource.FIXTURE and canned is not None:
            return self._from_fixture(canned, request)
        if source == ResponseSource.STATE and state is not None:
            return state.answer(reply, request, world)
        if source == ResponseSource.EXAMPLE:
            answer = reply.example(request)
            if answer is not None:
                return answer
        if source == ResponseSource.GENERATED:
            return self._generated(choice, request, draw)
        there = {
            ResponseSource.FIXTURE: canned is not None,
            ResponseSource.STATE: state is not None,
            ResponseSource.EXAMPLE: bool(reply.examples),
            ResponseSource.GENERATED: True,
        }
        listed = ", ".join(name for name, is_there in there.items() if is_there)
        raise preferences.impossible(
            "source", f"{self._operation} -> {choice.status} has no {source}; it has {listed}"
        )


def _statuses(stateful: StatefulOperation, usual: int) -> tuple[int, int | None]:
    """Return the status of what an action did, and the one for what it made where that is another."""
    plan = stateful.plan
    if plan.status is not None:
        usual = plan.status
    responses = plan.operation.responses
    if "201" not in responses or plan.action not in (Action.CREATE, Action.UPSERT):
        return usual, None
    if plan.action is Action.CREATE:
        return (usual if plan.status is not None else 201), None
    if usual == 201 and plan.status is None:
        others = [
            int(name) for name in responses if name.isdigit() and 200 <= int(name) < 300 and name != "201"
        ]
        usual = min(others, default=201)
    return usual, 201
