"""The state in Redis: what is peculiar to a server beside us. What all stores do stands in `tests/mocking/stores`."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from mockserver.errors import RecordConflict, StoreUnavailable, UsageError
from mockserver.mocking.store import Backend, Condition, Interrupted, Query, Store, access, atomically
from mockserver.server.assembly import assemble
from mockserver.server.stores import open_backend
from mockserver.settings import Settings, Source

from ..mocking.stores import redis_server as servers
from ..mocking.stores.backends import opened, origin_of
from ..server.conftest import NOON, client_of
from .servers import write_api

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server of our own."""
    with servers.redis_server() as place:
        yield place


@pytest.fixture
def raw(url: str) -> Iterator[Any]:
    """A connection to it, with nothing in it."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
        yield client


def backend_at(url: str, prefix: str = "mockserver") -> Backend:
    return open_backend(Settings(state=url, state_prefix=prefix))


def two(url: str, **seeds: Any) -> tuple[Store, Store]:
    """Return the same store as two processes see it."""
    one, other = (opened(backend_at(url), "w", origin_of(seeds)) for _ in range(2))
    return one, other


def write_everything(backend: Backend) -> Store:
    store = opened(backend, "w", origin_of({"pets": {1: {"chip": 1}}}))
    store.create("pets", 2, {"name": "x", "n": 1})
    store.delete("pets", 1)
    store.next_number("pets", "id")
    store.select("pets", Query((Condition(("n",), "eq", (1,)),)))
    backend.write_note("w", "clock", {})
    backend.log("w").append(b"x", 3)
    return store


def test_prefixes_live_beside_each_other_and_no_other_key_is_touched(
    url: str, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "SMALL", 0)
    raw.set("somebody", "else")
    raw.set("other:x", "else")
    first, second = backend_at(url, "mock*"), backend_at(url, "mock*:b")
    write_everything(first)
    kept = write_everything(second)
    assert all(key.startswith((b"mock*:", b"somebody", b"other:x")) for key in raw.scan_iter())

    first.drop("w")

    assert kept.select("pets", Query()).total == 1
    assert second.worlds() == ["w"]
    assert first.worlds() == []
    second.drop("w")
    # Nothing stays but what counts on, so that no token comes twice.
    assert set(raw.scan_iter()) == {b"somebody", b"other:x", b"mock*:::clock", b"mock*:b:::clock"}


def test_two_processes_see_what_the_other_writes(url: str, raw: Any) -> None:
    one, other = two(url, pets={1: {}})
    one.create("pets", 2, {"chip": 5})

    assert other.get("pets", 2) is not None
    with pytest.raises(RecordConflict):
        other.create("pets", 3, {"chip": 5})
    other.delete("pets", 1)
    assert [record.id for record in one.select("pets", Query()).records] == [2]
    one.reset()
    assert other.get("pets", 1) is not None


@pytest.mark.parametrize("read", ["get", "select", "count"])
def test_transaction_whose_ground_has_moved_does_nothing_and_is_begun_again(
    url: str, raw: Any, read: str
) -> None:
    one, other = two(url, pets={1: {"n": 0}})
    attempts = []

    def work() -> None:
        if read == "get":
            assert one.get("pets", 1) is not None
        elif read == "select":
            one.select("pets", Query())
        else:
            one.next_number("pets", "id")
        attempts.append(1)
        if len(attempts) < 3:
            other.update("pets", 1, {"n": len(attempts)})
        one.create("owners", "o", {})

    with pytest.raises(Interrupted), one.transaction():
        work()
    assert not other.is_used("owners", "o")
    attempts.clear()
    atomically(one, work)

    assert len(attempts) == 3
    assert other.is_used("owners", "o")


def test_interruption_deep_inside_begins_the_whole_again(url: str, raw: Any) -> None:
    one, other = two(url, pets={1: {"n": 0}})
    attempts = []

    def inner() -> Any:
        attempts.append("inner")
        return one.create("pets", len(attempts), {})

    def outer() -> Any:
        attempts.append("outer")
        one.create("owners", "o", {})
        one.get("pets", 1)
        if len(attempts) == 1:
            other.update("pets", 1, {"n": 1})
        return atomically(one, inner)

    assert atomically(one, outer).id == 4
    assert attempts == ["outer", "inner", "outer", "inner"]
    assert [record.id for record in other.select("pets", Query()).records] == [1, 4]


def test_index_that_is_made_while_others_write_misses_nothing(
    url: str, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "SMALL", 0)
    monkeypatch.setattr("mockserver.mocking.store.redis_base.PIECE", 10)
    # A small hash is read as a whole. The name is that of Redis 6, which later ones still take.
    raw.config_set("hash-max-ziplist-entries", 16)
    one, other = two(url)
    with one.transaction():
        for number in range(500):
            one.create("pets", number, {"n": number % 5})
    client: Any = one._client  # type: ignore[attr-defined]
    ask, turns = client.ask, []

    def scan(*command: Any) -> Any:
        if command[0] == "HSCAN":
            turns.append(1)
            turn = len(turns)
            other.update("pets", turn, {"n": 77})
            other.delete("pets", 499 - turn)
            other.create("pets", 1000 + turn, {"n": 77})
        return ask(*command)

    monkeypatch.setattr(client, "ask", scan)

    found = one.select("pets", Query((Condition(("n",), "eq", (77,)),)))

    monkeypatch.setattr(client, "ask", ask)
    assert len(turns) > 5
    everything = one.select("pets", Query()).records
    assert found.total == 2 * len(turns)
    for value in (0, 1, 2, 3, 4, 77):
        those = other.select("pets", Query((Condition(("n",), "eq", (value,)),)))
        assert [item.id for item in those.records] == [
            item.id for item in everything if item.data["n"] == value
        ]


@contextmanager
def stopped(process: Any) -> Iterator[None]:
    """Have a process stand still."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


