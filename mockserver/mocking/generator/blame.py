"""Which part of a value is to blame when the whole does not validate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.validation import Schemas, Validator
from mockserver.errors import Json

_FAULTS_READ: Final = 12
_DEEPEST_LOOK: Final = 12


class Attempt:
    """A value that does not validate.

    Attributes:
        validator: The validator that it fails.
    """

    def __init__(
        self, schemas: Schemas, validator: Validator, value: Json, places: Mapping[str, Sequence[str]]
    ) -> None:
        self._schemas = schemas
        self.validator = validator
        self._value = value
        self._places = places

    @property
    def reason(self) -> str:
        """What the validator says first."""
        violations = self.validator.violations(self._value)
        return str(violations[0]) if violations else "it is not valid"

    def count_failures(self, failures: dict[str, int]) -> None:
        """Count one more failure for each place to blame."""
        for guilty in sorted(self._guilty("", self.validator, set(), 0) or {""}):
            place = guilty
            failures[place] = failures.get(place, 0) + 1
            # What fails again and again may be asked for the impossible by what is around it.
            while place and failures[place] % 4 == 0:
                place = place.rpartition("/")[0]
                failures[place] = failures.get(place, 0) + 1

    def _guilty(self, base: str, validator: Validator, entered: set[str], depth: int) -> set[str]:
        """Return the places to blame for what a validator says about the value at `base`.

        Where a branch was chosen on the way, that branch is asked: what the other branches say is no matter.
        """
        guilty: set[str] = set()
        for violation in validator.violations(_at(self._value, base))[:_FAULTS_READ]:
            place = ptr.join(base, *violation.location)
            while place not in self._places and place != base:
                place = place.rpartition("/")[0]
            if place in guilty:
                continue
            fork = self._first_fork(base, place, entered)
            if fork is None or depth > _DEEPEST_LOOK:
                guilty.add(place)
            elif fork not in guilty:
                guilty |= self._guilty_below(fork, entered, depth) or {fork}
        return guilty

    def _guilty_below(self, fork: str, entered: set[str], depth: int) -> set[str]:
        entered.add(fork)
        value = _at(self._value, fork)
        found: set[str] = set()
        for branch in self._places[fork]:
            validator = self._schemas.validator(branch)
            if not validator.is_valid(value):
                found |= self._guilty(fork, validator, entered, depth + 1)
        return found

    def _first_fork(self, base: str, place: str, entered: set[str]) -> str | None:
        """Return the first place from `base` down to `place` where a branch was chosen and not yet asked."""
        above = [place]
        while above[-1] != base:
            above.append(above[-1].rpartition("/")[0])
        return next((at for at in reversed(above) if self._places.get(at) and at not in entered), None)


def _at(value: Json, place: str) -> Json:
    for name in ptr.split(place):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value
