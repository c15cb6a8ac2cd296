"""A part of a list, with all that an envelope may want to say about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mockserver.mocking.store.interface import Record


class Ways(Protocol):
    """What leads from a page to others, as the requests of its operation take it."""

    @property
    def origin(self) -> str:
        """Scheme and authority of the server, as the client sees them."""
        ...

    def token(self, page: Page, *, forward: bool) -> str | None:
        """Return the opaque cursor of the next page, or of the one before; None where there is none."""
        ...

    def url(self, page: Page, relation: str) -> str | None:
        """Return path and query of the page that is `self`, `first`, `prev`, `next` or `last`; None for none."""
        ...

    def field(self, page: Page) -> str | None:
        """Return the value of the `Link` field (RFC 8288); None where there is no URL."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a request asked for.

    Attributes:
        items: The records of this page, as they are answered; filled when the answer is made.
        records: They themselves.
        total: Records that match, on all pages.
        offset: Records before this page.
        limit: Records on a full page.
        first: The number of the first page.
        descending: Whether the list runs backwards.
        base: What is added to an offset in requests: 1 where the first item has the number 1.
        ways: Leads to the other pages.
    """

    items: Sequence[Any]
    records: Sequence[Record]
    total: int
    offset: int
    limit: int
    first: int = 1
    descending: bool = False
    base: int = 0
    ways: Ways | None = None

    @property
    def ids(self) -> list[Any]:
        """The ids of the records."""
        return [record.id for record in self.records]

    @property
    def count(self) -> int:
        """Records on this page."""
        return len(self.records)

    @property
    def start(self) -> int:
        """Number of the first item of this page in the whole list, from 1."""
        return self.offset + 1

    @property
    def more(self) -> bool:
        """Whether there are records after this page."""
        return self.limit > 0 and self.offset + len(self.records) < self.total

    @property
    def next(self) -> int | None:
        """Offset of the next page, as requests take it."""
        return self.base + self.offset + len(self.records) if self.more else None

    @property
    def previous(self) -> int | None:
        """Offset of the page before, as requests take it."""
        if not self.offset or not self.limit:
            return None
        return self.base + max(min(self.offset, self.total) - self.limit, 0)

    @property
    def number(self) -> int:
        """Number of this page."""
        return self.first + (self.offset // self.limit if self.limit else 0)

    @property
    def next_number(self) -> int | None:
        """Number of the next page."""
        return self.number + 1 if self.more else None

    @property
    def previous_number(self) -> int | None:
        """Number of the page before; of the last one, after the end."""
        if not self.offset or not self.limit:
            return None
        return max(min(self.number - 1, self.last_number), self.first)

    @property
    def last_number(self) -> int:
        """Number of the last page; of the first one, where there is none."""
        return self.first + max(self.pages - 1, 0)

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
        return self.records[0].id if self.records else None

    @property
    def last_id(self) -> Any:
        """Id of the last record of this page."""
        return self.records[-1].id if self.records else None

    @property
    def next_token(self) -> str | None:
        """Opaque cursor of the next page."""
        return self.ways.token(self, forward=True) if self.ways and self.more else None

    @property
    def previous_token(self) -> str | None:
        """Opaque cursor of the page before."""
        return self.ways.token(self, forward=False) if self.ways and self.offset else None

    @property
    def self_url(self) -> str | None:
        """Path and query of this page."""
        return self.ways.url(self, "self") if self.ways else None

    @property
    def first_url(self) -> str | None:
        """Path and query of the first page."""
        return self.ways.url(self, "first") if self.ways else None

    @property
    def previous_url(self) -> str | None:
        """Path and query of the page before."""
        return self.ways.url(self, "prev") if self.ways else None

    @property
    def next_url(self) -> str | None:
        """Path and query of the next page."""
        return self.ways.url(self, "next") if self.ways else None

    @property
    def last_url(self) -> str | None:
        """Path and query of the last page."""
        return self.ways.url(self, "last") if self.ways else None

    @property
    def self_uri(self) -> str | None:
        """Absolute URL of this page."""
        return self._absolute(self.self_url)

    @property
    def first_uri(self) -> str | None:
        """Absolute URL of the first page."""
        return self._absolute(self.first_url)

    @property
    def previous_uri(self) -> str | None:
        """Absolute URL of the page before."""
        return self._absolute(self.previous_url)

    @property
    def next_uri(self) -> str | None:
        """Absolute URL of the next page."""
        return self._absolute(self.next_url)

    @property
    def last_uri(self) -> str | None:
        """Absolute URL of the last page."""
        return self._absolute(self.last_url)

    def _absolute(self, url: str | None) -> str | None:
        return f"{self.ways.origin}{url}" if self.ways is not None and url is not None else None

    @property
    def links(self) -> str | None:
        """The value of the `Link` field: to the first page, the one before, the next and the last."""
        return self.ways.field(self) if self.ways else None
