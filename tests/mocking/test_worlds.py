"""Worlds: made on first use, apart from each other, bounded in number and time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mockserver.errors import Refusal
from mockserver.mocking.clock import Clock
from mockserver.mocking.exchange import Answer, Exchange
from mockserver.mocking.store import MemoryBackend
from mockserver.mocking.world import World
from mockserver.mocking.worlds import Bounds, Worlds, checked

from .conftest import NOON, TEXT, Api, answering, closed, ref, taking

PATHS = {
    "/pets": {
        "get": {"operationId": "listPets", "responses": answering({"type": "array", "items": ref("Pet")})},
        "post": {
            "operationId": "createPet",
            "requestBody": taking(ref("Pet")),
            "responses": answering(ref("Pet"), "201"),
        },
    }
}
PLAN = {
    "resources": {
        "pets": {"schema": "Pet", "id": {"make": "pet_{n}"}, "fields": {"at": {"create": "$now"}}, "seed": 2}
    },
    "operations": {
        "listPets": {"action": "list", "resource": "pets"},
        "createPet": {"action": "create", "resource": "pets"},
    },
}
PET = closed({"id": TEXT, "name": TEXT, "at": TEXT}, "id", "name")


class Time:
    """Seconds that go when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class House:
    """Worlds of one document."""

    def __init__(self, api: Api, **bounds: Any) -> None:
        self.api = api
        self.time = Time()
        self.seeded = api.world.states.seeded[api.document.name]
        self.worlds = Worlds(
            {api.document.name: self.seeded},
            lambda: Clock(lambda: NOON, frozen=NOON),
            self.time,
            MemoryBackend(),
            Bounds(**bounds),
        )

    def create(self, name: str, pet: str) -> dict[str, Any]:
        self.api.world = self.worlds.get(name)
        made = self.api("createPet", body={"name": pet})
        assert isinstance(made, dict)
        return made

    def names(self, name: str) -> list[str]:
        self.api.world = self.worlds.get(name)
        found = self.api("listPets")
        assert isinstance(found, list)
        return [pet["name"] for pet in found]

    @property
    def listed(self) -> list[str]:
        return [world.name for world in self.worlds]


@pytest.fixture
def make_house(make_api: Callable[..., Api]) -> Callable[..., House]:
    return lambda **bounds: House(make_api(PATHS, PLAN, Pet=PET), **bounds)


def test_worlds_begin_with_the_seeds_and_never_see_each_other(make_house: Callable[..., House]) -> None:
    house = make_house()
    seeds = house.names("default")
    for name in ("a", "b", "default"):
        house.create(name, f"of {name}")

    assert [house.names(name) for name in ("a", "b", "default", "c")] == [
        [*seeds, "of a"], [*seeds, "of b"], [*seeds, "of default"], seeds,
    ]  # fmt: skip


def test_same_requests_are_answered_the_same_in_each_world(make_house: Callable[..., House]) -> None:
    house = make_house()
    house.create("first", "Rex")

    assert [house.create("second", name) for name in ("Rex", "Bello")] == [
        house.create("third", name) for name in ("Rex", "Bello")
    ]


def test_world_takes_over_nothing_before_it_is_written_to(make_house: Callable[..., House]) -> None:
    house = make_house()
    document = house.api.document.name

    world = house.worlds.get("a")
    assert world.state(document) is house.seeded, "looking opens nothing"
    house.names("a")
    store = world.state(document).store
    assert store is not house.seeded.store
    assert list(store.written()) == []
    house.create("a", "Rex")
    assert list(store.written()) == ["pets"]


def test_clocks_of_worlds_go_apart(make_house: Callable[..., House]) -> None:
    house = make_house()
    house.worlds.get("a").clock.advance(timedelta(days=1))

    assert [house.create(name, "Rex")["at"] for name in ("a", "b")] == [
        "2026-01-03T12:00:00.000Z",
        "2026-01-02T12:00:00.000Z",
    ]


def test_reset_takes_one_world_back_and_ids_begin_anew(make_house: Callable[..., House]) -> None:
    house = make_house()
    first = house.create("a", "Rex")
    house.create("b", "Rex")
    world = house.worlds.get("a")
    world.clock.advance(timedelta(days=1))
    world.reset()

    assert house.create("a", "Rex") == first
    assert house.names("a") == [*house.names("c"), "Rex"]
    assert len(house.names("b")) == 3


def test_too_many_worlds_let_that_go_which_was_not_asked_for_longest(
    make_house: Callable[..., House],
) -> None:
    house = make_house(worlds=3)
    for name in ("a", "b", "c", "a", "d"):
        house.create(name, "Rex")

    assert house.listed == ["default", "c", "a", "d"]
    assert house.worlds.evicted == 1
    assert len(house.names("b")) == 2, "it begins anew"


def test_worlds_that_are_too_large_together_let_those_go_that_were_asked_least_lately(
    make_house: Callable[..., House],
) -> None:
    """Each holds two seeds and what was made; what nobody has written to takes no room."""
    house = make_house(records=10)
    for name in ("a", "b", "c", "a"):
        house.create(name, "Rex")
    house.names("d")
    house.worlds.sweep()
    assert house.listed == ["default", "b", "c", "a", "d"], "3 + 3 + 4 records"

    house.create("d", "Rex")
    house.worlds.sweep()
    assert (house.listed, house.worlds.evicted) == (["default", "c", "a", "d"], 1)
    for _ in range(20):
        house.create("default", "Rex")
    house.worlds.sweep()
    assert house.listed == ["default", "c", "a", "d"], "the default one is not counted"


