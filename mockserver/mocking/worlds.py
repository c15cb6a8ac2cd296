"""All worlds of a server: made when somebody names one, bounded in number, and let go when nobody asks for long."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.document.model import Operation
from mockserver.errors import Refusal, RefusalKind, Violation
from mockserver.mocking.clock import Clock
from mockserver.mocking.exchange import Exchange, Journal
from mockserver.mocking.resources import State
from mockserver.mocking.sharing import SharedJournal
from mockserver.mocking.store import Backend, MemoryBackend
from mockserver.mocking.store.memory import DEFAULT_LIMIT
from mockserver.mocking.world import DEFAULT, World

_NAME: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,64}").fullmatch
_JOURNALS: Final = 10
"""The journals of all worlds but the default one hold together as much as so many of them."""
_MADE_BETWEEN: Final = 64
"""Worlds that are made between two looks at how many records all hold: a look costs as much as there are worlds."""


def is_name(text: str) -> bool:
    """Return whether a text can be the name of a world."""
    return _NAME(text) is not None


def checked(name: str, *location: str | int) -> str:
    """Return the name of a world.

    Raises:
        Refusal: It is none; `location` says where it stood.
    """
    if is_name(name):
        return name
    shown = name if len(name) <= 80 else f"{name[:80]}..."
    message = (
        f"{shown!r} is no name for a world; it should have 1 to 64 of the characters A-Z a-z 0-9 . _ ~ -"
    )
    raise Refusal(
        RefusalKind.INVALID, message, violations=[Violation(location, "world", message, shown)], status=400
    )


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many worlds there may be, and for how long.

    Attributes:
        worlds: Worlds besides the default one; beyond it those go that have not been asked for longest.
        idle_seconds: A world that nobody asks for so long goes; 0 for never.
        exchanges: Exchanges that each journal keeps.
        records: Records that the worlds but the default one may hold together in the memory of this process.
    """

    worlds: int = 1000
    idle_seconds: float = 0
    exchanges: int = 1000
    records: int = DEFAULT_LIMIT


class Tail:
    """The exchanges of all worlds since the last look, for the log; not more than `size` of them.

    Attributes:
        count: How many exchanges there ever were.
    """

    def __init__(self, size: int = 1000) -> None:
        self._fresh: deque[Exchange] = deque(maxlen=size)
        self._taken = 0
        self.count = 0

    def add(self, exchange: Exchange) -> None:
        """Note an exchange."""
        self.count += 1
        self._fresh.append(exchange)

    def take(self) -> tuple[list[Exchange], int]:
        """Return the exchanges since the last look, and how many more there were that are lost."""
        fresh, since = list(self._fresh), self.count - self._taken
        self._fresh.clear()
        self._taken = self.count
        return fresh, since - len(fresh)


