"""Each difference that is planted in a small real server is found, and nothing is reported without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.contract.events import Verdict
from mockserver.contract.findings import Level
from mockserver.contract.parity.steps import Writes
from mockserver.document.model import Document
from mockserver.document.plan import Plan

from .conftest import Outcome, mock, run
from .real import Notes, serving

API = Path(__file__).with_name("api.yaml")
Mock = tuple[str, Document, Plan]

PLANTED: dict[str, set[str]] = {
    "accepts-all": {"status createNote status"},
    "born-published": {
        "state createNote body.state", "state updateNote body.state", "state getNote body.state",
        "status publishNote status",
    },
    "extra-property": {"property createNote body.owner"},
    "forbidden": {
        "refusal createNote status", "refusal createNotebook status", "refusal listNotebooks status",
        "refusal getNote status", "refusal listNotes status", "refusal getNotebook status",
    },
    "garbage": {"contract about body"},
    "gone-404": {"refusal getNote status"},
    "html-errors": {
        "contract deleteNote header.Content-Type", "contract listNotebooks header.Content-Type",
        "contract publishNote header.Content-Type", "contract getNotebook header.Content-Type",
        "contract createNotebook header.Content-Type", "contract createNote header.Content-Type",
        "contract listNotes header.Content-Type", "contract getNote header.Content-Type",
        "contract deleteNotebook header.Content-Type", "contract updateNote header.Content-Type",
    },
    "late-list": {"listed listNotes body.listed", "total listNotes body.total"},
    "location-elsewhere": {"location createNotebook header.Location.id", "status getNotebook status"},
    "lost-update": {
        "echo publishNote body.stars", "echo publishNote body.text", "echo publishNote body.color",
        "echo getNote body.stars", "echo getNote body.text", "echo getNote body.color",
    },
    "no-filter": {"filter listNotes query.color"},
    "no-limit": {"page listNotes query.limit"},
    "no-location": {"contract createNotebook header.Location"},
    "no-sort": {"order listNotes query.sort"},
    "no-state": {"contract getNote body.state"},
    "number-text": {"contract listNotes body.items[].text"},
    "open-door": {
        "status listNotebooks status", "status listNotes status", "status getNotebook status", "status getNote status",
    },
    "page-total": {"page listNotes body.total"},
    "same-page": {"page listNotes query.next page"},
    "short-ids": {"format createNote body.notebookId", "format createNotebook body.id", "format createNote body.id"},
    "status-200": {"status createNote status"},
    "stays-draft": {"state getNote body.state", "state publishNote body.state"},
    "undeletable": {
        "listed listNotebooks body.listed", "status deleteNotebook status", "status getNotebook status",
    },
    "upper-text": {"echo createNote body.text", "echo getNote body.text"},
    "zombie": {
        "listed listNotes body.listed", "status deleteNote status", "status getNote status",
        "total listNotes body.total",
    },
}  # fmt: skip
"""What is planted -> the check, operation and place of all that is found."""


@pytest.fixture(scope="module")
def served() -> Iterator[Mock]:
    with mock(API) as found:
        yield found


def compared(served: Mock, notes: Notes, **options: object) -> Outcome:
    url, document, plan = served
    with serving(notes) as real:
        return run(document, plan, url, real, **options)  # type: ignore[arg-type]


def told(outcome: Outcome) -> set[str]:
    """Return check, operation and place, but for headers of which the document says nothing."""
    return {
        f"{item.check.removeprefix('parity-')} {item.operation_id} {item.place}"
        for item in outcome.findings
        if item.check != "parity-usual-header"
    }


@pytest.mark.parametrize("planted", sorted(PLANTED))
def test_planted_difference_is_found_and_nothing_else(planted: str, served: Mock) -> None:
    assert told(compared(served, Notes(planted))) == PLANTED[planted]


def test_server_that_does_as_the_mock_does_is_clean(served: Mock) -> None:
    outcome = compared(served, Notes())

    assert told(outcome) == set()
    # That it does without some headers is said, and is no failure.
    assert {item.level for item in outcome.findings} == {Level.NOTE}
    assert {item.place for item in outcome.findings} == {
        "header.ETag", "header.Location", "header.WWW-Authenticate",
    }  # fmt: skip
    assert set(outcome.tested) == {str(item) for item in served[1].operations.values()}


def test_finding_shows_both_exchanges_and_what_came_before(served: Mock) -> None:
    (finding,) = (
        item for item in compared(served, Notes("stays-draft")).findings if item.operation_id == "publishNote"
    )

    assert (
        finding.message
        == 'Do publish: the mock says "published" for state, the real server says "draft" for state.'
    )
    assert finding.sent is not None
    assert finding.came is not None
    assert b'"draft"' in finding.came.body
    ((name, sent, came),) = finding.beside
    assert name == "the mock"
    assert came is not None
    assert b'"published"' in came.body
    # Each server is asked for its own record.
    assert finding.sent.url.split("/")[-2] != sent.url.split("/")[-2]
    assert [earlier.method for earlier, _ in finding.before] == ["POST", "POST", "PATCH", "PATCH"]
    assert finding.says is not None


@pytest.mark.parametrize(
    ("planted", "side"),
    [("html-errors", "breaks the document"), ("forbidden", "The document is with the mock"),
     ("status-200", "The document allows both"), ("extra-property", "The document does not know it")],
)  # fmt: skip
def test_finding_says_who_keeps_the_document(planted: str, side: str, served: Mock) -> None:
    found = [
        item for item in compared(served, Notes(planted)).findings if item.check != "parity-usual-header"
    ]

    assert all(side in item.message for item in found)


@pytest.mark.parametrize(
    ("planted", "part"),
    [
        ("status-200", {"operations": {"createNote": {"status": 200}}}),
        ("short-ids", {"resources": {"notes": {"id": {"make": "{n}"}}, "notebooks": {"id": {"make": "{n}"}}}}),
        ("no-filter", {"operations": {"listNotes": {"filters": {"color": None}}}}),
        ("born-published", {"resources": {"notes": {"lifecycle": {"property": "state", "initial": "published"}}}}),
    ],
)  # fmt: skip
def test_plan_with_which_the_mock_would_agree_is_told(
    planted: str, part: dict[str, object], served: Mock
) -> None:
    outcome = compared(served, Notes(planted))

    assert outcome.tighter == {"plan": "1", **part}
    assert outcome.ended.details == {"plan": outcome.tighter}


def test_tightened_mock_agrees(served: Mock, tmp_path: Path) -> None:
    from mockserver.contract.parity import hints

    tighter = compared(served, Notes("status-200", "short-ids")).tighter
    own = API.with_suffix(".plan.yaml").read_text()
    (tmp_path / "api.yaml").write_text(API.read_text())
    whole = hints.merged(hints.read(own), tighter)
    (tmp_path / "api.plan.yaml").write_text(hints.written(whole))
    with mock(tmp_path / "api.yaml") as again:
        assert told(compared(again, Notes("status-200", "short-ids"))) == set()


def test_real_server_is_left_as_it_was(served: Mock) -> None:
    notes = Notes("accepts-all")
    before = dict(notes.notebooks), dict(notes.notes)
    outcome = compared(served, notes)

    assert (notes.notebooks, notes.notes) == before
    assert outcome.ended.counts["deleted"] > 6
    assert "what is made is deleted at the end of its scenario" in outcome.said


def test_real_server_is_only_read_where_nothing_else_is_allowed(served: Mock) -> None:
    notes = Notes("no-state", "upper-text")
    outcome = compared(served, notes, writes=Writes.NONE)

    assert {method for method, _ in notes.requests} == {"GET"}
    assert "only reads" in outcome.said
    assert told(outcome) == {"contract getNote body.state"}
    assert outcome.tested["POST /notebooks"].skipped == (
        "it may change the real server; --write own allows it"
    )
    assert "writes" not in outcome.said


def test_only_what_was_made_is_changed(served: Mock) -> None:
    notes = Notes()
    seeded = set(notes.notebooks) | set(notes.notes)
    compared(served, notes, writes=Writes.OWN)

    changed = {path for method, path in notes.requests if method in ("PATCH", "DELETE", "POST")}
    assert changed
    assert not [path for path in changed for id in seeded if id in path]


def test_operations_can_be_chosen_and_others_serve_them(served: Mock) -> None:
    outcome = compared(served, Notes("location-elsewhere", "no-filter"), only="/notes")

    assert told(outcome) == {"filter listNotes query.color"}
    assert "GET /about" not in outcome.tested


def test_rate_limit_is_waited_for_and_is_no_difference(served: Mock) -> None:
    outcome = compared(served, Notes("slow-down"))

    assert told(outcome) == set()
    assert "asks for 1 s of patience (429)" in outcome.said


def test_steps_are_the_same_for_the_same_seed(served: Mock) -> None:
    first, second, other = Notes(), Notes(), Notes()
    for notes, seed in ((first, 1), (second, 1), (other, 2)):
        compared(served, notes, seed=seed)

    assert first.requests == second.requests
    assert len(first.requests) == len(other.requests)


def test_server_that_is_not_there_ends_the_run(served: Mock) -> None:
    url, document, plan = served
    outcome = run(document, plan, url, "http://127.0.0.1:9", timeout_s=2.0)

    assert outcome.ended.verdict is Verdict.FAILED
    assert "the real server at http://127.0.0.1:9 does not answer" in outcome.said
    assert outcome.ended.counts["requests"] == 1


def test_server_that_goes_away_ends_the_run_and_what_is_left_is_said(served: Mock) -> None:
    notes = Notes("goes-away")
    outcome = compared(served, notes, timeout_s=2.0)

    assert outcome.ended.verdict is Verdict.FAILED
    assert "has stopped answering" in outcome.said
    assert "left behind on the real server: DELETE http" in outcome.said


def test_server_that_has_moved_is_named(served: Mock) -> None:
    outcome = compared(served, Notes("moved"))

    assert outcome.ended.verdict is Verdict.FAILED
    assert "redirects to https://api.example.com/v1: name that one instead" in outcome.said


def test_base_url_that_is_wrong_is_suspected(served: Mock) -> None:
    url, document, plan = served
    with serving(Notes()) as real:
        outcome = run(document, plan, url, f"{real}/v7")

    assert "most of them 404: is http" in outcome.said


def test_server_whose_reads_lag_behind_is_given_its_time(served: Mock) -> None:
    assert told(compared(served, Notes("lags"), settle_s=5.0)) == set()
    assert "status getNote status" in told(compared(served, Notes("lags")))
