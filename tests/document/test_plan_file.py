"""A plan is read and checked against its document: each error says file, place and, where it can, the near miss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockserver.document import plan_file
from mockserver.document.model import Document, Fault
from mockserver.document.plan import (
    ABSENT,
    Action,
    Filter,
    Lifecycle,
    Move,
    Plan,
    Predicates,
    Reference,
    WorldKey,
)
from mockserver.errors import DocumentError, PlanError

from .conftest import ANSWERS, document

TEXT: dict[str, Any] = {"type": "string"}
SCHEMAS: dict[str, Any] = {
    "Pet": {"type": "object", "properties": {"id": TEXT, "name": TEXT, "ownerId": TEXT, "deletedAt": TEXT}},
    "Owner": {"type": "object", "properties": {"id": TEXT}, "additionalProperties": True},
}
QUERY = [{"name": "name", "in": "query", "schema": TEXT}, {"name": "limit", "in": "query", "schema": TEXT}]


@pytest.fixture
def pets() -> Document:
    paths = {
        "/pets": {
            "get": {"operationId": "listPets", "parameters": QUERY, "responses": ANSWERS},
            "post": {
                "operationId": "createPet",
                "responses": {"201": {"description": ""}, "2XX": {"description": ""}},
            },
        },
        "/pets/{id}": {"get": {"operationId": "getPet", "responses": ANSWERS}},
    }
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    return document(paths, components={"schemas": SCHEMAS, "securitySchemes": schemes})


def read(pets: Document, **parts: Any) -> Plan:
    """Read a plan with a resource `pets` and `owners`, changed by `parts`."""
    resources = parts.pop("resources", {"pets": {"schema": "Pet"}, "owners": {"schema": "Owner"}})
    return plan_file.build({"plan": "1", "resources": resources, **parts}, pets, Path("api.plan.yaml"))


def with_resource(pets: Document, **keys: Any) -> Plan:
    return read(pets, resources={"owners": {"schema": "Owner"}, "pets": {"schema": "Pet", **keys}})


def with_list(pets: Document, **keys: Any) -> Plan:
    return read(pets, operations={"listPets": {"action": "list", "resource": "pets", **keys}})


# What is read.


def test_smallest_resource_has_its_defaults(pets: Document) -> None:
    resource = read(pets).resources["pets"]

    assert (resource.schema, resource.id_property, resource.make) == (
        "/components/schemas/Pet",
        "id",
        None,
    )
    assert (resource.soft_delete, resource.seed, resource.client_ids) == (None, 0, False)


def test_schema_may_be_a_pointer(pets: Document) -> None:
    assert (
        with_resource(pets, schema="#/components/schemas/Owner").resources["pets"].schema
        == "/components/schemas/Owner"
    )


def test_reference_may_be_a_name_or_a_mapping(pets: Document) -> None:
    plan = with_resource(pets, references={"ownerId": "owners"})
    full = with_resource(
        pets, references={"ownerId": {"resource": "owners", "missing": "ignore", "on-delete": "cascade"}}
    )

    short_form = plan.resources["pets"].references["ownerId"]
    long_form = full.resources["pets"].references["ownerId"]
    assert (short_form.resource, short_form.missing, short_form.on_delete) == ("owners", 404, "keep")
    assert (long_form.resource, long_form.missing, long_form.on_delete) == ("owners", None, "cascade")


def test_null_is_a_value_and_absence_is_none(pets: Document) -> None:
    rules = with_resource(pets, fields={"name": {"default": None}}).resources["pets"].fields["name"]

    assert rules.default is None
    assert rules.create is ABSENT


def test_filter_may_be_a_property_or_a_mapping(pets: Document) -> None:
    plan = with_list(
        pets,
        filters={
            "name": "ownerId.name",
            "limit": {"operator": "le", "separator": ",", "empty": None, "unknown": 404},
        },
    )

    assert plan.operations["listPets"].filters == (
        Filter("name", ("ownerId", "name"), "$request.query.name"),
        Filter("limit", ("limit",), "$request.query.limit", "le", ",", True, 404),
    )


def test_predicates_sort_and_page_are_read(pets: Document) -> None:
    operation = with_list(
        pets,
        predicates={"from": "$request.body#/filters", "property": ["column", "name"]},
        sort={"by": "$request.query.name", "default": ["-name", "id"]},
        page={"number": "$request.query.limit", "default-limit": 10, "first": 0},
    ).operations["listPets"]

    assert operation.predicates == (
        Predicates("$request.body#/filters", ("column", "name"), "operator", "value"),
    )
    assert operation.sort.default == (("name", True), ("id", False))
    assert (operation.page.default_limit, operation.page.first) == (10, 0)
    assert operation.action is Action.LIST


def test_status_may_be_any_that_is_declared(pets: Document) -> None:
    for status in (201, 202):
        plan = read(
            pets, operations={"createPet": {"action": "create", "resource": "pets", "status": status}}
        )
        assert plan.operations["createPet"].status == status


def test_credential_is_a_text(pets: Document) -> None:
    plan = read(pets, credentials={"key": {"pattern": r"^\d+$", "example": 12345}})

    assert plan.credentials["key"].example == "12345"


def test_empty_sections_are_empty(pets: Document) -> None:
    plan = plan_file.build(
        {"plan": 1, "resources": None, "operations": None, "principal": None, "credentials": None},
        pets,
        Path("p"),
    )

    assert (plan.resources, plan.operations, plan.principal, plan.credentials) == ({}, {}, {}, {})


# What is refused.


@pytest.mark.parametrize(
    ("parts", "place", "words"),
    [
        ({"plan": "2"}, "/plan", "version should be '1', not '2'"),
        ({"resource": {}}, "/", "unknown key 'resource' (did you mean 'resources'?)"),
        ({"resources": []}, "/resources", "a mapping is expected, not []"),
        ({"principal": "me"}, "/principal", "a mapping is expected, not 'me'"),
        ({"credentials": {"kee": {}}}, "/credentials/kee", "no security scheme 'kee' (did you mean 'key'?)"),
        ({"credentials": {"key": {"pattern": "("}}}, "/credentials/key/pattern", "is no regular expression"),
        (
            {"credentials": {"key": {"pattern": "^a", "example": "b"}}},
            "/credentials/key/example",
            "'b' does not have the pattern '^a'",
        ),
        (
            {"operations": {"listPet": {}}},
            "/operations/listPet",
            "no operation 'listPet' (did you mean 'listPets'?)",
        ),
        (
            {"operations": {"listPets": {"action": "lst", "resource": "pets"}}},
            "/operations/listPets/action",
            "no action 'lst' (did you mean 'list'?)",
        ),
        (
            {"operations": {"listPets": {"action": "list", "resource": "pet"}}},
            "/operations/listPets/resource",
            "no resource 'pet' (did you mean 'pets'?)",
        ),
        (
            {"operations": {"listPets": {"action": "count", "resource": "pets"}}},
            "/operations/listPets",
            "the action 'count' needs an 'answer'",
        ),
    ],
)
def test_plan_that_does_not_fit_is_refused(
    pets: Document, parts: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(PlanError) as caught:
        read(pets, **parts)

    assert str(caught.value).startswith(f"api.plan.yaml: at {place}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        ({"schema": "Pets"}, "schema", "no schema 'Pets' (did you mean 'Pet'?)"),
        ({"schema": "#/nowhere"}, "schema", "no schema '#/nowhere'"),
        ({"schema": None}, "schema", "the name of a schema is expected"),
        ({"feilds": {}}, "", "unknown key 'feilds' (did you mean 'fields'?)"),
        ({"id": {"propery": "id"}}, "id", "did you mean 'property'?"),
        ({"id": {"make": "pet_{hexx:4}"}}, "id/make", "'{hexx:4}' makes no part of an id; known are {hex:N}"),
        (
            {"references": {"ownerId": "owner"}},
            "references/ownerId",
            "no resource 'owner' (did you mean 'owners'?)",
        ),
        (
            {"references": {"ownerId": {"resource": "owners", "missing": -1}}},
            "references/ownerId/missing",
            "whole number",
        ),
        (
            {"references": {"ownerId": {"resource": "owners", "on-delete": "cascades"}}},
            "references/ownerId/on-delete",
            "did you mean 'cascade'?",
        ),
        ({"unique": ["name"]}, "unique", "a list of lists of property names"),
        ({"unique": [["id"], ["nam"]]}, "unique/1", "no property 'nam' (did you mean 'name'?)"),
        ({"fields": {"nmae": {"create": 1}}}, "fields", "no property 'nmae' (did you mean 'name'?)"),
        ({"fields": {"name": {"creates": 1}}}, "fields/name", "did you mean 'create'?"),
        ({"fields": {"name": 5}}, "fields/name", "a mapping is expected"),
        ({"delete": "softly"}, "delete", "'hard' or {soft: PROPERTY}"),
        ({"delete": {"soft": "deletedAt", "x": 1}}, "delete", "unknown key 'x'"),
        ({"seed": "many"}, "seed", "a whole number is expected, not 'many'"),
        ({"seed": True}, "seed", "a whole number is expected, not True"),
    ],
)
def test_resource_that_does_not_fit_is_refused(
    pets: Document, keys: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(PlanError) as caught:
        with_resource(pets, **keys)

    assert str(caught.value).startswith(
        f"api.plan.yaml: at {'/resources/pets/' + place if place else '/resources/pets'}: "
    )
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        ({"filter": {}}, "", "did you mean 'filters'?"),
        ({"filters": {"nam": "name"}}, "/filters/nam", "no query parameter 'nam' (did you mean 'name'?)"),
        ({"filters": {"name": {"operator": "equal"}}}, "/filters/name/operator", "no operator 'equal'"),
        ({"filters": {"name": {"separator": 5}}}, "/filters/name/separator", "a text is expected, not 5"),
        ({"filters": {"name": {"unknown": "x"}}}, "/filters/name/unknown", "a whole number is expected"),
        ({"predicates": {"property": "name"}}, "/predicates", "'from' is missing"),
        ({"sort": {"defaults": "name"}}, "/sort", "did you mean 'default'?"),
        ({"sort": {"default": 5}}, "/sort/default", "a property name, or a list of them, is expected"),
        ({"page": {"default_limit": 5}}, "/page", "did you mean 'default-limit'?"),
        ({"page": {"default-limit": -5}}, "/page/default-limit", "a whole number is expected, not -5"),
        ({"status": 404}, "/status", "declares no response 404"),
        ({"status": "2XX"}, "/status", "a whole number is expected, not '2XX'"),
        ({"set": []}, "/set", "a mapping is expected"),
        ({"set": {"nam": 1}}, "/set/nam", "no property 'nam' (did you mean 'name'?)"),
        ({"when": {"nmae": 1}}, "/when/nmae", "no property 'nmae' (did you mean 'name'?)"),
        ({"find": {"nam.first": 1}}, "/find/nam.first", "no property 'nam' (did you mean 'name'?)"),
    ],
)
def test_operation_that_does_not_fit_is_refused(
    pets: Document, keys: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(PlanError) as caught:
        with_list(pets, **keys)

    assert str(caught.value).startswith(f"api.plan.yaml: at /operations/listPets{place}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("raw", [None, [], "x"])
def test_plan_that_is_no_mapping_is_refused(pets: Document, raw: Any) -> None:
    with pytest.raises(PlanError, match=r"api\.plan\.yaml: at /"):
        plan_file.build(raw, pets, Path("api.plan.yaml"))


def test_field_of_a_schema_that_is_open_needs_no_declaration(pets: Document) -> None:
    assert read(
        pets, resources={"owners": {"schema": "Owner", "fields": {"anything": {"create": 1}}}}
    ).resources


def test_field_that_is_only_read_needs_no_declaration(pets: Document) -> None:
    assert with_resource(pets, fields={"petCount": {"read": 1}}).resources


# Where it lies.


def test_plan_lies_beside_its_document(tmp_path: Path, pets: Document) -> None:
    beside = replace(pets, source=tmp_path / "api.yaml")
    assert plan_file.load(beside).source is None

    (tmp_path / "api.plan.yaml").write_text("plan: '1'\nprincipal: {id: me}\n")
    assert plan_file.load(beside).principal == {"id": "me"}


def test_plan_that_was_named_has_to_be_there(tmp_path: Path, pets: Document) -> None:
    with pytest.raises(DocumentError, match=r"cannot read .*mine\.yaml"):
        plan_file.load(pets, tmp_path / "mine.yaml")


# What later versions of the format know.


def test_resource_with_every_key_is_read(pets: Document) -> None:
    resource = with_resource(
        pets,
        id={"property": "meta.name"},
        scope=["account"],
        references={"ownerId": {"resource": "owners", "path": "owner", "missing": "declared"}},
        singleton=True,
        lifecycle={
            "property": "name",
            "initial": "queued",
            "clock": [
                {"from": "queued", "to": "done", "after": "500ms"},
                {"from": "done", "to": "old", "after": 2},
            ],
        },
        delete={"soft": "deletedAt", "value": True},
        gone=410,
    ).resources["pets"]

    assert resource.scope == {"account": "$request.path.account"}
    assert resource.references["ownerId"] == Reference("ownerId", "owners", "declared", "keep", "owner")
    assert resource.lifecycle == Lifecycle(
        "name", "queued", (Move("queued", "done", 500), Move("done", "old", 2000))
    )
    assert (resource.id_property, resource.singleton, resource.gone) == ("meta.name", True, 410)
    assert (resource.soft_delete, resource.soft_value) == ("deletedAt", True)


@pytest.mark.parametrize(("mode", "missing"), [("loose", None), ("strict", "declared")])
def test_loose_reference_refuses_in_a_strict_plan_only(pets: Document, mode: str, missing: object) -> None:
    references = {"ownerId": {"resource": "owners", "missing": "loose"}}
    resources = {"owners": {"schema": "Owner"}, "pets": {"schema": "Pet", "references": references}}

    plan = read(pets, references=mode, resources=resources)

    assert plan.resources["pets"].references["ownerId"].missing == missing


def test_operation_with_every_key_is_read(pets: Document) -> None:
    operation = with_list(
        pets,
        find={"name": "$request.query.name"},
        headers={"X-Total-Count": "$page.total"},
        when={"name": ["a", "b"], "id": "c"},
        merge="shallow",
        missing="generated",
        expand="$request.query.name",
        show=["id"],
        filters={"name": {"operator": "search", "ignore": "all"}, "limit": None},
        sort={"text": "$request.query.name", "names": {"n": "name"}},
        page={"after": "$request.query.name", "token": "$request.query.limit", "max-limit": 5},
    ).operations["listPets"]

    assert operation.when == {"name": ("a", "b"), "id": ("c",)}
    assert operation.headers == {"X-Total-Count": "$page.total"}
    assert (operation.merge, operation.generates_missing, operation.inferred) == ("shallow", True, False)
    assert operation.filters == (Filter("name", (), "$request.query.name", "search", ignore=("all",)),)
    assert (operation.sort.text, operation.sort.names) == ("$request.query.name", {"n": "name"})
    assert (operation.page.after, operation.page.max_limit) == ("$request.query.name", 5)


@pytest.mark.parametrize("raw", [None, {"action": "none"}])
def test_operation_may_be_left_without_state(pets: Document, raw: Any) -> None:
    plan = read(pets, operations={"listPets": raw})

    assert plan.operations == {}
    assert plan.notes == {"listPets": "the plan says so"}


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("bearer", WorldKey("bearer")),
        ({"header": "X-Tenant"}, WorldKey("header", "X-Tenant")),
        ({"cookie": "session"}, WorldKey("cookie", "session")),
        ({"query": "tenant"}, WorldKey("query", "tenant")),
    ],
)
def test_world_is_named_by_a_part_of_the_request(pets: Document, raw: Any, key: WorldKey) -> None:
    assert read(pets, world=raw).world == key


@pytest.mark.parametrize(
    ("parts", "place", "words"),
    [
        ({"world": "token"}, "/world", "bearer, {header: NAME}, {cookie: NAME} or {query: NAME} is expected"),
        ({"world": {"heder": "X"}}, "/world", "did you mean 'header'?"),
        ({"references": "strct"}, "/references", "did you mean 'strict'?"),
        ({"infer": "no"}, "/infer", "true or false is expected"),
    ],
)
def test_malformed_head_of_a_plan_is_refused(
    pets: Document, parts: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(PlanError) as caught:
        read(pets, **parts)

    assert str(caught.value).startswith(f"api.plan.yaml: at {place}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        ({"gone": 405}, "gone", "404 or 410 is expected"),
        ({"scope": [5]}, "scope", "a list of names of path parameters"),
        ({"singleton": "yes"}, "singleton", "true or false is expected"),
        ({"lifecycle": {"initial": "x"}}, "lifecycle", "'property' is missing"),
        ({"lifecycle": {"property": "nam"}}, "lifecycle/property", "did you mean 'name'?"),
        ({"lifecycle": {"property": "name", "clock": {}}}, "lifecycle/clock", "a list of {from, to, after}"),
        (
            {"lifecycle": {"property": "name", "clock": [{"from": "a"}]}},
            "lifecycle/clock/0",
            "'to' is missing",
        ),
        (
            {"lifecycle": {"property": "name", "clock": [{"from": "a", "to": "b", "after": "soon"}]}},
            "lifecycle/clock/0/after",
            "seconds, or a text such as 500ms",
        ),
        (
            {"lifecycle": {"property": "name", "clock": [{"from": "a", "to": "b", "after": 1}] * 2}},
            "lifecycle/clock/1",
            "two moves from 'a'",
        ),
        (
            {"references": {"ownerId": {"resource": "owners", "missing": "declare"}}},
            "references/ownerId/missing",
            "did you mean 'declared'?",
        ),
    ],
)
def test_malformed_resource_is_refused(pets: Document, keys: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(PlanError) as caught:
        with_resource(pets, **keys)

    assert str(caught.value).startswith(f"api.plan.yaml: at /resources/pets/{place}: ")
    assert words in str(caught.value)


def test_what_does_not_fit_is_ignored_alone_where_somebody_takes_note(pets: Document) -> None:
    raw = {
        "plan": "1",
        "credentials": {"kee": {"pattern": "x"}, "key": {"pattern": "y"}},
        "resources": {
            "pets": {
                "schema": "Pet",
                "references": {"ownerId": "owners", "ghostId": "ghosts", "id": "owner"},
                "unique": [["nam"], ["name"]],
                "fields": {"nmae": {"create": 1}, "name": {"create": 2}},
                "lifecycle": {"property": "stat"},
            },
            "owners": {"schema": "Owner"},
            "ghosts": {"schema": "Ghost"},
        },
        "operations": {
            "listPet": {"action": "list", "resource": "pets"},
            "getPet": {"action": "get", "resource": "ghosts"},
            "createPet": {"action": "create", "resource": "pets", "status": 418},
            "listPets": {"action": "list", "resource": "pets", "filters": {"nam": "name", "name": "name"}},
        },
    }
    faults: list[Fault] = []

    plan = plan_file.build(raw, pets, Path("api.plan.yaml"), faults=faults)

    assert {fault.pointer for fault in faults} == {
        "/credentials/kee",
        "/resources/pets/references/id",
        "/resources/pets/unique/0",
        "/resources/pets/fields",
        "/resources/pets/lifecycle/property",
        "/resources/ghosts/schema",
        "/operations/listPet",
        "/operations/getPet/resource",
        "/operations/createPet/status",
        "/operations/listPets/filters/nam",
    }
    assert all(
        (fault.rule, fault.severity, fault.file) == ("plan", "warning", "api.plan.yaml") for fault in faults
    )
    assert plan.faults == tuple(faults)
    assert list(plan.credentials) == ["key"]
    assert list(plan.resources["pets"].references) == ["ownerId"]
    assert plan.resources["pets"].unique == (("name",),)
    assert list(plan.resources["pets"].fields) == ["name"]
    assert list(plan.operations) == ["createPet", "listPets"]
    assert [item.name for item in plan.operations["listPets"].filters] == ["name"]


def test_inferred_operations_and_their_notes_are_kept_in_mind(pets: Document) -> None:
    raw = {
        "plan": "1",
        "resources": {"pets": {"schema": "Pet"}},
        "operations": {"listPets": {"action": "list", "resource": "pets"}, "createPet": None},
    }

    plan = plan_file.build(raw, pets, Path("p"), inferred={"listPets"}, notes={"listPets": "lists pets"})

    assert plan.operations["listPets"].inferred
    assert plan.notes == {"listPets": "lists pets", "createPet": "the plan says so"}


def test_moves_that_lead_round_in_no_time_are_refused(pets: Document) -> None:
    at_once = [{"from": "a", "to": "b", "after": 0}, {"from": "b", "to": "a", "after": 0}]
    with pytest.raises(PlanError, match="lead round in no time"):
        with_resource(pets, lifecycle={"property": "name", "clock": at_once})

    at_once[0]["after"] = 1
    assert with_resource(pets, lifecycle={"property": "name", "clock": at_once}).resources["pets"].lifecycle
