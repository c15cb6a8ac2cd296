"""Records that a document shows: the examples of its answers, unwrapped, each once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.media_types import is_json
from mockserver.document.plan import ABSENT, Action, OperationPlan, Plan
from mockserver.errors import FixtureError, Json
from mockserver.mocking.identifiers import is_key
from mockserver.mocking.kinds import Kind

MOST: Final = 50
"""Examples of one resource that become its records."""

_MANY: Final = frozenset({Action.LIST})
_ONE: Final = frozenset({Action.GET, Action.CREATE, Action.UPDATE, Action.REPLACE, Action.UPSERT})


class Example(NamedTuple):
    """A record that a document shows, as far as it shows it.

    Attributes:
        given: Its properties.
        where: Its place, for messages.
    """

    given: dict[str, Any]
    where: str


def by_resource(plan: Plan) -> dict[str, list[OperationPlan]]:
    """Return the operations that show records, by resource: lists first, whose order is the one that people expect."""
    found: dict[str, list[OperationPlan]] = {}
    for actions in (_MANY, _ONE):
        for operation in plan.operations.values():
            if operation.action in actions:
                found.setdefault(operation.resource.name, []).append(operation)
    return found


def examples_of(kind: Kind, operations: list[OperationPlan]) -> list[Example]:
    """Return the records of a resource that a document shows; of one with an id, all that is shown of it.

    An example that is no object, or has nothing of a record, is none.
    """
    found: dict[str, Example] = {}
    for operation in operations:
        for shown, where in _shown(operation):
            given = _kept(kind, shown)
            if not given:
                continue
            id = kind.id_of(given)
            key = (
                f"{type(id).__name__} {id}" if is_key(id) else jsontext.dumps(given, sort_keys=True).decode()
            )
            before = found.get(key)
            if before is None and len(found) == MOST:
                continue
            # What an answer about one record shows of it is more than what lists do.
            found[key] = Example(
                {**(before.given if before else {}), **given}, before.where if before else where
            )
    return list(found.values())


def _shown(operation: OperationPlan) -> Iterator[tuple[Mapping[str, Any], str]]:
    is_list = operation.action in _MANY
    place = (
        ""
        if operation.answer is ABSENT
        else _place(operation.answer, "$page.items" if is_list else "$record")
    )
    if place is None:
        return
    for status, response in operation.operation.responses.items():
        if not status.startswith("2"):
            continue
        for media in response.content.values():
            for name, value in media.examples.items() if is_json(media.name) else ():
                where = (
                    f"example {name!r} of {operation.operation} -> {status}"
                    if name
                    else (f"the example of {operation.operation} -> {status}")
                )
                yield from _records(value, place, where, is_list=is_list)


def _records(
    value: Json, place: str, where: str, *, is_list: bool
) -> Iterator[tuple[Mapping[str, Any], str]]:
    try:
        found = ptr.lookup(value, place)
    except KeyError:
        return
    if not is_list:
        found = [found]
    for index, item in enumerate(found if isinstance(found, list) else ()):
        if isinstance(item, dict):
            yield item, where + (ptr.join(place, index) if is_list else place)


def _place(template: Json, wanted: str) -> str | None:
    """Return the pointer at which an answer has the record, or the records."""
    if template == wanted:
        return ""
    for name, member in template.items() if isinstance(template, dict) else ():
        below = _place(member, wanted)
        if below is not None:
            return ptr.join("", name) + below
    return None


def _kept(kind: Kind, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record keeps of an example: an answer may show more."""
    declared = kind.shape.properties
    return {name: value for name, value in shown.items() if name in declared or kind.shape.open}


def reason(error: FixtureError) -> str:
    """Return why an example is no record, on one line."""
    return " ".join(str(error).split("\n  rule")[0].split())
