"""What a change does to a contract, and what follows from it for the clients of the old one.

The law is the same for all rules: whoever sends something must stay inside of what is taken, whoever takes something
must be ready for all that is sent. A request that is narrowed breaks its clients, an answer that is widened does.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from mockserver.contract.findings import Level
from mockserver.document.dialect import Direction


class Verdict(StrEnum):
    """What a change means for clients of the old document.

    `breaking`: some client that keeps the old contract fails. `dangerous`: it may, and the documents do not tell.
    `safe`: none does.
    """

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"

    @property
    def rank(self) -> int:
        """How bad as a number, 0 for the worst."""
        return _RANKS[self]

    @property
    def level(self) -> Level:
        """The same in the words of all reports."""
        return _LEVELS[self]


_RANKS: Final = {Verdict.BREAKING: 0, Verdict.DANGEROUS: 1, Verdict.SAFE: 2}
_LEVELS: Final = {
    Verdict.BREAKING: Level.ERROR,
    Verdict.DANGEROUS: Level.WARNING,
    Verdict.SAFE: Level.NOTE,
}


class Effect(StrEnum):
    """What a change does to the set of messages that keep the contract."""

    NARROWS = "narrows"
    WIDENS = "widens"
    DIFFERS = "differs"
    """Some messages are no longer allowed, and others are now."""
    UNKNOWN = "unknown"
    """The documents do not tell."""
    NONE = "none"
    VIOLATES = "violates"
    """The messages stay the same, but a promise about the life of the API is broken."""


_LAW: Final = {
    (Effect.NARROWS, Direction.REQUEST): Verdict.BREAKING,
    (Effect.NARROWS, Direction.RESPONSE): Verdict.SAFE,
    (Effect.WIDENS, Direction.REQUEST): Verdict.SAFE,
    (Effect.WIDENS, Direction.RESPONSE): Verdict.BREAKING,
}
_ANYWAY: Final = {
    Effect.DIFFERS: Verdict.BREAKING,
    Effect.VIOLATES: Verdict.BREAKING,
    Effect.UNKNOWN: Verdict.DANGEROUS,
    Effect.NONE: Verdict.SAFE,
    # Without a direction it is about what clients may do at all.
    Effect.NARROWS: Verdict.BREAKING,
    Effect.WIDENS: Verdict.SAFE,
}

_REASONS: Final = {
    (Effect.NARROWS, Direction.REQUEST): "Requests that were valid are not any more.",
    (Effect.NARROWS, Direction.RESPONSE): "Answers keep within what they were.",
    (Effect.WIDENS, Direction.REQUEST): "All requests that were valid still are.",
    (Effect.WIDENS, Direction.RESPONSE): "Answers may hold what clients were never told of.",
}
_REASONS_ANYWAY: Final = {
    Effect.DIFFERS: "Neither side can take what the other one means.",
    Effect.VIOLATES: "A promise about the life of the API is not kept.",
    Effect.UNKNOWN: "The documents do not say whether clients can go on.",
    Effect.NONE: "Messages stay as they were.",
    Effect.NARROWS: "What clients could do they cannot do any more.",
    Effect.WIDENS: "Clients can go on as before.",
}


def law(effect: Effect, direction: Direction | None) -> Verdict:
    """Return the verdict that follows from what a change does, and which way the message goes."""
    return (_LAW.get((effect, direction)) if direction else None) or _ANYWAY[effect]


def reason_of(effect: Effect, direction: Direction | None) -> str:
    """Return why, as a sentence."""
    return (_REASONS.get((effect, direction)) if direction else None) or _REASONS_ANYWAY[effect]
