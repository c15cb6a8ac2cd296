"""What to write into the plan so that the mock does as the real server does, where that can be said simply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.parity.shapes import format_of
from mockserver.contract.parity.sides import Seen
from mockserver.contract.parity.steps import Step
from mockserver.contract.reading import property_of
from mockserver.document.loading import yamltext
from mockserver.document.plan import ABSENT, Action

Raw = dict[str, Any]
"""A part of a plan file."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a hint may look at."""

    check: str
    location: tuple[str | int, ...]
    step: Step
    mock: Seen
    real: Seen


def hint(difference: Difference) -> Raw:
    """Return the part of a plan with which the mock would agree, {} where that is not so simple."""
    function = HINTS.get(difference.check)
    return function(difference) if function is not None and difference.step.plan is not None else {}


def read(text: str) -> Raw:
    """Return a plan file's text as a value."""
    found = yamltext.loads(text)
    return found if isinstance(found, dict) else {}


def merged(old: Raw, new: Raw) -> Raw:
    """Return two parts of a plan as one; the new one wins."""
    both = {name: merged(old[name], value) for name, value in new.items() if _are_parts(old.get(name), value)}
    return {**old, **new, **both}


def _are_parts(old: Any, new: Any) -> bool:
    return isinstance(old, dict) and isinstance(new, dict)


def written(raw: Mapping[str, Any]) -> str:
    """Return a part of a plan as YAML text."""
    return yamltext.dumps(dict(raw)).decode().strip()


def _resource(difference: Difference, **what: Any) -> Raw:
    plan = difference.step.plan
    return {"resources": {plan.resource.name: what}} if plan is not None else {}


def _operation(difference: Difference, **what: Any) -> Raw:
    operation = difference.step.operation
    return {"operations": {operation.id: what}} if operation is not None else {}


def _status(difference: Difference) -> Raw:
    mock, real, plan = difference.mock.status, difference.real.status, difference.step.plan
    operation = difference.step.operation
    if plan is None or operation is None:
        return {}
    if mock // 100 == real // 100 == 2 and str(real) in operation.responses:
        return _operation(difference, status=real)
    if mock == 404 and real == 410:
        return _resource(difference, gone=410)
    if plan.action is Action.GET and mock // 100 == 2 and real in (404, 410) and plan.generates_missing:
        return _operation(difference, missing=404)
    return {}


def _state(difference: Difference) -> Raw:
    plan, value = difference.step.plan, _shown(difference)
    if plan is None or value is ABSENT or plan.resource.lifecycle is None:
        return {}
    property = plan.resource.lifecycle.property
    if difference.step.made:
        return _resource(difference, lifecycle={"property": property, "initial": value})
    return _operation(difference, set={property: value}) if plan.set else {}


def _value(difference: Difference) -> Raw:
    value, name = _shown(difference), difference.location[-1]
    if value is ABSENT or isinstance(value, dict | list):
        return {}
    return _resource(difference, fields={str(name): {"default": value}})


def _shown(difference: Difference) -> Any:
    return property_of(difference.real.record, str(difference.location[-1]))


def _page(difference: Difference) -> Raw:
    plan = difference.step.plan
    is_ignored = bool(difference.real.items and len(difference.real.items) > 1)
    return _operation(difference, page=None) if plan is not None and is_ignored else {}


def _filter(difference: Difference) -> Raw:
    name = difference.location[-1]
    wanted = difference.step.filters
    if wanted is None or not difference.mock.items or not difference.real.items:
        return {}
    return _operation(difference, filters={str(name): None})


def _format(difference: Difference) -> Raw:
    plan = difference.step.plan
    if plan is None or difference.location[-1] != plan.resource.id_property:
        return {}
    records = [difference.real.record, *(difference.real.items or [])]
    ids = [property_of(record, plan.resource.id_property) for record in records if record is not None]
    if any(isinstance(id, str) and format_of(id) == "uuid" for id in ids):
        return _resource(difference, id={"make": "uuid4"})
    if any(isinstance(id, str) and format_of(id) == "digits" for id in ids):
        return _resource(difference, id={"make": "{n}"})
    return {}


HINTS: Final[Mapping[str, Callable[[Difference], Raw]]] = {
    "parity-status": _status,
    "parity-refusal": _status,
    "parity-state": _state,
    "parity-value": _value,
    "parity-page": _page,
    "parity-filter": _filter,
    "parity-format": _format,
}
"""Check -> what may be written into a plan."""
