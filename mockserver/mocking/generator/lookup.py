"""Schemas by their pointers, references followed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.dialect import HIDDEN
from mockserver.document.validation import Schemas
from mockserver.errors import Json

CACHE_SIZE: Final = 8192
COMPONENTS: Final = "/components/schemas/"


class Lookup:
    """Answers questions about single schemas of a document."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._hidden = HIDDEN[schemas.direction]
        self.is_hidden = lru_cache(maxsize=CACHE_SIZE)(self._is_hidden)

    def schema(self, pointer: str) -> Json:
        """Return the schema at a pointer; what is not there says nothing."""
        try:
            return self.schemas.at(pointer)
        except (KeyError, ValueError):
            return True

    def target(self, reference: Json) -> str | None:
        """Return the pointer that a reference leads to, None if it leads out of the document."""
        if not isinstance(reference, str):
            return None
        try:
            return ptr.of_reference(reference)
        except ValueError:
            return None

    def named(self, name: str) -> str | None:
        """Return the pointer that a discriminator's mapping means: a reference or a component's name."""
        if name.startswith("#"):
            return self.target(name)
        pointer = COMPONENTS + ptr.escape(name.rpartition("/")[2].partition(".")[0])
        return pointer if self.schema(pointer) is not True else None

    def _is_hidden(self, pointer: str) -> bool:
        """Say whether a property does not belong into messages of this direction."""
        seen: set[str] = set()
        place: str | None = pointer
        while place is not None and place not in seen:
            seen.add(place)
            schema = self.schema(place)
            if not isinstance(schema, dict):
                return False
            if schema.get(self._hidden) is True:
                return True
            place = self.target(schema.get("$ref"))
        return False


def is_component(pointer: str) -> bool:
    """Say whether a pointer is that of a named schema."""
    return pointer.startswith(COMPONENTS) and pointer.count("/") == 3


def list_at(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    """Return the list under a keyword, an empty one where there is none."""
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def dict_at(schema: Mapping[str, Any], keyword: str) -> dict[str, Any]:
    """Return the mapping under a keyword, an empty one where there is none."""
    value = schema.get(keyword)
    return value if isinstance(value, dict) else {}
