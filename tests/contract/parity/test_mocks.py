"""Two mocks of one document with other seeds differ in all their data, and in nothing that counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import mock, run

TESTS = Path(__file__).parents[2]
SMALL = [
    TESTS / "scenarios" / "documents" / "shelter.yaml",
    TESTS / "corpus" / "documents" / "garden-20.json",
    Path(__file__).with_name("flags.yaml"),
]
OTHERS = [
    TESTS / "scenarios" / "documents" / "library.yaml",
    TESTS / "corpus" / "documents" / "harbour-30.yaml",
    TESTS / "corpus" / "documents" / "tracker-31.yaml",
    *(TESTS.parent / "openapi" / name for name in ("galtea.yaml", "vapi.yaml", "galileo.yaml")),
]


def compared(path: Path, seeds: tuple[int, int]) -> tuple[list[str], int]:
    with mock(path, seeds[0]) as (first, document, plan), mock(path, seeds[1]) as (second, _, _):
        outcome = run(document, plan, first, second)
    return [f"{item.check} {item.operation} {item.place}: {item.message}" for item in outcome.findings], int(
        outcome.ended.counts["requests"]
    )


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_mocks_of_other_seeds_agree(path: Path) -> None:
    found, requests = compared(path, (1, 7))

    assert found == []
    assert requests > 14


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [(1, 7), (2, 3)])
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_mocks_of_other_documents_agree(path: Path, seeds: tuple[int, int]) -> None:
    found, requests = compared(path, seeds)

    assert found == []
    assert requests > 4
