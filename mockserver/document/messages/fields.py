"""Query strings, forms and cookies split into names and raw texts; names with brackets as trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote_plus

from mockserver.document.messages.coercion import Coercion
from mockserver.errors import Json, Violation

MAX_FIELDS: Final = 10_000
"""Fields of a query string, form or message of parts that are read; more are refused."""
MAX_BRACKETS: Final = 32
"""Brackets behind a name that are read; a name with more is no name of a parameter."""

Tree = dict[str, "Tree"] | list[str]
"""What stands behind a name: raw texts, or more of it by what stands in the next brackets (`""` for `[]`)."""
Decode = Callable[[str], str]


class Fields(dict[str, list[str]]):
    """Name, decoded -> raw texts, in the order in which they were sent.

    Attributes:
        has_brackets: Whether any name has some, which most have not.
    """

    has_brackets = False


def split_fields(data: bytes, violations: list[Violation], place: str = "query") -> Fields:
    """Split a query string or form into names and raw values, which are still percent-encoded."""
    fields = Fields()
    if has_too_many(data):
        violations.append(Violation((place,), "maxFields", f"there are more than {MAX_FIELDS} fields"))
        return fields
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    for piece in text.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            name = unquote_plus(name)
            if "[" in name:
                fields.has_brackets = True
            fields.setdefault(name, []).append(value)
    return fields


def has_too_many(data: bytes) -> bool:
    """Return whether a query string or form has more fields than are read."""
    return len(data) > MAX_FIELDS and data.count(b"&") >= MAX_FIELDS


def split_cookies(text: str) -> Fields:
    """Split a Cookie field into names and raw values, without the quotes around them (RFC 6265 section 4.1.1).

    This is the only reader of cookies in the house.
    """
    fields = Fields()
    for piece in text.split(";", MAX_FIELDS)[:MAX_FIELDS]:
        name, separator, value = piece.strip().partition("=")
        if separator:
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] == '"':
                value = value[1:-1]
            name = name.strip()
            if "[" in name:
                fields.has_brackets = True
            fields.setdefault(name, []).append(value)
    return fields


# Brackets.


def brackets_of(key: str) -> tuple[str, list[str]]:
    """Return the name before the first bracket and what stands in each: `a[b][]` -> `a`, `["b", ""]`.

    What is no well-formed name with brackets (`a[`, `a]`, `a[b]c`, `[b]`) is a name as it stands.
    """
    name, bracket, rest = key.partition("[")
    if not bracket or not name or not rest.endswith("]"):
        return key, []
    tokens = rest[:-1].split("][", MAX_BRACKETS)
    if len(tokens) > MAX_BRACKETS or any("[" in token or "]" in token for token in tokens):
        return key, []
    return name, tokens


def gather(name: str, fields: Fields) -> Tree | None:
    """Return what was sent for a name in brackets, without what was sent for the name alone; None for nothing."""
    if not fields.has_brackets:
        return None
    tree: dict[str, Tree] = {}
    prefix = f"{name}["
    for key, texts in fields.items():
        if key.startswith(prefix):
            base, tokens = brackets_of(key)
            if base == name and tokens:
                plant(tree, tokens, texts)
    return tree or None


def plant(tree: dict[str, Tree], tokens: list[str], texts: list[str]) -> None:
    """Put texts into a tree; what stands at a place that also has brackets is an item of it, as after `[]`."""
    for token in tokens[:-1]:
        inner = tree.get(token)
        if not isinstance(inner, dict):
            inner = tree[token] = {} if inner is None else {"": inner}
        tree = inner
    last = tree.get(tokens[-1])
    if isinstance(last, dict):
        plant(last, [""], texts)
    elif last is None:
        tree[tokens[-1]] = list(texts)
    else:
        last += texts


def value_of(tree: Tree, coercion: Coercion, decode: Decode) -> Json:
    """Return the value of a tree, typed by a schema."""
    if isinstance(tree, list):
        return of_texts([decode(text) for text in tree], coercion)
    is_list = all(not key or _is_index(key) for key in tree)
    if is_list and (coercion.is_array or not coercion.is_object):
        return list(_items(tree, coercion, decode))
    return {key: value_of(inner, coercion.property(key), decode) for key, inner in tree.items()}


def of_texts(texts: list[str], coercion: Coercion) -> Json:
    """Return the value of what was sent for one name: a list where the schema has one, or one value."""
    if coercion.is_array:
        listed = coercion.array(texts)
        if len(texts) == 1:
            if coercion.is_mixed:
                return pick(coercion, [listed, coercion.scalar(texts[0])])
            if texts[0][:1] == "[" and not coercion.is_valid(listed):
                return pick(coercion, [listed, coercion.scalar(texts[0])])
        return listed
    if len(texts) == 1:
        return coercion.scalar(texts[0])
    # Where no list is declared the judge says that it is none.
    return [coercion.scalar(text) for text in texts]


def pick(coercion: Coercion, candidates: list[Json]) -> Json:
    """Return the first of several readings that the schema takes, else the first."""
    return next((value for value in candidates if coercion.is_valid(value)), candidates[0])


def _is_index(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 10


def _items(tree: dict[str, Tree], coercion: Coercion, decode: Decode) -> Iterator[Json]:
    """Yield the items of a list: those of `[]` first, then those with an index, in its order and without gaps."""
    number = 0
    for key in sorted(tree, key=lambda key: int(key) if key else -1):
        inner = tree[key]
        parts: list[Tree]
        if key:
            parts = [inner]
        elif isinstance(inner, list):
            parts = [[text] for text in inner]
        else:
            parts = list(_spread(inner, coercion.items()))
        for part in parts:
            yield value_of(part, coercion.item(number), decode)
            number += 1


def _spread(tree: dict[str, Tree], coercion: Coercion) -> Iterator[Tree]:
    """Yield the objects of `a[][x]=1&a[][y]=2&a[][x]=3`: the second text of a name belongs to the second object."""
    objects: list[dict[str, Tree]] = [{}]
    for name, inner in tree.items():
        if isinstance(inner, dict) or coercion.property(name).is_array:
            objects[0][name] = inner
            continue
        for index, text in enumerate(inner):
            if index == len(objects):
                objects.append({})
            objects[index][name] = [text]
    yield from objects


def write_brackets(name: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Yield the names and scalars that stand for a value in brackets, e.g. `a[b]`.

    Lists of scalars repeat the name, other lists have indices. Empty lists and objects leave no trace.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from write_brackets(f"{name}[{key}]", inner)
    elif isinstance(value, list):
        is_flat = not any(isinstance(item, dict | list) for item in value)
        for index, item in enumerate(value):
            yield from write_brackets(name if is_flat else f"{name}[{index}]", item)
    else:
        yield name, value
