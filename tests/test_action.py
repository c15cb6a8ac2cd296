"""The GitHub action, as far as a machine without GitHub can run it: its script, with the environment of a runner."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .commands import COMMANDS

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
SCRIPT = ROOT / ".ci" / "action"
DOCUMENT = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets: {get: {operationId: listPets, responses: {"200": {description: all}}}}
"""


class Runner:
    """Runs steps of a job."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temp = folder / "temp"
        self.temp.mkdir()
        (folder / "api.yaml").write_text(DOCUMENT)
        self.install(f'exec "{sys.executable}" -m mockserver "$@"')

    def install(self, script: str) -> None:
        """Let the action run a shell script in place of mockserver."""
        binary = self.folder / "mockserver"
        binary.write_text(f"#!/bin/sh\n{script}\n")
        binary.chmod(0o755)

    def step(self, command: str, args: str = "", **inputs: str) -> tuple[int, str, dict[str, str]]:
        """Return exit code, log and outputs of a step."""
        output = self.folder / "output"
        output.write_text("")
        given = {name: str(item.get("default", "")) for name, item in ACTION["inputs"].items()}
        given |= {"command": command, "args": args, **inputs}
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            "RUNNER_TEMP": str(self.temp),
            "MOCKSERVER_BIN": str(self.folder / "mockserver"),
        }
        (step,) = [step for step in ACTION["runs"]["steps"] if step.get("id") == "run"]
        for name, expression in step["env"].items():
            used = re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", expression)
            assert used
            environment[name] = given[used[1]]
        done = subprocess.run(
            ["bash", SCRIPT],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return done.returncode, done.stdout + done.stderr, outputs


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """A runner whose servers are gone afterwards."""
    runner = Runner(tmp_path)
    yield runner
    for file in runner.temp.rglob("*.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)


def test_inputs_never_become_part_of_a_script() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert step.get("shell") == "bash" or "uses" in step
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])


def test_outputs_are_those_of_the_script() -> None:
    script = SCRIPT.read_text()
    for output in ACTION["outputs"].values():
        (name,) = re.findall(r"steps\.run\.outputs\.([\w-]+)", output["value"])
        assert f"output {name} " in script
    subprocess.run(["bash", "-n", SCRIPT], check=True)
    assert os.access(SCRIPT, os.X_OK)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, item in COMMANDS.items()
        if any("--report" in parameter.opts for parameter in item.params)
    ],
)
def test_script_asks_a_command_for_reports_that_it_writes(name: str) -> None:
    (formats,) = re.findall(rf"^  .*\b{name}\b.*\) formats=\((.*)\) ;;$", SCRIPT.read_text(), re.MULTILINE)
    (report,) = [parameter for parameter in COMMANDS[name].params if "--report" in parameter.opts]
    written = set(re.findall(r"\w+", str(report.help)))  # type: ignore[attr-defined]
    assert set(formats.split()) <= written


@pytest.mark.parametrize(
    ("code", "fail", "expected"),
    [(0, "true", 0), (1, "true", 1), (1, "false", 0), (2, "false", 2), (130, "false", 130)],
)
def test_step_ends_as_its_command_does(runner: Runner, code: int, fail: str, expected: int) -> None:
    runner.install(f"exit {code}")
    assert runner.step("check", fail=fail)[::2] == (expected, {"exit-code": str(code)})


def test_arguments_are_words_and_nothing_more(runner: Runner) -> None:
    runner.install("printf '<%s>\\n' \"$@\"")
    code, log, _ = runner.step("check", "'my api.yaml'\n$(touch evil) `touch evil` ; \"$HOME\"\n--flag=a\\ b")
    assert code == 0
    assert log.splitlines() == [
        "<check>", "<my api.yaml>", "<$(touch>", "<evil)>", "<`touch>", "<evil`>", "<;>", "<$HOME>", "<--flag=a b>",
    ]  # fmt: skip
    assert not (runner.folder / "evil").exists()


def test_arguments_that_cannot_be_taken_apart_are_refused(runner: Runner) -> None:
    runner.install("echo ran")
    code, log, outputs = runner.step("check", "api.yaml 'open", fail="false")
    assert (code, outputs) == (2, {"exit-code": "2"})
    assert "cannot be taken apart: No closing quotation" in log
    assert "ran" not in log.split()


def test_commands_with_reports_get_a_file_for_each(runner: Runner) -> None:
    runner.install("echo $@")
    _, log, outputs = runner.step("verify", "api.yaml", reports="out")
    assert outputs["reports"] == "out"
    for name in (
        "html=out/verify.html",
        "junit=out/verify.xml",
        "sarif=out/verify.sarif",
        "json=out/verify.json",
    ):
        assert f"--report {name}" in log
    assert "--report" not in runner.step("verify", "api.yaml", reports="")[1]
    assert "--report" not in runner.step("check", "api.yaml")[1]


@pytest.mark.slow
def test_server_goes_on_until_it_is_stopped(runner: Runner) -> None:
    code, log, outputs = runner.step("serve", "api.yaml --port 0")
    assert (code, outputs["exit-code"]) == (0, "0"), log
    with urllib.request.urlopen(f"{outputs['url']}/pets") as answer:
        assert answer.status == 200
    code, log, outputs = runner.step("stop")
    assert (code, outputs) == (0, {"exit-code": "0"})
    assert "GET /pets" in log


def test_server_that_cannot_start_fails_the_step(runner: Runner) -> None:
    runner.install("echo cannot read none.yaml; exit 2")
    code, log, _ = runner.step("serve", "none.yaml")
    assert code == 2
    assert "none.yaml" in log


@pytest.mark.slow
def test_reports_land_in_their_folder_and_a_proxy_fails_when_it_is_stopped(runner: Runner) -> None:
    _, _, upstream = runner.step("serve", "api.yaml --port 0")
    (runner.temp / "mockserver" / "serve.pid").rename(runner.temp / "mockserver" / "upstream.pid")
    (runner.folder / "other.yaml").write_text(DOCUMENT.replace('"200"', '"201"'))
    code, log, proxy = runner.step("proxy", f"other.yaml {upstream['url']} --port 0")
    assert code == 0, log
    urllib.request.urlopen(f"{proxy['url']}/pets").close()
    (runner.temp / "mockserver" / "upstream.pid").rename(runner.temp / "serve.pid")
    code, log, _ = runner.step("stop")
    assert code == 1
    assert "failed: 1 error" in log
    assert {path.name for path in (runner.folder / "mockserver-reports").iterdir()} == {
        "proxy.html", "proxy.xml", "proxy.sarif", "proxy.json",
    }  # fmt: skip
