"""What each action does to records, told through the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.document.plan import Action
from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.behaviours import ACTIONS

from .conftest import TEXT, Api, answering, closed, ref, taking

NULLABLE = {"type": ["string", "null"]}
MakeApi = Callable[..., Api]
PET = closed(
    {
        "id": TEXT,
        "name": TEXT,
        "ownerId": NULLABLE,
        "status": TEXT,
        "createdAt": TEXT,
        "updatedAt": TEXT,
        "version": {"type": "integer"},
        "label": TEXT,
        "context": {"type": ["object", "null"]},
        "mood": TEXT,
    },
    "id",
    "name",
)
OWNER = closed({"id": TEXT, "name": TEXT})
PATHS: dict[str, Any] = {
    "/pets": {
        "get": {"operationId": "listPets", "responses": answering({"type": "array", "items": ref("Pet")})},
        "post": {
            "operationId": "createPet",
            "requestBody": taking({}),
            "responses": answering(ref("Pet"), "201"),
        },
        "delete": {"operationId": "deletePets", "requestBody": taking({}), "responses": answering()},
    },
    "/pets/all": {
        "post": {
            "operationId": "createPets",
            "requestBody": taking({}),
            "responses": answering({"type": "array", "items": ref("Pet")}),
        }
    },
    "/pets/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
        "get": {"operationId": "getPet", "responses": answering(ref("Pet"))},
        "patch": {"operationId": "updatePet", "requestBody": taking({}), "responses": answering(ref("Pet"))},
        "put": {"operationId": "replacePet", "requestBody": taking({}), "responses": answering(ref("Pet"))},
        "delete": {"operationId": "deletePet", "responses": answering(ref("Pet"))},
    },
    "/owners": {
        "post": {
            "operationId": "createOwner",
            "requestBody": taking({}),
            "responses": answering(ref("Owner")),
        }
    },
    "/owners/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
        "delete": {"operationId": "deleteOwner", "responses": answering()},
    },
}
OPERATIONS: dict[str, Any] = {
    "listPets": {"action": "list", "resource": "pets"},
    "createPet": {"action": "create", "resource": "pets"},
    "createPets": {"action": "create", "resource": "pets", "items": "$request.body"},
    "getPet": {"action": "get", "resource": "pets"},
    "updatePet": {"action": "update", "resource": "pets"},
    "replacePet": {"action": "replace", "resource": "pets"},
    "deletePet": {"action": "delete", "resource": "pets"},
    "deletePets": {"action": "delete", "resource": "pets", "ids": "$request.body#/ids"},
    "createOwner": {"action": "create", "resource": "owners"},
    "deleteOwner": {"action": "delete", "resource": "owners"},
}


@pytest.fixture
def make_pets(make_api: MakeApi) -> Callable[..., Api]:
    """Makes an API of pets whose plan says these things about them."""

    def make(operations: dict[str, Any] | None = None, **keys: Any) -> Api:
        resources = {
            "owners": {"schema": "Owner", "id": {"make": "own_{n}"}},
            "pets": {"schema": "Pet", "id": {"make": "pet_{n}"}, **keys},
        }
        changed = {**OPERATIONS, **(operations or {})}
        return make_api(PATHS, {"resources": resources, "operations": changed}, Pet=PET, Owner=OWNER)

    return make


def names(api: Api) -> list[Any]:
    return [pet["name"] for pet in api("listPets")]


def refused(api: Api, operation_id: str, /, **parameters: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        api.answer(operation_id, **parameters)
    return caught.value


def test_every_action_has_a_behaviour() -> None:
    assert set(ACTIONS) == set(Action)


# Create, get, list.


def test_created_record_is_got_and_listed(make_pets: MakeApi) -> None:
    api = make_pets()
    pet = api("createPet", body={"name": "Rex"})

    assert pet == {"id": "pet_1", "name": "Rex"}
    assert api("getPet", id="pet_1") == pet
    assert api("listPets") == [pet]


def test_status_is_the_declared_one(make_pets: MakeApi) -> None:
    assert make_pets().answer("createPet", body={"name": "Rex"}).status == 201


def test_property_that_the_schema_does_not_declare_is_dropped(make_pets: MakeApi) -> None:
    assert make_pets()("createPet", body={"name": "Rex", "wings": 2}) == {"id": "pet_1", "name": "Rex"}


def test_client_does_not_choose_the_id(make_pets: MakeApi) -> None:
    assert make_pets()("createPet", body={"id": "mine", "name": "Rex"})["id"] == "pet_1"


def test_client_may_choose_the_id_where_the_plan_says_so_but_only_once(make_pets: MakeApi) -> None:
    api = make_pets(id={"make": "pet_{n}", "client": True})

    assert api("createPet", body={"id": "mine", "name": "Rex"})["id"] == "mine"
    assert api("createPet", body={"name": "Tom"})["id"] == "pet_1"
    assert refused(api, "createPet", body={"id": "mine", "name": "Kim"}).kind is RefusalKind.CONFLICT


def test_required_property_that_nobody_gave_is_made_up(make_pets: MakeApi) -> None:
    pet = make_pets()("createPet", body={})

    assert isinstance(pet["name"], str)
    assert pet == make_pets()("createPet", body={})


def test_null_that_a_record_cannot_hold_is_as_good_as_absent(make_pets: MakeApi) -> None:
    assert make_pets()("createPet", body={"name": "Rex", "status": None, "ownerId": None}) == {
        "id": "pet_1",
        "name": "Rex",
        "ownerId": None,
    }


@pytest.mark.parametrize("operation", ["getPet", "updatePet", "replacePet", "deletePet"])
def test_unknown_id_is_not_found_by_name(make_pets: MakeApi, operation: str) -> None:
    refusal = refused(make_pets(), operation, id="nobody", body={})

    assert refusal.kind is RefusalKind.NOT_FOUND
    assert refusal.message == "there is no pet 'nobody'"


def test_get_is_answered_anew_after_a_change(make_pets: MakeApi) -> None:
    """What was rendered of a record is remembered, but not longer than it is true."""
    api = make_pets()
    api("createPet", body={"name": "Rex"})
    before = api.answer("getPet", id="pet_1")
    again = api.answer("getPet", id="pet_1")
    api("updatePet", id="pet_1", body={"name": "Tom"})

    assert before.content == again.content == b'{"id":"pet_1","name":"Rex"}'
    assert api("getPet", id="pet_1")["name"] == "Tom"


# Field rules.


def test_default_stands_for_what_is_absent_or_null(make_pets: MakeApi) -> None:
    api = make_pets(fields={"status": {"default": "new"}})

    assert api("createPet", body={"name": "Rex"})["status"] == "new"
    assert api("createPet", body={"name": "Rex", "status": None})["status"] == "new"
    assert api("createPet", body={"name": "Rex", "status": "old"})["status"] == "old"


def test_create_wins_over_the_client_and_stays(make_pets: MakeApi) -> None:
    api = make_pets(fields={"createdAt": {"create": "$now"}})
    pet = api("createPet", body={"name": "Rex", "createdAt": "never"})

    assert pet["createdAt"] == "2026-01-02T12:00:00.000Z"
    assert api("updatePet", id=pet["id"], body={"createdAt": "never"})["createdAt"] == pet["createdAt"]
    assert api("replacePet", id=pet["id"], body={"name": "Tom"})["createdAt"] == pet["createdAt"]


def test_write_is_set_by_every_write(make_pets: MakeApi) -> None:
    api = make_pets(fields={"updatedAt": {"write": "$now"}})
    first = api("createPet", body={"name": "Rex"})["updatedAt"]
    second = api("updatePet", id="pet_1", body={})["updatedAt"]

    assert first < second < api("replacePet", id="pet_1", body={"name": "Tom"})["updatedAt"]


def test_read_is_computed_and_never_stored(make_pets: MakeApi) -> None:
    api = make_pets(fields={"version": {"read": {"count": "pets", "where": {"name": "$record#/name"}}}})
    api("createPet", body={"name": "Rex", "version": 100})
    api("createPet", body={"name": "Rex"})

    assert api("getPet", id="pet_1")["version"] == 2
    record = api.state.store.get("pets", "pet_1")
    assert record is not None
    assert "version" not in record.data


def test_rule_may_build_on_those_before_it(make_pets: MakeApi) -> None:
    api = make_pets(
        fields={"version": {"create": {"next": ["name"]}}, "label": {"create": {"text": "{name} v{version}"}}}
    )
    labels = [api("createPet", body={"name": name})["label"] for name in ("Rex", "Rex", "Tom")]

    assert labels == ["Rex v1", "Rex v2", "Tom v1"]


def test_wrap_keeps_a_value_in_an_object(make_pets: MakeApi) -> None:
    api = make_pets(fields={"context": {"wrap": "text"}})

    contexts = [
        api("createPet", body={"name": "Rex", "context": value})["context"]
        for value in ("hi", 5, {"a": 1}, None)
    ]

    assert contexts == [{"text": "hi"}, {"text": 5}, {"a": 1}, None]
    assert api("updatePet", id="pet_1", body={"context": "you"})["context"] == {"text": "you"}


def test_immutable_is_set_once(make_pets: MakeApi) -> None:
    api = make_pets(fields={"mood": {"immutable": True}})
    api("createPet", body={"name": "Rex", "mood": "good"})

    assert api("updatePet", id="pet_1", body={"mood": "bad"})["mood"] == "good"
    assert api("replacePet", id="pet_1", body={"name": "Rex", "mood": "bad"})["mood"] == "good"


def test_operation_may_set_properties(make_pets: MakeApi) -> None:
    api = make_pets(
        {"updatePet": {"action": "update", "resource": "pets", "set": {"status": "$request.path.id"}}}
    )
    api("createPet", body={"name": "Rex"})

    assert api("updatePet", id="pet_1", body={"status": "x"})["status"] == "pet_1"


def test_one_request_has_one_time(make_pets: MakeApi) -> None:
    api = make_pets(
        {
            "createPet": {
                "action": "create",
                "resource": "pets",
                "answer": {"id": "$record#/id", "name": "$now", "createdAt": "$record#/createdAt"},
            }
        },
        fields={"createdAt": {"create": "$now"}},
    )
    answer = api("createPet", body={"name": "Rex"})

    assert answer["name"] == answer["createdAt"]


# Update and replace.


def test_update_merges_objects_too_and_clears_by_null(make_pets: MakeApi) -> None:
    api = make_pets()
    api("createPet", body={"name": "Rex", "status": "a", "ownerId": "x", "context": {"a": 1, "b": 2}})

    changed = api("updatePet", id="pet_1", body={"ownerId": None, "status": None, "context": {"c": 3}})

    assert changed == {"id": "pet_1", "name": "Rex", "ownerId": None, "context": {"a": 1, "b": 2, "c": 3}}


def test_replace_puts_the_body_in_place(make_pets: MakeApi) -> None:
    api = make_pets()
    api("createPet", body={"name": "Rex", "status": "a"})

    assert api("replacePet", id="pet_1", body={"name": "Tom", "mood": "good"}) == {
        "id": "pet_1",
        "name": "Tom",
        "mood": "good",
    }


def test_replace_keeps_what_only_the_server_may_set(make_api: MakeApi) -> None:
    pet = closed({"id": TEXT, "name": TEXT, "plate": {**TEXT, "readOnly": True}}, "id")
    resources = {"pets": {"schema": "Pet", "id": {"make": "pet_{n}"}}}
    operations = {key: OPERATIONS[key] for key in ("createPet", "replacePet")}
    api = make_api(PATHS, {"resources": resources, "operations": operations}, Pet=pet, Owner=OWNER)
    created = api("createPet", body={"name": "Rex", "plate": "mine"})
    api.state.store.update("pets", "pet_1", {"id": "pet_1", "name": "Rex", "plate": "A1"})

    assert "plate" not in created
    assert api("replacePet", id="pet_1", body={"name": "Tom"})["plate"] == "A1"


def test_write_only_property_is_kept_and_never_shown(make_api: MakeApi) -> None:
    pet = closed({"id": TEXT, "name": TEXT, "pin": {**TEXT, "writeOnly": True}}, "id", "pin")
    operations = {key: OPERATIONS[key] for key in ("createPet", "getPet", "listPets")}
    plan = {"resources": {"pets": {"schema": "Pet", "id": {"make": "pet_{n}"}}}, "operations": operations}
    api = make_api(PATHS, plan, Pet=pet, Owner=OWNER)

    assert api("createPet", body={"name": "Rex", "pin": "1234"}) == {"id": "pet_1", "name": "Rex"}
    assert api("listPets") == [{"id": "pet_1", "name": "Rex"}]
    record = api.state.store.get("pets", "pet_1")
    assert record is not None
    assert record.data["pin"] == "1234"


# Delete.


def test_deleted_record_is_answered_and_gone(make_pets: MakeApi) -> None:
    api = make_pets()
    pet = api("createPet", body={"name": "Rex"})

    assert api("deletePet", id="pet_1") == pet
    assert api("listPets") == []
    assert refused(api, "getPet", id="pet_1").kind is RefusalKind.NOT_FOUND
    assert refused(api, "deletePet", id="pet_1").kind is RefusalKind.NOT_FOUND
    assert api("createPet", body={"name": "Tom"})["id"] == "pet_2"


def test_soft_deletion_keeps_the_row_with_its_time(make_pets: MakeApi) -> None:
    api = make_pets(delete={"soft": "updatedAt"})
    created = api("createPet", body={"name": "Rex", "updatedAt": "mine"})
    gone = api("deletePet", id="pet_1")

    assert "updatedAt" not in created
    assert gone["updatedAt"] == "2026-01-02T12:00:00.000Z"
    assert refused(api, "getPet", id="pet_1").kind is RefusalKind.NOT_FOUND
    assert api.state.store.dump()["pets"].deleted["pet_1"]["updatedAt"] == gone["updatedAt"]


def test_soft_deletion_is_null_while_the_record_lives_if_it_may_be(make_pets: MakeApi) -> None:
    assert make_pets(delete={"soft": "ownerId"})("createPet", body={"name": "Rex"})["ownerId"] is None


def test_client_cannot_bury_a_record_by_an_update(make_pets: MakeApi) -> None:
    api = make_pets(delete={"soft": "ownerId"})
    api("createPet", body={"name": "Rex"})

    assert api("updatePet", id="pet_1", body={"ownerId": "2026-01-01T00:00:00Z"})["ownerId"] is None


def test_many_are_deleted_or_none(make_pets: MakeApi) -> None:
    api = make_pets()
    for name in ("Rex", "Tom", "Kim"):
        api("createPet", body={"name": name})

    assert refused(api, "deletePets", body={"ids": ["pet_1", "nobody"]}).message == "there is no pet 'nobody'"
    assert names(api) == ["Rex", "Tom", "Kim"]
    api("deletePets", body={"ids": ["pet_1", "pet_3", "pet_1"]})
    assert names(api) == ["Tom"]


# Many at once.


def test_many_are_created_in_their_order(make_pets: MakeApi) -> None:
    api = make_pets()

    assert [pet["name"] for pet in api("createPets", body=[{"name": "Rex"}, {"name": "Tom"}])] == [
        "Rex",
        "Tom",
    ]


def test_many_are_created_or_none(make_pets: MakeApi) -> None:
    api = make_pets(unique=[["name"]])
    api("createPet", body={"name": "Tom"})

    assert refused(api, "createPets", body=[{"name": "Rex"}, {"name": "Tom"}]).kind is RefusalKind.CONFLICT
    assert names(api) == ["Tom"]
    assert [pet["name"] for pet in api("createPets", body=[{"name": "Rex"}])] == ["Rex"]


# Unique keys.


def test_taken_key_is_a_conflict_that_says_which(make_pets: MakeApi) -> None:
    api = make_pets(unique=[["ownerId", "name"]])
    api("createPet", body={"name": "Rex", "ownerId": "o"})
    refusal = refused(api, "createPet", body={"name": "Rex", "ownerId": "o"})

    assert refusal.kind is RefusalKind.CONFLICT
    assert refusal.message == "another of pets has ownerId 'o', name 'Rex'"
    assert refusal.violations[0].location == ("body", "name")


def test_key_is_free_for_others_once_its_owner_is_deleted(make_pets: MakeApi) -> None:
    api = make_pets(unique=[["name"]], delete={"soft": "updatedAt"})
    api("createPet", body={"name": "Rex"})
    api("deletePet", id="pet_1")

    assert api("createPet", body={"name": "Rex"})["id"] == "pet_2"


def test_update_to_a_taken_key_changes_nothing(make_pets: MakeApi) -> None:
    api = make_pets(unique=[["name"]])
    api("createPets", body=[{"name": "Rex"}, {"name": "Tom"}])

    assert refused(api, "updatePet", id="pet_2", body={"name": "Rex"}).kind is RefusalKind.CONFLICT
    assert names(api) == ["Rex", "Tom"]


# References.


def owned(make_pets: MakeApi, **reference: Any) -> Api:
    api = make_pets(references={"ownerId": {"resource": "owners", **reference}})
    api("createOwner", body={"name": "Ann"})
    api("createPet", body={"name": "Rex", "ownerId": "own_1"})
    return api


@pytest.mark.parametrize(
    ("missing", "kind", "status"),
    [(404, RefusalKind.NOT_FOUND, 404), (409, RefusalKind.CONFLICT, 409), (422, RefusalKind.INVALID, 422)],
)
def test_reference_to_nobody_is_refused(
    make_pets: MakeApi, missing: int, kind: RefusalKind, status: int
) -> None:
    api = owned(make_pets, missing=missing)
    for operation, where in (
        ("createPet", {}),
        ("updatePet", {"id": "pet_1"}),
        ("replacePet", {"id": "pet_1"}),
    ):
        refusal = refused(api, operation, body={"name": "Tom", "ownerId": "nobody"}, **where)
        assert (refusal.kind, refusal.status, refusal.message) == (kind, status, "there is no owner 'nobody'")
        assert refusal.violations[0].location == ("body", "ownerId")


def test_reference_to_nobody_may_be_ignored(make_pets: MakeApi) -> None:
    assert (
        owned(make_pets, missing="ignore")("createPet", body={"name": "Tom", "ownerId": "nobody"})["ownerId"]
        == "nobody"
    )


def test_reference_that_was_there_before_does_not_stop_an_update(make_pets: MakeApi) -> None:
    api = owned(make_pets)
    api.answer("deleteOwner", id="own_1")

    assert api("updatePet", id="pet_1", body={"name": "Tom"})["ownerId"] == "own_1"


@pytest.mark.parametrize(("rule", "left"), [("keep", ["Rex"]), ("cascade", [])])
def test_deletion_of_an_owner_keeps_or_takes_its_pets(make_pets: MakeApi, rule: str, left: list[str]) -> None:
    api = owned(make_pets, **{"on-delete": rule})
    api.answer("deleteOwner", id="own_1")

    assert names(api) == left


def test_restriction_refuses_the_deletion_until_nobody_needs_it(make_pets: MakeApi) -> None:
    api = owned(make_pets, **{"on-delete": "restrict"})
    refusal = refused(api, "deleteOwner", id="own_1")

    assert (refusal.kind, refusal.message) == (
        RefusalKind.WRONG_STATE,
        "owner 'own_1' is in use by 1 of pets",
    )
    api("deletePet", id="pet_1")
    api.answer("deleteOwner", id="own_1")
    assert api.state.store.get("owners", "own_1") is None


TREE = closed({"id": TEXT, "name": TEXT, "ownerId": NULLABLE})


@pytest.fixture
def make_tree(make_api: MakeApi) -> Callable[[str], Api]:
    """Makes an API of pets that belong to each other."""

    def make(rule: str) -> Api:
        resources = {
            "pets": {
                "schema": "Pet",
                "id": {"make": "pet_{n}"},
                "references": {"ownerId": {"resource": "pets", "on-delete": rule}},
            }
        }
        names = ("createPet", "updatePet", "deletePet", "deletePets", "listPets")
        operations = {name: OPERATIONS[name] for name in names}
        api = make_api(PATHS, {"resources": resources, "operations": operations}, Pet=TREE, Owner=OWNER)
        for name, owner in (("root", None), ("child", "pet_1"), ("grandchild", "pet_2"), ("other", None)):
            api("createPet", body={"name": name, "ownerId": owner})
        return api

    return make


def test_cascade_goes_all_the_way_down(make_tree: Callable[[str], Api]) -> None:
    api = make_tree("cascade")
    api("deletePet", id="pet_1")

    assert names(api) == ["other"]


@pytest.mark.parametrize("rule", ["cascade", "restrict"])
def test_circle_of_references_has_an_end(make_tree: Callable[[str], Api], rule: str) -> None:
    api = make_tree(rule)
    api("updatePet", id="pet_4", body={"ownerId": "pet_4"})
    api("deletePet", id="pet_4")
    api("updatePet", id="pet_1", body={"ownerId": "pet_3"})
    if rule == "cascade":
        api("deletePet", id="pet_2")
        assert names(api) == []
    else:
        assert refused(api, "deletePet", id="pet_2").kind is RefusalKind.WRONG_STATE
        assert names(api) == ["root", "child", "grandchild"]


def test_records_that_need_each_other_go_together(make_tree: Callable[[str], Api]) -> None:
    api = make_tree("restrict")

    assert refused(api, "deletePets", body={"ids": ["pet_3", "pet_1"]}).kind is RefusalKind.WRONG_STATE
    assert len(names(api)) == 4
    api("deletePets", body={"ids": ["pet_1", "pet_2", "pet_3"]})
    assert names(api) == ["other"]


# Nested parents.

NESTED: dict[str, Any] = {
    "/owners": {
        "post": {
            "operationId": "createOwner",
            "requestBody": taking({}),
            "responses": answering(ref("Owner")),
        }
    },
    "/owners/{ownerId}/pets": {
        "parameters": [{"name": "ownerId", "in": "path", "required": True, "schema": TEXT}],
        "get": {"operationId": "listPets", "responses": answering({"type": "array", "items": ref("Pet")})},
        "post": {"operationId": "createPet", "requestBody": taking({}), "responses": answering(ref("Pet"))},
    },
    "/owners/{ownerId}/pets/{petId}": {
        "parameters": [
            {"name": "petId", "in": "path", "required": True, "schema": TEXT},
            {"name": "ownerId", "in": "path", "required": True, "schema": TEXT},
        ],
        "get": {"operationId": "getPet", "responses": answering(ref("Pet"))},
        "put": {"operationId": "replacePet", "requestBody": taking({}), "responses": answering(ref("Pet"))},
        "patch": {"operationId": "updatePet", "requestBody": taking({}), "responses": answering(ref("Pet"))},
        "delete": {"operationId": "deletePet", "responses": answering()},
    },
}


@pytest.fixture(params=[True, False], ids=["parent shown", "parent not shown"])
def nested(request: pytest.FixtureRequest, make_api: MakeApi) -> Api:
    """Two owners with a pet each; the schema of pets declares their owner or not."""
    pet = closed({"id": TEXT, "name": TEXT, **({"ownerId": TEXT} if request.param else {})}, "id")
    resources = {
        "owners": {"schema": "Owner", "id": {"make": "own_{n}"}},
        "pets": {"schema": "Pet", "id": {"make": "pet_{n}"}, "references": {"ownerId": "owners"}},
    }
    chosen = ("listPets", "createPet", "getPet", "replacePet", "updatePet", "deletePet", "createOwner")
    operations = {name: OPERATIONS[name] for name in chosen}
    api = make_api(NESTED, {"resources": resources, "operations": operations}, Pet=pet, Owner=OWNER)
    for number in (1, 2):
        api("createOwner", body={})
        api("createPet", ownerId=f"own_{number}", body={"name": f"pet of {number}"})
    return api


def test_parent_in_the_path_is_set_and_filters(nested: Api) -> None:
    (pet,) = nested("listPets", ownerId="own_2")

    assert (pet["id"], pet["name"]) == ("pet_2", "pet of 2")
    assert pet.get("ownerId", "own_2") == "own_2"


def test_parent_that_the_schema_does_not_declare_is_not_answered(nested: Api) -> None:
    declared = nested.rules.kinds["pets"].shape.properties

    for pet in (nested("getPet", ownerId="own_1", petId="pet_1"), *nested("listPets", ownerId="own_1")):
        assert pet.keys() <= declared.keys()


@pytest.mark.parametrize("operation", ["getPet", "replacePet", "updatePet", "deletePet"])
def test_record_of_another_parent_is_not_there(nested: Api, operation: str) -> None:
    refusal = refused(nested, operation, ownerId="own_1", petId="pet_2", body={})

    assert refusal.message == "there is no pet 'pet_2'"


@pytest.mark.parametrize("operation", ["listPets", "createPet", "getPet"])
def test_parent_that_is_not_there_is_not_found(nested: Api, operation: str) -> None:
    assert (
        refused(nested, operation, ownerId="nobody", petId="pet_1", body={}).message
        == "there is no owner 'nobody'"
    )


def test_replaced_record_stays_with_its_parent(nested: Api) -> None:
    nested("replacePet", ownerId="own_1", petId="pet_1", body={"name": "new"})

    assert [pet["name"] for pet in nested("listPets", ownerId="own_1")] == ["new"]


# Ids that no schema declares.

OPEN = {"type": "object", "additionalProperties": True}


@pytest.mark.parametrize(
    ("schema", "is_shown"),
    [
        (closed({"name": TEXT}), False),
        ({**OPEN, "properties": {"name": TEXT}}, False),
        (OPEN, True),
        ({}, True),
        ({**OPEN, "properties": {"id": TEXT}}, True),
    ],
)
def test_undeclared_id_is_shown_only_where_nothing_is_declared(
    make_api: MakeApi, schema: dict[str, Any], is_shown: bool
) -> None:
    paths = {
        "/pets": {
            "post": {"operationId": "create", "requestBody": taking({}), "responses": answering(schema)}
        }
    }
    plan = {
        "resources": {"pets": {"schema": "Pet", "id": {"make": "pet_{n}"}}},
        "operations": {"create": {"action": "create", "resource": "pets"}},
    }

    answer = make_api(paths, plan, Pet=schema)("create", body={"name": "Rex"})

    assert answer == {"name": "Rex", **({"id": "pet_1"} if is_shown else {})}


def test_ids_that_a_request_does_not_say_are_none(make_pets: MakeApi) -> None:
    api = make_pets()
    api("createPet", body={"name": "Rex"})
    api.answer("deletePets", body={})

    assert [pet["name"] for pet in api("listPets")] == ["Rex"]


# Statuses of what is gone, taken, or in another state.


@pytest.mark.parametrize(
    ("kind", "declared", "status"),
    [
        (RefusalKind.GONE, ("404", "410"), 410),
        (RefusalKind.GONE, ("404",), 404),
        (RefusalKind.GONE, (), 404),
        (RefusalKind.WRONG_STATE, ("400", "409"), 409),
        (RefusalKind.WRONG_STATE, ("400", "422"), 422),
        (RefusalKind.WRONG_STATE, ("400",), 400),
        (RefusalKind.WRONG_STATE, (), 409),
        (RefusalKind.DANGLING, ("400", "404"), 404),
        (RefusalKind.DANGLING, ("404", "422"), 422),
        (RefusalKind.DANGLING, (), 422),
        (RefusalKind.PRECONDITION, (), 412),
    ],
)
def test_refusal_takes_the_status_that_the_operation_declares(
    make_api: MakeApi, kind: RefusalKind, declared: tuple[str, ...], status: int
) -> None:
    responses = {**answering(), **{name: {"description": ""} for name in declared}}
    api = make_api({"/pets": {"get": {"operationId": "list", "responses": responses}}}, {}, Pet=PET)

    answer = api.engine.refuse(Refusal(kind, "no"), api.document.operations["list"])

    assert answer.status == status
