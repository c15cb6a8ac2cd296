"""Whole plans: each one that is inferred is one that a person might have written."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.document import plan_file
from mockserver.document.builder import load
from mockserver.document.inference import infer

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted(
    path
    for folder in ("openapi", "tests/plans/documents", "tests/scenarios/documents", "tests/corpus/documents")
    for path in (ROOT / folder).glob("*.yaml")
    if not path.name.endswith(".plan.yaml")
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_inferred_plan_has_the_format_and_fits_its_document(path: Path) -> None:
    """`build` raises for whatever is unknown or misspelt; every operation is planned or has a reason."""
    document = load(path)
    found = infer(document)

    plan = plan_file.build(found.raw, document, path)

    assert plan.operations.keys() == found.raw["operations"].keys()
    assert found.notes.keys() == document.operations.keys()
    assert found.resource_notes.keys() == found.raw["resources"].keys()


def test_inference_is_the_same_each_time() -> None:
    document = load(ROOT / "openapi" / "galileo.yaml")

    assert infer(document) == infer(document)
