"""`mockserver fuzz`."""

from __future__ import annotations

import itertools
import logging
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import click

from mockserver import jsontext, sources
from mockserver.cli.options import beside_options, data_options, document_arguments, settings_from
from mockserver.contract import fuzz as contract
from mockserver.contract.fuzz import Effort, Outcome, Target, Verdict
from mockserver.document.plan import Plan
from mockserver.errors import UsageError
from mockserver.settings import Settings
from mockserver.sources import Loaded


@click.command(
    epilog="""\b
Examples:
  mockserver fuzz                                  the bundled documents, as CI does
  mockserver fuzz api.yaml --max-examples 200      your own, more thoroughly
  mockserver fuzz api.yaml --include createPet --include '^/owners'
  mockserver fuzz api.yaml --phases coverage,stateful --report fuzz.xml
  mockserver fuzz api.yaml --unbounded             seed after seed, until one fails or Ctrl-C
  mockserver fuzz api.yaml --url https://staging.example.com -H 'Authorization: Bearer TOKEN'

\b
Exit codes: 0 no failures, 1 failures, 2 wrong use or no run, 130 interrupted.
"""
)
@document_arguments
@click.option("--url", metavar="URL", help="Fuzz this server instead of the mock, which then is not started.")
@click.option(
    "-H",
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Send this header with each request.",
)
@click.option(
    "--include", multiple=True, metavar="ID|REGEX", help="Only operations of this id, or whose path matches."
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="ID|REGEX",
    help="All but operations of this id, or whose path matches.",
)
@click.option(
    "--phases", default=",".join(contract.PHASES), show_default=True, metavar="LIST", help="What to run."
)
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    default=contract.DEFAULT_MAX_EXAMPLES,
    show_default=True,
    metavar="N",
    help="Cases drawn by chance for each operation; of scenarios, four times as many in all.",
)
@click.option(
    "--max-time",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="Draw cases for so long, for each document.",
)
@click.option("--unbounded", is_flag=True, help="Repeat with the next seed until a run fails, or Ctrl-C.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.xml",
    help="Write a report for JUnit.",
)
@beside_options()
@data_options
def fuzz(documents: tuple[str, ...], config: str | None, **options: Any) -> None:
    """Prove that the mock of each document keeps its contract; without DOC those of the bundled ones.

    Serves each document on a free port, and lets Schemathesis attack it there: all phases, all checks, wrong
    credentials included. The seed decides about the requests and about the mock's data.
    """
    own = SimpleNamespace(**{name: options.pop(name) for name in _OWN})
    settings = settings_from(config, documents, **options)
    settings = replace(settings, host="127.0.0.1", port=0)
    if own.unbounded and own.max_time:
        raise UsageError("--unbounded and --max-time exclude each other")
    loaded = sources.load(sources.chosen(settings), settings)
    if own.url and len(loaded) != 1:
        raise UsageError("--url takes exactly one document: mockserver fuzz api.yaml --url URL")
    effort = Effort(settings.seed, _phases(own.phases), own.max_examples, own.max_time)
    subjects = _subjects(loaded, settings, own.include, own.exclude)
    wanted = _Wanted(own.url, _headers(own.headers), subjects)
    if own.report:
        # Now, and not after minutes of work.
        _write(own.report, "")
    logging.getLogger("mockserver").addFilter(_Once())
    # As an exception, so that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    outcomes: list[Outcome] = []
    for round_number in itertools.count():
        seed = settings.seed + round_number
        outcomes = []
        for outcome in _round(replace(settings, seed=seed), wanted, replace(effort, seed=seed)):
            outcomes.append(outcome)
            if own.report:
                _write(own.report, contract.junit(outcomes))
        click.echo(summary(outcomes, seed))
        if not own.unbounded or any(outcome.verdict is not Verdict.CLEAN for outcome in outcomes):
            break
    if own.report:
        click.echo(f"report: {own.report}")
    sys.exit(exit_code(outcomes))


_OWN = ("url", "headers", "include", "exclude", "phases", "max_examples", "max_time", "unbounded", "report")


@dataclass(frozen=True, slots=True)
class _Subject:
    loaded: Loaded
    plan: Plan
    labels: list[str] | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    url: str | None
    headers: dict[str, str]
    subjects: list[_Subject]


class _Once(logging.Filter):
    """Lets the traceback of each place in the mock through only once; it would fail there a thousand times."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[object] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether this was not seen before."""
        told = getattr(record, "place", None)
        if told is not None:
            is_new = told not in self._seen
            self._seen.add(told)
            return is_new
        if record.exc_info is None or record.exc_info[2] is None:
            return True
        frame = record.exc_info[2]
        while frame.tb_next is not None:
            frame = frame.tb_next
        place = (record.exc_info[0], frame.tb_frame.f_code.co_filename, frame.tb_lineno)
        if place in self._seen:
            return False
        self._seen.add(place)
        return True


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """Return the exit code of several runs: what stopped us counts most, then failures."""
    verdicts = {outcome.verdict for outcome in outcomes}
    order = (Verdict.INTERRUPTED, Verdict.FAILED, Verdict.BROKEN)
    return next((verdict for verdict in order if verdict in verdicts), Verdict.CLEAN)


