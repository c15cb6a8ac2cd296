"""Puts the faults that several readers and checks found into one list, in which each stands once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mockserver.document.model import Fault, Severity
from mockserver.document.rules import family_of

_CAUSES: Final = {"compile": ("pattern", "shape"), "validator": ("error",)}
"""Rule -> what explains it, where it was found at the same place or below; `error` is any error."""


class Findings:
    """Faults without those that were reported from elsewhere: at the same place, or more exactly, below it."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults: list[Fault] = []
        self._told: set[tuple[str, str, str]] = set()
        self._places: set[tuple[str, str]] = set()
        self.add(faults)

    def add(self, faults: Iterable[Fault]) -> None:
        """Add what one of them found."""
        # What two operations use is met twice, and is the same fault.
        unique = {
            (fault.file, fault.pointer, fault.rule, fault.message): fault for fault in reversed([*faults])
        }
        new = [fault for fault in reversed(unique.values()) if not self._is_told(fault)]
        self.faults += new
        for fault in new:
            self._places.add((fault.file, fault.pointer))
            family, pointer = family_of(fault.rule), fault.pointer
            names = [family, "error"] if fault.severity is Severity.ERROR else [family]
            self._told.update((name, fault.file, pointer) for name in names)
            while pointer:
                pointer = pointer.rpartition("/")[0]
                self._told.update((name, fault.file, pointer) for name in names)

    def _is_told(self, fault: Fault) -> bool:
        family = family_of(fault.rule)
        if (family, fault.file, fault.pointer) in self._told:
            return True
        if any((cause, fault.file, fault.pointer) in self._told for cause in _CAUSES.get(fault.rule, ())):
            return True
        # That a place has the wrong shape is no news where something more was said of it, or of what it is in.
        near = (fault.pointer, fault.pointer.rpartition("/")[0])
        return family == "shape" and any(place and (fault.file, place) in self._places for place in near)
