"""How the operations of the control API answer, and which world they mean. Called on Flask's threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import flask

from mockserver import jsontext
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.world import DEFAULT
from mockserver.mocking.worlds import checked


def as_json(value: Json, status: int = 200) -> flask.Response:
    """Return an answer with a JSON value."""
    content = jsontext.dumps(value, indent=True) + b"\n"
    return flask.Response(content, status=status, mimetype="application/json")


def nothing() -> flask.Response:
    """Return an answer without a body."""
    response = flask.Response(status=204)
    del response.headers["Content-Type"]
    return response


def missing(kind: str, name: str, known: Sequence[str]) -> Refusal:
    """Return the refusal for a name that nothing has."""
    listed = f"; there are {', '.join(dict.fromkeys(known))}" if known else ""
    return Refusal(RefusalKind.NOT_FOUND, f"there is no {kind} {name!r}{listed}")


def world_name(world: str | None) -> str:
    """Return the name of the world that a request means: the query's `world`, else that of header or path.

    Raises:
        Refusal: It is no name.
    """
    if world is not None:
        return checked(world, "query", "world")
    said = flask.request.headers.get("Mock-World")
    return DEFAULT if said is None else checked(said, "header", "Mock-World")


def decoded(segment: str) -> str:
    """Return the text of a raw path segment."""
    return unquote_to_bytes(segment.encode("latin-1", "replace")).decode("utf-8", "replace")


# For the page.


def visible(value: Any) -> Any:
    """Return a value for the page, with characters that nobody sees or that turn others round written out."""
    if not isinstance(value, str) or value.isprintable():
        return value
    cleaned = (
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode()
        for character in value
    )
    return type(value)("".join(cleaned))


def pretty(value: Json) -> str:
    """Return a JSON value as text with line breaks."""
    return jsontext.dumps(value, indent=True).decode("utf-8", "replace")


def segment(value: Any) -> str:
    """Return a value as it stands in a path segment or a query."""
    return quote(str(value), safe="", errors="replace")
