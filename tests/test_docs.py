"""The docs are true: their code runs, their tables are complete."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
import yaml

from mockserver.cli import cli
from mockserver.document import builder, plan_file
from mockserver.document.inference import infer
from mockserver.document.plan import Action, FieldRules
from mockserver.mocking import preferences
from mockserver.mocking.exchange import ResponseSource
from mockserver.server import handed

from .conftest import running_server

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PLAN = (ROOT / "docs" / "plan.md").read_text()
ANSWERS = (ROOT / "docs" / "answers.md").read_text()
INFERENCE = (ROOT / "docs" / "inference.md").read_text()
ORIGIN = "http://127.0.0.1:4010"


@dataclass(frozen=True)
class Block:
    """A code block of the README; the comment before it says what it needs."""

    number: int
    language: str
    text: str
    note: str

    @property
    def file(self) -> str | None:
        match = re.search(r"file: (\S+)", self.note)
        return match[1] if match else None

    @property
    def server(self) -> list[str] | None:
        match = re.search(r"with: serve ?([^;]*)", self.note)
        return match[1].split() if match else None


def blocks(text: str = README) -> Iterator[Block]:
    """Yield the code blocks of a page, by default of the README."""
    pattern = re.compile(r"(?:<!-- (.*?) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
    for number, match in enumerate(pattern.finditer(text)):
        yield Block(number, match[2], match[3], match[1] or "")


BLOCKS = list(blocks())
SERVED = [block for block in BLOCKS if block.server is not None and "sdk" not in block.note]
WITH_SDK = [block for block in BLOCKS if "needs: sdk" in block.note]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the README tells to write."""
    for block in BLOCKS:
        if block.file and block.file != "mockserver.yaml":
            (tmp_path / block.file).write_text(block.text)
    return tmp_path


def test_every_block_of_the_readme_is_executed_somewhere() -> None:
    makes = [block for block in BLOCKS if "make " in block.text]
    known = {block.number for block in (*SERVED, *WITH_SDK, *makes)} | {
        block.number for block in BLOCKS if block.file or "pytest:" in block.note
    }
    assert [block.text for block in BLOCKS if block.number not in known] == []


