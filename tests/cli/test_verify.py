"""`mockserver verify` from the command line: wrong use, and what a person who stops it gets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mockserver import cli
from tests.contract.planted.notes import DOCUMENT, KEY, serving

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.yaml", "--url", "http://127.0.0.1:9"], "nowhere.yaml"),
        ([str(DOCUMENT)], "--url"),
        ([str(DOCUMENT), "--url", "127.0.0.1:9"], "is no URL of a server"),
        ([str(DOCUMENT), "--url", "http://127.0.0.1:9"], "Connection refused\n  start the server"),
        ([str(DOCUMENT), "--url", "http://127.0.0.1:9", "--auth", "lock=x"], "no security scheme 'lock'"),
        (
            [str(DOCUMENT), "--url", "http://127.0.0.1:9", "--include-tag", "x"],
            "no operation has the tag 'x'",
        ),
        ([str(DOCUMENT), "--url", "http://127.0.0.1:9", "--phases", "x"], "there is no phase 'x'"),
        ([str(DOCUMENT), "--url", "http://127.0.0.1:9", "--rate-limit", "x"], "'x' is no rate"),
        ([str(DOCUMENT), "--url", "http://127.0.0.1:9", "--ca", "nowhere.pem"], "nowhere.pem"),
        ([str(DOCUMENT), "--url", "http://127.0.0.1:9", "--report", "odd"], "'odd' is no report"),
        ([str(DOCUMENT), "--url", "http://127.0.0.1:9", "--max-requests", "0"], "--max-requests"),
    ],
)
def test_wrong_use_is_one_message_and_exit_code_2(
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mockserver", "verify", *arguments])

    with pytest.raises(SystemExit) as exit:
        cli.main()

    assert exit.value.code == 2
    assert message in capsys.readouterr().err


def test_help_shows_examples_and_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mockserver", "verify", "--help"])

    cli.main()

    shown = capsys.readouterr().out
    assert "mockserver verify api.yaml --url http://127.0.0.1:8000" in shown
    assert "130 interrupted" in shown


@pytest.mark.slow
def test_reset_url_that_does_not_work_is_said_before_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as server:
        address = f"{server.origin}/nowhere"
        arguments = [str(DOCUMENT), "--url", server.url, "--auth", f"key={KEY}", "--reset-url", address]
        monkeypatch.setattr(sys, "argv", ["mockserver", "verify", *arguments])
        with pytest.raises(SystemExit) as exit:
            cli.main()

    assert exit.value.code == 2
    assert f"--reset-url {address}: a POST to it is answered" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(("what", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_run_that_is_stopped_reports_what_it_found_and_leaves_nothing(
    what: signal.Signals, code: int, tmp_path: Path
) -> None:
    report, temporary = tmp_path / "report.json", tmp_path / "temporary"
    temporary.mkdir()
    with serving("wrong type") as server:
        command = [sys.executable, "-m", "mockserver", "verify", str(DOCUMENT), "--url", server.url]
        command += ["--auth", f"key={KEY}", "--max-examples", "5000", "--report", f"json={report}"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 60
            while server.requests < 60 and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(what)
            shown, _ = process.communicate(timeout=60)
        stopped_at = server.requests
        time.sleep(0.5)
        assert server.requests == stopped_at, "Schemathesis goes on without us"

    assert process.returncode == code, shown
    told = json.loads(report.read_text())
    assert told["verdict"] == "interrupted"
    assert "response-body" in {finding["check"] for finding in told["sessions"][0]["findings"]}
    assert "interrupted" in shown
    assert not list(temporary.iterdir())
