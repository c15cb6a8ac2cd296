"""Rules about objects and arrays, and what is looked at below them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mockserver.contract.diff.differences import At, Difference, Rule, Scene, quoted
from mockserver.contract.diff.forms import Form
from mockserver.contract.diff.nodes import Node
from mockserver.contract.diff.verdicts import Effect, Verdict

Step = str | int
Child = tuple[Step | None, Node, Node]
"""The step to it, None for a branch of the same value; its old node and its new one."""


def properties(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Properties that came, went, or must be there or need not be there any more."""
    if "object" not in old.types & new.types:
        return
    for name in old.properties:
        if name not in new.properties:
            yield _removed(name, old, new, scene)
    for name in new.properties:
        if name not in old.properties:
            yield _added(name, old, new, scene)
    for name in {**new.properties, **dict.fromkeys(sorted(old.required | new.required))}:
        is_new = name in new.properties and name not in old.properties
        is_gone = name in old.properties and name not in new.properties
        if name in old.required and name not in new.required and not is_gone:
            text = f"the property {quoted(name)} need not be there any more"
            yield Difference(
                "property-became-optional", Effect.WIDENS, text, name, at=_places(name, old, new, scene)
            )
        elif name in new.required and name not in old.required and not is_new:
            node = new.properties.get(name, ())
            with_default = scene.is_request and "default" in scene.new.of(node).marks
            kind = f"property-became-required{'-with-default' if with_default else ''}"
            text = f"the property {quoted(name)} must be there now"
            yield Difference(
                kind,
                Effect.NARROWS,
                text,
                name,
                at=_places(name, old, new, scene),
                reason=_DEFAULT if with_default else "",
            )


_DEFAULT: Final = "A request without it is not valid any more; a default does not make it so."
_GONE: Final = "The server may ignore it, or refuse it."
_LOST: Final = "A client that shows or uses it gets nothing, and no error."


def _removed(name: str, old: Form, new: Form, scene: Scene) -> Difference:
    node = old.properties[name]
    marks = scene.old.of(node).marks
    is_sanctioned = marks.get("deprecated") is True and scene.lapsed(marks.get("x-sunset"))
    is_hidden, is_required = scene.old.hidden(node), name in old.required
    places = _places(name, old, new, scene)
    text = f"the property {quoted(name)} is gone"
    if scene.is_request:
        effect, verdict, reason = Effect.UNKNOWN, None, _GONE
        if new.sealed:
            effect, reason = (
                Effect.NARROWS,
                "The object takes no other properties, so that it is refused now.",
            )
        kind = "property-removed"
    else:
        effect, verdict, reason = Effect.UNKNOWN, None, _LOST
        if is_required:
            effect, reason = Effect.WIDENS, "Clients rely on what was promised to be there."
        kind = f"{_need(is_required)}-{'write-only-' if is_hidden else ''}property-removed"
    if is_hidden:
        effect, verdict, reason = Effect.NONE, Verdict.SAFE, "It was not part of these messages."
    elif is_sanctioned and not is_required:
        verdict, reason = Verdict.SAFE, "It was deprecated, and no sunset is ahead."
    return Difference(kind, effect, text, name, verdict=verdict, reason=reason, at=places)


def _added(name: str, old: Form, new: Form, scene: Scene) -> Difference:
    node = new.properties[name]
    is_required, is_hidden = name in new.required, scene.new.hidden(node)
    places = _places(name, old, new, scene)
    if scene.is_request:
        if not is_required or name in old.required:
            text = f"the optional property {quoted(name)} is new"
            return Difference("new-optional-property", Effect.WIDENS, text, name, at=places)
        with_default = "default" in scene.new.of(node).marks
        kind = f"new-required-property{'-with-default' if with_default else ''}"
        reason = _DEFAULT if with_default else ""
        text = f"the required property {quoted(name)} is new"
        return Difference(kind, Effect.NARROWS, text, name, reason=reason, at=places)
    text = f"the property {quoted(name)} is new"
    kind = f"{_need(is_required)}-{'write-only-' if is_hidden else ''}property-added"
    if is_hidden:
        return Difference(kind, Effect.NONE, text, name, at=places)
    if old.sealed:
        reason = "The old document said that there are no other properties."
        return Difference(kind, Effect.WIDENS, text, name, reason=reason, at=places)
    return Difference(
        kind,
        Effect.NONE,
        text,
        name,
        reason="Clients pass over properties that they do not know.",
        at=places,
    )


def _need(is_required: bool) -> str:
    return "required" if is_required else "optional"


def _places(name: str, old: Form, new: Form, scene: Scene) -> At:
    before, after = old.properties.get(name), new.properties.get(name)
    # Where it is declared, rather than what it refers to.
    return At(
        old.declared.get(name) or (before[0] if before else old.place()),
        new.declared.get(name) or (after[0] if after else new.place()),
    )


