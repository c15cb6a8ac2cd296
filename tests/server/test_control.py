"""The control API, in-process and over a real port; each of its answers is held against its own document."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from openapi_schema_validator import OAS30ReadValidator, oas30_format_checker
from openapi_spec_validator import validate

from mockserver.errors import UsageError
from mockserver.mocking.exchange import BODY_LIMIT, ResponseSource
from mockserver.mocking.store import MemoryStore
from mockserver.server import control
from mockserver.server.assembly import Application, assemble
from mockserver.settings import Settings, Source

FILE = Path(control.__file__).with_name("openapi.yaml")
DOCUMENT: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))

SHOP = """
openapi: 3.1.0
info: {title: "Pet <b>shop</b>", version: "1"}
security: [{bearer: []}, {shopKey: []}, {queryKey: []}]
paths:
  /pets:
    get:
      operationId: listPets
      summary: All pets
      responses:
        "200":
          description: ok
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
    post:
      operationId: createPet
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses:
        "201": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
  /pets/{id}:
    delete:
      operationId: deletePet
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: gone}}
  /files:
    post:
      operationId: sendFile
      security: []
      requestBody: {required: true, content: {"*/*": {schema: {}}}}
      responses: {"204": {description: kept}}
  /broken:
    get:
      operationId: broken
      responses: {"200": {$ref: "#/components/responses/Nowhere"}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    shopKey: {type: apiKey, in: header, name: X-Shop-Secret}
    queryKey: {type: apiKey, in: query, name: shop_key}
  schemas:
    Pet: {type: object, required: [name], properties: {id: {type: string}, name: {type: string}}}
    Toy: {type: object, required: [name], properties: {id: {type: integer}, name: {type: string}}}
"""
PLAN = """
plan: "1"
resources:
  pets: {schema: Pet, id: {make: "pet_{n}"}}
  toys: {schema: Toy, id: {make: integer}, seed: 2}
operations:
  listPets: {action: list, resource: pets}
  createPet: {action: create, resource: pets}
  deletePet: {action: delete, resource: pets}
"""
PETS = "[{id: pet_1, name: Rex}, {id: 'a/b c%', name: Slash}]"
LEDGER = """
openapi: 3.0.3
info: {title: Ledger, version: "1"}
paths:
  /entries:
    get: {operationId: listEntries, responses: {"200": {description: ok}}}
"""

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document with a plan and fixtures, and a second one without."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.yaml").write_text(SHOP)
    (folder / "shop.plan.yaml").write_text(PLAN)
    (folder / "ledger.yaml").write_text(LEDGER)
    (folder / "fixtures" / "shop").mkdir(parents=True)
    (folder / "fixtures" / "shop" / "pets.yaml").write_text(PETS)
    return folder


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for the whole test."""
    with asyncio.Runner() as runner:
        yield runner


def application(*documents: Path, **settings: Any) -> Application:
    """An application that answers in-process."""
    sources = tuple(Source(path) for path in documents)
    return assemble(Settings(documents=sources, **settings), lambda: datetime.now(UTC))


def client_of(app: Application) -> httpx.AsyncClient:
    """A client that asks an application in-process; exceptions come through."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app.asgi), base_url="http://mock.test")


def asking(app: Application, runner: asyncio.Runner) -> Ask:
    """A function that asks an application in-process."""
    client = client_of(app)

    def ask(method: str, path: str, **options: Any) -> httpx.Response:
        response = runner.run(client.request(method, path, **options))
        if response.headers["mock-source"] == "control":
            check(response)
        return response

    return ask


@pytest.fixture(scope="module")
def origin(shop: Path, make_live_server: Callable[..., Any]) -> Iterator[str]:
    """Where a live server listens."""
    with make_live_server("shop.yaml", "ledger.yaml", cwd=str(shop)) as origin:
        yield origin


@pytest.fixture(params=["in-process", "port"])
def ask(request: pytest.FixtureRequest, shop: Path, runner: asyncio.Runner) -> Iterator[Ask]:
    """Asks a server of the shop and the ledger, in its seeded state and with an empty journal."""
    if request.param == "in-process":
        yield asking(application(shop / "shop.yaml", shop / "ledger.yaml"), runner)
        return
    with httpx.Client(base_url=request.getfixturevalue("origin")) as client:
        assert client.post("/__mock__/state/reset").status_code == 200
        assert client.delete("/__mock__/journal").status_code == 204

        def ask(method: str, path: str, **options: Any) -> httpx.Response:
            response = client.request(method, path, **options)
            if response.headers["mock-source"] == "control":
                check(response)
            return response

        yield ask


def check(response: httpx.Response, base: str = "/__mock__") -> None:
    """Hold an answer of the control API against its document."""
    assert response.headers["cache-control"] == "no-store"
    request = response.request
    path = request.url.raw_path.decode().partition("?")[0].removeprefix(base) or "/"
    if not response.content:
        assert response.status_code == 204 or request.method == "HEAD", response.status_code
        return
    declared: dict[str, Any] = {}
    for template, methods in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and request.method.lower() in methods:
            declared = methods[request.method.lower()]["responses"]
            break
    answer = declared.get(str(response.status_code))
    if answer is None:
        # Only what no operation can answer stands in no operation.
        assert response.status_code == 405 or (response.status_code == 404 and not declared), response.text
        answer = {"$ref": "#/components/responses/NotFound"}
    if "$ref" in answer:
        answer = DOCUMENT["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    media_type = response.headers["content-type"].partition(";")[0]
    schema = answer["content"][media_type]["schema"]
    body = response.json() if media_type.endswith("json") else response.text
    root = {"allOf": [schema], "components": {"schemas": STRICT}}
    OAS30ReadValidator(root, format_checker=oas30_format_checker).validate(body)


def strict(schema: Any) -> Any:
    """Return a schema whose objects hold nothing that it does not declare."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result


STRICT = strict(DOCUMENT["components"]["schemas"])
KEY = {"X-Shop-Secret": "swordfish"}


def exchanges(ask: Ask, query: str = "") -> list[dict[str, Any]]:
    """The journal."""
    found: list[dict[str, Any]] = ask("GET", f"/__mock__/journal{query}").json()["exchanges"]
    return found


def names(ask: Ask) -> list[str]:
    """The names of all pets, by the control API."""
    (pets,) = ask("GET", "/__mock__/state?resource=pets").json()["resources"]
    return [record["data"]["name"] for record in pets["records"]]


# Its document.


def test_document_is_valid_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        validate(DOCUMENT)


def test_document_names_every_source_of_answers() -> None:
    """A new kind of answer does not make the journal break its document."""
    declared = DOCUMENT["components"]["schemas"]["Exchange"]["properties"]["source"]["enum"]

    assert set(declared) == {source.value for source in ResponseSource} - {"control"}


def test_documentation_shows_a_curl_for_every_operation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "control-api.md").read_text("utf-8")

    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            flag = "" if method == "get" else f"-X {method.upper()} "
            line = re.escape(f"curl -s {flag}") + "'?" + re.escape("http://127.0.0.1:4010/__mock__")
            pattern = line + re.sub(r"\\\{\w+\\\}", "[^/ ]+", re.escape(path)) + r"(?=['? \n])"
            assert re.search(pattern, text), f"{method} {path}"


