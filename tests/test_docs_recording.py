"""The page about recording is true: its commands run, its tables are complete."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mockserver.mocking import canned

from .conftest import running_server
from .test_docs import ORIGIN, ROOT, blocks

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


def test_requests_of_the_page_are_answered_as_it_says(folder: Path) -> None:
    (block,) = [block for block in BLOCKS if block.server]
    expected = re.search(r"expect: ([\d ]+)", block.note)
    assert expected is not None
    commands = block.text.strip().splitlines()
    with running_server(*(block.server or ()), cwd=str(folder)) as origin:
        answers = [
            subprocess.run(
                command.replace(ORIGIN, origin) + " -w '|%{http_code}'",
                shell=True, capture_output=True, text=True, check=True, timeout=20,
            ).stdout
            for command in commands
        ]  # fmt: skip
    assert [answer.rpartition("|")[2] for answer in answers] == expected[1].split()
    assert [answer.rpartition("|")[0] for answer in answers[:3]] == ['{"total":12}', "total\n13\n", ""]


def test_page_describes_each_key_of_a_response() -> None:
    assert [key for key in canned.KEYS if f"| `{key}` |" not in PAGE] == []
