"""Places that are about the same thing become one resource; each learns whose records it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mockserver.document.inference.alike import Likeness
from mockserver.document.inference.places import Draft, Facts, Key, Place, draft_of
from mockserver.document.inference.view import View
from mockserver.document.naming import word


@dataclass(slots=True)
class Survey:
    """All that was gathered.

    Attributes:
        drafts: The resources, in the order of their first operation.
        owners: Key of a collection -> the resource whose records it holds.
        rest: Places that are no resource.
        deeds: Those whose paths have an argument after the verb.
    """

    drafts: list[Draft]
    owners: dict[Key, Draft] = field(default_factory=dict)
    rest: list[Place] = field(default_factory=list)
    deeds: list[Place] = field(default_factory=list)


def survey(places: Mapping[Key, Place], view: View, alike: Likeness) -> Survey:
    """Return the resources that places are about."""
    found: list[Draft] = []
    rest: list[Place] = []
    for place in places.values():
        draft = draft_of(place, view, alike)
        if draft is None:
            rest.append(place)
        else:
            found.append(draft)
    drafts = _merged(found, view, alike)
    owners = {key: draft for draft in drafts for key in draft.keys}
    deeds = [draft for draft in drafts if _is_deed(draft, owners, alike)]
    left = [draft for draft in drafts if draft not in deeds]
    places_of_deeds = [Place(draft.keys[0], draft.facts) for draft in deeds]
    return Survey(left, {key: draft for draft in left for key in draft.keys}, rest, places_of_deeds)


def _is_deed(draft: Draft, owners: Mapping[Key, Draft], alike: Likeness) -> bool:
    """Return whether what looks like items is an action with an argument: PUT /folders/{id}/move/{parent}."""
    key = draft.keys[0]
    owner = owners.get(key[:-2]) if len(key) > 2 and key[-2] == "{}" else None
    if owner is None or owner is draft or any(facts.is_reading or not facts.is_item for facts in draft.facts):
        return False
    shown = [facts.one.record for facts in draft.facts if facts.one and facts.one.record]
    return bool(shown) and all(alike.same(record, owner.record) for record in shown)


def _merged(found: list[Draft], view: View, alike: Likeness) -> list[Draft]:
    """Bring drafts of one thing together: what can be made at one path and is read at another is one resource."""
    by_noun: dict[str, list[Draft]] = {}
    by_record: dict[str, list[Draft]] = {}
    kept = [draft for draft in found if draft.is_full]
    for draft in kept:
        if not draft.singleton:
            by_noun.setdefault(draft.noun, []).append(draft)
            by_record.setdefault(view.target(draft.record), []).append(draft)
    gone = _join_lookups(kept, view, alike)
    for group in by_noun.values():
        gone |= _join_full([draft for draft in group if id(draft) not in gone], view, alike)
    homeless: list[Draft] = []
    for draft in found:
        if not draft.is_full:
            home = _home(draft, by_noun, by_record, gone, view, alike)
            if home is None:
                homeless.append(draft)
            else:
                _join(home, draft)
    homeless = _join_lists(homeless, view, alike)
    order = {id(draft): index for index, draft in enumerate(found)}
    return sorted(
        [draft for draft in (*kept, *homeless) if id(draft) not in gone], key=lambda draft: order[id(draft)]
    )


def _join_lookups(kept: Sequence[Draft], view: View, alike: Likeness) -> set[int]:
    """Join other ways to the same records: /users/{id} and /users/by-name/{name}; return those that are gone."""
    by_key = {key: draft for draft in kept for key in draft.keys}
    gone: set[int] = set()
    for draft in kept:
        if draft.singleton or not all(facts.is_item and facts.role == "get" for facts in draft.facts):
            continue
        key = draft.keys[0]
        homes = (by_key.get(key[:end]) for end in range(len(key) - 1, 0, -1))
        home = next((other for other in homes if other is not None), None)
        if home is None or home is draft or home.singleton or not alike.same(draft.record, home.record):
            continue
        properties = {word(name): name for name in view.properties(home.record)}
        finds = [_lookup(facts, len(home.keys[0]), home.noun, properties) for facts in draft.facts]
        if all(finds):
            for facts, find in zip(draft.facts, finds, strict=True):
                facts.find = find
            _join(home, draft)
            gone.add(id(draft))
    return gone


def _lookup(facts: Facts, start: int, noun: str, properties: Mapping[str, str]) -> dict[str, str]:
    """Return property -> variable for the part of a path after a collection's; empty where it says something else."""
    find: dict[str, str] = {}
    said = ""
    for segment in facts.route.segments[start:]:
        plain = word(segment.text)
        if not segment.is_variable:
            said = plain.removeprefix("by")
            continue
        names = (plain, plain.removeprefix(noun), said)
        found = next((properties[name] for name in names if name in properties), None)
        if found is None:
            return {}
        find[found] = segment.text
    return find


