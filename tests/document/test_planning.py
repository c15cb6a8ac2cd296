"""The plan of a document: what a person wrote wins, what nobody wrote is inferred, what does not fit is told."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from mockserver.document import planning
from mockserver.document.inference import Inferred
from mockserver.document.model import Document, Severity
from mockserver.document.plan import ABSENT, Action, Plan
from mockserver.document.planfile.merging import merged
from mockserver.errors import PlanError

from .conftest import ANSWERS, document

TEXT: dict[str, Any] = {"type": "string"}
OWN: dict[str, Any] = {"type": "object", "properties": {"id": TEXT}}
SCHEMAS: dict[str, Any] = {
    "Pet": {"type": "object", "properties": {"id": TEXT, "name": TEXT, "ownerId": TEXT, "createdAt": TEXT}},
    "Owner": OWN,
}
QUERY = [
    {"name": name, "in": "query", "schema": TEXT} for name in ("name", "limit", "offset", "page", "sort")
]
FILE = Path("api.plan.yaml")
LIST, SCHEMA = "paths /pets get", "components schemas Pet"
INFERRED: dict[str, Any] = {
    "plan": "1",
    "resources": {
        "owners": {"schema": "Owner", "id": {"property": "id", "make": "uuid4"}},
        "pets": {
            "schema": "Pet",
            "id": {"property": "id", "make": "uuid4"},
            "references": {"ownerId": "owners"},
            "fields": {"createdAt": {"create": "$now"}},
        },
    },
    "operations": {
        "listPets": {
            "action": "list",
            "resource": "pets",
            "filters": {"name": {"property": "name", "operator": "contains"}},
            "sort": {"by": "$request.query.sort", "default": "createdAt"},
            "page": {"offset": "$request.query.offset", "limit": "$request.query.limit"},
        },
        "createPet": {"action": "create", "resource": "pets"},
        "getPet": {"action": "get", "resource": "pets"},
    },
}
NOTES = {"createPet": "POST on the collection", "ping": "no resource"}


def pets(x_mock: Any = None, *, on: Mapping[str, Any] | None = None) -> Document:
    """Return a document, maybe with `x-mock` at its top, and at the pointers of `on`."""
    paths = {
        "/pets": {
            "get": {"operationId": "listPets", "parameters": QUERY, "responses": ANSWERS},
            "post": {"operationId": "createPet", "responses": ANSWERS},
        },
        "/pets/{id}": {"get": {"operationId": "getPet", "responses": ANSWERS}},
        "/ping": {"get": {"operationId": "ping", "responses": ANSWERS}},
    }
    root: dict[str, Any] = copy.deepcopy({"paths": paths, "components": {"schemas": SCHEMAS}})
    if x_mock is not None:
        root["x-mock"] = x_mock
    for place, value in (on or {}).items():
        node: Any = root
        for name in place.split(" "):
            node = node[name]
        node["x-mock"] = value
    return document(root.pop("paths"), **root)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What inference was given, each time; it always finds the same."""
    calls: list[Any] = []

    def infer(_: Document, given: Any) -> Inferred:
        calls.append(copy.deepcopy(given))
        return Inferred(copy.deepcopy(INFERRED), NOTES, {"pets": "read from /pets"})

    monkeypatch.setattr(planning, "infer", infer)
    return calls


def plan_of(model: Document | None = None, **written: Any) -> Plan:
    """Return the plan of a document with these entries in its plan file."""
    return planning.make(model or pets(), {"plan": "1", **written}, FILE).plan


def test_without_a_plan_file_all_is_inferred() -> None:
    made = planning.make(pets())

    assert list(made.plan.operations) == ["listPets", "createPet", "getPet"]
    assert all(item.inferred for item in made.plan.operations.values())
    assert made.plan.notes == NOTES
    assert made.notes == {"pets": "read from /pets"}
    assert made.plan.source is None
    assert {name: item.seed for name, item in made.plan.resources.items()} == {"owners": None, "pets": None}


def test_filter_that_names_its_property_is_the_whole_condition() -> None:
    """What does not name it changes the one that is inferred."""
    whole = plan_of(operations={"listPets": {"filters": {"name": {"property": "name", "separator": ","}}}})
    part = plan_of(operations={"listPets": {"filters": {"name": {"separator": ","}}}})

    (written,) = whole.operations["listPets"].filters
    (changed,) = part.operations["listPets"].filters
    assert (written.operator, written.separator) == ("eq", ",")
    assert (changed.operator, changed.separator) == ("contains", ",")


