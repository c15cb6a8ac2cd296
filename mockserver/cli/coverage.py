"""`mockserver coverage`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from mockserver import jsontext, sources
from mockserver.cli import output
from mockserver.cli.options import beside_options, settings_from
from mockserver.cli.testing import selection, selection_options
from mockserver.contract import journals
from mockserver.contract.coverage import markdown, page, table
from mockserver.contract.coverage.grouping import NAMES, percent
from mockserver.contract.verify.selecting import Selection, select
from mockserver.document.model import Document
from mockserver.document.routing import Router
from mockserver.errors import UsageError
from mockserver.mocking.coverage import Coverage, Dimension, Report, report

BELOW: Final = 1
"""Exit code where less was exercised than is asked for."""
FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "html": page.write,
    "json": lambda found: jsontext.dumps(found.as_json(), indent=True).decode() + "\n",
    "markdown": markdown.write,
}


@click.command(
    short_help="Tell what of a document was never exercised.",
    epilog="""\b
Examples:
  mockserver serve api.yaml --journal run.ndjson       run your tests against it, then
  mockserver coverage api.yaml run.ndjson
  mockserver coverage api.yaml http://127.0.0.1:4010   of a server that runs
  mockserver coverage api.yaml *.ndjson capture.har --report html=coverage.html
  mockserver coverage api.yaml browser.har --origin https://staging.example.com --mounted-at /shop/v1
  mockserver coverage api.yaml run.ndjson --min 80 --min operations=100 --ignore-status 5XX
  mockserver coverage api.yaml run.ndjson --include-tag pets --all

\b
Exit codes: 0 enough, 1 less than --min, 2 wrong use.
""",
)
@click.argument("document", metavar="DOC")
@click.argument("journal", nargs=-1, required=True, metavar="JOURNAL...")
@click.option(
    "--min",
    "least",
    multiple=True,
    metavar="[NAME=]PERCENT",
    help="Exit with 1 below it; of one dimension by its name; repeatable.",
)
@selection_options
@click.option(
    "--ignore-status",
    multiple=True,
    metavar="STATUS",
    help="Do not ask for this declared status: 503, 5XX or default; repeatable.",
)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="URL",
    help="Only exchanges with this server, e.g. https://api.example.com, where the journal says so; repeatable.",
)
@click.option(
    "--mounted-at",
    metavar="PATH",
    help="What stood before the document's paths.  [default: as its servers say, or nothing]",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"Write a report: {', '.join(FORMATS)}; repeatable.  [default: to standard output]",
)
@click.option("--all", "everything", is_flag=True, help="Leave nothing out of the table.")
@beside_options("overlay")
@click.option(
    "--config", type=click.Path(), help="Settings in YAML.  [default: mockserver.yaml if there is one]"
)
def coverage(
    document: str,
    journal: tuple[str, ...],
    least: tuple[str, ...],
    ignore_status: tuple[str, ...],
    origins: tuple[str, ...],
    mounted_at: str | None,
    reports: tuple[str, ...],
    everything: bool,
    config: str | None,
    **flags: Any,
) -> None:
    """Tell what of a document was exercised, and what never was.

    Operations, parameters, statuses, media types, and what schemas leave open: properties that may be left out,
    branches, enums, nulls. DOC is a file, an http(s) URL, or - for standard input. JOURNAL is a file that `mockserver
    serve --journal` or the pytest plugin has written, a HAR file, or the URL of a mock server that runs.
    """
    wanted = _least(least)
    targets = [_target(text) for text in reports]
    for _, path in targets:
        if path is not None:
            output.probe(path)
    known = {origin.rstrip("/").lower() for origin in origins}
    chosen = selection(flags)
    settings = settings_from(config, (document,), **flags)
    loaded = sources.load(sources.chosen(settings), settings)
    if len(loaded) != 1:
        raise UsageError("coverage takes exactly one document: mockserver coverage api.yaml run.ndjson")
    model = loaded[0].document
    router = (
        None
        if mounted_at is None
        else Router(model, "/" + mounted_at.strip("/") if mounted_at.strip("/") else "")
    )
    counted = Coverage(model, _chosen(model, chosen), ignore_status, router)
    for seen in journals.read(journal, lambda text: click.echo(f"mockserver: {text}", err=True)):
        if known and seen.origin.lower() not in known:
            continue
        counted.take(seen.message, seen.reply, seen.operation)
    found = report(counted)
    # Whoever reads only the beginning wants the exit code all the same.
    stream = output.steady(sys.stdout)
    for name, path in targets:
        text = FORMATS[name](found)
        if path is None:
            stream.write(text)
        else:
            output.write(path, text)
    if all(path is not None for _, path in targets):
        plain = not (stream.encoding or "").lower().startswith("utf")
        stream.writelines(f"{text}\n" for text in table.lines(found, everything=everything, plain=plain))
    stream.flush()
    sys.exit(_judged(found, wanted))


def _chosen(model: Document, chosen: Selection) -> set[str] | None:
    select([model], chosen)
    ids = {operation.id for operation in model.operations.values() if chosen.takes(operation)}
    return None if len(ids) == len(model.operations) else ids


def _judged(found: Report, wanted: Mapping[str, float]) -> int:
    missed = found.below(wanted)
    for name, percentage, least in missed:
        what = NAMES[Dimension(name)] if name else "in all"
        click.echo(f"mockserver: {what}: {percent(percentage)} is less than {least:g} %", err=True)
    return BELOW if missed else 0


def _least(texts: tuple[str, ...]) -> dict[str, float]:
    wanted: dict[str, float] = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if name and name not in list(Dimension):
            raise UsageError(f"--min {text}: there is no {name!r}; there are {', '.join(Dimension)}")
        try:
            least = float(number.removesuffix("%"))
        except ValueError:
            least = -1
        if not 0 <= least <= 100:
            raise UsageError(f"--min {text}: {number!r} is no percentage; write 80, or operations=100")
        wanted[name] = least
    return wanted


def _target(text: str) -> tuple[str, Path | None]:
    name, separator, file = text.partition("=")
    if name in FORMATS and (file or not separator):
        return name, Path(file) if file else None
    raise UsageError(
        f"{text!r} is no report; write FORMAT or FORMAT=FILE, of the formats {', '.join(FORMATS)}"
    )