@pytest.mark.parametrize("format_name", ["yaml", "json"])
def test_document_is_served_as_it_is(ask: Ask, format_name: str) -> None:
    response = ask("GET", f"/__mock__/openapi.{format_name}")

    assert yaml.safe_load(response.text) == DOCUMENT


# What is served.


def test_health_is_ok_and_counts(ask: Ask) -> None:
    ask("GET", "/entries")

    health = ask("GET", "/__mock__/health").json()

    assert health["status"] == "ok"
    assert (health["seed"], health["documents"], health["operations"], health["records"]) == (0, 2, 6, 4)
    assert health["exchanges"] >= 1


def test_version_names_the_packages(ask: Ask) -> None:
    version = ask("GET", "/__mock__/version").json()

    assert version["python"].startswith("3.")
    assert {"connexion", "flask", "uvicorn"} <= set(version["packages"])


def test_documents_show_operations_resources_and_faults(ask: Ask) -> None:
    found = ask("GET", "/__mock__/documents").json()["documents"]

    assert [document["name"] for document in found] == ["shop", "ledger"]
    shop, ledger = found
    assert (shop["file"], shop["plan"], shop["openapi"]) == ("shop.yaml", "shop.plan.yaml", "3.1.0")
    assert shop["resources"] == [{"name": "pets", "records": 2}, {"name": "toys", "records": 2}]
    assert shop["operations"][0] == {
        "id": "listPets",
        "method": "GET",
        "path": "/pets",
        "summary": "All pets",
        "stateful": True,
        "action": "list",
        "resource": "pets",
        "handler": False,
    }
    (fault,) = shop["faults"]
    assert (fault["file"], fault["pointer"]) == ("shop.yaml", "/paths/~1broken/get/responses/200")
    assert (fault["severity"], fault["rule"]) == ("error", "reference")
    assert "#/components/responses/Nowhere" in fault["message"]
    assert fault["effect"] == "it is answered without a body"
    assert ledger["plan"] is None
    assert ledger["operations"][0]["stateful"] is False


