"""The small parts that everything is built of: dice, clock, ids, pages, the journal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.mocking.clock import Clock
from mockserver.mocking.dice import Dice
from mockserver.mocking.exchange import BODY_LIMIT, Answer, Exchange, Journal
from mockserver.mocking.identifiers import IdMaker
from mockserver.mocking.instants import from_text, to_text
from mockserver.mocking.page import Page
from mockserver.mocking.store import MemoryStore, Record

from .conftest import NOON

# Dice.


def test_number_is_a_function_of_seed_and_names() -> None:
    assert Dice(1, "api").number("a", "b") == Dice(1, "api").number("a", "b") == 15440642857833529623
    assert Dice(1, "api").bits(128, "a") == Dice(1, "api").bits(128, "a")
    assert Dice(1, "api").at("a").random() == Dice(1, "api").at("a").random()


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_other_names_have_other_numbers(left: list[str], right: list[str]) -> None:
    assert (Dice(0).number(*left) == Dice(0).number(*right)) == (left == right)


def test_other_seeds_have_other_numbers() -> None:
    assert len({Dice(seed, "api").number("a") for seed in range(50)}) == 50


def test_bits_are_as_many_as_were_asked_for() -> None:
    numbers = [Dice(0).bits(5, str(n)) for n in range(500)]

    assert set(numbers) == set(range(32))


# Time.


def test_clock_never_gives_the_same_time_twice() -> None:
    clock = Clock(lambda: NOON)

    assert [clock.now(), clock.now()] == [NOON, NOON + timedelta(milliseconds=1)]


def test_times_that_follow_each_other_fast_are_told_apart_on_the_wire() -> None:
    times = iter([NOON + timedelta(microseconds=100), NOON + timedelta(microseconds=900)])
    clock = Clock(lambda: next(times))

    assert to_text(clock.now()) < to_text(clock.now())


def test_clock_does_not_go_back() -> None:
    times = iter([NOON, NOON - timedelta(hours=1)])
    clock = Clock(lambda: next(times))
    first = clock.now()

    assert clock.now() > first


def test_frozen_clock_stands_begins_anew_and_may_be_looked_at() -> None:
    clock = Clock(lambda: datetime.now(UTC), frozen=NOON)
    readings = [clock.now(), clock.now(), clock.look()]
    clock.reset()

    assert readings == [NOON, NOON + timedelta(milliseconds=1), NOON]
    assert clock.now() == NOON


def test_time_is_written_in_utc_with_milliseconds() -> None:
    assert (
        to_text(datetime(2026, 1, 2, 5, 4, 5, 123456, timezone(timedelta(hours=2))))
        == "2026-01-02T03:04:05.123Z"
    )


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T03:04:05.5+02:00", "2026-01-02T01:04:05.500Z"),
        ("2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z"),
        ("Fri, 02 Jan 2026 03:04:05 +0200", "2026-01-02T01:04:05.000Z"),
        ("Fri, 2 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05.000Z"),
    ],
)
def test_time_is_read(text: str, instant: str) -> None:
    found = from_text(text)

    assert found is not None
    assert to_text(found) == instant


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-01-02", "2026-13-02T03:04:05Z", "2026-01-02X03:04:05Z", "a" * 30, "2026-" + "é" * 20,
        "Fri, 32 Jan 2026 03:04:05 GMT", "Fri, 02 Foo 2026 03:04:05 GMT", "Yes, it is about time that we do so.",
    ],
)  # fmt: skip
def test_other_text_is_no_time(text: str) -> None:
    assert from_text(text) is None


# Ids.


def make_ids(make: str, count: int, *, seed: int = 0, store: MemoryStore | None = None) -> list[Any]:
    store = store or MemoryStore()
    store.declare("pets")
    maker = IdMaker("pets", make, Dice(seed, "api"))
    found = []
    for _ in range(count):
        found.append(maker.next(store))
        store.create("pets", found[-1], {})
    return found


@pytest.mark.parametrize(
    ("make", "pattern"),
    [
        ("uuid4", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("pet_{hex:12}", r"pet_[0-9a-f]{12}"),
        ("{base62:22}", r"[0-9A-Za-z]{22}"),
        ("P-{digits:6}-{n}", r"P-\d{6}-\d+"),
        ("pet", r"pet\d+"),
        ("{n}", r"\d+"),
    ],
)
def test_id_has_its_form(make: str, pattern: str) -> None:
    found = make_ids(make, 50)

    assert all(re.fullmatch(pattern, id) for id in found)
    assert len(set(found)) == 50


def test_integer_ids_count() -> None:
    assert make_ids("integer", 3) == [1, 2, 3]


@pytest.mark.parametrize("make", ["uuid4", "pet_{hex:12}", "{base62:5}{digits:5}"])
def test_ids_are_a_function_of_seed_and_number(make: str) -> None:
    assert make_ids(make, 5) == make_ids(make, 5)
    assert not set(make_ids(make, 5)) & set(make_ids(make, 5, seed=1))


def test_id_that_a_fixture_took_is_passed_over() -> None:
    store = MemoryStore()
    store.declare("pets")
    store.create("pets", 2, {})
    store.create("pets", 1, {})
    store.delete("pets", 1)

    assert make_ids("integer", 2, store=store) == [3, 4]


def test_template_with_too_few_ids_does_not_hang() -> None:
    found = make_ids("{digits:1}", 40)

    assert len(set(found)) == 40
    assert {len(id) for id in found[:5]} == {1}


# Pages.


def records_of(*ids: str | int) -> list[Record]:
    return [Record(id, {}, number) for number, id in enumerate(ids)]


@pytest.mark.parametrize(
    ("offset", "count", "total", "first", "expected"),
    [
        (0, 10, 25, 1, {"number": 1, "pages": 3, "more": True, "next": 10, "next_number": 2}),
        (20, 5, 25, 1, {"number": 3, "pages": 3, "more": False, "next": None, "next_number": None}),
        (10, 10, 25, 0, {"number": 1, "pages": 3, "more": True, "next": 20, "next_number": 2}),
        (0, 0, 0, 1, {"number": 1, "pages": 0, "more": False, "next": None, "next_number": None}),
        (90, 0, 25, 1, {"number": 10, "pages": 3, "more": False, "next": None, "next_number": None}),
    ],
)
def test_page_knows_its_place(
    offset: int, count: int, total: int, first: int, expected: dict[str, Any]
) -> None:
    page = Page([{}] * count, records_of(*range(count)), total=total, offset=offset, limit=10, first=first)

    assert {name: getattr(page, name) for name in expected} == expected
    assert page.count == count


def test_page_without_room_has_a_number_all_the_same() -> None:
    page = Page([], [], total=5, offset=0, limit=0)

    assert (page.number, page.pages, page.more, page.first_id, page.last_id) == (1, 0, False, None, None)


def test_page_names_its_order_and_its_ends() -> None:
    page = Page([{}, {}], records_of("a", "b"), total=2, offset=0, limit=2, descending=True)

    assert (page.order, page.first_id, page.last_id) == ("DESC", "a", "b")
    assert Page([], [], 0, 0, 1).order == "ASC"


# The journal.


def exchange(body: bytes = b"") -> Exchange:
    return Exchange(
        "default", NOON, "api", None, "GET", "/", b"", [], body, Answer(200), [], b"x" * (BODY_LIMIT + 1)
    )


def test_journal_keeps_the_last_and_numbers_all() -> None:
    journal = Journal(2)
    for _ in range(3):
        journal.record(exchange())

    assert [item.number for item in journal] == [2, 3]
    journal.clear()
    journal.record(exchange())
    assert ([item.number for item in journal], len(journal), journal.count) == ([4], 1, 4)


def test_journal_may_grow_while_it_is_read() -> None:
    journal = Journal(5)
    journal.record(exchange())
    for _ in journal:
        journal.record(exchange())

    assert len(journal) == 2


def test_journal_keeps_no_more_of_a_body_than_its_limit_and_its_listener_sees_all() -> None:
    seen: list[int] = []
    journal = Journal(5, lambda _, item: seen.append(len(item.request_body)))
    journal.record(exchange(b"y" * (BODY_LIMIT + 1)))

    (kept,) = journal
    assert (len(kept.request_body), len(kept.content)) == (BODY_LIMIT, BODY_LIMIT)
    assert (seen, kept.request_size) == ([BODY_LIMIT + 1], BODY_LIMIT + 1)
