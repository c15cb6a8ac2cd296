"""Checks a raw plan against its document, and models it.

A misspelt name is told with its place and a near miss, and is not an operation without state.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.model import Document, Fault
from mockserver.document.plan import Credential, Plan, WorldKey
from mockserver.document.planfile.operations import OperationReader
from mockserver.document.planfile.reading import Reading
from mockserver.document.planfile.resources import ResourceReader
from mockserver.errors import Json

VERSION: Final = "1"
KEYS: Final = (
    "plan",
    "infer",
    "credentials",
    "principal",
    "world",
    "references",
    "seed",
    "resources",
    "operations",
)
STATELESS_NOTE: Final = "the plan says so"
_PLACES: Final = ("header", "cookie", "query")


def build(
    raw: Json,
    document: Document,
    source: Path,
    *,
    inferred: Collection[str] = (),
    notes: Mapping[str, str] | None = None,
    faults: list[Fault] | None = None,
) -> Plan:
    """Check a plan that was read before, and model it.

    Args:
        raw: The plan in the format of its file.
        document: The document that it is for.
        source: Its file, for messages.
        inferred: Ids of operations whose action nobody but inference says.
        notes: Operation id -> why it has no state, or this one.
        faults: Takes what does not fit the document; the entry around it alone is then ignored. Without it, what does
            not fit is an error.

    Raises:
        PlanError: The plan does not have the format.
        PlanMisfit: It does not fit the document, and nobody takes the faults.
    """
    return _plan(Reading(document, source, faults), raw, inferred, notes or {}, faults)


def _plan(
    reading: Reading,
    raw: Json,
    inferred: Collection[str],
    notes: Mapping[str, str],
    faults: list[Fault] | None,
) -> Plan:
    root = reading.object(raw, "", KEYS)
    if str(root.get("plan")) != VERSION:
        raise reading.error("/plan", f"the format's version should be {VERSION!r}, not {root.get('plan')!r}")
    reading.flag(root.get("infer"), "/infer")
    reading.integer(root.get("seed", 0), "/seed")
    mode = reading.known(
        root.get("references", "loose"), ("loose", "strict"), "way of references", "/references"
    )
    names = [str(name) for name in reading.object(root.get("resources"), "/resources")]
    resources = ResourceReader(reading, names, strict=mode == "strict").all(root.get("resources"))
    reader = OperationReader(reading, resources, inferred)
    operations = dict(reading.entries(root.get("operations"), "/operations", reader.operation))
    stateless = {name: STATELESS_NOTE for name, operation in operations.items() if operation is None}
    return Plan(
        source=reading.source,
        credentials=dict(
            reading.entries(
                root.get("credentials"),
                "/credentials",
                lambda name, value, pointer: _credential(reading, name, value, pointer),
            )
        ),
        principal=reading.object(root.get("principal"), "/principal"),
        world=_world(reading, root.get("world")),
        resources=resources,
        operations={name: operation for name, operation in operations.items() if operation is not None},
        notes={**notes, **{name: note for name, note in stateless.items() if name not in notes}},
        faults=tuple(faults or ()),
    )


def _credential(reading: Reading, name: str, raw: Json, pointer: str) -> Credential:
    reading.there(name, reading.document.security_schemes, "security scheme", pointer)
    node = reading.object(raw, pointer, ("pattern", "example"))
    text, example = str(node.get("pattern", "")), node.get("example")
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise reading.error(
            ptr.join(pointer, "pattern"), f"{text!r} is no regular expression: {error}"
        ) from error
    credential = Credential(pattern, None if example is None else str(example))
    if credential.example is not None and not pattern.search(credential.example):
        raise reading.error(ptr.join(pointer, "example"), f"{example!r} does not have the pattern {text!r}")
    return credential


def _world(reading: Reading, raw: Json) -> WorldKey | None:
    if raw is None:
        return None
    if raw == "bearer":
        return WorldKey("bearer")
    if isinstance(raw, dict) and len(raw) == 1:
        place = next(iter(reading.object(raw, "/world", _PLACES)))
        name = reading.text(raw[place], ptr.join("/world", place))
        if name is not None:
            return WorldKey(place, name)
    expected = "bearer, {header: NAME}, {cookie: NAME} or {query: NAME}"
    raise reading.error("/world", f"{expected} is expected, not {raw!r}")
