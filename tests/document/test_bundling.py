"""Many files become one document; every reference in it leads to an object of its kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.document import builder
from mockserver.document.model import Document, Severity
from mockserver.errors import DocumentError

from .conftest import ANSWERS, document, only_operation, with_schemas

TEXT: dict[str, Any] = {"type": "string"}
PET: dict[str, Any] = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}


def answering(schema: Any) -> dict[str, Any]:
    """Return a path with one operation whose answers have a schema."""
    content = {"application/json": {"schema": schema}}
    return {"get": {"responses": {"200": {"description": "", "content": content}}}}


def written(folder: Path, **files: Any) -> Document:
    """Write files (`__` in a name is a folder) and load `api.json`."""
    for name, root in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(root))
    return builder.load(folder / "api.json")


def api(paths: Any, version: str = "3.1.0", **more: Any) -> dict[str, Any]:
    return {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths, **more}


def takes(model: Document, value: Any) -> bool:
    """Return whether the 200 answers of a document's one operation may have a body."""
    media = only_operation(model).responses["200"].content["application/json"]
    assert media.schema is not None
    return model.response_schemas.validator(media.schema).is_valid(value)


def rules_of(model: Document) -> list[tuple[str, str, str]]:
    return [(fault.file.rpartition("/")[2], fault.pointer, fault.rule) for fault in model.faults]


# Several files.


def test_schema_in_another_file_counts(tmp_path: Path) -> None:
    model = written(tmp_path, api=api({"/pets": answering({"$ref": "schemas/pet.json"})}), schemas__pet=PET)

    assert model.faults == ()
    assert takes(model, {"name": "Rex"})
    assert not takes(model, {})


def test_references_in_another_file_are_relative_to_it(tmp_path: Path) -> None:
    shared = {
        "Pet": {"properties": {"owner": {"$ref": "#/Owner"}, "tag": {"$ref": "../tag.json"}}},
        "Owner": TEXT,
    }
    model = written(
        tmp_path,
        api=api({"/pets": answering({"$ref": "./schemas/all.json#/Pet"})}),
        schemas__all=shared,
        tag={"type": "integer"},
    )

    assert model.faults == ()
    assert takes(model, {"owner": "Jo", "tag": 5})
    assert not takes(model, {"owner": 5})
    assert not takes(model, {"tag": "x"})


def test_file_may_refer_back_to_the_document(tmp_path: Path) -> None:
    model = written(
        tmp_path,
        api=api(
            {"/pets": answering({"$ref": "more.json#/Pet"})},
            components={"schemas": {"Name": {"type": "integer"}}},
        ),
        more={"Pet": {"properties": {"name": {"$ref": "api.json#/components/schemas/Name"}}}},
    )

    assert model.faults == ()
    assert not takes(model, {"name": "Rex"})


def test_files_that_refer_to_each_other_in_circles_are_one_document(tmp_path: Path) -> None:
    model = written(
        tmp_path,
        api=api({"/a": answering({"$ref": "a.json"})}),
        a={"properties": {"b": {"$ref": "b.json"}, "n": {"type": "integer"}}},
        b={"properties": {"a": {"$ref": "a.json"}}},
    )

    assert takes(model, {"b": {"a": {"b": {}, "n": 1}}})
    assert not takes(model, {"b": {"a": {"b": {"a": {"n": "x"}}}}})


@pytest.mark.parametrize(
    "place", ["paths", "item", "operation", "responses", "content", "parameters", "components"]
)
def test_any_part_of_a_document_may_stand_in_a_file(place: str, tmp_path: Path) -> None:
    item = answering({"$ref": "api.json#/components/schemas/Pet"})
    item["get"]["parameters"] = [{"name": "p", "in": "query", "schema": TEXT}]
    root = api({"/pets": item}, components={"schemas": {"Pet": PET}})
    reference = {"$ref": "part.json"}
    part: Any
    if place == "paths":
        part, root["paths"] = root["paths"], reference
    elif place == "components":
        part, root["components"] = root["components"], reference
    elif place == "item":
        part, root["paths"]["/pets"] = item, reference
    elif place == "operation":
        part, item["get"] = item["get"], reference
    elif place == "content":
        part = item["get"]["responses"]["200"]["content"]
        item["get"]["responses"]["200"]["content"] = reference
    else:
        part, item["get"][place] = item["get"][place], reference
    model = written(tmp_path, api=root, part=part)

    assert model.faults == ()
    assert [parameter.name for parameter in only_operation(model).parameters] == ["p"]
    assert not takes(model, {})
    assert takes(model, {"name": "Rex"})


