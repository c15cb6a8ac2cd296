"""One exchange as it is kept: by its document, and without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mockserver.document.model import Operation
from mockserver.errors import Json
from mockserver.mocking.exchange import Request


@dataclass(frozen=True, slots=True)
class Kept:
    """One exchange.

    Attributes:
        request: What was asked, typed by the document.
        status: Of the answer.
        media_type: Of the answer; None for one without a body.
        body: The value of the answer.
        raw: The answer as a text, or as bytes, where it is no JSON; None where it is.
        headers: Those of the answer that are worth keeping.
        hides: Places and names of parameters that had a secret in them.
        is_valid: Whether the answer keeps the document.
    """

    request: Request
    status: int
    media_type: str | None
    body: Json
    raw: str | bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hides: frozenset[tuple[str, str]] = frozenset()
    is_valid: bool = True

    @property
    def operation(self) -> Operation:
        """What it was for."""
        return self.request.operation

    @property
    def is_success(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300
