"""The checks of a parity run: what each of them says, and how bad it is."""

from __future__ import annotations

from typing import Final

from mockserver.contract.describing import Check
from mockserver.contract.findings import Level

_ROWS: Final = (
    ("parity-no-answer", Level.ERROR, "One server does not answer",
     "Look into the log of the server that does not answer."),
    ("parity-status", Level.ERROR, "The statuses differ",
     "Decide which one is right; correct the other server, or say it in the document."),
    ("parity-refusal", Level.ERROR, "Both refuse, with different statuses",
     "Declare only the status that is really answered, so that the mock takes it too."),
    ("parity-contract", Level.ERROR, "Only one of the answers keeps the document",
     "Correct the server whose answer breaks the document, or the document."),
    ("parity-media-type", Level.ERROR, "The media types differ",
     "Declare the media type that is really sent."),
    ("parity-body", Level.ERROR, "Only one of the answers has a body",
     "Declare the body in the response's `content`, or leave it away."),
    ("parity-header", Level.WARNING, "A declared header is sent by one server only",
     "Send it, or take it out of the response's `headers`."),
    ("parity-usual-header", Level.NOTE, "A header is sent by one server only",
     "Declare it in the response's `headers` if clients need it; the mock then sends it, too."),
    ("parity-link", Level.WARNING, "Only one server links to the next page",
     "Send `Link` with `rel=next`, or take the header out of the document or the plan."),
    ("parity-location", Level.ERROR, "Location leads elsewhere",
     "Let `Location` name the record that was made."),
    ("parity-echo", Level.ERROR, "What was sent is not shown alike",
     "If the real server is right: say in the plan under `fields` what becomes of the property."),
    ("parity-state", Level.ERROR, "A record is in different states",
     "If the real server is right: say so in the plan, under `lifecycle` or the operation's `set`."),
    ("parity-value", Level.ERROR, "A server-set value differs",
     "If the real server is right: say so in the plan, under `fields`."),
    ("parity-listed", Level.ERROR, "A record is in the list of one server only",
     "If the real server is right: correct `filters`, `scope` or the action of the operation in the plan."),
    ("parity-filter", Level.ERROR, "A filter works on one server only",
     "If the real server is right: correct the operation's `filters` in the plan."),
    ("parity-order", Level.ERROR, "Records are in another order",
     "If the real server is right: correct the operation's `sort` in the plan."),
    ("parity-page", Level.ERROR, "Pages differ",
     "If the real server is right: correct the operation's `page` in the plan."),
    ("parity-total", Level.WARNING, "Totals change differently",
     "Somebody else may have made or deleted records meanwhile; if not, one server counts wrongly."),
    ("parity-property", Level.WARNING, "Only one server has a property that the document does not know",
     "Declare it in the schema; the mock then shows it, too."),
    ("parity-optional", Level.WARNING, "Only one server has an optional property",
     "If it is always there, make it `required`; if it never is, take it out of the schema."),
    ("parity-type", Level.ERROR, "The types differ",
     "Correct the type in the schema, or the server."),
    ("parity-null", Level.NOTE, "Only one server ever has null or nothing here",
     "A fixture for the mock makes this case visible to clients."),
    ("parity-format", Level.NOTE, "Texts look different",
     "Add a `format`, a `pattern` or an example to the schema; the mock then makes texts like it."),
)  # fmt: skip
CHECKS: Final = {name: Check(name, level, title, advice) for name, level, title, advice in _ROWS}
"""Name of a check -> what it says."""
