"""What a connection may cost, and the watch that ends those which cost more.

The hot path pays nothing for the limits of time: twice a second the watch looks at what each connection waits for.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Final, Protocol

from mockserver.settings import Settings

logger = logging.getLogger("mockserver")

LINGER_SECONDS: Final = 10.0
"""How long bytes are read that nobody wants any more, so that the client gets to see its answer."""

_FILES_BESIDE_CONNECTIONS: Final = 200
"""Files that the process may need for itself."""


class Phase(StrEnum):
    """What a connection waits for."""

    HEAD = "the head of a request"
    BODY = "the body of a request"
    ANSWER = "the client to take its answer"
    DRAIN = "the end of a body that nobody wants"
    IDLE = "another request"
    WORK = "the application"


class Watched(Protocol):
    """A connection, as the watch sees it.

    Attributes:
        seen: What it waited for when the watch looked last: phase, and what changes with each progress.
        since: Since when, in the loop's time.
    """

    seen: tuple[Phase, object]
    since: float

    def waits_for(self) -> tuple[Phase, object]:
        """Return the phase, and something that is another object or number after any progress."""
        ...

    def expire(self, phase: Phase) -> None:
        """End the wait: with a refusal where one can still be sent."""
        ...

    def cut(self) -> None:
        """End the connection at once."""
        ...


class Watch:
    """Looks after all connections of a server.

    Args:
        settings: The limits; `docs/limits.md` describes each.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._seconds: dict[Phase, float] = {
            Phase.HEAD: settings.head_timeout_seconds,
            Phase.BODY: settings.body_timeout_seconds,
            Phase.ANSWER: settings.answer_timeout_seconds,
            Phase.DRAIN: LINGER_SECONDS,
        }
        self.period_seconds = min(0.5, max(min(self._seconds.values()) / 4, 0.02))

    async def keep(self, connections: Iterable[Watched]) -> None:
        """Look at the connections again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.period_seconds)
            self.look(connections, loop.time())

    def look(self, connections: Iterable[Watched], now: float) -> None:
        """End each wait that has lasted too long."""
        for connection in list(connections):
            seen = connection.waits_for()
            if seen != connection.seen:
                connection.seen = seen
                connection.since = now
            elif now - connection.since > self._seconds.get(seen[0], now):
                connection.since = now
                connection.expire(seen[0])

    def make_room(self, connections: Iterable[Watched], newcomer: Watched) -> bool:
        """End connections that have waited longest for their client to say something; tell whether there were any."""
        waiting = [
            connection
            for connection in connections
            if connection is not newcomer
            and connection.waits_for()[0] in (Phase.IDLE, Phase.HEAD, Phase.DRAIN)
        ]
        # Some more than are needed: whoever comes next shall not have to look again.
        oldest = heapq.nsmallest(
            1 + self.settings.connection_limit // 100, waiting, key=lambda one: one.since
        )
        for connection in oldest:
            connection.cut()
        return bool(oldest)


def fitted(settings: Settings) -> Settings:
    """Return settings whose connections the system allows: each is an open file. Raises the soft limit if need be."""
    try:
        import resource
    except ImportError:  # not everywhere
        return settings
    wanted = settings.connection_limit + _FILES_BESIDE_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return settings
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):
        allowed = soft
    if allowed >= wanted:
        return settings
    connections = max(allowed - _FILES_BESIDE_CONNECTIONS, 16)
    logger.warning("the system allows %d open files: %d connections at once", allowed, connections)
    return replace(settings, connection_limit=connections)
