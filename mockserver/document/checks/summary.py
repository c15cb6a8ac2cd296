"""Faults in few lines, for those who start a server and did not ask for a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from mockserver.document.model import Fault, Severity

LINES: Final = 10
"""Different faults that are shown."""


class Line(NamedTuple):
    """What one or more faults say.

    Attributes:
        text: What was seen, and what follows.
        place: Where, and in how many places more.
    """

    severity: Severity
    text: str
    place: str


def summary(faults: Iterable[Fault], limit: int = LINES) -> tuple[list[Line], int]:
    """Return the worst faults, those that say the same put together, and how many faults are not among them."""
    groups: dict[tuple[Severity, str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.severity, fault.rule, fault.message), []).append(fault)
    ordered = sorted(groups.items(), key=lambda item: item[0][0] is not Severity.ERROR)
    lines = [
        Line(severity, "; ".join(filter(None, (message, found[0].effect))), _place(found))
        for (severity, _, message), found in ordered[:limit]
    ]
    return lines, sum(len(found) for _, found in ordered[limit:])


def _place(found: list[Fault]) -> str:
    first, more = found[0], len(found) - 1
    place = f"{first.file}#{first.pointer}" if first.file else first.pointer or "the document"
    if not more:
        return place
    return f"{place} and {more} more place{'s' if more > 1 else ''}"


def counted(faults: Iterable[Fault]) -> str:
    """Return how many faults of each severity there are, in words: `2 errors and 1 warning`."""
    counts = Counter(fault.severity for fault in faults)
    words = [
        f"{counts[severity]} {severity.value}{'s' if counts[severity] > 1 else ''}"
        for severity in Severity
        if counts[severity]
    ]
    return " and ".join(words) or "no faults"
