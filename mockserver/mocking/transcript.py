"""An exchange as JSON: what the control API shows of it, a line of a journal file, and the way back to messages.

A journal file has one such object on each line (NDJSON). Each line stands for itself: several files, or several
processes that write into one, are just more lines.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any, Final

from mockserver import jsontext
from mockserver.document.media_types import essence_of, is_json
from mockserver.document.routing import Router
from mockserver.errors import Json
from mockserver.mocking.exchange import Exchange
from mockserver.mocking.instants import to_text
from mockserver.mocking.judging import Headers, Message, Reply
from mockserver.mocking.redaction import REDACTED, Redaction

LINE_BODY_LIMIT: Final = 1024 * 1024
"""Bytes of a body that a line of a journal file keeps."""

_DIGEST: Final = ("username", "realm", "nonce", "uri", "response")
_STAND_INS: Final = {
    f"basic {REDACTED}": f"Basic {base64.b64encode(b'redacted:redacted').decode()}",
    f"digest {REDACTED}": "Digest " + ", ".join(f"{name}={REDACTED}" for name in _DIGEST),
}
"""Credentials that are not told -> some of the same form: that there were any is all that is to be known."""


class NotAnExchange(ValueError):
    """A JSON value is no exchange; the text says what is wrong with it."""


# From an exchange to JSON.


def shown(seen: Exchange, redaction: Redaction, detail: str | None = None) -> dict[str, Json]:
    """Return an exchange as the control API's `Exchange` object, without credentials.

    Args:
        seen: The exchange.
        redaction: Knows which fields hold credentials.
        detail: Why the answer is what it is; None for the answer's own words.
    """
    answer = seen.answer
    sent = redaction.headers(seen.request_headers)
    returned = redaction.headers(seen.answer_headers)
    return {
        "number": seen.number,
        "world": seen.world,
        "received": to_text(seen.received),
        "document": seen.document,
        "operation": seen.operation.id if seen.operation else None,
        "method": seen.method,
        "path": seen.path,
        "query": redaction.query(seen.query),
        "request": {
            "headers": sent,
            "body": _body(seen.request_body, seen.request_size, sent.get("content-type")),
            "violations": [violation.as_dict() for violation in seen.request_violations],
        },
        "status": answer.status,
        "answer": {
            "headers": returned,
            "body": _body(seen.content, seen.content_size, returned.get("content-type")),
        },
        "source": answer.source.value,
        "detail": answer.detail if detail is None else detail,
        "violations": [violation.as_dict() for violation in answer.violations or ()],
    }


def line(seen: Exchange, redaction: Redaction, detail: str | None = None) -> bytes:
    """Return an exchange as a line of a journal file, its end included; for arguments see `shown`."""
    return jsontext.dumps(shown(seen, redaction, detail)) + b"\n"


def _body(data: bytes, size: int, content_type: str | None) -> dict[str, Json] | None:
    """Return a body: the value of JSON, text as it stands, all else in base64."""
    if not size:
        return None
    data = data[:LINE_BODY_LIMIT]
    truncated = len(data) < size

    def body(kind: str, content: Json) -> dict[str, Json]:
        return {"kind": kind, "content": content, "bytes": size, "truncated": truncated}

    if not truncated and (content_type is None or is_json(content_type)):
        try:
            return body("json", jsontext.loads(data))
        except jsontext.JsonError:
            pass
    text = _text(data, content_type or "", truncated=truncated)
    return body("base64", base64.b64encode(data).decode()) if text is None else body("text", text)


def _text(data: bytes, content_type: str, *, truncated: bool) -> str | None:
    """Return bytes as text, None if they are none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        # The cut may have gone through a character.
        if not truncated or error.start < len(data) - 3:
            return None
        text = data[: error.start].decode("utf-8")
    known = is_json(content_type) or essence_of(content_type).startswith("text/")
    return None if "\0" in text and not known else text


# And back.


