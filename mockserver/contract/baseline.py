"""Findings that are accepted for a while: a YAML file with a reason and an expiry date for each.

findings:
- id: 5f0c1d2e3a4b            the finding's fingerprint, as reports show it
  check: response-body        the next three are for people
  operation: GET /pets
  place: body.items[].name
  reason: fixed with the next release, see ticket 7
  expires: 2027-01-31         from this day on it counts again
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date

from mockserver.contract.findings import Finding


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding.

    Attributes:
        id: Fingerprint of the finding.
        check, operation, place: For people; `operation` also tells whether a run could have found it.
        expires: The first day on which it counts again.
    """

    id: str
    expires: date
    check: str = ""
    operation: str = ""
    place: str = ""
    reason: str = ""


@dataclass(slots=True)
class Baseline:
    """Accepted findings, and which of them were met.

    Attributes:
        source: File that it was read from, as a person would name it.
    """

    source: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)

    def known(self, finding: Finding, today: date) -> str:
        """Return why a finding is accepted; "" when it is not."""
        entry = self.entries.get(finding.fingerprint)
        if entry is None:
            return ""
        self.met.add(entry.id)
        if entry.expires <= today:
            return ""
        return f"{entry.reason or 'accepted'} (until {entry.expires})"

    def remarks(self, today: date, tested: Collection[str]) -> Iterator[str]:
        """Yield what is to be said about entries: those that have expired, and those that match nothing any more.

        Args:
            today: The day of the run.
            tested: Names of what was tested; an entry of an operation that is not among them may still be right.
        """
        for entry in self.entries.values():
            what = " ".join(part for part in (entry.check, entry.operation, entry.place) if part)
            name = f"{self.source}: {entry.id} ({what})" if what else f"{self.source}: {entry.id}"
            if entry.id in self.met and entry.expires <= today:
                yield f"{name} has expired on {entry.expires} and counts again; mend it, or give it a new date"
            elif entry.id not in self.met and (
                not tested or not entry.operation or entry.operation in tested
            ):
                yield f"{name} was not found any more; take it out"
