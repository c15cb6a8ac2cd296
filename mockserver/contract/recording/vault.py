"""The secrets of a recording, and what stands for each: the same everywhere, and nothing of the secret in it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from mockserver import jsontext
from mockserver.contract.recording.patterns import CREDENTIAL, EMAIL, JWT
from mockserver.contract.recording.searching import Searcher, folded, least
from mockserver.errors import Json

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_JWT: Final = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOST_NUMBERS: Final = 10_000
"""Numbers that are tried for one placeholder before another form is."""
_WORDS: Final = ("redacted", "hidden", "masked")

Invent = Callable[[str, int], str | None]
"""Makes up a text that a schema takes: of its pointer and a number; None where there is none."""


@dataclass(slots=True)
class Secret:
    """One secret.

    Attributes:
        text: As it was sent first.
        kind: What it is, for the summary.
        is_sought: Whether it is looked for in other texts, too.
        form: Which of the forms of placeholders is tried; the one before did not fit a schema.
        pointers: Schemas that did not take a placeholder of it.
        placeholder: None as long as it was not needed.
        is_rejected: Whether another form is to be tried the next time.
    """

    text: str
    kind: str
    is_sought: bool
    form: int = 0
    pointers: list[str] = field(default_factory=list)
    placeholder: str | None = None
    is_rejected: bool = False


class Vault:
    """The secrets of one recording.

    Args:
        words: Words of the document, without case: they are in all fixtures, and are not looked for.
        public: Texts that are no secrets at all.
        invent: See `Invent`.
    """

    def __init__(self, words: frozenset[str], public: frozenset[str], invent: Invent) -> None:
        self._words = words
        self._public = public
        self._invent = invent
        self._secrets: dict[str, Secret] = {}
        self._aliases: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        self._bound: dict[str, str] = {}
        self._reserved: frozenset[str] = frozenset()
        self._numbers: dict[str, int] = {}
        self._searcher: Searcher | None = None

    def learn_quietly(self, text: str, kind: str) -> None:
        """Take in what is replaced in its place and looked for nowhere else."""
        key = folded(text)
        if key not in self._secrets:
            self._secrets[key] = Secret(text, kind, is_sought=False)

    def learn(self, text: str, kind: str) -> None:
        """Take a secret in."""
        key = folded(text)
        if not text.strip() or key in self._public:
            return
        is_sought = len(text) >= least(text) and key not in self._words
        if kind == CREDENTIAL:
            kind = JWT if _JWT.fullmatch(text) else EMAIL if _EMAIL.fullmatch(text) else kind
        known = self._secrets.setdefault(key, Secret(text, kind, is_sought))
        if known.text == text or known.is_sought != is_sought:
            known.is_sought = known.is_sought or is_sought
            self._searcher = None

    def learn_encoded(self, text: str, kind: str) -> None:
        """Take a secret in that may be percent-encoded: both writings are one."""
        plain = unquote(text)
        self.learn(plain, kind)
        secret = self._secrets.get(folded(plain))
        if secret is not None and plain != text and self._secrets.get(folded(text)) is not secret:
            self._secrets[folded(text)] = secret
            self._aliases[folded(text)] = text
            self._searcher = None

    def knows(self, text: str) -> bool:
        """Return whether a whole text is a secret that is looked for."""
        secret = self._secrets.get(folded(text))
        return secret is not None and secret.is_sought

    def placeholder(self, text: str) -> str:
        """Return what stands for a secret that was learnt."""
        secret = self._secrets.get(folded(text))
        if secret is None:
            return text
        if secret.placeholder is None:
            secret.placeholder = self._new(secret)
            self._taken[secret.placeholder] = folded(secret.text)
        return secret.placeholder

    def secret_of(self, placeholder: str) -> str | None:
        """Return the secret that a placeholder stands for, None for what is none."""
        return self._taken.get(placeholder)

    def safe(self, text: str) -> str:
        """Return a text without the secrets that are looked for."""
        return self._search().replaced(text)

    def holds(self, data: bytes) -> bool:
        """Return whether bytes hold a secret."""
        return self._search().holds(data)

    def reject(self, key: str, pointer: str) -> bool:
        """Try another placeholder for a secret, for a schema has not taken this one; False where no form is left."""
        secret = self._secrets[key]
        if pointer and pointer not in secret.pointers:
            secret.pointers.append(pointer)
        # Many answers have the same secret: one step for all of them.
        if not secret.is_rejected:
            secret.form += 1
            secret.is_rejected = True
        return secret.form < _FORMS + len(secret.pointers)

    def restart(self, bound: Mapping[str, str] | None = None, reserved: frozenset[str] | None = None) -> None:
        """Forget all placeholders, to give them out anew in the order in which they are asked for.

        Args:
            bound: Secret -> its placeholder from an earlier recording; None for those of the last time.
            reserved: Placeholders that others have.
        """
        if bound is not None:
            self._bound = dict(bound)
        if reserved is not None:
            self._reserved = reserved
        self._taken.clear()
        self._numbers.clear()
        for key, secret in self._secrets.items():
            if key in self._aliases:
                continue
            secret.is_rejected = False
            secret.placeholder = self._bound.get(key) if secret.form == 0 else None
            if secret.placeholder is not None:
                self._taken[secret.placeholder] = key

    def counts(self, is_used: Callable[[str], bool]) -> dict[str, int]:
        """Return how many secrets of each kind have a placeholder that is used."""
        found: dict[str, int] = {}
        for key, secret in self._secrets.items():
            if key not in self._aliases and secret.placeholder is not None and is_used(secret.placeholder):
                found[secret.kind] = found.get(secret.kind, 0) + 1
        return dict(sorted(found.items()))

    def _search(self) -> Searcher:
        if self._searcher is None:
            sought = {key: secret for key, secret in self._secrets.items() if secret.is_sought}
            originals = [self._aliases.get(key, secret.text) for key, secret in sought.items()]
            self._searcher = Searcher(sought, originals, self.placeholder)
        return self._searcher

    def _new(self, secret: Secret) -> str:
        alike = _usual(secret, 0)
        for form in range(secret.form, _FORMS + len(secret.pointers)):
            start = self._numbers.get(alike, 0) if form == 0 else 0
            for number in range(start + 1, start + _MOST_NUMBERS):
                candidate = self._candidate(secret, form, number)
                if candidate is None:
                    break
                if self._is_free(candidate):
                    if form == 0:
                        self._numbers[alike] = number
                    return candidate
        # Nothing suits: what is safe comes before what is valid.
        return next(
            text
            for number in range(1, _MOST_NUMBERS)
            for word in _WORDS
            if self._is_free(text := f"{word}-{number}")
        )

    def _candidate(self, secret: Secret, form: int, number: int) -> str | None:
        """Return a placeholder of a form; None where the form has no more of them."""
        if form == 0:
            return _usual(secret, number)
        if form == 1:
            return shaped(secret.text, number)
        if form == 2:
            # Patterns often say how a key begins.
            match = re.match(
                r"((?:[A-Za-z]{1,8}[_-]){1,3}|[A-Za-z]{2,4}(?=\d))(.{8,})", secret.text, re.DOTALL
            )
            rest = match and shaped(match[2], number)
            return match[1] + rest if match and rest else None
        pointer = secret.pointers[form - _FORMS] if form - _FORMS < len(secret.pointers) else None
        return self._invent(pointer, number) if pointer is not None and number < 100 else None

    def _is_free(self, candidate: str) -> bool:
        if candidate in self._taken or candidate in self._reserved or folded(candidate) in self._secrets:
            return False
        return not self._search().finds(candidate)


_FORMS: Final = 3
"""Forms of placeholders that need no schema."""


def _usual(secret: Secret, number: int) -> str:
    text = secret.text
    if secret.kind == EMAIL or _EMAIL.fullmatch(text):
        return f"user{number}@example.com"
    if secret.kind == JWT or _JWT.fullmatch(text):
        # No claims and no signature, and short enough that nobody takes it for a token.
        return f"eyJhbGciOiJub25lIn0.{_base64({'n': number})}.redacted"
    if _UUID.fullmatch(text):
        return f"00000000-0000-4000-8000-{number:012d}"
    if text.isdecimal() and text.isascii():
        return shaped(text, number) or f"redacted-{number}"
    return f"{_WORDS[number % len(_WORDS)]}-{number}" if "redacted" in folded(text) else f"redacted-{number}"


def _base64(value: Json) -> str:
    return base64.urlsafe_b64encode(jsontext.dumps(value)).decode().rstrip("=")


def shaped(text: str, number: int) -> str | None:
    """Return a text of the same length and classes of characters that is a number; None where it has no room."""
    is_hex = re.fullmatch(r"[0-9a-fA-F-]+", text) is not None
    made: list[str] = []
    for char in reversed(text):
        if char.isdecimal() and char.isascii():
            first, size = "0", 10
        elif char.isascii() and char.isalpha():
            first, size = ("a" if char.islower() else "A"), 6 if is_hex else 26
        elif char.isalpha():
            first, size = "x", 1
        else:
            made.append(char)
            continue
        made.append(chr(ord(first) + number % size))
        number //= size
    return None if number else "".join(reversed(made))
