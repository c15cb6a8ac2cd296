"""Each planted bug that a client meets at work is found by the proxy in between, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from mockserver.contract.describing import describe
from mockserver.contract.findings import Came, Level
from mockserver.server.assembly import Application, assemble
from mockserver.server.proxying import Context, Options, Proxy, Relayed
from mockserver.server.proxying.pool import Way
from mockserver.server.proxying.target import address
from mockserver.server.proxying.wire import relaying_protocol
from mockserver.server.running import bind, in_background
from mockserver.settings import Settings, Source

from .bugs import BUGS, Bug
from .notes import DOCUMENT, KEY, serving

NOTE = {"title": "Milk", "kind": "task", "rating": 3, "tags": ["shop"]}


@pytest.fixture(scope="module")
def application() -> Application:
    return assemble(Settings(documents=(Source(DOCUMENT),)), lambda: datetime(2026, 1, 2, tzinfo=UTC))


@contextmanager
def proxied(bug: str, application: Application) -> Iterator[tuple[httpx.Client, list[Relayed]]]:
    """Give a client of a proxy before a server with a bug, and what passes."""
    seen: list[Relayed] = []
    with serving(bug) as server:
        way = Way(address(server.url, "UPSTREAM"))
        served = application.documents[0]
        proxy = Proxy(Context(served, application.asgi, application.world, way, Options(), seen.append))
        headers = {"X-Key": KEY, "X-Tenant": "acme"}
        with (
            in_background(proxy, bind("127.0.0.1", 0), relaying_protocol, proxy.close) as origin,
            httpx.Client(base_url=origin, headers=headers, trust_env=False) as client,
        ):
            yield client, seen


def work(client: httpx.Client) -> None:
    """Do what a client does: create, list, read, change, delete, and look again."""
    made = client.post("/notes", json=NOTE)
    id = made.json()["id"] if made.content else "n1"
    for method, path, body in (
        ("GET", "/notes?limit=10", None),
        ("GET", f"/notes/{id}", None),
        ("PATCH", f"/notes/{id}", {"rating": 4}),
        ("DELETE", f"/notes/{id}", None),
        ("GET", f"/notes/{id}", None),
    ):
        with client.stream(method, path, json=body) as response:
            b"".join(response.iter_raw())


def found_in(seen: list[Relayed], application: Application) -> set[tuple[str, Level]]:
    document = application.documents[0].document
    return {
        (finding.check, finding.level)
        for item in seen
        if item.reply is not None
        for finding in describe(document, item.judged, None, Came(item.reply.status))
    }


def test_server_without_a_bug_passes_without_a_word(application: Application) -> None:
    with proxied("", application) as (client, seen):
        work(client)

    assert [item.reply.status for item in seen if item.reply] == [201, 200, 200, 200, 204, 404]
    assert found_in(seen, application) == set()


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.proxy], ids=lambda bug: bug.name)
def test_planted_bug_is_found(bug: Bug, application: Application) -> None:
    with proxied(bug.name, application) as (client, seen):
        work(client)

    assert {check for check, _ in found_in(seen, application)} == {bug.proxy}


@pytest.mark.parametrize(
    "bug",
    [bug for bug in BUGS if not bug.proxy],
    ids=lambda bug: bug.name,
)
def test_bug_that_breaks_no_single_message_raises_no_false_alarm(bug: Bug, application: Application) -> None:
    with proxied(bug.name, application) as (client, seen):
        work(client)

    assert found_in(seen, application) == set()
