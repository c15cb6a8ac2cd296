"""Bytes into text by the charset that a Content-Type field names (RFC 9110 section 8.3.2)."""

from __future__ import annotations

import codecs
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import lru_cache
from typing import Final

_NO_CHARSETS: Final = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"})
"""Codecs of Python that are no charsets, by the names that `codecs.lookup` gives them."""


MAX_PARAMETERS: Final = 100
"""Parameters of a header field that are read: the time for them grows with the square of their number."""


class UnknownCharset(ValueError):
    """A charset that nobody here can read."""


class NotText(ValueError):
    """Bytes that are no text in their charset."""


@lru_cache(maxsize=256)
def parameter_of(field: str, name: str) -> str | None:
    """Return a parameter of a header field (`charset`, `boundary`, `filename`), also in the form of RFC 8187."""
    message = Message()
    message["x"] = shortened(field).replace("\r", " ").replace("\n", " ")
    value = message.get_param(name, header="x")
    if value is None:
        return None
    return collapse_rfc2231_value(value, errors="replace")


def shortened(field: str) -> str:
    """Return a header field with so many of its parameters as are read."""
    return ";".join(field.split(";", MAX_PARAMETERS + 1)[: MAX_PARAMETERS + 1])


def charset_of(content_type: str) -> str | None:
    """Return the charset that a Content-Type field names, None without one.

    Raises:
        UnknownCharset: Nobody here can read it.
    """
    if "charset" not in content_type.lower():
        return None
    name = (parameter_of(content_type, "charset") or "").strip().strip("'\"")
    if not name:
        return None
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise UnknownCharset(f"the charset {name!r} is not known") from error
    if found.name.replace("_", "-") in _NO_CHARSETS or not found._is_text_encoding:
        raise UnknownCharset(f"the charset {name!r} is not known")
    return found.name


def decode(data: bytes, charset: str | None) -> str:
    """Return bytes as text; without a charset they are UTF-8.

    Raises:
        NotText: They are no text in this charset.
    """
    try:
        text = data.decode(charset or "utf-8")
        if charset is not None:
            text.encode("utf-8")  # some codecs give lone surrogates, which are no text
        return text
    except UnicodeDecodeError as error:
        name = (charset or "utf-8").upper()
        raise NotText(f"is not {name} text (byte {error.start})") from error
    except UnicodeError as error:  # also where bytes became what no text can hold
        raise NotText(f"is not {charset} text") from error
