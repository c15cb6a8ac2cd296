"""From a document to its plan, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.document import pointer as ptr
from mockserver.document.inference.actions import Actions
from mockserver.document.inference.alike import Likeness
from mockserver.document.inference.assembly import assemble, declares_error
from mockserver.document.inference.bonds import Bonds, bonds_of, variables_before
from mockserver.document.inference.deeds import Deeds
from mockserver.document.inference.drafts import Survey, action_places, survey
from mockserver.document.inference.keys import Identity, identity_of
from mockserver.document.inference.messages import Reader
from mockserver.document.inference.model import Found, FoundOperation, Inferred
from mockserver.document.inference.names import collection_of, names_of
from mockserver.document.inference.places import Draft, gather
from mockserver.document.inference.routes import routes
from mockserver.document.inference.view import View
from mockserver.document.inference.writing import Writing
from mockserver.document.model import Document
from mockserver.document.naming import singular

_STATELESS = "none"
_SAID = "the plan says so"


def infer(document: Document, given: Mapping[str, Any] | None = None) -> Inferred:
    """Return the plan that a document implies.

    Args:
        document: The document.
        given: What the user's plan says, in the format of the plan file: respected before details are inferred.
    """
    view = View(document)
    wishes = _Wishes(view, given or {})
    alike = Likeness(view)
    read = routes(operation for id, operation in document.operations.items() if id not in wishes.stateless)
    places = gather(read, Reader(view))
    for place in places.values():
        for facts in place.facts:
            facts.told = wishes.actions.get(facts.operation.id, "")
            facts.role = facts.told or facts.role
    found = survey(places, view, alike)
    resources, reasons = _Resources(found, view, alike, wishes).all()
    reasons.update((id, _SAID) for id in wishes.stateless)
    return assemble(view, resources, reasons, _sources(resources, found))


class _Wishes:
    """What the user's plan says that inference goes by."""

    def __init__(self, view: View, given: Mapping[str, Any]) -> None:
        operations = _mapping(given.get("operations"))
        self.stateless = {
            id
            for id, entry in operations.items()
            if entry is None or _mapping(entry).get("action") == _STATELESS
        } & view.document.operations.keys()
        self.actions = {
            id: str(entry["action"]) for id, entry in operations.items() if "action" in _mapping(entry)
        }
        self.resources = {
            id: str(entry["resource"]) for id, entry in operations.items() if "resource" in _mapping(entry)
        }
        self.known = _mapping(given.get("resources"))
        self.schemas: dict[str, str] = {}
        for name, entry in self.known.items():
            schema = _mapping(entry).get("schema")
            if isinstance(schema, str):
                place = schema[1:] if schema.startswith("#") else ptr.join("/components/schemas", schema)
                self.schemas.setdefault(view.target(place), name)

    def names(self, drafts: list[Draft], view: View) -> dict[int, str]:
        """Return `id` of a draft -> the name that the user has for it: by its operations, else by its schema."""
        names: dict[int, str] = {}
        for draft in drafts:
            said = [
                self.resources[facts.operation.id]
                for facts in draft.facts
                if facts.operation.id in self.resources
            ]
            name = max(said, key=said.count) if said else self.schemas.get(view.target(draft.record))
            if name is not None and name not in names.values():
                names[id(draft)] = name
        return names


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@dataclass(slots=True)
class _Resource:
    """A draft with all that is known of it."""

    draft: Draft
    name: str
    identity: Identity
    bonds: Bonds
    deeds: Deeds
    operations: list[FoundOperation]
    sub_actions: list[tuple[str, FoundOperation]]


