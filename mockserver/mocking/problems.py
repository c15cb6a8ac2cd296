"""Refusals in the shape that the document declares.

The declared error schema is filled with what really happened, see `error_bodies`. Where nothing is declared, the error
that the document uses most elsewhere serves, and where it declares none at all, Problem Details (RFC 9457).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from mockserver.document.media_types import is_json, is_xml
from mockserver.document.model import Document, MediaType, Operation
from mockserver.errors import Json, Refusal, RefusalKind, SchemaFault, Violation
from mockserver.mocking import bodies
from mockserver.mocking.error_bodies import ErrorBodies, Facts, phrase
from mockserver.mocking.exchange import Answer, ResponseSource
from mockserver.mocking.generator import Generator
from mockserver.mocking.negotiation import Offer, any_offer, concrete

STATUSES: Final[Mapping[RefusalKind, tuple[int, ...]]] = {
    RefusalKind.INVALID: (422, 400),
    RefusalKind.UNAUTHENTICATED: (401, 403),
    RefusalKind.FORBIDDEN: (403, 401),
    RefusalKind.NOT_FOUND: (404, 410),
    RefusalKind.METHOD_NOT_ALLOWED: (405,),
    RefusalKind.NOT_ACCEPTABLE: (406,),
    RefusalKind.TIMEOUT: (408,),
    RefusalKind.GONE: (410, 404),
    RefusalKind.CONFLICT: (409,),
    RefusalKind.WRONG_STATE: (409, 422, 400),
    RefusalKind.DANGLING: (422, 404, 400, 409),
    RefusalKind.PRECONDITION: (412,),
    RefusalKind.TOO_LARGE: (413,),
    RefusalKind.UNSUPPORTED_MEDIA_TYPE: (415,),
    RefusalKind.FAULT: (500,),
    RefusalKind.UNAVAILABLE: (503,),
    RefusalKind.FULL: (507, 503),
}
"""Statuses that may say it, the preferred first; the first that is declared is taken."""

FALLBACK: Final = {RefusalKind.INVALID: 400, RefusalKind.GONE: 404}
"""The status when none is declared, where it is not the preferred one."""

_SENTENCES: Final = {
    400: "The request is not valid.",
    401: "Credentials are required.",
    402: "A payment is required.",
    403: "You may not do this.",
    404: "There is no such thing.",
    409: "This conflicts with what is already there.",
    410: "This is gone.",
    412: "It has changed in the meantime.",
    422: "The request is not valid.",
    429: "Too many requests. Try again later.",
    500: "Something went wrong.",
    502: "Another service did not answer well.",
    503: "The service is not available. Try again later.",
    504: "Another service did not answer in time.",
}
"""Status -> what an error says that nothing has caused."""

PROBLEM_JSON: Final = "application/problem+json"


class Problems:
    """Makes the error answers of one document."""

    def __init__(self, document: Document, generator: Generator) -> None:
        self._document = document
        self._schemas = document.response_schemas
        self._bodies = ErrorBodies(document.response_schemas, generator)
        self._chosen: dict[tuple[str, RefusalKind, int | None, str], tuple[int, Offer | None]] = {}
        self._common = self._common_media_types()

    def answer(
        self, refusal: Refusal, operation: Operation | None, *, path: str = "", accept: str = ""
    ) -> Answer:
        """Return the answer to a refused request, in the shape that its operation declares."""
        key = (operation.id if operation else "", refusal.kind, refusal.status, accept)
        chosen = self._chosen.get(key)
        if chosen is None:
            chosen = self._choose(refusal, operation, accept)
            if len(self._chosen) < 4096:  # what clients accept is not bounded, this table is
                self._chosen[key] = chosen
        status, offered = chosen
        media = offered.media if offered else None
        message = refusal.message
        facts = Facts(status, refusal.kind, message, refusal.violations, path)
        answer = Answer(
            status,
            media_type=offered.name if offered else PROBLEM_JSON,
            headers=dict(refusal.headers),
            source=ResponseSource.REFUSAL,
            detail=message,
        )
        if media is None or offered is None:
            answer.body = problem(refusal, status)
            return answer
        answer.media_type = offered.name
        try:
            answer.body = self._body(media, offered.name, refusal, facts)
        except SchemaFault as error:
            # What the document says of its errors is of no use: then in the shape that all know.
            answer.body = problem(refusal, status)
            answer.violations = (Violation(("body",), "schema", str(error), None, error.pointer),)
        if not is_json(offered.name):
            answer.content, answer.media_type = bodies.write(
                answer.body, bodies.Form(offered.name, media, self._schemas)
            )
        return answer

    def _body(self, media: MediaType, name: str, refusal: Refusal, facts: Facts) -> Json:
        if media.schema is not None and not self._says_nothing(media.schema):
            return self._bodies.fill(media.schema, facts)
        # Without a schema: the whole problem where data is written, its sentence where text is.
        return problem(refusal, facts.status) if is_json(name) or is_xml(name) else refusal.message

    def _says_nothing(self, pointer: str) -> bool:
        try:
            return self._schemas.resolve(pointer)[1] in (True, {})
        except (KeyError, ValueError):
            return False

    def _choose(self, refusal: Refusal, operation: Operation | None, accept: str) -> tuple[int, Offer | None]:
        statuses = STATUSES[refusal.kind]
        if refusal.status is not None:
            statuses = (refusal.status, *(status for status in statuses if status != refusal.status))
        if operation is not None:
            declared = [status for status in statuses if str(status) in operation.responses]
            declared += [status for status in statuses if operation.response_for(status) is not None]
            if declared:
                response = operation.response_for(declared[0])
                return declared[0], any_offer(response.content, accept) if response else None
        status = refusal.status or undeclared_status(refusal.kind)
        media = self._common.get(status) or self._common.get(0)
        return status, Offer(media, concrete(media.name)) if media else None

    def _common_media_types(self) -> dict[int, MediaType]:
        """Return the media type that the document uses most for each error status; under 0 for errors at large."""
        counts: dict[int, Counter[tuple[str, str]]] = {}
        known: dict[tuple[str, str], MediaType] = {}
        for operation in self._document.operations.values():
            for status, response in operation.responses.items():
                number = _error_status(operation, status)
                if number is None:
                    continue
                offered = any_offer(response.content, "")
                media = offered.media if offered else None
                if media is None or media.schema is None:
                    continue
                try:
                    key = (media.name, self._schemas.resolve(media.schema)[0])
                except (KeyError, ValueError):
                    continue
                known.setdefault(key, media)
                # Validation errors often have a shape of their own, which does not fit anything else.
                places = {number, -1 if number in (400, 422) else 0}
                for place in places:
                    counts.setdefault(place, Counter())[key] += 1
        if 0 not in counts and -1 in counts:
            counts[0] = counts[-1]
        return {status: known[counter.most_common(1)[0][0]] for status, counter in counts.items()}


def _error_status(operation: Operation, status: str) -> int | None:
    """Return the status of a declared error, 0 for a range or the default beside a success, None for no error."""
    if status[:1] in "45":
        return int(status) if status.isdigit() else 0
    is_default = status == "default" and any(name[:1] == "2" for name in operation.responses)
    return 0 if is_default else None


def undeclared_status(kind: RefusalKind) -> int:
    """Return the status of a refusal that no document shapes."""
    return FALLBACK.get(kind, STATUSES[kind][0])


def plausible(status: int, reason: str) -> Refusal:
    """Return a refusal that could have led to a status, for clients who ask for the error itself."""
    kind = next((kind for kind, statuses in STATUSES.items() if status == statuses[0]), None)
    if kind is None:
        kind = next((kind for kind, statuses in STATUSES.items() if status in statuses), None)
    if kind is None:
        kind = RefusalKind.CONFLICT if status < 500 else RefusalKind.FAULT
    return Refusal(kind, _SENTENCES.get(status) or reason or f"Error {status}", status=status)


def problem(refusal: Refusal, status: int) -> dict[str, Json]:
    """Return a refusal as Problem Details (RFC 9457 section 3), with its violations as an extension."""
    title = phrase(status) or "Error"
    body: dict[str, Json] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": refusal.message,
    }
    if refusal.violations:
        body["errors"] = [violation.as_dict() for violation in refusal.violations]
    return body


__all__ = ["PROBLEM_JSON", "STATUSES", "Problems", "plausible", "problem", "undeclared_status"]
