"""Many at once, on each store: no update is lost, no id is given twice, a list is always what its total says."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ..mocking.stores.redis_server import redis_server
from .servers import Server

KEPT = 3
"""Pets that all change and nobody deletes."""


@pytest.fixture(params=["memory", "sqlite", "redis"])
def server(request: pytest.FixtureRequest, api: Path, tmp_path: Path) -> Iterator[Server]:
    """A server; with two workers where they can share the state."""
    if request.param == "memory":
        with Server(api) as running:
            yield running
    elif request.param == "sqlite":
        with Server(api, "--state", f"sqlite:{tmp_path}/mock.db", "--workers", 2) as running:
            yield running
    else:
        with redis_server() as url, Server(api, "--state", url, "--workers", 2) as running:
            yield running


class Hammer:
    """Clients that write and read without a pause, and what went wrong."""

    def __init__(self, origin: str, shared: list[int], rounds: int) -> None:
        self.origin = origin
        self.shared = shared
        self.rounds = rounds
        self.increments = dict.fromkeys(shared, 0)
        self.created: list[int] = []
        self.deleted: list[int] = []
        self.faults: list[str] = []
        self.lock = threading.Lock()

    def run(self, number: int) -> None:
        """Be one client."""
        try:
            with httpx.Client(base_url=self.origin, timeout=60) as client:
                self._run(client, number, random.Random(number))
        except Exception as error:
            self.faults.append(repr(error))

    def _run(self, client: httpx.Client, number: int, dice: random.Random) -> None:
        mine: list[int] = []
        for turn in range(self.rounds):
            choice = dice.random()
            if choice < 0.35:
                name = f"{number}-{turn}"
                answer = client.post("/pets", json={"name": name, "count": 0, "kind": f"k{turn % 3}"})
                assert answer.status_code == 201, answer.text
                mine.append(answer.json()["id"])
                with self.lock:
                    self.created.append(mine[-1])
            elif choice < 0.7:
                self._increment(client, dice.choice(self.shared))
            elif choice < 0.85 and mine:
                gone = mine.pop(dice.randrange(len(mine)))
                assert client.delete(f"/pets/{gone}").status_code == 204
                assert client.get(f"/pets/{gone}").status_code == 404
                with self.lock:
                    self.deleted.append(gone)
            else:
                self._look(client, dice)

    def _increment(self, client: httpx.Client, id: int) -> None:
        """Count one up, with the tag of what was read: again when another was faster."""
        while True:
            read = client.get(f"/pets/{id}")
            answer = client.patch(
                f"/pets/{id}",
                json={"count": read.json()["count"] + 1},
                headers={"If-Match": read.headers["etag"]},
            )
            assert answer.status_code in (200, 412), answer.text
            if answer.status_code == 200:
                with self.lock:
                    self.increments[id] += 1
                return

    def _look(self, client: httpx.Client, dice: random.Random) -> None:
        kind = dice.choice([None, "k0", "k1", "k2"])
        page: dict[str, Any] = {"limit": 100_000, **({"kind": kind} if kind else {})}
        listed = client.get("/pets", params=page).json()
        ids = [pet["id"] for pet in listed["items"]]
        assert listed["total"] == len(ids) == len(set(ids))
        assert kind is None or all(pet["kind"] == kind for pet in listed["items"])
        assert kind is not None or set(self.shared) <= set(ids)


@pytest.mark.parametrize(
    ("clients", "rounds"), [(4, 40), pytest.param(8, 150, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_no_update_is_lost_no_id_given_twice_and_lists_agree(
    server: Server, clients: int, rounds: int
) -> None:
    with server.client() as client:
        before = client.get("/pets").json()["total"]
        shared = [
            client.post("/pets", json={"name": f"kept {number}", "count": 0}).json()["id"]
            for number in range(KEPT)
        ]
    hammer = Hammer(server.origin, shared, rounds)
    threads = [threading.Thread(target=hammer.run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert hammer.faults == []
    assert len(hammer.created) == len(set(hammer.created)), "an id was given twice"
    with server.client() as client:
        listed = client.get("/pets", params={"limit": 100_000}).json()
        counts = {pet["id"]: pet["count"] for pet in listed["items"]}
        assert {id: counts[id] for id in shared} == hammer.increments
        assert listed["total"] == before + KEPT + len(hammer.created) - len(hammer.deleted)
        assert set(hammer.created) - set(hammer.deleted) <= counts.keys()
        assert not set(hammer.deleted) & counts.keys()
        # No two have been given the same place in the order.
        assert [pet["id"] for pet in listed["items"]] == sorted(counts)
