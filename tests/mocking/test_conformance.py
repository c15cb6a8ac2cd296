"""Does an answer keep the contract?"""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.mocking.conformance import Conformance
from mockserver.mocking.exchange import Answer

from .conftest import TEXT, build_document, closed

PET = closed({"name": TEXT}, "name")
RESPONSES: dict[str, Any] = {
    "200": {
        "description": "",
        "headers": {"X-Rate": {"required": True, "schema": TEXT}, "X-Note": {"schema": TEXT}},
        "content": {"application/json": {"schema": PET}, "text/plain": {"schema": TEXT}},
    },
    "204": {"description": ""},
    "4XX": {"description": "", "content": {"application/*": {"schema": PET}}},
    "503": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/nowhere"}}}},
}
RATE = {"x-rate": "5"}


def broken(answer: Answer) -> list[tuple[tuple[str | int, ...], str]]:
    """Return location and rule of what an answer breaks."""
    model = build_document({"/a": {"get": {"responses": RESPONSES}}})
    found = Conformance(model).violations(model.operations["getA"], answer)
    return [(violation.location, violation.rule) for violation in found]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"name": "Rex"}, headers=RATE),
        Answer(200, "Rex", "text/plain", headers=RATE),
        Answer(200, {"name": "Rex"}, "application/json; charset=utf-8", headers=RATE),
        Answer(204, None, None),
        Answer(418, {"name": "tea"}),
        # The document's fault, which is reported at the start, and not this answer's.
        Answer(503, {}),
        Answer(501, {"anything": "goes"}),
        Answer(500, "x", "text/plain"),
    ],
)
def test_answer_that_keeps_the_contract_breaks_nothing(answer: Answer) -> None:
    assert broken(answer) == []


@pytest.mark.parametrize(
    ("answer", "violations"),
    [
        (Answer(200, {}, headers=RATE), [(("body", "name"), "required")]),
        (Answer(200, {"name": 5}), [(("header", "X-Rate"), "required"), (("body", "name"), "type")]),
        (Answer(200, "x", "text/csv", headers=RATE), [(("header", "Content-Type"), "content")]),
        (Answer(201, {}), [(("status",), "status")]),
        (Answer(404, {}), [(("body", "name"), "required")]),
    ],
)
def test_broken_rule_is_named_with_its_place(answer: Answer, violations: list[Any]) -> None:
    assert broken(answer) == violations
