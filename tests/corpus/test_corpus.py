"""Mocks keep their contracts, seen from outside: those of our own sloppy documents, and of real ones where they are."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))

from corpus import cli

SAMPLE = (
    "oai-petstore-20-json", "oai-petstore-separate-20", "bump-mealcanteen-20", "alertmanager-20",
    "redocly-starter-31-multifile", "redoc-cafe-32", "train-travel-31", "museum-31", "readme-params-style-30",
    "readme-polymorphism-30", "petstore-304", "realworld-30",
)  # fmt: skip
"""Of each version, in one file and in several, of styles and compositions; together well under 90 s."""


@pytest.mark.slow
def test_mocks_of_sloppy_documents_keep_their_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main([str(HERE / "documents"), str(HERE / "pets.yaml")])

    assert code == 0, capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(not cli.FOLDER.is_dir(), reason="no corpus beside the checkout")
def test_mocks_of_real_documents_keep_their_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main([*SAMPLE, "--limit", "40"])

    assert code == 0, capsys.readouterr().out


@pytest.mark.slow
def test_schemathesis_finds_nothing_in_mocks_of_any_version() -> None:
    documents = sorted(map(str, (HERE / "fuzzed").iterdir()))
    command = [sys.executable, "-m", "mockserver", "fuzz", *documents, "--max-examples", "3"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
