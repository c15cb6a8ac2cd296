"""Each planted bug that shows to odd requests is found by `mockserver verify`, and the server without it is clean."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mockserver import cli

from .bugs import BUGS, Bug
from .notes import DOCUMENT, KEY, serving

pytestmark = pytest.mark.slow

WHERE = {
    "use after free": ("getNote", "deleteNote", "createNote"),
    "500 on odd text": ("updateNote", "createNote", "listNotes"),
    "405 without Allow": ("getNote",),
    "wrong Allow": ("getNote",),
    "method that is not declared": ("getNote",),
    "accepts what is invalid": ("createNote",),
    "refuses what is valid": ("createNote",),
    "required header is not asked for": ("createNote",),
}
"""Bug -> the operations that show it; `listNotes` for all others."""


def verified(
    bug: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str
) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the report of a run against a server with a bug."""
    report = folder / "report.json"
    with serving(bug) as server:
        arguments = [str(DOCUMENT), "--url", server.url, "--auth", f"key={KEY}", "--report", f"json={report}"]
        monkeypatch.setattr(sys, "argv", ["mockserver", "verify", *arguments, "--quick", *options])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert isinstance(ended.value.code, int)
    told: dict[str, Any] = json.loads(report.read_text())["sessions"][0]
    assert KEY not in report.read_text()
    return ended.value.code, told


def test_server_without_a_bug_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = verified("", tmp_path, monkeypatch)

    assert (code, told["findings"]) == (0, [])
    assert told["counts"]["operations"] == 5
    assert {test["group"] for test in told["tests"]} == {"lifecycle", "examples", "coverage", "stateful"}


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.fuzzing], ids=lambda bug: bug.name)
def test_planted_bug_is_found(bug: Bug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [word for id in WHERE.get(bug.name, ("listNotes",)) for word in ("--include-id", id)]
    phases = "coverage,stateful" if len(chosen) > 2 else "coverage"

    code, told = verified(bug.name, tmp_path, monkeypatch, *chosen, "--phases", phases)

    assert code == 1
    assert bug.fuzzing in {finding["check"] for finding in told["findings"]}
    finding = next(finding for finding in told["findings"] if finding["check"] == bug.fuzzing)
    assert "curl" in finding["sent"]["curl"]
    assert finding["came"]["status"]
    assert finding["advice"]
