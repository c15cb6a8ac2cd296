"""`mockserver plan` as a person and as a program see it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from mockserver.cli import cli
from mockserver.document import builder, plan_file, planning
from mockserver.document.checks import check
from mockserver.document.loading import yamltext
from mockserver.document.planfile import links, writing
from mockserver.document.rules import RULES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [
        *(ROOT / "openapi").glob("*.yaml"),
        *(ROOT / "tests").rglob("documents/*.yaml"),
        *(ROOT / "tests").rglob("documents/*.json"),
    ]
)
DOCUMENTS = [path for path in DOCUMENTS if not path.stem.endswith(".plan")]

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /shops:
    post:
      operationId: openShop
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Shop"}}}}
      responses:
        "201": {$ref: "#/components/responses/Shop"}
        4XX: {$ref: "#/components/responses/Error"}
  /shops/{shopId}:
    parameters: [{name: shopId, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getShop
      responses:
        "200": {$ref: "#/components/responses/Shop"}
        4XX: {$ref: "#/components/responses/Error"}
    delete:
      operationId: closeShop
      responses:
        "204": {description: Closed.}
        4XX: {$ref: "#/components/responses/Error"}
  /shops/{shopId}/pets:
    parameters: [{name: shopId, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: listPets
      parameters: [{name: kind, in: query, schema: {type: string}}]
      responses:
        "200":
          description: The pets.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
        4XX: {$ref: "#/components/responses/Error"}
    post:
      operationId: createPet
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "201": {description: Made., content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        4XX: {$ref: "#/components/responses/Error"}
  /shops/{shopId}/pets/{petId}:
    parameters:
      - {name: shopId, in: path, required: true, schema: {type: integer}}
      - {name: petId, in: path, required: true, schema: {type: integer}}
    get:
      operationId: getPet
      responses:
        "200": {description: It., content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        4XX: {$ref: "#/components/responses/Error"}
  /ping:
    get: {responses: {"200": {description: Here.}}}
components:
  responses:
    Shop: {description: It., content: {application/json: {schema: {$ref: "#/components/schemas/Shop"}}}}
    Error: {description: It failed., content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
  schemas:
    Error: {type: object, required: [message], properties: {message: {type: string}}}
    Shop:
      type: object
      required: [id, name]
      properties: {id: {type: integer, readOnly: true}, name: {type: string}}
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string}
        kind: {type: string}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a document, in which commands run."""
    (tmp_path / "shop.yaml").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plan(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["plan", *arguments])


# The plan as YAML.


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_plan_that_was_written_and_read_back_is_the_same_plan(path: Path) -> None:
    model = builder.load(path)
    made = plan_file.make(model)
    text = writing.text(model, made)

    assert yamltext.loads(text) == made.raw
    assert yaml.safe_load(text) == made.raw, "every reader of YAML reads the same"
    again = planning.make(model, yamltext.loads(text), Path("saved.plan.yaml"))
    assert again.raw == made.raw
    assert again.plan.faults == made.plan.faults == ()
    assert again.plan.operations.keys() == made.plan.operations.keys()


def test_plan_says_of_each_operation_what_it_is_and_why() -> None:
    done = plan("shop.yaml")

    assert done.exit_code == 0
    assert done.output.startswith(
        "# The plan of Shop (shop.yaml): what each operation does to which records.\n"
    )
    assert "# 6 of 7 operations with state.\n" in done.output
    assert done.output.count("  # begins with 3 made-up records\n") == 2
    raw = yaml.safe_load(done.output)
    assert {id: entry["action"] for id, entry in raw["operations"].items()} == {
        "openShop": "create", "getShop": "get", "closeShop": "delete",
        "listPets": "list", "createPet": "create", "getPet": "get",
    }  # fmt: skip
    for id in raw["operations"]:
        assert re.search(
            rf"^  # (GET|POST|DELETE) /shops.*: .+\n(  # .*\n)*  {id}:", done.output, re.MULTILINE
        ), id
    assert re.search(r"^# getPing \(GET /ping\): .+", done.output, re.MULTILINE)


