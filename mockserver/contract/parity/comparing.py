"""What differs between two answers, as findings that say which of them keeps the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mockserver.contract.describing import says as said_by
from mockserver.contract.findings import Came, Finding, Level, Sent, placed
from mockserver.contract.parity import hints
from mockserver.contract.parity.checks import CHECKS
from mockserver.contract.parity.facts import Fact, facts
from mockserver.contract.parity.shapes import Odd, Shapes
from mockserver.contract.parity.sides import Seen, Side
from mockserver.contract.parity.steps import Step
from mockserver.document.model import Document, Operation
from mockserver.errors import Violation

_BEFORE: Final = 4
"""Earlier exchanges that a finding shows: the last of those that have changed something."""


@dataclass(slots=True)
class Comparer:
    """Compares what two servers make of the same steps.

    Attributes:
        mock, real: The two.
        wanted: Ids of the operations whose differences count.
        tighter: What may be written into the plan, for all findings so far.
    """

    document: Document
    mock: Side
    real: Side
    wanted: frozenset[str]
    shapes: Shapes = field(init=False)
    tighter: dict[str, Any] = field(default_factory=dict)
    _told: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.shapes = Shapes(self.document)

    def agrees(self, step: Step, mock: Seen, real: Seen) -> bool:
        """Return whether two answers show the same status and the same of records; nothing is remembered of them."""
        if mock.status != real.status:
            return False
        both = [facts(self.document, step, seen, of_message=False) for seen in (mock, real)]
        shown = {(fact.check, fact.location): fact.value for fact in both[0]}
        return all(shown.get((fact.check, fact.location), fact.value) == fact.value for fact in both[1])

    def compare(
        self, step: Step, mock: Seen, real: Seen, before: list[tuple[Sent, Came | None]]
    ) -> list[Finding]:
        """Return how the answers to a step differ.

        Args:
            step: What was asked.
            mock: What the mock made of it.
            real: What the real server made of it.
            before: What the real server was asked before, and said.
        """
        if step.operation is not None and step.operation.id not in self.wanted:
            return []
        if mock.turn.is_limited or real.turn.is_limited:
            return []
        pair = _Pair(self, step, mock, real, tuple(before[-_BEFORE:]))
        if mock.turn.reply is None or real.turn.reply is None:
            return [] if mock.turn.reply is real.turn.reply else [pair.unanswered()]
        found = list(self._of_pair(pair))
        if step.operation is not None:
            self._told |= {(step.operation.id, finding.place) for finding in found}
        self.shapes.observe("mock", step, mock)
        self.shapes.observe("real", step, real)
        return found

    def _of_pair(self, pair: _Pair) -> Iterator[Finding]:
        mock, real = pair.mock, pair.real
        if mock.status != real.status:
            yield pair.status()
        if mock.status // 100 != real.status // 100:
            return
        lonely = {violation.location for violation in pair.lonely("mock") + pair.lonely("real")}
        for name in ("mock", "real"):
            for violation in pair.lonely(name):
                # A status that is not declared has been told with the status.
                if violation.location[:1] != ("status",) or mock.status == real.status:
                    yield pair.broken(name, violation)
        is_same = mock.status == real.status
        if not is_same and not mock.is_success:
            return
        both = [facts(self.document, pair.step, seen, of_message=is_same) for seen in (mock, real)]
        shown = {(fact.check, fact.location): fact for fact in both[0]}
        for fact in both[1]:
            other = shown.get((fact.check, fact.location))
            if other is not None and other.value != fact.value and fact.location not in lonely:
                yield pair.differ(other, fact)

    def at_the_end(self) -> Iterator[Finding]:
        """Yield what only all answers together show."""
        for odd in self.shapes.odd():
            operation = self.document.operations.get(odd.place[0])
            place = placed(("body", *odd.place[2]))
            if operation is not None and (operation.id, place) not in self._told:
                yield self._odd(odd, operation)

    def _odd(self, odd: Odd, operation: Operation) -> Finding:
        (step, mock), (_, real) = odd.shown
        pair = _Pair(self, step, mock, real, ())
        status = odd.place[1]
        message = (
            f"In all answers with {status}, {self.mock.title} {odd.mock}, {self.real.title} {odd.real}."
            f" {_right(odd, operation, status)}"
        )
        return pair.finding(
            odd.check, ("body", *odd.place[2]), odd.rule, message, odd.pointer, is_of_all=True
        )


def _right(odd: Odd, operation: Operation, status: int) -> str:
    if odd.check == "parity-property":
        return "The document does not know it."
    if odd.check == "parity-format":
        return "The document allows both."
    return (
        f"The document allows both for {operation} -> {status}." if odd.pointer else "The document is silent."
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two answers to the same step."""

    comparer: Comparer
    step: Step
    mock: Seen
    real: Seen
    before: tuple[tuple[Sent, Came | None], ...]

    def lonely(self, name: str) -> list[Violation]:
        """Return the rules that only this server's answer breaks."""
        own, other = (self.mock, self.real) if name == "mock" else (self.real, self.mock)
        known = {(placed(item.location), item.rule) for item in other.judged.response}
        return [item for item in own.judged.response if (placed(item.location), item.rule) not in known]

    def status(self) -> Finding:
        """Return that the statuses differ."""
        mock, real = self.mock.status, self.real.status
        both_refuse = mock // 100 == real // 100 == 4
        operation = self.step.operation
        message = f"{self._titles[0]} answers {mock}, {self._titles[1]} {real}. {self._declared(mock, real)}"
        pointer = operation.pointer + "/responses" if operation is not None else ""
        check = "parity-refusal" if both_refuse else "parity-status"
        found = self.finding(check, ("status",), f"{mock}:{real}", message, pointer)
        # Where the document says nothing of either, the mock had to guess.
        is_guess = (
            both_refuse and operation is not None and not {str(mock), str(real)} & operation.responses.keys()
        )
        return replace(found, level=Level.WARNING) if is_guess else found

    def _declared(self, mock: int, real: int) -> str:
        operation = self.step.operation
        if operation is None:
            return "The document has no such operation."
        exact = [str(status) in operation.responses for status in (mock, real)]
        other = [operation.response_for(status) is not None for status in (mock, real)]
        known = exact if any(exact) else other
        names = (self.comparer.mock.title, self.comparer.real.title)
        if all(known):
            return "The document allows both."
        if not any(known):
            return "The document declares neither."
        return f"The document is with {names[known.index(True)]}."

    def broken(self, name: str, violation: Violation) -> Finding:
        """Return that one of the answers breaks the document."""
        side = self.comparer.mock if name == "mock" else self.comparer.real
        other = self.comparer.real if name == "mock" else self.comparer.mock
        message = (
            f"The answer of {side.title} breaks the document, that of {other.title} keeps it: {violation}."
        )
        return self.finding(
            "parity-contract", violation.location, f"{name}:{violation.rule}", message, violation.pointer
        )

    def differ(self, mock: Fact, real: Fact) -> Finding:
        """Return that the answers show different things."""
        message = f"{self._titles[0]} {mock.says}, {self._titles[1]} {real.says}."
        rule = ":".join(
            str(fact.value) if isinstance(fact.value, bool | str) else "" for fact in (mock, real)
        )
        return self.finding(real.check, real.location, rule, message, self._pointer(real.location))

    def unanswered(self) -> Finding:
        """Return that one of the servers did not answer."""
        is_mock = self.mock.turn.reply is None
        silent, other = (self.mock, self.real) if is_mock else (self.real, self.mock)
        message = f"{self._titles[0 if is_mock else 1]} did not answer: {silent.turn.failure}; "
        message += f"{self._titles[1 if is_mock else 0]} answered {other.status}."
        return self.finding("parity-no-answer", ("status",), "mock" if is_mock else "real", message, "")

    @property
    def _titles(self) -> tuple[str, str]:
        return self.comparer.mock.title, self.comparer.real.title

    def _pointer(self, location: tuple[str | int, ...]) -> str:
        """Return where the document speaks of a place, "" for nowhere."""
        operation = self.step.operation
        response = operation.response_for(self.real.status) if operation is not None else None
        if response is None:
            return ""
        if location[0] == "header" and len(location) > 1:
            names = {name.lower(): item.pointer for name, item in response.headers.items()}
            return names.get(str(location[1]).lower(), "")
        if location[0] == "query" and operation is not None:
            return next((item.pointer for item in operation.parameters if item.name == location[1]), "")
        return response.pointer

    def finding(
        self,
        check: str,
        location: tuple[str | int, ...],
        rule: str,
        message: str,
        pointer: str,
        *,
        is_of_all: bool = False,
    ) -> Finding:
        """Return a finding with both exchanges; the step is not named where it is `is_of_all` that were compared."""
        row, operation = CHECKS[check], self.step.operation
        hint = hints.hint(hints.Difference(check, location, self.step, self.mock, self.real))
        advice = row.advice
        if hint:
            self.comparer.tighter = hints.merged(self.comparer.tighter, hint)
            advice += f" The mock agrees with this in its plan file:\n{hints.written({'plan': '1', **hint})}"
        where = f"{self.step.where}: " if self.step.where else ""
        title = self.step.title
        if not is_of_all:
            message = f"{where}{title[0].upper()}{title[1:]}: {message[0].lower()}{message[1:]}"
        level = row.level
        if check == "parity-usual-header":
            # A habit of the server, not of one operation: told once.
            operation = None
        return Finding(
            check,
            level,
            row.title,
            message,
            str(operation)
            if operation is not None
            else ""
            if self.step.operation is not None
            else f"{self.real.turn.sent.method} (undeclared)",
            operation.id if operation is not None else "",
            location,
            rule,
            said_by(self.comparer.document, pointer),
            advice,
            self.real.turn.sent,
            self.real.turn.came,
            self.before,
            beside=((self.comparer.mock.title, self.mock.turn.sent, self.mock.turn.came),),
        )