async def test_lost_connection_is_answered_with_503_and_all_goes_on_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.server.redis_client.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("mockserver.server.redis_client.PAUSE_SECONDS", 0)
    port = servers.free_port()
    pet = {"name": "Rex", "count": 1}
    with tempfile.TemporaryDirectory() as folder:
        process = servers.start(port, folder)
        settings = Settings(
            documents=(Source(write_api(tmp_path)),), state=f"redis://:secret@127.0.0.1:{port}", clock=NOON
        )
        with pytest.raises(UsageError) as refused:
            assemble(settings, lambda: NOON)
        assert "secret" not in str(refused.value)
        app = assemble(
            Settings(documents=settings.documents, state=f"redis://127.0.0.1:{port}", clock=NOON),
            lambda: NOON,
        )
        async with client_of(app) as client:
            assert (await client.post("/pets", json=pet)).status_code == 201
            with stopped(process):
                answer = await client.get("/pets")
                assert answer.status_code == 503
            process.kill()
            process.wait()
            for method, path in (("GET", "/pets"), ("POST", "/pets"), ("GET", "/__mock__/state")):
                answer = await client.request(method, path, json=pet if method == "POST" else None)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
                assert f"the state at redis://127.0.0.1:{port} cannot be used now" in answer.json()["detail"]
            process = servers.start(port, folder)
            # A server that has forgotten everything begins with the seeds.
            assert (await client.get("/pets")).json()["total"] == 2
            assert (await client.post("/pets", json=pet)).status_code == 201
        process.kill()
        process.wait()


def test_who_waited_in_vain_does_so_for_all(url: str, raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("mockserver.server.redis_client.time.monotonic", lambda: now[0])
    store = opened(backend_at(url), "w", origin_of())
    connection = store._client._client  # type: ignore[attr-defined]
    execute, asked = connection.execute_command, []

    def fail(*command: Any) -> Any:
        asked.append(command[0])
        raise redis.exceptions.TimeoutError("too slow")

    monkeypatch.setattr(connection, "execute_command", fail)
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="too slow"):
            store.get("pets", 1)
    assert len(asked) == 1, "it is not asked again at once"
    monkeypatch.setattr(connection, "execute_command", execute)
    now[0] += 1

    assert store.get("pets", 1) is None


def test_write_whose_answer_was_lost_is_not_done_again(
    url: str, raw: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(backend_at(url), "w", origin_of())
    connection = store._client._client  # type: ignore[attr-defined]
    execute, lost = connection.execute_command, []

    def lose(*command: Any) -> Any:
        done = execute(*command)
        if command[0] in ("EVAL", "EVALSHA") and done == 1:
            lost.append(1)
            raise redis.exceptions.ConnectionError("lost")
        return done

    monkeypatch.setattr(connection, "execute_command", lose)
    with pytest.raises(StoreUnavailable, match="lost"):
        store.next_number("pets", "id")
    monkeypatch.setattr(connection, "execute_command", execute)
    monkeypatch.setattr("mockserver.server.redis_client.time.monotonic", lambda: 1e12)

    assert len(lost) == 1
    assert store.next_number("pets", "id") == 2


@pytest.mark.parametrize("state", ["redis://127.0.0.1:1", "redis://nobody.invalid", "unix:///nowhere.sock"])
def test_server_that_is_not_there_is_one_line(state: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_backend(Settings(state=state))

    assert str(caught.value).startswith(f"--state {state}: no Redis server can be used there: ")
    assert "\n" not in str(caught.value)


def test_error_of_the_server_is_said(url: str, raw: Any) -> None:
    store = opened(backend_at(url), "w", origin_of())
    store.create("pets", 1, {})
    raw.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            store.create("pets", 2, {})
    finally:
        raw.config_set("maxmemory", 0)
    assert store.create("pets", 2, {}).sequence == 2
