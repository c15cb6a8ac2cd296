"""JSON Patch (RFC 6902); the door to jsonpatch."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

import jsonpatch

from mockserver import jsontext
from mockserver.errors import Json, Refusal, RefusalKind, Violation

OPERATIONS: Final = frozenset({"add", "remove", "replace", "move", "copy", "test"})
MAX_COPIED: Final = 256 * 1024
"""Bytes of JSON that the `copy` operations of one patch may add: each may double, or nest, what the one before made."""

_IMPOSSIBLE: Final = (
    jsonpatch.JsonPatchException,
    jsonpatch.JsonPointerException,
    RecursionError,
    TypeError,
    ValueError,
)


def applied(document: Json, operations: Json) -> Json:
    """Return a document with a patch done to it, all of it; the document stays as it is.

    Raises:
        Refusal: It is no patch, or cannot be done (RFC 6902 section 5): `WRONG_STATE` for a `test` that fails, else
            `INVALID`.
    """
    if not isinstance(operations, list):
        raise _refusal((), "type", "a JSON Patch is a list of operations", operations)
    result = deepcopy(document)
    copied = 0
    for index, operation in enumerate(operations):
        if not isinstance(operation, dict) or str(operation.get("op")) not in OPERATIONS:
            known = ", ".join(sorted(OPERATIONS))
            raise _refusal((index,), "op", f"an operation has an 'op', one of {known}", operation)
        if operation["op"] == "copy":
            copied += _size(result, operation.get("from"))
            if copied > MAX_COPIED:
                raise _refusal((index,), "size", "the patch copies too much", operation)
        try:
            result = jsonpatch.JsonPatch([operation]).apply(result, in_place=True)
        except jsonpatch.JsonPatchTestFailed as error:
            message = f"the test of {operation.get('path')} fails: another value is there"
            violations = [Violation(("body", index), "test", message, operation)]
            raise Refusal(RefusalKind.WRONG_STATE, message, violations=violations) from error
        except _IMPOSSIBLE as error:
            message = f"{operation['op']} of {operation.get('path')!r} is not possible: {_reason(error)}"
            raise _refusal((index,), str(operation["op"]), message, operation) from error
    try:
        jsontext.dumps(result)
    except (TypeError, RecursionError) as error:
        raise _refusal((), "depth", "the patch nests too deeply", None) from error
    return result


def is_same(left: Json, right: Json) -> bool:
    """Return whether two JSON values are equal (RFC 6902 section 4.6): true is not 1, and 1 is 1.0."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(is_same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    return bool(left == right)


def _size(document: Json, pointer: Json) -> int:
    if not isinstance(pointer, str):
        return 0
    try:
        return len(jsontext.dumps(jsonpatch.JsonPointer(pointer).resolve(document)))
    except jsonpatch.JsonPointerException:
        return 0  # told of when the operation is done


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__


def _refusal(location: tuple[str | int, ...], rule: str, message: str, value: Json) -> Refusal:
    violations = [Violation(("body", *location), rule, message, value)]
    return Refusal(RefusalKind.INVALID, message, violations=violations)
