"""The user's functions: where they are found, what they are handed, and whose fault it is."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockserver.errors import HandlersError
from mockserver.server import handlers
from mockserver.server.assembly import assemble
from mockserver.settings import Settings, Source

from .conftest import NOON, MakeClient, answers, client_of, document

pytestmark = pytest.mark.anyio

TEXT = {"type": "string"}
ERROR = {"type": "object", "required": ["message"], "properties": {"message": TEXT}}
PET: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True}, "name": TEXT, "ownerId": {"type": "integer"}, "x-tag": TEXT,
    },
}  # fmt: skip
PETS = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
ANY = {**answers(status=200), **answers(ERROR, "4XX"), **answers(ERROR, 500)}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def pets() -> dict[str, Any]:
    one = {"$ref": "#/components/schemas/Pet"}
    body = {"content": {"application/json": {"schema": one}}}
    paths = {
        "/pets": {
            "get": {"operationId": "listPets", "responses": {**answers(PETS), **answers(ERROR, "4XX")}},
            "post": {
                "operationId": "createPet",
                "requestBody": body,
                "responses": {**answers(one, 201), **answers(ERROR, "4XX"), **answers(ERROR, 500)},
            },
        },
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "getPet", "responses": {**answers(one), **answers(ERROR, "4XX")}},
        },
        "/job": {"post": {"operationId": "runJob", "responses": ANY}},
    }
    plan = {"resources": {"pets": {"schema": "Pet", "id": {"make": "integer"}}}}
    return document(paths, components={"schemas": {"Pet": PET}}, **{"x-mock": plan})


async def job(
    make_client: MakeClient, code: str, **settings: Any
) -> tuple[httpx.Response, httpx.AsyncClient]:
    """Return the answer of an operation whose function has this code as its body."""
    lines = "\n".join(f"    {line}" for line in code.splitlines())
    client = make_client(pets(), handlers=f"def runJob(store, mock, request):\n{lines}\n", **settings)
    return await client.post("/job"), client


async def test_store_makes_reads_changes_and_deletes_records_that_all_operations_see(
    make_client: MakeClient,
) -> None:
    code = (
        "rex, tom = (store.pets.create({'name': name, 'ownerId': 7}) for name in ('Rex', 'Tom'))\n"
        "store.pets.update(rex['id'], {'name': 'Max'})\n"
        "store.pets.delete(tom['id'])\n"
        "return [rex['id'], tom['id'], store.pets.get(rex['id'])['name'], store.pets.get(tom['id'])]"
    )
    answer, client = await job(make_client, code)

    rex, tom, name, gone = answer.json()
    assert (name, gone) == ("Max", None)
    assert (await client.get(f"/pets/{rex}")).json()["name"] == "Max"
    assert (await client.get(f"/pets/{tom}")).status_code == 404


@pytest.mark.parametrize("query", ["ownerId=7", "owner_id=7", "x_tag='a', ownerId=7", "**{'x-tag': 'a'}"])
async def test_store_lists_by_names_as_python_writes_them(make_client: MakeClient, query: str) -> None:
    code = (
        "store.pets.create({'name': 'Rex', 'ownerId': 7, 'x-tag': 'a'})\n"
        "store.pets.create({'name': 'Tom', 'ownerId': 8, 'x-tag': 'b'})\n"
        f"return [pet['name'] for pet in store.pets.list({query})]"
    )
    answer, _ = await job(make_client, code)

    assert answer.json() == ["Rex"]


async def test_store_of_another_world_is_another_one(make_client: MakeClient) -> None:
    _, client = await job(
        make_client, "store.pets.create({'name': mock.world})\nreturn len(store.pets.list())"
    )

    counts = [(await client.post("/job", headers={"Mock-World": name})).json() for name in ("a", "a", "b")]
    assert counts == [1, 2, 1]
    (pet,) = (await client.get("/pets", headers={"Mock-World": "b"})).json()
    assert pet["name"] == "b"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("return 1 / 0", "api_handlers.py:2: ZeroDivisionError: division by zero"),
        (
            "store.pet.list()",
            "api_handlers.py:2: there is no resource 'pet' (did you mean 'pets'?); the plan has pets",
        ),
        (
            "store.pets.list(nam='x')",
            "api_handlers.py:2: records of pets have no property 'nam' (did you mean 'name'?)",
        ),
        ("import json\njson.loads('{')", "api_handlers.py:3: json.decoder.JSONDecodeError"),
        ("raise SystemExit(3)", "api_handlers.py:2: SystemExit: 3"),
        ("return object()", "api_handlers.py:1: runJob(): it returned a body that JSON cannot say"),
        ("return {}, 'fine'", "api_handlers.py:1: runJob(): it returned 'fine' as the status, which is none"),
        ("return {}, 200, {}, 1", "api_handlers.py:1: runJob(): it returned 4 things"),
        ("return {}, 200, 'x'", "api_handlers.py:1: runJob(): it returned 'x' as headers"),
    ],
)
async def test_what_goes_wrong_is_answered_with_the_users_line_in_the_declared_shape(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture, code: str, said: str
) -> None:
    with caplog.at_level(logging.ERROR, "mockserver"):
        answer, _ = await job(make_client, code)

    assert answer.status_code == 500
    assert answer.json().keys() == {"message"}
    assert said in answer.json()["message"]
    (record,) = caplog.records
    text = record.getMessage()
    assert "runJob" in text
    assert "api_handlers.py" in text
    assert str(Path(handlers.__file__).parent) not in text, "none of our frames"


async def test_error_in_an_async_function_is_as_much_the_users(make_client: MakeClient) -> None:
    code = "import asyncio\nasync def runJob():\n    await asyncio.sleep(0)\n    raise KeyError('colour')\n"

    answer = await make_client(pets(), handlers=code).post("/job")

    assert answer.json() == {"message": "api_handlers.py:4: KeyError: 'colour'"}


async def test_id_that_is_not_there_is_answered_as_the_plan_would(make_client: MakeClient) -> None:
    answer, _ = await job(make_client, "store.pets.update(99, {'name': 'x'})")

    assert (answer.status_code, answer.headers["mock-source"]) == (404, "refusal")


@pytest.mark.parametrize(
    ("code", "status", "body"),
    [
        ("return 1", 200, 1),
        ("return {'a': 1}, 202", 202, {"a": 1}),
        ("return {'a': 1}, {'X-A': 'b'}", 200, {"a": 1}),
        ("from connexion import NoContent\nreturn NoContent, 204", 204, None),
        ("from connexion.lifecycle import ConnexionResponse as R\nreturn R(body=[1], status_code=202)", 202, [1]),
        ("import datetime, uuid\nreturn [datetime.date(2026, 1, 2), uuid.UUID(int=1)]", 200,
         ["2026-01-02", "00000000-0000-0000-0000-000000000001"]),
        ("from dataclasses import make_dataclass\nreturn make_dataclass('P', ['x'])(3)", 200, {"x": 3}),
    ],
)  # fmt: skip
async def test_what_is_returned_is_read_as_connexion_reads_it(
    make_client: MakeClient, code: str, status: int, body: Any
) -> None:
    answer, _ = await job(make_client, code)

    assert answer.status_code == status
    assert (answer.json() if answer.content else None) == body


# Where they are found.


def serve(folder: Path, *places: str) -> httpx.AsyncClient:
    path = folder / "api.yaml"
    path.write_text(yaml.safe_dump(pets(), sort_keys=False))
    settings = Settings(documents=(Source(path, handlers=places),), clock=NOON)
    return client_of(assemble(settings, lambda: NOON))


async def test_file_anywhere_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "beside_a_handler.py").write_text("ANSWER = 42\n")
    (tmp_path / "mine" / "jobs.py").write_text(
        "from beside_a_handler import ANSWER\ndef runJob(): return ANSWER\n"
    )

    client = serve(tmp_path, str(tmp_path / "mine" / "jobs.py"))

    assert (await client.post("/job")).json() == 42


async def test_module_is_found_by_its_dotted_name_from_where_the_server_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "shop_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "prices.py").write_text("ANSWER = 43\n")
    (package / "jobs.py").write_text("from .prices import ANSWER\ndef runJob(): return ANSWER\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    client = serve(tmp_path, "shop_of_a_test.jobs")

    assert (await client.post("/job")).json() == 43


async def test_of_two_modules_the_later_has_the_word_and_the_other_the_rest(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def runJob(): return 1\ndef listPets(): return []\n")
    (tmp_path / "two.py").write_text("def runJob(): return 2\n")

    client = serve(tmp_path, str(tmp_path / "one.py"), str(tmp_path / "two.py"))

    assert (await client.post("/job")).json() == 2
    assert (await client.get("/pets")).headers["mock-source"] == "handler"


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("no_such.module", "", "there is no module 'no_such.module': neither a file nor in the Python path"),
        ("none.py", "", "there is no module 'none.py'"),
        ("{}/jobs.py", "def other(): pass\n", "has no function with the name of an operation of"),
        ("{}/jobs.py", "x = 1\nraise ValueError('no')\n", "cannot be imported: ValueError: no (jobs.py:2)"),
        ("{}/jobs.py", "def runJob(colour): pass\n", "runJob() takes 'colour', but POST /job has only body, mock,"),
    ],
)  # fmt: skip
async def test_module_that_is_of_no_use_stops_the_start(
    tmp_path: Path, place: str, code: str, said: str
) -> None:
    (tmp_path / "jobs.py").write_text(code)

    with pytest.raises(HandlersError) as caught:
        serve(tmp_path, place.format(tmp_path))

    assert said in str(caught.value)
