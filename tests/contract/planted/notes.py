"""A small server that keeps its document, and can be told to break it in one way.

It shares nothing with the package: plain `http.server`, judged by python-jsonschema.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jsonschema
import yaml

DOCUMENT = Path(__file__).with_name("notes.yaml")
KEY = "secret-key"
PREFIX = "/v1"
KINDS = ("idea", "task", "quote")

_ROOT = yaml.safe_load(DOCUMENT.read_text())
_ID = re.compile(r"n[0-9]{1,9}")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,8})")


def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", **_ROOT})


_NEW, _CHANGE = _validator("NewNote"), _validator("NoteChange")


@dataclass
class Answer:
    """What goes back; a body of bytes is sent as it is."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body in bytes."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refused(Exception):
    """A request that is refused."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = Answer(status, {"code": code, "message": message})


class Notes:
    """The notes of one server; `bug` is the one thing that it does wrong, "" for nothing."""

    def __init__(self, bug: str = "") -> None:
        self.bug = bug
        self.notes: dict[str, dict[str, Any]] = {}
        self.gone: dict[str, dict[str, Any]] = {}
        self.made = 0
        self.lock = threading.Lock()

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            self.notes, self.gone, self.made = {}, {}, 0

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Return the answer to a request; names of headers are in lower case."""
        parts = urlsplit(target)
        try:
            with self.lock:
                found = self._route(method, parts.path, parts.query, headers, body)
        except Refused as refused:
            found = refused.answer
            if self.bug == "error of another shape" and found.status == 404:
                found = Answer(404, {"error": "not found"})
        if found.body is not None:
            found.headers.setdefault("Content-Type", "application/json")
        if self.bug == "coding that it does not have" and method == "GET" and found.status == 200:
            found.headers["Content-Encoding"] = "gzip"
        if self.bug == "broken gzip" and method == "GET" and found.status == 200:
            found.body, found.headers["Content-Encoding"] = gzip.compress(found.content)[:-9], "gzip"
        return found

    def _route(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Answer:
        item = re.fullmatch(rf"{PREFIX}/notes/([^/]+)", path)
        methods = {"GET": self._get, "PATCH": self._patch, "DELETE": self._delete} if item else None
        if path == f"{PREFIX}/notes":
            methods = {"GET": self._list, "POST": self._create}
        if methods is None:
            raise Refused(404, "missing", "no such path")
        if method not in methods:
            return self._wrong_method(methods, is_item=item is not None)
        if self.bug != "ignored auth" and headers.get("x-key") != KEY:
            raise Refused(401, "unauthorised", "the key is missing or wrong")
        if item:
            if not _ID.fullmatch(item[1]):
                raise Refused(400, "invalid", "this is no id")
            return methods[method](item[1], headers, body)
        return methods[method](query, headers, body)

    def _wrong_method(self, methods: dict[str, Any], *, is_item: bool) -> Answer:
        if self.bug == "method that is not declared":
            return Answer(200, {})
        if self.bug == "405 without Allow":
            raise Refused(405, "method", "no such method")
        allow = "GET, PUT" if self.bug == "wrong Allow" else ", ".join(methods)
        return Answer(405, {"code": "method", "message": "no such method"}, {"Allow": allow})

    # One function for each operation.

    def _list(self, query: str, headers: dict[str, str], body: bytes) -> Answer:
        asked = self._asked(query)
        kind, limit, offset = asked.get("kind"), int(asked.get("limit", 20)), int(asked.get("offset", 0))
        found = list(self.notes.values())
        if self.bug == "deleted is still listed":
            found += self.gone.values()
        if self.bug == "created is not listed":
            found = found[:-1]
        if kind is not None and self.bug != "ignored filter":
            found = [note for note in found if note["kind"] == kind]
        if "sort" in asked and self.bug != "ignored sort":
            found.sort(key=lambda note: note.get("rating", 0), reverse=asked["sort"].startswith("-"))
        total = len(found)
        start = max(offset - 1, 0) if self.bug == "pages overlap" else offset
        page = found[start:] if self.bug == "ignored limit" else found[start : start + limit]
        if self.bug == "wrong page total":
            total = len(page)
        sent = {"X-Rate-Left": "99"}
        if offset + limit < len(found):
            following = offset if self.bug == "Link to the same page" else offset + limit
            path = "/pages" if self.bug == "broken Link" else f"{PREFIX}/notes"
            link = f"{path}?{urlencode({**asked, 'limit': limit, 'offset': following})}"
            sent["Link"] = f'<{link}>; rel="next"'
        return self._flawed(
            Answer(200, {"items": [self._shown(note) for note in page], "total": total}, sent)
        )

    def _asked(self, query: str) -> dict[str, str]:
        """Return the fields of a query that are known, judged."""
        asked: dict[str, str] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            if name in ("limit", "offset", "kind", "sort"):
                asked.setdefault(name, value)
        for name, least, most in (("limit", 1, 50), ("offset", 0, 1_000_000)):
            text = asked.get(name)
            if text is not None and not (_WHOLE.fullmatch(text) and least <= int(text) <= most):
                if self.bug == "500 on odd input":
                    raise ZeroDivisionError
                raise Refused(400, "invalid", f"{name} is not allowed")
        if asked.get("kind", "idea") not in KINDS or asked.get("sort", "rating") not in ("rating", "-rating"):
            raise Refused(400, "invalid", "not one of the values")
        return asked

    def _create(self, query: str, headers: dict[str, str], body: bytes) -> Answer:
        tenant = headers.get("x-tenant")
        if self.bug != "required header is not asked for" and not re.fullmatch("[a-z]{1,20}", tenant or ""):
            raise Refused(400, "invalid", "X-Tenant is not allowed")
        value = self._read(headers, body, _NEW)
        self.made += 0 if self.bug == "same id twice" and self.made else 1
        made = {"id": f"n{self.made}", **value, "createdAt": "2026-01-02T03:04:05Z"}
        if self.bug == "field is lost":
            made.pop("tags", None)
        if self.bug != "created is not kept":
            self.notes[made["id"]] = made
        place = "/elsewhere/" if self.bug == "Location to nowhere" else f"{PREFIX}/notes/"
        sent = {} if self.bug == "missing Location" else {"Location": place + made["id"]}
        shown = self._shown(made)
        if self.bug == "wrong status":
            return Answer(200, shown, sent)
        if self.bug == "no body":
            return Answer(201, None, sent)
        return Answer(201, shown, sent)

    def _get(self, id: str, headers: dict[str, str], body: bytes) -> Answer:
        if self.bug == "use after free" and id in self.gone:
            return Answer(200, self._shown(self.gone[id]), {"X-Rate-Left": "99"})
        return self._flawed(Answer(200, self._shown(self._known(id)), {"X-Rate-Left": "99"}))

    def _patch(self, id: str, headers: dict[str, str], body: bytes) -> Answer:
        note = self._known(id)
        value = self._read(headers, body, _CHANGE)
        if self.bug == "update is not kept":
            return Answer(200, self._shown({**note, **value}))
        if self.bug == "update loses the rest":
            note = {name: note[name] for name in ("id", "title", "kind", "createdAt")}
        self.notes[id] = {**note, **value}
        if self.bug == "update answers what was before":
            return Answer(200, self._shown(note))
        return Answer(200, self._shown(self.notes[id]))

    def _delete(self, id: str, headers: dict[str, str], body: bytes) -> Answer:
        self.gone[id] = self._known(id)
        if self.bug != "deleted is kept":
            del self.notes[id]
        return Answer(204)

    # What they share.

    def _known(self, id: str) -> dict[str, Any]:
        if id not in self.notes:
            if self.bug == "404 as 418":
                raise Refused(418, "missing", "there is no such note")
            raise Refused(404, "missing", "there is no such note")
        return self.notes[id]

    def _read(self, headers: dict[str, str], body: bytes, validator: Any) -> dict[str, Any]:
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "invalid", "only JSON is taken")
        try:
            value = json.loads(body, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise Refused(400, "invalid", "this is no JSON") from None
        if (
            self.bug == "500 on odd text"
            and isinstance(value, dict)
            and not str(value.get("title")).isascii()
        ):
            raise ZeroDivisionError
        if self.bug == "refuses what is valid" and isinstance(value, dict) and value.get("kind") == "quote":
            raise Refused(400, "invalid", "no quotes today")
        errors = list(validator.iter_errors(value))
        if self.bug == "accepts what is invalid":
            errors = [error for error in errors if error.validator not in ("maximum", "minimum", "maxLength")]
        if errors:
            raise Refused(400, "invalid", errors[0].message)
        # 3.0 is an integer for JSON Schema.
        return {**value, "rating": int(value["rating"])} if "rating" in value else dict(value)

    def _shown(self, note: dict[str, Any]) -> dict[str, Any]:
        """Return a note as it is shown."""
        changes: dict[str, dict[str, Any]] = {
            "wrong type": {"title": 5},
            "value outside of the enum": {"kind": "misc"},
            "null where none may be": {"tags": None},
            "field too many": {"owner": "me"},
            "wrong format": {"createdAt": "yesterday"},
            "number out of bounds": {"rating": 6},
        }
        shown = {**note, **changes.get(self.bug, {})}
        if self.bug == "missing field":
            del shown["createdAt"]
        return shown

    def _flawed(self, answer: Answer) -> Answer:
        """Return the answer of a GET with what is wrong with all of them."""
        match self.bug:
            case "missing header":
                del answer.headers["X-Rate-Left"]
            case "header of the wrong type":
                answer.headers["X-Rate-Left"] = "many"
            case "undeclared media type":
                answer.headers["Content-Type"] = "text/html"
            case "not JSON":
                answer.body = answer.content[:-1]
            case "wrong charset":
                answer.headers["Content-Type"] = "application/json; charset=utf-16"
        return answer


def _no_number(text: str) -> Any:
    raise ValueError(text)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    server: Server

    def _any(self) -> None:
        body = self._body()
        if body is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.path == "/reset":
            self.server.notes.reset()
            answer = Answer(204)
        else:
            try:
                answer = self.server.notes.answer(self.command, self.path, headers, body)
            except ZeroDivisionError:
                answer = Answer(500, b"Internal Server Error", {"Content-Type": "text/plain"})
        self.server.requests += 1
        content = answer.content
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _body(self) -> bytes | None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            self.send_error(400)
            return None
        return self.rfile.read(int(length))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._any
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The server of one `Notes`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, notes: Notes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.notes = notes
        self.requests = 0

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """What the document's paths follow."""
        return self.origin + PREFIX

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients go away as they like."""


@contextmanager
def serving(bug: str = "") -> Iterator[Server]:
    """Serve with a bug for as long as the context is open."""
    with Server(Notes(bug)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)
