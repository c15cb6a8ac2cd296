"""All or none: what is left by an exception leaves nothing behind, on every store."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.errors import RecordConflict
from mockserver.mocking.store import Backend, Condition, Query, Store, atomically

from .backends import opened, origin_of


class Stop(Exception):
    """Leaves a transaction."""


def state_of(store: Store) -> Any:
    """Return all that can be seen of a store."""
    records = store.select("pets", Query()).records
    order = ((("n",), True),)
    return (
        store.dump(),
        [(record.id, record.version, record.sequence, record.data) for record in records],
        [record.id for record in store.select("pets", Query(order=order)).records],
        [record.id for record in store.select("pets", Query((Condition(("n",), "eq", (1, 2)),))).records],
    )


@pytest.fixture
def pets(store: Store) -> Store:
    """A store with three pets."""
    for number in (1, 2, 3):
        store.create("pets", number, {"n": number, "chip": number})
    store.next_number("pets", "a")
    return store


def change_all(store: Store) -> None:
    """Make one change of each kind."""
    store.create("pets", 4, {"n": 4, "chip": 4})
    store.update("pets", 1, {"n": 9})
    store.update("pets", 1, {"n": 8, "chip": 10})
    store.delete("pets", 2)
    store.create("pets", 5, {"n": 2, "chip": 2})
    store.delete("pets", 5)
    store.update("pets", 4, {"n": 0})
    store.next_number("pets", "a")
    store.next_number("pets", "b")
    store.advance("pets", "a", 50)
    store.create("owners", "o", {})


def test_transaction_that_ends_well_is_kept(pets: Store) -> None:
    with pets.transaction():
        change_all(pets)
        assert pets.get("pets", 2) is None

    assert [record.id for record in pets.select("pets", Query()).records] == [1, 3, 4]
    assert pets.next_number("pets", "a") == 51


def test_transaction_that_is_left_by_an_exception_leaves_nothing(pets: Store) -> None:
    before = state_of(pets)

    with pytest.raises(Stop), pets.transaction():
        change_all(pets)
        raise Stop

    assert state_of(pets) == before
    assert not pets.is_used("pets", 4)
    assert not pets.is_used("pets", 5)
    assert pets.next_number("pets", "a") == 2
    assert pets.next_number("pets", "b") == 1
    # Keys are free, and taken, as they were.
    assert pets.create("pets", 6, {"chip": 10}).sequence == 4
    with pytest.raises(RecordConflict):
        pets.create("pets", 7, {"chip": 2})


def test_transaction_sees_what_it_did(pets: Store) -> None:
    with pets.transaction():
        change_all(pets)
        assert [record.id for record in pets.select("pets", Query()).records] == [1, 3, 4]
        found = pets.select("pets", Query((Condition(("n",), "eq", (8,)),)))
        assert [(record.id, record.version) for record in found.records] == [(1, 3)]
        assert pets.get("pets", 4) is not None
        assert pets.is_used("pets", 5)
        assert pets.last("pets", 2) is not None
        with pytest.raises(RecordConflict):
            pets.create("pets", 6, {"chip": 10})
        with pytest.raises(RecordConflict):
            pets.create("pets", 2, {})


def test_inner_transaction_takes_back_only_its_own(pets: Store) -> None:
    with pets.transaction():
        pets.create("pets", 4, {"n": 4})
        with pytest.raises(Stop), pets.transaction():
            pets.create("pets", 5, {"n": 5})
            pets.update("pets", 4, {"n": 44})
            pets.delete("pets", 1)
            pets.next_number("pets", "a")
            raise Stop
        pets.update("pets", 3, {"n": 33})

    data = {record.id: record.data["n"] for record in pets.select("pets", Query()).records}
    assert data == {1: 1, 2: 2, 3: 33, 4: 4}
    assert pets.next_number("pets", "a") == 2


def test_outer_transaction_takes_back_what_an_inner_one_did(pets: Store) -> None:
    before = state_of(pets)

    with pytest.raises(Stop), pets.transaction():
        with pets.transaction():
            pets.create("pets", 4, {"n": 4})
        raise Stop

    assert state_of(pets) == before


def test_refusal_within_a_transaction_may_be_caught(pets: Store) -> None:
    with pets.transaction():
        with pytest.raises(RecordConflict):
            pets.create("pets", 4, {"chip": 1})
        pets.create("pets", 4, {"chip": 40})

    assert pets.get("pets", 4) is not None


def test_what_was_taken_over_in_vain_is_given_back(backend: Backend, world: str) -> None:
    store = opened(backend, world, origin_of({"pets": {"a": {"n": 1}}}))

    with pytest.raises(Stop), store.transaction():
        store.delete("pets", "a")
        raise Stop

    assert store.written() == []
    assert store.get("pets", "a") is not None


def test_restore_and_reset_are_taken_back_as_well(pets: Store) -> None:
    before = state_of(pets)
    dumps = pets.dump()

    with pytest.raises(Stop), pets.transaction():
        pets.delete("pets", 1)
        pets.restore(dumps)
        raise Stop

    assert state_of(pets) == before


def test_work_that_goes_wrong_is_not_begun_again(store: Store) -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        raise Stop

    with pytest.raises(Stop):
        atomically(store, work)
    assert calls == [1]


def test_result_of_atomic_work_is_returned(store: Store) -> None:
    assert atomically(store, lambda: store.create("pets", 1, {}).id) == 1
