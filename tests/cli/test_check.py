"""`mockserver check` as a person and as a program see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockserver.cli import cli

SOUND = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        "200": {description: fine}
"""
FAULTY = """\
openapi: 3.1.0
info: {title: Pets}
paths:
  /pets/{id}:
    get:
      operationId: getPet
      responses:
        "200":
          description: fine
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Pet"}
              example: {age: old}
  /toys:
    get:
      responses:
        "200": {description: fine}
components:
  schemas:
    Pet:
      properties:
        age: {type: integer, examples: [young, ancient, newborn, grey, ripe, ageless]}
"""
REPORT = """\
pets.yaml  OpenAPI 3.1.0, 2 operations

  error {id} of /pets/{id} is not declared as a parameter [parameter]
    pets.yaml:5:5  /paths/~1pets~1{id}/get
    any text is taken

  error 'version' is required [specification]
    pets.yaml:2:1  /info

  warning an operation has no operationId [operationId]
    pets.yaml:15:5  /paths/~1toys/get
    it is called 'getToys' here

  warning the example is not valid: "young" is not of type integer [example]
    pets.yaml:22:41  /components/schemas/Pet/properties/age/examples/0
    it is not used

"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two documents, in which commands run."""
    (tmp_path / "sound.yaml").write_text(SOUND)
    (tmp_path / "pets.yaml").write_text(FAULTY)
    (tmp_path / "broken.yaml").write_text("openapi: [")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["check", *arguments])


def test_report_shows_each_fault_with_its_place_and_what_follows() -> None:
    done = check("pets.yaml")

    assert done.output.startswith(REPORT)
    assert done.output.endswith("\n  2 errors, 8 warnings\n")


def test_sound_document_is_one_line_and_exit_code_0() -> None:
    done = check("sound.yaml")

    assert done.output == "sound.yaml  OpenAPI 3.1.0, 1 operation\n\n  no faults\n"
    assert done.exit_code == 0


def test_what_says_the_same_is_told_once_with_its_places(folder: Path) -> None:
    root = json.loads(json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}))
    root["paths"] = {f"/p{n}": {"get": {"responses": {"200": {"description": "fine"}}}} for n in range(9)}
    (folder / "many.json").write_text(json.dumps(root, indent=1))

    short, long = check("many.json").output, check("many.json", "--all").output

    assert short.count("has no operationId") == long.count("has no operationId") == 1
    assert "and 5 more places" in short
    assert short.count("many.json:") == 4
    assert long.count("many.json:") == 9


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["sound.yaml"], 0),
        (["pets.yaml"], 1),
        (["sound.yaml", "--fail-on", "warning"], 0),
        (["warned.yaml"], 0),
        (["warned.yaml", "--fail-on", "warning"], 1),
        (["nowhere.yaml"], 2),
        (["broken.yaml", "pets.yaml"], 2),
        (["sound.yaml", "--format", "xml"], 2),
    ],
)
def test_exit_code_says_how_bad_it_is(arguments: list[str], code: int, folder: Path) -> None:
    (folder / "warned.yaml").write_text(SOUND.replace("      operationId: listPets\n", ""))

    assert check(*arguments).exit_code == code


def test_unreadable_document_does_not_hide_the_others() -> None:
    done = check("broken.yaml", "sound.yaml")

    assert "sound.yaml  OpenAPI" in done.stdout
    assert "mockserver: broken.yaml is not valid YAML" in done.stderr


def test_json_has_all_fields_of_all_faults() -> None:
    report = json.loads(check("pets.yaml", "sound.yaml", "--format", "json").stdout)

    assert (report["errors"], report["warnings"]) == (2, 8)
    assert [item["document"] for item in report["documents"]] == ["pets.yaml", "sound.yaml"]
    faults = report["documents"][0]["faults"]
    assert len(faults) == 10
    assert faults[0] == {
        "severity": "error",
        "rule": "parameter",
        "message": "{id} of /pets/{id} is not declared as a parameter",
        "effect": "any text is taken",
        "file": "pets.yaml",
        "pointer": "/paths/~1pets~1{id}/get",
        "line": 5,
        "column": 5,
    }


