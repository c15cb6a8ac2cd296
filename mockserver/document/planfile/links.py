"""A plan as OpenAPI links: which operation may follow which, with what of its answer (OAS 3.1.1 section 4.8.20).

Contract testers follow links from answer to request, so that what was created is read, changed and deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.model import Document, Operation
from mockserver.document.naming import variables, word
from mockserver.document.plan import ABSENT, Action, OperationPlan, Plan
from mockserver.errors import Json

_SHOWS_ONE: Final = frozenset({Action.CREATE, Action.UPSERT})
_TAKES_ONE: Final = frozenset({Action.GET, Action.UPDATE, Action.REPLACE, Action.UPSERT, Action.DELETE})
_NAME: Final = re.compile(r"[^a-zA-Z0-9._-]+")
"""What names of links must not have (the keys of `links` are as those of components, OAS 3.1.1 section 4.8.7.1)."""

Links = dict[str, dict[str, Any]]
"""Name -> Link Object."""


def links(document: Document, plan: Plan) -> dict[tuple[str, str], Links]:
    """Return the links of a plan by operation and status of the response that has them."""
    found: dict[tuple[str, str], Links] = {}
    for source in plan.operations.values():
        status = _status(source)
        place = None if status is None else _record(source)
        if status is None or place is None:
            continue
        for target in plan.operations.values():
            parameters = dict(_parameters(source, target, place))
            wanted = set(variables(target.operation.path))
            if (
                target is source
                or not wanted
                or wanted != {name.removeprefix("path.") for name in parameters}
            ):
                continue
            follows_record = target.resource is source.resource and target.action in _TAKES_ONE
            if not follows_record and not _is_child(source, target):
                continue
            name = _NAME.sub("_", target.operation.id)
            found.setdefault((source.operation.id, status), {})[name] = _link(
                document, target.operation, parameters
            )
    return found


def _status(plan: OperationPlan) -> str | None:
    """Return the key of the response that shows the record: the lowest success, or the one that the plan names."""
    declared = plan.operation.responses
    if plan.status is not None and str(plan.status) in declared:
        return str(plan.status)
    codes = sorted(name for name in declared if name.startswith("2"))
    return codes[0] if codes else None


def _record(plan: OperationPlan) -> str | None:
    """Return the pointer of the (first) record in an answer, None where it shows none that is new to a client."""
    if plan.action in _SHOWS_ONE and plan.items is ABSENT:
        return _where(plan.answer, "$record") if plan.answer is not ABSENT else ""
    if plan.action is Action.LIST:
        place = _where(plan.answer, "$page.items") if plan.answer is not ABSENT else ""
        return None if place is None else f"{place}/0"
    return None


def _where(template: Json, wanted: str) -> str | None:
    """Return the pointer at which an answer has a value."""
    if template == wanted:
        return ""
    if isinstance(template, dict):
        for name, member in template.items():
            below = _where(member, wanted)
            if below is not None:
                return ptr.join("", name) + below
    return None


def _parameters(source: OperationPlan, target: OperationPlan, place: str) -> Iterator[tuple[str, str]]:
    """Yield the path parameters of the next request, as far as this answer or its request knows them."""
    own = set(variables(source.operation.path))
    names = variables(target.operation.path)
    for name in names:
        value = _value(source, target, name, is_last=name == names[-1], place=place)
        if value is None and name in own:
            value = f"$request.path.{name}"
        if value is not None:
            yield name, value


def _value(
    source: OperationPlan, target: OperationPlan, name: str, *, is_last: bool, place: str
) -> str | None:
    """Return the expression for a path parameter that is the record, or a property of it."""
    resource = source.resource
    answered = f"$response.body#{place}"
    if target.resource is not resource:
        reference = _reference(target, name)
        is_parent = reference is not None and reference == resource.name
        return f"{answered}/{_path(resource.id_property)}" if is_parent else None
    for property, value in target.find.items():
        if value == f"$request.path.{name}":
            return f"{answered}/{_path(property)}"
    for item in resource.references.values():
        if name in (item.path, item.property):
            return None if name in variables(source.operation.path) else f"{answered}/{_path(item.property)}"
    if name in resource.scope:
        return None
    is_id = target.id == f"$request.path.{name}" or (target.id is ABSENT and is_last and not target.find)
    return f"{answered}/{_path(resource.id_property)}" if is_id and target.action in _TAKES_ONE else None


def _reference(target: OperationPlan, name: str) -> str | None:
    """Return the resource whose record a path parameter of an operation names as the parent."""
    for item in target.resource.references.values():
        if name == item.path or word(name) == word(item.property):
            return item.resource
    return None


def _is_child(source: OperationPlan, target: OperationPlan) -> bool:
    """Return whether an operation makes or lists the children of what another one shows."""
    return (
        target.resource is not source.resource
        and target.action in (Action.CREATE, Action.LIST)
        and any(_reference(target, name) == source.resource.name for name in variables(target.operation.path))
    )


def _path(property: str) -> str:
    return "/".join(ptr.escape(name) for name in property.split("."))


def _link(document: Document, operation: Operation, parameters: Mapping[str, str]) -> dict[str, Any]:
    node = ptr.lookup(document.root, operation.pointer)
    link: dict[str, Any] = {"parameters": dict(parameters)}
    if node.get("operationId") == operation.id:
        return {"operationId": operation.id, **link}
    place = ptr.join("/paths", operation.path, operation.method.lower())
    return {"operationRef": ptr.to_reference(place), **link}


def linked(document: Document, plan: Plan, root: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with the links of a plan, besides those that it has.

    Args:
        document: The document.
        plan: Its plan.
        root: What is written out: the document's own text as a value, or the normalised one.
    """
    whole: dict[str, Any] = deepcopy(dict(root))
    for (id, status), found in links(document, plan).items():
        responses = _responses(whole, document.operations[id])
        response = _followed(whole, responses.get(status)) if responses is not None else None
        if responses is not None and response is not None:
            # One that several operations share must not get the links of one of them.
            responses[status] = {**response, "links": {**found, **_mapping(response.get("links"))}}
    return whole


