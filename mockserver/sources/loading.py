"""Sources into documents with their names. What every command asks that takes documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mockserver import bundled
from mockserver.document import builder
from mockserver.document.loading import loader, overlay
from mockserver.document.loading.files import Fetch, Files
from mockserver.document.model import Document
from mockserver.errors import Json, UsageError
from mockserver.settings import DEFAULTS, STDIN, Beside, Settings, Source
from mockserver.sources import finding
from mockserver.sources.fetching import Fetcher, read_stdin
from mockserver.sources.names import names_of


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document, and where it came from; `source` names a file, a URL or standard input, never a folder."""

    source: Source
    document: Document


@dataclass(frozen=True, slots=True)
class Written:
    """A document with what stands in its own file: as a JSON value with its overlays, and as it was read."""

    document: Document
    root: Json
    text: bytes


def chosen(settings: Settings) -> tuple[Source, ...]:
    """Return the sources that a person chose, else the bundled documents.

    Raises:
        UsageError: There are none.
    """
    found = settings.documents or tuple(Source(path) for path in bundled.documents())
    if not found:
        raise UsageError("no document was named, and none is bundled")
    return found


def load(sources: Sequence[Source], settings: Settings = DEFAULTS) -> list[Loaded]:
    """Read and model the documents of some sources; each has its name.

    Standard input is read here, and the web is asked: to do so twice would be wrong or slow.

    Args:
        sources: What to read.
        settings: What they say of plans, overlays and handlers belongs to one of the documents.

    Raises:
        UsageError: A folder holds no document, a name is wrong, or two documents have the same.
        DocumentError: A document cannot be read, or is none.
    """
    return [Loaded(source, load_one(source, name)) for source, name in named(sources, settings)]


def named(sources: Sequence[Source], settings: Settings = DEFAULTS) -> list[tuple[Source, str]]:
    """Return what sources stand for, without folders, each with its name, and with what belongs to it; see `load`.

    Raises:
        UsageError: See `load`.
    """
    found = [one for source in sources for one in finding.expand(source)]
    if [source.path for source in found].count(STDIN) > 1:
        raise UsageError("standard input holds one document: '-' was named twice")
    names = names_of(found)
    plans = _by_name("plan", settings.plan, names)
    overlays = _by_name("overlay", settings.overlay, names)
    handlers = _by_name("handlers", settings.handlers, names)
    for name, places in plans.items():
        if len(places) > 1:
            raise UsageError(f"a document has one plan, {name} was given {' and '.join(places)}")
    return [
        (
            replace(
                source,
                plan=Path(plans[name][0]) if name in plans else source.plan,
                overlays=(*source.overlays, *overlays.get(name, ())),
                handlers=(*source.handlers, *handlers.get(name, ())),
            ),
            name,
        )
        for source, name in zip(found, names, strict=True)
    ]


def _by_name(flag: str, given: Sequence[Beside], names: Sequence[str]) -> dict[str, list[str]]:
    """Return what was given for each document, by its name."""
    found: dict[str, list[str]] = {}
    for item in given:
        if item.name is None and len(names) > 1:
            raise UsageError(
                f"--{flag} {item.place}: which of {len(names)} documents is meant? "
                f"Write --{flag} NAME={item.place}; the names are {', '.join(names)}"
            )
        name = names[0] if item.name is None else item.name
        if name not in names:
            raise UsageError(
                f"--{flag} {name}={item.place}: there is no document {name!r}, only {', '.join(names)}"
            )
        found.setdefault(name, []).append(item.place)
    return found


def load_one(source: Source, name: str) -> Document:
    """Read and model one document under a name.

    Plan, fixtures and handlers of what is no file are looked for in the working directory, by the name.

    Raises:
        DocumentError: See `load`.
    """
    if isinstance(source.path, Path):
        document = builder.load(source.path, fetch=Fetcher().fetch, overlays=source.overlays)
        return document if document.name == name else replace(document, name=name)
    return load_written(source, name).document


def load_written(source: Source, name: str) -> Written:
    """Read and model one document under a name, and keep what was read.

    Raises:
        DocumentError: See `load`.
    """
    place, reader, overlays = source.path, Fetcher(), source.overlays
    if isinstance(place, Path):
        document = builder.load(place, fetch=reader.fetch, overlays=overlays)
        text = place.read_bytes()
        root = loader.parse(text, str(place))
    elif place == STDIN:
        text = read_stdin()
        root = loader.parse(text, "standard input")
        # By this path, what it refers to is looked for in the working directory.
        document = builder.build(root, Path(name), fetch=reader.fetch, overlays=overlays)
    else:
        text = reader.fetch(place)
        root = loader.parse(text, place)
        fetch = _remembering(place, text, reader.fetch)
        document = builder.load(place, fetch=fetch, overlays=overlays)
    if overlays:
        root = overlay.apply(root, str(place), overlays, Files(reader.fetch)).root
    return Written(replace(document, name=name, source=_file_of(source, name)), root, text)


def _remembering(place: str, text: bytes, fetch: Fetch) -> Fetch:
    return lambda url: text if url == place else fetch(url)


def _file_of(source: Source, name: str) -> Path:
    """Return the file by which plan, fixtures and handlers are found; there need not be one."""
    return source.path if isinstance(source.path, Path) else Path(name)
