"""Puts a plan together: what a person wrote wins over what a document says of itself, and that over what is inferred.

What a person wrote, and what does not fit the document, costs only itself, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from mockserver.document import extensions
from mockserver.document import pointer as ptr
from mockserver.document.inference import Inferred, infer
from mockserver.document.model import Document, Fault
from mockserver.document.plan import STATELESS, Plan
from mockserver.document.planfile.building import STATELESS_NOTE, VERSION, build
from mockserver.document.planfile.merging import merged
from mockserver.errors import Json, PlanError, PlanMisfit

_ROUNDS: Final = 4
"""What does not fit is taken out of the plan and inferred anew; that may show a little more, never much."""
_NOT_INFERRED: Final = "the plan does not name it, and says that nothing is to be inferred"
_PLACE_OF_NOTHING: Final = "the plan"


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of a document, with all that is to be said of it.

    Attributes:
        plan: It, checked; notes and faults are in it.
        raw: It in the format of the plan file, with nothing left out.
        notes: Resource -> what its records were read from.
        given: What was written by people: the document's `x-mock` and the plan file.
    """

    plan: Plan
    raw: dict[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)


def make(document: Document, written: Json = None, source: Path | None = None) -> Planned:
    """Return the plan of a document.

    Args:
        document: The document.
        written: What stands in its plan file.
        source: The plan file, None without one.

    Raises:
        PlanError: What was written does not have the format.
    """
    if source is not None:
        _check_head(written, source)
    found = extensions.read(document, _namer(document))
    places = _Places(document, source, written, found)
    # What was taken back stays, as null: it also takes back what is inferred.
    given = merged(found.raw, written or {}, taken_back=True)
    given.pop("plan", None)
    faults = list(found.faults)
    for last in (False,) * (_ROUNDS - 1) + (True,):
        inferred = _inferred(document, given)
        whole = {"plan": VERSION, **merged(inferred.raw, given)}
        _default_seeds(whole, inferred.raw, given)
        misfits: list[Fault] = []
        plan = _built(document, whole, given, inferred, misfits, places)
        faults += [places.moved(fault) for fault in misfits if places.is_written(fault.pointer)]
        if last or not _take_out(given, misfits, inferred.raw):
            break
    notes = _notes(
        document, plan, inferred, given, [fault for fault in misfits if not places.is_written(fault.pointer)]
    )
    plan = replace(plan, source=source, notes=notes, faults=tuple(dict.fromkeys(faults)))
    return Planned(plan, whole, inferred.resource_notes, given)


def _check_head(written: Json, source: Path) -> None:
    if not isinstance(written, dict):
        raise PlanError(f"{source}: at /: a mapping is expected, not {written!r}")
    if str(written.get("plan")) != VERSION:
        raise PlanError(
            f"{source}: at /plan: the format's version should be {VERSION!r}, not {written.get('plan')!r}"
        )


def _namer(document: Document) -> extensions.Namer:
    """Return what names the resource of a schema as inference does, which then is asked only once."""
    known: dict[str, str] = {}

    def name(schema: str) -> str | None:
        if not known:
            resources = infer(document, {}).raw.get("resources", {})
            known.update((str(entry.get("schema")), name) for name, entry in resources.items())
        return known.get(schema)

    return name


def _inferred(document: Document, given: Mapping[str, Any]) -> Inferred:
    if given.get("infer") is False:
        notes = dict.fromkeys(document.operations, _NOT_INFERRED)
        return Inferred({"plan": VERSION, "resources": {}, "operations": {}}, notes)
    return infer(document, given)


