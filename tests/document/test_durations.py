"""Lengths of time as people write them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.document.durations import duration


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        (5, 5_000), (0, 0), (1.5, 1_500), ("5", 5_000), ("0.25", 250), (1e-7, 0), (1e3, 1_000_000),
        ("500ms", 500), ("5s", 5_000), ("2m", 120_000), ("1h", 3_600_000), ("1d", 86_400_000), ("1w", 604_800_000),
        ("1h30m", 5_400_000), ("1h 30m", 5_400_000), ("1.5 h", 5_400_000), (" 5S ", 5_000), ("2m500ms", 120_500),
        ("PT5M", 300_000), ("P1D", 86_400_000), ("P1DT2H", 93_600_000), ("PT0.5S", 500), ("PT1H30M5S", 5_405_000),
        ("P2W", 1_209_600_000), ("pt5m", 300_000), ("PT0,5S", 500),
    ],
)  # fmt: skip
def test_duration_is_read_in_each_spelling(written: Any, milliseconds: int) -> None:
    assert duration(written) == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "m", "5x", "5 5", "5m5m", "-5", -5, -0.5, "-5s", "P", "PT", "P1Y", "P1M", "PTS", "1dT2h", True, None,
        [5], {"seconds": 5}, float("nan"), float("inf"), 10**400, "9" * 400, "999999999999999w", "5sPT5M", "5m then",
    ],
)  # fmt: skip
def test_what_is_no_duration_is_none(written: Any) -> None:
    assert duration(written) is None


@given(st.integers(0, 10**12))
def test_duration_of_milliseconds_is_exact(milliseconds: int) -> None:
    assert duration(f"{milliseconds}ms") == timedelta(milliseconds=milliseconds)


@given(st.text())
def test_any_text_is_a_duration_or_none(text: str) -> None:
    found = duration(text)
    assert found is None or found >= timedelta()