def test_documents_show_where_they_answer(ask: Ask) -> None:
    (root, named) = ask("GET", "/__mock__/documents").json()["documents"][1]["base_urls"]

    assert named == f"{root}/ledger"
    assert ask("GET", f"{root}/entries").status_code == 200
    assert ask("GET", f"{named}/entries").status_code == 200


# State.


def test_state_shows_all_live_records(ask: Ask) -> None:
    ask("POST", "/pets", json={"name": "Bella"}, headers=KEY)
    ask("DELETE", "/pets/pet_1", headers=KEY)

    pets, toys = ask("GET", "/__mock__/state").json()["resources"]

    assert (pets["document"], pets["resource"], pets["total"]) == ("shop", "pets", 2)
    assert [record["data"]["name"] for record in pets["records"]] == ["Slash", "Bella"]
    assert [record["id"] for record in toys["records"]] == [1, 2]


def test_state_is_filtered_and_paged(ask: Ask) -> None:
    (page,) = ask("GET", "/__mock__/state?document=shop&resource=pets&offset=1&limit=1").json()["resources"]

    assert (page["total"], [record["data"]["name"] for record in page["records"]]) == (2, ["Slash"])
    assert ask("GET", "/__mock__/state?document=ledger").json() == {
        "world": "default",
        "resources": [],
    }


@pytest.mark.parametrize("query", ["document=nope", "resource=nope", "document=ledger&resource=pets"])
def test_state_of_what_is_not_there_is_404(ask: Ask, query: str) -> None:
    response = ask("GET", f"/__mock__/state?{query}")

    assert response.status_code == 404
    assert "there is no" in response.json()["detail"]


def test_record_is_found_by_text_number_and_encoded_id(ask: Ask) -> None:
    assert ask("GET", "/__mock__/state/shop/pets/pet_1").json() == {
        "document": "shop",
        "resource": "pets",
        "id": "pet_1",
        "version": 1,
        "data": {"id": "pet_1", "name": "Rex"},
    }
    assert ask("GET", "/__mock__/state/shop/toys/2").json()["id"] == 2
    assert ask("GET", "/__mock__/state/shop/pets/a%2Fb%20c%25").json()["data"]["name"] == "Slash"


@pytest.mark.parametrize(
    "path",
    [
        "nope/pets/pet_1",
        "shop/nope/pet_1",
        "shop/pets/nope",
        "shop/toys/9",
        "shop/pets/%FF%00",
        "ledger/pets/x",
    ],
)
def test_record_that_is_not_there_is_404(ask: Ask, path: str) -> None:
    assert ask("GET", f"/__mock__/state/{path}").status_code == 404


def test_reset_goes_back_to_the_seeds(ask: Ask) -> None:
    first = ask("POST", "/pets", json={"name": "Bella"}, headers=KEY).json()["id"]
    ask("DELETE", "/pets/pet_1", headers=KEY)

    response = ask("POST", "/__mock__/state/reset")

    assert response.json() == {"world": "default", "documents": ["shop", "ledger"], "records": 4}
    assert names(ask) == ["Rex", "Slash"]
    assert ask("POST", "/pets", json={"name": "Bella"}, headers=KEY).json()["id"] == first


