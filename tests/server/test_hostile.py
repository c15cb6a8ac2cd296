"""Nothing that a client sends kills the server, hangs it, or makes it lose its shape: the catalogue."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from .hostile.catalogue import Entry, Expect, catalogue
from .hostile.machine import THINGS, Answer, Machine, Outcome, machine

ENTRIES = catalogue()
ERROR = jsonschema_rs.validator_for(
    yaml.safe_load(Path(THINGS).read_text())["components"]["schemas"]["Error"]
)


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A server of the document that has everything; it must outlive all, without a traceback."""
    with machine(THINGS, folder=tmp_path_factory.mktemp("hostile")) as running:
        yield running
        assert running.process.poll() is None
    assert complaints(running.log) == []


def complaints(log: str) -> list[str]:
    """Return what a server wrote about faults of its own."""
    return [line for line in log.splitlines() if "Traceback" in line or line.startswith("ERROR")]


def test_catalogue_is_large_and_names_each_entry_once() -> None:
    names = Counter(str(entry) for entry in ENTRIES)
    assert len(ENTRIES) >= 300
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_hostile_request_is_answered_promptly_and_the_server_goes_on(entry: Entry, things: Machine) -> None:
    before, computed = len(things.log), things.cpu_seconds
    outcome = things.send(entry.data, patience=entry.seconds, half_close=entry.half_close)

    assert things.is_well()
    computed = things.cpu_seconds - computed
    print(f"CPU {computed:.2f} s {entry}")
    assert computed <= entry.cpu_seconds
    assert complaints(things.log[before:]) == []
    judge(entry, outcome)


@pytest.mark.slow
def test_catalogue_kills_no_server_that_has_to_do_without_httptools(tmp_path: Path) -> None:
    with machine(THINGS, folder=tmp_path, httptools=False) as running:
        for entry in ENTRIES:
            outcome = running.send(entry.data, patience=entry.seconds, half_close=entry.half_close)
            assert outcome.ended in ("answered", "closed"), entry
            assert outcome.status < 500, entry
            assert running.is_well(), entry
        assert "httptools is not installed" in running.log
        assert complaints(running.log) == []


def judge(entry: Entry, outcome: Outcome) -> None:
    """Hold what came back against what is expected."""
    assert outcome.ended in ("answered", "closed"), f"{outcome.ended} after {outcome.seconds:.2f} s"
    if entry.expect is Expect.SILENCE:
        assert outcome.answers == []
        return
    assert outcome.answers, f"closed without an answer after {outcome.seconds:.2f} s"
    answer = outcome.final
    seen = f"{answer.status} {answer.headers} {answer.body[:500]!r}"
    assert answer.status < 500, seen
    assert "x-evil" not in answer.headers
    if entry.status is not None:
        assert answer.status == entry.status, seen
    if entry.expect is Expect.GOOD:
        assert answer.status < 300, seen
    elif entry.expect is Expect.REFUSED:
        assert answer.status >= 400, seen
    elif entry.expect is Expect.NO_HTTP:
        assert answer.status >= 400, seen
        assert answer.headers["connection"] == "close"
    if answer.status >= 400:
        assert_has_its_shape(entry, answer)


def assert_has_its_shape(entry: Entry, answer: Answer) -> None:
    """A refusal has the declared shape; where no document is concerned, that of RFC 9457."""
    body = json.loads(answer.body)
    if entry.expect in (Expect.NO_HTTP, Expect.CONTROL):
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["status"] == answer.status
        assert body["detail"]
    elif "mock-source" in answer.headers:
        assert answer.headers["content-type"].startswith("application/json")
        assert [error.message for error in ERROR.iter_errors(body)] == []
        assert body["code"] == answer.status
        assert len(answer.body) < 100_000
    else:
        assert entry.expect is Expect.EITHER, "the protocol refused what the document should have"
        assert body["status"] == answer.status
