"""Conditional requests (RFC 9110 section 13): what a client says of the version that it knows.

The entity tag of a record is a function of the seed, its resource, id, version and data. Where an answer shows more
than the record, e.g. computed properties, a hyphen and a tag of what is shown follow: whoever wants to change the
record is asked for the first part only, whoever wants to read it again for the whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mockserver import jsontext
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.dice import Dice
from mockserver.mocking.store import Record

_TAG: Final = re.compile(r'(W/)?"([^"]*)"|([^\s,"]+)')
"""An entity tag (RFC 9110 section 8.8.3); clients, and some documents, leave out the quotes."""
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of one request.

    Attributes:
        match: `If-Match`, None without.
        none_match: `If-None-Match`, None without.
    """

    match: str | None = None
    none_match: str | None = None

    def check(self, tags: tuple[str, ...] | None) -> None:
        """Refuse a change that the client wants under other conditions.

        Args:
            tags: What the record that is to be changed may be called; None where there is none yet.

        Raises:
            Refusal: The record is not, or no longer, what the client thinks.
        """
        if self.match is not None and not self._is_matched(tags):
            message = "it has changed since" if tags is not None else "there is none yet"
            raise Refusal(RefusalKind.PRECONDITION, f"If-Match {self.match} does not hold: {message}")
        if self.none_match is not None and tags is not None:
            known = {opaque for _, opaque in _listed(self.none_match)}
            if self.none_match.strip() == ANY or any(_is_called(opaque, tags) for opaque in known):
                message = f"If-None-Match {self.none_match} does not hold: it is there"
                raise Refusal(RefusalKind.PRECONDITION, message)

    def _is_matched(self, tags: tuple[str, ...] | None) -> bool:
        assert self.match is not None
        if tags is None:
            return False
        if self.match.strip() == ANY:
            return True
        # Compared strongly (section 13.1.1): a weak tag matches nothing.
        return any(not is_weak and _is_called(opaque, tags) for is_weak, opaque in _listed(self.match))

    def is_known(self, tag: str) -> bool:
        """Return whether the client has what it asks for (section 13.1.2): tags are compared weakly."""
        if self.none_match is None:
            return False
        return self.none_match.strip() == ANY or any(
            f'"{opaque}"' == tag for _, opaque in _listed(self.none_match)
        )


def _listed(field: str) -> Iterator[tuple[bool, str]]:
    for match in _TAG.finditer(field):
        yield bool(match[1]), match[2] if match[2] is not None else match[3]


def _is_called(opaque: str, tags: tuple[str, ...]) -> bool:
    return opaque in tags or opaque.partition("-")[0] in tags


def tag_of(dice: Dice, resource: str, record: Record) -> str:
    """Return the opaque part of a record's entity tag."""
    text = record.text or jsontext.dumps(record.data)
    names = f"{dice.seed}\x1f{resource}\x1f{record.id!r}\x1f{record.version}\x1f".encode(
        "utf-8", "surrogatepass"
    )
    return hashlib.blake2b(names + text, digest_size=8).hexdigest()


def tag_of_shown(body: Json, media_type: str) -> str:
    """Return what distinguishes an answer from others about the same record."""
    text = body if isinstance(body, bytes) else jsontext.dumps(body)
    return hashlib.blake2b(media_type.encode() + b"\x1f" + text, digest_size=4).hexdigest()
