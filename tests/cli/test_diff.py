"""`mockserver diff` as a person uses it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from mockserver.cli import cli
from mockserver.errors import UsageError

OLD: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1"},
    "paths": {
        "/things": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}
                ],
                "responses": {"200": {"description": "x"}},
            }
        }
    },
}


def with_maximum(value: int) -> dict[str, Any]:
    """Return the document with another bound."""
    copy: dict[str, Any] = json.loads(json.dumps(OLD))
    copy["paths"]["/things"]["get"]["parameters"][0]["schema"]["maximum"] = value
    return copy


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with v1.yaml, v2.yaml that breaks, and v3.yaml that does not."""
    for name, value in (("v1.yaml", OLD), ("v2.yaml", with_maximum(50)), ("v3.yaml", with_maximum(200))):
        (tmp_path / name).write_text(yaml.safe_dump(value))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["diff", *arguments])


@pytest.mark.parametrize(
    ("new", "fail_on", "code"),
    [
        ("v1.yaml", "safe", 0),
        ("v2.yaml", "breaking", 1),
        ("v2.yaml", "never", 0),
        ("v3.yaml", "breaking", 0),
        ("v3.yaml", "dangerous", 0),
        ("v3.yaml", "safe", 1),
    ],
)
def test_exit_code_is_that_of_the_worst_change(folder: Path, new: str, fail_on: str, code: int) -> None:
    assert run("v1.yaml", new, "--fail-on", fail_on).exit_code == code


def test_json_tells_all_of_a_change(folder: Path) -> None:
    done = run("v1.yaml", "v2.yaml", "--format", "json")

    told = json.loads(done.output)
    change = told["changes"][0]
    assert told["counts"] == {"breaking": 1, "dangerous": 0, "safe": 1}
    assert change["id"] == "request-parameter-max-decreased"
    assert change["operations"] == ["GET /things"]
    assert change["location"] == ["query", "limit"]
    assert (change["new"]["file"], change["new"]["pointer"]) == (
        "v2.yaml",
        "/paths/~1things/get/parameters/0/schema/maximum",
    )
    line = (folder / "v2.yaml").read_text().splitlines()[change["new"]["line"] - 1]
    assert line.strip() == "maximum: 50"


def test_github_gets_annotations_and_markdown_a_table(folder: Path) -> None:
    github = run("v1.yaml", "v2.yaml", "--format", "github").output.splitlines()
    markdown = run("v1.yaml", "v2.yaml", "--format", "markdown").output

    assert github[0].startswith("::error file=v2.yaml,line=")
    assert "GET /things request query.limit: maximum was lowered" in github[0]
    assert "| GET /things | `request query.limit` | maximum was lowered from 100 to 50" in markdown


def test_other_reports_are_written_beside(folder: Path) -> None:
    done = run("v1.yaml", "v2.yaml", "--report", "sarif=out.sarif", "--report", "junit=out.xml")

    (result,) = json.loads((folder / "out.sarif").read_text())["runs"][0]["results"]
    assert done.exit_code == 1
    assert result["ruleId"] == "request-parameter-max-decreased"
    assert result["level"] == "error"
    assert "request-parameter-max-decreased" in (folder / "out.xml").read_text()


def test_change_that_is_accepted_does_not_count_until_it_expires(folder: Path) -> None:
    accepted = run("v1.yaml", "v2.yaml", "--baseline", "known.yaml", "--write-baseline")
    known = yaml.safe_load((folder / "known.yaml").read_text())
    (entry,) = known["findings"]
    entry["reason"] = "nobody asks for more than 50"
    (folder / "known.yaml").write_text(yaml.safe_dump(known, sort_keys=False))

    again = run("v1.yaml", "v2.yaml", "--baseline", "known.yaml")
    entry["expires"] = "2020-01-01"
    (folder / "known.yaml").write_text(yaml.safe_dump(known, sort_keys=False))
    expired = run("v1.yaml", "v2.yaml", "--baseline", "known.yaml")

    assert (accepted.exit_code, again.exit_code, expired.exit_code) == (0, 0, 1)
    assert entry["check"] == "request-parameter-max-decreased"
    assert "ACCEPTED 1" in again.output
    assert "nobody asks for more than 50" in again.output
    assert "has expired" in expired.output


