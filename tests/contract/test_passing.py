"""What a proxy sees pass, as events."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mockserver.contract.events import Ended, Event, Found, Said, Started, Tested, Verdict
from mockserver.contract.findings import Level
from mockserver.contract.passing import Passing
from mockserver.contract.running import Run
from mockserver.document import builder
from mockserver.document.model import Document
from mockserver.mocking.judging import Judge, Message, Reply
from tests.server.proxying.conftest import API

AT = datetime(2026, 11, 27, tzinfo=UTC)
JSON = ((b"Content-Type", b"application/json"),)
BROKEN = Reply(200, JSON, b'[{"id": "x", "name": "Rex"}]')


@pytest.fixture
def document() -> Document:
    """The pets."""
    return builder.build(API, Path("pets.yaml"))


class Seen:
    """A passage of exchanges, with what was told of it."""

    def __init__(self, document: Document) -> None:
        self.events: list[Event] = []
        self.judge = Judge(document)
        self.run = Run(now=lambda: AT)
        self.passing = Passing(document, self._tell, "http://api.example/v1")
        self.passing.start(AT)

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        self.run(event)

    def take(self, message: Message, reply: Reply | None, failure: str = "") -> None:
        self.passing.take(message, reply, self.judge.judge(message, reply), 2.0, failure)


def test_rule_that_is_broken_many_times_is_told_once_and_counted(document: Document) -> None:
    seen = Seen(document)
    for number in range(1000):
        message = Message("GET", "/pets", b"limit=%d" % number, ((b"Host", b"here"), (b"Accept", b"*/*")))
        seen.take(message, BROKEN)
    with seen.run:
        seen.passing.end(1.5)

    (finding,) = seen.run.results.findings
    assert finding.times == 1000
    assert finding.sent is not None
    assert finding.sent.curl() == "curl -sS -i 'http://api.example/v1/pets?limit=0'"
    assert sum(isinstance(event, Found) for event in seen.events) == 2
    (tested,) = [event for event in seen.events if isinstance(event, Tested)]
    assert (tested.name, tested.cases, tested.seconds) == ("GET /pets", 1000, 2.0)
    assert isinstance(seen.events[0], Started)
    assert seen.events[-1] == Ended(Verdict.BROKEN, 1.5, {"exchanges": 1000, "operations": 1})


def test_request_that_the_server_refuses_is_a_warning_only(document: Document) -> None:
    seen = Seen(document)
    message = Message("POST", "/pets", b"", JSON, b"{}")
    seen.take(message, Reply(422, JSON, b'{"code": "no", "message": "no"}'))
    seen.take(Message("GET", "/pets", b"limit=x"), Reply(200, JSON, b"[]"))

    levels = {event.finding.place: event.finding.level for event in seen.events if isinstance(event, Found)}
    assert levels == {"body.id": Level.WARNING, "body.name": Level.WARNING, "query.limit": Level.ERROR}


def test_server_that_gives_no_answer_is_an_error_whatever_number_is_in_its_reason(document: Document) -> None:
    seen = Seen(document)
    for number in range(3):
        seen.take(Message("GET", "/pets"), None, f"the upstream closed the connection (Errno {number})")
    seen.take(Message("GET", "/pets"), None)  # the client went away: nobody's fault
    with seen.run:
        seen.passing.end(0.0)

    (finding,) = seen.run.results.findings
    assert (finding.check, finding.level, finding.times) == ("no-answer", Level.ERROR, 3)


def test_clean_exchanges_are_tests_that_pass(document: Document) -> None:
    seen = Seen(document)
    seen.take(Message("GET", "/pets"), Reply(200, JSON, b"[]"))
    with seen.run:
        seen.passing.end(0.0)

    assert seen.run.exit_code == 0
    assert seen.run.results.tested == {"GET /pets"}


def test_paths_that_nobody_knows_are_told_each_until_there_are_too_many(document: Document) -> None:
    seen = Seen(document)
    for number in range(50):
        seen.take(Message("GET", f"/elsewhere/{number % 30}"), Reply(404))
    with seen.run:
        seen.passing.end(0.0)

    found = {finding.operation: finding.times for finding in seen.run.results.findings}
    assert len(found) == 21
    assert found["GET /elsewhere/0"] == 2
    assert found["GET (other paths)"] == 10


def test_answers_that_were_not_judged_are_said(document: Document) -> None:
    seen = Seen(document)
    seen.take(Message("GET", "/pets"), Reply(200, JSON, b"[]"))
    seen.take(Message("GET", "/pets"), Reply(200, JSON, b"", is_whole=False))
    with seen.run:
        seen.passing.end(0.0)

    (said,) = [event for event in seen.events if isinstance(event, Said)]
    assert said.text.startswith(
        "the body of 1 answer was not judged: too large, in a coding that is not read"
    )
