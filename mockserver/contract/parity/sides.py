"""The two servers: asked alike, each with its own ids and credentials."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from urllib.parse import quote, urljoin, urlsplit

from mockserver.contract.findings import Came
from mockserver.contract.parity.steps import LOCATION, NEXT, Replay, Step
from mockserver.contract.reading import at, places_of
from mockserver.contract.requests.client import SHOWN, Client, Turn
from mockserver.contract.requests.maker import CannotMake, Draft
from mockserver.contract.requests.places import learnt, named_by
from mockserver.contract.requests.slots import Unbound, filled
from mockserver.contract.requests.writing import Credential, Outgoing, write_draft
from mockserver.contract.target import Target
from mockserver.contract.traffic import Recorded
from mockserver.document.model import Document, Operation
from mockserver.document.plan import ABSENT
from mockserver.document.routing import Router
from mockserver.errors import Json
from mockserver.mocking.judging import Judge, Judged

_LINK: Final = re.compile(r'<([^<>]*)>[^<]*?;\s*rel\s*=\s*("[^"]*"|[^\s;,]+)', re.IGNORECASE)
Credentials = Callable[[Operation], list[Credential]]
"""What goes with a request for an operation."""


class Server(Protocol):
    """What answers: a server, or a recording of one."""

    target: Target

    def ask(self, outgoing: Outgoing, step: Step) -> Turn:
        """Return what came of a request; never raises for what a server does."""
        ...


class Live:
    """A server that runs.

    Args:
        client: Speaks to it.
    """

    def __init__(self, client: Client) -> None:
        self.target = client.target
        self._client = client

    def ask(self, outgoing: Outgoing, step: Step) -> Turn:
        """Return what came of a request."""
        return self._client.ask(outgoing)


class Recording:
    """A server as it was recorded: it answers each step as it did then.

    Args:
        exchanges: In their order, by the numbers of the steps.
        url: Base URL at which it was.
    """

    def __init__(self, exchanges: list[Recorded], url: str) -> None:
        self.target = Target(url)
        self._exchanges = exchanges

    def ask(self, outgoing: Outgoing, step: Step) -> Turn:
        """Return the recorded answer."""
        recorded = self._exchanges[step.number]
        sent = outgoing.sent(self.target.url)
        reply = recorded.reply
        if reply is None:
            return Turn(sent, recorded.message, None, None, "the recording has no answer")
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.headers)
        came = Came(reply.status, headers, reply.body[:SHOWN], recorded.elapsed_ms)
        return Turn(sent, recorded.message, reply, came, elapsed_ms=recorded.elapsed_ms or 0.0)


@dataclass(slots=True)
class Seen:
    """What one server made of a step.

    Attributes:
        value: Of the answer's body; ABSENT where there is none that can be read.
        record: The record that the answer shows, None for none.
        items: The records that it lists, None for none.
        echo: What was sent of the record so far, with this server's ids; ABSENT for nothing.
        bindings: What was known before.
        totals: Name of the list -> its total in the step before.
    """

    turn: Turn
    judged: Judged
    value: Any
    record: dict[str, Any] | None
    items: list[dict[str, Any]] | None
    echo: Any
    bindings: Mapping[str, Json]
    totals: Mapping[str, int]
    total: int | None = None

    @property
    def status(self) -> int:
        """Of the answer, 0 where there is none."""
        return self.turn.reply.status if self.turn.reply is not None else 0

    @property
    def is_success(self) -> bool:
        """Whether it was done (2xx)."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """Return a header of the answer by its name in lower case."""
        return self.turn.reply.header(name) if self.turn.reply is not None else None


@dataclass(slots=True)
class Side:
    """One of both, with what it has said in the scenario so far.

    Attributes:
        name: `mock` or `real`.
        title: As people say it: `the mock`, `the real server`.
        bindings: Name -> what it has said.
        made: What is to be deleted at the end: name of the binding -> the request.
        silent: Requests in a row without an answer.
        limited: Requests in a row that the server was too busy for, however long it was waited.
        answered: Requests that had an answer.
        done: Requests that were answered 2xx.
        lost: Requests that were answered 404.
        failure: Why there was no answer the last time.
    """

    name: str
    title: str
    server: Server
    document: Document
    credentials: Credentials
    bindings: dict[str, Json] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    made: dict[str, tuple[Step, Outgoing]] = field(default_factory=dict)
    silent: int = 0
    limited: int = 0
    answered: int = 0
    done: int = 0
    lost: int = 0
    failure: str = ""
    judge: Judge = field(init=False)
    _prefix: str = field(init=False)

    def __post_init__(self) -> None:
        self._prefix = urlsplit(self.server.target.url).path.rstrip("/")
        self.judge = Judge(self.document, Router(self.document, self._prefix))

    def begin(self) -> None:
        """Forget what was said in the scenario before."""
        self.bindings, self.totals = {}, {}

    def outgoing(self, step: Step, asked: Draft | Replay | None = None) -> Outgoing:
        """Return the request of a step for this side.

        Raises:
            Unbound: It has not said what is needed.
            CannotMake: A value has no form.
        """
        asked = asked or step.asked
        operation = step.operation if asked is step.asked or not isinstance(asked, Draft) else asked.operation
        credentials = self.credentials(operation) if step.authorised and operation is not None else []
        if isinstance(asked, Replay):
            return asked.write(self.bindings, credentials)
        outgoing = write_draft(self.document, asked, self.bindings, credentials)
        if step.follows is None or asked is not step.asked:
            return outgoing
        return self._followed(outgoing, filled(step.follows, self.bindings))

    def _followed(self, outgoing: Outgoing, url: Json) -> Outgoing:
        """Return a request for a URL that this side has said, from where it has said it."""
        target = self.server.target.url
        try:
            parts = urlsplit(urljoin(f"{target}{outgoing.path}", str(url)))
        except ValueError as error:
            raise CannotMake(f"{url!r} is no URL") from error
        if parts.netloc != urlsplit(target).netloc:
            # Its public name, perhaps: where this would go, nobody has allowed.
            raise CannotMake(f"{url!r} leads to another host")
        path = quote(parts.path, safe="/%:@!$&'()*+,;=-._~")
        is_below = path.startswith(f"{self._prefix}/")
        query = quote(parts.query, safe="/?%:@!$&'()*+,;=-._~[]")
        return replace(outgoing, path=path[len(self._prefix) :] if is_below else path, query=query)

    def ask(self, step: Step, outgoing: Outgoing) -> Seen:
        """Send a request, and remember what came of it."""
        turn = self.server.ask(outgoing, step)
        if turn.reply is None:
            self.silent, self.failure = self.silent + 1, turn.failure
        else:
            self.silent, self.answered = 0, self.answered + 1
            self.lost += turn.reply.status == 404
            self.done += 200 <= turn.reply.status < 300
        self.limited = self.limited + 1 if turn.is_limited else 0
        judged = self.judge.judge(turn.message, turn.reply)
        seen = self._seen(step, turn, judged)
        if seen.is_success:
            self._learn(step, seen)
        return seen

    def _seen(self, step: Step, turn: Turn, judged: Judged) -> Seen:
        value: Any = judged.answer
        if turn.reply is None or not turn.reply.body or not turn.reply.is_whole or isinstance(value, bytes):
            value = ABSENT
        record = items = total = None
        if step.plan is not None and value is not ABSENT:
            places = places_of(step.plan)
            record, items = places.record_in(value), places.items_in(value)
            fields = _fields(turn)
            said = places.said("total", value, fields)
            if isinstance(said, int) and not isinstance(said, bool):
                total = said
            elif isinstance(said, str) and said.isdigit():
                total = int(said)
        try:
            echo = filled(step.echo, self.bindings) if step.echo is not ABSENT else ABSENT
        except Unbound:
            echo = ABSENT
        return Seen(turn, judged, value, record, items, echo, dict(self.bindings), dict(self.totals), total)

    def _learn(self, step: Step, seen: Seen) -> None:
        """Remember what an answer says, for the steps after."""
        plan, value = step.plan, seen.value
        if step.saves and plan is not None:
            header = {"location": seen.header("location") or ""}
            found = learnt(plan, None if value is ABSENT else value, header)
            if step.assumed is not None and (found is None or _lacks_id(step, found)):
                found = {**(found if isinstance(found, dict) else {}), **filled(step.assumed, self.bindings)}
            if found is not None:
                self.bindings[step.saves] = found
                if location := seen.header("location"):
                    self.bindings[LOCATION.format(step.saves)] = location
                if step.undo is not None:
                    with contextlib.suppress(Unbound):
                        self.made[f"{step.saves} {len(self.made)}"] = step, self.outgoing(step, step.undo)
        if step.picks and seen.items:
            self.bindings[step.picks] = seen.items[0]
        if step.keeps and value is not ABSENT:
            self.bindings[step.keeps] = value
            if following := next_of(seen.header("link") or ""):
                self.bindings[NEXT.format(step.keeps)] = following
        if step.keeps and (location := seen.header("location")):
            self.bindings[f"{step.keeps} location"] = named_by(location)
        if step.forgets:
            self.made = {
                name: (made, undo)
                for name, (made, undo) in self.made.items()
                if self._prefix + undo.path != seen.turn.message.path
            }
        if seen.total is not None and step.operation is not None and step.is_whole:
            self.totals[step.operation.id] = seen.total


def next_of(link: str) -> str:
    """Return the target of the link to the next page (RFC 8288 section 3), "" for none."""
    for match in _LINK.finditer(link):
        if "next" in (match[2].strip('"').lower().split()):
            return match[1]
    return ""


def _fields(turn: Turn) -> dict[str, str]:
    headers = turn.reply.headers if turn.reply is not None else ()
    return {name.lower().decode("latin-1"): text.decode("latin-1") for name, text in headers}


def _lacks_id(step: Step, record: Json) -> bool:
    if step.plan is None:
        return True
    return at(record, step.plan.resource.id_property.split(".")) in (None, ABSENT)