def messages(value: Json) -> tuple[Message, Reply | None]:
    """Return the two messages of an `Exchange` object; no reply where the connection ended without one.

    A body is what it was, but for the white space of JSON; credentials are `[redacted]`, in a form that has the shape
    of credentials.

    Raises:
        NotAnExchange: It is no such object.
    """
    if not isinstance(value, dict):
        raise NotAnExchange(f"it is {_kind(value)}, not an object")
    method, path = _member(value, "method", str), _member(value, "path", str)
    query, status = value.get("query") or "", _member(value, "status", int)
    if not isinstance(query, str):
        raise NotAnExchange(f"'query' is {_kind(query)}, not a string")
    headers, body, is_whole = _message(value, "request")
    sent = Message(
        method, path, query.encode("latin-1", "replace"), _with_stand_ins(headers), body, is_whole=is_whole
    )
    if not status:
        return sent, None
    return sent, Reply(status, *_message(value, "answer"))


def messages_of(seen: Exchange) -> tuple[Message, Reply | None]:
    """Return the two messages of an exchange; no reply where the connection ended without one."""
    sent = Message(
        seen.method, seen.path, seen.query, seen.request_headers, seen.request_body,
        is_whole=len(seen.request_body) == seen.request_size,
    )  # fmt: skip
    if not seen.answer.status:
        return sent, None
    is_whole = len(seen.content) == seen.content_size
    return sent, Reply(seen.answer.status, seen.answer_headers, seen.content, is_whole=is_whole)


def at_home(message: Message, operation: str, router: Router) -> Message:
    """Return a request as it is below the document's own paths.

    Where it was recorded there may have been more before them, such as the name of the document or of a world. Nothing
    is changed where the path leads to the operation as it is, or nothing that is cut off makes it lead there.

    Args:
        message: As it was recorded.
        operation: The id of the operation that it was for; "" when unknown.
        router: Of the document.
    """
    known = router.find(message.method, message.path, message.query).operation
    if not operation or (known is not None and known.id == operation):
        return message
    path = message.path
    while (cut := path.find("/", 1)) > 0:
        path = path[cut:]
        found = router.find(message.method, path, message.query).operation
        if found is not None and found.id == operation:
            return replace(message, path=path)
    return message


def _message(value: dict[str, Json], name: str) -> tuple[Headers, bytes, bool]:
    """Return the header fields and the body of one of the messages, and whether that is all of it."""
    message = value.get(name)
    if message is None:
        return (), b"", True
    if not isinstance(message, dict):
        raise NotAnExchange(f"'{name}' is {_kind(message)}, not an object")
    fields = message.get("headers", {})
    if not isinstance(fields, dict) or not all(isinstance(text, str) for text in fields.values()):
        raise NotAnExchange(f"the 'headers' of '{name}' are no object of texts")
    headers = [
        (key.encode("utf-8", "replace"), text.encode("utf-8", "replace")) for key, text in fields.items()
    ]
    body = message.get("body")
    if body is None:
        return headers, b"", True
    if not isinstance(body, dict) or "content" not in body:
        raise NotAnExchange(f"the 'body' of '{name}' is no object with 'kind' and 'content'")
    return headers, _data(body.get("kind"), body["content"], name), not body.get("truncated")


def _data(kind: Json, content: Json, name: str) -> bytes:
    if kind == "json":
        return jsontext.dumps(content)
    if kind == "text" and isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    if kind == "base64" and isinstance(content, str):
        try:
            return base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotAnExchange(f"the 'body' of '{name}' is no base64: {error}") from error
    raise NotAnExchange(
        f"the 'body' of '{name}' is of the kind {kind!r}, which is none of json, text, base64"
    )


def _with_stand_ins(headers: Headers) -> Headers:
    return [
        (name, _STAND_INS.get(value.decode("latin-1").lower(), "").encode() or value)
        if name.lower() == b"authorization"
        else (name, value)
        for name, value in headers
    ]


def _member(value: dict[str, Json], name: str, kind: type) -> Any:
    if name not in value:
        raise NotAnExchange(f"'{name}' is missing")
    member = value[name]
    if not isinstance(member, kind) or isinstance(member, bool):
        raise NotAnExchange(f"'{name}' is {_kind(member)}, not {_NAMES[kind]}")
    return member


_NAMES: Final[dict[type, str]] = {
    str: "a string", int: "an integer", dict: "an object", list: "an array", bool: "a boolean", float: "a number",
}  # fmt: skip


def _kind(value: Json) -> str:
    return "null" if value is None else _NAMES.get(type(value), type(value).__name__)
