"""Which media types of two contents are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.document.media_types import FORM, essence_of, is_multipart, is_xml, matching
from mockserver.document.model import MediaType


@dataclass(frozen=True, slots=True)
class Pairs:
    """Media types that are in both contents, and the names of those that are in one."""

    both: tuple[tuple[MediaType, MediaType], ...]
    gone: tuple[str, ...]
    added: tuple[str, ...]


def pairs(old: Mapping[str, MediaType], new: Mapping[str, MediaType]) -> Pairs:
    """Return which media types are the same: by name without parameters, else by a range that holds the old one."""
    both, gone, used = [], [], set()
    for name, media in old.items():
        found = matching(new, name)
        if found is None:
            gone.append(name)
        else:
            both.append((media, found))
            used.add(found.name)
    added = []
    for name, media in new.items():
        if name not in used:
            wider = matching(old, name)
            if wider is None:
                added.append(name)
            elif wider.name in gone or essence_of(name) != essence_of(wider.name):
                both.append((wider, media))
    return Pairs(tuple(both), tuple(gone), tuple(added))


def is_textual(media_type: str) -> bool:
    """Return whether values are written as texts in a media type, so that 1 and "1" are the same."""
    essence = essence_of(media_type)
    return essence == FORM or is_multipart(essence) or is_xml(essence) or essence.startswith("text/")
