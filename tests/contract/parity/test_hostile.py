"""Whatever a server sends, a run ends in time, with findings or with a reason, and never by an exception."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockserver.contract.events import Verdict
from mockserver.contract.parity.steps import Writes
from mockserver.document.model import Document
from mockserver.document.plan import Plan

from .conftest import mock, run

pytestmark = pytest.mark.slow

API = Path(__file__).with_name("api.yaml")
Mock = tuple[str, Document, Plan]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
ANSWERS: dict[str, bytes] = {
    "nothing": b"",
    "no HTTP": b"hello, who is there?\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Type: appl",
    "half a body": HEAD + b"Content-Length: 900\r\n\r\n{",
    "a list where an object belongs": HEAD + b"\r\n[1, null, [[]], {}]",
    "null": HEAD + b"\r\nnull",
    "deep": HEAD + b"\r\n" + b"[" * 5000 + b"]" * 5000,
    "wide": HEAD + b"\r\n{" + b",".join(b'"k%d": {"id": %d}' % (i, i) for i in range(3000)) + b"}",
    "bytes": HEAD + b"\r\n" + bytes(range(256)),
    "surrogates": HEAD + b'\r\n{"id": "\\ud800", "title": "\\ud800"}',
    "huge numbers": HEAD + b'\r\n{"id": 1e400, "items": [' + b"9" * 400 + b'], "total": -1}',
    "ids of odd types": HEAD + b'\r\n[{"id": {"a": 1}}, {"id": []}, {"id": true}, {"id": null}, 7, null]',
    "an id with slashes": b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nLocation: http://[::1\r\n"
    b'Connection: close\r\n\r\n{"id": "../../?x=#", "title": "t", "createdAt": "yesterday"}',
    "no gzip": HEAD + b"Content-Encoding: gzip\r\n\r\n\x1f\x8bnot at all",
    "an unknown coding": HEAD + b"Content-Encoding: rot13\r\n\r\n{}",
    "an unknown charset": HEAD.replace(b"json", b"json; charset=klingon") + b"\r\n{}",
    "no media type": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}",
    "odd media type": HEAD.replace(b"application/json", b";;;=") + b"\r\n{}",
    "a strange status": b"HTTP/1.1 799 Odd\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "a circle": b"HTTP/1.1 302 Found\r\nLocation: /v1/notebooks\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "odd headers": HEAD + b"Location: \xff\xfe\r\nLink: <<>>;;rel\r\nETag: \r\nRetry-After: never\r\n\r\n{}",
    "patience without end": b"HTTP/1.1 429 Slow\r\nRetry-After: 99999999999999999999\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n",
    "an old day": b"HTTP/1.1 503 Slow\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n",
    "a failure": b"HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>Oops</h1>",
}  # fmt: skip
"""What a server says to everything."""
GONE = {"nothing", "no HTTP", "half a head", "half a body"}
"""What is no answer at all."""
LIMITED = {"patience without end", "an old day"}


@contextmanager
def saying(answer: bytes, *, pause_s: float = 0.0) -> Iterator[str]:
    """Say the same to everybody; with a pause byte by byte."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    listener.settimeout(0.05)
    ends = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                connection.recv(65536)
                for part in (answer,) if not pause_s else (answer[i : i + 1] for i in range(len(answer))):
                    if ends.is_set():
                        return
                    connection.sendall(part)
                    time.sleep(pause_s)
                # What is closed with something unread is reset, and the answer may be lost.
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    continue
            except OSError:
                return

    def serve() -> None:
        while not ends.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                continue
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        ends.set()
        thread.join()
        listener.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Mock]:
    with mock(API) as found:
        yield found


@pytest.mark.parametrize("name", ANSWERS)
def test_run_survives_a_server_that_says(name: str, served: Mock) -> None:
    url, document, plan = served
    with saying(ANSWERS[name]) as real:
        outcome = run(document, plan, url, real, timeout_s=2.0)

    if name in GONE:
        assert outcome.ended.verdict is Verdict.FAILED
        assert "does not answer" in outcome.said
    elif name in LIMITED:
        assert outcome.ended.verdict is Verdict.FAILED
        assert "asks for patience" in outcome.said
    else:
        assert outcome.findings != []


def test_run_survives_a_mock_that_is_no_better(served: Mock) -> None:
    _, document, plan = served
    with saying(ANSWERS["ids of odd types"]) as first, saying(ANSWERS["wide"]) as second:
        outcome = run(document, plan, first, second, timeout_s=2.0)

    assert outcome.ended.verdict is Verdict.BROKEN


def test_answer_that_drips_is_cut_in_time(served: Mock) -> None:
    url, document, plan = served
    began = time.monotonic()
    with saying(HEAD + b"\r\n" + b" " * 5000 + b"{}", pause_s=0.02) as real:
        outcome = run(document, plan, url, real, timeout_s=0.5, writes=Writes.NONE, only="/about")

    assert time.monotonic() - began < 10
    assert outcome.ended.counts["requests"] == 1
