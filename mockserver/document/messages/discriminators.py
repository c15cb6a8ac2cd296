"""Which branch of a composition a value means by its discriminator (OAS 3.1.1 section 4.8.25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mockserver.document import pointer as ptr
from mockserver.errors import Json


class Meant(NamedTuple):
    """What a discriminator says of a value.

    Attributes:
        property: The property that it looks at.
        branch: Index of the branch that is meant; None where the value names none.
        names: The names that it knows.
    """

    property: str
    branch: int | None
    names: tuple[str, ...]


def meant(document: Json, path: Sequence[str | int], value: Json) -> Meant | None:
    """Return what the discriminator of a composition says of a value, None where there is none.

    Args:
        document: The whole translated document.
        path: Names along the pointer of the `oneOf` or `anyOf`.
        value: What it is that should fit one of the branches.
    """
    if not isinstance(value, dict):
        return None
    owner, discriminator = _find(document, path)
    if discriminator is None or owner is None:
        return None
    name = discriminator.get("propertyName")
    branches = owner.get(str(path[-1]))
    if not isinstance(name, str) or not isinstance(branches, list):
        return None
    mapping = discriminator.get("mapping")
    mapping = mapping if isinstance(mapping, dict) else {}
    references = [branch.get("$ref") if isinstance(branch, dict) else None for branch in branches]
    if not any(isinstance(reference, str) for reference in references):
        return None  # it speaks of another composition, further in
    known = {
        str(tag): index
        for tag, target in mapping.items()
        if (index := _index(target, references)) is not None
    }
    for index, reference in enumerate(references):
        if isinstance(reference, str):
            # A mapping adds names and does not take away those of the components.
            known.setdefault(_last(reference), index)
    tag = value.get(name, discriminator.get("defaultMapping"))
    return Meant(name, known.get(tag) if isinstance(tag, str) else None, tuple(known))


def _find(
    document: Json, path: Sequence[str | int]
) -> tuple[Mapping[str, Json] | None, Mapping[str, Json] | None]:
    """Return the schema that holds a composition, and its discriminator.

    A nullable composition was put one level deeper by the translation, and its discriminator stayed where it was.
    """
    owner = _at(document, path[:-1])
    for holder in (owner, _at(document, path[:-3]) if tuple(path[-3:-1]) == ("anyOf", 0) else None):
        if isinstance(holder, dict) and isinstance(holder.get("discriminator"), dict):
            return owner, holder["discriminator"]
    return None, None


def _at(document: Json, path: Sequence[str | int]) -> Json:
    try:
        return ptr.lookup(document, ptr.join("", *path))
    except (KeyError, ValueError):
        return None


def _index(target: Json, references: list[Json]) -> int | None:
    if not isinstance(target, str):
        return None
    if target in references:
        return references.index(target)
    # A name of a component may stand for a reference to it.
    found = [
        index
        for index, item in enumerate(references)
        if isinstance(item, str) and _last(item) == _last(target)
    ]
    return found[0] if found else None


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]