class _Resources:
    """Makes resources of drafts."""

    def __init__(self, found: Survey, view: View, alike: Likeness, wishes: _Wishes) -> None:
        self._found = found
        self._view = view
        self._alike = alike
        self._wishes = wishes

    def all(self) -> tuple[list[Found], dict[str, str]]:
        """Return the resources, and the reason of each operation that has no state."""
        drafts, view = self._found.drafts, self._view
        names = dict(zip(map(id, drafts), names_of(drafts, self._wishes.names(drafts, view)), strict=True))
        writings = {id(draft): Writing(draft, view, self._alike) for draft in drafts}
        identities = {
            id(draft): identity_of(
                draft,
                view,
                is_nested=any(
                    variables_before(facts) for facts in draft.facts if facts.place == draft.keys[0]
                ),
                by_path=writings[id(draft)].is_by_path(),
            )
            for draft in drafts
        }
        forgiving = not any(declares_error(operation) for operation in view.document.operations.values())
        reasons: dict[str, str] = {}
        made: dict[int, _Resource] = {}
        for draft in drafts:
            name, identity = names[id(draft)], identities[id(draft)]
            thing = singular(name).replace("_", " ")
            all_known = (draft, thing, identity, writings[id(draft)], view, self._alike)
            actions = Actions(*all_known)
            bonds = bonds_of(draft, identities, self._found, view, forgiving=forgiving)
            resource = made[id(draft)] = _Resource(draft, name, identity, bonds, Deeds(*all_known), [], [])
            for facts in draft.facts:
                judged = actions.judge(facts)
                if isinstance(judged, str):
                    reasons[facts.operation.id] = judged
                else:
                    resource.operations.append(judged)
        self._sub_actions(made, reasons)
        kept = [resource for resource in made.values() if self._is_useful(resource, reasons)]
        known = {id(resource.draft) for resource in kept}
        return [self._finished(resource, names, known) for resource in kept], reasons

    def _sub_actions(self, made: Mapping[int, _Resource], reasons: dict[str, str]) -> None:
        for owner, verb, facts in action_places(self._found):
            if owner is None:
                reasons[facts.operation.id] = "it belongs to no resource"
                continue
            resource = made[id(owner)]
            judged = resource.deeds.judge(facts, verb)
            if isinstance(judged, str):
                reasons[facts.operation.id] = judged
            elif judged.action == "update":
                if not resource.deeds.shows(facts) and not resource.deeds.is_silent(facts):
                    resource.sub_actions.append((verb.lower(), judged))
                    reasons[facts.operation.id] = f"it is not known what the action '{verb}' changes"
                    continue
                resource.sub_actions.append((verb.lower(), judged))
                resource.operations.append(judged)
            else:
                resource.operations.append(judged)

    def _can_be_deleted(self, resource: _Resource) -> bool:
        """Return whether clients learn, or choose, the ids of what they make, so that they can delete it."""
        if not any(operation.action == "delete" for operation in resource.operations):
            return False
        makes = [operation for operation in resource.operations if operation.action in ("create", "upsert")]
        told = any("$record" in str(operation.entry.get("answer", "")) for operation in makes)
        return bool(makes) and (told or resource.identity.client)

    def _is_shown(self, resource: _Resource) -> bool:
        """Return whether what is made or changed is answered, so that at least that can be seen."""
        ids = {operation.operation.id for operation in resource.operations}
        return any(
            facts.operation.id in ids
            and facts.role in ("create", "update", "replace")
            and resource.deeds.shows(facts)
            for facts in resource.draft.facts
        )

    def _is_useful(self, resource: _Resource, reasons: dict[str, str]) -> bool:
        """Return whether anything can be seen of a resource's records; else its operations have no state."""
        if any(operation.action in ("get", "list", "count") for operation in resource.operations):
            return True
        if self._is_shown(resource) or self._can_be_deleted(resource):
            return True
        for operation in resource.operations:
            reasons[operation.operation.id] = "nothing in the document reads what it changes"
        for _, sub in resource.sub_actions:
            reasons[sub.operation.id] = "nothing in the document reads what it changes"
        return False

    def _finished(self, resource: _Resource, names: Mapping[int, str], known: set[int]) -> Found:
        draft, identity, bonds = resource.draft, resource.identity, resource.bonds
        parents = {name: owner for name, owner in bonds.parents.items() if id(owner) in known}
        lost = {bonds.bound[name]: f"$request.path.{name}" for name in bonds.parents if name not in parents}
        order = {id: index for index, id in enumerate(self._view.document.operations)}
        return Found(
            name=resource.name,
            schema=self._view.target(draft.record),
            collection=collection_of(draft),
            id_property=identity.property,
            id_parameter=identity.parameter,
            make=identity.make,
            client_ids=identity.client,
            parents={name: names[id(owner)] for name, owner in parents.items()},
            bound={name: bonds.bound[name] for name in parents},
            scope={**bonds.scope, **lost},
            singleton=draft.singleton,
            operations=tuple(sorted(resource.operations, key=lambda found: order[found.operation.id])),
            sub_actions=tuple(resource.sub_actions),
        )


def _sources(resources: list[Found], found: Survey) -> dict[str, str]:
    """Return resource name -> where its schema was found."""
    by_operation = {facts.operation.id: draft for draft in found.drafts for facts in draft.facts}
    return {
        resource.name: by_operation[resource.operations[0].operation.id].source
        for resource in resources
        if resource.operations and resource.operations[0].operation.id in by_operation
    }
