"""Checks of values that stand in a document: examples, defaults and enums. Each is `(subject) -> faults`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from mockserver.document import pointer as ptr
from mockserver.document import words
from mockserver.document.checks.subject import Place, Subject
from mockserver.document.dialect import Direction
from mockserver.document.media_types import is_json
from mockserver.document.model import Fault, Severity
from mockserver.document.validation import Schemas
from mockserver.errors import Json, SchemaFault, Violation

_EXPLAINED: Final = 300
"""Invalid values of which is said what is wrong; of more it is only said that they are."""


class _Case(NamedTuple):
    """A value that should be valid.

    Attributes:
        pointer: Where the value stands.
        schema: Pointer of its schema.
    """

    pointer: str
    schema: str
    value: Json
    direction: Direction | None


def message_examples(subject: Subject) -> Iterator[Fault]:
    """Examples of media types, parameters and headers."""
    cases: list[_Case] = []
    for kind in ("media-type", "parameter", "header"):
        for place in subject.each(kind):
            if "schema" in place.node and (kind != "media-type" or _is_comparable(place)):
                cases += _examples_of(subject, place)
    for case, violation in _judge(subject, cases):
        yield _example(case, violation, "it is not served")


def schema_examples(subject: Subject) -> Iterator[Fault]:
    """Examples in schemas: `example`, and `examples` where it is a list (JSON Schema 2020-12, section 9.5)."""
    cases: list[_Case] = []
    for place in subject.each("schema"):
        if "example" in place.node:
            cases.append(_case(place, "example"))
        listed = place.node.get("examples")
        for index, value in enumerate(listed if isinstance(listed, list) else ()):
            cases.append(
                _Case(ptr.join(place.pointer, "examples", index), place.pointer, value, place.direction)
            )
    for case, violation in _judge(subject, cases):
        yield _example(case, violation, "it is not used")


def defaults(subject: Subject) -> Iterator[Fault]:
    """Defaults that their schema does not let through; an error in 3.0, where they MUST conform to the type."""
    cases = [_case(place, "default") for place in subject.each("schema") if "default" in place.node]
    legacy = subject.document.version.startswith(("2", "3.0"))
    for case, violation in _judge(subject, cases):
        yield Fault(
            case.pointer,
            "default",
            f"the default is not valid: {_first(violation)}",
            "it is not used",
            Severity.ERROR if legacy else Severity.WARNING,
        )


def enums(subject: Subject) -> Iterator[Fault]:
    """Values of an enum that the rest of their schema refuses."""
    cases: list[_Case] = []
    for place in subject.each("schema"):
        listed = place.node.get("enum")
        for index, value in enumerate(listed if isinstance(listed, list) else ()):
            cases.append(_Case(ptr.join(place.pointer, "enum", index), place.pointer, value, place.direction))
    refused: dict[str, list[tuple[_Case, Violation]]] = {}
    for case, violation in _judge(subject, cases, once=True):
        refused.setdefault(case.schema, []).append((case, violation))
    for schema, found in refused.items():
        values = ptr.lookup(subject.root, schema)["enum"]
        case, violation = found[0]
        if len(found) == len(values):
            yield Fault(
                ptr.join(schema, "enum"),
                "impossible",
                f"no value of the enum is valid: {_first(violation)}",
                f"nothing can be made up for it; used by {subject.touched(schema)}",
                Severity.WARNING,
            )
            continue
        more = f" (and {len(found) - 1} more values)" if len(found) > 1 else ""
        yield Fault(
            case.pointer,
            "enum",
            f"the enum has a value that its schema refuses: {_first(violation)}{more}",
            "it is never made up, and refused where it is sent",
            Severity.WARNING,
        )


def _case(place: Place, name: str) -> _Case:
    return _Case(ptr.join(place.pointer, name), place.pointer, place.node[name], place.direction)


def _is_comparable(place: Place) -> bool:
    """Return whether examples of a media type are values: of others, texts show how it is written."""
    name = ptr.unescape(place.pointer.rpartition("/")[2])
    return is_json(name) or not any(isinstance(place.node.get(key), str) for key in ("example",))


def _examples_of(subject: Subject, place: Place) -> Iterator[_Case]:
    node, schema = place.node, ptr.join(place.pointer, "schema")
    json = place.kind != "media-type" or is_json(ptr.unescape(place.pointer.rpartition("/")[2]))
    if "example" in node:
        yield _Case(ptr.join(place.pointer, "example"), schema, node["example"], place.direction)
    named = node.get("examples")
    for name, raw in named.items() if isinstance(named, dict) else ():
        where, example = ptr.join(place.pointer, "examples", name), raw
        if isinstance(raw, dict) and isinstance(raw.get("$ref"), str):
            try:
                where = ptr.of_reference(raw["$ref"])
                example = ptr.lookup(subject.root, where)
            except (KeyError, ValueError):
                continue  # The reader of the document has said so.
        for key in ("value", "dataValue"):
            if isinstance(example, dict) and key in example and (json or not isinstance(example[key], str)):
                yield _Case(ptr.join(where, key), schema, example[key], place.direction)


def _judge(
    subject: Subject, cases: Sequence[_Case], *, once: bool = False
) -> Iterator[tuple[_Case, Violation]]:
    """Yield the cases that are not valid, each with what is wrong first; `once` for the first of each schema."""
    model = subject.document
    answers, requests = model.response_schemas, model.request_schemas
    outward = [case for case in cases if case.direction is not Direction.REQUEST]
    inward = [case for case in cases if case.direction is Direction.REQUEST]
    found = dict(_invalid(answers, outward, once=once)) | dict(_invalid(requests, inward, once=once))
    # What both directions use needs to be valid for one of them.
    either = [case for case in outward if case.direction is None and case.pointer in found]
    still = dict(_invalid(requests, either, once=True))
    for case in cases:
        violation = found.get(case.pointer)
        if violation is not None and (case.direction is not None or case.pointer in still):
            yield case, violation


def _invalid(schemas: Schemas, cases: Sequence[_Case], *, once: bool) -> Iterator[tuple[str, Violation]]:
    """Yield where an invalid value stands, and what is wrong with it; all are judged by one validator."""
    if not cases:
        return
    try:
        validator = schemas.many([case.schema for case in cases])
    except SchemaFault:
        # `compilation` says so; the others are judged without it.
        if len(cases) > 1:
            middle = len(cases) // 2
            yield from _invalid(schemas, cases[:middle], once=once)
            yield from _invalid(schemas, cases[middle:], once=once)
        return
    if validator.is_valid({str(index): case.value for index, case in enumerate(cases)}):
        return
    explained: list[str] = []
    for index, case in enumerate(cases):
        value = {str(index): case.value}
        if validator.is_valid(value):
            continue
        if case.value is None or len(explained) > _EXPLAINED or (once and case.schema in explained[-1:]):
            # Where there are many choices, to say what is wrong with each of them takes long.
            yield (
                case.pointer,
                Violation((index,), "schema", f"{words.brief(case.value)} does not fit its schema"),
            )
        else:
            explained.append(case.schema)
            yield case.pointer, validator.violations(value)[0]


def _example(case: _Case, violation: Violation, effect: str) -> Fault:
    return Fault(
        case.pointer,
        "example",
        f"the example is not valid: {_first(violation)}",
        effect,
        Severity.WARNING,
    )


def _first(violation: Violation) -> str:
    """Return a violation in words; its first location is the number of the case."""
    location = violation.location[1:]
    if violation.rule == "required":
        location = location[:-1]
    return f"{words.place_in(location)}{words.sentence(violation)}"
