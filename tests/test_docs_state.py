"""The page about state is true: what it says to run is answered so, and it has all settings."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mockserver.settings import KEYS, Settings

from .conftest import running_server
from .mocking.stores.redis_server import redis_server
from .test_docs import BLOCKS, ORIGIN, Block, blocks

PAGE = (Path(__file__).parents[1] / "docs" / "state.md").read_text()
CURLS = [block for block in blocks(PAGE) if block.server]
SERVES = [block for block in blocks(PAGE) if not block.server]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the document of the README."""
    for block in BLOCKS:
        if block.file and block.file.startswith("pets"):
            (tmp_path / block.file).write_text(block.text)
    return tmp_path


@pytest.mark.parametrize("block", CURLS, ids=lambda block: f"block {block.number}")
def test_curl_of_the_page_is_answered_as_it_says(block: Block, folder: Path) -> None:
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


@pytest.mark.parametrize("block", SERVES, ids=lambda block: f"block {block.number}")
def test_command_of_the_page_starts(block: Block, folder: Path) -> None:
    (command,) = block.text.strip().splitlines()
    program, serve, *arguments = command.split()
    assert (program, serve) == ("mockserver", "serve")
    with redis_server() as url:
        arguments = [url if item.startswith("redis://") else item for item in arguments]
        with running_server(*arguments, cwd=str(folder)) as origin:
            assert origin.startswith("http://")


@pytest.mark.parametrize("key", ["state", "workers", "state-prefix", "record-limit"])
def test_page_names_each_setting_with_its_default(key: str) -> None:
    default = getattr(Settings(), KEYS[key])
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{key}`, `--{key}`"))

    assert row.split("|")[2].strip().strip("`") == str(default)
