"""The vendors' SDKs find a server as good as new, however often they ran against it before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import RUNNING, running_server
from .mocking.stores.redis_server import redis_server

ROOT = Path(__file__).parents[1]


COMMAND = [
    sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-m", "not slow", "tests/sdk",
]  # fmt: skip


def run_suite(origin: str) -> None:
    """Run the suite of the SDKs against a server."""
    environment = {**os.environ, RUNNING: origin}
    done = subprocess.run(COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.slow
def test_suite_of_the_sdks_passes_twice_in_a_row_on_one_server() -> None:
    with running_server("--no-log") as origin:
        for _ in range(2):
            run_suite(origin)


@pytest.mark.slow
def test_suite_of_the_sdks_passes_on_a_state_file_that_two_workers_share(tmp_path: Path) -> None:
    with running_server("--no-log", "--state", f"sqlite:{tmp_path}/mock.db", "--workers", "2") as origin:
        run_suite(origin)


@pytest.mark.slow
def test_suite_of_the_sdks_passes_on_redis_that_two_workers_share() -> None:
    with redis_server() as url, running_server("--no-log", "--state", url, "--workers", "2") as origin:
        run_suite(origin)
