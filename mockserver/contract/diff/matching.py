"""Which operations of two documents are the same: method and path, whatever the variables of the path are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mockserver.document.model import Document, Operation

_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Matched:
    """Operations of two documents.

    Attributes:
        both: Old and new of those that are in both.
        gone: Of the old document, each with one of the same id elsewhere in the new one.
        added: Of the new document.
    """

    both: tuple[tuple[Operation, Operation], ...]
    gone: tuple[tuple[Operation, Operation | None], ...]
    added: tuple[Operation, ...]


def match(old: Document, new: Document) -> Matched:
    """Return which operations are the same.

    A part of the path may have moved to the servers, or from there: what a client asks for is what counts.
    """
    left = {operation.id: operation for operation in new.operations.values()}
    found: dict[str, Operation] = {}
    for keys in (_written, _shaped, _mounted):
        index: dict[tuple[str, str], Operation] = {}
        for operation in reversed([*left.values()]):
            index.update(dict.fromkeys(keys(operation), operation))
        for operation in old.operations.values():
            if operation.id in found:
                continue
            same = next((index[key] for key in keys(operation) if key in index), None)
            if same is not None and same.id in left:
                found[operation.id] = same
                del left[same.id]
    by_id = {operation.id: operation for operation in left.values()}
    return Matched(
        tuple(
            (operation, found[operation.id]) for operation in old.operations.values() if operation.id in found
        ),
        tuple(
            (operation, by_id.get(operation.id))
            for operation in old.operations.values()
            if operation.id not in found
        ),
        tuple(left.values()),
    )


def variables_of(old: Operation, new: Operation) -> dict[str, str]:
    """Return name -> new name of the variables of a path, which are the same by their order."""
    before, after = _VARIABLE.findall(old.path), _VARIABLE.findall(new.path)
    # What one of them has more is at the front: it came from the servers.
    count = min(len(before), len(after))
    return dict(zip(before[len(before) - count :], after[len(after) - count :], strict=True))


def addresses(operation: Operation) -> frozenset[str]:
    """Return the paths that a client asks for, variables without their names."""
    bases = operation.base_paths or ("",)
    return frozenset(shape(base.rstrip("/") + operation.path) for base in bases)


def shape(path: str) -> str:
    """Return a path whose variables have no names."""
    return _VARIABLE.sub("{}", path).rstrip("/") or "/"


def _written(operation: Operation) -> Iterator[tuple[str, str]]:
    yield operation.method, operation.path


def _shaped(operation: Operation) -> Iterator[tuple[str, str]]:
    yield operation.method, shape(operation.path)


def _mounted(operation: Operation) -> Iterator[tuple[str, str]]:
    for path in sorted(addresses(operation)):
        yield operation.method, path
