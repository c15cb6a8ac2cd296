"""Text, and all that nothing else is known about."""

from __future__ import annotations

import codecs

from mockserver import jsontext
from mockserver.document.media_types import split
from mockserver.errors import Json
from mockserver.mocking.bodies.form import Form, Written


def text(value: Json, form: Form) -> Written:
    """Write a text as it is, and any other value as JSON; in the charset of the media type."""
    if not isinstance(value, str):
        return Written(jsontext.dumps(value), form.name)
    charset = dict(split(form.name)[1]).get("charset", "utf-8")
    try:
        codecs.lookup(charset)
        content = value.encode(charset, "replace")
    except (LookupError, ValueError, UnicodeError):
        content = value.encode("utf-8", "replace")
    return Written(content, form.name)


def as_text(value: Json) -> str:
    """Return a value as the text of one field: nothing for null, JSON for what has parts."""
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.dumps(value).decode()
