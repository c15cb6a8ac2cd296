"""`mockserver parity`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
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
from mockserver.contract.events import Event, Said
from mockserver.contract.findings import Level
from mockserver.contract.interrupts import Interrupts
from mockserver.contract.parity import hints, recorded
from mockserver.contract.parity.running import Parity
from mockserver.contract.parity.scenarios import Scenarios
from mockserver.contract.parity.sides import Live, Recording, Side
from mockserver.contract.parity.steps import Scenario, Writes
from mockserver.contract.requests.client import Client
from mockserver.contract.requests.maker import Maker
from mockserver.contract.target import Target
from mockserver.contract.traffic import Recorded
from mockserver.contract.verify.selecting import select
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.errors import UsageError
from mockserver.mocking import credentials
from mockserver.settings import Settings

_OWN: Final = ("mock", "real", "run", "write", "keep", "settle", "tighten")


@click.command(
    short_help="Report where the mock and the real server differ.",
    epilog="""\b
Examples:
  mockserver parity api.yaml --real https://staging.example.com/v1     our mock against it; only reads
  mockserver parity api.yaml --real URL --write own --bearer '${TOKEN}'
  mockserver parity api.yaml --mock http://127.0.0.1:4010 --real URL --include-tag pets
  mockserver parity api.yaml --run journal.ndjson                      a recorded run is the real server
  mockserver parity api.yaml --run browser.har --real URL --write all  the same requests to both
  mockserver parity api.yaml --real URL --baseline known.yaml --report junit=parity.xml --ci

\b
Exit codes: 0 they agree, 1 they differ, 2 wrong use or a server that is not there, 130 interrupted.
""",
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
    "--settle",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="How long the real server may take until reads show what was written.  [default: not at all]",
)
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
    # Between two requests, so that all that was made is known, and deleted.
    interrupts = Interrupts()
    interrupts.install()
    with ExitStack() as stack:
        served = stack.enter_context(_served(own.mock, settings, loaded))
        found = served.document
        there = target_from(own.real, found, reached) if own.real else None
        labels = select([found], chosen)[0]
        wanted = frozenset(
            item.id for item in found.operations.values() if labels is None or str(item) in labels
        )
        writes = Writes[own.write.upper()] if there is not None or not own.run else Writes.ALL
        asked = _asked(served, own.run, writes, wanted, settings.seed)
        run = stack.enter_context(reporting.run(report, _now))
        join = _Joining(served, stack, lambda text: run(Said(text)), interrupts.check)
        mock = join.mock(reached["request_timeout"])
        real = join.real(there) if there is not None else join.recording(asked)
        notes = (*asked.notes, *_unarmed(found, there, wanted))
        seed = None if own.run else settings.seed
        engine = Parity(
            found, mock, real, asked.scenarios, wanted, seed, own.keep, notes, there is None, own.settle
        )

        def tell(event: Event) -> None:
            if isinstance(event, Said) and event.level is not Level.NOTE:
                # What is going to be changed is said before it is, not only in the report.
                click.echo(f"{event.level}: {event.text}", err=True)
            run(event)

        tighter = engine.run(tell, _now)
        if own.tighten is not None:
            _tighten(own.tighten, tighter)
    sys.exit(run.exit_code)


@dataclass(frozen=True, slots=True)
class _Served:
    """A document with its plan, and the base URL of its mock."""

    document: Document
    plan: Plan
    url: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked: scenarios; of a recorded run its exchanges, and where the server was."""

    scenarios: tuple[Scenario, ...]
    exchanges: list[Recorded] = field(default_factory=list)
    base: str = ""
    notes: tuple[str, ...] = ()


def _asked(
    served: _Served, places: Sequence[str], writes: Writes, wanted: frozenset[str], seed: int
) -> _Asked:
    document, plan = served.document, served.plan
    if not places:
        maker = Maker(document, plan, seed=seed)
        return _Asked(tuple(Scenarios(maker, writes, lambda operation: operation.id in wanted).all()))
    notes: list[str] = []
    read = list(journals.read(places, notes.append))
    scenarios, exchanges, base = recorded.scenarios(document, plan, read, writes, wanted)
    if not scenarios:
        raise UsageError(f"{', '.join(places)}: no request there is for an operation of {document.name}")
    return _Asked(tuple(scenarios), exchanges, base, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Joining:
    """Makes the two sides of a run."""

    served: _Served
    stack: ExitStack
    told: Callable[[str], None]
    check: Callable[[], None]

    def _client(self, there: Target) -> Live:
        return Live(self.stack.enter_context(Client(there, told=self.told, check=self.check)))

    def mock(self, timeout_s: float) -> Side:
        document, plan = self.served.document, self.served.plan
        client = self._client(Target(self.served.url, timeout_s=timeout_s))
        needs = partial(credentials.for_operation, document, plan)
        return Side("mock", "the mock", client, document, needs)

    def real(self, there: Target) -> Side:
        document = self.served.document
        known = target.with_plan(there, document, self.served.plan)
        needs = partial(target.for_operation, known, document)
        return Side("real", "the real server", self._client(known), document, needs)

    def recording(self, asked: _Asked) -> Side:
        server = Recording(asked.exchanges, asked.base)
        return Side("real", "the recording", server, self.served.document, lambda operation: [])


@contextmanager
def _served(url: str | None, settings: Settings, loaded: Sequence[sources.Loaded]) -> Iterator[_Served]:
    """Give the document, its plan, and the base URL of its mock, which is started where there is none."""
    from mockserver.server.assembly import assemble
    from mockserver.server.routes import base_urls
    from mockserver.server.running import bind, in_background

    application = assemble(settings, _now, loaded)
    served = application.documents[0]
    if url is not None:
        yield _Served(served.document, served.plan, target.base_url(url)[0])
        return
    with in_background(application.asgi, bind(settings.host, settings.port)) as origin:
        yield _Served(served.document, served.plan, base_urls(served, settings, origin)[0].rstrip("/"))


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


def _now() -> datetime:
    return datetime.now(UTC)