@pytest.mark.parametrize("options", [{"json": {"document": "shop"}}, {"content": b'{"document": "shop"}'}])
def test_reset_of_one_document_leaves_the_others(ask: Ask, options: dict[str, Any]) -> None:
    """Also without a Content-Type, with which curl and httpx are sparing."""
    ask("POST", "/pets", json={"name": "Bella"}, headers=KEY)

    assert ask("POST", "/__mock__/state/reset", json={"document": "ledger"}).json()["records"] == 0
    assert names(ask) == ["Rex", "Slash", "Bella"]
    answer = ask("POST", "/__mock__/state/reset", **options).json()
    assert answer == {"world": "default", "documents": ["shop"], "records": 4}
    assert names(ask) == ["Rex", "Slash"]


def test_reset_reads_a_body_in_pieces(shop: Path, runner: asyncio.Runner) -> None:
    """Connexion takes a body without length for none, which would have reset everything."""
    ask = asking(application(shop / "shop.yaml", shop / "ledger.yaml"), runner)

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"document":'
        yield b' "ledger"}'

    ask("POST", "/pets", json={"name": "Bella"}, headers=KEY)
    response = ask("POST", "/__mock__/state/reset", content=pieces())

    assert response.json()["documents"] == ["ledger"]
    assert names(ask) == ["Rex", "Slash", "Bella"]


@pytest.mark.parametrize(
    ("status", "content", "media_type"),
    [
        (400, b"null", "application/json"),
        (400, b"[]", "application/json"),
        (400, b"{", "application/json"),
        (400, b"\xff\xfe", "application/json"),
        (400, b"[" * 9000 + b"]" * 9000, "application/json"),
        (400, b'{"document": NaN}', "application/json"),
        (400, b'{"document": 5}', "application/json; charset=nonsense"),
        (400, b'{"dokument": "shop"}', "application/json"),
        (404, b'{"document": "nope"}', "application/json"),
        (404, b'{"document": ""}', "application/json"),
        (413, b" " * 70_000, "application/json"),
        (415, b"document=shop", "application/x-www-form-urlencoded"),
    ],
)
def test_reset_with_a_wrong_body_is_refused_and_does_nothing(
    ask: Ask, status: int, content: bytes, media_type: str
) -> None:
    ask("POST", "/pets", json={"name": "Bella"}, headers=KEY)

    response = ask("POST", "/__mock__/state/reset", content=content, headers={"content-type": media_type})

    assert response.status_code == status, response.text
    assert names(ask) == ["Rex", "Slash", "Bella"]


# The journal.


def test_journal_shows_an_exchange_whole(ask: Ask) -> None:
    ask("POST", "/pets?a=%20b", json={"name": "Bella"}, headers=KEY)

    (seen,) = exchanges(ask)

    assert (seen["document"], seen["operation"]) == ("shop", "createPet")
    assert (seen["method"], seen["path"], seen["query"]) == ("POST", "/pets", "a=%20b")
    assert seen["request"]["headers"]["content-type"] == "application/json"
    assert seen["request"]["body"]["content"] == {"name": "Bella"}
    assert (seen["status"], seen["source"], seen["violations"]) == (201, "state", [])
    assert seen["answer"]["headers"]["mock-source"] == "state"
    assert seen["answer"]["headers"]["content-type"] == "application/json"
    assert seen["answer"]["body"]["kind"] == "json"
    assert seen["answer"]["body"]["content"]["name"] == "Bella"


def test_journal_has_the_newest_last_and_is_filtered(ask: Ask) -> None:
    ask("GET", "/pets", headers=KEY)
    ask("GET", "/pets")
    ask("GET", "/entries")
    ask("GET", "/nope/nope")

    def found(query: str) -> list[tuple[str | None, int]]:
        return [(seen["operation"], seen["status"]) for seen in exchanges(ask, query)]

    numbers = [seen["number"] for seen in exchanges(ask)]
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert found("?document=ledger") == [("listEntries", 200)]
    assert found("?operation=listPets") == [("listPets", 200), ("listPets", 401)]
    assert found("?status=404") == [(None, 404)]
    assert found("?method=get&status=200") == [("listPets", 200), ("listEntries", 200)]
    assert found("?method=DELETE") == []


