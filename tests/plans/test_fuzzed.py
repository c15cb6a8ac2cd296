"""Schemathesis finds nothing in mocks that have nothing but a document, its stateful phase included."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENTS = Path(__file__).parent / "documents"

FUZZED = ("archive", "catalogue", "clinic", "courier", "flags", "jobs", "library", "studio")
"""Of the documents that declare their refusals, one or two of each style; each takes some ten seconds."""


@pytest.mark.slow
@pytest.mark.parametrize("name", FUZZED)
def test_schemathesis_finds_nothing_where_the_plan_is_inferred(name: str) -> None:
    command = [
        sys.executable,
        "-m",
        "mockserver",
        "fuzz",
        str(DOCUMENTS / f"{name}.yaml"),
        "--max-examples",
        "4",
    ]

    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"✅ +Stateful", done.stdout), "there was no stateful phase"
    links = re.search(r"API Links: +(\d+) covered", done.stdout)
    assert links is not None
    assert int(links[1]) >= 2, "no operation was reached from what another one made"
