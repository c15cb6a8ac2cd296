"""How states move: where a record begins, when the clock moves it on, and what a request may do with it by then.

A record that waits for the clock carries the instant of its next move (`kinds.DUE`), by which a store finds what is
due without looking at the rest. What is due moves before anybody looks, as of the instant at which it was due: so
that it makes no difference who looks, and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from mockserver.document.plan import Move
from mockserver.errors import Json
from mockserver.mocking.kinds import DUE, Kind
from mockserver.mocking.rules import Rules
from mockserver.mocking.store import Condition, Query, Record, Store
from mockserver.mocking.values import Scope, StateView

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def stamp(kind: Kind, old: Mapping[str, Json], data: dict[str, Json], scope: Scope) -> None:
    """Note when the clock will move a record on, if it has just entered another state."""
    lifecycle = kind.plan.lifecycle
    if lifecycle is None or not lifecycle.moves:
        return
    state = data.get(lifecycle.property)
    if old and old.get(lifecycle.property) == state:
        return
    if scope.now is not None:
        _enter(kind, data, state, _milliseconds(scope.now))


def _same(moment: datetime) -> datetime:
    return moment


def _enter(kind: Kind, data: dict[str, Json], state: Json, entered_ms: int) -> None:
    move = move_from(kind, state)
    if move is None:
        data.pop(DUE, None)
    else:
        data[DUE] = entered_ms + move.after_ms


def move_from(kind: Kind, state: Json) -> Move | None:
    """Return the move that the clock makes from a state."""
    lifecycle = kind.plan.lifecycle
    moves = lifecycle.moves if lifecycle is not None else ()
    return next((move for move in moves if move.source == state), None)


def settle(rules: Rules, store: Store, view: StateView, now: datetime) -> None:
    """Move on all records whose time has come."""
    for kind in rules.clocked:
        due = Query((Condition((DUE,), "le", (_milliseconds(now),)),), (((DUE,), False),))
        for record in store.select(kind.name, due).records:
            _move_on(rules, store, view, kind, record, _milliseconds(now))


def _move_on(rules: Rules, store: Store, view: StateView, kind: Kind, record: Record, now_ms: int) -> None:
    lifecycle = kind.plan.lifecycle
    assert lifecycle is not None
    current = record
    while True:
        due = current.data.get(DUE)
        move = move_from(kind, current.data.get(lifecycle.property))
        if move is None or not isinstance(due, int) or due > now_ms:
            return
        due = _without_rounds(kind, move, due, now_ms)
        data = {**current.data, lifecycle.property: move.target}
        moment = _EPOCH + due * _MILLISECOND
        scope = Scope(view, record=data, principal=rules.plan.principal, clock=partial(_same, moment))
        for name, value in kind.timed_writes.items():
            data[name] = value(scope)
        _enter(kind, data, move.target, due)
        stored = store.update(kind.name, current.id, data, expected_version=current.version)
        if stored is None:
            return  # somebody else has moved it
        current = stored


def _without_rounds(kind: Kind, move: Move, due: int, now_ms: int) -> int:
    """Return when a move is made for the last time before now, where the moves lead back to it again and again."""
    span, state = 0, move.source
    for _ in kind.plan.lifecycle.moves if kind.plan.lifecycle is not None else ():
        following = move_from(kind, state)
        if following is None:
            return due
        span += following.after_ms
        state = following.target
        if state == move.source:
            return due if span <= 0 else due + (now_ms - due) // span * span
    return due


def _milliseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MILLISECOND