def test_plan_says_with_which_records_a_resource_begins(folder: Path) -> None:
    shown = 'schema: {$ref: "#/components/schemas/Shop"}, example: {id: 7, name: Zoo, colour: 1}'
    text = SHOP.replace('schema: {$ref: "#/components/schemas/Shop"}', shown)
    (folder / "shop.yaml").write_text(text)
    (folder / "fixtures" / "shop").mkdir(parents=True)
    (folder / "fixtures" / "shop" / "pets.yaml").write_text("- {name: Rex}\n")

    done = plan("shop.yaml")

    assert re.search(r"  # begins with 1 example of the document\n  shops:", done.output)
    assert re.search(r"  # begins with 1 record of pets.yaml\n  pets:", done.output)


def test_saved_plan_is_what_is_served_and_what_is_deleted_from_it_is_inferred_again(folder: Path) -> None:
    assert plan("shop.yaml", "--output", "shop.plan.yaml").output == ""
    saved = yaml.safe_load((folder / "shop.plan.yaml").read_text())
    del saved["operations"]["getPet"]
    saved["operations"]["closeShop"] = None
    saved["resources"]["pets"]["id"]["make"] = "{n}"
    (folder / "shop.plan.yaml").write_text(yaml.safe_dump(saved))

    again = yaml.safe_load(plan("shop.yaml").output)

    assert again["operations"]["getPet"]["action"] == "get"
    assert again["operations"]["closeShop"] == {"action": "none"}
    assert again["resources"]["pets"]["id"]["make"] == "{n}"


def test_what_in_the_plan_does_not_fit_is_said_and_makes_the_exit_code_1(folder: Path) -> None:
    (folder / "mine.yaml").write_text('plan: "1"\noperations: {getPets: {action: none}}\n')

    done = plan("shop.yaml", "--plan", "mine.yaml")

    assert done.exit_code == 1
    assert (
        "mine.yaml: at /operations/getPets: there is no operation 'getPets' (did you mean 'getPet'?)"
        in done.stderr
    )
    assert yaml.safe_load(done.stdout)["operations"]["getPet"]["action"] == "get"


# Other ways to write it.


def test_table_has_a_line_for_each_operation() -> None:
    lines = plan("shop.yaml", "--format", "table").output.splitlines()

    assert lines[0].split() == ["OPERATION", "REQUEST", "ACTION", "RESOURCE", "WHY"]
    assert len(lines) == 8
    assert lines[4].split()[:5] == ["listPets", "GET", "/shops/{shopId}/pets", "list", "pets"]
    assert lines[7].split()[:4] == ["getPing", "GET", "/ping", "-"]


def test_json_has_the_plan_and_each_operation_with_its_reason() -> None:
    found = json.loads(plan("shop.yaml", "--format", "json").output)

    assert found["plan"] == yaml.safe_load(plan("shop.yaml").output)
    by_id = {item["id"]: item for item in found["operations"]}
    assert (by_id["createPet"]["action"], by_id["createPet"]["inferred"]) == ("create", True)
    assert (by_id["getPing"]["action"], by_id["getPing"]["resource"]) == (None, None)
    assert by_id["getPing"]["why"]
    assert found["faults"] == []


@pytest.mark.parametrize(
    "name", ["getPet", "GET /shops/{shopId}/pets/{petId}", "get  /shops/{shopId}/pets/{petId}"]
)
def test_explanation_says_what_an_operation_does_and_gives_a_curl_about_a_record(name: str) -> None:
    done = plan("shop.yaml", "--explain", name)

    assert done.exit_code == 0
    assert "does      reads one of pets" in done.output
    assert "answers   200 with the record; refuses with 4XX" in done.output
    assert re.search(r"try       curl -s http://127.0.0.1:4010/shops/\d+/pets/\d+\n", done.output)


def test_explanation_of_a_list_names_filters_and_that_of_a_creation_sends_a_body() -> None:
    listing, creation = (plan("shop.yaml", "--explain", name).output for name in ("listPets", "createPet"))

    assert re.search(r"filter    kind: kind \w+", listing)
    assert re.search(r"""-d '\{"name":".+"\}'""", creation)


