"""Questions to media types (RFC 9110 section 8.3.1, RFC 6838, RFC 6839)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeVar

_Content = TypeVar("_Content")

SEQUENCES: Final = frozenset(
    {
        "application/json-lines",
        "application/json-seq",
        "application/jsonl",
        "application/jsonlines",
        "application/ndjson",
        "application/stream+json",
        "application/x-jsonlines",
        "application/x-ndjson",
        "text/event-stream",
        "text/jsonl",
    }
)
"""Media types of which each message is a sequence of items (OAS 3.2.0 section 4.14.3)."""
_PARAMETER: Final = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;"]*))')
FORM: Final = "application/x-www-form-urlencoded"


def essence_of(media_type: str) -> str:
    """Return type and subtype in lower case, without parameters."""
    return media_type.partition(";")[0].strip().lower()


@lru_cache(maxsize=512)
def split(media_type: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return type and subtype, and the parameters; all in lower case, for none of those in use minds."""
    essence, separator, rest = media_type.partition(";")
    found = frozenset(
        (
            match[1].lower(),
            (re.sub(r"\\(.)", r"\1", match[2]) if match[3] is None else match[3]).strip().lower(),
        )
        for match in _PARAMETER.finditer(separator + rest)
    )
    return essence.strip().lower(), found


@lru_cache(maxsize=256)
def is_sequence(media_type: str) -> bool:
    """Return whether a media type holds items one after the other."""
    essence = essence_of(media_type)
    return essence in SEQUENCES or essence.endswith("+json-seq")


def is_multipart(media_type: str) -> bool:
    """Return whether a media type is a message of several parts."""
    return essence_of(media_type).startswith("multipart/")


@lru_cache(maxsize=256)
def is_json(media_type: str) -> bool:
    """Return whether a media type is JSON or built on it."""
    essence = essence_of(media_type)
    if essence in SEQUENCES:
        return False
    return essence in ("application/json", "text/json") or essence.endswith("+json")


@lru_cache(maxsize=256)
def is_xml(media_type: str) -> bool:
    """Return whether a media type is XML or built on it (RFC 7303)."""
    essence = essence_of(media_type)
    return essence in ("application/xml", "text/xml") or essence.endswith("+xml")


def matching(content: Mapping[str, _Content], media_type: str) -> _Content | None:
    """Return the entry for a media type: the same with its parameters, without them, then ranges (`text/*`)."""
    if media_type in content:
        return content[media_type]
    essence = essence_of(media_type)
    by_essence = {essence_of(name): entry for name, entry in content.items()}
    for candidate in (essence, f"{essence.partition('/')[0]}/*", "*/*"):
        if candidate in by_essence:
            return by_essence[candidate]
    return None
