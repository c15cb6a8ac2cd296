"""Rules about schemas that are put together of others, and about keywords that no other rule knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from mockserver.contract.diff.differences import At, Difference, Rule, Scene, quoted
from mockserver.contract.diff.forms import Form, identity
from mockserver.contract.diff.members import Child
from mockserver.contract.diff.verdicts import Effect


class _Part(NamedTuple):
    """A keyword that holds a schema.

    Attributes:
        name: Of it in ids.
        type: The type that it is for, "" for any.
        is_inner: Whether a difference inside of it has the same effect on the whole.
    """

    keyword: str
    name: str
    type: str = ""
    is_inner: bool = False


_PARTS: Final = (
    _Part("contains", "contains", "array", is_inner=True),
    _Part("propertyNames", "property-names", "object", is_inner=True),
    _Part("contentSchema", "content-schema", "string", is_inner=True),
    _Part("unevaluatedItems", "unevaluated-items", "array"),
    _Part("unevaluatedProperties", "unevaluated-properties", "object"),
    _Part("not", "not"),
    _Part("if", "if"),
    _Part("then", "then", is_inner=True),
    _Part("else", "else", is_inner=True),
)
_NAMED: Final = {"patternProperties": "pattern-property", "dependentSchemas": "dependent-schema"}


def parts(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Schemas in keywords that an object, an array or any value must keep, too."""
    for part in _PARTS:
        is_old, is_new = part.keyword in old.nodes, part.keyword in new.nodes
        if part.type and part.type not in old.types & new.types:
            continue
        places = At(old.place(part.keyword), new.place(part.keyword))
        if is_new and not is_old:
            yield Difference(f"{part.name}-added", Effect.NARROWS, f"{part.keyword} is new", at=places)
        elif is_old and not is_new:
            yield Difference(f"{part.name}-removed", Effect.WIDENS, f"{part.keyword} is gone", at=places)
        elif is_old and not part.is_inner and scene.worst(old.nodes[part.keyword], new.nodes[part.keyword]):
            yield Difference(
                f"{part.name}-changed", Effect.UNKNOWN, f"{part.keyword} is not what it was", at=places
            )


def named(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`patternProperties` and `dependentSchemas`."""
    if "object" not in old.types & new.types:
        return
    for key in {**old.named, **new.named}:
        keyword, name = key
        places = At(old.place(keyword), new.place(keyword))
        # In a closed object a pattern lets names in, in an open one it asks more of them.
        narrows = not (keyword == "patternProperties" and old.closed and new.closed)
        if key not in old.named:
            effect = Effect.NARROWS if narrows else Effect.WIDENS
            yield Difference(
                f"{_NAMED[keyword]}-added", effect, f"{keyword} for {quoted(name)} is new", at=places
            )
        elif key not in new.named:
            effect = Effect.WIDENS if narrows else Effect.NARROWS
            text = f"{keyword} for {quoted(name)} is gone"
            yield Difference(f"{_NAMED[keyword]}-removed", effect, text, at=places)


def unknown(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Keywords of which nobody can say what they do."""
    for keyword in {**old.other, **new.other}:
        before, after = old.other.get(keyword), new.other.get(keyword)
        if identity(before) != identity(after):
            text = f"{keyword} is not what it was"
            yield Difference(
                "keyword-changed",
                Effect.UNKNOWN,
                text,
                at=At(old.place(keyword), new.place(keyword)),
            )


def children(old: Form, new: Form, scene: Scene) -> Iterator[Child]:
    """Yield the schemas in keywords that are compared for themselves."""
    if old.values is not None or new.values is not None:
        return
    for part in _PARTS:
        if part.is_inner and part.keyword in old.nodes and part.keyword in new.nodes:
            is_below = part.keyword in ("contains", "propertyNames")
            yield part.keyword if is_below else None, old.nodes[part.keyword], new.nodes[part.keyword]
    for key, node in old.named.items():
        if key in new.named:
            yield key[1] if key[0] == "patternProperties" else None, node, new.named[key]


RULES: Final[tuple[Rule, ...]] = (parts, named, unknown)
