"""What the plan of one document says, compiled once and shared by all worlds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from mockserver.document import pointer as ptr
from mockserver.document.media_types import is_json
from mockserver.document.messages.coercion import types_of
from mockserver.document.model import Document, Operation, Parameter
from mockserver.document.plan import ABSENT, Action, OperationPlan, Plan, Reference
from mockserver.document.shapes import Shape
from mockserver.errors import CannotGenerate, Json, SchemaFault
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator
from mockserver.mocking.kinds import Kind
from mockserver.mocking.values import Compiler, Value, needs_request

_PARAMETER: Final = re.compile(r"\$request\.(path|query|header|cookie)\.(.+)")

Find = Sequence[tuple[tuple[str, ...], Value]]
"""(Dotted) property -> value: what a record is found by, where that is not its id."""
ITEM_ACTIONS: Final = frozenset({Action.GET, Action.UPDATE, Action.REPLACE, Action.UPSERT, Action.DELETE})
"""Actions on one record."""


class Rules:
    """What the plan of one document says, compiled; shared by all worlds.

    Attributes:
        kinds: Resource name -> the resource, compiled.
        parents: Resource name -> the references that paths name.
        referrers: Resource name -> the references that lead to it, with their owners.
        generator: Makes up what nobody gave.
    """

    def __init__(self, document: Document, plan: Plan, *, dice: Dice, locale: str = "en_US") -> None:
        self.document = document
        self.plan = plan
        self.dice = dice
        self.compiler = Compiler(plan.resources, str(plan.source or "plan"))
        self.generator = Generator(document.response_schemas, dice, locale=locale)
        self.kinds = {
            name: Kind(resource, document, self.compiler, dice, self.generator)
            for name, resource in plan.resources.items()
        }
        self.parents: dict[str, set[str]] = {name: set() for name in self.kinds}
        for item in plan.operations.values():
            self._learn_parameter(item)
            bound = set(path_names(item.operation))
            self.parents[item.resource.name].update(
                name
                for name, reference in item.resource.references.items()
                if (reference.path or name) in bound
            )
        self.scopes = {
            name: {
                key: self.compiler.compile(raw, None, ptr.join(kind.plan.pointer, "scope", key))
                for key, raw in kind.plan.scope.items()
            }
            for name, kind in self.kinds.items()
        }
        self._scope_samples: dict[tuple[str, str], Json] = {}
        self._ancestors: dict[str, frozenset[str]] = {}
        self._bodies: dict[str, str | None] = {}
        self.clocked = [
            kind for kind in self.kinds.values() if kind.plan.lifecycle and kind.plan.lifecycle.moves
        ]
        self._finds: dict[str, list[tuple[frozenset[str], Find]]] = {name: [] for name in self.kinds}
        for operation in sorted(plan.operations.values(), key=lambda item: item.action is not Action.GET):
            if operation.find:
                names = frozenset(path_names(operation.operation))
                self._finds[operation.resource.name].append((names, self.compiled_find(operation)))
        self.referrers: dict[str, list[tuple[Kind, Reference]]] = {name: [] for name in self.kinds}
        for kind in self.kinds.values():
            for reference in kind.plan.references.values():
                self.referrers[reference.resource].append((kind, reference))

    def _learn_parameter(self, operation: OperationPlan) -> None:
        """Tell a kind of the path parameter by which an operation finds its records: it has to take their ids."""
        resource = operation.resource
        bound = {item.path or item.property for item in resource.references.values()} | resource.scope.keys()
        names = path_names(operation.operation)
        name = names[-1] if names and operation.id is ABSENT and not operation.find else None
        if isinstance(operation.id, str) and operation.id.startswith("$request.path."):
            name = operation.id.removeprefix("$request.path.")
        if name is None or name in bound or operation.action not in ITEM_ACTIONS or resource.singleton:
            return
        kind = self.kinds[resource.name]
        known = {parameter.schema for parameter in kind.parameters}
        kind.parameters += [
            item
            for item in operation.operation.parameters
            if item.place == "path" and item.name == name and item.schema not in known
        ]

    def scope_sample(self, kind: Kind, name: str) -> Json:
        """Return what a part of a scope is in seeded records."""
        key = (kind.name, name)
        if key not in self._scope_samples:
            self._scope_samples[key] = self._sample(kind.name, kind.plan.scope[name])
        return self._scope_samples[key]

    def _sample(self, resource: str, raw: Json) -> Json:
        match = _PARAMETER.fullmatch(raw) if isinstance(raw, str) else None
        if match is None:
            return None if needs_request(raw) else raw
        for operation in self.plan.operations.values():
            if operation.resource.name != resource:
                continue
            for parameter in operation.operation.parameters:
                if (parameter.place, parameter.name) == (match[1], match[2]):
                    return self._sample_of(parameter)
        return None

    def _sample_of(self, parameter: Parameter) -> Json:
        for example in parameter.examples.values():
            return example
        if parameter.schema is None:
            return "sample"
        with suppress(KeyError, ValueError):
            _, schema = self.document.request_schemas.resolve(parameter.schema)
            if isinstance(schema, dict):
                examples = schema.get("examples")
                for found in (
                    schema.get("example"), *(examples if isinstance(examples, list) else ()),
                    schema.get("default"), *(schema["enum"] if isinstance(schema.get("enum"), list) else ()),
                ):  # fmt: skip
                    if found is not None:
                        return found
        try:
            return self.generator.value(parameter.schema, key=("scope", parameter.name))
        except (CannotGenerate, SchemaFault):
            return "sample"

    def ancestors(self, name: str) -> frozenset[str]:
        """Return the resources below which the paths of a resource lead, and those above these."""
        known = self._ancestors.get(name)
        if known is None:
            found: dict[str, None] = {}
            waiting = [name]
            while waiting:
                kind = self.kinds[waiting.pop()]
                above = [kind.plan.references[reference].resource for reference in self.parents[kind.name]]
                waiting += [other for other in above if other not in found]
                found.update(dict.fromkeys(above))
            known = self._ancestors[name] = frozenset(found)
        return known

    def takes_null(self, operation: Operation, path: tuple[str, ...]) -> bool:
        """Return whether the JSON bodies of an operation declare that a property may be null."""
        if operation.id not in self._bodies:
            content = operation.request_body.content if operation.request_body is not None else {}
            schema = next((media.schema for name, media in content.items() if is_json(name)), None)
            self._bodies[operation.id] = schema
        schemas, place = self.document.request_schemas, self._bodies[operation.id]
        for name in path:
            place = None if place is None else Shape(schemas, place).properties.get(name)
        return place is not None and bool(path) and "null" in types_of(schemas, place)

    def compiled_find(self, operation: OperationPlan) -> Find:
        """Return the values of an operation's `find`."""
        place = ptr.join(operation.pointer, "find")
        return [
            (tuple(name.split(".")), self.compiler.compile(raw, operation.resource, ptr.join(place, name)))
            for name, raw in operation.find.items()
        ]

    def find_of(self, kind: Kind, names: Sequence[str]) -> Find | None:
        """Return what the records of a kind are found by in a path with these parameters, None for their id."""
        known = set(names)
        return next((find for needed, find in self._finds[kind.name] if needed and needed <= known), None)


def path_names(operation: Operation) -> list[str]:
    """Return the path parameters of an operation, in the order of its path."""
    path = operation.path
    names = [item.name for item in operation.parameters if item.place == "path"]
    return sorted(names, key=lambda name: path.find("{" + name + "}"))
