"""`mockserver check`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

import click

from mockserver import jsontext, sources
from mockserver.cli import report as reports
from mockserver.cli.options import beside_options, document_arguments, settings_from
from mockserver.cli.report import Report
from mockserver.contract.locating import Places
from mockserver.document import plan_file
from mockserver.document.model import Fault, Severity
from mockserver.errors import DocumentError, PlanError, UsageError
from mockserver.mocking import soundness
from mockserver.settings import STDIN, Source
from mockserver.sources import Written

TRYING_SECONDS: Final = 20
"""Time for trying out whether answers can be made up; most documents need much less."""


@click.command(
    short_help="Report what is wrong with documents.",
    epilog="""\b
Examples:
  mockserver check api.yaml                            what is wrong, where, and what it means
  mockserver check api.yaml --all                      without leaving anything out
  mockserver check *.yaml --fail-on warning            in CI, strictly
  mockserver check api.yaml --format sarif --output api.sarif
  mockserver check api.yaml --format json | jq '.documents[].faults[].pointer'

\b
Exit codes: 0 no errors, 1 errors (or warnings, with --fail-on warning), 2 wrong use or an unreadable file.
""",
)
@document_arguments
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How to write the report.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write it.  [default: standard output]",
)
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.ERROR.value,
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
@click.option("--all", "everything", is_flag=True, help="Show all faults in text, however many say the same.")
@beside_options("overlay", "plan")
@click.option(
    "--config", type=click.Path(), help="Settings in YAML.  [default: mockserver.yaml if there is one]"
)
def check(
    documents: tuple[str, ...],
    config: str | None,
    layout: str,
    output: Path | None,
    fail_on: str,
    everything: bool,
    **beside: tuple[str, ...],
) -> None:
    """Report what is wrong with documents; without DOC with the bundled ones.

    DOC is a file, a folder with documents, an http(s) URL, or - for standard input.

    Each fault comes with its place, its rule, and what the server does about it. A document with faults is served all
    the same, unless --strict is given to `mockserver serve`. What in its plan does not fit it is among them.
    """
    settings = settings_from(config, documents, **beside)
    found = [_report(*item) for item in sources.named(sources.chosen(settings), settings)]
    color = output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    if layout == "text":
        content = reports.text(found, color=color, everything=everything)
        readable = [report for report in found if not report.error]
        if len(readable) > 1:
            content += f"\n{len(readable)} documents: {reports.summary(readable, color=color)}\n"
    else:
        make = reports.as_json if layout == "json" else reports.as_sarif
        content = jsontext.dumps(make(found), indent=True).decode() + "\n"
    if output is None:
        click.echo(content, nl=False, color=color)
    else:
        _write(output, content)
    for report in found:
        if report.error:
            click.echo(f"mockserver: {report.error}", err=True)
    sys.exit(_exit_code(found, Severity(fail_on)))


def _report(source: Source, name: str) -> Report:
    shown = "standard input" if source.path == STDIN else str(source.path)
    try:
        written = sources.load_written(source, name)
        planned = plan_file.load(written.document, source.plan)
    except (DocumentError, PlanError) as error:
        return Report(shown, error=str(error))
    places = Places({shown: written.text})
    found = tuple(
        reports.place(places, shown, fault) for fault in (*_faults(written, shown), *planned.faults)
    )
    return Report(shown, written.document.version, len(written.document.operations), found)


def _faults(written: Written, shown: str) -> tuple[Fault, ...]:
    """Return what is wrong with a document, as far as looking at it and trying it out tells."""
    started: list[float] = []

    def is_late() -> bool:
        started[:] = started or [time.monotonic()]
        return time.monotonic() > started[0] + TRYING_SECONDS

    def on_late(tried: int, all: int) -> None:
        click.echo(
            f"mockserver: {shown}: only {tried} of {all} answers were tried, for lack of time", err=True
        )

    return soundness.report(written.document, written.root, is_late=is_late, on_late=on_late)


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _exit_code(found: list[Report], least: Severity) -> int:
    if any(report.error for report in found):
        return 2
    counted = [Severity.ERROR] if least is Severity.ERROR else list(Severity)
    return int(any(report.number(severity) for report in found for severity in counted))
