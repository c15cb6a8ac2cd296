"""A world: the state of all served documents, with its own clock, stubs and journal.

Seeding happens once; a world begins with what was seeded, is written to on its own, and a reset goes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from mockserver.errors import StoreUnavailable
from mockserver.mocking.clock import Clock
from mockserver.mocking.exchange import Journal
from mockserver.mocking.matching import Sent
from mockserver.mocking.resources import State
from mockserver.mocking.sharing import Agreement
from mockserver.mocking.store import Backend, MemoryBackend, MemoryStore, Query
from mockserver.mocking.stubs import Stub, Stubs

DEFAULT: Final = "default"
"""The name of the world in which those are who name none."""


class States(dict[str, State]):
    """The states of a world by document name; one that is not here yet is opened when it is asked for."""

    def __init__(self, seeded: Mapping[str, State], backend: Backend, world: str) -> None:
        super().__init__()
        self.seeded = seeded
        self._backend = backend
        self._world = world

    def __missing__(self, document: str) -> State:
        seeded = self.seeded[document]
        origin = seeded.store
        assert isinstance(origin, MemoryStore)
        state = self[document] = seeded.on(self._backend.open(self._world, document, origin))
        return state


class World:
    """The states by document name, a clock, stubs and a journal.

    Args:
        seeded: The states as they are at the start, by document name; they are never written to.
        make_clock: Makes the world's clock.
        backend: Where its stores are; None for the memory of this process.
        name: Its name.
        journal: Keeps its exchanges.

    Attributes:
        active: Requests that are being answered in it.
        used: When it was asked last, by the clock of `Worlds`.
        draws: How many dynamic answers there were.
    """

    def __init__(
        self,
        seeded: Mapping[str, State],
        make_clock: Callable[[], Clock],
        *,
        backend: Backend | None = None,
        name: str = DEFAULT,
        journal: Journal | None = None,
    ) -> None:
        self.name = name
        self.clock = make_clock()
        self.stubs = Stubs()
        self.journal = Journal() if journal is None else journal
        self._backend = backend or MemoryBackend()
        self.states = States(seeded, self._backend, name)
        self.active = 0
        self.used = 0.0
        self.draws = 0
        self._agreement = Agreement(self._backend, self) if self._backend.shared else None

    def fetch(self) -> None:
        """Go by what other processes have done to the clock and the stubs.

        Raises:
            StoreUnavailable: The place where the state is kept does not answer.
        """
        if self._agreement is not None:
            self._agreement.fetch()

    def keep(self) -> None:
        """Let other processes know what has been done to the clock and the stubs here."""
        if self._agreement is not None:
            with suppress(StoreUnavailable):
                self._agreement.keep()

    @property
    def documents(self) -> list[str]:
        """The names of the documents that have a state here."""
        return list(self.states.seeded)

    def state(self, document: str) -> State:
        """Return the state of a document, only to be read: nothing is opened that nobody has asked for."""
        if document in self.states or self._backend.shared:
            return self.settled(document)
        return self.states.seeded[document]

    def settled(self, document: str) -> State:
        """Return the state of a document as it is by now: what the clock moves has moved."""
        state = self.states[document]
        if state.rules.clocked:
            state.settle(self.clock.look())
        return state

    def planned(self, document: str, resource: str) -> int | None:
        """Return how many records a resource will have that nobody has looked at yet; None for others."""
        seeded = self.states.seeded[document].store
        assert isinstance(seeded, MemoryStore)
        planned = seeded.planned(resource)
        if planned is not None and self._backend.shared and resource in self.state(document).store.written():
            return None
        return planned

    def count(self, document: str, resource: str) -> int:
        """Return how many records of a resource are live; of one that nobody has looked at yet, will be."""
        planned = self.planned(document, resource)
        if planned is not None:
            return planned
        return self.state(document).store.select(resource, Query(limit=0)).total

    def next_draw(self) -> int:
        """Return the number of a dynamic answer, from 1; a reset of everything begins anew."""
        self.draws += 1
        return self.draws

    def stub_for(self, document: str, operation: str, sent: Sent) -> tuple[Stub | None, str]:
        """Return the stub that answers a request, which counts it, and why others, which nearly do, do not."""
        stub, reasons = self.stubs.find(document, operation, sent)
        if stub is not None:
            stub.hits += 1
        return stub, reasons

    def renew(self, seeded: Mapping[str, State]) -> None:
        """Go on with other documents, or with other rules for the same: records, clock and journal stay.

        A state that is the same as before is left alone. That of a document which is gone waits for its return.
        """
        before = self.states
        self.states = States(dict(seeded), self._backend, self.name)
        for document, state in before.items():
            if document in seeded:
                if before.seeded[document] is seeded[document]:
                    self.states[document] = state
                else:
                    # Opened now, so that what is shown of its records is forgotten.
                    self.states[document]

    def reset(self, document: str | None = None) -> None:
        """Go back to the seeded state, of one document or of all."""
        for name in self.documents:
            if document in (None, name):
                self.states[name].store.reset()
        if document is None:
            self.clock.reset()
            self.stubs.reset()
            self.draws = 0
