"""A server of its own for hostile requests, and raw HTTP over a socket."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
THINGS = str(FOLDER / "things.yaml")


_WITHOUT_HTTPTOOLS = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "httptools" else find(name, *more)
from mockserver.cli import main
main()
"""
"""`mockserver` as it runs where httptools cannot be installed."""


@dataclass
class Answer:
    """One answer as it came over the socket."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Outcome:
    """What a connection gave: the answers in order, how it ended, and after how many seconds."""

    answers: list[Answer] = field(default_factory=list)
    ended: str = ""
    seconds: float = 0.0
    rest: bytes = b""

    @property
    def status(self) -> int:
        """The status of the first answer that is final; 0 for none."""
        return next((answer.status for answer in self.answers if answer.status >= 200), 0)

    @property
    def final(self) -> Answer:
        """The first answer that is final."""
        return next(answer for answer in self.answers if answer.status >= 200)


class Machine:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], port: int, lines: list[str]) -> None:
        self.process = process
        self.port = port
        self._lines = lines

    @property
    def log(self) -> str:
        """Everything that it has written, its errors too."""
        return "".join(self._lines)

    @property
    def resident_bytes(self) -> int:
        """Its resident memory (Linux)."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) * 1024

    @property
    def peak_bytes(self) -> int:
        """The most memory that it ever had (Linux)."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) * 1024

    @property
    def cpu_seconds(self) -> float:
        """What it has computed so far; 0 where the system does not tell (Linux does)."""
        path = Path(f"/proc/{self.process.pid}/stat")
        if not path.exists():
            return 0.0
        fields = path.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def connect(self, timeout: float = 10) -> socket.socket:
        """Return a connection to it."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def send(
        self, data: bytes | Iterable[bytes], *, patience: float = 5, finals: int = 1, half_close: bool = False
    ) -> Outcome:
        """Send bytes, and read until so many final answers are there, the server closes, or patience ends."""
        began = time.monotonic()
        outcome = Outcome()
        with self.connect() as connection:
            sender = threading.Thread(target=_send, args=(connection, data, half_close), daemon=True)
            sender.start()
            read_answers(connection, outcome, began + patience, finals)
            outcome.seconds = time.monotonic() - began
            _hang_up(connection)
            sender.join(5)
        return outcome

    def is_well(self, path: str = "/things", *, within: float = 10) -> bool:
        """Return whether it still answers a good request."""
        began = time.monotonic()
        outcome = self.send(f"GET {path} HTTP/1.1\r\nHost: mock\r\n\r\n".encode(), patience=within)
        return outcome.status == 200 and time.monotonic() - began < within and self.process.poll() is None


def _send(connection: socket.socket, data: bytes | Iterable[bytes], half_close: bool) -> None:
    try:
        for piece in [data] if isinstance(data, bytes) else data:
            connection.sendall(piece)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the server has heard enough, and the reader sees what it said


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is down already


def read_answers(connection: socket.socket, outcome: Outcome, until: float, finals: int) -> None:
    """Read answers into an outcome; their bodies have a length, as all of ours do."""
    buffer = b""
    while sum(answer.status >= 200 for answer in outcome.answers) < finals:
        answer, buffer = _take(buffer)
        if answer is not None:
            outcome.answers.append(answer)
            continue
        left = until - time.monotonic()
        if left <= 0:
            outcome.ended, outcome.rest = "patience", buffer
            return
        connection.settimeout(left)
        try:
            data = connection.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            outcome.ended, outcome.rest = "reset", buffer
            return
        if not data:
            outcome.ended, outcome.rest = "closed", buffer
            return
        buffer += data
    outcome.ended, outcome.rest = "answered", buffer


def _take(buffer: bytes) -> tuple[Answer | None, bytes]:
    head, separator, rest = buffer.partition(b"\r\n\r\n")
    if not separator:
        return None, buffer
    line, *fields = head.decode("latin-1").split("\r\n")
    status = int(line.split(" ")[1])
    headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    if status < 200:
        return Answer(status, headers, b""), rest
    if headers.get("transfer-encoding") == "chunked":
        body, end, after = rest.partition(b"0\r\n\r\n")
        return (Answer(status, headers, body), after) if end else (None, buffer)
    length = int(headers.get("content-length", "0"))
    if len(rest) < length:
        return None, buffer
    return Answer(status, headers, rest[:length]), rest[length:]


@contextmanager
def machine(*documents: str, folder: Path, httptools: bool = True, **config: object) -> Iterator[Machine]:
    """Run a server with settings; hyphens of their names are written as underscores."""
    settings = {name.replace("_", "-"): value for name, value in config.items()}
    path = folder / "hostile-settings.yaml"
    path.write_text(yaml.safe_dump(settings))
    program = ["-m", "mockserver"] if httptools else ["-c", _WITHOUT_HTTPTOOLS]
    command = [sys.executable, *program, "serve", *documents, "--port", "0", "--config", str(path)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Stop with"):
                break
        stream = process.stdout
        reader = threading.Thread(target=lambda: lines.extend(stream), daemon=True)
        reader.start()
        try:
            match = re.search(r"http://127\.0\.0\.1:(\d+)", "".join(lines))
            assert match, f"the server did not start:\n{''.join(lines)}"
            yield Machine(process, int(match[1]), lines)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            reader.join()
