"""One run of a contract test: takes the events of an engine, and has the last word about the verdict.

    with Run(now=now, reporters=[terminal], writers=[terminal.finish, junit_file]) as run:
        for event in engine():
            run(event)
    sys.exit(run.exit_code)

Whatever happens inside, the reports are written; they tell of a run that failed or was interrupted, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from mockserver.contract.baseline import Baseline
from mockserver.contract.events import Ended, Event, Found, Reporter, Said, Started, Tested, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.locating import Places
from mockserver.contract.results import Results, Session
from mockserver.errors import MockserverError

Writer = Callable[[Results], None]
"""Writes about a run when it is over."""

_ORDER: Final = (Verdict.INTERRUPTED, Verdict.FAILED, Verdict.BROKEN)


class _Open:
    """A session that is not over."""

    def __init__(self, started: Started) -> None:
        self.started = started
        self.findings: dict[str, Finding] = {}
        self.tests: list[Tested] = []
        self.said: list[Said] = []
        self.ended: Ended | None = None


class Run:
    """Takes events, hands them on with what is known of them, and sums them up.

    May be called from several threads.

    Args:
        now: The clock; asked once.
        baseline: What is accepted.
        fail_on: The least level that makes the verdict `BROKEN`; None for no level.
        reporters: They get each event at once; of findings that are equal only the first.
        writers: They get the results when all is over.
        places: Finds the lines of what the document says.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        baseline: Baseline | None = None,
        fail_on: Level | None = Level.ERROR,
        reporters: Sequence[Reporter] = (),
        writers: Sequence[Writer] = (),
        places: Places | None = None,
    ) -> None:
        self._at = now()
        self._baseline = baseline or Baseline()
        self._fail_on = fail_on
        self._reporters = reporters
        self._writers = writers
        self._places = places or Places()
        self._sessions: list[_Open] = []
        self._said: list[Said] = []
        self._lock = threading.RLock()
        self._results: Results | None = None

    def __call__(self, event: Event) -> None:
        """Take an event."""
        with self._lock:
            for told in self._told(event):
                for reporter in self._reporters:
                    reporter(told)

    def _told(self, event: Event) -> list[Event]:
        """Keep what an event says; return what others are to be told."""
        if isinstance(event, Started):
            self._close(Verdict.CLEAN)
            self._sessions.append(_Open(event))
        elif isinstance(event, Said) and (not self._sessions or self._sessions[-1].ended):
            self._said.append(event)
        elif isinstance(event, Said):
            self._sessions[-1].said.append(event)
        elif isinstance(event, Found):
            known = self._take(event.finding)
            return [] if known is None else [Found(known)]
        elif isinstance(event, Tested):
            session = self._session
            unheard = [item for item in event.findings if item.fingerprint not in session.findings]
            news = [taken for item in unheard if (taken := self._take(item)) is not None]
            event = replace(event, findings=tuple(self._judged(item) for item in event.findings))
            session.tests.append(event)
            return [*(Found(item) for item in news), event]
        elif isinstance(event, Ended):
            self._session.ended = event
        return [event]

    @property
    def _session(self) -> _Open:
        if not self._sessions:
            raise ValueError("a run begins with Started")
        return self._sessions[-1]

    def _judged(self, finding: Finding) -> Finding:
        return replace(finding, known=finding.known or self._baseline.known(finding, self._at.date()))

    def _take(self, finding: Finding) -> Finding | None:
        """Keep a finding; return it when it is the first of its kind."""
        findings, key = self._session.findings, finding.fingerprint
        before = findings.get(key)
        if before is not None:
            findings[key] = replace(before, times=before.times + finding.times)
            return None
        findings[key] = self._judged(finding)
        return findings[key]

    def _close(self, verdict: Verdict) -> None:
        if self._sessions and self._sessions[-1].ended is None:
            self(Ended(verdict))

    # The end.

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        verdict = Verdict.CLEAN
        if error is not None:
            is_interrupted = isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)
            verdict = Verdict.INTERRUPTED if is_interrupted else Verdict.FAILED
            if verdict is Verdict.FAILED:
                text = (
                    str(error) if isinstance(error, MockserverError) else f"{type(error).__name__}: {error}"
                )
                self(Said(text, Level.ERROR))
        with self._lock:
            self._close(verdict)
            self._results = self._summed(verdict)
        self._write(self._results)

    def _write(self, results: Results) -> None:
        """Let all write, also when one of them cannot."""
        failed: MockserverError | None = None
        for writer in self._writers:
            try:
                writer(results)
            except MockserverError as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def _summed(self, verdict: Verdict) -> Results:
        sessions = tuple(self._finished(session) for session in self._sessions)
        verdicts = {verdict, *(self._verdict(session) for session in sessions)}
        last = next((item for item in _ORDER if item in verdicts), Verdict.CLEAN)
        results = Results(sessions, (), last, self._fail_on, self._at)
        if last in (Verdict.CLEAN, Verdict.BROKEN):
            for text in self._baseline.remarks(self._at.date(), results.tested):
                self(Said(text, Level.WARNING))
        return replace(results, said=tuple(self._said))

    def _finished(self, session: _Open) -> Session:
        located = {key: self._places.located(finding) for key, finding in session.findings.items()}
        tests = tuple(
            replace(test, findings=tuple(located[item.fingerprint] for item in test.findings))
            for test in session.tests
        )
        assert session.ended is not None
        return Session(session.started, tuple(located.values()), tests, tuple(session.said), session.ended)

    def _verdict(self, session: Session) -> Verdict:
        if session.ended.verdict in (Verdict.FAILED, Verdict.INTERRUPTED):
            return session.ended.verdict
        if self._fail_on is None:
            return Verdict.CLEAN
        if not session.findings:
            return session.ended.verdict  # An engine that tells of no findings knows best.
        rank = self._fail_on.rank
        counts = any(not item.known and item.level.rank <= rank for item in session.findings)
        return Verdict.BROKEN if counts else Verdict.CLEAN

    @property
    def results(self) -> Results:
        """All that came of it, once it is over."""
        if self._results is None:
            raise ValueError("the run is not over")
        return self._results

    @property
    def exit_code(self) -> int:
        """0 fine, 1 the contract is broken, 2 the run failed, 130 interrupted."""
        return int(self.results.verdict)
