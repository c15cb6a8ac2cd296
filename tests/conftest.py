"""What all tests share: a live server on a real port, and servers in-process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def running_server(*arguments: str, cwd: str | None = None) -> Iterator[str]:
    """Run `mockserver serve` on a free port, and give its origin."""
    command = [sys.executable, "-m", "mockserver", "serve", *arguments, "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Stop with"):
                break
        match = re.search(r"control API (http://\S+?)/__", "".join(lines))
        assert match, f"the server did not start:\n{''.join(lines)}"
        # Nobody reads its log, but a full pipe would stop it.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield match[1]
    finally:
        process.terminate()
        try:
            process.wait(5)
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def live_server() -> Iterator[str]:
    """The origin of a server of the bundled documents."""
    with running_server() as origin:
        yield origin


@pytest.fixture(scope="session")
def make_live_server() -> Callable[..., object]:
    """Starts servers: `with make_live_server("api.yaml") as origin`."""
    return running_server
