"""The page about parity is true: its commands run and end as it says, and it has all checks and options."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mockserver.cli import cli
from mockserver.contract.parity.checks import CHECKS
from mockserver.contract.parity.steps import Writes

from .contract.parity.real import Notes, serving
from .contract.parity.recording import work
from .test_docs import Block, blocks

PAGE = (Path(__file__).parents[1] / "docs" / "parity.md").read_text()
BLOCKS = list(blocks(PAGE))
API = Path(__file__).parent / "contract" / "parity" / "api.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with the files of the page, and the real server."""
    path = tmp_path_factory.mktemp("parity")
    (path / "notes.yaml").write_text(API.read_text())
    (path / "notes.plan.yaml").write_text(API.with_suffix(".plan.yaml").read_text())
    with serving(Notes("status-200")) as url:
        work(url, path / "recorded.har")
        yield path, url


def test_commands_of_the_page_end_as_it_says(
    folder: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, url = folder
    monkeypatch.chdir(path)
    for block in BLOCKS:
        program, *arguments = shlex.split(block.text.strip().replace("REAL", url))
        done = CliRunner().invoke(cli, arguments)

        assert program == "mockserver"
        assert str(done.exit_code) == _said(block, r"exits (\d)"), done.output
        if "plan:" in block.note:
            expected = json.loads(_said(block, r"plan: (.*)"))
            assert yaml.safe_load((path / "tighter.yaml").read_text()) == expected


def _said(block: Block, pattern: str) -> str:
    found = re.search(pattern, block.note)
    assert found is not None, f"the block does not say how it ends: {block.text}"
    return found[1]


def test_page_has_a_row_for_each_check_with_its_level() -> None:
    rows = dict(re.findall(r"^\| `(parity-[a-z-]+)` \| (\w+) \|", PAGE, re.MULTILINE))

    assert rows == {name: check.level.value for name, check in CHECKS.items()}


def test_page_has_a_row_for_each_way_to_write() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ", PAGE.partition("| `--write` |")[2].partition("\n\n")[0], re.MULTILINE
    )

    assert rows == [item.name.lower() for item in Writes]
