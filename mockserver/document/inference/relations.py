"""Which properties name records of other resources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.inference.model import Found
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import singular, word, words

_TAILS: Final = frozenset(
    {"id", "ids", "uuid", "uuids", "gid", "gids", "sid", "sids", "guid", "identifier", "ref"}
)
_PLURAL: Final = frozenset({"ids", "uuids", "gids", "sids"})
_SAID: Final = re.compile(r"\b(ids?|identifiers?|uuids?|gids?|sids?|guids?)\b", re.IGNORECASE)
_QUALIFIERS: Final = known(
    "parent previous prev next source target default original origin from to last latest current first seed base root "
    "initial destination linked related primary main active"
)
"""Words before the name of a resource that leave its meaning as it is."""
_SOMEBODY: Final = frozenset(
    {"external", "client", "custom", "correlation", "request", "trace", "idempotency", "tracking"}
)
"""Ids of other systems, and of calls."""


def refine(view: View, resources: Mapping[str, Found]) -> dict[str, dict[str, Any]]:
    """Return resource name -> `references` as in the plan file, those of the path (`Found.bound`) among them."""
    names = _Names(view, resources)
    linked = _links(view, resources)
    found: dict[str, dict[str, Any]] = {}
    for resource in resources.values():
        references = parents_of(resource)
        bound = {word(name) for name in references}
        for name, pointer in view.properties(resource.schema).items():
            if name == resource.id_property or word(name) in bound:
                continue
            target = linked.get((resource.name, name)) or names.target(resource, name, pointer)
            if target is not None:
                references[name] = {"resource": target, "missing": "loose"}
        if references:
            found[resource.name] = references
    return found


def parents_of(found: Found) -> dict[str, Any]:
    """Return the references that a path binds, under the property in which the record keeps them."""
    return {
        found.bound[name]: {
            "resource": owner,
            **({} if found.bound[name] == name else {"path": name}),
            # A parent in the path has to be there in any case; this is for one that a body names.
            "missing": "loose",
            "on-delete": "cascade",
        }
        for name, owner in found.parents.items()
    }


class _Names:
    """Resources by the words that properties use for them."""

    def __init__(self, view: View, resources: Mapping[str, Found]) -> None:
        self._view = view
        self._resources = resources
        self._by_word: dict[str, list[str]] = {}
        self._by_schema: dict[str, list[str]] = {}
        self._schemas = {_single(words(name)) for name in view.components.values()}
        for name, found in resources.items():
            schema = view.name(found.schema)
            self._by_word.setdefault(_single(words(name)), []).append(name)
            if schema:
                self._by_schema.setdefault(_single(words(schema)), []).append(name)

    def target(self, own: Found, name: str, pointer: str) -> str | None:
        """Return the resource that a property of records names, None for none, or where it is not certain."""
        view, split = self._view, words(name)
        if not split:
            return None
        items = view.items(pointer)
        types = view.types(pointer if items is None else items)
        if not types & {"string", "integer"} or types & {"boolean", "array"} or view.values(pointer):
            return None
        has_tail = len(split) > 1 and split[-1] in _TAILS
        if (items is not None) and not (split[-1] in _PLURAL or not has_tail):
            return None
        base = split[:-1] if has_tail else split
        if items is not None and not has_tail:
            base = (*base[:-1], singular(base[-1]))
        if not _SOMEBODY.isdisjoint(base) and not self._by_word.get("".join(base)):
            return None
        for start in range(len(base)):
            if start and not has_tail and not _QUALIFIERS.issuperset(base[:start]):
                return None
            name = "".join(base[start:])
            if name not in self._by_word and name not in self._by_schema:
                if name in self._schemas:
                    return None  # a thing of its own, of which the document has no resource
                continue
            found = self._certain(name, own)
            if found is None or not self._fits(types, found):
                return None
            is_told = has_tail or self._is_told(pointer if items is None else items, found)
            # A thing's own name in it is another spelling of its id, or an id of another kind.
            return found if is_told and not (found == own.name and start == 0) else None
        return None

    def _certain(self, name: str, own: Found) -> str | None:
        """Return the one resource of a name, else of its schema's: below the same parents, where there are several."""
        named = self._by_word.get(name) or self._by_schema.get(name, [])
        if len(named) > 1:
            above = own.collection.rpartition("/")[0]
            named = [item for item in named if self._resources[item].collection.startswith(above)] or named
        named = [item for item in named if not self._resources[item].singleton]
        return named[0] if len(named) == 1 else None

    def _fits(self, types: frozenset[str], target: str) -> bool:
        """Return whether a property of these types may hold an id of a resource."""
        other = self._resources[target]
        pointer = self._view.properties(other.schema).get(other.id_property)
        there = self._view.types(pointer) if pointer is not None else frozenset[str]()
        return not there or not there.isdisjoint(types)

    def _is_told(self, pointer: str, target: str) -> bool:
        """Return whether a property without `Id` in its name holds an id all the same, by what is said of it."""
        view, other = self._view, self._resources[target]
        node, schema = view.node(pointer), view.schema(pointer)
        for keyword in ("anyOf", "oneOf"):
            branches = schema.get(keyword)
            for index in range(len(branches)) if isinstance(branches, list) else ():
                if view.target(ptr.join(view.target(pointer), keyword, index)) == other.schema:
                    return True  # the id, or the record in its place
        id_pointer = view.properties(other.schema).get(other.id_property)
        if id_pointer is not None and schema.get("format") == "uuid" == view.format(id_pointer):
            return True
        return any(_SAID.search(str(part.get("description", ""))) for part in (node, schema))


def _single(split: tuple[str, ...]) -> str:
    return "".join((*split[:-1], singular(split[-1]))) if split else ""


def _links(view: View, resources: Mapping[str, Found]) -> dict[tuple[str, str], str]:
    """Return (resource, property) -> resource, as the document's links tell (OAS 3.1.1 section 4.8.20)."""
    readers: dict[str, tuple[Found, str]] = {}
    for found in resources.values():
        for operation in found.operations:
            if found.id_parameter and operation.action in ("get", "update", "replace", "delete", "upsert"):
                readers[operation.operation.id] = (found, found.id_parameter)
    result: dict[tuple[str, str], str] = {}
    for found in resources.values():
        for operation in found.of("create", "get", "update", "replace", "upsert"):
            path = ptr.join("", *operation.answer.path)
            for response in operation.operation.responses.values():
                links = view.node(response.pointer).get("links")
                for link in links.values() if isinstance(links, dict) else ():
                    told = _link(link, path, readers)
                    if told is not None and told[1] != found.name:
                        result[(found.name, told[0])] = told[1]
    return result


def _link(link: object, path: str, readers: Mapping[str, tuple[Found, str]]) -> tuple[str, str] | None:
    parameters = link.get("parameters") if isinstance(link, dict) else None
    reader = readers.get(str(link.get("operationId"))) if isinstance(link, dict) else None
    if reader is None or not isinstance(parameters, dict):
        return None
    found, parameter = reader
    value = parameters.get(parameter, parameters.get(f"path.{parameter}"))
    head = f"$response.body#{path}/"
    if not isinstance(value, str) or not value.startswith(head):
        return None
    name = value.removeprefix(head)
    return None if "/" in name else (ptr.unescape(name), found.name)
