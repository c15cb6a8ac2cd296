"""Pages of other origins, as browsers ask for them (Fetch standard, section 3.2)."""

from __future__ import annotations

import pytest

from .conftest import MakeClient, answers, document

pytestmark = pytest.mark.anyio
ORIGIN = {"Origin": "https://app.example"}
PREFLIGHT = {**ORIGIN, "Access-Control-Request-Method": "PUT"}
PATHS = {
    "/pets": {
        "get": {"operationId": "list", "responses": answers({"const": []})},
        "put": {"operationId": "replace", "responses": answers()},
        "options": {"operationId": "declared", "responses": answers({"const": "declared"})},
    }
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("path", ["/pets", "/nowhere"])
async def test_preflight_is_granted_for_every_path(make_client: MakeClient, path: str) -> None:
    asked = {**PREFLIGHT, "Access-Control-Request-Headers": "authorization, x-mine"}
    answer = await make_client(document(PATHS)).options(path, headers=asked)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-headers"] == "authorization, x-mine"
    assert {"GET", "PUT"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-private-network" not in answer.headers


async def test_method_that_the_path_lacks_is_granted_too_so_that_its_405_can_be_read(
    make_client: MakeClient,
) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "PURGE"}
    answer = await make_client(document(PATHS)).options("/pets", headers=asked)

    assert "PURGE" in answer.headers["access-control-allow-methods"].split(", ")


async def test_private_network_is_granted_where_it_is_asked_for(make_client: MakeClient) -> None:
    asked = {**PREFLIGHT, "Access-Control-Request-Private-Network": "true"}
    answer = await make_client(document(PATHS)).options("/pets", headers=asked)

    assert answer.headers["access-control-allow-private-network"] == "true"


async def test_answer_to_a_page_may_be_read_with_its_headers(make_client: MakeClient) -> None:
    answer = await make_client(document(PATHS)).get("/pets", headers=ORIGIN)

    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "mock-source" in answer.headers["access-control-expose-headers"].split(", ")
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/pets", 405)])
async def test_error_may_be_read_too(make_client: MakeClient, method: str, path: str, status: int) -> None:
    answer = await make_client(document(PATHS)).request(method, path, headers=ORIGIN)

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (
        status,
        "https://app.example",
    )


async def test_request_without_origin_gets_no_such_header(make_client: MakeClient) -> None:
    answer = await make_client(document(PATHS)).get("/pets")

    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_options_that_is_no_preflight_goes_to_the_document(make_client: MakeClient) -> None:
    answer = await make_client(document(PATHS)).options("/pets", headers=ORIGIN)

    assert (answer.status_code, answer.json()) == (200, "declared")


async def test_switched_off_nothing_is_granted(make_client: MakeClient) -> None:
    client = make_client(document(PATHS), cors=False)
    preflight, page = (
        await client.options("/pets", headers=PREFLIGHT),
        await client.get("/pets", headers=ORIGIN),
    )

    assert preflight.json() == "declared"
    assert not [name for name in (*preflight.headers, *page.headers) if name.startswith("access-control")]
