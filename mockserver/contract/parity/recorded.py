"""Steps from a recorded run: the requests as they were, but for what the server had said itself.

What stood in an answer and comes again in a later request (an id in the path, a cursor in the query, a token in the
body) is each server's own: it becomes a slot. What the client said first stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from mockserver.contract.parity.steps import SAFE, Replay, Scenario, Step, Writes, is_own
from mockserver.contract.reading import at
from mockserver.contract.requests.maker import CannotMake, Draft, Maker
from mockserver.contract.requests.places import sent_at
from mockserver.contract.requests.slots import Slot
from mockserver.contract.traffic import Recorded
from mockserver.document.media_types import is_json
from mockserver.document.model import Document, Operation
from mockserver.document.naming import words
from mockserver.document.plan import ABSENT, Action, OperationPlan, Plan
from mockserver.document.routing import Router
from mockserver.errors import Json
from mockserver.mocking.judging import Judge, Message
from mockserver.mocking.transcript import at_home

_SHORTEST: Final = 4
"""Characters of a text that is taken for an id wherever it stands; shorter ones have to be called an id."""
_DROPPED: Final = frozenset(
    {
        "accept-encoding", "authorization", "connection", "content-length", "cookie", "host", "proxy-authorization",
        "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "via", "forwarded", "x-forwarded-for",
        "x-forwarded-host", "x-forwarded-proto",
    }
)  # fmt: skip
"""Headers of the connection, and credentials: each side has its own."""


def scenarios(
    document: Document,
    plan: Plan,
    exchanges: list[Recorded],
    writes: Writes,
    wanted: frozenset[str],
) -> tuple[list[Scenario], list[Recorded], str]:
    """Return the scenarios of a recorded run, one for each world in it; its exchanges; and where the server was.

    Args:
        document: Whose operations were called; requests for others are left out.
        plan: What they do.
        exchanges: In their order. They come back with the paths of the document, by the numbers of the steps.
        writes: How far the requests may change a server.
        wanted: Ids of the operations whose differences count.
    """
    router, maker = Router(document), Maker(document, plan)
    homes = [replace(item, message=_home(item, router)) for item in exchanges]
    origin = next((item.origin for item in exchanges if item.origin), "http://recorded")
    runs: dict[str, _Run] = {}
    for number, item in enumerate(homes):
        if item.document and item.document != document.name:
            continue
        operation = router.find(item.message.method, item.message.path, item.message.query).operation
        if operation is not None and item.message.is_whole:
            message = replace(item.message, path=_below(item.message.path, operation))
            homes[number] = replace(item, message=message)
            runs.setdefault(item.world, _Run(document, maker)).add(number, homes[number], operation)
    found: list[Scenario] = []
    for world, run in runs.items():
        steps = tuple(step for step in run.steps if _may(step, writes))
        called = {step.operation.id for step in run.steps if step.operation is not None}
        done = {step.operation.id for step in steps if step.operation is not None}
        name = f"recorded run of {world}" if world else "recorded run"
        if steps:
            found.append(Scenario(name, "recorded", steps))
        found += [
            Scenario(
                str(document.operations[id]), "", (), "its requests may change the real server; see --write"
            )
            for id in sorted((called - done) & wanted)
        ]
    return found, homes, origin


def _home(item: Recorded, router: Router) -> Message:
    return at_home(item.message, item.operation, router)


def _below(path: str, operation: Operation) -> str:
    """Return a path without the base path that stands before the document's own."""
    count = operation.path.partition("?")[0].count("/")
    return "/" + "/".join(path.split("/")[-count:])


def _may(step: Step, writes: Writes) -> bool:
    if step.operation is None or step.operation.method in SAFE or writes is Writes.ALL:
        return True
    is_create = step.plan is not None and step.plan.action is Action.CREATE
    return writes is Writes.OWN and is_own(step) and (is_create or any(step.asked.slots()))


class _Run:
    """The steps of one run, and what its answers said so far."""

    def __init__(self, document: Document, maker: Maker) -> None:
        self.steps: list[Step] = []
        self._judge = Judge(document)
        self._maker = maker
        self._said: dict[str, Slot] = {}
        self._sent: set[str] = set()

    def add(self, number: int, item: Recorded, operation: Operation) -> None:
        message = item.message
        own = self._maker.plan.operations.get(operation.id)
        judged = self._judge.judge(message, item.reply)
        template = operation.path.partition("?")[0].split("/")
        segments = tuple(
            self._slot(unquote(text)) if "{" in name else unquote(text)
            for name, text in zip(template, message.path.split("/"), strict=False)
        )
        fields = tuple(
            (name, self._slot(value))
            for name, value in parse_qsl(message.query.decode("latin-1"), keep_blank_values=True)
        )
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in message.headers
            if name.decode("latin-1").lower() not in _DROPPED
        )
        body: Any = message.body
        if body and is_json(message.header("content-type") or "") and isinstance(judged.body, dict | list):
            body = self._template(judged.body)
        keeps = f"answer {number + 1}"
        asked = Replay(message.method, segments, fields, headers, body)
        step = Step(
            f"{message.method.lower()} again",
            asked,
            operation,
            own,
            keeps=keeps,
            where=item.place,
            number=number,
        )
        if own is not None and isinstance(body, dict):
            place = sent_at(own)
            echo = at(body, place) if place is not None else ABSENT
            if own.action is Action.CREATE:
                step = replace(step, saves=f"made {number + 1}", made=True, echo=echo)
                step = replace(step, undo=self._undo(own, step.saves))
            elif own.action in (Action.UPDATE, Action.REPLACE) and not own.set:
                step = replace(step, echo=echo)
        self.steps.append(step)
        self._learn(item, judged.answer, keeps)

    def _undo(self, plan: OperationPlan, saves: str) -> Draft | None:
        for other in self._maker.plan.operations.values():
            if other.action is Action.DELETE and other.resource is plan.resource and other.ids is ABSENT:
                try:
                    return self._maker.draft(other.operation, {plan.resource.name: saves}, lean=True)
                except CannotMake:
                    continue
        return None

    def _slot(self, text: str) -> Any:
        """Return the slot for a text that the server has said, else the text, which then is the client's own."""
        if text in self._said:
            return self._said[text]
        self._sent.add(text)
        return text

    def _template(self, value: Json) -> Any:
        if isinstance(value, dict):
            return {name: self._template(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self._template(item) for item in value]
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            slot = self._slot(str(value))
            return slot if isinstance(slot, Slot) else value
        return value

    def _learn(self, item: Recorded, answer: Json, keeps: str) -> None:
        location = item.reply.header("location") if item.reply is not None else None
        if location:
            segment = unquote(urlsplit(location).path.rstrip("/").rpartition("/")[2])
            if segment and segment not in self._sent:
                self._said.setdefault(segment, Slot(f"{keeps} location"))
        for way, value in _leaves(answer, ()):
            text = str(value)
            name = next((part for part in reversed(way) if isinstance(part, str)), "")
            is_id = bool(words(name)) and words(name)[-1] in ("id", "ids", "key", "token", "cursor")
            is_likely = is_id or (isinstance(value, str) and len(text) >= _SHORTEST)
            if is_likely and text not in self._sent:
                self._said.setdefault(text, Slot(keeps, way))


def _leaves(value: Json, way: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str | int]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, (*way, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*way, index))
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        yield way, value
