"""The collector runs at times that suit the server, and still finds what is to be found."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from mockserver.server.garbage import IDLE_TICKS, GarbageCollector


class Thing:
    """Something that can refer to itself."""

    itself: Thing | None = None


def make_cycle() -> weakref.ref[Thing]:
    thing = Thing()
    thing.itself = thing
    return weakref.ref(thing)


@pytest.fixture
def collector() -> Iterator[GarbageCollector]:
    collector = GarbageCollector()
    collector.start()
    yield collector
    gc.unfreeze()
    gc.enable()


def test_collector_finds_new_garbage_while_there_are_requests(collector: GarbageCollector) -> None:
    garbage = make_cycle()

    collector.tick(requests=1)

    assert garbage() is None


def test_collector_finds_what_was_set_aside_once_nobody_asks(collector: GarbageCollector) -> None:
    thing = Thing()
    thing.itself = thing
    garbage = weakref.ref(thing)
    collector.tick(requests=1)
    del thing

    for _ in range(IDLE_TICKS):
        assert garbage() is not None
        collector.tick(requests=1)

    assert garbage() is None


def test_collector_leaves_a_server_alone_that_was_never_asked(collector: GarbageCollector) -> None:
    garbage = make_cycle()

    for _ in range(2 * IDLE_TICKS):
        collector.tick(requests=0)

    assert garbage() is not None
