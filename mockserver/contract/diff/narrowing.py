"""Which changes matter to those who were recorded: can they upgrade?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from mockserver.contract.diff.changes import Change
from mockserver.contract.diff.comparing import Compared
from mockserver.contract.diff.reading import Forms
from mockserver.contract.diff.usage import Usage, Use
from mockserver.contract.diff.verdicts import Verdict
from mockserver.document.dialect import Direction
from mockserver.document.media_types import essence_of
from mockserver.document.model import Document

_VALUES: Final = (
    "max-", "min-", "exclusive-", "multiple-of", "pattern-", "became-enum", "enum-value-removed", "const-",
)  # fmt: skip
"""How kinds begin of which values decide: each that was sent is tried on the new document."""

NOT_CALLED: Final = "never called"
NOT_GIVEN: Final = "never given"
NOT_SENT: Final = "never sent"
NOT_GOT: Final = "never answered"


def narrowed(compared: Compared, usage: Usage) -> Compared:
    """Return a comparison in which it is said what matters to nobody who was recorded."""
    judge = _Judge(compared.new, usage)
    changes = tuple(
        replace(change, unused=judge.unused(change)) if change.verdict is not Verdict.SAFE else change
        for change in compared.changes
    )
    return replace(compared, changes=changes)


class _Judge:
    """Holds changes against what was used."""

    def __init__(self, new: Document, usage: Usage) -> None:
        self.usage = usage
        self._new = Forms(new.request_schemas)

    def unused(self, change: Change) -> str:
        """Return why a change matters to nobody who was recorded; "" where it does."""
        if "webhook" in change.id or any(
            " webhook " in name or " callback " in name for name in change.operations
        ):
            return ""  # What the server sends by itself is in no journal.
        called = [name for name in change.operations if self.usage.calls[name]]
        if change.operations and not called:
            return NOT_CALLED
        if change.kind.startswith("="):
            return self._whole(change, called)
        if not change.node:
            return ""
        use = self.usage.nodes.get((change.direction or Direction.REQUEST, change.node))
        if use is None or not use.operations & {*called}:
            return NOT_SENT if change.direction is Direction.REQUEST else NOT_GOT
        if change.direction is Direction.REQUEST:
            return self._request(change, use)
        return self._response(change, use)

    def _request(self, change: Change, use: Use) -> str:
        kind, name = change.kind, change.name
        if name is not None and ("required" in kind) and not kind.startswith("dependent-"):
            # What must be there now matters to those who leave it out.
            return "" if use.count > use.names[name] else "always sent"
        if name is not None and "property-" in kind:
            return "" if use.names[name] else NOT_SENT
        if kind == "became-not-nullable":
            return "" if use.nulls else "null was never sent"
        if kind == "additional-properties-forbidden":
            known = self._names(change)
            return "" if any(key not in known for key in use.names) else "no others were sent"
        if kind.startswith(_VALUES) and use.values and not use.is_full and change.new_node:
            if kind == "enum-value-removed":
                return "" if change.value in use.values else NOT_SENT
            if all(self._new.holds(change.new_node, value) for value in use.values.values()):
                return "all that was sent still goes"
        return ""

    def _response(self, change: Change, use: Use) -> str:
        if change.name is not None and change.kind.endswith(("property-removed", "property-became-optional")):
            return "" if use.names[change.name] else NOT_GOT
        return ""

    def _names(self, change: Change) -> set[str]:
        form = self._new.of(change.new_node)
        return {*form.properties}

    def _whole(self, change: Change, called: list[str]) -> str:
        """Judge a change of an operation as a whole, or of a part of it that is no schema."""
        identifier, usage = change.id, self.usage
        if change.direction is None:
            return ""
        place = str(change.location[0]) if change.location else ""
        if change.direction is Direction.RESPONSE:
            return self._answered(change, called, place)
        if place == "body":
            if identifier in ("request-body-added-required", "request-body-became-required"):
                return "" if any(usage.calls[op] > usage.bodies[op] for op in called) else "always sent"
            if change.name is not None:
                wanted = essence_of(change.name)
                return _if_none(lambda op: usage.sent[op, wanted], called, NOT_SENT)
            return _if_none(lambda op: usage.bodies[op], called, NOT_SENT)
        name = str(change.location[1]) if len(change.location) > 1 else ""
        if identifier.startswith("new-required"):
            return ""
        if identifier == "request-parameter-became-required":
            always = all(usage.given[op, place, name] >= usage.calls[op] for op in called)
            return "always given" if always else ""
        return _if_none(lambda op: usage.given[op, place, name], called, NOT_GIVEN)

    def _answered(self, change: Change, called: list[str], status: str) -> str:
        usage, where = self.usage, change.location
        if change.id.endswith("status-added"):
            return ""
        if len(where) > 2 and where[1] == "header":
            name = str(where[2]).lower()
            return _if_none(lambda op: usage.headers[op, status, name], called, NOT_GOT)
        if change.name is not None and "removed" in change.id:
            wanted = essence_of(change.name)
            return _if_none(lambda op: usage.media[op, status, wanted], called, NOT_GOT)
        return _if_none(lambda op: usage.got[op, status], called, NOT_GOT)


def _if_none(count: Callable[[str], int], operations: list[str], reason: str) -> str:
    return "" if any(count(operation) for operation in operations) else reason
