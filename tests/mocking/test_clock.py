"""The clock of a world: it runs, stands still, is set and moved forward, and never tells the same time twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import Refusal
from mockserver.mocking.clock import LATEST, Clock, instant

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ONE = timedelta(milliseconds=1)
DAY = timedelta(days=1)


class Machine:
    """A machine's clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_clock_that_is_frozen_stands_where_it_was(machine: Machine) -> None:
    clock = Clock(machine)
    clock.freeze()
    machine.now += DAY

    assert clock.look() == NOON


def test_clock_that_is_frozen_at_an_instant_begins_there(machine: Machine) -> None:
    clock = Clock(machine)
    clock.now()
    clock.freeze(NOON - DAY)

    assert [clock.now(), clock.now(), clock.look()] == [NOON - DAY, NOON - DAY + ONE, NOON - DAY]


def test_clock_that_is_set_runs_on_with_the_machine(machine: Machine) -> None:
    clock = Clock(machine)
    clock.run(NOON + DAY)
    machine.now += timedelta(minutes=1)

    assert clock.look() == NOON + DAY + timedelta(minutes=1)


def test_clock_that_runs_again_goes_with_the_machine(machine: Machine) -> None:
    clock = Clock(machine, frozen=NOON + DAY)
    clock.now()
    clock.run()

    assert clock.now() == NOON


def test_clock_that_is_advanced_goes_forward_whether_it_runs_or_stands(machine: Machine) -> None:
    running, standing = Clock(machine), Clock(machine, frozen=NOON)
    for clock in (running, standing):
        clock.advance(timedelta(minutes=5))
        clock.advance(timedelta(minutes=1))
    machine.now += timedelta(seconds=1)

    assert running.look() == NOON + timedelta(minutes=6, seconds=1)
    assert standing.look() == NOON + timedelta(minutes=6)


def test_clock_that_is_reset_goes_as_at_the_start(machine: Machine) -> None:
    running, standing = Clock(machine), Clock(machine, frozen=NOON - DAY)
    for clock in (running, standing):
        clock.freeze(NOON + DAY)
        clock.now()
        clock.reset()

    assert (running.now(), standing.now()) == (NOON, NOON - DAY)


@pytest.mark.parametrize(
    "change",
    [
        lambda clock: clock.freeze(datetime(999, 1, 1, tzinfo=UTC)),
        lambda clock: clock.freeze(datetime(9999, 1, 1, tzinfo=UTC)),
        lambda clock: clock.run(datetime(9999, 1, 1, tzinfo=UTC)),
        lambda clock: clock.advance(LATEST - NOON + ONE),
        lambda clock: clock.advance(timedelta.max),
        lambda clock: clock.load({"mode": "running", "offset_ms": 10**15}),
        lambda clock: clock.load({"mode": "running", "offset_ms": 10**30}),
        lambda clock: clock.load({"mode": "running", "offset_ms": True}),
        lambda clock: clock.load({"mode": "frozen"}),
        lambda clock: clock.load({"mode": "frozen", "now": 5}),
        lambda clock: clock.load({"mode": "frozen", "now": "2026-01-02T03:04:05Z", "last": "then"}),
        lambda clock: clock.load({}),
    ],
)
def test_clock_refuses_what_it_cannot_show_and_goes_on(
    machine: Machine, change: Callable[[Clock], object]
) -> None:
    clock = Clock(machine)

    with pytest.raises(Refusal):
        change(clock)
    assert clock.look() == NOON


@pytest.mark.parametrize("text", ["", "now", "2026-01-02", "2026-13-02T03:04:05Z", None, 5])
def test_what_is_no_instant_is_refused(text: Any) -> None:
    with pytest.raises(Refusal, match="is no instant; write it as"):
        instant(text)


def test_instant_without_an_offset_is_in_utc() -> None:
    assert instant("2026-01-02T12:00:00") == instant("2026-01-02T13:00:00+01:00") == NOON


MOVES = st.lists(
    st.one_of(
        st.integers(0, 10**9).map(
            lambda ms: lambda clock, _machine: clock.advance(timedelta(milliseconds=ms))
        ),
        st.integers(-(10**9), 10**9).map(lambda ms: lambda clock, _machine: clock.freeze(NOON + ms * ONE)),
        st.integers(-(10**9), 10**9).map(lambda ms: lambda clock, _machine: clock.run(NOON + ms * ONE)),
        st.just(lambda clock, _machine: clock.now()),
        st.integers(0, 10**6).map(
            lambda ms: lambda _clock, machine: setattr(machine, "now", machine.now + ms * ONE)
        ),
    ),
    max_size=8,
)


@given(MOVES)
def test_clock_that_is_saved_and_loaded_goes_on_as_the_first(moves: list[Callable[..., object]]) -> None:
    machine = Machine()
    clock, other = Clock(machine), Clock(machine, frozen=NOON - DAY)
    for move in moves:
        move(clock, machine)
    other.load(clock.save())

    assert other.look() == clock.look()
    assert other.save() == clock.save()
    if clock.setting.frozen is not None:
        assert [other.now(), other.now()] == [clock.now(), clock.now()]


@given(st.lists(st.sampled_from(["now", "advance", "machine"]), max_size=20))
def test_readings_are_never_the_same_and_never_go_back(steps: list[str]) -> None:
    machine = Machine()
    clock = Clock(machine)
    readings = []
    for step in steps:
        if step == "advance":
            clock.advance(ONE * 3)
        elif step == "machine":
            machine.now += ONE / 3
        else:
            readings.append(clock.now())

    assert readings == sorted(set(readings))