def test_what_the_file_says_wins_and_the_rest_stays_inferred() -> None:
    plan = plan_of(
        resources={
            "pets": {"id": {"make": "pet_{hex:4}"}, "references": {"ownerId": {"on-delete": "cascade"}}}
        },
        operations={"listPets": {"filters": {"name": "name"}, "page": {"default-limit": 7}}},
    )

    resource, listing = plan.resources["pets"], plan.operations["listPets"]
    assert (resource.id_property, resource.make) == ("id", "pet_{hex:4}")
    assert (resource.references["ownerId"].resource, resource.references["ownerId"].on_delete) == (
        "owners",
        "cascade",
    )
    assert [item.operator for item in listing.filters] == ["eq"]
    assert (listing.page.offset, listing.page.default_limit) == ("$request.query.offset", 7)
    assert listing.inferred, "its action is"
    assert plan.source == FILE


def test_operation_whose_action_the_file_says_is_not_inferred() -> None:
    plan = plan_of(operations={"ping": {"action": "list", "resource": "owners"}})

    assert not plan.operations["ping"].inferred
    assert plan.notes["ping"] == "the plan says so"


def test_naming_one_way_takes_back_the_inferred_other_way() -> None:
    plan = plan_of(
        resources={"pets": {"fields": {"createdAt": {"default": "x"}}}},
        operations={
            "listPets": {"sort": {"pairs": "$request.query.sort"}, "page": {"number": "$request.query.page"}}
        },
    )

    listing, rule = plan.operations["listPets"], plan.resources["pets"].fields["createdAt"]
    assert (listing.sort.by, listing.sort.default) == (ABSENT, (("createdAt", False),))
    assert (listing.page.offset, listing.page.limit) == (ABSENT, "$request.query.limit")
    assert (rule.create, rule.default) == (ABSENT, "x")


@pytest.mark.parametrize("entry", [None, {"action": "none"}])
def test_operation_that_is_taken_back_has_no_state_and_says_so(entry: Any) -> None:
    plan = plan_of(operations={"getPet": entry})

    assert "getPet" not in plan.operations
    assert plan.notes["getPet"] == "the plan says so"


def test_reference_whose_resource_the_file_names_is_as_strict_as_any_that_is_written() -> None:
    below = {
        "resources": {
            "pets": {"references": {"ownerId": {"resource": "owners", "missing": "loose", "path": "o"}}}
        }
    }

    whole = merged(below, {"resources": {"pets": {"references": {"ownerId": {"resource": "people"}}}}})
    tweaked = merged(below, {"resources": {"pets": {"references": {"ownerId": {"on-delete": "cascade"}}}}})

    assert whole["resources"]["pets"]["references"]["ownerId"] == {"resource": "people", "path": "o"}
    assert tweaked["resources"]["pets"]["references"]["ownerId"]["missing"] == "loose"


def test_resource_that_is_taken_back_takes_its_operations_and_references_with_it() -> None:
    plan = plan_of(resources={"owners": None}, operations={"ping": {"action": "list", "resource": "pets"}})
    assert list(plan.resources) == ["pets"]
    assert plan.resources["pets"].references == {}
    assert plan.faults == ()

    plan = plan_of(resources={"pets": None})
    assert plan.operations == {}
    assert plan.notes["listPets"] == "the plan says so of pets"


def test_null_takes_back_a_part_that_was_inferred() -> None:
    plan = plan_of(
        resources={"pets": {"references": {"ownerId": None}, "fields": None}},
        operations={"listPets": {"filters": {"name": None}, "sort": None}},
    )

    assert plan.resources["pets"].references == {}
    assert plan.resources["pets"].fields == {}
    assert plan.operations["listPets"].filters == ()
    assert plan.operations["listPets"].sort.by is ABSENT


def test_null_that_is_a_value_stays_one() -> None:
    plan = plan_of(
        resources={"pets": {"fields": {"name": {"default": None}}}},
        operations={
            "getPet": {"set": {"name": None}, "answer": None},
            "listPets": {"filters": {"name": {"empty": None}}},
        },
    )

    assert plan.resources["pets"].fields["name"].default is None
    assert plan.operations["getPet"].set == {"name": None}
    assert plan.operations["getPet"].answer is None
    assert plan.operations["listPets"].filters[0].empty_is_null


def test_nothing_is_inferred_where_the_file_says_so(asked: list[Any]) -> None:
    plan = plan_of(
        infer=False,
        resources={"pets": {"schema": "Pet"}},
        operations={"getPet": {"action": "get", "resource": "pets"}},
    )

    assert asked == []
    assert list(plan.operations) == ["getPet"]
    assert plan.resources["pets"].seed == 0
    assert plan.notes["listPets"] == "the plan does not name it, and says that nothing is to be inferred"


