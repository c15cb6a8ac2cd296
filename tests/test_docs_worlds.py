"""The page about worlds is true: one server answers all its blocks, one after the other."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from .conftest import running_server
from .test_docs import BLOCKS, ORIGIN, ROOT, blocks

WORLDS = (ROOT / "docs" / "worlds.md").read_text()


def test_curl_of_the_page_about_worlds_is_answered_as_it_says(tmp_path: Path) -> None:
    for block in BLOCKS:
        if block.file and block.file != "mockserver.yaml":
            (tmp_path / block.file).write_text(block.text)
    found = list(blocks(WORLDS))
    served = [block for block in found if block.server]
    assert [block.text for block in found if block not in served] == []
    with running_server("pets.yaml", cwd=str(tmp_path)) as origin:
        for block in served:
            if "shell" in block.note:
                assert run_in_shell(block.text.replace(ORIGIN, origin), origin, tmp_path) == 0
                continue
            expected = re.search(r"expect: ([\d ]+)", block.note)
            assert expected is not None
            commands = block.text.strip().splitlines()
            for command, status in zip(commands, expected[1].split(), strict=True):
                done = subprocess.run(
                    command.replace(ORIGIN, origin) + " -D - -w '\\n%{http_code}'",
                    shell=True, capture_output=True, text=True, check=False, timeout=20,
                )  # fmt: skip
                assert done.stdout.splitlines()[-1] == status, done.stdout
                assert "mock-violations" not in done.stdout, command


def run_in_shell(text: str, origin: str, folder: Path) -> int:
    """Run a block as somebody would who pastes it, and return the exit code of the first command that fails, or 0."""
    command = f"{shlex.quote(sys.executable)} -m mockserver"
    text = re.sub(r"\bmockserver state (\w+)", rf"{command} state \1 --url {origin}", text)
    done = subprocess.run(
        ["sh", "-ec", text], capture_output=True, text=True, check=False, timeout=60, cwd=folder
    )
    assert "Traceback" not in done.stderr
    return done.returncode
