"""`mockserver fuzz`."""

from __future__ import annotations

import itertools
import logging
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import click

from mockserver import sources
from mockserver.cli import reporting
from mockserver.cli.options import beside_options, data_options, document_arguments, settings_from
from mockserver.cli.target import NAMES, read_headers, target_from, target_options
from mockserver.cli.testing import EFFORT, effort_from, effort_options, selection, selection_options
from mockserver.contract.events import Ended, Event, Said, Verdict
from mockserver.contract.findings import Level
from mockserver.contract.verify.accepted import scheme_credentials, strict_credentials
from mockserver.contract.verify.effort import Effort, Subject
from mockserver.contract.verify.selecting import Selection, select
from mockserver.document.plan import Plan
from mockserver.errors import UsageError
from mockserver.settings import Settings
from mockserver.sources import Loaded


@click.command(
    short_help="Prove that the mock of a document keeps its contract.",
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
""",
)
@document_arguments
@click.option("--url", metavar="URL", help="Fuzz this server instead of the mock, which then is not started.")
@target_options
@selection_options
@effort_options
@click.option("--unbounded", is_flag=True, help="Repeat with the next seed until a run fails, or Ctrl-C.")
@beside_options()
@data_options
@reporting.options(default_fail_on=Level.WARNING)
def fuzz(documents: tuple[str, ...], config: str | None, **flags: Any) -> None:
    """Prove that the mock of each document keeps its contract; without DOC those of the bundled ones.

    Serves each document on a free port, and lets Schemathesis attack it there: all phases, all checks, wrong
    credentials included. The seed decides about the requests and about the mock's data.
    """
    options = reporting.taken(flags)
    own = SimpleNamespace(**{name: flags.pop(name) for name in ("url", "unbounded")})
    chosen, reached = selection(flags), {name: flags.pop(name) for name in NAMES}
    how = {name: flags.pop(name) for name in EFFORT}
    settings = settings_from(config, documents, **flags)
    settings = replace(settings, host="127.0.0.1", port=0)
    effort = effort_from(how, settings.seed)
    if own.unbounded and effort.max_time_s:
        raise UsageError("--unbounded and --max-time exclude each other")
    loaded = sources.load(sources.chosen(settings), settings)
    if own.url and len(loaded) != 1:
        raise UsageError("--url takes exactly one document: mockserver fuzz api.yaml --url URL")
    read_headers(reached["headers"])
    subjects = _subjects(loaded, settings, chosen)
    logging.getLogger("mockserver").addFilter(_Once())
    # As an exception, so that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    for seed in itertools.count(settings.seed):
        with reporting.run(options, _now) as run:
            for event in _round(
                replace(settings, seed=seed), subjects, replace(effort, seed=seed), own.url, reached
            ):
                run(event)
        if not own.unbounded or run.exit_code:
            break
    sys.exit(run.exit_code)


@dataclass(frozen=True, slots=True)
class _Mocked:
    """A document that is fuzzed, and the operations of it."""

    loaded: Loaded
    plan: Plan
    labels: list[str] | None


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


def _subjects(loaded: list[Loaded], settings: Settings, selection: Selection) -> list[_Mocked]:
    """Assemble all documents, so that what is wrong with the last one is not said after minutes."""
    from mockserver.server.assembly import assemble

    served = [assemble(settings, _now, [item]).documents[0] for item in loaded]
    chosen = select([item.document for item in loaded], selection)
    return [
        _Mocked(item, one.plan, labels)
        for item, one, labels in zip(loaded, served, chosen, strict=True)
        if labels is None or labels
    ]


def _round(
    settings: Settings, subjects: list[_Mocked], effort: Effort, url: str | None, reached: dict[str, Any]
) -> Iterator[Event]:
    """Yield the events of one run of each document; an interrupted one is the last."""
    from mockserver.contract.verify import engine

    for mocked in subjects:
        with _subject(mocked, settings, url, reached) as subject:
            for event in engine.verify(subject, effort, _now, tool="fuzz"):
                if isinstance(event, Ended) and event.verdict is Verdict.BROKEN and url is None:
                    yield Said(f"the curl commands work while this runs: {_again(mocked, subject, effort)}")
                yield event
            if isinstance(event, Ended) and event.verdict is Verdict.INTERRUPTED:
                return


def _again(mocked: _Mocked, subject: Subject, effort: Effort) -> str:
    port = str(urlsplit(subject.target.url).port)
    path = str(mocked.loaded.source.path)
    return shlex.join(["mockserver", "serve", path, "--port", port, "--seed", str(effort.seed)])


@contextmanager
def _subject(
    mocked: _Mocked, settings: Settings, url: str | None, reached: dict[str, Any]
) -> Iterator[Subject]:
    """Start the mock of a document with a fresh state, unless there is a server already."""
    document, plan = mocked.loaded.document, mocked.plan
    if url is not None:
        from mockserver.contract.reaching import reach

        target = target_from(url, document, reached)
        accepted = scheme_credentials(document, plan, settings.credentials, target.headers)
        target = replace(target, credentials={**accepted, **target.credentials})
        reach(target)
        yield Subject(document, plan, target, mocked.labels)
        return
    from mockserver.server.assembly import assemble
    from mockserver.server.routes import base_urls
    from mockserver.server.running import bind, in_background

    patterns = strict_credentials(document, plan, settings.credentials)
    accepted = scheme_credentials(document, plan, patterns)
    application = assemble(replace(settings, credentials=patterns), _now, [mocked.loaded])
    with in_background(application.asgi, bind(settings.host, settings.port)) as origin:
        reset = f"{origin}{settings.control_path.rstrip('/')}/state/reset"
        base = base_urls(application.documents[0], settings, origin)[0]
        target = replace(target_from(base, document, reached), credentials=accepted)
        yield Subject(document, plan, target, mocked.labels, reset)


def _now() -> datetime:
    return datetime.now(UTC)
