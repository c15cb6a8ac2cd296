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

RUNNING = "MOCKSERVER_TEST_ORIGIN"
"""Variable of the environment that names a server to test, instead of one that is started."""


@contextmanager
def running_server(*arguments: str, cwd: str | None = None) -> Iterator[str]:
    """Run `mockserver serve` on a free port, and give its origin."""
    command = [sys.executable, "-m", "mockserver", "serve", *arguments, "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd, env=environment
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Stop with"):
                break
        # Nobody looks at the log, but a full pipe would stop the server.
        reader = threading.Thread(target=process.stdout.read, daemon=True)
        reader.start()
        try:
            match = re.search(r"control API (http://\S+?)/__", "".join(lines))
            assert match, f"the server did not start:\n{''.join(lines)}"
            yield match[1]
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            reader.join()


@pytest.fixture(scope="session")
def live_server() -> Iterator[str]:
    """The origin of a server of the bundled documents; one that runs already if the environment names it."""
    if running := os.environ.get(RUNNING):
        yield running
        return
    with running_server() as origin:
        yield origin


@pytest.fixture(scope="session")
def make_live_server() -> Callable[..., object]:
    """Starts servers: `with make_live_server("api.yaml") as origin`."""
    return running_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes: at the end of a run, one worker would wait for another."""
    items.sort(key=lambda item: item.path.name != "test_sdk_twice.py")
