"""`mockserver fuzz`: that it finds what was planted, and that our own mocks are clean."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from mockserver import bundled, cli

from .pets import Change, wrong_type

ROOT = Path(__file__).parents[3]

# Wrong use


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.yaml"], "nowhere.yaml"),
        (["--phases", "coverage,guessing"], "there is no phase 'guessing'"),
        (["--phases", ""], "--phases needs one"),
        (["--unbounded", "--max-time", "9"], "exclude each other"),
        (["--url", "http://127.0.0.1:1"], "--url takes exactly one document"),
        (["--max-examples", "0"], "--max-examples"),
        (["-H", "nonsense"], "'nonsense' is no header"),
        (["--report", "json=file/fuzz.json"], "cannot write the report"),
        (["--include", "getCat"], "no operation has the id 'getCat'"),
    ],
)
def test_wrong_use_is_one_message_and_exit_code_2(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    monkeypatch.setattr(sys, "argv", ["mockserver", "fuzz", *arguments])

    with pytest.raises(SystemExit) as exit:
        cli.main()

    assert exit.value.code == 2
    assert message in capsys.readouterr().err


def test_help_shows_examples(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["mockserver", "fuzz", "--help"])

    cli.main()

    assert "mockserver fuzz api.yaml --unbounded" in capsys.readouterr().out


# Real runs


def run_fuzz(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does: Schemathesis' own output is part of ours."""
    command = [sys.executable, "-m", "mockserver", "fuzz", *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=900, check=False
    )


QUICK = ("--phases", "coverage", "--max-examples", "2")


@pytest.mark.parametrize(
    ("bug", "check"),
    [
        (wrong_type, "response-body"),
    ],
)
def test_fuzz_finds_planted_bug(
    make_server: Callable[[Change | None], AbstractContextManager[str]], pets: Path, bug: Change, check: str
) -> None:
    with make_server(bug) as origin:
        done = run_fuzz(str(pets), "--url", origin, *QUICK)

    assert done.returncode == 1, done.stdout + done.stderr
    assert check in done.stdout
    assert f"{origin}/pets" in done.stdout
    assert "curl -sS" in done.stdout
    assert "X-Key: test-key" in done.stdout


def test_fuzz_of_the_same_server_without_bug_is_clean(
    make_server: Callable[[Change | None], AbstractContextManager[str]], pets: Path, tmp_path: Path
) -> None:
    report = tmp_path / "fuzz.json"
    with make_server(None) as origin:
        done = run_fuzz(str(pets), "--url", origin, "--report", f"json={report}", *QUICK)

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())
    assert told["sessions"][0]["counts"]["operations"] == 4
    assert "GET /pets" in json.dumps(told)


@pytest.mark.slow
def test_fuzz_hides_the_credentials_of_a_person(
    make_server: Callable[[Change | None], AbstractContextManager[str]], pets: Path
) -> None:
    with make_server(wrong_type) as origin:
        done = run_fuzz(str(pets), "--url", origin, "-H", "X-Key: test-key", "--include", "getPet", *QUICK)

    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "test-key" not in done.stdout


def test_fuzz_of_server_that_is_not_there_is_not_clean(pets: Path) -> None:
    done = run_fuzz(str(pets), "--url", "http://127.0.0.1:9", *QUICK)

    assert done.returncode == 2
    assert "cannot reach http://127.0.0.1:9" in done.stderr + done.stdout


@pytest.mark.slow
def test_fuzz_starts_the_mock_itself_in_all_phases(pets: Path, tmp_path: Path) -> None:
    empty, report = tmp_path / "empty", tmp_path / "fuzz.json"
    empty.mkdir()
    done = run_fuzz(str(pets), "--max-examples", "5", "--report", f"json={report}", cwd=empty)

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())
    assert {test["group"] for test in told["sessions"][0]["tests"]} >= {"coverage", "fuzzing", "stateful"}
    scenarios = told["sessions"][0]["counts"]["scenarios"]
    assert scenarios >= 15, "Hypothesis gave up: the state of earlier scenarios was seen"
    assert not list(empty.iterdir()), "the run left files behind"


@pytest.mark.slow
@pytest.mark.parametrize(
    "document", [*bundled.documents(), ROOT / "benchmarks" / "sessions.yaml"], ids=lambda path: path.stem
)
def test_fuzz_of_bundled_document_is_clean(document: Path) -> None:
    """Fewer cases than usual: `make fuzz` draws more, and takes its time."""
    done = run_fuzz(str(document), "--max-examples", "8")

    assert done.returncode == 0, done.stdout + done.stderr
