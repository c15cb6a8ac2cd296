"""What changes on the disk comes on the air, and nothing that anybody stored is lost."""

from __future__ import annotations

import asyncio
import gc
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockserver.server.assembly import assemble
from mockserver.server.reloading import Reloader, Report
from mockserver.settings import Settings, Source

from .conftest import NOON, answers, client_of, document

pytestmark = pytest.mark.anyio

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "age": {"type": "integer"}},
}
PETS = {"type": "array", "items": PET}
BODY = {"content": {"application/json": {"schema": {"type": "object"}}}}
PATHS: dict[str, Any] = {
    "/pets": {
        "get": {
            "operationId": "listPets",
            "responses": answers({"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}),
        },
        "post": {
            "operationId": "createPet",
            "requestBody": BODY,
            "responses": answers({"$ref": "#/components/schemas/Pet"}, 201),
        },
    }
}
PLAN: dict[str, Any] = {
    "plan": "1",
    "resources": {"pets": {"schema": "Pet", "id": {"make": "integer"}, "seed": 2}},
    "operations": {
        "listPets": {"action": "list", "resource": "pets"},
        "createPet": {"action": "create", "resource": "pets"},
    },
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class House:
    """A running mock of the documents in a folder, and what its reloader reports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports: list[Report] = []
        self.documents: tuple[Source, ...] = ()
        self.config: Path | None = None
        self.naps: list[float] = []
        self.on_nap: Callable[[float], None] = lambda _: None
        self.settings: dict[str, Any] = {}

    def choose(self) -> Settings:
        return Settings(documents=self.documents, clock=NOON, **self.settings)

    def start(self, *sources: Source) -> None:
        self.documents = sources or (Source(self.folder / "api.yaml"),)
        self.application = assemble(self.choose(), lambda: NOON)
        self.client = client_of(self.application)
        self.reloader = Reloader(
            self.application, self.choose, self.config, lambda: NOON, self.reports.append, sleep=self._nap
        )

    def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.on_nap(seconds)

    def write(self, name: str, value: Any) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False)
        # As editors do it that care: written aside, and put in the place of the old one.
        (path.parent / f".{path.name}.swp").write_text(text)
        os.replace(path.parent / f".{path.name}.swp", path)

    def check(self) -> list[Report]:
        """Let the reloader look once, and return what it reports."""
        self.reports.clear()
        self.reloader.check()
        return list(self.reports)

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def names(self, path: str = "/pets") -> list[str]:
        return [pet["name"] for pet in (await self.get(path)).json()]

    async def post(self, name: str) -> int:
        answer = await self.client.post("/pets", json={"name": name})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])


def pets(paths: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return document(PATHS if paths is None else paths, components={"schemas": {"Pet": PET}}, **more)


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path)
    made.write("api.yaml", pets())
    made.write("api.plan.yaml", PLAN)
    made.start()
    return made


def assert_good(reports: list[Report], *names: str) -> None:
    assert [(report.name, report.error) for report in reports] == [(name, None) for name in names]


async def test_nothing_happens_as_long_as_nothing_changes(house: House) -> None:
    before = house.application.documents[0]

    assert house.check() == []
    assert house.application.documents == [before]
    assert house.naps == []


async def test_new_operation_is_served_and_records_stay(house: House) -> None:
    assert await house.post("Rex") == 3
    house.write("api.yaml", pets({**PATHS, "/new": {"get": {"responses": answers({"const": 1})}}}))

    assert_good(house.check(), "api")

    assert (await house.get("/new")).json() == 1
    assert "Rex" in await house.names()
    assert await house.post("Tom") == 4, "ids go on"
    assert house.application.world.journal.count == 4, "the journal goes on"
    assert house.check() == []


async def test_changed_schema_decides_about_answers_that_were_kept(house: House) -> None:
    await house.post("Rex")
    await house.names()
    changed = pets()
    changed["components"] = {
        "schemas": {"Pet": {**PET, "properties": {**PET["properties"], "name": {"type": "integer"}}}}
    }  # type: ignore[dict-item]
    house.write("api.yaml", changed)
    house.write(
        "api.plan.yaml", {**PLAN, "resources": {"pets": {"schema": "Pet", "id": {"make": "integer"}}}}
    )

    assert_good(house.check(), "api")

    answer = await house.get("/pets")
    assert [pet["name"] for pet in answer.json()][-1] == "Rex", "records that no longer fit are kept"
    assert "mock-violations" in answer.headers


async def test_document_without_operations_is_served_as_404(house: House) -> None:
    house.write(
        "api.yaml", pets({}).__class__(openapi="3.1.0", info={"title": "A", "version": "1"}, paths={})
    )
    house.write("api.plan.yaml", {"plan": "1"})

    assert_good(house.check(), "api")

    assert (await house.get("/pets")).status_code == 404


async def test_new_resource_is_seeded_and_others_keep_their_records(house: House) -> None:
    await house.post("Rex")
    plan = {
        **PLAN,
        "resources": {**PLAN["resources"], "toys": {"schema": "Pet", "id": {"make": "integer"}, "seed": 3}},
        "operations": {**PLAN["operations"], "listToys": {"action": "list", "resource": "toys"}},
    }
    toys = {"get": {"operationId": "listToys", "responses": answers(PETS)}}
    house.write("api.yaml", pets({**PATHS, "/toys": toys}))
    house.write("api.plan.yaml", plan)

    assert_good(house.check(), "api")

    assert len(await house.names("/toys")) == 3
    assert len(await house.names()) == 3
    # And back and forth again: what is not in the plan is not forgotten.
    house.write("api.plan.yaml", PLAN)
    assert_good(house.check(), "api")
    house.application.world.states["api"].store.delete("toys", 1)
    house.write("api.plan.yaml", plan)
    assert_good(house.check(), "api")
    assert len(await house.names("/toys")) == 2


async def test_changed_seed_waits_for_a_reset(house: House) -> None:
    await house.post("Rex")
    house.write("fixtures/api/pets.yaml", [{"id": 7, "name": "Seeded"}])

    assert_good(house.check(), "api")

    assert "Rex" in await house.names()
    assert "Seeded" not in await house.names()
    house.application.world.reset()
    assert "Seeded" in await house.names()
    assert "Rex" not in await house.names()


async def test_canned_response_comes_and_goes(house: House) -> None:
    place = "fixtures/api/listPets/200.json"
    house.write(place, '[{"id": 1, "name": "Canned"}]')
    assert_good(house.check(), "api")
    assert await house.names() == ["Canned"]

    (house.folder / place).unlink()
    assert_good(house.check(), "api")
    assert len(await house.names()) == 2


async def test_handler_edited_within_the_second_is_run_as_it_stands_now(house: House) -> None:
    for status in ("409", "410", "411"):
        house.write("api_handlers.py", f"def listPets(mock):\n    mock.refuse({status}, 'No.')\n")
        assert_good(house.check(), "api")
        assert str((await house.get("/pets")).status_code) == status


async def test_file_that_the_document_refers_to_is_watched_even_before_it_is_there(house: House) -> None:
    house.write("api.yaml", pets({**PATHS, "/part": {"$ref": "parts/part.yaml"}}))
    assert_good(house.check(), "api")
    assert (await house.get("/part")).status_code == 404

    house.write("parts/part.yaml", {"get": {"responses": answers({"$ref": "value.yaml"})}})
    assert_good(house.check(), "api")
    house.write("parts/value.yaml", {"const": 1})
    assert_good(house.check(), "api")
    assert (await house.get("/part")).json() == 1

    house.write("parts/value.yaml", {"const": 2})
    assert_good(house.check(), "api")
    assert (await house.get("/part")).json() == 2


BAD: dict[str, tuple[str, Any, str]] = {
    "text": ("api.yaml", "hello", "not an object"),
    "yaml": ("api.yaml", "openapi: 3.1.0\npaths: [", "is not valid YAML"),
    "empty": ("api.yaml", "", "not an object"),
    "plan": ("api.plan.yaml", {"plan": "1", "resources": {"dogs": {"schema": 5}}}, "api.plan.yaml"),
    "plan text": ("api.plan.yaml", "{", "api.plan.yaml"),
    "fixture": ("fixtures/api/pets.yaml", [{"name": 5}], "pets.yaml"),
    "fixture name": ("fixtures/api/dogs.yaml", [], "no resource 'dogs'"),
    "handlers": ("api_handlers.py", "import nowhere", "No module named 'nowhere'"),
    "handlers that exit": ("api_handlers.py", "import sys; sys.exit(3)", "SystemExit: 3"),
    "locale": ("api.yaml", pets(**{"x-mock": {"locale": "xx"}}), "no locale 'xx'"),
}


@pytest.mark.parametrize(("file", "value", "part"), BAD.values(), ids=BAD)
async def test_bad_edit_keeps_the_last_good_version_and_says_so_once(
    house: House, file: str, value: Any, part: str
) -> None:
    await house.post("Rex")
    before = (house.folder / file).read_text() if (house.folder / file).exists() else None
    house.write(file, value)

    (report,) = house.check()

    assert report.name == "api"
    assert report.error is not None
    assert part in report.error
    assert "\n" not in report.error
    assert "Rex" in await house.names(), "the last good version goes on"
    assert house.application.reloads["api"].error == report.error
    assert house.check() == [], "it is said once"

    if before is None:
        (house.folder / file).unlink()
    else:
        house.write(file, before)
    assert_good(house.check(), "api")
    assert house.application.reloads["api"].error is None
    assert "Rex" in await house.names()


async def test_missing_document_keeps_the_last_good_version(house: House) -> None:
    (house.folder / "api.yaml").unlink()

    (report,) = house.check()

    assert report.error is not None
    assert "cannot read" in report.error
    assert (await house.get("/pets")).status_code == 200


async def test_half_written_document_is_read_again_before_anything_is_said(house: House) -> None:
    whole = yaml.safe_dump(pets({**PATHS, "/new": {"get": {"responses": answers({"const": 1})}}}))
    (house.folder / "api.yaml").write_text(whole[:300])

    def finish(seconds: float) -> None:
        if seconds == 0.2:
            (house.folder / "api.yaml").write_text(whole)

    house.on_nap = finish

    assert_good(house.check(), "api")
    assert (await house.get("/new")).json() == 1


async def test_document_that_is_still_being_written_is_waited_for(house: House) -> None:
    whole = yaml.safe_dump(pets({**PATHS, "/new": {"get": {"responses": answers({"const": 1})}}}))
    pieces = [whole[:100], whole[:400], whole]

    def go_on(_: float) -> None:
        if pieces:
            (house.folder / "api.yaml").write_text(pieces.pop(0))

    go_on(0)
    house.on_nap = go_on

    assert_good(house.check(), "api")
    assert 0.2 not in house.naps, "it was not even tried too early"


async def test_document_and_plan_that_are_both_bad_need_both_to_be_mended(house: House) -> None:
    house.write("api.yaml", "hello")
    house.check()
    house.write("api.plan.yaml", {**PLAN, "infer": False, "operations": {}})

    (report,) = house.check()
    assert report.error is not None
    assert "not an object" in report.error

    house.write("api.yaml", pets())
    assert_good(house.check(), "api")
    assert (await house.client.post("/pets", json={"name": "Rex"})).headers["mock-source"] == "generated"


async def test_request_under_way_is_answered_by_what_it_came_to(house: House) -> None:
    sent = asyncio.Event()
    switched = asyncio.Event()

    async def body() -> Any:
        yield b'{"name": '
        sent.set()
        await switched.wait()
        yield b'"Rex"}'

    headers = {"content-type": "application/json"}
    request = asyncio.create_task(house.client.post("/pets", content=body(), headers=headers))
    await asyncio.wait_for(sent.wait(), 5)
    house.write("api.yaml", document({}))
    house.write("api.plan.yaml", {"plan": "1"})
    assert_good(house.check(), "api")
    switched.set()

    assert (await request).status_code == 201
    assert (await house.get("/pets")).status_code == 404


async def test_replaced_document_leaves_the_memory(house: House) -> None:
    await house.post("Rex")
    await house.names()
    old = weakref.ref(house.application.documents[0].document)
    house.write("api.yaml", pets(info={"title": "B", "version": "2"}))

    assert_good(house.check(), "api")
    house.reports.clear()
    gc.collect()

    assert old() is None


@pytest.fixture
def two(tmp_path: Path) -> House:
    made = House(tmp_path)
    made.write("specs/a.yaml", document({"/a": {"get": {"responses": answers({"const": "a"})}}}))
    made.write("specs/b.yaml", document({"/b": {"get": {"responses": answers({"const": "b"})}}}))
    made.start(Source(tmp_path / "specs"))
    return made


async def test_bad_document_does_not_hold_up_the_other(two: House) -> None:
    other = two.application.parts[0]
    two.write("specs/b.yaml", "openapi: 3.1.0\npaths: {")
    two.write("specs/a.yaml", document({"/a2": {"get": {"responses": answers({"const": "a2"})}}}))

    reports = two.check()

    assert {report.name: report.error is None for report in reports} == {"a": True, "b": False}
    assert (await two.get("/a2")).json() == "a2"
    assert (await two.get("/b")).json() == "b"
    assert two.application.parts[0] is not other


async def test_unchanged_document_is_left_alone(two: House) -> None:
    other = two.application.parts[1]
    two.write("specs/a.yaml", document({}))

    assert_good(two.check(), "a")

    assert two.application.parts[1] is other


async def test_documents_come_and_go_with_the_files_of_their_folder(two: House) -> None:
    two.write("specs/c.yaml", document({"/c": {"get": {"responses": answers({"const": "c"})}}}))
    assert_good(two.check(), "c")
    assert (await two.get("/c")).json() == "c"

    (two.folder / "specs/c.yaml").unlink()
    assert [str(report) for report in two.check()] == ["c: no longer served"]
    assert (await two.get("/c")).status_code == 404
    assert [served.name for served in two.application.documents] == ["a", "b"]


async def test_folder_that_is_emptied_keeps_what_was_served(two: House) -> None:
    for path in (two.folder / "specs").iterdir():
        path.unlink()

    (report,) = two.check()

    assert report.error is not None
    assert "holds no OpenAPI document" in report.error
    assert (await two.get("/a")).json() == "a"


async def test_documents_that_begin_to_clash_keep_what_was_served(two: House) -> None:
    two.write("specs/b.yaml", document({"/a": {"get": {"responses": answers({"const": "b"})}}}))

    (report,) = two.check()

    assert report.error is not None
    assert "two documents have the path /a" in report.error
    assert (await two.get("/a")).json() == "a"
    assert (await two.get("/b")).json() == "b"

    two.write("specs/b.yaml", document({"/b2": {"get": {"responses": answers({"const": "b"})}}}))
    assert_good(two.check(), "b")


async def test_state_of_a_document_waits_for_its_return(house: House) -> None:
    house.config = house.folder / "mockserver.yaml"
    house.config.write_text("1")
    house.write("b.yaml", document({"/b": {"get": {"responses": answers({"const": "b"})}}}))
    os.utime(house.folder / "b.yaml", (1, 1))  # what is this young is read once more, to be sure
    house.start()
    await house.post("Rex")
    mine = house.documents

    house.documents = (Source(house.folder / "b.yaml"),)
    house.config.write_text("12")
    assert [str(report) for report in house.check()] == ["b: reloaded, 1 operation", "api: no longer served"]
    assert (await house.get("/pets")).status_code == 404

    house.documents = (*mine, Source(house.folder / "b.yaml"))
    house.config.write_text("123")
    assert_good(house.check(), "api")
    assert "Rex" in await house.names()


async def test_setting_that_cannot_be_changed_meanwhile_is_named(house: House) -> None:
    house.config = house.folder / "mockserver.yaml"
    house.config.write_text("1")
    house.start()
    house.settings = {"seed": 5, "journal_size": 3}
    house.config.write_text("12")

    (report,) = house.check()

    assert str(report).startswith("mockserver: what changed of seed, journal-size in ")
    assert str(report).endswith("mockserver.yaml takes effect at the next start")
    assert house.check() == []


async def test_document_of_standard_input_is_not_asked_for_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []

    def read_stdin() -> bytes:
        reads.append(1)
        return yaml.safe_dump(pets()).encode()

    monkeypatch.setattr("mockserver.sources.loading.read_stdin", read_stdin)
    monkeypatch.chdir(tmp_path)
    house = House(tmp_path)
    house.start(Source("-", "pets"))
    assert (await house.get("/pets")).headers["mock-source"] == "state"

    house.write("pets.plan.yaml", {"plan": "1", "infer": False})
    assert_good(house.check(), "pets")

    assert (await house.get("/pets")).headers["mock-source"] == "generated"
    assert reads == [1]


async def test_reload_is_shown_by_the_control_api(house: House) -> None:
    assert (await house.get("/__mock__/health")).json()["reload"] == {}
    house.write("api.yaml", "hello")
    house.check()

    (seen,) = (await house.get("/__mock__/documents")).json()["documents"]
    assert "not an object" in seen["reload"]["error"]
    assert seen["reload"]["at"].startswith("2026-01-02T12:00:00")

    house.write("api.yaml", pets(info={"title": "Better", "version": "2"}))
    house.check()
    (seen,) = (await house.get("/__mock__/documents")).json()["documents"]
    assert seen["title"] == "Better"
    assert seen["reload"]["error"] is None
    assert (await house.get("/__mock__/health")).json()["reload"]["api"]["error"] is None


async def test_edit_of_an_overlay_is_on_the_air_and_a_bad_one_keeps_what_was_served(house: House) -> None:
    """It is read by its own path, which lies anywhere."""

    def overlay(title: str) -> dict[str, Any]:
        update = {"/toys": {"get": {"operationId": "getToys", "responses": answers({"const": title})}}}
        actions = [{"target": "$.paths", "update": update}]
        return {"overlay": "1.0.0", "info": {"title": "x", "version": "1"}, "actions": actions}

    house.write("else/lay.yaml", overlay("ball"))
    house.start(Source(house.folder / "api.yaml", overlays=(str(house.folder / "else/lay.yaml"),)))
    assert (await house.get("/toys")).json() == "ball"

    house.write("else/lay.yaml", overlay("kite"))
    house.check()
    assert (await house.get("/toys")).json() == "kite"

    house.write("else/lay.yaml", {"overlay": "1.0.0"})
    (report,) = house.check()
    assert "at /actions: a list with one action at least is expected" in str(report)
    assert (await house.get("/toys")).json() == "kite"


async def test_edit_of_a_plan_that_lies_elsewhere_is_on_the_air(house: House) -> None:
    house.write("else/mine.yaml", PLAN)
    house.start(Source(house.folder / "api.yaml", plan=house.folder / "else/mine.yaml"))
    assert len(await house.names()) == 2

    await house.post("Rex")
    page = {"default-limit": 1}
    operations = {**PLAN["operations"], "listPets": {"action": "list", "resource": "pets", "page": page}}
    house.write("else/mine.yaml", {**PLAN, "operations": operations})
    house.check()
    assert len(await house.names()) == 1


# What stands beside a document of which all is inferred.


@pytest.fixture
def bare(tmp_path: Path) -> House:
    """A document with neither plan nor fixtures."""
    made = House(tmp_path)
    one = {"$ref": "#/components/schemas/Pet"}
    paths: dict[str, Any] = {
        **PATHS,
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "getPet", "responses": {**answers(one), **answers(status=404)}},
        },
    }
    made.write("api.yaml", pets(paths))
    made.start()
    return made


async def test_fixture_of_an_inferred_resource_is_there_after_the_next_reset(bare: House) -> None:
    assert len(await bare.names()) == 3
    await bare.post("Rex")

    bare.write("fixtures/api/pets.yaml", [{"name": "Zeus"}, {"id": 9}])
    assert_good(bare.check(), "api")
    assert "Rex" in await bare.names(), "what is there stays"
    await bare.client.post("/__mock__/state/reset")

    assert (await bare.names())[0] == "Zeus"
    assert [pet["id"] for pet in (await bare.get("/pets")).json()] == [1, 9]


async def test_fixture_of_no_inferred_resource_says_which_there_are(bare: House) -> None:
    bare.write("fixtures/api/pet.yaml", [])

    (report,) = bare.check()

    assert "pet.yaml: the plan has no resource 'pet' (did you mean 'pets'?); its resources: pets" in str(
        report
    )


async def test_canned_response_of_an_inferred_operation_is_served_and_read_again(bare: House) -> None:
    for name in ("Luna", "Max"):
        bare.write("fixtures/api/getPet/200.json", {"id": 1, "name": name})
        assert_good(bare.check(), "api")
        answer = await bare.get("/pets/1")
        assert (answer.json()["name"], answer.headers["mock-source"]) == (name, "fixture")


async def test_x_mock_that_is_edited_is_on_the_air(bare: House) -> None:
    bare.write("api.yaml", pets({**PATHS, "/pets": {**PATHS["/pets"], "x-mock": {"action": "none"}}}))
    assert_good(bare.check(), "api")

    assert (await bare.get("/pets")).headers["mock-source"] == "generated"


async def test_handlers_that_lie_elsewhere_are_read_again(bare: House) -> None:
    bare.write("mine/jobs.py", "def listPets(): return [{'id': 1, 'name': 'one'}]\n")
    bare.start(Source(bare.folder / "api.yaml", handlers=(str(bare.folder / "mine/jobs.py"),)))
    assert await bare.names() == ["one"]

    bare.write("mine/jobs.py", "def listPets(): return [{'id': 1, 'name': 'two'}]\n")
    assert_good(bare.check(), "api")

    assert await bare.names() == ["two"]