def test_path_item_with_a_reference_and_something_beside_it_has_both(tmp_path: Path) -> None:
    item = {"$ref": "part.json", "post": {"responses": ANSWERS}}
    model = written(tmp_path, api=api({"/pets": item}), part={"get": {"responses": ANSWERS}})

    assert sorted(model.operations) == ["getPets", "postPets"]


def test_all_files_of_a_document_are_known(tmp_path: Path) -> None:
    model = written(
        tmp_path, api=api({"/a": answering({"$ref": "a.json"}), "/b": {"$ref": "missing.json"}}), a=PET
    )

    assert [Path(file).name for file in model.files] == ["api.json", "a.json", "missing.json"]


def test_fault_in_another_file_names_the_file_and_the_pointer_in_it(tmp_path: Path) -> None:
    model = written(
        tmp_path,
        api=api({"/a": answering({"$ref": "a.json#/A"})}),
        a={"A": {"properties": {"x": {"type": "any"}}}},
    )

    assert rules_of(model) == [("a.json", "/A/properties/x/type", "schema")]


def test_place_in_the_document_can_be_traced_to_what_was_written(tmp_path: Path) -> None:
    model = written(tmp_path, api=api({"/a": answering({"$ref": "a.json#/A"})}), a={"A": PET})
    media = only_operation(model).responses["200"].content["application/json"]
    pointer, _ = model.response_schemas.resolve(media.schema or "")
    file, origin = model.origin(pointer + "/properties/name")

    assert (Path(file).name, origin) == ("a.json", "/A/properties/name")
    assert model.origin("/paths/~1a/get") == ("", "/paths/~1a/get")


@pytest.mark.parametrize("reference", ["https://example.com/pet.json", "urn:pets:pet", "nothing.json", "."])
def test_what_cannot_be_read_costs_its_part_of_the_schema(reference: str, tmp_path: Path) -> None:
    model = written(
        tmp_path, api=api({"/a": answering({"properties": {"x": {"$ref": reference}, "n": TEXT}})})
    )

    (fault,) = model.faults
    assert fault.rule == "reference"
    assert takes(model, {"x": 5})
    assert not takes(model, {"n": 5})


def test_network_is_asked_by_what_was_handed_in_and_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        if url.endswith("tag.json"):
            raise DocumentError(f"{url} answers 404")
        return json.dumps({"properties": {"tag": {"$ref": "tag.json"}, "n": TEXT}}).encode()

    schema = {
        "anyOf": [{"$ref": "https://example.com/s/pet.json"}, {"$ref": "https://example.com/s/pet.json#"}]
    }
    (tmp_path / "api.json").write_text(json.dumps(api({"/a": answering(schema)})))
    model = builder.load(tmp_path / "api.json", fetch=fetch)

    assert asked == ["https://example.com/s/pet.json", "https://example.com/s/tag.json"]
    assert not takes(model, {"n": 5})
    assert "answers 404" in model.faults[0].message


# What is a reference and what is not.


@pytest.mark.parametrize("keyword", ["example", "default", "const", "enum", "examples", "x-note"])
def test_reference_in_data_is_data(keyword: str) -> None:
    value: Any = {"$ref": "#/nowhere"}
    model = with_schemas(It={keyword: [value] if keyword in ("enum", "examples") else value})

    assert model.faults == ()
    assert model.root["components"]["schemas"]["It"][keyword] in (value, [value])


def test_property_called_ref_is_a_property() -> None:
    model = with_schemas(
        It={"properties": {"$ref": TEXT, "example": {"$ref": "#/components/schemas/N"}}}, N=TEXT
    )
    judge = model.response_schemas.validator("/components/schemas/It")

    assert model.faults == ()
    assert judge.is_valid({"$ref": "x"})
    assert not judge.is_valid({"$ref": 5})
    assert not judge.is_valid({"example": 5})


