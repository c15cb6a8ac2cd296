"""Names of resources: the noun of the path in the plural, with the parent's before it where two would be the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from mockserver.document.inference.places import Draft, Facts
from mockserver.document.inference.routes import Segment
from mockserver.document.naming import plural, singular, words


def names_of(drafts: Sequence[Draft], given: Mapping[int, str]) -> list[str]:
    """Return a name for each resource.

    Args:
        drafts: The resources.
        given: `id` of a draft -> the name that the user's plan has for it.
    """
    chains = [_chain(draft) for draft in drafts]
    found = [given.get(id(draft), "") for draft in drafts]
    taken = set(given.values())
    for length in range(1, 6):
        open_ones = [index for index, name in enumerate(found) if not name]
        counts = Counter(_joined(chains[index], length) for index in open_ones)
        for index in open_ones:
            name = _joined(chains[index], length)
            if counts[name] == 1 and name not in taken:
                found[index] = name
        taken.update(name for name in found if name)
    for index, name in enumerate(found):
        if not name:
            base = "_".join("_".join(words(text)) for text in _literals(drafts[index])[-2:])
            number = 2
            while base in taken:
                base, number = f"{_joined(chains[index], 6)}_{number}", number + 1
            found[index] = base
            taken.add(base)
    return found


def _joined(chain: Sequence[str], length: int) -> str:
    """Return the last parts of a chain of nouns as a name."""
    return "_".join(chain[-length:])


def _chain(draft: Draft) -> list[str]:
    """Return the nouns of a resource's path, the last one in the plural unless there is one record only."""
    literals = _literals(draft)
    spelled = ["_".join(words(text)) or text for text in literals]
    if not spelled:
        return ["root"]
    last = spelled[-1] if draft.singleton else plural(spelled[-1])
    return [*("_".join(_single(text)) for text in spelled[:-1]), last]


def _single(text: str) -> list[str]:
    parts = text.split("_")
    return [*parts[:-1], singular(parts[-1])]


def _literals(draft: Draft) -> list[str]:
    segments = _shortest(draft.facts, draft)
    return [segment.text for segment in segments if not segment.is_variable]


def _shortest(facts: Sequence[Facts], draft: Draft) -> tuple[Segment, ...]:
    own = [item for item in facts if item.place == draft.keys[0]]
    return (own or list(facts))[0].route.segments


def collection_of(draft: Draft) -> str:
    """Return the path of a resource's collection as the document writes it."""
    own = [facts for facts in draft.facts if facts.place == draft.keys[0]] or draft.facts
    plain = [facts for facts in own if not facts.is_item and not facts.route.verb]
    if plain:
        return plain[0].operation.path
    path = own[0].operation.path
    name = own[0].route.segments[-1].text
    cut = path.find("/{" + name + "}") if own[0].is_item else -1
    return path[:cut] if cut > 0 else path
