"""Takes the places out of a JSON value that hold themselves.

References that were replaced by what they mean can make them, and nothing later would come to an end.
"""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.document import pointer as ptr
from mockserver.errors import Json


def cut(root: Json) -> list[str]:
    """Replace what is around itself by an empty object or list, in place, and return where that was."""
    found: list[str] = []
    on_the_way = {id(root)}
    done: set[int] = set()
    stack: list[tuple[Json, str, Iterator[tuple[str | int, Json]]]] = [(root, "", _members(root))]
    while stack:
        node, pointer, members = stack[-1]
        for key, value in members:
            if not isinstance(value, dict | list) or id(value) in done:
                continue
            if id(value) in on_the_way:
                node[key] = type(value)()
                found.append(ptr.join(pointer, key))
                continue
            on_the_way.add(id(value))
            stack.append((value, ptr.join(pointer, key), _members(value)))
            break
        else:
            stack.pop()
            on_the_way.discard(id(node))
            done.add(id(node))
    return found


def _members(node: Json) -> Iterator[tuple[str | int, Json]]:
    """Yield what an object or a list holds; it may be changed meanwhile."""
    members = node.items() if isinstance(node, dict) else enumerate(node)
    yield from list(members)
