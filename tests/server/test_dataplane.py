"""Requests through the whole stack, without a port."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from mockserver.errors import DocumentError, FixtureError, HandlersError, PlanError, UsageError
from mockserver.server.assembly import assemble
from mockserver.settings import Settings, Source

from .conftest import NOON, MakeApplication, MakeClient, answers, client_of, document

pytestmark = pytest.mark.anyio
TEXT: dict[str, Any] = {"type": "string"}
ERROR = {"type": "object", "required": ["message"], "properties": {"message": TEXT}}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def operation(id: str, schema: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"operationId": id, "responses": answers(schema), **more}


def path_parameter(name: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema or TEXT}


async def test_literal_path_wins_over_template(make_client: MakeClient) -> None:
    one = {"parameters": [path_parameter("id")], "get": operation("one", {"const": "one"})}
    client = make_client(
        document({"/pets/{id}": one, "/pets/mine": {"get": operation("mine", {"const": "mine"})}})
    )

    assert (await client.get("/pets/mine")).json() == "mine"
    assert (await client.get("/pets/other")).json() == "one"


async def test_unknown_path_is_404_in_the_shape_of_the_document(make_client: MakeClient) -> None:
    responses = {
        **answers(),
        "404": {"description": "None.", "content": {"application/json": {"schema": ERROR}}},
    }
    client = make_client(document({"/pets": {"get": {"operationId": "list", "responses": responses}}}))

    answer = await client.get("/cats")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert "/cats" in answer.json()["message"]


async def test_unknown_path_of_a_document_without_errors_is_a_problem(make_client: MakeClient) -> None:
    answer = await make_client(document({"/pets": {"get": operation("list")}})).get("/cats")

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


async def test_other_method_is_405_with_all_methods_of_the_path(make_client: MakeClient) -> None:
    item = {"get": operation("list"), "post": operation("create"), "delete": operation("clear")}
    answer = await make_client(document({"/pets": item})).put("/pets")

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "DELETE", "OPTIONS"}


async def test_method_of_a_template_is_not_lent_to_a_literal_path(make_client: MakeClient) -> None:
    paths = {
        "/pets/{id}": {"parameters": [path_parameter("id")], "get": operation("one")},
        "/pets/batch": {"delete": operation("batch")},
    }
    answer = await make_client(document(paths)).get("/pets/batch")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, OPTIONS"


async def test_options_names_the_methods_without_a_body(make_client: MakeClient) -> None:
    answer = await make_client(document({"/pets": {"get": operation("list")}})).options("/pets")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_head_is_get_without_the_body(make_client: MakeClient) -> None:
    client = make_client(document({"/pets": {"get": operation("list", {"const": ["Rex"]})}}))

    head, get = await client.head("/pets"), await client.get("/pets")

    assert head.content == b""
    assert head.headers["content-length"] == str(len(get.content))


async def test_encoded_slash_stays_in_its_segment(make_client: MakeClient) -> None:
    item = {"parameters": [path_parameter("id", {"const": "a/b"})], "get": operation("one")}
    answer = await make_client(document({"/pets/{id}": item})).get("/pets/a%2Fb")

    assert answer.status_code == 200


async def test_same_templates_of_two_methods_share_a_path(make_client: MakeClient) -> None:
    paths = {
        "/pets/{id}": {"parameters": [path_parameter("id")], "get": operation("one")},
        "/pets/{petId}": {"parameters": [path_parameter("petId")], "delete": operation("delete")},
    }
    client = make_client(document(paths))

    assert (await client.get("/pets/1")).status_code == 200
    assert (await client.delete("/pets/1")).status_code == 200


async def test_broken_parameters_are_all_named_with_their_place(make_client: MakeClient) -> None:
    parameters = [
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
        {"name": "X-Trace", "in": "header", "required": True, "schema": TEXT},
    ]
    answer = await make_client(document({"/pets": {"get": operation("list", parameters=parameters)}})).get(
        "/pets?limit=x"
    )

    places = [error["location"] for error in answer.json()["errors"]]
    assert answer.status_code == 400
    assert places == [["query", "limit"], ["header", "X-Trace"]]


def with_body(schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    return operation("create", requestBody={"required": True, "content": {media_type: {"schema": schema}}})


async def test_undeclared_media_type_is_415_and_says_what_is_taken(make_client: MakeClient) -> None:
    client = make_client(document({"/pets": {"post": with_body({})}}))
    answer = await client.post("/pets", content=b"<x/>", headers={"Content-Type": "text/xml"})

    assert answer.status_code == 415
    assert answer.headers["accept"] == "application/json"
    assert "application/json" in answer.json()["detail"]


async def test_body_beyond_the_limit_is_413(make_client: MakeClient) -> None:
    client = make_client(document({"/pets": {"post": with_body({})}}), body_limit_bytes=100)
    answer = await client.post("/pets", json="x" * 101)

    assert answer.status_code == 413


HOSTILE_BODIES = {
    "cut short": b'{"a": [1,',
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "NaN": b'{"a": NaN}',
    "deep": b"[" * 100_000,
    "lone surrogate": b'{"a": "\\ud800"}',
    "empty": b"",
}


@pytest.mark.parametrize("body", HOSTILE_BODIES.values(), ids=HOSTILE_BODIES.keys())
async def test_body_that_is_no_json_is_refused(make_client: MakeClient, body: bytes) -> None:
    client = make_client(document({"/pets": {"post": with_body({"type": "object"})}}))
    answer = await client.post("/pets", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["location"][0] == "body"


@pytest.mark.parametrize(
    "path", ["/pets/%E0%A4%A", "/pets/%", "/pets/%00", "/pets/%FF", "/pets/a%0Ab", "/pets/" + "x" * 20_000]
)
async def test_odd_path_is_answered(make_client: MakeClient, path: str) -> None:
    item = {
        "parameters": [path_parameter("id", {"type": "string", "pattern": "^[a-z]{1,9}$"})],
        "get": operation("one"),
    }
    app = make_client(document({"/pets/{id}": item}))
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"%=&&=%FF&",
        "headers": [],
    }
    await app._transport.app(scope, receive, send)  # type: ignore[attr-defined]

    assert sent[0]["status"] == 400


async def test_very_large_number_is_answered_as_it_was_sent(make_client: MakeClient) -> None:
    handlers = "def create(body): return body"
    client = make_client(document({"/pets": {"post": with_body({})}}), handlers=handlers)
    answer = await client.post(
        "/pets", content=b"[18446744073709551615, 1e400]", headers={"Content-Type": "application/json"}
    )

    assert answer.status_code < 500


async def test_credentials_may_be_any_of_the_alternatives(make_client: MakeClient) -> None:
    schemes = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
        "query": {"type": "apiKey", "in": "query", "name": "key"},
        "basic": {"type": "http", "scheme": "basic"},
        "bearer": {"type": "http", "scheme": "bearer"},
        "digest": {"type": "http", "scheme": "digest"},
        "oauth": {"type": "oauth2", "flows": {}},
        "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
    }
    security = [{name: []} for name in schemes]
    paths = {"/pets": {"get": operation("list", security=security)}}
    client = make_client(document(paths, components={"securitySchemes": schemes}))

    assert (await client.get("/pets")).status_code == 401
    assert (await client.get("/pets", headers={"X-Key": "k"})).status_code == 200
    assert (await client.get("/pets", headers={"Cookie": "a=b; sid=k"})).status_code == 200
    assert (await client.get("/pets?key=k")).status_code == 200
    assert (await client.get("/pets", auth=("ann", "secret"))).status_code == 200
    assert (await client.get("/pets", headers={"Authorization": "Bearer t"})).status_code == 200
    digest = 'Digest username="ann", realm="api", nonce="n", uri="/pets", response="r"'
    assert (await client.get("/pets", headers={"Authorization": digest})).status_code == 200
    assert (await client.get("/pets", headers={"Authorization": "Digest username=ann"})).status_code == 401
    assert (await client.get("/pets", headers={"Authorization": "Basic !!!"})).status_code == 401
    assert (await client.get("/pets", headers={"Authorization": "Other t"})).status_code == 401


async def test_credentials_of_one_alternative_are_needed_together(make_client: MakeClient) -> None:
    schemes = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "app": {"type": "apiKey", "in": "header", "name": "X-App"},
    }
    paths = {"/pets": {"get": operation("list", security=[{"key": [], "app": []}])}}
    client = make_client(document(paths, components={"securitySchemes": schemes}))

    assert (await client.get("/pets", headers={"X-Key": "k"})).status_code == 401
    assert (await client.get("/pets", headers={"X-Key": "k", "X-App": "a"})).status_code == 200


async def test_missing_credentials_are_answered_with_a_challenge(make_client: MakeClient) -> None:
    schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
    paths = {"/pets": {"get": operation("list", security=[{"bearer": []}])}}
    answer = await make_client(document(paths, components={"securitySchemes": schemes})).get("/pets")

    assert answer.headers["www-authenticate"] == 'Bearer realm="api"'


async def test_empty_alternative_makes_credentials_optional(make_client: MakeClient) -> None:
    schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
    paths = {"/pets": {"get": operation("list", security=[{"bearer": []}, {}])}}
    answer = await make_client(document(paths, components={"securitySchemes": schemes})).get("/pets")

    assert answer.status_code == 200


async def test_credentials_are_asked_before_the_body_is_judged(make_client: MakeClient) -> None:
    schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
    paths = {"/pets": {"post": {**with_body({"type": "object"}), "security": [{"bearer": []}]}}}
    answer = await make_client(document(paths, components={"securitySchemes": schemes})).post("/pets", json=3)

    assert answer.status_code == 401


async def test_answer_that_breaks_the_document_says_so(make_client: MakeClient) -> None:
    paths = {"/pets": {"get": operation("list", {"type": "array"})}}
    answer = await make_client(document(paths), handlers="def list(): return 'no list'").get("/pets")

    assert answer.status_code == 200
    assert '"rule":"type"' in answer.headers["mock-violations"]


async def test_answer_that_breaks_the_document_is_500_where_errors_are_wanted(
    make_client: MakeClient,
) -> None:
    paths = {"/pets": {"get": operation("list", {"type": "array"})}}
    answer = await make_client(document(paths), handlers="def list(): return 'no list'", errors=True).get(
        "/pets"
    )

    assert answer.status_code == 500
    assert "breaks its document" in answer.json()["detail"]


async def test_handler_takes_what_it_names(make_client: MakeClient) -> None:
    parameters = [
        path_parameter("pet-id", {"type": "integer"}),
        {"name": "limit", "in": "query", "schema": {"type": "integer", "default": 5}},
        {"name": "X-Trace", "in": "header", "schema": TEXT},
    ]
    handlers = "async def one(pet_id, limit, x_trace): return [pet_id, limit, x_trace]"
    item = {"get": operation("one", parameters=parameters)}
    answer = await make_client(document({"/pets/{pet-id}": item}), handlers=handlers).get(
        "/pets/7", headers={"X-Trace": "t"}
    )

    assert answer.json() == [7, 5, "t"]
    assert answer.headers["mock-source"] == "handler"


async def test_handler_gives_status_and_headers_as_connexion_handlers_do(make_client: MakeClient) -> None:
    handlers = "def list(): return {'a': 1}, 202, {'X-Job': '7'}"
    item = {"get": {"operationId": "list", "responses": {**answers(), **answers(status=202)}}}
    answer = await make_client(document({"/pets": item}), handlers=handlers).get("/pets")

    assert (answer.status_code, answer.headers["x-job"], answer.json()) == (202, "7", {"a": 1})


async def test_error_in_a_handler_is_shown_as_its_own(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL, "mockserver"):
        client = make_client(
            document({"/pets": {"get": operation("list")}}), handlers="def list(): return 1 / 0"
        )
        answer = await client.get("/pets")

    assert answer.status_code == 500
    assert "ZeroDivisionError" in answer.json()["detail"]


async def test_handler_that_takes_what_the_operation_has_not_stops_the_start(
    make_application: MakeApplication,
) -> None:
    with pytest.raises(HandlersError, match="takes 'colour', but GET /pets has only"):
        make_application(
            document({"/pets": {"get": operation("list")}}), handlers="def list(colour): return []"
        )


async def test_handlers_that_cannot_be_imported_stop_the_start(make_application: MakeApplication) -> None:
    with pytest.raises(HandlersError, match=r"api_handlers.py cannot be imported: .*no_such_module"):
        make_application(document({"/pets": {"get": operation("list")}}), handlers="import no_such_module")


async def test_generated_answer_is_the_same_for_the_same_path(make_client: MakeClient) -> None:
    schema = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
    item = {"parameters": [path_parameter("id")], "get": operation("one", schema)}
    client = make_client(document({"/pets/{id}": item}))

    first, other, again = [(await client.get(f"/pets/{id}")).content for id in ("1", "2", "1")]

    assert first == again != other


async def test_example_of_the_document_is_answered_where_it_is_valid(make_client: MakeClient) -> None:
    def item(example: Any) -> dict[str, Any]:
        media = {"schema": {"type": "integer"}, "example": example}
        return {"get": {"responses": {"200": {"description": "", "content": {"application/json": media}}}}}

    client = make_client(document({"/good": item(41), "/bad": item("forty")}))

    good, bad = await client.get("/good"), await client.get("/bad")

    assert (good.json(), good.headers["mock-source"]) == (41, "example")
    assert isinstance(bad.json(), int)
    assert bad.headers["mock-source"] == "generated"


async def test_journal_keeps_the_last_exchanges(make_application: MakeApplication) -> None:
    application = make_application(document({"/pets": {"get": operation("list")}}), journal_size=2)
    client = client_of(application)
    for path in ("/pets", "/cats", "/pets?x=1"):
        await client.get(path)

    kept = list(application.world.journal)

    assert [(item.number, item.path, item.answer.status) for item in kept] == [
        (2, "/cats", 404),
        (3, "/pets", 200),
    ]
    assert kept[1].operation is not None
    assert kept[1].operation.id == "list"


async def test_parallel_creates_get_different_ids(make_client: MakeClient) -> None:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    paths = {"/pets": {"post": {**with_body({"type": "object"}), "responses": answers(schema, 201)}}}
    plan = {
        "plan": "1",
        "resources": {"pets": {"schema": "Pet", "id": {"make": "integer"}}},
        "operations": {"create": {"action": "create", "resource": "pets"}},
    }
    client = make_client(document(paths, components={"schemas": {"Pet": schema}}), plan)

    created = await asyncio.gather(*(client.post("/pets", json={}) for _ in range(100)))

    assert sorted(answer.json()["id"] for answer in created) == list(range(1, 101))


class TestSeveralDocuments:
    @pytest.fixture
    def sources(self, tmp_path: Any) -> Any:
        import yaml

        def write(**documents: dict[str, Any]) -> tuple[Source, ...]:
            for name, content in documents.items():
                (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content))
            return tuple(Source(tmp_path / f"{name}.yaml") for name in documents)

        return write

    async def test_each_answers_at_the_root_and_under_its_name(self, sources: Any) -> None:
        found = sources(
            cats=document({"/cats": {"get": operation("a")}}),
            dogs=document({"/dogs": {"get": operation("a")}}),
        )
        client = client_of(assemble(Settings(documents=found), lambda: NOON))

        statuses = {
            path: (await client.get(path)).status_code
            for path in ("/cats", "/dogs", "/cats/cats", "/dogs/dogs", "/cats/dogs")
        }

        assert statuses == {
            "/cats": 200,
            "/dogs": 200,
            "/cats/cats": 200,
            "/dogs/dogs": 200,
            "/cats/dogs": 404,
        }

    async def test_clash_of_paths_names_both_operations_and_the_way_out(self, sources: Any) -> None:
        one = {"parameters": [path_parameter("id")], "get": operation("getCat")}
        other = {"parameters": [path_parameter("name")], "delete": operation("deleteDog")}
        found = sources(cats=document({"/pets/{id}": one}), dogs=document({"/pets/{name}": other}))

        with pytest.raises(UsageError, match=r"(?s)getCat.*deleteDog.*--no-root"):
            assemble(Settings(documents=found), lambda: NOON)

    async def test_clash_is_none_without_the_root(self, sources: Any) -> None:
        same = document({"/pets": {"get": operation("list")}})
        found = sources(cats=same, dogs=same)
        client = client_of(assemble(Settings(documents=found, root=False), lambda: NOON))

        assert (await client.get("/pets")).status_code == 404
        assert (await client.get("/dogs/pets")).status_code == 200

    async def test_same_name_twice_says_how_to_give_another(self, tmp_path: Any, sources: Any) -> None:
        found = sources(pets=document({"/pets": {"get": operation("list")}}))

        with pytest.raises(UsageError, match="mockserver serve other="):
            assemble(Settings(documents=found * 2), lambda: NOON)


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"plan": "1", "operations": {"list": []}}, "at /operations/list: a mapping is expected"),
        ({"plan": "2"}, "version should be '1'"),
        ({"plan": "1", "resources": {"pets": {"schema": 7}}}, "the name of a schema is expected"),
        ({"plan": "1", "operation": {}}, r"unknown key 'operation' \(did you mean 'operations'\?\)"),
    ],
)
async def test_plan_that_does_not_have_the_format_stops_the_start(
    make_application: MakeApplication, plan: dict[str, Any], message: str
) -> None:
    with pytest.raises(PlanError, match=message):
        make_application(document({"/pets": {"get": operation("list")}}), plan)


async def test_document_that_is_none_stops_the_start(make_application: MakeApplication) -> None:
    with pytest.raises(DocumentError, match="'openapi' is missing"):
        make_application({"info": {}})


async def test_fixture_of_no_resource_stops_the_start(
    make_application: MakeApplication, tmp_path: Any
) -> None:
    (tmp_path / "fixtures" / "api").mkdir(parents=True)
    (tmp_path / "fixtures" / "api" / "cats.yaml").write_text("[]")

    with pytest.raises(FixtureError, match=r"cats.yaml: the plan has no resource 'cats'"):
        make_application(document({"/pets": {"get": operation("list")}}))


async def test_document_with_a_fault_is_served_but_for_what_it_touches(make_client: MakeClient) -> None:
    paths = {"/pets": {"get": operation("list")}, "/cats": {"$ref": "#/nowhere"}}
    client = make_client(document(paths))

    assert (await client.get("/pets")).status_code == 200
    assert (await client.get("/cats")).status_code == 404


async def test_document_with_a_fault_stops_a_strict_start(make_application: MakeApplication) -> None:
    with pytest.raises(DocumentError, match=r"(?s)--strict does not allow.*/paths/~1cats: .*#/nowhere"):
        make_application(document({"/cats": {"$ref": "#/nowhere"}}), strict=True)


async def test_client_that_goes_in_the_middle_of_a_body_changes_nothing(
    make_application: MakeApplication,
) -> None:
    application = make_application(
        document({"/pets": {"post": operation("create", requestBody={"content": {}})}})
    )
    messages = iter(({"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}))

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        pytest.fail("nobody is there to be answered")

    scope = {"type": "http", "method": "POST", "path": "/pets", "query_string": b"", "headers": []}
    await application.asgi(scope, receive, send)

    assert len(application.world.journal) == 0


async def test_error_that_cannot_be_shaped_is_answered_all_the_same(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_arguments: Any, **_more: Any) -> None:
        raise RuntimeError("broken")

    client = make_client(document({"/pets": {"get": operation("list")}}))
    monkeypatch.setattr("mockserver.mocking.engine.Engine.answer", fail)
    monkeypatch.setattr("mockserver.mocking.engine.Engine.refuse", fail)
    with caplog.at_level(logging.CRITICAL, "mockserver"):
        answer = await client.get("/pets")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"


async def test_refusal_that_is_not_declared_stays_a_refusal_where_errors_are_wanted(
    make_client: MakeClient,
) -> None:
    parameters = [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]
    client = make_client(document({"/pets": {"get": operation("list", parameters=parameters)}}), errors=True)

    assert (await client.get("/pets?limit=x")).status_code == 400


async def test_property_that_is_read_only_is_not_taken_from_a_client(make_client: MakeClient) -> None:
    properties = {"id": {"type": "integer"}, "name": TEXT, "score": {"type": "integer", "readOnly": True}}
    pet = {"type": "object", "required": ["id"], "properties": properties}
    item = {"parameters": [path_parameter("id", {"type": "integer"})], "patch": with_body({"type": "object"})}
    item["patch"]["operationId"] = "change"
    paths = {
        "/pets": {"post": {**with_body({"type": "object"}), "responses": answers(pet, 201)}},
        "/pets/{id}": item,
    }
    plan = {
        "plan": "1",
        "resources": {"pets": {"schema": "Pet", "id": {"make": "integer"}}},
        "operations": {
            "create": {"action": "create", "resource": "pets"},
            "change": {"action": "update", "resource": "pets"},
        },
    }
    client = make_client(document(paths, components={"schemas": {"Pet": pet}}), plan)

    created = await client.post("/pets", json={"name": "Rex", "score": 9})
    changed = await client.patch("/pets/1", json={"score": 9, "name": "Max"})

    assert created.json() == {"id": 1, "name": "Rex"}
    assert changed.json() == {"id": 1, "name": "Max"}


async def test_text_under_any_media_type_is_json(make_client: MakeClient) -> None:
    responses = {"200": {"description": "Fine.", "content": {"*/*": {"schema": {"const": "Rex"}}}}}
    client = make_client(document({"/pets": {"get": {"operationId": "list", "responses": responses}}}))

    answer = await client.get("/pets")

    assert (answer.headers["content-type"], answer.json()) == ("application/json", "Rex")
