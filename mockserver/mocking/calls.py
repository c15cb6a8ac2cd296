"""Exchanges as tests look at them: which operation was called with what, typed by the document, and what was wrong."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final
from urllib.parse import unquote_plus

from mockserver import jsontext
from mockserver.document.media_types import essence_of, is_json
from mockserver.document.messages.fields import split_fields
from mockserver.document.messages.parameters import ParameterValues
from mockserver.document.model import Document, Operation
from mockserver.errors import Json, Violation
from mockserver.mocking import nearest
from mockserver.mocking.exchange import Exchange, ResponseSource
from mockserver.mocking.judging import Headers, Judge, Judged, Message
from mockserver.mocking.transcript import at_home

_WORLD: Final = "/@"
_NOT_ACCEPTABLE: Final = 406


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What was sent.

    Attributes:
        url: Path and query as they were sent, without what names the world.
        path, query, header, cookie: Parameters that were sent, by name (headers in lower case), typed by the document;
            query fields that it does not declare are there as texts.
        headers: All header fields, by name in lower case.
        body: The value of the body, typed by the document; None without one.
        fields: The query as it was sent, by name.
    """

    method: str
    url: str
    path: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)
    header: Mapping[str, Json] = field(default_factory=dict)
    cookie: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What came back: `source` is one of `ResponseSource`, `detail` says why this answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    source: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One request and its answer.

    Attributes:
        number: Counts the calls of a world, from 1.
        document: The name of the document; None where no document has the path.
        operation: The id of the operation; None where the document has none for the request.
        violations: What of the request the document does not allow.
        hints: Sentences that explain an unmatched or invalid call: what was probably meant.
    """

    number: int
    document: str | None
    operation: str | None
    request: CallRequest
    answer: CallAnswer
    violations: tuple[Violation, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def is_unmatched(self) -> bool:
        """Whether the document has no such operation, so that the mock could only refuse."""
        return self.operation is None and self.answer.source == ResponseSource.REFUSAL

    @property
    def is_invalid(self) -> bool:
        """Whether the request breaks the document."""
        return bool(self.violations)

    def __str__(self) -> str:
        status = self.answer.status or "no answer"
        return f"#{self.number} {self.request.method} {self.request.url} -> {status}"

    def as_dict(self) -> dict[str, Json]:
        """Return it as a JSON object, which `from_dict` takes; bytes become text, those that are none base64."""
        value = {
            **asdict(self),
            "violations": [item.as_dict() for item in self.violations],
            "unmatched": self.is_unmatched,
            "invalid": self.is_invalid,
        }
        found: dict[str, Json] = _plain(value)
        return found

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Call:
        """Return the call that `as_dict` made a JSON object of."""
        violations = tuple(
            Violation(tuple(item["location"]), item["rule"], item["message"], None, item["pointer"])
            for item in raw["violations"]
        )
        return cls(
            raw["number"],
            raw["document"],
            raw["operation"],
            CallRequest(**raw["request"]),
            CallAnswer(**raw["answer"]),
            violations,
            tuple(raw["hints"]),
        )


class Reader:
    """Reads exchanges as calls.

    Args:
        documents: What is served.
        auth: Whether a request without credentials is invalid.
        validate: Whether requests are judged at all.
    """

    def __init__(self, documents: Iterable[Document], *, auth: bool = True, validate: bool = True) -> None:
        self._documents = {document.name: document for document in documents}
        self._auth = auth
        self._validate = validate
        self._judges: dict[str, Judge] = {}

    def call(self, exchange: Exchange) -> Call:
        """Return an exchange as a call."""
        path = _without_world(exchange.path)
        query = exchange.query.decode("latin-1")
        fields = {
            name: [unquote_plus(text) for text in texts]
            for name, texts in split_fields(exchange.query, []).items()
        }
        headers = _texts(exchange.request_headers)
        answer = exchange.answer
        returned = _texts(exchange.answer_headers)
        request = CallRequest(
            exchange.method, f"{path}?{query}" if query else path, headers=headers, fields=fields
        )
        call = Call(
            exchange.number,
            exchange.document,
            exchange.operation.id if exchange.operation else None,
            request,
            CallAnswer(
                answer.status,
                returned,
                _value(exchange.content, returned.get("content-type", ""), exchange.content_size),
                answer.source.value,
                # Where the world is, a test knows.
                answer.detail.replace(exchange.path, path) if path != exchange.path else answer.detail,
            ),
        )
        if exchange.operation is None:
            body = _value(exchange.request_body, headers.get("content-type", ""), exchange.request_size)
            call = replace(call, request=replace(request, query=_single(fields), body=body))
            return self._explained(call, path) if call.is_unmatched else call
        return self._judged(call, exchange, exchange.operation, path)

    def _explained(self, call: Call, path: str) -> Call:
        """Return an unmatched call with what was probably meant."""
        documents = [
            document for name, document in self._documents.items() if call.document in (None, name)
        ] or list(self._documents.values())
        return replace(call, hints=nearest.places(documents, call.request.method, path))

    def _judged(self, call: Call, exchange: Exchange, operation: Operation, path: str) -> Call:
        """Return the call of an operation, with its typed values."""
        document = self._documents.get(exchange.document or "")
        if document is None:
            return call
        judge = self._judges.get(document.name)
        if judge is None:
            judge = self._judges[document.name] = Judge(document)
        judged = self._looked_at(judge, exchange, operation, path)
        fields, values = call.request.fields, judged.values
        request = replace(
            call.request,
            path=values.path,
            query={
                **_sent(values.query, "query", values),
                **_single(nearest.undeclared(document, operation, fields, values.query)),
            },
            header=_sent(values.header, "header", values),
            cookie=_sent(values.cookie, "cookie", values),
            body=judged.body,
        )
        found = judged.request if self._validate else ()
        if not self._auth:
            found = tuple(item for item in found if item.location != ("security",))
        answer = exchange.answer
        if answer.status == _NOT_ACCEPTABLE and answer.source is ResponseSource.REFUSAL:
            found += (Violation(("header", "accept"), "accept", answer.detail, None, operation.pointer),)
        hints = nearest.meanings(document, operation, request.fields, request.body, found)
        return replace(call, request=request, violations=found, hints=hints)

    @staticmethod
    def _looked_at(judge: Judge, exchange: Exchange, operation: Operation, path: str) -> Judged:
        """Return what a request is by its document."""
        message = Message(
            exchange.method,
            path,
            exchange.query,
            # The journal has the body as it was before its coding.
            [pair for pair in exchange.request_headers if pair[0].lower() != b"content-encoding"],
            exchange.request_body,
            is_whole=len(exchange.request_body) == exchange.request_size,
        )
        judged = judge.judge_request(at_home(message, operation.id, judge.router))
        # Another operation: e.g. of a path of which the journal has not kept all.
        return judged if judged.operation is operation else Judged(judged.route)


def _sent(values: Mapping[str, Json], place: str, all: ParameterValues) -> dict[str, Json]:
    """Return the parameters of a place that were sent, and are not only there by default."""
    return {name: value for name, value in values.items() if (place, name) not in all.filled}


def _without_world(path: str) -> str:
    """Return a path without `/@NAME` before it."""
    return "/" + path[len(_WORLD) :].partition("/")[2] if path.startswith(_WORLD) else path


def _texts(fields: Headers) -> dict[str, str]:
    """Return header fields by name in lower case, several of one name joined (RFC 9110 section 5.3)."""
    result: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "replace")
        result[name] = f"{result[name]}, {value}" if name in result else value
    return result


def _single(fields: Mapping[str, Sequence[str]]) -> dict[str, Json]:
    return {name: texts[0] if len(texts) == 1 else list(texts) for name, texts in fields.items()}


def _value(data: bytes, media_type: str, size: int) -> Json:
    """Return the value of a body: that of JSON, text where it is some, else bytes; None without one."""
    if not data:
        return None
    if len(data) == size and (not media_type or is_json(essence_of(media_type))):
        try:
            return jsontext.loads(data)
        except jsontext.JsonError:
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def _plain(value: Any) -> Json:
    """Return a value that JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return base64.b64encode(value).decode("ascii")
    return value
