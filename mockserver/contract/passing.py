"""What a proxy sees pass, as the events of a contract test.

Thousands of exchanges may break one rule in the same way: each is told once, with the first exchange that shows it, and
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from mockserver.contract.describing import describe
from mockserver.contract.events import Ended, Found, Reporter, Said, Started, Tested, Verdict
from mockserver.contract.findings import Came, Finding, Level, Sent, placed
from mockserver.document.model import Document
from mockserver.errors import Violation
from mockserver.mocking.judging import Headers, Judged, Message, Reply

SHOWN_LIMIT: Final = 16 * 1024
"""Bytes of a body that a finding shows."""

MOST_FINDINGS: Final = 10_000
"""Kinds of findings that are told; a client's choice of names must not fill the memory."""

MOST_STRANGERS: Final = 20
"""Paths that the document does not have, and that are told each for itself."""

_PATH_LIMIT: Final = 200

_OF_THE_WAY: Final = frozenset({b"host", b"content-length", b"connection", b"transfer-encoding", b"expect"})
"""Fields that curl sets itself."""

Key = tuple[str, str, str, int]


@dataclass(slots=True)
class _Seen:
    """What is known of one operation."""

    cases: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)


class Passing:
    """Turns exchanges into events.

    Args:
        document: What they are held against.
        emit: Takes the events.
        origin: Scheme and authority of the server that answered, with its base path.
        mask: Takes the credentials out of a finding.
    """

    def __init__(
        self,
        document: Document,
        emit: Reporter,
        origin: str,
        mask: Callable[[Finding], Finding] = lambda finding: finding,
    ) -> None:
        self._document = document
        self._emit = emit
        self._origin = origin
        self._mask = mask
        self._seen: dict[str, _Seen] = {}
        self._findings: dict[Key, Finding] = {}
        self._more: dict[Key, int] = {}
        self._strangers: set[str] = set()
        self.exchanges = 0
        self._unjudged = 0

    def start(self, at: datetime) -> None:
        """Begin."""
        self._emit(Started("proxy", self._origin, self._document.name, at, len(self._document.operations)))

    def take(
        self, message: Message, reply: Reply | None, judged: Judged, elapsed_ms: float, failure: str = ""
    ) -> None:
        """Take an exchange.

        Args:
            message: As the client sent it.
            reply: As the upstream answered, None where it did not.
            judged: What is wrong with them.
            elapsed_ms: How long it took.
            failure: Why the upstream gave no answer, or not all of one; "" where it did, or where nobody waited.
        """
        self.exchanges += 1
        self._unjudged += reply is not None and not reply.is_whole
        name = str(judged.operation) if judged.operation else self._lost(message)
        seen = self._seen.setdefault(name, _Seen())
        seen.cases += 1
        seen.seconds += elapsed_ms / 1000
        if not (judged.request or judged.response or failure):
            return
        status = reply.status if reply else 0
        keys: list[Key] = []
        fresh = replace(
            judged,
            request=self._fresh(keys, name, judged.request, 0),
            response=self._fresh(keys, name, judged.response, status),
        )
        failures = self._fresh(keys, name, _failures(failure), -1)
        if not keys:
            return
        fields = [field for field in message.headers if field[0].lower() not in _OF_THE_WAY]
        sent = Sent(message.method, self._url(message), _texts(fields), message.body[:SHOWN_LIMIT])
        came = None
        if reply is not None:
            came = Came(reply.status, _texts(reply.headers), reply.body[:SHOWN_LIMIT], round(elapsed_ms, 3))
        found = describe(self._document, fresh, sent, came)
        if 400 <= status < 500:
            # The server keeps the contract by refusing what breaks it; the client may have meant to break it.
            found = [_lenient(item) if item.check.startswith("request-") else item for item in found]
        found += [_no_answer(judged, item, sent, came) for item in failures]
        for key, finding in zip(keys, found, strict=True):
            if not finding.operation:
                # Else all paths that nobody knows would be one finding.
                finding = replace(finding, operation=name)  # noqa: PLW2901
            told = self._findings[key] = self._mask(finding)
            seen.findings.append(told)
            self._emit(Found(told))

    def end(self, seconds: float) -> None:
        """Tell how often each was seen, what was tested, and that it is over."""
        for key, times in self._more.items():
            if times:
                self._emit(Found(replace(self._findings[key], times=times)))
        for name, seen in self._seen.items():
            self._emit(Tested(name, "proxy", round(seen.seconds, 6), tuple(seen.findings), cases=seen.cases))
        if self._unjudged:
            which = "1 answer was" if self._unjudged == 1 else f"{self._unjudged} answers were"
            why = "too large, in a coding that is not read, a stream, or broken off; the journal says which"
            self._emit(Said(f"the body of {which} not judged: {why}"))
        numbers = {"exchanges": self.exchanges, "operations": len(self._seen)}
        self._emit(Ended(Verdict.BROKEN if self._findings else Verdict.CLEAN, seconds, numbers))

    def _fresh(
        self, keys: list[Key], name: str, violations: Iterable[Violation], status: int
    ) -> tuple[Violation, ...]:
        """Return the violations that were not seen before, append their keys, and count the others."""
        fresh = []
        for item in violations:
            key = (name, placed(item.location), item.rule, status)
            if key in self._more:
                self._more[key] += 1
            elif len(self._more) < MOST_FINDINGS:
                self._more[key] = 0
                keys.append(key)
                fresh.append(item)
        return tuple(fresh)

    def _lost(self, message: Message) -> str:
        """Return the name of what the document does not have: its path, as long as these are few."""
        name = f"{message.method} {message.path[:_PATH_LIMIT]}"
        if name not in self._strangers and len(self._strangers) >= MOST_STRANGERS:
            return f"{message.method} (other paths)"
        self._strangers.add(name)
        return name

    def _url(self, message: Message) -> str:
        query = f"?{message.query.decode('latin-1')}" if message.query else ""
        return f"{self._origin}{message.path}{query}"


def _lenient(finding: Finding) -> Finding:
    return replace(finding, level=Level.WARNING) if finding.level is Level.ERROR else finding


def _failures(failure: str) -> list[Violation]:
    # What stands in brackets is the system's word for it, which may have numbers in it.
    return [Violation((), failure.partition(" (")[0], failure)] if failure else []


def _no_answer(judged: Judged, failure: Violation, sent: Sent, came: Came | None) -> Finding:
    operation = judged.operation
    return Finding(
        "no-answer",
        Level.ERROR,
        "The server gave no answer, or not all of one",
        failure.message,
        str(operation) if operation else "",
        operation.id if operation else "",
        rule=failure.rule,
        advice="Look into the server's log for this request, and see whether the server runs.",
        sent=sent,
        came=came,
    )


def _texts(fields: Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in fields)
