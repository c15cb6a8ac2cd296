"""What of a document was exercised: what is asked for, what a value shows, and the laws of counting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.document import builder
from mockserver.document.model import Document
from mockserver.mocking.coverage import Coverage, Dimension, Report, asking, report
from mockserver.mocking.judging import Judge, Message, Reply

JSON = (b"content-type", b"application/json")
PETS = yaml.safe_load("""
openapi: 3.1.0
info: {title: Pets, version: "1"}
servers: [{url: /v1}]
paths:
  /pets:
    get:
      operationId: listPets
      tags: [pets]
      parameters:
        - {name: sort, in: query, schema: {type: string, enum: [asc, desc]}}
        - {name: limit, in: query, schema: {type: integer, default: 10, maximum: 100}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: theme, in: cookie, schema: {type: boolean}}
      responses:
        "200":
          description: ""
          content:
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}
            text/csv: {}
        4XX: {description: ""}
        default: {description: ""}
    post:
      operationId: createPet
      tags: [pets]
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/Pet"}}
          application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Pet"}}
      responses:
        "201":
          description: ""
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
        "422": {description: ""}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getPet
      responses:
        "200":
          description: ""
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
    head: {operationId: headPet, responses: {"200": {description: "", content: {application/json: {}}}}}
    delete: {operationId: deletePet, responses: {"204": {description: "", content: {application/json: {}}}}}
