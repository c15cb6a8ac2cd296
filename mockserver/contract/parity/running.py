"""Both servers in lockstep: each step to the one and the other, compared at once, and cleaned up after."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from mockserver.contract.events import Advanced, Ended, Found, Reporter, Said, Started, Tested, Verdict
from mockserver.contract.findings import Came, Finding, Level, Sent
from mockserver.contract.parity.comparing import Comparer
from mockserver.contract.parity.sides import Seen, Side
from mockserver.contract.parity.steps import SAFE, Scenario, Step
from mockserver.contract.requests.maker import CannotMake
from mockserver.contract.requests.slots import Unbound
from mockserver.contract.requests.writing import Outgoing
from mockserver.document.model import Document

PATIENCE: Final = 3
"""Requests in a row without an answer after which a server is taken to be gone."""


_PAUSE_S: Final = 0.1
"""Seconds until the first of the reads that are repeated."""


class _Gone(Exception):
    """A server cannot be tested any further; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Parity:
    """A run.

    Attributes:
        document: The contract.
        mock, real: The two sides.
        scenarios: What is asked, in this order.
        wanted: Ids of the operations whose differences count.
        seed: That of the requests.
        keep: Whether what was made stays.
        notes: What else is to be said at the start.
        settle_s: How long the real server may take until reads show what was written.
        is_recorded: Whether the real side is a recording, which nothing can change.
    """

    document: Document
    mock: Side
    real: Side
    scenarios: tuple[Scenario, ...]
    wanted: frozenset[str]
    seed: int | None = None
    keep: bool = False
    notes: tuple[str, ...] = ()
    is_recorded: bool = False
    settle_s: float = 0.0
    sleep: Callable[[float], None] = time.sleep

    def run(self, emit: Reporter, now: Callable[[], datetime]) -> dict[str, object]:
        """Ask all, tell of what differs, and return what may be written into a plan.

        Args:
            emit: Takes the events.
            now: The clock.
        """
        return _Running(self, emit, now).run()


