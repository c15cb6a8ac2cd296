"""How ids are made: a function of the seed, the resource and the number of the record."""

from __future__ import annotations

import re
import string
import uuid
from collections.abc import Callable
from typing import Final

from mockserver.mocking.dice import Dice
from mockserver.mocking.store import Store
from mockserver.mocking.store.interface import Key

_BASE62: Final = string.digits + string.ascii_letters
_PLACEHOLDER: Final = re.compile(r"\{(hex|base62|digits):(\d+)\}|\{(n)\}")
_ALPHABETS: Final = {"hex": "0123456789abcdef", "base62": _BASE62, "digits": string.digits}


class IdMaker:
    """Makes the ids of one resource.

    Args:
        resource: Its name.
        make: `uuid4`, `integer`, or a text with `{hex:N}`, `{base62:N}`, `{digits:N}`, `{n}`.
    """

    def __init__(self, resource: str, make: str, dice: Dice) -> None:
        self._resource = resource
        self._make = self._maker(make, dice)

    def next(self, store: Store) -> Key:
        """Return an id that was never used in this store."""
        while True:
            id = self._make(store.next_number(f"id:{self._resource}"))
            if not store.is_used(self._resource, id):
                return id

    def _maker(self, make: str, dice: Dice) -> Callable[[int], Key]:
        resource = self._resource
        if make == "integer":
            return lambda number: number
        if make == "uuid4":
            return lambda number: str(uuid.UUID(int=dice.at("id", resource, str(number)).getrandbits(128), version=4))

        def from_template(number: int) -> str:
            random = dice.at("id", resource, str(number))

            def fill(match: re.Match[str]) -> str:
                if match[3]:
                    return str(number)
                return "".join(random.choices(_ALPHABETS[match[1]], k=int(match[2])))

            return _PLACEHOLDER.sub(fill, make)

        if not _PLACEHOLDER.search(make):
            # A text without a variable part would be the same for all.
            make += "{n}"
        return from_template
