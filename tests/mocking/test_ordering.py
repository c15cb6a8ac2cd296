"""All JSON values have one order, and equal values one key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mockserver import jsontext
from mockserver.mocking.instants import to_text
from mockserver.mocking.store import Condition
from mockserver.mocking.store.ordering import at_path, comparable, predicate

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.datetimes(timezones=st.just(UTC)).map(to_text),
    st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?", fullmatch=True),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(VALUES, VALUES)
def test_any_two_values_compare_one_way(left: Any, right: Any) -> None:
    a, b = comparable(left), comparable(right)

    assert (a < b) + (a == b) + (a > b) == 1
    assert a != b or hash(a) == hash(b)


@given(
    st.lists(VALUES, max_size=6).flatmap(lambda values: st.tuples(st.just(values), st.permutations(values)))
)
def test_order_does_not_depend_on_where_it_began(lists: tuple[list[Any], list[Any]]) -> None:
    first, second = ([comparable(value) for value in values] for values in lists)

    assert sorted(first) == sorted(second)


@given(VALUES)
def test_value_equals_itself_after_a_journey_through_json(value: Any) -> None:
    assert comparable(jsontext.loads(jsontext.dumps(value))) == comparable(value)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False), st.integers())
def test_numbers_compare_as_numbers(left: float, right: int) -> None:
    assert (comparable(left) < comparable(right)) == (left < right)


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
    st.integers(-(10**6), 10**6),
)
def test_times_compare_as_instants_whatever_their_offset(when: datetime, offset: int, apart_ms: int) -> None:
    zone = timezone(timedelta(minutes=offset))
    first = when.replace(microsecond=0, tzinfo=UTC)
    second = first + timedelta(milliseconds=apart_ms)

    left, right = comparable(to_text(first)), comparable(second.astimezone(zone).isoformat())

    assert (left < right, left == right) == (apart_ms > 0, apart_ms == 0)


def test_kinds_stand_apart_and_null_comes_first() -> None:
    values = [None, False, True, -1, 10**30, "2026-01-02T03:04:05Z", "", "a", {}, []]
    keys = [comparable(value) for value in values]

    assert min(keys) == comparable(None)
    assert len(set(keys)) == len(values)
    assert comparable(True) != comparable(1)
    assert comparable("1") != comparable(1)


def test_order_of_properties_makes_no_difference() -> None:
    assert comparable({"a": 1, "b": 2}) == comparable({"b": 2, "a": 1})


def test_path_ends_in_null_where_there_is_nothing() -> None:
    assert at_path({"a": {"b": 1}}, ("a", "b")) == 1
    assert at_path({"a": {"b": 1}}, ("a", "c")) is None
    assert at_path({"a": [1]}, ("a", "0")) is None
    assert at_path(None, ("a",)) is None


@given(VALUES, st.lists(VALUES, max_size=3))
def test_ne_is_the_opposite_of_eq(value: Any, values: list[Any]) -> None:
    data = {"a": value}
    is_equal = predicate(Condition(("a",), "eq", tuple(values)))(data)

    assert predicate(Condition(("a",), "ne", tuple(values)))(data) is not is_equal


@given(VALUES, VALUES)
def test_bounds_split_the_values_of_one_kind(value: Any, bound: Any) -> None:
    def holds(operator: str) -> bool:
        return predicate(Condition(("a",), operator, (bound,)))({"a": value})

    is_same_kind = comparable(value)[0] == comparable(bound)[0] and bound is not None
    assert holds("gt") + holds("le") == is_same_kind
    assert holds("lt") + holds("ge") == is_same_kind
