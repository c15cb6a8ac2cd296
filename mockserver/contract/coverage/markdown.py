"""Coverage as Markdown, for the summary of a CI job or a comment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mockserver.contract.coverage.grouping import NAMES, grouped, percent, remarks
from mockserver.contract.reports.texts import counted, line
from mockserver.mocking.coverage import Report

SHOWN: Final = 100
"""Operations that were never called, and such of which something is missing."""
MISSING_SHOWN: Final = 10


def write(report: Report) -> str:
    """Return a report as GitHub's Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    exchanges = counted(report.exchanges, "exchange")
    yield f"## Coverage of {_plain(report.title)}: {percent(report.percent)}"
    yield ""
    yield f"By {exchanges}."
    yield ""
    yield "| | seen | of | |"
    yield "| --- | ---: | ---: | ---: |"
    for dimension, figure in report.dimensions.items():
        yield f"| {NAMES[dimension]} | {figure.seen:,} | {figure.of:,} | {percent(figure.percent)} |"
    never = [row for row in report.rows if not row.calls]
    if never:
        yield ""
        yield f"### Never called ({len(never):,})"
        yield ""
        for group, members in grouped(never[:SHOWN]).items():
            listed = ", ".join(_code(f"{row.operation.method} {row.operation.path}") for row in members)
            yield f"- **{_plain(group)}**: {listed}"
        if len(never) > SHOWN:
            yield f"- and {len(never) - SHOWN:,} more"
    lacking = [row for row in report.rows if row.missing]
    if lacking:
        yield ""
        yield "<details><summary>Called, but never like this</summary>"
        yield ""
        for row in lacking[:SHOWN]:
            yield f"- {_code(f'{row.operation.method} {row.operation.path}')}, {counted(row.calls, 'call')}"
            yield from (f"  - {_code(str(item))}" for item in row.missing[:MISSING_SHOWN])
            if len(row.missing) > MISSING_SHOWN:
                yield f"  - and {len(row.missing) - MISSING_SHOWN:,} more"
        if len(lacking) > SHOWN:
            yield f"- and {len(lacking) - SHOWN:,} more operations"
        yield ""
        yield "</details>"
    noted = list(remarks(report))
    if noted:
        yield ""
        yield from (f"- {_plain(text)}" for text in noted)


def _plain(text: str) -> str:
    r"""Return a text in which nothing is markup: each character of ASCII that could be is escaped (CommonMark 2.4)."""
    return "".join(
        f"\\{character}" if character in "\\`*_[]<>#|&!~" else character for character in line(text)
    )


def _code(text: str) -> str:
    """Return a text as code (CommonMark section 6.1)."""
    return f"`` {line(text)} ``" if "`" in text else f"`{line(text)}`"