def summary(outcomes: Iterable[Outcome], seed: int) -> str:
    """Return a line for each document, and below it each failure with its operations."""
    lines = [""]
    for outcome in outcomes:
        what = {
            Verdict.CLEAN: "no failures",
            Verdict.BROKEN: _kinds(len(outcome.failures or {})),
            Verdict.FAILED: "not finished",
            Verdict.INTERRUPTED: "interrupted",
        }[outcome.verdict]
        lines.append(
            f"{outcome.name}: {what} (seed {seed}, {outcome.operations} operations, {outcome.cases} cases,"
            f" {outcome.seconds:.0f} s)"
        )
        lines += [f"  {title}: {', '.join(where)}" for title, where in (outcome.failures or {}).items()]
        lines += [f"  error: {error}" for error in outcome.errors]
    return "\n".join(lines)


def _kinds(count: int) -> str:
    return "1 kind of failure" if count == 1 else f"{count} kinds of failures"


def _subjects(
    loaded: list[Loaded], settings: Settings, include: tuple[str, ...], exclude: tuple[str, ...]
) -> list[_Subject]:
    """Assemble all documents, so that what is wrong with the last one is not said after minutes."""
    from mockserver.server.assembly import assemble

    served = [assemble(settings, _now, [item]).documents[0] for item in loaded]
    chosen = contract.select([item.document for item in loaded], include, exclude)
    return [
        _Subject(item, one.plan, labels)
        for item, one, labels in zip(loaded, served, chosen, strict=True)
        if labels is None or labels
    ]


def _round(settings: Settings, wanted: _Wanted, effort: Effort) -> Iterator[Outcome]:
    for subject in wanted.subjects:
        with (
            tempfile.TemporaryDirectory(prefix="mockserver-fuzz-") as folder,
            _target(subject, settings, wanted, Path(folder)) as target,
        ):
            click.echo(f"\n{target.name} at {target.url}, seed {effort.seed}\n")
            outcome = contract.run(target, effort, Path(folder))
            if outcome.verdict is Verdict.BROKEN and wanted.url is None:
                port = str(urlsplit(target.url).port)
                again = [
                    "mockserver",
                    "serve",
                    str(subject.loaded.source.path),
                    "--port",
                    port,
                    "--seed",
                    str(effort.seed),
                ]
                click.echo(f"\nThe curl commands above work while this runs:\n\n    {shlex.join(again)}")
        yield outcome
        if outcome.verdict is Verdict.INTERRUPTED:
            return


@contextmanager
def _target(subject: _Subject, settings: Settings, wanted: _Wanted, folder: Path) -> Iterator[Target]:
    """Start the mock of a document with a fresh state, unless there is a server already."""
    document, plan = subject.loaded.document, subject.plan
    target = Target(document.name, _file_of(subject.loaded, folder), "", {}, wanted.headers, subject.labels)
    if wanted.url is not None:
        schemes = contract.scheme_credentials(document, plan, settings.credentials, wanted.headers)
        yield replace(target, url=wanted.url.rstrip("/"), schemes=schemes, secret=bool(wanted.headers))
        return
    from mockserver.server.assembly import assemble
    from mockserver.server.routes import base_urls
    from mockserver.server.running import bind, in_background

    patterns = contract.strict_credentials(document, plan, settings.credentials)
    schemes = contract.scheme_credentials(document, plan, patterns)
    application = assemble(replace(settings, credentials=patterns), _now, [subject.loaded])
    with in_background(application.asgi, bind(settings.host, settings.port)) as origin:
        reset = f"{origin}{settings.control_path.rstrip('/')}/state/reset"
        url = base_urls(application.documents[0], settings, origin)[0]
        yield replace(target, url=url, schemes=schemes, reset=reset)


def _file_of(loaded: Loaded, folder: Path) -> Path:
    """Return a file with a document, for Schemathesis: its own, or one written into the folder."""
    if isinstance(loaded.source.path, Path) and not loaded.source.overlays:
        return loaded.source.path
    path = folder / f"{loaded.document.name}.json"
    path.write_bytes(jsontext.dumps(contract.portable(loaded.document.root)))
    return path


def _now() -> datetime:
    return datetime.now(UTC)


def _phases(text: str) -> tuple[str, ...]:
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    for part in wanted:
        if part not in contract.PHASES:
            raise UsageError(f"there is no phase {part!r}; there are {', '.join(contract.PHASES)}")
    if not wanted:
        raise UsageError(f"--phases needs one at least of {', '.join(contract.PHASES)}")
    return tuple(phase for phase in contract.PHASES if phase in wanted)


def _headers(lines: tuple[str, ...]) -> dict[str, str]:
    result: dict[str, str] = {}
    for line in lines:
        name, separator, value = line.partition(":")
        if not separator or not name.strip():
            raise UsageError(f"{line!r} is no header; write it as 'NAME: VALUE'")
        result[name.strip()] = value.strip()
    return result


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the report {path}: {error.strerror}") from error
