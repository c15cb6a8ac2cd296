"""Rules about remarks that clients go by: defaults, discriminators, deprecation, stability."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.diff.differences import At, Difference, Rule, Scene, quoted, shown
from mockserver.contract.diff.forms import Form, identity
from mockserver.contract.diff.verdicts import Effect
from mockserver.errors import Json

_ABSENT: Final = object()


def default(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`default`: what the server takes where a request says nothing."""
    before, after = old.marks.get("default", _ABSENT), new.marks.get("default", _ABSENT)
    places = At(old.place("default"), new.place("default"))
    if before is _ABSENT and after is _ABSENT:
        return
    if before is _ABSENT:
        yield Difference("default-value-added", Effect.NONE, f"the default is {shown(after)} now", at=places)
    elif after is _ABSENT:
        text = f"the default {shown(before)} is gone"
        yield Difference("default-value-removed", _moved(scene), text, reason=_reason(scene), at=places)
    elif identity(before) != identity(after):
        text = f"the default was {shown(before)} and is {shown(after)} now"
        yield Difference("default-value-changed", _moved(scene), text, reason=_reason(scene), at=places)


def _moved(scene: Scene) -> Effect:
    return Effect.UNKNOWN if scene.is_request else Effect.NONE


def _reason(scene: Scene) -> str:
    return "A request that leaves it out is valid, and means something else now." if scene.is_request else ""


def discriminator(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`discriminator`: by which property, and which value of it, a branch is told (OAS 3.1.1 section 4.8.25)."""
    before, after = (_discriminator(form) for form in (old, new))
    places = At(old.place("discriminator"), new.place("discriminator"))
    if not before and not after:
        return
    if not before:
        yield Difference("discriminator-added", Effect.NONE, "a discriminator is new", at=places)
        return
    if not after:
        text = f"the discriminator {quoted(str(before.get('propertyName')))} is gone"
        reason = "" if scene.is_request else "Generated clients tell by it which schema they were sent."
        effect = Effect.NONE if scene.is_request else Effect.UNKNOWN
        yield Difference("discriminator-removed", effect, text, reason=reason, at=places)
        return
    if before.get("propertyName") != after.get("propertyName"):
        text = (
            f"the discriminator was {quoted(str(before.get('propertyName')))}"
            f" and is {quoted(str(after.get('propertyName')))} now"
        )
        reason = "Clients look at the old property to tell which schema is meant."
        yield Difference(
            "discriminator-property-name-changed", Effect.UNKNOWN, text, reason=reason, at=places
        )
    yield from _mappings(before, after, scene, places)


def _mappings(
    before: dict[str, Any], after: dict[str, Any], scene: Scene, places: At
) -> Iterator[Difference]:
    was, is_now = _mapping(before), _mapping(after)
    if not was or not is_now:
        # The names of components stand for what is not mapped; branches are told of for themselves.
        return
    for tag in {**was, **is_now}:
        if tag not in is_now:
            effect = Effect.UNKNOWN if scene.is_request else Effect.NONE
            yield Difference(
                "discriminator-mapping-deleted", effect, f"the tag {quoted(tag)} is gone", at=places
            )
        elif tag not in was:
            effect = Effect.NONE if scene.is_request else Effect.UNKNOWN
            yield Difference(
                "discriminator-mapping-added", effect, f"the tag {quoted(tag)} is new", at=places
            )
        elif was[tag] != is_now[tag] and not _leads_to_the_same(was[tag], is_now[tag], scene):
            text = f"the tag {quoted(tag)} meant {was[tag]} and means {is_now[tag]} now"
            yield Difference("discriminator-mapping-changed", Effect.UNKNOWN, text, at=places)


def _leads_to_the_same(before: str, after: str, scene: Scene) -> bool:
    nodes = [
        sight.node(target.removeprefix("#") if target.startswith("#/") else f"/components/schemas/{target}")
        for sight, target in ((scene.old, before), (scene.new, after))
    ]
    # A component by another name is not another schema.
    return all(nodes) and scene.worst(*nodes) is None


def _discriminator(form: Form) -> dict[str, Any]:
    value = form.marks.get("discriminator")
    return value if isinstance(value, dict) else {}


def _mapping(value: dict[str, Any]) -> dict[str, str]:
    found = value.get("mapping")
    return {str(tag): str(target) for tag, target in found.items()} if isinstance(found, dict) else {}


LEVELS: Final = ("draft", "alpha", "beta", "stable")
"""Values of `x-stability-level`, the least stable first."""


def stability(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`x-stability-level` of a property."""
    before, after = (form.marks.get("x-stability-level", "stable") for form in (old, new))
    yield from stability_moved(before, after, old.place("x-stability-level"), new.place("x-stability-level"))


def stability_moved(
    before: Json, after: Json, old: str, new: str, kind: str = "stability"
) -> Iterator[Difference]:
    """Yield that something became less stable, or more."""
    if before == after or before not in LEVELS or after not in LEVELS:
        return
    is_less = LEVELS.index(str(after)) < LEVELS.index(str(before))
    yield Difference(
        f"{kind}-{'decreased' if is_less else 'increased'}",
        Effect.VIOLATES if is_less else Effect.NONE,
        f"the stability level was {before} and is {after} now",
        at=At(old, new),
    )


RULES: Final[tuple[Rule, ...]] = (default, discriminator, stability)
