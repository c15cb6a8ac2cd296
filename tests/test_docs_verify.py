"""The page about `verify` is true: its commands run, its tables are complete."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click
import pytest

from mockserver.cli import cli
from mockserver.cli.target import target_options
from mockserver.cli.testing import effort_options, selection_options
from mockserver.contract.lifecycle import checks as lifecycle
from mockserver.contract.verify import checks
from mockserver.contract.verify.effort import PHASES

from .test_docs import ROOT, blocks

PAGE = (ROOT / "docs" / "verify.md").read_text()
DOCUMENT = next(block.text for block in blocks(PAGE) if block.file == "notes.yaml")
COMMANDS = [
    line for block in blocks(PAGE) if "with: notes" in block.note for line in block.text.strip().splitlines()
]
URL = "http://127.0.0.1:8000/v1"


class Notes(BaseHTTPRequestHandler):
    """The server of the page; it does what the document says, but for the type of titles when `is_wrong`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    is_wrong = False
    notes: list[dict[str, Any]]

    def do_GET(self) -> None:
        limit = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)).get("limit", "50")
        if not re.fullmatch(r"[1-9]|[1-4][0-9]|50", limit):
            self.answer(400, {"message": "limit"})
        else:
            shown = [{**note, "title": 5} if self.is_wrong else note for note in self.notes]
            self.answer(200, shown[: int(limit)])

    def do_POST(self) -> None:
        if self.headers.get("Content-Type") != "application/json":
            self.answer(415, {"message": "JSON"})
            return
        body = self.body
        try:
            note = json.loads(body)
        except ValueError:
            note = None
        title = note.get("title") if isinstance(note, dict) and set(note) == {"title"} else None
        if isinstance(title, str) and title:
            self.notes.append({"id": str(uuid.uuid4()), "title": title})
            self.answer(201, self.notes[-1])
        else:
            self.answer(400, {"message": "title"})

    def any_method(self) -> None:
        self.answer(405, {"message": "GET or POST"}, Allow="GET, POST")

    do_PUT = do_PATCH = do_DELETE = do_TRACE = do_OPTIONS = do_QUERY = any_method

    def answer(self, status: int, value: Any, **headers: str) -> None:
        if urlsplit(self.path).path != "/v1/notes":
            status, value = 404, {"message": "nothing here"}
        elif self.headers.get("X-Key") != "secret-key" and status != 405:
            status, value = 401, {"message": "key"}
        data = json.dumps(value).encode()
        self.send_response(status)
        fields = {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}
        for name, text in fields.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)

    def parse_request(self) -> bool:
        is_fine = super().parse_request()
        if is_fine:
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return is_fine

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(*, is_wrong: bool) -> Iterator[str]:
    """Serve the notes of the page."""
    handler = type("Handler", (Notes,), {"notes": [], "is_wrong": is_wrong})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


def run(command: str, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the page as it stands there."""
    (folder / "notes.yaml").write_text(DOCUMENT)
    words = command.replace(URL, url).replace("mockserver", f"{sys.executable} -m mockserver", 1)
    environment = {**os.environ, "NOTES_KEY": "secret-key", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        words,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_first_command_of_the_page_is_clean_against_the_server_of_the_page(tmp_path: Path) -> None:
    with serving(is_wrong=False) as url:
        done = run(COMMANDS[0], url, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_finding_of_the_page_is_found_and_reads_as_it_says(tmp_path: Path) -> None:
    with serving(is_wrong=True) as url:
        done = run(COMMANDS[0], url, tmp_path)

    assert done.returncode == 1, done.stdout + done.stderr
    shown = next(block.text for block in blocks(PAGE) if block.language == "text")
    for line in shown.splitlines():
        # What differs from run to run: ids that the server made, how often and how fast.
        same = line.replace(URL, url).partition(", 25 times")[0].partition(", 1 ms")[0]
        assert '"id"' in line or same in done.stdout, line


@pytest.mark.slow
def test_other_commands_of_the_page_are_clean_and_tell_no_secret(tmp_path: Path) -> None:
    with serving(is_wrong=False) as url:
        for command in COMMANDS[1:]:
            done = run(command, url, tmp_path)
            assert done.returncode == 0, command + done.stdout + done.stderr
            assert "secret-key" not in done.stdout
    assert "<testsuite" in (tmp_path / "verify.xml").read_text()
    assert "secret-key" not in (tmp_path / "verify.html").read_text()


def test_page_describes_each_phase_and_check() -> None:
    for phase in PHASES:
        assert f"| `{phase}` |" in PAGE
    told = {*checks.FAILURES.values(), checks.NO_ANSWER, checks.NOT_TESTED, *lifecycle.CHECKS.values()}
    for check in told:
        assert f"`{check.name}`" in PAGE, check.name


def test_page_names_each_option() -> None:
    @effort_options
    @selection_options
    @target_options
    def nothing() -> None:
        """Has the options."""

    known = [option for parameter in nothing.__click_params__ for option in parameter.opts]  # type: ignore[attr-defined]
    families = re.compile(r"--(include|exclude)-(id|path|tag|method)")
    for option in known:
        if option.startswith("--") and option != "--header" and not families.fullmatch(option):
            assert f"{option}" in PAGE, option


def test_page_uses_only_options_that_are_there() -> None:
    command = cli.get_command(click.Context(cli), "verify")
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) - known == set()
