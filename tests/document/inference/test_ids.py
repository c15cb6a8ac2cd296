"""Ids: which property, from which parameter, in which form."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.inference import Inferred
from tests.document.inference.conftest import INTEGER, STRING, actions, api, many, op, plan, record, ref


def things(
    schema: dict[str, Any], variable: str, *, kind: dict[str, Any] = STRING, noun: str = "things"
) -> dict[str, Any]:
    """Return the `id` of a resource with this record, whose path variable has this name and schema."""
    found = plan(
        {
            f"GET /{noun}": op(many(ref("Thing"))),
            f"POST /{noun}": op(ref("Thing"), record("title"), status=201),
            f"GET /{noun}/{{{variable}}}": op(ref("Thing")),
        },
        variables={variable: kind},
        Thing=schema,
    )
    entry: dict[str, Any] = found.raw["resources"][noun]["id"]
    return entry


@pytest.mark.parametrize(
    ("variable", "names", "expected"),
    [
        ("id", ("id", "name"), "id"),
        ("thingId", ("id", "name"), "id"),
        ("thingId", ("id", "thingId"), "thingId"),
        ("thing_gid", ("gid", "name"), "gid"),
        ("thing", ("id", "name"), "id"),
        ("thing", ("name", "size"), "name"),
        ("thingUUID", ("id", "uuid"), "uuid"),
        ("slug", ("id", "slug"), "slug"),
        ("uidOrKey", ("key", "uid"), "uid"),
        ("Sid", ("sid", "name"), "sid"),
        ("ID", ("_id", "id"), "id"),
        ("id", ("name", "size"), "name"),
        ("token", ("id", "size"), "id"),
        ("number", ("colour", "size"), "number"),
    ],
)
def test_path_variable_names_a_property_of_the_record(
    variable: str, names: tuple[str, ...], expected: str
) -> None:
    assert things(record(*names), variable)["property"] == expected


def test_text_in_the_path_names_a_text_where_the_id_is_a_number() -> None:
    """`{thing}` is its name, and not its number; `{thingId}` is its number although the path has a text."""
    schema = record("name", id=INTEGER)

    assert things(schema, "thing")["property"] == "name"
    assert things(schema, "thingId")["property"] == "id"


def test_link_says_which_property_is_the_id() -> None:
    links = {"again": {"operationId": "GET /things/{ref}", "parameters": {"ref": "$response.body#/serial"}}}
    create = op(ref("Thing"), record("name"), status=201)
    create["responses"]["201"]["links"] = links
    found = plan(
        {"POST /things": create, "GET /things/{ref}": op(ref("Thing"))}, Thing=record("id", "name", "serial")
    )

    assert found.raw["resources"]["things"]["id"]["property"] == "serial"


@pytest.mark.parametrize(
    ("schema", "make"),
    [
        ({"type": "integer"}, "integer"),
        ({"type": "string", "format": "uuid"}, "uuid4"),
        ({"type": "string", "pattern": "^adr_[a-z0-9]+$"}, "adr_{hex:16}"),
        (
            {"type": "string", "pattern": "^AC[0-9a-fA-F]{32}$", "minLength": 34, "maxLength": 34},
            "AC{hex:32}",
        ),
        ({"type": "string", "pattern": r"^\d{6}$"}, "{digits:6}"),
        ({"type": "string", "pattern": "^[A-Za-z0-9]{22}$"}, "{base62:22}"),
        ({"type": "string", "pattern": "^x-[a-z]{2,4}-\\d+$"}, "uuid4"),
        ({"type": "string", "example": "cus_NffrFeUfNV2Hib"}, "cus_{base62:14}"),
        ({"type": "string", "example": "1234567"}, "{digits:7}"),
        ({"type": "string", "example": "7f9a5c5e-3a5b-4c1c-9d4e-0123456789ab"}, "uuid4"),
        ({"type": "string", "example": "my-branch"}, "uuid4"),
        ({"type": "string", "maxLength": 20}, "{hex:20}"),
        ({"type": "string", "example": "cus_NffrFeUfNV2Hib", "maxLength": 10}, "{hex:10}"),
    ],
)
def test_ids_are_made_in_the_document_s_own_form(schema: dict[str, Any], make: str) -> None:
    assert things(record("name", id=schema), "id")["make"] == make


def test_examples_of_records_show_the_prefix_of_ids() -> None:
    answer = op(ref("Thing"))
    answer["responses"]["200"]["content"]["application/json"]["examples"] = {
        "one": {"value": {"id": "mk_oak"}},
        "two": {"value": {"id": "mk_elm"}},
    }
    found = plan(
        {"GET /things": op(many(ref("Thing"))), "GET /things/{id}": answer}, Thing=record("id", "name")
    )

    assert found.raw["resources"]["things"]["id"]["make"] == "mk_{hex:12}"


def test_client_chooses_what_it_may_send() -> None:
    """Not an id that the document marks as the server's."""
    own = {"type": "string"}
    servers = {"type": "string", "readOnly": True}

    def client_of(id: dict[str, Any]) -> bool:
        found = plan(
            {
                "POST /things": op(ref("Thing"), ref("Thing"), status=201),
                "GET /things/{id}": op(ref("Thing")),
            },
            Thing=record("name", id=id),
        )
        return "client" in found.raw["resources"]["things"]["id"]

    assert client_of(own)
    assert not client_of(servers)


