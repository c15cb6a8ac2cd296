"""Opaque cursors: a place in an order as a text that clients give back, and cannot make up."""

from __future__ import annotations

import base64
import binascii
import hashlib
from hmac import compare_digest
from typing import Final

from mockserver import jsontext
from mockserver.errors import Json
from mockserver.mocking.dice import Dice
from mockserver.mocking.store import Order, Position

_SEAL: Final = 6
"""Bytes of the seal of a cursor."""


class Cursors:
    """The cursors of one operation. The same place in the same order has the same cursor, whatever the world."""

    def __init__(self, dice: Dice, operation_id: str) -> None:
        self._key = dice.number("cursor", operation_id).to_bytes(8, "big")

    def write(self, order: Order, place: Position, *, forward: bool) -> str:
        """Return the cursor of what comes after a place, or before it."""
        content = jsontext.dumps([int(forward), place.sequence, *place.values])
        return base64.urlsafe_b64encode(self._seal(order, content) + content).rstrip(b"=").decode()

    def read(self, order: Order, text: Json) -> tuple[Position, bool] | None:
        """Return the place that a cursor is about, and whether what comes after it is meant; None for no cursor.

        One that was written in another order, or for another operation, is none.
        """
        if not isinstance(text, str) or not text.isascii():
            return None
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        seal, content = sealed[:_SEAL], sealed[_SEAL:]
        if not compare_digest(seal, self._seal(order, content)):
            return None
        forward, sequence, *values = jsontext.loads(content)
        return Position(tuple(values), sequence), bool(forward)

    def _seal(self, order: Order, content: bytes) -> bytes:
        named = repr(order).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(named + b"\0" + content, key=self._key, digest_size=_SEAL).digest()
