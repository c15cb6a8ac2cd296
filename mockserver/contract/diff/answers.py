"""Rules about what servers answer: statuses, headers, media types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mockserver.contract.diff.differences import At, quoted
from mockserver.contract.diff.ground import Ground, OperationRule, Schemas, Told, local
from mockserver.contract.diff.media import is_textual, pairs
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.document.dialect import Direction
from mockserver.document.model import MediaType, Operation, Parameter, Response

RESPONSE: Final = Direction.RESPONSE


def statuses(old: Operation, new: Operation, ground: Ground) -> Iterator[Told]:
    """Statuses: what is declared by itself in one document may be within a range of the other one."""
    for status, before in old.responses.items():
        after = _answer(new, status)
        if after is not None:
            yield from _both(before, after, status)
        else:
            yield _gone(before, new)
    for status, after in new.responses.items():
        if status in old.responses:
            continue
        before_it = _answer(old, status)
        if before_it is not None:
            yield from _both(before_it, after, status)
        else:
            yield _added(after, old)


def _answer(operation: Operation, status: str) -> Response | None:
    if status.isdigit():
        return operation.response_for(int(status))
    exact = operation.responses.get(status)
    return exact or (operation.responses.get("default") if status != "default" else None)


def _is_success(status: str) -> bool:
    return status[0] in "123"


def _gone(response: Response, new: Operation) -> Told:
    at = At(response.pointer, new.pointer)
    location = (response.status,)
    text = f"the status {response.status} is not answered any more"
    if _is_success(response.status):
        reason = "Clients wait for it."
        kind = "response-success-status-removed"
        return local(
            kind, Effect.NARROWS, text, at, RESPONSE, location, verdict=Verdict.BREAKING, reason=reason
        )
    reason = "One error less can come."
    kind = "response-non-success-status-removed"
    return local(kind, Effect.NARROWS, text, at, RESPONSE, location, reason=reason)


def _added(response: Response, old: Operation) -> Told:
    at = At(old.pointer, response.pointer)
    location = (response.status,)
    text = f"the status {response.status} may be answered now"
    if _is_success(response.status):
        reason = "A client that knows only the other statuses may take it for a failure."
        kind, verdict = "response-success-status-added", Verdict.DANGEROUS
        return local(kind, Effect.WIDENS, text, at, RESPONSE, location, verdict=verdict, reason=reason)
    reason = "Clients must be ready for any status of an error (RFC 9110 section 15)."
    kind, verdict = "response-non-success-status-added", Verdict.SAFE
    return local(kind, Effect.WIDENS, text, at, RESPONSE, location, verdict=verdict, reason=reason)


def _both(before: Response, after: Response, status: str) -> Iterator[Told]:
    yield from _headers(before, after, status)
    found = pairs(before.content, after.content)
    for name in found.gone:
        at = At(before.content[name].pointer, after.pointer)
        yield from _lost(name, after, at, status)
    for name in found.added:
        at = At(before.pointer, after.content[name].pointer)
        text = f"the media type {name} can be had, too"
        reason = "Clients get it only when they ask for it."
        kind, verdict = "response-media-type-added", Verdict.SAFE
        if found.gone or not before.content:
            reason = "Clients that do not say what they take may get it."
            verdict = Verdict.DANGEROUS if found.gone else Verdict.SAFE
        yield local(
            kind,
            Effect.WIDENS,
            text,
            at,
            RESPONSE,
            (status, "body"),
            verdict=verdict,
            reason=reason,
            name=name,
        )
    for old, new in found.both:
        if new.name.endswith("*") and not old.name.endswith("*"):
            at, text = At(old.pointer, new.pointer), f"{old.name} became {new.name}"
            reason = "Clients that do not say what they take may get another one."
            kind = "response-media-type-name-generalized"
            yield local(
                kind, Effect.WIDENS, text, at, RESPONSE, (status, "body"), reason=reason, name=old.name
            )
        yield from _bodies(old, new, status)


def _lost(name: str, after: Response, at: At, status: str) -> Iterator[Told]:
    text = f"the media type {name} is not answered any more"
    if name.endswith("/*") and after.content:
        # A range that names its members now.
        text = f"of {name} there is left: {', '.join(after.content)}"
        kind = "response-media-type-name-specialized"
        yield local(kind, Effect.NARROWS, text, at, RESPONSE, (status, "body"), name=name)
        return
    kind, verdict = "response-media-type-removed", Verdict.BREAKING
    reason = "Clients that ask for it get nothing that they can read."
    yield local(
        kind, Effect.NARROWS, text, at, RESPONSE, (status, "body"), verdict=verdict, reason=reason, name=name
    )


def _bodies(old: MediaType, new: MediaType, status: str) -> Iterator[Told]:
    at = At(old.pointer, new.pointer)
    for word, left, right in (
        ("schema", old.schema, new.schema),
        ("item-schema", old.item_schema, new.item_schema),
    ):
        base: tuple[str | int, ...] = (status, "body") if word == "schema" else (status, "body", 0)
        if left and right:
            yield Schemas(RESPONSE, "body", base, left, right, is_textual(old.name))
        elif left or right:
            kind = f"response-body-media-type-{word}-{'added' if right else 'removed'}"
            text = f"what {old.name} holds is {'said now' if right else 'not said any more'}"
            yield local(kind, Effect.NARROWS if right else Effect.WIDENS, text, at, RESPONSE, base)


def _headers(before: Response, after: Response, status: str) -> Iterator[Told]:
    old = {name.lower(): header for name, header in before.headers.items()}
    new = {name.lower(): header for name, header in after.headers.items()}
    for key, header in old.items():
        location = (status, "header", header.name)
        if key not in new:
            at = At(header.pointer, after.pointer)
            text = f"the header {quoted(header.name)} is gone"
            kind = f"{'required' if header.required else 'optional'}-response-header-removed"
            verdict = Verdict.BREAKING if header.required else Verdict.DANGEROUS
            reason = "" if not header.required else "Clients rely on what was promised to be there."
            reason = reason or "A client that uses it gets nothing, and no error."
            yield local(kind, Effect.WIDENS, text, at, RESPONSE, location, verdict=verdict, reason=reason)
        else:
            yield from _header(header, new[key], location)
    for key, header in new.items():
        if key not in old:
            at, text = At(before.pointer, header.pointer), f"the header {quoted(header.name)} is new"
            location = (status, "header", header.name)
            yield local("response-header-added", Effect.NARROWS, text, at, RESPONSE, location)


def _header(before: Parameter, after: Parameter, location: tuple[str | int, ...]) -> Iterator[Told]:
    at = At(before.pointer, after.pointer)
    if before.required and not after.required:
        text = "the header need not be there any more"
        yield local("response-header-became-optional", Effect.WIDENS, text, at, RESPONSE, location)
    elif after.required and not before.required:
        text = "the header is always there now"
        yield local("response-header-became-required", Effect.NARROWS, text, at, RESPONSE, location)
    if before.schema and after.schema:
        yield Schemas(RESPONSE, "header", location, before.schema, after.schema, textual=True)


RULES: Final[tuple[OperationRule, ...]] = (statuses,)
