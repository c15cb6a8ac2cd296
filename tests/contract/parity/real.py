"""A small real server of `api.yaml`: nothing of ours is in it. One difference at a time can be planted."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

COLORS = ("red", "green", "blue")
NOTE_FIELDS = ("text", "color", "stars")


class Refused(Exception):
    def __init__(self, status: int, code: str, **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers


class Notes:
    """The data, and what is planted: names of `PLANTS`."""

    def __init__(self, *planted: str, key: str = "test-key") -> None:
        self.planted = set(planted)
        self.key = key
        self.notebooks: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()
        self.read: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self.numbers = iter(range(1, 100_000))
        self.began = False
        self.is_away = False
        self.lock = threading.Lock()
        for title in ("Travel", "Work", "Home"):
            notebook = self.make_notebook({"title": title})
            for color in COLORS:
                self.make_note(notebook["id"], {"text": f"{title} in {color}", "color": color, "stars": 3})

    def has(self, name: str) -> bool:
        return name in self.planted

    def id(self, letter: str) -> str:
        if self.has("own-numbers"):
            return str(len(self.notebooks if letter == "b" else self.notes) + 1 - (6 if letter == "n" else 0))
        number = next(self.numbers)
        # As the mock's: UUIDs.
        return f"{number}" if self.has("short-ids") else f"{number:08x}-0000-4000-8000-{ord(letter):012x}"

    def make_notebook(self, body: dict[str, Any]) -> dict[str, Any]:
        notebook = {"id": self.id("b"), "title": body["title"], "createdAt": now()}
        self.notebooks[notebook["id"]] = notebook
        return notebook

    def make_note(self, notebook: str, body: dict[str, Any]) -> dict[str, Any]:
        note = {
            "id": self.id("n"), "notebookId": notebook,
            **{name: body[name] for name in NOTE_FIELDS if name in body},
            "state": "published" if self.has("born-published") else "draft", "createdAt": now(), "updatedAt": now(),
        }  # fmt: skip
        if self.has("upper-text"):
            note["text"] = note["text"].upper()
        if self.has("extra-property"):
            note["owner"] = "me"
        self.notes[note["id"]] = note
        return note

    def answer(self, method: str, target: str, headers: Any, body: Any) -> tuple[int, Any, dict[str, str]]:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/v1")
        if self.has("moved"):
            raise Refused(308, "moved", Location=f"https://api.example.com{parts.path}")
        self.is_away = self.has("goes-away") and len(self.requests) > 4
        if path == "/about":
            return 200, {"version": "9.2"}, {}
        if headers.get("X-Key") != self.key and not (self.has("open-door") and method == "GET"):
            raise Refused(403 if self.has("forbidden") else 401, "no_key")
        if path == "/notebooks":
            if method == "POST":
                check(body, {"title"}, {"title"})
                made = self.make_notebook(body)
                leads = "/v1/notebooks/1" if self.has("location-elsewhere") else f"/v1/notebooks/{made['id']}"
                return 201, made, {} if self.has("no-location") else {"Location": leads}
            return 200, list(self.notebooks.values()), {}
        match = re.fullmatch(r"/notebooks/([^/]+)(?:/notes(?:/([^/]+))?(/publish)?)?", path)
        if match is None:
            raise Refused(404, "not_found")
        notebook, note, publish = match.groups()
        if notebook not in self.notebooks:
            raise Refused(404, "no_notebook")
        if "/notes" not in path:
            return self.of_notebook(method, notebook)
        if note is None:
            return self.of_notes(method, notebook, query, body)
        if note in self.gone and method == "GET" and not self.has("gone-404"):
            raise Refused(410, "gone")
        if self.has("lags") and method == "GET" and note in self.notes and note not in self.read:
            self.read.add(note)
            raise Refused(404, "not_yet")
        if note not in self.notes or self.notes[note]["notebookId"] != notebook:
            raise Refused(404, "no_note")
        return self.of_note(method, note, publish, body)

    def of_notebook(self, method: str, id: str) -> tuple[int, Any, dict[str, str]]:
        if method == "DELETE":
            if not self.has("undeletable"):
                del self.notebooks[id]
                self.notes = {key: note for key, note in self.notes.items() if note["notebookId"] != id}
            return 204, None, {}
        return 200, self.notebooks[id], {}

    def of_notes(
        self, method: str, notebook: str, query: dict[str, str], body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        if method == "POST":
            if self.has("slow-down") and not self.began:
                self.began = True
                raise Refused(429, "slow_down", **{"Retry-After": "1"})
            if not (self.has("accepts-all") and isinstance(body, dict)):
                check(body, {"text", "color"}, set(NOTE_FIELDS))
            made = self.make_note(notebook, {"text": "", "color": "red", **body})
            return 200 if self.has("status-200") else 201, made, {}
        found = [note for note in self.notes.values() if note["notebookId"] == notebook]
        if "color" in query and not self.has("no-filter"):
            found = [note for note in found if note["color"] == query["color"]]
        if self.has("late-list"):
            found = [note for note in found if note["state"] == "published"]
        if "sort" in query and not self.has("no-sort"):
            name = query["sort"].lstrip("-")
            found.sort(key=lambda note: note.get(name, 0), reverse=query["sort"].startswith("-"))
        limit = 20 if self.has("no-limit") else int(query.get("limit", 20))
        start = 0 if self.has("same-page") else int(query.get("cursor", 0))
        rest = len(found) > start + limit
        total = min(limit, len(found)) if self.has("page-total") else len(found)
        items = found[start : start + limit]
        if self.has("number-text"):
            items = [{**note, "text": len(note["text"])} for note in items]
        return 200, {"items": items, "total": total, "nextCursor": str(start + limit) if rest else None}, {}

    def of_note(
        self, method: str, id: str, publish: str | None, body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        note = self.notes[id]
        if publish:
            if note["state"] != "draft":
                raise Refused(409, "published")
            if not self.has("stays-draft"):
                note["state"] = "published"
        elif method == "DELETE":
            if not self.has("zombie"):
                del self.notes[id]
                self.gone.add(id)
            return 204, None, {}
        elif method == "PATCH":
            check(body, set(), set(NOTE_FIELDS))
            if not self.has("lost-update"):
                note.update({name: value for name, value in body.items() if name in NOTE_FIELDS})
            note["updatedAt"] = now()
            if self.has("lost-update"):
                return 200, {**note, **body}, {}
        if self.has("no-state") and method == "GET":
            return 200, {name: value for name, value in note.items() if name != "state"}, {}
        return 200, note, {}


def check(body: Any, required: set[str], known: set[str]) -> None:
    """Refuse a body that is wrong."""
    if not isinstance(body, dict) or not required <= body.keys():
        raise Refused(422, "incomplete")
    for name in known & body.keys():
        value = body[name]
        is_right = (
            isinstance(value, int) and 0 <= value <= 5
            if name == "stars"
            else isinstance(value, str) and value
        )
        if not is_right or (name == "color" and value not in COLORS):
            raise Refused(422, "invalid")


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class _Handler(BaseHTTPRequestHandler):
    notes: Notes
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        media_type = "application/json"
        if self.notes.has("slow"):
            time.sleep(0.1)
        try:
            with self.notes.lock:
                self.notes.requests.append((self.command, self.path))
                body = json.loads(text) if text else None
                status, value, headers = self.notes.answer(self.command, self.path, self.headers, body)
                if self.notes.is_away:
                    self.close_connection = True
                    return
        except Refused as refused:
            status, value, headers = (
                refused.status,
                {"code": refused.code, "message": "refused"},
                refused.headers,
            )
        except ValueError:
            status, value, headers = 422, {"code": "no_json", "message": "refused"}, {}
        content = b"" if value is None else json.dumps(value).encode()
        if self.notes.has("html-errors") and status >= 400:
            media_type, content = "text/html", b"<h1>no</h1>"
        if self.notes.has("garbage") and status == 200 and self.path.endswith("/about"):
            content = b'{"version": '
        self.send_response(status)
        for name, text_value in headers.items():
            self.send_header(name, text_value)
        if content:
            self.send_header("Content-Type", media_type)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = serve

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(notes: Notes) -> Iterator[str]:
    """Serve the data on a free port, and give the base URL."""
    handler: Callable[..., Any] = type("Handler", (_Handler,), {"notes": notes})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
