"""How ids are made: a function of the seed, the resource and the number of the record."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import count
from typing import Final, TypeGuard

from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.dice import Dice
from mockserver.mocking.store import Store
from mockserver.mocking.store.interface import Key

ATTEMPTS: Final = 200
"""Ids that are tried before they are made longer than their template; and repeated ones, before there is none."""
_BASE62: Final = string.digits + string.ascii_letters
_PLACEHOLDER: Final = re.compile(r"\{(hex|base62|digits):(\d+)\}|\{(n)\}")
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")
_ALPHABETS: Final = {"hex": "0123456789abcdef", "base62": _BASE62, "digits": string.digits}
_BITS: Final = {"hex": 4, "base62": 6, "digits": 4}


Maker = Callable[[int], Key]
"""Makes the id of a number."""


class IdMaker:
    """Makes the ids of one resource.

    Args:
        resource: Its name.
        make: `uuid4`, `integer`, or a text with `{hex:N}`, `{base62:N}`, `{digits:N}`, `{n}`; or what finds out how
            they are made, which is asked at the first id.
    """

    def __init__(self, resource: str, make: str | Callable[[], Maker], dice: Dice) -> None:
        self._resource = resource
        self._dice = dice
        self._how = make

    @cached_property
    def _make(self) -> Maker:
        how = self._how
        return maker(self._resource, how, self._dice) if isinstance(how, str) else how()

    def named(self, *names: str) -> Key:
        """Return an id that is a function of the seed and of some names."""
        return self._make(self._dice.number("id", self._resource, *names) % 2**31)

    def next(self, store: Store) -> Key:
        """Return an id that was never used in this store.

        Raises:
            Refusal: All that the document allows have been used.
        """
        return unused(store, self._resource, self._ids(store))

    def _ids(self, store: Store) -> Iterator[Key]:
        for attempt in count():
            number = store.next_number(self._resource, "id")
            id = self._make(number)
            # After so many the template is too short for so many records.
            yield f"{id}{number}" if attempt >= ATTEMPTS and isinstance(id, str) else id


def unused(store: Store, resource: str, ids: Iterable[Key]) -> Key:
    """Return the first of some ids that was never used.

    Raises:
        Refusal: The ids come again and again, and none is left: a document may allow only a few.
    """
    tried: set[Key] = set()
    repeats = 0
    for id in ids:
        if not store.is_used(resource, id):
            return id
        repeats += id in tried
        if repeats >= ATTEMPTS:
            break
        tried.add(id)
    raise Refusal(
        RefusalKind.CONFLICT, f"no id is left for another of {resource}: the document allows only few"
    )


def maker(resource: str, make: str, dice: Dice) -> Maker:
    """Return what makes the ids of a resource by a template (see `IdMaker`)."""
    if make == "integer":
        return lambda number: number
    if make == "uuid4":
        return lambda number: _uuid4(dice.bits(128, "id", resource, str(number)))
    pieces = _pieces(make)
    if all(isinstance(piece, str) for piece in pieces):
        # A text without a variable part would be the same for all.
        pieces.append(None)
    needed = sum(_BITS[piece[0]] * piece[1] for piece in pieces if isinstance(piece, tuple)) + 8

    def from_template(number: int) -> str:
        bits = dice.bits(needed, "id", resource, str(number))
        text = ""
        for piece in pieces:
            if isinstance(piece, str):
                text += piece
            elif piece is None:
                text += str(number)
            else:
                alphabet, count = _ALPHABETS[piece[0]], piece[1]
                if piece[0] == "hex":
                    text += f"{bits & ((1 << 4 * count) - 1):0{count}x}"
                    bits >>= 4 * count
                    continue
                for _ in range(count):
                    bits, index = divmod(bits, len(alphabet))
                    text += alphabet[index]
        return text

    return from_template


def other_type(id: Key) -> Key | None:
    """Return an id as the other type, in which a path may spell it: `5` for `"5"`, and the reverse; None for none."""
    if isinstance(id, int):
        return None if isinstance(id, bool) else str(id)
    return int(id) if _WHOLE.fullmatch(id) else None


def is_key(id: Json) -> TypeGuard[Key]:
    """Return whether a value can be an id."""
    return isinstance(id, str | int) and not isinstance(id, bool)


def is_same(value: Json, other: Json) -> bool:
    """Return whether two ids are the same, whatever their types."""
    return bool(value == other) or (isinstance(value, str | int) and other_type(value) == other)


def either(value: Json) -> tuple[Json, ...]:
    """Return a value, and what it is as an id of the other type."""
    other = other_type(value) if isinstance(value, str | int) else None
    return (value,) if other is None else (value, other)


Piece = str | tuple[str, int] | None
"""A literal text, (alphabet, length), or None for the number."""


def _pieces(make: str) -> list[Piece]:
    pieces: list[Piece] = []
    end = 0
    for match in _PLACEHOLDER.finditer(make):
        if match.start() > end:
            pieces.append(make[end : match.start()])
        pieces.append(None if match[3] else (match[1], int(match[2])))
        end = match.end()
    if end < len(make):
        pieces.append(make[end:])
    return pieces


def _uuid4(bits: int) -> str:
    """Return 128 bits as a UUID of version 4 (RFC 9562 section 5.4)."""
    bits = bits & ~(0xF000 << 64) & ~(0xC000 << 48) | (0x4000 << 64) | (0x8000 << 48)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
