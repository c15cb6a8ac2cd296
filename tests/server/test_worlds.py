"""Worlds over HTTP: how a request names one, and that they never see each other."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockserver.server.assembly import Application

from .conftest import answers, client_of, document

MakeApplication = Callable[..., Application]

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string", "readOnly": True}, "name": {"type": "string"}},
}
ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
    "additionalProperties": False,
}
FAILED = {"400": {"description": "No.", "content": {"application/json": {"schema": ERROR}}}}
LINK = {"headers": {"Link": {"schema": {"type": "string"}}}}
ITEM = [{"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}]
SHOP = document(
    {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
                "responses": {
                    "200": {**answers({"type": "array", "items": PET})["200"], **LINK},
                    **FAILED,
                },
            },
            "post": {
                "operationId": "createPet",
                "requestBody": {"required": True, "content": {"application/json": {"schema": PET}}},
                "responses": {**answers(PET, 201), **FAILED},
            },
        },
        "/pets/{petId}": {
            "get": {
                "operationId": "getPet",
                "parameters": ITEM,
                "responses": {"200": {**answers(PET)["200"], **LINK}, **FAILED},
            },
            "delete": {
                "operationId": "deletePet",
                "parameters": ITEM,
                "responses": {"204": {"description": "Gone."}, **FAILED},
            },
        },
    },
    components={"schemas": {"Pet": PET}},
)
PLAN: dict[str, Any] = {
    "plan": "1",
    "resources": {"pets": {"schema": "Pet", "id": {"make": "pet_{n}"}, "seed": 1}},
    "operations": {
        "listPets": {"action": "list", "resource": "pets", "page": {"number": "$request.query.page"}},
        "createPet": {"action": "create", "resource": "pets"},
        "getPet": {"action": "get", "resource": "pets"},
        "deletePet": {"action": "delete", "resource": "pets"},
    },
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shop(make_application: MakeApplication) -> Application:
    return make_application(SHOP, PLAN)


async def names(client: httpx.AsyncClient, world: str | None = None, path: str = "/pets") -> list[str]:
    """The names of the pets that somebody made in a world."""
    response = await client.get(path, headers={"Mock-World": world} if world else {})
    assert response.status_code == 200, response.text
    return [pet["name"] for pet in response.json()][1:]


async def add(client: httpx.AsyncClient, name: str, **options: Any) -> httpx.Response:
    """Make a pet."""
    response = await client.post(options.pop("path", "/pets"), json={"name": name}, **options)
    assert response.status_code == 201, response.text
    return response


# Who names a world, and how.


@pytest.mark.anyio
async def test_header_and_path_lead_into_the_same_world_and_nothing_into_the_default(
    shop: Application,
) -> None:
    async with client_of(shop) as client:
        by_header = await add(client, "Rex", headers={"Mock-World": "a"})
        by_path = await add(client, "Bello", path="/@a/pets")
        by_default = await add(client, "Tom")

        assert by_header.headers["mock-world"] == by_path.headers["mock-world"] == "a"
        assert "mock-world" not in by_default.headers
        assert await names(client, "a") == await names(client, path="/@a/pets") == ["Rex", "Bello"]
        assert await names(client, path="/@a/api/pets") == ["Rex", "Bello"], "below the document's name"
        assert await names(client) == await names(client, "default") == ["Tom"]
        assert await names(client, path="/@default/pets") == ["Tom"]
        assert await names(client, "b") == []


@pytest.mark.anyio
async def test_header_wins_over_the_path(shop: Application) -> None:
    async with client_of(shop) as client:
        response = await add(client, "Rex", path="/@a/pets", headers={"Mock-World": "b"})

        assert response.headers["mock-world"] == "b"
        assert (await names(client, "a"), await names(client, "b")) == ([], ["Rex"])


@pytest.mark.anyio
async def test_encoded_name_in_a_path_is_that_name(shop: Application) -> None:
    async with client_of(shop) as client:
        await add(client, "Rex", path="/@w%2D1/pets")

        assert await names(client, "w-1") == ["Rex"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "headers", "place"),
    [
        ("/pets", {"Mock-World": "a b"}, "header.Mock-World"),
        ("/pets", {"Mock-World": ""}, "header.Mock-World"),
        ("/pets", {"Mock-World": "x" * 65}, "header.Mock-World"),
        ("/pets", [("Mock-World", "a"), ("Mock-World", "b")], "header.Mock-World"),
        ("/@/pets", {}, "path.world"),
        ("/@a%2Fb/pets", {}, "path.world"),
        ("/@a%ff/pets/1", {}, "path.world"),
    ],
)
async def test_what_can_be_no_world_is_refused_as_the_document_says(
    shop: Application, path: str, headers: Any, place: str
) -> None:
    async with client_of(shop) as client:
        response = await client.get(path, headers=headers)

    assert response.status_code == 400
    assert sorted(response.json()) == ["code", "message"]
    assert "is no name for a world" in response.json()["message"]
    assert "mock-violations" not in response.headers
    assert [world.name for world in shop.worlds] == ["default"]
    (seen,) = shop.world.journal
    assert seen.answer.detail.endswith("A-Z a-z 0-9 . _ ~ -")


@pytest.mark.anyio
async def test_places_that_an_answer_names_stay_in_the_world(shop: Application) -> None:
    async with client_of(shop) as client:
        made = await add(client, "Rex", path="/@a/pets")
        location = made.headers["location"]
        listed = await client.get("/@a/api/pets?page=1")

        assert location == f"/@a/pets/{made.json()['id']}"
        assert (await client.get(location)).json() == made.json()
        assert (await client.get(location.removeprefix("/@a"))).status_code == 404
        assert listed.headers["link"].startswith("</@a/api/pets?page=1>")
        for prefix in ("/@a", "/@b", "", "/@a"):
            seed = await client.get(f"{prefix}/pets/pet_1")
            assert seed.headers["link"].startswith(f"<{prefix}/pets/pet_1>"), "whoever has asked before"


@pytest.mark.anyio
async def test_refusals_are_in_the_world_too(shop: Application) -> None:
    async with client_of(shop) as client:
        for method, path in (("GET", "/@a/nowhere"), ("PUT", "/@a/pets"), ("GET", "/@a"), ("GET", "/@a/")):
            assert (await client.request(method, path)).headers["mock-world"] == "a"
        world = shop.worlds.get("a")

        assert [(seen.path, seen.answer.status) for seen in world.journal] == [
            ("/@a/nowhere", 404), ("/@a/pets", 405), ("/@a", 404), ("/@a/", 404),
        ]  # fmt: skip
        assert len(shop.world.journal) == 0
        assert world.active == 0


@pytest.mark.anyio
async def test_page_of_another_origin_may_name_a_world(shop: Application) -> None:
    async with client_of(shop) as client:
        asked = {
            "Origin": "http://app",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "mock-world",
        }
        preflight = await client.options("/pets", headers=asked)
        answer = await add(client, "Rex", headers={"Origin": "http://app", "Mock-World": "a"})

        assert preflight.headers["access-control-allow-headers"] == "mock-world"
        assert "mock-world" in answer.headers["access-control-expose-headers"].split(", ")
        assert (await client.options("/@a/pets", headers=asked)).status_code == 204


@pytest.mark.anyio
async def test_document_whose_paths_begin_with_an_at_sign_keeps_them(
    make_application: MakeApplication,
) -> None:
    found = {"200": {"description": "Fine."}}
    path = {"name": "user", "in": "path", "required": True, "schema": {"type": "string"}}
    shop = make_application(
        document(
            {
                "/@me": {"get": {"operationId": "me", "responses": found}},
                "/@{user}/posts": {"get": {"operationId": "posts", "parameters": [path], "responses": found}},
                "/{user}/likes": {"get": {"operationId": "likes", "parameters": [path], "responses": found}},
            }
        )
    )
    async with client_of(shop) as client:
        for url in ("/@me", "/@jo/posts", "/@jo/x/likes", "/@jo/@jo/posts"):
            assert (await client.get(url)).status_code == 200

    assert [seen.operation and seen.operation.id for seen in shop.world.journal] == ["me", "posts"]
    assert [seen.operation and seen.operation.id for seen in shop.worlds.get("jo").journal] == [
        "likes",
        "posts",
    ]


# As the plan says.


SECURED = {
    **SHOP,
    "components": {
        **SHOP["components"],
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("key", "options", "name"),
    [
        ("bearer", {"headers": {"Authorization": "Bearer s3cret"}}, "bearer-0a1975d3"),
        ("bearer", {"headers": {"Authorization": "Basic abc"}}, None),
        ("bearer", {}, None),
        ({"header": "X-Tenant"}, {"headers": {"X-Tenant": "acme"}}, "acme"),
        ({"header": "X-Tenant"}, {"headers": {"x-tenant": "Acme & Sons"}}, "header-8d53cf8b"),
        ({"header": "X-Key"}, {"headers": {"X-Key": "s3cret"}}, "header-0a1975d3"),
        ({"cookie": "session"}, {"headers": {"Cookie": "a=b; session=s3cret"}}, "cookie-0a1975d3"),
        ({"query": "tenant"}, {"params": {"tenant": "acme"}}, "acme"),
        ({"query": "tenant"}, {"params": {"tenant": ""}}, None),
        (
            "bearer",
            {"headers": {"Authorization": "Bearer s3cret", "Mock-World": "mine"}},
            "mine",
        ),
        ("bearer", {"headers": {"Authorization": "Bearer s3cret", "Mock-World": "default"}}, None),
    ],
)
async def test_plan_says_which_part_of_a_request_names_the_world(
    make_application: MakeApplication, key: Any, options: dict[str, Any], name: str | None
) -> None:
    shop = make_application(SECURED, {**PLAN, "world": key}, validate=False)
    async with client_of(shop) as client:
        response = await client.get("/pets", **options)

    assert response.status_code == 200
    assert response.headers.get("mock-world") == name
    assert "s3cret" not in str(response.headers)


@pytest.mark.anyio
async def test_two_tenants_of_a_plan_are_apart(make_application: MakeApplication) -> None:
    shop = make_application(SHOP, {**PLAN, "world": "bearer"})
    async with client_of(shop) as client:
        for token in ("one", "two"):
            await add(client, token, headers={"Authorization": f"Bearer {token}"})
        found = [
            (await client.get("/pets", headers={"Authorization": f"Bearer {token}"})).json()[1:]
            for token in ("one", "two", "three")
        ]

    assert [[pet["name"] for pet in pets] for pets in found] == [["one"], ["two"], []]


# The control API in a world.


@pytest.mark.anyio
async def test_control_api_takes_the_world_from_header_path_or_query(shop: Application) -> None:
    async with client_of(shop) as client:
        await add(client, "Rex", headers={"Mock-World": "a"})
        for path, headers in (
            ("/__mock__/state?world=a", {}),
            ("/__mock__/state", {"Mock-World": "a"}),
            ("/@a/__mock__/state", {}),
            ("/@b/__mock__/state?world=a", {"Mock-World": "c"}),
        ):
            state = (await client.get(path, headers=headers)).json()
            assert state["world"] == "a"
            assert [record["data"]["name"] for record in state["resources"][0]["records"]][1:] == ["Rex"]
        assert (await client.get("/__mock__/state")).json()["resources"][0]["total"] == 1
        assert [world.name for world in shop.worlds] == ["default", "a"], "reading makes none"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/__mock__/state?world=a%20b", {}),
        ("/__mock__/state", {"Mock-World": "a b"}),
        ("/__mock__/worlds/a%20b", {}),
        ("/@a%20b/__mock__/state", {}),
    ],
)
async def test_control_api_refuses_what_can_be_no_world(
    shop: Application, path: str, headers: dict[str, str]
) -> None:
    async with client_of(shop) as client:
        response = await client.get(path, headers=headers)

    assert response.status_code == 400
    assert "world" in response.text


@pytest.mark.anyio
async def test_worlds_are_listed_reset_and_deleted(shop: Application) -> None:
    async with client_of(shop) as client:
        for name in ("a", "b"):
            await add(client, "Rex", headers={"Mock-World": name})
        listed = (await client.get("/__mock__/worlds")).json()
        assert [(item["name"], item["records"], item["exchanges"]) for item in listed["worlds"]] == [
            ("default", 1, 0), ("a", 2, 1), ("b", 2, 1),
        ]  # fmt: skip
        assert [listed[key] for key in ("total", "limit", "evicted", "expired")] == [3, 1000, 0, 0]

        reset = (await client.post("/__mock__/worlds/a/reset")).json()
        assert (reset["name"], reset["records"], reset["exchanges"]) == ("a", 1, 1)
        assert (await client.get("/__mock__/worlds/b")).json()["records"] == 2
        assert (await client.delete("/__mock__/worlds/b")).status_code == 204
        assert (await client.get("/__mock__/worlds/b")).status_code == 404
        assert (await client.delete("/__mock__/worlds/b")).status_code == 404
        refused = await client.delete("/__mock__/worlds/default")
        assert (refused.status_code, "can be reset" in refused.text) == (409, True)


@pytest.mark.anyio
async def test_clock_of_a_world_is_frozen_set_advanced_and_reset(shop: Application) -> None:
    async with client_of(shop) as client:

        async def ask(method: str, path: str, **body: Any) -> dict[str, Any]:
            response = await client.request(
                method, f"/@a/__mock__/{path}", json=body if method != "GET" else None
            )
            assert response.status_code == 200, response.text
            found: dict[str, Any] = response.json()
            return found

        frozen = await ask("PUT", "clock", mode="frozen", now="2030-01-01T00:00:00+01:00")
        assert frozen == {
            "world": "a", "mode": "frozen", "now": "2029-12-31T23:00:00.000Z", "offset_seconds": 0,
        }  # fmt: skip
        assert (await ask("POST", "clock/advance", by="PT1H"))["now"] == "2030-01-01T00:00:00.000Z"
        assert (await ask("POST", "clock/advance", by=1.5))["now"] == "2030-01-01T00:00:01.500Z"
        running = await ask("PUT", "clock", mode="running", now="2026-01-02T13:00:00Z")
        assert (running["mode"], running["offset_seconds"]) == ("running", 3600)
        assert (await ask("PUT", "clock", mode="running"))["offset_seconds"] == 0
        await ask("POST", "state/reset")
        assert (await ask("GET", "clock"))["mode"] == "frozen", "as --clock says"
        assert (await client.get("/__mock__/clock")).json()["now"] == "2026-01-02T12:00:00.000Z"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "clock", {}),
        ("PUT", "clock", {"mode": "stopped"}),
        ("PUT", "clock", {"mode": "frozen", "now": "noon"}),
        ("PUT", "clock", {"mode": "frozen", "now": "0001-01-01T00:00:00Z"}),
        ("PUT", "clock", {"mode": "frozen", "at": "2030-01-01T00:00:00Z"}),
        ("POST", "clock/advance", {"by": "soon"}),
        ("POST", "clock/advance", {"by": -1}),
        ("POST", "clock/advance", {"by": 10**12}),
        ("POST", "clock/advance", {"by": True}),
        ("POST", "clock/advance", {}),
    ],
)
async def test_clock_refuses_what_makes_no_sense_and_goes_on(
    shop: Application, method: str, path: str, body: Any
) -> None:
    before = shop.world.clock.save()
    async with client_of(shop) as client:
        response = await client.request(method, f"/__mock__/{path}", json=body)

    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert shop.world.clock.save() == before


# Many at once.

WORKER = """
import sys, httpx
origin, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with httpx.Client(base_url=origin, headers={"Mock-World": name}) as client:
    seeds = [pet["name"] for pet in client.get("/pets").json()]
    for number in range(count):
        made = client.post("/pets", json={"name": f"{name} {number}"}).json()
        assert made["id"] == f"pet_{number + 2}", made
        if number % 3 == 2:
            assert client.delete("/pets/" + made["id"]).status_code == 204
        expected = seeds + [f"{name} {n}" for n in range(number + 1) if n % 3 != 2]
        assert [pet["name"] for pet in client.get("/pets").json()] == expected
    assert client.get("/__mock__/journal", params={"limit": 0}).json()["total"] == 1 + 2 * count + count // 3