@pytest.mark.parametrize("block", SERVED, ids=lambda block: f"block {block.number}")
def test_curl_of_the_readme_is_answered_well(block: Block, folder: Path) -> None:
    with running_server(*(block.server or ()), cwd=str(folder)) as origin:
        for command in block.text.strip().splitlines():
            assert command.startswith("curl ")
            done = subprocess.run(
                command.replace(ORIGIN, origin) + " --fail-with-body -w '\\n%{http_code}'",
                shell=True, capture_output=True, text=True, check=False, timeout=20,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout
            assert done.stdout.splitlines()[-1] in ("200", "201")


@pytest.mark.slow
@pytest.mark.parametrize("block", WITH_SDK, ids=lambda block: f"block {block.number}")
def test_sdk_code_of_the_readme_runs(block: Block, live_server: str) -> None:
    code = block.text.replace(ORIGIN, live_server)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_handler_of_the_readme_refuses_and_proceeds(folder: Path) -> None:
    with running_server("pets.yaml", cwd=str(folder)) as origin:
        answers = [post_pet(origin, name) for name in ("Cerberus", "Rex")]
    assert answers == ["409", "201"]


def post_pet(origin: str, name: str) -> str:
    """Return the status of the answer to a new pet."""
    data = f'{{"name": "{name}", "kind": "dog"}}'
    command = [
        "curl",
        "-s",
        "-o",
        os.devnull,
        "-w",
        "%{http_code}",
        "-H",
        "Content-Type: application/json",
        "-d",
        data,
    ]
    return subprocess.run([*command, f"{origin}/pets"], capture_output=True, text=True, check=True).stdout


def test_config_of_the_readme_is_taken(folder: Path) -> None:
    block = next(block for block in BLOCKS if block.file == "mockserver.yaml")
    (folder / "mockserver.yaml").write_text(block.text)
    with running_server(cwd=str(folder)) as origin:
        done = subprocess.run(["curl", "-s", f"{origin}/pets"], capture_output=True, text=True, check=True)
    assert len(yaml.safe_load(done.stdout)) == 5


@pytest.mark.parametrize(
    "target", re.findall(r"^(\w[\w-]*):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
)
def test_make_lists_each_target(target: str) -> None:
    listed = subprocess.run(
        ["make", "-s", "help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert f"make {target}" in listed


def test_readme_mentions_only_targets_and_files_that_are_there() -> None:
    targets = set(re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    mentioned = {a or b for a, b in re.findall(r"`make ([\w-]+)`|^make ([\w-]+)", README, re.MULTILINE)}
    assert mentioned
    assert mentioned <= targets
    for link in re.findall(r"\]\(([\w./-]+)\)", README):
        assert (ROOT / link).is_file(), link


@pytest.mark.parametrize("name", sorted(cli.list_commands(None)))
def test_readme_and_help_describe_each_command(name: str) -> None:
    command = cli.get_command(None, name)
    text = command.get_help(click.Context(command, info_name=name))
    assert f"mockserver {name}" in README
    assert "Examples:" in text


def test_readme_names_each_flag_of_serve() -> None:
    flags = {
        option
        for parameter in cli.get_command(None, "serve").params
        for option in parameter.opts
        if option.startswith("--")
    }
    row = next(line for line in README.splitlines() if line.startswith("| `mockserver serve"))
    hidden_by_their_opposite = {"--root", "--cors", "--log", "--reload", "--validate", "--auth"}
    assert {flag for flag in flags - hidden_by_their_opposite if f"`{flag}`" not in row} == set()


@pytest.mark.parametrize("source", [item for item in ResponseSource if item is not ResponseSource.CONTROL])
def test_readme_names_each_source_of_answers(source: ResponseSource) -> None:
    assert f"`{source}`" in README


@pytest.mark.parametrize("action", list(Action))
def test_plan_page_describes_each_action(action: Action) -> None:
    assert f"| `{action}` |" in PLAN


@pytest.mark.parametrize("rule", list(FieldRules.__dataclass_fields__))
def test_plan_page_describes_each_field_rule(rule: str) -> None:
    assert re.search(rf"^\| `{rule}: ", PLAN, re.MULTILINE)


def test_first_example_of_the_plan_page_is_yaml_of_the_format() -> None:
    text = re.search(r"```yaml\n(.*?)```", PLAN, re.DOTALL)
    assert text is not None
    assert yaml.safe_load(textwrap.dedent(text[1]))["plan"] == "1"


def test_page_about_answers_describes_each_preference_and_source() -> None:
    for name in preferences.NAMES:
        assert re.search(rf"^\| `{name}=\S+` \| `__{name}` \|", ANSWERS, re.MULTILINE), name
    for source in preferences.SOURCES:
        assert f"| `{source}` |" in ANSWERS


def test_curl_of_the_page_about_answers_is_answered_as_it_says(tmp_path: Path) -> None:
    """One server for all blocks: nothing on the page changes anything."""
    found = list(blocks(ANSWERS))
    for block in found:
        if block.file:
            (tmp_path / block.file).write_text(block.text)
    served = [block for block in found if block.server]
    assert len(served) >= 5
    with running_server("shop.yaml", "--stateless", cwd=str(tmp_path)) as origin:
        for block in served:
            status = re.search(r"expect: (\d+)", block.note)
            expected = (status[1],) if status else ("200", "201")
            for command in block.text.strip().splitlines():
                done = subprocess.run(
                    command.replace(ORIGIN, origin) + " -D - -w '\\n%{http_code}'",
                    shell=True, capture_output=True, text=True, check=False, timeout=20,
                )  # fmt: skip
                assert done.stdout.splitlines()[-1] in expected, command
                assert "mock-violations" not in done.stdout, command


def test_three_ways_of_the_plan_page_say_the_same(tmp_path: Path) -> None:
    """A plan file, x-mock in the document, and an overlay that puts it there."""
    found = list(blocks(PLAN))
    files = {block.file: block.text for block in found if block.file}
    x_mock = yaml.safe_load(next(block.text for block in found if "part: x-mock" in block.note))
    root = yaml.safe_load(next(block.text for block in blocks() if block.file == "pets.yaml"))
    root["paths"]["/ping"] = {"get": {"operationId": "ping", "responses": {"200": {"description": "fine"}}}}
    for name, text in files.items():
        (tmp_path / str(name)).write_text(text)
    (tmp_path / "api.yaml").write_text(yaml.safe_dump(root))
    (tmp_path / "plain.yaml").write_text(yaml.safe_dump(root))
    for path in (("/pets", "get"), ("/ping", "get")):
        root["paths"][path[0]][path[1]].update(x_mock["paths"][path[0]][path[1]])
    root["components"]["schemas"]["Pet"].update(x_mock["components"]["schemas"]["Pet"])
    (tmp_path / "within.yaml").write_text(yaml.safe_dump(root))

    overlay = str(tmp_path / "mine.overlay.yaml")
    plans = [
        plan_file.make(builder.load(tmp_path / "api.yaml")),
        plan_file.make(builder.load(tmp_path / "within.yaml")),
        plan_file.make(builder.load(tmp_path / "plain.yaml", overlays=[overlay])),
    ]

    resources = [made.raw["resources"] for made in plans]
    operations = [made.raw["operations"] for made in plans]
    assert operations[0] == operations[1] == operations[2]
    assert resources[0] == resources[1] == resources[2]
    assert resources[0]["pets"]["unique"] == [["name"]]
    assert operations[0]["listPets"]["page"]["default-limit"] == 20
    assert all(made.plan.faults == () and "ping" not in made.plan.operations for made in plans)


HANDLERS = (ROOT / "docs" / "handlers.md").read_text()


def test_project_of_the_page_about_handlers_works_as_it_says(tmp_path: Path) -> None:
    found = list(blocks(HANDLERS))
    for block in found:
        if block.file:
            (tmp_path / block.file).write_text(block.text)
    (served,) = [block for block in found if block.server]
    with running_server("shop.yaml", cwd=str(tmp_path)) as origin:
        answers = [
            subprocess.run(
                command.replace(ORIGIN, origin) + " -i",
                shell=True,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for command in served.text.strip().splitlines()
        ]
    assert answers[0].startswith("HTTP/1.1 201")
    assert "x-shop: open" in answers[0]
    assert '"id":4' in answers[0]
    assert answers[1].endswith('{"amount":27.0}')
    assert "x-same-kind: " in answers[1]
    assert "Rex" in answers[2]
    assert not any("mock-violations" in answer for answer in answers)


@pytest.mark.parametrize("name", [name for name in vars(handed.Mock) if not name.startswith("_")])
def test_page_about_handlers_describes_what_the_mock_offers(name: str) -> None:
    assert f"`mock.{name}" in HANDLERS or name == "scope"


@pytest.mark.parametrize("name", [name for name in vars(handed.Records) if not name.startswith("_")])
def test_page_about_handlers_describes_what_the_store_offers(name: str) -> None:
    assert f"`store.pets.{name}(" in HANDLERS


# Documents with faults.

DOCUMENTS = (ROOT / "docs" / "documents.md").read_text()


def test_faults_of_the_documents_page_are_found_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = re.search(r"<!-- file: sloppy.yaml -->\n```yaml\n(.*?)```", DOCUMENTS, re.DOTALL)
    table = re.search(r"<!-- check: sloppy.yaml -->\n(.*?)\n\n", DOCUMENTS, re.DOTALL)
    assert text is not None
    assert table is not None
    (tmp_path / "sloppy.yaml").write_text(text[1])
    monkeypatch.chdir(tmp_path)
    model = builder.load(Path("sloppy.yaml"))

    rows = [tuple(cell.strip() for cell in row.strip("|").split(" | ")) for row in table[1].splitlines()[2:]]
    assert sorted(rows) == sorted((fault.message, fault.effect) for fault in model.faults)
    (operation,) = model.operations.values()
    media = operation.responses["200"].content["application/json"]
    judge = model.response_schemas.validator(media.schema or "")
    assert [judge.is_valid({"name": name}) for name in ("Rex", "1")] == [True, False]


def test_plan_of_the_page_about_inference_is_the_one_that_is_inferred() -> None:
    written, expected = (yaml.safe_load(block.text) for block in blocks(INFERENCE))

    inferred = infer(builder.build(written, Path("orders.yaml")))

    for kind, entries in expected.items():
        for name, entry in entries.items():
            there = {key: inferred.raw[kind][name].get(key) for key in entry}
            assert there == entry, name
    assert "colour" in inferred.notes["listOrders"]
