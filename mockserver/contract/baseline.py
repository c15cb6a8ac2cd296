"""Findings that are accepted for a while: a YAML file with a reason and an expiry date for each.

findings:
- id: 5f0c1d2e3a4b            # the finding's fingerprint, as reports show it
  check: response-body        # these three are for people
  operation: GET /pets
  place: body.items[].name
  reason: fixed with the next release, see ticket 7
  expires: 2027-01-31         # from this day on it counts again
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from mockserver.contract.findings import Finding
from mockserver.document.loading import loader, yamltext
from mockserver.document.loading.locator import Locator
from mockserver.errors import DocumentError, Json, UsageError

ACCEPTED_FOR: Final = timedelta(days=90)
"""How long an entry lasts that is written by us; a person may choose another day."""
NO_REASON: Final = "nobody has looked into it yet"

_ID: Final = re.compile(r"[0-9a-f]{12}\Z")
_TEXTS: Final = ("check", "operation", "place", "reason")
_HEAD: Final = b"""\
# Findings that are accepted until the day they expire; docs/ci.md of mockserver tells about them.
# Give each a reason, and a date on which somebody has to look at it again.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding.

    Attributes:
        id: Fingerprint of the finding.
        expires: The first day on which it counts again.
        check, operation, place: For people; `operation` also tells whether a run could have found it.
    """

    id: str
    expires: date
    check: str = ""
    operation: str = ""
    place: str = ""
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it as it stands in a file."""
        texts = {name: getattr(self, name) for name in _TEXTS}
        return {
            "id": self.id,
            **{name: text for name, text in texts.items() if text},
            "expires": self.expires.isoformat(),
        }

    def __str__(self) -> str:
        what = " ".join(part for part in (self.check, self.operation, self.place) if part)
        return f"{self.id} ({what})" if what else self.id


@dataclass(slots=True)
class Baseline:
    """Accepted findings, and which of them were met.

    Attributes:
        source: File that it was read from, as a person would name it.
        accepts_until: Accept whatever else is found, until then; None to accept nothing else.
        met: Ids of the entries that were found, of all that are in `entries`.
    """

    source: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    accepts_until: date | None = None
    met: set[str] = field(default_factory=set)

    def known(self, finding: Finding, today: date) -> str:
        """Return why a finding is accepted; "" when it is not."""
        key = finding.fingerprint
        entry = self.entries.get(key)
        is_old = entry is not None and entry.expires <= today
        if self.accepts_until is not None and (entry is None or is_old):
            names = (finding.check, finding.operation, finding.place)
            new = entry or Entry(key, self.accepts_until, *names, NO_REASON)
            entry = self.entries[key] = replace(new, expires=self.accepts_until)
            is_old = False
        if entry is None:
            return ""
        self.met.add(key)
        return "" if is_old else f"{entry.reason or NO_REASON} (until {entry.expires})"

    def remarks(self, today: date, tested: Collection[str]) -> Iterator[str]:
        """Yield what is to be said about entries: those that have expired, and those that match nothing any more.

        Args:
            today: The day of the run.
            tested: Names of what was tested; an entry of an operation that is not among them may still be right.
        """
        for entry in self.entries.values():
            if entry.id in self.met and entry.expires <= today:
                yield (
                    f"{self.source}: {entry} has expired on {entry.expires} and counts again:"
                    f" mend it, or give it a new date"
                )
            elif self._is_stale(entry, tested):
                yield f"{self.source}: {entry} was not found any more: take it out"

    def _is_stale(self, entry: Entry, tested: Collection[str]) -> bool:
        could_be_found = not tested or not entry.operation or entry.operation in tested
        return entry.id not in self.met and could_be_found

    def text(self, tested: Collection[str]) -> bytes:
        """Return what the file is to hold after a run: what was found, and what could not be."""
        kept = [entry for entry in self.entries.values() if not self._is_stale(entry, tested)]
        kept.sort(key=lambda entry: (entry.operation, entry.check, entry.place, entry.id))
        return _HEAD + yamltext.dumps({"findings": [entry.as_dict() for entry in kept]})


def read(path: Path) -> Baseline:
    """Return the baseline in a file.

    Raises:
        UsageError: There is none, or it has not the format; with the line.
    """
    try:
        data = loader.content(path)
        value = loader.parse(data, str(path))
    except DocumentError as error:
        raise UsageError(f"{error}; --write-baseline makes a baseline") from error
    entries: dict[str, Entry] = {}
    for pointer, raw in _raw_entries(value):
        problem = _problem(raw)
        if not problem and raw["id"] in entries:
            problem = f"id {raw['id']} stands there twice"
        if problem:
            position = Locator(data).find(pointer)
            where = f":{position.line}:{position.column}" if position else ""
            raise UsageError(f"{path}{where}: {problem}")
        texts = {name: raw.get(name) or "" for name in _TEXTS}
        entries[raw["id"]] = Entry(raw["id"], date.fromisoformat(raw["expires"]), **texts)
    return Baseline(str(path), entries)


def _raw_entries(value: Json) -> Iterator[tuple[str, Json]]:
    """Yield the entries with their pointers; what is none at all stands for itself."""
    if value is None:
        return
    found = value.get("findings") if isinstance(value, Mapping) else value
    if found is None and value == {"findings": None}:
        return
    if not isinstance(found, list) or not isinstance(value, Mapping):
        yield "", None
        return
    for number, raw in enumerate(found):
        yield f"/findings/{number}", raw


def _problem(raw: Any) -> str:
    """Return what is wrong with an entry, "" for nothing."""
    if not isinstance(raw, Mapping):
        return "a baseline is a list `findings` of objects with `id`, `reason` and `expires`"
    unknown = sorted(set(map(str, raw)) - {"id", "expires", *_TEXTS})
    if unknown:
        return f"an entry has no {unknown[0]!r}; it has id, {', '.join(_TEXTS)}, expires"
    key = raw.get("id")
    if not isinstance(key, str) or not _ID.match(key):
        # What consists of digits only is a number in YAML.
        return f"`id` is {key!r}; it is the finding's id as reports show it, 12 hexadecimal digits, in quotes"
    for name in _TEXTS:
        if not isinstance(raw.get(name, ""), str | None):
            return f"`{name}` is {raw[name]!r}; it is a text"
    try:
        date.fromisoformat(str(raw.get("expires")))
    except ValueError:
        seen = f"is {raw['expires']!r}" if "expires" in raw else "is missing"
        return f"`expires` {seen}; it is the day on which the finding counts again, e.g. 2027-01-31"
    return ""
