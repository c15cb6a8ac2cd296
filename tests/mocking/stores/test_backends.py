"""What every backend keeps besides records: worlds, notes, and the journal."""

from __future__ import annotations

from mockserver.mocking.store import Backend, Query, Store

from .backends import new_world, opened, origin_of


def test_store_that_is_opened_twice_is_the_same(backend: Backend, world: str, store: Store) -> None:
    store.create("pets", 1, {"n": 1})

    assert opened(backend, world, origin_of()).get("pets", 1) is not None


def test_worlds_are_those_in_which_something_was_written(backend: Backend, store: Store, world: str) -> None:
    silent, noted = new_world(), new_world()
    opened(backend, silent, origin_of())
    assert world not in backend.worlds()
    store.create("pets", 1, {})
    backend.write_note(noted, "clock", {})

    assert {world, noted} <= set(backend.worlds())
    assert silent not in backend.worlds()


def test_dropped_world_begins_anew_and_others_stay(backend: Backend, world: str, store: Store) -> None:
    other = new_world()
    neighbour = opened(backend, other, origin_of())
    neighbour.create("pets", 1, {})
    store.create("pets", 1, {})
    backend.write_note(world, "clock", {"at": 1})
    backend.write_note(other, "clock", {"at": 2})
    backend.log(world).append(b"x", 9)

    backend.drop(world)

    assert world not in backend.worlds()
    assert backend.note(world, "clock") is None
    assert backend.log(world).read() == []
    assert not opened(backend, world, origin_of()).is_used("pets", 1)
    assert neighbour.select("pets", Query()).total == 1
    note = backend.note(other, "clock")
    assert note is not None
    assert note.value == {"at": 2}


def test_note_is_written_and_counted(backend: Backend, world: str) -> None:
    assert backend.note(world, "clock") is None
    first = backend.write_note(world, "clock", {"at": "noon"})
    second = backend.write_note(world, "clock", {"at": "dusk", "parts": [1, None]})

    assert first is not None
    assert second is not None
    assert (first.version, second.version) == (1, 2)
    assert backend.note(world, "clock") == second
    assert backend.note(world, "stubs") is None
    assert backend.note(new_world(), "clock") is None


def test_note_of_another_version_than_expected_is_not_written(backend: Backend, world: str) -> None:
    assert backend.write_note(world, "clock", 1, expected=3) is None
    assert backend.write_note(world, "clock", 2, expected=0) is not None
    assert backend.write_note(world, "clock", 3, expected=0) is None
    assert backend.write_note(world, "clock", 4, expected=1) is not None

    note = backend.note(world, "clock")
    assert note is not None
    assert (note.version, note.value) == (2, 4)


def test_log_keeps_the_last_texts_and_numbers_all(backend: Backend, world: str) -> None:
    log = backend.log(world)
    assert (log.count(), log.read()) == (0, [])
    numbers = [log.append(b"text %d" % number, 3) for number in range(5)]

    assert numbers == [1, 2, 3, 4, 5]
    assert log.read() == [(3, b"text 2"), (4, b"text 3"), (5, b"text 4")]
    assert log.read(after=4) == [(5, b"text 4")]
    assert backend.log(world).count() == 5


def test_log_that_was_cleared_goes_on_counting(backend: Backend, world: str) -> None:
    log = backend.log(world)
    log.append(b"\x00\xff", 3)
    log.clear()

    assert (log.read(), log.count()) == ([], 1)
    assert log.append(b"next", 3) == 2
    assert log.read() == [(2, b"next")]
