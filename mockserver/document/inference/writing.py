"""What PUT and POST on an item mean: a whole record or a part of one, and whether they make one."""

from __future__ import annotations

from mockserver.document.inference.alike import SHARE, Likeness
from mockserver.document.inference.places import Draft, Facts
from mockserver.document.inference.view import View
from mockserver.document.naming import word


class Writing:
    """Judges what is written to the items of one resource."""

    def __init__(self, draft: Draft, view: View, alike: Likeness) -> None:
        self._draft = draft
        self._view = view
        self._alike = alike
        self._made_at_collection = any(facts.role == "create" and not facts.is_item for facts in draft.facts)
        self._patched = {facts.route.key for facts in draft.facts if facts.operation.method == "PATCH"}
        self._creates = [
            facts
            for facts in draft.facts
            if (facts.role == "create" and not facts.is_item) or self.makes(facts)
        ]

    def makes(self, facts: Facts) -> bool:
        """Return whether POST on an item makes it: it says so by its status, or something else changes items."""
        if facts.operation.method != "POST" or facts.route.verb or not facts.is_item:
            return False
        others = [item for item in self._draft.facts if item.route.key == facts.route.key]
        puts = [item for item in others if item.operation.method == "PUT" and item.sent and item.sent.record]
        mine = self._alike.names(facts.sent.record) if facts.sent and facts.sent.record else frozenset()
        for put in puts:
            assert put.sent is not None
            yours = self._alike.names(put.sent.record or "")
            return bool(yours) and len(mine & yours) >= SHARE * len(yours)
        return "201" in facts.operation.responses and not self._made_at_collection

    def puts(self, facts: Facts) -> bool:
        """Return whether PUT on an item makes one where there is none: by its status, or as nothing else does."""
        if facts.role == "upsert" or facts.operation.method != "PUT" or not facts.is_item or facts.route.verb:
            return facts.role == "upsert"
        if "201" in facts.operation.responses:
            return True
        if self._creates:
            return False
        return facts.request.schema is None or not self.is_partial(facts) or self._is_foreign(facts)

    def _is_foreign(self, facts: Facts) -> bool:
        """Return whether what the path names is not made here, as the user in /bans/{user_id}."""
        noun = self._draft.noun
        removed = any(
            item.operation.method == "DELETE" and item.route.key == facts.route.key
            for item in self._draft.facts
        )
        return removed and word(facts.route.segments[-1].text) not in (noun, "id", f"{noun}id")

    def is_by_path(self) -> bool:
        """Return whether clients choose ids by the paths that they write to."""
        return any(self.makes(facts) or self.puts(facts) for facts in self._draft.facts)

    def is_partial(self, facts: Facts) -> bool:
        """Return whether PUT takes less than a whole record: fewer properties than is created, or none required."""
        sent = facts.sent
        if facts.route.key in self._patched:
            return False
        if sent is None or sent.record is None:
            return True
        if self._view.target(sent.record) == self._view.target(self._draft.record):
            return False
        mine, required = self._alike.names(sent.record), self._view.required(sent.record)
        if self._alike.share(sent.record, self._draft.record) < 0.5 and self._alike.names(self._draft.record):
            return True
        for made in self._creates:
            if made.sent is None or made.sent.record is None:
                continue
            if self._view.target(made.sent.record) == self._view.target(sent.record):
                return False
            whole = self._alike.names(made.sent.record)
            if self._view.required(made.sent.record) and not required:
                return True
            return len(mine & whole) < SHARE * len(whole)
        return not required
