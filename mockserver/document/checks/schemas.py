"""Checks of schemas: their dialect, discriminators, and whether they compile at all. Each is `(subject) -> faults`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver.document import pointer as ptr
from mockserver.document import words
from mockserver.document.checks.subject import Place, Subject
from mockserver.document.loading import metaschema
from mockserver.document.model import Fault, Severity
from mockserver.document.structure import map_schemas
from mockserver.document.validation import Schemas
from mockserver.errors import Json, SchemaFault


def shapes(subject: Subject) -> Iterator[Fault]:
    """Schemas that, as they were written, break their dialect."""
    yield from metaschema.schema_shapes(subject.written, subject.document.version)


def compilation(subject: Subject) -> Iterator[Fault]:
    """Schemas that cannot be compiled: only those where the fault is, not those that refer to them."""
    pointers: list[str] = []
    map_schemas(subject.root, lambda _, pointer: pointers.append(pointer))
    schemas = subject.document.response_schemas
    broken = dict(_broken(schemas, pointers))
    for pointer, reason in broken.items():
        if any(target in broken and target != pointer for target in subject.targets(pointer)):
            continue
        yield Fault(
            pointer,
            "compile",
            f"the schema cannot be compiled: {words.shorten(reason)}",
            f"what it describes is not judged; used by {subject.touched(pointer)}",
        )


def _broken(schemas: Schemas, pointers: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the pointers of schemas that do not compile with the reasons, found by halving."""
    if not pointers:
        return
    try:
        schemas.many(pointers)
    except SchemaFault as fault:
        if len(pointers) == 1:
            yield pointers[0], fault.reason
            return
        middle = len(pointers) // 2
        yield from _broken(schemas, pointers[:middle])
        yield from _broken(schemas, pointers[middle:])


def discriminators(subject: Subject) -> Iterator[Fault]:
    """Discriminators with a property that a choice does not have; where a mapping leads, the reader says."""
    for place in subject.each("schema"):
        discriminator = place.node.get("discriminator")
        if isinstance(discriminator, dict):
            yield from _property_of(subject, place, discriminator)


def _property_of(subject: Subject, place: Place, discriminator: Mapping[str, Any]) -> Iterator[Fault]:
    """Report a discriminator without a property, or with one that a choice does not have."""
    name = discriminator.get("propertyName")
    if not isinstance(name, str):
        return  # The shape of the document says so.
    for keyword in ("oneOf", "anyOf"):
        branches = place.node.get(keyword)
        for index, branch in enumerate(branches if isinstance(branches, list) else ()):
            target = branch.get("$ref") if isinstance(branch, dict) else None
            if not isinstance(target, str):
                continue
            known = _properties(subject, branch, 0)
            if known is not None and name not in known:
                yield Fault(
                    ptr.join(place.pointer, keyword, index),
                    "discriminator",
                    f"{target.rpartition('/')[2]} has no property {name!r}, which decides between the schemas",
                    "",
                    Severity.WARNING,
                )


def _properties(subject: Subject, schema: Json, depth: int) -> set[str] | None:
    """Return the names of the properties that a schema declares, None where they cannot be known."""
    if not isinstance(schema, dict) or depth > 16:
        return None
    found: set[str] = set()
    reference = schema.get("$ref")
    parts = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key) or ()]
    if isinstance(reference, str):
        try:
            parts.append(ptr.lookup(subject.root, ptr.of_reference(reference)))
        except (KeyError, ValueError):
            return None
    for part in parts:
        more = _properties(subject, part, depth + 1)
        if more is None:
            return None
        found |= more
    properties = schema.get("properties")
    if isinstance(properties, dict):
        found |= set(properties)
    elif not parts:
        return None
    return found
