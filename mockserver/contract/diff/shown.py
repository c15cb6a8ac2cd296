"""What layouts are handed: changes with what the baseline says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mockserver.contract.diff.changes import Change
from mockserver.contract.diff.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Shown:
    """All that there is to show.

    Attributes:
        old, new: The documents, as a person named them.
        versions: Their OpenAPI versions.
        operations: How many were looked at.
        changes: The worst first.
        accepted: Fingerprint -> why a change is accepted.
        fingerprints: Of the changes, in their order; "" where nothing could accept it.
        used: How many exchanges the changes were held against; None where nobody asked.
        notes: What else is to be said.
    """

    old: str
    new: str
    versions: tuple[str, str]
    operations: int
    changes: tuple[Change, ...]
    fingerprints: tuple[str, ...] = ()
    accepted: Mapping[str, str] = field(default_factory=dict)
    used: int | None = None
    notes: tuple[str, ...] = ()

    def why_accepted(self, index: int) -> str:
        """Return why a change does not count, "" when it does."""
        return self.accepted.get(self.fingerprints[index], "") if self.fingerprints else ""

    def counting(self) -> list[Change]:
        """Return the changes that count."""
        return [
            change
            for index, change in enumerate(self.changes)
            if not change.unused and not self.why_accepted(index)
        ]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many of those that count are of each verdict, the worst first."""
        found = self.counting()
        return {verdict: sum(change.verdict is verdict for change in found) for verdict in Verdict}

    @property
    def accepted_changes(self) -> list[tuple[Change, str]]:
        """Changes that the baseline accepts, each with the reason."""
        return [
            (change, why) for index, change in enumerate(self.changes) if (why := self.why_accepted(index))
        ]

    @property
    def unused_changes(self) -> list[Change]:
        """Changes that matter to nobody who was recorded, without the safe ones."""
        return [change for change in self.changes if change.unused and change.verdict is not Verdict.SAFE]


def summary(shown: Shown) -> str:
    """Return the numbers in a sentence."""
    counts = shown.counts
    text = ", ".join(f"{number} {verdict}" for verdict, number in counts.items())
    return f"{text}" if any(counts.values()) else "no changes"
