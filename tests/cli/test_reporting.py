"""The options about reports, as every contract test has them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from mockserver.cli import reporting
from mockserver.contract.events import Ended, Started, Tested, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.reports.formats import FORMATS
from mockserver.errors import MockserverError, UsageError

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
BROKEN = Finding("response-body", Level.ERROR, "The body is wrong", "body: no", "GET /pets")
ODD = Finding("undeclared-status", Level.WARNING, "The status is odd", "418", "GET /owners")


@click.command()
@click.option("--fail", is_flag=True)
@reporting.options()
def command(fail: bool, **flags: Any) -> None:
    """Test something."""
    options = reporting.taken(flags)
    assert flags == {}
    with reporting.run(options, lambda: AT) as run:
        run(Started("test", "it", "api.yaml", AT))
        run(Tested("GET /pets", findings=(BROKEN,)))
        run(Tested("GET /owners", findings=(ODD,)))
        if fail:
            raise UsageError("the server is gone")
        run(Ended(Verdict.CLEAN))
    raise SystemExit(run.exit_code)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine that runs the tests decides, and files land where nobody minds."""
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def refused(*arguments: str) -> str:
    """Return the message about a wrong use."""
    result = ran(*arguments)
    assert isinstance(result.exception, MockserverError)
    return str(result.exception)


def test_findings_are_told_and_decide_the_exit_code() -> None:
    result = ran()
    assert result.exit_code == 1
    assert result.stdout.endswith("failed: 1 error, 1 warning\n")


@pytest.mark.parametrize(("level", "code"), [("error", 1), ("warning", 1), ("note", 1), ("never", 0)])
def test_least_level_that_counts_can_be_chosen(level: str, code: int) -> None:
    assert ran("--fail-on", level).exit_code == code


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_goes_to_a_file_of_any_folder(name: str, tmp_path: Path) -> None:
    result = ran("--report", f"{name}=out/deep/report")
    assert (tmp_path / "out" / "deep" / "report").read_text() != ""
    assert f"{name}: out/deep/report" in result.stdout


@pytest.mark.parametrize("file", [f"a{suffix}" for layout in FORMATS.values() for suffix in layout.suffixes])
def test_name_of_a_file_tells_its_format(file: str, tmp_path: Path) -> None:
    assert ran("--report", file).exit_code == 1
    assert (tmp_path / file).stat().st_size > 0


def test_report_without_a_file_is_all_of_standard_output() -> None:
    result = ran("--report", "json")
    assert json.loads(result.stdout)["verdict"] == "broken"
    assert result.stderr.endswith("failed: 1 error, 1 warning\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--report", "pdf"], "'pdf' is no report; write FORMAT or FORMAT=FILE, of the formats junit"),
        (["--report", "junit="], "is no report"),
        (["--report", "json", "--report", "sarif"], "two reports go to standard output"),
        (["--report", "json=a", "--report", "sarif=a"], "two reports go to a"),
        (["--write-baseline"], "--baseline FILE"),
        (
            ["--baseline", "none.yaml"],
            "cannot read none.yaml: No such file or directory; --write-baseline makes",
        ),
        (["--report", "json=/dev/null/x"], "cannot write the report /dev/null/x"),
    ],
)
def test_wrong_use_is_told_before_any_work(arguments: list[str], message: str) -> None:
    assert message in refused(*arguments)


def test_baseline_is_written_read_and_held() -> None:
    written = ran("--baseline", "known.yaml", "--write-baseline")
    assert written.exit_code == 0
    assert "baseline: known.yaml accepts 2 findings now" in written.stdout
    again = ran("--baseline", "known.yaml")
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, "passed: 2 accepted")


def test_baseline_stays_as_it_is_when_the_run_fails(tmp_path: Path) -> None:
    assert "the server is gone" in refused("--fail", "--baseline", "known.yaml", "--write-baseline")
    assert not (tmp_path / "known.yaml").exists()


def test_reports_of_a_run_that_fails_say_so(tmp_path: Path) -> None:
    refused("--fail", "--report", "json=a.json")
    report = json.loads((tmp_path / "a.json").read_text())
    assert report["verdict"] == "failed"
    assert report["sessions"][0]["said"] == [{"level": "error", "text": "the server is gone"}]


def test_github_gets_annotations_and_a_summary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    result = ran()
    assert "::error file=api.yaml,title=GET /pets%3A The body is wrong::body: no" in result.stdout
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("before\n## Failed: 1 error, 1 warning\n")


def test_annotations_do_not_disturb_a_report_on_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = ran("--report", "json")
    assert json.loads(result.stdout)["exitCode"] == 1
    assert "::error file" in result.stderr


def test_help_names_each_format() -> None:
    text = " ".join(ran("--help").stdout.split())
    assert all(name in text for name in FORMATS)
