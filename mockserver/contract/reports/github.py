"""Annotations for GitHub Actions: workflow commands in the log of a job, which show beside the lines of a pull request.

Escaping as the runner undoes it (actions/toolkit, packages/core/src/command.ts).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mockserver.contract.findings import Finding, Level
from mockserver.contract.reports import texts
from mockserver.contract.results import Results

AT_MOST: Final = 10
"""Annotations of one level that GitHub shows of one step."""

_COMMANDS: Final = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Final = {**_DATA, ":": "%3A", ",": "%2C"}


def write(results: Results) -> str:
    """Return the commands, one a line; the worst first, since GitHub shows only the first of each level."""
    return "".join(f"{command}\n" for command in _commands(results))


def _commands(results: Results) -> Iterator[str]:
    for level in Level:
        counting = [
            (finding, session.started.document)
            for session in results.sessions
            for finding in texts.sorted_findings(session.findings)
            if finding.level is level and not finding.known
        ]
        shown = counting if len(counting) <= AT_MOST else counting[: AT_MOST - 1]
        for finding, document in shown:
            yield _annotation(finding, document)
        if len(shown) < len(counting):
            more = texts.counted(len(counting) - len(shown), f"more {level.value}")
            yield command(level, f"and {more}; the summary of the job and other reports tell of all", {})
    for said in results.notices:
        if said.level is not Level.NOTE:
            yield command(said.level, said.text, {})


def _annotation(finding: Finding, document: str) -> str:
    said = finding.says
    properties = {"file": texts.line(texts.file_of(finding, document))}
    if said and said.line:
        properties["line"] = str(said.line)
        if said.column:
            properties["col"] = str(said.column)
    title = f"{finding.operation}: {finding.title}" if finding.operation else finding.title
    message = [finding.message]
    message += [
        f"{part.name}: {part.text}" for part in texts.parts(finding) if part.name in ("sent", "came", "to do")
    ]
    return command(finding.level, "\n".join(message), {**properties, "title": texts.line(title)})


def command(level: Level, message: str, properties: dict[str, str]) -> str:
    """Return a command as one line."""
    told = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in properties.items() if value)
    return f"::{_COMMANDS[level]}{' ' if told else ''}{told}::{_escaped(texts.visible(message), _DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
