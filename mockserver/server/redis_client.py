"""The connection to a Redis server, made by the package `redis`."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as TooSlow
from redis.retry import Retry

from mockserver.errors import StoreUnavailable, UsageError
from mockserver.mocking.store.redis_backend import RedisBackend

ANSWER_SECONDS: Final = 2
"""For so long a Redis may think about its answer."""
PAUSE_SECONDS: Final = 0.5
"""For so long a Redis that did not answer is not asked again."""


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


def connect(url: str, prefix: str) -> RedisBackend:
    """Return the backend in a Redis server.

    Raises:
        UsageError: It cannot be used.
    """
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
