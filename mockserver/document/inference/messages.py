"""Requests and answers: which of their media types is read, and where in them the record or the records are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.inference.model import Message
from mockserver.document.inference.routes import noun
from mockserver.document.inference.view import View
from mockserver.document.inference.vocabulary import ITEMS, KEYS, META, WRAPPERS
from mockserver.document.media_types import essence_of
from mockserver.document.model import MediaType, Operation
from mockserver.document.naming import word

_DEPTH: Final = 3
"""Envelopes in envelopes that are opened."""
_SURE: Final = frozenset({"data", "results", "entries", "records", "resources"})
_RANK: Final[Mapping[str, int]] = {ITEMS[index]: index for index in range(len(ITEMS))}


@dataclass(frozen=True, slots=True)
class Body:
    """A body, before anybody asks what is in it."""

    schema: str | None
    media_type: str = ""
    status: int = 0


def request_of(operation: Operation) -> Body:
    """Return the body of an operation's request."""
    body = operation.request_body
    media = None if body is None else _preferred(body.content.values())
    return Body(None) if media is None else Body(media.schema, media.name)


def answer_of(operation: Operation, *, creates: bool = False) -> Body:
    """Return the body of an operation's usual success.

    That is the lowest 2xx that is declared. One that makes things answers 201 where it declares that, too, and of
    several statuses one with a body is meant.
    """
    statuses = sorted(status for status in operation.responses if status.startswith("2"))
    if creates and "201" in statuses and _has_schema(operation, "201") >= _has_schema(operation, statuses[0]):
        statuses = ["201"]
    elif creates:
        statuses.sort(key=lambda status: not _has_schema(operation, status))
    elif not statuses and "default" in operation.responses:
        statuses = ["default"]
    if not statuses:
        return Body(None)
    media = _preferred(operation.responses[statuses[0]].content.values())
    status = int(statuses[0]) if statuses[0].isdigit() else 200
    return Body(None, "", status) if media is None else Body(media.schema, media.name, status)


def _has_schema(operation: Operation, status: str) -> bool:
    return any(media.schema is not None for media in operation.responses[status].content.values())


def _preferred(content: Iterable[MediaType]) -> MediaType | None:
    """Return the media type to read: JSON before forms, these before the rest."""
    return min(content, key=_preference, default=None)


def _preference(media: MediaType) -> int:
    essence = essence_of(media.name)
    if media.schema is None:
        return 9
    if essence == "application/json" or essence.startswith("*/"):
        return 0
    if essence == "application/json-patch+json":
        return 4
    if essence.endswith("+json"):
        return 1
    if essence.startswith(("application/x-www-form-urlencoded", "multipart/")):
        return 2
    return 3 if essence.endswith("xml") else 5


