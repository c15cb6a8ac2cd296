"""An exchange as JSON, and back to the messages that it was."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import jsontext
from mockserver.document.routing import Router
from mockserver.errors import Violation
from mockserver.mocking import transcript
from mockserver.mocking.exchange import Answer, Exchange
from mockserver.mocking.guard import Guard
from mockserver.mocking.judging import Message
from mockserver.mocking.redaction import Redaction
from mockserver.mocking.sharing import pack, unpack

from .conftest import NOON, build_document

AS_JSON = (b"content-type", b"application/json")
KEPT = Redaction(())


def exchange(
    body: bytes = b"", *, path: str = "/a", query: bytes = b"", headers: Any = (AS_JSON,), status: int = 200
) -> Exchange:
    return Exchange(
        "default", NOON, None, None, "POST", path, query, list(headers), body,
        Answer(status), [AS_JSON], b"{}",
    )  # fmt: skip


def again(seen: Exchange) -> Any:
    text = transcript.line(seen, KEPT)
    assert text.endswith(b"\n")
    assert text.count(b"\n") == 1
    return transcript.messages(jsontext.loads(text))


@settings(max_examples=150, deadline=None)
@given(
    body=st.binary(max_size=40) | st.text(max_size=20).map(str.encode),
    kind=st.sampled_from([b"application/json", b"text/plain", b"application/octet-stream", b"image/png"]),
    query=st.binary(max_size=10),
)
def test_what_is_written_is_read_as_the_same_message(body: bytes, kind: bytes, query: bytes) -> None:
    sent, reply = again(exchange(body, query=query, headers=[(b"content-type", kind)]))

    assert (sent.method, sent.path, sent.query) == ("POST", "/a", query)
    assert sent.header("content-type") == kind.decode()
    try:
        assert jsontext.loads(sent.body) == jsontext.loads(body)
    except jsontext.JsonError:
        assert sent.body == body
    assert (reply.status, reply.body, sent.is_whole, reply.is_whole) == (200, b"{}", True, True)


def test_body_that_is_too_long_for_a_line_is_cut_and_known_to_be() -> None:
    sent, _ = again(exchange(b'"' + b"x" * transcript.LINE_BODY_LIMIT + b'"'))

    assert (len(sent.body), sent.is_whole) == (transcript.LINE_BODY_LIMIT, False)


def test_what_a_request_breaks_that_was_passed_on_is_told_and_kept_for_other_processes() -> None:
    seen = exchange()
    seen.request_violations = (Violation(("query", "a"), "type", "is no number", "x", "/paths"),)

    assert transcript.shown(seen, KEPT)["request"]["violations"] == [
        {"location": ["query", "a"], "rule": "type", "message": "is no number", "pointer": "/paths"}
    ]
    assert unpack(1, pack(seen), lambda *_: None).request_violations == seen.request_violations


def test_connection_that_ended_has_no_reply() -> None:
    assert again(exchange(status=0))[1] is None


def test_names_of_cookies_are_told_and_their_values_are_not() -> None:
    fields = [(b"cookie", b"a=s3cret; b=s3cret=2; s3cret"), (b"Set-Cookie", b"id=s3cret; Path=/")]

    shown = KEPT.headers(fields)

    assert shown == {"cookie": "a=[redacted]; b=[redacted]; [redacted]", "set-cookie": "id=[redacted]"}


@pytest.mark.parametrize(
    ("scheme", "sent"),
    [
        ("basic", b"Basic dXNlcjpwYXNz"),
        ("bearer", b"Bearer abc"),
        ("digest", b'Digest username="u", realm="r", nonce="n", uri="/", response="x"'),
    ],
)
def test_redacted_credentials_are_still_credentials(scheme: str, sent: bytes) -> None:
    """What was let in is let in when it is judged again."""
    root = {
        "openapi": "3.1.0",
        "info": {"title": "", "version": ""},
        "components": {"securitySchemes": {"it": {"type": "http", "scheme": scheme}}},
        "paths": {"/a": {"get": {"security": [{"it": []}], "responses": {"204": {"description": ""}}}}},
    }
    document = _built(root)
    guard = Guard(document, next(iter(document.operations.values())), {})

    message, _ = again(exchange(headers=[(b"authorization", sent)]))

    assert "redacted" in (message.header("authorization") or "") or scheme == "basic"
    guard.verify(message)


def _built(root: dict[str, Any]) -> Any:
    from pathlib import Path

    from mockserver.document import builder

    return builder.build(root, Path("api.yaml"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "it is an array, not an object"),
        ({}, "'method' is missing"),
        ({"method": "GET", "path": 3}, "'path' is an integer, not a string"),
        ({"method": "GET", "path": "/", "status": "200"}, "'status' is a string, not an integer"),
        ({"method": "GET", "path": "/", "status": 200, "request": 1}, "'request' is an integer"),
        (
            {"method": "GET", "path": "/", "status": 200, "request": {"headers": []}},
            "the 'headers' of 'request' are no",
        ),
        ({"method": "GET", "path": "/", "status": 200, "answer": {"body": {"kind": "x"}}}, "'content'"),
        (
            {
                "method": "GET",
                "path": "/",
                "status": 200,
                "answer": {"body": {"kind": "base64", "content": "é"}},
            },
            "base64",
        ),
        (
            {"method": "GET", "path": "/", "status": 200, "answer": {"body": {"kind": "xml", "content": ""}}},
            "'xml'",
        ),
    ],
)
def test_what_is_no_exchange_is_said_to_be_none_and_why(value: Any, said: str) -> None:
    with pytest.raises(transcript.NotAnExchange, match=said):
        transcript.messages(value)


def test_path_is_taken_home_from_below_the_names_of_world_and_document() -> None:
    document = build_document({"/pets/{id}": {"get": {"operationId": "getPet", "responses": {}}}})
    router = Router(document)

    def home(path: str, operation: str = "getPet") -> str:
        return transcript.at_home(Message("GET", path), operation, router).path

    assert home("/@mine/shop/pets/1") == "/pets/1"
    assert home("/pets/1") == "/pets/1"
    assert home("/shop/pets/1", "") == "/shop/pets/1"
    assert home("/shop/pets/1", "listPets") == "/shop/pets/1"
    assert home("/nowhere") == "/nowhere"


def test_bytes_that_are_no_text_are_base64() -> None:
    shown = transcript.shown(exchange(b"\xff\xfe", headers=[]), KEPT)

    assert shown["request"]["body"]["content"] == base64.b64encode(b"\xff\xfe").decode()
