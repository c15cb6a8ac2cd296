"""Snapshots over HTTP: taken, restored, cloned and told apart by the control API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from mockserver.server.assembly import Application, assemble
from mockserver.settings import Settings

from .conftest import NOON, client_of
from .test_worlds import PLAN, SHOP, add, names

MakeApplication = Callable[..., Application]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shop(make_application: MakeApplication) -> Application:
    return make_application(SHOP, PLAN)


@pytest.fixture
async def client(shop: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(shop) as client:
        yield client


async def control(
    client: httpx.AsyncClient, method: str, path: str, status: int = 200, **options: Any
) -> Any:
    """Ask the control API."""
    response = await client.request(method, f"/__mock__/{path}", **options)
    assert response.status_code == status, response.text
    return response.json()


@pytest.mark.anyio
async def test_snapshot_goes_into_another_world_and_both_go_on_alike(client: httpx.AsyncClient) -> None:
    gone = (await add(client, "Rex", path="/@a/pets")).json()["id"]
    await client.delete(f"/@a/pets/{gone}")
    await add(client, "Tom", path="/@a/pets")
    saved = await control(client, "GET", "worlds/a/snapshot")
    restored = await control(client, "PUT", "worlds/b/snapshot", json=saved)

    assert (restored["name"], restored["records"], restored["exchanges"]) == ("b", 2, 0)
    assert await names(client, "b") == ["Tom"]
    assert (await control(client, "GET", "worlds/a/diff/b"))["same"] is True
    made = [(await add(client, "Bello", path=f"/@{world}/pets")).json() for world in ("a", "b")]
    assert made[0] == made[1] == {"id": "pet_4", "name": "Bello"}


@pytest.mark.anyio
async def test_restore_takes_the_default_world_back(client: httpx.AsyncClient) -> None:
    await add(client, "Rex")
    saved = await control(client, "GET", "worlds/default/snapshot")
    await add(client, "Tom")
    await client.put("/__mock__/clock", json={"mode": "running"})
    await control(client, "PUT", "worlds/default/snapshot", json=saved)

    assert await names(client) == ["Rex"]
    assert (await control(client, "GET", "clock"))["mode"] == "frozen"


@pytest.mark.anyio
async def test_snapshot_that_does_not_fit_is_refused_unless_it_is_forced(client: httpx.AsyncClient) -> None:
    await add(client, "Rex", path="/@a/pets")
    saved = await control(client, "GET", "worlds/a/snapshot")
    saved["documents"]["api"]["pets"]["records"][1]["data"]["name"] = 5
    refused = await control(client, "PUT", "worlds/b/snapshot", 400, json=saved)

    assert "at /documents/api/pets/records/1/data/name: 5 is not of type" in refused["detail"]
    assert [world["name"] for world in (await control(client, "GET", "worlds"))["worlds"]] == ["default", "a"]
    await control(client, "PUT", "worlds/b/snapshot", json=saved, params={"force": "true"})
    response = await client.get("/@b/pets")
    assert "mock-violations" in response.headers
    assert response.json()[1]["name"] == 5


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body", [{}, {"format": "zip", "version": 1, "documents": {}}, {"format": "mockserver-snapshot"}, []]
)
async def test_what_is_no_snapshot_is_refused(client: httpx.AsyncClient, body: Any) -> None:
    await control(client, "PUT", "worlds/b/snapshot", 400, json=body)


@pytest.mark.anyio
async def test_clone_holds_the_same_and_is_not_put_over_another_unasked(client: httpx.AsyncClient) -> None:
    await add(client, "Rex")
    made = await control(client, "POST", "worlds/default/clone", 201, json={"to": "copy"})
    assert (made["name"], made["records"]) == ("copy", 2)
    await add(client, "Tom", path="/@copy/pets")
    assert (await names(client), await names(client, "copy")) == (["Rex"], ["Rex", "Tom"])

    refused = await control(client, "POST", "worlds/default/clone", 409, json={"to": "copy"})
    assert "replace: true" in refused["detail"]
    await control(client, "POST", "worlds/default/clone", 201, json={"to": "copy", "replace": True})
    assert await names(client, "copy") == ["Rex"]
    await control(client, "POST", "worlds/copy/clone", 201, json={"to": "default", "replace": True})
    await control(client, "POST", "worlds/nope/clone", 404, json={"to": "x"})
    await control(client, "POST", "worlds/copy/clone", 409, json={"to": "copy", "replace": True})
    await control(client, "POST", "worlds/copy/clone", 400, json={"to": "a b"})


@pytest.mark.anyio
async def test_difference_of_two_worlds_is_told(client: httpx.AsyncClient) -> None:
    await add(client, "Rex", path="/@a/pets")
    await client.get("/@b/pets")
    found = await control(client, "GET", "worlds/a/diff/b")

    assert (found["first"], found["second"], found["same"]) == ("a", "b", False)
    (pets,) = found["resources"]
    assert [record["data"]["name"] for record in pets["removed"]] == ["Rex"]
    assert (pets["added"], pets["changed"]) == ([], [])
    await control(client, "GET", "worlds/a/diff/nope", 404)


@pytest.mark.anyio
async def test_snapshot_may_be_larger_than_other_requests(client: httpx.AsyncClient) -> None:
    await client.get("/@a/pets")
    saved = await control(client, "GET", "worlds/a/snapshot")
    parts = saved["documents"]["api"]["pets"]
    for number in range(2, 3002):
        data = {"id": f"p{number}", "name": "x" * 50}
        parts["records"].append({"id": data["id"], "version": 1, "sequence": number, "data": data})
    restored = await control(client, "PUT", "worlds/a/snapshot", json=saved)

    assert restored["records"] == 3001
    too_large = await client.put("/__mock__/clock", content=b"{" + b" " * 70_000 + b"}")
    assert too_large.status_code == 413


@pytest.mark.anyio
async def test_requests_go_on_while_a_large_snapshot_is_judged(client: httpx.AsyncClient) -> None:
    await client.get("/@a/pets")
    saved = await control(client, "GET", "worlds/a/snapshot")
    parts = saved["documents"]["api"]["pets"]
    for number in range(2, 2002):
        data = {"id": f"p{number}", "name": "Rex"}
        parts["records"].append({"id": data["id"], "version": 1, "sequence": number, "data": data})
    restoring = asyncio.create_task(control(client, "PUT", "worlds/a/snapshot", json=saved))
    seen = set()
    while not restoring.done():
        seen.add(len((await client.get("/@a/pets")).json()))
        await asyncio.sleep(0.001)

    assert (await restoring)["records"] == 2001
    assert seen <= {1, 100}, "the seeds, or a full page: never a part of it"


@pytest.mark.anyio
async def test_snapshot_of_the_bundled_documents_fits_them() -> None:
    application = assemble(Settings(clock=NOON), lambda: datetime.now(UTC))
    async with client_of(application) as client:
        saved = await control(client, "GET", "worlds/default/snapshot")
        assert len(saved["documents"]) >= 3
        await control(client, "PUT", "worlds/copy/snapshot", json=saved)
        assert (await control(client, "GET", "worlds/default/diff/copy"))["same"] is True
