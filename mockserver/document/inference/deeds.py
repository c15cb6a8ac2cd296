"""Operations that are verbs of their own, such as POST /orders/{id}/cancel."""

from __future__ import annotations

from typing import Final

from mockserver.document.inference.judging import Judge, Judged
from mockserver.document.inference.places import Facts
from mockserver.document.inference.vocabulary import LOOKING, META, TRUTHS
from mockserver.document.naming import word
from mockserver.errors import Json

COPIES: Final = frozenset({"copy", "clone", "duplicate", "fork"})
"""Sub-actions that make another record."""


class Deeds(Judge):
    """Judges the operations below the records of one resource."""

    def judge(self, facts: Facts, verb: str) -> Judged:
        """Judge an operation below a record, such as POST /orders/{id}/cancel.

        One that answers the record is an update, whatever it does; what it sets is for others to say.
        """
        if facts.operation.method in ("GET", "HEAD", "QUERY"):
            return f"it reads something about a {self._thing} that nothing in the document changes"
        below = len(facts.place) > 1 and facts.place[-2] == "{}"
        if word(verb) in LOOKING and not (below and self._answers.shows_record(facts.one)):
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
        if self._draft.singleton:
            return {}
        place = facts.place
        if len(place) > 1 and place[-2] == "{}":
            return self._names(facts, facts.route.segments[len(place) - 2].text)
        located = self._location(facts)
        return {"id": located} if located else None

    def is_silent(self, facts: Facts) -> bool:
        """Return whether a sub-action says no more than that it went well: then its record is there."""
        if facts.operation.method not in ("POST", "PUT", "PATCH"):
            return False
        if facts.answer.schema is None:
            return True
        names = self._alike.names(facts.answer.schema)
        return bool(names) and names <= META | TRUTHS

    def shows(self, facts: Facts) -> bool:
        """Return whether an operation's answer shows the record."""
        return self._answers.shows_record(facts.one)
