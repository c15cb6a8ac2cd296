"""What the server decides about a record: times, counters, constants, unique keys, marks of deletion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.inference import times
from mockserver.document.inference.model import Found, FoundOperation
from mockserver.document.inference.record import declarations
from mockserver.document.inference.spellings import known
from mockserver.document.inference.uniqueness import unique_keys
from mockserver.document.inference.view import View
from mockserver.document.naming import singular, word, words
from mockserver.errors import Json

_REVISIONS: Final = known("version revision versionnumber revisionnumber rev resourceversion objectversion")
_TAGS: Final = known("object kind resourcetype objecttype entitytype recordtype type")
_DELETED_AT: Final = known(
    "deletedat deletedon datedeleted deleteddate deletiondate deletiontime deletedtime deletetime deletedtimestamp "
    "removedat trashedat deletiontimestamp"
)
_DELETED: Final = known("deleted isdeleted removed isremoved")
_ARCHIVED: Final = known("archived isarchived")
_SEQUENCES: Final = known(
    "number index sequence sequencenumber ordinal position iid seq sequenceid serialnumber"
)
_PLACES: Final = known("index position ordinal")
_FROM_ZERO: Final = re.compile(r"(?:from|at) (?:0|zero)|(?:0|zero)[- ]?(?:based|indexed)", re.IGNORECASE)
_COUNTER: Final = re.compile(r"(?:num|number_of|count_of)_(.+)|(.+)_counts?")


class Fields:
    """What the server decides, for the resources of one document.

    Args:
        view: The schemas.
        references: Resource name -> its `references`, as in the plan file.
    """

    def __init__(self, view: View, references: Mapping[str, Mapping[str, Any]]) -> None:
        self._view = view
        self._references = references
        self._referring: dict[str, dict[str, list[str]]] = {}
        for name, items in references.items():
            for property, reference in items.items():
                self._referring.setdefault(str(reference["resource"]), {}).setdefault(name, []).append(
                    property
                )

    def of(self, found: Found) -> dict[str, Any]:
        """Return `fields`, `unique` and `delete` of a resource, as in the plan file; what is not there is left out."""
        result: dict[str, Any] = {}
        fields = self._fields(found)
        if fields:
            result["fields"] = fields
        unique = unique_keys(self._view, found, self._references.get(found.name, {}))
        if unique:
            result["unique"] = unique
        delete = _delete(self._view, found)
        if delete:
            result["delete"] = delete
        if any("410" in item.operation.responses for item in found.operations):
            result["gone"] = 410
        return result

    def _fields(self, found: Found) -> dict[str, Any]:
        view, sent = self._view, _Sent(self._view, found)
        fields: dict[str, Any] = {}
        for name, pointer in view.properties(found.schema).items():
            if name == found.id_property:
                continue
            rule = self._rule(found, sent, name, pointer)
            if sent.is_fixed(name) and not rule.keys() & {"write", "create", "read"}:
                rule["immutable"] = True
            if rule:
                fields[name] = rule
        return fields

    def _rule(self, found: Found, sent: _Sent, name: str, pointer: str) -> dict[str, Json]:
        view, folded = self._view, word(name)
        is_open = name in sent.creates or name in sent.changes
        if folded in times.CREATED or folded in times.UPDATED:
            moment = times.now(view, name, pointer)
            if moment is None:
                return {}
            if is_open:
                return {"default": moment}  # the client may say it, and knows better
            return {"create" if folded in times.CREATED else "write": moment}
        if is_open or folded in _DELETED_AT:
            return _default(view, sent, name, pointer)
        if view.types(pointer) == {"integer"} and sent.can_create and not view.values(pointer):
            counted = self._counted(found, sent, name, pointer)
            if counted:
                return counted
        constants = constants_of(view, found.schema, name)
        if folded in _TAGS and len(constants) == 1 and isinstance(constants[0], str):
            return {"create": constants[0] if not constants[0].startswith("$") else {"literal": constants[0]}}
        if self._is_id(found, name, pointer):
            return {"create": f"$record#/{ptr.escape(found.id_property)}"}
        return _default(view, sent, name, pointer)

    def _counted(self, found: Found, sent: _Sent, name: str, pointer: str) -> dict[str, Json]:
        """Return the rule of a number that the server counts: of versions, of places in a parent, of other records."""
        view, folded = self._view, word(name)
        minimum = view.schema(pointer).get("minimum")
        least = minimum if isinstance(minimum, int | float) else 0
        declared = view.properties(found.schema)
        if folded in _REVISIONS and found.id_property in declared and sent.can_change:
            return {"write": {"next": [found.id_property], "from": 1}}
        if folded in _SEQUENCES:
            group = self._group(found, sent, name)
            said = f"{view.node(pointer).get('description')} {view.schema(pointer).get('description')}"
            from_zero = _FROM_ZERO.search(said) or (folded in _PLACES and least <= 0)
            if group is not None:
                return {"create": {"next": [group], "from": 0 if from_zero else 1}}
        match = _COUNTER.fullmatch("_".join(words(name)))
        if match is None:
            return {}
        counted = self._counts(found, match[1] or match[2])
        return counted or ({"create": 0} if least <= 0 else {})

    def _group(self, found: Found, sent: _Sent, name: str) -> str | None:
        """Return the reference to what a record has a place in: of the path, else required, else the only one."""
        items = self._references.get(found.name, {})
        above = [key for key, reference in items.items() if reference.get("path", key) in found.parents]
        required = [key for key in items if key in sent.required]
        others = [key for key, reference in items.items() if reference["resource"] != found.name]
        candidates = above[-1:] or required or others
        return candidates[0] if len(candidates) == 1 else None

    def _counts(self, found: Found, noun: str) -> dict[str, Json]:
        """Return the rule of a number of other records that refer to this one."""
        for other, properties in self._referring.get(found.name, {}).items():
            if (
                singular(word(noun)) == singular(word(other))
                and len(properties) == 1
                and "." not in found.id_property
            ):
                where = {properties[0]: f"$record#/{ptr.escape(found.id_property)}"}
                return {"read": {"count": other, "where": where}}
        return {}

    def _is_id(self, found: Found, name: str, pointer: str) -> bool:
        """Return whether a property repeats the id: `session_id` beside the `id` of a session."""
        view, own = self._view, words(found.name)
        id_pointer = view.properties(found.schema).get(found.id_property)
        if not own or id_pointer is None or word(name) != singular(own[-1]) + "id":
            return False
        format_ = view.format(pointer)
        return (
            bool(format_)
            and format_ == view.format(id_pointer)
            and view.types(pointer) == view.types(id_pointer)
        )


class _Sent:
    """What requests say about records."""

    def __init__(self, view: View, found: Found) -> None:
        self._view = view
        self.required: set[str] = set()
        creates, changes = found.of("create", "upsert"), found.of("update", "replace", "upsert")
        self.creates = self._declared(creates)
        for operation in creates:
            if operation.request.record is not None:
                self.required |= view.required(operation.request.record)
        self.changes = self._declared(changes)
        self.can_create = bool(creates)
        self.can_change = bool(changes)
        self.takes_patches = any(map(self._is_patch, changes))

    def _is_patch(self, operation: FoundOperation) -> bool:
        """Return whether a body says step by step what changes (RFC 6902, and RFC 7644 section 3.5.2)."""
        schema = operation.request.schema
        if schema is None:
            return False
        lists = [schema, *self._view.properties(schema).values()]
        steps = filter(None, map(self._view.items, lists))
        return any({"op", "path"} <= self._view.properties(step).keys() for step in steps)

    def _declared(self, operations: list[FoundOperation]) -> dict[str, str]:
        found: dict[str, str] = {}
        for operation in operations:
            if operation.request.record is not None:
                for name, pointer in self._view.properties(operation.request.record).items():
                    if not self._view.marks(pointer, "readOnly"):
                        found.setdefault(name, pointer)
        return found

    def is_fixed(self, name: str) -> bool:
        """Return whether a property is chosen once: a client may say it on creation, and no change takes it."""
        return (
            bool(self.changes)
            and not self.takes_patches
            and name in self.creates
            and name not in self.changes
        )


def _default(view: View, sent: _Sent, name: str, pointer: str) -> dict[str, Json]:
    """Return what the record's schema says of a property that is not sent; requests have their defaults already."""
    node = view.node(pointer)
    value = node["default"] if "default" in node else view.schema(pointer).get("default")
    request = sent.creates.get(name)
    if value is None or not sent.can_create or (request is not None and "default" in view.schema(request)):
        return {}
    return {"default": {"literal": value} if isinstance(value, dict) or _is_expression(value) else value}


