"""Questions to media types (RFC 9110 section 8.3.1, RFC 6838, RFC 6839)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

_Content = TypeVar("_Content")


def essence_of(media_type: str) -> str:
    """Return type and subtype in lower case, without parameters."""
    return media_type.partition(";")[0].strip().lower()


@lru_cache(maxsize=256)
def is_json(media_type: str) -> bool:
    """Return whether a media type is JSON or built on it."""
    essence = essence_of(media_type)
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