def test_journal_says_why_each_answer_is_what_it_is(ask: Ask) -> None:
    ask("GET", "/pets", headers=KEY)
    ask("DELETE", "/pets/pet_9", headers=KEY)
    ask("POST", "/files", content=b"x", headers={"Content-Type": "text/plain"})
    ask("GET", "/pets", headers={**KEY, "Prefer": "source=generated"})

    assert [(seen["source"], seen["detail"]) for seen in exchanges(ask)] == [
        ("state", "list of pets, as the plan says"),
        (
            "state",
            "there is no pet 'pet_9', and no error is declared for that: it is made up",
        ),
        ("empty", "the response has no body"),
        ("generated", "no other source has an answer, so it is made up from the schema"),
    ]


def test_journal_goes_on_after_a_number(ask: Ask) -> None:
    for _ in range(5):
        ask("GET", "/entries")
    first = exchanges(ask)[0]["number"]

    page = ask("GET", f"/__mock__/journal?since={first}&limit=2").json()
    newest = ask("GET", "/__mock__/journal?limit=2").json()

    assert [seen["number"] for seen in page["exchanges"]] == [first + 1, first + 2]
    assert [seen["number"] for seen in newest["exchanges"]] == [first + 3, first + 4]
    assert (page["total"], newest["total"], page["last"]) == (4, 5, first + 4)
    assert exchanges(ask, "?limit=0") == []


@pytest.mark.parametrize("query", ["document=nope", "operation=nope"])
def test_journal_of_what_is_not_there_is_404(ask: Ask, query: str) -> None:
    """A misspelt name does not look like an operation that was never called."""
    assert ask("GET", f"/__mock__/journal?{query}").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["limit=x", "limit=-1", "limit=1e9", "since=" + "9" * 40, "status=99", "method=%00", "nope=1", "%ff=1"],
)
def test_journal_refuses_a_wrong_query(ask: Ask, query: str) -> None:
    assert ask("GET", f"/__mock__/journal?{query}").status_code == 400


def test_journal_is_cleared_and_numbers_go_on(ask: Ask) -> None:
    ask("GET", "/entries")
    last = exchanges(ask)[-1]["number"]

    response = ask("DELETE", "/__mock__/journal")

    assert (response.status_code, response.content) == (204, b"")
    assert exchanges(ask) == []
    ask("GET", "/entries")
    assert exchanges(ask)[-1]["number"] == last + 1


def test_coverage_tells_what_the_journal_has_exercised(ask: Ask) -> None:
    ask("GET", "/entries")
    ask("GET", "/ledger/entries")
    ask("GET", "/@other/entries")
    ask("GET", "/nope")

    value = ask("GET", "/__mock__/coverage?schemas=true").json()
    shop, ledger = value["documents"]

    assert (value["world"], shop["document"], ledger["document"]) == ("default", "shop", "ledger")
    assert ledger["dimensions"]["operations"] == {"seen": 1, "of": 1, "percent": 100}
    assert (ledger["percent"], ledger["never_called"], ledger["schemas"]) == (100, [], [])
    assert ledger["operations"][0]["calls"] == 2
    assert shop["percent"] < 10
    assert "createPet" in shop["never_called"]
    other = ask("GET", "/__mock__/coverage?world=other&document=ledger").json()
    assert ask("DELETE", "/__mock__/worlds/other").status_code == 204
    assert [item["operations"][0]["calls"] for item in other["documents"]] == [1]


def test_coverage_of_a_document_that_is_not_there_is_404(ask: Ask) -> None:
    assert ask("GET", "/__mock__/coverage?document=nope").status_code == 404


def test_journal_leaves_out_control_requests(ask: Ask) -> None:
    for method, path in (("GET", ""), ("GET", "/health"), ("GET", "/nope"), ("PUT", "/health")):
        ask(method, f"/__mock__{path}")
    ask("POST", "/__mock__/state/reset", content=b"x" * 70_000)

    assert exchanges(ask) == []