def _default_seeds(whole: dict[str, Any], inferred: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Say how many records are made up, where nobody says it: none of a resource that somebody wrote down himself."""
    named = _mapping(given.get("resources"))
    for name, entry in _mapping(whole.get("resources")).items():
        is_inferred = name in inferred.get("resources", {}) and "schema" not in _mapping(named.get(name))
        if isinstance(entry, dict) and ("seed" in given or is_inferred):
            entry.setdefault("seed", given.get("seed", "auto"))


def _built(
    document: Document,
    whole: Mapping[str, Any],
    given: Mapping[str, Any],
    inferred: Inferred,
    misfits: list[Fault],
    places: _Places,
) -> Plan:
    named = _mapping(given.get("operations"))
    alone = {
        id
        for id in _mapping(whole.get("operations"))
        if "action" not in _mapping(named.get(id)) and id in inferred.raw["operations"]
    }
    try:
        return build(
            whole, document, Path(_PLACE_OF_NOTHING), inferred=alone, notes=inferred.notes, faults=misfits
        )
    except PlanMisfit:
        raise
    except PlanError as error:
        raise places.explained(error) from error


def _take_out(given: dict[str, Any], misfits: Iterable[Fault], inferred: Mapping[str, Any]) -> bool:
    """Take out what names another resource or schema than there are, where inference has something in its place."""
    changed = False
    for fault in misfits:
        path = ptr.split(fault.pointer)
        if len(path) < 3 or path[0] not in ("resources", "operations"):
            continue
        group, name, key = path[:3]
        if (group, key) not in (
            ("resources", "schema"),
            ("operations", "resource"),
            ("resources", "references"),
        ):
            continue
        owner = _mapping(_mapping(given.get(group)).get(name))
        if name not in inferred.get(group, {}):
            continue
        if key == "references":
            owner, key = _mapping(owner.get(key)), path[3] if len(path) > 3 else ""
        changed |= owner.pop(key, None) is not None
        if group == "operations":
            # With the action that was meant for the other resource.
            owner.pop("action", None)
    return changed


def _notes(
    document: Document,
    plan: Plan,
    inferred: Inferred,
    given: Mapping[str, Any],
    misfits: Iterable[Fault],
) -> dict[str, str]:
    notes = {**inferred.notes, **plan.notes}
    actions = _mapping(inferred.raw.get("operations"))
    for id, operation in plan.operations.items():
        if not operation.inferred and _mapping(actions.get(id)).get("action") != operation.action:
            notes[id] = STATELESS_NOTE
    for id, entry in _mapping(given.get("operations")).items():
        if id in document.operations and (entry is None or _mapping(entry).get("action") == STATELESS):
            notes[id] = STATELESS_NOTE
    for name, entry in _mapping(given.get("resources")).items():
        if entry is None:
            owned = (id for id, item in actions.items() if _mapping(item).get("resource") == name)
            notes.update((id, f"{STATELESS_NOTE} of {name}") for id in owned if id not in plan.operations)
    for fault in misfits:
        path = ptr.split(fault.pointer)
        if len(path) > 1 and path[0] == "operations" and path[1] in document.operations:
            notes[path[1]] = f"what was inferred does not fit: {fault.message}"
    return {id: note for id, note in notes.items() if id in document.operations}


class _Places:
    """Where the parts of a plan were written."""

    def __init__(
        self, document: Document, source: Path | None, written: Json, found: extensions.Extensions
    ) -> None:
        self._document = document
        self._source = source
        self._written = written
        self._found = found

    def of(self, pointer: str) -> tuple[str, str] | None:
        """Return file ("" for the document's own) and pointer of a part of the plan, None for what nobody wrote."""
        if self._source is not None and _is_there(self._written, pointer):
            return str(self._source), pointer
        place = self._found.place(pointer)
        if place is not None:
            return self._document.origin(place)
        return None

    def is_written(self, pointer: str) -> bool:
        """Return whether a person wrote this part."""
        return self.of(pointer) is not None

    def moved(self, fault: Fault) -> Fault:
        """Return a fault with the place where it was written."""
        file, pointer = self.of(fault.pointer) or ("", fault.pointer)
        return replace(fault, file=file, pointer=pointer)

    def explained(self, error: PlanError) -> PlanError:
        """Return an error with the place where it was written; at least with that of what is around it."""
        if error.pointer is None:
            return error
        head = error.pointer
        while head and self.of(head) is None:
            head = head.rpartition("/")[0]
        place = self.of(head)
        if place is None:
            return error
        file, pointer = place
        named = pointer + error.pointer[len(head) :]
        return PlanError(f"{file or self._document.source}: at {named or '/'}: {error.reason}")


def _is_there(root: Json, pointer: str) -> bool:
    try:
        ptr.lookup(root, pointer)
    except KeyError:
        return False
    return True


def _mapping(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
