"""What every store does with its origin, which many share: copy on write, reset, another origin, dumps."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.errors import RecordConflict
from mockserver.mocking.store import Backend, Dump, MemoryStore, Query, Store

from .backends import new_world, opened, origin_of

SEEDS = {"pets": {"a": {"name": "Rex", "chip": 1}, "b": {"name": "Tom"}}}


@pytest.fixture
def origin() -> MemoryStore:
    """An origin with two pets, one deleted pet, and a counter."""
    origin = origin_of(SEEDS)
    origin.create("pets", "gone", {"name": "Old"})
    origin.delete("pets", "gone")
    origin.advance("pets", "id", 5)
    return origin


@pytest.fixture
def seeded(backend: Backend, world: str, origin: MemoryStore) -> Store:
    """A store over that origin."""
    return opened(backend, world, origin)


def live(store: Store, resource: str = "pets") -> dict[Any, Any]:
    """Return the data of the live records by id, in order."""
    return {record.id: record.data for record in store.select(resource, Query()).records}


def test_store_begins_with_its_origin(seeded: Store) -> None:
    assert live(seeded) == SEEDS["pets"]
    assert seeded.get("pets", "a") is not None
    assert seeded.is_used("pets", "gone")
    assert seeded.written() == []


def test_what_is_written_is_seen_in_its_own_world_only(
    backend: Backend, seeded: Store, origin: MemoryStore
) -> None:
    other = opened(backend, new_world(), origin)
    seeded.update("pets", "a", {"name": "Kim"})
    seeded.delete("pets", "b")
    seeded.create("pets", "c", {"chip": 1})
    assert seeded.next_number("pets", "id") == 6

    assert live(seeded) == {"a": {"name": "Kim"}, "c": {"chip": 1}}
    assert live(other) == live(origin) == SEEDS["pets"]
    assert not other.is_used("pets", "c")
    assert other.next_number("pets", "id") == 6
    assert other.create("pets", "c", {"chip": 2}).sequence == 4


def test_documents_of_a_world_do_not_see_each_other(backend: Backend, world: str, seeded: Store) -> None:
    other = backend.open(world, "billing", origin_of(SEEDS))
    other.declare("pets")
    other.delete("pets", "a")

    assert "a" in live(seeded)
    assert "a" not in live(other)


def test_taken_over_records_keep_unique_keys_used_ids_versions_and_order(
    backend: Backend, world: str, origin: MemoryStore
) -> None:
    origin.update("pets", "a", {"name": "Rex", "chip": 1, "age": 3})
    store = opened(backend, world, origin)
    store.create("pets", "c", {})

    with pytest.raises(RecordConflict):
        store.create("pets", "d", {"chip": 1})
    with pytest.raises(RecordConflict):
        store.create("pets", "gone", {})
    record = store.get("pets", "a")
    assert record is not None
    assert (record.version, record.sequence) == (2, 1)
    assert list(live(store)) == ["a", "b", "c"]


def test_only_the_resource_that_is_written_to_is_taken_over(seeded: Store) -> None:
    seeded.create("owners", "o", {})

    assert seeded.written() == ["owners"]


@pytest.mark.parametrize("write", ["update", "delete"])
def test_write_to_nothing_takes_over_nothing(seeded: Store, write: str) -> None:
    if write == "update":
        assert seeded.update("pets", "nobody", {}) is None
        assert seeded.update("pets", "a", {}, expected_version=7) is None
    else:
        assert seeded.delete("pets", "nobody") is None
        assert seeded.delete("pets", "a", expected_version=7) is None

    assert seeded.written() == []


def test_reset_goes_back_to_the_origin(seeded: Store) -> None:
    seeded.delete("pets", "a")
    seeded.create("pets", "c", {})
    seeded.next_number("pets", "id")

    seeded.reset()

    assert live(seeded) == SEEDS["pets"]
    assert not seeded.is_used("pets", "c")
    assert seeded.next_number("pets", "id") == 6
    assert seeded.create("pets", "c", {}).id == "c"


def test_what_nobody_wrote_to_goes_on_with_another_origin(
    backend: Backend, world: str, seeded: Store
) -> None:
    seeded.create("owners", "o", {"name": "Ann"})
    other = origin_of({"pets": {"z": {"name": "New"}}, "owners": {"p": {}}})
    other.declare("toys")
    other.create("toys", 1, {"name": "ball"})

    again = opened(backend, world, other)
    again.declare("toys")

    for store in (seeded, again):
        assert live(store) == {"z": {"name": "New"}}
        assert live(store, "owners") == {"o": {"name": "Ann"}}
    assert live(again, "toys") == {1: {"name": "ball"}}


def test_resource_that_the_other_origin_lacks_is_not_forgotten(
    backend: Backend, world: str, seeded: Store
) -> None:
    bare = MemoryStore()
    bare.declare("owners")

    again = backend.open(world, "api", bare)
    again.declare("owners")
    assert again.delete("pets", "a") is not None

    assert live(opened(backend, world, origin_of(SEEDS))) == {"b": {"name": "Tom"}}


def test_other_unique_keys_hold_from_now_on_and_records_that_share_one_stay(
    backend: Backend, world: str, seeded: Store
) -> None:
    seeded.create("pets", "c", {"name": "Rex", "chip": 7})
    seeded.declare("pets", unique=(("name",),))

    assert list(live(seeded)) == ["a", "b", "c"]
    with pytest.raises(RecordConflict, match="another of pets has name 'Rex'"):
        seeded.create("pets", "d", {"name": "Rex"})
    assert seeded.create("pets", "e", {"name": "Lea", "chip": 7}).id == "e"
    # The oldest of those that share a key has it.
    assert seeded.update("pets", "a", {"name": "Rex", "age": 1}) is not None
    with pytest.raises(RecordConflict):
        seeded.update("pets", "c", {"name": "Rex", "age": 1})


def test_dump_is_restored_as_it_was(backend: Backend, seeded: Store, origin: MemoryStore) -> None:
    seeded.create("pets", 5, {"name": "Five"})
    seeded.update("pets", "a", {"name": "Kim", "chip": 9})
    seeded.delete("pets", "b", data={"name": "Tom", "deleted": True})
    seeded.next_number("pets", "id")
    dumps = seeded.dump()
    other = opened(backend, new_world(), origin)
    other.create("pets", "else", {"chip": 9})

    other.restore(dumps)

    assert other.dump() == dumps
    assert live(other) == {"a": {"name": "Kim", "chip": 9}, 5: {"name": "Five"}}
    assert other.next_number("pets", "id") == 7
    last = other.last("pets", "b")
    assert last is not None
    assert last.data == {"name": "Tom", "deleted": True}
    with pytest.raises(RecordConflict):
        other.create("pets", "d", {"chip": 9})
    with pytest.raises(RecordConflict):
        other.create("pets", "b", {})


def test_dump_without_places_gives_new_records(store: Store) -> None:
    store.restore({"pets": Dump({"x": {"n": 1}, "y": {"n": 2}}, {"z": {}})})

    records = store.select("pets", Query()).records
    assert [(record.id, record.sequence, record.version) for record in records] == [("x", 1, 1), ("y", 2, 1)]
    assert store.create("pets", "new", {}).sequence == 4


def test_dump_of_some_resources_has_only_these(seeded: Store) -> None:
    assert list(seeded.dump(["owners"])) == ["owners"]
    assert set(seeded.dump()) == {"pets", "owners"}