def test_journal_leaves_out_credentials(ask: Ask) -> None:
    headers = {
        "Authorization": "Bearer s3cret",
        "Proxy-Authorization": "s3cret s3cret",
        "Cookie": "session=s3cret",
        "X-SHOP-SECRET": "s3cret",
        "X-Request-Id": "seen",
    }
    ask("GET", "/entries?shop_key=s3cret&a=1&shop%5Fkey=s3cret&flag&access_token=s3cret", headers=headers)

    text = ask("GET", "/__mock__/journal").text
    (seen,) = exchanges(ask)

    assert "s3cret" not in text
    assert "s3cret" not in ask("GET", "/__mock__/").text
    shown = seen["request"]["headers"]
    assert (shown["authorization"], shown["cookie"]) == ("Bearer [redacted]", "session=[redacted]")
    assert (shown["proxy-authorization"], shown["x-shop-secret"]) == ("[redacted]", "[redacted]")
    assert shown["x-request-id"] == "seen"
    assert seen["query"] == "shop_key=[redacted]&a=1&shop%5Fkey=[redacted]&flag&access_token=[redacted]"


@pytest.mark.parametrize(
    ("data", "media_type", "kind", "content"),
    [
        (b'{"a": [1]}', "application/json", "json", {"a": [1]}),
        (b"null", "application/problem+json; charset=utf-8", "json", None),
        (b'{"a":', "application/json", "text", '{"a":'),
        ("grüezi".encode(), "text/plain", "text", "grüezi"),
        (b"1", "text/plain", "text", "1"),
        (b"\xff\x00\x01", "application/octet-stream", "base64", base64.b64encode(b"\xff\x00\x01").decode()),
        (b"a\0b", "application/octet-stream", "base64", base64.b64encode(b"a\0b").decode()),
        (b"gr\xfcezi", "text/plain", "base64", base64.b64encode(b"gr\xfcezi").decode()),
    ],
)
def test_journal_shows_a_body_as_what_it_is(
    ask: Ask, data: bytes, media_type: str, kind: str, content: Any
) -> None:
    ask("POST", "/files", content=data, headers={"content-type": media_type})

    body = exchanges(ask)[-1]["request"]["body"]

    assert body == {"kind": kind, "content": content, "bytes": len(data), "truncated": False}


@pytest.mark.parametrize(("text", "kind"), [("é" * BODY_LIMIT, "text"), ('"' + "x" * BODY_LIMIT, "text")])
def test_journal_says_that_a_body_was_cut(ask: Ask, text: str, kind: str) -> None:
    """Also when the cut goes through a character."""
    data = b"x" + text.encode()
    ask("POST", "/files", content=data, headers={"content-type": "text/plain"})

    body = exchanges(ask)[-1]["request"]["body"]

    assert (body["kind"], body["truncated"], body["bytes"]) == (kind, True, len(data))
    assert data.decode().startswith(body["content"])
    assert len(body["content"].encode()) >= BODY_LIMIT - 1


def test_journal_shows_no_body_as_null(ask: Ask) -> None:
    ask("DELETE", "/pets/pet_1", headers=KEY)

    (seen,) = exchanges(ask)

    assert (seen["request"]["body"], seen["answer"]["body"]) == (None, None)


# The page.


def test_page_shows_everything_and_asks_for_nothing(ask: Ask) -> None:
    ask("POST", "/pets", json={"name": "Bella"}, headers=KEY)
    ask("PUT", "/__mock__/clock", json={"mode": "frozen"})

    response = ask("GET", "/__mock__/")

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    for text in ("Pet &lt;b&gt;shop&lt;/b&gt;", "ledger.yaml", "/pets/{id}", "Bella", "createPet", "toys"):
        assert text in response.text
    links = re.findall(r'(?:href|src)="([^"]*)"', response.text)
    assert {link for link in links if not link.startswith("/__mock__/")} == {"data:,"}
    assert ask("GET", "/__mock__").text == response.text
    for link in set(links) - {"data:,"}:
        assert ask("GET", link.replace("&amp;", "&")).status_code == 200, link


def test_page_shows_the_worlds_and_what_is_in_the_chosen_one(ask: Ask) -> None:
    ask("POST", "/@ci-7/pets", json={"name": "Bella"}, headers=KEY)
    ask("PUT", "/__mock__/clock?world=ci-7", json={"mode": "frozen", "now": "2030-01-01T00:00:00Z"})
    ask("POST", "/__mock__/stubs?world=ci-7", json={"operation": "listPets", "status": 503})
    pages = [ask("GET", f"/__mock__/{query}").text for query in ("", "?world=ci-7")]
    ask("DELETE", "/__mock__/worlds/ci-7")

    for page in pages:
        assert 'href="/__mock__/?world=ci-7"' in page
        assert 'href="/__mock__/stubs?world=ci-7"' in page
        assert '2030-01-01T00:00:00.000Z</span> <span class="tag GET">frozen</span>' in page
    assert ["Bella" in page for page in pages] == [False, True]
    assert ["in the world ci-7, newest first, 1 since" in page for page in pages] == [False, True]


