"""A recorded run is replayed with ids, cursors and credentials of the server's own, and compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.contract import journals
from mockserver.contract.parity import recorded
from mockserver.contract.parity.running import Parity
from mockserver.contract.parity.sides import Live, Recording, Side
from mockserver.contract.parity.steps import Replay, Step, Writes
from mockserver.contract.requests.client import Client
from mockserver.contract.requests.slots import Slot
from mockserver.contract.target import Target
from mockserver.document import builder, plan_file
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.mocking import credentials

from .conftest import NOON, Outcome, mock
from .real import Notes, serving
from .recording import work

API = Path(__file__).with_name("api.yaml")
Mock = tuple[str, Document, Plan]


@pytest.fixture(scope="module")
def served() -> Iterator[Mock]:
    with mock(API) as found:
        yield found


def steps_of(path: Path, writes: Writes = Writes.ALL) -> list[Step]:
    document = builder.load(API)
    plan, wanted = plan_file.load(document), frozenset(document.operations)
    found, _, _ = recorded.scenarios(document, plan, list(journals.read([str(path)])), writes, wanted)
    return [step for scenario in found for step in scenario.steps]


def replayed(served: Mock, path: Path, real: str | None = None, writes: Writes = Writes.ALL) -> Outcome:
    """Hold the mock against a recording, or both servers against each other with its requests."""
    url, document, plan = served
    outcome, wanted = Outcome(), frozenset(document.operations)
    scenarios, exchanges, base = recorded.scenarios(
        document, plan, list(journals.read([str(path)])), writes, wanted
    )
    with Client(Target(url)) as client, Client(Target(real or url)) as other:

        def needs(operation: object) -> list[tuple[str, str, str]]:
            return credentials.for_operation(document, plan, operation)  # type: ignore[arg-type]

        server = Live(other) if real else Recording(exchanges, base)
        sides = (
            Side("mock", "the mock", Live(client), document, needs),
            Side(
                "real",
                "the real server" if real else "the recording",
                server,
                document,
                needs if real else lambda one: [],
            ),
        )
        parity = Parity(document, *sides, tuple(scenarios), wanted, is_recorded=real is None)
        parity.run(outcome.events.append, lambda: NOON)
    return outcome


def counted(outcome: Outcome) -> set[str]:
    return {
        f"{item.check.removeprefix('parity-')} {item.operation_id} {item.place}"
        for item in outcome.findings
        if item.check != "parity-usual-header"
    }


def test_what_a_server_said_is_asked_for_as_each_server_says_it(tmp_path: Path) -> None:
    with serving(Notes()) as base:
        steps = steps_of(work(base, tmp_path / "run.har"))
    asked = [step.asked for step in steps if isinstance(step.asked, Replay)]

    assert [item.method for item in asked] == [
        "GET", "POST", "POST", "POST", "GET", "GET", "GET", "PATCH", "POST", "GET", "GET", "DELETE", "GET", "DELETE",
    ]  # fmt: skip
    # The id of the notebook comes from the second answer, the cursor from the fifth, the color from the client.
    assert asked[2].segments == ("", "notebooks", Slot("answer 2", ("id",)), "notes")
    assert asked[5].fields == (("limit", "1"), ("cursor", Slot("answer 5", ("nextCursor",))))
    assert asked[6].fields == (("color", "red"),)
    assert asked[7].segments[-1] == Slot("answer 3", ("id",))


def test_credentials_of_the_recording_are_not_replayed(tmp_path: Path) -> None:
    with serving(Notes()) as base:
        steps = steps_of(work(base, tmp_path / "run.har"))

    for step in steps:
        assert isinstance(step.asked, Replay)
        assert not {"x-key", "cookie", "authorization"} & {name.lower() for name, _ in step.asked.headers}
    assert [step.authorised for step in steps].count(False) == 1


def test_recording_of_a_server_that_does_as_the_mock_does_is_clean(served: Mock, tmp_path: Path) -> None:
    with serving(Notes()) as base:
        path = work(base, tmp_path / "run.har")
    outcome = replayed(served, path)

    assert counted(outcome) == set()
    assert outcome.ended.counts["requests"] == 14
    assert outcome.ended.counts["skipped"] == 0


def test_recording_of_a_server_that_differs_is_told_with_its_place(served: Mock, tmp_path: Path) -> None:
    with serving(Notes("stays-draft", "status-200", "number-text", "extra-property")) as base:
        path = work(base, tmp_path / "run.har")
    outcome = replayed(served, path)

    assert counted(outcome) == {
        "status createNote status", "state publishNote body.state", "state getNote body.state",
        "contract listNotes body.items[].text", "property getNote body.owner",
    }  # fmt: skip
    (published,) = (item for item in outcome.findings if item.operation_id == "publishNote")
    assert published.message.startswith("run.har:9: Post again: the mock says")


def test_recorded_requests_go_to_both_servers(served: Mock, tmp_path: Path) -> None:
    with serving(Notes()) as base:
        path = work(base, tmp_path / "run.har")
    notes = Notes("stays-draft")
    before = set(notes.notebooks)
    with serving(notes) as real:
        outcome = replayed(served, path, real)

    assert counted(outcome) == {"state publishNote body.state", "state getNote body.state"}
    assert set(notes.notebooks) == before
    assert "writes to the real server: POST /notebooks (1)" in outcome.said


@pytest.mark.parametrize(
    ("writes", "methods"), [(Writes.NONE, {"GET"}), (Writes.OWN, {"GET", "POST", "PATCH", "DELETE"})]
)
def test_replayed_requests_keep_within_what_may_be_written(
    writes: Writes, methods: set[str], served: Mock, tmp_path: Path
) -> None:
    with serving(Notes()) as base:
        path = work(base, tmp_path / "run.har")
    notes = Notes()
    seeded = set(notes.notebooks) | set(notes.notes)
    with serving(notes) as real:
        replayed(served, path, real, writes)

    assert {method for method, _ in notes.requests} == methods
    assert not [path for method, path in notes.requests if method != "GET" for id in seeded if id in path]


def test_ids_that_two_resources_share_are_told_apart(served: Mock, tmp_path: Path) -> None:
    """Records of both kinds are numbered from 1: a note's id is that of a notebook, too."""
    with serving(Notes("own-numbers")) as base:
        steps = steps_of(work(base, tmp_path / "run.har"))
        outcome = replayed(served, tmp_path / "run.har")

    asked = steps[7].asked
    assert isinstance(asked, Replay)
    assert asked.segments == ("", "notebooks", Slot("answer 2", ("id",)), "notes", Slot("answer 3", ("id",)))
    assert outcome.ended.counts["skipped"] == 0
    assert {item.check for item in outcome.findings} == {"parity-usual-header", "parity-format"}
