"""What passes through the proxy is not changed."""

from __future__ import annotations

import gzip
import json
import threading
import time

import pytest

from mockserver.server.proxying import Relayed
from tests.server.proxying.conftest import MakeProxy
from tests.server.proxying.kit import Heard, Line, answering, ask, connect, get, json_answer

CLEAN = b'[{"id": 1, "name": "Rex"}]'


def test_status_reason_fields_and_body_come_back_as_they_were(make_proxy: MakeProxy) -> None:
    body = gzip.compress(CLEAN)
    answer = (
        b"HTTP/1.1 200 Quite All Right\r\nX-Spelled: Mixed CASE\r\nSet-Cookie: a=1; Path=/\r\n"
        b"Set-Cookie: b=2\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nX-Spelled: again\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    proxied = make_proxy(answering(answer + body))

    got = ask(proxied.origin, get())

    assert got.first == b"HTTP/1.1 200 Quite All Right"
    assert got.fields[:7] == [
        (b"X-Spelled", b"Mixed CASE"),
        (b"Set-Cookie", b"a=1; Path=/"),
        (b"Set-Cookie", b"b=2"),
        (b"Content-Type", b"application/json"),
        (b"Content-Encoding", b"gzip"),
        (b"X-Spelled", b"again"),
        (b"Content-Length", b"%d" % len(body)),
    ]
    assert got.fields[7:] == [(b"Mock-Source", b"upstream")]
    assert got.body == body


def test_target_and_fields_of_a_request_arrive_as_they_were(make_proxy: MakeProxy) -> None:
    seen: list[Heard] = []
    proxied = make_proxy(answering(json_answer(CLEAN), seen=seen), base="/v1/")

    ask(
        proxied.origin,
        get(b"/pets/%C3%A9%2f..//x;y?a=%20+b&&c=?d", b"X-Odd: \xe9\r\nx-odd: two\r\nCookie: k=v\r\n"),
    )

    request = seen[0]
    assert request.first == b"GET /v1/pets/%C3%A9%2f..//x;y?a=%20+b&&c=?d HTTP/1.1"
    assert request.fields == [
        (b"Host", proxied.upstream.url.removeprefix("http://").encode()),
        (b"X-Odd", b"\xe9"),
        (b"x-odd", b"two"),
        (b"Cookie", b"k=v"),
        (b"Via", b"1.1 mockserver"),
        (b"X-Forwarded-For", b"127.0.0.1"),
        (b"X-Forwarded-Host", b"client.example"),
        (b"X-Forwarded-Proto", b"http"),
    ]


def test_host_stays_and_the_way_is_not_told_where_that_is_asked_for(make_proxy: MakeProxy) -> None:
    seen: list[Heard] = []
    proxied = make_proxy(answering(json_answer(CLEAN), seen=seen), preserve_host=True, tells_way=False)

    ask(proxied.origin, get())

    assert seen[0].fields == [(b"Host", b"client.example")]


def test_forwarding_goes_on_where_somebody_has_begun_it(make_proxy: MakeProxy) -> None:
    seen: list[Heard] = []
    proxied = make_proxy(answering(json_answer(CLEAN), seen=seen))

    more = b"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n"
    ask(proxied.origin, get(more=more))

    assert seen[0].all(b"x-forwarded-for") == [b"192.0.2.1, 127.0.0.1"]
    assert seen[0].all(b"x-forwarded-proto") == [b"https"]
    assert seen[0].all(b"x-forwarded-host") == [b"shop.example"]


def test_fields_of_one_connection_stay_there(make_proxy: MakeProxy) -> None:
    seen: list[Heard] = []
    answer = json_answer(
        CLEAN,
        more=b"Connection: X-Secret, keep-alive\r\nX-Secret: 1\r\nKeep-Alive: timeout=9\r\nUpgrade: h2c\r\n",
    )
    proxied = make_proxy(answering(answer, seen=seen))

    more = (
        b"Connection: X-Hop\r\nX-Hop: 1\r\nProxy-Connection: x\r\nTE: gzip\r\nUpgrade: h2c\r\nX-Goes: on\r\n"
    )
    got = ask(proxied.origin, get(more=more))

    names = {name.lower() for name, _ in seen[0].fields}
    assert names & {b"connection", b"x-hop", b"proxy-connection", b"te", b"upgrade"} == set()
    assert b"x-goes" in names
    assert {name.lower() for name, _ in got.fields} == {b"content-type", b"content-length", b"mock-source"}


def test_redirect_is_not_followed(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(
        answering(b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n")
    )

    got = ask(proxied.origin, get())

    assert (got.status, got.one(b"location")) == (302, b"http://elsewhere.example/")


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n"),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 999\r\n\r\n"),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
def test_answer_without_a_body_ends_with_its_head(
    make_proxy: MakeProxy, method: bytes, answer: bytes
) -> None:
    proxied = make_proxy(answering(answer))
    line = connect(proxied.origin)

    for _ in range(2):
        line.send(get(method=method))
        got = line.message(has_body=False)
        assert got.first == answer.split(b"\r\n")[0]
        assert got.all(b"content-length") == ([b"999"] if b"999" in answer else [])

    assert proxied.upstream.connections == 1
    line.close()


def test_chunks_and_trailers_go_both_ways(make_proxy: MakeProxy) -> None:
    seen: list[Heard] = []
    answer = b"HTTP/1.1 204 No Content\r\n\r\n"
    chunked = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
        b"3\r\nabc\r\n4\r\ndefg\r\n0\r\nX: 7\r\n\r\n"
    )
    proxied = make_proxy(answering(answer, seen=seen))
    request = (
        b"PUT /files HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n1\r\n!\r\n0\r\nX-Check: ok\r\n\r\n"
    )
    assert ask(proxied.origin, request).status == 204
    assert (seen[0].body, seen[0].trailers) == (b"hello!", [(b"X-Check", b"ok")])

    proxied = make_proxy(answering(chunked))
    got = ask(proxied.origin, get(b"/files"))
    assert (got.body, got.trailers) == (b"abcdefg", [(b"X", b"7")])
    assert got.all(b"content-length") == []


def test_body_that_ends_with_the_connection_is_passed_on(make_proxy: MakeProxy) -> None:
    answer = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
    proxied = make_proxy(answering(answer + CLEAN, closes=True))

    assert ask(proxied.origin, get()).body == CLEAN
    line = connect(proxied.origin)
    line.send(b"GET /pets HTTP/1.0\r\nHost: x\r\n\r\n")
    old = line.message()
    assert (old.body, old.all(b"transfer-encoding"), old.all(b"connection")) == (CLEAN, [], [b"close"])


def test_events_arrive_one_by_one(make_proxy: MakeProxy) -> None:
    goes_on = threading.Event()

    def script(line: Line) -> None:
        line.message()
        line.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(3):
            assert goes_on.wait(5)
            goes_on.clear()
            event = b"data: %d\n\n" % number
            line.send(b"%x\r\n%s\r\n" % (len(event), event))
        line.send(b"0\r\n\r\n")

    proxied = make_proxy(script)
    line = connect(proxied.origin)
    line.send(get(b"/events"))
    assert line.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK")

    for number in range(3):
        # The next one is only sent when this has come through.
        goes_on.set()
        assert line.until(b"\n\n\r\n") == b"9\r\ndata: %d\n\n\r\n" % number


def test_slow_answer_starts_before_it_is_over(make_proxy: MakeProxy) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    over = threading.Event()

    def script(line: Line) -> None:
        line.message()
        line.send(head, b"1\r\n[\r\n")
        assert over.wait(5)
        line.send(b"1\r\n3\r\n1\r\n]\r\n0\r\n\r\n")

    proxied = make_proxy(script)
    line = connect(proxied.origin)
    line.send(get())
    assert b"Mock-Violations" not in line.until(b"1\r\n[\r\n")
    over.set()

    assert line.until(b"0\r\n\r\n").endswith(b"0\r\n\r\n")
    # Too late for the header; the journal and the report have it all the same.
    assert [item.location for item in _last(proxied.seen).judged.response] == [("body", 0)]


def test_large_bodies_pass_both_ways_in_bounded_memory(make_proxy: MakeProxy) -> None:
    block, count = bytes(range(256)) * 1024, 160  # 40 MiB
    sums: list[int] = []

    def script(line: Line) -> None:
        line.until(b"\r\n\r\n")
        got = sum(len(line.exactly(len(block))) for _ in range(count))
        sums.append(got)
        line.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"
            % (len(block) * count)
        )
        for _ in range(count):
            line.send(block)

    proxied = make_proxy(script)
    line = connect(proxied.origin, 30)
    size = len(block) * count
    line.send(
        b"PUT /files HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"
        % size
    )
    for _ in range(count):
        line.send(block)
    head = line.until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert all(line.exactly(len(block)) == block for _ in range(count))

    assert sums == [size]
    relayed = _last(proxied.seen)
    assert (relayed.message.body, relayed.message.is_whole) == (b"", False)
    assert relayed.reply is not None
    assert (relayed.reply.body, relayed.reply.is_whole) == (b"", False)


