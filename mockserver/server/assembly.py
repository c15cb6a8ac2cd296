"""Builds the whole application from settings: documents, plans, fixtures, handlers, state, stack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from starlette.types import ASGIApp

from mockserver import sources
from mockserver.document import builder, checks, plan_file
from mockserver.document.model import Document
from mockserver.errors import DocumentError, UsageError
from mockserver.mocking import fixtures, soundness
from mockserver.mocking.clock import Clock
from mockserver.mocking.dice import Dice
from mockserver.mocking.engine import Engine
from mockserver.mocking.generator.locales import known_locale
from mockserver.mocking.resources import Rules, State
from mockserver.mocking.store import MemoryStore
from mockserver.mocking.world import World
from mockserver.server import handlers
from mockserver.server.calls import Served
from mockserver.server.control import ControlPlane
from mockserver.server.dataplane import DataPlane
from mockserver.settings import Settings
from mockserver.sources import Loaded


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that runs.

    Attributes:
        asgi: What a web server calls.
        documents: What is served.
        world: The default world.
    """

    asgi: ASGIApp
    documents: list[Served]
    world: World


def assemble(
    settings: Settings, now: Callable[[], datetime], loaded: Sequence[Loaded] | None = None
) -> Application:
    """Build the application.

    Args:
        settings: What to serve and how.
        now: Tells the time; asked unless the settings stop the clock.
        loaded: The documents, if they were read before; None to read those of the settings.

    Raises:
        MockserverError: A document, plan, fixture or handlers module is of no use.
    """
    if loaded is None:
        loaded = sources.load(sources.chosen(settings))
    served: list[Served] = []
    states: dict[str, State] = {}
    for item in loaded:
        document = replace(item.document, faults=soundness.at_start(item.document))
        if settings.strict:
            _refuse_faults(document)
        one, state = _serve(replace(item, document=document), settings)
        served.append(one)
        states[one.name] = state
    world = World(states, lambda: Clock(now, frozen=settings.clock), journal_size=settings.journal_size)
    control = ControlPlane(served, world, settings)
    return Application(DataPlane(served, world, settings, control), served, world)


def _refuse_faults(document: Document) -> None:
    if document.faults:
        lines, more = checks.summary(document.faults)
        listed = [f"  {line.severity} at {line.place}: {line.text}" for line in lines]
        if more:
            listed.append(f"  and {more} more: mockserver check {document.source}")
        what = f"{document.source} has {checks.counted(document.faults)}, which --strict does not allow:"
        raise DocumentError("\n".join([what, *listed]))


def _serve(item: Loaded, settings: Settings) -> tuple[Served, State]:
    document = item.document
    dice = Dice(settings.seed, document.name)
    planned = plan_file.load(document)
    locale = _locale(item, settings)
    rules = Rules(document, planned, dice=dice, locale=locale)
    found = fixtures.load(fixtures_folder(document, settings), document, planned)
    if settings.stateless:
        # Who may call stays as it is planned; what would be remembered is not.
        planned = replace(planned, resources={}, operations={})
        rules = Rules(document, planned, dice=dice, locale=locale)
        found = replace(found, seeds={})
    engine = Engine(rules, found, dynamic=settings.dynamic)
    state = State(rules, MemoryStore())
    fixtures.seed(state, found)
    return Served(document.name, document, planned, engine, handlers.load(document)), state


def _locale(item: Loaded, settings: Settings) -> str:
    """Return the locale of a document: the one that its source names, else its own `x-mock`, else the settings'.

    Raises:
        UsageError: There is no such locale.
    """
    own = item.document.root.get("x-mock")
    declared = own.get("locale") if isinstance(own, dict) else None
    return known_locale(item.source.locale or declared or settings.locale, item.document.name)


def fixtures_folder(document: Document, settings: Settings) -> Path:
    """Return the folder of a document's fixtures: below the one that was named, or near the document.

    Near it, the name of the document counts, then that of its file, which the plan goes by, too.
    """
    if settings.fixtures is not None:
        if not settings.fixtures.is_dir():
            raise UsageError(f"there is no folder {settings.fixtures} with fixtures")
        return settings.fixtures / document.name
    folder = document.source.resolve().parent
    names = dict.fromkeys((document.name, builder.name_of(document.source)))
    near = [base / "fixtures" / name for name in names for base in (folder, folder.parent)]
    return next((path for path in near if path.is_dir()), near[0])
