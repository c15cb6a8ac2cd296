"""A comparison as a run that all reports understand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mockserver.contract.diff.comparing import Compared
from mockserver.contract.diff.verdicts import Verdict
from mockserver.contract.events import Ended, Event, Found, Started, Tested
from mockserver.contract.events import Verdict as Outcome
from mockserver.contract.findings import Finding


def events(
    compared: Compared, names: tuple[str, str], at: datetime, seconds: float, *, with_safe: bool
) -> Iterator[Event]:
    """Yield what a comparison found as events.

    Args:
        compared: What was found.
        names: The documents as a person named them.
        at: When it began.
        seconds: How long it took.
        with_safe: Tell of safe changes, too.
    """
    yield Started("diff", names[1], names[0], at, len(compared.operations))
    found: dict[str, list[Finding]] = {name: [] for name in compared.operations}
    for finding in findings(compared, with_safe=with_safe):
        if finding is None:
            continue
        if finding.operation in found:
            found[finding.operation].append(finding)
        else:
            yield Found(finding)
    for name, listed in found.items():
        yield Tested(name, findings=tuple(listed), cases=1)
    counts = {"operations": len(compared.operations), "changes": len(compared.changes)}
    yield Ended(Outcome.CLEAN, seconds, counts)


def findings(compared: Compared, *, with_safe: bool) -> list[Finding | None]:
    """Return the finding of each change; None for one that no report but our own tells."""
    return [
        None
        if change.unused or (change.verdict is Verdict.SAFE and not with_safe)
        else change.finding(compared.old, compared.new)
        for change in compared.changes
    ]
