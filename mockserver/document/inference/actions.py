"""What each operation does to its resource, or why it does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mockserver.document.inference.alike import SHARE, Likeness
from mockserver.document.inference.answers import Answers, item_of, items_of, merged
from mockserver.document.inference.keys import Identity, locate
from mockserver.document.inference.model import FoundOperation, Message
from mockserver.document.inference.places import Draft, Facts
from mockserver.document.inference.routes import noun
from mockserver.document.inference.view import View
from mockserver.document.inference.vocabulary import LOOKING
from mockserver.document.inference.writing import Writing
from mockserver.document.naming import variables, word
from mockserver.errors import Json

Judged = FoundOperation | str
"""An operation of the resource, or the reason why it has no state."""

COPIES: Final = frozenset({"copy", "clone", "duplicate", "fork"})
"""Sub-actions that make another record."""


class Actions:
    """Judges the operations of one resource."""

    def __init__(self, draft: Draft, name: str, identity: Identity, view: View, alike: Likeness) -> None:
        self._draft = draft
        self._thing = name
        self._identity = identity
        self._view = view
        self._alike = alike
        self._answers = Answers(draft, identity, view, alike)
        self._writing = Writing(draft, view, alike)

    def judge(self, facts: Facts) -> Judged:
        """Return what an operation does."""
        if self._draft.singleton:
            return self._single(facts)
        table = _ON_ITEM if facts.is_item else _ON_COLLECTION
        method = table.get(facts.role)
        if method is None:
            return f"nothing is known of {facts.operation.method} here"
        return method(self, facts)

    # Operations on one record that the path names.

    def _get(self, facts: Facts) -> Judged:
        if facts.operation.method == "GET" and not self._answers.shows_record(facts.one):
            return f"its answer does not show a {self._thing}"
        return self._on_item("get", facts, "reads the one that the path names")

    def _update(self, facts: Facts) -> Judged:
        posts = facts.operation.method == "POST" and not facts.route.verb
        if posts and self._writing.makes(facts):
            action = "create" if "409" in facts.operation.responses else "upsert"
            return self._on_item(action, facts, "makes one where the path says", self._item(facts))
        if posts and not self._changes(facts):
            return f"neither what it takes nor what it answers is a {self._thing}"
        return self._on_item("update", facts, "changes the one that the path names", self._item(facts))

    def _changes(self, facts: Facts) -> bool:
        if facts.one is not None and self._answers.shows_record(facts.one):
            return True
        sent = facts.sent
        if sent is not None and sent.record is not None:
            return self._alike.share(sent.record, self._draft.record) >= SHARE
        return bool(self._item(facts)) or facts.answer.schema is None

    def _replace(self, facts: Facts) -> Judged:
        if facts.operation.method == "PATCH":
            return self._update(facts)
        plain = facts.request.schema is None and facts.operation.method == "PUT"
        if self._writing.puts(facts) and (
            "201" in facts.operation.responses or plain or not self._writing.is_partial(facts)
        ):
            return self._on_item(
                "upsert", facts, "replaces the one that the path names, or makes it", self._item(facts)
            )
        if self._writing.is_partial(facts):
            return self._on_item(
                "update",
                facts,
                "changes the one that the path names: what it takes is only a part",
                self._item(facts),
            )
        return self._on_item("replace", facts, "replaces the one that the path names", self._item(facts))

    def _delete(self, facts: Facts) -> Judged:
        return self._on_item("delete", facts, "deletes the one that the path names")

    def _on_item(
        self, action: str, facts: Facts, why: str, more: Mapping[str, Json] | None = None
    ) -> FoundOperation:
        name = facts.route.segments[-1].text
        return self._found(
            action, facts, why, self._names(facts, name), more or {}, self._answers.of_one(facts)
        )

    def _names(self, facts: Facts, name: str) -> dict[str, Json]:
        """Return how the plan says which record is meant, where it is not the id in the last variable of the path."""
        if facts.find:
            return {
                "find": {property: f"$request.path.{variable}" for property, variable in facts.find.items()}
            }
        if self._identity.find:
            parts = list(self._identity.find)
            names = facts.route.variables[-len(parts) :] if len(parts) > 1 else [name]
            return {"find": {part: f"$request.path.{one}" for part, one in zip(parts, names, strict=True)}}
        in_path = variables(facts.operation.path)
        return {} if not in_path or in_path[-1] == name else {"id": f"$request.path.{name}"}

    def _item(self, facts: Facts) -> dict[str, Json]:
        return item_of(facts, self._draft.record, self._alike, self._view)

    # Operations on the collection.

    def _list(self, facts: Facts) -> Judged:
        many = facts.many
        if many is not None and many.record is not None:
            is_own = (
                facts.route.verb is None
                and facts.place == self._draft.keys[0]
                and facts.operation.method == "GET"
            )
            is_own = is_own or (bool(many.path) and noun(many.path[-1]) == self._draft.noun)
            if not is_own and not self._alike.same(many.record, self._draft.record):
                return f"it lists other things than {self._thing} records"
            ids = self._ids(facts)
            if ids and self._is_required(facts, ids):
                return self._found(
                    "get", facts, "reads those whose ids are sent", {"ids": ids}, self._answers.of_many(facts)
                )
            why = (
                "searches the records"
                if facts.route.verb or facts.operation.method == "POST"
                else "lists the records"
            )
            return self._found("list", facts, why, self._answers.of_many(facts))
        if many is not None:
            return "it lists texts or numbers, and no records"
        if facts.operation.method == "HEAD":
            return self._found("list", facts, "lists the records, without a body")
        if not self._answers.shows_record(facts.one):
            return f"its answer holds no {self._thing} records"
        if self._location(facts):
            return self._get_by_request(facts)
        if facts.route.verb is None and facts.operation.method == "GET":
            return self._found("list", facts, "lists the records, although the document shows one of them")
        return "it does not say which record it reads"

    def _get_by_request(self, facts: Facts) -> Judged:
        located = self._location(facts)
        if located and self._answers.shows_record(facts.one):
            return self._found(
                "get", facts, "reads the one whose id is sent", {"id": located}, self._answers.of_one(facts)
            )
        if facts.many is not None and facts.many.record is not None:
            return self._list(facts)
        if not self._answers.shows_record(facts.one):
            return f"its answer does not show a {self._thing}"
        by = self._found_by(facts)
        if by:
            return self._found(
                "get", facts, "reads the one with this property", {"find": by}, self._answers.of_one(facts)
            )
        return f"the request does not name a {self._thing} by its id"

    def _found_by(self, facts: Facts) -> dict[str, Json]:
        """Return the property by which a verb such as `lookupByEmail` finds a record."""
        verb = word(facts.route.verb.text) if facts.route.verb else ""
        for parameter in facts.operation.parameters:
            if parameter.place == "query" and verb.endswith("by" + word(parameter.name)):
                for name in self._view.properties(self._draft.record):
                    if word(name) == word(parameter.name):
                        return {name: f"$request.query.{parameter.name}"}
        return {}

    def _create(self, facts: Facts) -> Judged:
        if self._is_search(facts):
            return self._list(facts)
        items = items_of(facts, self._draft.record, self._alike, self._view)
        if items is not None or (facts.route.verb and facts.route.verb.bulk):
            if items is None:
                return "it takes many records in a form of its own"
            return self._found(
                "create",
                facts,
                "makes each of the records that are sent",
                {"items": items},
                self._answers.of_many(facts),
            )
        more = self._item(facts)
        if (
            not self._draft.is_full
            and not facts.sent
            and not more
            and not self._answers.shows_record(facts.one)
        ):
            return f"neither what it takes nor what it answers is a {self._thing}"
        return self._found("create", facts, "makes a record", more, self._answers.of_one(facts))

    def _is_search(self, facts: Facts) -> bool:
        """Return whether POST on a collection asks for records, and makes none."""
        if facts.route.verb is not None or facts.many is None or facts.many.record is None:
            return False
        if not self._alike.same(facts.many.record, self._draft.record) or facts.sent_many is not None:
            return False
        sent = facts.sent.record if facts.sent else None
        return sent is None or self._alike.share(sent, self._draft.record) < 0.4

    def _change_by_request(self, facts: Facts) -> Judged:
        """Judge PUT and PATCH on a collection, and `update` by a verb: the record is named in the request."""
        items = items_of(facts, self._draft.record, self._alike, self._view)
        if items is not None:
            return self._found(
                "update",
                facts,
                "changes each of the records that are sent",
                {"items": items},
                self._answers.of_many(facts),
            )
        located = self._location(facts)
        if located is None:
            return f"the request does not name a {self._thing} by its id"
        whole = facts.operation.method == "PUT" and not self._writing.is_partial(facts)
        action = "replace" if facts.role == "replace" and whole else "update"
        why = f"{action}s the one whose id is sent"
        return self._found(
            action, facts, why, {"id": located}, self._item(facts), self._answers.of_one(facts)
        )

    def _delete_by_request(self, facts: Facts) -> Judged:
        ids = self._ids(facts)
        if ids is None and facts.request.schema and self._view.items(facts.request.schema):
            ids = "$request.body"
        if ids is not None:
            return self._found(
                "delete", facts, "deletes those whose ids are sent", {"ids": ids}, self._answers.of_one(facts)
            )
        located = self._location(facts)
        if located is not None:
            return self._found(
                "delete",
                facts,
                "deletes the one whose id is sent",
                {"id": located},
                self._answers.of_one(facts),
            )
        required = any(item.required for item in facts.operation.parameters if item.place == "query")
        if facts.route.verb is not None or facts.request.schema is not None or required:
            return f"the request does not name a {self._thing} by its id"
        return self._found(
            "delete-matching", facts, "deletes all of the collection", {"answer": self._answers.count(facts)}
        )

    def _count(self, facts: Facts) -> Judged:
        template = self._answers.count(facts)
        if template is None:
            return "its answer holds no number of records"
        return self._found("count", facts, "counts the records", {"answer": template})

    def _location(self, facts: Facts) -> str | None:
        for name in (self._draft.noun, *self._draft.aliases):
            found = locate(facts, name, self._identity, self._view)
            if found is not None:
                return found
        return None

    def _ids(self, facts: Facts) -> str | None:
        return locate(facts, self._draft.noun, self._identity, self._view, many=True)

    def _is_required(self, facts: Facts, expression: str) -> bool:
        name = expression.rpartition(".")[2]
        return any(
            item.required
            for item in facts.operation.parameters
            if item.place == "query" and item.name == name
        )

    # One thing alone.

    def _single(self, facts: Facts) -> Judged:
        method = facts.operation.method
        if method in ("GET", "HEAD"):
            if method == "GET" and not self._answers.shows_record(facts.one):
                return f"its answer does not show the {self._thing}"
            return self._found("get", facts, "reads it: there is one", self._answers.of_one(facts))
        if method == "DELETE":
            return self._found("delete", facts, "deletes it: there is one", self._answers.of_one(facts))
        action = "replace" if method == "PUT" and not self._writing.is_partial(facts) else "update"
        return self._found(
            action, facts, f"{action}s it: there is one", self._item(facts), self._answers.of_one(facts)
        )

    # Actions of their own.

    def sub_action(self, facts: Facts, verb: str) -> Judged:
        """Judge an operation below a record, such as POST /orders/{id}/cancel.

        One that answers the record is an update, whatever it does; what it sets is for others to say.
        """
        if facts.operation.method in ("GET", "HEAD", "QUERY"):
            return f"it reads something about a {self._thing} that nothing in the document changes"
        if word(verb) in LOOKING:
            return f"'{verb}' leaves a {self._thing} as it is"
        if not self._is_about_record(facts):
            return f"what it takes is no part of a {self._thing}"
        if not self._answers.shows_record(facts.one) and not self._is_receipt(facts):
            return f"its answer is something else than a {self._thing}"
        where = self._where(facts)
        if where is None:
            return f"the request does not name a {self._thing} by its id"
        if word(verb) in COPIES and self._answers.shows_record(facts.one):
            return self._found("create", facts, "makes another one", self._answers.of_one(facts))
        return self._found(
            "update", facts, f"is the action '{verb}' on one record", where, self._answers.of_one(facts)
        )

    def _is_about_record(self, facts: Facts) -> bool:
        """Return whether a sub-action that only takes something, such as a file, changes anything of the record."""
        if self._answers.shows_record(facts.one) or facts.request.schema is None:
            return True
        if facts.operation.method == "DELETE" or not facts.operation.request_body:
            return True
        if not facts.sent or not facts.sent.record or self._view.is_free(facts.sent.record):
            return facts.request.media_type.endswith("json")
        return not any(
            self._view.format(place) == "binary"
            for place in self._view.properties(facts.sent.record).values()
        )

    def _is_receipt(self, facts: Facts) -> bool:
        """Return whether an answer says no more than that it went well."""
        if facts.answer.schema is None:
            return True
        if facts.many is not None or not (facts.one and facts.one.record):
            return False
        return len(self._view.properties(facts.one.record)) <= 2

    def _where(self, facts: Facts) -> dict[str, Json] | None:
        in_path = facts.route.variables
        if self._draft.singleton:
            return {}
        if in_path and len(facts.route.key) > 1 and facts.route.key[-2] == "{}":
            return self._names(facts, in_path[-1])
        located = self._location(facts)
        return {"id": located} if located else None

    def shows(self, facts: Facts) -> bool:
        """Return whether an operation's answer shows the record."""
        return self._answers.shows_record(facts.one)

    def _found(self, action: str, facts: Facts, why: str, *parts: Mapping[str, Json]) -> FoundOperation:
        entry = merged(*parts)
        if (
            action in ("create", "upsert")
            and facts.answer.status == 201
            and "200" in facts.operation.responses
        ):
            entry["status"] = 201
        many = action in ("list", "delete-matching") or "ids" in entry or "items" in entry
        shown = (facts.many if many else facts.one) or _empty(facts)
        sent = facts.sent_many if "items" in entry else facts.sent
        return FoundOperation(facts.operation, action, why, sent or _sent(facts), shown, entry)


def _empty(facts: Facts) -> Message:
    return Message(facts.answer.schema, media_type=facts.answer.media_type, status=facts.answer.status)


def _sent(facts: Facts) -> Message:
    return Message(facts.request.schema, media_type=facts.request.media_type)


_ON_ITEM: Final[Mapping[str, Callable[[Actions, Facts], Judged]]] = {
    "get": Actions._get,
    "list": Actions._get,
    "update": Actions._update,
    "replace": Actions._replace,
    "upsert": Actions._replace,
    "create": Actions._update,
    "delete": Actions._delete,
}
_ON_COLLECTION: Final[Mapping[str, Callable[[Actions, Facts], Judged]]] = {
    "list": Actions._list,
    "get": Actions._get_by_request,
    "create": Actions._create,
    "upsert": Actions._create,
    "update": Actions._change_by_request,
    "replace": Actions._change_by_request,
    "delete": Actions._delete_by_request,
    "count": Actions._count,
}
