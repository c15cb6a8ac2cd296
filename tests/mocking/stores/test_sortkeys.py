"""Codes of values sort as the values do."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.mocking.store.ordering import comparable
from mockserver.mocking.store.sortkeys import (
    TOP,
    after,
    complement,
    encoded,
    kind_of,
    sequence_code,
    sequence_in,
)

NUMBERS = st.integers() | st.floats(allow_nan=False) | st.integers(-(2**200), 2**200)
TIMES = st.datetimes().map(lambda instant: instant.isoformat() + "Z")
TEXTS = st.text() | st.text("\x00\x01\xfe\xff a", max_size=5) | TIMES
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=3)


@given(VALUES, VALUES)
@example(1, 1.0)
@example(2**53, 2**53 + 1)
@example(0, -0.0)
@example("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00")
@example("a", "a\x00")
@example(10**400, 10**400 + 1)
@example(5e-324, 0)
@example(-1, -1.5)
def test_codes_compare_as_the_values_do(left: Any, right: Any) -> None:
    one, other = comparable(left), comparable(right)

    assert (encoded(left) < encoded(right)) is (one < other)
    assert (encoded(left) == encoded(right)) is (one == other)


@given(st.tuples(VALUES, VALUES), st.tuples(VALUES, VALUES), st.booleans())
def test_codes_in_a_row_sort_like_tuples(left: Any, right: Any, backwards: bool) -> None:
    def row(pair: Any) -> bytes:
        first = encoded(pair[0])
        return (complement(first) if backwards else first) + encoded(pair[1])

    def key(pair: Any) -> Any:
        return [comparable(item) for item in pair]

    one, other = key(left), key(right)
    first_less = one[0] > other[0] if backwards else one[0] < other[0]
    is_less = first_less if one[0] != other[0] else one[1] < other[1]

    assert (row(left) < row(right)) is is_less


@given(VALUES, VALUES)
def test_no_code_is_the_beginning_of_another(left: Any, right: Any) -> None:
    one, other = encoded(left), encoded(right)

    assert one == other or not other.startswith(one)
    assert one < after(one) <= TOP
    assert kind_of(one)[0] <= one < kind_of(one)[1]


@given(VALUES, st.binary(max_size=4))
def test_all_that_begins_with_a_code_lies_before_what_comes_after_it(value: Any, rest: bytes) -> None:
    code = encoded(value)

    assert code <= code + rest < after(code)


def test_infinite_numbers_lie_at_the_ends() -> None:
    values = [float("-inf"), -1e308, -(10**300), 0, 10**300, 1e308, float("inf")]

    assert all(encoded(one) < encoded(other) for one, other in pairwise(values) if one < other)


@pytest.mark.parametrize("sequence", [0, 1, 255, 256, 2**40])
def test_order_of_creation_is_read_at_the_end(sequence: int) -> None:
    assert sequence_in(b"anything" + sequence_code(sequence)) == sequence
