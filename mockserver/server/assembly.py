"""Builds the whole application from settings: documents, plans, fixtures, handlers, state, stack."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from starlette.types import ASGIApp

from mockserver import bundled
from mockserver.document import builder, plan_file
from mockserver.document.model import Document
from mockserver.errors import DocumentError, UsageError
from mockserver.mocking import fixtures
from mockserver.mocking.clock import Clock
from mockserver.mocking.dice import Dice
from mockserver.mocking.engine import Engine
from mockserver.mocking.resources import Rules, State
from mockserver.mocking.store import MemoryStore
from mockserver.mocking.world import World
from mockserver.server import handlers
from mockserver.server.calls import Served
from mockserver.server.control import ControlPlane
from mockserver.server.dataplane import DataPlane
from mockserver.settings import Settings, Source


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


def assemble(settings: Settings, now: Callable[[], datetime]) -> Application:
    """Build the application.

    Args:
        settings: What to serve and how.
        now: Tells the time; asked unless the settings stop the clock.

    Raises:
        MockserverError: A document, plan, fixture or handlers module is of no use.
    """
    sources = settings.documents or tuple(Source(path) for path in bundled.documents())
    if not sources:
        raise UsageError("there is nothing to serve: no document was named, and none is bundled")
    loaded = [_load(source, strict=settings.strict) for source in sources]
    _check_names(loaded)
    served: list[Served] = []
    states: dict[str, State] = {}
    for document in loaded:
        one, state = _serve(document, settings)
        served.append(one)
        states[document.name] = state
    world = World(states, lambda: Clock(now, frozen=settings.clock), journal_size=settings.journal_size)
    control = ControlPlane(served, world, settings)
    return Application(DataPlane(served, world, settings, control), served, world)


def _load(source: Source, *, strict: bool) -> Document:
    document = builder.load(source.path)
    if strict and document.faults:
        listed = "\n".join(f"  {fault.pointer}: {fault.message}" for fault in document.faults)
        raise DocumentError(f"{source.path} has faults, which --strict does not allow:\n{listed}")
    if source.name is None:
        return document
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", source.name):
        raise UsageError(f"{source.name!r} is no name for a document: letters, digits, '-' and '_' are")
    return replace(document, name=source.name)


def _check_names(documents: list[Document]) -> None:
    seen: dict[str, Document] = {}
    for document in documents:
        other = seen.setdefault(document.name, document)
        if other is not document:
            raise UsageError(
                f"two documents have the name {document.name!r}: {other.source} and {document.source}\n"
                f"Give one of them another: mockserver serve other={document.source} ..."
            )


def _serve(document: Document, settings: Settings) -> tuple[Served, State]:
    dice = Dice(settings.seed, document.name)
    planned = plan_file.load(document)
    rules = Rules(document, planned, dice=dice, locale=settings.locale)
    found = fixtures.load(_fixtures_folder(document, settings), document, planned)
    if settings.stateless:
        # Who may call stays as it is planned; what would be remembered is not.
        planned = replace(planned, resources={}, operations={})
        rules = Rules(document, planned, dice=dice, locale=settings.locale)
        found = replace(found, seeds={})
    engine = Engine(rules, found, dynamic=settings.dynamic)
    state = State(rules, MemoryStore())
    fixtures.seed(state, found)
    return Served(document.name, document, planned, engine, handlers.load(document)), state


def _fixtures_folder(document: Document, settings: Settings) -> Path:
    """Return the folder of a document's fixtures: below the one that was named, or near the document."""
    if settings.fixtures is not None:
        if not settings.fixtures.is_dir():
            raise UsageError(f"there is no folder {settings.fixtures} with fixtures")
        return settings.fixtures / document.name
    folder = document.source.resolve().parent
    near = [base / "fixtures" / document.name for base in (folder, folder.parent)]
    return next((path for path in near if path.is_dir()), near[0])
