"""Rules about what clients send: parameters and bodies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from mockserver.contract.diff.differences import At, quoted, raw
from mockserver.contract.diff.forms import ATOMS
from mockserver.contract.diff.ground import Ground, Local, OperationRule, Schemas, Told, local
from mockserver.contract.diff.lifecycle import deprecated, removal
from mockserver.contract.diff.matching import variables_of
from mockserver.contract.diff.media import is_textual, pairs
from mockserver.contract.diff.reading import Forms
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.document import pointer as ptr
from mockserver.document.dialect import Direction
from mockserver.document.model import Document, MediaType, Operation, Parameter

REQUEST: Final = Direction.REQUEST
_SCALARS: Final = ATOMS["string"] | ATOMS["number"] | ATOMS["boolean"]


def parameters(old: Operation, new: Operation, ground: Ground) -> Iterator[Told]:
    """Parameters, matched by place and name; those of the path by their order."""
    renamed = variables_of(old, new)
    known = {_key(parameter, parameter.name): parameter for parameter in new.parameters}
    matched = set()
    for before in old.parameters:
        key = _key(before, renamed.get(before.name, before.name) if before.place == "path" else before.name)
        after = known.get(key)
        if after is not None:
            matched.add(key)
            yield from _both(before, after, ground)
        elif before.place != "path":
            yield _gone(before, new, ground)
    for key, after in known.items():
        if key not in matched:
            yield _new(after, old)


def _key(parameter: Parameter, name: str) -> tuple[str, str]:
    return parameter.place, name.lower() if parameter.place == "header" else name


def _gone(parameter: Parameter, new: Operation, ground: Ground) -> Local:
    at = At(parameter.pointer, new.pointer)
    what = f"the {parameter.place} parameter {quoted(parameter.name)}"
    found = removal(raw(ground.old, parameter.pointer), ground.calendar, "=request-parameter", what, at)
    if found.kind.endswith("without-deprecation"):
        kind, reason = "=request-parameter-removed", "The server may ignore it, or refuse it."
        found = replace(found, kind=kind, effect=Effect.UNKNOWN, reason=reason)
    return Local(found, REQUEST, (parameter.place, parameter.name))


def _new(parameter: Parameter, old: Operation) -> Local:
    at, location = At(old.pointer, parameter.pointer), (parameter.place, parameter.name)
    what = f"{parameter.place} parameter {quoted(parameter.name)} is new"
    if parameter.place == "path":
        return local("new-request-path-parameter", Effect.NARROWS, f"the {what}", at, REQUEST, location)
    if parameter.required:
        text = f"the required {what}"
        return local("new-required-request-parameter", Effect.NARROWS, text, at, REQUEST, location)
    return local(
        "new-optional-request-parameter", Effect.WIDENS, f"the optional {what}", at, REQUEST, location
    )


def _both(before: Parameter, after: Parameter, ground: Ground) -> Iterator[Told]:
    at, location = At(before.pointer, after.pointer), (before.place, before.name)
    if before.required is not after.required:
        if after.required:
            kind, effect, text = "became-required", Effect.NARROWS, "it must be given now"
        else:
            kind, effect, text = "became-optional", Effect.WIDENS, "it need not be given any more"
        yield local(f"request-parameter-{kind}", effect, text, at, REQUEST, location)
    nodes = raw(ground.old, before.pointer), raw(ground.new, after.pointer)
    for found in deprecated(*nodes, ground.calendar, at, prefix="=request-parameter-"):
        yield Local(found, REQUEST, location)
    yield from _written(before, after, ground, at)
    if before.schema and after.schema:
        yield from _schemas(before, after, ground)


def _written(before: Parameter, after: Parameter, ground: Ground, at: At) -> Iterator[Told]:
    """Yield what is different in how a value is written."""
    location = (before.place, before.name)
    found: list[tuple[str, Effect, str]] = []
    if before.media_type != after.media_type:
        was, now = before.media_type or "style", after.media_type or "style"
        text = f"its value was written by {was} and is written by {now} now"
        found.append(("media-type-changed", Effect.DIFFERS, text))
    elif before.style != after.style:
        text = f"its style was {before.style} and is {after.style} now"
        found.append(("style-changed", Effect.DIFFERS, text))
    elif before.explode is not after.explode and not (
        _is_scalar(before, ground.old) and _is_scalar(after, ground.new)
    ):
        text = f"explode was {str(before.explode).lower()} and is {str(after.explode).lower()} now"
        found.append(("explode-changed", Effect.DIFFERS, text))
    if before.allow_reserved is not after.allow_reserved and before.place == "query":
        word = "" if after.allow_reserved else "not-"
        effect = Effect.WIDENS if after.allow_reserved else Effect.NARROWS
        text = f"reserved characters are {'allowed now' if after.allow_reserved else 'not allowed any more'}"
        found.append((f"became-{word}allow-reserved", effect, text))
    if before.allow_empty_value is not after.allow_empty_value:
        word = "allowed" if after.allow_empty_value else "forbidden"
        effect = Effect.WIDENS if after.allow_empty_value else Effect.NARROWS
        found.append((f"empty-value-{word}", effect, f"an empty value is {word} now"))
    for kind, effect, text in found:
        yield local(f"request-parameter-{kind}", effect, text, at, REQUEST, location)


def _is_scalar(parameter: Parameter, document: Document) -> bool:
    if parameter.schema is None:
        return False
    forms = Forms(document.request_schemas)
    return forms.of(forms.node(parameter.schema)).types <= _SCALARS


def _schemas(before: Parameter, after: Parameter, ground: Ground) -> Iterator[Told]:
    old, new = before.schema or "", after.schema or ""
    location = (before.place, before.name)
    if after.style == "form" and after.explode and before.media_type is None and after.media_type is None:
        # One value of a list is written as the value alone would be (OAS 3.1.1 section 4.8.12.5).
        forms = Forms(ground.new.request_schemas)
        form = forms.of(forms.node(new))
        items = form.nodes.get("items", ())
        if form.types == {"array"} and _is_scalar(before, ground.old) and form.limits.get("minItems", 0) < 2:
            at = At(old, new)
            text = "it was one value and is a list now, of which one value is written as before"
            yield local("request-parameter-type-generalized", Effect.WIDENS, text, at, REQUEST, location)
            for pointer in items:
                yield Schemas(REQUEST, "parameter", location, old, pointer, textual=True)
            return
    yield Schemas(REQUEST, "parameter", location, old, new, textual=before.media_type is None)


def body(old: Operation, new: Operation, ground: Ground) -> Iterator[Told]:
    """The body of a request."""
    before, after, location = old.request_body, new.request_body, ("body",)
    if before is None and after is None:
        return
    if before is None:
        assert after is not None
        at = At(old.pointer, after.pointer)
        if after.required:
            text = "a body must be sent now"
            yield local("request-body-added-required", Effect.NARROWS, text, at, REQUEST, location)
        else:
            text = "a body may be sent now"
            yield local("request-body-added-optional", Effect.WIDENS, text, at, REQUEST, location)
        return
    if after is None:
        at = At(before.pointer, new.pointer)
        text, reason = "no body is taken any more", "What clients said in it they cannot say any more."
        kind, verdict = "request-body-removed", Verdict.BREAKING
        yield local(kind, Effect.UNKNOWN, text, at, REQUEST, location, verdict=verdict, reason=reason)
        return
    at = At(before.pointer, after.pointer)
    if before.required is not after.required:
        if after.required:
            text = "a body must be sent now"
            yield local("request-body-became-required", Effect.NARROWS, text, at, REQUEST, location)
        else:
            text = "the body may be left out now"
            yield local("request-body-became-optional", Effect.WIDENS, text, at, REQUEST, location)
    yield from _content(before.content, after.content, at)


def _content(before: Mapping[str, MediaType], after: Mapping[str, MediaType], at: At) -> Iterator[Told]:
    found = pairs(before, after)
    for name in found.gone:
        text = f"the media type {name} is not taken any more"
        place = At(before[name].pointer, at.new)
        yield local(
            "request-body-media-type-removed", Effect.NARROWS, text, place, REQUEST, ("body",), name=name
        )
    for name in found.added:
        text = f"the media type {name} is taken, too"
        place = At(at.old, after[name].pointer)
        yield local(
            "request-body-media-type-added", Effect.WIDENS, text, place, REQUEST, ("body",), name=name
        )
    for old, new in found.both:
        place = At(old.pointer, new.pointer)
        if new.name.endswith("*") and not old.name.endswith("*"):
            kind, text = "request-body-media-type-generalized", f"{old.name} became {new.name}"
            yield local(kind, Effect.WIDENS, text, place, REQUEST, ("body",), name=old.name)
        yield from _encodings(old, new, place)
        for word, left, right in (
            ("schema", old.schema, new.schema),
            ("item-schema", old.item_schema, new.item_schema),
        ):
            if left and right:
                location = ("body",) if word == "schema" else ("body", 0)
                yield Schemas(REQUEST, "body", location, left, right, is_textual(old.name))
            elif left or right:
                kind = f"request-body-media-type-{word}-{'added' if right else 'removed'}"
                text = f"what {old.name} holds is {'said now' if right else 'not said any more'}"
                effect = Effect.NARROWS if right else Effect.WIDENS
                verdict = None if right is None else Verdict.DANGEROUS
                reason = "Nothing was said of it before." if right else ""
                yield local(kind, effect, text, place, REQUEST, ("body",), verdict=verdict, reason=reason)


def _encodings(old: MediaType, new: MediaType, at: At) -> Iterator[Told]:
    for name in {**old.encoding, **new.encoding}:
        before, after = old.encoding.get(name), new.encoding.get(name)
        was = before and (before.content_types, before.style, before.explode)
        now = after and (after.content_types, after.style, after.explode)
        if was != now and before and after:
            text = f"the part {quoted(name)} is written in another way"
            place = At(*(ptr.join(pointer, "encoding", name) for pointer in at))
            yield local("request-body-encoding-changed", Effect.UNKNOWN, text, place, REQUEST, ("body", name))


RULES: Final[tuple[OperationRule, ...]] = (parameters, body)
