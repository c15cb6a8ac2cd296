"""Steps from a recorded run: the requests as they were, but for what the server had said itself.

What stood in an answer and comes again in a later request (an id in the path, a cursor in the query, a token in the
body) is each server's own: it becomes a slot. What the client said first stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from mockserver.contract.parity.steps import SAFE, Replay, Scenario, Step, Writes, is_own
from mockserver.contract.reading import at, places_of
from mockserver.contract.requests.maker import Draft, Maker
from mockserver.contract.requests.places import named_by, sent_at
from mockserver.contract.requests.slots import Slot
from mockserver.contract.traffic import Recorded
from mockserver.document.media_types import is_json
from mockserver.document.model import Document, Operation
from mockserver.document.naming import variables, words
from mockserver.document.plan import ABSENT, Action, OperationPlan, Plan
from mockserver.document.routing import Router
from mockserver.errors import Json
from mockserver.mocking.judging import Judge
from mockserver.mocking.transcript import at_home

_SHORTEST: Final = 4
"""Characters of a text that is taken for an id wherever it stands; shorter ones have to be called an id."""
_IDS: Final = frozenset({"id", "ids", "key", "token", "cursor", "uuid"})
"""Last words of names whose values are the server's to choose, however short they are."""
_DEPTH: Final = 4
"""Segments that a base path may have."""
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
    homes = _homes(exchanges, router)
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


def _homes(exchanges: list[Recorded], router: Router) -> list[Recorded]:
    """Return exchanges with the paths of the document.

    A journal of ours knows the operations. Of others the base path is looked for under which most requests are for
    operations; it may stand in no document.
    """
    found = [replace(item, message=at_home(item.message, item.operation, router)) for item in exchanges]
    leads: Counter[str] = Counter()
    for item in found:
        path = item.message.path
        for cut in [0, *(match.start() for match in re.finditer("/", path[1:]) if match.start())][
            : _DEPTH + 1
        ]:
            start = cut + 1 if cut else 0
            if router.find(item.message.method, path[start:], item.message.query).operation is not None:
                leads[path[:start]] += 1
    base = max(leads, key=lambda name: (leads[name], -len(name)), default="")
    return [
        replace(item, message=replace(item.message, path=item.message.path.removeprefix(base)))
        if item.message.path.startswith(f"{base}/")
        else item
        for item in found
    ]


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
        carriers = [
            (item.place, item.parameter)
            for item in document.security_schemes.values()
            if item.type == "apiKey"
        ]
        self._secret = {(place, name.lower()) for place, name in carriers}
        self._ids: dict[str, Slot] = {}
        self._records: dict[tuple[str, str], Slot] = {}
        self._said: dict[str, Slot] = {}
        self._sent: set[str] = set()

    def add(self, number: int, item: Recorded, operation: Operation) -> None:
        message = item.message
        own = self._maker.plan.operations.get(operation.id)
        judged = self._judge.judge(message, item.reply)
        template = operation.path.partition("?")[0].split("/")
        about = self._maker.names.of(operation.path, own)
        segments = tuple(
            self._named(unquote(text), about.get(name.strip("{}"))) if "{" in name else unquote(text)
            for name, text in zip(template, message.path.split("/"), strict=False)
        )
        fields = tuple(
            (name, self._slot(value, is_id=_is_id(name)))
            for name, value in parse_qsl(message.query.decode("latin-1"), keep_blank_values=True)
            if ("query", name.lower()) not in self._secret
        )
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in message.headers
            if name.decode("latin-1").lower() not in _DROPPED
            and ("header", name.decode("latin-1").lower()) not in self._secret
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
            # Who was refused for want of credentials had none that were right.
            authorised=item.reply is None or item.reply.status != 401,
            keeps=keeps,
            forgets="it" if own is not None and own.action is Action.DELETE else "",
            where=item.place,
            number=number,
        )
        if own is not None and isinstance(body, dict):
            place = sent_at(own)
            echo = at(body, place) if place is not None else ABSENT
            if own.action is Action.CREATE:
                step = replace(step, saves=f"made {number + 1}", made=True, echo=echo)
                step = replace(step, undo=self._undo(own, asked, step.saves))
            elif own.action in (Action.UPDATE, Action.REPLACE) and not own.set:
                step = replace(step, echo=echo)
        self.steps.append(step)
        self._learn(item, judged.answer, keeps)
        if own is not None:
            self._learn_records(own, judged.answer, keeps)

    def _undo(self, plan: OperationPlan, asked: Replay, saves: str) -> Draft | None:
        """Return what deletes a record: below the same parents as it was made."""
        above = plan.operation.path.partition("?")[0].split("/")
        known = {name: value for name, value in zip(above, asked.segments, strict=False) if "{" in name}
        id = Slot(saves, tuple(plan.resource.id_property.split(".")))
        for other in self._maker.plan.operations.values():
            names = variables(other.operation.path)
            if other.action is not Action.DELETE or other.resource is not plan.resource or not names:
                continue
            path = {name: known.get("{" + name + "}") for name in names[:-1]}
            if other.ids is ABSENT and not other.find and None not in path.values():
                return Draft(other.operation, {**path, names[-1]: id})
        return None

    def _named(self, text: str, about: tuple[str, tuple[str | int, ...]] | None) -> Any:
        """Return the slot for a variable of a path: of two records of the same id, the one of the right resource."""
        known = self._records.get((about[0], text)) if about is not None else None
        return known or self._slot(text, is_id=True)

    def _slot(self, text: str, *, is_id: bool) -> Any:
        """Return the slot for a text that the server has said, else the text, which then is the client's own."""
        if is_id and text in self._ids:
            return self._ids[text]
        if text in self._said and text not in self._sent:
            return self._said[text]
        self._sent.add(text)
        return text

    def _template(self, value: Json, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._template(member, key) for key, member in value.items()}
        if isinstance(value, list):
            return [self._template(item, name) for item in value]
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            slot = self._slot(str(value), is_id=_is_id(name))
            return slot if isinstance(slot, Slot) else value
        return value

    def _learn(self, item: Recorded, answer: Json, keeps: str) -> None:
        for way, value in _leaves(answer, ()):
            text = str(value)
            if _is_id(next((part for part in reversed(way) if isinstance(part, str)), "")):
                self._ids.setdefault(text, Slot(keeps, way))
            elif isinstance(value, str) and len(text) >= _SHORTEST and text not in self._sent:
                self._said.setdefault(text, Slot(keeps, way))
        location = item.reply.header("location") if item.reply is not None else None
        if location:
            segment = named_by(location)
            if segment:
                self._ids.setdefault(segment, Slot(f"{keeps} location"))

    def _learn_records(self, plan: OperationPlan, answer: Json, keeps: str) -> None:
        """Remember of which resource the ids are."""
        places, id = places_of(plan), tuple(plan.resource.id_property.split("."))
        ways = [places.record] if places.record is not None else []
        listed = at(answer, places.items) if places.items is not None else None
        if places.items is not None and isinstance(listed, list):
            ways += [(*places.items, number, *places.wrap) for number in range(len(listed))]
        for way in ways:
            found = at(answer, (*way, *id))
            if isinstance(found, str | int):
                self._records.setdefault((plan.resource.name, str(found)), Slot(keeps, (*way, *id)))


def _is_id(name: str) -> bool:
    """Return whether a name is that of ids, cursors or tokens."""
    return bool(words(name)) and words(name)[-1] in _IDS


def _leaves(value: Json, way: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str | int]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, (*way, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*way, index))
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        yield way, value
