"""Stubs over HTTP: ordered by the control API, checked by the document, answered before everything else."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockserver.server.assembly import Application
from mockserver.server.faults import BrokenOff

from .conftest import client_of, document
from .test_worlds import PLAN, SHOP

MakeApplication = Callable[..., Application]
REX = {"id": "pet_9", "name": "Rex"}


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


async def order(client: httpx.AsyncClient, expected: int = 201, /, **stub: Any) -> dict[str, Any]:
    """Order a stub."""
    response = await client.post("/__mock__/stubs", json=stub)
    assert response.status_code == expected, response.text
    found: dict[str, Any] = response.json()
    return found


async def last(client: httpx.AsyncClient) -> dict[str, Any]:
    """The newest entry of the journal."""
    found: dict[str, Any] = (await client.get("/__mock__/journal?limit=1")).json()["exchanges"][0]
    return found


@pytest.mark.anyio
async def test_stub_answers_first_and_says_so(client: httpx.AsyncClient) -> None:
    made = await order(client, operation="getPet", match={"path": {"petId": "pet_9"}}, body=REX)
    response = await client.get("/pets/pet_9")

    assert (response.status_code, response.json()) == (200, REX)
    assert response.headers["mock-source"] == "stub"
    assert made["violations"] == []
    seen = await last(client)
    assert (seen["source"], seen["detail"]) == ("stub", "stub 1")
    assert (await client.get("/__mock__/stubs/1")).json()["hits"] == 1


@pytest.mark.anyio
async def test_request_that_no_stub_matches_is_told_how_near_it_came(client: httpx.AsyncClient) -> None:
    await order(client, operation="createPet", match={"body": {"name": "Rex"}}, status=400)
    for name, status, source in (("Rex", 400, "stub"), ("Tom", 201, "state")):
        response = await client.post("/pets", json={"name": name})
        assert (response.status_code, response.headers["mock-source"]) == (status, source)
    assert (await last(client))["detail"].endswith('stub 1 does not match: body /name is "Tom", not "Rex"')

    await order(client, operation="getPet", match={"path": {"petId": "a"}}, body=REX)
    response = await client.get("/pets/b")
    assert response.status_code == 404
    seen = await last(client)
    assert seen["detail"].endswith('stub 2 does not match: path petId is "b", not "a"'), seen


@pytest.mark.anyio
async def test_stub_without_a_body_is_filled_as_the_document_says(client: httpx.AsyncClient) -> None:
    await order(client, operation="listPets", status=400)
    response = await client.get("/pets")

    assert response.status_code == 400
    assert sorted(response.json()) == ["code", "message"]
    assert "mock-violations" not in response.headers

    await order(client, operation="getPet", status=200, headers={"X-Cache": "hit"})
    response = await client.get("/pets/whatever")
    assert sorted(response.json()) == ["id", "name"]
    assert response.headers["x-cache"] == "hit"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("stub", "message"),
    [
        ({"operation": "getPet", "body": {"id": 5}}, "'name' is required"),
        ({"operation": "getPet", "status": 418}, "declares no response 418"),
        ({"operation": "getPet", "body": REX, "media_type": "text/plain"}, "declares no text/plain"),
    ],
)
async def test_stub_that_breaks_the_document_is_taken_by_force_only(
    client: httpx.AsyncClient, stub: dict[str, Any], message: str
) -> None:
    refused = await order(client, 400, **stub)
    assert message in refused["detail"]
    assert (await client.get("/__mock__/stubs")).json()["stubs"] == []

    made = await order(client, **stub, force=True)
    assert message in made["violations"][0]["message"]
    response = await client.get("/pets/pet_1")
    assert message in response.headers["mock-violations"]
    assert response.headers["mock-source"] == "stub"


@pytest.mark.anyio
async def test_forced_stub_is_answered_as_it_is_also_with_errors(make_application: MakeApplication) -> None:
    shop = make_application(SHOP, PLAN, errors=True)
    async with client_of(shop) as client:
        await order(client, operation="getPet", body={"id": 5}, force=True)
        response = await client.get("/pets/pet_1")

    assert (response.status_code, response.json()) == (200, {"id": 5})


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("place", "operation", "values"),
    [
        ({"operation": "getPet"}, "getPet", {}),
        ({"method": "get", "path": "/pets/{petId}"}, "getPet", {}),
        ({"method": "GET", "path": "/pets/a%20b"}, "getPet", {"petId": "a b"}),
        ({"document": "api", "method": "DELETE", "path": "/pets/1"}, "deletePet", {"petId": "1"}),
    ],
)
async def test_operation_is_named_by_id_or_by_method_and_path(
    client: httpx.AsyncClient, place: dict[str, Any], operation: str, values: dict[str, str]
) -> None:
    made = await order(client, **place, status=400)

    assert (made["operation"], made["match"].get("path", {})) == (operation, values)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "stub", "message"),
    [
        (404, {"operation": "nope", "status": 400}, "there are listPets"),
        (404, {"document": "nope", "operation": "getPet", "status": 400}, "there are api"),
        (404, {"method": "PATCH", "path": "/pets/1", "status": 400}, "there is no PATCH /pets/1"),
        (400, {"method": "GET", "status": 400}, "belong together"),
        (400, {"operation": "getPet", "method": "GET", "path": "/pets", "status": 400}, "either"),
        (400, {"operation": "getPet"}, "it orders nothing"),
        (400, {"operation": "getPet", "status": 99}, "99"),
        (400, {"operation": "getPet", "fault": "explode"}, "explode"),
        (400, {"operation": "getPet", "status": 200, "hits": 5}, "hits"),
        (400, {"body": {}}, "force: true"),
    ],
)
async def test_order_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, status: int, stub: dict[str, Any], message: str
) -> None:
    refused = await order(client, status, **stub)

    assert message in refused["detail"]


@pytest.mark.anyio
async def test_stub_of_all_operations_answers_as_each_declares(client: httpx.AsyncClient) -> None:
    await order(client, status=400, times=2)
    answers = [await client.get("/pets"), await client.delete("/pets/pet_1"), await client.get("/pets")]

    assert [response.status_code for response in answers] == [400, 400, 200]
    stub = (await client.get("/__mock__/stubs/1")).json()
    assert (stub["hits"], stub["left"], stub["operation"]) == (2, 0, None)


@pytest.mark.anyio
async def test_stubs_are_removed_cleared_and_reset(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await order(client, operation="getPet", status=400)
    assert (await client.delete("/__mock__/stubs/2")).status_code == 204
    assert (await client.delete("/__mock__/stubs/2")).status_code == 404
    assert (await client.get("/__mock__/stubs/2")).status_code == 404
    listed = (await client.get("/__mock__/stubs")).json()["stubs"]
    assert [stub["id"] for stub in listed] == [1, 3]
    assert (await client.delete("/__mock__/stubs")).status_code == 204
    assert (await order(client, operation="getPet", status=400))["id"] == 4
    await client.post("/__mock__/state/reset", json={"document": "api"})
    assert len((await client.get("/__mock__/stubs")).json()["stubs"]) == 1, "records of a document only"
    await client.post("/__mock__/state/reset")
    assert (await client.get("/__mock__/stubs")).json() == {"world": "default", "stubs": []}


@pytest.mark.anyio
async def test_stubs_of_worlds_are_apart(client: httpx.AsyncClient) -> None:
    made = await client.post("/@a/__mock__/stubs", json={"operation": "listPets", "status": 400})

    assert made.status_code == 201
    assert [(await client.get(path)).status_code for path in ("/@a/pets", "/@b/pets", "/pets")] == [
        400,
        200,
        200,
    ]


@pytest.mark.anyio
async def test_stub_comes_after_the_request_was_judged(client: httpx.AsyncClient) -> None:
    await order(client, operation="createPet", body=REX)

    assert (await client.post("/pets", json={"name": 5})).status_code == 400


@pytest.mark.anyio
async def test_client_that_asks_for_another_source_gets_it(client: httpx.AsyncClient) -> None:
    await order(client, operation="listPets", body=[REX])
    found = {
        source: (await client.get("/pets", headers={"Prefer": f"source={source}"})).headers["mock-source"]
        for source in ("stub", "state", "generated")
    }

    assert found == {"stub": "stub", "state": "state", "generated": "generated"}
    await client.delete("/__mock__/stubs")
    refused = await client.get("/pets", headers={"Prefer": "source=stub"})
    assert (refused.status_code, "has no stub" in refused.text) == (400, True)


@pytest.mark.anyio
async def test_delay_alone_lets_the_usual_answer_come_later(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    await order(client, operation="listPets", delay_ms=1500)
    with monkeypatch.context() as patched:
        patched.setattr("mockserver.server.stubbing.asyncio.sleep", sleep)
        response = await client.get("/pets")

    assert (waited, response.headers["mock-source"]) == ([1.5], "state")
    assert (await last(client))["detail"] == "stub 1 made it wait 1500 ms"


@pytest.mark.anyio
async def test_stub_outlives_a_document_that_it_breaks_later(
    make_application: MakeApplication,
) -> None:
    """What was right when it was ordered is marked when the document no longer says so."""
    shop = make_application(SHOP, PLAN)
    async with client_of(shop) as client:
        await order(client, operation="getPet", body=REX)
        stricter = json.loads(json.dumps(SHOP))
        media = stricter["paths"]["/pets/{petId}"]["get"]["responses"]["200"]["content"]["application/json"]
        media["schema"]["properties"]["name"]["minLength"] = 9
        other = make_application(stricter, PLAN)
        shop.switch(other.parts, shop.plane(other.parts))
        response = await client.get("/pets/pet_9")

    assert response.json() == REX
    assert "mock-violations" in response.headers


# Faults.


@pytest.mark.anyio
async def test_fault_without_a_connection_is_an_error_of_the_call(client: httpx.AsyncClient) -> None:
    await order(client, operation="listPets", fault="reset", times=1)

    with pytest.raises(BrokenOff, match="the connection was reset without an answer"):
        await client.get("/pets")
    assert (await client.get("/pets")).status_code == 200


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory, make_live_server: Callable[..., Any]) -> Iterator[str]:
    """Where a live server listens."""
    folder: Path = tmp_path_factory.mktemp("stubs")
    (folder / "api.yaml").write_text(yaml.safe_dump(SHOP, sort_keys=False))
    (folder / "api.plan.yaml").write_text(yaml.safe_dump(PLAN, sort_keys=False))
    with make_live_server("api.yaml", cwd=str(folder)) as origin:
        yield origin


def raw(origin: str, world: str) -> tuple[bytes, bool]:
    """Send a request, and return all that comes back, and whether the connection was reset."""
    host, _, port = origin.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET /pets HTTP/1.1\r\nHost: x\r\nMock-World: {world}\r\n\r\n".encode())
        received = b""
        try:
            while data := connection.recv(65536):
                received += data
        except ConnectionResetError:
            return received, True
    return received, False


@pytest.mark.parametrize("fault", ["close", "reset", "garbage", "truncate", "timeout"])
def test_connection_ends_as_ordered_and_the_server_goes_on(origin: str, fault: str) -> None:
    with httpx.Client(base_url=origin, headers={"Mock-World": fault}) as client:
        made = client.post("/__mock__/stubs", json={"operation": "listPets", "fault": fault, "times": 3})
        assert made.status_code == 201, made.text
        if fault == "timeout":
            with pytest.raises(httpx.ReadTimeout):
                client.get("/pets", timeout=0.3)
        else:
            received, was_reset = raw(origin, fault)
            with pytest.raises(httpx.TransportError):
                client.get("/pets")
            head, _, body = received.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
            assert (was_reset, received == b"", head.startswith(b"HTTP/1.1 200"), 0 < len(body) < length) == {
                "close": (False, True, False, False),
                "reset": (True, True, False, False),
                "garbage": (False, False, False, False),
                "truncate": (False, False, True, True),
            }[fault]
        journal = client.get("/__mock__/journal").json()["exchanges"]
        assert {(seen["status"], seen["source"]) for seen in journal} == {(0, "stub")}
        assert journal[0]["detail"].startswith("stub 1: ")
        client.delete("/__mock__/stubs")
        assert client.get("/pets").status_code == 200
        is_idle(client, fault)


def is_idle(client: httpx.Client, world: str) -> None:
    """Wait until nothing is under way in a world."""
    deadline = time.monotonic() + 10
    while client.get(f"/__mock__/worlds/{world}").json()["active"]:
        assert time.monotonic() < deadline, "a request is still under way"
        time.sleep(0.02)


def test_client_that_resets_while_a_stub_delays_leaves_nothing_behind(origin: str) -> None:
    with httpx.Client(base_url=origin, headers={"Mock-World": "slow"}) as client:
        client.post("/__mock__/stubs", json={"operation": "listPets", "delay_ms": 200, "fault": "close"})
        host, _, port = origin.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(b"GET /@slow/pets HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with pytest.raises(httpx.TransportError):
            client.get("/pets")
        is_idle(client, "slow")


@pytest.mark.anyio
async def test_stub_of_text_is_sent_as_it_stands(make_application: MakeApplication) -> None:
    text = {"200": {"description": "Fine.", "content": {"text/csv": {"schema": {"type": "string"}}}}}
    shop = make_application(document({"/export": {"get": {"operationId": "export", "responses": text}}}))
    async with client_of(shop) as client:
        await order(client, operation="export", body="a,b\n1,2\n")
        response = await client.get("/export")

    assert response.text == "a,b\n1,2\n"
    assert response.headers["content-type"].startswith("text/csv")
