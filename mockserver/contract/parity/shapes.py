"""What all answers of a run showed of each place in a body, for both servers: names, types, null, formats.

One record proves little, since documents leave much to choice. What the document does not know is told at once; what it
allows only where one server always has it and the other never does, in several different records of each.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mockserver import jsontext
from mockserver.contract.parity.sides import Seen
from mockserver.contract.parity.steps import Step
from mockserver.document.media_types import matching
from mockserver.document.model import Document
from mockserver.document.plan import ABSENT
from mockserver.document.shapes import Shape, item_pointer
from mockserver.errors import Json

ENOUGH: Final = 3
"""Different records of each server that make a habit."""
MANY: Final = 5
"""The same for null and empty lists, which come and go with the data."""
_ITEMS: Final = 30
"""Items of a list that are looked at."""
_DEPTH: Final = 8

Place = tuple[str, int, tuple[str | int, ...]]
"""Operation id, status, and where in the body; 0 stands for any item."""


@dataclass(slots=True)
class Cell:
    """What one server showed at one place.

    Attributes:
        records: Digests of the objects in which it was looked for.
        kinds: JSON type, `null`, `empty array` or `absent` -> in how many different objects.
        formats: What its texts look like -> how often.
        example: The exchange that showed it last, by what was seen.
    """

    records: set[bytes] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    example: dict[str, tuple[Step, Seen]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Odd:
    """A place where the two differ.

    Attributes:
        mock, real: What they show there, in words.
        pointer: Of the schema of the place, "" where there is none.
        rule: What is different, for the fingerprint.
        shown: The exchanges that show it.
    """

    check: str
    place: Place
    mock: str
    real: str
    pointer: str
    rule: str
    shown: tuple[tuple[Step, Seen], tuple[Step, Seen]]


class Shapes:
    """What was seen of both servers."""

    def __init__(self, document: Document) -> None:
        self._schemas = document.response_schemas
        self._cells: dict[Place, dict[str, Cell]] = {}
        self._objects: dict[Place, dict[str, Cell]] = {}
        self._pointers: dict[Place, str | None] = {}
        self._known: dict[Place, bool] = {}

    def observe(self, side: str, step: Step, seen: Seen) -> None:
        """Remember an answer."""
        operation, reply = step.operation, seen.turn.reply
        if operation is None or reply is None or seen.value is ABSENT:
            return
        response = operation.response_for(seen.status)
        media = (
            matching(response.content, seen.header("content-type") or "") if response is not None else None
        )
        pointer = media.schema if media is not None else None
        if pointer is None and seen.is_success:
            return
        for place, kind, parent, schema, is_known, value in self._walk(
            (operation.id, seen.status, ()), seen.value, pointer, 0
        ):
            if value is None and kind == "object":
                whole = self._objects.setdefault(place, {}).setdefault(side, Cell())
                whole.records.add(parent)
                whole.example["absent"] = step, seen
                self._pointers.setdefault(place, schema)
                continue
            self._pointers.setdefault(place, schema)
            self._known[place] = self._known.get(place, False) or is_known
            cell = self._cells.setdefault(place, {}).setdefault(side, Cell())
            if parent in cell.records:
                continue
            cell.records.add(parent)
            cell.kinds[kind] += 1
            if isinstance(value, str):
                cell.formats[format_of(value)] += 1
            cell.example[kind] = step, seen

    def _walk(
        self, place: Place, value: Json, pointer: str | None, depth: int
    ) -> Iterator[tuple[Place, str, bytes, str | None, bool, Json]]:
        operation, status, location = place
        if depth > _DEPTH:
            return
        if isinstance(value, list):
            items = item_pointer(self._schemas, pointer) if pointer is not None else None
            for item in value[:_ITEMS]:
                yield from self._walk((operation, status, (*location, 0)), item, items, depth + 1)
            return
        if not isinstance(value, dict):
            return
        shape = Shape(self._schemas, pointer) if pointer is not None else None
        if shape is not None and shape.open and not shape.properties:
            # A map: its names are data.
            return
        parent = hashlib.sha256(jsontext.dumps(value)).digest()
        # That there was an object at all: a name that only the other server shows is missing in it.
        yield place, "object", parent, pointer, True, None
        certain = set(shape.certain) if shape is not None else set()
        for name in {**dict.fromkeys(shape.properties if shape is not None else ()), **value}:
            is_declared = shape is not None and name in shape.properties
            if shape is not None and not is_declared and shape.open:
                continue
            if shape is not None and is_declared and name not in value and name not in certain:
                # It belongs to another branch.
                continue
            schema = shape.properties[name] if shape is not None and is_declared else None
            here = (operation, status, (*location, name))
            member = value.get(name, ABSENT)
            yield here, kind_of(member), parent, schema, is_declared, member
            if member is not ABSENT and (is_declared or shape is None):
                yield from self._walk(here, member, schema, depth + 1)

    def odd(self) -> Iterator[Odd]:
        """Yield the places where the two differ; below one that is missing nothing is told."""
        told: list[Place] = []
        known: set[tuple[str, str, str]] = set()
        for place, cells in sorted(
            self._cells.items(), key=lambda item: (item[0][0], item[0][1], len(item[0][2]))
        ):
            both = self._both(place, cells)
            if both is None or any(_is_below(place, other) for other in told):
                continue
            for rule in RULES:
                found = rule(self, place, *both)
                if found is not None:
                    told.append(place)
                    # One schema is used at many places: it is told of it once.
                    key = found.check, f"{found.pointer or place[:2]}/{place[2][-1]}", found.rule
                    if key not in known:
                        known.add(key)
                        yield found
                    break

    def _both(self, place: Place, cells: Mapping[str, Cell]) -> tuple[Cell, Cell] | None:
        """Return what both showed at a place; None where one of them was never there."""
        found = []
        for side in ("mock", "real"):
            if side in cells:
                found.append(cells[side])
                continue
            whole = self._objects.get((*place[:2], place[2][:-1]), {}).get(side)
            if whole is None:
                return None
            found.append(replace(whole, kinds=Counter(absent=len(whole.records))))
        return found[0], found[1]

    def is_known(self, place: Place) -> bool:
        """Return whether the document declares the place."""
        return self._known.get(place, False)

    def schema(self, place: Place) -> dict[str, Any]:
        """Return the schema of a place, {} for none."""
        pointer = self._pointers.get(place)
        if pointer is None:
            return {}
        try:
            _, found = self._schemas.resolve(pointer)
        except (KeyError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def pointer(self, place: Place) -> str:
        """Return the pointer of the schema of a place, "" for none."""
        return self._pointers.get(place) or ""

    def holder(self, place: Place) -> str:
        """Return the pointer of the schema of the object in which a place is, "" for none."""
        pointer = self._pointers.get((*place[:2], place[2][:-1]))
        try:
            return self._schemas.resolve(pointer)[0] if pointer is not None else ""
        except (KeyError, ValueError):
            return ""


def _is_below(place: Place, other: Place) -> bool:
    return place[:2] == other[:2] and place[2][: len(other[2])] == other[2]


def _name(place: Place) -> str:
    return ".".join(str(part) for part in place[2] if not isinstance(part, int))


def _example(cell: Cell, *kinds: str) -> tuple[Step, Seen]:
    wanted = [kind for kind in (*kinds, *cell.kinds) if kind in cell.example]
    return cell.example[wanted[0]]


def _presence(shapes: Shapes, place: Place, mock: Cell, real: Cell) -> Odd | None:
    absent = [cell.kinds["absent"] == len(cell.records) for cell in (mock, real)]
    present = [cell.kinds["absent"] == 0 for cell in (mock, real)]
    is_known = shapes.is_known(place)
    for is_mock in (True, False):
        first, second = (0, 1) if is_mock else (1, 0)
        if not (present[first] and absent[second]):
            continue
        if is_known and min(len(mock.records), len(real.records)) < ENOUGH:
            return None
        words = [f"always has {_name(place)}" if i == first else f"never has {_name(place)}" for i in (0, 1)]
        check = "parity-optional" if is_known else "parity-property"
        rule = "mock-only" if is_mock else "real-only"
        return Odd(
            check, place, words[0], words[1], shapes.pointer(place), rule, (_example(mock), _example(real))
        )
    return None


def _undeclared(shapes: Shapes, place: Place, mock: Cell, real: Cell) -> Odd | None:
    """Look for what the document does not have and one server sometimes shows."""
    if shapes.is_known(place):
        return None
    shows = [cell.kinds["absent"] < len(cell.records) for cell in (mock, real)]
    if shows[0] == shows[1]:
        return None
    words = [f"{'has' if one else 'never has'} {_name(place)}" for one in shows]
    rule = "mock-only" if shows[0] else "real-only"
    return Odd(
        "parity-property",
        place,
        words[0],
        words[1],
        shapes.holder(place),
        rule,
        (_example(mock, *_SHOWN), _example(real, *_SHOWN)),
    )


_SHOWN: Final = ("string", "number", "boolean", "object", "array", "null", "empty array")


def _kinds(shapes: Shapes, place: Place, mock: Cell, real: Cell) -> Odd | None:
    kinds = [{_base(kind) for kind in cell.kinds} - {"absent", "null"} for cell in (mock, real)]
    if not kinds[0] or not kinds[1] or kinds[0] & kinds[1]:
        return None
    if shapes.pointer(place) and min(len(mock.records), len(real.records)) < ENOUGH:
        # Both answers were valid, or it has been told already: the document leaves the choice.
        return None
    said = [" or ".join(sorted(names)) for names in kinds]
    words = [f"has {_article(text)} at {_name(place)}" for text in said]
    return Odd(
        "parity-type", place, words[0], words[1], shapes.pointer(place), f"{said[0]}:{said[1]}",
        (_example(mock, *kinds[0]), _example(real, *kinds[1])),
    )  # fmt: skip


def _nulls(shapes: Shapes, place: Place, mock: Cell, real: Cell) -> Odd | None:
    for kind in ("null", "empty array"):
        counts = [(cell.kinds[kind], len(cell.records) - cell.kinds["absent"]) for cell in (mock, real)]
        if min(count for _, count in counts) < MANY:
            continue
        always = [count == all_ for count, all_ in counts]
        never = [count == 0 for count, _ in counts]
        if (always[0] and never[1]) or (always[1] and never[0]):
            what = "null" if kind == "null" else "empty"
            words = [f"{'always' if one else 'never'} has {_name(place)} {what}" for one in always]
            rule = f"{kind}:{'mock' if always[0] else 'real'}"
            return Odd(
                "parity-null", place, words[0], words[1], shapes.pointer(place), rule,
                (_example(mock, kind), _example(real, kind)),
            )  # fmt: skip
    return None


def _formats(shapes: Shapes, place: Place, mock: Cell, real: Cell) -> Odd | None:
    schema = shapes.schema(place)
    if any(keyword in schema for keyword in ("format", "pattern", "enum", "const", "oneOf", "anyOf")):
        return None
    found = []
    for cell in (mock, real):
        if sum(cell.formats.values()) < 2 or len(cell.formats) != 1:
            return None
        found.append(next(iter(cell.formats)))
    if found[0] == found[1] or ("" in (found[0], found[1]) and "digits" in (found[0], found[1])):
        return None
    words = [f"has {FORMATS_IN_WORDS[name]} at {_name(place)}" for name in found]
    return Odd(
        "parity-format", place, words[0], words[1], shapes.pointer(place), f"{found[0]}:{found[1]}",
        (_example(mock, "string"), _example(real, "string")),
    )  # fmt: skip


RULES: Final[tuple[Callable[[Shapes, Place, Cell, Cell], Odd | None], ...]] = (
    _undeclared, _presence, _kinds, _nulls, _formats,
)  # fmt: skip


def kind_of(value: Any) -> str:
    """Return the JSON type of a value; whole numbers are numbers, and empty lists a kind of their own."""
    if value is ABSENT:
        return "absent"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, list):
        return "array" if value else "empty array"
    return {str: "string", int: "number", float: "number", dict: "object"}.get(type(value), "string")


def _base(kind: str) -> str:
    return {"empty array": "array", "integer": "number"}.get(kind, kind)


def _article(text: str) -> str:
    return f"an {text}" if text[0] in "aeiou" else f"a {text}"


_FORMATS: Final = (
    ("uuid", re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
    ("date-time", re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("uri", re.compile(r"https?://\S+")),
    ("digits", re.compile(r"\d+")),
)
FORMATS_IN_WORDS: Final = {
    "uuid": "UUIDs", "date-time": "times", "date": "dates", "email": "e-mail addresses", "uri": "URLs",
    "digits": "digits", "": "other texts",
}  # fmt: skip


def format_of(text: str) -> str:
    """Return what a text looks like, "" for nothing in particular."""
    return next((name for name, pattern in _FORMATS if pattern.fullmatch(text)), "")
