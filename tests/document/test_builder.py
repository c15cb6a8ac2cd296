"""Documents become models; what is wrong with them costs no more than the operations that it touches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.document import builder
from mockserver.document.model import Document
from mockserver.errors import DocumentError

from .conftest import ANSWERS, document, only_operation, with_parameter

TEXT: dict[str, Any] = {"type": "string"}


def rules_of(model: Document) -> list[tuple[str, str]]:
    """Return where and by which rule faults were found."""
    return [(fault.pointer, fault.rule) for fault in model.faults]


# What is a document.


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ([], "its top level is not an object"),
        (None, "its top level is not an object"),
        ({}, "the field 'openapi' is missing"),
        ({"openapi": "4.0.0"}, "is '4.0.0'; it should be 2.0, 3.0.x, 3.1.x or 3.2.x"),
        ({"openapi": None, "paths": {}}, "the field 'openapi' is missing"),
        ({"openapi": {}}, "should be 2.0, 3.0.x, 3.1.x or 3.2.x"),
        ({"swagger": "1.2"}, "the field 'swagger' is '1.2'"),
    ],
)
def test_what_is_no_document_is_refused_in_one_line(root: Any, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        builder.build(root, Path("api.yaml"))

    assert str(caught.value).startswith("api.yaml is ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("said", "read"), [(3.1, "3.1"), ("3.1", "3.1"), (3, "3.0"), ("3.9.0", "3.9.0")])
def test_version_that_is_not_quite_one_is_read_and_reported(said: object, read: str) -> None:
    model = builder.build({"openapi": said, "paths": {}}, Path("api.yaml"))

    assert model.version == read
    assert rules_of(model) == ([] if said == "3.1" else [("/openapi", "version")])


@pytest.mark.parametrize("paths", [None, [], "x", {}])
def test_document_without_paths_has_no_operations(paths: Any) -> None:
    model = builder.build({"openapi": "3.1.0", "paths": paths}, Path("api.yaml"))

    assert model.operations == {}


@pytest.mark.parametrize(
    ("file", "name"),
    [("pets.yaml", "pets"), ("My API (v2).yml", "my-api-v2"), ("api.v1.json", "api-v1"), ("….yaml", "api")],
)
def test_short_name_comes_from_the_file(file: str, name: str) -> None:
    assert builder.name_of(Path(file)) == name


# Parameters.


def test_parameter_of_the_operation_wins_over_that_of_its_path() -> None:
    model = document(
        {
            "/pets/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": TEXT},
                    {"name": "limit", "in": "query", "schema": TEXT},
                    {"name": "limit", "in": "header", "schema": TEXT},
                ],
                "get": {
                    "parameters": [
                        {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer"}}
                    ],
                    "responses": ANSWERS,
                },
            }
        }
    )

    found = {(item.place, item.name): item.pointer for item in only_operation(model).parameters}

    assert found == {
        ("path", "id"): "/paths/~1pets~1{id}/parameters/0",
        ("query", "limit"): "/paths/~1pets~1{id}/get/parameters/0",
        ("header", "limit"): "/paths/~1pets~1{id}/parameters/2",
    }


@pytest.mark.parametrize(
    ("place", "style", "explode"),
    [
        ("path", "simple", False),
        ("query", "form", True),
        ("header", "simple", False),
        ("cookie", "form", True),
    ],
)
def test_style_and_explode_have_the_defaults_of_the_place(place: str, style: str, explode: bool) -> None:
    path = "/pets/{p}" if place == "path" else "/pets"
    (parameter,) = only_operation(
        with_parameter({"name": "p", "in": place, "schema": TEXT}, path=path)
    ).parameters

    assert (parameter.style, parameter.explode) == (style, explode)


def test_style_that_is_not_form_is_not_exploded_unless_said() -> None:
    declared = {"name": "p", "in": "query", "schema": TEXT, "style": "pipeDelimited"}
    (parameter,) = only_operation(with_parameter(declared)).parameters

    assert parameter.explode is False


# References.

COMPONENTS: dict[str, Any] = {
    "parameters": {"Limit": {"name": "limit", "in": "query", "schema": TEXT}},
    "requestBodies": {"Pet": {"required": True, "content": {"application/json": {"schema": TEXT}}}},
    "responses": {
        "Pet": {
            "description": "a pet",
            "headers": {"X-Rate": {"$ref": "#/components/headers/Rate"}},
            "content": {"application/json": {"examples": {"rex": {"$ref": "#/components/examples/Rex"}}}},
        }
    },
    "headers": {"Rate": {"required": True, "schema": {"type": "integer"}}},
    "examples": {"Rex": {"value": {"name": "Rex"}}},
    "pathItems": {
        "Pets": {
            "post": {
                "parameters": [{"$ref": "#/components/parameters/Limit"}],
                "requestBody": {"$ref": "#/components/requestBodies/Pet"},
                "responses": {"200": {"$ref": "#/components/responses/Pet"}},
            }
        }
    },
    "securitySchemes": {
        "Key": {"$ref": "#/components/securitySchemes/Real"},
        "Real": {"type": "apiKey", "in": "header", "name": "X-Key"},
    },
}


def test_reference_of_every_kind_is_followed() -> None:
    model = document({"/pets": {"$ref": "#/components/pathItems/Pets"}}, components=COMPONENTS)

    operation = only_operation(model)

    assert model.faults == ()
    assert [item.pointer for item in operation.parameters] == ["/components/parameters/Limit"]
    assert operation.request_body is not None
    assert operation.request_body.pointer == "/components/requestBodies/Pet"
    response = operation.responses["200"]
    assert response.pointer == "/components/responses/Pet"
    assert response.headers["X-Rate"].pointer == "/components/headers/Rate"
    assert response.content["application/json"].examples == {"rex": {"name": "Rex"}}
    assert model.security_schemes["Key"].parameter == "X-Key"


def test_reference_may_lead_to_another_reference() -> None:
    parameters = {"A": {"$ref": "#/components/parameters/B"}, "B": {"name": "b", "in": "query"}}
    model = with_parameter({"$ref": "#/components/parameters/A"}, components={"parameters": parameters})

    assert [item.name for item in only_operation(model).parameters] == ["b"]


@pytest.mark.parametrize(
    ("broken", "place", "effect"),
    [
        ({"parameters": [{"$ref": "#/components/parameters/Nobody"}]}, "parameters/0", "it is left out"),
        ({"parameters": [{"$ref": "nothing.yaml#/Limit"}]}, "parameters/0", "it is left out"),
        ({"parameters": [None]}, "parameters/0", "it is left out"),
        (
            {"parameters": [{"name": "p", "in": "query", "content": {"application/json": None}}]},
            "parameters/0/content/application~1json",
            "it is left out",
        ),
        ({"requestBody": {"$ref": "#/nowhere"}}, "requestBody", "any body is taken"),
        (
            {"requestBody": {"content": {"application/json": None}}},
            "requestBody/content/application~1json",
            "it is left out",
        ),
        (
            {"responses": {"200": {"$ref": "#/nowhere"}}},
            "responses/200",
            "it is answered without a body",
        ),
        (
            {"responses": {"200": {"headers": {"X-Rate": {"$ref": "#/nowhere"}}}}},
            "responses/200/headers/X-Rate",
            "it is left out",
        ),
        (
            {"responses": {"200": {"content": {"a/json": {"examples": {"a": {"$ref": "#/nowhere"}}}}}}},
            "responses/200/content/a~1json/examples/a",
            "it is left out",
        ),
    ],
)
def test_dangling_reference_costs_no_more_than_what_it_stands_for(
    broken: dict[str, Any], place: str, effect: str
) -> None:
    model = document({"/pets": {"get": {"responses": ANSWERS, **broken}, "post": {"responses": ANSWERS}}})

    assert list(model.operations) == ["getPets", "postPets"]
    (fault,) = model.faults
    assert (fault.pointer, fault.effect) == (f"/paths/~1pets/get/{place}", effect)


def test_circular_reference_costs_its_parameter() -> None:
    parameters = {"A": {"$ref": "#/components/parameters/B"}, "B": {"$ref": "#/components/parameters/A"}}
    model = with_parameter({"$ref": "#/components/parameters/A"}, components={"parameters": parameters})

    assert only_operation(model).parameters == ()
    assert "leads to itself" in model.faults[0].message


@pytest.mark.parametrize(
    ("item", "rule"), [({"$ref": "#/nowhere"}, "reference"), (None, "structure"), ("x", "structure")]
)
def test_broken_path_item_is_reported_and_the_others_are_served(item: Any, rule: str) -> None:
    model = document({"/broken": item, "/pets": {"get": {"responses": ANSWERS}}})

    assert list(model.operations) == ["getPets"]
    assert rules_of(model) == [("/paths/~1broken", rule)]


def test_operation_that_is_no_object_is_reported() -> None:
    assert rules_of(document({"/pets": {"get": None}})) == [("/paths/~1pets/get", "structure")]


def test_extension_beside_paths_is_no_path() -> None:
    assert document({"x-note": {"get": {}}}).faults == ()


def test_path_without_its_slash_is_reported_and_served() -> None:
    model = document({"pets": {"get": {"responses": ANSWERS}}})

    assert only_operation(model).path == "/pets"
    assert rules_of(model) == [("/paths/pets", "path")]


# Operation ids.


def test_operation_without_an_id_gets_one_from_its_method_and_path() -> None:
    model = document({"/pets/{petId}/toys.json": {"get": {"responses": ANSWERS}}})

    assert list(model.operations) == ["getPetsPetIdToysJson"]


def test_id_that_is_used_twice_is_made_unique_and_reported() -> None:
    same = {"operationId": "pets", "responses": ANSWERS}
    model = document({"/a": {"get": same}, "/b": {"get": same}, "/c": {"get": same}})

    assert list(model.operations) == ["pets", "pets_2", "pets_3"]
    assert rules_of(model) == [("/paths/~1b/get", "operationId"), ("/paths/~1c/get", "operationId")]


def test_made_up_ids_that_are_the_same_are_made_unique_without_a_word() -> None:
    model = document({"/a-b": {"get": {"responses": ANSWERS}}, "/a_b": {"get": {"responses": ANSWERS}}})

    assert list(model.operations) == ["getAB", "getAB_2"]
    assert model.faults == ()


@pytest.mark.parametrize("id", ["", None, 5])
def test_id_that_is_no_text_is_as_good_as_none(id: Any) -> None:
    assert list(document({"/a": {"get": {"operationId": id, "responses": ANSWERS}}}).operations) == ["getA"]


# Responses.


@pytest.mark.parametrize(
    ("status", "declared"), [(404, "404"), (409, "4XX"), (500, "default"), (200, "200"), (201, "2XX")]
)
def test_response_is_exact_then_of_the_range_then_the_default(status: int, declared: str) -> None:
    names = ["default", "4XX", "404", "200", "2xx"]
    model = document({"/a": {"get": {"responses": {name: {"description": ""} for name in names}}}})

    response = only_operation(model).response_for(status)

    assert response is not None
    assert response.status == declared


def test_status_that_is_a_number_is_a_status() -> None:
    model = document({"/a": {"get": {"responses": {200: {"description": ""}, "x-note": {}}}}})

    assert list(only_operation(model).responses) == ["200"]


def test_single_example_has_no_name() -> None:
    content = {
        "application/json": {"example": 1, "examples": {"two": {"value": 2}, "far": {"externalValue": "x"}}}
    }
    model = document({"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}})

    assert only_operation(model).responses["200"].content["application/json"].examples == {"two": 2, "": 1}


# Security.

SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "Bearer"},
    "key": {"type": "apiKey", "in": "query", "name": "k"},
}


def secured(operation: dict[str, Any], **more: Any) -> Document:
    return document(
        {"/a": {"get": {"responses": ANSWERS, **operation}}}, components={"securitySchemes": SCHEMES}, **more
    )


def test_operation_has_the_security_of_the_document() -> None:
    model = secured({}, security=[{"bearer": ["read"], "key": []}, {}])

    assert only_operation(model).security == ({"bearer": ("read",), "key": ()}, {})


@pytest.mark.parametrize(("own", "found"), [([], ()), ([{"key": []}], ({"key": ()},))])
def test_security_of_the_operation_replaces_that_of_the_document(own: Any, found: Any) -> None:
    assert only_operation(secured({"security": own}, security=[{"bearer": []}])).security == found


def test_unknown_scheme_is_reported_and_not_asked_for() -> None:
    model = secured({"security": [{"nobody": [], "key": []}]})

    assert only_operation(model).security == ({"key": ()},)
    assert rules_of(model) == [("/paths/~1a/get/security", "security")]


@pytest.mark.parametrize("security", [True, "x", [None], [{"key": True}], [{"key": None}]])
def test_nonsense_about_security_stops_nothing(security: Any) -> None:
    assert len(secured({"security": security}).operations) == 1


def test_dangling_scheme_is_reported() -> None:
    model = document({}, components={"securitySchemes": {"key": {"$ref": "#/nowhere"}}})

    assert rules_of(model) == [("/components/securitySchemes/key", "reference")]


@pytest.mark.parametrize("components", [None, [], {"securitySchemes": None}, {"schemas": None}])
def test_nonsense_about_components_stops_nothing(components: Any) -> None:
    assert len(document({"/a": {"get": {"responses": ANSWERS}}}, components=components).operations) == 1


# Paths that are more than paths.


def test_variable_in_the_query_of_a_template_is_a_query_field() -> None:
    declared = {"name": "q", "in": "path", "required": True, "schema": TEXT}
    (parameter,) = only_operation(with_parameter(declared, path="/search?text={q}")).parameters

    assert (parameter.place, parameter.name, parameter.style) == ("query", "text", "form")


def test_variable_that_nobody_declares_takes_any_text() -> None:
    model = document({"/pets/{id}": {"get": {"responses": ANSWERS}}})

    assert [(item.place, item.name) for item in only_operation(model).parameters] == [("path", "id")]
    assert rules_of(model) == [("/paths/~1pets~1{id}/get", "parameter")]


@pytest.mark.parametrize("name", ["Content-Type", "accept", "Authorization"])
def test_header_that_the_protocol_owns_is_no_parameter(name: str) -> None:
    declared = {"name": name, "in": "header", "required": True, "schema": TEXT}

    assert only_operation(with_parameter(declared)).parameters == ()


def test_method_of_any_name_may_be_declared() -> None:
    model = document(
        {"/a": {"additionalOperations": {"COPY": {"responses": ANSWERS}}, "query": {"responses": ANSWERS}}}
    )

    assert [operation.method for operation in model.operations.values()] == ["QUERY", "COPY"]


@pytest.mark.parametrize("key", ["success", "200 OK", "2X", "600"])
def test_response_under_what_is_no_status_is_left_out(key: str) -> None:
    model = document({"/a": {"get": {"responses": {key: {"description": ""}, "4xx": {"description": ""}}}}})

    assert list(only_operation(model).responses) == ["4XX"]
    assert [fault.rule for fault in model.faults] == ["response", "response"]


@pytest.mark.parametrize(
    "content", [{"json": {"schema": TEXT}}, {"json": {}, "application/json": {"schema": TEXT}}]
)
def test_media_type_that_is_none_gives_way_to_json(content: Any) -> None:
    model = document({"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}})

    assert list(only_operation(model).responses["200"].content) == ["application/json"]
    assert rules_of(model) == [("/paths/~1a/get/responses/200/content/json", "media-type")]


def test_webhooks_alone_are_a_document_without_operations() -> None:
    hooks = {"new": {"post": {"requestBody": {"$ref": "#/components/requestBodies/R"}, "responses": ANSWERS}}}
    model = builder.build({"openapi": "3.1.0", "webhooks": hooks}, Path("api.yaml"))

    assert model.operations == {}
    assert len(model.faults) == 1
