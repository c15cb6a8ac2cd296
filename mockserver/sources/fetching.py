"""Bytes from the web and from standard input. The door to httpx; nothing else of the house opens a connection."""

from __future__ import annotations

import sys
import time
from typing import Final
from urllib.parse import urlsplit

from mockserver.errors import DocumentError

LIMIT_BYTES: Final = 64 * 1024 * 1024
"""The largest known documents have a quarter of that."""
LIMIT_SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 10.0
MAX_REDIRECTS: Final = 10
_ACCEPT: Final = "application/vnd.oai.openapi+json, application/json, application/yaml, text/yaml, */*;q=0.5"


def fetch(
    url: str, *, limit_bytes: int = LIMIT_BYTES, limit_seconds: float = LIMIT_SECONDS, by_proxy: bool = True
) -> bytes:
    """Return what lies at an http(s) URL, redirects followed.

    Args:
        url: Where.
        limit_bytes: What is longer, once it is unpacked, is refused.
        limit_seconds: For everything together.
        by_proxy: Whether the proxies of the environment are used.

    Raises:
        DocumentError: It cannot be had; the text fits on one line.
    """
    # Imported here: it costs 0.1 s, and most documents are files.
    import httpx

    deadline = time.monotonic() + limit_seconds
    timeout = httpx.Timeout(limit_seconds, connect=min(CONNECT_SECONDS, limit_seconds))
    try:
        with (
            httpx.Client(
                follow_redirects=True,
                max_redirects=MAX_REDIRECTS,
                timeout=timeout,
                trust_env=by_proxy,
                headers={"accept": _ACCEPT, "user-agent": "mockserver"},
            ) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != httpx.codes.OK:
                what = f"{response.status_code} {response.reason_phrase}".strip()
                raise DocumentError(f"cannot read {url}: the server answers {what}")
            if response.headers.get("content-type", "").startswith("text/html"):
                raise DocumentError(f"cannot read {url}: it is a web page, not a document")
            pieces: list[bytes] = []
            size = 0
            for piece in response.iter_bytes():
                size += len(piece)
                if size > limit_bytes:
                    raise DocumentError(f"cannot read {url}: it is longer than {limit_bytes} bytes")
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("")
                pieces.append(piece)
            return b"".join(pieces)
    except httpx.TimeoutException as error:
        raise Unreachable(url, f"there was no answer in {limit_seconds:g} s") from error
    except httpx.TooManyRedirects as error:
        raise DocumentError(f"cannot read {url}: it redirects more than {MAX_REDIRECTS} times") from error
    except httpx.NetworkError as error:
        raise Unreachable(url, _reason(error)) from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise DocumentError(f"cannot read {url}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


class Fetcher:
    """Reads what the files of one document refer to on the web, and asks no host twice that cannot be reached.

    A document with a hundred references to a site starts without it as fast as with one such reference.
    """

    def __init__(self) -> None:
        self._silent: dict[str, str] = {}

    def fetch(self, url: str) -> bytes:
        """Return what lies at a URL; see the function of this name.

        Raises:
            DocumentError: It cannot be had.
        """
        host = urlsplit(url).netloc
        if host in self._silent:
            raise DocumentError(f"cannot read {url}: {self._silent[host]}")
        try:
            return fetch(url)
        except Unreachable as error:
            self._silent[host] = error.reason
            raise


class Unreachable(DocumentError):
    """A host does not answer.

    Attributes:
        reason: What was seen.
    """

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"cannot read {url}: {reason}")
        self.reason = reason


def read_stdin(*, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """Return all that standard input has.

    Raises:
        DocumentError: It is closed, empty or too long.
    """
    if sys.stdin is None or sys.stdin.closed:
        raise DocumentError("cannot read a document from standard input: it is closed")
    if sys.stdin.isatty():
        print("mockserver: type or paste a document, and end it with Ctrl-D", file=sys.stderr)
    data = sys.stdin.buffer.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise DocumentError(f"cannot read standard input: it is longer than {limit_bytes} bytes")
    if not data.strip():
        raise DocumentError("cannot read a document from standard input: it is empty")
    return data