components:
  schemas:
    Pet:
      type: object
      required: [name]
      properties:
        id: {type: integer, readOnly: true}
        secret: {type: string, writeOnly: true}
        name: {type: string}
        tag: {type: string}
        kind: {enum: [cat, dog]}
        born: {type: [string, "null"]}
        tame: {type: boolean}
        owner: {$ref: "#/components/schemas/Owner"}
        food:
          oneOf: [{$ref: "#/components/schemas/Dry"}, {$ref: "#/components/schemas/Wet"}]
    Owner: {type: object, properties: {pets: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
    Dry: {type: object, required: [grams], properties: {grams: {type: integer}}}
    Wet: {type: object, required: [ml], properties: {ml: {type: integer}, lid: {type: boolean}}}
""")


def built(root: dict[str, Any]) -> Document:
    return builder.build(root, Path("pets.yaml"))


DOCUMENT = built(PETS)
JUDGE = Judge(DOCUMENT)


def pet(**more: Any) -> bytes:
    return json.dumps({"name": "Rex", **more}).encode()


def get(path: str, query: bytes = b"", *headers: tuple[bytes, bytes]) -> Message:
    return Message("GET", path, query, headers)


def post(body: bytes, media_type: bytes = b"application/json") -> Message:
    return Message("POST", "/v1/pets", b"", [(b"content-type", media_type)], body)


def answer(status: int = 200, body: bytes = b"", media_type: bytes = b"application/json") -> Reply:
    return Reply(status, [(b"content-type", media_type)], body)


Exchange = tuple[Message, Reply | None]


def seen(*exchanges: Exchange, document: Document = DOCUMENT, **choice: Any) -> Coverage:
    judge = JUDGE if document is DOCUMENT else Judge(document)
    coverage = Coverage(document, **choice)
    for message, reply in exchanges:
        coverage.see(judge.judge(message, reply), message, reply)
    return coverage


def untouched(coverage: Coverage, dimension: Dimension) -> set[tuple[str, ...]]:
    """Return what is asked for and was not seen, without what it is about being said twice."""
    items = coverage.asked.items[dimension] - coverage.seen
    return {tuple(part for part in item[1:] if part) for item in items}


def whats(coverage: Coverage, dimension: Dimension, schema: str = "Pet") -> dict[str, set[str]]:
    """Return what was seen of a named schema, of what is asked for, by place."""
    found: dict[str, set[str]] = {}
    for item in coverage.asked.items[dimension] & coverage.seen:
        start = f"/components/schemas/{schema}/"
        if item.pointer.startswith(start):
            found.setdefault(item.pointer.removeprefix(start), set()).add(item.what)
    return found


# What is asked for.


def test_each_operation_parameter_status_and_media_type_is_asked_for() -> None:
    nothing = seen()

    assert untouched(nothing, Dimension.OPERATIONS) == {
        (name, "called") for name in ("listPets", "createPet", "getPet", "headPet", "deletePet")
    }
    assert untouched(nothing, Dimension.PARAMETERS) == {
        ("listPets", "query.sort", "given"),
        ("listPets", "query.sort", "/paths/~1pets/get/parameters/0/schema", '= "asc"'),
        ("listPets", "query.sort", "/paths/~1pets/get/parameters/0/schema", '= "desc"'),
        ("listPets", "query.limit", "given"),
        ("listPets", "header.X-Trace", "given"),
        ("listPets", "cookie.theme", "given"),
        ("listPets", "cookie.theme", "/paths/~1pets/get/parameters/3/schema", "= true"),
        ("listPets", "cookie.theme", "/paths/~1pets/get/parameters/3/schema", "= false"),
    }
    assert {item for item in untouched(nothing, Dimension.STATUSES) if item[0] == "listPets"} == {
        ("listPets", "200"),
        ("listPets", "4XX"),
        ("listPets", "default"),
    }
    assert {item[:2] for item in untouched(nothing, Dimension.MEDIA_TYPES)} == {
        ("listPets", "200"),
        ("createPet", "request"),
        ("createPet", "201"),
        ("getPet", "200"),
    }


def test_what_a_client_cannot_do_is_not_asked_for() -> None:
    """Neither `readOnly` in requests, nor `writeOnly` in answers, nor leaving out what is required."""
    asked = seen().asked.items
    start = "/components/schemas/Pet/properties/"
    names = {
        dimension: {
            item.pointer.removeprefix(start)
            for item in asked[dimension]
            if item.pointer.startswith(start) and item.what == "left out"
        }
        for dimension in (Dimension.REQUEST_SCHEMAS, Dimension.RESPONSE_SCHEMAS)
    }
    common = {"tag", "kind", "born", "tame", "owner", "food"}

    assert names[Dimension.REQUEST_SCHEMAS] == common | {"secret"}
    assert names[Dimension.RESPONSE_SCHEMAS] == common | {"id"}


def test_required_by_a_part_or_by_what_stands_around_a_branch_is_required() -> None:
    schema = {
        "allOf": [{"properties": {"a": {}, "b": {}}}, {"required": ["a"]}],
        "required": ["c"],
        "oneOf": [{"properties": {"c": {}, "d": {}}}, {"properties": {"e": False, "f": {"not": {}}}}, False],
    }
    document = built(_answering(schema))
    items = seen(document=document).asked.items[Dimension.RESPONSE_SCHEMAS]
    base = "/paths/~1a/get/responses/200/content/application~1json/schema"

    assert {(item.pointer.removeprefix(base), item.what) for item in items} == {
        ("/allOf/0/properties/b", "given"),
        ("/allOf/0/properties/b", "left out"),
        ("/oneOf/0", "taken"),
        ("/oneOf/1", "taken"),
        ("/oneOf/0/properties/d", "given"),
        ("/oneOf/0/properties/d", "left out"),
    }


def _answering(schema: Any, version: str = "3.1.0", **schemas: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {
        "openapi": version,
        "info": {"title": "", "version": ""},
        "paths": {"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}},
        "components": {"schemas": schemas},
    }


@pytest.mark.parametrize(
    ("schema", "version", "expected"),
    [
        ({"enum": ["a", "b", 1, 1.0]}, "3.1.0", {'= "a"', '= "b"', "= 1"}),
        ({"enum": ["a"]}, "3.1.0", set()),
        ({"const": 1}, "3.1.0", set()),
        ({"enum": list(range(101))}, "3.1.0", set()),
        ({"type": "boolean"}, "3.1.0", {"= true", "= false"}),
        ({"type": ["boolean", "null"]}, "3.1.0", {"= true", "= false", "= null"}),
        ({"type": ["string", "null"]}, "3.1.0", {"= null", "not null"}),
        ({"type": ["string", "integer"]}, "3.1.0", {"is string", "is integer"}),
        ({"type": ["string", "integer", "null"]}, "3.1.0", {"is string", "is integer", "= null"}),
        ({"type": "string", "nullable": True}, "3.0.3", {"= null", "not null"}),
        (
            {"type": "string", "enum": ["a", "b", None], "nullable": True},
            "3.0.3",
            {'= "a"', '= "b"', "= null"},
        ),
        # A null that only the author means is not asked for.
        ({"type": "string", "enum": ["a", "b"], "nullable": True}, "3.0.3", {'= "a"', '= "b"'}),
        ({"type": "object"}, "3.1.0", set()),
    ],
)
def test_values_and_types_that_a_schema_lists_are_asked_for(
    schema: Any, version: str, expected: set[str]
) -> None:
    document = built(_answering(schema, version))
    items = seen(document=document).asked.items[Dimension.RESPONSE_SCHEMAS]

    assert {item.what for item in items} == expected


def test_long_enum_is_not_asked_for_value_by_value_and_that_is_said() -> None:
    found = report(seen(document=built(_answering({"enum": list(range(101))}))))

    assert found.limits == (
        "an enum of responses with more than 100 values is not asked for value by value: "
        "/paths/~1a/get/responses/200/content/application~1json/schema",
    )


def test_circle_of_schemas_ends_and_too_many_items_are_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {"properties": {"left": {"$ref": "#/components/schemas/Tree"}, "leaf": {"type": "boolean"}}}
    root = _answering({"$ref": "#/components/schemas/Tree"}, Tree=tree)

    assert report(seen(document=built(root))).dimensions[Dimension.RESPONSE_SCHEMAS].of == 6
    monkeypatch.setattr(asking, "MOST", 5)
    cut = report(seen(document=built(root)))
    assert cut.dimensions[Dimension.RESPONSE_SCHEMAS].of == 5
    assert "more than 5 items" in cut.limits[0]


# What is seen.


def test_parameter_counts_when_the_client_gave_it_and_it_fits() -> None:
    theme = (b"cookie", b"theme=true")
    coverage = seen(
        (get("/v1/pets", b"sort=asc", theme), None), (get("/v1/pets", b"limit=1000&sort=up"), None)
    )

    assert untouched(coverage, Dimension.PARAMETERS) == {
        ("listPets", "query.sort", "/paths/~1pets/get/parameters/0/schema", '= "desc"'),
        ("listPets", "query.limit", "given"),
        ("listPets", "header.X-Trace", "given"),
        ("listPets", "cookie.theme", "/paths/~1pets/get/parameters/3/schema", "= false"),
    }


def test_parameter_whose_value_is_not_told_was_given() -> None:
    coverage = seen((get("/v1/pets", b"", (b"cookie", b"theme=[redacted]")), None))

    assert ("listPets", "cookie.theme", "given") not in untouched(coverage, Dimension.PARAMETERS)


@pytest.mark.parametrize(
    ("status", "counted"), [(200, "200"), (404, "4XX"), (500, "default"), (201, "default")]
)
def test_status_counts_for_what_declares_it(status: int, counted: str) -> None:
    coverage = seen((get("/v1/pets"), answer(status)))

    assert ("listPets", counted) not in untouched(coverage, Dimension.STATUSES)
    assert len(untouched(coverage, Dimension.STATUSES)) == len(untouched(seen(), Dimension.STATUSES)) - 1


def test_status_that_nobody_declares_is_told() -> None:
    found = report(seen((post(pet()), answer(418)), (post(pet()), answer(418))))

    assert [(operation.id, status, count) for operation, status, count in found.undeclared] == [
        ("createPet", 418, 2)
    ]


def test_media_types_of_both_directions_count() -> None:
    coverage = seen(
        (post(b"name=Rex", b"application/x-www-form-urlencoded"), answer(201, pet())),
        (get("/v1/pets"), answer(200, b"a,b", b"text/csv")),
    )

    assert untouched(coverage, Dimension.MEDIA_TYPES) == {
        ("createPet", "request", "application/json"),
        ("listPets", "200", "application/json"),
        ("getPet", "200", "application/json"),
    }


def test_schema_is_walked_with_the_value_that_was_seen() -> None:
    rex = pet(
        kind="cat", born=None, food={"ml": 3, "lid": True}, owner={"pets": [{"name": "Tom", "tame": False}]}
    )
    coverage = seen((get("/v1/pets/1"), answer(200, rex)))

    assert whats(coverage, Dimension.RESPONSE_SCHEMAS) == {
        "properties/id": {"left out"},
        "properties/tag": {"left out"},
        "properties/kind": {"given", "left out", '= "cat"'},
        "properties/born": {"given", "left out", "= null"},
        "properties/tame": {"given", "left out", "= false"},
        "properties/owner": {"given", "left out"},
        "properties/food": {"given", "left out"},
        "properties/food/oneOf/1": {"taken"},
    }
    assert whats(coverage, Dimension.RESPONSE_SCHEMAS, "Wet") == {
        "properties/lid": {"given", "= true"},
    }
    assert whats(coverage, Dimension.REQUEST_SCHEMAS) == {}


def test_request_that_breaks_its_document_shows_nothing_of_its_body_and_that_is_counted() -> None:
    coverage = seen((post(b'{"tag": "x"}'), answer(422)))

    assert whats(coverage, Dimension.REQUEST_SCHEMAS) == {}
    assert ("createPet", "422") not in untouched(coverage, Dimension.STATUSES)
    assert report(coverage).broken == 1


def test_answer_that_breaks_its_document_in_one_place_shows_the_others() -> None:
    coverage = seen((get("/v1/pets/1"), answer(200, b'{"tag": "x", "kind": "cow", "food": {}}')))
    found = whats(coverage, Dimension.RESPONSE_SCHEMAS)

    assert found["properties/tag"] == {"given"}
    assert found["properties/kind"] == {"given"}
    assert "properties/food/oneOf/0" not in found


@pytest.mark.parametrize("body", [b'{"name": ', b"\xff\xfe"])
def test_body_that_cannot_be_read_is_counted_as_such(body: bytes) -> None:
    assert report(seen((get("/v1/pets/1"), answer(200, body)))).unread == 1


def test_body_that_is_not_there_as_a_whole_is_counted_as_such() -> None:
    cut = Reply(200, [JSON], b'{"name": "R', is_whole=False)
    coverage = seen((get("/v1/pets/1"), cut), (get("/v1/pets/1"), None))

    assert report(coverage).unread == 1
    assert coverage.answers == {("getPet", 200): 1, ("getPet", 0): 1}


@pytest.mark.parametrize(
    ("value", "branches"),
    [
        ({"type": "cat"}, {"/oneOf/0"}),
        ({"type": "dog", "x": 1}, {"/oneOf/1"}),
        ("text", {"/oneOf/2"}),
        (None, {"/oneOf/3"}),
        (3.0, {"/oneOf/4"}),
        ([], set()),
        ({"type": "cow"}, set()),
    ],
)
def test_branch_is_found_by_type_by_tag_or_by_its_rules(value: Any, branches: set[str]) -> None:
    schema = {
        "oneOf": [
            {"properties": {"type": {"const": "cat"}}, "required": ["type"]},
            {"properties": {"type": {"enum": ["dog", "wolf"]}}, "required": ["type"], "type": "object"},
            {"type": "string"},
            {"type": "null"},
            {"type": "integer"},
        ]
    }
    schema["oneOf"][0]["type"] = "object"
    document = built(_answering(schema))
    coverage = seen((get("/a"), answer(200, json.dumps(value).encode())), document=document)
    base = "/paths/~1a/get/responses/200/content/application~1json/schema"

    assert {item.pointer.removeprefix(base) for item in coverage.seen if item.what == "taken"} == branches


def test_of_any_of_all_branches_count_that_hold() -> None:
    schema = {"anyOf": [{"minimum": 1}, {"maximum": 5}, {"minimum": 9}]}
    coverage = seen((get("/a"), answer(200, b"3")), document=built(_answering(schema)))

    assert {item.pointer[-1] for item in coverage.seen if item.what == "taken"} == {"0", "1"}


def test_maps_tuples_and_conditions_are_walked() -> None:
    flag = {"type": "boolean"}
    schema = {
        "properties": {"list": {"prefixItems": [flag], "items": flag}, "size": {"type": "integer"}},
        "patternProperties": {"^x-": flag},
        "additionalProperties": flag,
        "if": {"required": ["size"]},
        "then": {"properties": {"more": flag}},
        "else": {"properties": {"less": flag}},
        "dependentSchemas": {"size": {"properties": {"unit": {"type": "string"}}}},
    }
    body = (
        b'{"list": [true, false, true], "x-a": true, "other": false, "size": 1, "unit": "cm", "more": true}'
    )
    coverage = seen((get("/a"), answer(200, body)), document=built(_answering(schema)))
    base = "/paths/~1a/get/responses/200/content/application~1json/schema"
    found = {
        (item.pointer.removeprefix(base), item.what)
        for item in coverage.asked.items[Dimension.RESPONSE_SCHEMAS] & coverage.seen
    }

    assert found >= {
        ("/properties/list/prefixItems/0", "= true"),
        ("/properties/list/items", "= false"),
        ("/patternProperties/^x-", "= true"),
        ("/additionalProperties", "= false"),
        ("/then/properties/more", "given"),
        ("/dependentSchemas/size/properties/unit", "given"),
    }
    assert not any(pointer.startswith("/else") for pointer, _ in found)


def test_items_of_a_sequence_are_walked() -> None:
    root = _answering({})
    root["openapi"] = "3.2.0"
    root["paths"]["/a"]["get"]["responses"]["200"]["content"] = {
        "application/jsonl": {"itemSchema": {"type": "boolean"}}
    }
    coverage = seen((get("/a"), answer(200, b"true\n", b"application/jsonl")), document=built(root))

    assert [item.what for item in coverage.asked.items[Dimension.RESPONSE_SCHEMAS] & coverage.seen] == [
        "= true"
    ]


def test_enormous_body_is_looked_at_as_far_as_is_reasonable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.mocking.coverage.walking.LARGEST", 100)
    many = b"[" + b",".join([pet(tag="x")] * 200) + b"]"

    assert report(seen((get("/v1/pets"), answer(200, many)))).unread == 1


def test_exchange_of_a_world_and_of_one_of_several_documents_is_found() -> None:
    coverage = Coverage(DOCUMENT)
    coverage.take(get("/@mine/pets/v1/pets"), answer(404), "listPets")

    assert coverage.answers == {("listPets", 404): 1}


# Choosing.


def test_only_chosen_operations_and_statuses_count() -> None:
    coverage = seen(
        (get("/v1/pets"), answer(503)), (get("/v1/pets/1"), answer(200, pet())),
        chosen={"listPets"}, passed_over=("4xx", "DEFAULT"),
    )  # fmt: skip
    found = report(coverage)

    assert [row.operation.id for row in found.rows] == ["listPets"]
    assert found.dimensions[Dimension.STATUSES].of == 1
    assert found.strangers == 1


def test_requests_that_lead_nowhere_are_told_but_not_all_of_them() -> None:
    coverage = seen(*[(get(f"/nope/{number:02}"), answer(404)) for number in range(30)])
    found = report(coverage)

    assert found.strangers == 30
    assert found.paths == tuple(f"GET /nope/{number:02}" for number in range(20))


# Figures.


def test_percentage_in_all_is_the_mean_of_those_dimensions_that_ask_for_anything() -> None:
    document = built(
        {
            "openapi": "3.1.0",
            "info": {"title": "", "version": ""},
            "paths": {
                "/a": {"get": {"responses": {"200": {"description": ""}, "404": {"description": ""}}}},
                "/b": {"get": {"responses": {"200": {"description": ""}, "404": {"description": ""}}}},
            },
        }
    )
    found = report(seen((get("/a"), answer(200)), document=document))

    assert {name.value: figure.percent for name, figure in found.dimensions.items()} == {
        "operations": 50,
        "statuses": 25,
        **dict.fromkeys(("parameters", "media-types", "request-schemas", "response-schemas"), 100),
    }
    assert found.percent == 37.5
    assert found.below({"": 37.5, "operations": 51, "parameters": 100}) == [("operations", 50, 51)]


def test_document_without_operations_is_covered() -> None:
    nothing = built({"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {}})

    assert report(seen(document=nothing)).percent == 100


def test_percentage_is_never_rounded_up() -> None:
    from mockserver.mocking.coverage import floored

    assert (floored(99.99), floored(100), floored(0.05)) == (99.9, 100, 0)


def test_operation_tells_what_was_never_exercised_of_it_alone() -> None:
    """`getPet` has seen a tag and `createPet` has not, although they share a schema."""
    rex = pet(tag="x", food={"ml": 1})
    coverage = seen((get("/v1/pets/1"), answer(200, rex)), (post(pet()), answer(201, pet())))
    rows = {row.operation.id: row for row in report(coverage).rows}
    told = {id: {str(item) for item in row.missing} for id, row in rows.items()}

    assert "201 tag: never given" in told["createPet"]
    assert "200 tag: never given" not in told["getPet"]
    assert "200 tag: never left out" in told["getPet"]
    assert "200 food(Dry): never taken" in told["getPet"]
    assert "request: never application/x-www-form-urlencoded" in told["createPet"]
    assert "422: never answered" in told["createPet"]
    assert (rows["listPets"].calls, told["listPets"]) == (0, set())
    assert rows["createPet"].statuses == {201: 1}


def test_what_follows_from_something_missing_is_not_told_as_well() -> None:
    coverage = seen((post(pet(food={"grams": 1})), answer(201, pet())), (get("/v1/pets"), None))
    rows = {row.operation.id: {str(item) for item in row.missing} for row in report(coverage).rows}

    assert "request kind: never given" in rows["createPet"]
    assert not any(text.startswith('request kind: never "') for text in rows["createPet"])
    assert not any(text.startswith("request food(Wet).") for text in rows["createPet"])
    assert {text for text in rows["listPets"] if "sort" in text} == {"query.sort: never given"}


def test_schemas_tell_what_nobody_has_seen_of_them() -> None:
    found = report(seen((get("/v1/pets/1"), answer(200, pet(kind="cat", food={"grams": 1})))))
    row = next(row for row in found.schemas if (row.name, row.direction) == ("Pet", "response"))

    assert 'kind: never "dog"' in row.missing
    assert 'kind: never "cat"' not in row.missing
    assert "food(branch 2): never taken" in row.missing


# Laws.

PLENTY: list[Exchange] = [
    (get("/v1/pets", b"sort=asc"), answer(200, b"[" + pet() + b"]")),
    (get("/v1/pets", b"limit=5"), answer(404)),
    (get("/v1/pets/1"), answer(200, pet(kind="cat"))),
    (get("/v1/pets/1"), answer(200, pet(kind="dog", tame=True))),
    (get("/v1/pets/1"), None),
    (post(pet(tag="x")), answer(201, pet(tag="x"))),
    (post(b"{}"), answer(422)),
    (post(pet()), answer(418)),
    *[(get(f"/elsewhere/{number}"), answer(404)) for number in range(25)],
    (Message("DELETE", "/v1/pets/1"), answer(204)),
    (get("/v1/pets/1"), Reply(200, [JSON], b'{"na', is_whole=False)),
]
SOME = st.lists(st.sampled_from(PLENTY), max_size=40)


def figures(found: Report) -> list[float]:
    return [found.percent, *(figure.percent for figure in found.dimensions.values())]


@settings(max_examples=40, deadline=None)
@given(first=SOME, then=SOME)
def test_coverage_never_goes_down(first: list[Exchange], then: list[Exchange]) -> None:
    before, after = figures(report(seen(*first))), figures(report(seen(*first, *then)))

    assert all(low <= high for low, high in zip(before, after, strict=True))


@settings(max_examples=40, deadline=None)
@given(exchanges=SOME, random=st.randoms(use_true_random=False))
def test_order_makes_no_difference(exchanges: list[Exchange], random: Any) -> None:
    mixed = list(exchanges)
    random.shuffle(mixed)

    assert seen(*mixed).save() == seen(*exchanges).save()


@settings(max_examples=40, deadline=None)
@given(first=SOME, other=SOME)
def test_two_that_are_merged_or_handed_over_are_one_that_has_seen_all(
    first: list[Exchange], other: list[Exchange]
) -> None:
    whole = seen(*first, *other)
    merged, loaded = seen(*first), seen(*first)
    merged.merge(seen(*other))
    loaded.load(json.loads(json.dumps(seen(*other).save())))

    assert merged.save() == loaded.save() == whole.save()
    assert report(merged) == report(loaded) == report(whole)
