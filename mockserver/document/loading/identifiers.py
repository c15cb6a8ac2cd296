"""Names that schemas give themselves: `$id`, `$anchor`, `$dynamicAnchor` (JSON Schema 2020-12 core, section 8.2)."""

from __future__ import annotations

from typing import Any, Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.loading import files
from mockserver.errors import Json

_WORDS: Final = (b'"$id"', b'"$anchor"', b'"$dynamicAnchor"', b'"$recursiveAnchor"', b'"$self"')
_DATA: Final = frozenset({"default", "example", "examples", "enum", "const", "value"})

Place = tuple[str, str]
"""Location of a file, and JSON pointer in it."""


class Identifiers:
    """What files name, by URI."""

    def __init__(self) -> None:
        self._resources: dict[str, Place] = {}
        self._anchors: dict[tuple[str, str], Place] = {}
        self._bases: dict[str, dict[str, str]] = {}
        self.dynamic: dict[str, dict[str, Place]] = {}
        """Base URI -> name of each `$dynamicAnchor` in it -> its place, see `document.loading.dynamic`."""

    def scan(self, location: str, root: Json) -> None:
        """Take in a file; one that names nothing costs next to nothing."""
        text = jsontext.dumps(root)
        if not any(word in text for word in _WORDS):
            return
        base = location
        if isinstance(root, dict) and isinstance(root.get("$self"), str):
            # OAS 3.2.0 section 4.1.2.2.
            base = files.join(location, root["$self"]).rstrip("#")
            self._resources[base] = (location, "")
        self._bases[location] = {"": base}
        waiting: list[tuple[Any, str, str]] = [(root, "", base)]
        while waiting:
            node, pointer, base = waiting.pop()
            if isinstance(node, dict):
                base = self._named(node, location, pointer, base)
                waiting += [
                    (value, ptr.join(pointer, key), base)
                    for key, value in node.items()
                    if isinstance(value, dict | list) and key not in _DATA
                ]
            else:
                waiting += [
                    (value, ptr.join(pointer, index), base)
                    for index, value in enumerate(node)
                    if isinstance(value, dict | list)
                ]

    def _named(self, node: dict[str, Any], location: str, pointer: str, base: str) -> str:
        name = node.get("$id")
        if isinstance(name, str) and name.startswith("#"):
            # Drafts 6 and 7 write anchors so.
            self._anchors.setdefault((base, name[1:]), (location, pointer))
        elif isinstance(name, str):
            base = files.join(base, name).rstrip("#")
            self._resources.setdefault(base, (location, pointer))
            self._bases[location][pointer] = base
        for keyword in ("$anchor", "$dynamicAnchor"):
            anchor = node.get(keyword)
            if isinstance(anchor, str):
                self._anchors.setdefault((base, anchor), (location, pointer))
        anchor = node.get("$dynamicAnchor")
        if isinstance(anchor, str):
            self.dynamic.setdefault(base, {}).setdefault(anchor, (location, pointer))
        if node.get("$recursiveAnchor") is True:
            # The form of 2019-09, which knows one nameless anchor for each resource.
            self.dynamic.setdefault(base, {}).setdefault("", (location, pointer))
        return base

    def base_of(self, place: Place) -> str:
        """Return the base URI of a place: that of the nearest schema around it with an `$id`, else the file's."""
        location, pointer = place
        bases = self._bases.get(location)
        if not bases:
            return location
        while pointer not in bases:
            pointer = pointer.rpartition("/")[0]
        return bases[pointer]

    def base_in(self, base: str, name: str) -> str:
        """Return the base URI inside a schema with this `$id`."""
        return files.join(base, name).rstrip("#")

    def resource(self, uri: str) -> Place | None:
        """Return where the schema with this URI stands."""
        return self._resources.get(uri)

    def anchor(self, base: str, name: str) -> Place | None:
        """Return where the schema with this plain name stands."""
        return self._anchors.get((base, name))