def overlay(document: Document, plan: Plan) -> dict[str, Any]:
    """Return an OpenAPI overlay that adds the links of a plan to its document."""
    actions: list[dict[str, Any]] = []
    for (id, status), found in links(document, plan).items():
        operation = document.operations[id]
        target = f"$.paths[{_quoted(operation.path)}].{operation.method.lower()}.responses"
        declared = _responses(document.root, operation) or {}
        response = declared.get(status)
        if isinstance(response, dict) and "$ref" in response:
            whole = _followed(document.root, response) or {}
            actions.append({"target": f"{target}['{status}']", "remove": True})
            actions.append({"target": target, "update": {status: {**whole, "links": found}}})
        else:
            actions.append({"target": f"{target}['{status}']", "update": {"links": found}})
    title = f"Links of {document.title}, from its plan"
    return {"overlay": "1.0.0", "info": {"title": title, "version": "1.0.0"}, "actions": actions}


def _responses(root: Mapping[str, Any], operation: Operation) -> dict[str, Any] | None:
    item = _mapping(_mapping(root.get("paths")).get(operation.path))
    responses = _mapping(item.get(operation.method.lower())).get("responses")
    if isinstance(responses, dict):
        return responses
    try:
        found = ptr.lookup(root, ptr.join(operation.pointer, "responses"))
    except KeyError:
        return None
    return found if isinstance(found, dict) else None


def _followed(root: Mapping[str, Any], node: Json) -> dict[str, Any] | None:
    """Return an object behind references within the document."""
    for _ in range(8):
        if not isinstance(node, dict):
            return None
        if not isinstance(node.get("$ref"), str):
            return node
        try:
            node = ptr.lookup(root, ptr.of_reference(node["$ref"]))
        except (KeyError, ValueError):
            return None
    return None


def _quoted(name: str) -> str:
    """Return a name as a JSONPath writes it (RFC 9535 section 2.3.1.1)."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _mapping(value: Json) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
