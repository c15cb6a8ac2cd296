"""Makes one document of all its files, in which every reference is a plain pointer that leads somewhere.

The walk knows the shape of a document, so that a `$ref` in an example, or a property of that name, is left alone.
What stands in another file, or in a place where no such object is expected, is put under `x-bundled`; schemas are
mended on the way (`document.loading.repair`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.loading.dynamic import DynamicReference, Specialiser
from mockserver.document.loading.files import Files
from mockserver.document.loading.identifiers import Place
from mockserver.document.loading.origins import Origins
from mockserver.document.loading.references import Dangling, Found, References
from mockserver.document.loading.repair import repair
from mockserver.document.loading.substitutes import UNCHECKED, effect, substitute
from mockserver.document.model import Fault, Severity
from mockserver.document.structure import (
    BUNDLED,
    HOMES,
    OBJECTS,
    SCHEMA_FIELDS,
    SCHEMA_LISTS,
    SCHEMA_MAPS,
    STATUS,
    ListOf,
    Map,
    Shape,
    shape_at,
)
from mockserver.errors import Json

_OLD_DRAFTS: Final = ("draft-03", "draft-04", "draft-06", "draft-07")

Spot = tuple[Any, str | int] | None
"""A place on the walk: the place around it and the last token. Cheaper than a pointer, which few of them need."""


@dataclass
class Bundle:
    """One document of many files.

    Attributes:
        root: The document; it was changed in place.
        faults: What was wrong on the way, pointers as in the files.
        origins: Says where things stood before.
    """

    root: dict[str, Json]
    faults: list[Fault] = field(default_factory=list)
    origins: Origins = field(default_factory=Origins)


def _is_member(key: str, shape: Map) -> bool:
    """Return whether a key of a mapping names an object: neither an extension nor, of responses, what is no status."""
    if shape.by_status and not STATUS.fullmatch(key.upper()) and key.lower() != "default":
        return False
    return shape.of == "schema" or not key.startswith("x-")


class Bundler:
    """Bundles one document.

    Args:
        root: The document, which is changed in place.
        location: Where it was read.
        library: Reads the other files.
        is_old: Whether it is OpenAPI 2.0.
    """

    def __init__(self, root: dict[str, Json], location: str, library: Files, *, is_old: bool) -> None:
        library.put(location, root)
        self.bundle = Bundle(root)
        self._top = "document-2" if is_old else "document"
        self._main = location
        self._location = location
        self._base = location
        self._start = ""
        self._references = References(library, location)
        self._seen: set[tuple[int, Shape]] = set()
        self._inlined: list[int] = []
        self._homes: dict[str, dict[str, Json]] = {}
        self._waiting: list[tuple[Json, str, Found, str]] = []
        self._dynamic: dict[int, DynamicReference] = {}
        self._resources: dict[int, str] = {}

    def run(self) -> Bundle:
        """Do it."""
        self._references.root(self._main)
        self._base = self._references.identifiers.base_of((self._main, ""))
        self._walk(self.bundle.root, self._top, None)
        self._walk_what_waits()
        anchors: dict[str, dict[str, str]] = {}
        if self._dynamic:
            anchors = {
                base: {name: self._anchor_at(place) for name, place in named.items()}
                for base, named in self._references.identifiers.dynamic.items()
            }
            self._walk_what_waits()
        if self._homes:
            self.bundle.root[BUNDLED] = dict(self._homes)
        if anchors:
            self.bundle.root = Specialiser(self.bundle.root, self._dynamic, self._resources, anchors).run()
        return self.bundle

    def _walk_what_waits(self) -> None:
        while self._waiting:
            node, shape, found, key = self._waiting.pop()
            self._location, self._start = found.place
            self._base = self._references.identifiers.base_of(found.place)
            self._homes[HOMES[shape]][key] = self._walk(node, shape, None)

    def _anchor_at(self, place: Place) -> str:
        found = Found(*place, ptr.lookup(self._references.root(place[0]), place[1]))
        return ptr.of_reference(self._lead_to(found, "schema"))

    # Faults.

    def _pointer(self, spot: Spot) -> str:
        """Return the pointer of a place in the file that is being walked."""
        tokens: list[str | int] = []
        while spot is not None:
            spot, token = spot
            tokens.append(token)
        return ptr.join(self._start, *reversed(tokens))

    def _fault(
        self, spot: Spot, rule: str, message: str, effect: str, severity: Severity = Severity.ERROR
    ) -> None:
        file = "" if self._location == self._main else self._location
        self.bundle.faults.append(Fault(self._pointer(spot), rule, message, effect, severity, file))

    # Objects.

    def _walk(self, node: Json, shape: Shape, spot: Spot) -> Json:
        """Walk an object of a shape, and return what stands in its place from now on."""
        if shape == "schema":
            return self._schema(node, spot)
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            if isinstance(shape, Map | ListOf) or shape not in HOMES:
                return self._inline(node, shape, spot)
            if shape.startswith("path-item") and any(key in OBJECTS[shape] for key in node):
                return self._inline(node, shape, spot)
            return self._reference(node, shape, spot)
        if not isinstance(node, list if isinstance(shape, ListOf) else dict):
            return self._misfit(node, shape, spot)
        if isinstance(shape, ListOf):
            # What is dropped leaves a gap, so that pointers to the others stay right.
            node[:] = [self._walk(item, shape.of, (spot, index)) for index, item in enumerate(node)]
            return node
        if (id(node), shape) in self._seen:
            return node
        self._seen.add((id(node), shape))
        if shape == "example" and isinstance(node, dict) and "externalValue" in node and "value" not in node:
            self._take_in(node, spot)
        for key in list(node):
            if isinstance(shape, Map):
                inner: Shape | None = shape.of if _is_member(key, shape) else None
            else:
                inner = OBJECTS[shape].get(key)
            if inner is not None and key in node:  # what leads back here may have taken it out
                value = self._walk(node[key], inner, (spot, key))
                if value is None:
                    del node[key]
                else:
                    node[key] = value
        return node

    def _take_in(self, example: dict[str, Any], spot: Spot) -> None:
        """Give an example its value, which stands in a file of its own (OAS 3.1.1 section 4.8.19)."""
        try:
            example["value"] = self._references.value(str(example["externalValue"]), self._location)
        except Dangling as error:
            message = f"externalValue: {example['externalValue']!r}: {error}"
            self._fault(spot, "reference", message, "the example is left out", Severity.WARNING)

    def _misfit(self, node: Json, shape: Shape, spot: Spot) -> Json:
        """Report what is not of the JSON type that a shape has, and return what is to stand there."""
        if node is not None or (isinstance(shape, str) and not shape.startswith("components")):
            what = "a list" if isinstance(shape, ListOf) else "an object"
            follows = "it is left out" if isinstance(shape, str) else "it is taken as empty"
            self._fault(spot, "structure", f"{what} should stand here, not {node!r:.60}", follows)
        return substitute(shape)

    def _reference(self, node: dict[str, Any], shape: str, spot: Spot) -> Json:
        if id(node) in self._references.resolved:
            return node
        found = self._resolve(node["$ref"], shape, spot)
        if found is None:
            return substitute(shape)
        if not isinstance(found.node, dict):
            self._fault(spot, "reference", f"{node['$ref']!r} leads to no object", effect(shape))
            return substitute(shape)
        if self._is_circle(node, found):
            self._fault(spot, "reference", f"{node['$ref']!r} leads to itself", effect(shape))
            return substitute(shape)
        self._references.resolved[id(node)] = found.place
        node["$ref"] = self._lead_to(found, shape)
        return node

    def _is_circle(self, node: dict[str, Any], found: Found) -> bool:
        """Return whether references that are nothing else lead in a circle."""
        seen = {id(node)}
        target = found.node
        place = found.place
        while isinstance(target, dict) and isinstance(target.get("$ref"), str):
            if id(target) in seen:
                return True
            seen.add(id(target))
            try:
                found = self._references.follow(target, place)
            except Dangling:
                return False
            target, place = found.node, found.place
        return False

    def _resolve(self, reference: str, shape: Shape, spot: Spot) -> Found | None:
        try:
            found = self._references.resolve(reference, self._base, self._location)
        except Dangling as error:
            self._fault(spot, "reference", f"{reference!r} leads nowhere: {error}", effect(shape))
            return None
        if found.note:
            self._fault(
                spot, "reference", f"{reference!r} is understood, but {found.note}", "", Severity.WARNING
            )
        return found

    def _lead_to(self, found: Found, shape: str) -> str:
        """Return a reference into the bundle that leads to what was found; it is walked in its time."""
        pointer = found.pointer
        if found.location != self._main or shape_at(ptr.split(pointer), self._top) != shape:
            kind = HOMES[shape]
            # The document's own places need no name of a file.
            key = f"{'' if found.location == self._main else found.location}#{pointer}"
            home = self._homes.setdefault(kind, {})
            pointer = ptr.join("", BUNDLED, kind, key)
            if key not in home:
                home[key] = found.node
                self.bundle.origins.add(pointer, *self._written(found))
                self._waiting.append((found.node, shape, found, key))
        return ptr.to_reference(pointer)

    def _written(self, found: Found) -> tuple[str, str]:
        """Return file and pointer of what was found, the file as faults name it."""
        return "" if found.location == self._main else found.location, found.pointer

    def _inline(self, node: dict[str, Any], shape: Shape, spot: Spot) -> Json:
        """Put what a reference means in its place, where nothing later would follow it; what stands beside it wins."""
        found = self._resolve(node["$ref"], shape, spot)
        beside = {key: value for key, value in node.items() if key != "$ref"}
        if found is None:
            return self._walk(beside, shape, spot)
        if id(found.node) in self._inlined or found.node is node:
            self._fault(spot, "reference", f"{node['$ref']!r} leads to itself", "it is taken as empty")
            return self._walk(beside, shape, spot)
        target = found.node
        place = shape_at(ptr.split(found.pointer), self._top) if found.location == self._main else None
        if place not in (None, shape):
            target = copy.deepcopy(target)  # where it stands, it is of another kind, and stays as it is
        if beside and isinstance(target, dict):
            target = {key: value for key, value in target.items() if key not in beside}
        around = self._location, self._start, self._base
        here = self._pointer(spot)
        self._inlined.append(id(found.node))
        self._location, self._start = found.place
        self._base = self._references.identifiers.base_of(found.place)
        target = self._walk(target, shape, None)
        self._inlined.pop()
        self._location, self._start, self._base = around
        if self._location == self._main:
            for key in target if isinstance(target, dict) and beside else ("",):
                own = ptr.join(here, key) if key else here
                place = ptr.join(found.pointer, key) if key else found.pointer
                self.bundle.origins.add(own, self._written(found)[0], place)
        if not beside or not isinstance(target, dict):
            return target
        return {**target, **self._walk(beside, shape, spot)}

    # Schemas.

    def _schema(self, schema: Json, spot: Spot) -> Json:
        if not isinstance(schema, dict):
            if not isinstance(schema, bool):
                self._fault(spot, "schema", f"{schema!r:.60} is no schema", "any value is taken")
                return {}
            return schema
        if (id(schema), "schema") in self._seen:
            return schema
        self._seen.add((id(schema), "schema"))
        base = self._base
        if "$id" in schema or "$schema" in schema:
            self._enter(schema)
        self._resources[id(schema)] = self._base
        repair(schema, self._reporter(spot))
        reference = schema.get("$ref")
        if reference is not None:
            self._schema_reference(schema, reference, spot)
        if "$dynamicRef" in schema or "$recursiveRef" in schema:
            self._dynamic_reference(schema, spot)
        for key, value in schema.items():
            if isinstance(value, dict):
                if key in SCHEMA_FIELDS:
                    schema[key] = self._schema(value, (spot, key))
                elif key in SCHEMA_MAPS:
                    schema[key] = self._schema_map(value, (spot, key))
                elif key == "discriminator":
                    self._mapping(value, (spot, key))
            elif isinstance(value, list) and key in SCHEMA_LISTS:
                schema[key] = [self._schema(item, ((spot, key), index)) for index, item in enumerate(value)]
        for key in ("$id", "$anchor", "$schema", "$dynamicAnchor", "$recursiveAnchor"):
            schema.pop(key, None)
        self._base = base
        return schema

    def _reporter(self, spot: Spot) -> Callable[[str, str, str, bool], None]:
        def report(key: str, message: str, effect: str, is_understood: bool) -> None:
            severity = Severity.WARNING if is_understood else Severity.ERROR
            self._fault((spot, key), "schema", f"{key}: {message}", effect, severity)

        return report

    def _enter(self, schema: dict[str, Any]) -> None:
        name, dialect = schema.get("$id"), schema.get("$schema")
        if isinstance(name, str) and not name.startswith("#"):
            self._base = self._references.identifiers.base_in(self._base, name)
        if isinstance(dialect, str) and any(draft in dialect for draft in _OLD_DRAFTS) and "$ref" in schema:
            # Up to draft 7 what stands beside a reference does not count (section 8.3 of its core).
            for key in [key for key in schema if key != "$ref"]:
                del schema[key]

    def _schema_map(self, node: dict[str, Any], spot: Spot) -> Json:
        if isinstance(node.get("$ref"), str):
            return self._inline(node, Map("schema"), spot)
        for key, value in node.items():
            node[key] = self._schema(value, (spot, key))
        return node

    def _schema_reference(self, schema: dict[str, Any], reference: str, spot: Spot) -> None:
        found = self._resolve(reference, "schema", (spot, "$ref"))
        if found is None:
            del schema["$ref"]
        elif not isinstance(found.node, dict | bool):
            self._fault((spot, "$ref"), "reference", f"{reference!r} leads to no schema", UNCHECKED)
            del schema["$ref"]
        elif self._is_circle(schema, found):
            self._fault((spot, "$ref"), "reference", f"{reference!r} leads to itself", UNCHECKED)
            del schema["$ref"]
        else:
            self._references.resolved[id(schema)] = found.place
            schema["$ref"] = self._lead_to(found, "schema")

    def _dynamic_reference(self, schema: dict[str, Any], spot: Spot) -> None:
        """Take note of a dynamic reference; one that leads to no dynamic anchor is a plain one (section 8.2.3.2)."""
        reference = schema.pop("$dynamicRef", None) or schema.pop("$recursiveRef", None)
        if not isinstance(reference, str):
            return
        found = self._resolve(reference, "schema", (spot, "$dynamicRef"))
        if found is None or not isinstance(found.node, dict | bool):
            return
        leading = self._lead_to(found, "schema")
        identifiers = self._references.identifiers
        named = identifiers.dynamic.get(identifiers.base_of(found.place), {})
        name = reference.partition("#")[2]
        if named.get(name) == found.place:
            self._dynamic[id(schema)] = DynamicReference(name, ptr.of_reference(leading))
        elif "$ref" in schema:
            schema.setdefault("allOf", []).append({"$ref": leading})
        else:
            self._references.resolved[id(schema)] = found.place
            schema["$ref"] = leading

    def _mapping(self, discriminator: dict[str, Any], spot: Spot) -> None:
        """Turn the mapping of a discriminator into references; a name of a component may stand for one."""
        mapping = discriminator.get("mapping")
        for value, text in mapping.items() if isinstance(mapping, dict) else ():
            if not isinstance(text, str):
                continue
            start = "#/definitions/" if self._top == "document-2" else "#/components/schemas/"
            attempts = [text] if "/" in text or "#" in text or "." in text else [start + text]
            if attempts[0] == text and "#" not in text and "/" not in text:
                attempts.insert(0, start + text)
            for attempt in attempts:
                try:
                    found = self._references.resolve(attempt, self._base, self._location)
                except Dangling:
                    continue
                discriminator["mapping"][value] = self._lead_to(found, "schema")
                break
            else:
                message = f"{text!r}, to which {value!r} is mapped, leads nowhere"
                self._fault((spot, "mapping"), "reference", message, "that value names no branch")
