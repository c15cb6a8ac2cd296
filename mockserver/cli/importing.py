"""`mockserver import`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from mockserver import sources
from mockserver.cli import reporting
from mockserver.cli.options import beside_options, settings_from
from mockserver.cli.recording import options_from, recording_options
from mockserver.contract import journals
from mockserver.contract.recording import importing
from mockserver.contract.recording.recorder import Recorder
from mockserver.document import plan_file
from mockserver.errors import UsageError


@click.command(
    "import",
    short_help="Make fixtures of what a browser or proxy recorded.",
    epilog="""\b
Examples:
  mockserver import session.har api.yaml                       fixtures/api/ of what a browser saw
  mockserver import session.har api.yaml --dry-run             what would be written
  mockserver import session.har api.yaml --into mocks --redact customerName --redact '$.items[*].iban'
  mockserver import session.har api.yaml --origin https://api.example.com --seeds first
  mockserver import run.ndjson api.yaml                        a journal of serve or proxy
  mockserver serve api.yaml --fixtures fixtures                answers as it was recorded

\b
Exit codes: 0 fine, 1 something in the recording breaks the document (the rest is written), 2 wrong use.
""",
)
@click.argument("recording", metavar="FILE.har")
@click.argument("document", metavar="[DOC]", required=False)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("fixtures"),
    show_default=True,
    metavar="DIR",
    help="Folder of the fixtures; those of the document go into DIR/NAME.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="URL",
    help="Only exchanges with this server, e.g. https://api.example.com; repeatable.",
)
@recording_options
@beside_options("overlay", "plan")
@click.option(
    "--config", type=click.Path(), help="Settings in YAML.  [default: mockserver.yaml if there is one]"
)
@reporting.options()
def import_command(
    recording: str,
    document: str | None,
    into: Path,
    dry_run: bool,
    origins: tuple[str, ...],
    config: str | None,
    **flags: Any,
) -> None:
    """Make fixtures of what a browser or proxy recorded: without secrets, checked, and replayed by serve.

    FILE.har is a HAR file, or a journal of `serve --journal`. DOC is the document of the server that answered.
    """
    report, options = reporting.taken(flags), options_from(flags)
    notes: list[str] = []
    exchanges = journals.read([recording], notes.append)
    if document is None:
        raise importing.without_document(recording, exchanges)
    settings = settings_from(config, (document,), **flags)
    loaded = sources.load(sources.chosen(settings), settings)
    if len(loaded) != 1:
        raise UsageError(f"a recording is of one server; {document} has {len(loaded)} documents")
    model = loaded[0].document
    recorder = Recorder(model, plan_file.load(model, loaded[0].source.plan), options)
    job = importing.Job(
        Path(recording).name, into, tuple(item.rstrip("/").lower() for item in origins), dry_run
    )
    with reporting.run(report, _now) as run:
        for event in importing.run(recorder, exchanges, job, _now(), notes):
            run(event)
    sys.exit(run.exit_code)


def _now() -> datetime:
    return datetime.now(UTC)
