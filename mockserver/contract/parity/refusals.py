"""Steps that a server should refuse: unknown ids, broken bodies, no credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from mockserver.contract.parity.steps import SAFE, Step
from mockserver.contract.reading import at
from mockserver.contract.requests.maker import CannotMake, Draft, Maker
from mockserver.contract.requests.places import sent_at
from mockserver.contract.requests.slots import Slot, put
from mockserver.document.media_types import is_json
from mockserver.document.model import Operation
from mockserver.document.plan import ABSENT, Action, OperationPlan
from mockserver.document.shapes import Shape
from mockserver.errors import SchemaFault

_REFUSALS: Final = frozenset({"400", "422", "4XX", "4xx", "default"})
"""Declared responses for requests that are wrong."""
_ODD: Final = "no-such-thing"
_REFUSED: Final = 97
"""Variant of records that nobody should make."""
UNWANTED: Final = "unwanted"
"""Binding of a record that should not have been made."""
_WRONG: Final[tuple[Any, ...]] = ({"no": ["such", "thing"]}, "no such thing", 7, True)
"""Values one of which is of the wrong type."""


def of_reading(maker: Maker, plans: list[OperationPlan], known: Mapping[str, str]) -> Iterator[Step]:
    """Yield reads of a record that never was, and reads without credentials."""
    for plan in plans:
        if plan.action not in (Action.GET, Action.LIST) or plan.ids is not ABSENT:
            continue
        draft = _draft(maker, plan.operation, known)
        if draft is None:
            continue
        unknown = maker.unknown(draft) if plan.action is Action.GET else None
        if unknown is not None:
            yield Step("get one that never was", unknown, plan.operation, plan)
        yield from _odd(maker, plan.operation, draft, plan)
        yield from _unauthorised(plan.operation, draft, plan)


def of_writing(maker: Maker, plans: list[OperationPlan], known: Mapping[str, str]) -> Iterator[Step]:
    """Yield changes of records that never were."""
    for plan in plans:
        if plan.action not in (Action.UPDATE, Action.REPLACE, Action.DELETE) or plan.ids is not ABSENT:
            continue
        draft = _draft(maker, plan.operation, known)
        unknown = maker.unknown(draft) if draft is not None else None
        if unknown is not None:
            yield Step(f"{plan.action} one that never was", unknown, plan.operation, plan)


def of_creation(
    maker: Maker, plan: OperationPlan, known: Mapping[str, str], undo: Draft | None
) -> Iterator[Step]:
    """Yield creations that must not be: incomplete, of the wrong type, without credentials.

    Args:
        maker: Makes the requests.
        plan: Of the operation that creates.
        known: Resource -> binding.
        undo: What deletes the record `UNWANTED`, which is there if a server does not refuse.
    """
    draft = _draft(maker, plan.operation, known)
    assumed: Any = None
    if plan.action is Action.UPSERT:
        with suppress(CannotMake):
            draft, assumed = maker.new(plan, known, variant=_REFUSED)
    place = sent_at(plan)
    if draft is None:
        return
    steps: list[Step] = []
    if place is not None and draft.media is not None and is_json(draft.media.name):
        for title, body in _broken(maker, draft, place):
            steps.append(Step(title, replace(draft, body=body), plan.operation, plan))
    for step in (
        *steps,
        *_odd(maker, plan.operation, draft, plan),
        *_unauthorised(plan.operation, draft, plan),
    ):
        yield replace(step, saves=UNWANTED, assumed=assumed, undo=undo, unwanted=True)


def of_call(maker: Maker, operation: Operation, known: Mapping[str, str]) -> Iterator[Step]:
    """Yield a call without credentials."""
    draft = _draft(maker, operation, known)
    if draft is not None:
        yield from _unauthorised(operation, draft, None)
        if operation.method in SAFE:
            yield from _odd(maker, operation, draft, None)


def _draft(maker: Maker, operation: Operation, known: Mapping[str, str]) -> Draft | None:
    try:
        return maker.draft(operation, known)
    except CannotMake:
        return None


def _unauthorised(operation: Operation, draft: Draft, plan: OperationPlan | None) -> Iterator[Step]:
    if operation.security and all(operation.security):
        title = f"{plan.action if plan is not None else 'call'} without credentials"
        yield Step(title, draft, operation, plan, authorised=False)


def _odd(maker: Maker, operation: Operation, draft: Draft, plan: OperationPlan | None) -> Iterator[Step]:
    """Yield requests of which one parameter is wrong, or a required one is missing."""
    if not _REFUSALS & operation.responses.keys():
        # Then to let it pass is as good an answer as any.
        return
    schemas = maker.document.request_schemas
    for parameter in operation.parameters:
        if parameter.place != "query" or parameter.schema is None or parameter.media_type is not None:
            continue
        try:
            is_valid = schemas.validator(parameter.schema).is_valid
        except SchemaFault:
            continue
        if not any(is_valid(value) for value in (_ODD, [_ODD], {_ODD: _ODD})):
            odd = replace(draft, query={**draft.query, parameter.name: _ODD})
            yield Step(f"ask with a wrong {parameter.name}", odd, operation, plan, unwanted=True)
            break
    for parameter in operation.parameters:
        given = {"query": draft.query, "header": draft.header}.get(parameter.place, {})
        if parameter.required and parameter.name in given and parameter.style != "deepObject":
            rest = {name: value for name, value in given.items() if name != parameter.name}
            title = f"ask without {parameter.name}"
            lacking = (
                replace(draft, query=rest) if parameter.place == "query" else replace(draft, header=rest)
            )
            yield Step(title, lacking, operation, plan, unwanted=True)
            break


def _broken(maker: Maker, draft: Draft, place: tuple[str | int, ...]) -> Iterator[tuple[str, Any]]:
    """Yield bodies that break the schema, for one reason each."""
    media, record = draft.media, at(draft.body, place)
    if media is None or media.schema is None or not isinstance(record, dict):
        return
    schemas = maker.document.request_schemas
    pointer: str | None = media.schema
    for name in place:
        pointer = Shape(schemas, pointer).properties.get(str(name)) if pointer is not None else None
    if pointer is None:
        return
    try:
        is_valid = schemas.validator(media.schema).is_valid
    except SchemaFault:
        return
    required = Shape(schemas, pointer).required
    for name in (item for item in required if item in record):
        body = put(draft.body, place, {key: value for key, value in record.items() if key != name})
        if not is_valid(_plain(body)):
            yield f"create without {name}", body
            break
    for name in record:
        bodies = (put(draft.body, place, {**record, name: value}) for value in _WRONG)
        body = next((body for body in bodies if not is_valid(_plain(body))), None)
        if body is not None:
            yield f"create with a wrong {name}", body
            break


def _plain(template: Any) -> Any:
    """Return a template as a value, to be judged: ids stand for themselves."""
    if isinstance(template, Slot):
        return "id"
    if isinstance(template, dict):
        return {name: _plain(member) for name, member in template.items()}
    if isinstance(template, list):
        return [_plain(item) for item in template]
    return template
