"""Requests that are compressed, hostile, or not judged at all; through the whole stack."""

from __future__ import annotations

import gzip
import time
import zlib
from typing import Any

import anyio
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.server.assembly import Application, assemble
from mockserver.settings import Settings, Source

from .conftest import NOON, MakeApplication, MakeClient, answers, document

pytestmark = pytest.mark.anyio

PET: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "age": {"type": "integer"},
    },
}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def api() -> dict[str, Any]:
    """Return a document that takes a body of every kind."""
    content = {
        name: {"schema": PET}
        for name in (
            "application/json", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data",
            "application/x-ndjson", "text/plain",
        )
    }  # fmt: skip
    point = {
        "type": "object",
        "properties": {"x": {"type": "integer"}},
        "additionalProperties": {"type": "string"},
    }
    parameters = [
        {"name": "p", "in": "query", "style": "deepObject", "schema": point},
        {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}},
        {"name": "open", "in": "query", "schema": {"type": "object", "additionalProperties": True}},
        {"name": "json", "in": "query", "content": {"application/json": {"schema": point}}},
        {"name": "sid", "in": "cookie", "schema": {"type": "integer"}},
        {"name": "X-Ids", "in": "header", "schema": {"type": "array", "items": {"type": "integer"}}},
    ]
    item = [{"name": "id", "in": "path", "required": True, "style": "matrix", "schema": {"type": "integer"}}]
    return document(
        {
            "/pets": {
                "get": {
                    "operationId": "list",
                    "parameters": parameters,
                    "responses": answers({"type": "array"}),
                },
                "post": {
                    "operationId": "create",
                    "requestBody": {"required": True, "content": content},
                    "responses": answers(PET, 201),
                },
            },
            "/pets/{id}": {"get": {"operationId": "get", "parameters": item, "responses": answers(PET)}},
        },
        components={"schemas": {"Pet": PET}},
    )


PLAN = {
    "plan": "1",
    "resources": {"pets": {"schema": "Pet", "id": {"make": "integer"}}},
    "operations": {
        "list": {"action": "list", "resource": "pets"},
        "create": {"action": "create", "resource": "pets"},
        "get": {"action": "get", "resource": "pets"},
    },
}


# Content codings.


def gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gz(b'{"name": "Rex"}')),
        ("x-gzip", gz(b'{"name": ') + gz(b'"Rex"}')),
        ("deflate", zlib.compress(b'{"name": "Rex"}')),
        ("Deflate", zlib.compress(b'{"name": "Rex"}')[2:-4]),
        ("deflate, gzip", gz(zlib.compress(b'{"name": "Rex"}'))),
        ("identity", b'{"name": "Rex"}'),
        ("", b'{"name": "Rex"}'),
    ],
    ids=["gzip", "two members", "deflate", "no header", "both", "identity", "empty"],
)
async def test_compressed_body_is_read(make_client: MakeClient, coding: str, data: bytes) -> None:
    answer = await make_client(api(), PLAN).post(
        "/pets", content=data, headers={**JSON, "Content-Encoding": coding}
    )

    assert (answer.status_code, answer.json()["name"]) == (201, "Rex")


@pytest.mark.parametrize("coding", ["br", "zstd", "nonsense", "gzip, br", ", ".join(["gzip"] * 5)])
async def test_unknown_content_coding_is_415_and_says_what_is_taken(
    make_client: MakeClient, coding: str
) -> None:
    answer = await make_client(api()).post(
        "/pets", content=b"x", headers={**JSON, "Content-Encoding": coding}
    )

    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "gzip, deflate")


@pytest.mark.parametrize("data", [b"x", gz(b'{"name": "Rex"}')[:-9], b"\x1f\x8b", gz(b"") + b"x"])
async def test_broken_compression_is_refused(make_client: MakeClient, data: bytes) -> None:
    answer = await make_client(api()).post(
        "/pets", content=data, headers={**JSON, "Content-Encoding": "gzip"}
    )

    assert answer.status_code == 400
    assert "Content-Encoding" in answer.json()["detail"]


async def test_bomb_is_413_and_never_held(make_client: MakeClient) -> None:
    bomb = gz(gz(b"0" * 50_000_000))
    client = make_client(api(), body_limit_bytes=100_000)

    answer = await client.post("/pets", content=bomb, headers={**JSON, "Content-Encoding": "gzip, gzip"})

    assert answer.status_code == 413


# Not judged.


