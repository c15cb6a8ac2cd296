"""What an operation lets a client say of a record, whatever the record's own schema marks `readOnly`."""

from __future__ import annotations

import re
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.plan import ABSENT, OperationPlan
from mockserver.document.shapes import Shape
from mockserver.document.validation import Schemas

_PLACE: Final = re.compile(r"\$request\.body(?:#(/.*))?")


def permitted(plan: OperationPlan, schemas: Schemas, names: frozenset[str]) -> frozenset[str]:
    """Return those of some `readOnly` properties that the request's own schema declares plainly.

    `PATCH /orders/{id}` with `{"status": ...}` in its schema changes the status, also where an Order has it `readOnly`.

    Args:
        plan: The operation.
        schemas: The document's, of the responses: they keep what is marked.
        names: The record's `readOnly` properties.
    """
    body = plan.operation.request_body
    place = _place(plan)
    if not names or body is None or place is None:
        return frozenset()
    found: set[str] = set()
    for media in body.content.values():
        shape = None if media.schema is None else Shape(schemas, media.schema)
        for name in ptr.split(place):
            inner = None if shape is None else shape.properties.get(name)
            shape = None if inner is None else Shape(schemas, inner)
        if shape is not None:
            found |= {name for name in names & shape.properties.keys() if not shape.marks(name, "readOnly")}
    return frozenset(found)


def _place(plan: OperationPlan) -> str | None:
    """Return where in the body the record is; None where it is put together, or there are several."""
    if plan.items is not ABSENT:
        return None
    if plan.item is ABSENT:
        return ""
    match = _PLACE.fullmatch(plan.item) if isinstance(plan.item, str) else None
    return None if match is None else match[1] or ""
