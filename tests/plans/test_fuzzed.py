"""Schemathesis finds nothing in mocks that have nothing but a document, its stateful phase included."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENTS = Path(__file__).parent / "documents"

FUZZED = ("archive", "catalogue", "clinic", "courier", "flags", "jobs", "library", "studio")
"""Of the documents that declare their refusals, one or two of each style; each takes some ten seconds."""


@pytest.mark.slow
@pytest.mark.parametrize("name", FUZZED)
def test_schemathesis_finds_nothing_where_the_plan_is_inferred(name: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "mockserver", "fuzz", str(DOCUMENTS / f"{name}.yaml")]
    command += ["--max-examples", "4", "--report", f"json={report}"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    (session,) = json.loads(report.read_text())["sessions"]
    assert session["counts"]["scenarios"] > 0, "there was no stateful phase"
    assert session["details"]["links"]["followed"] >= 2, "no operation was reached from what another one made"
