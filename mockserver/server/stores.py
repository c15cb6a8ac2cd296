"""Where the state is kept: files and connections, made by what `--state` says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mockserver.errors import UsageError
from mockserver.mocking.store import Backend, MemoryBackend
from mockserver.mocking.store.database import Database, StateFileError
from mockserver.mocking.store.sqlite_backend import SqliteBackend
from mockserver.settings import MEMORY, Settings

WAIT_SECONDS: Final = 5
"""For so long a writer waits for another, before the request is refused."""
_OURS: Final = ""
"""World of the notes that belong to none; no world can have this name."""


def open_backend(settings: Settings) -> Backend:
    """Return the backend that the settings name.

    Raises:
        UsageError: It cannot be used.
    """
    state = settings.state
    if state == MEMORY:
        return MemoryBackend(settings.record_limit)
    kind, _, place = state.partition(":")
    if kind == "sqlite" and place:
        return _sqlite(Path(place))
    if kind in ("redis", "rediss", "unix") and place.startswith("//"):
        from mockserver.server.redis_client import connect  # here, since its package takes long to import

        return connect(state, settings.state_prefix)
    raise UsageError(
        f"--state {state!r} is none of memory, sqlite:FILE, redis://HOST[:PORT][/NUMBER], rediss://... and unix://PATH"
    )


def _sqlite(path: Path) -> SqliteBackend:
    """Return the backend in a file, which is made if it is not there."""
    if path.is_dir():
        raise UsageError(f"the state file {path} is a folder; name a file in it, e.g. sqlite:{path}/mock.db")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent} for the state file {path}")
    try:
        # One thread at a time uses it, but the one that opens it need not be the one of the loop.
        connection = sqlite3.connect(
            path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
    except sqlite3.Error as error:
        raise UsageError(f"the state file {path} cannot be opened: {error}") from error
    try:
        return SqliteBackend(Database(connection, str(path)))
    except (sqlite3.Error, StateFileError) as error:
        connection.close()
        raise UsageError(f"the state file {path} cannot be used: {error}") from error


def claim(backend: Backend, document: str, title: str, resources: Iterable[str], place: str) -> None:
    """Note whose state a document's is, where it outlives the process.

    Raises:
        UsageError: It is that of another document, which has the same name but nothing in common with this one.
    """
    if not backend.shared:
        return
    name, mine = f"document:{document}", sorted(resources)
    note = backend.note(_OURS, name)
    if note is not None:
        value = note.value
        if value["title"] != title and mine and value["resources"] and not {*mine} & {*value["resources"]}:
            raise UsageError(
                f"{place} has the state of {value['title']!r} under the name {document!r}, with "
                f"{_listed(value['resources'])}; {title!r} has {_listed(mine)}. Serve it under another name "
                "(NAME=DOC), or keep its state elsewhere"
            )
        if value == {"title": title, "resources": mine}:
            return
    backend.write_note(_OURS, name, {"title": title, "resources": mine})


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
