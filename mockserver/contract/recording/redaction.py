"""Finds the secrets of exchanges, and takes them out of what is kept of them.

Two goes: all exchanges are looked through first, for a secret that is named in the last may stand, without its name,
in the first.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import Final, NamedTuple
from urllib.parse import unquote, unquote_plus

from mockserver.contract.recording import names, patterns
from mockserver.contract.recording.choosing import Chosen, Place
from mockserver.contract.recording.vault import Vault
from mockserver.document.messages.fields import split_cookies, split_fields
from mockserver.document.model import Document
from mockserver.document.naming import word
from mockserver.errors import Json
from mockserver.mocking.judging import Headers, Judged, Message, Reply

HARMLESS_HEADERS: Final = frozenset(
    {
        "accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding",
        "content-length", "content-type", "date", "etag", "host", "if-match", "if-modified-since", "if-none-match",
        "last-modified", "origin", "server", "transfer-encoding", "user-agent", "vary",
    }
)  # fmt: skip
"""Headers in which nothing is looked for by its looks: their values are long, random and nobody's."""
_CREDENTIALS: Final = frozenset({"authorization", "proxy-authorization"})
_FIELD: Final = re.compile(r"""(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))""")
_FIELDS: Final = frozenset(
    {"username", "response", "signature", "nonce", "cnonce", "token", "credential", "mac"}
)
_OPAQUE: Final = frozenset({"bearer", "token", "apikey", "negotiate"})
"""Schemes whose credentials are one token, with equals signs or not."""
_COOKIE_LENGTH: Final = 16
"""Characters from which on a cookie is looked for elsewhere whatever its name: shorter ones are `dark` and `en`."""
_BARE: Final = 8
"""Characters that a credential without the name of a scheme has; shorter ones are `none` and `Bearer`."""
_DIGITS: Final = 6
"""Digits of a number from which on it is looked for elsewhere."""


class Hidden(IntEnum):
    """Whether a place hides what stands there: no, as a part of an object of secrets, or because a person said so."""

    NO = 0
    INSIDE = 1
    CHOSEN = 2


class Hit(NamedTuple):
    """Where something was replaced, and what stood there."""

    place: Place
    was: str


