"""Resources as a plan: what was found and what the other modules add, in the plan file's own format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.document.inference import fields, lifecycles, relations
from mockserver.document.inference.lists import Lists
from mockserver.document.inference.model import Found, Inferred
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
    by_name = {found.name: found for found in resources}
    references = relations.refine(view, by_name)
    targets = {
        name: {property: str(reference["resource"]) for property, reference in known.items()}
        for name, known in references.items()
    }
    lists = Lists(view, by_name, targets)
    server_set = fields.Fields(view, references)
    forgiving = not any(declares_error(operation) for operation in view.document.operations.values())
    notes = dict(reasons)
    plan_resources: dict[str, Json] = {}
    plan_operations: dict[str, Json] = {}
    for found in resources:
        lifecycle, moved = lifecycles.refine(view, found)
        plan_resources[found.name] = _resource(
            view, found, references.get(found.name, {}), server_set.of(found), lifecycle
        )
        made_up = forgiving or not found.of("create", "upsert", "list")
        for operation in found.operations:
            entry: dict[str, Any] = {"action": operation.action, "resource": found.name, **operation.entry}
            refined = lists.refine(found, operation)
            _merge(entry, refined.entry)
            if made_up and operation.action in _BY_ID and not found.singleton and "ids" not in entry:
                entry["missing"] = "generated"
            plan_operations[operation.operation.id] = entry
            notes[operation.operation.id] = operation.why + _without_effect(refined.ignored)
        for _, sub in found.sub_actions:
            id = sub.operation.id
            if id in moved:
                plan_operations[id] = {"action": "update", "resource": found.name, **sub.entry, **moved[id]}
                notes[id] = sub.why
    ordered = {id: plan_operations[id] for id in view.document.operations if id in plan_operations}
    told = {name: f"records as in {source}" for name, source in sources.items()}
    return Inferred({"plan": VERSION, "resources": plan_resources, "operations": ordered}, notes, told)


def declares_error(operation: Operation) -> bool:
    """Return whether an operation declares any answer to a client's mistakes."""
    return any(status.startswith(("4", "default")) for status in operation.responses)


def _without_effect(ignored: Sequence[str]) -> str:
    return f"; without effect: {', '.join(ignored)}" if ignored else ""


def _resource(
    view: View,
    found: Found,
    references: Mapping[str, Json],
    server_set: Mapping[str, Json],
    lifecycle: Json,
) -> dict[str, Any]:
    node: dict[str, Any] = {"schema": view.components.get(found.schema) or "#" + found.schema}
    if found.singleton:
        node["singleton"] = True
    else:
        node["id"] = {"property": found.id_property, "make": found.make}
        if found.client_ids:
            node["id"]["client"] = True
            if found.make == "uuid4":
                del node["id"]["make"]  # nobody has to make them, and it is what is done anyway
    if found.scope:
        plain = all(value == f"$request.path.{name}" for name, value in found.scope.items())
        node["scope"] = list(found.scope) if plain else dict(found.scope)
    if references:
        node["references"] = dict(references)
    node.update(server_set)
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
