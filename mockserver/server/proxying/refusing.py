"""Violations as error answers, in the shape that the document declares."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.errors import Refusal, RefusalKind, Violation
from mockserver.mocking.judging import Judged


def of_request(judged: Judged) -> Refusal | None:
    """Return why a request is not passed on, None where it is."""
    if not judged.request:
        return None
    first = judged.request[0]
    if first.rule == "path":
        return Refusal(RefusalKind.NOT_FOUND, first.message)
    if first.rule == "method":
        allow = {"Allow": judged.route.allow}
        return Refusal(RefusalKind.METHOD_NOT_ALLOWED, first.message, headers=allow)
    if first.rule == "security":
        return Refusal(RefusalKind.UNAUTHENTICATED, first.message)
    if first.rule == "content":
        return Refusal(RefusalKind.UNSUPPORTED_MEDIA_TYPE, first.message)
    return Refusal(RefusalKind.INVALID, _told(judged.request), violations=judged.request)


def of_response(judged: Judged, status: int) -> Refusal | None:
    """Return why an answer is not passed on, None where it is.

    Refusals that belong to HTTP and not to an operation are often left out of documents: they pass.
    """
    grave = [item for item in judged.response if not (item.rule == "status" and 400 <= status < 500)]
    if not grave:
        return None
    message = f"the upstream's answer {status} breaks the document: {_told(grave)}"
    return Refusal(RefusalKind.FAULT, message, violations=grave, status=502)


def _told(violations: Sequence[Violation]) -> str:
    first = str(violations[0])
    return first if len(violations) == 1 else f"{first} (and {len(violations) - 1} more)"