class Redaction:
    """Knows what is secret by the names of a document, by its looks and by choice.

    Args:
        document: The document.
        chosen: What a person wants to be hidden.
        vault: Takes the secrets.
        ids: Names of ids, as `word` writes them: a `sessionId` may be the id of a record, and no secret then.

    Attributes:
        vault: The secrets that were found.
    """

    def __init__(
        self, document: Document, chosen: Chosen, vault: Vault, ids: frozenset[str] = frozenset()
    ) -> None:
        self.vault = vault
        self._chosen = chosen
        self._own = names.of_document(document) | chosen.names
        self._ids = ids
        self._known: dict[str, bool] = {}

    def is_secret(self, name: str) -> bool:
        """Return whether what stands under a name is a secret."""
        known = self._known.get(name)
        if known is None:
            plain = word(name)
            known = plain in self._own or (names.is_secret(name) and plain not in self._ids)
            self._known[name] = known
        return known

    # The first go.

    def gather(self, message: Message, judged: Judged, reply: Reply | None) -> None:
        """Learn the secrets of an exchange."""
        self._headers(message.headers)
        for name, values in split_fields(message.query, []).items():
            for value in values:
                self._named(name, unquote_plus(value))
        for name, value in judged.route.values.items():
            self._named(name, unquote(value))
        self._text(unquote(message.path))
        self._body(judged.body, message.body)
        if reply is not None:
            self._headers(reply.headers)
            self._body(judged.answer, reply.body)

    def _headers(self, headers: Headers) -> None:
        for raw_name, raw in headers:
            name, value = raw_name.decode("latin-1").lower(), _decoded(raw)
            if name in _CREDENTIALS:
                self._authorization(value)
            elif name == "cookie":
                for cookie, values in split_cookies(value).items():
                    for item in values:
                        self._cookie(cookie, item)
            elif name == "set-cookie":
                cookie, _, rest = value.partition("=")
                self._cookie(cookie.strip(), rest.partition(";")[0].strip().strip('"'))
            elif name not in HARMLESS_HEADERS:
                if patterns.is_random(value) and not names.is_harmless(word(name)):
                    self.vault.learn(value, patterns.KEY)
                self._named(name, value)

    def _authorization(self, value: str) -> None:
        scheme, _, credentials = value.strip().partition(" ")
        credentials = credentials.strip()
        if not credentials:
            if len(scheme) >= _BARE:
                self.vault.learn(scheme, patterns.CREDENTIAL)
        elif scheme.lower() == "basic":
            with suppress(binascii.Error, UnicodeDecodeError):
                user, _, password = (
                    b64decode(credentials + "=" * (-len(credentials) % 4)).decode().partition(":")
                )
                self.vault.learn(password, patterns.CREDENTIAL)
                self.vault.learn(user, patterns.EMAIL if "@" in user else patterns.CREDENTIAL)
            self.vault.learn(credentials, patterns.CREDENTIAL)
        else:
            self.vault.learn(credentials, patterns.CREDENTIAL)
            # Digest and its like: fields, some of them names.
            for match in _FIELD.finditer(credentials) if scheme.lower() not in _OPAQUE else ():
                if match[1].lower() in _FIELDS:
                    self.vault.learn(match[2] or match[3], patterns.CREDENTIAL)

    def _cookie(self, name: str, value: str) -> None:
        if self.is_secret(name) or "sess" in name.lower() or len(value) >= _COOKIE_LENGTH:
            self.vault.learn_encoded(value, patterns.COOKIE)
        else:
            self._text(unquote(value))

    def _named(self, name: str, value: str) -> None:
        if self.is_secret(name):
            self.vault.learn(value, self._kind(name))
        self._text(value)

    def _kind(self, name: str) -> str:
        return patterns.CHOSEN if word(name) in self._chosen.names else patterns.CREDENTIAL

    def _text(self, text: str) -> None:
        for kind, secret in patterns.found_in(text):
            self.vault.learn_encoded(secret, kind)
        for secret in self._chosen.in_text(text):
            self.vault.learn(secret, patterns.CHOSEN)

    def _body(self, value: Json, raw: bytes) -> None:
        if value is None or isinstance(value, bytes):
            # What the document has no meaning for may still be text.
            self._text(_decoded(raw))
        else:
            self._mapped(value, self._learnt)

    def _learnt(self, leaf: Json, name: str, place: Place, hidden: Hidden) -> Json:
        is_chosen = hidden is Hidden.CHOSEN
        if isinstance(leaf, str):
            if hidden or self.is_secret(name):
                self.vault.learn(leaf, patterns.CHOSEN if is_chosen else self._kind(name))
            elif patterns.is_random(leaf) and not names.is_harmless(word(name)):
                self.vault.learn(leaf, patterns.KEY)
            self._text(leaf)
        elif self._hides_number(leaf, name, hidden):
            self.vault.learn(str(leaf), patterns.CHOSEN if is_chosen else self._kind(name))
        return leaf

    def _hides_number(self, leaf: Json, name: str, hidden: Hidden) -> bool:
        if isinstance(leaf, bool) or not isinstance(leaf, int | float):
            return False
        return hidden is Hidden.CHOSEN or word(name) in self._own or word(name) in names.NUMBERS

    # The second go.

    def value(self, value: Json, hits: list[Hit] | None = None) -> Json:
        """Return a body without secrets.

        Args:
            value: It is not changed.
            hits: Gets the places at which something was replaced, in the value that is returned.
        """
        found = [] if hits is None else hits

        def safe(leaf: Json, name: str, place: Place, hidden: Hidden) -> Json:
            if isinstance(leaf, str):
                is_whole = bool(hidden) or self.is_secret(name) or self.vault.knows(leaf)
                made = self.vault.placeholder(leaf) if is_whole else self.text(leaf)
                if made != leaf:
                    found.append(Hit(place, leaf))
                return made
            is_sought = isinstance(leaf, int) and len(str(leaf)) >= _DIGITS and self.vault.knows(str(leaf))
            if self._hides_number(leaf, name, hidden) or is_sought:
                found.append(Hit(place, str(leaf)))
                return _number(leaf, self.vault.placeholder(str(leaf)))
            return leaf

        return self._mapped(value, safe)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        pieces: list[str] = []
        last = 0
        for start, end, secret in patterns.named_in(text):
            pieces += [text[last:start], self.vault.placeholder(secret)]
            last = end
        return self.vault.safe("".join([*pieces, text[last:]]) if pieces else text)

    def field(self, name: str, value: str) -> str:
        """Return the value of a header, query parameter or cookie without secrets."""
        plain = name.lower()
        if plain in _CREDENTIALS:
            scheme, _, credentials = value.strip().partition(" ")
            return f"{scheme} {self.vault.placeholder(credentials.strip())}" if credentials else "redacted"
        if plain == "set-cookie":
            cookie, _, rest = value.partition("=")
            content, semicolon, attributes = rest.partition(";")
            return f"{cookie}={self._in_cookie(cookie, content)}{semicolon}{self.text(attributes)}"
        if plain == "cookie":
            pairs = (pair.strip().partition("=") for pair in value.split(";"))
            return "; ".join(f"{cookie}={self._in_cookie(cookie, content)}" for cookie, _, content in pairs)
        return self.vault.placeholder(value) if self.is_secret(name) else self.text(value)

    def _in_cookie(self, name: str, value: str) -> str:
        """Return what stands for the value of a cookie: nobody's business, whatever it is."""
        value = value.strip().strip('"')
        self.vault.learn_quietly(value, patterns.COOKIE)
        return self.vault.placeholder(value)

    # Both.

    def _mapped(self, value: Json, leaf: Callable[[Json, str, Place, Hidden], Json]) -> Json:
        """Return a value with each scalar, and each key of an object, as a function makes it."""
        chosen = self._chosen.in_body(value)

        def mapped(value: Json, name: str, place: Place, hidden: Hidden) -> Json:
            if place in chosen:
                hidden = Hidden.CHOSEN
            if isinstance(value, dict):
                made = {}
                for key, member in value.items():
                    here, plain, inner = (*place, key), word(key), hidden
                    if hidden is Hidden.INSIDE and names.is_harmless(plain):
                        inner = Hidden.NO
                    elif plain in names.CONTAINERS and isinstance(member, dict | list):
                        inner = max(hidden, Hidden.INSIDE)
                    safe = leaf(key, "", here, Hidden.NO)
                    made[safe if isinstance(safe, str) else key] = mapped(member, key, here, inner)
                return made
            if isinstance(value, list):
                return [mapped(item, name, (*place, index), hidden) for index, item in enumerate(value)]
            return leaf(value, name, place, hidden)

        return mapped(value, "", (), Hidden.NO)


def _number(leaf: float, text: str) -> Json:
    """Return a number of as many digits that stands for another."""
    with suppress(ValueError):
        digits = len(str(abs(int(leaf))))
        made = int(text)
        made = made if digits == 1 or len(str(abs(made))) >= digits else 10 ** (digits - 1) + made
        return float(made) if isinstance(leaf, float) else made
    return 0.0 if isinstance(leaf, float) else 0


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
