"""What is `writeOnly` is absent from answers, also where an example shows it."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.dialect import Direction
from mockserver.document.validation import Schemas
from mockserver.mocking.hidden import without_hidden

SECRET: dict[str, Any] = {"type": "string", "writeOnly": True}
TEXT: dict[str, Any] = {"type": "string"}
CARD: dict[str, Any] = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"const": "card"}, "code": SECRET, "note": TEXT},
}
BANK: dict[str, Any] = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"const": "bank"}, "code": TEXT},
}


def cut(schema: Any, value: Any) -> Any:
    document = {
        "openapi": "3.1.0",
        "components": {"schemas": {"Root": schema, "Card": CARD, "Bank": BANK, "Secret": SECRET}},
    }
    schemas = Schemas(document, legacy=False, direction=Direction.RESPONSE)
    return without_hidden(schemas, "/components/schemas/Root", value)


REF_CARD = {"$ref": "#/components/schemas/Card"}
EITHER = {"oneOf": [REF_CARD, {"$ref": "#/components/schemas/Bank"}]}
SEEN = {"kind": "card", "code": "123", "note": "a"}
LEFT = {"kind": "card", "note": "a"}


@pytest.mark.parametrize(
    ("schema", "value", "left"),
    [
        (CARD, SEEN, LEFT),
        (REF_CARD, SEEN, LEFT),
        ({"allOf": [REF_CARD, {"properties": {"more": TEXT}}]}, {**SEEN, "more": "b"}, {**LEFT, "more": "b"}),
        ({"type": "array", "items": REF_CARD}, [SEEN, SEEN], [LEFT, LEFT]),
        ({"properties": {"source": EITHER}}, {"source": SEEN}, {"source": LEFT}),
        (EITHER, {"kind": "bank", "code": "1"}, {"kind": "bank", "code": "1"}),
        ({"properties": {"key": {"$ref": "#/components/schemas/Secret"}}}, {"key": "k", "other": 1}, {"other": 1}),
        ({"anyOf": [REF_CARD, {"type": "null"}]}, {"code": "1", "note": "a"}, {"note": "a"}),
        ({"$ref": "#/components/schemas/Root"}, SEEN, SEEN),
        ({"$ref": "#/nowhere"}, SEEN, SEEN),
        (True, SEEN, SEEN),
        (CARD, "no object", "no object"),
    ],
)  # fmt: skip
def test_hidden_properties_are_left_out(schema: Any, value: Any, left: Any) -> None:
    assert cut(schema, value) == left


def test_value_itself_is_not_changed() -> None:
    value = dict(SEEN)

    cut(CARD, value)

    assert value == SEEN
