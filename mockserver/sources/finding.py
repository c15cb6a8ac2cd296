"""What a source names: a file stands for itself, a folder for the root documents in it.

A root document says `openapi` or `swagger` at its top level (OAS 3.1.1 section 4.8.1); that decides, and not the
name: a folder also holds schemas, overlays, plans and fixtures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from mockserver.document.loading import loader
from mockserver.errors import DocumentError, UsageError
from mockserver.settings import Source

SUFFIXES: Final = (".yaml", ".yml", ".json")
PREFERRED: Final = ("openapi", "swagger", "index", "api")
"""Stems that the root of several files usually has, the likeliest first."""
IGNORED_FOLDERS: Final = frozenset(
    {"fixtures", "node_modules", "__pycache__", "venv", "dist", "build", "target"}
)
MAX_DEPTH: Final = 4
MAX_FILES: Final = 2000
_SHOWN: Final = 8

_MENTION: Final = re.compile(
    rb"""^(\xef\xbb\xbf)?([ \t]*)(?:"|')?(?:openapi|swagger)(?:"|')?[ \t]*:""", re.MULTILINE
)
_FLOW_MENTION: Final = re.compile(rb"""(?:openapi|swagger)["']?\s*:""")


def expand(source: Source) -> list[Source]:
    """Return the sources that a source stands for: itself, or the root documents of a folder.

    Raises:
        UsageError: The folder holds none, or several of which nobody can say which is meant.
    """
    if not isinstance(source.path, Path) or not source.path.is_dir():
        return [source]
    found = roots(source.path)
    if source.name is not None and len(found) > 1:
        raise UsageError(
            f"{source.path} holds {len(found)} documents, which cannot all have the name {source.name!r}: "
            f"{_listed(path.name for path in found)}"
        )
    return [replace(source, path=path) for path in found]


def roots(folder: Path) -> list[Path]:
    """Return the root documents of a folder: all those at its top, else the one that lies highest below.

    Raises:
        UsageError: See `expand`.
    """
    looked_at = 0
    for level in _levels(folder):
        files = [path for path in level if _may_be_root(path)]
        looked_at += len(files)
        if looked_at > MAX_FILES:
            raise UsageError(f"{folder} holds more than {MAX_FILES} files: name the document")
        found = _one_of_each([path for path in files if is_root(path)])
        if found and found[0].parent == folder:
            return found
        if found:
            return [_preferred(folder, found)]
    what = f"{looked_at} JSON or YAML files" if looked_at != 1 else "1 JSON or YAML file"
    raise UsageError(
        f"{folder} holds no OpenAPI document: {what} in it and below, none with 'openapi' or 'swagger' at its top"
    )


def candidates(source: Source) -> list[Path]:
    """Return what decides for what a source stands: a file, or a folder with the files at its top."""
    if not isinstance(source.path, Path):
        return []
    if not source.path.is_dir():
        return [source.path]
    return [source.path, *(path for path in next(_levels(source.path)) if _may_be_root(path))]


def _may_be_root(path: Path) -> bool:
    """Return whether a file may be a document by its name: JSON or YAML, and neither a plan nor our settings."""
    is_ours = path.stem.endswith(".plan") or path.stem == "mockserver" or path.name.startswith(".")
    return path.suffix.lower() in SUFFIXES and not is_ours


def is_root(path: Path) -> bool:
    """Return whether a file says at its top level that it is an OpenAPI document, by a look at its text.

    A file that cannot be read to its end may be one: whoever loads it will say what is wrong.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return False
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        mention = _MENTION.search(data)
        if mention is None:
            return False
        if not mention[2]:
            return True
    elif _FLOW_MENTION.search(data) is None:
        return False
    try:
        value = loader.parse(data, str(path))
    except DocumentError:
        return True
    return isinstance(value, dict) and ("openapi" in value or "swagger" in value)


def _levels(folder: Path) -> Iterator[list[Path]]:
    """Yield the files of a folder, then those of its folders, and so on."""
    level = [folder]
    for _ in range(MAX_DEPTH):
        files: list[Path] = []
        below: list[Path] = []
        for place in level:
            try:
                entries = sorted(os.scandir(place), key=lambda entry: entry.name)
            except OSError as error:
                if place == folder:
                    raise UsageError(f"cannot read {folder}: {error.strerror or error}") from error
                continue
            for entry in entries:
                if not entry.is_dir():
                    files.append(place / entry.name)
                elif not entry.name.startswith(".") and entry.name not in IGNORED_FOLDERS:
                    below.append(place / entry.name)
        yield files
        level = below


def _one_of_each(paths: list[Path]) -> list[Path]:
    """Return one file for each stem: `openapi.yaml` beside `openapi.json` is the same document twice."""
    order = {suffix: number for number, suffix in enumerate(SUFFIXES)}
    chosen: dict[Path, Path] = {}
    for path in sorted(paths, key=lambda path: order[path.suffix.lower()]):
        chosen.setdefault(path.with_suffix(""), path)
    return sorted(chosen.values())


def _preferred(folder: Path, paths: list[Path]) -> Path:
    if len(paths) == 1:
        return paths[0]
    for stem in PREFERRED:
        named = [path for path in paths if path.stem.lower() == stem]
        if len(named) == 1:
            return named[0]
    raise UsageError(
        f"{folder} holds several documents below it, name those that are meant: "
        + _listed(str(path.relative_to(folder)) for path in paths)
    )


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
