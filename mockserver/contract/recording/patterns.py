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
    (JWT, r"\beyJ[\w-]{5,1000}+\.[\w-]{2,20000}+\.[\w-]*"),
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
    (KEY, r"\bSG\.[\w-]{16,100}+\.[\w-]{16,}"),  # SendGrid
    (KEY, r"\bnpm_[0-9A-Za-z]{30,}"),
    (KEY, r"\bpypi-[\w-]{40,}"),
    (KEY, r"\bhf_[0-9A-Za-z]{20,}"),
    (KEY, r"\bdo[ort]_v1_[0-9a-f]{40,}"),
    (KEY, r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    (KEY, r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)"),
    (CREDENTIAL, r"(?i)\b(?:bearer|basic)\s+((?=\S{0,200}\d|\S{24})[\w.~+/=-]{6,})"),
    (CREDENTIAL, r"://[^\s/:@\"'<>]{0,200}:([^\s/@\"'<>]{1,400})@"),
)  # fmt: skip
_COMPILED: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _RULES)
_HINTS: Final = re.compile(r"eyJ|[_-]|\bA[A-Z]{3}|AIza|ya29|SG\.|(?i:bearer|basic)|://|hooks")
"""What a text has in which one of the rules finds something."""
_LOCAL: Final = re.compile(r"[A-Za-z0-9_][\w.!#$'*+/=?^`{|}~-]{0,63}\Z")
"""The part of an address before the at sign, at most as long as RFC 5321 section 4.5.3.1.1 allows."""
_DOMAIN: Final = re.compile(r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}\b")
_NAME: Final = re.compile(r"""(?<![\w.-])([A-Za-z][\w.-]{1,40})(?==|>|:|\\?["']\s{0,8}:)""")
_VALUE: Final = re.compile(
    r"""=["']?([^\s"'<>&;,#]+)"""  # queries, forms, cookies, logs
    r"""|\\?["']\s{0,8}:\s{0,8}\\?["']([^"'\\]+)"""  # JSON in a text
    r"""|>([^<>\s][^<>]*)</"""  # XML
    r"""|:\s{0,8}((?=\S*\d)[^\s"'<>&;,#{}()\[\]]{6,})"""  # prose says `token: is missing`, too
)
"""What stands behind the name of a secret."""
_LONG: Final = re.compile(r"[A-Za-z0-9+/_=-]{32,256}")


def found_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, secret) for what looks like one in a text."""
    if "@" in text:
        for match in _DOMAIN.finditer(text):
            local = _LOCAL.search(text, max(0, match.start() - 64), match.start())
            if local is not None:
                yield EMAIL, local[0] + match[0]
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
    for match in _NAME.finditer(text):
        if match.start() < last or not is_secret(match[1]):
            continue
        value = _VALUE.match(text, match.end())
        group = value.lastindex if value is not None else None
        if value is not None and group is not None and value[group].lower() not in _PLAIN_VALUES:
            last = value.end(group)
            yield value.start(group), last, value[group]


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
