"""Runs of pytest within pytest, with the plugin and a document."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpcore
import pytest

from mockserver import pytest_plugin

# What a run within this one imports is forgotten at its end: it is not to be imported again and again.
from mockserver.pytest_plugin import hooks, local, options, remote, servers, tally, transports, view

__all__ = ["hooks", "httpcore", "local", "options", "remote", "servers", "tally", "transports", "view"]

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "pytest"

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs tests in this process: `run(source, "-n0", ini="mockserver_doc = petshop.yaml")`."""
    shutil.copy(EXAMPLE / "petshop.yaml", pytester.path)
    # Of other plugins, of which there are many, only this one.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    before = set(threading.enumerate())

    def run(source: str, *arguments: str, ini: str = "mockserver_doc = petshop.yaml") -> pytest.RunResult:
        pytester.makepyfile(test_it=f"KEY = {{'X-Api-Key': 'secret'}}\n{source}")
        pytester.makeini(f"[pytest]\nfilterwarnings = error\n{ini}")
        return pytester.runpytest_inprocess(
            "-p",
            "no:mockserver",
            "-p",
            "no:cacheprovider",
            "-p",
            "anyio",
            *arguments,
            plugins=[pytest_plugin],
        )

    yield run
    left = [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    assert left == []
