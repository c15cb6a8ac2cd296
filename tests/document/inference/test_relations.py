"""Which properties name records of other resources."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.inference import Found, FoundOperation, Message, View, relations
from mockserver.document.inference.relations import parents_of
from tests.document.conftest import document
from tests.document.inference.found import TEXT, WHOLE, array, enum, thing

UUID: dict[str, Any] = {"type": "string", "format": "uuid"}
SCHEMAS = {
    "Version": thing(id=TEXT, name=TEXT), "User": thing(id=TEXT), "Team": thing(id=WHOLE),
    "PaymentMethod": thing(id=TEXT),
    "Project": thing(id=UUID), "RecurringVersion": thing(id=TEXT), "billing.transaction": thing(id=TEXT),
}  # fmt: skip
OTHERS = {
    "versions": "Version", "users": "User", "teams": "Team", "payment_methods": "PaymentMethod", "projects": "Project",
    "transactions": "billing.transaction",
}  # fmt: skip


def references_of(record: dict[str, Any], **others: str) -> dict[str, Any]:
    """Return the references of one kind of records beside those of `OTHERS`."""
    schemas = {**SCHEMAS, "Session": thing(**{"id": TEXT, **record})}
    view = View(document(components={"schemas": schemas}))
    resources = {
        name: Found(name, f"/components/schemas/{schema}", f"/{name}")
        for name, schema in {**OTHERS, **others, "sessions": "Session"}.items()
    }
    return relations.refine(view, resources).get("sessions", {})


@pytest.mark.parametrize(
    ("name", "schema", "target"),
    [
        ("versionId", TEXT, "versions"),
        ("version_id", TEXT, "versions"),
        ("versionID", TEXT, "versions"),
        ("version_uuid", TEXT, "versions"),
        ("parentVersionId", TEXT, "versions"),
        ("versionIds", array(TEXT), "versions"),
        ("version_ids", array(TEXT), "versions"),
        ("versions", array({**TEXT, "description": "The ids of the versions"}), "versions"),
        ("version", {**TEXT, "description": "ID of the version that ran"}, "versions"),
        ("version", {"anyOf": [TEXT, {"$ref": "#/components/schemas/Version"}]}, "versions"),
        ("project", UUID, "projects"),
        ("payment_method", {**TEXT, "description": "The ID of the payment method"}, "payment_methods"),
        ("default_payment_method", {**TEXT, "description": "The ID of it"}, "payment_methods"),
        ("teamId", WHOLE, "teams"),
        ("previousSessionId", TEXT, "sessions"),
    ],
)
def test_property_that_names_a_record_is_a_reference(name: str, schema: dict[str, Any], target: str) -> None:
    assert references_of({name: schema}) == {name: {"resource": target, "missing": "loose"}}


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("id", TEXT),
        ("session_id", TEXT),
        ("externalId", TEXT),
        ("external_user_id", TEXT),
        ("clientId", TEXT),
        ("version", TEXT),
        ("version", {**TEXT, "description": "The version, e.g. 1.2"}),
        ("versionId", WHOLE),
        ("teamId", TEXT),
        ("users", array(thing(id=TEXT))),
        ("user", thing(id=TEXT)),
        ("userId", enum("a", "b")),
        ("originating_user", {**TEXT, "description": "The ID of some account"}),
        ("balance_transaction", {**TEXT, "description": "The ID of the balance transaction"}),
        ("planId", TEXT),
        ("recurring_version_id", TEXT),
    ],
)
def test_property_that_may_mean_something_else_is_no_reference(name: str, schema: dict[str, Any]) -> None:
    assert references_of({name: schema}) == {}


def test_name_of_two_resources_is_not_certain() -> None:
    """Unless one of them lies beside the records."""
    assert references_of({"versionId": TEXT}, old_versions="Version", version="Version") == {}


def test_parents_of_a_path_are_references_that_take_their_children_along() -> None:
    found = Found(
        "hooks", "", "/projects/{id}/hooks",
        parents={"id": "projects", "team_id": "teams"}, bound={"id": "project_id", "team_id": "team_id"},
    )  # fmt: skip

    assert parents_of(found) == {
        "project_id": {"resource": "projects", "path": "id", "missing": "loose", "on-delete": "cascade"},
        "team_id": {"resource": "teams", "missing": "loose", "on-delete": "cascade"},
    }


def test_link_of_the_document_tells_what_a_property_names() -> None:
    """The names alone would not."""
    session = {"$ref": "#/components/schemas/Session"}
    link = {"operationId": "getUser", "parameters": {"login": "$response.body#/author"}}
    answers = {
        "200": {
            "description": "fine", "content": {"application/json": {"schema": session}}, "links": {"by": link},
        }
    }  # fmt: skip
    paths = {
        "/sessions/{id}": {"get": {"operationId": "getSession", "responses": answers}},
        "/users/{login}": {"get": {"operationId": "getUser", "responses": {"200": {"description": "fine"}}}},
    }
    schemas = {"Session": thing(id=TEXT, author=TEXT), "User": thing(login=TEXT)}
    view = View(document(paths, components={"schemas": schemas}))

    def reads(id: str) -> tuple[FoundOperation, ...]:
        return (FoundOperation(view.document.operations[id], "get", "", Message(), Message()),)

    resources = {
        "sessions": Found(
            "sessions", "/components/schemas/Session", "/sessions", id_parameter="id", operations=reads("getSession")
        ),
        "users": Found(
            "users", "/components/schemas/User", "/users", id_parameter="login", operations=reads("getUser")
        ),
    }  # fmt: skip

    assert relations.refine(view, resources)["sessions"] == {
        "author": {"resource": "users", "missing": "loose"}
    }
