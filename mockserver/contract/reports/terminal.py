"""The report for people at a terminal, or reading the log of a CI job. The door to rich."""

from __future__ import annotations

from typing import Final, TextIO

from rich.console import Console
from rich.text import Text

from mockserver.contract.events import Event, Found, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.results import Results

_STYLES: Final = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTE: "bold blue"}


class Terminal:
    """Shows what happens while it happens, and all about it at the end.

    Args:
        stream: Where to.
        plain: No colours, no progress.
        live: Tell of each finding in a line when it is found.
    """

    def __init__(self, stream: TextIO, *, plain: bool = True, live: bool = False) -> None:
        self._console = Console(file=stream, no_color=plain, highlight=False, markup=False, emoji=False)
        self._live = live

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if isinstance(event, Found) and self._live:
            self._print(_headline(event.finding))

    def finish(self, results: Results) -> None:
        """Show the results."""
        for finding in results.findings:
            self._print(Text(), _headline(finding))
            self._print(Text(f"  {finding.message}"))
            if finding.says:
                says = finding.says
                where = f"{says.file}:{says.line}:{says.column}" if says.line else says.file
                self._print(Text(f"  document  {where} {says.pointer}"))
            if finding.sent:
                self._print(Text(f"  sent      {finding.sent.curl()}"))
            if finding.came:
                self._print(Text(f"  came      {finding.came.status}"))
            if finding.advice:
                self._print(Text(f"  advice    {finding.advice}"))
        for said in results.notices:
            self._print(Text(f"{said.level.value}: {said.text}"))
        counts = results.counts
        numbers = ", ".join(f"{counts[level]} {level.value}s" for level in Level)
        verdict = {Verdict.CLEAN: "passed", Verdict.BROKEN: "failed"}.get(results.verdict, "not finished")
        self._print(Text(f"{verdict}: {numbers}, {results.accepted} accepted"))

    def _print(self, *texts: Text) -> None:
        for text in texts:
            self._console.print(text, soft_wrap=True)


def _headline(finding: Finding) -> Text:
    text = Text()
    text.append(finding.level.value, _STYLES[finding.level])
    text.append(f" {finding.operation} {finding.title} [{finding.check}]")
    return text
