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
from mockserver.errors import Json

NATURAL_KEYS: Final = tuple(key for key in KEYS if key in NATURAL)
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


def identity_of(draft: Draft, view: View, *, is_nested: bool, by_path: bool) -> Identity:
    """Return how the records of a resource are told apart.

    Args:
        draft: The resource.
        view: The schemas.
        is_nested: Whether its paths lie below other variables, so that a natural key may come again.
        by_path: Whether clients choose ids by the paths that they write to.
    """
    parameter = _parameter(draft)
    properties = view.properties(draft.record)
    found = _found_by_all(draft, view)
    if found:
        own = next((key for key in ("id", "uuid", "gid") if key in properties), None)
        make = template_of(view, properties.get(own) if own else None, None, draft.noun)
        return Identity(own or HIDDEN, parameter.name if parameter else "", make, False, found)
    name = _linked(draft, view, parameter) or _property(
        draft.noun, parameter, properties, view, _types(draft, view)
    )
    if name is None:
        name = _inside(draft, parameter, view) or (parameter.name if parameter else "id")
    declared = _declared(draft.record, name, view)
    make = template_of(view, declared, parameter, draft.noun, _shown_ids(draft, name))
    sends = by_path or _is_sent(draft, view, name)
    natural = word(name.rpartition(".")[2]) in NATURAL
    if parameter and natural and sends and (is_nested or _comes_again(draft)):
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


def _found_by_all(draft: Draft, view: View) -> dict[str, str]:
    """Return property -> path parameter for a key of several parts: /repos/{owner}/{repo}.

    Empty where the key has one part only, or where a part is no property of the record.
    """
    items = [facts for facts in draft.facts if facts.is_item]
    if not items or not all(facts.route.key[-2:] == ("{}", "{}") for facts in items):
        return {}
    properties = view.properties(draft.record)
    keys = items[0].route.key
    names = [
        segment.text
        for index, segment in enumerate(items[0].route.segments)
        if all(key == "{}" for key in keys[index:])
    ]
    found: dict[str, str] = {}
    for name in names[:-1]:
        place = _part(name, properties, view)
        if place is None:
            return {}
        found[place] = name
    last = _property(
        draft.noun, path_parameter(items[0].operation, names[-1]), properties, view, _types(draft, view)
    )
    if last is None or last in found or word(last) not in NATURAL:
        return {}  # what the server makes is unique by itself
    return {**found, last: names[-1]}


def _part(name: str, properties: Mapping[str, str], view: View) -> str | None:
    """Return the dotted property that a part of a key names: `owner`, or `owner.login` where the owner is an object."""
    for key, place in properties.items():
        if word(key) != word(name):
            continue
        inner = {word(inside): inside for inside in view.properties(place)}
        if not inner:
            return key
        natural = ("login", "username", "name", "slug", "key", "id")
        chosen = next((inner[part] for part in natural if part in inner), None)
        return f"{key}.{chosen}" if chosen else None
    return None


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
    noun: str, parameter: Parameter | None, properties: Mapping[str, str], view: View, types: frozenset[str]
) -> str | None:
    """Return the property that a path parameter names, None where the record declares none.

    The name of the parameter says it whole (`petId`), without the noun (`tag_gid` -> `gid`), or names the noun alone
    (`{customer}` -> `id`); types decide where names do not.
    """
    by_word = {
        word(name): name for name in sorted(properties, key=lambda name: name.startswith("_"), reverse=True)
    }
    likely = [
        by_word[name] for name in candidates(noun, parameter.name if parameter else "") if name in by_word
    ]
    by_number = types <= {"integer", "number"}

    def fits(name: str) -> bool:
        mine = view.types(properties[name])
        if word(name) in NATURAL and mine == {"string"} and by_number and types:
            return False  # nobody is named by a number
        return not mine or not types or bool(mine & types)

    def nearly_fits(name: str) -> bool:
        mine = view.types(properties[name])
        return bool(
            mine & {"string", "integer", "number"}
        )  # "5" in the path for 5 in the record, or the reverse

    found = next(filter(fits, likely), None) or next(filter(nearly_fits, likely), None)
    if found is None and word(parameter.name if parameter else "") == "id":
        found = next((by_word[name] for name in NATURAL_KEYS if name in by_word), None)
    return found


def _types(draft: Draft, view: View) -> frozenset[str]:
    """Return the types that the parameter of an id has in any operation: documents differ with themselves."""
    found: frozenset[str] = frozenset()
    for facts in draft.facts:
        parameter = path_parameter(facts.operation, facts.route.segments[-1].text) if facts.is_item else None
        found |= view.types(parameter.schema) if parameter and parameter.schema else frozenset()
    return found


