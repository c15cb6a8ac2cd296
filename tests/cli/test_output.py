"""Reports are there as a whole or not at all, and a reader that goes away ends nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.cli import output
from mockserver.errors import UsageError

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mockserver.cli import reporting
from mockserver.contract.events import Ended, Found, Started, Verdict
from mockserver.contract.findings import Finding, Level

AT = datetime(2026, 11, 27, tzinfo=UTC)
flags = {"report": sys.argv[1:]}
with reporting.run(reporting.taken(flags, live=True), lambda: AT) as run:
    run(Started("test", "it", "api.yaml", AT))
    for number in range(1200):
        run(Found(Finding("x", Level.ERROR, "t", "m" * 100, f"GET /{number}")))
    run(Ended(Verdict.BROKEN))
sys.exit(run.exit_code)
"""


def piped(*reports: str, folder: Path) -> tuple[int, str]:
    """Return exit code and errors of a run whose standard output is closed after a line."""
    command = [sys.executable, "-c", PROGRAM, *reports]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        (folder / "errors").open("w") as errors,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        code = process.wait(timeout=30)
    return code, (folder / "errors").read_text()


def test_run_goes_on_when_nobody_reads_it_any_more(tmp_path: Path) -> None:
    code, errors = piped("html=a.html", "json=a.json", folder=tmp_path)
    assert (code, errors) == (1, "")
    assert (tmp_path / "a.html").read_text().endswith("</html>\n")
    assert (tmp_path / "a.json").read_text().endswith("}\n")


def test_report_on_standard_output_may_be_closed_too(tmp_path: Path) -> None:
    code, errors = piped("json", folder=tmp_path)
    assert code == 1
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors


def test_report_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    output.probe(path)
    assert path.read_text() == "old"
    output.write(path, "new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.json"]


def test_trial_leaves_nothing_behind(tmp_path: Path) -> None:
    output.probe(tmp_path / "deep" / "a.json")
    assert os.listdir(tmp_path / "deep") == []


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "a.json").symlink_to("real.json")
    output.write(tmp_path / "a.json", "new")
    assert (tmp_path / "a.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_device_is_written_to_and_not_replaced() -> None:
    output.probe(Path(os.devnull))
    output.write(Path(os.devnull), "text")
    assert Path(os.devnull).is_char_device()


@pytest.mark.parametrize("name", ["", "file/below", "/proc/nothing"])
def test_place_that_takes_nothing_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    for use in (output.probe, lambda path: output.write(path, "text")):
        with pytest.raises(UsageError, match="cannot write the report"):
            use(tmp_path / name)