def _join_full(group: list[Draft], view: View, alike: Likeness) -> set[int]:
    """Join /projects/{id}/tasks/{task} to /tasks/{task} where both show the same record; return those that are gone."""
    gone: set[int] = set()
    for draft in sorted(group, key=lambda draft: len(draft.keys[0])):
        for other in group if id(draft) not in gone else ():
            key, longer = draft.keys[0], other.keys[0]
            if (
                other is not draft
                and id(other) not in gone
                and len(longer) > len(key)
                and (_ends_alike(key, longer, draft, other, view) or _is_short_for(draft, other))
                and alike.same(draft.record, other.record)
            ):
                _join(draft, other)
                gone.add(id(other))
    return gone


def _ends_alike(key: Key, longer: Key, draft: Draft, other: Draft, view: View) -> bool:
    """Return whether a path is another's end, below a parent; below a word it may be a space of names of its own."""
    below = "{}" in longer[: -len(key)]
    return longer[-len(key) :] == key and (below or view.target(draft.record) == view.target(other.record))


def _is_short_for(draft: Draft, other: Draft) -> bool:
    """Return whether a path that only reads leaves out the parents of another: /guilds/templates/{code}."""
    literals = [key for key in other.keys[0] if key != "{}"]
    return list(draft.keys[0]) == literals and all(facts.is_reading for facts in draft.facts)


def _home(
    draft: Draft,
    by_noun: Mapping[str, list[Draft]],
    by_record: Mapping[str, list[Draft]],
    gone: set[int],
    view: View,
    alike: Likeness,
) -> Draft | None:
    """Return the resource whose records a collection lists or makes although they stand elsewhere."""
    candidates = [
        other
        for other in by_noun.get(draft.noun, ())
        if id(other) not in gone and _is_near(draft, other) and alike.same(draft.record, other.record)
    ]
    if not candidates and view.name(draft.record):
        makes = any(not facts.is_reading for facts in draft.facts)
        candidates = [
            other
            for other in by_record.get(view.target(draft.record), ())
            if id(other) not in gone and not (makes and not draft.noun.endswith(other.noun))
        ]
    return max(candidates, key=lambda other: _common(draft.keys[0], other.keys[0]), default=None)


def _is_near(draft: Draft, home: Draft) -> bool:
    """Return whether a collection may be of the things that have their home elsewhere.

    The badges of groups are not those of projects: a home below others is only for what is below these, too.
    """
    nested = "{}" in home.keys[0]
    return not nested or set(home.keys[0]) <= set(draft.keys[0]) or "{}" not in draft.keys[0]


def _join_lists(homeless: Iterable[Draft], view: View, alike: Likeness) -> list[Draft]:
    """Join lists of the same thing that nothing names by id."""
    kept: list[Draft] = []
    by_noun: dict[str, list[Draft]] = {}
    for draft in homeless:
        home = next(
            (
                other
                for other in by_noun.get(draft.noun, ())
                if (_is_near(draft, other) or _is_near(other, draft))
                and alike.same(other.record, draft.record)
            ),
            None,
        )
        if home is None:
            kept.append(draft)
            by_noun.setdefault(draft.noun, []).append(draft)
        else:
            _join(home, draft)
    return kept


def _join(home: Draft, draft: Draft) -> None:
    home.facts += draft.facts
    home.keys += draft.keys


def _common(one: Key, other: Key) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def action_places(found: Survey) -> list[tuple[Draft | None, str, Facts]]:
    """Return the operations of what is no resource, each with the resource on whose record it acts, and its verb."""
    result: list[tuple[Draft | None, str, Facts]] = []
    for place in (*found.rest, *found.deeds):
        for facts in place.facts:
            owner, verb = None, ""
            if (
                len(place.key) > 1
                and (place in found.deeds or not facts.is_item)
                and facts.route.verb is None
            ):
                if place.key[-2] == "{}":
                    owner = found.owners.get(place.key[:-2])
                else:
                    owner = found.owners.get(place.key[:-1])
                verb = facts.route.segments[len(place.key) - 1].text
            result.append((owner, verb, facts))
    return result
