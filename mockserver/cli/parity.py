"""`mockserver parity`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import click

from mockserver import sources
from mockserver.cli import reporting
from mockserver.cli.options import beside_options, data_options, settings_from
from mockserver.cli.target import NAMES as TARGET_NAMES
from mockserver.cli.target import target_from, target_options
from mockserver.cli.testing import selection, selection_options
from mockserver.contract import journals, target
from mockserver.contract.events import Said
from mockserver.contract.parity import hints, recorded
from mockserver.contract.parity.running import Parity
from mockserver.contract.parity.scenarios import Scenarios
from mockserver.contract.parity.sides import Live, Recording, Side
from mockserver.contract.parity.steps import Scenario, Writes
from mockserver.contract.requests.client import Client
from mockserver.contract.requests.maker import Maker
from mockserver.contract.target import Target
from mockserver.contract.verify.selecting import select
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.errors import UsageError
from mockserver.mocking import credentials
from mockserver.settings import Settings

_OWN: Final = ("mock", "real", "run", "write", "keep", "tighten")


@click.command(
    epilog="""\b
Examples:
  mockserver parity api.yaml --real https://staging.example.com/v1     our mock against it; only reads
  mockserver parity api.yaml --real URL --write own --bearer '${TOKEN}'
  mockserver parity api.yaml --mock http://127.0.0.1:4010 --real URL --include-tag pets
  mockserver parity api.yaml --run journal.ndjson                      a recorded run is the real server
  mockserver parity api.yaml --run browser.har --real URL --write all  the same requests to both
  mockserver parity api.yaml --real URL --baseline known.yaml --report html=parity.html --ci

\b
Exit codes: 0 they agree, 1 they differ, 2 wrong use or a server that is not there, 130 interrupted.
"""
)
@click.argument("document", metavar="[NAME=]DOC")
@click.option("--mock", metavar="URL", help="The mock.  [default: our own, started for this run]")
@click.option("--real", metavar="URL", help="The real server: its base URL.")
@click.option(
    "--run",
    multiple=True,
    metavar="FILE|URL",
    help="Send these recorded requests (journal, HAR, or a mock that runs); without --real the recorded answers "
    "are the real server's. Repeatable.",
)
@click.option(
    "--write",
    type=click.Choice(["none", "own", "all"]),
    default="none",
    show_default=True,
    help="What may change the real server: nothing; records made here, which are changed and deleted again; "
    "or any operation.",
)
@click.option("--keep", is_flag=True, help="Do not delete what was made.")
@click.option(
    "--tighten",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a plan with which the mock does as the real server does, as far as that can be said.",
)
@selection_options
@target_options
@beside_options("overlay", "plan")
@data_options
@reporting.options()
def parity(document: str, config: str | None, **flags: Any) -> None:
    """Ask the mock and the real server the same, and report where they differ.

    The requests come from the document and its plan: records are made, read, listed, filtered, changed and deleted,
    and what should be refused is tried. Each server has ids, times and tokens of its own; these are no difference.
    By default the real server is only read.
    """
    report, chosen = reporting.taken(flags), selection(flags)
    own = SimpleNamespace(**{name: flags.pop(name) for name in _OWN})
    reached = {name: flags.pop(name) for name in TARGET_NAMES}
    settings = replace(settings_from(config, (document,), **flags), host="127.0.0.1", port=0)
    if own.real is None and not own.run:
        raise UsageError(
            "nothing to compare with: name the real server by --real URL, or a recording by --run FILE"
        )
    loaded = sources.load(sources.chosen(settings), settings)
    if len(loaded) != 1:
        raise UsageError("parity takes exactly one document")
    # As an exception, so that what was made is deleted.
    signal.signal(signal.SIGTERM, _interrupt)
    with ExitStack() as stack:
        found, plan, mock_url = stack.enter_context(_mock(own.mock, settings, loaded))
        there = target_from(own.real, found, reached) if own.real else None
        labels = select([found], chosen)[0]
        wanted = frozenset(
            item.id for item in found.operations.values() if labels is None or str(item) in labels
        )
        run = stack.enter_context(reporting.run(report, _now))
        said: list[str] = []

        def wait(text: str) -> None:
            run(Said(text))

        client = stack.enter_context(
            Client(Target(mock_url, timeout_s=reached["request_timeout"]), told=wait)
        )
        mock = Side(
            "mock", "the mock", Live(client), found,
            lambda operation: credentials.for_operation(found, plan, operation),
        )  # fmt: skip
        writes = Writes[own.write.upper()]
        maker = Maker(found, plan, seed=settings.seed)
        scenarios: list[Scenario]
        exchanges, base = list(journals.read(own.run, said.append)), ""
        if own.run:
            allowed = writes if there is not None else Writes.ALL
            scenarios, exchanges, base = recorded.scenarios(found, plan, exchanges, allowed, wanted)
            if not scenarios:
                raise UsageError(
                    f"{', '.join(own.run)}: no request there is for an operation of {found.name}"
                )
        else:
            scenarios = list(Scenarios(maker, writes, _wants(wanted)).all())
        if there is None:
            real = Side("real", "the recording", Recording(exchanges, base), found, lambda operation: [])
        else:
            known = target.with_plan(there, found, plan)
            server = Live(stack.enter_context(Client(known, told=wait)))
            real = Side(
                "real", "the real server", server, found,
                lambda operation: target.for_operation(known, found, operation),
            )  # fmt: skip
        seed = None if own.run else settings.seed
        notes = (*said, *_unarmed(found, there, wanted))
        tighter = Parity(found, mock, real, tuple(scenarios), wanted, seed, own.keep, notes).run(run, _now)
        if own.tighten is not None:
            _tighten(own.tighten, tighter)
    sys.exit(run.exit_code)


def _wants(wanted: frozenset[str]) -> Any:
    return lambda operation: operation.id in wanted


@contextmanager
def _mock(
    url: str | None, settings: Settings, loaded: Sequence[sources.Loaded]
) -> Iterator[tuple[Document, Plan, str]]:
    """Give the document, its plan, and the base URL of its mock, which is started where there is none."""
    from mockserver.server.assembly import assemble
    from mockserver.server.routes import base_urls
    from mockserver.server.running import bind, in_background

    application = assemble(settings, _now, loaded)
    served = application.documents[0]
    if url is not None:
        yield served.document, served.plan, target.base_url(url)[0]
        return
    with in_background(application.asgi, bind(settings.host, settings.port)) as origin:
        yield served.document, served.plan, base_urls(served, settings, origin)[0].rstrip("/")


def _unarmed(document: Document, there: Target | None, wanted: frozenset[str]) -> Iterator[str]:
    """Yield that credentials are needed and none were given."""
    if there is None or there.credentials or there.headers:
        return
    needing = [
        str(item)
        for item in document.operations.values()
        if item.id in wanted and item.security and all(item.security)
    ]
    if needing:
        yield f"no credentials were given, and {len(needing)} operations want some: see --auth, --bearer, --header"


def _tighten(path: Path, tighter: dict[str, object]) -> None:
    text = "# What makes the mock do as the real server does, from `mockserver parity`. Merge it into the plan.\n"
    try:
        path.write_text(text + hints.written(tighter or {"plan": "1"}) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the plan {path}: {error.strerror}") from error
    click.echo(f"plan: {path}" if tighter else f"plan: {path}, which has nothing to say", err=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _now() -> datetime:
    return datetime.now(UTC)
