"""From a document to its plan, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.document.inference import fields, lifecycles, lists, relations
from mockserver.document.inference.model import Found, Inferred
from mockserver.document.inference.view import View
from mockserver.document.model import Document
from mockserver.errors import Json

VERSION = "1"


def infer(document: Document, given: Mapping[str, Any] | None = None) -> Inferred:
    """Return the plan that a document implies.

    Args:
        document: The document.
        given: What the user's plan says, in the format of the plan file: respected before details are inferred.
    """
    view = View(document)
    resources: Sequence[Found] = ()
    return assemble(view, resources, {})


def assemble(view: View, resources: Sequence[Found], reasons: Mapping[str, str]) -> Inferred:
    """Return resources as a plan, with all that the other modules add to them."""
    references = relations.refine(view, {found.name: found for found in resources})
    notes = dict(reasons)
    plan_resources: dict[str, Json] = {}
    plan_operations: dict[str, Json] = {}
    for found in resources:
        lifecycle, moved = lifecycles.refine(view, found)
        plan_resources[found.name] = _resource(view, found, references.get(found.name, {}), lifecycle)
        for operation in found.operations:
            entry = {"action": operation.action, "resource": found.name, **operation.entry}
            if operation.is_list:
                _merge(entry, lists.refine(view, found, operation))
            plan_operations[operation.operation.id] = entry
            notes[operation.operation.id] = operation.why
        for _, sub in found.sub_actions:
            id = sub.operation.id
            if id in moved:
                plan_operations[id] = {"action": "update", "resource": found.name, **sub.entry, **moved[id]}
                notes[id] = sub.why
    ordered = {id: plan_operations[id] for id in view.document.operations if id in plan_operations}
    return Inferred({"plan": VERSION, "resources": plan_resources, "operations": ordered}, notes)


def _resource(view: View, found: Found, references: Mapping[str, Json], lifecycle: Json) -> dict[str, Any]:
    node: dict[str, Any] = {"schema": _schema(view, found.schema)}
    if found.singleton:
        node["singleton"] = True
    else:
        node["id"] = {"property": found.id_property, "make": found.make}
        if found.client_ids:
            node["id"]["client"] = True
    if found.scope:
        node["scope"] = list(found.scope)
    parents: dict[str, Json] = {
        name: {"resource": owner, "on-delete": "cascade"} for name, owner in found.parents.items()
    }
    if parents or references:
        node["references"] = {**parents, **references}
    node.update(fields.refine(view, found))
    if lifecycle:
        node["lifecycle"] = lifecycle
    return node


def _schema(view: View, pointer: str) -> str:
    """Return how the plan file names a schema."""
    return view.components.get(pointer) or "#" + pointer


def _merge(entry: dict[str, Any], more: Mapping[str, Json]) -> None:
    """Add what a module found to an operation's entry; members of templates come together."""
    for name, value in more.items():
        there = entry.get(name)
        if isinstance(there, dict) and isinstance(value, dict):
            _merge(there, value)
        elif name not in entry:
            entry[name] = value
