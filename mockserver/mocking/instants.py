"""Times on the wire: RFC 3339 texts, instants, and the other ways in which APIs write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from mockserver.errors import Json

_MAIL: Final = re.compile(
    r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})", re.ASCII
)


def to_text(instant: datetime) -> str:
    """Return RFC 3339 in UTC with milliseconds: `2026-01-02T03:04:05.123Z`."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def from_text(text: str) -> datetime | None:
    """Return the instant that an RFC 3339 or RFC 2822 text names, or None if it is another kind of text.

    A time without an offset is taken as UTC.
    """
    # A quick look first: this runs on every text that is compared or indexed.
    if len(text) < 19 or text[4] != "-" or text[10] not in "Tt ":
        return _from_mail(text) if text[3:5] == ", " else None
    try:
        instant = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _from_mail(text: str) -> datetime | None:
    """Return the instant that an RFC 2822 text names: `Fri, 02 Jan 2026 03:04:05 +0000`."""
    if not _MAIL.fullmatch(text):
        return None
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


NOTATIONS: Final[Mapping[str, Callable[[datetime], Json]]] = {
    "$now": to_text,
    "$now_date": lambda instant: instant.astimezone(UTC).date().isoformat(),
    "$now_unix": lambda instant: int(instant.timestamp()),
    "$now_unix_ms": lambda instant: int(instant.timestamp() * 1000),
    "$now_rfc2822": lambda instant: format_datetime(instant.astimezone(UTC)),
}
"""Expression of the plan -> how it writes the time: RFC 3339, a day, seconds or milliseconds since 1970, RFC 2822."""