def test_upstream_is_asked_before_a_body_is_when_the_client_wants_to_know(make_proxy: MakeProxy) -> None:
    bodies: list[bytes] = []

    def script(line: Line) -> None:
        head = line.until(b"\r\n\r\n")
        assert b"expect: 100-continue" in head.lower()
        if b"/files" in head:
            line.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            bodies.append(line.exactly(5))
            line.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        else:
            line.send(b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")

    proxied = make_proxy(script)
    head = (
        b" HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    )
    line = connect(proxied.origin)
    line.send(b"PUT /files" + head)
    assert line.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.send(b"hello")
    assert line.message().status == 204

    refused = connect(proxied.origin)
    refused.send(b"PUT /other" + head)
    assert refused.message().status == 417
    assert bodies == [b"hello"]


def test_early_hints_pass(make_proxy: MakeProxy) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    proxied = make_proxy(answering(early + json_answer(CLEAN)))
    line = connect(proxied.origin)
    line.send(get())

    assert line.until(b"\r\n\r\n") == early
    assert line.message().body == CLEAN


def test_connections_are_kept_and_used_again(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(answering(json_answer(CLEAN)))
    line = connect(proxied.origin)
    for _ in range(5):
        line.send(get())
        assert line.message().body == CLEAN

    assert proxied.upstream.connections == 1


def test_connection_that_was_closed_meanwhile_does_no_harm(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(answering(json_answer(CLEAN), closes=True))
    line = connect(proxied.origin)
    for _ in range(5):
        line.send(get())
        assert line.message().body == CLEAN


def test_answer_that_nobody_asked_for_reaches_nobody(make_proxy: MakeProxy) -> None:
    evil = json_answer(b'["evil"]')

    def script(line: Line) -> None:
        line.message()
        line.send(json_answer(CLEAN) + evil)
        line.message()

    proxied = make_proxy(script)
    for _ in range(3):
        assert ask(proxied.origin, get()).body == CLEAN


def test_client_that_goes_takes_the_request_to_the_upstream_with_it(make_proxy: MakeProxy) -> None:
    ended: list[bool] = []
    asked = threading.Event()

    def script(line: Line) -> None:
        line.message()
        asked.set()
        ended.append(line.is_ended())
        asked.set()

    proxied = make_proxy(script)
    line = connect(proxied.origin)
    line.send(get())
    assert asked.wait(5)
    asked.clear()
    line.close()

    assert asked.wait(5)
    assert ended == [True]


def test_client_that_goes_while_it_sends_ends_the_request(make_proxy: MakeProxy) -> None:
    ended: list[bool] = []
    asked = threading.Event()

    def script(line: Line) -> None:
        line.until(b"\r\n\r\n")
        line.exactly(3)
        asked.set()
        ended.append(line.is_ended())
        asked.set()

    proxied = make_proxy(script)
    line = connect(proxied.origin)
    line.send(b"PUT /files HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
    assert asked.wait(5)
    asked.clear()
    line.close()

    assert asked.wait(5)
    assert ended == [True]


def test_websocket_is_told_to_go_elsewhere(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(None)
    more = (
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n"
    )

    got = ask(proxied.origin, get(b"/chat", more))

    assert got.status == 501
    assert "WebSocket" in json.loads(got.body)["detail"]
    assert proxied.upstream.connections == 0


def _last(seen: list[Relayed]) -> Relayed:
    deadline = time.monotonic() + 5
    while not seen and time.monotonic() < deadline:
        time.sleep(0.005)
    return seen[-1]
