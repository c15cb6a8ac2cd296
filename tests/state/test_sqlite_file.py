"""The state in a file: it outlives the server, whatever happens to it, and says clearly what it cannot do."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockserver.errors import StoreUnavailable, UsageError
from mockserver.mocking.store import Query
from mockserver.mocking.store.database import Database
from mockserver.mocking.store.sqlite_backend import SqliteBackend
from mockserver.server.assembly import assemble
from mockserver.settings import Settings, Source

from ..mocking.stores.backends import opened, origin_of
from ..server.conftest import NOON, client_of
from .servers import DOCUMENT, PLAN, Server, write_api

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def api(tmp_path: Path) -> Path:
    return write_api(tmp_path)


class Promises:
    """What a server has answered to clients that write without a pause, each in its own records."""

    def __init__(self) -> None:
        self.pets: dict[int, dict[str, Any]] = {}
        self.unsure: dict[int, list[dict[str, Any] | None]] = {}
        self.gone: set[int] = set()
        self.stop = threading.Event()
        self.writes = 0

    def hammer(self, origin: str, worker: int, seed: int) -> None:
        """Create, change and delete until the server is gone."""
        dice = random.Random(f"{worker} {seed}")
        mine: list[int] = []
        pending: tuple[int, dict[str, Any] | None] | None = None
        with httpx.Client(base_url=origin, timeout=10) as client:
            try:
                while not self.stop.is_set():
                    pending = None
                    self.writes += 1
                    choice = dice.random()
                    if choice < 0.5 or not mine:
                        name = f"pet {seed}-{worker}-{self.writes}-{len(mine)}-{dice.random()}"
                        answer = client.post("/pets", json={"name": name, "count": 0, "kind": f"k{worker}"})
                        assert answer.status_code == 201, answer.text
                        mine.append(answer.json()["id"])
                        self.pets[mine[-1]] = answer.json()
                        continue
                    id = dice.choice(mine)
                    if choice < 0.85:
                        changed = {**self.pets[id], "count": self.pets[id]["count"] + 1}
                        pending = (id, changed)
                        answer = client.patch(f"/pets/{id}", json={"count": changed["count"]})
                        assert answer.json() == changed
                        self.pets[id] = changed
                    else:
                        pending = (id, None)
                        assert client.delete(f"/pets/{id}").status_code == 204
                        mine.remove(id)
                        del self.pets[id]
                        self.gone.add(id)
            except httpx.TransportError:
                # The server has gone: what was asked last may have been done, or not.
                if pending is not None:
                    self.unsure[pending[0]] = [self.pets.get(pending[0]), pending[1]]


def run_and_kill(api: Path, file: Path, promises: Promises, seed: int) -> None:
    """Start a server, write to it from two sides, and kill it at some moment."""
    server = Server(api, "--state", f"sqlite:{file}")
    workers = [
        threading.Thread(target=promises.hammer, args=(server.origin, number, seed)) for number in range(2)
    ]
    for worker in workers:
        worker.start()
    time.sleep(random.Random(seed).uniform(0.05, 0.6))
    server.kill()
    for worker in workers:
        worker.join(20)


def check(api: Path, file: Path, promises: Promises) -> None:
    """Compare a file, and what a new server says of it, with what was promised."""
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with Server(api, "--state", f"sqlite:{file}") as server, server.client() as client:
        listed = client.get("/pets", params={"limit": 100_000}).json()
        found = {pet["id"]: pet for pet in listed["items"]}
        assert listed["total"] == len(listed["items"]) == len(found)
        for id, pet in promises.pets.items():
            if id in promises.unsure:
                assert found.get(id) in promises.unsure[id]
            else:
                assert found.get(id) == pet, f"a write that was acknowledged is lost: {pet}"
        assert not promises.gone & found.keys()
        # What the indexes say is what the records say, and no id is given twice.
        for kind in ("k0", "k1"):
            those = client.get("/pets", params={"kind": kind, "limit": 100_000}).json()
            assert [pet["id"] for pet in those["items"]] == [
                id for id, pet in found.items() if pet.get("kind") == kind
            ]
            assert those["total"] == len(those["items"])
        fresh = client.post("/pets", json={"name": f"fresh {len(found)}", "count": 0}).json()
        assert fresh["id"] not in found
        assert fresh["id"] not in promises.gone
        promises.pets = {**found, fresh["id"]: fresh}
        promises.unsure = {}


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(
    api: Path, tmp_path: Path, kills: int
) -> None:
    file, promises = tmp_path / "mock.db", Promises()
    for seed in range(kills):
        run_and_kill(api, file, promises, seed)
        if seed % 5 == 4 or seed == kills - 1:
            check(api, file, promises)
    assert len(promises.pets) > kills


_opened: list[Any] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """What a test has opened is closed at its end."""
    yield
    while _opened:
        _opened.pop().close()


def application(api: Path, file: Path) -> Any:
    settings = Settings(documents=(Source(api),), state=f"sqlite:{file}", clock=NOON)
    made = assemble(settings, lambda: NOON)
    _opened.append(made.worlds)
    return made


async def test_state_survives_a_restart_and_seeds_are_put_in_once(api: Path, tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    async with client_of(application(api, file)) as client:
        seeded = (await client.get("/pets")).json()["items"]
        made = (await client.post("/pets", json={"name": "Rex", "count": 1})).json()
        await client.delete(f"/pets/{seeded[0]['id']}")
    async with client_of(application(api, file)) as client:
        assert (await client.get("/pets")).json()["items"] == [seeded[1], made]
        assert (await client.get(f"/pets/{seeded[0]['id']}")).status_code == 404
        again = (await client.post("/pets", json={"name": "Tom", "count": 1})).json()
        assert again["id"] == made["id"] + 1
        await client.post("/__mock__/state/reset")
        assert (await client.get("/pets")).json()["items"] == seeded
    async with client_of(application(api, file)) as client:
        assert (await client.get("/pets")).json()["items"] == seeded


async def test_what_nobody_wrote_to_follows_the_document(api: Path, tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    async with client_of(application(api, file)) as client:
        await client.get("/pets")
    plan = {**PLAN, "resources": {"pets": {**PLAN["resources"]["pets"], "seed": 3}}}
    api.with_name("api.plan.yaml").write_text(yaml.safe_dump(plan))
    async with client_of(application(api, file)) as client:
        assert (await client.get("/pets")).json()["total"] == 3


# Files that are of no use.


def refusal(api: Path, state: str) -> str:
    """Return what is said of a state at the start."""
    with pytest.raises(UsageError) as caught:
        assemble(Settings(documents=(Source(api),), state=state), lambda: NOON)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_file_of_another_kind_is_refused(api: Path) -> None:
    assert "api.yaml cannot be used: file is not a database" in refusal(api, f"sqlite:{api}")


def test_database_of_another_program_is_refused(api: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE things (x)")
    connection.close()

    assert "other.db cannot be used: it is the database of another program" in refusal(api, f"sqlite:{file}")


def test_file_of_another_version_is_refused(api: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    application(api, file)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    said = refusal(api, f"sqlite:{file}")
    assert "its format has version 99, and this mockserver reads version 1" in said


def test_state_of_another_document_of_the_same_name_is_refused(api: Path, tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    application(api, file)
    plan = {"plan": "1", "resources": {"cars": {"schema": "Pet"}}}
    api.with_name("api.plan.yaml").write_text(yaml.safe_dump({**plan, "infer": False}))
    api.write_text(yaml.safe_dump({**DOCUMENT, "info": {"title": "Cars", "version": "1"}}))

    said = refusal(api, f"sqlite:{file}")
    assert "has the state of 'Pets' under the name 'api', with pets; 'Cars' has cars" in said
    assert "NAME=DOC" in said


def test_changed_title_of_the_same_document_is_no_reason(api: Path, tmp_path: Path) -> None:
    application(api, tmp_path / "mock.db")
    api.write_text(yaml.safe_dump({**DOCUMENT, "info": {"title": "Pets of 2026", "version": "2"}}))

    application(api, tmp_path / "mock.db")


def test_file_that_cannot_be_written_is_refused(
    api: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mock.db"
    application(api, file)
    connect = sqlite3.connect
    # For root nothing is read-only: so the file is opened that way.
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **more: connect(f"file:{path}?mode=ro", uri=True, **more)
    )

    assert "mock.db cannot be used: attempt to write a readonly database" in refusal(api, f"sqlite:{file}")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("sqlite:{folder}", "is a folder"),
        ("sqlite:{folder}/nowhere/mock.db", "there is no folder"),
        ("sqlite:", "is none of memory, sqlite:FILE, redis://"),
        ("postgres://x", "is none of memory, sqlite:FILE, redis://"),
    ],
)
def test_place_that_is_none_is_refused(api: Path, tmp_path: Path, state: str, said: str) -> None:
    assert said in refusal(api, state.format(folder=tmp_path))


# A file that others use.


def database(file: Path, seconds: float = 0) -> Database:
    made = Database(sqlite3.connect(file, timeout=seconds, isolation_level=None), file.name)
    _opened.append(made)
    return made


def test_two_processes_see_what_the_other_writes(tmp_path: Path) -> None:
    backends = [SqliteBackend(database(tmp_path / "mock.db")) for _ in range(2)]
    one, other = (opened(backend, "w", origin_of({"pets": {1: {}}})) for backend in backends)
    one.create("pets", 2, {"n": 1})

    assert other.get("pets", 2) is not None
    assert other.written() == ["pets"]
    other.delete("pets", 1)
    assert [record.id for record in one.select("pets", Query()).records] == [2]
    one.reset()
    assert other.get("pets", 1) is not None


def test_writer_that_waits_too_long_is_told_so_and_goes_on_later(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    busy, waiting = (SqliteBackend(database(file)) for _ in range(2))
    one, other = (opened(backend, "w", origin_of()) for backend in (busy, waiting))
    with one.transaction():
        one.create("pets", 1, {})
        with pytest.raises(StoreUnavailable, match=r"mock\.db cannot be used now: database is locked"):
            other.create("pets", 2, {})
        assert other.get("pets", 1) is None

    assert other.create("pets", 2, {}).sequence == 2


async def test_busy_file_is_answered_with_503(
    api: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.server.stores.WAIT_SECONDS", 0)
    file = tmp_path / "mock.db"
    app = application(api, file)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with client_of(app) as client:
        answer = await client.post("/pets", json={"name": "Rex", "count": 1})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "database is locked" in answer.json()["detail"]
        assert (await client.get("/pets")).status_code == 200
        other.execute("ROLLBACK")
        assert (await client.post("/pets", json={"name": "Rex", "count": 1})).status_code == 201
    other.close()
