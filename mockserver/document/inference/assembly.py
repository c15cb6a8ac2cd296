"""Resources as a plan: what was found and what the other modules add, in the plan file's own format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.document.inference import fields, lifecycles, lists, relations
from mockserver.document.inference.model import Found, FoundOperation, Inferred
from mockserver.document.inference.view import View
from mockserver.document.model import Operation
from mockserver.errors import Json

VERSION: Final = "1"
_BY_ID: Final = frozenset({"get", "update", "replace", "delete"})


def assemble(
    view: View, resources: Sequence[Found], reasons: Mapping[str, str], sources: Mapping[str, str]
) -> Inferred:
    """Return resources as a plan.

    Args:
        view: The schemas.
        resources: What was found.
        reasons: Operation id -> why it has no state.
        sources: Resource name -> where its schema was found.
    """
    references = relations.refine(view, {found.name: found for found in resources})
    forgiving = not any(_declares_error(operation) for operation in view.document.operations.values())
    notes = dict(reasons)
    plan_resources: dict[str, Json] = {}
    plan_operations: dict[str, Json] = {}
    for found in resources:
        lifecycle, moved = lifecycles.refine(view, found)
        plan_resources[found.name] = _resource(view, found, references.get(found.name, {}), lifecycle)
        made_up = forgiving or not found.of("create", "upsert", "list")
        for operation in found.operations:
            entry = _entry(view, found, operation)
            if made_up and operation.action in _BY_ID and not found.singleton and "ids" not in entry:
                entry["missing"] = "generated"
            plan_operations[operation.operation.id] = entry
            notes[operation.operation.id] = operation.why
        for _, sub in found.sub_actions:
            id = sub.operation.id
            if id in moved:
                plan_operations[id] = {"action": "update", "resource": found.name, **sub.entry, **moved[id]}
                notes[id] = sub.why
    ordered = {id: plan_operations[id] for id in view.document.operations if id in plan_operations}
    told = {name: f"records as in {source}" for name, source in sources.items()}
    return Inferred({"plan": VERSION, "resources": plan_resources, "operations": ordered}, notes, told)


def _declares_error(operation: Operation) -> bool:
    return any(status.startswith(("4", "default")) for status in operation.responses)


def _entry(view: View, found: Found, operation: FoundOperation) -> dict[str, Any]:
    entry: dict[str, Any] = {"action": operation.action, "resource": found.name, **operation.entry}
    if operation.is_list:
        _merge(entry, lists.refine(view, found, operation))
    return entry


def _resource(view: View, found: Found, references: Mapping[str, Json], lifecycle: Json) -> dict[str, Any]:
    node: dict[str, Any] = {"schema": view.components.get(found.schema) or "#" + found.schema}
    if found.singleton:
        node["singleton"] = True
    else:
        node["id"] = {"property": found.id_property, "make": found.make}
        if found.client_ids:
            node["id"]["client"] = True
    if found.scope:
        plain = all(value == f"$request.path.{name}" for name, value in found.scope.items())
        node["scope"] = list(found.scope) if plain else dict(found.scope)
    if references:
        node["references"] = dict(references)
    node.update(fields.refine(view, found))
    if lifecycle:
        node["lifecycle"] = lifecycle
    return node


def _merge(entry: dict[str, Any], more: Mapping[str, Json]) -> None:
    """Add what a module found to an operation's entry; members of templates come together."""
    for name, value in more.items():
        there = entry.get(name)
        if isinstance(there, dict) and isinstance(value, dict):
            _merge(there, value)
        elif name not in entry:
            entry[name] = value
