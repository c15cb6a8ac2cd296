"""The one door of randomness: a value is a function of the seed and of a path of names.

Nothing is drawn in sequence, so the order of requests, the worker and the platform do not matter.
"""

from __future__ import annotations

import hashlib
import random


class Dice:
    """Makes random generators that depend on the seed and on a name alone."""

    __slots__ = ("_key", "seed")

    def __init__(self, seed: int, *names: str) -> None:
        self.seed = seed
        # A length before each name keeps ("a", "bc") and ("ab", "c") apart.
        self._key = b"".join(
            b"%d:%s" % (len(name), name.encode("utf-8", "surrogatepass")) for name in (str(seed), *names)
        )

    def number(self, *names: str) -> int:
        """Return 64 bits for a path of names."""
        hasher = hashlib.blake2b(self._key, digest_size=8)
        for name in names:
            data = name.encode("utf-8", "surrogatepass")
            hasher.update(b"%d:" % len(data))
            hasher.update(data)
        return int.from_bytes(hasher.digest(), "big")

    def bits(self, count: int, *names: str) -> int:
        """Return `count` bits for a path of names, as a whole number."""
        text = self._key + "\x1f".join(names).encode("utf-8", "surrogatepass")
        size = (count + 7) // 8
        # blake2b is several times faster, and ends at 64 bytes.
        stream = (
            hashlib.blake2b(text, digest_size=size).digest()
            if size <= 64
            else hashlib.shake_128(text).digest(size)
        )
        return int.from_bytes(stream, "big") & ((1 << count) - 1)

    def at(self, *names: str) -> random.Random:
        """Return a generator for a path of names."""
        return random.Random(self.number(*names))
