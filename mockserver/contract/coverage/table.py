"""Coverage as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mockserver.contract.coverage.grouping import NAMES, grouped, percent, remarks
from mockserver.contract.reports.texts import counted, line
from mockserver.mocking.coverage import Report, Row

MISSING_SHOWN: Final = 6
"""Lines about what is missing of one operation, unless all are wanted."""
CALLED_SHOWN: Final = 20
"""Operations that were called, and of which something is missing, unless all are wanted."""
NEVER_SHOWN: Final = 60
"""Operations that were never called, unless all are wanted."""
_BAR: Final = 20


def lines(report: Report, *, everything: bool = False, plain: bool = False) -> Iterator[str]:
    """Yield the lines of a report.

    Args:
        report: What to tell.
        everything: Leave nothing out.
        plain: Use no characters beyond ASCII.
    """
    yield (
        f"{line(report.title)} ({line(report.name)}): {percent(report.percent)} exercised by "
        f"{counted(report.exchanges, 'exchange')}"
    )
    yield ""
    for dimension, figure in report.dimensions.items():
        name = NAMES[dimension]
        if not figure.of:
            yield f"  {name:<17} nothing to exercise"
            continue
        amount = f"{figure.seen:,} of {figure.of:,}"
        yield f"  {name:<17} {amount:>17}  {percent(figure.percent):>7}  {bar(figure.percent, plain=plain)}".rstrip()
    yield from _never_called(report, everything=everything)
    yield from _missing(report, everything=everything)
    noted = list(remarks(report))
    if noted:
        yield ""
        yield "Worth knowing:"
        yield from (f"  {text}" for text in noted)


def bar(value: float, *, plain: bool) -> str:
    """Return a percentage as a bar."""
    full = int(value / 100 * _BAR)
    return ("#" * full + "." * (_BAR - full)) if plain else ("█" * full + "░" * (_BAR - full))


def _never_called(report: Report, *, everything: bool) -> Iterator[str]:
    rows = [row for row in report.rows if not row.calls]
    if not rows:
        return
    yield ""
    yield f"Never called ({len(rows):,} of {len(report.rows):,}):"
    left = len(rows) if everything else NEVER_SHOWN
    for group, members in grouped(rows).items():
        if left > 0:
            yield f"  {group}"
            yield from (f"    {_named(row)}" for row in members[:left])
        left -= len(members)
    if left < 0:
        yield f"    ... and {-left:,} more (--all)"


def _missing(report: Report, *, everything: bool) -> Iterator[str]:
    rows = [row for row in report.rows if row.missing]
    if not rows:
        return
    yield ""
    yield "Called, but never like this:"
    shown = rows if everything else rows[:CALLED_SHOWN]
    for group, members in grouped(shown).items():
        yield f"  {group}"
        for row in members:
            yield f"    {_named(row)}, {counted(row.calls, 'call')}"
            listed = row.missing if everything else row.missing[:MISSING_SHOWN]
            yield from (f"      {line(str(item))}" for item in listed)
            if len(listed) < len(row.missing):
                yield f"      ... and {len(row.missing) - len(listed):,} more (--all)"
    if len(shown) < len(rows):
        yield f"    ... and {len(rows) - len(shown):,} more operations (--all)"


def _named(row: Row) -> str:
    operation = row.operation
    return f"{operation.method:<6} {line(operation.path)}  {line(operation.id)}"
