"""Exchanges of the mock, read as calls: typed, with what was wrong, whatever stands before their path."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from mockserver.mocking.calls import Call, Reader
from mockserver.server.assembly import Application

from .conftest import answers, client_of, document

PETS = document(
    {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "default": 20}},
                    {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}},
                    {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
                    {"name": "X-Tries", "in": "header", "schema": {"type": "integer", "default": 1}},
                    {"name": "day", "in": "cookie", "schema": {"type": "integer"}},
                ],
                "responses": answers({"type": "array"}),
            },
            "post": {
                "operationId": "createPet",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"type": "object", "required": ["name"]}},
                        "application/x-www-form-urlencoded": {
                            "schema": {"type": "object", "properties": {"age": {"type": "integer"}}}
                        },
                    }
                },
                "responses": answers(status=201),
            },
        },
        "/pets/{petId}": {
            "get": {
                "operationId": "getPet",
                "parameters": [
                    {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}
                ],
                "responses": answers(),
            }
        },
    },
    servers=[{"url": "https://example.com/v1"}],
)
MakeApplication = Callable[..., Application]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def application(make_application: MakeApplication) -> Application:
    return make_application(PETS, stateless=True)


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(application) as client:
        yield client


def calls(application: Application, world: str = "default", **options: bool) -> list[Call]:
    reader = Reader([served.document for served in application.documents], **options)
    return [reader.call(exchange) for exchange in application.worlds.look(world).journal]


@pytest.mark.anyio
async def test_parameters_are_typed_and_only_what_was_sent_is_there(
    application: Application, client: httpx.AsyncClient
) -> None:
    await client.get(
        "/pets?limit=5&ids=1&ids=2&filter[kind]=dog&undeclared=%C3%A9",
        headers={"X-Tries": "3", "Cookie": "day=7"},
    )
    await client.get("/pets")
    first, bare = calls(application)

    assert first.request.query == {
        "limit": 5, "ids": [1, 2], "filter": {"kind": "dog"}, "undeclared": "é",
    }  # fmt: skip
    assert (first.request.header, first.request.cookie) == ({"x-tries": 3}, {"day": 7})
    assert (bare.request.query, bare.request.header, bare.request.cookie) == ({}, {}, {})


@pytest.mark.anyio
@pytest.mark.parametrize("before", ["", "/v1", "/api", "/api/v1", "/@mine", "/@mine/api/v1"])
async def test_path_is_typed_wherever_the_document_is_mounted(
    application: Application, client: httpx.AsyncClient, before: str
) -> None:
    await client.get(f"{before}/pets/7")
    (call,) = calls(application, "mine" if "@" in before else "default")

    assert (call.operation, call.request.path) == ("getPet", {"petId": 7})
    assert call.request.url == f"{before.removeprefix('/@mine')}/pets/7"
    assert not call.is_invalid


@pytest.mark.anyio
async def test_bodies_are_typed_whatever_their_form(
    application: Application, client: httpx.AsyncClient
) -> None:
    await client.post("/pets", json={"name": "Rex"})
    await client.post("/pets", data={"age": "3"})
    zipped = gzip.compress(b'{"name": "Tom"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    await client.post("/pets", content=zipped, headers=headers)
    made = calls(application)

    assert [call.request.body for call in made] == [{"name": "Rex"}, {"age": 3}, {"name": "Tom"}]
    assert [call.is_invalid for call in made] == [False, False, False]


@pytest.mark.anyio
async def test_what_is_wrong_is_told_and_only_where_it_is_judged(
    application: Application, client: httpx.AsyncClient
) -> None:
    await client.post("/pets", json={"nam": "Rex"})
    await client.get("/pets/x")
    await client.get("/pets", headers={"Accept": "text/csv"})
    broken, wrong, unfit = calls(application)

    assert broken.violations[0].location == ("body", "name")
    assert wrong.violations[0].location == ("path", "petId")
    assert unfit.violations[0].location == ("header", "accept")
    assert [call.is_invalid for call in calls(application, validate=False)[:2]] == [False, False]


@pytest.mark.anyio
async def test_preflights_and_heads_are_no_strangers(
    application: Application, client: httpx.AsyncClient
) -> None:
    await client.options("/pets", headers={"Origin": "http://x", "Access-Control-Request-Method": "POST"})
    await client.options("/pets")
    await client.head("/pets")
    await client.get("/nowhere", headers={"Prefer": "code=404"})

    assert [call.is_unmatched for call in calls(application)] == [False, False, False, True]


@pytest.mark.anyio
async def test_body_of_which_the_journal_has_a_part_is_not_judged(
    application: Application, client: httpx.AsyncClient
) -> None:
    await client.post("/pets", json={"name": "x" * 100_000})
    (call,) = calls(application)

    assert (call.request.body, call.is_invalid) == (None, False)


@pytest.mark.anyio
async def test_path_of_which_the_journal_has_a_part_is_still_for_its_operation(
    application: Application, client: httpx.AsyncClient
) -> None:
    await client.get(f"/pets/{'1' * 9000}")
    (call,) = calls(application)

    assert call.operation == "getPet"
    assert str(call).startswith("#1 GET /pets/111")
