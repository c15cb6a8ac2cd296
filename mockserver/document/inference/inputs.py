"""What a list's request says, piece by piece: query parameters and their members, members of a body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.inference.model import FoundOperation
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.model import Parameter
from mockserver.document.naming import word
from mockserver.errors import Json

_PARTS: Final = re.compile(r"\[([^\[\]]*)\]|__|[.](?=\w)")
_HOLDERS: Final = known(
    "options filter filters where query params parameters criteria conditions pagination paging search selector q "
    "args filterby request body"
)
"""Objects that only hold other pieces: what stands in them means the same as beside them."""
_PREFIXED: Final = known("page sort order")
"""Objects whose name belongs to what stands in them: `page: {size}` is a page size."""

OPERATORS: Final = known(
    "gt gte ge lt lte le eq ne in nin not contains like exists before after min max from to"
)
"""Members of an object that bounds one property."""


_NOTHING: Final[Mapping[str, Json]] = {}


@dataclass(frozen=True, slots=True)
class Input:
    """One piece of a request.

    Attributes:
        name: As people know it: `limit`, `page[size]`, `filters.status`.
        value: The expression of the plan.
        parts: Its name in pieces, objects that only hold it left out: `filter[created][gte]` is `created`, `gte`.
        schema: Pointer of its schema, None without one.
        is_parameter: Whether it is a query parameter of its own, whose expression the plan may leave out.
        is_object: Whether it may be an object of bounds: `created[gte]`.
        said: What its description, and that of its schema, say.
        examples: Values that the document shows.
        types: JSON types that it may have besides an object; none where nothing is known.
        default: What it is when nobody says it, None where nothing tells.
    """

    name: str
    value: str
    parts: tuple[str, ...]
    schema: str | None = None
    is_parameter: bool = True
    is_object: bool = False
    required: bool = False
    said: str = ""
    examples: tuple[Json, ...] = ()
    types: frozenset[str] = field(default_factory=frozenset)
    default: Json = None

    @property
    def word(self) -> str:
        """Its name without case and signs."""
        return word("".join(self.parts))


def inputs(view: View, operation: FoundOperation) -> list[Input]:
    """Return the pieces of a request that may say which records are wanted, in the document's order."""
    found: list[Input] = []
    for parameter in operation.operation.parameters:
        if parameter.place == "query" and "#" not in parameter.name:  # no expression can name the others
            found += _of_parameter(view, parameter)
    if operation.operation.method in ("POST", "PUT", "PATCH") and operation.request.schema is not None:
        found += _of_body(view, operation.request.schema, (), ())
    return found


def _of_parameter(view: View, parameter: Parameter) -> Iterator[Input]:
    node = view.node(parameter.pointer)
    expression = f"$request.query.{parameter.name}"
    schema = parameter.schema
    members = view.properties(schema) if schema is not None else {}
    if members and all(word(name) in OPERATORS for name in members):
        members = {}  # a property's bounds, which are one condition
    types = view.types(schema) if schema is not None else frozenset[str]()
    only_object = bool(members) and types <= {"object"}
    if not only_object:
        yield Input(
            name=parameter.name,
            value=expression,
            parts=_named(_parts(parameter.name)),
            schema=schema,
            required=parameter.required,
            is_object="object" in types,
            said=_said(node, view.schema(schema) if schema is not None else {}),
            examples=(*parameter.examples.values(), *_examples(view, schema)),
            types=types - {"object"},
            default=view.schema(schema).get("default") if schema is not None else None,
        )
    for name, pointer in members.items():
        yield Input(
            name=f"{parameter.name}[{name}]",
            value=f"{expression}#/{ptr.escape(name)}",
            parts=_named([parameter.name, name]),
            schema=pointer,
            is_parameter=False,
            said=_said(view.schema(pointer)),
            examples=_examples(view, pointer),
            types=view.types(pointer),
        )


def _of_body(
    view: View,
    schema: str,
    above: tuple[str, ...],
    place: tuple[str, ...],
    depth: int = 0,
    defaults: Mapping[str, Json] = _NOTHING,
) -> Iterator[Input]:
    required = view.required(schema)
    for name, pointer in view.properties(schema).items():
        path = (*place, name)
        constants = view.values(pointer)
        if len(constants) == 1 and word(name).endswith(("type", "kind")):
            continue  # a tag of what is sent, and not a wish
        members = view.properties(pointer) if depth < 2 and view.items(pointer) is None else {}
        if members:
            inner = view.node(pointer).get("default", defaults.get(name))
            yield from _of_body(
                view, pointer, (*above, name), path, depth + 1, inner if isinstance(inner, dict) else {}
            )
            continue
        yield Input(
            name=".".join(path),
            value="$request.body#" + ptr.join("", *path),
            parts=_named([*above, name]),
            schema=pointer,
            is_parameter=False,
            required=not place and name in required,
            said=_said(view.node(pointer), view.schema(pointer)),
            examples=_examples(view, pointer),
            types=view.types(pointer),
            # Of a constant it is that of one branch among several.
            default=defaults.get(name, None if len(constants) == 1 else view.schema(pointer).get("default")),
        )


def _parts(name: str) -> list[str]:
    """Return the pieces of a parameter's name; `created<` is a bound as `created[lt]` is."""
    bound = name[-1:] if name[-1:] in ("<", ">") else ""
    return [part for part in (*_PARTS.split(name.removesuffix(bound)), bound) if part]


def _named(parts: list[str]) -> tuple[str, ...]:
    """Return the pieces of a name without those that only hold others; `page[size]` becomes one piece."""
    while len(parts) > 1 and word(parts[0]) in _HOLDERS:
        parts = parts[1:]
    if len(parts) > 1 and word(parts[0]) in _PREFIXED:
        parts = ["".join((parts[0], *(part[:1].upper() + part[1:] for part in parts[1:])))]
    return tuple(parts)


def _said(*nodes: Mapping[str, Any]) -> str:
    texts = [node.get("description") for node in nodes]
    return " ".join(dict.fromkeys(text for text in texts if isinstance(text, str)))


def _examples(view: View, schema: str | None) -> tuple[Json, ...]:
    if schema is None:
        return ()
    node = view.schema(schema)
    several = node.get("examples")
    return (
        *([node["example"]] if "example" in node else []),
        *(several if isinstance(several, list) else []),
    )


class Inputs:
    """The inputs of one list; each means one thing, and is taken once."""

    def __init__(self, found: Iterable[Input]) -> None:
        self._found = list(found)
        self._taken: set[str] = set()
        self._by_word: dict[str, list[Input]] = {}
        for item in self._found:
            self._by_word.setdefault(item.word, []).append(item)

    def named(self, words: Iterable[str], types: frozenset[str] | None = None) -> Input | None:
        """Return the first input that has one of these names, in their order, and one of these types or none."""
        for name in words:
            for item in self._by_word.get(name, ()):
                if item.name not in self._taken and (
                    types is None or not item.types or not types.isdisjoint(item.types)
                ):
                    return item
        return None

    def take(self, item: Input | None) -> Input | None:
        """Say that an input is understood."""
        if item is not None:
            self._taken.add(item.name)
        return item

    def taken(self) -> list[Input]:
        """Return the inputs that are understood."""
        return [item for item in self._found if item.name in self._taken]

    def left(self) -> list[Input]:
        """Return the inputs that nobody took."""
        return [item for item in self._found if item.name not in self._taken]
