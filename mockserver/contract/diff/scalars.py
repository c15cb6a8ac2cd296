"""Rules about values that are no containers: types, enums, bounds, patterns and formats."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from mockserver.contract.diff.differences import At, Difference, Rule, Scene, shown
from mockserver.contract.diff.forms import ANY, ATOMS, Bound, Form, identity, type_names
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.document.formats import FORMATS

_SCALARS: Final = ATOMS["number"] | ATOMS["boolean"]


def nullable(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Null, in any of the ways in which it can be allowed."""
    is_anything = any(form.types == ANY and not form.groups for form in (old, new))
    if old.nullable == new.nullable or (old.types != new.types and is_anything):
        # Where anything goes, null is the least of it: the rule of types says so.
        return
    if new.nullable:
        yield Difference(
            "became-nullable",
            Effect.WIDENS,
            "null is allowed now",
            at=At(old.place("type"), new.place("type")),
        )
    else:
        yield Difference(
            "became-not-nullable",
            Effect.NARROWS,
            "null is not allowed any more",
            at=At(old.place("type"), new.place("type")),
        )


def values(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`enum` and `const`: what they hold is compared, however it is written."""
    if old.values is None and new.values is None:
        return
    word = (
        "const" if (old.is_const or old.values is None) and (new.is_const or new.values is None) else "enum"
    )
    places = At(old.place(word), new.place(word))
    if old.values is None:
        fits = all(scene.old.holds(old.node, value) for value in new.values or ())
        listed = shown(list(new.values or ()))
        effect = Effect.NARROWS if fits else Effect.DIFFERS
        if word == "const":
            yield Difference("const-added", effect, f"only {listed[1:-1]} is allowed now", at=places)
        else:
            yield Difference("became-enum", effect, f"only these values are allowed now: {listed}", at=places)
    elif new.values is None:
        fits = all(scene.new.holds(new.node, value) for value in old.values)
        effect = Effect.WIDENS if fits else Effect.DIFFERS
        kind = "const-removed" if word == "const" else "became-not-enum"
        verdict = (
            Verdict.DANGEROUS
            if fits and not scene.is_request and new.marks.get("x-extensible-enum")
            else None
        )
        was = shown(list(old.values))
        yield Difference(kind, effect, f"others than {was} are allowed now", verdict=verdict, at=places)
    elif word == "const" and {*map(identity, old.values)} != {*map(identity, new.values)}:
        text = (
            f"the only value was {shown(list(old.values))[1:-1]} and is {shown(list(new.values))[1:-1]} now"
        )
        yield Difference("const-changed", Effect.DIFFERS, text, at=places)
    else:
        yield from _listed(old, new, scene, places)


def _listed(old: Form, new: Form, scene: Scene, places: At) -> Iterator[Difference]:
    before = {identity(value): value for value in old.values or ()}
    after = {identity(value): value for value in new.values or ()}
    for key, value in before.items():
        if key not in after:
            text = f"the value {shown(value)} is not among those allowed any more"
            yield Difference("enum-value-removed", Effect.NARROWS, text, value=key, at=places)
    for key, value in after.items():
        if key not in before:
            text = f"the value {shown(value)} is allowed, too"
            reason = "" if scene.is_request else "Answers may hold a value that clients were never told of."
            verdict = None if scene.is_request else Verdict.DANGEROUS
            if not scene.is_request and "x-extensible-enum" in old.marks:
                verdict, reason = Verdict.SAFE, "Clients were told that there may be more values."
            yield Difference(
                "enum-value-added", Effect.WIDENS, text, value=key, verdict=verdict, reason=reason, at=places
            )


def extensible(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`x-extensible-enum` (Zalando's guidelines, rule 112): a list that answers may go beyond."""
    before, after = (form.marks.get("x-extensible-enum") for form in (old, new))
    if not isinstance(before, list) or not isinstance(after, list):
        return
    at = At(old.place("x-extensible-enum"), new.place("x-extensible-enum"))
    was, now = ({identity(value): value for value in found} for found in (before, after))
    for key, value in was.items():
        if key not in now:
            text = f"the value {shown(value)} is not in x-extensible-enum any more"
            yield Difference("x-extensible-enum-value-removed", Effect.NARROWS, text, value=key, at=at)
    for key, value in now.items():
        if key not in was:
            text = f"the value {shown(value)} is in x-extensible-enum, too"
            yield Difference("x-extensible-enum-value-added", Effect.NONE, text, value=key, at=at)


def types(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Types as sets; where values are texts, a string takes numbers and booleans, too."""
    if (old.values is not None or new.values is not None) or old.types == new.types:
        return
    lost, gained = old.types - new.types, new.types - old.types
    if scene.textual:
        lost -= _SCALARS if _takes_any_text(new) else frozenset()
        gained -= _SCALARS if _takes_any_text(old) else frozenset()
    effect = (
        Effect.DIFFERS
        if lost and gained
        else Effect.NARROWS
        if lost
        else Effect.WIDENS
        if gained
        else Effect.NONE
    )
    verdict, reason = None, ""
    if _implied(old) == new.types or _implied(new) == old.types:
        # Many authors leave `type: object` out beside `properties`, and mean it.
        effect = Effect.UNKNOWN if (effect is Effect.NARROWS) is scene.is_request else effect
        reason = (
            "One document names the type, the other one only implies it." if effect is Effect.UNKNOWN else ""
        )
    was, is_now = type_names(old.types), type_names(new.types)
    yield Difference(
        _type_kind(effect, scene, is_list=" or " in was + is_now),
        effect,
        f"the type was {was} and is {is_now} now",
        at=At(old.place("type"), new.place("type")),
        verdict=verdict,
        reason=reason,
    )


def _type_kind(effect: Effect, scene: Scene, *, is_list: bool = False) -> str:
    if effect is Effect.WIDENS:
        return "list-of-types-widened" if is_list else "type-generalized"
    if effect is Effect.NARROWS and is_list:
        return "list-of-types-narrowed"
    if effect is Effect.NARROWS and not scene.is_request:
        return "type-specialized"
    return "type-compatible" if effect is Effect.NONE else "type-changed"


def _takes_any_text(form: Form) -> bool:
    return "string" in form.types and not (
        form.texts or form.limits.keys() & {"minLength", "maxLength"} or form.groups
    )


def _implied(form: Form) -> frozenset[str] | None:
    """Return the type that keywords speak of where none is named."""
    if form.is_typed or form.groups:
        return None
    if form.properties or form.required:
        return ATOMS["object"]
    return ATOMS["array"] if "items" in form.nodes else None


class _Limit(NamedTuple):
    """A keyword that bounds a count: the name of it in ids, and whether more of it allows more."""

    name: str
    keyword: str
    type: str
    is_upper: bool


LIMITS: Final = (
    _Limit("max-length", "maxLength", "string", True),
    _Limit("min-length", "minLength", "string", False),
    _Limit("max-items", "maxItems", "array", True),
    _Limit("min-items", "minItems", "array", False),
    _Limit("max-properties", "maxProperties", "object", True),
    _Limit("min-properties", "minProperties", "object", False),
    _Limit("max-contains", "maxContains", "array", True),
    _Limit("min-contains", "minContains", "array", False),
)


def limits(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Bounds of lengths and numbers of members."""
    both = old.types & new.types
    for limit in LIMITS:
        before, after = old.limits.get(limit.keyword), new.limits.get(limit.keyword)
        if before == after or limit.type not in both:
            continue
        places = At(old.place(limit.keyword), new.place(limit.keyword))
        yield _moved(limit.name, limit.keyword, before, after, is_upper=limit.is_upper, places=places)


def _moved(
    name: str,
    keyword: str,
    before: float | None,
    after: float | None,
    *,
    is_upper: bool,
    places: At,
) -> Difference:
    """Return the difference of a bound that was set, unset or moved."""
    if before is None:
        return Difference(f"{name}-set", Effect.NARROWS, f"{keyword} is {_number(after)} now", at=places)
    if after is None:
        text = f"{keyword} {_number(before)} is gone"
        return Difference(f"{name}-unset", Effect.WIDENS, text, at=places)
    is_up = after > before
    verb = "was raised" if is_up else "was lowered"
    return Difference(
        f"{name}-{'increased' if is_up else 'decreased'}",
        Effect.WIDENS if is_up is is_upper else Effect.NARROWS,
        f"{keyword} {verb} from {_number(before)} to {_number(after)}",
        at=places,
    )


def _number(value: float | None) -> str:
    return shown(int(value) if value is not None and float(value).is_integer() else value)


def bounds(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """Bounds of numbers, exclusive or not, in either dialect."""
    if not old.types & new.types & ATOMS["number"]:
        return
    for name, keyword, is_upper in (("max", "maximum", True), ("min", "minimum", False)):
        side = "high" if is_upper else "low"
        before, after = (form.high if is_upper else form.low for form in (old, new))
        if before == after:
            continue
        places = At(old.place(side), new.place(side))
        exclusive = [bound.exclusive for bound in (before, after) if bound]
        if before and after and before.value == after.value:
            # `> 5` and `>= 5`: the value itself went in or out.
            narrows = after.exclusive
            up = narrows is not is_upper
            kind = f"{name}-{'increased' if up else 'decreased'}"
            text = f"{_number(after.value)} itself is {'not allowed any more' if narrows else 'allowed, too'}"
            yield Difference(kind, Effect.NARROWS if narrows else Effect.WIDENS, text, at=places)
            continue
        words = (f"exclusive-{name}", f"exclusive{keyword.title()}") if all(exclusive) else (name, keyword)
        yield _moved(*words, _value(before), _value(after), is_upper=is_upper, places=places)


def _value(bound: Bound | None) -> float | None:
    return bound.value if bound else None


def multiples(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`multipleOf`: every multiple of 10 is one of 5."""
    if old.multiples == new.multiples or not old.types & new.types & ATOMS["number"]:
        return
    places = At(old.place("multipleOf"), new.place("multipleOf"))
    was, now = (" and ".join(map(_number, sorted(form.multiples))) for form in (old, new))
    if not old.multiples:
        yield Difference("multiple-of-set", Effect.NARROWS, f"multipleOf is {now} now", at=places)
        return
    if not new.multiples:
        yield Difference("multiple-of-unset", Effect.WIDENS, f"multipleOf {was} is gone", at=places)
        return
    text = f"multipleOf was {was} and is {now} now"
    if _divides(new.multiples, old.multiples):
        kind = "multiple-of-generalized" if scene.is_request else "multiple-of-changed"
        yield Difference(kind, Effect.WIDENS, text, at=places)
    elif _divides(old.multiples, new.multiples):
        kind = "multiple-of-changed" if scene.is_request else "multiple-of-specialized"
        yield Difference(kind, Effect.NARROWS, text, at=places)
    else:
        yield Difference("multiple-of-changed", Effect.DIFFERS, text, at=places)


def _divides(small: frozenset[float], large: frozenset[float]) -> bool:
    """Return whether what is a multiple of all of the large ones is one of all of the small ones."""
    return all(
        any(part > 0 and (Fraction(str(whole)) / Fraction(str(part))).denominator == 1 for whole in large)
        for part in small
    )


_EVERYTHING: Final = frozenset({"", ".*", "^.*$", "^", "$", "^.*", ".*$", "(?s).*"})


def patterns(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`pattern`: which of two languages holds the other is not decided, but for the trivial ones."""
    before, after = old.texts.get("pattern", frozenset()), new.texts.get("pattern", frozenset())
    if before == after or "string" not in old.types & new.types:
        return
    places = At(old.place("pattern"), new.place("pattern"))
    was, now = (", ".join(sorted(found)) for found in (before, after))
    if before < after:
        yield Difference("pattern-added", Effect.NARROWS, f"the pattern {shown(now)} is new", at=places)
    elif after < before:
        yield Difference("pattern-removed", Effect.WIDENS, f"the pattern {shown(was)} is gone", at=places)
    else:
        text = f"the pattern was {shown(was)} and is {shown(now)} now"
        if after <= _EVERYTHING:
            yield Difference("pattern-generalized", Effect.WIDENS, text, at=places)
        else:
            yield Difference("pattern-changed", Effect.UNKNOWN, text, at=places)


_ASSERTED: Final = frozenset(
    {
        "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6",
        "uri", "uri-reference", "iri", "iri-reference", "uuid", "json-pointer", "regex", "int32", "int64", *FORMATS,
    }
)  # fmt: skip
"""Formats of which everybody knows what they let through."""
_HINTS: Final = frozenset({"password", "float", "double", "decimal"})
"""Formats that let everything through: how a value is shown, or how exactly it is kept."""
_WITHIN: Final = frozenset({("int32", "int64"), ("float", "double"), ("email", "idn-email"), ("uri", "iri")})
"""(narrow format, wide format)."""


def formats(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`format`, with what is known of formats."""
    before, after = old.texts.get("format", frozenset()), new.texts.get("format", frozenset())
    if old.values is not None or new.values is not None or not old.types & new.types or before == after:
        return
    places = At(old.place("format"), new.place("format"))
    was, now = (", ".join(sorted(found)) for found in (before, after))
    text = f"the format was {was or 'not said'} and is {now or 'not said'} now"
    if _within(before, after):
        effect = Effect.WIDENS
    elif _within(after, before):
        effect = Effect.NARROWS
    elif before ^ after <= _HINTS:
        effect = Effect.NONE
    elif before < after or after < before:
        effect = Effect.NARROWS if before < after else Effect.WIDENS
    else:
        effect = Effect.DIFFERS
    reason, moved = "", before ^ after
    is_vague = not moved <= _ASSERTED | _HINTS or moved == {"int64"}
    if is_vague and effect is (Effect.NARROWS if scene.is_request else Effect.WIDENS):
        effect = Effect.UNKNOWN
        reason = f"What the format {', '.join(sorted(moved))} keeps out is not certain."
    yield Difference(_type_kind(effect, scene), effect, text, reason=reason, at=places)


def _within(narrow: frozenset[str], wide: frozenset[str]) -> bool:
    return (*narrow, *wide) in _WITHIN if len(narrow) == len(wide) == 1 else False


def contents(old: Form, new: Form, scene: Scene) -> Iterator[Difference]:
    """`contentEncoding` and `contentMediaType`: what a text holds."""
    if "string" not in old.types & new.types:
        return
    for keyword, name in (
        ("contentEncoding", "content-encoding"),
        ("contentMediaType", "content-media-type"),
    ):
        before, after = old.texts.get(keyword), new.texts.get(keyword)
        if before != after:
            was, now = (", ".join(sorted(found or ())) or "not said" for found in (before, after))
            effect = Effect.DIFFERS if before and after else Effect.UNKNOWN
            text = f"{keyword} was {was} and is {now} now"
            yield Difference(
                f"{name}-changed",
                effect,
                text,
                at=At(old.place(keyword), new.place(keyword)),
            )


RULES: Final[tuple[Rule, ...]] = (
    nullable, values, extensible, types, limits, bounds, multiples, patterns, formats, contents,
)  # fmt: skip
