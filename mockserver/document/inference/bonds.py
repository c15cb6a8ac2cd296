"""What keeps records apart besides their id: the parents and other variables in the paths of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mockserver.document.inference.drafts import Survey
from mockserver.document.inference.keys import Identity
from mockserver.document.inference.places import Draft, Facts, Key
from mockserver.document.inference.view import View
from mockserver.document.inference.vocabulary import KEYS
from mockserver.document.naming import singular, word, words
from mockserver.errors import Json


@dataclass(slots=True)
class Bond:
    """One variable that comes before the record in some paths of a resource.

    Attributes:
        owner: The resource whose record it names; None for what is no record.
        names: Its spellings in the paths, in their order.
        noun: The noun before it.
    """

    owner: Draft | None
    names: dict[str, None] = field(default_factory=dict)
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Bonds:
    """The bonds of one resource.

    Attributes:
        parents: Path parameter -> the resource whose record it names.
        bound: Path parameter of a parent -> property of the record that keeps it.
        scope: Property -> value that keeps records apart.
    """

    parents: Mapping[str, Draft]
    bound: Mapping[str, str]
    scope: Mapping[str, Json]


def bonds_of(
    draft: Draft, identities: Mapping[int, Identity], found: Survey, view: View, *, forgiving: bool
) -> Bonds:
    """Return what keeps the records of a resource apart besides their id.

    Args:
        draft: The resource.
        identities: `id` of each draft -> how its records are told apart.
        found: All resources.
        view: The schemas.
        forgiving: Whether the document knows no errors: then a parent that is not there cannot be refused.
    """
    parents: dict[str, Draft] = {}
    bound: dict[str, str] = {}
    scope: dict[str, Json] = {}
    properties = view.properties(draft.record)
    taken: set[str] = set()
    # `/transfers/{id}/reversals` has the parent's id where `/transfers/{transfer}/reversals/{id}` has the record's own.
    own = {facts.route.segments[-1].text for facts in draft.facts if facts.is_item}
    for bond in _bonds(draft, identities[id(draft)], found).values():
        names = sorted(bond.names, key=own.__contains__)
        property = _kept_as(bond, names[0], properties, identities[id(draft)], taken, view)
        taken.add(property)
        if bond.owner is not None and len(names) == 1 and not forgiving and _is_known(bond.owner, identities):
            parents[names[0]] = bond.owner
            bound[names[0]] = property
        else:
            values = [f"$request.path.{name}" for name in names]
            scope[property] = values[0] if len(values) == 1 else {"first": values}
    return Bonds(parents, bound, scope)


def _bonds(draft: Draft, identity: Identity, found: Survey) -> dict[Key, Bond]:
    """Return the bonds by the end of the path that leads to their variable: /users/me/pets/{id} is /pets/{id} here."""
    bonds: dict[Key, Bond] = {}
    for facts in draft.facts:
        seen: list[Key] = []
        for prefix, name in variables_before(facts):
            if facts.is_item and name in (*identity.find.values(), *facts.find.values()):
                continue
            owner = found.owners.get(prefix[:-1])
            start = max((index for index, key in enumerate(prefix) if key != "{}"), default=0)
            end = (*prefix[start:], str(seen.count(prefix[start:])))
            seen.append(prefix[start:])
            bond = bonds.setdefault(end, Bond(None if owner is draft else owner))
            bond.names.setdefault(name)
            literals = [
                segment.text for segment in facts.route.segments[: len(prefix)] if not segment.is_variable
            ]
            bond.noun = "_".join(words(singular(literals[-1]))) if literals else ""
    return bonds


def variables_before(facts: Facts) -> list[tuple[Key, str]]:
    """Return the variables of a path before the one that names the record: (key of the path up to it, name)."""
    segments = facts.route.segments[:-1] if facts.is_item else facts.route.segments
    return [
        (facts.route.key[: index + 1], segment.text)
        for index, segment in enumerate(segments)
        if segment.is_variable
    ]


def _is_known(owner: Draft, identities: Mapping[int, Identity]) -> bool:
    """Return whether clients can know the records of a parent, and these are told apart by what stands in the path."""
    known = any(
        facts.role in ("create", "upsert", "list") or (facts.is_item and facts.operation.method == "PUT")
        for facts in owner.facts
    )
    return known and not owner.singleton and not identities[id(owner)].find


def _kept_as(
    bond: Bond, name: str, properties: Mapping[str, str], identity: Identity, taken: set[str], view: View
) -> str:
    """Return the property that keeps the value of a variable: one that is declared for it, or a hidden one."""
    owner = word(bond.noun)
    by_word = {word(key): key for key in properties}
    plain = word(name)
    spelled = [plain] if plain not in KEYS else []
    tails = [
        tail
        for tail in ("id", "uuid", "gid", "sid", "key", "name")
        if plain.endswith(tail) or plain == owner or (plain in KEYS and tail == "id")
    ]
    for spelling in (*spelled, *(owner + tail for tail in tails), owner):
        key = by_word.get(spelling)
        if key is None or key in taken or key == identity.property:
            continue
        if view.types(properties[key]) & {"string", "integer"} and not view.items(properties[key]):
            return key
    if plain not in KEYS and name not in properties and name not in taken and name != identity.property:
        return name
    hidden = f"{bond.noun}_{name}" if bond.noun else f"path_{name}"
    while hidden in properties or hidden in taken:
        hidden = f"_{hidden}"
    return hidden
