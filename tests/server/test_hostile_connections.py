"""What clients do with connections: huge bodies, slow bytes, half requests, crowds. The others do not notice."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .hostile.catalogue import JSON, get, post, request
from .hostile.machine import THINGS, Machine, Outcome, machine, read_answers

MIB = 1024 * 1024
ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A server with the limits that it has when nobody chooses others."""
    with machine(THINGS, folder=tmp_path_factory.mktemp("hostile")) as running:
        yield running
    assert "Traceback" not in running.log


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A server that waits a second for everything, and takes 40 connections."""
    with machine(
        THINGS,
        folder=tmp_path_factory.mktemp("hostile"),
        head_timeout_seconds=1,
        body_timeout_seconds=1,
        answer_timeout_seconds=1,
        connection_limit=40,
    ) as running:
        assert running.is_well(within=10)
        yield running
    assert "Traceback" not in running.log


def head(*fields: str) -> bytes:
    """Return the head of a POST."""
    return request("POST", "/things", f"Content-Type: {JSON}", *fields)


def read(connection: socket.socket, *, seconds: float = 5, finals: int = 1) -> Outcome:
    """Return what comes over a connection."""
    outcome = Outcome()
    began = time.monotonic()
    read_answers(connection, outcome, began + seconds, finals)
    outcome.seconds = time.monotonic() - began
    return outcome


def is_closed(connection: socket.socket, *, within: float) -> bool:
    """Return whether the server ends a connection in time."""
    connection.settimeout(within)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def reset(connection: socket.socket) -> None:
    """End a connection as a killed client does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@ON_LINUX
def test_body_of_100_mb_is_refused_by_its_length_before_it_comes(things: Machine) -> None:
    assert things.is_well()
    before = things.resident_bytes
    outcome = things.send([head("Content-Length: 100000000"), *[bytes(MIB)] * 95])

    assert outcome.status == 413
    assert outcome.seconds < 1
    assert json.loads(outcome.final.body)["code"] == 413
    assert things.resident_bytes - before < 10 * MIB
    assert things.is_well()


def test_client_that_sends_all_of_a_refused_body_before_it_reads_gets_its_answer(things: Machine) -> None:
    with things.connect() as connection:
        connection.sendall(head("Content-Length: 100000000"))
        for _ in range(100):
            connection.sendall(bytes(1_000_000))
        assert read(connection).status == 413


@ON_LINUX
def test_body_of_100_mb_in_chunks_is_refused_at_the_limit_and_its_memory_is_given_back(
    things: Machine,
) -> None:
    assert things.is_well()
    before = things.resident_bytes
    chunk = b"%x\r\n" % MIB + bytes(MIB) + b"\r\n"
    outcome = things.send([head("Transfer-Encoding: chunked"), *[chunk] * 95, b"0\r\n\r\n"])

    assert outcome.status == 413
    assert things.peak_bytes - before < 60 * MIB
    assert things.is_well()
    assert things.resident_bytes - before < 40 * MIB


@ON_LINUX
def test_hundred_bodies_of_the_allowed_size_leave_no_memory_behind(things: Machine) -> None:
    body = post(b'{"name": "' + b"a" * 2 * MIB + b'"}')
    for _ in range(10):
        assert things.send(body).status >= 400
    before = things.resident_bytes
    for _ in range(30):
        assert things.send(body).status >= 400
    assert things.resident_bytes - before < 20 * MIB


def test_head_that_comes_drop_by_drop_is_a_408(impatient: Machine) -> None:
    with impatient.connect() as connection:
        connection.sendall(b"GET /things HTTP/1.1\r\nHost: mock\r\nX-Slow: ")
        outcome = _dribble(connection, b"a")
    assert outcome.status == 408
    assert outcome.seconds < 3
    assert outcome.final.headers["connection"] == "close"
    assert json.loads(outcome.final.body)["status"] == 408


