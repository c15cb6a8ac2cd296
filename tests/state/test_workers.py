"""Several processes behind one port: one state, one truth, and a parent that looks after them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from .servers import DOCUMENT, Server


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(number) for number in file.read().split()]


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it has not come to be so")


@contextmanager
def workers_of(server: Server) -> Iterator[list[httpx.Client]]:
    """Give a client of each worker: while one stands still, another answers, and the connection stays with it."""
    pids = until(lambda: len(found := children(server.process.pid)) == 2 and found)
    clients: list[httpx.Client] = []
    try:
        for pid in pids:
            others = [other for other in pids if other != pid]
            for other in others:
                os.kill(other, signal.SIGSTOP)
            try:
                client = server.client()
                # The first connection may have been taken by one that stands still.
                for _ in range(20):
                    try:
                        client.get("/pets", timeout=1)
                        break
                    except httpx.TimeoutException:
                        client.close()
                        client = server.client()
                clients.append(client)
            finally:
                for other in others:
                    os.kill(other, signal.SIGCONT)
        yield clients
    finally:
        for client in clients:
            client.close()


@pytest.fixture
def server(api: Path, state: str) -> Iterator[Server]:
    """A server with two workers."""
    with Server(api, "--state", state, "--workers", 2) as running:
        yield running


def test_workers_serve_one_state_and_tell_one_truth(server: Server) -> None:
    with workers_of(server) as (one, other):
        made = one.post("/pets", json={"name": "Rex", "count": 1}).json()
        assert other.get(f"/pets/{made['id']}").json() == made
        again = other.post("/pets", json={"name": "Tom", "count": 1}).json()
        assert again["id"] == made["id"] + 1
        assert one.post("/pets", json={"name": "Tom", "count": 1}).status_code == 409

        # The journal, which all write to.
        seen = [other.get("/__mock__/journal").json() for other in (one, other)]
        assert seen[0] == seen[1]
        calls = [item["operation"] for item in seen[0]["exchanges"] if item["method"] == "POST"]
        assert calls == ["createPet"] * 3
        numbers = [item["number"] for item in seen[0]["exchanges"]]
        assert numbers == sorted(set(numbers))

        # A clock that one stops stands still for the other, and stubs are those of all.
        one.put("/__mock__/clock", json={"mode": "frozen", "now": "2030-01-02T03:04:05Z"})
        assert other.get("/__mock__/clock").json()["now"].startswith("2030-01-02T03:04:05")
        stub = {"operation": "getPet", "status": 404, "times": 1}
        assert other.post("/__mock__/stubs", json=stub).status_code == 201
        assert one.get(f"/pets/{made['id']}").status_code == 404
        assert other.get(f"/pets/{made['id']}").status_code == 200

        # Worlds.
        world = {"Mock-World": "mine"}
        one.post("/pets", json={"name": "Kim", "count": 1}, headers=world)
        assert "Kim" in [pet["name"] for pet in other.get("/pets", headers=world).json()["items"]]
        assert "Kim" not in [pet["name"] for pet in other.get("/pets").json()["items"]]
        assert "mine" in [item["name"] for item in other.get("/__mock__/worlds").json()["worlds"]]
        assert other.delete("/__mock__/worlds/mine").status_code == 204
        assert one.get("/pets", headers=world).json()["total"] == 2

        # A reset is one for all.
        assert other.post("/__mock__/state/reset").status_code == 200
        assert one.get("/pets").json()["total"] == 2
        assert not one.get("/__mock__/clock").json()["now"].startswith("2030")
        assert other.post("/pets", json={"name": "Tom", "count": 1}).json()["id"] == made["id"]


def test_reload_reaches_each_worker_and_is_said_once(server: Server, api: Path) -> None:
    changed = {
        **DOCUMENT,
        "paths": {**DOCUMENT["paths"], "/news": {"get": {"responses": {"204": {"description": ""}}}}},
    }
    with workers_of(server) as clients:
        api.write_text(yaml.safe_dump(changed))
        for client in clients:
            until(lambda client=client: client.get("/news").status_code == 204)
    until(lambda: any("reloaded" in line for line in server.lines))
    time.sleep(0.5)
    assert sum("reloaded" in line for line in server.lines) == 1


def test_worker_that_dies_is_replaced_and_nothing_is_lost(server: Server) -> None:
    pids = until(lambda: len(found := children(server.process.pid)) == 2 and found)
    with server.client() as client:
        made = client.post("/pets", json={"name": "Rex", "count": 1}).json()
    os.kill(pids[0], signal.SIGKILL)
    until(lambda: len(fresh := children(server.process.pid)) == 2 and pids[0] not in fresh)
    until(lambda: any("was ended by SIGKILL; another takes its place" in line for line in server.lines))
    for _ in range(5):
        with server.client() as client:
            assert client.get(f"/pets/{made['id']}").json() == made


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_all_workers_in_order(api: Path, tmp_path: Path, name: signal.Signals) -> None:
    server = Server(api, "--state", f"sqlite:{tmp_path}/mock.db", "--workers", 2)
    pids = until(lambda: len(found := children(server.process.pid)) == 2 and found)
    server.process.send_signal(name)

    assert server.stop() == 0
    assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
    assert "Traceback" not in "".join(server.lines)
    assert Counter(line.startswith("Stop with") for line in server.lines)[True] == 1


def test_workers_end_when_their_parent_is_killed(api: Path, tmp_path: Path) -> None:
    server = Server(api, "--state", f"sqlite:{tmp_path}/mock.db", "--workers", 2)
    pids = until(lambda: len(found := children(server.process.pid)) == 2 and found)
    server.kill()

    until(lambda: not [pid for pid in pids if os.path.exists(f"/proc/{pid}")])


def test_state_that_cannot_be_shared_is_refused_with_one_line(api: Path) -> None:
    command = [sys.executable, "-m", "mockserver", "serve", str(api), "--workers", "3", "--port", "0"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "mockserver: --workers 3 needs a state that processes share, and that in memory is not; "
        "add --state sqlite:FILE or --state redis://HOST:PORT\n"
    )


def test_number_of_workers_is_a_setting(api: Path, tmp_path: Path) -> None:
    config = tmp_path / "mockserver.yaml"
    config.write_text("workers: 2\nstate: sqlite:mock.db\n")
    with Server(api, "--config", config) as server:
        assert len(until(lambda: len(found := children(server.process.pid)) == 2 and found)) == 2
    assert (tmp_path / "mock.db").exists(), "it lies beside the config file"
