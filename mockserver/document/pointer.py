"""JSON pointers (RFC 6901) and references to them."""

from __future__ import annotations

from urllib.parse import quote, unquote

from mockserver.errors import Json


def escape(token: str) -> str:
    """Return a reference token with `~` and `/` escaped."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Return the name that a reference token stands for."""
    return token.replace("~1", "/").replace("~0", "~")


def join(pointer: str, *tokens: str | int) -> str:
    """Return the pointer of a place below `pointer`."""
    return pointer + "".join(f"/{escape(str(token))}" for token in tokens)


def split(pointer: str) -> list[str]:
    """Return the names along a pointer; the empty pointer is the whole document.

    Raises:
        ValueError: The pointer is neither empty nor begins with `/`.
    """
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON pointer begins with '/': {pointer!r}")
    return [unescape(token) for token in pointer[1:].split("/")]


def lookup(root: Json, pointer: str) -> Json:
    """Return what stands at `pointer`.

    Raises:
        KeyError: Nothing stands there.
        ValueError: The pointer is malformed.
    """
    node = root
    for token in split(pointer):
        if isinstance(node, dict) and token in node:
            node = node[token]
        elif isinstance(node, list) and token.isdigit() and int(token) < len(node):
            node = node[int(token)]
        else:
            raise KeyError(pointer)
    return node


def to_reference(pointer: str) -> str:
    """Return the reference to a place in the same document (`/a/b{c}` -> `#/a/b%7Bc%7D`)."""
    return "#" + quote(pointer, safe="/~:@!$&'()*+,;=-._")


def of_reference(reference: str) -> str:
    """Return the pointer of a reference into the same document (`#/a/b%7Bc%7D` -> `/a/b{c}`).

    Raises:
        ValueError: The reference leads into another document, or is not a pointer.
    """
    document, _, fragment = reference.partition("#")
    if document:
        raise ValueError(f"{reference!r} leads into another document")
    pointer = unquote(fragment)
    split(pointer)
    return pointer
