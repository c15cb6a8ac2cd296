"""Which world a request is in: the one that a header or the head of its path names, else as the plan says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote, unquote_plus

from mockserver.document.messages.fields import split_cookies, split_fields
from mockserver.document.model import Document
from mockserver.document.plan import WorldKey
from mockserver.mocking.worlds import is_name
from mockserver.server.calls import Call

HEADER: Final = b"mock-world"
PREFIX: Final = "/@"
"""`/@NAME/pets` is `/pets` in the world NAME."""

Chooser = Callable[[Call], str | None]
"""Returns the name of the world that a request belongs to, None where it says nothing."""


def names_world(call: Call) -> bool:
    """Return whether a request may name a world: quickly, for the many that do not."""
    return call.path.startswith(PREFIX) or HEADER in call.fields


def split(path: str) -> tuple[str, str]:
    """Return the world's name that a path begins with, and the path after it."""
    name, _, rest = path[len(PREFIX) :].partition("/")
    return unquote(name, errors="replace"), f"/{rest}"


def chooser(key: WorldKey, document: Document) -> Chooser:
    """Return what finds the name of a world in a part of a request.

    What may be a secret, or can be no name as it stands, is hashed into one: `bearer-5f3759df`.
    """
    read = _READERS[key.place]
    is_secret = key.place in ("bearer", "cookie") or any(
        scheme.place == key.place and scheme.parameter.lower() == key.name.lower()
        for scheme in document.security_schemes.values()
    )

    def choose(call: Call) -> str | None:
        text = read(call, key.name)
        if not text:
            return None
        if not is_secret and is_name(text):
            return text
        digest = hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=4)
        return f"{key.place}-{digest.hexdigest()}"

    return choose


def _bearer(call: Call, _name: str) -> str | None:
    kind, _, token = (call.header("authorization") or "").strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _header(call: Call, name: str) -> str | None:
    return call.header(name.lower())


def _cookie(call: Call, name: str) -> str | None:
    sent = split_cookies(call.header("cookie") or "").get(name)
    return sent[0] if sent else None


def _query(call: Call, name: str) -> str | None:
    sent = split_fields(call.query, []).get(name)
    return unquote_plus(sent[0]) if sent else None


_READERS: Final = {"bearer": _bearer, "header": _header, "cookie": _cookie, "query": _query}
