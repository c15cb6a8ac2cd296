"""What the journal does not tell: the credentials in headers and queries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_plus

from mockserver.document.model import Document

REDACTED: Final = "[redacted]"

_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "x-api-key", "x-auth-token"}
)
_QUERY: Final = frozenset({"access_token", "api_key", "apikey"})
_SCHEME: Final = re.compile(r"(basic|bearer|digest|negotiate|token|apikey) ", re.IGNORECASE)


class Redaction:
    """Knows which headers and query parameters hold credentials: the usual ones, and those of the documents.

    Those of all documents count everywhere: a key may be sent to the wrong API.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        schemes = [
            scheme
            for document in documents
            for scheme in document.security_schemes.values()
            if scheme.type == "apiKey"
        ]
        self._headers = _HEADERS | {
            scheme.parameter.lower() for scheme in schemes if scheme.place == "header"
        }
        self._query = _QUERY | {scheme.parameter.lower() for scheme in schemes if scheme.place == "query"}

    def headers(self, fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
        """Return header fields by name in lower case, several of one name joined (RFC 9110 section 5.3)."""
        result: dict[str, str] = {}
        for raw_name, raw_value in fields:
            name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
            if name in self._headers:
                scheme = _SCHEME.match(value) if name.endswith("authorization") else None
                value = f"{scheme[0]}{REDACTED}" if scheme else REDACTED
            result[name] = f"{result[name]}, {value}" if name in result else value
        return result

    def query(self, raw: bytes) -> str:
        """Return a query as it was sent, without the values of credentials."""
        pairs = []
        for pair in raw.decode("latin-1").split("&"):
            name, separator, _ = pair.partition("=")
            secret = separator and unquote_plus(name).lower() in self._query
            pairs.append(f"{name}={REDACTED}" if secret else pair)
        return "&".join(pairs)


def _text(value: bytes) -> str:
    """Return a field value as text: UTF-8, which many write, else Latin-1 (RFC 9110 section 5.5)."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
