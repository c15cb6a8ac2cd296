"""What operations do, by path, method, verb and schemas."""

from __future__ import annotations

from typing import Any

import pytest

from tests.document.inference.conftest import INTEGER, STRING, actions, many, op, plan, record, ref

PET = record("id", "name", "kind", "status")
BASE: dict[str, dict[str, Any]] = {
    "GET /pets": op(many(ref("Pet"))),
    "POST /pets": op(ref("Pet"), {**record("name", "kind"), "required": ["name"]}, status=201),
    "GET /pets/{petId}": op(ref("Pet")),
}
IDS: dict[str, Any] = {"type": "array", "items": STRING}


def one(name: str, node: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """Return what one operation beside those of a plain collection does; {} for one without state."""
    found = plan({**BASE, name: node}, **{"Pet": PET, **schemas})
    assert found.notes[name]
    entry: dict[str, Any] = found.raw["operations"].get(name, {})
    return entry


@pytest.mark.parametrize(
    ("node", "action"),
    [
        (op(ref("Pet"), ref("Pet")), "replace"),
        (op(ref("Pet"), {**record("name", "kind"), "required": ["name"]}), "replace"),
        (op(ref("Pet"), record("name", "kind")), "update"),
        (op(ref("Pet"), {**record("kind"), "required": ["kind"]}), "update"),
        (op(ref("Pet"), ref("Pet"), status=201), "upsert"),
    ],
)
def test_put_replaces_makes_or_changes_by_what_it_takes(node: dict[str, Any], action: str) -> None:
    assert one("PUT /pets/{petId}", node)["action"] == action


def test_put_beside_patch_replaces() -> None:
    found = plan(
        {
            **BASE,
            "PUT /pets/{petId}": op(ref("Pet"), record("name")),
            "PATCH /pets/{petId}": op(ref("Pet"), record("name")),
        },
        Pet=PET,
    )

    assert actions(found)["PUT /pets/{petId}"] == "replace pets"
    assert actions(found)["PATCH /pets/{petId}"] == "update pets"


def test_put_makes_what_nothing_else_makes() -> None:
    """A membership has no body, and a flag has its key in the path."""
    found = plan(
        {
            "GET /teams/{team}/members": op(many(ref("Member"))),
            "PUT /teams/{team}/members/{user}": op(status=204),
            "DELETE /teams/{team}/members/{user}": op(status=204),
        },
        Member=record("user", "role"),
    )

    assert actions(found)["PUT /teams/{team}/members/{user}"] == "upsert members"


def test_post_on_the_item_makes_it_where_put_takes_the_same() -> None:
    found = plan(
        {
            "GET /keys": op(many(ref("Key"))),
            "GET /keys/{keyID}": op(ref("Key")),
            "POST /keys/{keyID}": op(ref("Key"), ref("Key")),
            "PUT /keys/{keyID}": op(ref("Key"), ref("Key")),
        },
        Key=record("keyID", "rate"),
    )

    assert actions(found)["POST /keys/{keyID}"] == "upsert keys"
    assert actions(found)["PUT /keys/{keyID}"] == "replace keys"


@pytest.mark.parametrize(
    ("name", "node", "expected"),
    [
        ("PUT /pets", op(ref("Pet"), ref("Pet")), {"action": "replace", "id": "$request.body#/id"}),
        ("PATCH /pets", op(many(ref("Pet")), many(ref("Pet"))), {"action": "update", "items": "$request.body"}),
        ("DELETE /pets", op(status=204), {"action": "delete-matching", "answer": None}),
        ("DELETE /pets", op(status=204, query={"id": STRING}), {"action": "delete", "id": "$request.query.id"}),
        ("DELETE /pets", op(status=204, query={"ids": IDS}), {"action": "delete", "ids": "$request.query.ids"}),
        ("DELETE /pets", op(status=204, body=record(petIds=IDS)), {"action": "delete", "ids": "$request.body#/petIds"}),
        ("POST /pets/delete", op(body=record("pet_id")), {"action": "delete", "id": "$request.body#/pet_id"}),
        ("POST /pets/batch", op(many(ref("Pet")), many(ref("Pet"))), {"action": "create", "items": "$request.body"}),
        ("POST /batch/pets", op(body=record(pets=many(PET))), {"action": "create", "items": "$request.body#/pets"}),
        ("POST /pets/createWithList", op(body=many(ref("Pet"))), {"action": "create", "items": "$request.body"}),
        ("POST /pets/search", op(many(ref("Pet")), record("kind", limit=INTEGER)), {"action": "list"}),
        ("GET /pets/findByStatus", op(many(ref("Pet")), query={"status": STRING}), {"action": "list"}),
        ("GET /pets/count", op(record(count=INTEGER)), {"action": "count", "answer": {"count": "$page.total"}}),
        ("GET /pets/count", op(INTEGER), {"action": "count", "answer": "$page.total"}),
        ("POST /pets/{petId}/update", op(ref("Pet"), record("name")), {"action": "update"}),
        ("POST /pets/{petId}/delete", op(status=204), {"action": "delete"}),
        ("GET /pets/{petId}/details", op(ref("Pet")), {"action": "get"}),
        ("PUT /pets/{petId}/update-name", op(ref("Pet"), record("name")), {"action": "update"}),
        ("HEAD /pets/{petId}", op(status=204), {"action": "get"}),
    ],
)  # fmt: skip
def test_operation_beside_a_collection(name: str, node: dict[str, Any], expected: dict[str, Any]) -> None:
    entry = one(name, node)

    assert {key: entry.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("GET /pets/{petId}/photo", op({"type": "string", "format": "binary"})),
        ("POST /pets/{petId}/photo", op(status=204, body={"type": "string"}, media="image/png")),
        ("POST /pets/{petId}/validate", op(status=204)),
        ("POST /pets/login", op(ref("Pet"), record("name", "password"))),
        ("GET /pets/names", op(many(STRING))),
        ("GET /statistics", op(record("visitors"))),
        ("POST /payments", op(record("reference", "result"), record("amount"))),
        ("DELETE /pets", op(status=204, body=record("expression"))),
        ("DELETE /pets/{petId}/picture", op(status=204)),
    ],
)
def test_operation_without_state_has_a_reason(name: str, node: dict[str, Any]) -> None:
    assert one(name, node) == {}