def mutability(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`readOnly` and `writeOnly` of properties (OAS 3.1.1 section 4.8.24.5)."""
    for name in old.properties.keys() & new.properties.keys() if old.properties is not new.properties else ():
        before, after = scene.old.of(old.properties[name]).marks, scene.new.of(new.properties[name]).marks
        need = _need(name in new.required or name in old.required)
        for mark, word in (("readOnly", "read-only"), ("writeOnly", "write-only")):
            was, is_now = before.get(mark) is True, after.get(mark) is True
            if was is is_now:
                continue
            hides = (mark == "readOnly") is scene.is_request
            effect, reason = Effect.NONE, ""
            if hides and is_now:
                effect = Effect.UNKNOWN
                reason = (
                    "Servers may ignore or refuse what is only for answers."
                    if scene.is_request
                    else "It is not in these answers any more."
                )
            yield Difference(
                f"{need}-property-became-{'' if is_now else 'not-'}{word}",
                effect,
                f"the property {quoted(name)} is {word if is_now else f'not {word} any more'}",
                name,
                reason=reason,
                at=_places(name, old, new, scene),
            )


def others(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Whether an object may have properties that are not named."""
    if "object" not in old.types & new.types or old.closed == new.closed:
        return
    places = At(old.place("additionalProperties"), new.place("additionalProperties"))
    if new.closed:
        text = "other properties are not allowed any more"
        yield Difference("additional-properties-forbidden", Effect.NARROWS, text, at=places)
        return
    verdict = None if scene.is_request else Verdict.DANGEROUS
    yield Difference(
        "additional-properties-allowed",
        Effect.WIDENS,
        "other properties are allowed now",
        verdict=verdict,
        at=places,
    )


def dependents(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`dependentRequired`."""
    if "object" not in old.types & new.types:
        return
    places = At(old.place("dependentRequired"), new.place("dependentRequired"))
    for name in {**old.dependent, **new.dependent}:
        before, after = old.dependent.get(name, frozenset()), new.dependent.get(name, frozenset())
        if before == after:
            continue
        needs = ", ".join(sorted(after)) or "nothing"
        text = f"where {quoted(name)} is, {needs} must be there"
        if before < after:
            kind = "dependent-required-changed" if before else "dependent-required-added"
            yield Difference(kind, Effect.NARROWS, text, name, at=places)
        elif after < before:
            kind = "dependent-required-changed" if after else "dependent-required-removed"
            yield Difference(kind, Effect.WIDENS, text, name, at=places)
        else:
            yield Difference("dependent-required-changed", Effect.DIFFERS, text, name, at=places)


def unique(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`uniqueItems`."""
    if old.unique == new.unique or "array" not in old.types & new.types:
        return
    places = At(old.place("uniqueItems"), new.place("uniqueItems"))
    if new.unique:
        yield Difference("unique-items-set", Effect.NARROWS, "items must be unique now", at=places)
    else:
        yield Difference("unique-items-unset", Effect.WIDENS, "items may be equal now", at=places)


def prefix(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`prefixItems`: how many there are; what they hold is looked at below."""
    before, after = len(old.prefix), len(new.prefix)
    if before == after or "array" not in old.types & new.types:
        return
    places = At(old.place("prefixItems"), new.place("prefixItems"))
    kind = "prefix-items-added" if after > before else "prefix-items-removed"
    text = f"the first {before} items had schemas of their own, now the first {after} have"
    yield Difference(
        kind, Effect.NONE, text, reason="What the items may hold is compared for itself.", at=places
    )


def children(old: Form, new: Form, scene: Scene) -> Iterator[Child]:
    """Yield what is to be compared below; where one side names nothing, what holds for the rest stands for it."""
    if old.values is not None or new.values is not None:
        return
    both = old.types & new.types
    if "object" in both:
        for name, node in old.properties.items():
            other = new.properties.get(name)
            if other is not None:
                yield name, node, other
            elif new.additional:
                yield name, node, new.additional
        for name, node in new.properties.items():
            if name not in old.properties and old.additional:
                yield name, old.additional, node
        if not old.closed and not new.closed and (old.additional or new.additional):
            yield "*", old.additional, new.additional
    if "array" in both:
        rest = old.nodes.get("items", ()), new.nodes.get("items", ())
        for index in range(max(len(old.prefix), len(new.prefix))):
            before = old.prefix[index] if index < len(old.prefix) else rest[0]
            after = new.prefix[index] if index < len(new.prefix) else rest[1]
            yield index, before, after
        if any(rest):
            yield 0, *rest


RULES: Final[tuple[Rule, ...]] = (properties, mutability, others, dependents, unique, prefix)
