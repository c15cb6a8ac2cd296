"""What every store does: the same tests for each backend, and a machine that compares them with a simple model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from mockserver import jsontext
from mockserver.errors import RecordConflict
from mockserver.mocking.store import Condition, MemoryStore, Order, Position, Query, Record, Store
from mockserver.mocking.store.ordering import position

BACKENDS: dict[str, Callable[[], Store]] = {"memory": MemoryStore}
"""Name -> makes an empty store. A new backend joins by one line."""


@pytest.fixture(params=list(BACKENDS))
def store(request: pytest.FixtureRequest) -> Store:
    empty = BACKENDS[request.param]()
    empty.declare("pets", unique=(("chip",), ("owner", "name")))
    empty.declare("owners")
    return empty


def ids(store: Store, *conditions: Condition, resource: str = "pets", **query: Any) -> list[Any]:
    """Return the ids of the records that a query asks for."""
    return [record.id for record in store.select(resource, Query(conditions, **query)).records]


def eq(name: str, *values: Any) -> Condition:
    return Condition((name,), "eq", values)


def data_of(record: Record | None) -> Any:
    return None if record is None else record.data


# One record.


def test_created_record_is_found_by_its_id(store: Store) -> None:
    record = store.create("pets", "p1", {"name": "Rex"})

    assert (record.id, record.data, record.version) == ("p1", {"name": "Rex"}, 1)
    assert data_of(store.get("pets", "p1")) == {"name": "Rex"}


def test_unknown_id_is_none(store: Store) -> None:
    assert store.get("pets", "nobody") is None
    assert store.update("pets", "nobody", {}) is None
    assert store.delete("pets", "nobody") is None


def test_number_and_text_are_different_ids(store: Store) -> None:
    store.create("pets", 1, {})

    assert store.get("pets", "1") is None
    assert store.get("pets", 1) is not None


def test_resources_do_not_see_each_other(store: Store) -> None:
    store.create("pets", "x", {})

    assert store.get("owners", "x") is None
    assert not store.is_used("owners", "x")


def test_update_replaces_the_data_and_counts_the_version(store: Store) -> None:
    store.create("pets", "p1", {"name": "Rex", "age": 3})

    record = store.update("pets", "p1", {"name": "Tom"})

    assert record is not None
    assert (record.data, record.version) == ({"name": "Tom"}, 2)
    assert data_of(store.get("pets", "p1")) == {"name": "Tom"}


def test_update_of_another_version_than_expected_does_nothing(store: Store) -> None:
    store.create("pets", "p1", {"name": "Rex"})
    store.update("pets", "p1", {"name": "Tom"}, expected_version=1)

    assert store.update("pets", "p1", {"name": "Kim"}, expected_version=1) is None
    assert data_of(store.get("pets", "p1")) == {"name": "Tom"}


def test_old_record_is_not_changed_by_an_update(store: Store) -> None:
    before = store.create("pets", "p1", {"name": "Rex"})
    store.update("pets", "p1", {"name": "Tom"})

    assert before.data == {"name": "Rex"}


def test_get_of_a_deleted_record_is_none(store: Store) -> None:
    store.create("pets", "p1", {"name": "Rex"})

    assert data_of(store.delete("pets", "p1")) == {"name": "Rex"}
    assert store.get("pets", "p1") is None
    assert store.update("pets", "p1", {}) is None
    assert store.delete("pets", "p1") is None
    assert ids(store) == []


def test_id_is_never_used_again(store: Store) -> None:
    store.create("pets", "p1", {})
    store.delete("pets", "p1")

    assert store.is_used("pets", "p1")
    with pytest.raises(RecordConflict, match="another of pets has id 'p1'"):
        store.create("pets", "p1", {})


def test_last_of_a_record_outlives_its_deletion(store: Store) -> None:
    store.create("pets", "p0", {})
    store.create("pets", "p1", {"name": "Rex"})
    store.update("pets", "p1", {"name": "Tom"})
    alive = store.last("pets", "p1")
    store.delete("pets", "p1", data={"name": "Tom", "deletedAt": "now"})
    gone = store.last("pets", "p1")

    assert alive is not None
    assert gone is not None
    assert (alive.data, alive.sequence) == ({"name": "Tom"}, 2)
    assert (gone.id, gone.data, gone.sequence) == ("p1", {"name": "Tom", "deletedAt": "now"}, 2)
    assert store.last("pets", "p9") is None


def test_people_who_look_see_what_was_deleted(store: Store) -> None:
    store.create("pets", "p1", {"name": "Rex"})
    store.create("pets", "p2", {"name": "Tom"})
    store.delete("pets", "p1", data={"name": "Rex", "deletedAt": "today"})
    store.delete("pets", "p2")

    dump = store.dump()["pets"]
    assert dict(dump.live) == {}
    assert dict(dump.deleted) == {"p1": {"name": "Rex", "deletedAt": "today"}, "p2": {"name": "Tom"}}


# Unique keys.


def test_unique_key_is_taken_once(store: Store) -> None:
    store.create("pets", "p1", {"chip": 7})

    with pytest.raises(RecordConflict) as caught:
        store.create("pets", "p2", {"chip": 7.0})

    assert (caught.value.properties, caught.value.values) == (("chip",), (7.0,))
    assert not store.is_used("pets", "p2")


def test_key_of_two_properties_clashes_only_in_both(store: Store) -> None:
    store.create("pets", "p1", {"owner": "o1", "name": "Rex"})
    store.create("pets", "p2", {"owner": "o2", "name": "Rex"})

    with pytest.raises(RecordConflict, match="another of pets has owner 'o1', name 'Rex'"):
        store.update("pets", "p2", {"owner": "o1", "name": "Rex"})
    assert data_of(store.get("pets", "p2")) == {"owner": "o2", "name": "Rex"}


@pytest.mark.parametrize("data", [{}, {"chip": None}, {"owner": "o1"}, {"owner": "o1", "name": None}])
def test_null_and_absent_values_never_clash(store: Store, data: dict[str, Any]) -> None:
    store.create("pets", "p1", data)

    assert store.create("pets", "p2", data).id == "p2"


@pytest.mark.parametrize("values", [(1, "1"), (1, True), ("a", "A"), ([1], [2]), ({"a": 1}, {"a": 2})])
def test_values_of_other_kinds_or_spelling_do_not_clash(store: Store, values: tuple[Any, Any]) -> None:
    for number, value in enumerate(values):
        store.create("pets", number, {"chip": value})

    assert len(ids(store)) == 2


def test_record_does_not_clash_with_itself(store: Store) -> None:
    store.create("pets", "p1", {"chip": 7})

    assert store.update("pets", "p1", {"chip": 7, "name": "Rex"}) is not None


def test_key_is_free_after_a_change_and_after_a_deletion(store: Store) -> None:
    store.create("pets", "p1", {"chip": 7})
    store.update("pets", "p1", {"chip": 8})
    store.create("pets", "p2", {"chip": 7})
    store.delete("pets", "p1")

    assert store.create("pets", "p3", {"chip": 8}).id == "p3"


# Selection.


@pytest.fixture
def zoo(store: Store) -> Store:
    """A store with four pets."""
    store.create(
        "pets", "a", {"n": 3, "kind": "cat", "born": "2026-01-01T00:00:00Z", "at": {"x": 1}, "tags": ["t", 1]}
    )
    store.create("pets", "b", {"n": 1, "kind": "dog", "born": "2026-01-01T02:00:00+01:00", "at": {"x": 2}})
    store.create("pets", "c", {"n": 2, "kind": "Catfish", "born": "2026-01-01T01:00:00.000Z", "at": None})
    store.create("pets", "d", {"n": None, "kind": "dog"})
    return store


@pytest.mark.parametrize(
    ("path", "operator", "values", "found"),
    [
        ("kind", "eq", ["dog"], "bd"),
        ("kind", "eq", ["dog", "cat", "dog"], "abd"),
        ("kind", "eq", [], ""),
        ("kind", "ne", ["dog"], "ac"),
        ("kind", "ne", [], "abcd"),
        ("n", "eq", [None], "d"),
        ("n", "eq", [1.0], "b"),
        ("n", "eq", ["1"], ""),
        ("n", "ne", [None], "abc"),
        ("n", "gt", [1], "ac"),
        ("n", "ge", [2], "ac"),
        ("n", "lt", [3], "bc"),
        ("n", "le", [1.5], "b"),
        ("n", "gt", [None], ""),
        ("n", "gt", ["0"], ""),
        ("born", "eq", ["2026-01-01T01:00:00Z"], "bc"),
        ("born", "lt", ["2026-01-01T01:00:00Z"], "a"),
        ("born", "ge", ["2026-01-01T01:00:00Z"], "bc"),
        ("at.x", "eq", [2], "b"),
        ("at.x", "eq", [None], "cd"),
        ("at", "eq", [{"x": 1}], "a"),
        ("kind", "contains", ["CAT"], "ac"),
        ("tags", "contains", [1], "a"),
        ("tags", "contains", ["1"], ""),
        ("n", "contains", [3], ""),
        ("kind", "starts", ["CAT"], "ac"),
        ("kind", "starts", ["d", "catf"], "bcd"),
        ("kind", "starts", [], ""),
        ("n", "starts", ["3"], ""),
        ("kind", "ends", ["FISH", "og"], "bcd"),
        ("kind", "search", ["at"], "ac"),
        ("", "search", ["T"], "abc"),
        ("", "search", ["fish", "02:00"], "bc"),
        ("", "search", [], ""),
        ("tags", "search", ["t"], "a"),
        ("n", "exists", [True], "abc"),
        ("n", "exists", [False], "d"),
        ("at.x", "exists", [], "ab"),
        ("at", "exists", [False], "cd"),
    ],
)
def test_condition_selects(zoo: Store, path: str, operator: str, values: list[Any], found: str) -> None:
    condition = Condition(tuple(path.split(".")) if path else (), operator, tuple(values))

    assert ids(zoo, condition) == list(found)
    assert zoo.select("pets", Query((condition,), limit=0)).total == len(found)


def test_all_conditions_have_to_hold(zoo: Store) -> None:
    assert ids(zoo, eq("kind", "dog"), Condition(("n",), "ge", (1,)), eq("n", 1, 3)) == ["b"]


def test_selection_follows_updates_and_deletions(zoo: Store) -> None:
    assert ids(zoo, eq("kind", "dog")) == ["b", "d"]
    zoo.update("pets", "a", {"kind": "dog"})
    zoo.delete("pets", "d")

    assert ids(zoo, eq("kind", "dog")) == ["a", "b"]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ([], "abcd"),
        ([("n", False)], "dbca"),
        ([("n", True)], "acbd"),
        ([("kind", False)], "cabd"),
        ([("kind", True)], "dbac"),
        ([("kind", False), ("n", True)], "cabd"),
        ([("kind", True), ("n", False)], "dbac"),
        ([("born", False)], "dabc"),
        ([("born", True)], "cbad"),
        ([("nobody", False)], "abcd"),
        ([("nobody", True)], "dcba"),
        ([("at.x", True)], "badc"),
        ([("", False)], "abcd"),
        ([("", True)], "dcba"),
        ([("kind", False), ("", True)], "cadb"),
        ([("kind", True), ("", False)], "bdac"),
    ],
)
def test_order_is_by_value_then_by_creation(zoo: Store, order: list[tuple[str, bool]], found: str) -> None:
    paths = tuple((tuple(name.split(".")) if name else (), descending) for name, descending in order)

    assert ids(zoo, order=paths) == list(found)


@pytest.mark.parametrize(
    ("offset", "limit", "found"),
    [
        (0, None, "abcd"),
        (1, 2, "bc"),
        (3, 9, "d"),
        (4, 1, ""),
        (9, None, ""),
        (0, 0, ""),
        (10**30, 10**30, ""),
        (1, 10**30, "bcd"),
    ],
)
def test_part_of_a_list_is_cut_after_everything_is_counted(
    zoo: Store, offset: int, limit: int | None, found: str
) -> None:
    selection = zoo.select("pets", Query(offset=offset, limit=limit))

    assert [record.id for record in selection.records] == list(found)
    assert selection.total == 4


ORDERS: list[Order] = [
    (),
    ((("n",), False),),
    ((("n",), True),),
    ((("kind",), False), (("n",), True)),
    ((("kind",), True), (("born",), False)),
    ((("nobody",), True),),
    (((), True),),
    (((), False),),
    ((("kind",), False), ((), True)),
]


@pytest.mark.parametrize("order", ORDERS)
def test_part_after_or_before_a_record_has_all_others_on_its_side(zoo: Store, order: Order) -> None:
    whole = list(zoo.select("pets", Query(order=order)).records)
    for rank, record in enumerate(whole):
        place = position(record, order)
        for limit in (None, 1, 2):
            later = zoo.select("pets", Query(order=order, after=place, limit=limit))
            earlier = zoo.select("pets", Query(order=order, before=place, limit=limit))
            low = 0 if limit is None else max(rank - limit, 0)
            high = len(whole) if limit is None else rank + 1 + limit

            assert [item.id for item in later.records] == [item.id for item in whole[rank + 1 : high]]
            assert [item.id for item in earlier.records] == [item.id for item in whole[low:rank]]
            assert (later.total, later.offset) == (4, rank + 1)
            assert (earlier.total, earlier.offset) == (4, low)


@pytest.mark.parametrize("order", ORDERS)
def test_place_of_a_record_that_is_gone_still_parts_the_others(zoo: Store, order: Order) -> None:
    whole = list(zoo.select("pets", Query(order=order)).records)
    for rank in (1, 2):
        gone = zoo.delete("pets", whole[rank].id)
        assert gone is not None
        place = position(gone, order)

        assert ids(zoo, order=order, after=place) == [item.id for item in whole[rank + 1 :]]
        assert ids(zoo, order=order, before=place) == [item.id for item in whole[:1]]


def test_part_between_two_places_is_counted_from_the_first(zoo: Store) -> None:
    first, _, _, last = (Position((), record.sequence) for record in zoo.select("pets", Query()).records)

    assert ids(zoo, after=first, before=last) == ["b", "c"]
    assert ids(zoo, after=first, before=last, limit=1) == ["b"]
    assert ids(zoo, after=first, offset=1, limit=1) == ["c"]
    assert ids(zoo, before=last, offset=1, limit=1) == ["b"]
    assert ids(zoo, after=last, before=first) == []


def test_place_parts_only_what_the_conditions_admit(zoo: Store) -> None:
    found = zoo.select("pets", Query((eq("kind", "dog"),), after=Position((), 2)))

    assert ([record.id for record in found.records], found.total, found.offset) == (["d"], 2, 1)


def test_unknown_operator_is_an_error(zoo: Store) -> None:
    with pytest.raises(ValueError, match="unknown operator 'like'"):
        zoo.select("pets", Query((Condition(("n",), "like", (1,)),)))


def test_questions_about_any_number_of_properties_are_answered(zoo: Store) -> None:
    for number in range(100):
        assert ids(zoo, eq(f"p{number}", 1)) == []
    assert ids(zoo, eq("kind", "cat")) == ["a"]


# Counters and copies.


def test_counter_gives_each_number_once(store: Store) -> None:
    assert [store.next_number("a") for _ in range(3)] == [1, 2, 3]
    assert store.next_number("b") == 1


def test_counter_goes_on_after_a_number_and_never_back(store: Store) -> None:
    store.advance("a", 5)
    store.advance("a", 2)

    assert store.next_number("a") == 6


def test_copy_is_independent(zoo: Store) -> None:
    zoo.next_number("a")
    other = zoo.copy()
    other.update("pets", "a", {"chip": 1})
    other.delete("pets", "b")
    other.create("pets", "e", {})
    other.next_number("a")

    assert ids(zoo) == ["a", "b", "c", "d"]
    assert not zoo.is_used("pets", "e")
    assert zoo.next_number("a") == 2
    assert ids(other) == ["a", "c", "d", "e"]
    assert zoo.create("pets", "f", {"chip": 1}).id == "f"


def test_copy_has_the_unique_keys_and_the_used_ids(store: Store) -> None:
    store.create("pets", "p1", {"chip": 1})
    store.create("pets", "p2", {})
    store.delete("pets", "p2")
    other = store.copy()

    assert other.is_used("pets", "p2")
    with pytest.raises(RecordConflict):
        other.create("pets", "p3", {"chip": 1})


def test_declaring_again_forgets_nothing(zoo: Store) -> None:
    zoo.declare("pets")

    assert len(ids(zoo)) == 4


# Any sequence of calls.

VALUES = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["a", "b", "1"]))
DATA = st.fixed_dictionaries({}, optional={"chip": VALUES, "n": VALUES})


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON scalars are equal: true is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


class StoreMachine(RuleBasedStateMachine):
    """Compares a store with a dictionary."""

    make_store = staticmethod(MemoryStore)
    ids = Bundle("ids")
    gone = Bundle("gone")

    @initialize()
    def start(self) -> None:
        self.store: Store = self.make_store()
        self.store.declare("pets", unique=(("chip",),))
        self.model: dict[int, dict[str, Any]] = {}
        self.used = 0
        self.number = 0

    def clashes(self, data: dict[str, Any], own: int | None = None) -> bool:
        chip = data.get("chip")
        return chip is not None and any(
            same(other.get("chip"), chip) for id, other in self.model.items() if id != own
        )

    @rule(target=ids, data=DATA)
    def create(self, data: dict[str, Any]) -> int:
        self.used += 1
        if self.clashes(data):
            with pytest.raises(RecordConflict):
                self.store.create("pets", self.used, data)
            assert not self.store.is_used("pets", self.used)
        else:
            self.store.create("pets", self.used, data)
            self.model[self.used] = data
        return self.used

    @rule(id=ids, data=DATA)
    def update(self, id: int, data: dict[str, Any]) -> None:
        if id not in self.model:
            assert self.store.update("pets", id, data) is None
        elif self.clashes(data, id):
            with pytest.raises(RecordConflict):
                self.store.update("pets", id, data)
        else:
            record = self.store.update("pets", id, data)
            assert record is not None
            assert record.data == data
            self.model[id] = data

    @rule(target=gone, id=consumes(ids))
    def delete(self, id: int) -> int:
        assert data_of(self.store.delete("pets", id)) == self.model.pop(id, None)
        return id

    @rule(id=gone)
    def never_again(self, id: int) -> None:
        if self.store.is_used("pets", id):
            with pytest.raises(RecordConflict):
                self.store.create("pets", id, {})

    @rule(name=st.sampled_from(["chip", "n"]), values=st.lists(VALUES, max_size=3), equal=st.booleans())
    def select(self, name: str, values: list[Any], equal: bool) -> None:
        expected = [
            id
            for id, data in sorted(self.model.items())
            if any(same(data.get(name), value) for value in values) is equal
        ]
        condition = Condition((name,), "eq" if equal else "ne", tuple(values))
        assert ids(self.store, condition) == expected

    @rule(descending=st.booleans(), offset=st.integers(0, 4), limit=st.integers(0, 4))
    def page(self, descending: bool, offset: int, limit: int) -> None:
        order = ((("n",), descending),)
        whole = ids(self.store, order=order)
        assert sorted(whole) == sorted(self.model)
        assert ids(self.store, order=order, offset=offset, limit=limit) == whole[offset : offset + limit]

    @rule(descending=st.booleans(), limit=st.integers(1, 4))
    def walk(self, descending: bool, limit: int) -> None:
        """Page after page from record to record is the whole list, and so is the way back."""
        order = ((("n",), descending),)
        whole = list(self.store.select("pets", Query(order=order)).records)
        there = list(self.store.select("pets", Query(order=order, limit=limit)).records)
        while page := self.store.select(
            "pets", Query(order=order, limit=limit, after=position(there[-1], order) if there else None)
        ).records:
            there += page
        back: list[Record] = there[-1:]
        while page := self.store.select(
            "pets", Query(order=order, limit=limit, before=position(back[0], order) if back else None)
        ).records:
            back[:0] = page
        assert there == whole
        assert back == whole

    @rule()
    def count(self) -> None:
        self.number += 1
        assert self.store.next_number("n") == self.number

    @rule(data=DATA)
    def go_on_in_a_copy(self, data: dict[str, Any]) -> None:
        """What happens to the original after a copy is not seen in the copy."""
        original, self.store = self.store, self.store.copy()
        for id in list(self.model):
            original.delete("pets", id)
        original.create("pets", "other", data)
        original.next_number("n")

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "store"):
            assert dict(self.store.dump()["pets"].live) == self.model
            assert ids(self.store) == sorted(self.model)


def cases_of(make: Callable[[], Store]) -> type:
    """Return the test case of a machine that runs on one backend."""
    machine = type("StoreMachine", (StoreMachine,), {"make_store": staticmethod(make)})
    machine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
    return machine.TestCase


for _name, _make in BACKENDS.items():
    globals()[f"Test{_name.capitalize()}Store"] = cases_of(_make)


def test_record_that_is_packed_says_the_same() -> None:
    data = {"name": "Zoë", "big": 2**70, "parts": [{"ratio": 0.1}, None]}
    record = Record("p", dict(data), 1)

    record.pack(jsontext.dumps(data))

    assert record.data == data


@pytest.fixture(params=list(BACKENDS))
def make_store(request: pytest.FixtureRequest) -> Callable[[], Store]:
    return BACKENDS[request.param]


def test_store_takes_over_only_what_it_does_not_know(make_store: Callable[[], Store]) -> None:
    mine, other = make_store(), make_store()
    for store, name in ((mine, "old"), (other, "new")):
        store.declare("pets")
        store.create("pets", 1, {"name": name})
        store.next_number("id:pets")
    other.declare("toys")
    other.create("toys", 1, {"name": "ball"})
    other.advance("id:toys", 7)
    other.advance("id:pets", 9)

    mine.adopt(other)

    assert [record.data["name"] for record in mine.select("pets", Query()).records] == ["old"]
    assert [record.data["name"] for record in mine.select("toys", Query()).records] == ["ball"]
    assert (mine.next_number("id:pets"), mine.next_number("id:toys")) == (2, 8)
    mine.delete("toys", 1)
    assert other.get("toys", 1) is not None, "the other store is not touched"


def test_store_forgets_what_was_made_of_records_when_it_takes_over(
    make_store: Callable[[], Store],
) -> None:
    store = make_store()
    store.declare("pets")
    record = store.create("pets", 1, {})
    record.rendered = {"key": "text"}

    store.adopt(make_store())

    assert record.rendered is None


def test_unique_key_that_is_declared_later_counts_from_then_on(make_store: Callable[[], Store]) -> None:
    store = make_store()
    store.declare("pets")
    for id in (1, 2):
        store.create("pets", id, {"name": "Rex"})
    store.create("pets", 3, {"name": "Tom"})

    store.declare("pets", unique=(("name",),))

    with pytest.raises(RecordConflict):
        store.create("pets", 4, {"name": "Tom"})
    with pytest.raises(RecordConflict):
        store.create("pets", 4, {"name": "Rex"})
    assert store.update("pets", 1, {"name": "Rex", "age": 1}) is not None
    store.delete("pets", 2)
    with pytest.raises(RecordConflict):
        store.create("pets", 4, {"name": "Rex"})
    store.delete("pets", 1)
    store.create("pets", 4, {"name": "Rex"})
