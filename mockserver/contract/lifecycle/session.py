"""Requests to one server: made by the document, sent, judged, and remembered with what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from mockserver.contract import describing
from mockserver.contract.findings import Came, Finding, Level, Sent
from mockserver.contract.lifecycle.checks import CHECKS, GUESSED
from mockserver.contract.reading import Places, places_of
from mockserver.contract.requests.client import Client, Turn
from mockserver.contract.requests.maker import Draft, Maker
from mockserver.contract.requests.writing import Outgoing, write_draft
from mockserver.contract.target import Target, for_operation
from mockserver.document.model import Document, Operation
from mockserver.document.plan import OperationPlan, Plan
from mockserver.errors import Json
from mockserver.mocking.judging import Judge, Judged


class Unreachable(Exception):
    """The server does not answer any more; the text says why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request with its answer.

    Attributes:
        planned: What was asked; None for an operation of which the plan knows nothing.
        value: The value of the answer's body, None without one.
        headers: Of the answer, by their names in lower case.
    """

    operation: Operation
    planned: OperationPlan | None
    turn: Turn
    status: int
    value: Json
    headers: Mapping[str, str]

    @property
    def is_success(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.status < 300

    @property
    def pair(self) -> tuple[Sent, Came | None]:
        """Request and answer as they are shown."""
        return self.turn.sent, self.turn.came


@dataclass
class Session:
    """One server, and all that was asked of it.

    Attributes:
        findings: What is wrong, in the order in which it was seen; taken out by who tells of it.
        cases: Operation id -> how many requests.
        seconds: Operation id -> how long all of them took.
    """

    document: Document
    plan: Plan
    maker: Maker
    client: Client
    judge: Judge
    target: Target
    findings: list[Finding] = field(default_factory=list)
    cases: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    _places: dict[str, Places] = field(default_factory=dict)

    def places(self, planned: OperationPlan) -> Places:
        """Return where things stand in the answers of an operation."""
        id = planned.operation.id
        if id not in self._places:
            self._places[id] = places_of(planned)
        return self._places[id]

    def ask(self, draft: Draft, bindings: Mapping[str, Json]) -> Seen:
        """Send a request, and note what of the answer breaks the document.

        Raises:
            Unbound: An id is not known.
            CannotMake: A value has no form in its place.
            Unreachable: There is no answer.
        """
        credentials = for_operation(self.target, self.document, draft.operation)
        return self.send(draft.operation, write_draft(self.document, draft, bindings, credentials))

    def follow(self, link: str, seen: Seen, draft: Draft, bindings: Mapping[str, Json]) -> Seen:
        """Return where a link leads; it is followed on this server only. For errors see `ask`.

        Args:
            link: Absolute, or relative to what was asked (RFC 3986 section 5).
            seen: The answer that has it.
            draft: What is asked there: its headers and credentials go along, its path and query do not.
            bindings: What is known of the server.
        """
        credentials = for_operation(self.target, self.document, draft.operation)
        outgoing = write_draft(self.document, draft, bindings, credentials)
        base = urlsplit(self.target.url)
        origin = f"{base.scheme}://{base.netloc}"
        target = urlsplit(urljoin(origin + seen.turn.message.path, link))
        extra = [f"{name}={value}" for place, name, value in credentials if place == "query"]
        query = "&".join([*([target.query] if target.query else []), *extra])
        return self.send(draft.operation, replace(outgoing, path=target.path, query=query), base=origin)

    def send(self, operation: Operation, outgoing: Outgoing, *, base: str | None = None) -> Seen:
        """Send a request that is written already, maybe below another base URL; for errors see `ask`."""
        turn = self.client.ask(outgoing, base=base)
        if turn.reply is None:
            raise Unreachable(f"{operation}: {turn.failure}")
        self.cases[operation.id] = self.cases.get(operation.id, 0) + 1
        self.seconds[operation.id] = self.seconds.get(operation.id, 0.0) + turn.elapsed_ms / 1000
        judged = self.judge.judge(turn.message, turn.reply)
        # The request is ours: where it breaks the document, that is not the server's doing.
        only = Judged(judged.route, response=judged.response)
        self.findings += describing.describe(self.document, only, turn.sent, turn.came)
        headers = {
            name.lower().decode("latin-1"): value.decode("latin-1") for name, value in turn.reply.headers
        }
        return Seen(
            operation,
            self.plan.operations.get(operation.id),
            turn,
            turn.reply.status,
            judged.answer,
            headers,
        )

    def found(
        self,
        check: str,
        seen: Seen,
        message: str,
        *,
        location: tuple[str | int, ...] = (),
        before: tuple[Seen, ...] = (),
        is_guess: bool = False,
    ) -> None:
        """Note that a promise is broken.

        Args:
            check: Its name in the table.
            seen: The answer that shows it.
            message: What was seen.
            location: Where in the answer.
            before: What led to it.
            is_guess: Whether only inference says what was meant: then it is a warning.
        """
        kind = CHECKS[check]
        level = Level.WARNING if is_guess and check in GUESSED else kind.level
        finding = Finding(
            kind.name,
            level,
            kind.title,
            message,
            str(seen.operation),
            seen.operation.id,
            location,
            "",
            describing.says(self.document, seen.operation.pointer),
            kind.advice,
            *seen.pair,
            before=tuple(earlier.pair for earlier in before),
        )
        self.findings.append(finding)

    def taken(self) -> Iterator[Finding]:
        """Yield what was noted since the last time, without secrets."""
        findings, self.findings = self.findings, []
        for finding in findings:
            yield self.target.masked_finding(replace(finding, message=shortened(finding.message)))


def shortened(text: str, most: int = 600) -> str:
    """Return a text that a person reads to its end."""
    return text if len(text) <= most else f"{text[:most]}..."


def shown(value: Any) -> str:
    """Return a value as messages show it."""
    return shortened(repr(value), 120)
