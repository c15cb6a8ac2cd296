"""What a contract test finds: one disagreement between a server, a client or a document and the contract.

Every tool of this layer speaks of its results in these words, and every report is written from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mockserver.contract import curl


class Level(StrEnum):
    """How bad a finding is, in SARIF's words (SARIF 2.1.0 section 3.27.10)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """How bad as a number, 0 for the worst."""
        return _RANKS[self]


_RANKS: Final = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it was sent; credentials in it are replaced by whoever makes it, before it gets here.

    Attributes:
        url: Absolute.
        body: As it was sent, at most what is worth showing.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def curl(self) -> str:
        """Return the command that sends it again."""
        return curl.command(self.method, self.url, self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Came:
    """An answer as it came.

    Attributes:
        body: At most what is worth showing.
        elapsed_ms: How long it took, None if nobody looked.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    elapsed_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Says:
    """What the document says about it.

    Attributes:
        pointer: JSON pointer of the rule, in `file`.
        text: The rule itself, as JSON or YAML text of a few lines; "" where there is nothing to show.
        file: As a person would name it.
        line, column: From 1; None where that is not known.
    """

    pointer: str
    text: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement.

    Attributes:
        check: Short name of what was checked, e.g. `response-body`; the same for all documents.
        title: What is wrong in a few words, the same for all findings of one check.
        message: What was seen, a sentence or a few.
        operation: `GET /pets/{petId}`; "" where it belongs to none.
        operation_id: "" where it belongs to none.
        location: Where in the message or the document, e.g. `("body", "items", 0, "name")`.
        rule: The rule that is broken, e.g. `required`; "" where the check has only one.
        says: What the document says, None where it says nothing.
        advice: What to do about it.
        sent, came: The exchange that shows it, None where none was made.
        before: Earlier exchanges that belong to it, in their order.
        beside: The same asked of other servers, each with its name, e.g. `mock`.
        times: How often it was seen.
        known: Why it is accepted; "" for one that counts.
    """

    check: str
    level: Level
    title: str
    message: str
    operation: str = ""
    operation_id: str = ""
    location: tuple[str | int, ...] = ()
    rule: str = ""
    says: Says | None = None
    advice: str = ""
    sent: Sent | None = None
    came: Came | None = None
    before: tuple[tuple[Sent, Came | None], ...] = ()
    beside: tuple[tuple[str, Sent, Came | None], ...] = ()
    times: int = 1
    known: str = ""

    @property
    def place(self) -> str:
        """The location as people read it: `body.items[].name`; which item it was makes no difference."""
        return placed(self.location)

    @property
    def fingerprint(self) -> str:
        """What stays the same from run to run: of check, operation, place and rule, not of values that were seen."""
        parts = (self.check, self.operation, self.place, self.rule)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def placed(location: Sequence[str | int]) -> str:
    """Return a location as people read it; the numbers of items are left out."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += "[]"
        else:
            text += f".{part}" if text else part
    return text
