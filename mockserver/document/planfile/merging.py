"""Merges raw plans: what stands in the second wins, down to the members of filters, pages and rules.

`null` takes back what the first says, wherever null is no value of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.errors import Json


@dataclass(frozen=True, slots=True)
class _Level:
    """How mappings of one kind are merged.

    Attributes:
        members: Name -> the level of that member; what is not named is replaced as a whole.
        each: The level of every member that is not named; None to replace it as a whole.
        short: The member that a text in the place of the mapping stands for; "" for none.
        ways: Groups of names that exclude each other: who names one takes the other groups of the first plan back.
        renews: A name, and others that are taken back of the first plan when the second has it: it begins anew.
        nulls: Whether a null takes back; else it is a value.
        kept: Members whose null is a value all the same.
    """

    members: Mapping[str, _Level] = field(default_factory=dict)
    each: _Level | None = None
    short: str = ""
    ways: tuple[tuple[str, ...], ...] = ()
    renews: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nulls: bool = True
    kept: tuple[str, ...] = ()


_CONDITION: Final = ("operator", "separator", "empty", "unknown", "value", "ignore")
_VALUES: Final = _Level(nulls=False)
_NAMED: Final = _Level()
_RESOURCE: Final = _Level(
    {
        "id": _NAMED,
        # Who names the resource means the strict reference that the page about plans describes.
        "references": _Level(each=_Level(short="resource", renews={"resource": ("missing", "on-delete")})),
        "fields": _Level(each=_Level(ways=(("default",), ("create",), ("write",), ("read",)), nulls=False)),
    }
)
_OPERATION: Final = _Level(
    {
        # Who names the property means the whole condition.
        "filters": _Level(each=_Level(short="property", nulls=False, renews={"property": _CONDITION})),
        "sort": _Level({"names": _NAMED}, ways=(("pairs",), ("text",), ("by", "order"))),
        "page": _Level(ways=(("offset",), ("start",), ("number",), ("token",), ("after", "before"))),
        "set": _VALUES,
        "headers": _NAMED,
    },
    ways=(("id",), ("ids",), ("find",)),
    # An empty answer is one.
    kept=("answer",),
)
_PLAN: Final = _Level(
    {
        "credentials": _Level(each=_NAMED),
        "principal": _VALUES,
        "resources": _Level(each=_RESOURCE),
        "operations": _Level(each=_OPERATION),
    }
)


def merged(base: Mapping[str, Any], over: Mapping[str, Any], *, taken_back: bool = False) -> dict[str, Any]:
    """Return a raw plan with another over it; neither is changed.

    Args:
        base: The plan below.
        over: The plan that wins.
        taken_back: Whether what is taken back stays as null, for a third plan below.
    """
    whole: dict[str, Any] = _merged(base, over, _PLAN, taken_back)
    if not taken_back:
        _leave_out(whole, over)
    return whole


def _leave_out(whole: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Take the state from the operations of resources that were taken back, and from those that were themselves."""
    resources, operations = _mapping(over.get("resources")), _mapping(over.get("operations"))
    gone = [name for name, entry in resources.items() if entry is None]
    entries = whole.get("operations")
    if not isinstance(entries, dict):
        return
    for name, entry in operations.items():
        if entry is None:
            entries[name] = {"action": "none"}
    for name, entry in entries.items():
        is_stateless = _mapping(operations.get(name)).get("action") == "none"
        if is_stateless or _mapping(entry).get("resource") in gone:
            entries[name] = {"action": "none"}
    for owner in _mapping(whole.get("resources")).values():
        references = owner.get("references") if isinstance(owner, dict) else None
        if isinstance(references, dict):
            for name in [name for name, item in references.items() if _target(item) in gone]:
                del references[name]


def _target(reference: Json) -> Json:
    return reference.get("resource") if isinstance(reference, dict) else reference


def _merged(base: Json, over: Json, level: _Level, taken_back: bool) -> Any:
    base = {level.short: base} if level.short and isinstance(base, str) else base
    if not isinstance(over, dict):
        return over
    result = {name: _copied(value) for name, value in base.items()} if isinstance(base, dict) else {}
    if any(over.get(name) is not None for way in level.ways for name in way):
        for way in level.ways:
            if all(over.get(name) is None for name in way):
                for name in way:
                    result.pop(name, None)
    for name, renewed in level.renews.items():
        if name in over:
            for other in renewed:
                result.pop(other, None)
    for name, value in over.items():
        below = level.members.get(name, level.each)
        if value is None and level.nulls and name not in level.kept and not taken_back:
            result.pop(name, None)
        elif below is not None and isinstance(value, dict):
            result[name] = _merged(result.get(name), value, below, taken_back)
        else:
            result[name] = _copied(value)
    return result


def _copied(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _copied(member) for key, member in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _mapping(value: Json) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
