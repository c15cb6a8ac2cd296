"""Reports of faults in documents: what they hold, and how they look as text, JSON and SARIF."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from mockserver.contract.locating import Places
from mockserver.contract.reports import sarif
from mockserver.document import checks
from mockserver.document.loading.locator import Position
from mockserver.document.model import Document, Fault, Severity
from mockserver.document.rules import text_of

PLACES: Final = 4
"""Places that are shown of faults that say the same."""
GROUPS: Final = 12
"""Different faults that are shown of one rule."""

_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


@dataclass(frozen=True, slots=True)
class Found:
    """A fault with its place in a text.

    Attributes:
        fault: The fault.
        file: The file, as a person would name it.
        position: Where in the file, None where that is not known.
    """

    fault: Fault
    file: str
    position: Position | None

    @property
    def place(self) -> str:
        """The place as editors understand it: `api.yaml:12:5`."""
        return (
            self.file if self.position is None else f"{self.file}:{self.position.line}:{self.position.column}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "severity": self.fault.severity.value,
            "rule": self.fault.rule,
            "message": self.fault.message,
            "effect": self.fault.effect,
            "file": self.file,
            "pointer": self.fault.pointer,
            "line": self.position.line if self.position else None,
            "column": self.position.column if self.position else None,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong with one document.

    Attributes:
        name: The document as it was named.
        error: Why it could not be read at all, "" if it could.
    """

    name: str
    version: str = ""
    operations: int = 0
    found: tuple[Found, ...] = ()
    error: str = ""

    def number(self, severity: Severity) -> int:
        """Return how many faults are of a severity."""
        return sum(item.fault.severity is severity for item in self.found)


def place(places: Places, document: str, fault: Fault) -> Found:
    """Return a fault with its place."""
    file = fault.file or document
    return Found(fault, file, places.find(file, fault.pointer))


# Text.


def text(reports: Iterable[Report], *, color: bool, everything: bool = False) -> str:
    """Return the reports for people: errors first, what says the same put together."""
    lines: list[str] = []
    for report in reports:
        if not report.error:
            lines += [*_document(report, color=color, everything=everything), ""]
    return "\n".join(lines)


def _document(report: Report, *, color: bool, everything: bool) -> Iterator[str]:
    operations = "1 operation" if report.operations == 1 else f"{report.operations} operations"
    yield f"{_styled(report.name, color, bold=True)}  OpenAPI {report.version}, {operations}"
    for severity in (Severity.ERROR, Severity.WARNING):
        by_rule: dict[str, dict[str, list[Found]]] = {}
        for item in report.found:
            if item.fault.severity is severity:
                by_rule.setdefault(item.fault.rule, {}).setdefault(item.fault.message, []).append(item)
        for rule, groups in by_rule.items():
            label = _styled(severity.value, color, fg=_COLOURS[severity], bold=True)
            shown = list(groups.items()) if everything else list(groups.items())[:GROUPS]
            for message, items in shown:
                yield ""
                yield f"  {label} {message} {_styled(f'[{rule}]', color, dim=True)}"
                yield from _places(items, color=color, everything=everything)
            hidden = sum(len(items) for items in groups.values()) - sum(len(items) for _, items in shown)
            if hidden:
                yield ""
                yield f"  {label} and {hidden} more of [{rule}]; --all shows them"
    yield ""
    yield f"  {summary([report], color=color)}"


def _places(items: Sequence[Found], *, color: bool, everything: bool) -> Iterator[str]:
    effects = {item.fault.effect for item in items}
    # One more place costs no more room than saying that there is one more.
    shown = items if everything or len(items) <= PLACES + 1 else items[:PLACES]
    for item in shown:
        yield f"    {_styled(item.place, color, fg='cyan')}  {item.fault.pointer or '(the document)'}"
        if len(effects) > 1 and item.fault.effect:
            yield f"      {_styled(item.fault.effect, color, dim=True)}"
    if len(shown) < len(items):
        yield f"    and {len(items) - len(shown)} more places"
    if len(effects) == 1 and items[0].fault.effect:
        yield f"    {_styled(items[0].fault.effect, color, dim=True)}"


def summary(reports: Sequence[Report], *, color: bool) -> str:
    """Return the numbers of errors and warnings in words."""
    counts = Counter(item.fault.severity for report in reports for item in report.found)
    if not counts:
        return _styled("no faults", color, fg="green")
    words = [
        _styled(
            f"{counts[severity]} {severity.value}{'' if counts[severity] == 1 else 's'}",
            color,
            fg=_COLOURS[severity],
        )
        for severity in (Severity.ERROR, Severity.WARNING)
        if counts[severity]
    ]
    return ", ".join(words)


def _styled(text: str, color: bool, **style: Any) -> str:
    return click.style(text, **style) if color else text


def start_notice(document: Document, *, color: bool) -> str:
    """Return what is wrong with a document that is served, in few lines."""
    lines, more = checks.summary(document.faults)
    text = [
        f"mockserver: {document.source} has {checks.counted(document.faults)}; what they do not touch is served in full"
    ]
    for line in lines:
        label = _styled(f"{line.severity.value:7}", color, fg=_COLOURS[line.severity], bold=True)
        text += [f"  {label}  {line.text}", f"           {_styled(f'at {line.place}', color, dim=True)}"]
    ask = f"mockserver check {shlex.quote(str(document.source))}"
    text.append(f"  and {more} more: {ask}" if more else f"  all about them: {ask}")
    return "\n".join(text)


# For programs.


def as_json(reports: Sequence[Report]) -> dict[str, Any]:
    """Return the reports as a JSON object."""
    return {
        "documents": [
            {
                "document": report.name,
                "openapi": report.version or None,
                "operations": report.operations,
                "errors": report.number(Severity.ERROR),
                "warnings": report.number(Severity.WARNING),
                "unreadable": report.error or None,
                "faults": [item.as_dict() for item in report.found],
            }
            for report in reports
        ],
        "errors": sum(report.number(Severity.ERROR) for report in reports),
        "warnings": sum(report.number(Severity.WARNING) for report in reports),
    }


def as_sarif(reports: Sequence[Report]) -> dict[str, Any]:
    """Return the reports as a log of SARIF 2.1.0."""
    names = {item.fault.rule for report in reports for item in report.found}
    return sarif.log(
        [sarif.Rule(name, text_of(name)) for name in names],
        [_result(item) for report in reports for item in report.found],
        problems=[report.error for report in reports if report.error],
    )


def _result(item: Found) -> sarif.Result:
    fault = item.fault
    line, column = item.position or (None, None)
    text = ". ".join(_sentence(part) for part in (fault.message, fault.effect) if part) + "."
    return sarif.Result(fault.rule, fault.severity.value, text, item.file, line, column, fault.pointer)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