class Worlds:
    """The worlds by name.

    Args:
        seeded: The states as they are at the start, by document name.
        make_clock: Makes the clock of a world.
        monotonic: Seconds that only ever go up, to tell who has not been asked for long.
        backend: Where the stores of all worlds are.
        bounds: How many worlds there may be.

    Attributes:
        default: Where those are who name no world.
        tail: The last exchanges in all worlds.
        witness: Told of each exchange in any world as it is recorded, with whole bodies; None for nobody.
        evicted, expired: How many worlds had to go because there were too many, or because nobody asked for them.
    """

    def __init__(
        self,
        seeded: Mapping[str, State],
        make_clock: Callable[[], Clock],
        monotonic: Callable[[], float],
        backend: Backend,
        bounds: Bounds = Bounds(),
    ) -> None:
        self._seeded = dict(seeded)
        self._make_clock = make_clock
        self._monotonic = monotonic
        self._backend = backend
        self.bounds = bounds
        self._named: OrderedDict[str, World] = OrderedDict()
        self._made = 0
        self._touched: list[World] = []
        self._order: deque[tuple[Journal, int]] = deque()
        self.tail = Tail()
        self.witness: Callable[[Exchange], object] | None = None
        self.evicted = 0
        self.expired = 0
        self.default = World(
            self._seeded,
            make_clock,
            backend=backend,
            journal=self._journal(DEFAULT, self._noted),
        )

    def __iter__(self) -> Iterator[World]:
        """Yield the worlds, the default one first, then in the order of their last use."""
        yield self.default
        yield from list(self._named.values())
        if self._backend.shared:
            for name in self._backend.worlds():
                if name != DEFAULT and name not in self._named:
                    yield self._make(name)

    def __len__(self) -> int:
        known = {*self._named, *self._backend.worlds()} - {DEFAULT} if self._backend.shared else self._named
        return 1 + len(known)

    @property
    def exchanges(self) -> int:
        """How many exchanges there ever were, in all worlds that are there."""
        if not self._backend.shared:
            return self.tail.count
        return sum(self._backend.log(name).count() for name in self._backend.worlds())

    def get(self, name: str) -> World:
        """Return a world, made if it is new; it counts as used. The name has been checked."""
        if name == DEFAULT:
            self.default.fetch()
            return self.default
        now = self._monotonic()
        world = self._named.get(name)
        if world is not None and self._is_idle(world, now):
            self._drop(name)
            self.expired += 1
            world = None
        if world is None:
            self._expire(now)
            self._made += 1
            if self._made % _MADE_BETWEEN == 0:
                self._bound()
            self._make_room()
            world = self._named[name] = self._make(name)
        else:
            self._named.move_to_end(name)
        world.used = now
        self._touch(world)
        return world

    def find(self, name: str) -> World | None:
        """Return a world that is there; it does not count as used."""
        world = self.default if name == DEFAULT else self._named.get(name)
        if world is None and self._backend.shared and name in self._backend.worlds():
            # Another process has made it.
            world = self._make(name)
        if world is not None:
            self._touch(world)
        return world

    def look(self, name: str) -> World:
        """Return a world that is there, else one as it would begin, which nobody else sees."""
        return self.find(name) or self._make(name)

    def agree(self) -> None:
        """Let other processes know what has been done to the worlds that were asked for."""
        for world in (self.default, *self._touched):
            world.keep()
        self._touched = []

    def _touch(self, world: World) -> None:
        if self._backend.shared:
            world.fetch()
            self._touched.append(world)

    def leave(self, world: World) -> None:
        """Note that a request has been answered in a world."""
        world.active -= 1
        if self._named.get(world.name) is world:
            self._named.move_to_end(world.name)
            world.used = self._monotonic()

    def drop(self, name: str) -> bool:
        """Forget a world, and return whether it was there. Not for the default one."""
        world = None if name == DEFAULT else self.find(name)
        if world is not None:
            self._named.pop(name, None)
            world.journal.clear()
            self._backend.drop(name)
        return world is not None

    def close(self) -> None:
        """Let go of where the state is kept."""
        self._backend.close()

    def idle_seconds(self, world: World) -> float:
        """Return for how long nobody has asked for a world."""
        return 0.0 if world.active or world is self.default else max(self._monotonic() - world.used, 0.0)

    def sweep(self) -> None:
        """Let those go that nobody has asked for long; then others, as long as all together are too large."""
        self._expire(self._monotonic())
        self._bound()

    def _expire(self, now: float) -> None:
        for name, world in list(self._named.items()) if self._is_any_idle(now) else ():
            if self._is_idle(world, now):
                self._drop(name)
                self.expired += 1

    def _bound(self) -> None:
        while self._records() > self.bounds.records and self._evict():
            pass

    def renew(self, seeded: Mapping[str, State]) -> None:
        """Go on with other documents, or other rules for the same, in all worlds (see `World.renew`)."""
        self._seeded = dict(seeded)
        for world in self:
            world.renew(self._seeded)

    def _make(self, name: str) -> World:
        journal = self._journal(name, self._recorded)
        return World(self._seeded, self._make_clock, backend=self._backend, name=name, journal=journal)

    def _journal(self, name: str, listener: Callable[[Journal, Exchange], object]) -> Journal:
        if not self._backend.shared:
            return Journal(self.bounds.exchanges, listener)
        return SharedJournal(self._backend.log(name), self.bounds.exchanges, listener, self._operation)

    def _operation(self, document: str | None, name: str | None) -> Operation | None:
        seeded = self._seeded.get(document or "")
        return None if seeded is None else seeded.rules.document.operations.get(name or "")

    def _is_any_idle(self, now: float) -> bool:
        # The first has not been used for longest, apart from those that are in use now.
        first = next((world for world in self._named.values() if not world.active), None)
        return first is not None and self._is_idle(first, now)

    def _is_idle(self, world: World, now: float) -> bool:
        limit = self.bounds.idle_seconds
        return limit > 0 and not world.active and now - world.used > limit

    def _make_room(self) -> None:
        while len(self._named) >= self.bounds.worlds and self._evict():
            pass

    def _records(self) -> int:
        """Return how many records the worlds but the default one hold in the memory of this process."""
        backend = self._backend
        if not isinstance(backend, MemoryBackend):
            return 0
        return sum(backend.records(name) for name in self._named)

    def _evict(self) -> bool:
        """Let the world go that nobody has asked for longest, and return whether there was one that could."""
        name = next((name for name, world in self._named.items() if not world.active), None)
        if name is not None:
            self._drop(name)
            self.evicted += 1
        return name is not None

    def _drop(self, name: str) -> None:
        """Let a world go. Where others may be using it, it is only this process that forgets what it knows of it."""
        world = self._named.pop(name, None)
        if world is not None and not self._backend.shared:
            world.journal.clear()
            self._backend.drop(name)

    def _noted(self, _journal: Journal, exchange: Exchange) -> None:
        self.tail.add(exchange)
        if self.witness is not None:
            self.witness(exchange)

    def _recorded(self, journal: Journal, exchange: Exchange) -> None:
        """Keep the journals of many worlds from growing without bounds: the oldest exchange of all goes first."""
        self._noted(journal, exchange)
        self._order.append((journal, exchange.number))
        if len(self._order) > _JOURNALS * self.bounds.exchanges:
            oldest, number = self._order.popleft()
            oldest.forget(number)
