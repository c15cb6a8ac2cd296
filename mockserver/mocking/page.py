"""A part of a list, with all that an envelope may want to say about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a request asked for.

    Attributes:
        items: The records of this page, as they are answered; filled when the answer is made.
        ids: Their ids.
        total: Records that match, on all pages.
        offset: Records before this page.
        limit: Records on a full page.
        first: The number of the first page.
        descending: Whether the list runs backwards.
    """

    items: Sequence[Any]
    ids: Sequence[Any]
    total: int
    offset: int
    limit: int
    first: int = 1
    descending: bool = False

    @property
    def count(self) -> int:
        """Records on this page."""
        return len(self.ids)

    @property
    def more(self) -> bool:
        """Whether there are records after this page."""
        return self.limit > 0 and self.offset + len(self.ids) < self.total

    @property
    def next(self) -> int | None:
        """Offset of the next page."""
        return self.offset + len(self.ids) if self.more else None

    @property
    def number(self) -> int:
        """Number of this page."""
        return self.first + (self.offset // self.limit if self.limit else 0)

    @property
    def next_number(self) -> int | None:
        """Number of the next page."""
        return self.number + 1 if self.more else None

    @property
    def pages(self) -> int:
        """Number of pages."""
        return -(-self.total // self.limit) if self.limit else 0

    @property
    def order(self) -> str:
        """`ASC` or `DESC`."""
        return "DESC" if self.descending else "ASC"

    @property
    def first_id(self) -> Any:
        """Id of the first record of this page."""
        return self.ids[0] if self.ids else None

    @property
    def last_id(self) -> Any:
        """Id of the last record of this page."""
        return self.ids[-1] if self.ids else None