def test_example_object_behind_a_reference_is_found() -> None:
    content = {"application/json": {"examples": {"rex": {"$ref": "#/components/examples/Rex"}}}}
    model = document(
        {"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}},
        components={"examples": {"Rex": {"value": {"$ref": "is data"}}}},
    )

    media = only_operation(model).responses["200"].content["application/json"]
    assert media.examples == {"rex": {"$ref": "is data"}}


@pytest.mark.parametrize(
    "reference",
    [
        "#/paths/~1a/get/responses/200/content/application~1json/schema/properties/name",
        "#/x-schemas/Name",
        "#/components/schemas/Alias/properties/name",
        "#/components/schemas/Weird~1Name%7B%7D",
        "#/components/x-more/0/name",
    ],
)
def test_reference_may_lead_into_any_place(reference: str) -> None:
    model = document(
        {
            "/a": answering({"properties": {"name": {"type": "integer"}}}),
            "/b": answering({"$ref": reference}),
        },
        components={
            "schemas": {
                "Alias": {"$ref": "#/components/schemas/Real"},
                "Real": {"properties": {"name": {"type": "integer"}}},
                "Weird/Name{}": {"type": "integer"},
            },
            "x-more": [{"name": {"type": "integer"}}],
        },
        **{"x-schemas": {"Name": {"$ref": "#/x-schemas/Number"}, "Number": {"type": "integer"}}},
    )
    media = model.operations["getB"].responses["200"].content["application/json"]
    judge = model.response_schemas.validator(media.schema or "")

    assert model.faults == ()
    assert judge.is_valid(5)
    assert not judge.is_valid("x")


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_schema_in_an_odd_place_is_read_in_the_documents_dialect(version: str) -> None:
    model = document(
        {"/b": answering({"$ref": "#/x-schemas/Name"})},
        version=version,
        **{"x-schemas": {"Name": {"type": "string", "nullable": True}}},
    )

    assert takes(model, None) is (version == "3.0.3")


@pytest.mark.parametrize(
    "reference",
    [
        "Pet",
        "#Pet",
        "#components/schemas/Pet",
        "#/components,schemas,Pet",
        "#/components/schemas/Pet/",
        " #/components/schemas/Pet",
    ],
)
def test_reference_that_is_not_quite_right_is_understood(reference: str) -> None:
    model = document({"/a": answering({"$ref": reference})}, components={"schemas": {"Pet": PET}})

    assert not takes(model, {})
    assert all(fault.severity is Severity.WARNING for fault in model.faults)


def test_path_that_was_not_escaped_is_understood() -> None:
    reference = "#/paths//a/{id}/get/responses/200/content/application/json/schema"
    paths = {"/a/{id}": answering(PET), "/b": answering({"$ref": reference})}
    model = document(paths)
    media = model.operations["getB"].responses["200"].content["application/json"]

    assert not model.response_schemas.validator(media.schema or "").is_valid({})


@pytest.mark.parametrize(
    "schemas",
    [
        {"It": {"$ref": "#/components/schemas/It"}},
        {"It": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/It"}},
        {
            "It": {"$ref": "#/components/schemas/B", "type": "string"},
            "B": {"$ref": "#/components/schemas/It"},
        },
    ],
)
def test_schemas_that_are_nothing_but_each_other_take_anything(schemas: Any) -> None:
    model = with_schemas(**schemas)

    assert [fault.message.partition(" leads ")[2] for fault in model.faults] == ["to itself"]
    assert model.response_schemas.validator("/components/schemas/It").is_valid("x")
    assert model.response_schemas.resolve("/components/schemas/It")


# Names that schemas give themselves.


@pytest.mark.parametrize(
    "reference", ["https://example.com/pet", "https://example.com/pet#/properties/name", "#named", "pet.json"]
)
def test_schema_is_found_by_its_id_or_anchor(reference: str) -> None:
    name = {"type": "string", "$anchor": "named"}
    model = with_schemas(
        Pet={"$id": "https://example.com/pet", "properties": {"name": {"type": "string"}}},
        Other={"$id": "pet.json", "properties": {"name": {"type": "string"}}},
        Name=name,
        It={"$ref": reference},
    )
    judge = model.response_schemas.validator("/components/schemas/It")
    value: Any = 5 if reference.endswith(("name", "#named")) else {"name": 5}

    assert model.faults == ()
    assert not judge.is_valid(value)


def test_references_in_a_schema_with_an_id_are_relative_to_it() -> None:
    model = with_schemas(
        It={
            "$id": "https://example.com/s/it",
            "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "b"}, "c": {"$ref": "#c"}},
            "$defs": {"A": {"type": "integer"}, "C": {"$anchor": "c", "type": "integer"}},
        },
        B={"$id": "https://example.com/s/b", "type": "integer"},
    )
    judge = model.response_schemas.validator("/components/schemas/It")

    assert model.faults == ()
    assert judge.is_valid({"a": 1, "b": 1, "c": 1})
    assert [judge.is_valid({name: "x"}) for name in "abc"] == [False, False, False]


def test_dialect_of_old_knows_its_own_words() -> None:
    old = "http://json-schema.org/draft-07/schema#"
    model = with_schemas(
        It={"$schema": old, "items": [{"type": "integer"}], "additionalItems": False},
        Dep={"$schema": old, "dependencies": {"a": ["b"], "c": {"required": ["d"]}}},
        Ref={"$schema": old, "$ref": "#/components/schemas/Text", "maxLength": 1},
        Text=TEXT,
    )
    judges = {
        name: model.response_schemas.validator(f"/components/schemas/{name}") for name in ("It", "Dep", "Ref")
    }

    assert [judges["It"].is_valid(value) for value in ([1], ["x"], [1, 2])] == [True, False, False]
    assert [judges["Dep"].is_valid(value) for value in ({"a": 1}, {"c": 1}, {"a": 1, "b": 1})] == [
        False,
        False,
        True,
    ]
    assert judges["Ref"].is_valid("long")


# Discriminators.


@pytest.mark.parametrize("meant", ["#/components/schemas/Cat", "Cat"])
def test_mapping_of_a_discriminator_is_made_of_references(meant: str) -> None:
    model = with_schemas(
        It={"discriminator": {"propertyName": "kind", "mapping": {"c": meant}}}, Cat={"type": "object"}
    )

    assert model.faults == ()
    assert model.root["components"]["schemas"]["It"]["discriminator"]["mapping"] == {
        "c": "#/components/schemas/Cat"
    }


def test_mapping_that_leads_nowhere_is_reported() -> None:
    model = with_schemas(It={"discriminator": {"propertyName": "kind", "mapping": {"c": "Nobody"}}})

    assert rules_of(model) == [("", "/components/schemas/It/discriminator/mapping", "reference")]


@pytest.mark.parametrize(
    ("file", "text", "value"),
    [("rex.json", '{"name": "Rex"}', {"name": "Rex"}), ("rex.txt", "name: Rex", "name: Rex")],
)
def test_example_in_a_file_of_its_own_is_taken_in(file: str, text: str, value: Any, tmp_path: Path) -> None:
    content = {
        "application/json": {
            "examples": {"rex": {"externalValue": file}, "far": {"externalValue": "no.json"}}
        }
    }
    (tmp_path / file).write_text(text)
    model = written(
        tmp_path, api=api({"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}})
    )

    media = only_operation(model).responses["200"].content["application/json"]
    assert media.examples == {"rex": value}
    assert [fault.effect for fault in model.faults] == ["the example is left out"]


def test_schema_that_is_taken_for_a_map_of_schemas_stays_as_it_is_in_its_own_place() -> None:
    pet = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    schemas = {"Cat": {"properties": {"$ref": "#/components/schemas/Pet"}}, "Pet": pet}
    root = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": schemas}}

    model = builder.build(root, Path("api.yaml"))

    assert model.root["components"]["schemas"]["Pet"] == pet
    assert model.response_schemas.validator("/components/schemas/Pet").is_valid({"name": "Rex"})
