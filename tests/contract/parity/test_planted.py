"""Another real server, with the bugs that all contract tests are tried on: what requests in a row can show is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.mocking import credentials

from ..planted import notes
from ..planted.bugs import BUGS
from .conftest import Outcome, mock, run

pytestmark = pytest.mark.slow

OF_OTHERS = {
    "500 on odd text": "only texts by chance show it: verify",
    "accepts what is invalid": "it is about bounds: verify",
    "method that is not declared": "no sequence of a plan uses it: verify",
    "405 without Allow": "the same",
    "wrong Allow": "the same",
}
"""What parity does not look for, and why."""
Mock = tuple[str, Document, Plan]


@pytest.fixture(scope="module")
def served() -> Iterator[Mock]:
    with mock(notes.DOCUMENT) as found:
        yield found


def compared(served: Mock, bug: str, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    # The mock takes any key, the server this one.
    monkeypatch.setattr(credentials, "accepted", lambda plan, scheme: notes.KEY)
    url, document, plan = served
    with notes.serving(bug) as server:
        return run(document, plan, url, server.url)


@pytest.mark.parametrize("bug", [bug.name for bug in BUGS if bug.name not in OF_OTHERS])
def test_bug_is_a_difference(bug: str, served: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {item.check for item in compared(served, bug, monkeypatch).findings}

    assert found - {"parity-usual-header"}


def test_server_without_a_bug_is_no_difference(served: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {item.check for item in compared(served, "", monkeypatch).findings}

    assert found <= {"parity-usual-header"}
