"""`mockserver verify` against servers that run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.events import Advanced, Ended, Event, Found, Started, Tested, Verdict
from mockserver.contract.target import make
from mockserver.contract.verify import engine
from mockserver.contract.verify.effort import Effort, Subject
from mockserver.contract.verify.telling import STATEFUL_NAME
from mockserver.document import builder, plan_file

from .pets import Change, wrong_type

Serve = Callable[[Change | None], AbstractContextManager[str]]


def subject_of(pets: Path, url: str, **changes: Any) -> Subject:
    document = builder.load(pets)
    target = make(url, document, schemes={"key": "test-key"})
    return Subject(document, plan_file.make(document, None).plan, target, **changes)


def events_of(subject: Subject, effort: Effort) -> list[Event]:
    return list(engine.verify(subject, effort, lambda: datetime(2026, 1, 2, tzinfo=UTC)))


def test_wrong_answer_is_found_with_request_and_place(make_server: Serve, pets: Path) -> None:
    with make_server(wrong_type) as origin:
        subject = subject_of(pets, origin, labels=["GET /pets/{id}", "POST /pets"])
        events = events_of(subject, Effort(phases=["examples", "coverage", "stateful"], max_examples=2))

    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Ended)
    assert events[-1].verdict is Verdict.BROKEN
    found = [event.finding for event in events if isinstance(event, Found)]
    assert {(item.check, item.operation, item.place) for item in found} == {
        ("response-body", "GET /pets/{id}", "body.name")
    }
    assert found[0].sent is not None
    assert found[0].sent.url.startswith(f"{origin}/pets/pet_")
    assert "test-key" not in repr(events)
    assert {event.phase for event in events if isinstance(event, Advanced)} >= {"coverage", "stateful"}
    tested = [event for event in events if isinstance(event, Tested)]
    assert {event.name for event in tested} == {"GET /pets/{id}", "POST /pets", STATEFUL_NAME}


@pytest.mark.slow
def test_server_that_keeps_its_document_is_clean_in_all_phases(make_server: Serve, pets: Path) -> None:
    with make_server(None) as origin:
        events = events_of(subject_of(pets, origin), Effort(max_examples=5))

    assert [event.finding for event in events if isinstance(event, Found)] == []
    end = events[-1]
    assert isinstance(end, Ended)
    assert (end.verdict, end.counts["operations"]) == (Verdict.CLEAN, 4)
    assert end.counts["requests"] > 50
