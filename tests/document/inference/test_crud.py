"""Resources with a collection and items, as APIs write them."""

from __future__ import annotations

from tests.document.inference.conftest import INTEGER, actions, many, op, plan, record, ref

PET = record("name", "tag", id=INTEGER)
NEW_PET = record("name", "tag")


def test_collection_with_items_is_a_resource_with_all_actions() -> None:
    found = plan(
        {
            "GET /pets": op(many(ref("Pet"))),
            "POST /pets": op(ref("Pet"), ref("NewPet"), status=201),
            "GET /pets/{petId}": op(ref("Pet")),
            "PUT /pets/{petId}": op(ref("Pet"), ref("NewPet")),
            "PATCH /pets/{petId}": op(ref("Pet"), record("tag")),
            "DELETE /pets/{petId}": op(status=204),
        },
        variables={"petId": INTEGER},
        Pet=PET,
        NewPet=NEW_PET,
    )

    assert actions(found) == {
        "GET /pets": "list pets",
        "POST /pets": "create pets",
        "GET /pets/{petId}": "get pets",
        "PUT /pets/{petId}": "replace pets",
        "PATCH /pets/{petId}": "update pets",
        "DELETE /pets/{petId}": "delete pets",
    }
    assert found.raw["resources"]["pets"] == {
        "schema": "Pet",
        "id": {"property": "id", "make": "integer"},
    }


def test_paths_of_items_in_the_singular_belong_to_the_collection_in_the_plural() -> None:
    found = plan(
        {
            "GET /namespaces": op(many(ref("Namespace"))),
            "PUT /namespace/{name}": op(ref("Namespace"), ref("Namespace"), status=201),
            "GET /namespace/{name}": op(ref("Namespace")),
        },
        Namespace=record("name", "owner"),
    )

    assert actions(found) == {
        "GET /namespaces": "list namespaces",
        "PUT /namespace/{name}": "upsert namespaces",
        "GET /namespace/{name}": "get namespaces",
    }
    assert found.raw["resources"]["namespaces"]["id"] == {"property": "name", "client": True}


def test_verbs_in_paths_say_what_is_done() -> None:
    """Each path has its verb; ids are in the query or in the body."""
    channel = record("id", "name")
    found = plan(
        {
            "POST /channels.create": op(
                record(ok={"type": "boolean"}, channel=ref("Channel")), record("name")
            ),
            "GET /channels.info": op(
                record(ok={"type": "boolean"}, channel=ref("Channel")), query={"channel": {}}
            ),
            "GET /channels.list": op(record(ok={"type": "boolean"}, channels=many(ref("Channel")))),
            "POST /channels.update": op(record(channel=ref("Channel")), record("channel", "name")),
            "POST /channels.delete": op(record(ok={"type": "boolean"}), record("channel")),
        },
        Channel=channel,
    )

    assert actions(found) == {
        "POST /channels.create": "create channels",
        "GET /channels.info": "get channels",
        "GET /channels.list": "list channels",
        "POST /channels.update": "update channels",
        "POST /channels.delete": "delete channels",
    }
    operations = found.raw["operations"]
    assert operations["GET /channels.info"]["id"] == "$request.query.channel"
    assert operations["POST /channels.delete"]["id"] == "$request.body#/channel"
    assert operations["POST /channels.create"]["answer"] == {"ok": True, "channel": "$record"}
    assert operations["GET /channels.list"]["answer"] == {"ok": True, "channels": "$page.items"}


def test_the_same_thing_at_several_paths_is_one_resource() -> None:
    """What is made for the caller is read below its owner."""
    found = plan(
        {
            "POST /user/tasks": op(ref("Task"), record("title"), status=201),
            "GET /user/tasks": op(many(ref("Task"))),
            "GET /tasks/{id}": op(ref("Task")),
            "GET /v2/tasks/{id}": op(ref("Task")),
            "DELETE /tasks/{id}": op(status=204),
        },
        Task=record("id", "title"),
    )

    assert set(found.raw["resources"]) == {"tasks"}
    assert len(found.raw["operations"]) == 5


def test_post_on_an_item_that_answers_it_is_an_update() -> None:
    form = "application/x-www-form-urlencoded"
    found = plan(
        {
            "POST /v1/customers": op(ref("customer"), record("email"), media=form),
            "GET /v1/customers/{customer}": op(ref("customer")),
            "POST /v1/customers/{customer}": op(ref("customer"), record("email"), media=form),
        },
        customer=record("id", "email", "object"),
    )

    assert actions(found)["POST /v1/customers/{customer}"] == "update customers"
    assert found.raw["resources"]["customers"]["id"]["property"] == "id"


def test_one_thing_alone_that_is_read_and_changed_is_a_singleton() -> None:
    found = plan(
        {
            "GET /users/{id}": op(ref("User")),
            "DELETE /users/{id}": op(status=204),
            "GET /users/{id}/settings": op(ref("Settings")),
            "PATCH /users/{id}/settings": op(ref("Settings"), ref("Settings")),
            "GET /health": op(record("status")),
        },
        User=record("id", "name"),
        Settings=record("language", "theme"),
    )

    assert found.raw["resources"]["settings"]["singleton"] is True
    assert actions(found)["PATCH /users/{id}/settings"] == "update settings"
    assert "GET /health" not in found.raw["operations"]
    assert found.notes["GET /health"]


def test_every_operation_has_a_note() -> None:
    found = plan(
        {
            "GET /pets": op(many(ref("Pet"))),
            "POST /pets/{petId}/uploadImage": op(record("code", "type", "message"), {"type": "string"}),
            "POST /login": op({"type": "string"}, record("user", "password")),
        },
        Pet=PET,
    )

    assert set(found.notes) == {"GET /pets", "POST /pets/{petId}/uploadImage", "POST /login"}
    assert all(found.notes.values())
