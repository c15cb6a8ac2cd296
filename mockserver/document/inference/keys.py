"""Ids: which property tells records apart, which parameter names it, how new ones are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.inference.make import template_of
from mockserver.document.inference.places import Draft, Facts
from mockserver.document.inference.view import View
from mockserver.document.inference.vocabulary import KEYS, NATURAL
from mockserver.document.model import Operation, Parameter
from mockserver.document.naming import singular, word, words

HIDDEN: Final = "_id"
"""Id of records whose own keys are unique only below a parent."""


@dataclass(frozen=True, slots=True)
class Identity:
    """How the records of a resource are told apart.

    Attributes:
        property: Dotted path; it may not be declared.
        parameter: Path parameter that names it, "" where none does.
        make: How new ids are made.
        client: Whether a client may choose.
        find: Property -> path parameter, for a record that is found by other properties than its id.
    """

    property: str
    parameter: str = ""
    make: str = "uuid4"
    client: bool = False
    find: Mapping[str, str] = field(default_factory=dict)


def identity_of(draft: Draft, view: View, is_nested: bool) -> Identity:
    """Return how the records of a resource are told apart.

    Args:
        draft: The resource.
        view: The schemas.
        is_nested: Whether its paths lie below other variables, so that a natural key may come again.
    """
    parameter = _parameter(draft)
    properties = view.properties(draft.record)
    name = _linked(draft, view, parameter) or _property(draft.noun, parameter, properties, view)
    if name is None:
        name = parameter.name if parameter else "id"
    declared = properties.get(name)
    make = template_of(view, declared, parameter, draft.noun)
    sends = _is_sent(draft, view, name)
    if parameter and is_nested and word(name) in NATURAL and sends:
        own = next((key for key in ("id", "uuid", "gid") if key in properties), None)
        place = properties.get(own) if own else None
        return Identity(
            own or HIDDEN,
            parameter.name,
            template_of(view, place, None, draft.noun),
            False,
            {name: parameter.name},
        )
    return Identity(name, parameter.name if parameter else "", make, sends)


def _parameter(draft: Draft) -> Parameter | None:
    """Return the path parameter that names a record, the one that most operations have."""
    names = Counter(facts.route.segments[-1].text for facts in draft.facts if facts.is_item)
    if not names:
        return None
    name = names.most_common(1)[0][0]
    for facts in draft.facts:
        if facts.is_item and facts.route.segments[-1].text == name:
            return path_parameter(facts.operation, name)
    return None


def path_parameter(operation: Operation, name: str) -> Parameter | None:
    """Return the path parameter of a name."""
    return next((item for item in operation.parameters if item.place == "path" and item.name == name), None)


def _linked(draft: Draft, view: View, parameter: Parameter | None) -> str | None:
    """Return the property that a link (OAS 3.1.1 section 4.8.20) of the document says to be the id."""
    if parameter is None:
        return None
    ids = {facts.operation.id for facts in draft.facts if facts.is_item}
    for facts in draft.facts:
        for response in facts.operation.responses.values():
            links = view.node(response.pointer).get("links")
            for link in links.values() if isinstance(links, dict) else ():
                target = _target(view, link)
                sent = target.get("parameters")
                if target.get("operationId") not in ids or not isinstance(sent, dict):
                    continue
                value = sent.get(parameter.name, sent.get(f"path.{parameter.name}"))
                if isinstance(value, str) and value.startswith("$response.body#/"):
                    names = ptr.split(value.removeprefix("$response.body#"))
                    inner = names[len(facts.one.path) :] if facts.one else names
                    if inner and not any(part.isdigit() for part in inner):
                        return ".".join(inner)
    return None


def _target(view: View, link: Any) -> dict[str, Any]:
    if isinstance(link, dict) and isinstance(link.get("$ref"), str):
        try:
            return view.node(ptr.of_reference(link["$ref"]))
        except ValueError:
            return {}
    return link if isinstance(link, dict) else {}


def _property(
    noun: str, parameter: Parameter | None, properties: Mapping[str, str], view: View
) -> str | None:
    """Return the property that a path parameter names, None where the record declares none.

    The name of the parameter says it whole (`petId`), without the noun (`tag_gid` -> `gid`), or names the noun alone
    (`{customer}` -> `id`); types decide where names do not.
    """
    by_word: dict[str, str] = {}
    for name in properties:
        by_word.setdefault(word(name), name)
    types = view.types(parameter.schema) if parameter and parameter.schema else frozenset()
    for candidate in candidates(noun, parameter.name if parameter else ""):
        found = by_word.get(candidate)
        if found is not None and _fits(types, properties[found], view, candidate, by_word):
            return found
    return None


def candidates(noun: str, parameter: str) -> Iterable[str]:
    """Return the names that the id of a noun may have, as `naming.word` writes them, the likelier first."""
    plain, parts = word(parameter), words(parameter)
    found: list[str] = []
    if plain and plain != noun:
        found.append(plain)
    if len(parts) > 1:
        for start in range(1, len(parts)):
            rest = "".join(parts[start:])
            found += [noun + rest, rest]
    if plain in ("", "id", noun) or (parts and parts[-1] == "id"):
        found += [noun + "id", "id", noun + "uuid", noun + "key", noun + "name"]
    if plain in ("", noun) or singular(plain) == noun or not parts or parts[-1] not in KEYS:
        found += [*KEYS, *(noun + key for key in KEYS), noun]
    return dict.fromkeys(found)


def _fits(types: frozenset[str], pointer: str, view: View, candidate: str, others: Mapping[str, str]) -> bool:
    """Return whether a property may be what a path parameter of these types names.

    A text in the path may stand for a number in the record, unless a text is there to be named.
    """
    mine = view.types(pointer)
    if not mine or not types:
        return True
    if mine & {"string", "integer", "number"}:
        if types & mine or not (types == {"string"} and mine <= {"integer", "number"}):
            return not (types <= {"integer", "number"} and mine == {"string"} and candidate in NATURAL)
        return candidate.endswith("id") or not any(key in others for key in ("name", "slug", "key"))
    return False


def _is_sent(draft: Draft, view: View, name: str) -> bool:
    """Return whether clients choose the id: they send it, or put a thing where there was none."""
    creates = [facts for facts in draft.facts if facts.role in ("create", "upsert") and not facts.is_item]
    for facts in creates:
        if facts.sent and facts.sent.record:
            place = view.properties(facts.sent.record).get(name)
            if place is not None and not view.marks(place, "readOnly"):
                return True
    if not creates:
        return any(facts.is_item and facts.operation.method in ("PUT", "POST") for facts in draft.facts)
    return False


def locate(facts: Facts, noun: str, identity: Identity, view: View, *, many: bool = False) -> str | None:
    """Return the expression of the id in a request that does not have it in its path, None where it has none.

    Args:
        facts: The operation.
        noun: The key of what is named.
        identity: How it is told apart.
        view: The schemas.
        many: Whether a list of ids is looked for.
    """
    names = _names_in_requests(noun, identity.property, many)
    properties = view.properties(facts.request.schema) if facts.request.schema else {}
    by_word = {word(name): name for name in reversed(properties)}
    query = {word(item.name): item for item in reversed(facts.operation.parameters) if item.place == "query"}
    for name in names:
        if name in by_word and (view.items(properties[by_word[name]]) is not None) == many:
            return "$request.body#" + ptr.join("", by_word[name])
        parameter = query.get(name)
        if parameter is not None and _is_many(parameter, view) == many:
            return f"$request.query.{parameter.name}"
    return None


def _is_many(parameter: Parameter, view: View) -> bool:
    return parameter.schema is not None and view.items(parameter.schema) is not None


def _names_in_requests(noun: str, property: str, many: bool) -> list[str]:
    key = word(property.rpartition(".")[2])
    names = [noun + key, key] if not key.startswith(noun) else [key]
    names += [noun + "id", "id"] if key != "id" else []
    if key in NATURAL or key == "id":
        names.append(noun)
    return [f"{name}s" for name in names] + ["ids"] if many else names
