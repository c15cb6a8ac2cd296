"""A plan read backwards: where in an answer record, items or total stand; which part of a request says what.

The mock writes answers by the templates of a plan. A real server has answers of the same form, if the plan is right,
and whoever tests it must find the record in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mockserver.document.plan import ABSENT, Action, OperationPlan
from mockserver.errors import Json

_INPUT: Final = re.compile(r"\$request\.(path|query|header)\.(.+)|\$request\.body(?:#(.*))?")
_PAGE: Final = "$page."

Way = tuple[str | int, ...]
"""Names and numbers of items from the top of a value down."""


@dataclass(frozen=True, slots=True)
class Input:
    """A part of a request.

    Attributes:
        place: `path`, `query`, `header` or `body`.
        name: Of the parameter; of the body a JSON pointer.
    """

    place: str
    name: str


def input_of(value: Json) -> Input | None:
    """Return the part of a request that a value of a plan is, None where it is none or more than that."""
    match = _INPUT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    return Input(match[1], match[2]) if match[1] else Input("body", match[3] or "")


@dataclass(frozen=True, slots=True)
class Places:
    """Where things stand in the answers of one operation.

    Attributes:
        record: The one record; None where there is none.
        items: The list of records; None where there is none.
        wrap: From an item of the list down to its record.
        page: Name as in `$page.NAME` -> where it stands in the body.
        headers: Name as in `$page.NAME` -> name of the header that says it.
    """

    record: Way | None
    items: Way | None
    wrap: Way
    page: Mapping[str, Way]
    headers: Mapping[str, str]

    def record_in(self, body: Json) -> dict[str, Any] | None:
        """Return the record of an answer, None if it is not there."""
        found = None if self.record is None else at(body, self.record)
        return found if isinstance(found, dict) else None

    def items_in(self, body: Json) -> list[dict[str, Any]] | None:
        """Return the records of a list, None if it is not there or holds something else."""
        listed = None if self.items is None else at(body, self.items)
        if not isinstance(listed, list):
            return None
        found = [at(item, self.wrap) for item in listed]
        return found if all(isinstance(item, dict) for item in found) else None

    def said(self, name: str, body: Json, headers: Mapping[str, str]) -> Json:
        """Return what an answer says of its page, such as `total`; ABSENT where it says nothing.

        Args:
            name: As in `$page.NAME`.
            body: The value of the body.
            headers: By their names in lower case.
        """
        if name in self.page:
            return at(body, self.page[name])
        return headers.get(self.headers[name].lower(), ABSENT) if name in self.headers else ABSENT


_MANY: Final = frozenset({Action.LIST})
_ONE: Final = frozenset({Action.CREATE, Action.GET, Action.UPDATE, Action.REPLACE, Action.UPSERT})


def places_of(planned: OperationPlan) -> Places:
    """Return where things stand in the answers of an operation."""
    is_many = planned.action in _MANY or planned.items is not ABSENT or planned.ids is not ABSENT
    raw = planned.answer
    if raw is ABSENT:
        raw = "$page.items" if is_many else "$record" if planned.action in _ONE else None
    record: Way | None = None
    items: Way | None = None
    wrap: Way = ()
    page: dict[str, Way] = {}
    for way, value in _leaves(raw, ()):
        if value == "$record":
            cut = next((index for index, part in enumerate(way) if isinstance(part, int)), None)
            if cut is None:
                record = record if record is not None else way
            elif items is None:
                items, wrap = way[:cut], way[cut + 1 :]
        elif value == "$page.items":
            items = items if items is not None else way
        elif value.startswith(_PAGE) and not any(isinstance(part, int) for part in way):
            page.setdefault(value.removeprefix(_PAGE), way)
    headers = {
        value.removeprefix(_PAGE): name
        for name, value in planned.headers.items()
        if isinstance(value, str) and value.startswith(_PAGE)
    }
    return Places(record, items, wrap, page, headers)


def _leaves(raw: Json, way: Way) -> Iterator[tuple[Way, str]]:
    """Yield each text of a template with its place; of a choice, both ways."""
    if isinstance(raw, str):
        yield way, raw
    elif isinstance(raw, list):
        for index, item in enumerate(raw):
            yield from _leaves(item, (*way, index))
    elif isinstance(raw, dict):
        if "if" in raw and raw.keys() <= {"if", "then", "else"}:
            for branch in ("then", "else"):
                yield from _leaves(raw.get(branch), way)
        elif raw.keys() == {"first"}:
            for choice in raw["first"] if isinstance(raw["first"], list) else ():
                yield from _leaves(choice, way)
        else:
            for name, member in raw.items():
                yield from _leaves(member, (*way, name))


def at(value: Json, way: Sequence[str | int]) -> Json:
    """Return what stands at a place, ABSENT for nothing."""
    for part in way:
        match value:
            case dict() if part in value:
                value = value[part]
            case list() if isinstance(part, int) and part < len(value):
                value = value[part]
            case _:
                return ABSENT
    return value


def property_of(record: Json, name: str) -> Json:
    """Return a property of a record by its dotted name, ABSENT for none; a name that is there as it stands wins."""
    return record[name] if isinstance(record, dict) and name in record else at(record, name.split("."))
