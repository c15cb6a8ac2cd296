"""The page about the plugin is true: its tests pass or fail as it says, with these words; its tables are complete."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Final

import pytest

from mockserver.pytest_plugin import MockServer, Records, options
from mockserver.pytest_plugin.called import Calls
from mockserver.settings import Settings

from ..test_docs import BLOCKS as README
from ..test_docs import Block, blocks
from .conftest import ROOT, Run

pytest_plugins = "pytester"

PAGE: Final = (ROOT / "docs" / "pytest.md").read_text()
BLOCKS: Final = list(blocks(PAGE))
PASSING: Final = [block for block in BLOCKS if block.file]
FAILING: Final = [block for block in BLOCKS if "fails:" in block.note]
SAID: Final = {block.note.split()[1]: block.text for block in BLOCKS if "output:" in block.note}


def test_every_block_of_the_page_is_executed() -> None:
    markers = [block for block in BLOCKS if "with: pytest" in block.note]

    assert len(PASSING) + len(FAILING) + len(SAID) + len(markers) == len(BLOCKS)
    assert {block.note.split()[1] for block in FAILING} == set(SAID)


@pytest.mark.parametrize("block", PASSING, ids=lambda block: block.file)
def test_block_of_the_page_passes(run: Run, block: Block) -> None:
    ini = "mockserver_doc = petshop.yaml" if "ini: mockserver_doc" in block.note else ""
    result = run(f"\n{block.text}", ini=ini)

    assert set(result.parseoutcomes()) == {"passed"}


@pytest.mark.parametrize("block", FAILING, ids=lambda block: block.note)
def test_block_of_the_page_fails_and_says_so(run: Run, block: Block) -> None:
    result = run(f"import pytest\npytestmark = pytest.mark.mockserver(auth=False)\n{block.text}")

    result.assert_outcomes(failed=1)
    # What pytest puts before the lines of an error is no part of them.
    text = re.sub(r"^E       (AssertionError: )?", "", result.stdout.str(), flags=re.MULTILINE)
    assert SAID[block.note.split()[1]].strip() in re.sub(r"^E\s*$", "", text, flags=re.MULTILINE)


def test_block_of_the_readme_passes(run: Run, pytester: pytest.Pytester) -> None:
    for block in README:
        if block.file and block.file.startswith("pets"):
            (pytester.path / block.file).write_text(block.text)
    (block,) = [block for block in README if "pytest:" in block.note]

    run(block.text, ini="").assert_outcomes(passed=1)


def test_marker_of_the_page_is_taken(run: Run) -> None:
    (block,) = [block for block in BLOCKS if "with: pytest" in block.note]
    run(
        f"import pytest\n{block.text}def test_it(mock_server):\n    assert mock_server.clock.now.year == 2026\n",
        ini="",
    ).assert_outcomes(passed=1)


@pytest.mark.parametrize("kind", [MockServer, Calls, Records])
def test_page_names_what_there_is(kind: type) -> None:
    for name in vars(kind):
        # `count` is the length of a sequence, and these are for the plugin itself.
        if not name.startswith("_") and name not in (
            "options",
            "is_started",
            "verdict",
            "story",
            "close",
            "count",
        ):
            assert re.search(rf"\b{name}\b", PAGE), name


def test_page_names_each_option(run: Run) -> None:
    for name in options.OWN:
        assert f"`{name}" in PAGE, name
    listed = set(re.findall(r"`(\w+)`", PAGE))
    assert {"seed", "clock", "locale", "plan", "overlay", "fixtures", "handlers"} <= listed & {
        item.name for item in fields(Settings)
    }
    text = run("", "--help").stdout.str()
    flags = set(re.findall(r"--mockserver-[\w-]+", text))
    assert flags
    assert [flag for flag in flags if flag not in PAGE] == []
    settings = set(re.findall(r"^  (mockserver_\w+) \(", text, re.MULTILINE))
    assert settings
    assert [name for name in settings if name not in PAGE] == []
