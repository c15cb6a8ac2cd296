"""What breaks the document is told, or refused."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest

from mockserver.mocking.exchange import ResponseSource
from mockserver.server.proxying import Relayed
from tests.server.proxying.conftest import MakeProxy, Proxied
from tests.server.proxying.kit import Heard, answering, ask, get, json_answer

CLEAN = b'[{"id": 1, "name": "Rex"}]'
BROKEN = b'[{"id": "one", "name": "Rex"}, {"id": 2}]'


def violations(heard: Heard) -> list[dict[str, Any]]:
    found = heard.one(b"Mock-Violations")
    return [] if found is None else json.loads(found)


def post(body: bytes) -> bytes:
    return (
        b"POST /pets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body)
    )


def last(proxied: Proxied) -> Relayed:
    deadline = time.monotonic() + 5
    while not proxied.seen and time.monotonic() < deadline:
        time.sleep(0.005)
    return proxied.seen[-1]


def test_answer_that_breaks_the_document_passes_and_says_so(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(answering(json_answer(BROKEN)))

    got = ask(proxied.origin, get())

    assert (got.status, got.body) == (200, BROKEN)
    assert [(item["of"], item["location"], item["rule"]) for item in violations(got)] == [
        ("response", ["body", 0, "id"], "type"),
        ("response", ["body", 1, "name"], "required"),
    ]
    (exchange,) = proxied.application.world.journal
    assert (exchange.answer.source, exchange.answer.status) == (ResponseSource.UPSTREAM, 200)
    assert exchange.content == BROKEN
    assert [item.location for item in exchange.answer.violations or ()] == [
        ("body", 0, "id"),
        ("body", 1, "name"),
    ]
    assert last(proxied).judged.response == exchange.answer.violations


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_copy_of_a_compressed_body_is_judged_where_it_can_be_read(make_proxy: MakeProxy, coding: str) -> None:
    body = gzip.compress(BROKEN) if coding == "gzip" else BROKEN
    proxied = make_proxy(answering(json_answer(body, more=b"Content-Encoding: %s\r\n" % coding.encode())))

    got = ask(proxied.origin, get())

    assert got.body == body
    assert len(violations(got)) == (2 if coding == "gzip" else 0)


@pytest.mark.parametrize(
    ("answer", "location"),
    [
        (json_answer(CLEAN, b"299 Odd"), ["status"]),
        (json_answer(CLEAN).replace(b"application/json", b"text/plain"), ["header", "Content-Type"]),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n", ["body"]),
        (json_answer(b"[1,"), ["body"]),
    ],
)
def test_each_kind_of_violation_is_in_the_header(
    make_proxy: MakeProxy, answer: bytes, location: list[str]
) -> None:
    proxied = make_proxy(answering(answer))

    assert [item["location"] for item in violations(ask(proxied.origin, get()))] == [location]


def test_request_that_breaks_the_document_passes_and_is_told_in_the_answer(make_proxy: MakeProxy) -> None:
    seen: list[Heard] = []
    proxied = make_proxy(answering(json_answer(b'{"id": 1, "name": "Rex"}', b"201 Created"), seen=seen))

    got = ask(proxied.origin, post(b'{"id": "x"}'))

    assert seen[0].body == b'{"id": "x"}'
    assert {(item["of"], *item["location"]) for item in violations(got)} == {
        ("request", "body", "id"),
        ("request", "body", "name"),
    }
    (exchange,) = proxied.application.world.journal
    assert len(exchange.request_violations) == 2
    assert exchange.answer.violations == ()


def test_header_stays_bounded_and_in_ascii_whatever_breaks(make_proxy: MakeProxy) -> None:
    many = json.dumps(
        [{"id": "\u007f\u00e9\U0001f600" * 50, "name": number} for number in range(500)]
    ).encode()
    proxied = make_proxy(answering(json_answer(many)))

    got = ask(proxied.origin, get())

    header = got.one(b"Mock-Violations")
    assert header is not None
    assert len(header) < 4000
    assert header.isascii()
    assert violations(got)[-1]["message"].endswith("more")


def test_unknown_path_passes_and_is_told(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(answering(json_answer(b"{}")))

    got = ask(proxied.origin, get(b"/elsewhere"))

    assert (got.status, violations(got)[0]["rule"]) == (200, "path")


def test_upstreams_own_words_about_mocks_are_not_taken_for_ours(make_proxy: MakeProxy) -> None:
    more = b"Mock-Source: state\r\nMock-Violations: []\r\n"
    proxied = make_proxy(answering(json_answer(BROKEN, more=more)))

    got = ask(proxied.origin, get())

    assert got.one(b"mock-source") == b"upstream"
    assert len(violations(got)) == 2


def test_errors_refuse_a_broken_request_before_it_goes_on(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(answering(json_answer(b'{"id": 1, "name": "Rex"}', b"201 Created")), errors=True)

    refused = ask(proxied.origin, post(b'{"id": "x"}'))
    passed = ask(proxied.origin, post(b'{"id": 1, "name": "Rex"}'))

    assert refused.status == 422
    assert json.loads(refused.body).keys() == {"code", "message"}
    assert refused.one(b"mock-source") == b"refusal"
    assert len(violations(refused)) == 2
    assert (passed.status, violations(passed)) == (201, [])
    assert proxied.upstream.connections == 1


def test_errors_answer_unknown_paths_and_methods_as_the_mock_does(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(None, errors=True)

    assert ask(proxied.origin, get(b"/elsewhere")).status == 404
    wrong = ask(proxied.origin, get(method=b"DELETE"))
    assert (wrong.status, wrong.one(b"allow")) == (405, b"GET, POST, HEAD, OPTIONS")
    assert proxied.upstream.connections == 0


def test_errors_refuse_a_broken_answer_in_the_declared_shape(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(answering(json_answer(BROKEN)), errors=True)

    got = ask(proxied.origin, get())

    assert got.status == 502
    assert json.loads(got.body).keys() == {"code", "message"}
    assert [item["location"] for item in violations(got)] == [["body", 0, "id"], ["body", 1, "name"]]


def test_errors_wait_for_a_slow_answer_and_let_undeclared_refusals_pass(make_proxy: MakeProxy) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    slow = make_proxy(answering(head + b"1\r\n[\r\n", b"2\r\n7]\r\n0\r\n\r\n", pause=0.4), errors=True)
    assert ask(slow.origin, get()).status == 502

    limited = make_proxy(answering(json_answer(b"{}", b"429 Too Many Requests")), errors=True)
    assert ask(limited.origin, get()).status == 429


def test_body_beyond_the_limit_passes_and_is_said_not_to_be_judged(make_proxy: MakeProxy) -> None:
    body = b"[" + b'{"id": "x"}, ' * 1000 + b"0]"
    proxied = make_proxy(answering(json_answer(body)), judge_limit=1000, errors=True)

    got = ask(proxied.origin, get())

    assert (got.status, got.body, violations(got)) == (200, body, [])
    assert "not judged" in last(proxied).detail


def test_control_api_answers_beside_the_upstream(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(answering(json_answer(BROKEN)))
    ask(proxied.origin, get(b"/pets?limit=3"))

    journal = json.loads(ask(proxied.origin, get(b"/__mock__/journal")).body)

    (exchange,) = journal["exchanges"]
    assert (exchange["source"], exchange["query"], exchange["operation"]) == (
        "upstream",
        "limit=3",
        "listPets",
    )
    assert [item["rule"] for item in exchange["violations"]] == ["type", "required"]
