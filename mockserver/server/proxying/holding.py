"""Which answers are held back until they are judged, and for how long.

What is wrong with a body stands in a header before it, so a body that may be judged waits until all of it is there. It
waits neither for long nor for much: who streams gets a stream.
"""

from __future__ import annotations

from typing import Final

from mockserver.document.media_types import FORM, essence_of, is_json, is_sequence, is_xml, matching
from mockserver.document.model import Operation
from mockserver.server.proxying.fields import Fields, value_of
from mockserver.server.proxying.heads import Head

STALL_SECONDS: Final = 0.1
"""How long the next piece of a body may take that could go on for ever."""

LENGTH_STALL_SECONDS: Final = 1.0
"""How long the next piece may take of a body of which the length is known: half of it is of no use to anybody."""

_READABLE: Final = frozenset({b"gzip", b"x-gzip", b"deflate", b"identity", b""})


def is_readable(fields: Fields) -> bool:
    """Return whether the content codings of a body are among those that can be undone, for a copy of it."""
    codings = value_of(fields, b"content-encoding").lower()
    return not codings or all(coding.strip() in _READABLE for coding in codings.split(b","))


def content_type(fields: Fields) -> str:
    """Return the media type of a body, "" where none is told."""
    return value_of(fields, b"content-type").decode("latin-1")


def is_held(operation: Operation | None, head: Head, limit: int) -> bool:
    """Return whether an answer is worth waiting for before it is passed on.

    Args:
        operation: What it answers, None where the document does not know it.
        head: Of the answer.
        limit: Bytes that are held at most.
    """
    if operation is None or head.is_bodiless or not is_readable(head.fields):
        return False
    if head.length is not None and head.length > limit:
        return False
    media_type = content_type(head.fields)
    if is_sequence(media_type):
        return False
    response = operation.response_for(head.status)
    media = matching(response.content, media_type) if response is not None and media_type else None
    if media is None:
        return False  # what is wrong with it is known already
    essence = essence_of(media_type)
    if is_json(essence) or is_xml(essence) or essence == FORM:
        return True
    return media.schema is not None and essence.startswith("text/")
