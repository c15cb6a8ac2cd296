"""How a record changes: by a merge patch (RFC 7396), a JSON Patch (RFC 6902), or all that a client may set at once.

Pure functions of the old data and what was sent; the rules of the plan come after (`mocking.resources`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from mockserver.document import pointer as ptr
from mockserver.errors import Json, Refusal, RefusalKind, SchemaFault, Violation
from mockserver.mocking import patches
from mockserver.mocking.kinds import Kind


def merged(
    kind: Kind, old: Mapping[str, Json], sent: Mapping[str, Json], closed: Set[str], *, deep: bool
) -> dict[str, Json]:
    """Return the data with what was sent merged into it.

    Null takes a member away (RFC 7396 section 2), or stays null where its schema says that it may be: a vendor's
    property that was emptied is there and null. With `deep` false, objects are replaced and not merged.
    """
    data = dict(old)
    for name, value in kind.keep(sent).items():
        if name not in closed:
            _merge(kind, data, (name,), value, deep=deep)
    return data


def _merge(kind: Kind, target: dict[str, Json], path: tuple[str, ...], value: Json, *, deep: bool) -> None:
    name = path[-1]
    if len(path) > 1 and kind.is_read_only(path):
        return
    if value is None:
        if kind.admits_null(*path):
            target[name] = None
        else:
            target.pop(name, None)
    elif deep and isinstance(value, dict):
        inner = target.get(name)
        target[name] = inner = dict(inner) if isinstance(inner, dict) else {}
        for key, member in value.items():
            _merge(kind, inner, (*path, key), member, deep=deep)
    else:
        target[name] = value


def replaced(
    kind: Kind, old: Mapping[str, Json], sent: Mapping[str, Json], closed: Set[str]
) -> dict[str, Json]:
    """Return the data with what was sent in the place of all that a client may set.

    What the record needs, and nobody sent although it could not be null, stays as it was.
    """
    declared = kind.shape.properties
    data = {
        name: value
        for name, value in old.items()
        if name not in kind.settable and (name in declared or name in kind.unshown)
    }
    for name, value in kind.keep(sent).items():
        if name not in closed and (value is not None or kind.admits_null(name)):
            data[name] = value
    lifecycle = kind.plan.lifecycle
    # A state is not left by leaving it out.
    kept = [lifecycle.property] if lifecycle is not None else []
    kept += [name for name in kind.shape.required if not kind.admits_null(name)]
    for name in kept:
        if name not in data and name in old:
            data[name] = old[name]
    return data


def patched(kind: Kind, old: Mapping[str, Json], operations: Json, closed: Set[str]) -> dict[str, Json]:
    """Return the data with the operations of a JSON Patch done to what clients see of it.

    Raises:
        Refusal: One of them cannot be done, or would change what a client may not set.
    """
    before = {name: value for name, value in kind.shape.cut(dict(old)).items() if name not in kind.unshown}
    after = patches.applied(before, operations)
    if not isinstance(after, dict):
        raise _invalid(("body",), "type", "the patch leaves no object", after)
    data = dict(old)
    for name in before.keys() | after.keys():
        if name in before and name in after and patches.is_same(before[name], after[name]):
            continue
        if name in closed:
            message = f"{ptr.join('', name)} cannot be changed"
            raise _invalid(("body", name), "readOnly", message, after.get(name))
        if name in after:
            data[name] = after[name]
        else:
            del data[name]
    return data


def is_json_patch(body: Json, media_type: str) -> bool:
    """Return whether a body is a JSON Patch: by its media type, or a list of objects with `op` and `path`."""
    if media_type.partition(";")[0].strip().lower() == "application/json-patch+json":
        return True
    return (
        isinstance(body, list)
        and bool(body)
        and all(isinstance(item, dict) and "op" in item and "path" in item for item in body)
    )


def breaks(
    kind: Kind, old: Mapping[str, Json], new: Mapping[str, Json], *, any_rule: bool
) -> list[Violation]:
    """Return the rules of its schema that a record breaks by a change, and did not break before.

    With `any_rule` false only what was taken away counts: a value that the request's schema admits and the
    record's does not is a contradiction of the document, of which the client is not to blame.
    """
    try:
        validator = kind.validator
        judged = _judged(kind, new)
        if validator.is_valid(judged):
            return []
        found = validator.violations(judged, ("body",))
        broken = [
            item for item in found if any_rule or (item.rule == "required" and _has(old, item.location[1:]))
        ]
        if not broken:
            return []
        known = {(item.location, item.rule) for item in validator.violations(_judged(kind, old), ("body",))}
    except SchemaFault:
        return []
    return [
        item
        for item in broken
        if (item.location, item.rule) not in known and not _is_computed(kind, item.location)
    ]


def _has(data: Json, location: tuple[str | int, ...]) -> bool:
    """Return whether there is something at a place; items of lists are taken as new ones."""
    for step in location:
        if not isinstance(data, dict) or step not in data:
            return False
        data = data[step]
    return True


def _judged(kind: Kind, data: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in data.items() if name not in kind.unshown}


def _is_computed(kind: Kind, location: tuple[str | int, ...]) -> bool:
    return len(location) > 1 and location[1] in kind.reads


def refusal(violations: Iterable[Violation]) -> Refusal:
    """Return the refusal of a change that would break the record."""
    found = list(violations)
    first = str(found[0])
    message = first if len(found) == 1 else f"{first} (and {len(found) - 1} more)"
    return Refusal(RefusalKind.INVALID, message, violations=found)


def _invalid(location: tuple[str | int, ...], rule: str, message: str, value: Json) -> Refusal:
    return Refusal(RefusalKind.INVALID, message, violations=[Violation(location, rule, message, value)])
