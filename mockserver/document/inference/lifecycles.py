"""Statuses that move: sub-actions, and what they set."""

from __future__ import annotations

import re
from typing import Any, Final

from mockserver.document.inference import times, verbs
from mockserver.document.inference.model import Found, FoundOperation
from mockserver.document.inference.spellings import known, ranked
from mockserver.document.inference.view import View
from mockserver.document.naming import singular, word, words
from mockserver.errors import Json

_STATUSES: Final = ("status", "state", "lifecyclestate", "phase", "stage", "lifecyclestatus", "workflowstate")
_INITIAL: Final = ranked(
    "draft new created pending queued open opened submitted scheduled waiting todo received requested notstarted "
    "notstart unstarted initial incoming init backlog placed active enabled available started running inprogress "
    "processing inactive"
)
"""What a thing is at first."""
_EARLY: Final = frozenset(_INITIAL[: _INITIAL.index("active")])
_FINAL: Final = known(
    "cancelled canceled completed complete finished failed done closed refunded expired rejected succeeded ended void "
    "voided declined denied terminated aborted settled fulfilled delivered errored error success dead resolved merged "
    "returned redeemed revoked"
)
_BACK: Final = known(
    "reopen retry rerun restore reactivate reinstate undelete unarchive refund restart resend"
)
"""Verbs that begin at an end."""
_QUOTED: Final = re.compile(r"`([A-Za-z][\w-]*)`")
_ABOUT_STATE: Final = re.compile(
    r"\bstate|\bstatus|already|cannot be|can.?t be|not (?:be )?(?:allowed|possible|cancel)"
    r"|not (?:pending|open|active|running|in )",
    re.IGNORECASE,
)


def refine(view: View, found: Found) -> tuple[dict[str, Any] | None, dict[str, dict[str, Any]]]:
    """Return `lifecycle` of a resource, and operation id -> entry (`set`, `when`) for its sub-actions.

    A sub-action that is not among the entries stays without state.
    """
    status = _status(view, found)
    moved: dict[str, dict[str, Any]] = {}
    for verb, operation in found.sub_actions:
        entry = _moves(view, found, status, verb, operation)
        if entry is not None:
            moved[operation.operation.id] = entry
    return _lifecycle(view, found, status), moved


def _status(view: View, found: Found) -> str | None:
    """Return the property that holds the state of a record."""
    properties = view.properties(found.schema)
    named = {word(name): name for name in properties}
    single = [name for name in properties if word(name).endswith(("status", "state"))]
    candidates = [*(named[name] for name in _STATUSES if name in named), *single]
    return next((name for name in candidates if len(_values(view, properties[name])) > 1), None)


def _values(view: View, pointer: str) -> list[str]:
    """Return the values of a state: those of its enum, else those that its description has in backticks."""
    found = [value for value in view.values(pointer) if isinstance(value, str)]
    if found or not view.types(pointer) <= {"string"}:
        return found
    said = str(view.node(pointer).get("description", view.schema(pointer).get("description", "")))
    return list(dict.fromkeys(_QUOTED.findall(said)))


def _lifecycle(view: View, found: Found, status: str | None) -> dict[str, Any] | None:
    if status is None or not found.of("create", "upsert"):
        return None
    single = words(found.name)[-1:]
    if word(status) not in _STATUSES and not (
        single and word(status).startswith((singular(single[0]), "item"))
    ):
        return None  # the state of something about it
    pointer = view.properties(found.schema)[status]
    values = _values(view, pointer)
    initial = view.schema(pointer).get("default")
    if initial not in values:
        folded = {word(value): value for value in reversed(values)}
        initial = next((folded[name] for name in _INITIAL if name in folded), None)
    return None if initial is None else {"property": status, "initial": initial}


def _moves(
    view: View, found: Found, status: str | None, verb: str, operation: FoundOperation
) -> dict[str, Any] | None:
    """Return what a sub-action sets; None where nothing in the record tells."""
    properties = view.properties(found.schema)
    change: dict[str, Json] = {}
    target = None
    if operation.operation.method == "DELETE":
        # Takes back what a PUT or POST there does; what is thrown out of the trash is gone.
        if word(verb) != "trash":
            change = _marks(view, found, (), (verb,))
    else:
        if status is not None:
            values = {word(value): value for value in _values(view, properties[status])}
            target = next((values[name] for name in verbs.states(verb) if name in values), None)
            if target is not None:
                change[status] = target
        change.update(_marks(view, found, (verb,), verbs.undone(verb)))
    if not change:
        return None
    entry: dict[str, Any] = {"set": change}
    if target is not None and status is not None and _refuses(view, operation):
        allowed = _allowed(_values(view, properties[status]), verb, target)
        if allowed:
            entry["when"] = {status: allowed}
    return entry


def _marks(view: View, found: Found, done: tuple[str, ...], undone: tuple[str, ...]) -> dict[str, Json]:
    """Return the flags and times that verbs set, and those that they clear: `archived`, `isArchived`, `archived_at`."""
    change: dict[str, Json] = {}
    sets = {mark for verb in done for mark in (*verbs.marks(verb), *verbs.states(verb)[:2])}
    clears = {mark for verb in undone for mark in verbs.marks(verb)} - sets
    for verb in done:
        sets |= {"enabled", "active"} if verb in ("enable", "activate") else set()
        clears |= {"enabled", "active"} if verb in ("disable", "deactivate") else set()
    for name, pointer in view.properties(found.schema).items():
        folded = word(name)
        if view.types(pointer) == {"boolean"}:
            plain = folded.removeprefix("is")
            if plain in sets or plain in clears:
                change[name] = plain in sets
            continue
        tail = next((tail for tail in ("at", "on", "time", "date") if folded.endswith(tail)), None)
        if tail is None or folded in times.CREATED or folded in times.UPDATED:
            continue
        stem = folded.removesuffix(tail)
        moment = times.now(view, name, pointer) if stem in sets else None
        if moment is not None:
            change[name] = moment
        elif stem in clears and _admits_null(view, pointer):
            change[name] = None
    return change


def _admits_null(view: View, pointer: str) -> bool:
    node, target = view.node(pointer), view.schema(pointer)
    if any(part.get("nullable") is True or part.get("x-nullable") is True for part in (node, target)):
        return True
    kinds = target.get("type")
    if isinstance(kinds, list) and "null" in kinds:
        return True
    branches = [*(node.get("anyOf") or ()), *(node.get("oneOf") or ())]
    return any(isinstance(branch, dict) and branch.get("type") == "null" for branch in branches)


def _refuses(view: View, operation: FoundOperation) -> bool:
    """Return whether a sub-action is declared to be refused in some states."""
    responses = operation.operation.responses
    if "409" in responses:
        return True
    response = responses.get("422")
    return response is not None and bool(
        _ABOUT_STATE.search(str(view.node(response.pointer).get("description", "")))
    )


def _allowed(values: list[str], verb: str, target: str) -> list[Json]:
    """Return the states in which a verb is possible; none where the ends of this life are not evident."""
    final = [value for value in values if word(value) in _FINAL]
    early = [value for value in values if word(value) in _EARLY or word(value) in _INITIAL]
    if not final or not early:
        return []
    if word(verb) in _BACK:
        return [value for value in final if value != target]
    return [value for value in values if value not in final and value != target]
