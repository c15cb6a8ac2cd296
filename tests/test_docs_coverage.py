"""The page about coverage is true: its commands are run one after the other, and print what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver.cli import cli
from mockserver.mocking.coverage import Dimension
from mockserver.mocking.coverage.asking import MOST, NEAR_LEVELS
from mockserver.mocking.coverage.nodes import MAX_VALUES
from mockserver.mocking.transcript import LINE_BODY_LIMIT

from .conftest import running_server
from .test_docs import ORIGIN, Block, blocks

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "coverage.md").read_text()
BLOCKS = list(blocks(PAGE))


def of(kind: str) -> list[Block]:
    return [block for block in BLOCKS if block.note.split(";")[0].startswith(kind)]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder in which the tests of the page have run, and the origin of the server that still does."""
    folder = tmp_path_factory.mktemp("coverage")
    (document,) = of("file:")
    (folder / "shop.yaml").write_text(document.text)
    (serve,) = of("serve")
    (tests,) = of("tests")
    arguments = serve.text.split()[2:]
    with running_server(*arguments, "--no-reload", cwd=str(folder)) as origin:
        for command in tests.text.strip().splitlines():
            subprocess.run(
                command.replace(ORIGIN, origin) + f" -o {os.devnull}",
                shell=True,
                check=True,
                timeout=20,
                cwd=folder,
            )
        yield folder, origin


def run(command: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Result:
    program, *arguments = command.split()
    assert program == "mockserver"
    monkeypatch.chdir(folder)
    return CliRunner().invoke(cli, arguments)


def test_every_block_of_the_page_is_executed() -> None:
    assert {block.note.split(":")[0].split(";")[0] for block in BLOCKS} == {
        "file", "serve", "tests", "run", "output", "running",
    }  # fmt: skip


def test_commands_of_the_page_do_what_it_says(ran: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, origin = ran
    first, *others = of("run")
    (output,) = of("output")
    printed = run(first.text.strip(), monkeypatch, folder)
    assert (printed.exit_code, printed.output) == (0, output.text)
    for block in others:
        expected = re.search(r"expect: (\d)", block.note)
        assert expected is not None
        done = run(block.text.strip().replace(ORIGIN, origin), monkeypatch, folder)
        assert done.exit_code == int(expected[1]), done.output
    assert (folder / "coverage.html").read_text("utf-8").startswith("<!doctype html>")
    assert json.loads((folder / "coverage.json").read_text("utf-8"))["never_called"] == []


def test_page_names_each_dimension_and_the_limits() -> None:
    for dimension in Dimension:
        assert f"`{dimension.value}`" in PAGE
    assert f"more than {MAX_VALUES} values" in PAGE
    assert f"{MOST:,} items" in PAGE
    assert "three levels" in PAGE
    assert NEAR_LEVELS == 3
    assert LINE_BODY_LIMIT == 1024 * 1024
