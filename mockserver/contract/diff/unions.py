"""Rules about `anyOf` and `oneOf`: which branches are the same, which came and which went.

Null among the branches, lists of constants and lists of types were taken out before: see `reading`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mockserver.contract.diff.differences import At, Difference, Rule, Scene, Sight
from mockserver.contract.diff.forms import Form, identity
from mockserver.contract.diff.members import Child
from mockserver.contract.diff.nodes import Group, Node
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.document import pointer as ptr

_KINDS: Final = {"anyOf": "any-of", "oneOf": "one-of"}
_ALIKE: Final = 0.5
"""How much two branches must have in common to be taken for the same one, changed."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """One branch: its node, and by what people know it."""

    node: Node
    label: str
    tags: frozenset[tuple[str, str]]
    form: Form


@dataclass(frozen=True, slots=True)
class _Matched:
    pairs: tuple[tuple[_Branch, _Branch], ...]
    removed: tuple[_Branch, ...]
    added: tuple[_Branch, ...]


def unions(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Branches of unions."""
    if _is_silent(old, new):
        return
    if is_whole(old, new, scene):
        yield from (_wrapped if new.groups else _unwrapped)(old, new, scene)
    elif not old.groups or not new.groups:
        places, word = At(old.place(), new.place()), "alternatives"
        if new.groups:
            yield Difference("alternatives-added", Effect.NARROWS, f"one of {word} must hold, too", at=places)
        else:
            yield Difference(
                "alternatives-removed", Effect.WIDENS, f"none of {word} needs to hold", at=places
            )
    elif len(old.groups) != len(new.groups):
        places = At(old.place(), new.place())
        yield Difference(
            "unions-changed", Effect.UNKNOWN, "unions came or went, and how is not decided", at=places
        )
    else:
        for before, after in zip(old.groups, new.groups, strict=True):
            yield from _compared(before, after, old, new, scene)


def is_whole(old: Form, new: Form, scene: Scene) -> bool:
    """Return whether one side is alternatives and nothing else, and the other one has none.

    Then the alternatives are compared with what is on the other side as a whole.
    """
    if _is_silent(old, new) or bool(old.groups) is bool(new.groups):
        return False
    form, sight = (old, scene.old) if old.groups else (new, scene.new)
    if len(form.groups) != 1 or _says_more(form):
        return False
    branches = form.groups[0].branches
    return all(sight.of(sight.node(branch)).types <= form.types for branch in branches)


def children(old: Form, new: Form, scene: Scene) -> Iterator[Child]:
    """Yield the branches that are the same."""
    if _is_silent(old, new) or len(old.groups) != len(new.groups):
        return
    for before, after in zip(old.groups, new.groups, strict=True):
        for left, right in _match(before, after, scene).pairs:
            yield None, left.node, right.node


def _is_silent(old: Form, new: Form) -> bool:
    return not (old.groups or new.groups) or old.values is not None or new.values is not None


