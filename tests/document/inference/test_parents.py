"""Parents, scopes, names of resources, and what a person's plan says before."""

from __future__ import annotations

from typing import Any

from mockserver.document.inference import infer
from tests.document.inference.conftest import INTEGER, actions, api, many, op, plan, record, ref


def crud(path: str, variable: str, schema: str) -> dict[str, dict[str, Any]]:
    """Return the operations of a collection."""
    return {
        f"GET {path}": op(many(ref(schema))),
        f"POST {path}": op(ref(schema), record("name"), status=201),
        f"GET {path}/{{{variable}}}": op(ref(schema)),
        f"DELETE {path}/{{{variable}}}": op(status=204),
    }


def test_parent_in_the_path_is_a_reference_under_the_property_that_shows_it() -> None:
    """`projectId` of the record, whatever the path calls it."""
    found = plan(
        {**crud("/projects", "id", "Project"), **crud("/projects/{id}/tasks", "task_id", "Task")},
        Project=record("id", "name"),
        Task=record("id", "name", "projectId"),
    )

    assert found.raw["resources"]["tasks"]["references"] == {
        "projectId": {"resource": "projects", "path": "id", "missing": "loose", "on-delete": "cascade"}
    }


def test_parent_that_no_property_shows_is_kept_all_the_same() -> None:
    found = plan(
        {**crud("/projects", "id", "Project"), **crud("/projects/{id}/tasks", "task_id", "Task")},
        Project=record("id", "name"),
        Task=record("id", "name"),
    )

    assert found.raw["resources"]["tasks"]["references"]["project_id"]["path"] == "id"


def test_variable_without_a_resource_is_a_scope() -> None:
    found = plan(crud("/tenants/{tenant}/tasks", "id", "Task"), Task=record("id", "name"))

    assert found.raw["resources"]["tasks"]["scope"] == ["tenant"]
    assert "references" not in found.raw["resources"]["tasks"]


def test_scope_whose_name_is_a_property_of_the_record_gets_another() -> None:
    found = plan(
        {
            "GET /groups/{id}/badges": op(many(ref("Badge"))),
            "GET /groups/{id}/badges/{badge_id}": op(ref("Badge")),
        },
        Badge=record("name", id=INTEGER),
    )

    assert found.raw["resources"]["badges"]["scope"] == {"group_id": "$request.path.id"}


def test_parents_are_not_checked_in_a_document_that_knows_no_errors() -> None:
    operations = {**crud("/projects", "id", "Project"), **crud("/projects/{id}/tasks", "task_id", "Task")}
    for node in operations.values():
        node["responses"].pop("404")
    found = plan(operations, Project=record("id", "name"), Task=record("id", "name"))

    assert "references" not in found.raw["resources"]["tasks"]
    assert found.raw["resources"]["tasks"]["scope"] == {"project_id": "$request.path.id"}


def test_list_over_all_parents_is_of_the_same_records() -> None:
    found = plan(
        {
            **crud("/projects", "id", "Project"),
            **crud("/projects/{id}/tasks", "task_id", "Task"),
            "GET /tasks": op(many(ref("Task"))),
        },
        Project=record("id", "name"),
        Task=record("id", "name"),
    )

    assert actions(found)["GET /tasks"] == "list tasks"


def test_made_below_a_parent_and_read_at_the_top_is_one_resource() -> None:
    found = plan(
        {
            **crud("/users", "userId", "User"),
            "GET /users/{userId}/meetings": op(many(ref("MeetingSummary"))),
            "POST /users/{userId}/meetings": op(ref("Meeting"), record("topic"), status=201),
            "GET /meetings/{meetingId}": op(ref("Meeting")),
        },
        User=record("id", "name"),
        Meeting=record("id", "topic", "start", "host"),
        MeetingSummary=record("id", "topic"),
    )

    meetings = [name for name, text in actions(found).items() if text.endswith(" meetings")]
    assert len(meetings) == 3
    assert found.raw["resources"]["meetings"]["references"]["userId"]["resource"] == "users"


def test_things_of_one_name_below_different_parents_are_not_the_same() -> None:
    found = plan(
        {
            **crud("/groups/{group}/badges", "id", "Badge"),
            **crud("/projects/{project}/badges", "id", "Badge"),
        },
        Badge=record("id", "name"),
    )

    assert set(found.raw["resources"]) == {"group_badges", "project_badges"}


def test_resources_are_named_in_the_plural_after_their_paths() -> None:
    found = plan(
        {
            **crud("/phone-number", "id", "Phone"),
            **crud("/v2/knowledgeBase", "id", "Base"),
            **crud("/api/2/people", "id", "Person"),
        },
        Phone=record("id", "digits"),
        Base=record("id", "title"),
        Person=record("id", "name"),
    )

    assert set(found.raw["resources"]) == {"phone_numbers", "knowledge_bases", "people"}


def test_versions_of_a_path_lead_to_the_same_records() -> None:
    found = plan(
        {**crud("/v1/pets", "id", "Pet"), "GET /v2/pets/{id}": op(ref("PetV2"))},
        Pet=record("id", "name"),
        PetV2=record("id", "name", "kind"),
    )

    assert found.raw["resources"]["pets"]["schema"] == "PetV2"
    assert len(found.raw["operations"]) == 5


def test_operation_that_a_person_calls_stateless_is_so() -> None:
    model = api(crud("/pets", "id", "Pet"), Pet=record("id", "name"))

    for given in ({"action": "none"}, None):
        found = infer(model, {"operations": {"GET /pets": given}})
        assert "GET /pets" not in found.raw["operations"]
        assert found.notes["GET /pets"] == "the plan says so"


def test_action_that_a_person_names_gets_the_details_that_suit_it() -> None:
    model = api(
        {**crud("/pets", "id", "Pet"), "PUT /pets/{id}": op(ref("Pet"), record("name"))},
        Pet=record("id", "name"),
    )

    assert actions(infer(model))["PUT /pets/{id}"] == "replace pets"
    partial = infer(model, {"operations": {"PUT /pets/{id}": {"action": "update"}}})
    assert actions(partial)["PUT /pets/{id}"] == "update pets"
    found = infer(model, {"operations": {"PUT /pets/{id}": {"action": "upsert"}}})
    assert actions(found)["PUT /pets/{id}"] == "upsert pets"
    assert found.raw["resources"]["pets"]["id"]["client"] is True


def test_name_that_a_person_gave_to_a_resource_is_used() -> None:
    model = api(crud("/pets", "id", "Pet"), Pet=record("id", "name"))

    by_schema = infer(model, {"resources": {"animals": {"schema": "Pet"}}})
    by_operation = infer(model, {"operations": {"POST /pets": {"action": "create", "resource": "beasts"}}})

    assert set(by_schema.raw["resources"]) == {"animals"}
    assert set(by_operation.raw["resources"]) == {"beasts"}


def test_variable_that_names_the_record_elsewhere_gives_way_to_the_parents_own_name() -> None:
    """`/transfers/{id}/reversals` has the parent's id where `/transfers/{transfer}/reversals/{id}` has the record's."""
    found = plan(
        {
            "GET /transfers/{id}/reversals": op(many(ref("Reversal"))),
            "POST /transfers/{id}/reversals": op(ref("Reversal"), record("name"), status=201),
            "GET /transfers/{transfer}/reversals/{id}": op(ref("Reversal")),
        },
        Reversal=record("id", "name", "transfer"),
    )

    assert found.raw["resources"]["reversals"]["scope"] == {
        "transfer": {"first": ["$request.path.transfer", "$request.path.id"]}
    }
