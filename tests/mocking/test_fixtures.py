"""Data files of the user: what they seed, and how each way to be wrong stops the start."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.document import plan_file
from mockserver.errors import DocumentError, FixtureError, PlanError
from mockserver.mocking import fixtures
from mockserver.mocking.canned import Canned
from mockserver.mocking.dice import Dice
from mockserver.mocking.fixtures import Fixtures
from mockserver.mocking.resources import Rules, State
from mockserver.mocking.store import MemoryStore, Query

from .conftest import TEXT, answering, build_document, closed, ref, taking

NULLABLE = {"type": ["string", "null"]}
INTEGER = {"type": "integer"}
PET = closed(
    {"id": TEXT, "name": TEXT, "ownerId": NULLABLE, "age": {**INTEGER, "minimum": 0}, "gone": NULLABLE},
    "id",
    "name",
)
OWNER = closed({"id": TEXT, "name": TEXT}, "id", "name")
TOY = closed({"id": TEXT, "petId": TEXT, "number": INTEGER, "label": TEXT}, "id", "petId")
PATHS = {
    "/pets": {
        "get": {"operationId": "listPets", "responses": answering({"type": "array", "items": ref("Pet")})},
        "post": {
            "operationId": "createPet",
            "requestBody": taking({}),
            "responses": {**answering(ref("Pet"), "201"), **answering(TEXT, "4XX")},
        },
    }
}
RESOURCES: dict[str, Any] = {
    "pets": {
        "schema": "Pet",
        "id": {"make": "pet_{n}"},
        "references": {"ownerId": "owners"},
        "unique": [["name"]],
        "delete": {"soft": "gone"},
    },
    "owners": {"schema": "Owner", "id": {"make": "own_{n}"}},
    "toys": {
        "schema": "Toy",
        "id": {"make": "toy_{n}"},
        "references": {"petId": "pets"},
        "fields": {"number": {"create": {"next": ["petId"]}}, "label": {"create": {"text": "toy {number}"}}},
    },
}
DOCUMENT = build_document(PATHS, Pet=PET, Owner=OWNER, Toy=TOY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "fixtures"
    path.mkdir()
    return path


def seeded(
    folder: Path,
    resources: dict[str, Any] | None = None,
    *,
    seed: int = 0,
    document: Any = DOCUMENT,
    **files: Any,
) -> State:
    """Write the files and seed a state with them."""
    for name, records in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(records))
    plan = plan_file.build(
        {"plan": "1", "resources": resources or RESOURCES}, document, Path("api.plan.yaml")
    )
    state = State(Rules(document, plan, dice=Dice(seed, "api")), MemoryStore())
    fixtures.seed(state, fixtures.load(folder, document, plan))
    return state


def live(state: State, resource: str) -> list[dict[str, Any]]:
    return [record.data for record in state.store.select(resource, Query()).records]


# What is seeded.


def test_partial_record_is_completed_from_the_schema(folder: Path) -> None:
    (pet,) = live(seeded(folder, pets=[{"name": "Rex"}]), "pets")

    assert (pet["id"], pet["name"], pet["ownerId"], pet["gone"]) == ("pet_1", "Rex", None, None)
    assert pet["age"] >= 0


def test_what_a_fixture_says_is_kept(folder: Path) -> None:
    record = {"id": "rex", "name": "Rex", "ownerId": None, "age": 3, "gone": None}

    assert live(seeded(folder, pets=[record]), "pets") == [record]


def test_records_are_made_besides_the_fixtures(folder: Path) -> None:
    resources = {"owners": {**RESOURCES["owners"], "seed": 2}}
    owners = live(seeded(folder, resources, owners=[{"id": "ann", "name": "Ann"}]), "owners")

    assert [owner["id"] for owner in owners] == ["ann", "own_1", "own_2"]


def test_same_seed_makes_the_same_records_whatever_stands_beside_them(folder: Path) -> None:
    alone = live(seeded(folder, {"owners": {**RESOURCES["owners"], "seed": 2}}), "owners")
    beside = live(
        seeded(folder, {**RESOURCES, "owners": {**RESOURCES["owners"], "seed": 2}}, toys=[], pets=[{}]),
        "owners",
    )
    other = live(
        seeded(folder, {**RESOURCES, "owners": {**RESOURCES["owners"], "seed": 2}}, seed=1), "owners"
    )

    assert alone == beside
    assert alone != other


def test_required_reference_that_is_left_out_leads_to_a_seeded_record(folder: Path) -> None:
    state = seeded(folder, pets=[{"id": "rex", "name": "Rex"}], toys=[{}])

    assert live(state, "toys")[0]["petId"] == "rex"


def test_numbers_go_on_after_the_fixtures(folder: Path) -> None:
    state = seeded(folder, pets=[{"id": "rex", "name": "Rex"}], toys=[{"number": 5}, {}, {"number": 2}, {}])

    assert [(toy["number"], toy["label"]) for toy in live(state, "toys")] == [
        (5, "toy 5"),
        (6, "toy 6"),
        (2, "toy 2"),
        (7, "toy 7"),
    ]


def test_ids_go_on_beside_the_fixtures(folder: Path) -> None:
    assert [owner["id"] for owner in live(seeded(folder, owners=[{"id": "own_2"}, {}, {}]), "owners")] == [
        "own_2",
        "own_1",
        "own_3",
    ]


def test_record_may_refer_to_one_after_it(folder: Path) -> None:
    resources = {"pets": {**RESOURCES["pets"], "references": {"ownerId": "pets"}}}
    state = seeded(
        folder, resources, pets=[{"name": "A", "ownerId": "b"}, {"id": "b", "name": "B", "ownerId": "b"}]
    )

    assert [pet["ownerId"] for pet in live(state, "pets")] == ["b", "b"]


def test_record_that_is_deleted_in_its_fixture_is_gone(folder: Path) -> None:
    state = seeded(folder, pets=[{"id": "rex", "name": "Rex", "gone": "2026-01-01"}, {"name": "Tom"}])

    assert [pet["name"] for pet in live(state, "pets")] == ["Tom"]
    assert state.store.is_used("pets", "rex")


def test_parent_that_no_schema_declares_may_stand_in_a_fixture(folder: Path) -> None:
    document = build_document(PATHS, Pet=closed({"id": TEXT}, "id"), Owner=OWNER, Toy=TOY)
    resources = {**RESOURCES, "pets": {"schema": "Pet", "references": {"ownerId": "owners"}}}
    state = seeded(
        folder, resources, document=document, owners=[{"id": "ann"}], pets=[{"ownerId": "ann"}, {}]
    )

    assert [pet["ownerId"] for pet in live(state, "pets")] == ["ann", "ann"]


def test_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    plan = plan_file.build({"plan": "1"}, DOCUMENT, Path("p"))

    assert fixtures.load(tmp_path / "nowhere", DOCUMENT, plan) == Fixtures()


def test_json_is_as_good_as_yaml(folder: Path) -> None:
    (folder / "pets.json").write_text('[{"name": "Rex"}]')

    assert live(seeded(folder), "pets")[0]["name"] == "Rex"


# What stops the start.


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"pets": [{"name": 5}]},
            [
                "pets.yaml: at /0/name breaks the schema of pets",
                'type "string"',
                "rule type at /components/schemas/Pet/properties/name/type",
            ],
        ),
        (
            {"pets": [{"name": "a"}, {"age": -1}]},
            ["pets.yaml: at /1/age breaks the schema of pets", "rule minimum"],
        ),
        (
            {"pets": [{"naem": "Rex"}]},
            ["pets.yaml: at /0/naem: the schema of pets declares no property 'naem' (did you mean 'name'?)"],
        ),
        (
            {"pets": [{"ownerId": "nobody"}]},
            ["pets.yaml: at /0/ownerId: there is no record 'nobody' in owners"],
        ),
        ({"pets": [{"id": "a"}, {"id": "a"}]}, ["pets.yaml: at /1: another of pets has id 'a'"]),
        ({"pets": [{"name": "a"}, {"name": "a"}]}, ["pets.yaml: at /1: another of pets has name 'a'"]),
        ({"pets": [{"id": 5}]}, ["pets.yaml: at /0/id breaks the schema of pets"]),
        ({"pets": [{"id": ["x"]}]}, ["pets.yaml: at /0/id breaks the schema of pets"]),
        ({"pets": {"name": "Rex"}}, ["pets.yaml: a list of records is expected, not dict"]),
        ({"pets": ["Rex"]}, ["pets.yaml: at /0: a record is a mapping, not 'Rex'"]),
        ({"toys": [{}]}, ["toys.yaml: at /0/petId breaks the schema of toys: 'petId' is required"]),
        ({"cats": []}, ["cats.yaml: the plan has no resource 'cats'; its resources: pets, owners, toys"]),
        ({"pet": []}, ["pet.yaml: the plan has no resource 'pet' (did you mean 'pets'?); its resources:"]),
    ],
)
def test_broken_seed_stops_the_start_with_file_pointer_and_rule(
    folder: Path, files: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(FixtureError) as caught:
        seeded(folder, **files)

    assert str(caught.value).startswith(str(folder))
    for part in words:
        assert part in str(caught.value)


def test_seed_that_cannot_be_made_stops_the_start(folder: Path) -> None:
    document = build_document(
        PATHS,
        Pet=closed({"id": TEXT, "name": {**TEXT, "minLength": 2, "maxLength": 1}}, "name"),
        Owner=OWNER,
        Toy=TOY,
    )

    with pytest.raises(FixtureError, match="generated record /0 of pets"):
        seeded(folder, {"pets": {"schema": "Pet", "seed": 1}}, document=document)


def lazily(*names: str, resources: dict[str, Any] = RESOURCES, document: Any = DOCUMENT) -> State:
    """Return a state that inference has seeded, after these resources were looked at."""
    raw = {"plan": "1", "resources": {name: {**item, "seed": 2} for name, item in resources.items()}}
    plan = plan_file.build(raw, document, Path("api.plan.yaml"))
    inferred = {name: replace(item, inferred=True) for name, item in plan.resources.items()}
    state = State(Rules(document, replace(plan, resources=inferred), dice=Dice(0, "api")), MemoryStore())
    fixtures.seed(state, fixtures.Fixtures())
    for name in names:
        state.store.get(name, "x")
    return state


@pytest.mark.parametrize("first", ["owners", "pets", "toys"])
def test_inferred_seeds_are_the_same_whatever_is_looked_at_first(first: str) -> None:
    state, other = lazily(first), lazily("owners", "pets", "toys")

    assert all(live(state, name) == live(other, name) != [] for name in RESOURCES)


def test_inferred_seeds_are_made_when_somebody_looks() -> None:
    state = lazily()
    made = []
    generator = state.rules.generator
    value = generator.value
    generator.value = lambda *given, **more: made.append(more["key"][0]) or value(*given, **more)  # type: ignore[method-assign, func-returns-value]

    assert made == []
    live(state, "pets")
    # Each has an owner, as soon as there are owners.
    assert made == ["owners", "owners", "pets", "pets"]
    live(state, "toys")
    assert made[4:] == ["toys", "toys"]


def test_inferred_seed_that_cannot_be_made_is_left_out() -> None:
    document = build_document(PATHS, Pet=closed({"id": TEXT, "name": {"const": 1, "type": "string"}}, "name"))
    state = lazily(resources={"pets": {"schema": "Pet"}}, document=document)

    assert live(state, "pets") == []


def test_made_up_records_do_not_share_a_unique_key(folder: Path) -> None:
    kinds = {"enum": ["cat", "dog", "mouse"]}
    document = build_document(PATHS, Pet=closed({"id": TEXT, "kind": kinds}, "id", "kind"))
    plan = {"pets": {"schema": "Pet", "unique": [["kind"]], "seed": 3}}

    state = seeded(folder, plan, document=document)

    assert sorted(pet["kind"] for pet in live(state, "pets")) == ["cat", "dog", "mouse"]
    with pytest.raises(FixtureError, match=r"generated record /3 of pets: another of pets has kind"):
        seeded(folder, {"pets": {**plan["pets"], "seed": 4}}, document=document)


# Examples of the document.


def shown(*, page: Any = None, one: Any = None, **resource: Any) -> tuple[State, fixtures.Fixtures]:
    """Return a state that was seeded by examples of a list of pets, and of one of them."""
    answer = {"$ref": "#/components/schemas/Pet"}
    listed = {"type": "object", "properties": {"data": {"type": "array", "items": answer}}}

    def response(schema: Any, examples: Any) -> Any:
        media = {"schema": schema, **({"examples": examples} if examples else {})}
        return {"200": {"description": "", "content": {"application/json": media}}}

    paths = {
        "/pets": {"get": {"operationId": "listPets", "responses": response(listed, page)}},
        "/pets/{id}": {"get": {"operationId": "getPet", "responses": response(answer, one)}},
    }
    reference = {"anyOf": [TEXT, {"type": "null"}]}
    age = {"type": "integer"}
    pet = closed({"id": TEXT, "name": TEXT, "age": age, "ownerId": reference}, "id", "name", "age")
    document = build_document(paths, Pet=pet, Owner=closed({"id": TEXT}, "id"))
    raw: dict[str, Any] = {
        "plan": "1",
        "resources": {
            "owners": {"schema": "Owner", "seed": "auto"},
            "pets": {"schema": "Pet", "references": {"ownerId": "owners"}, "seed": "auto", **resource},
        },
        "operations": {
            "listPets": {"action": "list", "resource": "pets", "answer": {"data": "$page.items"}},
            "getPet": {"action": "get", "resource": "pets"},
        },
    }
    plan = plan_file.build(raw, document, Path("api.plan.yaml"))
    state = State(Rules(document, plan, dice=Dice(0, "api")), MemoryStore())
    found = fixtures.Fixtures()
    fixtures.seed(state, found)
    return state, found


def example(value: Any) -> Any:
    return {"it": {"value": value}}


def test_examples_of_a_list_are_its_first_records_and_are_completed() -> None:
    state, found = shown(
        page=example({"data": [{"id": "b", "name": "Rex"}, {"id": "a", "name": "Tom", "age": 3}]})
    )

    rex, tom = live(state, "pets")
    assert (rex["id"], rex["name"], tom) == ("b", "Rex", {**tom, "id": "a", "name": "Tom", "age": 3})
    assert isinstance(rex["age"], int)
    assert found.seeded["pets"] == fixtures.Seeded(2, 0)


def test_record_that_is_shown_twice_is_one_with_all_that_is_shown_of_it() -> None:
    state, _ = shown(
        page=example({"data": [{"id": "a", "name": "R."}]}), one=example({"id": "a", "name": "Rex", "age": 9})
    )

    assert live(state, "pets") == [
        {"id": "a", "name": "Rex", "age": 9, "ownerId": live(state, "pets")[0]["ownerId"]}
    ]


def test_example_without_an_id_gets_one_and_what_an_answer_shows_besides_is_left() -> None:
    state, _ = shown(one=example({"name": "Rex", "age": 9, "links": []}))

    (rex,) = live(state, "pets")
    assert rex["id"]
    assert "links" not in rex


def test_reference_of_an_example_that_leads_nowhere_leads_to_a_seeded_record() -> None:
    state, _ = shown(one=example({"id": "a", "name": "Rex", "age": 9, "ownerId": "nobody"}))

    assert live(state, "pets")[0]["ownerId"] in [owner["id"] for owner in live(state, "owners")]


def test_example_that_does_not_fit_is_left_out_with_its_reason() -> None:
    state, found = shown(
        page=example({"data": [{"id": "a", "name": 5}, {"id": "b", "name": "Tom"}, "no record"]})
    )

    assert [pet["id"] for pet in live(state, "pets")] == ["b"]
    (reason,) = found.seeded["pets"].left_out
    assert reason.startswith(
        "example 'it' of GET /pets -> 200/data/0/name breaks the schema of pets: 5 is not"
    )


def test_where_no_example_fits_some_records_are_made_up() -> None:
    state, found = shown(one=example({"id": "a", "name": 5}))

    assert len(live(state, "pets")) == 3
    assert (found.seeded["pets"].shown, found.seeded["pets"].made) == (0, 3)


def test_examples_are_no_records_where_the_plan_says_how_many_are_to_be_made_up() -> None:
    state, _ = shown(one=example({"id": "a", "name": "Rex"}), seed=2)

    assert [pet["name"] for pet in live(state, "pets")] != ["Rex"]
    assert len(live(state, "pets")) == 2


def test_seed_that_is_no_yaml_stops_the_start(folder: Path) -> None:
    (folder / "pets.yaml").write_text("- name: [")

    with pytest.raises(DocumentError, match=r"pets\.yaml is not valid YAML: .* \(line 2, column 1\)"):
        seeded(folder)


# Canned responses.


def load_canned(folder: Path, operation: str, name: str, body: Any) -> Canned:
    (folder / operation).mkdir()
    (folder / operation / name).write_text(json.dumps(body))
    plan = plan_file.build({"plan": "1"}, DOCUMENT, Path("p"))
    (canned,) = fixtures.load(folder, DOCUMENT, plan).canned[operation]
    return canned


@pytest.mark.parametrize(
    ("name", "status", "label"),
    [("201.json", 201, ""), ("201.two-words.json", 201, "two-words"), ("201.a.yaml", 201, "a")],
)
def test_canned_response_has_a_status_and_maybe_a_name(
    folder: Path, name: str, status: int, label: str
) -> None:
    canned = load_canned(folder, "createPet", name, {"id": "p", "name": "Rex"})

    assert (canned.status, canned.name, canned.body) == (status, label, {"id": "p", "name": "Rex"})


def test_canned_response_of_a_range_is_taken(folder: Path) -> None:
    assert load_canned(folder, "createPet", "404.json", "no").status == 404


@pytest.mark.parametrize(
    ("operation", "name", "body", "words"),
    [
        ("createPets", "200.json", {}, "has no operation 'createPets'"),
        ("createPet", "ok.json", {}, "the name should be <status>.json or <status>.<name>.json"),
        ("createPet", "999.json", {}, "the name should be <status>.json"),
        ("createPet", "200.json", {}, "POST /pets declares no response 200 (declared: 201, 4XX)"),
        (
            "createPet",
            "201.json",
            {"id": "p"},
            "at /name: 'name' is required (rule required at /components/schemas/Pet/required)",
        ),
        ("listPets", "200.json", [{"id": 1, "name": "a"}], 'at /0/id: 1 is not of type "string"'),
        ("createPet", "404.json", {}, "at /: {} is not of type"),
    ],
)
def test_broken_canned_response_stops_the_start(
    folder: Path, operation: str, name: str, body: Any, words: str
) -> None:
    with pytest.raises(FixtureError) as caught:
        load_canned(folder, operation, name, body)

    assert str(caught.value).startswith(str(folder / operation))
    assert words in str(caught.value)


def test_field_that_needs_a_request_is_no_field_of_a_seed(folder: Path) -> None:
    resources = {"owners": {**RESOURCES["owners"], "fields": {"name": {"create": "$request.body#/x"}}}}

    assert isinstance(live(seeded(folder, resources, owners=[{}]), "owners")[0]["name"], str)


def test_broken_value_in_the_plan_stops_the_start_too(folder: Path) -> None:
    with pytest.raises(
        PlanError, match=r"at /resources/owners/fields/name/create: '\$nobody' is no expression"
    ):
        seeded(folder, {"owners": {"schema": "Owner", "fields": {"name": {"create": "$nobody"}}}})
