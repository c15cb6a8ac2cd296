"""The golden plans of small documents of many styles are whole."""

from pathlib import Path

import pytest
import yaml

from mockserver.document import plan_file
from mockserver.document.builder import load

from .golden import DOCUMENTS, golden_file


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_golden_plan_is_one_that_a_person_may_give(document: Path) -> None:
    raw = yaml.safe_load(golden_file(document).read_text())

    plan = plan_file.build(raw, load(document), golden_file(document))

    assert plan.operations.keys() == raw["operations"].keys()


def test_each_document_has_a_golden_plan_and_the_reverse() -> None:
    files = sorted((Path(__file__).parent / "golden").glob("*.yaml"))
    assert files == sorted(map(golden_file, DOCUMENTS))
