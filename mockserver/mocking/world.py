"""A world: the state of all served documents, with its own clock and journal.

Seeding happens once; a reset goes back to a copy of what was seeded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockserver.mocking.clock import Clock
from mockserver.mocking.exchange import Journal
from mockserver.mocking.resources import State


class World:
    """The states by document name, a clock and a journal.

    Args:
        seeded: The states as they are at the start, by document name; they are never written to.
        make_clock: Makes the world's clock.
        journal_size: Exchanges that the journal keeps.
    """

    def __init__(
        self, seeded: Mapping[str, State], make_clock: Callable[[], Clock], *, journal_size: int = 1000
    ) -> None:
        self._seeded = seeded
        self.clock = make_clock()
        self.journal = Journal(journal_size)
        self.states = {name: state.copy() for name, state in seeded.items()}
        self._draws = 0
        self._away: dict[str, State] = {}

    def next_draw(self) -> int:
        """Return the number of a dynamic answer, from 1; a reset of everything begins anew."""
        self._draws += 1
        return self._draws

    def renew(self, seeded: Mapping[str, State]) -> None:
        """Go on with other documents, or with other rules for the same: records, clock and journal stay.

        A state that is the same as before is left alone. That of a document which is gone waits for its return.
        """
        known = {**self._away, **self.states}
        kept: dict[str, State] = {}
        for name, state in seeded.items():
            mine = known.pop(name, None)
            if mine is None:
                kept[name] = state.copy()
            else:
                kept[name] = mine if self._seeded.get(name) is state else mine.under(state)
        self._seeded, self.states, self._away = dict(seeded), kept, known

    def reset(self, document: str | None = None) -> None:
        """Go back to the seeded state, of one document or of all."""
        for name, state in self._seeded.items():
            if document in (None, name):
                self.states[name] = state.copy()
        if document is None:
            self.clock.reset()
            self._draws = 0