def repos() -> Inferred:
    repo = record("name", id=INTEGER, owner=record("login"))
    return plan(
        {
            "POST /user/repos": op(ref("Repo"), record("name"), status=201),
            "GET /repos/{owner}/{repo}": op(ref("Repo")),
            "DELETE /repos/{owner}/{repo}": op(status=204),
            "GET /repos/{owner}/{repo}/labels": op(many(ref("Label"))),
            "POST /repos/{owner}/{repo}/labels": op(ref("Label"), ref("Label"), status=201),
            "GET /repos/{owner}/{repo}/labels/{name}": op(ref("Label")),
        },
        Repo=repo,
        Label=record("name", "colour", id=INTEGER),
    )


def test_key_of_two_parts_finds_a_record_by_both() -> None:
    found = repos()

    assert found.raw["operations"]["GET /repos/{owner}/{repo}"]["find"] == {
        "owner.login": "$request.path.owner",
        "name": "$request.path.repo",
    }
    assert found.raw["resources"]["repos"]["id"] == {"property": "id", "make": "integer"}
    assert actions(found)["POST /user/repos"] == "create repos"


def test_name_that_is_unique_only_below_a_parent_is_no_id() -> None:
    """Two repositories may have a label of one name."""
    found = repos()

    assert found.raw["resources"]["labels"]["id"]["property"] == "id"
    assert found.raw["resources"]["labels"]["scope"] == ["owner", "repo"]
    assert found.raw["operations"]["GET /repos/{owner}/{repo}/labels/{name}"]["find"] == {
        "name": "$request.path.name"
    }


def test_another_way_to_the_same_record_finds_it_by_property() -> None:
    found = plan(
        {
            "GET /users": op(many(ref("User"))),
            "GET /users/{id}": op(ref("User")),
            "GET /users/by-email/{address}": op(ref("User")),
            "GET /users/lookupByName": op(ref("User"), query={"name": STRING}),
        },
        User=record("id", "email", "name"),
    )

    assert set(found.raw["resources"]) == {"users"}
    assert found.raw["operations"]["GET /users/by-email/{address}"]["find"] == {
        "email": "$request.path.address"
    }
    assert found.raw["operations"]["GET /users/lookupByName"]["find"] == {"name": "$request.query.name"}


def test_id_may_stand_in_what_a_record_says_about_itself() -> None:
    """Names of pods are unique in their namespace only; those of nodes everywhere."""
    pod = record("kind", metadata=record("name", "namespace", "uid"), spec=record("image"))
    found = plan(
        {
            "GET /api/v1/nodes": op(record("kind", items=many(ref("Node")))),
            "POST /api/v1/nodes": op(ref("Node"), ref("Node"), status=201),
            "GET /api/v1/nodes/{name}": op(ref("Node")),
            "GET /api/v1/namespaces/{namespace}/pods": op(record("kind", items=many(ref("Pod")))),
            "POST /api/v1/namespaces/{namespace}/pods": op(ref("Pod"), ref("Pod"), status=201),
            "GET /api/v1/namespaces/{namespace}/pods/{name}": op(ref("Pod")),
        },
        Node=record("kind", metadata=record("name", "uid")),
        Pod=pod,
    )

    assert found.raw["resources"]["nodes"]["id"] == {"property": "metadata.name", "client": True}
    read = found.raw["operations"]["GET /api/v1/namespaces/{namespace}/pods/{name}"]
    assert read["find"] == {"metadata.name": "$request.path.name"}
    assert found.raw["resources"]["pods"]["scope"] == ["namespace"]


def test_types_that_differ_between_operations_do_not_hide_the_id() -> None:
    """One operation says by mistake that the name is a number."""
    model = api(
        {"GET /branches/{branch}": op(ref("Branch")), "DELETE /branches/{branch}": op(status=204)},
        variables={"branch": INTEGER},
        Branch=record("name", "commit"),
    )
    from mockserver.document.inference import infer

    assert infer(model).raw["resources"]["branches"]["id"]["property"] == "name"


def test_key_that_put_makes_again_after_a_deletion_is_no_id() -> None:
    """Ids are never given out again; where PUT declares no refusal, a key that was deleted has to come back."""
    operations = {
        "GET /flags": op(many(ref("Flag"))),
        "GET /flags/{key}": op(ref("Flag")),
        "PUT /flags/{key}": op(ref("Flag"), ref("Flag"), status=201, errors=("400",)),
        "DELETE /flags/{key}": op(status=204),
    }
    found = plan(operations, Flag=record("key", "enabled"))

    assert found.raw["resources"]["flags"]["id"]["property"] == "_id"
    assert found.raw["operations"]["PUT /flags/{key}"]["find"] == {"key": "$request.path.key"}

    refusing = plan(
        {**operations, "PUT /flags/{key}": op(ref("Flag"), ref("Flag"), status=201)}, Flag=record("key")
    )
    assert refusing.raw["resources"]["flags"]["id"]["property"] == "key"