class Reader:
    """Finds records in bodies."""

    def __init__(self, view: View) -> None:
        self.view = view

    def many(self, body: Body, names: Sequence[str]) -> Message | None:
        """Return where an answer holds a list of records, None if it holds none.

        Args:
            body: The answer, or a request.
            names: The keys of the nouns in the path, the last one first, e.g. `pet`.
        """
        found = None if body.schema is None else self._many(body.schema, names, (), 0)
        if found is None or body.schema is None:
            return None
        path, items = found
        record, each = self._entry(items)
        return Message(body.schema, path, record, True, each, body.media_type, body.status)

    def one(self, body: Body, names: Sequence[str]) -> Message | None:
        """Return where a body holds one record, None if it holds none: it is no object, or declares nothing."""
        if body.schema is None:
            return None
        path, record = self._one(body.schema, names, (), 0)
        record = self._living(record)
        if not self.view.properties(record) and not self.view.is_free(record):
            return None
        return Message(body.schema, path, record, False, (), body.media_type, body.status)

    def _living(self, pointer: str) -> str:
        """Return what a schema shows of things that are there, where it may also say that one was deleted."""
        place = self.view.target(pointer)
        node = self.view.node(place)
        for keyword in ("anyOf", "oneOf"):
            branches = node.get(keyword)
            places = (
                [ptr.join(place, keyword, index) for index in range(len(branches))]
                if isinstance(branches, list)
                else []
            )
            alive = [branch for branch in places if not self._is_dead(branch)]
            if len(alive) == 1 and len(places) > 1 and "properties" not in node:
                return self.view.target(alive[0])
        return pointer

    def _is_dead(self, pointer: str) -> bool:
        deleted = self.view.properties(pointer).get("deleted")
        return deleted is not None and self.view.values(deleted) == [True]

    def _entry(self, items: str) -> tuple[str | None, tuple[str, ...]]:
        """Return the record in an item of a list, and the names that lead to it; None for items that are no objects."""
        properties = self.view.properties(items)
        if "node" in properties and len(properties) <= 3 and self.view.properties(properties["node"]):
            return properties["node"], ("node",)
        return (self._living(items) if properties or self.view.is_free(items) else None), ()

    def _many(
        self, pointer: str, names: Sequence[str], path: tuple[str, ...], depth: int
    ) -> tuple[tuple[str, ...], str] | None:
        view = self.view
        items = view.items(pointer)
        if items is not None:
            return path, items
        properties = view.properties(pointer)
        if not properties or depth >= _DEPTH:
            return None
        lists = {
            key: found for key, place in properties.items() if (found := self._objects(place)) is not None
        }
        best = min(lists, key=lambda key: _likeliness(key, names), default=None)
        if best is not None and self._is_envelope(properties, best, len(lists), names):
            return (*path, best), lists[best]
        for key, place in properties.items():
            opens = word(key) in WRAPPERS or len(properties) == 1 or (depth == 0 and noun(key) in names[:1])
            if opens and view.properties(place):
                deeper = self._many(place, names, (*path, key), depth + 1)
                if deeper is not None:
                    return deeper
        return None

    def _objects(self, pointer: str) -> str | None:
        """Return the items of an array of objects, None for anything else."""
        items = self.view.items(pointer)
        return (
            items if items is not None and (self.view.properties(items) or self.view.is_free(items)) else None
        )

    def _is_envelope(
        self, properties: Mapping[str, str], best: str, lists: int, names: Sequence[str]
    ) -> bool:
        """Return whether an object is there for the sake of one list in it, and is no thing that has a list."""
        if noun(best) in names[:1] and word(best) != "value":
            return True
        others = [key for key in properties if key != best]
        if any(word(key) in ("id", "uuid", "gid", "sid") for key in others):
            return False
        if word(best) in _SURE:
            return True
        if word(best) in _RANK or noun(best) in names:
            own = sum(not self._is_meta(key) for key in others)
            return own <= max(1, len(others) - own)  # a cart has items, too
        return lists == 1 and all(self._is_meta(key) for key in others)

    def is_only_envelope(self, message: Message) -> bool:
        """Return whether a body is there for its list alone."""
        if message.schema is None or not message.path:
            return True
        return all(
            self._is_meta(key) for key in self.view.properties(message.schema) if key != message.path[0]
        )

    def _is_meta(self, key: str) -> bool:
        plain = word(key)
        return (
            plain in META
            or plain.endswith(
                ("count", "total", "token", "page", "cursor", "pages", "uri", "url", "more", "size", "links")
            )
            or plain.startswith(("total", "page", "next", "prev", "has", "num"))
        )

    def _one(
        self, pointer: str, names: Sequence[str], path: tuple[str, ...], depth: int
    ) -> tuple[tuple[str, ...], str]:
        properties = self.view.properties(pointer)
        wrapper = self._wrapper(properties, names) if depth < _DEPTH else None
        if wrapper is None:
            return path, pointer
        return self._one(properties[wrapper], names, (*path, wrapper), depth + 1)

    def _wrapper(self, properties: Mapping[str, str], names: Sequence[str]) -> str | None:
        """Return the property that holds the thing itself, None where the object is the thing."""
        ids = {"id", "uuid", "gid", "sid", *(f"{name}id" for name in names[:1])}
        if any(word(key) in ids for key in properties):
            return None
        objects = [
            key
            for key, place in properties.items()
            if self.view.properties(place) or self._is_said_free(place)
        ]
        for name in names:
            for key in objects:
                is_named = noun(key) == name or (len(noun(key)) > 3 and name.endswith(noun(key)))
                if is_named and not self._is_thing(properties, key):
                    return key
        generic = [key for key in objects if word(key) in WRAPPERS]
        others = [key for key in properties if not generic or key != generic[0]]
        if generic and all(self._is_meta(key) for key in others):
            return generic[0]
        beside = [key for key in properties if key not in objects[:1]]
        is_alone = len(objects) == 1 and word(objects[0]) not in META
        return objects[0] if is_alone and beside and all(self._is_meta(key) for key in beside) else None

    def _is_said_free(self, pointer: str) -> bool:
        """Return whether a member is an object without properties by a schema that says something at least."""
        return bool(self.view.schema(pointer)) and self.view.is_free(pointer)

    def _is_thing(self, properties: Mapping[str, str], named: str) -> bool:
        """Return whether an object has properties of its own beside the one that is named as the thing."""
        own = [key for key in properties if key != named and not self._is_meta(key)]
        return any(word(key) in KEYS for key in own) or len(own) > 4


def _likeliness(key: str, names: Sequence[str]) -> tuple[int, int]:
    """Return the rank of a member as the one that holds a list's items."""
    single, plain = noun(key), word(key)
    if single in names:
        return 0, names.index(single)
    if names and (names[0].endswith(single) or single.endswith(names[0])):
        return 1, 0
    return (2, _RANK[plain]) if plain in _RANK else (3, 0)