def candidates(noun: str, parameter: str) -> Iterable[str]:
    """Return the names that the id of a noun may have, as `naming.word` writes them, the likelier first."""
    plain, parts = word(parameter), words(parameter)
    found: list[str] = [part for part in parts if "or" in parts and part in KEYS]  # uidOrKey
    if plain and plain != noun:
        found.append(plain)
    if len(parts) > 1:
        for start in range(1, len(parts)):
            rest = "".join(parts[start:])
            found += [noun + rest, rest]
    if plain in ("", "id", noun) or (parts and parts[-1] == "id"):
        found += [noun + "id", "id", noun + "uuid", noun + "key", noun + "name"]
    says_id = plain.endswith("id") and plain != noun
    if not says_id and (plain in ("", noun) or singular(plain) == noun or not parts or parts[-1] not in KEYS):
        found += [*KEYS, *(noun + key for key in KEYS), noun]
    found += ["id", noun + "id", "uuid", "gid", "sid"]
    return dict.fromkeys(found)


def _shown_ids(draft: Draft, name: str) -> list[Json]:
    """Return the ids in the examples of answers."""
    found: list[Json] = []
    for facts in draft.facts:
        for value in examples(facts):
            if facts.one and facts.one.record and facts.role in ("get", "create", "update", "replace"):
                shown = [_at(value, facts.one.path)]
            elif facts.many and facts.role == "list":
                items = _at(value, facts.many.path)
                shown = items if isinstance(items, list) else []
            else:
                shown = []
            found += [item[name] for item in shown if isinstance(item, dict) and name in item]
    return found


def examples(facts: Facts) -> list[Json]:
    """Return the examples that a document gives for the usual answer of an operation."""
    response = facts.operation.responses.get(str(facts.answer.status))
    media = response.content.get(facts.answer.media_type) if response else None
    return list(media.examples.values()) if media else []


def _at(value: Json, path: Iterable[str]) -> Json:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _comes_again(draft: Draft) -> bool:
    """Return whether PUT has to make what was deleted before, because nothing that it declares refuses that."""
    puts = [facts.operation for facts in draft.facts if facts.is_item and facts.operation.method == "PUT"]
    deletes = any(facts.is_item and facts.operation.method == "DELETE" for facts in draft.facts)
    makes = [operation for operation in puts if "201" in operation.responses]
    refusals = {"404", "409", "410", "4XX", "default"}
    return deletes and any(not refusals & operation.responses.keys() for operation in makes)


def _inside(draft: Draft, parameter: Parameter | None, view: View) -> str | None:
    """Return the dotted property that a variable names in what a record says about itself: `metadata.name`."""
    for holder, place in view.properties(draft.record).items():
        if word(holder) in ("metadata", "meta"):
            inner = _property(draft.noun, parameter, view.properties(place), view, _types(draft, view))
            return None if inner is None else f"{holder}.{inner}"
    return None


def _declared(record: str, name: str, view: View) -> str | None:
    """Return the pointer of a property, None where it is not declared."""
    place: str | None = record
    for part in [name] if name in view.properties(record) else name.split("."):
        place = view.properties(place).get(part) if place is not None else None
    return place


def _is_sent(draft: Draft, view: View, name: str) -> bool:
    """Return whether clients send the id with what they make."""
    creates = [facts for facts in draft.facts if facts.role in ("create", "upsert") and not facts.is_item]
    for facts in creates:
        if facts.sent and facts.sent.record:
            place = _declared(facts.sent.record, name, view)
            if place is not None and not view.marks(place, "readOnly"):
                return True
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
        if name in by_word and _may_name(properties[by_word[name]], view, many=many):
            return "$request.body#" + ptr.join("", by_word[name])
        parameter = query.get(name)
        if parameter is not None and _is_many(parameter, view) == many:
            return f"$request.query.{parameter.name}"
    return None


def only_id(facts: Facts, view: View) -> str | None:
    """Return the expression of the one id that a request has to have, None where there is none, or several."""
    if facts.request.schema is None:
        return None
    properties = view.properties(facts.request.schema)
    ids = [
        name
        for name in view.required(facts.request.schema)
        if words(name)[-1:] in (("id",), ("uuid",)) and word(name) not in ("clientid", "requestid")
    ]
    if len(ids) != 1 or ids[0] not in properties or not _may_name(properties[ids[0]], view, many=False):
        return None
    return "$request.body#" + ptr.join("", ids[0])


def _may_name(pointer: str, view: View, *, many: bool) -> bool:
    """Return whether a property may hold an id, or a list of them: no object, no file."""
    items = view.items(pointer)
    place = pointer if items is None else items
    if (items is not None) != many or view.format(place) in ("binary", "byte"):
        return False
    types = view.types(place)
    return not types or bool(types & {"string", "integer", "number"})


def _is_many(parameter: Parameter, view: View) -> bool:
    return parameter.schema is not None and view.items(parameter.schema) is not None


def _names_in_requests(noun: str, property: str, many: bool) -> list[str]:
    key = word(property.rpartition(".")[2])
    names = [noun + key, key] if not key.startswith(noun) else [key]
    names += [noun + "id", "id"] if key != "id" else []
    if key in NATURAL or key == "id":
        names.append(noun)
    return [f"{name}s" for name in names] + ["ids"] if many else names