def test_page_lets_nothing_in_from_strangers(ask: Ask) -> None:
    evil = "<script>alert('\"&\u202e')</script>"
    ask("POST", "/pets", json={"name": evil}, headers={**KEY, "X-Evil": "<script>"})
    ask("POST", "/files", content=evil.encode(), headers={"content-type": "text/html"})
    ask("GET", "/nope/%3Cscript%3E", params={"<script>": evil}, headers={"X-Evil": "</pre><script>"})

    text = ask("GET", "/__mock__/", headers={"Host": 'x"><script>'}).text

    assert "<script" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;alert" in text


# HTTP.


def test_head_answers_like_get_without_a_body(ask: Ask) -> None:
    response = ask("HEAD", "/__mock__/version")

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == str(len(ask("GET", "/__mock__/version").content))


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("journal", "GET, DELETE, HEAD, OPTIONS"),
        ("health", "GET, HEAD, OPTIONS"),
        ("state/reset", "POST, OPTIONS"),
        ("", "GET, HEAD, OPTIONS"),
    ],
)
def test_methods_are_told_by_options_and_405(ask: Ask, path: str, allow: str) -> None:
    options = ask("OPTIONS", f"/__mock__/{path}")
    refused = ask("PATCH", f"/__mock__/{path}")

    assert (options.status_code, options.headers["allow"]) == (204, allow)
    assert (refused.status_code, refused.headers["allow"]) == (405, allow)
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["nope", "health/", "health/x", "state/a/b/c/d", "static/x", "%2Fhealth", "../x", "//"]
)
def test_unknown_path_is_404(ask: Ask, path: str) -> None:
    response = ask("GET", f"/__mock__/{path}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["mock-source"] == ("refusal" if path == "../x" else "control")


def test_a_failure_is_a_500_and_not_a_broken_connection(
    shop: Path, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = application(shop / "shop.yaml")
    client = client_of(app)

    def fail(*_arguments: Any) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(MemoryStore, "select", fail)
    response = runner.run(client.get("/__mock__/state"))

    assert (response.status_code, response.json()["detail"]) == (500, "ZeroDivisionError: planted")
    assert response.headers["mock-source"] == "control"
    assert "the control API failed" in caplog.text


# Beside the documents.


def one_path(folder: Path, *paths: str) -> Path:
    """A document whose paths all answer with text."""
    text = {"text/plain": {"schema": {"type": "string"}}}
    document: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "Own", "version": "1"}, "paths": {}}
    for path in paths:
        variables = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{(\w+)\}", path)
        ]
        responses = {"200": {"description": "ok", "content": text}}
        document["paths"][path] = {"get": {"parameters": variables, "responses": responses}}
    file = folder / "own.json"
    file.write_text(json.dumps(document))
    return file


def test_a_document_that_names_the_control_path_keeps_it(tmp_path: Path, runner: asyncio.Runner) -> None:
    ask = asking(application(one_path(tmp_path, "/__mock__/health")), runner)

    assert ask("GET", "/__mock__/health").headers["mock-source"] == "generated"
    assert ask("DELETE", "/__mock__/health").headers["mock-source"] == "refusal"
    assert ask("GET", "/__mock__/version").headers["mock-source"] == "control"
    assert [seen["status"] for seen in exchanges(ask)] == [200, 405]


def test_a_template_does_not_hide_the_control_api_nor_it_the_template(
    tmp_path: Path, runner: asyncio.Runner
) -> None:
    ask = asking(application(one_path(tmp_path, "/{a}/{b}")), runner)

    assert ask("GET", "/__mock__/health").headers["mock-source"] == "control"
    assert ask("GET", "/__mock__/health").json()["status"] == "ok"
    for path in ("/x/health", "/__mock/health", "/__mock__x/health", "/own/__mock__/health"):
        assert ask("GET", path).headers["mock-source"] == "generated", path