print("fine")
"""


async def work(client: httpx.AsyncClient, name: str, count: int) -> None:
    """Do what the two processes do, in one of many tasks."""
    headers = {"Mock-World": name}
    for number in range(count):
        made = (await add(client, f"{name} {number}", headers=headers)).json()
        assert made["id"] == f"pet_{number + 2}"
        if number % 3 == 2:
            assert (await client.delete(f"/pets/{made['id']}", headers=headers)).status_code == 204
        assert await names(client, name) == [f"{name} {n}" for n in range(number + 1) if n % 3 != 2]


@pytest.mark.anyio
async def test_twenty_clients_and_two_processes_never_see_each_other(
    tmp_path: Path, make_live_server: Callable[..., Any]
) -> None:
    (tmp_path / "api.yaml").write_text(yaml.safe_dump(SHOP, sort_keys=False))
    (tmp_path / "api.plan.yaml").write_text(yaml.safe_dump(PLAN, sort_keys=False))
    with make_live_server("api.yaml", cwd=str(tmp_path)) as origin:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, origin, name, "30"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for name in ("process-1", "process-2")
        ]  # fmt: skip
        async with httpx.AsyncClient(base_url=origin) as client:
            await asyncio.gather(*(work(client, f"client-{number}", 12) for number in range(20)))
            outputs = [await asyncio.to_thread(process.communicate) for process in processes]
            assert [output for output, _ in outputs] == ["fine\n", "fine\n"]
            assert await names(client) == [], "nobody was in the default world"
            listed = (await client.get("/__mock__/worlds")).json()["worlds"]

    records = {item["name"]: item["records"] for item in listed}
    assert records == {
        "default": 1,
        **{f"client-{number}": 1 + 12 - 4 for number in range(20)},
        **{f"process-{number}": 1 + 30 - 10 for number in (1, 2)},
    }
