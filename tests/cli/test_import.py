"""`mockserver import`: what it says, what it writes, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from mockserver.cli import main
from mockserver.server.assembly import assemble
from mockserver.server.running import bind, in_background
from mockserver.settings import Settings, Source

PETS = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        "200":
          description: All.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties: {id: {type: string}, name: {type: string}, owner: {type: string}}
"""
REX = {"id": "rex", "name": "Rex", "owner": "ann@corp.io"}
Run = Callable[..., tuple[int, str]]


def entry(path: str, answer: Any, origin: str = "https://api.corp.io") -> dict[str, Any]:
    content = {"mimeType": "application/json", "text": json.dumps(answer)}
    return {
        "request": {"method": "GET", "url": origin + path, "headers": []},
        "response": {"status": 200, "headers": [], "content": content},
    }


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Import these entries, and return the exit code and all that was printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pets.yaml").write_text(PETS)

    def run(entries: list[Any], *arguments: str) -> tuple[int, str]:
        (tmp_path / "s.har").write_text(json.dumps({"log": {"entries": entries}}))
        monkeypatch.setattr("sys.argv", ["mockserver", "import", "s.har", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out + printed.err

    return run


def test_recording_becomes_fixtures_and_what_was_redacted_is_said(run: Run, tmp_path: Path) -> None:
    code, said = run([entry("/pets/rex", REX), entry("/static/app.js", 1)], "pets.yaml")

    assert code == 0
    assert "pets: 1 record" in said
    assert "redacted: 1 e-mail address" in said
    assert "passed over: 1" in said
    text = (tmp_path / "fixtures" / "pets" / "pets.whole.yaml").read_text()
    assert '{id: rex, name: Rex, owner: "user1@example.com"}' in text


def test_dry_run_says_what_would_be_written_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    code, said = run([entry("/pets/rex", REX)], "pets.yaml", "--dry-run", "--into", "mocks")

    assert code == 0
    assert "would write mocks/pets/pets.whole.yaml" in said
    assert not (tmp_path / "mocks").exists()


def test_what_breaks_the_document_is_reported_without_secrets_and_ends_with_1(
    run: Run, tmp_path: Path
) -> None:
    broken = {"id": 5, "name": "ann@corp.io"}
    code, said = run([entry("/pets/rex?token=abc-12345", broken), entry("/pets", [REX])], "pets.yaml")

    assert code == 1
    assert "response-body" in said
    assert "ann@corp.io" not in said
    assert "abc-12345" not in said
    assert (tmp_path / "fixtures" / "pets" / "pets.whole.yaml").is_file()

    code, _ = run([entry("/pets/rex", broken)], "pets.yaml", "--fail-on", "never")
    assert code == 0


def test_report_of_an_import_is_written_as_of_any_contract_test(run: Run, tmp_path: Path) -> None:
    run([entry("/pets/rex", REX)], "pets.yaml", "--report", "junit=out.xml")

    assert 'name="GET /pets/{id}"' in (tmp_path / "out.xml").read_text()


def test_only_the_server_that_is_meant_is_recorded(run: Run, tmp_path: Path) -> None:
    other = entry("/pets/tom", {"id": "tom", "name": "Tom"}, "https://other.io")
    run([entry("/pets/rex", REX), other], "pets.yaml", "--origin", "https://API.corp.io/")

    text = (tmp_path / "fixtures" / "pets" / "pets.whole.yaml").read_text()
    assert "rex" in text
    assert "tom" not in text


@pytest.mark.parametrize(
    ("entries", "arguments", "message"),
    [
        (
            [entry("/pets", [])],
            [],
            "which document are these exchanges for? Name it: mockserver import s.har api.yaml",
        ),
        ([entry("/pets", [])], [], "https://api.corp.io: 1 exchanges, e.g. GET /pets"),
        ([entry("/openapi.json", {})], [], "mockserver import s.har https://api.corp.io/openapi.json"),
        ([], [], "holds no exchange by HTTP"),
        ([], ["pets.yaml"], "holds no exchange by HTTP"),
        (
            [entry("/cats", [])],
            ["pets.yaml"],
            "none of 1 exchanges is for a path of pets.yaml (/pets, /pets/{id})",
        ),
        (
            [entry("/pets", [])],
            ["pets.yaml", "--origin", "https://x.io"],
            "none of 1 exchanges was with https://x.io",
        ),
        ([entry("/pets", [])], ["pets.yaml", "--redact", "$["], "--redact '$[' is no JSONPath"),
        ([entry("/pets", [])], ["none.yaml"], "none.yaml"),
        ([entry("/pets", [])], ["pets.yaml", "--into", "pets.yaml"], "pets.yaml"),
    ],
)
def test_wrong_use_is_one_message_and_exit_code_2(
    run: Run, entries: list[Any], arguments: list[str], message: str
) -> None:
    code, said = run(entries, *arguments)

    assert (code, message in said) == (2, True), said
    assert "Traceback" not in said


def test_journal_of_a_mock_is_imported_too(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(documents=(Source(Path("pets.yaml")),), log=False, journal=tmp_path / "run.ndjson")
    application = assemble(settings, lambda: datetime.now(UTC))
    with (
        in_background(application.asgi, bind("127.0.0.1", 0)) as origin,
        urlopen(f"{origin}/pets/pets") as answer,
    ):
        names = [pet["name"] for pet in json.load(answer)]
    monkeypatch.setattr("sys.argv", ["mockserver", "import", "run.ndjson", "pets.yaml"])
    with pytest.raises(SystemExit) as end:
        main()

    assert end.value.code == 0
    written = yaml.safe_load((tmp_path / "fixtures" / "pets" / "pets.whole.yaml").read_text())
    assert [pet["name"] for pet in written] == names