def test_number_of_seeds_is_that_of_the_resource_then_of_the_plan() -> None:
    plan = plan_of(seed=5, resources={"pets": {"seed": 1}})

    assert {name: item.seed for name, item in plan.resources.items()} == {"owners": 5, "pets": 1}


# What does not fit.


@pytest.mark.parametrize(
    ("written", "pointer", "message"),
    [
        ({"operations": {"getPets": {"action": "get"}}}, "/operations/getPets", "did you mean 'getPet'?"),
        ({"resources": {"pets": {"schema": "Pets"}}}, "/resources/pets/schema", "did you mean 'Pet'?"),
        ({"operations": {"getPet": {"action": "update", "resource": "pet"}}}, "/operations/getPet/resource", "'pets'?"),
        ({"resources": {"pets": {"references": {"ownerId": "cats"}}}}, "/resources/pets/references/ownerId", "'cats'"),
        ({"operations": {"listPets": {"filters": {"nam": "name"}}}}, "/operations/listPets/filters/nam", "'name'?"),
        ({"credentials": {"key": {"pattern": "x"}}}, "/credentials/key", "no security scheme 'key'"),
        ({"resources": {"pets": {"fields": {"nam": {"default": 1}}}}}, "/resources/pets/fields", "no property 'nam'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_and_costs_only_itself(written: Any, pointer: str, message: str) -> None:
    plan = plan_of(**written)

    (fault,) = plan.faults
    assert (fault.file, fault.pointer, fault.rule, fault.severity) == (
        str(FILE),
        pointer,
        "plan",
        Severity.WARNING,
    )
    assert message in fault.message
    assert list(plan.operations) == ["listPets", "createPet", "getPet"]
    assert plan.operations["getPet"].action is Action.GET, "what is inferred stands in its place"
    assert plan.resources["pets"].references["ownerId"].resource == "owners"


def test_what_does_not_fit_and_is_not_inferred_either_is_left_out() -> None:
    plan = plan_of(
        resources={"cats": {"schema": "Cat"}}, operations={"ping": {"action": "list", "resource": "cats"}}
    )

    assert [fault.pointer for fault in plan.faults] == ["/resources/cats/schema", "/operations/ping/resource"]
    assert "ping" not in plan.operations


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"plan": "2"}, "api.plan.yaml: at /plan: the format's version should be '1'"),
        ([], "api.plan.yaml: at /: a mapping is expected, not []"),
        (
            {"plan": "1", "operatoins": {}},
            "api.plan.yaml: at /: unknown key 'operatoins' (did you mean 'operations'?)",
        ),
        ({"plan": "1", "seed": "x"}, "api.plan.yaml: at /seed: a whole number is expected, not 'x'"),
        (
            {"plan": "1", "operations": {"getPet": {"page": {"limits": 1}}}},
            "at /operations/getPet/page: unknown key",
        ),
        (
            {"plan": "1", "operations": {"getPet": {"filters": [1]}}},
            "/operations/getPet/filters: a mapping is expected",
        ),
        ({"plan": "1", "operations": ["getPet"]}, "api.plan.yaml: at /operations: a mapping is expected"),
    ],
)
def test_what_does_not_have_the_format_is_an_error_with_its_place(written: Any, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        planning.make(pets(), written, FILE)

    assert said in str(caught.value)


# What the document says of itself.


def test_document_says_what_its_plan_says_at_its_top() -> None:
    model = pets({"locale": "de_DE", "seed": 2, "operations": {"getPet": None}, "principal": {"id": 1}})

    plan = planning.make(model).plan

    assert "getPet" not in plan.operations
    assert plan.resources["pets"].seed == 2
    assert plan.principal == {"id": 1}
    assert plan.source is None


def test_operation_says_its_own_plan_and_its_path_item_that_of_all_its_operations() -> None:
    model = pets(
        on={
            "paths /pets": {"resource": "owners"},
            "paths /pets post": {"status": 200, "resource": "pets"},
            "paths /ping get": {"action": "list", "resource": "pets"},
            "paths /pets/{id} get": False,
        }
    )

    plan = planning.make(model).plan

    assert {id: item.resource.name for id, item in plan.operations.items()} == {
        "listPets": "owners", "createPet": "pets", "ping": "pets",
    }  # fmt: skip
    assert plan.operations["createPet"].status == 200
    assert not plan.operations["ping"].inferred
    assert plan.notes["getPet"] == "the plan says so"


def test_schema_says_the_resource_whose_records_it_describes() -> None:
    model = pets(on={
        "components schemas Pet": {"id": {"make": "pet_{n}"}},
        "components schemas Owner": {"resource": "people", "seed": 4},
    })  # fmt: skip

    plan = planning.make(model).plan

    assert plan.resources["pets"].make == "pet_{n}"
    assert plan.resources["pets"].seed is None, "it is still an inferred one"
    assert (plan.resources["people"].schema, plan.resources["people"].seed) == (
        "/components/schemas/Owner",
        4,
    )


def test_file_wins_over_the_document_and_takes_back_what_it_says() -> None:
    model = pets(on={
        "paths /ping get": {"action": "list", "resource": "pets", "status": 200},
        "components schemas Pet": {"id": {"make": "a"}, "references": {"ownerId": None}},
    })  # fmt: skip

    plan = plan_of(model, resources={"pets": {"id": {"make": "b"}}}, operations={"ping": None})

    assert plan.resources["pets"].make == "b"
    assert plan.resources["pets"].references == {}
    assert "ping" not in plan.operations


def test_inference_is_given_what_file_and_document_say(asked: list[Any]) -> None:
    plan_of(pets({"operations": {"getPet": {"action": "update"}}}), resources={"pets": {"schema": "Pet"}})

    assert asked == [
        {"operations": {"getPet": {"action": "update"}}, "resources": {"pets": {"schema": "Pet"}}}
    ]


@pytest.mark.parametrize(
    ("model", "pointer", "message"),
    [
        (pets({"operations": {"getPets": {}}}), "/x-mock/operations/getPets", "did you mean 'getPet'?"),
        (pets(on={"paths /pets get": {"filters": {"nam": "x"}}}), "/paths/~1pets/get/x-mock/filters/nam", "'name'?"),
        (pets(on={SCHEMA: {"fields": {"nam": {"default": 1}}}}), "/components/schemas/Pet/x-mock/fields", "nam"),
        (pets(on={SCHEMA: "yes"}), "/components/schemas/Pet/x-mock", "a mapping is expected, not 'yes'"),
        (pets(7), "/x-mock", "a mapping is expected, not 7"),
    ],
)  # fmt: skip
def test_what_does_not_fit_stands_where_it_does_in_the_document(
    model: Document, pointer: str, message: str
) -> None:
    (fault,) = planning.make(model).plan.faults

    assert (fault.file, fault.pointer) == ("", pointer)
    assert message in fault.message


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (pets({"operatoins": {}}), "api.yaml: at /x-mock/operatoins: unknown key 'operatoins'"),
        (pets({"plan": "1"}), "api.yaml: at /x-mock/plan: the version of a plan stands in plan files only"),
        (pets(on={LIST: {"page": {"limits": 1}}}), "api.yaml: at /paths/~1pets/get/x-mock/page: unknown key"),
        (pets(on={LIST: {"action": "fetch"}}), "api.yaml: at /paths/~1pets/get/x-mock/action: there is no action"),
        (pets(on={SCHEMA: {"resource": 3}}), "at /components/schemas/Pet/x-mock/resource: the name of"),
    ],
)  # fmt: skip
def test_extension_that_does_not_have_the_format_is_an_error_with_its_place(
    model: Document, said: str
) -> None:
    with pytest.raises(PlanError) as caught:
        planning.make(model)

    assert said in str(caught.value)