def _is_expression(value: Json) -> bool:
    if isinstance(value, list):
        return any(_is_expression(item) or isinstance(item, dict) for item in value)
    return isinstance(value, str) and value.startswith("$")


def constants_of(view: View, schema: str, name: str) -> list[Json]:
    """Return the values of a property whatever branch of a composition holds; none where a branch leaves it open."""
    found = [view.values(pointer) for pointer in declarations(view, schema, name)]
    return list(dict.fromkeys(str(value) for values in found for value in values)) if all(found) else []


def _delete(view: View, found: Found) -> dict[str, Any] | None:
    """Return how a deleted record is marked, None where it is just gone."""
    deletions = found.of("delete")
    properties = view.properties(found.schema)
    if not deletions:
        return None
    for name, pointer in properties.items():
        if word(name) in _DELETED_AT:
            moment = times.now(view, name, pointer)
            if moment is not None:
                return {"soft": name, **({} if moment == "$now" else {"value": moment})}
    says_archive = any(
        "archive" in f"{item.operation.id} {item.operation.summary}".lower() for item in deletions
    )
    for name, pointer in properties.items():
        is_flag = view.types(pointer) == {"boolean"} and True in (view.values(pointer) or [True])
        if is_flag and (word(name) in _DELETED or (says_archive and word(name) in _ARCHIVED)):
            return {"soft": name, "value": True}
    return None