def git(*arguments: str) -> None:
    own = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *own, *arguments], check=True, capture_output=True)


def test_document_of_a_revision_is_read_with_the_files_that_it_refers_to(folder: Path) -> None:
    (folder / "api" / "parts").mkdir(parents=True)
    part = folder / "api" / "parts" / "limit.yaml"
    split = with_maximum(100)
    split["paths"]["/things"]["get"]["parameters"][0]["schema"] = {"$ref": "parts/limit.yaml"}
    (folder / "api" / "root.yaml").write_text(yaml.safe_dump(split))
    part.write_text("type: integer\nmaximum: 100\n")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    part.write_text("type: integer\nmaximum: 50\n")

    done = run("main:api/root.yaml", "api/root.yaml")
    same = run("main:api/root.yaml", "HEAD:api/root.yaml", "--fail-on", "safe")

    assert done.exit_code == 1
    assert "main:api/parts/limit.yaml:2" in done.output
    assert "api/parts/limit.yaml:2" in done.output
    assert same.exit_code == 0
    assert "no changes" in same.output


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ("main:nothing.yaml", "main has no file nothing.yaml"),
        ("nowhere:v1.yaml", "git knows no 'nowhere'"),
        ("main:../v1.yaml", "is not in this repository"),
    ],
)
def test_revision_that_is_not_there_is_said(folder: Path, old: str, message: str) -> None:
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")

    error = run(old, "v1.yaml").exception

    assert isinstance(error, UsageError)
    assert message in str(error)


def test_standard_input_is_one_document(folder: Path) -> None:
    done = CliRunner().invoke(cli, ["diff", "-", "v2.yaml"], input=yaml.safe_dump(OLD))
    twice = run("-", "-")

    assert "standard input:" in done.output
    assert done.exit_code == 1
    assert "named twice" in str(twice.exception)


def test_journal_narrows_the_changes_to_what_was_used(folder: Path) -> None:
    def recorded(limit: int) -> str:
        request = {"method": "GET", "path": "/things", "query": f"limit={limit}", "headers": [], "body": None}
        har = {
            "log": {
                "version": "1.2",
                "creator": {"name": "x", "version": "1"},
                "entries": [
                    {
                        "startedDateTime": "2026-01-01T00:00:00Z",
                        "time": 1,
                        "request": {
                            "method": "GET",
                            "url": f"https://a.example{request['path']}?{request['query']}",
                            "httpVersion": "HTTP/1.1",
                            "headers": [],
                            "queryString": [],
                            "cookies": [],
                            "headersSize": -1,
                            "bodySize": 0,
                        },
                        "response": {
                            "status": 200,
                            "statusText": "OK",
                            "httpVersion": "HTTP/1.1",
                            "headers": [],
                            "cookies": [],
                            "content": {"size": 0, "mimeType": ""},
                            "redirectURL": "",
                            "headersSize": -1,
                            "bodySize": 0,
                        },
                        "cache": {},
                        "timings": {"send": 0, "wait": 1, "receive": 0},
                    }
                ],
            }
        }
        return json.dumps(har)

    (folder / "low.har").write_text(recorded(5))
    (folder / "high.har").write_text(recorded(80))

    low = run("v1.yaml", "v2.yaml", "--used", "low.har")
    high = run("v1.yaml", "v2.yaml", "--used", "high.har")

    assert (low.exit_code, high.exit_code) == (0, 1)
    assert "NOT USED BY YOU 1" in low.output
    assert "all that was sent still goes" in low.output


def test_journal_without_an_exchange_of_the_document_proves_nothing(folder: Path) -> None:
    (folder / "empty.ndjson").write_text("")

    error = run("v1.yaml", "v2.yaml", "--used", "empty.ndjson").exception

    assert isinstance(error, UsageError)
    assert "nothing was recorded" in str(error)