def test_sarif_names_rules_places_and_levels(folder: Path) -> None:
    done = check("pets.yaml", "--format", "sarif", "--output", "report.sarif")

    assert done.output == ""
    log = json.loads((folder / "report.sarif").read_text())
    assert_is_sarif(log)
    (run,) = log["runs"]
    first = next(item for item in run["results"] if item["ruleId"] == "parameter")
    assert first["level"] == "error"
    assert first["message"]["text"].startswith("{id} of /pets/{id}")
    (location,) = first["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "pets.yaml"},
        "region": {"startLine": 5, "startColumn": 5},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "/paths/~1pets~1{id}/get"


def test_sarif_of_an_unreadable_document_says_that_the_run_failed() -> None:
    log = json.loads(check("broken.yaml", "--format", "sarif").stdout)

    assert_is_sarif(log)
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "broken.yaml" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def assert_is_sarif(log: dict[str, Any]) -> None:
    """What SARIF 2.1.0 asks for: sections 3.13, 3.14, 3.18, 3.19, 3.27 and 3.28."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert driver["name"]
        identifiers = [rule["id"] for rule in driver["rules"]]
        assert len(set(identifiers)) == len(identifiers)
        assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
        for result in run["results"]:
            assert identifiers[result["ruleIndex"]] == result["ruleId"]
            assert result["level"] in ("none", "note", "warning", "error")
            assert result["message"]["text"].endswith(".")
            for location in result["locations"]:
                assert location["physicalLocation"]["artifactLocation"]["uri"]
                region = location["physicalLocation"].get("region", {"startLine": 1, "startColumn": 1})
                assert region["startLine"] >= 1
                assert region["startColumn"] >= 1


def test_no_colours_but_on_a_terminal() -> None:
    assert "\x1b" not in check("pets.yaml").output


def test_bundled_documents_are_checked_where_none_is_named() -> None:
    done = check()

    assert "3 documents: no faults" in done.output
    assert done.exit_code == 0


def test_place_that_cannot_be_written_is_wrong_use() -> None:
    done = check("sound.yaml", "--output", "no/such/folder.txt")

    assert done.exit_code != 0
    assert "cannot write no/such/folder.txt" in str(done.exception)


def test_help_shows_examples_and_exit_codes() -> None:
    text = check("--help").output

    assert "--format [text|json|sarif]" in text
    assert "mockserver check api.yaml --format sarif --output api.sarif" in text
    assert "Exit codes: 0 no errors, 1 errors" in text


def test_overlay_is_applied_before_the_check_and_its_faults_stand_in_it(folder: Path) -> None:
    (folder / "sound.yaml").write_text(SOUND)
    (folder / "lay.yaml").write_text(
        "overlay: 1.0.0\n"
        "info: {title: x, version: '1'}\n"
        "actions:\n"
        "- target: $.paths\n"
        "  update:\n"
        "    /toys/{id}:\n"
        "      get: {operationId: getToy, responses: {'200': {description: fine}}}\n"
        "- target: $.info.contact\n"
        "  remove: true\n"
    )

    done = check("sound.yaml", "--overlay", "lay.yaml")

    assert done.exit_code == 1
    assert "2 operations" in done.output
    assert "lay.yaml:7:7  /actions/0/update/~1toys~1{id}/get" in done.output
    assert "lay.yaml:8:3  /actions/1/target" in done.output
    assert "the target '$.info.contact' selects nothing" in done.output


def test_what_in_a_plan_does_not_fit_is_reported_with_its_line(folder: Path) -> None:
    (folder / "sound.plan.yaml").write_text('plan: "1"\noperations:\n  listPet: {action: none}\n')

    done = check("sound.yaml", "--fail-on", "warning")

    assert done.exit_code == 1
    assert "there is no operation 'listPet' (did you mean 'listPets'?) [plan]" in done.output
    assert "sound.plan.yaml:3:3  /operations/listPet" in done.output


def test_plan_without_the_format_makes_the_exit_code_2(folder: Path) -> None:
    (folder / "my.yaml").write_text('plan: "1"\noperatons: {}\n')

    done = check("sound.yaml", "--plan", "my.yaml")

    assert done.exit_code == 2
    assert "my.yaml: at /: unknown key 'operatons' (did you mean 'operations'?)" in done.output
