"""Files are edited while the server runs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

OK = {"description": "Fine.", "content": {"application/json": {"schema": {"type": "string"}}}}


def api(*paths: str) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {path: {"get": {"responses": {"200": OK}}} for path in paths},
    }


class Server:
    """A server in a folder, with what it writes to standard error."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self._errors = (folder / "stderr.log").open("w+")
        command = [sys.executable, "-m", "mockserver", "serve", *arguments, "--port", "0"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._errors, text=True, env=environment, cwd=folder
        )
        assert self.process.stdout is not None
        text = ""
        while "Stop with" not in text:
            line = self.process.stdout.readline()
            assert line, (folder / "stderr.log").read_text()
            text += line
        match = re.search(r"(http://\S+)/__", text)
        assert match is not None
        self.origin = match[1]

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.origin + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def errors(self) -> list[str]:
        return (self.folder / "stderr.log").read_text().splitlines()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server in an own folder: `serve("api.yaml")`."""
    started: list[Server] = []

    def start(*arguments: str) -> Server:
        server = Server(tmp_path, *arguments)
        started.append(server)
        return server

    yield start
    for server in started:
        server.close()


def test_edits_come_on_the_air_and_bad_ones_are_said(tmp_path: Path, serve: Callable[..., Server]) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(yaml.safe_dump(api("/a")))
    server = serve("api.yaml")
    assert server.status("/a") == 200

    path.write_text(yaml.safe_dump(api("/b")))
    wait_for(lambda: server.status("/b") == 200)
    assert server.status("/a") == 404

    path.write_text("openapi: 3.1.0\npaths: [")
    wait_for(lambda: len(server.errors()) == 2)
    assert server.status("/b") == 200
    with urllib.request.urlopen(f"{server.origin}/__mock__/health", timeout=10) as answer:
        assert "not valid YAML" in json.load(answer)["reload"]["api"]["error"]

    aside = tmp_path / "api.yaml~"
    aside.write_text(yaml.safe_dump(api("/c")))
    aside.replace(path)
    wait_for(lambda: server.status("/c") == 200)

    wait_for(lambda: len(server.errors()) == 3)
    good, bad, again = server.errors()
    assert good == again == "api: reloaded, 1 operation"
    assert bad.startswith("api: not reloaded, what was served goes on: api.yaml is not valid YAML")

    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(10) == 0


def test_documents_of_the_config_file_come_and_go(tmp_path: Path, serve: Callable[..., Server]) -> None:
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(api("/a")))
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(api("/b")))
    config = tmp_path / "mockserver.yaml"
    config.write_text("documents: [a.yaml]\n")
    server = serve()

    config.write_text("documents: [a.yaml, {path: b.yaml, name: bee}]\n")
    wait_for(lambda: server.status("/bee/b") == 200)
    config.write_text("documents: [{path: b.yaml, name: bee}]\nseed: 5\n")
    wait_for(lambda: server.status("/a") == 404)

    assert server.status("/b") == 200
    wait_for(lambda: len(server.errors()) == 3)
    assert server.errors() == [
        "bee: reloaded, 1 operation",
        "a: no longer served",
        "mockserver: what changed of seed in mockserver.yaml takes effect at the next start",
    ]


def test_without_reload_edits_wait_for_the_next_start(tmp_path: Path, serve: Callable[..., Server]) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(yaml.safe_dump(api("/a")))
    server = serve("api.yaml", "--no-reload")

    path.write_text(yaml.safe_dump(api("/b")))
    time.sleep(1.5)

    assert server.status("/a") == 200
    assert server.errors() == []
