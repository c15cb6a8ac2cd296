"""Where the record stands in a request and in an answer, as templates of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.document import pointer as ptr
from mockserver.document.inference.alike import SHARE, Likeness
from mockserver.document.inference.keys import Identity
from mockserver.document.inference.messages import Body
from mockserver.document.inference.model import Message
from mockserver.document.inference.places import Draft, Facts
from mockserver.document.inference.view import View
from mockserver.document.inference.vocabulary import TRUTHS
from mockserver.document.naming import word
from mockserver.errors import Json


class Answers:
    """Writes the templates of one resource."""

    def __init__(self, draft: Draft, identity: Identity, view: View, alike: Likeness) -> None:
        self._draft = draft
        self._identity = identity
        self._view = view
        self._alike = alike

    def shows_record(self, message: Message | None) -> bool:
        """Return whether a body shows the record."""
        return (
            message is not None
            and message.record is not None
            and self._alike.same(message.record, self._draft.record)
        )

    def of_one(self, facts: Facts) -> dict[str, Json]:
        """Return `answer` for an operation on one record; nothing where the record as it is will do."""
        if self.shows_record(facts.one):
            assert facts.one is not None
            return self._wrapped(facts.answer, facts.one.path, "$record")
        if facts.answer.schema is None:
            return {}
        if self._view.is_free(facts.answer.schema) and facts.role == "delete":
            return {"answer": {}}
        template = self._receipt(facts.answer.schema)
        return {"answer": template} if template else {}

    def of_many(self, facts: Facts) -> dict[str, Json]:
        """Return `answer` for an operation on several records."""
        many = facts.many
        if many is None or not many.path:
            return {}
        items: Json = "$page.items"
        return self._wrapped(facts.answer, many.path, items)

    def _wrapped(self, body: Body, path: tuple[str, ...], value: Json) -> dict[str, Json]:
        if not path or body.schema is None:
            return {}
        return {"answer": self._nested(body.schema, path, value)}

    def _nested(self, schema: str, path: tuple[str, ...], value: Json) -> Json:
        """Return a template with a value at a path, and what stands beside it on the way as far as it is certain."""
        properties = self._view.properties(schema)
        members: dict[str, Json] = {}
        for name, place in properties.items():
            if name == path[0]:
                members[name] = value if len(path) == 1 else self._nested(place, path[1:], value)
            elif self._is_truth(name, place):
                members[name] = True
        return members

    def _is_truth(self, name: str, place: str) -> bool:
        values = self._view.values(place)
        return (
            word(name) in TRUTHS and "boolean" in self._view.types(place) and (not values or True in values)
        )

    def _receipt(self, schema: str) -> Json:
        """Return a template for an answer that is not the record: its id by another name, and that it went well."""
        view, identity = self._view, self._identity
        properties = view.properties(schema)
        record = {word(name): name for name in view.properties(self._draft.record)}
        members: dict[str, Json] = {}
        own = word(identity.property.rpartition(".")[2])
        ids = [word(self._draft.noun) + "id", self._draft.noun + own, "id", own]
        shown = False
        for name, place in properties.items():
            plain = word(name)
            if view.properties(place) or view.items(place):
                continue
            if self._is_truth(name, place):
                members[name] = True
            elif plain == own or (plain in ids and plain not in record):
                members[name] = f"$record#{ptr.join('', *identity.property.split('.'))}"
                shown = shown or name != identity.property
            elif len(view.values(place)) == 1:
                members[name] = view.values(place)[0]
            elif plain in record:
                members[name] = f"$record#{ptr.join('', record[plain])}"
        is_plain = all(value is not True for value in members.values()) and not shown
        return None if is_plain or not members else members

    def count(self, facts: Facts) -> Json:
        """Return the template of an answer that holds a number of records, None where it holds none."""
        if facts.answer.schema is None:
            return None
        if self._view.types(facts.answer.schema) & {"integer", "number"}:
            return "$page.total"
        return self._counted(facts.answer.schema, 0)

    def _counted(self, schema: str, depth: int) -> Json:
        properties = self._view.properties(schema)
        for name, place in properties.items():
            plain = word(name)
            if plain.endswith(("count", "total")) or plain in ("deleted", "affected", "removed", "matched"):
                if self._view.types(place) & {"integer", "number"}:
                    return {name: "$page.total"}
        for name, place in properties.items() if depth < 2 else ():
            inner = self._counted(place, depth + 1)
            if inner:
                return {name: inner}
        return None


def item_of(facts: Facts, record: str, alike: Likeness, view: View) -> dict[str, Json]:
    """Return `item` for a request whose record is wrapped, or spread over query parameters."""
    inner = _inner(facts, record, alike, view)
    if inner is not None:
        return {"item": "$request.body#" + ptr.join("", inner)}
    sent = facts.sent
    if sent is not None and sent.record is not None:
        if sent.path and alike.share(sent.record, record) >= alike.share(sent.schema or sent.record, record):
            return {"item": "$request.body#" + ptr.join("", *sent.path)}
        return {}
    if facts.request.schema is not None:
        return {}
    properties = {word(name): name for name in view.properties(record)}
    members: dict[str, Any] = {}
    for parameter in facts.operation.parameters:
        if parameter.place == "query" and word(parameter.name) in properties:
            members[properties[word(parameter.name)]] = f"$request.query.{parameter.name}"
    return {"item": members} if members else {}


def _inner(facts: Facts, record: str, alike: Likeness, view: View) -> str | None:
    """Return the member of a request that is the record where nothing beside it is: `{action: ..., user_info: ...}`."""
    if facts.request.schema is None or alike.share(facts.request.schema, record) >= 0.5:
        return None
    for name, place in view.properties(facts.request.schema).items():
        if len(alike.names(place)) > 1 and alike.share(place, record) >= SHARE:
            return name
    return None


def items_of(facts: Facts, record: str, alike: Likeness, view: View) -> str | None:
    """Return the expression of the records in a request that sends many, None for one that does not."""
    many = facts.sent_many
    if many is None or facts.request.schema is None:
        return None
    if many.record is not None and {"op", "path"} <= alike.names(many.record):
        return None  # a JSON Patch (RFC 6902)
    if not many.path:
        return "$request.body"
    whole = view.properties(facts.request.schema)
    others = [name for name in whole if name != many.path[0]]
    if many.record is None or alike.share(many.record, record) < 0.5:
        return None
    if sum(word(name) in alike.names(record) for name in others) > len(others) / 2:
        return None  # a record that has a list of its like
    return "$request.body#" + ptr.join("", *many.path)


def merged(*parts: Mapping[str, Json]) -> dict[str, Json]:
    """Return the parts of an entry together; the first that says something counts."""
    entry: dict[str, Json] = {}
    for part in parts:
        for name, value in part.items():
            entry.setdefault(name, value)
    return entry
