"""The vendors' SDKs find a server as good as new, however often they ran against it before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import RUNNING, running_server

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_suite_of_the_sdks_passes_twice_in_a_row_on_one_server() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "-p",
        "no:cacheprovider",
        "-m",
        "not slow",
        "tests/sdk",
    ]
    with running_server("--no-log") as origin:
        for _ in range(2):
            environment = {**os.environ, RUNNING: origin}
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout[-3000:]
