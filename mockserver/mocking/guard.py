"""Who may call: credentials judged by the document's security requirements (OAS 3.1.1 section 4.8.30).

By default any well-formed credential is accepted, as a stand-in should; the plan or the settings may say by a
pattern which ones are. A token that says itself which scopes it has, as a JWT does, is held to them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import unquote_plus

from mockserver import jsontext
from mockserver.document.messages.fields import split_cookies, split_fields
from mockserver.document.model import Document, Operation, SecurityScheme
from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.challenges import challenge

Patterns = Mapping[str, re.Pattern[str]]

_DIGEST_PART: Final = re.compile(r'(?<![A-Za-z*])([A-Za-z*]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,"]++))')
_DIGEST_FIELDS: Final = frozenset({"realm", "nonce", "uri", "response"})


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Credentials that are there but do not do.

    Attributes:
        message: A sentence.
        lacking: The scopes that are missing; empty where the credentials themselves are refused.
    """

    message: str
    lacking: tuple[str, ...] = ()


_MISSING: Final = _Wrong("credentials are missing")


class Carrier(Protocol):
    """A request, as far as it may carry credentials."""

    query: bytes

    def header(self, name: str) -> str | None:
        """Return a header by its name in lower case, several fields of one name joined."""


class _Check:
    """One scheme in one requirement."""

    def __init__(self, scheme: SecurityScheme, scopes: tuple[str, ...], patterns: Patterns) -> None:
        self._scheme = scheme
        # For schemes of other types the names are those of roles, which no token has to say (3.1.1 section 4.8.30).
        self._scopes = scopes if scheme.type in ("oauth2", "openIdConnect") else ()
        self._pattern = patterns.get(scheme.name)
        self._read = _READERS.get(scheme.type, _read_nothing)

    def __call__(self, call: Carrier) -> _Wrong | None:
        """Return what is wrong with the credentials of a call, None for nothing."""
        credential = self._read(self._scheme, call)
        if credential is None:
            return _MISSING
        name = self._scheme.name
        if not credential or (self._pattern is not None and not self._pattern.search(credential)):
            return _Wrong(f"the credentials for '{name}' are not accepted")
        if self._scopes:
            granted = scopes_of(credential)
            if granted is not None and not granted.issuperset(self._scopes):
                lacking = tuple(scope for scope in self._scopes if scope not in granted)
                return _Wrong(f"the token for '{name}' lacks the scope {' '.join(lacking)}", self._scopes)
        return None


class Guard:
    """The security requirements of one operation: alternatives (OR) of schemes (AND), compiled."""

    def __init__(self, document: Document, operation: Operation, patterns: Patterns) -> None:
        self._document = document
        self._operation = operation
        schemes = document.security_schemes
        self._alternatives = [
            [_Check(schemes[name], scopes, patterns) for name, scopes in alternative.items()]
            for alternative in operation.security
        ]
        self._names = " or ".join(
            dict.fromkeys(" and ".join(alternative) for alternative in operation.security if alternative)
        )

    def verify(self, call: Carrier) -> None:
        """Let a call pass, or not.

        Raises:
            Refusal: No alternative is satisfied: 403 where only scopes are lacking, else 401.
        """
        if not self._alternatives:
            return
        refused: _Wrong | None = None
        for alternative in self._alternatives:
            wrong = [found for check in alternative if (found := check(call)) is not None]
            if not wrong:
                return
            if _MISSING in wrong:
                continue
            worst = next((found for found in wrong if not found.lacking), wrong[0])
            if refused is None or (worst.lacking and not refused.lacking):
                refused = worst
        if refused is None:
            raise self._refusal(RefusalKind.UNAUTHENTICATED, f"credentials are required: {self._names}", "")
        if refused.lacking:
            raise self._refusal(RefusalKind.FORBIDDEN, refused.message, "insufficient_scope", refused.lacking)
        raise self._refusal(RefusalKind.UNAUTHENTICATED, refused.message, "invalid_token")

    def _refusal(self, kind: RefusalKind, message: str, error: str, lacking: tuple[str, ...] = ()) -> Refusal:
        text = challenge(self._document, self._operation, error=error, lacking=lacking)
        return Refusal(kind, message, headers={"WWW-Authenticate": text} if text else {})


def scopes_of(token: str) -> frozenset[str] | None:
    """Return the scopes that a token says it has, None if it does not say.

    A JWT (RFC 7519) is read without a look at its signature: this is a stand-in, and no key is known.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        text = base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), altchars=b"-_", validate=True)
        claims = jsontext.loads(text)
    except (binascii.Error, ValueError):
        return None
    if not isinstance(claims, dict):
        return None
    # RFC 8693 section 4.2 has `scope`; others write `scp` or `scopes`.
    for name in ("scope", "scp", "scopes"):
        granted = claims.get(name)
        if isinstance(granted, str):
            return frozenset(granted.split())
        if isinstance(granted, list):
            return frozenset(item for item in granted if isinstance(item, str))
    return None


# What a request has for each type of scheme: None for nothing, "" for what is malformed.


def _authorization(call: Carrier, scheme: str) -> str | None:
    """Return the credentials of an Authorization field of this scheme (RFC 9110 section 11.6.2)."""
    text = call.header("authorization")
    if text is None:
        return None
    kind, _, credentials = text.strip().partition(" ")
    return credentials.strip() if kind.lower() == scheme else None


def _read_http(scheme: SecurityScheme, call: Carrier) -> str | None:
    credentials = _authorization(call, scheme.scheme)
    if not credentials:
        return credentials
    if scheme.scheme == "basic":
        return _basic(credentials)
    return _digest(credentials) if scheme.scheme == "digest" else credentials


def _basic(credentials: str) -> str:
    """Return "user:password" (RFC 7617)."""
    try:
        data = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text if ":" in text else ""


def _digest(credentials: str) -> str:
    """Return what was sent if the fields are there that make an answer to a challenge (RFC 7616 section 3.4)."""
    fields = {name.lower() for name, quoted, plain in _DIGEST_PART.findall(credentials) if quoted or plain}
    return credentials if fields >= _DIGEST_FIELDS and fields & {"username", "username*"} else ""


def _read_bearer(_scheme: SecurityScheme, call: Carrier) -> str | None:
    # RFC 6750 section 2.1 has an alphabet; placeholders such as `<YOUR API KEY>` keep to none, and are taken.
    return _authorization(call, "bearer")


def _read_api_key(scheme: SecurityScheme, call: Carrier) -> str | None:
    if scheme.place == "query":
        sent = split_fields(call.query, []).get(scheme.parameter)
        return unquote_plus(sent[0]) if sent else None
    if scheme.place == "cookie":
        sent = split_cookies(call.header("cookie") or "").get(scheme.parameter)
        return sent[0] if sent else None
    return call.header(scheme.parameter.lower())


def _read_nothing(_scheme: SecurityScheme, _call: Carrier) -> str | None:
    # mutualTLS and unknown types leave no trace in a request that a mock could look at.
    return "-"


_READERS: Final[Mapping[str, Callable[[SecurityScheme, Carrier], str | None]]] = {
    "http": _read_http,
    "oauth2": _read_bearer,
    "openIdConnect": _read_bearer,
    "apiKey": _read_api_key,
}
