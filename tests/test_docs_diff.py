"""The page about `diff` is true: its example is what comes, its flags are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver.cli import cli

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "diff.md").read_text()


def write_files(folder: Path) -> None:
    for name, text in re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL):
        (folder / name).write_text(text)


def test_runs_of_the_page_end_and_print_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    runs = re.findall(r"<!-- run: mockserver (.*?); exit: (\d) -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert runs
    for command, code, expected in runs:
        done = CliRunner().invoke(cli, command.split())
        assert done.output == expected
        assert done.exit_code == int(code)


def test_page_names_each_flag() -> None:
    own = {"--all", "--baseline", "--deprecation-days", "--exclude", "--fail-on", "--format", "--include"}
    flags = {
        option
        for parameter in cli.get_command(None, "diff").params
        for option in parameter.opts
        if option.startswith("--")
    }
    assert own <= flags
    assert {flag for flag in flags - {"--ci"} if flag not in PAGE} == set()
