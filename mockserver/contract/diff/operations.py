"""Rules about operations as a whole: their life, their names, where they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from mockserver.contract.diff.differences import At, raw
from mockserver.contract.diff.ground import Ground, Local, OperationRule, Told, local
from mockserver.contract.diff.lifecycle import deprecated, removal
from mockserver.contract.diff.marks import LEVELS, stability_moved
from mockserver.contract.diff.matching import addresses, shape
from mockserver.contract.diff.verdicts import Effect
from mockserver.document.model import Document, Operation

_LIFE: Final = {
    "deprecated": "endpoint-deprecated",
    "deprecated-with-sunset": "endpoint-deprecated-with-sunset",
    "reactivated": "endpoint-reactivated",
    "deprecated-sunset-missing": "api-deprecated-sunset-missing",
    "deprecated-sunset-invalid": "api-deprecated-sunset-parse",
    "sunset-date-too-small": "api-sunset-date-too-small",
    "sunset-deleted": "sunset-deleted",
    "sunset-added": "api-sunset-added",
    "sunset-date-changed": "api-sunset-date-changed",
    "sunset-date-changed-too-small": "api-sunset-date-changed-too-small",
}


def gone(operation: Operation, moved: Operation | None, ground: Ground) -> Local:
    """Return that an operation is gone."""
    paths = {shape(other.path) for other in ground.new.operations.values()}
    kind = "=api" if shape(operation.path) in paths else "=api-path"
    found = removal(
        raw(ground.old, operation.pointer),
        ground.calendar,
        kind,
        str(operation),
        At(operation.pointer, moved.pointer if moved else ""),
    )
    if moved is not None:
        found = replace(found, text=f"{found.text}; {moved} has the same operationId")
    return Local(found)


def added(operation: Operation) -> Local:
    """Return that an operation is new."""
    return local("endpoint-added", Effect.WIDENS, f"{operation} is new", At("", operation.pointer))


def life(old: Operation, new: Operation, ground: Ground) -> Iterator[Told]:
    """`deprecated` and `x-sunset`."""
    at = At(old.pointer, new.pointer)
    before, after = raw(ground.old, old.pointer), raw(ground.new, new.pointer)
    for found in deprecated(before, after, ground.calendar, at, prefix=""):
        yield Local(replace(found, kind=f"={_LIFE[found.kind]}"))


def stability(old: Operation, new: Operation, ground: Ground) -> Iterator[Told]:
    """`x-stability-level`."""
    before, after = (raw(ground.old, old.pointer), raw(ground.new, new.pointer))
    levels = [node.get("x-stability-level", "stable") for node in (before, after)]
    at = At(old.pointer, new.pointer)
    if levels[1] not in LEVELS and levels[0] != levels[1]:
        text = f"x-stability-level {levels[1]!r} is none of {', '.join(LEVELS)}"
        yield local("api-invalid-stability-level", Effect.VIOLATES, text, at)
    for found in stability_moved(levels[0], levels[1], *at, kind="=api-stability"):
        yield Local(found)


def names(old: Operation, new: Operation, ground: Ground) -> Iterator[Told]:
    """`operationId` and tags, by which generated clients are named."""
    before, after = (
        raw(document, operation.pointer).get("operationId")
        for document, operation in ((ground.old, old), (ground.new, new))
    )
    at = At(old.pointer, new.pointer)
    reason = "Nothing on the wire changes; methods of generated clients may have other names."
    if before != after and before:
        text = f"the operationId was {before} and is {after or 'gone'} now"
        yield local("api-operation-id-removed", Effect.NONE, text, at, reason=reason)
    elif before != after:
        yield local(
            "api-operation-id-added", Effect.NONE, f"the operationId is {after} now", at, reason=reason
        )
    for tag in old.tags:
        if tag not in new.tags:
            yield local("api-tag-removed", Effect.NONE, f"the tag {tag!r} is gone", at, reason=reason)
    for tag in new.tags:
        if tag not in old.tags:
            yield local("api-tag-added", Effect.NONE, f"the tag {tag!r} is new", at, reason=reason)


def bases(old: Operation, new: Operation, ground: Ground) -> Iterator[Told]:
    """The paths of the servers."""
    lost = addresses(old) - addresses(new)
    if not lost:
        return
    before, after = (", ".join(operation.base_paths) or "/" for operation in (old, new))
    text = f"the servers were at {before} and are at {after} now"
    reason = "A client that knows the old base path finds nothing there, unless the server answers at both."
    at = At(_servers(ground.old, old), _servers(ground.new, new))
    yield local("api-base-path-changed", Effect.UNKNOWN, text, at, reason=reason)


def _servers(document: Document, operation: Operation) -> str:
    """Return the pointer of the servers that hold for an operation."""
    item = operation.pointer.rpartition("/")[0]
    places = (operation.pointer, item, "")
    return next((f"{place}/servers" for place in places if "servers" in raw(document, place)), "")


RULES: Final[tuple[OperationRule, ...]] = (life, stability, names, bases)
