"""What stands for an object that is missing or of the wrong kind, so that only its part is lost."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Final

from mockserver.document.structure import ListOf, Map, Shape
from mockserver.errors import Json

UNCHECKED: Final = "this part of the schema takes any value"

_SUBSTITUTES: Final[Mapping[str, Json]] = {
    "response": {"description": ""},
    "response-2": {"description": ""},
    "media-type": {},
    "request-body": {"content": {"*/*": {}}},
    "components": {},
    "components-2": {},
    "document": {},
}
_EFFECTS: Final[Mapping[str, str]] = {
    "schema": UNCHECKED,
    "response": "it is answered without a body",
    "response-2": "it is answered without a body",
    "media-type": "any body is taken",
    "request-body": "any body is taken",
}


def substitute(shape: Shape) -> Json:
    """Return what stands for an object of a shape; None to leave it out."""
    if isinstance(shape, ListOf):
        return []
    return {} if isinstance(shape, Map) else copy.deepcopy(_SUBSTITUTES.get(shape))


def effect(shape: Shape) -> str:
    """Return what follows when a reference to an object of a shape leads nowhere, in a sentence."""
    return _EFFECTS.get(shape, "it is left out") if isinstance(shape, str) else "it is taken as empty"
