"""Conditional requests: entity tags as RFC 9110 sections 8.8.3 and 13.1 want them compared."""

from __future__ import annotations

import pytest

from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.conditions import Conditions, tag_of
from mockserver.mocking.dice import Dice
from mockserver.mocking.store import Record


@pytest.mark.parametrize(
    ("field", "holds"),
    [
        ('"a"', True),
        ('"x", "a"', True),
        ('"a-12ab"', True),  # of what was shown of the record
        ("a", True),  # as many write it
        ("*", True),
        ('W/"a"', False),
        ('"b"', False),
        ('"x,a"', False),
        ("", False),
    ],
)
def test_match_is_compared_strongly(field: str, holds: bool) -> None:
    conditions = Conditions(match=field)

    if holds:
        conditions.check(("a",))
    else:
        with pytest.raises(Refusal) as caught:
            conditions.check(("a",))
        assert caught.value.kind is RefusalKind.PRECONDITION


@pytest.mark.parametrize("field", ["*", '"a"'])
def test_match_of_nothing_never_holds(field: str) -> None:
    with pytest.raises(Refusal, match="there is none yet"):
        Conditions(match=field).check(None)


@pytest.mark.parametrize(
    ("field", "known"),
    [('"a"', True), ('W/"a"', True), ('"b", W/"a"', True), ("*", True), ('"b"', False), ('"a-12ab"', False)],
)
def test_known_version_is_compared_weakly_and_as_a_whole(field: str, known: bool) -> None:
    assert Conditions(none_match=field).is_known('"a"') is known


def test_change_of_what_is_there_is_refused_to_who_wants_it_new() -> None:
    Conditions(none_match="*").check(None)
    Conditions(none_match='"b"').check(("a",))
    for field in ("*", '"a"', 'W/"a"'):
        with pytest.raises(Refusal, match="it is there"):
            Conditions(none_match=field).check(("a",))


def test_tag_is_a_function_of_seed_resource_id_version_and_data() -> None:
    def tag(
        seed: int = 0, resource: str = "pets", id: str | int = "1", version: int = 1, name: str = "Rex"
    ) -> str:
        return tag_of(Dice(seed, "api"), resource, Record(id, {"name": name}, 1, version))

    assert tag() == tag()
    assert len({tag(), tag(seed=1), tag(resource="dogs"), tag(id=1), tag(version=2), tag(name="Tom")}) == 6
