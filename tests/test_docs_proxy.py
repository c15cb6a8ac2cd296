"""The page about the proxy is true: its server, its commands and its answers are real, its tables complete."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import click
import pytest
import yaml

from mockserver.cli.proxy import proxy
from mockserver.settings import ProxySettings, from_config

from .test_docs import ORIGIN, ROOT, Block, blocks

PAGE = (ROOT / "docs" / "proxy.md").read_text()
BLOCKS = list(blocks(PAGE))
UPSTREAM = "http://127.0.0.1:8080"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the page, but for the config file; commands that run there run this code."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    for block in BLOCKS:
        if block.file and block.file != "mockserver.yaml":
            (tmp_path / block.file).write_text(block.text)
    return tmp_path


@contextmanager
def server_of_the_page(folder: Path) -> Iterator[str]:
    """Run the page's server on another port, and give its URL."""
    port = free_port()
    program = folder / "server.py"
    program.write_text(program.read_text().replace("8080", str(port)))
    with subprocess.Popen([sys.executable, str(program)], stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def proxies() -> list[tuple[Block, Block]]:
    """Return the commands that start proxies, each with the requests that follow it."""
    shells = [block for block in BLOCKS if block.language == "sh"]
    starts = [block for block in shells if block.note.strip() == "proxy"]
    return [(start, shells[shells.index(start) + 1]) for start in starts]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(2))
def test_proxy_of_the_page_answers_and_reports_as_it_says(folder: Path, number: int) -> None:
    start, requests = proxies()[number]
    expected = re.search(r"expect: ([\d ]+); says: (.*)", requests.note)
    assert expected is not None
    with server_of_the_page(folder) as upstream:
        words = shlex.split(start.text.replace(UPSTREAM, upstream))
        assert words[:2] == ["mockserver", "proxy"]
        command = [sys.executable, "-m", *words, "--port", "0"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, env=environment
        ) as process:
            try:
                assert process.stdout is not None
                banner = ""
                while "Stop with" not in banner:
                    banner += process.stdout.readline()
                origin = re.search(r"(http://\S+) -> ", banner)
                assert origin is not None
                for line, status in zip(requests.text.strip().splitlines(), expected[1].split(), strict=True):
                    done = subprocess.run(
                        line.replace(ORIGIN, origin[1]),
                        shell=True, capture_output=True, text=True, check=True, timeout=20,
                    )  # fmt: skip
                    assert done.stdout.split()[1] == status, done.stdout
                    assert expected[2].strip().lower() in done.stdout.lower(), done.stdout
                if "--stop-after" not in words:
                    process.terminate()
                report, _ = process.communicate(timeout=20)
            finally:
                process.kill()
    assert process.returncode == (0 if "never" in words else 1), report
    if number == 0:
        (shown,) = [block.text for block in BLOCKS if block.note == "report"]
        assert [line for line in shown.splitlines() if line not in report] == []
        assert (folder / "proxy.xml").exists()
    else:
        assert "listToys" in report


def test_config_file_of_the_page_is_the_defaults_but_for_what_it_shows(tmp_path: Path) -> None:
    (text,) = [block.text for block in BLOCKS if block.file == "mockserver.yaml"]
    chosen = from_config(yaml.safe_load(text), tmp_path / "mockserver.yaml")["proxy"]

    differing = {item.name for item in fields(ProxySettings) if getattr(chosen, item.name) != item.default}
    assert differing == {"upstream", "mock", "mock_missing"}


def test_page_describes_each_option_and_each_setting() -> None:
    shared = {"host", "port", "config", "log", "ci", "write_baseline", "overlay", "plan"}
    options = [
        option for option in proxy.params if isinstance(option, click.Option) and option.name not in shared
    ]
    names = {name for option in options for name in (*option.opts, *option.secondary_opts)} - {"--forwarded"}
    assert sorted(name for name in names if name not in PAGE) == []
    keys = [item.name.replace("_", "-") for item in fields(ProxySettings)]
    assert [key for key in keys if f"`{key}`" not in PAGE and f"\n  {key}: " not in PAGE] == []


def test_every_block_of_the_page_is_used() -> None:
    used = {block.number for pair in proxies() for block in pair}
    used |= {block.number for block in BLOCKS if block.file or block.note == "report"}
    assert [block.text for block in BLOCKS if block.number not in used] == []
