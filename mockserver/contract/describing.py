"""Broken rules of messages as findings: named, told what the document says, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mockserver.contract.findings import Came, Finding, Level, Says, Sent
from mockserver.contract.pretty import outlined
from mockserver.document import pointer as ptr
from mockserver.document.model import Document
from mockserver.errors import Violation
from mockserver.mocking import nearest
from mockserver.mocking.judging import Judged

OF_HTTP: Final = frozenset({405, 406, 408, 411, 413, 414, 415, 417, 421, 426, 428, 429, 431})
"""Refusals that say something of the request as a message, whatever it was for (RFC 9110 section 15.5, RFC 6585)."""
SAYS_LIMIT: Final = 600
SAYS_LINES: Final = 12
"""Characters and lines of a rule that are shown."""


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of finding.

    Attributes:
        name: Its short name, which baselines and reports go by.
        title: What is wrong, in a few words.
        advice: What to do.
    """

    name: str
    level: Level
    title: str
    advice: str


def _check(name: str, level: Level, title: str, advice: str) -> tuple[str, Check]:
    return name, Check(name, level, title, advice)


CHECKS: Final = dict(
    (
        _check(
            "unknown-path",
            Level.WARNING,
            "The document has no such path",
            "Add the path to the document, or correct the client's URL; a base path may be missing.",
        ),
        _check(
            "unknown-method",
            Level.WARNING,
            "The document has no such method at this path",
            "Add the operation to the document, or correct the client.",
        ),
        _check(
            "request-security",
            Level.WARNING,
            "The request lacks the credentials that the document asks for",
            "Send the credentials, or correct `security` in the document.",
        ),
        _check(
            "request-parameter",
            Level.ERROR,
            "A parameter of the request breaks the document",
            "Correct the client, or loosen the parameter in the document.",
        ),
        _check(
            "request-body",
            Level.ERROR,
            "The body of the request breaks the document",
            "Correct the client, or loosen the schema in the document.",
        ),
        _check(
            "request-media-type",
            Level.ERROR,
            "The media type of the request is not declared",
            "Send a declared media type, or declare this one in `requestBody.content`.",
        ),
        _check(
            "server-error",
            Level.ERROR,
            "The server failed",
            "Look into the server's log for this request and mend the cause.",
        ),
        _check(
            "undeclared-status",
            Level.ERROR,
            "The status of the answer is not declared",
            "Declare the status under `responses`, or answer with a declared one.",
        ),
        _check(
            "undeclared-media-type",
            Level.ERROR,
            "The media type of the answer is not declared",
            "Declare it in the response's `content`, or answer in a declared one.",
        ),
        _check(
            "response-header",
            Level.ERROR,
            "A header of the answer breaks the document",
            "Send the header as declared, or correct the response's `headers`.",
        ),
        _check(
            "response-body",
            Level.ERROR,
            "The body of the answer breaks the document",
            "Correct the server, or the response's schema.",
        ),
    )
)
"""Checks of single exchanges by name."""


def check_of(violation: Violation, *, is_request: bool, status: int = 0) -> Check:
    """Return the kind of finding that a violation is."""
    where, rule = violation.location[0] if violation.location else "", violation.rule
    if is_request:
        name = {"path": "request-parameter", "method": "unknown-method", "security": "request-security"}.get(
            str(where), "request-parameter"
        )
        if rule == "path":
            name = "unknown-path"
        elif where == "body":
            name = "request-body"
        elif rule == "content":
            name = "request-media-type"
        return CHECKS[name]
    if where == "status":
        return CHECKS["server-error" if status >= 500 else "undeclared-status"]
    if rule == "content":
        return CHECKS["undeclared-media-type"]
    return CHECKS["response-header" if where == "header" else "response-body"]


def describe(
    document: Document, judged: Judged, sent: Sent | None = None, came: Came | None = None
) -> list[Finding]:
    """Return the findings of one exchange, those of the request first."""
    status = came.status if came else 0
    both = [(violation, True) for violation in judged.request]
    both += [(violation, False) for violation in judged.response]
    operation = judged.operation
    found: list[Finding] = []
    for violation, is_request in both:
        check = check_of(violation, is_request=is_request, status=status)
        level = check.level
        if check.name == "undeclared-status" and 400 <= status < 500:
            # Refusals are often left out of documents; those that belong to HTTP and to no operation, nearly always.
            level = Level.NOTE if status in OF_HTTP else Level.WARNING
        found.append(
            Finding(
                check.name,
                level,
                check.title,
                _message(document, check, violation, sent),
                str(operation) if operation else "",
                operation.id if operation else "",
                violation.location,
                f"{violation.rule}:{status}" if not is_request and status else violation.rule,
                says(document, violation.pointer),
                check.advice,
                sent,
                came,
            )
        )
    return found


def _message(document: Document, check: Check, violation: Violation, sent: Sent | None) -> str:
    """Return what was seen; of a path that the document does not have, also which ones are near."""
    if check.name != "unknown-path" or sent is None:
        return str(violation)
    near = nearest.places([document], sent.method, str(violation.value))
    return "\n".join([str(violation), *(f"nearest: {text}" for text in near)])


def says(document: Document, pointer: str) -> Says | None:
    """Return what stands at a pointer of a document, as its author wrote it down; None for no pointer."""
    if not pointer:
        return None
    file, place = document.origin(pointer)
    return Says(place, excerpt(document, pointer), file or str(document.source))


def excerpt(document: Document, pointer: str) -> str:
    """Return what stands at a pointer as text of a few lines, "" for nothing."""
    try:
        value = ptr.lookup(document.root, pointer)
    except (KeyError, IndexError, ValueError, TypeError):
        return ""
    name = ptr.split(pointer)[-1] if pointer else ""
    return f"{name}: {outlined(value, lines=SAYS_LINES, characters=SAYS_LIMIT)}"
