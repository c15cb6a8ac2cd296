"""What a writer knows besides the value."""

from __future__ import annotations

from typing import NamedTuple

from mockserver.document.model import MediaType
from mockserver.document.validation import Schemas


class Form(NamedTuple):
    """How a value is to be written.

    Attributes:
        name: The media type as it is sent, with its parameters.
        media: What the document declares about it; None where it declares nothing.
        schemas: Where its schema stands.
    """

    name: str
    media: MediaType | None
    schemas: Schemas


class Written(NamedTuple):
    """A body, with the media type that it has now: parts have a boundary."""

    content: bytes
    name: str