def test_world_in_use_is_not_let_go_for_another(make_house: Callable[..., House]) -> None:
    house = make_house(worlds=2, idle_seconds=5)
    busy = [house.worlds.get("a"), house.worlds.get("b")]
    for world in busy:
        world.active += 1
    house.worlds.get("c")
    house.time.seconds += 10
    house.worlds.sweep()
    assert house.listed == ["default", "a", "b"], "c was idle, the others were not"

    for world in busy:
        house.worlds.leave(world)
    house.worlds.get("d")
    assert house.listed == ["default", "b", "d"]


def test_world_goes_when_nobody_asks_for_it_long_enough(make_house: Callable[..., House]) -> None:
    house = make_house(idle_seconds=60)
    for name in ("a", "b"):
        house.create(name, "Rex")
        house.time.seconds += 40
    house.worlds.sweep()
    assert house.listed == ["default", "b"]

    house.time.seconds += 40
    assert len(house.names("b")) == 2, "also when nobody has swept"
    assert house.worlds.expired == 2
    assert house.listed == ["default", "b"]


def test_world_stays_for_ever_without_a_limit_of_time(make_house: Callable[..., House]) -> None:
    house = make_house()
    house.create("a", "Rex")
    house.time.seconds += 10**9
    house.worlds.sweep()

    assert house.listed == ["default", "a"]


def test_looking_at_a_world_neither_makes_nor_keeps_it(make_house: Callable[..., House]) -> None:
    house = make_house(idle_seconds=60)
    assert house.worlds.look("a").name == "a"
    assert house.listed == ["default"]

    house.create("a", "Rex")
    house.time.seconds += 50
    assert house.worlds.look("a") is house.worlds.find("a")
    house.time.seconds += 50
    house.worlds.sweep()
    assert house.worlds.find("a") is None


def test_world_that_is_dropped_begins_anew(make_house: Callable[..., House]) -> None:
    house = make_house()
    house.create("a", "Rex")

    assert (house.worlds.drop("a"), house.worlds.drop("a"), house.worlds.drop("default")) == (
        True,
        False,
        False,
    )
    assert len(house.names("a")) == 2


def test_reload_keeps_what_was_written_and_gives_the_others_the_new_seeds(
    make_house: Callable[..., House], make_api: Callable[..., Api]
) -> None:
    house = make_house()
    house.create("a", "Rex")
    house.worlds.get("b")
    more = {**PLAN, "resources": {"pets": {**PLAN["resources"]["pets"], "seed": 5}}}
    house.api = make_api(PATHS, more, Pet=PET)
    house.worlds.renew({house.api.document.name: house.api.world.states.seeded[house.api.document.name]})

    assert [len(house.names(name)) for name in ("default", "a", "b", "c")] == [5, 3, 5, 5]
    house.worlds.get("a").reset()
    assert len(house.names("a")) == 5


# The journals.


def exchange(world: World, path: str = "/pets") -> Exchange:
    return Exchange(world.name, NOON, None, None, "GET", path, b"", [], b"", Answer(200), [], b"")


def test_journals_are_apart_and_the_tail_has_them_all(make_house: Callable[..., House]) -> None:
    house = make_house()
    for name in ("a", "default", "a"):
        world = house.worlds.get(name)
        world.journal.record(exchange(world))

    assert [len(house.worlds.get(name).journal) for name in ("a", "b", "default")] == [2, 0, 1]
    fresh, lost = house.worlds.tail.take()
    assert ([item.world for item in fresh], lost) == (["a", "default", "a"], 0)
    assert [(item.world, item.number) for item in fresh] == [("a", 1), ("default", 1), ("a", 2)]
    assert house.worlds.tail.take() == ([], 0)


def test_tail_tells_how_many_were_too_many(make_house: Callable[..., House]) -> None:
    house = make_house()
    world = house.worlds.default
    for _ in range(1003):
        world.journal.record(exchange(world))

    fresh, lost = house.worlds.tail.take()
    assert (len(fresh), lost, house.worlds.tail.count) == (1000, 3, 1003)


def test_journals_of_many_worlds_are_bounded_together(make_house: Callable[..., House]) -> None:
    """Ten times what one journal keeps; the default world's is not counted."""
    house = make_house(exchanges=3)
    for _ in range(5):
        house.worlds.default.journal.record(exchange(house.worlds.default))
    for number in range(20):
        world = house.worlds.get(f"w{number}")
        for _ in range(2):
            world.journal.record(exchange(world))

    kept = [len(house.worlds.get(f"w{number}").journal) for number in range(20)]
    assert kept == [0] * 5 + [2] * 15
    assert [item.number for item in house.worlds.default.journal] == [3, 4, 5]


# Names.


@pytest.mark.parametrize("name", ["a", "default", "A.b_c~d-9", "...", "x" * 64])
def test_name_of_a_world_is_taken(name: str) -> None:
    assert checked(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a b", "a/b", "a@b", "ä", "x" * 65, "a\n", "a,b", "%41", "x" * 500]
)
def test_what_can_be_no_name_is_refused_with_what_can(name: str) -> None:
    with pytest.raises(Refusal, match="it should have 1 to 64 of the characters") as caught:
        checked(name, "header", "Mock-World")
    assert caught.value.violations[0].location == ("header", "Mock-World")
    assert len(str(caught.value)) < 250