def test_control_path_may_be_another(shop: Path, runner: asyncio.Runner) -> None:
    app = application(shop / "shop.yaml", control_path="/of/mine/")
    client = client_of(app)

    health = runner.run(client.get("/of/mine/health"))
    check(health, "/of/mine")
    document = yaml.safe_load(runner.run(client.get("/of/mine/openapi.yaml")).text)
    page = runner.run(client.get("/of/mine")).text

    assert document["servers"] == [{"url": "/of/mine"}]
    assert 'href="/of/mine/journal?world=default"' in page
    assert "__mock__" not in page
    assert runner.run(client.get("/__mock__/health")).headers["mock-source"] == "refusal"


@pytest.mark.parametrize("path", ["", "/", "mock", "/a b", "/a/{b}", "/a?b", "//a"])
def test_control_path_that_is_none_is_refused_at_the_start(shop: Path, path: str) -> None:
    with pytest.raises(UsageError, match="control API"):
        application(shop / "shop.yaml", control_path=path)


def test_it_does_not_matter_below_what_the_server_is_mounted(shop: Path, runner: asyncio.Runner) -> None:
    app = application(shop / "shop.yaml")
    transport = httpx.ASGITransport(app.asgi, root_path="/__mock__")

    client = httpx.AsyncClient(transport=transport, base_url="http://mock.test")
    response = runner.run(client.get("/__mock__/health"))

    assert response.json()["status"] == "ok"


# Threads.


def test_state_is_touched_on_the_thread_of_the_loop_alone(
    shop: Path, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flask has threads of its own, and the store is not made for them."""
    app = application(shop / "shop.yaml")
    ask = asking(app, runner)
    threads: dict[str, set[int]] = {}

    def watched(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def watch(*arguments: Any, **options: Any) -> Any:
            threads.setdefault(name, set()).add(threading.get_ident())
            return method(*arguments, **options)

        return watch

    for name in ("get", "select", "reset", "dump"):
        monkeypatch.setattr(MemoryStore, name, watched(name, getattr(MemoryStore, name)))
    journal = type(app.world.journal)
    for name in ("clear", "__iter__"):
        monkeypatch.setattr(journal, name, watched(name, getattr(journal, name)))

    values = {"document": "shop", "resource": "pets", "id": "pet_1", "name": "default", "other": "default"}
    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            ask(method.upper(), "/__mock__" + path.format_map(values))

    assert threads == {
        name: {threading.get_ident()} for name in ("get", "select", "reset", "dump", "clear", "__iter__")
    }


def test_reset_while_requests_run_leaves_no_half_state(shop: Path, runner: asyncio.Runner) -> None:
    """Each list shows the seeds, each reset counts exactly them, and nothing fails."""
    app = application(shop / "shop.yaml")

    async def storm() -> None:
        async with client_of(app) as client:
            waves = []
            for number in range(40):
                waves += [
                    client.post("/pets", json={"name": f"pet {number}"}, headers=KEY),
                    client.get("/pets", headers=KEY),
                ]
                if number % 4 == 0:
                    waves.append(client.post("/__mock__/state/reset"))
                if number % 8 == 0:
                    waves += [
                        client.get("/__mock__/state"),
                        client.get("/__mock__/journal"),
                        client.get("/__mock__/"),
                    ]
            for response in await asyncio.gather(*waves):
                path = response.request.url.path
                assert response.status_code in (200, 201), response.text
                if path == "/pets" and response.request.method == "GET":
                    assert [pet["name"] for pet in response.json()[:2]] == ["Rex", "Slash"]
                elif path == "/__mock__/state/reset":
                    assert response.json()["records"] == 4

    runner.run(storm())


def test_flask_sleeps_until_the_first_control_request(shop: Path) -> None:
    """Nobody waits at the start for what may never be asked for."""
    program = (
        "import sys, datetime\n"
        "from mockserver.server.assembly import assemble\n"
        "from mockserver.settings import Settings, Source\n"
        "from pathlib import Path\n"
        f"assemble(Settings(documents=(Source(Path({str(shop / 'shop.yaml')!r})),)), datetime.datetime.now)\n"
        "print('mockserver.server.control.api' in sys.modules)\n"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "False"
