"""A run has the last word about findings: how often, whether they count, and how it all ends."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mockserver.contract.baseline import Baseline, Entry
from mockserver.contract.events import Ended, Event, Found, Said, Started, Tested, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.results import Results
from mockserver.contract.running import Run
from mockserver.errors import UsageError

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
STARTED = Started("verify", "http://localhost", "api.yaml", AT)
BROKEN = Finding("response-body", Level.ERROR, "The body is wrong", "body: no", "GET /pets", rule="type:200")
ODD = Finding("undeclared-status", Level.WARNING, "The status is odd", "418", "GET /pets", rule="418")


def run(*events: Event, **options: object) -> Results:
    """Return what comes of events."""
    with Run(now=lambda: AT, **options) as it:  # type: ignore[arg-type]
        for event in events:
            it(event)
    return it.results


def test_equal_findings_are_one_with_all_their_times() -> None:
    told: list[Event] = []
    results = run(
        STARTED, Found(BROKEN), Found(BROKEN), Found(ODD), Ended(Verdict.CLEAN), reporters=[told.append]
    )
    assert [(item.check, item.times) for item in results.findings] == [
        ("response-body", 2),
        ("undeclared-status", 1),
    ]
    assert [event for event in told if isinstance(event, Found)] == [Found(BROKEN), Found(ODD)]


def test_findings_of_a_test_need_not_be_told_twice() -> None:
    told: list[Event] = []
    test = Tested("GET /pets", findings=(BROKEN,))
    assert run(STARTED, test, reporters=[told.append]).findings == (BROKEN,)
    assert run(STARTED, Found(BROKEN), test).findings == (BROKEN,)
    assert told[:3] == [STARTED, Found(BROKEN), test]


@pytest.mark.parametrize(
    ("fail_on", "findings", "verdict"),
    [
        (Level.ERROR, [BROKEN], Verdict.BROKEN),
        (Level.ERROR, [ODD], Verdict.CLEAN),
        (Level.WARNING, [ODD], Verdict.BROKEN),
        (Level.NOTE, [], Verdict.CLEAN),
        (None, [BROKEN, ODD], Verdict.CLEAN),
    ],
)
def test_least_level_that_counts_decides(
    fail_on: Level | None, findings: list[Finding], verdict: Verdict
) -> None:
    assert run(STARTED, *map(Found, findings), Ended(Verdict.CLEAN), fail_on=fail_on).verdict is verdict


def test_engine_that_broke_off_outweighs_findings() -> None:
    assert run(STARTED, Found(BROKEN), Ended(Verdict.FAILED)).verdict is Verdict.FAILED
    assert run(STARTED, Found(BROKEN), Ended(Verdict.INTERRUPTED)).verdict is Verdict.INTERRUPTED


def test_accepted_finding_does_not_count_until_it_expires() -> None:
    def verdict(expires: date) -> Verdict:
        baseline = Baseline(
            "known.yaml", {BROKEN.fingerprint: Entry(BROKEN.fingerprint, expires, reason="ticket 7")}
        )
        return run(STARTED, Found(BROKEN), Ended(Verdict.BROKEN), baseline=baseline).verdict

    assert verdict(date(2026, 11, 28)) is Verdict.CLEAN
    assert verdict(date(2026, 11, 27)) is Verdict.BROKEN


def test_reports_are_written_of_a_run_that_fails() -> None:
    written: list[Results] = []

    def fail() -> None:
        with Run(now=lambda: AT, writers=[written.append]) as it:
            it(STARTED)
            raise UsageError("the server is not there")

    with pytest.raises(UsageError):
        fail()
    assert written[0].verdict is Verdict.FAILED
    assert list(written[0].notices) == [Said("the server is not there", Level.ERROR)]