def test_explanation_of_an_operation_without_state_says_why() -> None:
    done = plan("shop.yaml", "--explain", "getPing")

    assert "nothing to records: it is answered from examples and made-up values" in done.output
    assert re.search(r"because   .+", done.output)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("shop.yaml", "--explain", "getPets"), "shop.yaml has no operation 'getPets'; did you mean"),
        (("shop.yaml", "shop.yaml"), "two documents have the name 'shop'"),
        (("a=shop.yaml", "b=shop.yaml"), "a plan is of one document, name it: mockserver plan DOC"),
        (("nowhere.yaml",), "cannot read nowhere.yaml"),
        (("shop.yaml", "--output", "no/where.yaml"), "cannot write no/where.yaml"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(arguments: tuple[str, ...], said: str) -> None:
    command = [sys.executable, "-m", "mockserver", "plan", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


# The plan as links.


def test_links_lead_from_what_was_made_to_what_takes_it() -> None:
    root = yaml.safe_load(plan("shop.yaml", "--as-links", "document").output)

    opened = root["paths"]["/shops"]["post"]["responses"]["201"]["links"]
    assert opened["getShop"] == {"operationId": "getShop", "parameters": {"shopId": "$response.body#/id"}}
    assert opened.keys() == {"getShop", "closeShop", "listPets", "createPet"}
    made = root["paths"]["/shops/{shopId}/pets"]["post"]["responses"]["201"]["links"]
    assert made == {
        "getPet": {
            "operationId": "getPet",
            "parameters": {"shopId": "$request.path.shopId", "petId": "$response.body#/id"},
        }
    }
    listed = root["paths"]["/shops/{shopId}/pets"]["get"]["responses"]["200"]["links"]
    assert listed["getPet"]["parameters"]["petId"] == "$response.body#/0/id"
    assert "links" not in root["components"]["responses"]["Shop"], "which another operation answers, too"
    assert "links" not in root["paths"]["/shops/{shopId}"]["get"]["responses"].get("200", {})


def test_document_with_links_is_as_sound_as_without(folder: Path) -> None:
    plan("shop.yaml", "--as-links", "document", "--output", "linked.yaml")

    before, after = (
        check(builder.load(Path(name)), written=yaml.safe_load(Path(name).read_text()))
        for name in ("shop.yaml", "linked.yaml")
    )
    assert [fault.rule for fault in after] == [fault.rule for fault in before]
    assert all(fault.rule in RULES for fault in after)


def test_overlay_with_links_makes_the_same_document(folder: Path) -> None:
    plan("shop.yaml", "--as-links", "document", "--output", "linked.yaml")
    plan("shop.yaml", "--as-links", "overlay", "--output", "links.yaml")

    overlaid = builder.load(Path("shop.yaml"), overlays=["links.yaml"])

    assert overlaid.root["paths"] == builder.load(Path("linked.yaml")).root["paths"]
    assert overlaid.faults == ()


def test_links_reach_the_record_in_its_wrapper(folder: Path) -> None:
    model = builder.load(Path("shop.yaml"))
    written: dict[str, Any] = {
        "plan": "1",
        "operations": {
            "openShop": {"answer": {"data": {"shop": "$record"}}},
            "listPets": {"answer": {"items": "$page.items"}},
        },
        "resources": {"pets": {"id": {"property": "meta.key"}}},
    }
    found = links.links(model, planning.make(model, written, Path("p.yaml")).plan)

    assert found["openShop", "201"]["getShop"]["parameters"] == {"shopId": "$response.body#/data/shop/id"}
    assert found["listPets", "200"]["getPet"]["parameters"]["petId"] == "$response.body#/items/0/meta/key"


def test_operation_without_an_id_is_linked_by_its_place(folder: Path) -> None:
    (folder / "shop.yaml").write_text(SHOP.replace("      operationId: getShop\n", ""))

    root = yaml.safe_load(plan("shop.yaml", "--as-links", "document").output)

    (link,) = [
        item
        for item in root["paths"]["/shops"]["post"]["responses"]["201"]["links"].values()
        if "operationRef" in item
    ]
    assert link["operationRef"] == "#/paths/~1shops~1%7BshopId%7D/get"


@pytest.mark.slow
def test_schemathesis_finds_the_links_and_follows_them_without_a_failure(folder: Path) -> None:
    plan("shop.yaml", "--as-links", "document", "--output", "linked.yaml")
    command = [
        sys.executable, "-m", "mockserver", "fuzz", "linked.yaml", "--phases", "stateful", "--max-examples", "40",
        "--report", "json=report.json",
    ]  # fmt: skip

    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=environment)

    found = json.loads(Path("report.json").read_text())["sessions"][0]["details"]["links"]
    written = sum(map(len, links.links(*_planned(Path("linked.yaml"))).values()))
    assert found["declared"] == written
    assert found["followed"] == written + found["inferred"]
    assert done.returncode == 0, done.stdout


def _planned(path: Path) -> tuple[Any, Any]:
    model = builder.load(path)
    return model, plan_file.load(model)
