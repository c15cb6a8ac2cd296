"""The operations of the control API on worlds and their clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import flask

from mockserver.document.durations import EXPECTED, duration
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.clock import Clock, instant
from mockserver.mocking.world import DEFAULT, World
from mockserver.mocking.worlds import Worlds, checked
from mockserver.server.control import views
from mockserver.server.control.answers import as_json, decoded, missing, nothing, world_name
from mockserver.server.control.loops import on_loop


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
