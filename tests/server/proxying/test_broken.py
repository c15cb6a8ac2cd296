"""Whatever the server behind it does: the proxy answers, goes on, and makes nothing up."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.proxying.conftest import MakeProxy, Proxied
from tests.server.proxying.kit import Heard, Line, Script, answering, ask, connect, get, json_answer

CLEAN = b'[{"id": 1, "name": "Rex"}]'
FILE = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"


def says(*pieces: bytes, closes: bool = True) -> Script:
    return answering(*pieces, closes=closes)


def is_well(proxied: Proxied) -> bool:
    """Tell whether the proxy still answers."""
    return ask(proxied.origin, get(b"/__mock__/health")).status == 200


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (says(), "closed the connection without an answer"),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "no HTTP/1.1 that can be read"),
        (says(bytes(range(256))), "no HTTP/1.1 that can be read"),
        (says(b"HTTP/1.1 200 OK\r\nContent-"), "closed the connection without an answer"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), "can be read"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), "can be read"),
        (says(b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n"), "can be read"),
        (says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "101"),
        (says(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 2_000_000), "longer than"),
        (says(json_answer(CLEAN)[:-3]), "in the middle of its answer"),
    ],
)
def test_upstream_that_gives_no_answer_is_a_bad_gateway(
    make_proxy: MakeProxy, script: Script, said: str
) -> None:
    proxied = make_proxy(script)

    got = ask(proxied.origin, get())

    assert (got.status, got.one(b"content-type")) == (502, b"application/problem+json")
    assert got.one(b"mock-source") == b"refusal"
    assert said in json.loads(got.body)["detail"]
    assert proxied.seen[-1].failure
    assert is_well(proxied)


def test_upstream_that_only_ever_announces_an_answer_gives_none(make_proxy: MakeProxy) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nX: %s\r\n\r\n" % (b"x" * 1000)
    proxied = make_proxy(says(early * 1100))
    line = connect(proxied.origin)
    line.send(get())

    while (heard := line.message()).status == 103:
        pass

    assert heard.status == 502
    assert "longer than" in json.loads(heard.body)["detail"]


def test_upstream_that_is_not_there_is_a_bad_gateway(make_proxy: MakeProxy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    proxied = make_proxy(None, url=f"http://127.0.0.1:{port}")

    assert "refused" in json.loads(ask(proxied.origin, get()).body)["detail"].lower()
    nowhere = make_proxy(None, url="http://nowhere.invalid")
    assert ask(nowhere.origin, get()).status == 502


def test_upstream_that_never_answers_is_a_gateway_timeout(make_proxy: MakeProxy) -> None:
    over = threading.Event()

    def script(line: Line) -> None:
        line.message()
        over.wait(10)

    proxied = make_proxy(script, patience=0.3)
    began = time.monotonic()

    got = ask(proxied.origin, get())
    over.set()

    assert got.status == 504
    assert time.monotonic() - began < 3


def test_answer_that_stops_in_the_middle_is_not_taken_for_a_whole_one(make_proxy: MakeProxy) -> None:
    length = make_proxy(says(FILE + b"Content-Length: 10\r\n\r\nabc"))
    line = connect(length.origin)
    line.send(get(b"/files"))
    assert line.rest().endswith(b"\r\n\r\nabc")  # less than was promised, and the end of the connection

    chunked = make_proxy(says(FILE + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nde"))
    line = connect(chunked.origin)
    line.send(get(b"/files"))
    assert not line.rest().endswith(b"0\r\n\r\n")
    assert "in the middle" in chunked.seen[-1].failure
    assert is_well(length)
    assert is_well(chunked)


def test_stream_that_goes_silent_is_ended_but_for_events(make_proxy: MakeProxy) -> None:
    over = threading.Event()

    def script(line: Line) -> None:
        request = line.message()
        kind = b"text/event-stream" if b"events" in request.target else b"application/octet-stream"
        line.send(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\ndata: 1\n\n" % kind)
        over.wait(10)

    proxied = make_proxy(script, patience=0.3)
    silent, events = connect(proxied.origin), connect(proxied.origin)
    silent.send(get(b"/files"))
    events.send(get(b"/events"))
    assert not silent.rest().endswith(b"0\r\n\r\n")
    events.until(b"data: 1\n\n")
    assert not events.is_ended(0.5)
    over.set()


def test_refusal_in_the_middle_of_an_upload_reaches_the_client(make_proxy: MakeProxy) -> None:
    def script(line: Line) -> None:
        line.until(b"\r\n\r\n")
        line.send(b"HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    proxied = make_proxy(script)
    line = connect(proxied.origin)
    line.send(b"PUT /files HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n", b"x" * 100_000)

    assert line.message().status == 413


def test_broken_chunks_of_a_client_are_refused_and_not_passed_on_as_whole(make_proxy: MakeProxy) -> None:
    ends: list[bytes] = []
    over = threading.Event()

    def script(line: Line) -> None:
        line.until(b"\r\n\r\n")
        try:
            ends.append(line.rest())
        finally:
            over.set()

    proxied = make_proxy(script)
    got = ask(
        proxied.origin,
        b"PUT /files HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
    )

    assert got.status == 400
    assert over.wait(5)
    assert not any(end.endswith(b"0\r\n\r\n") for end in ends)


def test_request_cannot_smuggle_another_one(make_proxy: MakeProxy) -> None:
    seen: list[Heard] = []
    proxied = make_proxy(answering(json_answer(CLEAN), seen=seen))
    both = (
        b"POST /pets HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /evil HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    line = connect(proxied.origin)
    line.send(both)
    line.message()

    assert all(not (heard.all(b"content-length") and heard.all(b"transfer-encoding")) for heard in seen)
    assert [heard.target for heard in seen if heard.body] == []


CHUNKS = st.lists(st.binary(min_size=1, max_size=400), max_size=6)
NAMES = st.sampled_from([b"X-One", b"x-two", b"Set-Cookie", b"ETag", b"X-Tra~long!"])
VALUES = st.binary(max_size=30).filter(
    lambda value: not set(value) & {*range(9), *range(10, 32), 127} and value == value.strip(b" \t")
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chunks=CHUNKS,
    fields=st.lists(st.tuples(NAMES, VALUES), max_size=5),
    status=st.sampled_from([200, 201, 299, 404, 418, 503, 599, 799]),
    framing=st.sampled_from(["chunked", "length", "close"]),
    cuts=st.lists(st.integers(1, 2000), max_size=4),
    path=st.sampled_from([b"/pets", b"/files", b"/pets/1", b"/unknown"]),
    media=st.sampled_from([b"application/json", b"application/octet-stream", b"text/x"]),
)
def test_any_answer_arrives_as_it_was(
    make_proxy: MakeProxy,
    chunks: list[bytes],
    fields: list[tuple[bytes, bytes]],
    status: int,
    framing: str,
    cuts: list[int],
    path: bytes,
    media: bytes,
) -> None:
    body = b"".join(chunks)
    head = b"HTTP/1.1 %d Some Reason\r\nContent-Type: %s\r\n" % (status, media)
    head += b"".join(b"%s: %s\r\n" % field for field in fields)
    if framing == "chunked":
        framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        answer = head + b"Transfer-Encoding: chunked\r\n\r\n" + framed
    elif framing == "length":
        answer = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    else:
        answer = head + b"\r\n" + body
    pieces, begun = [], 0
    for cut in sorted(cuts):
        pieces.append(answer[begun:cut])
        begun = max(begun, cut)
    pieces.append(answer[begun:])
    proxied = _shared(make_proxy, says(*filter(None, pieces), closes=framing == "close"))

    got = ask(proxied.origin, get(path))

    assert got.first == b"HTTP/1.1 %d Some Reason" % status
    assert got.body == body
    own = (b"mock-source", b"mock-violations", b"content-type", b"content-length", b"transfer-encoding")
    assert [field for field in got.fields if field[0].lower() not in own] == fields


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), at=st.integers(0, 200), cut=st.integers(0, 400))
def test_no_garbage_kills_or_hangs_it(make_proxy: MakeProxy, data: bytes, at: int, cut: int) -> None:
    good = json_answer(CLEAN, more=b"Set-Cookie: a=1\r\n")
    answer = (good[:at] + data + good[at:])[:cut]
    proxied = _shared(make_proxy, says(answer))

    line = connect(proxied.origin, timeout=5)
    line.send(get())
    heard = line.until(b"\r\n\r\n")

    assert heard.startswith(b"HTTP/1.1 ") or heard == b""
    assert is_well(proxied)
    line.close()


_SHARED: dict[int, Proxied] = {}


def _shared(make_proxy: MakeProxy, script: Script) -> Proxied:
    """Return one proxy for all examples of a test, before another script each time."""
    proxied = _SHARED.get(id(make_proxy))
    if proxied is None:
        _SHARED.clear()
        proxied = _SHARED[id(make_proxy)] = make_proxy(script, patience=5.0)
    proxied.upstream.script = script
    # What is kept alive would still be led by the script before.
    proxied.context.pool.forget()
    return proxied
