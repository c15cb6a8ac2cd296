"""Formats that documents use beside those of JSON Schema: one table, format -> is this text of that form?

Sources: the OpenAPI format registry, and names that generators of documents write on purpose (`uuid4` by
FastAPI and pydantic).
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Mapping
from typing import Final


def _is_uuid(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            value = uuid.UUID(text)
        except ValueError:
            return False
        # `uuid.UUID` also takes braces, "urn:uuid:" and missing hyphens; RFC 9562 section 4 does not.
        return str(value) == text.lower() and value.version == version

    return check


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {
    "byte": _is_base64,
    "uuid1": _is_uuid(1),
    "uuid3": _is_uuid(3),
    "uuid4": _is_uuid(4),
    "uuid5": _is_uuid(5),
}
