"""All that came of a run, for those who write about it when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from mockserver.contract.events import Ended, Said, Started, Tested, Verdict
from mockserver.contract.findings import Finding, Level


@dataclass(frozen=True, slots=True)
class Session:
    """What happened between one `Started` and its `Ended`.

    Attributes:
        findings: Each once, in the order in which they were found, with all their times; `known` is filled in.
        tests: Their findings are the same objects as in `findings`.
        ended: With the verdict of the engine.
    """

    started: Started
    findings: tuple[Finding, ...]
    tests: tuple[Tested, ...]
    said: tuple[Said, ...]
    ended: Ended


@dataclass(frozen=True, slots=True)
class Results:
    """A whole run.

    Attributes:
        sessions: One for each document or server.
        said: What was said outside of them, e.g. about the baseline.
        verdict: The last word.
        fail_on: The least level that counts; None when none does.
        at: When the run began.
    """

    sessions: tuple[Session, ...]
    said: tuple[Said, ...]
    verdict: Verdict
    fail_on: Level | None
    at: datetime

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all sessions."""
        return tuple(finding for session in self.sessions for finding in session.findings)

    @property
    def notices(self) -> Iterator[Said]:
        """All that was said."""
        for session in self.sessions:
            yield from session.said
        yield from self.said

    @property
    def counts(self) -> Counter[Level]:
        """How many findings count, by level."""
        return Counter(finding.level for finding in self.findings if not finding.known)

    @property
    def accepted(self) -> int:
        """How many findings the baseline accepts."""
        return sum(bool(finding.known) for finding in self.findings)

    @property
    def tested(self) -> frozenset[str]:
        """Names of what was tested."""
        return frozenset(test.name for session in self.sessions for test in session.tests if not test.skipped)

    @property
    def today(self) -> date:
        """The day of the run."""
        return self.at.date()
