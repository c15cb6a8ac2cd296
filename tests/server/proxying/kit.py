"""A server behind the proxy that says what a test tells it to, byte for byte, and a client that hides nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class Line:
    """A connection of a server or of a client, as bytes."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._rest = b""

    def send(self, *pieces: bytes, pause: float = 0.0) -> None:
        for number, piece in enumerate(pieces):
            if number and pause:
                time.sleep(pause)
            self.connection.sendall(piece)

    def more(self) -> bytes:
        """Return what has come, b"" at the end."""
        if self._rest:
            rest, self._rest = self._rest, b""
            return rest
        return self.connection.recv(65536)

    def until(self, end: bytes) -> bytes:
        """Return all up to and with an end; what comes after it waits."""
        data = b""
        while end not in data:
            piece = self.more()
            if not piece:
                return data
            data += piece
        at = data.index(end) + len(end)
        self._rest = data[at:] + self._rest
        return data[:at]

    def exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.more()
            if not piece:
                break
            data += piece
        self._rest = data[size:] + self._rest
        return data[:size]

    def rest(self) -> bytes:
        """Return all until the other side closes."""
        data = b""
        while piece := self.more():
            data += piece
        return data

    def message(self, *, has_body: bool = True) -> Heard:
        """Read a request or an answer, taken apart."""
        head = self.until(b"\r\n\r\n")
        first, *lines = head[:-4].split(b"\r\n")
        fields = [tuple(line.split(b": ", 1)) for line in lines]
        heard = Heard(first, fields)  # type: ignore[arg-type]
        if not has_body or first[9:12] in (b"204", b"304") or first[9:10] == b"1":
            return heard
        if heard.all(b"transfer-encoding") == [b"chunked"]:
            while size := int(self.until(b"\r\n")[:-2], 16):
                heard.chunks.append(self.exactly(size))
                self.exactly(2)
            while (line := self.until(b"\r\n")) != b"\r\n":
                heard.trailers.append(tuple(line[:-2].split(b": ", 1)))  # type: ignore[arg-type]
            heard.body = b"".join(heard.chunks)
        elif lengths := heard.all(b"content-length"):
            heard.body = self.exactly(int(lengths[0]))
        elif first.startswith(b"HTTP/"):
            heard.body = self.rest()
        return heard

    def is_ended(self, within: float = 5.0) -> bool:
        """Tell whether the other side closes in time, and says nothing before."""
        self.connection.settimeout(within)
        try:
            return self.more() == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def close(self) -> None:
        self.connection.close()


@dataclass
class Heard:
    """A message as it came."""

    first: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    trailers: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def status(self) -> int:
        return int(self.first.split(b" ")[1])

    @property
    def target(self) -> bytes:
        return self.first.split(b" ")[1]

    def all(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def one(self, name: bytes) -> bytes | None:
        found = self.all(name)
        assert len(found) <= 1, found
        return found[0] if found else None


Script = Callable[[Line], None]


class Upstream:
    """Runs a script for each connection, each in a thread of its own."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections = 0
        self.requests: list[Heard] = []
        self.failures: list[BaseException] = []
        self._lines: list[Line] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self._listener.getsockname()[1]
        self._is_closed = False
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while not self._is_closed:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            line = Line(connection)
            self._lines.append(line)
            threading.Thread(target=self._run, args=(line,), daemon=True).start()

    def _run(self, line: Line) -> None:
        try:
            self.script(line)
        except (OSError, ValueError):
            pass  # the proxy has hung up, as some tests want
        except BaseException as error:
            self.failures.append(error)
        finally:
            line.close()

    def close(self) -> None:
        self._is_closed = True
        self._listener.close()
        for line in self._lines:
            line.close()


@contextmanager
def upstream(script: Script) -> Iterator[Upstream]:
    """Run a server of a script."""
    server = Upstream(script)
    try:
        yield server
        assert server.failures == []
    finally:
        server.close()


def answering(
    *answers: bytes, seen: list[Heard] | None = None, pause: float = 0.0, closes: bool = False
) -> Script:
    """Return a script that reads requests and gives each the same answer, piece by piece."""

    def script(line: Line) -> None:
        while True:
            request = line.message()
            if not request.first:
                return
            if seen is not None:
                seen.append(request)
            line.send(*answers, pause=pause)
            if closes:
                return

    return script


def json_answer(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    """Return an answer with a body in JSON."""
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s" % (
        status, more, len(body), body,
    )  # fmt: skip


def connect(origin: str, timeout: float = 10.0) -> Line:
    """Return a line to a server."""
    host, port = origin.removeprefix("http://").rsplit(":", 1)
    line = Line(socket.create_connection((host, int(port)), timeout=timeout))
    _OPEN.append(line)
    return line


def hang_up() -> None:
    """Close all lines to servers."""
    while _OPEN:
        _OPEN.pop().close()


_OPEN: list[Line] = []


def ask(origin: str, request: bytes, *, has_body: bool = True) -> Heard:
    """Send a request, and return the answer."""
    line = connect(origin)
    line.send(request)
    try:
        return line.message(has_body=has_body)
    finally:
        line.close()


def get(path: bytes = b"/pets", more: bytes = b"", method: bytes = b"GET") -> bytes:
    """Return a request without a body."""
    return b"%s %s HTTP/1.1\r\nHost: client.example\r\n%s\r\n" % (method, path, more)
