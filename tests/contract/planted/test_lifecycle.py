"""Each planted bug that shows between answers is found, and the server without it is clean."""

from __future__ import annotations

import ast
from collections.abc import Generator
from pathlib import Path

import pytest

from mockserver.contract import lifecycle
from mockserver.contract.events import Event, Found, Said, Tested
from mockserver.contract.findings import Finding
from mockserver.contract.target import make
from mockserver.document import builder, plan_file
from mockserver.document.model import Document
from mockserver.document.plan import Plan

from .bugs import BUGS, Bug
from .notes import DOCUMENT, KEY, serving


@pytest.fixture(scope="module")
def document() -> Document:
    return builder.load(DOCUMENT)


@pytest.fixture(scope="module")
def plan(document: Document) -> Plan:
    return plan_file.load(document)


def tried(bug: str, document: Document, plan: Plan) -> list[Event]:
    """Return what happens when a server with a bug is tried."""
    with serving(bug) as server:
        target = make(server.url, document, schemes={"key": KEY})
        return list(lifecycle.run(document, plan, target))


def findings(events: list[Event]) -> list[Finding]:
    return [event.finding for event in events if isinstance(event, Found)]


def test_server_without_a_bug_is_clean_and_all_of_it_was_tried(document: Document, plan: Plan) -> None:
    events = tried("", document, plan)

    assert findings(events) == []
    assert [event for event in events if isinstance(event, Said)] == []
    tested = {event.name: event.cases for event in events if isinstance(event, Tested)}
    assert tested.keys() == {str(operation) for operation in document.operations.values()}
    assert min(tested.values()) >= 1


def test_what_was_made_is_deleted_even_if_nobody_hears_the_end(document: Document, plan: Plan) -> None:
    with serving() as server:
        events = lifecycle.run(document, plan, make(server.url, document, schemes={"key": KEY}))
        assert isinstance(events, Generator)
        while not server.notes.made:
            next(events)
        assert server.notes.notes != {}
        events.close()

        assert server.notes.notes == {}


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.lifecycle], ids=lambda bug: bug.name)
def test_planted_bug_is_found(bug: Bug, document: Document, plan: Plan) -> None:
    found = findings(tried(bug.name, document, plan))

    assert bug.lifecycle in {finding.check for finding in found}
    finding = next(finding for finding in found if finding.check == bug.lifecycle)
    assert finding.operation
    assert finding.message
    assert finding.advice
    assert finding.came is not None
    assert finding.sent is not None
    assert KEY not in repr(finding)


@pytest.mark.parametrize("bug", [bug for bug in BUGS if not bug.lifecycle], ids=lambda bug: bug.name)
def test_bug_that_does_not_show_between_answers_raises_no_false_alarm(
    bug: Bug, document: Document, plan: Plan
) -> None:
    assert findings(tried(bug.name, document, plan)) == []


def test_each_bug_of_the_server_is_in_the_table() -> None:
    """A bug that nobody looks for proves nothing."""
    tree = ast.parse(Path(__file__).with_name("notes.py").read_text())
    compared = {
        ast.unparse(right).strip("'\"")
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == "self.bug"
        for right in node.comparators
    }
    cases = {
        ast.unparse(node.value).strip("'\"") for node in ast.walk(tree) if isinstance(node, ast.MatchValue)
    }
    changes = {
        ast.unparse(key).strip("'\"")
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "changes"
        for key in node.value.keys  # type: ignore[union-attr]
    }

    assert compared | cases | changes == {bug.name for bug in BUGS}
    assert len(BUGS) >= 25
    assert all(bug.lifecycle or bug.proxy or bug.fuzzing for bug in BUGS)
