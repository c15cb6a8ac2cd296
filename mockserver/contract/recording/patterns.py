"""Texts that are secrets by their looks, wherever they stand: e-mail addresses, JWTs, keys of well-known makers.

Each rule is one line: kind, and a pattern whose first group, or all of it, is the secret.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from mockserver.contract.recording.names import is_secret

EMAIL: Final = "e-mail address"
JWT: Final = "JWT"
KEY: Final = "key"
CREDENTIAL: Final = "credential"
COOKIE: Final = "cookie"
CHOSEN: Final = "chosen value"

_RULES: Final = (
    (EMAIL, r"[A-Za-z0-9_][\w.!#$'*+/=?^`{|}~-]*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}\b"),
    (JWT, r"\beyJ[\w-]{5,}\.[\w-]{2,}\.[\w-]*"),
    (KEY, r"\b(?:sk|pk|rk)_(?:live|test)_[0-9A-Za-z]{8,}"),  # Stripe
    (KEY, r"\bwhsec_[0-9A-Za-z+/=]{16,}"),
    (KEY, r"\bsk-[A-Za-z0-9_-]{16,}"),  # OpenAI, Anthropic
    (KEY, r"\bgh[pousr]_[0-9A-Za-z]{20,}"),  # GitHub
    (KEY, r"\bgithub_pat_\w{20,}"),
    (KEY, r"\bglpat-[\w-]{16,}"),
    (KEY, r"\bxox[abeoprs]-[\w-]{10,}"),  # Slack
    (KEY, r"\bhooks\.slack\.com/services/([\w/]{20,})"),
    (KEY, r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b"),  # AWS
    (KEY, r"\bAIza[\w-]{35}"),  # Google
    (KEY, r"\bya29\.[\w-]{20,}"),
    (KEY, r"\bGOCSPX-[\w-]{20,}"),
    (KEY, r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),  # SendGrid
    (KEY, r"\bnpm_[0-9A-Za-z]{30,}"),
    (KEY, r"\bpypi-[\w-]{40,}"),
    (KEY, r"\bhf_[0-9A-Za-z]{20,}"),
    (KEY, r"\bdo[ort]_v1_[0-9a-f]{40,}"),
    (KEY, r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    (KEY, r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"),
    (CREDENTIAL, r"(?i)\b(?:bearer|basic)\s+((?=\S*\d|\S{24})[\w.~+/=-]{6,})"),
    (CREDENTIAL, r"[a-z][a-z0-9+.-]*://[^\s/:@\"'<>]*:([^\s/@\"'<>]+)@"),
)  # fmt: skip
_COMPILED: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _RULES)
_HINTS: Final = re.compile(r"@|eyJ|[_-]|\bA[A-Z]{3}|AIza|ya29|SG\.|(?i:bearer|basic)|://|hooks")
"""What a text has in which one of the rules finds something."""
_NAMED: Final = re.compile(
    r"""(?<![\w.-])(?P<name>[A-Za-z][\w.-]{1,40})(?="""
    r"""=["']?(?P<a>[^\s"'<>&;,#]+)"""  # queries, forms, cookies, logs
    r"""|\\?["']\s*:\s*\\?["'](?P<b>[^"'\\]+)"""  # JSON in a text
    r"""|>(?P<c>[^<>\s][^<>]*)</"""  # XML
    r"""|:\s*(?P<d>(?=[^\s]*\d)[^\s"'<>&;,#{}()\[\]]{6,}))"""  # prose says `token: is missing`, too
)
"""A name, and ahead of it its value: one may stand in the other."""
_LONG: Final = re.compile(r"[A-Za-z0-9+/_=-]{32,256}")


def found_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, secret) for what looks like one in a text."""
    if _HINTS.search(text):
        for kind, pattern in _COMPILED:
            for match in pattern.finditer(text):
                yield kind, match[1] if match.re.groups else match[0]
    yield from ((CREDENTIAL, secret) for _, _, secret in named_in(text))


def named_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, value) for what stands in a text beside the name of a secret."""
    if "=" not in text and ":" not in text and ">" not in text:
        return
    last = 0
    for match in _NAMED.finditer(text):
        group = match.lastgroup or "a"
        if (
            match.start(group) >= last
            and is_secret(match["name"])
            and match[group].lower() not in _PLAIN_VALUES
        ):
            last = match.end(group)
            yield match.start(group), last, match[group]


_PLAIN_VALUES: Final = frozenset({"true", "false", "null", "none", "bearer", "basic", "string", "required"})


def is_random(text: str) -> bool:
    """Return whether a whole text looks drawn by chance: long, of all classes of characters, each about as often."""
    if not _LONG.fullmatch(text):
        return False
    has_all = re.search(r"[a-z]", text) and re.search(r"[A-Z]", text) and re.search(r"[0-9]", text)
    return bool(has_all) and entropy(text) >= 4.0


def entropy(text: str) -> float:
    """Return Shannon's entropy of the characters of a text, in bits for each."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