def test_second_head_on_a_connection_is_timed_too(impatient: Machine) -> None:
    with impatient.connect() as connection:
        connection.sendall(get("/things"))
        assert read(connection).status == 200
        connection.sendall(b"GET /things HTTP/1.1\r\nHost: mock\r\nX-Slow: ")
        outcome = _dribble(connection, b"a")
    assert outcome.status == 408
    assert outcome.seconds < 3


def test_body_that_comes_drop_by_drop_is_a_408_in_the_declared_shape(impatient: Machine) -> None:
    with impatient.connect() as connection:
        connection.sendall(head("Content-Length: 1000"))
        outcome = _dribble(connection, b" ")
    assert outcome.status == 408
    assert outcome.seconds < 3
    assert outcome.final.headers["connection"] == "close"
    assert json.loads(outcome.final.body)["code"] == 408


def test_body_that_does_not_begin_is_a_408_in_the_declared_shape(impatient: Machine) -> None:
    outcome = impatient.send(head("Content-Length: 1000"))
    assert outcome.status == 408
    assert json.loads(outcome.final.body)["code"] == 408


def _dribble(connection: socket.socket, piece: bytes) -> Outcome:
    began = time.monotonic()
    outcome = Outcome()
    while time.monotonic() - began < 5 and not outcome.answers:
        with contextlib.suppress(OSError):
            connection.sendall(piece)
        read_answers(connection, outcome, time.monotonic() + 0.1, 1)
    outcome.seconds = time.monotonic() - began
    return outcome


def test_connection_that_says_nothing_is_closed_without_an_answer(impatient: Machine) -> None:
    with impatient.connect() as connection:
        outcome = read(connection, seconds=4)
    assert outcome.ended == "closed"
    assert outcome.answers == []


def test_clients_are_served_while_another_is_slow(impatient: Machine) -> None:
    with impatient.connect() as slow:
        slow.sendall(head("Content-Length: 1000") + b"{")
        for _ in range(20):
            assert impatient.is_well(within=0.5)


@ON_LINUX
def test_client_that_does_not_take_its_answers_is_cut_off_and_costs_no_memory(tmp_path: Path) -> None:
    large = {"type": "string", "example": "a" * MIB}
    content = {"application/json": {"schema": {"type": "object", "properties": {"text": large}}}}
    responses = {"200": {"description": "Much.", "content": content}}
    paths = {"/much": {"get": {"responses": responses}}}
    document = {"openapi": "3.0.3", "info": {"title": "Much", "version": "1"}, "paths": paths}
    path = tmp_path / "much.yaml"
    path.write_text(yaml.safe_dump(document))
    with machine(str(path), folder=tmp_path, answer_timeout_seconds=1) as running:
        assert running.is_well("/much")
        before = running.resident_bytes
        with contextlib.ExitStack() as stack:
            greedy = [stack.enter_context(running.connect()) for _ in range(10)]
            for connection in greedy:
                connection.sendall(get("/much") * 50)
            assert running.is_well("/much")
            time.sleep(2.5)
            assert running.is_well("/much")
            # 500 MB were asked for.
            assert running.resident_bytes - before < 80 * MIB
            for connection in greedy:
                outcome = read(connection, finals=50)
                assert outcome.ended in ("closed", "reset")
                assert len(outcome.answers) < 50


@pytest.mark.parametrize("ending", [socket.socket.close, reset])
@pytest.mark.parametrize(
    "data",
    [
        b"GET /thi",
        head("Content-Length: 1000") + b'{"name": ',
        head("Transfer-Encoding: chunked") + b'5\r\n{"nam',
        get("/things"),
        get("/things") * 200,
        post(b'{"name": "' + b"a" * 3 * MIB + b'"}'),
    ],
    ids=["head", "body", "chunk", "answer", "answers", "large body"],
)
def test_client_that_goes_away_in_the_middle_leaves_a_server_that_goes_on(
    things: Machine, data: bytes, ending: object
) -> None:
    for _ in range(5):
        connection = things.connect()
        connection.sendall(data)
        ending(connection)  # type: ignore[operator]
    assert things.is_well()


