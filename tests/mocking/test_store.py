"""The store in memory: what it holds, and when its origin is filled. What all stores do stands in `stores/`."""

from __future__ import annotations

import pytest

from mockserver.errors import StoreFull
from mockserver.mocking.store import MemoryBackend, MemoryStore


def test_record_for_which_there_is_no_room_is_refused() -> None:
    backend = MemoryBackend(limit=3)
    origin = MemoryStore()
    origin.declare("pets")
    origin.create("pets", "seed", {})
    one, two = backend.open("w", "a", origin), backend.open("w", "b", origin)
    other = backend.open("v", "a", origin)
    for store in (one, two, other):
        store.declare("pets")
    one.create("pets", 1, {})

    with pytest.raises(StoreFull, match="holds 3 records"):
        two.create("pets", 1, {})

    assert not two.is_used("pets", 1)
    assert other.create("pets", 1, {}).id == 1
    one.reset()
    assert two.create("pets", 1, {}).id == 1


def test_room_is_given_back_by_what_is_taken_back() -> None:
    store = MemoryBackend(limit=1).open("w", "a", MemoryStore())
    store.declare("pets")
    for number in (1, 2):
        with pytest.raises(KeyError), store.transaction():
            store.create("pets", number, {})
            raise KeyError
    assert store.create("pets", 3, {}).id == 3


def test_origin_is_filled_when_somebody_looks() -> None:
    origin = MemoryStore()
    asked: list[str] = []
    for name in ("pets", "toys"):
        origin.declare(name)

    def fill(name: str) -> None:
        if name not in asked:
            asked.append(name)
            origin.create(name, 1, {"name": name})

    origin.fill_with(fill)
    store = MemoryStore(origin)
    for name in ("pets", "toys"):
        store.declare(name)

    assert asked == []
    assert store.get("toys", 1) is not None
    assert asked == ["toys"]
    assert store.next_number("pets", "id") == 1
    assert store.is_used("pets", 1)
    assert asked == ["toys", "pets"]
