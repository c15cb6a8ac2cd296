"""Any question to any records: what indexes answer is what looking through all of them gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.mocking.store import (
    Backend,
    Condition,
    Dump,
    Order,
    Position,
    Query,
    Record,
    Selection,
    Store,
    access,
)
from mockserver.mocking.store.ordering import comparable, position, predicate

from .backends import new_world, opened, origin_of

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from([0.5, -1.5, 2.0, "", "a", "A", "ab", "b", "2026-01-01T00:00:00Z", [1], {"x": 1}]),
)
PATHS = st.sampled_from([("a",), ("b",), ("c", "d")])
RECORDS = st.lists(
    st.fixed_dictionaries({}, optional={"a": VALUES, "b": VALUES, "c": st.fixed_dictionaries({"d": VALUES})}),
    max_size=10,
)
CONDITIONS = st.lists(
    st.one_of(
        st.builds(
            Condition,
            PATHS,
            st.sampled_from(["eq", "ne", "contains", "search", "starts", "ends"]),
            st.lists(VALUES, max_size=3).map(tuple),
        ),
        st.builds(Condition, PATHS, st.sampled_from(["gt", "ge", "lt", "le"]), st.tuples(VALUES)),
        st.builds(Condition, PATHS, st.just("exists"), st.tuples(st.booleans())),
    ),
    max_size=3,
).map(tuple)
ORDERS = st.lists(st.tuples(PATHS, st.booleans()), max_size=3).flatmap(
    lambda order: st.sampled_from([order, [*order, ((), True)], [*order, ((), False)]]).map(tuple)
)


def place_key(order: Order) -> Callable[[Position], Any]:
    """Return a function that makes of a place something that sorts as the order says."""
    newest_first = bool(order and order[-1][1])
    directions = [descending for path, descending in order if path]
    if not newest_first and not any(directions):
        return lambda place: (*map(comparable, place.values), place.sequence)

    def compare(left: tuple[Any, ...], right: tuple[Any, ...]) -> int:
        for one, other, descending in zip(left, right, (*directions, newest_first), strict=True):
            if one != other:
                return -1 if (one < other) is not descending else 1
        return 0

    wrapped = cmp_to_key(compare)
    return lambda place: wrapped((*map(comparable, place.values), place.sequence))


def looked_through(records: list[Record], query: Query) -> Selection:
    """Return what a query asks for, the long way."""
    tests = [predicate(condition) for condition in query.conditions]
    found = [record for record in records if all(test(record.data) for test in tests)]
    key = place_key(query.order)

    def key_of(place: Position) -> Any:
        return key(place)

    found.sort(key=lambda record: key_of(position(record, query.order)))
    places = [key_of(position(record, query.order)) for record in found]
    low, high = 0, len(found)
    if query.after is not None:
        bound = key_of(query.after)
        low = sum(not bound < place for place in places)
    if query.before is not None:
        bound = key_of(query.before)
        high = max(sum(place < bound for place in places), low)
    limit = len(found) if query.limit is None else query.limit
    if query.before is not None and query.after is None:
        high = max(high - query.offset, low)
        low = max(high - limit, low)
    else:
        low = min(low + query.offset, high)
        high = min(low + limit, high)
    return Selection(found[low:high], len(found), low)


def filled(backend: Backend, data: list[dict[str, Any]]) -> Store:
    """Return a new store with these records, of which every third was deleted."""
    store = opened(backend, new_world(), origin_of())
    live = {number: item for number, item in enumerate(data, 1) if number % 3}
    gone = {number: item for number, item in enumerate(data, 1) if not number % 3}
    places = {number: (number, 1) for number in range(1, len(data) + 1)}
    store.restore({"owners": Dump(live, gone, places)})
    return store


@given(data=st.data(), records=RECORDS, conditions=CONDITIONS, order=ORDERS)
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_question_is_answered_as_by_looking_through_all(
    backend: Backend,
    data: st.DataObject,
    records: list[dict[str, Any]],
    conditions: tuple[Condition, ...],
    order: Order,
) -> None:
    store = filled(backend, records)
    everything = list(store.select("owners", Query()).records)
    for _ in range(3):
        place = st.none() | st.sampled_from(everything).map(lambda record: position(record, order))
        query = Query(
            conditions,
            order,
            offset=data.draw(st.integers(0, 4)),
            limit=data.draw(st.none() | st.integers(0, 4)),
            after=data.draw(place) if everything else None,
            before=data.draw(place) if everything else None,
        )

        found, expected = store.select("owners", query), looked_through(everything, query)

        assert [record.id for record in found.records] == [record.id for record in expected.records]
        assert found.total == expected.total
        if expected.records or not (query.after or query.before):
            assert found.offset == expected.offset


@pytest.mark.parametrize("order", [(), ((("n",), False),), ((("k",), True), (("n",), False))])
def test_page_that_is_walked_to_is_the_same(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, order: Order
) -> None:
    """A wide range in another order is walked through until the page is full."""
    monkeypatch.setattr(access, "SMALL", 0)
    store = opened(backend, new_world(), origin_of())
    store.restore({"owners": Dump({n: {"n": n * 37 % 1009, "k": n % 7, "t": n} for n in range(1500)})})
    everything = list(store.select("owners", Query()).records)
    conditions = (Condition(("t",), "ge", (300,)), Condition(("k",), "eq", (1, 2, 3)))
    for picked in (conditions[:1], conditions):
        for offset, limit in ((0, 5), (40, 5), (0, 0)):
            query = Query(picked, order, offset, limit)
            found, expected = store.select("owners", query), looked_through(everything, query)
            assert [record.id for record in found.records] == [record.id for record in expected.records]
            assert (found.total, found.offset) == (expected.total, expected.offset)
