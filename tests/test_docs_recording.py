"""The page about recording is true: its commands run, its tables are complete."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.cli import cli
from mockserver.contract.recording import keeping, responses
from mockserver.mocking import canned

from .conftest import running_server
from .test_docs import ORIGIN, ROOT, Block, blocks

PAGE = (ROOT / "docs" / "recording.md").read_text()
BLOCKS = list(blocks(PAGE))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the page; commands that run there run this code."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for block in BLOCKS:
        if block.file:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
    return tmp_path


SERVED = [block for block in BLOCKS if block.server]
RUN = [block for block in BLOCKS if block.note == "run"]


@pytest.mark.parametrize("block", SERVED, ids=lambda block: f"block {block.number}")
def test_requests_of_the_page_are_answered_as_it_says(block: Block, folder: Path) -> None:
    if "--fixtures" in block.note:
        run(RUN[0], folder)
    expected = re.search(r"expect: ([\d ]+)", block.note)
    assert expected is not None
    statuses = []
    with running_server(*(block.server or ()), cwd=str(folder)) as origin:
        for command in block.text.strip().splitlines():
            done = subprocess.run(
                command.replace(ORIGIN, origin) + " -o /dev/null -w '%{http_code}'",
                shell=True, capture_output=True, text=True, check=True, timeout=20,
            )  # fmt: skip
            statuses.append(done.stdout)
    assert statuses == expected[1].split()


def run(block: Block, folder: Path) -> None:
    """Run the commands of a block; each of them ends well."""
    for command in block.text.strip().splitlines():
        program, *arguments = shlex.split(command)
        assert program == "mockserver"
        done = subprocess.run(
            [sys.executable, "-m", "mockserver", *arguments],
            capture_output=True, text=True, check=False, timeout=60, cwd=folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_import_of_the_page_writes_what_it_shows(folder: Path) -> None:
    run(RUN[0], folder)
    results = [
        (block.note.removeprefix("result: "), block.text) for block in BLOCKS if "result: " in block.note
    ]

    assert len(results) == 2
    assert [(name, (folder / name).read_text()) for name, _ in results] == results


def test_page_and_help_describe_each_option() -> None:
    options = {
        option
        for item in cli.get_command(None, "import").params
        for option in item.opts
        if option.startswith("--")
    }
    shared = {"--ci", "--write-baseline", "--config", "--plan", "--overlay", "--into"}
    assert {option for option in options - shared if option not in PAGE} == set()


def test_page_names_each_header_that_is_kept() -> None:
    assert [name for name in keeping.HEADERS if f"`{name}`" not in PAGE.lower()] == []
    assert all(str(status) in PAGE for status in responses.REPLAYED)


def test_page_describes_each_key_of_a_response() -> None:
    assert [key for key in canned.KEYS if f"| `{key}` |" not in PAGE] == []