async def test_invalid_request_passes_where_requests_are_not_judged(make_client: MakeClient) -> None:
    client = make_client(api(), PLAN, validate=False)

    created = await client.post("/pets", json={"name": 5, "age": "old"})

    assert created.status_code == 201
    assert created.json()["name"] == 5
    assert (await client.get("/pets?ids=a&p[x]=y&json={", headers={"X-Ids": "a"})).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b'"x"'),
        ("application/json", b""),
        ("application/xml", b"<a"),
        ("application/x-www-form-urlencoded", b"=&=&[&]"),
        ("multipart/form-data; boundary=x", b"--x"),
        ("application/x-ndjson", b"{"),
        ("image/png", b"\xff"),
        ("text/plain; charset=nonsense", b"\xff"),
        ("", b"\xff"),
    ],
)
@pytest.mark.parametrize("plan", [None, PLAN])
async def test_nothing_that_is_not_judged_is_a_fault(
    make_client: MakeClient, content_type: str, data: bytes, plan: dict[str, Any] | None
) -> None:
    client = make_client(api(), plan, validate=False)

    answer = await client.post("/pets", content=data, headers={"Content-Type": content_type})

    assert answer.status_code < 500
    assert (await client.get("/pets/five")).status_code < 500


# Hostile.


async def ask(
    application: Application,
    method: str,
    path: bytes,
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
    body: bytes = b"",
) -> tuple[int, bytes]:
    """Send what no client would; return status and body."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": method,
        "path": path.decode("latin-1"), "raw_path": path, "query_string": query, "headers": headers or [],
        "client": ("test", 1), "server": ("mock", 80), "root_path": "",
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await application.asgi(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def test_query_of_100_000_fields_is_refused_at_once(make_application: MakeApplication) -> None:
    application = make_application(api())
    began = time.perf_counter()

    query = "&".join(f"a{number}=1" for number in range(100_000)).encode()
    for path in (b"/pets", b"/pets/;id=1"):
        status, text = await ask(application, "GET", path, query)

        assert status == 400
        assert b"more than 10000 fields" in text
    assert time.perf_counter() - began < 5


async def test_all_violations_are_told_at_once_with_their_places(make_client: MakeClient) -> None:
    root = api()
    root["paths"]["/pets"]["post"]["parameters"] = root["paths"]["/pets"]["get"]["parameters"]
    client = make_client(root)

    answer = await client.post(
        "/pets?ids=a&p[x]=b&json={",
        json={"age": "old"},
        headers={"X-Ids": "1,c", "Cookie": "sid=d"},
    )

    assert answer.status_code == 400
    places = [tuple(item["location"]) for item in answer.json()["errors"]]
    assert sorted(places, key=str) == [
        ("body", "age"), ("body", "name"), ("cookie", "sid"), ("header", "X-Ids", 1), ("query", "ids", 0),
        ("query", "json"), ("query", "p", "x"),
    ]  # fmt: skip
    assert all(item["rule"] and item["message"] for item in answer.json()["errors"])


@pytest.fixture(scope="module")
def hostile_application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    path = tmp_path_factory.mktemp("hostile") / "api.yaml"
    path.write_text(yaml.safe_dump(api()))
    return assemble(Settings(documents=(Source(path),), clock=NOON), lambda: NOON)


KEYS = st.text("pxids[]open.=&%0\x00\ud800json", max_size=12)
CONTENT_TYPES = st.one_of(
    st.sampled_from(
        [
            "application/json", "application/json; charset=\x01", "application/xml", "text/plain; charset",
            "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
            "multipart/form-data; boundary=", "application/x-ndjson", "text/plain; charset=utf-16", ";", "/", "a/",
        ]
    ),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=20),
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"[" * 100_000, b'{"a":' * 5000, b'{"name":"\\ud800"}', b'{"name":"\\u0000","name":"b"}', b"1" * 10_000,
            b'{"age":1e400}', b'{"age":' + b"9" * 5000 + b"}", b"<a>" * 5000, b"a[b][c]=1&a[=2&a]=3&[]=4&=5&a[b]=6",
            b"--x\r\n\r\n--x--", b"--x\r\nContent-Disposition: form-data; name\r\n\r\n1\r\n--x--", b"\xff\xfe",
            b'--x\r\nContent-Disposition: form-data; name="a[][b]"\r\n\r\n1\r\n--x--',
        ]
    ),
)  # fmt: skip


@given(
    query=st.lists(st.tuples(KEYS, KEYS), max_size=6),
    raw=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=30),
    content_type=CONTENT_TYPES,
    body=BODIES,
    cookie=st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=20),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_request_is_a_fault(
    hostile_application: Application,
    query: list[tuple[str, str]],
    raw: str,
    content_type: str,
    body: bytes,
    cookie: str,
) -> None:
    async def send() -> list[int]:
        pairs = "&".join(f"{name}={value}" for name, value in query)
        text = (pairs + "&" + raw).encode("utf-8", "surrogatepass")
        headers = [
            (b"content-type", content_type.encode("latin-1")), (b"cookie", cookie.encode("latin-1")),
            (b"x-ids", cookie.encode("latin-1")),
        ]  # fmt: skip
        asked = (("GET", b"/pets"), ("POST", b"/pets"), ("GET", b"/pets/;id=" + text[:20].replace(b"/", b"")))
        return [(await ask(hostile_application, *pair, text, headers, body))[0] for pair in asked]

    statuses = anyio.run(send)
    assert max(statuses) < 500
    assert 404 not in statuses[:2]
