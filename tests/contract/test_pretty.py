"""JSON values as people like to read them."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract.pretty import WIDTH, outlined, pretty

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
)


@given(VALUES)
def test_pretty_value_is_the_same_value(value: object) -> None:
    assert json.loads(pretty(value)) == value


@given(VALUES, st.integers(1, 9), st.integers(10, 200))
def test_outline_keeps_its_limits(value: object, lines: int, characters: int) -> None:
    text = outlined(value, lines=lines, characters=characters)
    assert text.count("\n") < lines
    assert len(text) <= characters + 3


def test_short_parts_stay_in_one_line() -> None:
    pet = {"id": 1, "name": "Rex", "tags": ["good", "old"]}
    assert pretty(pet) == '{"id": 1, "name": "Rex", "tags": ["good", "old"]}'
    line = '{"id": 1, "name": "Rex", "tags": ["good", "old"]}'
    assert pretty([pet, pet]) == f"[\n  {line},\n  {line}\n]"
    assert len(line) * 2 > WIDTH


def test_deep_parts_are_left_out_of_an_outline() -> None:
    operation = {
        "operationId": "getPet",
        "responses": {"200": {"content": {"a/b": {"schema": {"type": "x" * 60}}}}},
    }
    assert (
        outlined(operation, lines=4, characters=80)
        == '{"operationId": "getPet", "responses": {"200": {"content": {"a/b": {...}}}}}'
    )
