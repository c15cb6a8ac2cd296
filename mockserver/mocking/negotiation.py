"""Chooses which declared response, in which media type, answers a request (RFC 9110 section 12.5.1). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from mockserver.document.media_types import is_json, split
from mockserver.document.model import MediaType, Operation, Response

BODILESS: Final = frozenset({204, 205, 304})
"""Statuses whose answers have no content (RFC 9110 sections 15.3.5, 15.3.6, 15.4.5)."""

_CONCRETE: Final = {
    "*/*": "application/json",
    "application/*": "application/json",
    "audio/*": "audio/wav",
    "font/*": "font/woff2",
    "image/*": "image/png",
    "multipart/*": "multipart/form-data",
    "text/*": "text/plain",
    "video/*": "video/mp4",
}
"""Declared range -> the media type that is sent where the client leaves the choice."""
_ANY_DATA: Final = frozenset({"*/*", "application/*"})
"""Ranges that stand for data: they are sent as JSON to whoever takes that, also where a browser likes HTML better."""
_PIECES: Final = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+')
_RANGE: Final = re.compile(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+")
_QUALITY: Final = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_LONGEST: Final = 1024
"""Characters of an `Accept` value whose reading is remembered."""


class Offer(NamedTuple):
    """A declared media type, and the name under which it is sent: a range is sent as a type that falls under it."""

    media: MediaType
    name: str


class _Range(NamedTuple):
    """One member of an `Accept` list."""

    kind: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    quality: float


def success(operation: Operation) -> tuple[int, Response | None]:
    """Return the status and response of a request that went well: the lowest 2xx, then `2XX`, `default`, or the first.

    An operation without responses is answered 200 without a body.
    """
    responses = operation.responses
    codes = sorted(int(status) for status in responses if status.isdigit() and 200 <= int(status) < 300)
    if codes:
        return codes[0], responses[str(codes[0])]
    for name in ("2XX", "2xx", "default"):
        if name in responses:
            return 200, responses[name]
    for name, response in responses.items():
        number = status_of(name)
        if number is not None and number >= 200:  # 1xx is no answer yet (RFC 9110 section 15.2)
            return number, response
    return 200, None


def status_of(name: str) -> int | None:
    """Return the status that stands for a declared one: `404` is 404, `4XX` is 400; None for anything else."""
    if re.fullmatch(r"[1-5]\d\d", name):
        return int(name)
    return int(name[0]) * 100 if re.fullmatch(r"[1-5][Xx]{2}", name) else None


def offer(content: Mapping[str, MediaType], accept: str) -> Offer | None:
    """Return the declared media type that an `Accept` value likes best; None where it takes none of them.

    Without an `Accept`, or with one that holds no media range, JSON comes first. Where no range fits with its
    parameters, they are left aside: who asks for `application/json;version=1` is served `application/json`.
    """
    names = sorted(content, key=lambda name: not is_json(name))
    if not names:
        return None
    found = _ranges(accept)
    if not found:
        return Offer(content[names[0]], concrete(names[0]))
    for strict in (True, False):
        best, best_quality = None, 0.0
        for name in names:
            sent, quality = _sent(name, found, strict=strict)
            if quality > best_quality:
                best, best_quality = Offer(content[name], sent), quality
        if best is not None:
            return best
    return None


def accepts(accept: str, name: str) -> bool:
    """Return whether an `Accept` value takes a media type; one that holds no media range takes all."""
    found = _ranges(accept)
    return not found or _quality(name, found, strict=False) > 0


def any_offer(content: Mapping[str, MediaType], accept: str) -> Offer | None:
    """Return an offer also to a client that takes none of them, as errors do (RFC 9110 section 12.4.1).

    None if nothing is declared.
    """
    return offer(content, accept) or offer(content, "")


def concrete(name: str) -> str:
    """Return a media type itself, or one that falls under a range."""
    return _CONCRETE.get(name, name.replace("*", "octet-stream")) if "*" in name else name


def _sent(name: str, ranges: tuple[_Range, ...], *, strict: bool) -> tuple[str, float]:
    """Return the name under which a declared media type is sent, with its quality; 0 where it is not taken."""
    sent = concrete(name)
    quality = _quality(sent, ranges, strict=strict)
    if "*" not in name or (quality > 0 and name in _ANY_DATA):
        return sent, quality
    kind = name.partition("/")[0]
    for span in ranges:
        if "*" not in span.subtype and kind in (span.kind, "*"):
            asked = f"{span.kind}/{span.subtype}"
            likes = _quality(asked, ranges, strict=strict)
            if likes > quality:
                sent, quality = asked, likes
    return sent, quality


def _quality(name: str, ranges: tuple[_Range, ...], *, strict: bool) -> float:
    """Return the quality of the most specific range that a media type falls under, 0 for none."""
    essence, parameters = split(name)
    kind, _, subtype = essence.partition("/")
    best, quality = -1, 0.0
    for span in ranges:
        if span.kind not in (kind, "*") or span.subtype not in (subtype, "*"):
            continue
        if strict and not span.parameters <= parameters:
            continue
        rank = (span.kind != "*") + (span.subtype != "*") + (bool(span.parameters) and strict)
        if rank > best:
            best, quality = rank, span.quality
    return quality


def _ranges(accept: str) -> tuple[_Range, ...]:
    if not accept or accept == "*/*":
        return ()
    return _remembered(accept) if len(accept) <= _LONGEST else tuple(_parse(accept))


def _parse(accept: str) -> Iterator[_Range]:
    """Yield the media ranges of an `Accept` value; members that are none are passed over."""
    for piece in _PIECES.findall(accept):
        name, parameters = split(piece)
        if name == "*":
            name = "*/*"  # Java's HttpURLConnection says so
        if not _RANGE.fullmatch(name):
            continue
        kind, _, subtype = name.partition("/")
        weight = next((value for key, value in parameters if key == "q"), "1")
        if not _QUALITY.fullmatch(weight) or (kind == "*" and subtype != "*"):
            continue
        others = frozenset(item for item in parameters if item[0] != "q")
        yield _Range(kind, subtype, others, min(float(weight), 1.0))


_remembered = lru_cache(maxsize=512)(lambda accept: tuple(_parse(accept)))
