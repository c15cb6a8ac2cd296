"""Chooses which declared response, in which media type, answers a request (RFC 9110 section 12.5.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mockserver.document.media_types import essence_of, is_json
from mockserver.document.model import MediaType, Operation, Response


def success(operation: Operation) -> tuple[int, Response | None]:
    """Return the status and response of a request that went well: the lowest 2xx, then `2XX`, `default`, or the first.

    An operation without responses is answered 200 without a body.
    """
    codes = sorted(int(status) for status in operation.responses if status.isdigit())
    for code in codes:
        if 200 <= code < 300:
            return code, operation.responses[str(code)]
    for name, code in (("2XX", 200), ("2xx", 200), ("default", 200)):
        if name in operation.responses:
            return code, operation.responses[name]
    if codes:
        return codes[0], operation.responses[str(codes[0])]
    return 200, None


def media_type(content: Mapping[str, MediaType], accept: str) -> MediaType | None:
    """Return the declared media type that an `Accept` value likes best.

    Without a match the first JSON one is taken, for a server may disregard the field (RFC 9110 section
    12.4.1). None if nothing is declared.
    """
    if not content:
        return None
    names = sorted(content, key=lambda name: not is_json(name))
    if not accept or accept == "*/*":
        return content[names[0]]
    ranges = list(_ranges(accept))
    best = max(names, key=lambda name: _quality(name, ranges))
    return content[best] if _quality(best, ranges) > 0 else content[names[0]]


def _ranges(accept: str) -> Iterable[tuple[str, float]]:
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        if "/" in name:
            yield name.lower(), quality


def _quality(name: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that a media type falls under, 0 for none."""
    essence = essence_of(name)
    found = dict(reversed(ranges))
    for span in (essence, f"{essence.partition('/')[0]}/*", "*/*"):
        if span in found:
            return found[span]
    return 0.0
