"""What a journal does not tell: the credentials in headers and queries."""

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
_COOKIE: Final = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=")
"""The name of a cookie (RFC 6265 section 4.1.1)."""
_QUERY: Final = frozenset({"access_token", "api_key", "apikey"})
_SEPARATORS: Final = {"cookie": "; "}
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
                value = _hidden(name, value)
            result[name] = f"{result[name]}{_SEPARATORS.get(name, ', ')}{value}" if name in result else value
        return result

    def query(self, raw: bytes) -> str:
        """Return a query as it was sent, without the values of credentials."""
        pairs = []
        for pair in raw.decode("latin-1").split("&"):
            name, separator, _ = pair.partition("=")
            secret = separator and unquote_plus(name).lower() in self._query
            pairs.append(f"{name}={REDACTED}" if secret else pair)
        return "&".join(pairs)


def _hidden(name: str, value: str) -> str:
    """Return what is shown of a field with credentials: the scheme, or which cookies there are."""
    if name == "cookie":
        return "; ".join(_cookie(pair) for pair in value.split(";"))
    if name == "set-cookie":
        return _cookie(value)
    scheme = _SCHEME.match(value) if name.endswith("authorization") else None
    return f"{scheme[0]}{REDACTED}" if scheme else REDACTED


def _cookie(pair: str) -> str:
    found = _COOKIE.match(pair)
    return f"{found[1]}={REDACTED}" if found else REDACTED


def _text(value: bytes) -> str:
    """Return a field value as text: UTF-8, which many write, else Latin-1 (RFC 9110 section 5.5)."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
