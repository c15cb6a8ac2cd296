"""The short name of each document: under it, it is served, and its state, fixtures and dice are found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from mockserver.document import builder
from mockserver.errors import UsageError
from mockserver.settings import STDIN, Source

VAGUE: Final = frozenset({"openapi", "swagger", "index", "api", "spec"})
"""Names that say nothing. One document may have such a name; of several, each takes that of its folder."""
MAX_LEVELS: Final = 4
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def names_of(sources: Sequence[Source]) -> list[str]:
    """Return a name for each source, all of them different.

    Raises:
        UsageError: A given name is none, or two documents have the same.
    """
    names = [_name_of(source) for source in sources]
    for name in VAGUE:
        alike = [index for index, own in enumerate(names) if own == name and sources[index].name is None]
        if names.count(name) > 1:
            others = {own for index, own in enumerate(names) if index not in alike}
            for index, better in _by_folders([sources[index] for index in alike], alike, others):
                names[index] = better
    for index, name in enumerate(names):
        first = names.index(name)
        if first != index:
            one, other = sources[first].path, sources[index].path
            raise UsageError(
                f"two documents have the name {name!r}: {one} and {other}\n"
                f"Give one of them another: mockserver serve other={other} ..."
            )
    return names


def _name_of(source: Source) -> str:
    if source.name is not None:
        if not _NAME.fullmatch(source.name):
            raise UsageError(f"{source.name!r} is no name for a document: letters, digits, '-' and '_' are")
        return source.name
    if source.path == STDIN:
        return "stdin"
    if isinstance(source.path, Path):
        return builder.name_of(source.path)
    return next(iter(_parts(source.path)), "api")


def _by_folders(sources: list[Source], indexes: list[int], taken: set[str]) -> list[tuple[int, str]]:
    """Return the names of the nearest folders that tell the sources apart, by index; none if no folders do."""
    above = [_folders(source) for source in sources]
    for level in range(min(MAX_LEVELS, *(len(names) for names in above))):
        found = [names[level] for names in above]
        if len(set(found)) == len(found) and not taken & set(found):
            return list(zip(indexes, found, strict=True))
    return []


def _folders(source: Source) -> list[str]:
    """Return the names of the folders of a source, the nearest first."""
    if isinstance(source.path, Path):
        return [_slug(folder.name) for folder in source.path.resolve().parents if folder.name]
    return list(_parts(source.path))[1:]


def _parts(url: str) -> list[str]:
    """Return the names in a URL, the last first: file, folders, host."""
    parts = urlsplit(url)
    path = PurePosixPath(unquote(parts.path))
    names = [path.stem, *(folder.name for folder in path.parents), parts.hostname or ""]
    return [slug for name in names if (slug := _slug(name))]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
