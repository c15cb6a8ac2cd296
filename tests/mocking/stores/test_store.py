"""What every store does with records: create, get, update, delete, unique keys, selection, counters."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import jsontext
from mockserver.errors import RecordConflict
from mockserver.mocking.store import Condition, Order, Position, Query, Record, Store
from mockserver.mocking.store.ordering import position


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


# Counters.


def test_counter_gives_each_number_once(store: Store) -> None:
    assert [store.next_number("pets", "a") for _ in range(3)] == [1, 2, 3]
    assert store.next_number("pets", "b") == 1


def test_counter_goes_on_after_a_number_and_never_back(store: Store) -> None:
    store.advance("pets", "a", 5)
    store.advance("pets", "a", 2)

    assert store.next_number("pets", "a") == 6


def test_declaring_again_forgets_nothing(zoo: Store) -> None:
    zoo.declare("pets")

    assert len(ids(zoo)) == 4


def test_record_that_is_packed_says_the_same() -> None:
    data = {"name": "Zoë", "big": 2**70, "parts": [{"ratio": 0.1}, None]}
    record = Record("p", dict(data), 1)

    record.pack(jsontext.dumps(data))

    assert record.data == data
