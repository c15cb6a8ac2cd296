"""Runs to report about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from mockserver.contract.events import Advanced, Ended, Event, Found, Said, Started, Tested, Verdict
from mockserver.contract.findings import Came, Finding, Level, Says, Sent
from mockserver.contract.results import Results
from mockserver.contract.running import Run

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
STARTED = Started("verify", "http://localhost:8080", "api.yaml", AT, operations=3, seed=7)
JSON = (("Content-Type", "application/json"),)

BODY = Finding(
    "response-body",
    Level.ERROR,
    "The body of the answer breaks the document",
    'body.items.0.name: 7 is not of type "string"',
    "GET /pets/{petId}",
    "getPet",
    ("body", "items", 0, "name"),
    "type:200",
    Says("/components/schemas/Pet/properties/name/type", "type: string", "api.yaml", 34, 11),
    "Correct the server, or the response's schema.",
    Sent("GET", "http://localhost:8080/pets/1?limit=2", (("Authorization", "[redacted]"),)),
    Came(200, JSON, b'{"id": 1, "items": [{"name": 7}]}', 12.4),
    ((Sent("POST", "http://localhost:8080/pets", JSON, b'{"name": "Rex"}'), Came(201, JSON, b'{"id": 1}')),),
    times=3,
)
STATUS = Finding(
    "undeclared-status",
    Level.WARNING,
    "The status of the answer is not declared",
    "status: 418 is not declared; there are 201, 422",
    "POST /pets",
    "createPet",
    ("status",),
    "status:418",
    Says("/paths/~1pets/post/responses", 'responses: {"201": ..., "422": ...}', "api.yaml", 12, 7),
    "Declare the status under `responses`, or answer with a declared one.",
    Sent("POST", "http://localhost:8080/pets", JSON, b'{"name": "it\'s"}'),
    Came(418, (("Content-Type", "text/plain"),), b"short and stout"),
)
NOTE = Finding("hint", Level.NOTE, "Something to know", "The server is slow.")
KNOWN = replace(STATUS, operation="PUT /pets/{petId}", known="ticket 7 (until 2027-01-31)")

EVENTS: tuple[Event, ...] = (
    STARTED,
    Advanced("coverage", 1, 3, "GET /pets/{petId}"),
    Found(BODY),
    Tested("GET /pets/{petId}", "coverage", 0.5, (BODY,), 40),
    Tested("POST /pets", "coverage", 0.25, (STATUS,), 60),
    Tested("PUT /pets/{petId}", "coverage", 0.1, (KNOWN,), 2),
    Tested("DELETE /pets/{petId}", "coverage", 0.2, (), 12),
    Tested("PATCH /pets/{petId}", "coverage", skipped="no valid body could be made"),
    Found(NOTE),
    Said("the limit of 10 requests a second was reached", Level.NOTE),
    Ended(Verdict.BROKEN, 4.25, {"operations": 3, "requests": 112}),
)


def results(events: Sequence[Event] = EVENTS, **options: object) -> Results:
    """Return what comes of events."""
    with Run(now=lambda: AT, **options) as run:  # type: ignore[arg-type]
        for event in events:
            run(event)
    return run.results


# Anything at all.

NASTY = (
    "\x1b[31mred\x1b[0m", "\x1b]8;;http://evil\x07", "]]>", "%0A::error::x", "\n::add-mask::e", "##[add-path]/tmp",
    "<script>alert(1)</script>", "</style>", "'\"><img src=x onerror=alert(1)>", "\u202e", "\ud800", "\0", "\ufffe",
    "```", "| a | b |", "@everyone", "[link](http://evil)", "\r\n", "\u2028", "-->", "<!--", "&amp;", "{{ x }}", "\\",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(NASTY) | st.text(max_size=8) | st.just("fine"), max_size=4).map("".join)
HEADERS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
BODIES = st.binary(max_size=30) | TEXTS.map(lambda text: text.encode("utf-8", "replace"))
SENT = st.builds(Sent, st.sampled_from(("GET", "POST")) | TEXTS, TEXTS, HEADERS, BODIES)
CAME = st.builds(Came, st.integers(0, 999), HEADERS, BODIES, st.none() | st.floats(0, 1e6))
SAYS = st.builds(Says, TEXTS, TEXTS, TEXTS, st.none() | st.integers(1, 99), st.none() | st.integers(1, 99))
FINDINGS = st.builds(
    Finding,
    TEXTS, st.sampled_from(Level), TEXTS, TEXTS, TEXTS, TEXTS,
    st.lists(TEXTS | st.integers(0, 9), max_size=3).map(tuple),
    TEXTS, st.none() | SAYS, TEXTS, st.none() | SENT, st.none() | CAME,
    st.lists(st.tuples(SENT, st.none() | CAME), max_size=1).map(tuple),
    st.lists(st.tuples(TEXTS, SENT, st.none() | CAME), max_size=1).map(tuple),
    st.integers(1, 5), st.just("") | TEXTS,
)  # fmt: skip
MIDDLES = st.lists(
    st.builds(Found, FINDINGS)
    | st.builds(Said, TEXTS, st.sampled_from(Level))
    | st.builds(
        Tested, TEXTS, TEXTS, st.floats(0, 99), st.lists(FINDINGS, max_size=1).map(tuple), st.integers(0, 9),
        st.just("") | TEXTS,
    ),
    max_size=4,
)  # fmt: skip


@st.composite
def hostile(draw: Callable[..., object]) -> Results:
    """Results in which every text is somebody else's."""
    started = Started(*draw(st.tuples(TEXTS, TEXTS, TEXTS)), at=AT)  # type: ignore[misc, arg-type]
    ended = Ended(draw(st.sampled_from(Verdict)), 1.0, {draw(TEXTS): 1})  # type: ignore[arg-type, dict-item]
    return results((started, *draw(MIDDLES), ended))  # type: ignore[misc]


def drenched(text: str) -> Results:
    """Results in which every text is the same one of somebody else."""
    sent, came = (
        Sent(text, text, ((text, text),), text.encode("utf-8", "replace")),
        Came(200, ((text, text),), b""),
    )
    came = replace(came, body=text.encode("utf-8", "replace"))
    finding = Finding(
        text, Level.ERROR, text, text, text, text, (text, 0), text, Says(text, text, text), text, sent, came,
        ((sent, came),), ((text, sent, None),),
    )  # fmt: skip
    tested = Tested(text, text, findings=(finding, replace(finding, known=text)), skipped=text)
    return results(
        (
            Started(text, text, text, AT),
            Found(finding),
            tested,
            Said(text, Level.ERROR),
            Ended(Verdict.BROKEN),
        )
    )


LINES = tuple(f"a\n{text}\n{text} b" for text in NASTY)
"""Each nasty text at the beginning of a line, and alone in one."""