def test_half_a_request_changes_nothing(things: Machine) -> None:
    before = _exchanges(things)
    for _ in range(5):
        connection = things.connect()
        connection.sendall(head("Content-Length: 1000") + b'{"name": "rex"}')
        reset(connection)
    time.sleep(0.2)
    assert _exchanges(things) == before


def _exchanges(running: Machine) -> int:
    return int(json.loads(running.send(get("/__mock__/health")).final.body)["exchanges"])


def test_500_connections_that_wait_do_not_disturb_anybody(things: Machine) -> None:
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(things.connect()) for _ in range(500)]
        assert things.is_well()
        for connection in crowd:
            connection.sendall(get("/things"))
        assert [read(connection).status for connection in crowd] == [200] * 500


def test_crowd_beyond_the_limit_costs_those_who_have_waited_longest(impatient: Machine) -> None:
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(impatient.connect()) for _ in range(120)]
        # The last to come are served.
        for connection in crowd[-10:]:
            connection.sendall(get("/things"))
        assert [read(connection).status for connection in crowd[-10:]] == [200] * 10
        assert sum(is_closed(connection, within=0.01) for connection in crowd[:-10]) >= 80
        assert impatient.is_well()


def test_newcomer_is_told_to_wait_where_all_connections_are_at_work(tmp_path: Path) -> None:
    with machine(THINGS, folder=tmp_path, connection_limit=5) as running, contextlib.ExitStack() as stack:
        assert running.is_well(within=10)
        for _ in range(5):
            busy = stack.enter_context(running.connect())
            busy.sendall(head("Content-Length: 1000") + b"{")
        time.sleep(0.2)
        outcome = running.send(get("/things"))
    assert outcome.status == 429
    assert json.loads(outcome.final.body)["status"] == 429


def test_connection_goes_on_after_a_method_that_nobody_knows(things: Machine) -> None:
    with things.connect() as connection:
        for data, status in [
            (request("FOO", "/things"), 405),
            (get("/things"), 200),
            (request("BAR", "/things"), 405),
            (post(b'{"name": "rex"}'), 201),
        ]:
            connection.sendall(data)
            assert read(connection).status == status


def test_requests_in_a_row_are_answered_in_order(things: Machine) -> None:
    paths = [f"/any/{number}" if number % 3 else "/nothing" for number in range(300)]
    outcome = things.send(b"".join(map(get, paths)), finals=300)
    assert [answer.status for answer in outcome.answers] == [200 if "any" in path else 404 for path in paths]


def test_request_behind_a_refused_upgrade_is_answered(things: Machine) -> None:
    upgrade = get("/things", "Connection: Upgrade", "Upgrade: websocket")
    outcome = things.send(upgrade + get("/nothing") + upgrade + get("/any/1"), finals=4)
    assert [answer.status for answer in outcome.answers] == [200, 404, 200, 200]
    assert "WebSocket" not in things.log


def test_broken_request_behind_a_good_one_does_not_take_its_answer_away(things: Machine) -> None:
    outcome = things.send(get("/things") + b"\x00\x00\x00\r\n\r\n", finals=2)
    assert outcome.status == 200
    assert outcome.ended in ("closed", "answered")


def test_unreadable_http_is_one_line_in_the_log_and_plain_words_in_the_answer(things: Machine) -> None:
    before = len(things.log)
    outcome = things.send(b"\x16\x03\x01\x00\xf1\x01\x00\x00\xed")
    time.sleep(0.3)
    fresh = things.log[before:].splitlines()

    assert outcome.status == 400
    assert outcome.seconds < 0.5
    assert outcome.final.headers["content-type"] == "application/problem+json"
    assert "no HTTP/1.1 that can be read" in json.loads(outcome.final.body)["detail"]
    assert len([line for line in fresh if "no HTTP/1.1" in line]) == 1
    assert not [line for line in fresh if "Traceback" in line]


def test_long_path_is_short_in_the_log_and_in_the_answer(things: Machine) -> None:
    before = len(things.log)
    outcome = things.send(get("/nothing/" + "a" * 500_000))
    time.sleep(0.3)
    assert len(outcome.final.body) < 2000
    assert max(map(len, things.log[before:].splitlines())) < 2000
