"""The pages about reports and CI are true: their commands run, their tables are complete."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.contract import baseline
from mockserver.contract.events import Verdict
from mockserver.contract.findings import Level
from mockserver.contract.reports import asjson
from mockserver.contract.reports.formats import FORMATS
from mockserver.contract.reports.terminal import Terminal

from .commands import COMMANDS
from .conftest import running_server
from .contract.reports.samples import results
from .test_docs import BLOCKS, ORIGIN, ROOT, blocks

REPORTS = (ROOT / "docs" / "reports.md").read_text()
CI = (ROOT / "docs" / "ci.md").read_text()
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each call of mockserver in a text, from its command on."""
    for line in re.findall(r"(?:^|[\s'\"`(])mockserver ((?:serve|[a-z]+) [^\n'#|]*)", text, re.MULTILINE):
        words = shlex.split(line.partition(" > ")[0].partition("`")[0])
        if words[0] in COMMANDS:
            yield words


def checked(words: list[str]) -> None:
    """Each flag of a call is there."""
    command = COMMANDS[words[0]]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    for word in words[1:]:
        if word.startswith("--"):
            assert word.partition("=")[0] in known, " ".join(words)


@pytest.mark.parametrize("page", [REPORTS, CI], ids=["reports", "ci"])
def test_page_uses_only_flags_that_are_there(page: str) -> None:
    found = [words for block in blocks(page) for words in commands(block.text)]
    assert len(found) >= 2
    for words in found:
        checked(words)


def test_each_format_has_its_row() -> None:
    for name, layout in FORMATS.items():
        row = re.search(rf"^\| `{name}` \| (.*?) \|", REPORTS, re.MULTILINE)
        assert row is not None, name
        assert row[1].replace("`", "").split(", ") == list(layout.suffixes) or not layout.suffixes


def test_finding_of_the_page_is_what_a_terminal_shows() -> None:
    stream = io.StringIO()
    Terminal(stream).finish(results())
    (sample,) = [block.text for block in blocks(REPORTS) if "sample: terminal" in block.note]
    assert sample in stream.getvalue()


def names(value: Any) -> set[str]:
    """Return the names of all members of a JSON value, but not those that are data."""
    if isinstance(value, list):
        return {name for item in value for name in names(item)}
    if not isinstance(value, dict):
        return set()
    return set(value) | {name for key, item in value.items() if key != "counts" for name in names(item)}


def test_each_member_of_the_json_report_is_described() -> None:
    table = REPORTS[REPORTS.index("## JSON") :]
    described = {part for code in re.findall(r"`([^`]+)`", table) for part in re.findall(r"\w+", code)}
    assert names(json.loads(asjson.write(results()))) <= described
    assert {verdict.name.lower() for verdict in Verdict} <= described


def test_each_level_and_exit_code_is_described() -> None:
    assert all(f"`{level}`" in REPORTS for level in Level)
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", CI, re.MULTILINE)] == sorted(map(int, Verdict))


def test_baseline_of_the_page_has_the_format(tmp_path: Path) -> None:
    (block,) = [block for block in blocks(CI) if block.file]
    (tmp_path / "known.yaml").write_text(block.text)
    (entry,) = baseline.read(tmp_path / "known.yaml").entries.values()
    assert entry.reason == "the old server leaves names out; ticket 7"


def test_workflows_of_the_page_hand_the_action_what_it_takes() -> None:
    workflows = [
        yaml.safe_load(block.text)
        for block in blocks(CI)
        if block.language == "yaml" and "jobs:" in block.text
    ]
    steps = [step for flow in workflows for job in flow["jobs"].values() for step in job["steps"]]
    ours = [step["with"] for step in steps if step.get("uses", "").endswith("/mockserver@main")]
    assert len(ours) == 4
    for given in ours:
        assert set(given) <= set(ACTION["inputs"])
        if given["command"] != "stop":
            checked([given["command"], *shlex.split(given.get("args", ""))])


def test_each_input_and_output_of_the_action_is_described() -> None:
    assert set(re.findall(r"^\| `([\w-]+)` \|", CI, re.MULTILINE)) == set(ACTION["inputs"])
    outputs = re.search(r"^Outputs: (.*)\.$", CI, re.MULTILINE)
    assert outputs is not None
    assert set(re.findall(r"`([\w-]+)`", outputs[1])) == set(ACTION["outputs"])


@pytest.mark.slow
@pytest.mark.parametrize("page", [REPORTS, CI], ids=["reports", "ci"])
def test_commands_of_the_page_do_what_it_says(page: str, tmp_path: Path) -> None:
    (tmp_path / "pets.yaml").write_text(next(block.text for block in BLOCKS if block.file == "pets.yaml"))
    (block,) = [block for block in blocks(page) if block.note == "with: pets"]
    with running_server("pets.yaml", cwd=str(tmp_path)) as origin:
        for line in block.text.replace(ORIGIN, origin).strip().splitlines():
            command = line.replace("mockserver", f"{sys.executable} -m mockserver", 1)
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
                env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
    written = {path.name for path in tmp_path.iterdir()} - {"pets.yaml"}
    assert set(re.findall(r"[\w.]+\.(?:html|xml|sarif|json|yaml)", block.text)) - {"pets.yaml"} <= written


def test_every_command_that_writes_reports_is_named() -> None:
    named = {name for name in COMMANDS if f"`{name}`" in REPORTS.partition("\n\n|")[0]}
    with_reports = {
        name
        for name, command in COMMANDS.items()
        if any("--report" in parameter.opts for parameter in command.params)
    }
    assert with_reports <= named
