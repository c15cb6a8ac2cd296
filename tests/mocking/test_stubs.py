"""Stubs: which requests they answer, how often, and what makes none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import Refusal
from mockserver.mocking.matching import Sent, is_subset
from mockserver.mocking.stubs import MOST, Stub, Stubs


def sent(
    body: Any = None,
    path: dict[str, Any] | None = None,
    query: dict[str, Any] | None = None,
    texts: dict[str, list[str]] | None = None,
    **headers: str,
) -> Sent:
    """A request."""
    query = query or {}
    spelled = texts if texts is not None else {name: [str(value)] for name, value in query.items()}
    return Sent(path or {}, query, spelled, headers.get, body)


def stub(number: int = 1, **members: Any) -> Stub:
    members.setdefault("status", 200)
    return Stub.load({"id": number, "document": "api", "operation": "op", **members})


def why(match: dict[str, Any], request: Sent) -> list[str]:
    return list(stub(match=match).match.mismatches(request))


# What matches.


@pytest.mark.parametrize(
    ("match", "request_"),
    [
        ({}, sent()),
        ({"path": {"id": 5}}, sent(path={"id": 5})),
        ({"path": {"id": "5"}}, sent(path={"id": 5})),
        ({"path": {"id": "a b"}}, sent(path={"id": "a b"})),
        ({"query": {"limit": 10}}, sent(query={"limit": 10})),
        ({"query": {"limit": "10"}}, sent(query={"limit": 10})),
        ({"query": {"limit": 10}}, sent(texts={"limit": ["10"]})),
        ({"query": {"flag": True}}, sent(texts={"flag": ["true"]})),
        ({"query": {"tag": ["a", "b"]}}, sent(query={"tag": ["a", "b"]})),
        ({"query": {"limit": None}}, sent()),
        ({"query": {"limit": None}}, sent(query={"limit": 20}, texts={})),
        ({"headers": {"X-Mode": "dark"}}, sent(**{"x-mode": "dark"})),
        ({"headers": {"X-Mode": None}}, sent()),
        ({"body": {}}, sent({"a": 1})),
        ({"body": {"a": {"b": 1}}}, sent({"a": {"b": 1, "c": 2}, "d": 3})),
        ({"body": {"a": [{"b": 1}, 2]}}, sent({"a": [{"b": 1, "c": 2}, 2]})),
        ({"body": {"a": None}}, sent({"b": 1})),
        ({"body": {"a": None}}, sent({"a": None})),
        ({"body": 1}, sent(1.0)),
        ({"body": None}, sent()),
    ],
)
def test_request_that_has_what_is_wanted_matches(match: dict[str, Any], request_: Sent) -> None:
    assert why(match, request_) == []


@pytest.mark.parametrize(
    ("match", "request_", "reason"),
    [
        ({"path": {"id": 5}}, sent(path={"id": 6}), "path id is 6, not 5"),
        ({"query": {"limit": 10}}, sent(query={"limit": 5}), "query limit is 5, not 10"),
        ({"query": {"limit": 20}}, sent(query={"limit": 20}, texts={}), "query limit is not there"),
        ({"query": {"limit": None}}, sent(query={"limit": 5}), "query limit is there"),
        ({"query": {"x": "a"}}, sent(texts={"x": ["b", "c"]}), 'query x is "b", not "a"'),
        ({"headers": {"X-Mode": "dark"}}, sent(), "header X-Mode is not there"),
        (
            {"headers": {"X-Mode": "dark"}},
            sent(**{"x-mode": "light"}),
            'header X-Mode is "light", not "dark"',
        ),
        ({"headers": {"X-Mode": None}}, sent(**{"x-mode": ""}), "header X-Mode is there"),
        ({"body": {"a": 1}}, sent({}), "body /a is not there"),
        ({"body": {"a": None}}, sent({"a": 1}), "body /a is 1, not null"),
        ({"body": {"a/b": {"c": 1}}}, sent({"a/b": {"c": 2}}), "body /a~1b/c is 2, not 1"),
        ({"body": [1]}, sent([1, 2]), "body / is [1,2], not [1]"),
        ({"body": {"a": 1}}, sent({"a": True}), "body /a is true, not 1"),
        ({"body": {"a": {}}}, sent({"a": "x" * 99}), f'body /a is "{"x" * 59}..., not {{}}'),
    ],
)
def test_request_that_has_not_is_told_the_difference(
    match: dict[str, Any], request_: Sent, reason: str
) -> None:
    assert why(match, request_) == [reason]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_each_value_has_all_of_itself(value: Any) -> None:
    assert is_subset(value, value)


@given(st.dictionaries(st.text(max_size=2), VALUES, max_size=4), st.data())
def test_object_has_each_part_of_itself(value: dict[str, Any], data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(value)))) if value else set()
    part = {name: value[name] for name in names}

    assert is_subset(part, value)
    assert is_subset(value, part) == all(item is None for name, item in value.items() if name not in names)


# Which one answers.


def test_newest_that_matches_answers() -> None:
    stubs = Stubs()
    for number, match in enumerate([{}, {"query": {"a": 1}}, {"query": {"a": 2}}], 1):
        stubs.add(stub(number, match=match))

    def found(request: Sent) -> int | None:
        chosen, _ = stubs.find("api", "op", request)
        return chosen and chosen.number

    assert [found(sent(query={"a": value})) for value in (1, 2, 3)] == [2, 3, 1]
    stubs.remove(3)
    assert found(sent(query={"a": 2})) == 1


def test_stub_is_for_its_operation_or_for_all() -> None:
    stubs = Stubs()
    stubs.add(stub(1))
    stubs.add(Stub.load({"id": 2, "document": "api", "status": 500}))
    stubs.add(Stub.load({"id": 3, "fault": "close"}))
    stubs.remove(3)

    assert [
        chosen and chosen.number
        for chosen in (
            stubs.find(*place, sent())[0]
            for place in [("api", "op"), ("api", "other"), ("other", "op"), ("other", "other")]
        )
    ] == [2, 2, None, None]
    assert stubs.find("other", "op", sent()) == (None, ""), "those of others are no near misses"


def test_stub_answers_as_often_as_ordered_and_says_so() -> None:
    stubs = Stubs()
    stubs.add(stub(1, times=2))
    for _ in range(2):
        chosen, _ = stubs.find("api", "op", sent())
        assert chosen is not None
        chosen.hits += 1

    assert stubs.find("api", "op", sent()) == (None, "stub 1 has answered 2 times and is spent")


def test_near_misses_are_told_but_not_without_end() -> None:
    stubs = Stubs()
    for number in range(1, 6):
        stubs.add(stub(number, match={"query": {"a": number}}))

    assert stubs.find("api", "op", sent())[1] == (
        "stub 5 does not match: query a is not there; stub 4 does not match: query a is not there; "
        "stub 3 does not match: query a is not there; and 2 more stubs"
    )


def test_ids_are_not_given_again_before_a_reset() -> None:
    stubs = Stubs()
    stubs.add(stub(stubs.next_number()))
    stubs.add(stub(stubs.next_number()))
    stubs.remove(2)
    assert stubs.next_number() == 3
    stubs.clear()
    assert (stubs.next_number(), bool(stubs)) == (3, False)
    stubs.reset()
    assert stubs.next_number() == 1


def test_world_has_so_many_stubs_and_no_more() -> None:
    stubs = Stubs()
    for _ in range(MOST):
        stubs.add(stub(stubs.next_number()))
    with pytest.raises(Refusal, match="1000 stubs at the most"):
        stubs.add(stub(stubs.next_number()))
    assert len(stubs) == MOST


# Saved and loaded.


STUBS = st.builds(
    lambda members, answer: {**members, **answer},
    st.fixed_dictionaries(
        {},
        optional={
            "document": st.text(max_size=3),
            "match": st.fixed_dictionaries(
                {},
                optional={
                    "path": st.dictionaries(st.text(max_size=2), VALUES, max_size=2),
                    "query": st.dictionaries(st.text(max_size=2), VALUES, max_size=2),
                    "headers": st.dictionaries(st.text(max_size=2), st.text(max_size=2), max_size=2),
                    "body": VALUES,
                },
            ),
            "delay_ms": st.integers(0, 60_000),
            "times": st.integers(1, 9),
            "hits": st.integers(0, 9),
        },
    ),
    st.one_of(
        st.fixed_dictionaries({"fault": st.sampled_from(["close", "reset", "garbage", "timeout"])}),
        st.fixed_dictionaries(
            {"status": st.integers(300, 303), "operation": st.text(max_size=3)}, optional={"body": VALUES}
        ),
    ),
)


@given(st.lists(STUBS, max_size=4))
def test_stubs_that_are_saved_and_loaded_are_the_same(orders: list[dict[str, Any]]) -> None:
    stubs, others = Stubs(), Stubs()
    for order in orders:
        stubs.add(Stub.load(order, stubs.next_number()))
    others.load(stubs.save())

    assert list(others) == list(stubs)
    assert others.save() == stubs.save()
    assert others.next_number() == stubs.next_number()


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([], "a stub is an object"),
        ({}, "it orders nothing"),
        ({"match": {"query": {"a": 1}}}, "it orders nothing"),
        ({"status": "200"}, "status: a number is expected"),
        ({"status": True}, "status: a number is expected"),
        ({"status": 100}, "status: a number from 200 to 599"),
        ({"status": 200, "times": 0}, "times: a number from 1"),
        ({"delay_ms": 60_001}, "delay_ms: a number from 0 to 60000"),
        ({"fault": "explode"}, "fault: one of close, reset"),
        ({"fault": "close", "status": 500}, "there is no answer"),
        ({"operation": "op", "status": 204, "body": {}}, "an answer with status 204 has none"),
        ({"body": {}}, "cannot be checked; name one, or say force"),
        ({"status": 200, "headers": {"A": 1}}, "headers: A: a text is expected"),
        ({"status": 200, "match": {"cookies": {}}}, "match: path, query, headers and body are known"),
        ({"status": 200, "match": {"path": []}}, "match: path: an object is expected"),
        ({"status": 200, "colour": "red"}, "unknown member"),
    ],
)
def test_what_makes_no_stub_is_refused_with_the_reason(order: Any, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        Stub.load(order, 1)


@pytest.mark.parametrize(
    "saved",
    [None, {}, {"last": 1}, {"last": True, "stubs": []}, {"last": 0, "stubs": [{"status": 200}]},
     {"last": 0, "stubs": [{"id": 1, "status": 200}, {"id": 1, "status": 200}]},
     {"last": 0, "stubs": [{"id": 1, "status": 200}, {"id": 2}]}, {"last": 0, "stubs": [{"id": -1, "status": 200}]}],
)  # fmt: skip
def test_stubs_that_were_not_saved_so_are_refused_and_nothing_changes(saved: Any) -> None:
    stubs = Stubs()
    stubs.add(stub(4))

    with pytest.raises(Refusal):
        stubs.load(saved)
    assert [item.number for item in stubs] == [4]
