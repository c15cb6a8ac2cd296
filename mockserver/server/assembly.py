"""Builds the whole application from settings: documents, plans, fixtures, handlers, state, stack."""

from __future__ import annotations

import time
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
from mockserver.mocking.worlds import Bounds, Worlds
from mockserver.server import handlers, stores
from mockserver.server.calls import Served
from mockserver.server.control import ControlPlane, Reload
from mockserver.server.dataplane import DataPlane
from mockserver.server.journal_file import JournalFile
from mockserver.server.switch import Switch
from mockserver.settings import Settings
from mockserver.sources import Loaded


@dataclass(frozen=True, slots=True)
class Part:
    """One document with all that belongs to it.

    Attributes:
        seeded: Its state at the start, which is copied and never written to.
    """

    loaded: Loaded
    served: Served
    seeded: State


@dataclass(frozen=True, slots=True)
class Application:
    """Everything that runs.

    Attributes:
        asgi: What a web server calls.
        parts: The documents with what belongs to them, in the order in which they were named.
        documents: What is served.
        worlds: Where the requests' state lives.
        settings: How it is served.
        control: Answers below the control path.
        reloads: How the last reload of each document ended; empty as long as there was none.
    """

    asgi: Switch
    parts: list[Part]
    documents: list[Served]
    worlds: Worlds
    settings: Settings
    control: ASGIApp
    reloads: dict[str, Reload]

    @property
    def world(self) -> World:
        """The default world."""
        return self.worlds.default

    def plane(self, parts: Sequence[Part]) -> DataPlane:
        """Return a data plane for other parts, which is not on the air yet.

        Raises:
            UsageError: Two documents have the same path.
        """
        return DataPlane([part.served for part in parts], self.worlds, self.settings, self.control)

    def switch(self, parts: Sequence[Part], plane: DataPlane) -> None:
        """Put other parts on the air, from the next request on. To be called on the loop's thread."""
        self.worlds.renew({part.served.name: part.seeded for part in parts})
        self.asgi.app = plane
        # In place: the control plane looks at them, too.
        self.parts[:] = parts
        self.documents[:] = [part.served for part in parts]


def assemble(
    settings: Settings,
    now: Callable[[], datetime],
    loaded: Sequence[Loaded] | None = None,
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> Application:
    """Build the application.

    Args:
        settings: What to serve and how.
        now: Tells the time; asked unless the settings stop the clock.
        loaded: The documents, if they were read before; None to read those of the settings.
        monotonic: Tells for how long a world has not been asked.

    Raises:
        MockserverError: A document, plan, fixture or handlers module is of no use.
    """
    if loaded is None:
        loaded = sources.load(sources.chosen(settings), settings)
    return application_of([part_of(item, settings) for item in loaded], settings, now, monotonic=monotonic)


def application_of(
    parts: Sequence[Part],
    settings: Settings,
    now: Callable[[], datetime],
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> Application:
    """Build the application of documents that are built already; for arguments and errors see `assemble`."""
    documents = [part.served for part in parts]
    states = {part.served.name: part.seeded for part in parts}
    bounds = Bounds(settings.max_worlds, settings.world_idle, settings.journal_size, settings.record_limit)
    backend = stores.open_backend(settings)
    for part in parts:
        stores.claim(
            backend,
            part.served.name,
            part.served.document.title,
            part.seeded.kinds,
            f"--state {settings.state}",
        )
    worlds = Worlds(states, lambda: Clock(now, frozen=settings.clock), monotonic, backend, bounds)
    reloads: dict[str, Reload] = {}
    if settings.journal is not None:
        worlds.witness = JournalFile(settings.journal, documents).write
    control = ControlPlane(documents, worlds, settings, reloads)
    switch = Switch(DataPlane(documents, worlds, settings, control))
    return Application(switch, list(parts), documents, worlds, settings, control, reloads)


def part_of(item: Loaded, settings: Settings) -> Part:
    """Build all that belongs to one document.

    Raises:
        MockserverError: See `assemble`.
    """
    document = replace(item.document, faults=soundness.at_start(item.document))
    planned = plan_file.load(document, item.source.plan)
    if planned.faults:
        document = replace(document, faults=(*document.faults, *planned.faults))
    if settings.strict:
        _refuse_faults(document)
    dice = Dice(settings.seed, document.name)
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
    return Part(
        item,
        Served(document.name, document, planned, engine, handlers.load(document, item.source.handlers)),
        state,
    )


def _refuse_faults(document: Document) -> None:
    if document.faults:
        lines, more = checks.summary(document.faults)
        listed = [f"  {line.severity} at {line.place}: {line.text}" for line in lines]
        if more:
            listed.append(f"  and {more} more: mockserver check {document.source}")
        what = f"{document.source} has {checks.counted(document.faults)}, which --strict does not allow:"
        raise DocumentError("\n".join([what, *listed]))


def _locale(item: Loaded, settings: Settings) -> str:
    """Return the locale of a document: the one that its source names, else its own `x-mock`, else the settings'.

    Raises:
        UsageError: There is no such locale.
    """
    own = item.document.root.get("x-mock")
    declared = own.get("locale") if isinstance(own, dict) else None
    return known_locale(item.source.locale or declared or settings.locale, item.document.name)


def fixtures_folder(document: Document, settings: Settings) -> Path:
    """Return the folder of a document's fixtures; it need not be there.

    Raises:
        UsageError: The folder that was named for all of them is not there.
    """
    if settings.fixtures is not None and not settings.fixtures.is_dir():
        raise UsageError(f"there is no folder {settings.fixtures} with fixtures")
    places = fixtures_places(document, settings)
    return next((path for path in places if path.is_dir()), places[0])


def fixtures_places(document: Document, settings: Settings) -> list[Path]:
    """Return where the fixtures of a document may lie: below the folder that was named, or near the document.

    Near it, the name of the document counts, then that of its file, which the plan goes by, too.
    """
    if settings.fixtures is not None:
        return [settings.fixtures / document.name]
    folder = document.source.resolve().parent
    names = dict.fromkeys((document.name, builder.name_of(document.source)))
    return [base / "fixtures" / name for name in names for base in (folder, folder.parent)]
