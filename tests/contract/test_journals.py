"""Recorded exchanges are read from files and servers; what is none of these is refused with a message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract import journals
from mockserver.errors import UsageError
from tests.conftest import running_server

EXCHANGE: dict[str, Any] = {
    "number": 1,
    "world": "mine",
    "received": "2026-01-02T03:04:05.000Z",
    "document": "shop",
    "operation": "getPet",
    "method": "GET",
    "path": "/pets/1",
    "query": "full=true",
    "request": {"headers": {"accept": "*/*"}, "body": None},
    "status": 200,
    "answer": {
        "headers": {"content-type": "application/json"},
        "body": {"kind": "json", "content": {"id": 1}, "bytes": 8, "truncated": False},
    },
    "source": "state",
    "detail": "",
    "violations": [],
}
LINE = json.dumps(EXCHANGE, separators=(",", ":")) + "\n"
PETS = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        "200": {description: Pets., content: {application/json: {schema: {type: array, items: {type: string}}}}}
"""


def read(*places: object) -> tuple[list[str], list[str]]:
    """Return where each exchange stood, and what was noted."""
    notes: list[str] = []
    found = list(journals.read([str(place) for place in places], notes.append))
    return [Path(item.place).name for item in found], notes


def written(folder: Path, text: str, name: str = "run.ndjson") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_line_is_read_as_what_was_recorded(tmp_path: Path) -> None:
    (found,) = journals.read([str(written(tmp_path, LINE))])

    assert (found.message.path, found.message.query, found.message.header("accept")) == (
        "/pets/1",
        b"full=true",
        "*/*",
    )
    assert found.reply is not None
    assert (found.reply.status, found.reply.body) == (200, b'{"id":1}')
    assert (found.operation, found.document, found.world, found.source) == ("getPet", "shop", "mine", "state")
    assert found.received is not None
    assert found.received.isoformat() == "2026-01-02T03:04:05+00:00"


def test_files_are_read_one_after_the_other_and_empty_lines_are_nothing(tmp_path: Path) -> None:
    first = written(tmp_path, f"\n{LINE}\n{LINE}", "a.ndjson")
    second = written(tmp_path, LINE, "b.ndjson")
    nothing = written(tmp_path, "", "c.ndjson")

    assert read(first, nothing, second) == (["a.ndjson:2", "a.ndjson:4", "b.ndjson:1"], [])


def test_answer_of_the_control_api_is_a_journal_too(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"world": "default", "exchanges": [EXCHANGE]}, indent=2))

    assert read(path) == (["run.ndjson: exchange 1"], [])


def test_har_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    entry = {
        "request": {"method": "GET", "url": "https://api.example.com/pets?a=1", "headers": []},
        "response": {"status": 204, "headers": [], "content": {"size": 0}},
    }
    path = written(tmp_path, json.dumps({"log": {"version": "1.2", "entries": [entry]}}))

    (found,) = journals.read([str(path)])

    assert (found.message.path, found.message.query, found.origin) == (
        "/pets",
        b"a=1",
        "https://api.example.com",
    )


@pytest.mark.parametrize("keep", [1, 12, len(LINE) // 2, len(LINE) - 2])
def test_line_that_a_killed_process_left_is_no_error(tmp_path: Path, keep: int) -> None:
    path = written(tmp_path, LINE + LINE[:keep])

    assert read(path) == (["run.ndjson:1"], [f"{path}: a line was cut off, and left out"])


def test_process_that_went_on_behind_a_cut_line_is_heard(tmp_path: Path) -> None:
    path = written(tmp_path, LINE + LINE[:40] + LINE + LINE)

    assert read(path)[0] == ["run.ndjson:1", "run.ndjson:2", "run.ndjson:3"]


def test_file_of_nothing_but_a_cut_line_is_empty(tmp_path: Path) -> None:
    path = written(tmp_path, LINE[:40])

    assert read(path) == ([], [f"{path}: the only line was cut off, and left out"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("openapi: 3.1.0\ninfo: {}\n", "is no journal"),
        ('{"openapi": "3.1.0", "paths": {}}\n', "run.ndjson:1 is no exchange: 'method' is missing"),
        ('{\n "openapi": "3.1.0"\n}\n', "is no journal: it is an object with openapi"),
        ("[1, 2]\n", "is no journal: it is list"),
        (LINE + '{"a": 1}\n', "run.ndjson:2 is no exchange: 'method' is missing"),
        (LINE + "127.0.0.1 - - GET /pets\n", "run.ndjson:2 is no exchange"),
        ("\x7fELF\x02\x01\x01\x00", "is no journal"),
        ('{"exchanges": [3]}', "exchange 1 is no exchange: it is an integer"),
    ],
)
def test_file_of_another_kind_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read(written(tmp_path, text))

    assert "mockserver serve --journal FILE" in str(caught.value)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "none.ndjson")
    with pytest.raises(UsageError, match="Is a directory"):
        read(tmp_path)
    with pytest.raises(UsageError, match="Say where a mock server runs"):
        read("http://127.0.0.1:1")


def ask(origin: str, path: str) -> None:
    subprocess.run(["curl", "-s", "-o", os.devnull, f"{origin}{path}"], check=True)


def test_server_writes_what_it_answers_and_is_read_as_it_runs(tmp_path: Path) -> None:
    document = written(tmp_path, PETS, "pets.yaml")
    path = written(tmp_path, LINE + LINE[:40])  # the last run was killed
    with running_server(str(document), "--journal", str(path), "--no-reload") as origin:
        for place in ("/pets", "/@mine/pets", "/nope"):
            ask(origin, place)
        # While it runs: nothing is kept back.
        places, notes = read(path)
        asked = [(item.world, item.operation) for item in journals.read([origin])]
        one = [item.message.path for item in journals.read([f"{origin}?world=mine"])]
    assert places == ["run.ndjson:1", "run.ndjson:3", "run.ndjson:4", "run.ndjson:5"]
    assert len(notes) == 1
    assert asked == [("default", "listPets"), ("default", ""), ("mine", "listPets")]
    assert one == ["/@mine/pets"]


def test_journal_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    document = written(tmp_path, PETS, "pets.yaml")
    command = [sys.executable, "-m", "mockserver", "serve", str(document), "--port", "0"]
    done = subprocess.run(
        [*command, "--journal", str(tmp_path / "no" / "run.ndjson")],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith("mockserver: cannot write the journal ")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_workers_share_one_file(tmp_path: Path) -> None:
    document = written(tmp_path, PETS, "pets.yaml")
    path = tmp_path / "run.ndjson"
    state = f"sqlite:{tmp_path / 'mock.db'}"
    with running_server(str(document), "--journal", str(path), "--workers", "3", "--state", state) as origin:
        urls = " ".join([f"{origin}/pets"] * 60)
        subprocess.run(f"curl -s -Z --no-keepalive {urls}", shell=True, capture_output=True, check=True)
    places, notes = read(path)

    assert (len(places), notes) == (60, [])
