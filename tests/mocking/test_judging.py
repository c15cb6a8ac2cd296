"""An exchange between any client and any server, held against a document."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from mockserver.document import builder
from mockserver.mocking.judging import Judge, Judged, Message, Reply

from .conftest import TEXT, build_document, closed

PET = closed({"name": TEXT, "age": {"type": "integer"}}, "name")
JSON = {"application/json": {"schema": PET}}
PATHS: dict[str, Any] = {
    "/pets": {
        "post": {
            "security": [{"key": []}],
            "requestBody": {"required": True, "content": JSON},
            "responses": {"201": {"description": "", "content": JSON}, "204": {"description": ""}},
        }
    },
    "/pets/{petId}": {
        "get": {
            "parameters": [
                {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}},
                {"name": "full", "in": "query", "schema": {"type": "boolean"}},
            ],
            "responses": {
                "200": {
                    "description": "",
                    "headers": {"X-Rate": {"required": True, "schema": {"type": "integer"}}},
                    "content": {**JSON, "text/plain": {"schema": TEXT}, "application/xml": {"schema": PET}},
                }
            },
        }
    },
}
CSV = ((b"Content-Type", b"text/csv"), (b"X-Rate", b"1"))
AS_JSON = ((b"Content-Type", b"application/json"),)
RATED = (*AS_JSON, (b"X-Rate", b"5"))
REX = b'{"name":"Rex"}'


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(build_document(PATHS))


def broken(judged: Judged) -> tuple[list[Any], list[Any]]:
    """Return location and rule of what request and answer break."""
    return (
        [(item.location, item.rule) for item in judged.request],
        [(item.location, item.rule) for item in judged.response],
    )


def test_exchange_that_keeps_the_contract_is_read_and_breaks_nothing(judge: Judge) -> None:
    judged = judge.judge(Message("GET", "/pets/7", b"full=true"), Reply(200, RATED, REX))

    assert broken(judged) == ([], [])
    assert judged.operation is not None
    assert (judged.values.path, judged.values.query) == ({"petId": 7}, {"full": True})
    assert judged.answer == {"name": "Rex"}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Message("GET", "/cats"), [(("path",), "path")]),
        (Message("PUT", "/pets"), [(("method",), "method")]),
        (Message("GET", "/pets/x", b"full=maybe"), [(("path", "petId"), "type"), (("query", "full"), "type")]),
        (Message("POST", "/pets", b"", AS_JSON, b"{}"), [(("body", "name"), "required")]),
        (Message("POST", "/pets", b"", AS_JSON, b"{"), [(("body",), "json")]),
        (Message("POST", "/pets"), [(("body",), "required")]),
        (Message("POST", "/pets", b"", CSV, b"a"), [(("header", "Content-Type"), "content")]),
        (Message("POST", "/pets", b"", AS_JSON, b"{", is_whole=False), []),
    ],
)  # fmt: skip
def test_everything_that_a_request_breaks_is_told(judge: Judge, message: Message, expected: Any) -> None:
    assert broken(judge.judge(message))[0] == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, RATED, b'{"name":5}'), [(("body", "name"), "type")]),
        (Reply(200, AS_JSON, REX), [(("header", "X-Rate"), "required")]),
        (Reply(200, RATED, b"<html>"), [(("body",), "json")]),
        (Reply(200, RATED), [(("body",), "required")]),
        (Reply(200, RATED, b"{", is_whole=False), []),
        (Reply(404, AS_JSON, b"{}"), [(("status",), "status")]),
        (Reply(500, AS_JSON, b"{}"), [(("status",), "status")]),
        (Reply(200, CSV, b"a"), [(("header", "Content-Type"), "content")]),
        (Reply(200, ((b"content-type", b"text/plain"), (b"x-rate", b"1")), b"a"), []),
        (Reply(200, ((b"content-type", b"application/xml"), (b"x-rate", b"1")), b"<a><name>x</name></a>"), []),
        (Reply(200, ((b"content-type", b"application/xml"), (b"x-rate", b"1")), b"<a><"), [(("body",), "xml")]),
        (Reply(200, (*RATED, (b"Content-Encoding", b"gzip")), gzip.compress(b"{}")), [(("body", "name"), "required")]),
        (Reply(200, (*RATED, (b"Content-Encoding", b"gzip")), REX), [(("body",), "encoding")]),
    ],
)  # fmt: skip
def test_everything_that_an_answer_breaks_is_told(judge: Judge, reply: Reply, expected: Any) -> None:
    assert broken(judge.judge(Message("GET", "/pets/7"), reply))[1] == expected


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        (Message("HEAD", "/pets/7"), Reply(200, RATED)),
        (Message("POST", "/pets", b"", AS_JSON, REX), Reply(204)),
    ],
)
def test_answer_without_a_body_where_http_has_none_is_fine(
    judge: Judge, message: Message, reply: Reply
) -> None:
    assert broken(judge.judge(message, reply)) == ([], [])


def test_missing_credentials_are_a_violation_of_the_request() -> None:
    model = build_document(PATHS)
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    judge = Judge(builder.build({**model.root, "components": {"securitySchemes": schemes}}, model.source))
    message = Message("POST", "/pets", b"", AS_JSON, REX)

    assert broken(judge.judge(message))[0] == [(("security",), "security")]
    message.headers = (*AS_JSON, (b"x-key", b"1"))
    assert broken(judge.judge(message))[0] == []
