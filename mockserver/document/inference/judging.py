"""What all judges of operations know of a resource, and how they write down what they found."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.document.inference.alike import Likeness
from mockserver.document.inference.answers import Answers, item_of, merged
from mockserver.document.inference.keys import Identity, locate, only_id
from mockserver.document.inference.model import FoundOperation, Message
from mockserver.document.inference.places import Draft, Facts
from mockserver.document.inference.view import View
from mockserver.document.inference.writing import Writing
from mockserver.document.naming import variables
from mockserver.errors import Json

Judged = FoundOperation | str
"""An operation of the resource, or the reason why it has no state."""


class Judge:
    """Judges operations of one resource.

    Args:
        draft: The resource.
        name: What one of its records is called, for people.
        identity: How its records are told apart.
        writing: What is meant by PUT and POST on them.
        view: The schemas.
        alike: Compares them.
    """

    def __init__(
        self, draft: Draft, name: str, identity: Identity, writing: Writing, view: View, alike: Likeness
    ) -> None:
        self._draft = draft
        self._thing = name
        self._identity = identity
        self._view = view
        self._alike = alike
        self._answers = Answers(draft, identity, view, alike)
        self._writing = writing

    def _names(self, facts: Facts, name: str) -> dict[str, Json]:
        """Return how the plan says which record is meant, where it is not the id in the last variable of the path."""
        if facts.find:
            return {
                "find": {property: f"$request.path.{variable}" for property, variable in facts.find.items()}
            }
        if self._identity.find:
            parts = list(self._identity.find)
            before = facts.route.variables
            names = before[: before.index(name) + 1][-len(parts) :]
            return {"find": {part: f"$request.path.{one}" for part, one in zip(parts, names, strict=True)}}
        in_path = variables(facts.operation.path)
        return {} if not in_path or in_path[-1] == name else {"id": f"$request.path.{name}"}

    def _item(self, facts: Facts) -> dict[str, Json]:
        return item_of(facts, self._draft.record, self._alike, self._view)

    def _location(self, facts: Facts) -> str | None:
        for name in (self._draft.noun, *self._draft.aliases):
            found = locate(facts, name, self._identity, self._view)
            if found is not None:
                return found
        return only_id(facts, self._view) if self._answers.shows_record(facts.one) else None

    def _ids(self, facts: Facts) -> str | None:
        return locate(facts, self._draft.noun, self._identity, self._view, many=True)

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