def _compared(before: Group, after: Group, old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    matched = _match(before, after, scene)
    kind = _KINDS[after.keyword]
    places = At(before.pointer, after.pointer)
    for branch in matched.removed:
        text = f"{branch.label} is not among the alternatives any more"
        yield Difference(f"{kind}-removed", Effect.NARROWS, text, at=places)
    for branch in matched.added:
        text = f"{branch.label} is a new alternative"
        verdict, reason = None, ""
        is_tagged = "discriminator" in new.marks
        if scene.is_request and after.keyword == "oneOf" and not is_tagged and _overlaps(branch, matched):
            verdict = Verdict.DANGEROUS
            reason = "A value that fitted another alternative may fit this one, too, and oneOf refuses that."
        yield Difference(f"{kind}-added", Effect.WIDENS, text, verdict=verdict, reason=reason, at=places)
    if before.keyword != after.keyword and not (
        _are_apart(before, scene.old) and _are_apart(after, scene.new)
    ):
        effect = Effect.NARROWS if after.keyword == "oneOf" else Effect.WIDENS
        text = f"it was {before.keyword} and is {after.keyword} now"
        verdict = Verdict.DANGEROUS if (effect is Effect.NARROWS) is scene.is_request else None
        reason = "Values that fit several alternatives are the difference." if verdict else ""
        yield Difference("union-kind-changed", effect, text, verdict=verdict, reason=reason, at=places)


def _wrapped(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """What was one schema has alternatives now."""
    group = new.groups[0]
    places = At(old.place(), group.pointer)
    kind = f"wrapped-in-{_KINDS[group.keyword]}"
    branches = [_branch(pointer, scene.new, group) for pointer in group.branches]
    fitting = [b for b in branches if scene.worst(old.node, b.node) in (None, Verdict.SAFE)]
    if not fitting:
        text = f"there are {len(branches)} alternatives now, none of which is what was there"
        yield Difference(kind, Effect.DIFFERS, text, at=places)
        return
    kept = fitting[0]
    if len(fitting) == len(branches) and not scene.is_request:
        text = f"there are {len(branches)} alternatives now, each within what was there"
        yield Difference(kind, Effect.NARROWS, text, at=places)
        return
    text = f"there are {len(branches)} alternatives now, what was there among them ({kept.label})"
    verdict, reason = None, ""
    matched = _Matched((), (), tuple(b for b in branches if b is not kept))
    if scene.is_request and group.keyword == "oneOf" and any(_meets(kept, b) for b in matched.added):
        verdict = Verdict.DANGEROUS
        reason = "A value may fit several alternatives, and oneOf refuses that."
    yield Difference(
        f"{kind}-original-preserved", Effect.WIDENS, text, verdict=verdict, reason=reason, at=places
    )


def _unwrapped(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Of several alternatives one schema is left."""
    group = old.groups[0]
    places = At(group.pointer, new.place())
    kind = f"unwrapped-from-{_KINDS[group.keyword]}"
    branches = [_branch(pointer, scene.old, group) for pointer in group.branches]
    worst = [scene.worst(branch.node, new.node) for branch in branches]
    if all(found in (None, Verdict.SAFE) for found in worst) and scene.is_request:
        text = "what is there now takes all of the alternatives that were there"
        yield Difference(kind, Effect.WIDENS, text, at=places)
    elif any(found in (None, Verdict.SAFE) for found in worst):
        text = "of several alternatives one is left"
        yield Difference(kind, Effect.NARROWS, text, at=places)
    else:
        yield Difference(kind, Effect.DIFFERS, "the alternatives are gone", at=places)


def _says_more(form: Form) -> bool:
    """Return whether a form with a union says something beside it."""
    return bool(
        form.required or form.properties or form.limits or form.texts or form.nodes or form.other or form.named
        or form.additional or form.closed or form.dependent or form.low or form.high or form.multiples or form.unique
    )  # fmt: skip


def _match(before: Group, after: Group, scene: Scene) -> _Matched:
    """Return which branches are the same: by name, by tag, by what they say, at last by how much is alike."""
    old = [_branch(pointer, scene.old, before) for pointer in before.branches]
    new = [_branch(pointer, scene.new, after) for pointer in after.branches]
    pairs: list[tuple[_Branch, _Branch]] = []

    def take(left: _Branch, right: _Branch) -> None:
        pairs.append((left, right))
        old.remove(left)
        new.remove(right)

    for left in [*old]:
        named = [right for right in new if left.label == right.label and left.label.isidentifier()]
        named = named or [right for right in new if left.tags and left.tags == right.tags]
        if len(named) == 1:
            take(left, named[0])
    for left in [*old]:
        alike = (right for right in new if _likeness(left, right) == _likeness(left, left))
        same = next((right for right in alike if scene.worst(left.node, right.node) is None), None)
        if same is not None:
            take(left, same)
    lefts, rights = [*old], [*new]
    ranked = [
        (_likeness(left, right), -i, -j) for i, left in enumerate(lefts) for j, right in enumerate(rights)
    ]
    for score, i, j in sorted(ranked, reverse=True):
        if score >= _ALIKE and lefts[-i] in old and rights[-j] in new:
            take(lefts[-i], rights[-j])
    return _Matched(tuple(pairs), tuple(old), tuple(new))


def _branch(pointer: str, sight: Sight, group: Group) -> _Branch:
    node = sight.node(pointer)
    form = sight.of(node)
    title = form.marks.get("title")
    name = ptr.split(pointer)[-1]
    is_inline = pointer.startswith(group.pointer)
    label = (
        title if isinstance(title, str) and is_inline else f"number {int(name) + 1}" if is_inline else name
    )
    tags = frozenset(
        (key, identity(values[0]))
        for key, member in form.properties.items()
        if (values := sight.of(member).values) is not None and len(values) == 1
    )
    return _Branch(node, label, tags, form)


def _likeness(left: _Branch, right: _Branch) -> float:
    """Return how much two branches have in common, 0 to 1."""
    if left.form.types != right.form.types:
        return 0
    before, after = left.form.properties.keys(), right.form.properties.keys()
    if not before and not after:
        return 0.6
    return len(before & after) / len(before | after)


def _overlaps(branch: _Branch, matched: _Matched) -> bool:
    return any(_meets(right, branch) for _, right in matched.pairs)


def _are_apart(group: Group, sight: Sight) -> bool:
    branches: Sequence[_Branch] = [_branch(pointer, sight, group) for pointer in group.branches]
    return not any(_meets(a, b) for i, a in enumerate(branches) for b in branches[:i])


def _meets(left: _Branch, right: _Branch) -> bool:
    """Return whether a value may fit two branches, as far as types and tags tell."""
    if not left.form.types & right.form.types:
        return False
    if left.form.types != {"object"} or right.form.types != {"object"}:
        return not (left.form.values is not None and right.form.values is not None)
    tags = dict(left.tags)
    shared = {key for key in tags if key in left.form.required and key in right.form.required}
    return not any(key in shared and tags[key] != value for key, value in right.tags)


RULES: Final[tuple[Rule, ...]] = (unions,)
