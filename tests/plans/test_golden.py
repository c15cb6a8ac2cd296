"""Plans inferred for small documents of many styles are those of the golden files (`make golden` renews them)."""

import difflib
from pathlib import Path

import pytest
import yaml

from mockserver.document import plan_file
from mockserver.document.builder import load

from .golden import DOCUMENTS, as_text, golden_file, inferred


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_inferred_plan_is_the_golden_one(document: Path) -> None:
    expected = as_text(yaml.safe_load(golden_file(document).read_text()))

    lines = difflib.unified_diff(
        expected.splitlines(),
        as_text(inferred(document)).splitlines(),
        "golden",
        "inferred",
        lineterm="",
        n=2,
    )

    difference = "\n".join(lines)
    assert not difference, f"{document.name}: renew with `make golden` if this is better:\n{difference}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_golden_plan_is_one_that_a_person_may_give(document: Path) -> None:
    raw = yaml.safe_load(golden_file(document).read_text())

    plan = plan_file.build(raw, load(document), golden_file(document))

    assert plan.operations.keys() == raw["operations"].keys()


def test_each_document_has_a_golden_plan_and_the_reverse() -> None:
    files = sorted((Path(__file__).parent / "golden").glob("*.yaml"))
    assert files == sorted(map(golden_file, DOCUMENTS))
