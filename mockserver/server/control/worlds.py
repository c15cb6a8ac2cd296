"""The operations of the control API on worlds, their clocks and snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import TypeVar

import flask

from mockserver.document.durations import EXPECTED, duration
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking import snapshots
from mockserver.mocking.clock import Clock, instant
from mockserver.mocking.differences import differences
from mockserver.mocking.world import DEFAULT, World
from mockserver.mocking.worlds import Worlds, checked
from mockserver.server.control import views
from mockserver.server.control.answers import as_json, decoded, missing, nothing, world_name
from mockserver.server.control.loops import on_loop

_Bit = TypeVar("_Bit")


def wake(world: World, document: str | None = None, resource: str | None = None) -> None:
    """Have the resources made that nobody has looked at yet, one by one, so that requests in between need not wait."""
    places = [
        (name, kind)
        for name in world.documents
        for kind in world.states.seeded[name].kinds
        if document in (None, name) and resource in (None, kind)
    ]
    for name, kind in places:
        if world.planned(name, kind) is not None:
            on_loop(partial(world.state(name).count, kind, {}))


def _bit_by_bit(work: Iterator[_Bit]) -> Iterator[_Bit]:
    """Yield what some work yields, each bit of which is done on the loop's thread."""
    while (bit := on_loop(lambda: next(work, None))) is not None:
        yield bit


class WorldOperations:
    """What answers, by operationId.

    Args:
        worlds: All worlds.
    """

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds

    def named(self) -> dict[str, Callable[..., flask.Response]]:
        """Return the functions by operationId."""
        return {
            "getWorlds": self.worlds,
            "getWorld": self.world,
            "deleteWorld": self.delete,
            "resetWorld": self.reset,
            "getSnapshot": self.snapshot,
            "restoreSnapshot": self.restore,
            "cloneWorld": self.clone,
            "diffWorlds": self.diff,
            "getClock": self.clock,
            "setClock": self.set_clock,
            "advanceClock": self.advance_clock,
        }

    # Worlds.

    def worlds(self, offset: int = 0, limit: int = 100) -> flask.Response:
        """Show the worlds."""

        def collect() -> dict[str, Json]:
            known = self._worlds
            found = list(known)
            shown = views.worlds(found[offset : offset + limit], known)
            return {
                "total": len(found),
                "limit": known.bounds.worlds,
                "idle_limit_seconds": known.bounds.idle_seconds,
                "evicted": known.evicted,
                "expired": known.expired,
                "worlds": shown,
            }

        return as_json(on_loop(collect))

    def world(self, name: str) -> flask.Response:
        """Show one world."""
        return as_json(on_loop(lambda: views.worlds([self._found(name)], self._worlds)[0]))

    def delete(self, name: str) -> flask.Response:
        """Forget a world."""

        def delete() -> None:
            world = self._found(name)
            if world.name == DEFAULT:
                raise Refusal(RefusalKind.CONFLICT, "the default world cannot be deleted; it can be reset")
            self._worlds.drop(world.name)

        on_loop(delete)
        return nothing()

    def reset(self, name: str) -> flask.Response:
        """Go back to the seeds."""

        def reset() -> dict[str, Json]:
            world = self._found(name)
            world.reset()
            return views.worlds([world], self._worlds)[0]

        return as_json(on_loop(reset))

    # Snapshots.

    def snapshot(self, name: str) -> flask.Response:
        """Show all that a world holds."""
        world = on_loop(lambda: self._found(name))
        wake(world)
        return as_json(on_loop(lambda: snapshots.save(world)))

    def restore(self, name: str, body: Mapping[str, Json], force: bool = False) -> flask.Response:
        """Make a world what a snapshot says."""
        chosen = checked(decoded(name), "path", "name")
        likeness = on_loop(lambda: self._worlds.look(chosen))
        snapshot = on_loop(lambda: snapshots.read(body, likeness))
        if not force:
            found = list(chain.from_iterable(_bit_by_bit(snapshots.faults(snapshot, likeness))))
            if found:
                raise snapshots.refusal(found)

        def restore() -> dict[str, Json]:
            world = self._worlds.get(chosen)
            snapshots.restore(world, snapshot)
            return views.worlds([world], self._worlds)[0]

        return as_json(on_loop(restore))

    def clone(self, name: str, body: Mapping[str, Json]) -> flask.Response:
        """Make another world that holds the same."""
        other = checked(body["to"], "body", "to")

        def clone() -> dict[str, Json]:
            world = self._found(name)
            if self._worlds.find(other) is not None and not body.get("replace"):
                message = (
                    f"there is a world {other!r} already; say replace: true to put this one in its place"
                )
                raise Refusal(RefusalKind.CONFLICT, message)
            if other == world.name:
                raise Refusal(RefusalKind.CONFLICT, "a world cannot be a clone of itself")
            made = self._worlds.get(other)
            snapshots.clone(world, made)
            return views.worlds([made], self._worlds)[0]

        return as_json(on_loop(clone), 201)

    def diff(self, name: str, other: str) -> flask.Response:
        """Tell two worlds apart."""

        def collect() -> tuple[dict[str, Json], dict[str, Json]]:
            first, second = self._found(name), self._found(other)
            wanted = snapshots.written(first, second)
            return snapshots.save(first, wanted), snapshots.save(second, wanted)

        return as_json(differences(*on_loop(collect)))

    def _found(self, segment: str) -> World:
        name = checked(decoded(segment), "path", "name")
        world = self._worlds.find(name)
        if world is None:
            known = [world.name for world in self._worlds]
            raise missing("world", name, known if len(known) < 20 else [])
        return world

    # The clock.

    def clock(self, world: str | None = None) -> flask.Response:
        """Tell the time."""
        name = world_name(world)
        return as_json(on_loop(lambda: views.clock(self._worlds.look(name))))

    def set_clock(self, body: Mapping[str, Json], world: str | None = None) -> flask.Response:
        """Freeze the clock, or let it run."""
        name = world_name(world)
        mode, text = body["mode"], body.get("now")
        at = None if text is None else instant(text)

        def change(clock: Clock) -> None:
            if mode == "frozen":
                clock.freeze(at)
            else:
                clock.run(at)

        return self._changed(name, change)

    def advance_clock(self, body: Mapping[str, Json], world: str | None = None) -> flask.Response:
        """Let time pass."""
        name = world_name(world)
        by = duration(body["by"])
        if by is None:
            raise Refusal(RefusalKind.INVALID, f"by: {body['by']!r} is no length of time; write {EXPECTED}")
        return self._changed(name, lambda clock: clock.advance(by))

    def _changed(self, name: str, change: Callable[[Clock], None]) -> flask.Response:
        def work() -> dict[str, Json]:
            world = self._worlds.get(name)
            change(world.clock)
            return views.clock(world)

        return as_json(on_loop(work))
