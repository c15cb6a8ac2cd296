"""Values that are not known before a server has said them, and what fills them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.contract.reading import at
from mockserver.document.plan import ABSENT
from mockserver.errors import Json

Bindings = Mapping[str, Json]
"""Name of a slot -> what one server said: mostly a record."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands in a template for a value that a server says.

    Attributes:
        name: Of the binding, e.g. `pets`.
        path: Where in it, e.g. `("id",)`; numbers are places in lists.
    """

    name: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return ".".join(map(str, (self.name, *self.path)))


class Unbound(Exception):
    """A slot has no value on this server.

    Attributes:
        slot: Which.
    """

    def __init__(self, slot: Slot) -> None:
        super().__init__(f"nothing is known of {slot}")
        self.slot = slot


def filled(template: Any, bindings: Bindings) -> Json:
    """Return a template with its slots filled in.

    Args:
        template: A JSON value that may hold slots.
        bindings: What is known of one server.

    Raises:
        Unbound: A slot has no value, or null.
    """
    if isinstance(template, Slot):
        found = at(bindings.get(template.name), template.path)
        if found is ABSENT or found is None:
            raise Unbound(template)
        return found
    if isinstance(template, dict):
        return {name: filled(member, bindings) for name, member in template.items()}
    if isinstance(template, list):
        return [filled(item, bindings) for item in template]
    return template


def slots_of(template: Any) -> Iterator[Slot]:
    """Yield the slots of a template."""
    if isinstance(template, Slot):
        yield template
    elif isinstance(template, dict):
        for member in template.values():
            yield from slots_of(member)
    elif isinstance(template, list):
        for item in template:
            yield from slots_of(item)


def put(value: Json, path: tuple[str | int, ...], part: Any) -> Json:
    """Return a value with another one at a path of names; objects on the way are made where they are missing."""
    if not path:
        return part
    members: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
    members[str(path[0])] = put(members.get(str(path[0])), path[1:], part)
    return members
