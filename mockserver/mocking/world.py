"""A world: the state of all served documents, with its own clock and journal.

Seeding happens once; a reset goes back to a copy of what was seeded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockserver.mocking.clock import Clock
from mockserver.mocking.exchange import Journal
from mockserver.mocking.resources import State
from mockserver.mocking.store import Backend, MemoryBackend, MemoryStore


class World:
    """The states by document name, a clock and a journal.

    Args:
        seeded: The states as they are at the start, by document name; they are never written to.
        make_clock: Makes the world's clock.
        journal_size: Exchanges that the journal keeps.
        backend: Where its stores are; None for the memory of this process.
        name: Its name there.
    """

    def __init__(
        self,
        seeded: Mapping[str, State],
        make_clock: Callable[[], Clock],
        *,
        journal_size: int = 1000,
        backend: Backend | None = None,
        name: str = "default",
    ) -> None:
        self._seeded = seeded
        self._backend = backend or MemoryBackend()
        self.name = name
        self.clock = make_clock()
        self.journal = Journal(journal_size)
        self.states = {document: self._opened(document, state) for document, state in seeded.items()}
        self._draws = 0

    def next_draw(self) -> int:
        """Return the number of a dynamic answer, from 1; a reset of everything begins anew."""
        self._draws += 1
        return self._draws

    def renew(self, seeded: Mapping[str, State]) -> None:
        """Go on with other documents, or with other rules for the same: records, clock and journal stay.

        A state that is the same as before is left alone. That of a document which is gone waits for its return.
        """
        self.states = {
            document: self.states[document]
            if self._seeded.get(document) is state
            else self._opened(document, state)
            for document, state in seeded.items()
        }
        self._seeded = dict(seeded)

    def reset(self, document: str | None = None) -> None:
        """Go back to the seeded state, of one document or of all."""
        for name, state in self.states.items():
            if document in (None, name):
                state.store.reset()
        if document is None:
            self.clock.reset()
            self._draws = 0

    def _opened(self, document: str, seeded: State) -> State:
        """Return the state of a document here, which begins with what is seeded and is written to on its own."""
        origin = seeded.store
        assert isinstance(origin, MemoryStore)
        return seeded.on(self._backend.open(self.name, document, origin))
