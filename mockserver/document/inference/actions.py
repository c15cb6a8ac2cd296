"""What each operation does to its resource, or why it does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from mockserver.document.inference.alike import SHARE
from mockserver.document.inference.answers import items_of
from mockserver.document.inference.judging import Judge, Judged
from mockserver.document.inference.model import FoundOperation, Message
from mockserver.document.inference.places import Facts
from mockserver.document.inference.routes import noun
from mockserver.document.naming import word, words
from mockserver.errors import Json


class Actions(Judge):
    """Judges the operations at the paths of one resource."""

    def judge(self, facts: Facts) -> Judged:
        """Return what an operation does."""
        judged = self._judged(facts)
        if isinstance(judged, FoundOperation) and facts.told and judged.action != facts.told:
            return replace(judged, action=facts.told)
        return judged

    def _judged(self, facts: Facts) -> Judged:
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
        if self._writing.puts(facts):
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

    # Operations on the collection.

    def _list(self, facts: Facts) -> Judged:
        many = facts.many
        if many is not None and many.record is not None:
            if not self._is_own_list(facts, many) and not self._alike.same(many.record, self._draft.record):
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
        if self._may_list(facts):
            return self._found("list", facts, "lists the records, of which the document says nothing")
        if facts.operation.method == "HEAD":
            return self._found("list", facts, "lists the records, without a body")
        if not self._answers.shows_record(facts.one):
            return f"its answer holds no {self._thing} records"
        if self._location(facts):
            return self._get_by_request(facts)
        items = any(item.is_item and item.place == facts.place for item in self._draft.facts)
        if facts.route.verb is None and facts.operation.method == "GET" and items:
            return self._found("list", facts, "lists the records, although the document shows one of them")
        return "it does not say which record it reads"

    def _may_list(self, facts: Facts) -> bool:
        """Return whether an answer may be anything, at a collection where things are made."""
        if facts.answer.schema is None or self._view.schema(facts.answer.schema) or facts.route.verb:
            return False
        others = [item for item in self._draft.facts if item.place == facts.place and item is not facts]
        return facts.operation.method == "GET" and any(
            item.is_item or item.role == "create" for item in others
        )

    def _is_own_list(self, facts: Facts, many: Message) -> bool:
        """Return whether a list is of the records by its place, however compact it shows them."""
        if many.path and noun(many.path[-1]) == self._draft.noun:
            return True
        if facts.place != self._draft.keys[0] or facts.operation.method != "GET":
            return False
        verb = facts.route.verb
        if verb is None:
            return True
        shown = self._alike.names(many.record or "")
        return (
            verb.role in ("get", "list")
            and len(words(verb.text)) == 1
            and word(self._identity.property) in shown
        )

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
