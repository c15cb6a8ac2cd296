"""Finds many texts in a text at once, however they are written into it, and replaces them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from mockserver.contract.recording.decoding import Mapped, base64_around, cores, readings

ANYWHERE: Final = 6
"""Characters from which on a secret is looked for inside of words."""
AS_WORD: Final = 4
"""Characters from which on it is looked for as a word of its own."""
OF_LETTERS: Final = 2
"""So many more where it is nothing but letters: then it may be a word of any text."""
_DEPTH: Final = 3
"""Base64 texts in base64 texts that are opened."""
_HEXED: Final = 256
"""Bytes of a secret that is looked for in hexadecimal."""
_ROUNDS: Final = 20
"""How often a text is gone through: one writing at a time, and what is left may be a secret only now."""


def trie_of(texts: Iterable[str], *, ignore_case: bool) -> re.Pattern[str] | None:
    """Return a pattern that finds the longest of some texts at each place; None for no texts."""
    root: dict[str, Any] = {}
    for text in texts:
        node = root
        for char in text:
            node = node.setdefault(char, {})
        node[""] = {}
    return re.compile(_pattern(root), re.IGNORECASE if ignore_case else 0) if root else None


def _pattern(root: dict[str, Any]) -> str:
    """Return the pattern of a trie; without recursion, for secrets may be long."""
    done: dict[int, str] = {}
    stack: list[tuple[dict[str, Any], bool]] = [(root, False)]
    while stack:
        node, is_ready = stack.pop()
        if not is_ready:
            stack.append((node, True))
            stack += [(child, False) for char, child in node.items() if char]
            continue
        branches = [re.escape(char) + done.pop(id(child)) for char, child in node.items() if char]
        inner = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})" if branches else ""
        # A text that goes on is tried before one that ends here.
        done[id(node)] = f"(?:{inner})?" if "" in node and inner else inner
    return done[id(root)]


class Searcher:
    """Finds secrets.

    Args:
        secrets: Without case, see `folded`.
        originals: As they were sent: base64 does not forget about case.
        placeholder: What comes in the place of one.
    """

    def __init__(
        self, secrets: Iterable[str], originals: Iterable[str], placeholder: Callable[[str], str]
    ) -> None:
        self._placeholder = placeholder
        known = [text for text in secrets if len(text) >= AS_WORD]
        self._plain = trie_of((_head(text) for text in known), ignore_case=False)
        heads: dict[str, list[str]] = {}
        for text in known:
            heads.setdefault(_head(text), []).append(text)
        # Longest first: a token before the part of it that is another.
        self._by_head = {head: sorted(texts, key=len, reverse=True) for head, texts in heads.items()}
        self._bytes = [text.encode("utf-8", "replace") for text in originals if len(text) >= ANYWHERE]
        coded = {core[:_HEAD] for text in originals if len(text) >= AS_WORD for core in cores(text)}
        self._coded = trie_of(coded, ignore_case=False)
        hexed = {data.hex(): data.decode("utf-8", "replace") for data in self._bytes if len(data) <= _HEXED}
        self._hexed = trie_of(hexed, ignore_case=True)
        self._by_hex = hexed

    def replaced(self, text: str, depth: int = 0) -> str:
        """Return a text with placeholders in the place of secrets."""
        if self._plain is None or len(text) < AS_WORD:
            return text
        for _ in range(_ROUNDS):
            hits = (list(self._hits(mapped)) for mapped in readings(text))
            first = next((found for found in hits if found), None)
            if first is None:
                break
            text = _cut(text, [(start, end, self._placeholder(secret)) for start, end, secret in first])
        if depth < _DEPTH:
            text = self._in_base64(text, depth)
        if self._hexed is not None:
            text = self._hexed.sub(self._hex, text)
        return text

    def finds(self, text: str) -> bool:
        """Return whether a text holds a secret as it is."""
        return next(self._hits((text, list(range(len(text) + 1)))), None) is not None

    def _hits(self, mapped: Mapped) -> Iterator[tuple[int, int, str]]:
        """Yield where secrets stand in one reading of a text, start and end in the source, and which they are."""
        if self._plain is None:
            return
        text, places = mapped
        plain = folded(text)
        at = 0
        while match := self._plain.search(plain, at):
            at = match.start() + 1
            for secret in self._by_head_of(match[0]):
                end = match.start() + len(secret)
                if not plain.startswith(secret, match.start()):
                    continue
                if len(secret) < ANYWHERE + OF_LETTERS * secret.isalpha() and not _is_word(
                    plain, match.start(), end
                ):
                    continue
                yield places[match.start()], places[end], secret
                at = end
                break

    def _by_head_of(self, found: str) -> Iterator[str]:
        """Yield the secrets that may begin where a head was found: also those with a shorter head."""
        for length in range(len(found), AS_WORD - 1, -1):
            yield from self._by_head.get(found[:length], ())

    def _in_base64(self, text: str, depth: int) -> str:
        if self._coded is None:
            return text
        at = 0
        while match := self._coded.search(text, at):
            cut = base64_around(
                text, match.start(), lambda inner: self.replaced(inner, depth + 1), self._masked
            )
            if cut is None:
                at = match.start() + 1
            else:
                start, end, safe = cut
                text = text[:start] + safe + text[end:]
                at = start + len(safe)
        return text

    def _hex(self, match: re.Match[str]) -> str:
        secret = self._by_hex.get(match[0].lower())
        return match[0] if secret is None else self._placeholder(folded(secret)).encode().hex()

    def _masked(self, data: bytes) -> bytes:
        """Return bytes with other bytes in the place of secrets, as many as there were."""
        for secret in self._bytes:
            if secret in data:
                data = data.replace(secret, b"x" * len(secret))
        return data

    def holds(self, data: bytes) -> bool:
        """Return whether bytes hold a secret as it is."""
        return any(secret in data for secret in self._bytes)


def least(text: str) -> int:
    """Return how many characters a secret like this has at least if it is looked for."""
    return AS_WORD + OF_LETTERS * text.isalpha()


_HEAD: Final = 24


def _head(text: str) -> str:
    """Return the first characters of a secret: enough to find it, and few enough for a pattern of thousands."""
    return text[:_HEAD]


def folded(text: str) -> str:
    """Return a text without case, of the same length."""
    if text.isascii():
        return text.lower()
    return "".join(lower if len(lower := char.casefold()) == 1 else char for char in text)


def _is_word(text: str, start: int, end: int) -> bool:
    return not (start and text[start - 1].isalnum()) and not (end < len(text) and text[end].isalnum())


def _cut(text: str, cuts: list[tuple[int, int, str]]) -> str:
    pieces: list[str] = []
    last = 0
    for start, end, safe in cuts:
        pieces += [text[last:start], safe]
        last = end
    return "".join([*pieces, text[last:]])
