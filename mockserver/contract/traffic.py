"""Exchanges that were recorded somewhere: by our journal, by a browser, by a proxy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mockserver.mocking.judging import Message, Reply


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange as it was recorded.

    Attributes:
        message: The request; its path has all that the client sent, a base path included.
        reply: None where the connection ended without one.
        origin: Scheme and authority of the server, e.g. `https://api.example.com`; "" when unknown.
        received: When; None when unknown.
        elapsed_ms: How long the answer took; None when unknown.
        place: Where it was read, e.g. `journal.ndjson:12`, for messages.
        source: What answered, in the words of `Mock-Source`; "" when unknown.
        operation, document, world: The id of the operation, the name of the document and of the world, as whoever
            recorded it knew them; "" when unknown.
    """

    message: Message
    reply: Reply | None
    origin: str = ""
    received: datetime | None = None
    elapsed_ms: float | None = None
    place: str = ""
    source: str = ""
    operation: str = ""
    document: str = ""
    world: str = ""