def test_sub_action_that_answers_the_record_changes_it() -> None:
    assert one("POST /pets/{petId}/adopt", op(ref("Pet")))["action"] == "update"


def test_sub_action_that_answers_nothing_needs_its_record() -> None:
    """Whatever it does, an unknown id is refused."""
    assert one("POST /pets/{petId}/feed", op(status=204))["action"] == "update"


def test_verb_after_a_colon_is_a_sub_action() -> None:
    assert one("POST /pets/{petId}:adopt", op(ref("Pet")))["action"] == "update"


def test_copy_of_a_record_is_another_one() -> None:
    assert one("POST /pets/{petId}/clone", op(ref("Pet"), record("name"), status=201))["action"] == "create"


def test_sub_action_with_an_argument_in_its_path_names_the_record_before_it() -> None:
    entry = one("PUT /pets/{petId}/move/{shelterId}", op(ref("Pet")))

    assert entry["action"] == "update"
    assert entry["id"] == "$request.path.petId"


def test_list_by_ids_reads_those() -> None:
    node = op(record(pets=many(ref("Pet"))))
    node["parameters"] = [{"name": "ids", "in": "query", "required": True, "schema": IDS}]
    found = plan({"GET /pets": node, "GET /pets/{id}": op(ref("Pet"))}, Pet=PET)

    assert found.raw["operations"]["GET /pets"]["action"] == "get"
    assert found.raw["operations"]["GET /pets"]["ids"] == "$request.query.ids"


def test_plural_below_a_variable_is_a_collection_of_its_own() -> None:
    found = plan(
        {
            "GET /repositories/{owner}": op(many(ref("Repo"))),
            "POST /repositories/{owner}": op(ref("Repo"), record("slug"), status=201),
            "GET /repositories/{owner}/{slug}": op(ref("Repo")),
        },
        Repo=record("slug", "title"),
    )

    assert actions(found) == {
        "GET /repositories/{owner}": "list repositories",
        "POST /repositories/{owner}": "create repositories",
        "GET /repositories/{owner}/{slug}": "get repositories",
    }


def test_the_one_who_asks_is_alone_beside_all_users() -> None:
    found = plan(
        {
            "GET /users": op(many(ref("User"))),
            "POST /users": op(ref("User"), record("name"), status=201),
            "GET /users/{id}": op(ref("User")),
            "GET /user": op(ref("User")),
            "PATCH /user": op(ref("User"), record("name")),
        },
        User=record("id", "name"),
    )

    assert found.raw["resources"]["user"]["singleton"] is True
    assert actions(found)["PATCH /user"] == "update user"
    assert actions(found)["POST /users"] == "create users"


def test_patches_of_a_singleton_by_json_patch_are_no_list_of_records() -> None:
    patch = many(record("op", "path", "value"))
    found = plan(
        {
            "GET /profile": op(ref("Profile")),
            "PATCH /profile": op(ref("Profile"), patch, media="application/json-patch+json"),
        },
        Profile=record("name", "language"),
    )

    assert found.raw["operations"]["PATCH /profile"] == {"action": "update", "resource": "profile"}


def test_id_that_nobody_can_know_is_made_up() -> None:
    """There is no list, and nothing makes them."""
    found = plan({"GET /prices/{symbol}": op(ref("Price"))}, Price=record("symbol", "amount"))

    assert found.raw["operations"]["GET /prices/{symbol}"]["missing"] == "generated"


def test_document_without_errors_makes_up_what_is_not_there() -> None:
    found = plan(
        {"GET /pets": op(many(ref("Pet")), errors=()), "GET /pets/{id}": op(ref("Pet"), errors=())}, Pet=PET
    )

    assert found.raw["operations"]["GET /pets/{id}"]["missing"] == "generated"
