"""The process of Schemathesis: read while it writes, and ended when it has to be."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.verify import process as processes
from mockserver.contract.verify.process import REQUEST, UNREADABLE, Process

HEAD = "import json, os, sys, time\nevents = open('events.ndjson', 'w')\n"
REQUESTS = "requests = open(os.environ['MOCKSERVER_VERIFY_REQUESTS'], 'w')\n"


def start(folder: Path, script: str, **limits: Any) -> Process:
    return Process([sys.executable, "-c", HEAD + script], folder, {}, **limits)


def test_events_come_in_their_order_whatever_their_size(tmp_path: Path) -> None:
    process = start(
        tmp_path,
        "for n in range(3):\n print(json.dumps({'A': [n, 'x' * (n * 3_000_000)]}), file=events, flush=True)",
    )

    read = [(name, value[0], len(value[1])) for name, value in process.events()]

    assert read == [("A", 0, 0), ("A", 1, 3_000_000), ("A", 2, 6_000_000)]
    assert process.code == 0


def test_what_python_alone_calls_json_is_read(tmp_path: Path) -> None:
    process = start(tmp_path, r"""events.write('{"A": [NaN, "\\ud800"]}\n')""")

    ((name, value),) = process.events()

    assert name == "A"
    assert value[1] == "\ud800"


def test_what_cannot_be_read_is_said_and_not_lost_in_silence(tmp_path: Path) -> None:
    process = start(tmp_path, "events.write('{oh\\n{\"A\": 1}\\n')")

    assert list(process.events()) == [(UNREADABLE, "{oh"), ("A", 1)]


def test_last_words_and_code_of_one_that_gives_up(tmp_path: Path) -> None:
    process = start(tmp_path, "print('first'); print('last'); sys.exit(3)")

    assert list(process.events()) == []
    assert (process.code, process.last_words(1)) == (3, "last")


def test_process_over_the_limit_is_asked_to_end(tmp_path: Path) -> None:
    script = "try:\n time.sleep(60)\nexcept KeyboardInterrupt:\n print(json.dumps({'End': 1}), file=events, flush=True)"
    process = start(tmp_path, script, limit_s=0.5)

    assert list(process.events()) == [("End", 1)]
    assert process.is_late


def test_process_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE_S", 0.2)
    process = start(
        tmp_path, "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)", limit_s=0.5
    )

    assert list(process.events()) == []
    assert process.code < 0


def test_request_that_does_not_end_is_known(tmp_path: Path) -> None:
    script = REQUESTS + (
        "for n in range(7):\n"
        " print(json.dumps([1, {'method': 'GET', 'path': f'/{n}'}]), file=requests, flush=True)\n"
        " n < 6 and print(json.dumps([1, None]), file=requests, flush=True)\n"
        "time.sleep(60)"
    )
    process = start(tmp_path, script, request_limit_s=2)

    events = list(process.events())

    assert process.stuck == {"method": "GET", "path": "/6"}
    assert [request["path"] for request in process.recent] == ["/2", "/3", "/4", "/5", "/6"]
    assert events[-1] == (REQUEST, {"method": "GET", "path": "/6"})


def test_ctrl_c_is_handed_on_and_all_events_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "events.write(json.dumps({'Begin': 1}) + '\\n'); events.flush()\n"
        "try:\n time.sleep(60)\nexcept KeyboardInterrupt:\n events.write(json.dumps({'End': 1}) + '\\n')"
    )
    process = start(tmp_path, script)
    read, seen = process._read, []

    def interrupted() -> Any:
        lines = read()
        if lines and not seen:
            seen.append(json.loads(lines[0]))
        elif seen and not process.is_interrupted:
            raise KeyboardInterrupt
        return lines

    monkeypatch.setattr(process, "_read", interrupted)

    assert list(process.events()) == [("Begin", 1), ("End", 1)]
    assert process.is_interrupted


def test_long_silence_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "SILENCE_S", 0.1)
    process = start(tmp_path, "time.sleep(0.6)\nprint(json.dumps({'A': 1}), file=events, flush=True)")

    assert list(process.events())[:2] == [(processes.SILENT, 0.1), ("A", 1)]


def test_killed_process_is_gone(tmp_path: Path) -> None:
    process = start(tmp_path, "time.sleep(60)")

    process.kill()

    assert list(process.events()) == []
