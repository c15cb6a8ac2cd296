"""What a person reads at a terminal, and in the log of a CI job."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings

from mockserver.contract.events import Advanced, Ended, Found, Said, Verdict
from mockserver.contract.reports.terminal import SHOWN, Terminal
from mockserver.contract.results import Results

from .samples import BODY, EVENTS, LINES, NASTY, STARTED, drenched, hostile, results

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def shown(*, plain: bool = True, live: bool = False, encoding: str = "utf-8") -> str:
    """Return what a terminal shows of a run."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    terminal = Terminal(stream, plain=plain, live=live)
    terminal.finish(results(EVENTS, reporters=[terminal]))
    return raw.getvalue().decode(encoding)


def test_finding_shows_what_was_sent_what_came_what_the_document_says_and_what_to_do() -> None:
    text = shown()
    for part in (
        'body.items.0.name: 7 is not of type "string"',
        "sent      curl -sS -i -H 'Authorization: [redacted]' 'http://localhost:8080/pets/1?limit=2'",
        "came      200 OK, application/json, 12 ms",
        '| {"id": 1, "items": [{"name": 7}]}',
        "document  api.yaml:34:11 #/components/schemas/Pet/properties/name/type",
        "| type: string",
        "to do     Correct the server, or the response's schema.",
        f"response-body {BODY.fingerprint}, 3 times",
    ):
        assert part in text


def test_end_tells_numbers_and_verdict() -> None:
    assert shown().splitlines()[-4:] == [
        "1 skipped: no valid body could be made",
        "note  the limit of 10 requests a second was reached",
        "3 operations, 112 requests, 4.2 s, seed 7",
        "failed: 1 error, 1 warning, 1 note, 1 accepted",
    ]


def test_accepted_finding_is_only_counted() -> None:
    assert "PUT /pets/{petId}" not in shown()


def test_plain_output_has_no_escapes_and_a_line_for_each_phase() -> None:
    text = shown()
    assert not STEERING.search(text)
    assert text.splitlines()[0] == "coverage ..."


def test_terminal_gets_colours_and_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(plain=False)
    assert "\x1b[1;31merror\x1b[0m" in text
    assert "1/3" in text


def test_nobody_gets_colours_who_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in shown(plain=False)


def test_finding_is_told_at_once_where_that_is_wanted() -> None:
    first = 'error GET /pets/{petId} body.items.0.name: 7 is not of type "string" [response-body]'
    assert first in shown(live=True).splitlines()
    assert first not in shown().splitlines()


def test_text_that_the_stream_cannot_take_is_escaped() -> None:
    raw = io.BytesIO()
    terminal = Terminal(io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    terminal.finish(results((STARTED, Said("naïve ☃"), Ended(Verdict.CLEAN))))
    assert rb"na\xefve \u2603" in raw.getvalue()


def test_many_findings_are_cut_and_the_way_to_all_is_told() -> None:
    stream = io.StringIO()
    many = [Found(type(BODY)("x", BODY.level, "t", "m", f"GET /{number}")) for number in range(SHOWN + 5)]
    Terminal(stream).finish(results((STARTED, *many, Ended(Verdict.BROKEN))))
    assert "and 5 more; --report html=FILE shows all of them" in stream.getvalue()


def test_progress_without_a_total_and_with_an_odd_label_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = io.StringIO()
    terminal = Terminal(stream, plain=False)
    results(
        (STARTED, Advanced("[bold]", 3, None, "[/nothing] \x1b[2J"), Advanced("b", 1, 2)),
        reporters=[terminal],
    )
    assert "\x1b[2J" not in stream.getvalue()
    assert "[bold]" in stream.getvalue()


@given(hostile())
@settings(max_examples=40, deadline=None)
def test_text_of_strangers_steers_neither_terminal_nor_ci_system(found: Results) -> None:
    stream = io.StringIO()
    Terminal(stream).finish(found)
    text = stream.getvalue()
    assert not STEERING.search(text)
    for line in text.split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize("text", [*NASTY, *LINES])
def test_every_nasty_text_steers_neither_terminal_nor_ci_system(text: str) -> None:
    test_text_of_strangers_steers_neither_terminal_nor_ci_system.hypothesis.inner_test(drenched(text))
