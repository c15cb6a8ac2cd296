"""Options about reports that all contract tests share, and the run that they lead to.

@click.command(...)
@reporting.options()
def verify(..., **flags):
    options = reporting.taken(flags)
    with reporting.run(options, now) as run:
        for event in engine(...):
            run(event)
    sys.exit(run.exit_code)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

import click

from mockserver.cli import output
from mockserver.contract import baseline
from mockserver.contract.baseline import Baseline
from mockserver.contract.events import Verdict
from mockserver.contract.findings import Level
from mockserver.contract.locating import Places
from mockserver.contract.reports import github, markdown
from mockserver.contract.reports.formats import FORMATS, format_of
from mockserver.contract.reports.texts import counted
from mockserver.contract.results import Results
from mockserver.contract.running import Run, Writer
from mockserver.errors import UsageError

NEVER: Final = "never"


@dataclass(frozen=True, slots=True)
class Options:
    """What a person chose.

    Attributes:
        reports: Formats with their files; None is standard output.
        fail_on: The least level that makes the exit code 1; None for no level.
        plain: No colours, no progress.
        live: Tell of each finding when it is found; for commands that run long.
    """

    reports: tuple[tuple[str, Path | None], ...] = ()
    fail_on: Level | None = Level.ERROR
    baseline: Path | None = None
    write_baseline: bool = False
    plain: bool = False
    live: bool = False


def options(*, without: Collection[str] = (), default_fail_on: Level = Level.ERROR) -> Callable[[Any], Any]:
    """Add the options about reports to a command.

    Args:
        without: Names of options that a command has of its own, e.g. `fail_on`.
        default_fail_on: For commands that are stricter than others.
    """
    known: dict[str, Any] = {
        "ci": click.option(
            "--ci", is_flag=True, help="Plain output.  [default: when not at a terminal, or CI is set]"
        ),
        "write_baseline": click.option(
            "--write-baseline",
            is_flag=True,
            help="Accept what is found, for 90 days, in the --baseline file.",
        ),
        "baseline": click.option(
            "--baseline",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Findings that are accepted, each until a date.",
        ),
        "fail_on": click.option(
            "--fail-on",
            type=click.Choice([*(level.value for level in Level), NEVER]),
            default=default_fail_on.value,
            show_default=True,
            help="The least level of findings that makes the exit code 1.",
        ),
        "report": click.option(
            "--report",
            "report",
            multiple=True,
            metavar="FORMAT[=FILE]",
            help=f"Write a report, too: {', '.join(FORMATS)}; repeatable.  [default: to standard output]",
        ),
    }

    def add(function: Any) -> Any:
        for name, option in known.items():
            function = function if name in without else option(function)
        return function

    return add


def taken(flags: dict[str, Any], *, live: bool = False) -> Options:
    """Take what `options` added out of a command's flags.

    Raises:
        UsageError: A format is not known, two reports would go to one place, or a baseline is to be written nowhere.
    """
    reports = tuple(_report(text) for text in flags.pop("report", ()))
    targets = [path for _, path in reports]
    for path in targets:
        if targets.count(path) > 1:
            raise UsageError(f"two reports go to {path or 'standard output'}; give each a file: FORMAT=FILE")
    fail_on = flags.pop("fail_on", Level.ERROR.value)
    chosen = Options(
        reports,
        None if fail_on == NEVER else Level(fail_on),
        flags.pop("baseline", None),
        flags.pop("write_baseline", False),
        flags.pop("ci", False),
        live,
    )
    if chosen.write_baseline and chosen.baseline is None:
        raise UsageError("--write-baseline needs to know where to: --baseline FILE")
    return chosen


def _report(text: str) -> tuple[str, Path | None]:
    name, separator, file = text.partition("=")
    if name in FORMATS and not separator:
        return name, None
    if name in FORMATS and file:
        return name, Path(file)
    if format_of(text):
        return format_of(text), Path(text)
    raise UsageError(
        f"{text!r} is no report; write FORMAT or FORMAT=FILE, of the formats {', '.join(FORMATS)}"
    )


def run(
    options: Options,
    now: Callable[[], datetime],
    *,
    texts: Mapping[str, bytes] | None = None,
    show: Callable[[Results, TextIO], None] | None = None,
) -> Run:
    """Return the run that reports as a person chose.

    Args:
        options: From `taken`.
        now: The clock.
        texts: Texts of documents that are in no file (standard input, the web), by the names in `Says.file`.
        show: Writes for people instead of the report at the terminal.

    Raises:
        UsageError: A report cannot be written, or the baseline cannot be read: before any work is done.
    """
    # rich is not wanted by commands that have nothing to report.
    from mockserver.contract.reports.terminal import Terminal

    for _, path in options.reports:
        if path is not None:
            output.probe(path)
    if options.write_baseline and options.baseline:
        output.probe(options.baseline)
    to_stdout = any(path is None for _, path in options.reports)
    stream = output.steady(sys.stderr if to_stdout else sys.stdout)
    plain = options.plain or bool(os.environ.get("CI")) or not stream.isatty()
    terminal = Terminal(stream, plain=plain, live=options.live)
    accepted = _baseline(options, now)
    writers: list[Writer] = [terminal.finish if show is None else lambda results: show(results, stream)]
    if options.write_baseline and options.baseline:
        writers.append(_baseline_writer(accepted, options.baseline, stream))
    writers += [_writer(name, path, stream) for name, path in options.reports]
    if os.environ.get("GITHUB_ACTIONS") == "true":
        writers += _for_github(options, stream)
    return Run(
        now=now,
        baseline=accepted,
        fail_on=options.fail_on,
        reporters=[terminal] if show is None else [],
        writers=writers,
        places=Places(texts),
    )


def _for_github(options: Options, stream: TextIO) -> list[Writer]:
    """Return what GitHub Actions shows: annotations from the log, and the summary of the job."""
    writers: list[Writer] = []
    if all(name != "github" for name, _ in options.reports):
        writers.append(lambda results: click.echo(github.write(results), file=stream, nl=False))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        writers.append(lambda results: _append(Path(summary), markdown.write(results)))
    return writers


def _baseline(options: Options, now: Callable[[], datetime]) -> Baseline:
    if options.baseline is None:
        return Baseline()
    is_new = options.write_baseline and not options.baseline.exists()
    accepted = Baseline(str(options.baseline)) if is_new else baseline.read(options.baseline)
    if options.write_baseline:
        accepted.accepts_until = now().date() + baseline.ACCEPTED_FOR
    return accepted


def _baseline_writer(accepted: Baseline, path: Path, stream: TextIO) -> Writer:
    def write(results: Results) -> None:
        if results.verdict in (Verdict.FAILED, Verdict.INTERRUPTED):
            click.echo(f"baseline: {path} stays as it is; the run did not finish", file=stream)
            return
        output.write(path, accepted.text(results.tested).decode())
        number = counted(len(accepted.met), "finding")
        click.echo(f"baseline: {path} accepts {number} now; give each a reason", file=stream)

    return write


def _writer(name: str, path: Path | None, stream: TextIO) -> Writer:
    def write(results: Results) -> None:
        text = FORMATS[name].write(results)
        if path is None:
            output.write_bytes(sys.stdout, text.encode("utf-8", "replace"))
        else:
            output.write(path, text)
            click.echo(f"{name}: {path}", file=stream)

    return write


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write the summary {path}: {error.strerror or error}") from error
