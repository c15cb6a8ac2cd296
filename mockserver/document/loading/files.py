"""The files that a document is made of: found from one another, each read once."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from mockserver.document.loading import loader
from mockserver.errors import DocumentError, Json

Fetch = Callable[[str], bytes]
"""Returns what an http(s) URL holds; raises DocumentError."""

_REMOTE: Final = ("http", "https")


def is_url(location: str) -> bool:
    """Return whether a location is on the network."""
    return urlsplit(location).scheme in _REMOTE


def join(base: str, reference: str) -> str:
    """Return the location of a reference without fragment that stands in the file at `base` (RFC 3986 section 5.2).

    Locations are http(s) URLs, other URIs that only name something, or paths of files.
    """
    scheme = urlsplit(reference).scheme
    if scheme == "file" and is_url(base):
        # What lies on the web has no say about what is read of this machine.
        return reference
    if scheme == "file":
        return posixpath.normpath(unquote(urlsplit(reference).path))
    # One letter is the drive of a path, not a scheme.
    if len(scheme) > 1:
        return reference
    if len(urlsplit(base).scheme) > 1:
        return urljoin(base, reference)
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(reference)))


class Files:
    """Reads files by location.

    Args:
        fetch: Reads what is on the network; None where that is not to be asked.
    """

    def __init__(self, fetch: Fetch | None = None) -> None:
        self._fetch = fetch
        self._roots: dict[str, Json] = {}
        self._failed: dict[str, DocumentError] = {}

    @property
    def locations(self) -> tuple[str, ...]:
        """What was read, or was to be read, in that order."""
        return tuple(dict.fromkeys((*self._roots, *self._failed)))

    def put(self, location: str, root: Json) -> None:
        """Say what a file holds, so that it is not read."""
        self._roots[location] = root

    def read(self, location: str) -> Json:
        """Return the JSON value that a file holds.

        Raises:
            DocumentError: It cannot be read.
        """
        if location in self._failed:
            raise self._failed[location]
        if location not in self._roots:
            try:
                self._roots[location] = self._read(location)
            except DocumentError as error:
                self._failed[location] = error
                raise
        return self._roots[location]

    def _read(self, location: str) -> Json:
        return loader.parse(self.content(location), location)

    def content(self, location: str) -> bytes:
        """Return what a file holds, as bytes.

        Raises:
            DocumentError: It cannot be read.
        """
        if not is_url(location):
            if len(urlsplit(location).scheme) > 1:
                raise DocumentError("nothing is known of it")
            return loader.content(Path(location))
        if self._fetch is None:
            raise DocumentError("it is on the network, which is not asked")
        return self._fetch(location)
