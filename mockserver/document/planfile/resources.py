"""Reads the resources of a plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.plan import ABSENT, FieldRules, Lifecycle, Missing, Move, Reference, Resource
from mockserver.document.planfile.reading import Reading, hint
from mockserver.errors import Json, PlanMisfit

KEYS: Final = (
    "schema", "id", "scope", "references", "singleton", "unique", "fields", "lifecycle", "delete", "gone", "seed",
    "fill",
)  # fmt: skip
FIELD_RULES: Final = ("default", "create", "write", "read", "seed", "wrap", "immutable")
AUTO: Final = "auto"
"""The number of seeds that is left to the mock, which makes them when somebody looks."""
_PART_OF_ID: Final = re.compile(r"\{(?:hex:\d+|base62:\d+|digits:\d+|n)\}")
_STATUSES: Final = (404, 410)


class ResourceReader:
    """Reads the resources of a plan.

    Args:
        names: All resources that the plan names.
        strict: Whether references that are `loose` refuse what leads nowhere.
    """

    def __init__(self, reading: Reading, names: Iterable[str], *, strict: bool) -> None:
        self._reading = reading
        self._names = list(names)
        self._strict = strict

    def all(self, raw: Json) -> dict[str, Resource]:
        """Return the resources by name, without those that do not fit and the references to them."""
        resources = dict(self._reading.entries(raw, "/resources", self.resource))
        for name, resource in resources.items():
            kept = {key: item for key, item in resource.references.items() if item.resource in resources}
            if len(kept) < len(resource.references):
                resources[name] = replace(resource, references=kept)
        return resources

    def resource(self, name: str, raw: Json, pointer: str) -> Resource:
        """Return one resource."""
        reading = self._reading
        node = reading.object(raw, pointer, KEYS)
        schema = self._schema(node.get("schema"), ptr.join(pointer, "schema"))
        identity = reading.object(node.get("id"), ptr.join(pointer, "id"), ("property", "make", "client"))
        soft, value = self._deletion(node.get("delete", "hard"), ptr.join(pointer, "delete"))
        gone = node.get("gone", 404)
        if gone not in _STATUSES:
            raise reading.error(ptr.join(pointer, "gone"), f"404 or 410 is expected, not {gone!r}")
        fill = reading.known(
            node.get("fill", "all"), ("all", "required"), "way to fill", ptr.join(pointer, "fill")
        )
        return Resource(
            name=name,
            schema=schema,
            id_property=reading.text(identity.get("property"), ptr.join(pointer, "id", "property")) or "id",
            make=self._make(identity.get("make"), ptr.join(pointer, "id", "make")),
            client_ids=reading.flag(identity.get("client"), ptr.join(pointer, "id", "client")),
            references=dict(
                reading.entries(node.get("references"), ptr.join(pointer, "references"), self._reference)
            ),
            scope=self._scope(node.get("scope"), ptr.join(pointer, "scope")),
            singleton=reading.flag(node.get("singleton"), ptr.join(pointer, "singleton")),
            unique=self._unique(node.get("unique"), schema, ptr.join(pointer, "unique")),
            fields=self._fields(node.get("fields"), schema, ptr.join(pointer, "fields")),
            lifecycle=self._lifecycle(node.get("lifecycle"), schema, ptr.join(pointer, "lifecycle")),
            soft_delete=soft,
            soft_value=value,
            gone=gone,
            seed=None
            if node.get("seed") == AUTO
            else reading.integer(node.get("seed", 0), ptr.join(pointer, "seed")),
            inferred=node.get("seed") == AUTO,
            lean=fill == "required",
            pointer=pointer,
        )

    def _schema(self, raw: Json, pointer: str) -> str:
        if not isinstance(raw, str):
            message = "the name of a schema is expected, e.g. 'Pet', or a pointer '#/...'"
            raise self._reading.error(pointer, message)
        root = self._reading.document.root
        # A 2.0 document keeps its schemas where it has them.
        homes = ("/components/schemas", "/definitions")
        places = [raw[1:]] if raw.startswith("#") else [ptr.join(home, raw) for home in homes]
        names: list[str] = []
        for place in places:
            try:
                ptr.lookup(root, place)
            except (KeyError, ValueError):
                continue
            return place
        for home in homes:
            with suppress(KeyError, ValueError):
                schemas = ptr.lookup(root, home)
                names += schemas if isinstance(schemas, dict) else []
        raise self._reading.misfit(pointer, f"the document has no schema {raw!r}{hint(raw, names)}")

    def _make(self, raw: Json, pointer: str) -> str | None:
        make = self._reading.text(raw, pointer)
        for placeholder in re.findall(r"\{[^{}]*\}", make or ""):
            if not _PART_OF_ID.fullmatch(placeholder):
                known = "{hex:N}, {base62:N}, {digits:N} and {n}"
                message = f"{placeholder!r} makes no part of an id; known are {known}"
                raise self._reading.error(pointer, message)
        return make

    def _reference(self, name: str, raw: Json, pointer: str) -> Reference:
        reading = self._reading
        if isinstance(raw, str):
            raw = {"resource": raw}
        node = reading.object(raw, pointer, ("resource", "path", "missing", "on-delete"))
        return Reference(
            property=name,
            resource=reading.there(node.get("resource"), self._names, "resource", pointer),
            missing=self._missing(node.get("missing", 404), ptr.join(pointer, "missing")),
            on_delete=reading.known(
                node.get("on-delete", "keep"),
                ("keep", "cascade", "restrict"),
                "deletion rule",
                ptr.join(pointer, "on-delete"),
            ),
            path=reading.text(node.get("path"), ptr.join(pointer, "path")),
        )

    def _missing(self, raw: Json, pointer: str) -> Missing:
        if raw == "ignore" or (raw == "loose" and not self._strict):
            return None
        if raw in ("declared", "loose"):
            return "declared"
        if isinstance(raw, str):
            known = ("ignore", "loose", "declared")
            message = f"a status, or one of {', '.join(known)} is expected, not {raw!r}{hint(raw, known)}"
            raise self._reading.error(pointer, message)
        return self._reading.integer(raw, pointer)

    def _scope(self, raw: Json, pointer: str) -> dict[str, Json]:
        if isinstance(raw, str):
            raw = [raw]
        if isinstance(raw, list):
            if not all(isinstance(name, str) and name for name in raw):
                raise self._reading.error(pointer, "a list of names of path parameters is expected")
            return {name: f"$request.path.{name}" for name in raw}
        return dict(self._reading.object(raw, pointer))

    def _unique(self, raw: Json, schema: str, pointer: str) -> tuple[tuple[str, ...], ...]:
        unique = [] if raw is None else raw
        if not isinstance(unique, list) or not all(isinstance(key, list) and key for key in unique):
            raise self._reading.error(pointer, "a list of lists of property names is expected")
        found: list[tuple[str, ...]] = []
        for index, key in enumerate(unique):
            try:
                self._reading.declared(key, schema, ptr.join(pointer, index))
            except PlanMisfit as misfit:
                self._reading.tell(misfit)
                continue
            found.append(tuple(str(part) for part in key))
        return tuple(found)

    def _fields(self, raw: Json, schema: str, pointer: str) -> dict[str, FieldRules]:
        def field(name: str, value: Json, place: str) -> FieldRules:
            node = self._reading.object(value, place, FIELD_RULES)
            # What is only computed for answers need not stand in the record.
            if node.keys() - {"read"}:
                self._reading.declared([name], schema, pointer)
            return FieldRules(**node)

        return dict(self._reading.entries(raw, pointer, field))

    def _lifecycle(self, raw: Json, schema: str, pointer: str) -> Lifecycle | None:
        reading = self._reading
        if raw is None:
            return None
        node = reading.object(raw, pointer, ("property", "initial", "clock"))
        name = reading.text(node.get("property"), ptr.join(pointer, "property"))
        if name is None:
            raise reading.error(pointer, "'property' is missing: where does the state of a record stand?")
        try:
            reading.declared([name], schema, ptr.join(pointer, "property"))
        except PlanMisfit as misfit:
            reading.tell(misfit)
            return None
        return Lifecycle(
            name, node.get("initial", ABSENT), self._moves(node.get("clock"), ptr.join(pointer, "clock"))
        )

    def _moves(self, raw: Json, pointer: str) -> tuple[Move, ...]:
        reading = self._reading
        if raw is not None and not isinstance(raw, list):
            raise reading.error(pointer, "a list of {from, to, after} is expected")
        moves: list[Move] = []
        for index, item in enumerate(raw or ()):
            place = ptr.join(pointer, index)
            node: Mapping[str, Any] = reading.object(item, place, ("from", "to", "after"))
            for key in ("from", "to", "after"):
                if key not in node:
                    raise reading.error(place, f"{key!r} is missing")
            if any(move.source == node["from"] for move in moves):
                raise reading.error(place, f"there are two moves from {node['from']!r}; the clock makes one")
            after = reading.milliseconds(node["after"], ptr.join(place, "after"))
            moves.append(Move(node["from"], node["to"], after))
        if _is_endless(moves):
            raise reading.error(pointer, "the moves lead round in no time; one of them has to take some")
        return tuple(moves)

    def _deletion(self, raw: Json, pointer: str) -> tuple[str | None, Json]:
        if raw == "hard":
            return None, None
        if isinstance(raw, dict) and isinstance(raw.get("soft"), str):
            node = self._reading.object(raw, pointer, ("soft", "value"))
            return str(node["soft"]), node.get("value", "$now")
        raise self._reading.error(pointer, "'hard' or {soft: PROPERTY} is expected")


def _is_endless(moves: Sequence[Move]) -> bool:
    """Return whether some moves that take no time lead back to where they began."""
    at_once = {_key(move.source): _key(move.target) for move in moves if move.after_ms == 0}
    for start in at_once:
        state: str | None = start
        for _ in moves:
            state = at_once.get(state or "")
            if state == start:
                return True
    return False


def _key(state: Json) -> str:
    return repr(state)
