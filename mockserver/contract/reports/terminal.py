"""The report for people at a terminal, or reading the log of a CI job. The door to rich.

What strangers wrote is made visible (see `texts`), and their lines never stand at the beginning of ours: a CI system
would take `::add-mask::` there for a command (GitHub's workflow commands; also `##[...]` anywhere in a line).
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Final, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from mockserver.contract.events import Advanced, Ended, Event, Found, Said, Started, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.reports import texts
from mockserver.contract.results import Results, Session

SHOWN: Final = 50
"""Findings of a session that are told in full; other reports tell of all."""

_STYLES: Final = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTE: "bold blue"}
_ENDINGS: Final = {Verdict.CLEAN: "bold green", Verdict.BROKEN: "bold red"}
_INDENT: Final = 11
_NAME: Final = 10
_LABEL: Final = 36


class Terminal:
    """Shows what happens while it happens, and all about it at the end.

    Args:
        stream: Where to.
        plain: No colours, no progress, no lines broken at the width.
        live: Tell of each finding in a line when it is found.
    """

    def __init__(self, stream: TextIO, *, plain: bool = True, live: bool = False) -> None:
        self._console = Console(
            file=stream, force_terminal=not plain, highlight=False, markup=False, emoji=False
        )
        self._plain = plain
        self._live = live
        self._progress: Progress | None = None
        self._phase = ""
        self._encoding = getattr(stream, "encoding", None) or "utf-8"

    # While it happens.

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if isinstance(event, Started) and not (self._plain or self._live):
            self._advance(Advanced("starting", 0))
        elif isinstance(event, Advanced):
            self._advance(event)
        elif isinstance(event, Found) and self._live and not event.finding.known:
            finding = event.finding
            self._print(
                Text.assemble(
                    _level(finding),
                    f" {texts.line(finding.operation)} " if finding.operation else " ",
                    texts.line(finding.message),
                    (f" [{texts.line(finding.check)}]", "dim"),
                )
            )
        elif isinstance(event, Said) and self._live:
            self._print(Text(f"{event.level.value}: {texts.line(event.text)}"))
        elif isinstance(event, Ended):
            self._stop()

    def _advance(self, event: Advanced) -> None:
        phase = texts.line(event.phase)
        if self._plain:
            if phase != self._phase:
                self._print(Text(f"{phase} ..."))
            self._phase = phase
            return
        if self._progress is None:
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[label]}", style="dim", markup=False),
                console=self._console,
                transient=True,
                refresh_per_second=5,
            )
            self._progress.start()
        if phase != self._phase:
            for task in self._progress.tasks:
                self._progress.update(task.id, visible=False)
            self._progress.add_task(phase, total=event.total, label="")
        self._phase = phase
        label = texts.line(event.label)
        label = label if len(label) <= _LABEL else f"{label[: _LABEL - 3]}..."
        self._progress.update(
            self._progress.tasks[-1].id, completed=event.done, total=event.total, label=label
        )

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
        self._phase = ""

    # When it is over.

    def finish(self, results: Results) -> None:
        """Show the results."""
        self._stop()
        for session in results.sessions:
            self._session(session)
        for said in results.said:
            self._said(said)
        self._print(Text(texts.verdict(results), _ENDINGS.get(results.verdict, "bold yellow")))

    def _session(self, session: Session) -> None:
        self._print(Text(), Text(texts.subject(session), "bold"))
        told = [finding for finding in texts.sorted_findings(session.findings) if not finding.known]
        for operation, findings in groupby(told[:SHOWN], key=lambda finding: finding.operation):
            if operation:
                self._print(Text(), Text(texts.line(operation), "bold cyan"))
            for finding in findings:
                self._finding(finding)
        self._print(Text())
        if len(told) > SHOWN:
            self._print(Text(f"and {len(told) - SHOWN} more; --report html=FILE shows all of them"))
        for reason, number in Counter(test.skipped for test in session.tests if test.skipped).items():
            self._print(Text(f"{number} skipped: {texts.line(reason)}", "dim"))
        for said in session.said:
            self._said(said)
        if numbers := texts.numbers(session):
            self._print(Text(numbers, "dim"))

    def _finding(self, finding: Finding) -> None:
        head = Text.assemble("  ", _level(finding), " " * (_INDENT - 2 - len(finding.level.value)))
        head.append(texts.line(finding.title))
        times = f", {finding.times:,} times" if finding.times > 1 else ""
        head.append(f"  {texts.line(finding.check)} {finding.fingerprint}{times}", "dim")
        self._print(Text(), head)
        self._prose(Text(texts.visible(finding.message)), _INDENT)
        for part in texts.parts(finding):
            self._part(part)

    def _part(self, part: texts.Part) -> None:
        gap, name = " " * _INDENT, part.name.ljust(_NAME)
        first, *more = part.text.split("\n")
        style = "cyan" if part.is_code or part.name == "document" else ""
        if style or self._plain:
            self._print(Text.assemble(gap, (name, "dim"), (first, style)))
        else:
            self._prose(Text.assemble((name, "dim"), first), _INDENT)
        block = part.block.split("\n") if part.block else []
        self._print(*(Text(f"{gap}{'':{_NAME}}| {one}", "dim") for one in (*more, *block)))

    def _prose(self, text: Text, indent: int) -> None:
        if self._plain:
            self._print(*(Text(" " * indent + one) for one in text.plain.split("\n")))
        else:
            self._console.print(Padding(self._safe(text), (0, 2, 0, indent)))

    def _said(self, said: Said) -> None:
        self._print(Text.assemble((said.level.value, _STYLES[said.level]), f"  {texts.line(said.text)}"))

    def _print(self, *lines: Text) -> None:
        for text in lines:
            self._console.print(self._safe(text), soft_wrap=True)

    def _safe(self, text: Text) -> Text:
        """Return a text that the stream can take, and in which no CI system sees a command."""
        plain = text.plain.encode(self._encoding, "backslashreplace").decode(self._encoding)
        plain = plain.replace("##[", "##(")
        if plain != text.plain:
            text.plain = plain
        return Text.assemble("| ", text) if plain.lstrip().startswith("::") else text


def _level(finding: Finding) -> tuple[str, str]:
    return finding.level.value, _STYLES[finding.level]
