"""`mockserver parity` as a person and as a program see it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver.cli import cli, main

from ..conftest import running_server
from ..contract.parity.real import Notes, serving
from ..contract.parity.recording import work

API = Path(__file__).parents[1] / "contract" / "parity" / "api.yaml"
KEY = ("--auth", "key=test-key")


def parity(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, ["parity", *arguments], env=environment)


@pytest.fixture
def real() -> Iterator[str]:
    with serving(Notes("status-200")) as url:
        yield url


def test_difference_is_reported_with_both_requests_and_fails(real: str, tmp_path: Path) -> None:
    result = parity(
        str(API), "--real", real, "--write", "own", *KEY, "--tighten", str(tmp_path / "tighter.yaml")
    )

    assert result.exit_code == 1, result.output
    assert "the mock answers 201, the real server 200. The document allows both." in result.output
    assert len(set(re.findall(r"curl .*?(http://127\.0\.0\.1:\d+)/", result.output))) == 2
    assert "writes to the real server: POST /notebooks (" in result.output
    assert "status: 200" in (tmp_path / "tighter.yaml").read_text()


def test_credentials_go_to_the_real_server_and_into_no_report(tmp_path: Path) -> None:
    notes = Notes("status-200", key="s3cret-of-the-real-one")
    with serving(notes) as url:
        result = parity(
            str(API), "--real", url, "--write", "own", "--auth", "key=${KEY}",
            "--report", f"json={tmp_path / 'r.json'}",
            KEY="s3cret-of-the-real-one",
        )  # fmt: skip
    report = (tmp_path / "r.json").read_text()

    assert result.exit_code == 1
    assert {item["check"] for item in json.loads(report)["sessions"][0]["findings"]} == {
        "parity-status", "parity-usual-header",
    }  # fmt: skip
    assert "s3cret" not in result.output + report


def test_known_difference_is_accepted_until_its_day(real: str, tmp_path: Path) -> None:
    known = str(tmp_path / "known.yaml")
    asked = (str(API), "--real", real, "--write", "own", *KEY, "--baseline", known)
    parity(*asked, "--write-baseline")

    assert parity(*asked, "--ci").exit_code == 0


def test_missing_credentials_are_said(real: str) -> None:
    result = parity(str(API), "--real", real)

    assert "no credentials were given, and 10 operations want some: see --auth" in result.output


@pytest.mark.slow
def test_mock_that_runs_is_used(real: str) -> None:
    with running_server(str(API)) as origin:
        result = parity(str(API), "--mock", origin, "--real", real, "--write", "own", *KEY)

    assert f"{origin}/notebooks" in result.output
    assert result.exit_code == 1


def test_recorded_run_stands_for_the_real_server(tmp_path: Path) -> None:
    with serving(Notes("stays-draft")) as url:
        path = work(url, tmp_path / "run.har")
    result = parity(str(API), "--run", str(path))

    assert result.exit_code == 1
    assert (
        'run.har:9: Post again: the mock says "published" for state, the recording says "draft"'
        in result.output
    )
    assert "writes to" not in result.output


def test_operations_are_chosen_as_in_verify(real: str) -> None:
    result = parity(str(API), "--real", real, "--include-id", "about", *KEY)

    assert result.exit_code == 0, result.output
    assert "1 operation" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to compare with"),
        (("--real", "example"), "is no URL of a server"),
        (("--real", "http://127.0.0.1:9", "--mock", "nowhere"), "is no URL of a server"),
        (("--real", "http://127.0.0.1:9"), "does not answer"),
        (("--real", "http://127.0.0.1:9", "--include", "/nothing"), "no path matches"),
        (("--real", "http://127.0.0.1:9", "--auth", "lock=1"), "no security scheme 'lock'"),
        (("--run", "nowhere.har"), "cannot read nowhere.har"),
    ],
)
def test_wrong_use_is_said_with_exit_code_2(
    arguments: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["mockserver", "parity", str(API), *arguments])
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert said in out + err
    assert "Traceback" not in err


@pytest.mark.slow
def test_interrupted_run_deletes_what_it_has_made() -> None:
    notes = Notes("slow")
    before = set(notes.notebooks)
    with serving(notes) as url:
        command = [
            sys.executable,
            "-m",
            "mockserver",
            "parity",
            str(API),
            "--real",
            url,
            "--write",
            "own",
            *KEY,
        ]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ
        ) as run:
            deadline = time.monotonic() + 20
            while set(notes.notebooks) == before and time.monotonic() < deadline:
                time.sleep(0.05)
            assert set(notes.notebooks) != before
            run.send_signal(signal.SIGTERM)
            output, _ = run.communicate(timeout=20)

    assert run.returncode == 130
    assert set(notes.notebooks) == before, output
    assert "interrupted" in output
