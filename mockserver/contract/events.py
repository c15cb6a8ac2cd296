"""What happens while a contract is tested, as a stream of events: engines tell, reporters listen.

A run is `Started`, then any of the others, then `Ended`, also when it fails or is interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import ClassVar

from mockserver.contract.findings import Finding, Level
from mockserver.errors import Json


class Verdict(IntEnum):
    """How a run ended, as an exit code."""

    CLEAN = 0
    BROKEN = 1
    FAILED = 2
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Started:
    """A run begins.

    Attributes:
        tool: The command, e.g. `verify`.
        subject: What is tested, e.g. the URL of a server.
        document: Name or file of the document.
        operations: How many are tested; None where that is not known before.
        at: When.
        seed: None where nothing is left to chance.
    """

    tool: str
    subject: str
    document: str
    at: datetime
    operations: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Advanced:
    """Some work is done: for progress bars.

    Attributes:
        phase: What is being done, e.g. `coverage`.
        done, total: In steps of the phase; total is None where nobody knows.
        label: What is being done right now, e.g. an operation.
    """

    phase: str
    done: int
    total: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Something was found; the same thing is told once, with all its `times`, as far as the engine can tell."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Tested:
    """One test is over: a test case in the sense of JUnit.

    Attributes:
        name: The operation as `GET /pets`, or another name of what was tested.
        group: What it belongs to, e.g. a phase or the first tag.
        findings: Those of it, which have been told by `Found`, too.
        cases: How many requests or comparisons it had.
        skipped: Why it was not tested; "" when it was.
    """

    __test__: ClassVar = False  # Nothing that pytest should collect.

    name: str
    group: str = ""
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()
    cases: int = 0
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a person should know and that is no finding."""

    text: str
    level: Level = Level.NOTE


@dataclass(frozen=True, slots=True)
class Ended:
    """A run is over.

    Attributes:
        verdict: Of the engine; whoever knows the baseline has the last word.
        counts: Numbers for the summary, e.g. `{"operations": 12, "requests": 340}`, in their order.
        details: What only some reporters show, e.g. a coverage table as a JSON value.
    """

    verdict: Verdict
    seconds: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)
    details: Json = None


Event = Started | Advanced | Found | Tested | Said | Ended
Reporter = Callable[[Event], None]
"""Takes each event of one run, in their order."""
