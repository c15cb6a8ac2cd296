"""The client is patient within limits, and nothing that a server does gets out of it as an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx
import pytest

from mockserver.contract.requests.client import BODY_LIMIT, Client
from mockserver.contract.requests.writing import Outgoing
from mockserver.contract.target import Target
from mockserver.errors import UsageError

BASE = "http://api.test/v1"
PING = Outgoing("GET", "/ping")
Answer = Callable[[httpx.Request], httpx.Response]


def reply(status: int, content: Iterable[bytes] = (), **headers: str) -> httpx.Response:
    """Return an answer whose body comes piece by piece, as from a network."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=fields, content=iter(content))


def client_of(answer: Answer, waits: list[float], target: Target | None = None) -> Client:
    return Client(target or Target(BASE), sleep=waits.append, transport=httpx.MockTransport(answer))


def test_answer_comes_as_it_was_on_the_wire() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return reply(201, [b"{}"], location="/pings/1")

    with client_of(answer, []) as client:
        turn = client.ask(Outgoing("POST", "/ping", "a=1", (("X-A", "b"),), b"{}"))

    assert (seen[0].method, str(seen[0].url), seen[0].headers["x-a"]) == (
        "POST",
        "http://api.test/v1/ping?a=1",
        "b",
    )
    assert turn.reply is not None
    assert (turn.reply.status, turn.reply.header("location"), turn.reply.body) == (201, "/pings/1", b"{}")
    assert turn.message.path == "/v1/ping"


def test_server_that_asks_for_patience_gets_it() -> None:
    answers = iter([reply(429, retry_after="2"), reply(200)])
    waits: list[float] = []
    with client_of(lambda request: next(answers), waits) as client:
        turn = client.ask(PING)

    assert waits == [2.0]
    assert turn.reply is not None
    assert turn.reply.status == 200


@pytest.mark.parametrize(("after", "count"), [("1", 3), ("3600", 0), ("soon", 3)])
def test_patience_has_an_end(after: str, count: int) -> None:
    waits: list[float] = []
    with client_of(lambda request: reply(429, retry_after=after), waits) as client:
        turn = client.ask(PING)

    assert turn.is_limited
    assert len(waits) == count


def test_requests_keep_their_distance() -> None:
    waits: list[float] = []
    with client_of(lambda request: reply(200), waits, Target(BASE, rate=(1, 2))) as client:
        client.ask(PING)
        client.ask(PING)

    assert [round(wait) for wait in waits] == [2]


def test_server_that_is_not_there_is_told_as_a_failure() -> None:
    with Client(Target("http://127.0.0.1:9", timeout_s=2)) as client:
        turn = client.ask(PING)

    assert turn.reply is None
    assert "refused" in turn.failure


def test_answer_without_end_is_cut() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    with client_of(lambda request: reply(200, endless()), []) as client:
        turn = client.ask(PING)

    assert turn.reply is not None
    assert not turn.reply.is_whole
    assert len(turn.reply.body) == BODY_LIMIT


def test_headers_of_every_request_are_sent_and_not_shown() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["x-key"])
        return reply(200)

    with client_of(
        answer, [], Target(BASE, headers={"X-Key": "hush"}, secrets=frozenset({"hush"}))
    ) as client:
        turn = client.ask(PING)

    assert seen == ["hush"]
    assert "hush" not in turn.sent.curl()


def test_file_without_authorities_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(UsageError, match="certificates"):
        Client(Target("https://api.test", ca=tmp_path / "ca.pem"))
