"""What of an exchange is kept: without secrets, and as its document allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mockserver.contract.recording.kept import Kept
from mockserver.contract.recording.redaction import Hit, Redaction
from mockserver.contract.recording.searching import folded
from mockserver.contract.traffic import Recorded
from mockserver.document.media_types import FORM, essence_of, is_json, is_sequence, is_xml
from mockserver.document.messages.charsets import NotText, UnknownCharset, charset_of, decode
from mockserver.document.messages.codings import decompressed
from mockserver.document.model import Document, Operation
from mockserver.errors import Json, Refusal
from mockserver.mocking.conformance import OF_HTTP, Conformance
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.judging import BODY_LIMIT, Judged, Reply

HEADERS: Final = frozenset(
    {
        "content-disposition",
        "content-language",
        "link",
        "location",
        "retry-after",
        "set-cookie",
        "www-authenticate",
    }
)
"""Headers of answers that are kept besides those that the document declares."""
_SAID: Final = 160
"""Characters of what is wrong that are told; the finding tells all of it."""
_PASSED_OVER: Final = frozenset({206, 304})
"""Answers that are parts of others."""


@dataclass(slots=True)
class Trouble:
    """Why exchanges are not kept, each reason with how many.

    Attributes:
        rejected: Whether a placeholder was not taken by a schema, so that another is to be tried.
    """

    reasons: dict[str, int] = field(default_factory=dict)
    rejected: bool = False

    def say(self, reason: str) -> None:
        """Count a reason."""
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


class Keeper:
    """Makes of exchanges what is kept of them.

    Args:
        document: The document.
        redaction: Knows all secrets already.
        keep_invalid: Whether answers that break the document are kept.
    """

    def __init__(self, document: Document, redaction: Redaction, *, keep_invalid: bool) -> None:
        self._redaction = redaction
        self._keep_invalid = keep_invalid
        self._conformance = Conformance(document, excused=())

    def kept(self, recorded: Recorded, judged: Judged, trouble: Trouble) -> Kept | None:
        """Return what is kept of an exchange; None for nothing, and why is said to `trouble`."""
        operation, reply = judged.operation, recorded.reply
        if operation is None or reply is None or recorded.message.method in ("HEAD", "OPTIONS"):
            return None
        if reply.status < 200 or reply.status in _PASSED_OVER:
            return None
        where = f"{operation} -> {reply.status}"
        if not reply.is_whole:
            trouble.say(f"{where}: not all of the body is there")
            return None
        if judged.response and not self._keep_invalid:
            said = self._redaction.text(str(judged.response[0]))
            said = said if len(said) <= _SAID else f"{said[:_SAID]}..."
            trouble.say(f"{where} breaks the document ({said}); --keep-invalid keeps it all the same")
            return None
        media_type = reply.header("content-type") if reply.body else None
        hits: list[Hit] = []
        body = None if isinstance(judged.answer, bytes) else self._redaction.value(judged.answer, hits)
        raw: str | bytes | None = None
        if reply.body and (media_type is None or not is_json(media_type) or judged.answer is None):
            raw = self._raw(reply, media_type or "", judged, where, trouble)
            if raw is None:
                return None
        if hits and not judged.response and media_type is not None and raw is None:
            answer = Answer(reply.status, body, media_type)
            if not self._is_taken(operation, answer, hits, trouble):
                trouble.say(f"{where}: nothing that the schema takes can stand for its secrets")
                return None
        request, hides = self._request(operation, recorded, judged)
        return Kept(
            request, reply.status, media_type, body, raw, self._headers(operation, recorded, reply), hides,
            not judged.response,
        )  # fmt: skip

    def _raw(
        self, reply: Reply, media_type: str, judged: Judged, where: str, trouble: Trouble
    ) -> str | bytes | None:
        """Return a body that is no JSON as it goes into a fixture; None where it cannot."""
        try:
            coding = reply.header("content-encoding")
            data = decompressed(reply.body, coding, BODY_LIMIT) if coding else reply.body
        except Refusal as refusal:
            trouble.say(f"{where}: the body cannot be read: {refusal.message}")
            return None
        essence = essence_of(media_type)
        is_text = essence.startswith("text/") or is_xml(essence) or is_json(essence) or is_sequence(essence)
        if is_text or essence == FORM:
            try:
                text = self._redaction.text(decode(data, charset_of(media_type)))
                return text.encode() if is_json(essence) else text
            except (NotText, UnknownCharset):
                pass
        if self._redaction.vault.holds(data):
            trouble.say(f"{where}: there is a secret in the bytes of {essence}")
            return None
        return data

    def _is_taken(self, operation: Operation, answer: Answer, hits: list[Hit], trouble: Trouble) -> bool:
        """Return whether the schema takes the placeholders in a body; those that it does not are tried otherwise."""
        for violation in self._conformance.body_violations(operation, answer):
            place = violation.location[1:]
            related = [hit for hit in hits if _is_related(hit.place, place)] or hits
            pointer = violation.pointer.rpartition("/")[0]
            can_try = [self._redaction.vault.reject(folded(hit.was), pointer) for hit in related]
            if not any(can_try):
                return False
            trouble.rejected = True
        return True

    def _request(
        self, operation: Operation, recorded: Recorded, judged: Judged
    ) -> tuple[Request, frozenset[tuple[str, str]]]:
        hides: set[tuple[str, str]] = set()

        def safe(kind: str, values: Mapping[str, Json]) -> dict[str, Json]:
            hits: list[Hit] = []
            found: Json = self._redaction.value(dict(values), hits)
            hides.update((kind, str(hit.place[0])) for hit in hits if hit.place)
            return dict(zip(values, found.values(), strict=True))

        body: Json = judged.body
        if isinstance(body, dict):
            body = safe("body", body)
        elif body is not None:
            body = None if isinstance(body, bytes) else self._redaction.value(body)
        values = judged.values
        request = Request(
            operation, recorded.message.method, operation.path, safe("path", values.path), safe("query", values.query),
            safe("header", values.header), safe("cookie", values.cookie), body,
        )  # fmt: skip
        return request, frozenset(hides)

    def _headers(self, operation: Operation, recorded: Recorded, reply: Reply) -> dict[str, str]:
        response = operation.response_for(reply.status)
        declared = {name.lower() for name in response.headers} if response is not None else set()
        wanted = (declared | HEADERS) - OF_HTTP
        found: dict[str, str] = {}
        for name, value in _fields(reply):
            if name.lower() not in wanted or name in found:
                continue
            # Where the mock is served, nobody knows.
            is_place = name.lower() in ("location", "link") and recorded.origin
            text = value.replace(recorded.origin, "") if is_place else value
            found[name] = self._redaction.field(name, text)
        return found


def _fields(reply: Reply) -> Iterator[tuple[str, str]]:
    for name, value in reply.headers:
        try:
            yield name.decode("ascii"), value.decode("utf-8").replace("\r", " ").replace("\n", " ")
        except UnicodeDecodeError:
            continue


def _is_related(one: tuple[str | int, ...], other: tuple[str | int, ...]) -> bool:
    """Return whether one of two places is in the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
