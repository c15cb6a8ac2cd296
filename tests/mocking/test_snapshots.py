"""Snapshots: a world saved, restored, cloned and told apart from others."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.errors import Json, Refusal, StoreFull, Violation
from mockserver.mocking import snapshots
from mockserver.mocking.clock import Clock
from mockserver.mocking.differences import changes, differences
from mockserver.mocking.store import MemoryBackend
from mockserver.mocking.stubs import Stub
from mockserver.mocking.world import World
from mockserver.mocking.worlds import Worlds

from .conftest import NOON, TEXT, Api, answering, closed, ref, taking

ITEM = [{"name": "id", "in": "path", "required": True, "schema": TEXT}]
PATHS = {
    "/owners": {
        "post": {
            "operationId": "createOwner",
            "requestBody": taking(ref("Owner")),
            "responses": answering(ref("Owner"), "201"),
        }
    },
    "/pets": {
        "post": {
            "operationId": "createPet",
            "requestBody": taking(ref("Pet")),
            "responses": answering(ref("Pet"), "201"),
        }
    },
    "/pets/{id}": {
        "patch": {
            "operationId": "updatePet",
            "parameters": ITEM,
            "requestBody": taking(ref("Pet")),
            "responses": answering(ref("Pet")),
        },
        "delete": {"operationId": "deletePet", "parameters": ITEM, "responses": answering(None, "204")},
    },
}
PLAN = {
    "resources": {
        "owners": {"schema": "Owner", "id": {"make": "own_{n}"}, "seed": 1},
        "pets": {
            "schema": "Pet",
            "id": {"make": "pet_{n}"},
            "references": {"ownerId": "owners"},
            "unique": [["name"]],
            "fields": {"at": {"create": "$now"}, "number": {"create": {"next": ["ownerId"]}}},
            "delete": {"soft": "goneAt"},
            "seed": 2,
        },
    },
    "operations": {
        "createOwner": {"action": "create", "resource": "owners"},
        "createPet": {"action": "create", "resource": "pets"},
        "updatePet": {"action": "update", "resource": "pets"},
        "deletePet": {"action": "delete", "resource": "pets"},
    },
}
OWNER = closed({"id": TEXT, "name": TEXT}, "id")
PET = closed(
    {
        "id": TEXT,
        "name": {"type": "string", "maxLength": 8},
        "ownerId": {"type": ["string", "null"]},
        "at": TEXT,
        "number": {"type": "integer"},
        "goneAt": {"type": ["string", "null"]},
    },
    "id",
    "name",
)


class House:
    """Worlds of one document, with a way to ask in each."""

    def __init__(self, api: Api, backend: MemoryBackend | None = None) -> None:
        self.api = api
        self.document = api.document.name
        self.worlds = Worlds(
            {self.document: api.world.states.seeded[self.document]},
            lambda: Clock(lambda: NOON, frozen=NOON),
            lambda: 0.0,
            backend or MemoryBackend(),
        )

    def ask(self, world: str, operation: str, **parameters: Any) -> Any:
        self.api.world = self.worlds.get(world)
        return self.api.answer(operation, **parameters).body

    def act(self, world: str, step: tuple[str, str, int]) -> Json:
        """Do something, which may well be refused."""
        action, name, number = step
        try:
            if action == "create":
                return self.ask(world, "createPet", body={"name": name, "ownerId": None})
            if action == "owner":
                return self.ask(world, "createOwner", body={"name": name})
            if action == "update":
                return self.ask(world, "updatePet", id=f"pet_{number}", body={"name": name})
            if action == "delete":
                return self.ask(world, "deletePet", id=f"pet_{number}")
            self.worlds.get(world).clock.advance(timedelta(seconds=number))
            return None
        except Refusal as refusal:
            return str(refusal)

    def save(self, world: str) -> dict[str, Any]:
        saved = snapshots.save(self.worlds.get(world))
        return {**json.loads(json.dumps(saved)), "world": "any"}

    def restore(self, world: str, saved: Any) -> list[Violation]:
        """Restore as the control API does, and return what does not fit."""
        target = self.worlds.get(world)
        snapshot = snapshots.read(saved, target)
        found = [violation for bit in snapshots.faults(snapshot, target) for violation in bit]
        if not found:
            snapshots.restore(target, snapshot)
        return found

    def restored(self, world: str, saved: Any) -> None:
        """Restore, or raise what the control API answers."""
        raise snapshots.refusal(self.restore(world, saved))


@pytest.fixture
def house(make_api: Callable[..., Api]) -> House:
    return House(make_api(PATHS, PLAN, Pet=PET, Owner=OWNER))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "create", "owner", "update", "delete", "advance"]),
        st.sampled_from(["Rex", "Tom", "Bello", "Minka"]),
        st.integers(1, 6),
    ),
    max_size=12,
)


@given(before=STEPS, other=STEPS, after=STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_restored_world_is_the_same_and_goes_on_the_same(
    make_api: Callable[..., Api], before: Any, other: Any, after: Any
) -> None:
    house = House(make_api(PATHS, PLAN, Pet=PET, Owner=OWNER))
    for step in before:
        house.act("a", step)
    for step in other:
        house.act("b", step)
    saved = house.save("a")

    assert house.restore("b", saved) == []
    assert house.save("b") == saved
    assert differences(house.save("a"), house.save("b"))["same"]
    assert [house.act("a", step) for step in after] == [house.act("b", step) for step in after]
    assert house.save("a") == house.save("b")


@given(steps=STEPS, more=STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_clone_holds_the_same_and_changes_alone(make_api: Callable[..., Api], steps: Any, more: Any) -> None:
    house = House(make_api(PATHS, PLAN, Pet=PET, Owner=OWNER))
    for step in steps:
        house.act("a", step)
    before = house.save("a")
    snapshots.clone(house.worlds.get("a"), house.worlds.get("b"))

    assert house.save("b") == before
    for step in more:
        house.act("b", step)
    assert house.save("a") == before


def test_id_of_a_deleted_record_is_not_given_again_after_a_restore(house: House) -> None:
    first = house.ask("a", "createPet", body={"name": "Rex"})["id"]
    house.ask("a", "deletePet", id=first)
    assert house.restore("b", house.save("a")) == []

    assert house.ask("b", "createPet", body={"name": "Rex"})["id"] == "pet_4" != first
    assert house.act("b", ("update", "Tom", 3)) == house.act("a", ("update", "Tom", 3))


def test_restore_goes_back_also_where_the_snapshot_is_silent(house: House) -> None:
    house.ask("a", "createPet", body={"name": "Rex"})
    house.ask("a", "createOwner", body={"name": "Ann"})
    saved = house.save("a")
    del saved["documents"][house.document]["owners"], saved["stubs"], saved["clock"], saved["draws"]
    house.worlds.get("a").clock.advance(timedelta(days=1))
    assert house.restore("a", saved) == []

    shown = house.save("a")
    records = {name: len(parts["records"]) for name, parts in shown["documents"][house.document].items()}
    assert records == {"owners": 1, "pets": 3}
    assert shown["clock"] == {"mode": "running", "offset_ms": 0}


def test_clock_stubs_and_draws_are_restored(house: House) -> None:
    world = house.worlds.get("a")
    world.clock.advance(timedelta(hours=1))
    world.stubs.add(Stub.load({"operation": "createPet", "status": 400, "times": 2, "hits": 1}, 5))
    world.next_draw()
    assert house.restore("b", house.save("a")) == []
    other = house.worlds.get("b")

    assert other.clock.look() == NOON + timedelta(hours=1)
    assert (list(other.stubs), other.stubs.next_number(), other.next_draw()) == (list(world.stubs), 6, 2)


# What is refused.


def pets(saved: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = saved["documents"]["api"]["pets"]
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda saved: saved.update(format="zip"), "its format is mockserver-snapshot"),
        (lambda saved: saved.update(version=2), "has version 2; this server reads 1"),
        (lambda saved: saved.update(documents=[]), "at /documents: an object is expected"),
        (lambda saved: saved["documents"].update(other={}), "there is no document 'other'; there are api"),
        (lambda saved: saved["documents"]["api"].update(toys={}), "no resource 'toys'; it has owners, pets"),
        (lambda saved: pets(saved).update(records={}), "at /documents/api/pets/records: a list is expected"),
        (lambda saved: pets(saved).update(counters={"id": -1}), "counters/id: a whole number from 0"),
        (lambda saved: pets(saved)["records"].append({"id": "x"}), "records/3: a record is expected"),
        (lambda saved: pets(saved)["records"][0].update(id=True), "records/0: a record is expected"),
        (lambda saved: pets(saved)["records"][0].update(version=0), "version: a whole number from 1"),
        (lambda saved: pets(saved)["records"][0].update(sequence=2), "the sequence 2 is there twice"),
        (lambda saved: pets(saved)["records"][0].update(id="pet_2"), "the id 'pet_2' is there twice"),
        (lambda saved: pets(saved)["records"][0].update(id="pet_9"), "has the id 'pet_1', not 'pet_9'"),
        (lambda saved: pets(saved)["records"][0]["data"].update(name="x" * 9), "/data/name: "),
        (lambda saved: pets(saved)["records"][0]["data"].pop("name"), "'name' is required"),
        (lambda saved: pets(saved)["records"][0]["data"].update(ownerId="nobody"), "no record 'nobody'"),
        (lambda saved: pets(saved)["records"][0]["data"].update(name="Rex"), "has the same name"),
        (lambda saved: saved.update(clock={"mode": "fast"}), "is no clock"),
        (lambda saved: saved.update(stubs={"last": 0}), "stubs: "),
        (lambda saved: saved.update(draws="5"), "draws: a whole number"),
    ],
)
def test_snapshot_that_does_not_fit_is_refused_and_nothing_changes(
    house: House, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    house.ask("a", "createPet", body={"name": "Rex"})
    saved = house.save("a")
    house.ask("b", "createOwner", body={"name": "Ann"})
    before = house.save("b")
    change(saved)

    with pytest.raises(Refusal, match=message.replace("[", r"\[")):
        house.restored("b", saved)
    assert house.save("b") == before


@pytest.mark.parametrize("saved", [None, [], "text", {}, {"format": "mockserver-snapshot"}])
def test_what_is_no_snapshot_is_refused(house: House, saved: Any) -> None:
    with pytest.raises(Refusal):
        snapshots.read(saved, house.worlds.default)


def test_refusal_tells_where_and_does_not_go_on_for_ever(house: House) -> None:
    found = [Violation((f"/documents/api/pets/records/{n}",), "type", "no") for n in range(25)]

    assert "at /documents/api/pets/records/0: no; " in str(snapshots.refusal(found))
    assert "and 5 more" in str(snapshots.refusal(found))


def test_snapshot_for_which_there_is_no_room_leaves_everything_as_it_was(
    make_api: Callable[..., Api],
) -> None:
    house = House(make_api(PATHS, PLAN, Pet=PET, Owner=OWNER), MemoryBackend(limit=8))
    house.ask("b", "createPet", body={"name": "Rex"})
    before = house.save("b")
    saved = copy.deepcopy(before)
    template = pets(saved)["records"][0]
    for number in range(10, 17):
        data = {**template["data"], "id": f"p{number}", "name": f"n{number}"}
        pets(saved)["records"].append({**template, "id": data["id"], "sequence": number, "data": data})

    with pytest.raises(StoreFull):
        house.restore("b", saved)
    assert house.save("b") == before


# Differences.


def test_difference_tells_what_was_added_removed_and_changed(house: House) -> None:
    house.ask("a", "createPet", body={"name": "Rex"})
    snapshots.clone(house.worlds.get("a"), house.worlds.get("b"))
    house.ask("b", "createOwner", body={"name": "Ann"})
    house.ask("b", "updatePet", id="pet_3", body={"name": "Tom"})
    house.ask("b", "deletePet", id="pet_1")
    house.worlds.get("b").clock.advance(timedelta(seconds=1))
    house.worlds.get("b").stubs.add(Stub.load({"operation": "createPet", "status": 400}, 1))

    found = differences(house.save("a"), house.save("b"))
    assert found["same"] is False
    counts = {
        item["resource"]: [len(item[key]) for key in ("added", "removed", "changed")]
        for item in found["resources"]
    }
    assert counts == {"owners": [1, 0, 0], "pets": [0, 1, 1]}
    (changed,) = found["resources"][1]["changed"]
    assert changed == {"id": "pet_3", "changes": [{"pointer": "/name", "from": "Rex", "to": "Tom"}]}
    assert [stub["operation"] for stub in found["stubs"]["added"]] == ["createPet"]
    assert found["clock"]["from"]["now"] == "2026-01-02T12:00:00.000Z"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=10,
)


def applied(before: Any, change: dict[str, Any]) -> Any:
    """Return a value after a change, by a plain reading of it."""
    *above, last = change["pointer"].split("/")[1:] or [None]
    if last is None:
        return change["to"]
    node = before
    for part in above:
        node = node[int(part)] if isinstance(node, list) else node[part.replace("~1", "/").replace("~0", "~")]
    key: Any = int(last) if isinstance(node, list) else last.replace("~1", "/").replace("~0", "~")
    if "to" not in change:
        node[key] = REMOVED
    elif isinstance(node, list) and key >= len(node):
        node.append(change["to"])
    else:
        node[key] = change["to"]
    return before


REMOVED = object()


def swept(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: swept(item) for name, item in value.items() if item is not REMOVED}
    return [swept(item) for item in value if item is not REMOVED] if isinstance(value, list) else value


@given(VALUES, VALUES)
def test_changes_lead_from_one_value_to_the_other(before: Any, after: Any) -> None:
    value = copy.deepcopy(before)
    for change in changes(before, after):
        value = applied(value, copy.deepcopy(change))

    assert json.dumps(swept(value), sort_keys=True) == json.dumps(after, sort_keys=True)
    assert list(changes(after, after)) == []


def test_world_has_no_part_of_a_snapshot(house: House) -> None:
    """What was saved stays as it was when the world goes on."""
    saved = snapshots.save(house.worlds.get("a"))
    text = json.dumps(saved)
    house.ask("a", "updatePet", id="pet_1", body={"name": "Tom"})

    assert json.dumps(saved) == text
    assert isinstance(house.worlds.get("a"), World)
