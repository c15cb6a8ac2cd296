"""Where the state is kept: files and connections, made by what `--state` says."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as TooSlow
from redis.retry import Retry

from mockserver.errors import StoreUnavailable, UsageError
from mockserver.mocking.store import Backend, MemoryBackend
from mockserver.mocking.store.database import Database, StateFileError
from mockserver.mocking.store.redis_backend import RedisBackend
from mockserver.mocking.store.sqlite_backend import SqliteBackend
from mockserver.settings import MEMORY, Settings

WAIT_SECONDS: Final = 5
"""For so long a writer waits for another, before the request is refused."""
ANSWER_SECONDS: Final = 2
"""For so long a Redis may think about its answer."""
PAUSE_SECONDS: Final = 0.5
"""For so long a Redis that did not answer is not asked again."""
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
        return _redis(state, settings.state_prefix)
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


class RedisClient:
    """A `Client` of the package `redis`, which is never left to try again by itself: what was done twice is wrong.

    Args:
        client: With answers in bytes.
        place: Where it is, for messages.
    """

    def __init__(self, client: redis.Redis, place: str) -> None:
        self._client = client
        self._place = place
        self._names: dict[str, str] = {}
        self._down = ""
        self._down_until = 0.0

    def run(self, script: str, keys: Sequence[str], values: Sequence[Any] = (), *, again: bool = True) -> Any:
        """See `Client`."""
        name = self._names.get(script)
        if name is None:
            name = self._names[script] = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        try:
            return self._command(again, "EVALSHA", name, len(keys), *keys, *values)
        except NoScriptError:
            return self._command(again, "EVAL", script, len(keys), *keys, *values)

    def ask(self, *command: Any) -> Any:
        """See `Client`."""
        return self._command(True, *command)

    def _command(self, again: bool, *command: Any) -> Any:
        if time.monotonic() < self._down_until:
            raise self._unavailable(self._down)
        try:
            return self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except NoScriptError:
            raise
        except (Lost, OSError) as error:
            # The connection may have been closed while nobody used it.
            if again and not isinstance(error, TooSlow):
                return self._command(False, *command)
            # Who waited in vain does so for all: the others are told at once, for a moment.
            self._down, self._down_until = str(error), time.monotonic() + PAUSE_SECONDS
            raise self._unavailable(self._down) from error
        except TooSlow as error:
            self._down, self._down_until = str(error), time.monotonic() + PAUSE_SECONDS
            raise self._unavailable(self._down) from error
        except RedisError as error:
            raise self._unavailable(str(error)) from error

    def _unavailable(self, what: str) -> StoreUnavailable:
        return StoreUnavailable(f"the state at {self._place} cannot be used now: {what}")

    def close(self) -> None:
        """See `Client`."""
        self._client.close()


def _redis(url: str, prefix: str) -> RedisBackend:
    """Return the backend in a Redis server."""
    place = re.sub(r"//[^/@]*@", "//", url)
    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            decode_responses=False,
        )
        client.ping()
    except (RedisError, OSError, ValueError) as error:
        raise UsageError(
            f"--state {place}: no Redis server can be used there: {' '.join(str(error).split())}"
        ) from error
    return RedisBackend(RedisClient(client, place), prefix)


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
