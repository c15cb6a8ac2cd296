"""What two snapshots have not in common, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.errors import Json


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Json]:
    """Return what is to be done to the first of two snapshots to make it the second.

    Records are told by their ids; how often they were changed, and in which order they were made, makes no difference.
    Resources that only one of the two has are as if the other had none of their records.
    """
    resources = list(_resources(first["documents"], second["documents"]))
    clocks = _clock(first), _clock(second)
    clock = None if clocks[0] == clocks[1] else {"from": clocks[0], "to": clocks[1]}
    before, after = _stubs(first), _stubs(second)
    stubs = {
        "added": [stub for text, stub in after.items() if text not in before],
        "removed": [stub for text, stub in before.items() if text not in after],
    }
    return {
        "first": first["world"],
        "second": second["world"],
        "same": not resources and clock is None and not any(stubs.values()),
        "resources": resources,
        "clock": clock,
        "stubs": stubs,
    }


def _clock(snapshot: Mapping[str, Any]) -> dict[str, Json]:
    """Return how the clock of a snapshot goes; how often it was read is no difference."""
    return {key: value for key, value in snapshot["clock"].items() if key != "last"}


def _stubs(snapshot: Mapping[str, Any]) -> dict[bytes, Json]:
    """Return the stubs of a snapshot; how often they have answered is no difference."""
    stubs = [
        {key: value for key, value in stub.items() if key != "hits"} for stub in snapshot["stubs"]["stubs"]
    ]
    return {jsontext.dumps(stub, sort_keys=True): stub for stub in stubs}


def _resources(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Json]]:
    for document in dict.fromkeys([*first, *second]):
        mine, theirs = first.get(document, {}), second.get(document, {})
        for resource in dict.fromkeys([*mine, *theirs]):
            before, after = _records(mine.get(resource)), _records(theirs.get(resource))
            changed = [
                {"id": data[0], "changes": list(changes(data[1], after[key][1]))}
                for key, data in before.items()
                if key in after and data[1] != after[key][1]
            ]
            added = [{"id": id, "data": data} for key, (id, data) in after.items() if key not in before]
            removed = [{"id": id, "data": data} for key, (id, data) in before.items() if key not in after]
            changed = [item for item in changed if item["changes"]]
            if added or removed or changed:
                yield {
                    "document": document,
                    "resource": resource,
                    "added": added,
                    "removed": removed,
                    "changed": changed,
                }


def _records(parts: Mapping[str, Any] | None) -> dict[tuple[str, Json], tuple[Json, dict[str, Json]]]:
    records = parts["records"] if parts is not None else ()
    return {(type(record["id"]).__name__, record["id"]): (record["id"], record["data"]) for record in records}


def changes(before: Json, after: Json, place: str = "") -> Iterator[dict[str, Json]]:
    """Yield where two values differ, as `{pointer, from, to}`; what is not there at all is left out of these."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            here = ptr.join(place, name)
            if name not in after:
                yield {"pointer": here, "from": before[name]}
            elif name not in before:
                yield {"pointer": here, "to": after[name]}
            else:
                yield from changes(before[name], after[name], here)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            here = ptr.join(place, str(index))
            if index >= len(after):
                yield {"pointer": here, "from": before[index]}
            elif index >= len(before):
                yield {"pointer": here, "to": after[index]}
            else:
                yield from changes(before[index], after[index], here)
    elif before != after or isinstance(before, bool) is not isinstance(after, bool):
        yield {"pointer": place, "from": before, "to": after}