# Laws of merging.

_NAMES = st.sampled_from(["pets", "getPet", "resource", "filters", "page", "sort", "name", "fields", "id"])
_TREES = st.recursive(
    st.sampled_from([1, "x", True]), lambda inner: st.dictionaries(_NAMES, inner, max_size=3), max_leaves=8
)
_PLANS = st.fixed_dictionaries(
    {},
    optional={
        "resources": st.dictionaries(_NAMES, st.dictionaries(_NAMES, _TREES, max_size=3), max_size=2),
        "operations": st.dictionaries(_NAMES, st.dictionaries(_NAMES, _TREES, max_size=3), max_size=2),
    },
)


@drawn(plan=_PLANS)
def test_plan_over_itself_and_over_nothing_is_itself(plan: Any) -> None:
    assert merged(plan, {}) == plan
    assert merged({}, plan) == plan
    assert merged(plan, plan) == plan


@drawn(first=_PLANS, second=_PLANS)
def test_second_plan_is_whole_in_the_merged_one_and_neither_is_changed(first: Any, second: Any) -> None:
    before = copy.deepcopy((first, second))

    whole = merged(first, second)

    assert (first, second) == before
    assert merged(whole, second) == whole
    for group, entries in second.items():
        for name, entry in entries.items():
            assert entry.keys() <= whole[group][name].keys()
