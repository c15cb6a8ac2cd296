"""The checks of Schemathesis in our words: what each is called, and what to do when it fails."""

from __future__ import annotations

from typing import Final

from mockserver.contract.describing import CHECKS, Check
from mockserver.contract.findings import Level

NOT_TESTED: Final = Check(
    "not-tested",
    Level.ERROR,
    "The operation could not be tested",
    "Mend what the message names in the document, or leave the operation out with --exclude-id.",
)
NO_ANSWER: Final = Check(
    "no-answer",
    Level.ERROR,
    "The server gave no answer",
    "Send the request again: does the server close the connection, or work for longer than --request-timeout?",
)
ACCEPTED_INVALID: Final = Check(
    "accepted-invalid",
    Level.ERROR,
    "The server takes a request that the document forbids",
    "Refuse such requests with a 4xx, or loosen the document if they are meant to work.",
)
REFUSED_VALID: Final = Check(
    "refused-valid",
    Level.ERROR,
    "The server refuses a request that the document allows",
    "Accept such requests, or say in the document what the server asks for (a pattern, a bound, an enum...).",
)

FAILURES: Final = {
    "ST101": CHECKS["server-error"],
    "ST102": CHECKS["server-error"],
    "ST103": CHECKS["undeclared-status"],
    "ST104": CHECKS["undeclared-media-type"],
    "ST105": CHECKS["undeclared-media-type"],
    "ST106": CHECKS["undeclared-media-type"],
    "ST107": CHECKS["response-header"],
    "ST108": CHECKS["response-body"],
    "ST109": CHECKS["response-body"],
    "ST110": CHECKS["response-body"],
    "ST111": CHECKS["response-body"],
    "ST112": Check(
        "slow-answer",
        Level.ERROR,
        "The answer took too long",
        "Make the operation faster, or allow it more time with --max-response-time.",
    ),
    "ST201": ACCEPTED_INVALID,
    "ST202": REFUSED_VALID,
    "ST203": Check(
        "accepted-without-header",
        Level.ERROR,
        "The server does without a header that the document requires",
        "Refuse such requests with a 4xx, or make the header optional in the document.",
    ),
    "ST204": Check(
        "undeclared-method",
        Level.ERROR,
        "The server answers a method that the document does not have as if it were there",
        "Answer 405 with an Allow header (RFC 9110 section 15.5.6), or declare the method.",
    ),
    "ST205": Check(
        "allow-header",
        Level.ERROR,
        "The Allow header names other methods than the document",
        "Name in Allow exactly the methods of the path (RFC 9110 section 10.2.1), or declare those that are missing.",
    ),
    "ST301": Check(
        "use-after-delete",
        Level.ERROR,
        "What was deleted is still there",
        "Answer 404 or 410 once the DELETE was answered well; look for caches and soft deletion.",
    ),
    "ST302": Check(
        "lost-after-create",
        Level.ERROR,
        "What was created is not there",
        "Make it readable under the id of the answer at once, or answer the creation with 202; is the link right?",
    ),
    "ST401": Check(
        "ignored-auth",
        Level.ERROR,
        "The server does not ask for the credentials that the document asks for",
        "Refuse such requests with 401 or 403, or correct `security` in the document.",
    ),
    "ST402": Check(
        "foreign-object",
        Level.ERROR,
        "One user gets what belongs to another",
        "Check on the server whose object it is before it is shown or changed.",
    ),
}
"""Number of a kind of failure -> what it is with us. Other kinds are of checks that nobody has told us about."""

OF_THE_ANSWER: Final = frozenset(f"ST{number}" for number in range(103, 112))
"""Kinds that say that an answer breaks its document: these we judge ourselves, to the place and the rule."""

OF_ANY_REQUEST: Final = frozenset({"ST101", "ST102", "ST112", "ST204", "ST205"})
"""Kinds that say something also of a request that the document does not know."""


def unknown(name: str, title: str) -> Check:
    """Return a check that is none of the table."""
    return Check(name.replace("_", "-") or "other", Level.ERROR, title or name, "Read the message.")
