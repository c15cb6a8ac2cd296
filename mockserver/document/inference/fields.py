"""What the server decides about a record: times, counters, constants, unique keys, marks of deletion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver.document.inference import times
from mockserver.document.inference.model import Found, FoundOperation
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import word, words
from mockserver.errors import Json

_REVISIONS: Final = known("version revision versionnumber revisionnumber rev resourceversion objectversion")
_TAGS: Final = known("object kind resourcetype objecttype entitytype recordtype type")
_DELETED_AT: Final = known(
    "deletedat deletedon datedeleted deleteddate deletiondate deletiontime deletedtime deletetime deletedtimestamp "
    "removedat trashedat deletiontimestamp"
)
_DELETED: Final = known("deleted isdeleted removed isremoved")
_ARCHIVED: Final = known("archived isarchived")
_COUNTER: Final = re.compile(r"^(num|number of|count of|total)_.+|.+_(count|counts)$")
_STRONG_KEYS: Final = known(
    "slug username login email emailaddress handle externalid customid externalkey screenname useremail subdomain "
    "domain"
)
_WEAK_KEYS: Final = ("key", "code", "name", "title")
_TAKEN: Final = re.compile(
    r"already|exist|duplicat|unique|taken|same|in use|conflict\w* with (?:an?|another|existing)",
    re.IGNORECASE,
)


def refine(view: View, found: Found, references: Mapping[str, Any]) -> dict[str, Any]:
    """Return `fields`, `unique` and `delete` of a resource, as in the plan file; what is not there is left out.

    Args:
        view: The schemas.
        found: The resource.
        references: Its `references`, as in the plan file.
    """
    result: dict[str, Any] = {}
    fields = _fields(view, found)
    if fields:
        result["fields"] = fields
    unique = _unique(view, found, references)
    if unique:
        result["unique"] = unique
    delete = _delete(view, found)
    if delete:
        result["delete"] = delete
    return result


class _Sent:
    """What requests say about records."""

    def __init__(self, view: View, found: Found) -> None:
        self._view = view
        creates = found.of("create", "upsert")
        changes = found.of("update", "replace", "upsert")
        self.creates = self._declared(creates)
        self.changes = self._declared(changes)
        self.can_create = bool(creates)
        self.can_change = bool(changes)
        self.is_told = bool(self.creates)

    def _declared(self, operations: list[FoundOperation]) -> dict[str, str]:
        found: dict[str, str] = {}
        for operation in operations:
            schema = operation.request.record if operation.request.record is not None else None
            if schema is not None:
                for name, pointer in self._view.properties(schema).items():
                    if not self._view.marks(pointer, "readOnly"):
                        found.setdefault(name, pointer)
        return found


def _fields(view: View, found: Found) -> dict[str, Any]:
    sent = _Sent(view, found)
    fields: dict[str, Any] = {}
    for name, pointer in view.properties(found.schema).items():
        if name == found.id_property:
            continue
        rule = _rule(view, found, sent, name, pointer)
        if _is_fixed(view, sent, name, pointer) and "write" not in rule and "create" not in rule:
            rule["immutable"] = True
        if rule:
            fields[name] = rule
    return fields


def _rule(view: View, found: Found, sent: _Sent, name: str, pointer: str) -> dict[str, Json]:
    folded = word(name)
    is_open = name in sent.creates or name in sent.changes
    if folded in times.CREATED or folded in times.UPDATED:
        moment = times.now(view, name, pointer)
        if moment is None:
            return {}
        if is_open and not view.marks(pointer, "readOnly"):
            # The client may say it, and does so where it knows better.
            return {"default": moment}
        return {"create" if folded in times.CREATED else "write": moment}
    if is_open or folded in _DELETED_AT:
        return _default(view, sent, name, pointer)
    types = view.types(pointer)
    if folded in _REVISIONS and types == {"integer"} and not found.singleton and sent.can_change:
        return {"write": {"next": [found.id_property], "from": 1}}
    constants = view.values(pointer)
    if folded in _TAGS and len(constants) == 1 and isinstance(constants[0], str):
        return {"create": constants[0] if not constants[0].startswith("$") else {"literal": constants[0]}}
    if types == {"integer"} and _COUNTER.match("_".join(words(name))) and not constants and sent.can_create:
        least = view.schema(pointer).get("minimum", 0)
        return {"create": 0} if isinstance(least, int | float) and least <= 0 else {}
    return _default(view, sent, name, pointer)


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


def _is_fixed(view: View, sent: _Sent, name: str, pointer: str) -> bool:
    """Return whether a property is chosen once: a client may say it on creation, and no change takes it."""
    if name not in sent.creates or not sent.can_change or not sent.changes:
        return False
    return name not in sent.changes and not view.marks(pointer, "readOnly")


def _unique(view: View, found: Found, references: Mapping[str, Any]) -> list[list[str]]:
    """Return the keys that no two records share: a refusal is declared, and only few properties can be the reason."""
    properties = view.properties(found.schema)
    for operation in found.of("create"):
        response = operation.operation.responses.get("409")
        schema = operation.request.record
        if response is None or schema is None:
            continue
        node = view.node(response.pointer)
        said = str(node.get("description", ""))
        sent, required = view.properties(schema), view.required(schema)
        texts = [name for name in properties if name in sent and "string" in view.types(properties[name])]
        texts = [name for name in texts if name != found.id_property and not view.values(properties[name])]
        named = [name for name in texts if re.search(rf"\b{re.escape(name)}\b", said, re.IGNORECASE)]
        strong = [name for name in texts if word(name) in _STRONG_KEYS]
        weak = [name for name in texts if word(name) in _WEAK_KEYS and name in required]
        weak.sort(key=lambda name: _WEAK_KEYS.index(word(name)))
        keys = named or strong or (weak[:1] if _TAKEN.search(said) else [])
        within = [
            name for name, item in references.items() if _is_parent(found, name, item) and name in properties
        ]
        return [[*within, name] for name in keys]
    return []


def _is_parent(found: Found, name: str, reference: Mapping[str, Json]) -> bool:
    """Return whether a reference is bound to the path: keys of what is below it need only differ there."""
    return reference.get("path", name) in found.parents


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
