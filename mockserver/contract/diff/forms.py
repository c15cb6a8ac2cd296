"""What a node says, in one form for all the ways in which it can be written; `reading` fills it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mockserver import jsontext
from mockserver.contract.diff.nodes import Group, Node
from mockserver.document import pointer as ptr
from mockserver.errors import Json

ATOMS: Final = {
    "string": frozenset({"string"}),
    "boolean": frozenset({"boolean"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "fraction"}),
    "array": frozenset({"array"}),
    "object": frozenset({"object"}),
    "null": frozenset[str](),
}
"""Type -> what it is made of: a number is an integer or has a fraction, so that types are compared as sets."""
ANY: Final = frozenset().union(*ATOMS.values())


@dataclass(frozen=True, slots=True, order=True)
class Bound:
    """A bound of numbers: the value, and whether it is itself outside."""

    value: float
    exclusive: bool = False


@dataclass(slots=True)
class Form:
    """What a node says of values that are not null.

    Attributes:
        types: Atoms of the types that it takes.
        is_typed: Whether it names types, and does not only speak of what its keywords are for.
        values: The only values that it takes, None for no such list; `is_const` for those by `const`.
        limits: Keyword -> number, of those that count something, the tightest.
        low, high: Bounds of numbers.
        texts: Keyword -> values of `pattern`, `format`, `contentEncoding`, `contentMediaType`, all of which hold.
        properties: Name -> node; `declared`: name -> pointer of where it stands.
        additional: Node of properties that are not named, empty for any.
        closed: Whether there are no such properties; `sealed`: also when `unevaluatedProperties` says so.
        nodes: Keyword -> node, for `items`, `contains`, `propertyNames`, `not`, `contentSchema`...
        named: (keyword, name) -> node, for `patternProperties` and `dependentSchemas`.
        other: Keyword -> value of those that have no rule.
        marks: Keyword -> value of remarks that clients go by, e.g. `deprecated`.
        places: Keyword -> pointer of the schema that says it.
    """

    node: Node
    types: frozenset[str] = ANY
    is_typed: bool = False
    nullable: bool = True
    values: tuple[Json, ...] | None = None
    is_const: bool = False
    limits: dict[str, float] = field(default_factory=dict)
    low: Bound | None = None
    high: Bound | None = None
    multiples: frozenset[float] = frozenset()
    texts: dict[str, frozenset[str]] = field(default_factory=dict)
    unique: bool = False
    prefix: list[Node] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    named: dict[tuple[str, str], Node] = field(default_factory=dict)
    properties: dict[str, Node] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    additional: Node = ()
    closed: bool = False
    sealed: bool = False
    dependent: dict[str, frozenset[str]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    other: dict[str, Json] = field(default_factory=dict)
    marks: dict[str, Json] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def place(self, keyword: str = "") -> str:
        """Return the pointer of what says something, as exactly as it is known."""
        found = self.places.get(keyword)
        if found is None:
            return self.node[0] if self.node else ""
        return found if keyword in ("low", "high") else ptr.join(found, keyword)


def identity(value: Json) -> str:
    """Return a text that is the same for equal JSON values (JSON Schema core, section 4.2.2)."""
    return jsontext.dumps(_plain(value)).decode()


def _plain(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def atoms_of(value: Json) -> frozenset[str]:
    """Return the atom of a value's type."""
    match value:
        case None:
            return frozenset()
        case bool():
            return ATOMS["boolean"]
        case int():
            return ATOMS["integer"]
        case float():
            return ATOMS["integer"] if value.is_integer() else frozenset({"fraction"})
        case str():
            return ATOMS["string"]
        case list():
            return ATOMS["array"]
    return ATOMS["object"]


def type_names(atoms: frozenset[str]) -> str:
    """Return atoms as a person writes types."""
    if atoms == ANY:
        return "any type"
    names = [name for name, parts in ATOMS.items() if parts and parts <= atoms]
    if "number" in names:
        names.remove("integer")
    return " or ".join(names) or ("number with a fraction" if atoms else "nothing")
