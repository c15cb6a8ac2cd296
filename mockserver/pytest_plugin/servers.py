"""The mock servers of one run: started when a test first asks something, one for each way to serve, ended together."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from mockserver.errors import MockserverError, UsageError
from mockserver.pytest_plugin.controls import Control
from mockserver.pytest_plugin.options import Options
from mockserver.pytest_plugin.tally import Tally

if TYPE_CHECKING:
    from mockserver.pytest_plugin.transports import Way

__tracebackhide__ = True
_MOST: Final = 8
"""Servers that are kept, if tests hold no more."""


class Server(Protocol):
    """A mock server, wherever it is."""

    def origin(self, port: int = 0) -> str:
        """Return where it listens."""

    def control(self, world: str) -> Control:
        """Return what can be done with a world."""

    def way(self, world: str) -> Way:
        """Return the way to a world without a port."""

    def close(self) -> None:
        """Let go of it."""


class _Local:
    """One that was started here."""

    def __init__(self, options: Options, journal: Path | None, tally: Tally | None) -> None:
        # Costly, and only for those who use it.
        from mockserver.pytest_plugin.local import LocalServer

        settings = options.settings if journal is None else replace(options.settings, journal=journal)
        self.server = LocalServer(settings, tally)

    def origin(self, port: int = 0) -> str:
        return self.server.origin(port)

    def control(self, world: str) -> Control:
        from mockserver.pytest_plugin.local import LocalControl

        return LocalControl(self.server, world)

    def way(self, world: str) -> Way:
        from mockserver.pytest_plugin.transports import Way

        return Way(self.server.embedded, world)

    def close(self) -> None:
        self.server.close()


class _Remote:
    """One that runs elsewhere."""

    def __init__(self, options: Options, journal: Path | None, tally: Tally | None) -> None:
        from mockserver.pytest_plugin.remote import RemoteServer

        assert options.url is not None
        self.server = RemoteServer(options.url, options.settings, journal, tally)
        if options.settings.seed not in (0, self.server.seed):
            self.server.close()
            raise UsageError(
                f"the server at {options.url} has the seed {self.server.seed}, and {options.settings.seed} is asked "
                "for; start it with that"
            )

    def origin(self, port: int = 0) -> str:
        return self.server.url

    def control(self, world: str) -> Control:
        from mockserver.pytest_plugin.remote import RemoteControl

        return RemoteControl(self.server, world)

    def way(self, world: str) -> Way:
        raise UsageError(
            "a server that runs elsewhere (--mockserver-url) can only be reached by its url; transport, asgi and wsgi "
            "are for one in this process"
        )

    def close(self) -> None:
        self.server.close()


class Servers:
    """All of them, by how they serve; of those that no test holds any more, the last few.

    Args:
        journal: File to which all write their calls; None for none.
        tally: Counts what is exercised; None for nobody.
    """

    def __init__(self, journal: Path | None = None, tally: Tally | None = None) -> None:
        self._journal = journal
        self._tally = tally
        self._servers: OrderedDict[str, Server] = OrderedDict()
        self._held: Counter[int] = Counter()

    def get(self, options: Options) -> Server:
        """Return the server for some options, started if it is the first time; it is held until it is let go.

        Raises:
            UsageError: It cannot be started, or does not answer.
        """
        key = _key(options)
        found = self._servers.get(key)
        if found is None:
            self._make_room()
            kind = _Local if options.url is None else _Remote
            try:
                found = self._servers[key] = kind(options, self._journal, self._tally)
            except MockserverError as error:
                # What went on within is no news to who wrote the test.
                raise UsageError(str(error)) from None
        self._servers.move_to_end(key)
        self._held[id(found)] += 1
        return found

    def let_go(self, server: Server) -> None:
        """Note that a test needs its server no more; others may."""
        self._held[id(server)] -= 1

    def _make_room(self) -> None:
        # Tests that write a document each would have a thread each until the end.
        free = [key for key, server in self._servers.items() if not self._held[id(server)]]
        for key in free[: max(len(self._servers) - _MOST + 1, 0)]:
            self._servers.pop(key).close()

    def close(self) -> None:
        """End all; their threads have ended when this returns."""
        while self._servers:
            _, server = self._servers.popitem()
            server.close()


def _key(options: Options) -> str:
    """Return what tells servers apart: how they serve, and files that were written anew have other documents."""
    paths = [item.path for item in options.settings.documents if isinstance(item.path, Path)]
    stats = [path.stat() for path in paths if path.is_file()]
    return f"{options.url} {options.settings} {[(stat.st_mtime_ns, stat.st_size) for stat in stats]}"
