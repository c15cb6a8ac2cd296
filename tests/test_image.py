"""The image, as far as a machine without a Docker daemon can build it."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .commands import COMMANDS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "Dockerfile").read_text()
KEYWORDS = {
    "FROM", "WORKDIR", "COPY", "RUN", "LABEL", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD",
}  # fmt: skip


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile, with lines that go on joined and comments left out."""
    lines = [line for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines()]


def of(keyword: str) -> list[str]:
    return [rest for name, rest in instructions() if name == keyword]


def copied() -> list[str]:
    """Return what is copied out of this folder."""
    return [source for rest in of("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]]


def test_instructions_are_those_of_a_dockerfile() -> None:
    assert {name for name, _ in instructions()} <= KEYWORDS
    assert instructions()[0][0] == "FROM"
    assert all(":" in rest.split()[0] for rest in of("FROM"))
    assert all(rest.startswith("--from=build ") for rest in of("COPY") if rest.startswith("--"))


def test_what_is_copied_is_there_and_not_ignored() -> None:
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert f"!{Path(source).as_posix()}" in rules
        assert not any(
            fnmatch.fnmatch(source, rule.removeprefix("**/")) for rule in rules[1:] if rule[0] != "!"
        )
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {
        Path(source).as_posix() for source in copied()
    }


def test_command_of_the_image_is_one_of_ours() -> None:
    assert [json.loads(rest) for rest in of("ENTRYPOINT")] == [["mockserver"]]
    (words,) = [json.loads(rest) for rest in of("CMD")]
    comments = re.findall(r"^# docker run .*? mockserver (.*)$", TEXT, re.MULTILINE)
    assert comments
    for call in (words, *map(shlex.split, comments)):
        flags = {name for parameter in COMMANDS[call[0]].params for name in parameter.opts}
        assert {word for word in call if word.startswith("--")} <= flags


def test_image_runs_without_rights_and_tells_its_health() -> None:
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert of("USER") == ["mockserver"]
    (check,) = of("HEALTHCHECK")
    probe = json.loads(check[check.index("CMD ") + 4 :])
    compile(probe[2], "healthcheck", "exec")
    (port,) = of("EXPOSE")
    settings = {parameter.name: parameter for parameter in COMMANDS["serve"].params}
    assert f":{port}/" in probe[2]
    assert port in str(settings["port"].help)  # type: ignore[attr-defined]


def test_python_of_the_image_is_one_that_we_support() -> None:
    for rest in of("FROM"):
        match = re.fullmatch(r"python:3\.(\d+)-slim(?: AS \w+)?", rest)
        assert match
        assert int(match[1]) >= 11


@pytest.mark.slow
def test_what_is_copied_is_enough_to_build_and_run(tmp_path: Path) -> None:
    context, target = tmp_path / "context", tmp_path / "installed"
    context.mkdir()
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, context / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, context / source)
    install = [
        sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
        "--target", str(target), str(context),
    ]  # fmt: skip
    subprocess.run(install, check=True, timeout=120)
    code = "import mockserver, sys; print(mockserver.__file__); from mockserver.cli import main; "
    code += "sys.argv = ['mockserver', 'check', 'api.yaml']; main()"
    (tmp_path / "api.yaml").write_text("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
    )  # fmt: skip
    assert done.stdout.startswith(str(target)), done.stderr
    assert "0 operations" in done.stdout
    assert (target / "mockserver" / "contract" / "reports" / "page.css").is_file()