class _Running:
    def __init__(self, parity: Parity, emit: Reporter, now: Callable[[], datetime]) -> None:
        self._parity = parity
        self._emit = emit
        self._now = now
        self._sides = (parity.mock, parity.real)
        self._comparer = Comparer(parity.document, parity.mock, parity.real, parity.wanted)
        self._steps = 0
        self._skipped = 0
        self._undone = 0
        self._counted = 0

    def run(self) -> dict[str, object]:
        parity, began = self._parity, time.monotonic()
        subject = f"{parity.mock.server.target.url} and {parity.real.server.target.url}"
        self._emit(
            Started("parity", subject, parity.document.name, self._now(), len(parity.wanted), parity.seed)
        )
        self._announce()
        verdict = Verdict.CLEAN
        try:
            total = len(parity.scenarios)
            for number, scenario in enumerate(parity.scenarios, 1):
                self._emit(Advanced("scenarios", number - 1, total, scenario.name))
                self._scenario(scenario)
                self._emit(Advanced("scenarios", number, total, scenario.name))
            self._tell(self._comparer.at_the_end())
            self._suspect()
        except _Gone as error:
            self._emit(Said(str(error), Level.ERROR))
            verdict = Verdict.FAILED
        except KeyboardInterrupt:
            self._emit(
                Said("interrupted; what was made has been deleted" if not parity.keep else "interrupted")
            )
            verdict = Verdict.INTERRUPTED
        if verdict is Verdict.CLEAN and self._counted:
            verdict = Verdict.BROKEN
        counts = {
            "operations": len(parity.wanted),
            "scenarios": len([item for item in parity.scenarios if not item.skipped]),
            "requests": self._steps,
            "skipped": self._skipped,
            "deleted": self._undone,
        }
        tighter: dict[str, object] = {"plan": "1", **self._comparer.tighter} if self._comparer.tighter else {}
        self._emit(Ended(verdict, time.monotonic() - began, counts, {"plan": tighter} if tighter else None))
        return tighter

    def _announce(self) -> None:
        """Say what will be changed, before it is."""
        for text in self._parity.notes:
            self._emit(Said(text, Level.WARNING))
        writing: dict[str, int] = {}
        lasting: set[str] = set()
        for scenario in self._parity.scenarios:
            for name, count in scenario.writing().items():
                writing[name] = writing.get(name, 0) + count
            for step in scenario.steps:
                if step.saves and not step.unwanted and step.undo is None and step.operation is not None:
                    lasting.add(str(step.operation))
        where = self._parity.real.title
        if self._parity.is_recorded:
            return
        if not writing:
            self._emit(Said(f"only reads: {where} is asked nothing that may change it"))
            return
        listed = ", ".join(f"{name} ({count})" for name, count in writing.items())
        self._emit(Said(f"writes to {where}: {listed}", Level.WARNING))
        if self._parity.keep:
            self._emit(Said("what is made stays: --keep", Level.WARNING))
        elif lasting:
            text = f"what {', '.join(sorted(lasting))} makes stays: nothing in the document deletes it"
            self._emit(Said(text, Level.WARNING))
        else:
            self._emit(Said("what is made is deleted at the end of its scenario"))

    def _scenario(self, scenario: Scenario) -> None:
        if scenario.skipped:
            self._emit(Tested(scenario.name, scenario.group, skipped=scenario.skipped))
            return
        began, before = time.monotonic(), list[tuple[Sent, Came | None]]()
        found: dict[str, list[Finding]] = {}
        cases: dict[str, int] = {}
        seconds: dict[str, float] = {}
        for side in self._sides:
            side.begin()
        try:
            for step in scenario.steps:
                name = str(step.operation) if step.operation is not None else scenario.name
                told = self._step(step, before)
                cases[name] = cases.get(name, 0) + (told is not None)
                found.setdefault(name, []).extend(told or ())
                now = time.monotonic()
                seconds[name], began = seconds.get(name, 0.0) + now - began, now
        finally:
            for side in self._sides:
                self._clean(side)
        for name, findings in found.items():
            unique = tuple({item.fingerprint: item for item in findings}.values())
            reason = "" if cases[name] else "what it needs was not there on both servers"
            if reason:
                self._emit(Tested(name, scenario.group, skipped=reason))
            elif self._is_wanted(scenario, name):
                self._emit(Tested(name, scenario.group, seconds[name], unique, cases[name]))

    def _is_wanted(self, scenario: Scenario, name: str) -> bool:
        operations = {str(step.operation): step.operation.id for step in scenario.steps if step.operation}
        return name not in operations or operations[name] in self._parity.wanted

    def _step(self, step: Step, before: list[tuple[Sent, Came | None]]) -> list[Finding] | None:
        """Ask both, and return what differs; None where one of them has not said what is needed."""
        try:
            requests = [side.outgoing(step) for side in self._sides]
        except (Unbound, CannotMake):
            self._skipped += 1
            return None
        if step.filters is not None and not all(map(_is_fair, self._sides, requests)):
            # A record's own value is not always one that may be asked for.
            self._skipped += 1
            return None
        mock, real = (side.ask(step, one) for side, one in zip(self._sides, requests, strict=True))
        self._steps += 1
        real = self._settled(step, requests[1], mock, real)
        for side, seen in zip(self._sides, (mock, real), strict=True):
            self._check_presence(side, seen)
            if step.unwanted and seen.is_success:
                self._clean(side, step.saves)
        if mock.turn.is_limited or real.turn.is_limited:
            self._skipped += 1
        found = self._comparer.compare(step, mock, real, before)
        if real.is_success and real.turn.sent.method not in SAFE:
            before.append((real.turn.sent, real.turn.came))
        self._tell(found)
        return found

    def _settled(self, step: Step, outgoing: Outgoing, mock: Seen, real: Seen) -> Seen:
        """Return what the real server answers to a read once it agrees, or its time is over."""
        is_read = step.operation is not None and step.operation.method in SAFE
        rest, pause = self._parity.settle_s if is_read and self._steps > 1 else 0.0, _PAUSE_S
        while rest > 0 and real.turn.reply is not None and not self._comparer.agrees(step, mock, real):
            self._parity.sleep(min(pause, rest))
            rest, pause = rest - pause, pause * 2
            real = self._parity.real.ask(step, outgoing)
        return real

    def _tell(self, found: Iterable[Finding]) -> None:
        for finding in found:
            self._counted += 1
            self._emit(Found(finding))

    def _suspect(self) -> None:
        """Say that a base URL may be wrong, where nothing was ever found below it."""
        for side in self._sides:
            if side.answered > PATIENCE and not side.done and side.lost * 2 >= side.answered:
                url = side.server.target.url
                text = f"{side.title} gave {side.answered} answers, most of them 404: is {url} its base URL?"
                self._emit(Said(text, Level.WARNING))

    def _check_presence(self, side: Side, seen: Seen) -> None:
        """Stop when a server is not there, or is elsewhere."""
        target = side.server.target
        if side.silent >= PATIENCE or (seen.turn.reply is None and not side.answered):
            has = "has stopped answering" if side.answered else "does not answer"
            raise _Gone(f"{side.title} at {target.url} {has}: {side.failure}")
        if side.limited >= PATIENCE:
            raise _Gone(
                f"{side.title} at {target.url} asks for patience ({seen.status}) without end: "
                "wait, or ask more slowly with --rate-limit"
            )
        location = seen.header("location")
        if side.answered == 1 and 300 <= seen.status < 400 and location:
            moved = _moved(seen.turn.sent.url, location, urlsplit(target.url).path)
            if moved:
                raise _Gone(f"{side.title} at {target.url} redirects to {moved}: name that one instead")

    def _clean(self, side: Side, only: str | None = None) -> None:
        """Delete what was made on a server, the last first; say what stays."""
        if self._parity.keep and only is None:
            side.made.clear()
        for name, (step, undo) in reversed(list(side.made.items())):
            if only is not None and name.rpartition(" ")[0] != only:
                continue
            del side.made[name]
            turn = None
            with contextlib.suppress(KeyboardInterrupt):
                turn = side.server.ask(undo, step)
            status = turn.reply.status if turn is not None and turn.reply is not None else 0
            if 200 <= status < 300:
                self._undone += 1
            elif status not in (404, 410):
                why = (
                    f"answered {status}" if status else (turn.failure if turn is not None else "interrupted")
                )
                url = f"{side.server.target.url}{undo.path}"
                self._emit(Said(f"left behind on {side.title}: {undo.method} {url} {why}", Level.WARNING))


def _is_fair(side: Side, outgoing: Outgoing) -> bool:
    """Return whether the query of a request keeps the document."""
    judged = side.judge.judge_request(outgoing.message(side.server.target.url))
    return not any(violation.location[:1] == ("query",) for violation in judged.request)


def _moved(url: str, location: str, base_path: str) -> str:
    """Return the base URL to which a server has moved, "" for another kind of redirect."""
    try:
        there, here = urlsplit(urljoin(url, location)), urlsplit(url)
    except ValueError:
        return ""
    is_same_path = there.path.rstrip("/") == here.path.rstrip("/")
    return f"{there.scheme}://{there.netloc}{base_path}" if is_same_path and there[:2] != here[:2] else ""
