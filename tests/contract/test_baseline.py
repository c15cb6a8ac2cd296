"""Findings can be accepted until a day, with a reason; the file says so, and is held to it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract import baseline
from mockserver.contract.baseline import Baseline, Entry
from mockserver.contract.events import Ended, Found, Started, Tested, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.results import Results
from mockserver.contract.running import Run
from mockserver.errors import UsageError

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
TODAY = AT.date()
FINDING = Finding("response-body", Level.ERROR, "Wrong", "body: no", "GET /pets", rule="type:200")


def written(path: Path, *entries: str) -> Path:
    """Write a baseline."""
    path.write_text("findings:\n" + "".join(f"- {entry}\n" for entry in entries))
    return path


def ran(accepted: Baseline, *findings: Finding, tested: tuple[str, ...] = ("GET /pets",)) -> Results:
    with Run(now=lambda: AT, baseline=accepted) as run:
        run(Started("verify", "url", "api.yaml", AT))
        for finding in findings:
            run(Found(finding))
        for name in tested:
            run(Tested(name))
        run(Ended(Verdict.CLEAN))
    return run.results


def test_entry_accepts_its_finding_with_its_reason(tmp_path: Path) -> None:
    path = written(
        tmp_path / "known.yaml", f"{{id: '{FINDING.fingerprint}', reason: ticket 7, expires: 2027-01-31}}"
    )
    results = ran(baseline.read(path), FINDING)
    assert results.verdict is Verdict.CLEAN
    assert [finding.known for finding in results.findings] == ["ticket 7 (until 2027-01-31)"]
    assert list(results.notices) == []


def test_expired_entry_accepts_nothing_and_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "known.yaml", f"{{id: '{FINDING.fingerprint}', expires: 2026-11-27}}")
    results = ran(baseline.read(path), FINDING)
    assert results.verdict is Verdict.BROKEN
    (said,) = results.notices
    assert f"{FINDING.fingerprint} has expired on 2026-11-27 and counts again" in said.text


@pytest.mark.parametrize(
    ("entry", "is_said"),
    [
        ("{id: '0123456789ab', operation: GET /pets, expires: 2027-01-31}", True),
        ("{id: '0123456789ab', expires: 2027-01-31}", True),
        ("{id: '0123456789ab', operation: GET /owners, expires: 2027-01-31}", False),
    ],
)
def test_entry_that_matches_nothing_is_said_if_its_operation_was_tested(
    tmp_path: Path, entry: str, is_said: bool
) -> None:
    results = ran(baseline.read(written(tmp_path / "known.yaml", entry)))
    assert results.verdict is Verdict.CLEAN
    assert [("not found any more" in said.text) for said in results.notices] == [True] * is_said


def test_written_baseline_accepts_what_was_found_and_keeps_the_rest(tmp_path: Path) -> None:
    stale = Entry("a" * 12, date(2027, 1, 1), "x", "GET /pets")
    elsewhere = Entry("b" * 12, date(2027, 1, 1), "x", "GET /owners", reason="not run today")
    accepted = Baseline("known.yaml", {item.id: item for item in (stale, elsewhere)}, date(2027, 2, 25))
    results = ran(accepted, FINDING)
    path = tmp_path / "known.yaml"
    path.write_bytes(accepted.text(results.tested))

    assert results.verdict is Verdict.CLEAN
    assert set(baseline.read(path).entries) == {elsewhere.id, FINDING.fingerprint}
    assert baseline.read(path).entries[FINDING.fingerprint].expires == date(2027, 2, 25)
    assert ran(baseline.read(path), FINDING).verdict is Verdict.CLEAN
    assert ran(baseline.read(path), FINDING, replace(FINDING, rule="other")).verdict is Verdict.BROKEN


def test_expired_entry_that_is_found_is_renewed_with_its_reason() -> None:
    old = Entry(FINDING.fingerprint, date(2026, 1, 1), reason="ticket 7")
    accepted = Baseline("known.yaml", {old.id: old}, date(2027, 2, 25))
    assert ran(accepted, FINDING).verdict is Verdict.CLEAN
    assert accepted.entries == {old.id: replace(old, expires=date(2027, 2, 25))}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("findings:\n- {id: '0123456789ab'}", r"known.yaml:2:3: `expires` is missing"),
        ("findings:\n- {id: '0123456789ab', expires: soon}", r":2:3: `expires` is 'soon'; it is the day"),
        ("findings:\n- {id: 123456789012, expires: 2027-01-31}", r"`id` is 123456789012; .* in quotes"),
        ("findings:\n- {id: '0123456789ab', expires: 2027-01-31, why: x}", r"no 'why'; it has id, check"),
        (
            "findings:\n- {id: '0123456789ab', expires: 2027-01-31}\n- {id: '0123456789ab', expires: 2027-01-31}",
            r":3:3: id 0123456789ab stands there twice",
        ),
        ("findings: 7", "a baseline is a list"),
        ("- a", "a baseline is a list"),
        ("findings: [", "known.yaml"),
    ],
)
def test_baseline_without_the_format_is_refused_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "known.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        baseline.read(path)


def test_baseline_that_is_not_there_is_refused_with_the_way_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=re.escape("--write-baseline makes")):
        baseline.read(tmp_path / "none.yaml")


@pytest.mark.parametrize("text", ["", "findings:\n", "findings: []\n"])
def test_empty_baseline_accepts_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "known.yaml").write_text(text)
    assert baseline.read(tmp_path / "known.yaml").entries == {}


@given(
    st.builds(
        Entry,
        st.from_regex(r"[0-9a-f]{12}", fullmatch=True) | st.from_regex(r"[0-9]{2}e[0-9]{9}", fullmatch=True),
        st.dates(),
        *(st.text(st.characters(exclude_categories=("Cs", "Cc"))) for _ in range(4)),
    )
)
def test_entry_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, entry: Entry) -> None:
    path = tmp_path_factory.mktemp("baseline") / "known.yaml"
    path.write_bytes(Baseline("known.yaml", {entry.id: entry}, met={entry.id}).text(()))
    assert baseline.read(path).entries == {entry.id: entry}
