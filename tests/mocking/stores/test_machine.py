"""Any sequence of calls: each store against a simple model, with its transactions and a neighbour."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mockserver.errors import RecordConflict
from mockserver.mocking.store import Backend, Condition, Query, Record, Store
from mockserver.mocking.store.ordering import position

from .backends import BACKENDS, new_world, origin_of

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["a", "b", "1"]))
DATA = st.fixed_dictionaries(
    {}, optional={"chip": SCALARS, "n": SCALARS, "kind": st.sampled_from(["x", "y"])}
)
IDS = st.integers(1, 12)
UNIQUE = (("chip",),)
SEEDS = {101: {"chip": "seeded", "n": 1, "kind": "x"}, 102: {"n": 2}}


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON scalars are equal: true is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


class Left(Exception):
    """Leaves a transaction."""


class Model:
    """What a resource should be: dictionaries, looked through from end to end."""

    def __init__(self) -> None:
        self.live: dict[int, dict[str, Any]] = copy.deepcopy(SEEDS)
        self.versions = dict.fromkeys(SEEDS, 1)
        self.gone: dict[int, dict[str, Any]] = {}
        self.number = 0

    def clashes(self, data: dict[str, Any], own: int | None = None) -> bool:
        chip = data.get("chip")
        return chip is not None and any(
            same(other.get("chip"), chip) for id, other in self.live.items() if id != own
        )


class StoreMachine(RuleBasedStateMachine):
    """Compares a store with the model; a transaction has a model of its own until it ends."""

    backend: Backend

    @initialize()
    def start(self) -> None:
        self.origin = origin_of({"pets": SEEDS})
        self.world = new_world()
        self.store = self.opened(self.world)
        self.neighbour = self.opened(new_world())
        self.models = [Model()]
        self.transactions: list[Any] = []

    def opened(self, world: str) -> Store:
        store = self.backend.open(world, "api", self.origin)
        store.declare("pets", unique=UNIQUE)
        return store

    @property
    def model(self) -> Model:
        return self.models[-1]

    @rule(id=IDS, data=DATA)
    def create(self, id: int, data: dict[str, Any]) -> None:
        model = self.model
        if id in model.live or id in model.gone or model.clashes(data):
            with pytest.raises(RecordConflict):
                self.store.create("pets", id, data)
        else:
            self.store.create("pets", id, data)
            model.live[id] = data
            model.versions[id] = 1

    @rule(id=IDS | st.sampled_from([101, 102]), data=DATA, expected=st.sampled_from([None, 1, 2]))
    def update(self, id: int, data: dict[str, Any], expected: int | None) -> None:
        model = self.model
        if id not in model.live or expected not in (None, model.versions[id]):
            assert self.store.update("pets", id, data, expected_version=expected) is None
        elif model.clashes(data, id):
            with pytest.raises(RecordConflict):
                self.store.update("pets", id, data, expected_version=expected)
        else:
            record = self.store.update("pets", id, data, expected_version=expected)
            model.live[id] = data
            model.versions[id] += 1
            assert record is not None
            assert (record.data, record.version) == (data, model.versions[id])

    @rule(id=IDS | st.sampled_from([101, 102]), kept=st.none() | DATA)
    def delete(self, id: int, kept: dict[str, Any] | None) -> None:
        model = self.model
        found = self.store.delete("pets", id, data=kept)
        data = model.live.pop(id, None)
        assert (None if found is None else found.data) == data
        if data is not None:
            model.gone[id] = data if kept is None else kept

    @rule()
    def count(self) -> None:
        self.model.number += 1
        assert self.store.next_number("pets", "n") == self.model.number

    @rule(number=st.integers(0, 9))
    def advance(self, number: int) -> None:
        self.model.number = max(self.model.number, number)
        self.store.advance("pets", "n", number)

    @precondition(lambda self: len(self.models) < 3)
    @rule()
    def begin(self) -> None:
        transaction = self.store.transaction()
        transaction.__enter__()
        self.transactions.append(transaction)
        self.models.append(copy.deepcopy(self.model))

    @precondition(lambda self: len(self.models) > 1)
    @rule()
    def commit(self) -> None:
        self.transactions.pop().__exit__(None, None, None)
        self.models[-2:] = [self.model]

    @precondition(lambda self: len(self.models) > 1)
    @rule()
    def roll_back(self) -> None:
        assert not self.transactions.pop().__exit__(Left, Left(), None)
        self.models.pop()

    @precondition(lambda self: len(self.models) == 1)
    @rule()
    def reset(self) -> None:
        self.store.reset()
        self.models = [Model()]

    @precondition(lambda self: len(self.models) == 1)
    @rule(id=IDS, data=DATA)
    def write_next_door(self, id: int, data: dict[str, Any]) -> None:
        """What happens in another world is not seen in this one."""
        if not self.neighbour.is_used("pets", id):
            try:
                self.neighbour.create("pets", id, data)
            except RecordConflict:
                self.neighbour.delete("pets", 101)
        self.neighbour.next_number("pets", "n")

    @rule(
        name=st.sampled_from(["chip", "n", "kind"]), values=st.lists(SCALARS, max_size=3), equal=st.booleans()
    )
    def select(self, name: str, values: list[Any], equal: bool) -> None:
        expected = {
            id
            for id, data in self.model.live.items()
            if any(same(data.get(name), value) for value in values) is equal
        }
        found = self.store.select(
            "pets", Query((Condition((name,), "eq" if equal else "ne", tuple(values)),))
        )
        assert [record.id for record in found.records] == [id for id in self.in_order() if id in expected]
        assert found.total == len(expected)

    @rule(
        kind=st.sampled_from([None, "x", "y"]),
        low=st.none() | st.integers(0, 3),
        descending=st.booleans(),
        offset=st.integers(0, 4),
        limit=st.none() | st.integers(0, 4),
    )
    def page(
        self, kind: str | None, low: int | None, descending: bool, offset: int, limit: int | None
    ) -> None:
        conditions = [] if kind is None else [Condition(("kind",), "eq", (kind,))]
        if low is not None:
            conditions.append(Condition(("n",), "ge", (low,)))
        order = ((("n",), descending),)
        whole = self.store.select("pets", Query(tuple(conditions), order)).records
        expected = {
            id
            for id, data in self.model.live.items()
            if (kind is None or data.get("kind") == kind)
            and (low is None or (type(data.get("n")) is int and data["n"] >= low))
        }
        assert {record.id for record in whole} == expected
        stop = None if limit is None else offset + limit
        found = self.store.select("pets", Query(tuple(conditions), order, offset, limit))
        assert ids_of(found.records) == ids_of(whole)[offset:stop]
        assert found.total == len(expected)

    @rule(kind=st.sampled_from([None, "x"]), descending=st.booleans(), limit=st.integers(1, 4))
    def walk(self, kind: str | None, descending: bool, limit: int) -> None:
        """Page after page from record to record is the whole list, and so is the way back."""
        order = ((("n",), descending),)
        conditions = () if kind is None else (Condition(("kind",), "eq", (kind,)),)
        whole = ids_of(self.store.select("pets", Query(conditions, order)).records)
        there: list[Record] = []
        while page := self.store.select(
            "pets",
            Query(conditions, order, limit=limit, after=position(there[-1], order) if there else None),
        ).records:
            there += page
        back: list[Record] = there[-1:]
        while back and (
            page := self.store.select(
                "pets", Query(conditions, order, limit=limit, before=position(back[0], order))
            ).records
        ):
            back[:0] = page
        assert ids_of(there) == whole
        assert ids_of(back) == whole

    def in_order(self) -> list[Any]:
        return ids_of(self.store.select("pets", Query()).records)

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "store"):
            return
        dump = self.store.dump(["pets"])["pets"]
        assert dict(dump.live) == self.model.live
        assert dict(dump.deleted) == self.model.gone
        assert {id: dump.places[id][1] for id in dump.live} == {
            id: self.model.versions[id] for id in self.model.live
        }
        sequences = [record.sequence for record in self.store.select("pets", Query()).records]
        assert sequences == sorted(set(sequences))
        assert self.store.select("pets", Query(limit=0)).total == len(self.model.live)

    def teardown(self) -> None:
        while getattr(self, "transactions", None):
            self.roll_back()


def ids_of(records: Any) -> list[Any]:
    """Return the ids of some records."""
    return [record.id for record in records]


@pytest.fixture(params=list(BACKENDS))
def machine(request: pytest.FixtureRequest) -> Iterator[type[StoreMachine]]:
    """The machine on one backend."""
    with BACKENDS[request.param]() as backend:
        yield type("StoreMachine", (StoreMachine,), {"backend": backend})


def test_any_sequence_of_calls_does_what_the_model_does(machine: type[StoreMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
