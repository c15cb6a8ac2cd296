"""Which operations belong together, and what of a report is worth saying in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from mockserver.contract.reports.texts import counted, line
from mockserver.document.model import Operation
from mockserver.mocking.coverage import Dimension, Report, Row, floored

NAMES: Final[Mapping[Dimension, str]] = {
    Dimension.OPERATIONS: "operations",
    Dimension.PARAMETERS: "parameters",
    Dimension.STATUSES: "statuses",
    Dimension.MEDIA_TYPES: "media types",
    Dimension.REQUEST_SCHEMAS: "request schemas",
    Dimension.RESPONSE_SCHEMAS: "response schemas",
}
_VERSION: Final = re.compile(r"v?\d+([._-]\w+)*|api|rest", re.IGNORECASE)


def group_of(operation: Operation) -> str:
    """Return what an operation belongs to: its first tag, else the first part of its path that says something."""
    if operation.tags:
        return line(operation.tags[0])
    segments = [part for part in operation.path.split("/") if part and not part.startswith("{")]
    return line(next((part for part in segments if not _VERSION.fullmatch(part)), "/"))


def grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return rows by what they belong to, those first of whose operations the most were never called."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(group_of(row.operation), []).append(row)
    return dict(sorted(groups.items(), key=lambda item: (-sum(not row.calls for row in item[1]), item[0])))


def percent(value: float) -> str:
    """Return a percentage as people read it."""
    return f"{floored(value):g} %"


def remarks(report: Report) -> Iterator[str]:
    """Yield what else there is to know of a report."""
    if report.strangers:
        some = ", ".join(line(path) for path in report.paths[:5])
        more = ", ..." if report.strangers > 5 else ""
        yield f"{counted(report.strangers, 'request')} led to no operation that counts: {some}{more}"
    for operation, status, count in report.undeclared[:10]:
        yield f"{operation} answered {status}, which the document does not declare ({counted(count, 'time')})"
    if len(report.undeclared) > 10:
        yield f"... and {len(report.undeclared) - 10} more statuses that are not declared"
    if report.broken:
        yield f"{counted(report.broken, 'request body')} broke the document: what was in them does not count"
    if report.unread:
        yield f"{counted(report.unread, 'body')} could not be read as a whole: what was in them does not count"
    yield from (line(text) for text in report.limits)
