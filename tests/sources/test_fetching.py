"""Documents from the web: from a server on this machine, and from none."""

from __future__ import annotations

import gzip
import io
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mockserver.errors import DocumentError
from mockserver.sources.fetching import Fetcher, fetch, read_stdin

BOMB = gzip.compress(b"0" * 5_000_000)


class Site(BaseHTTPRequestHandler):
    """A site with good and bad pages."""

    def do_GET(self) -> None:
        answers = {
            "/api.yaml": (200, {"Content-Type": "text/yaml"}, b"openapi: 3.1.0"),
            "/page": (200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>"),
            "/moved": (302, {"Location": "/api.yaml"}, b""),
            "/loop": (302, {"Location": "/loop"}, b""),
            "/file": (302, {"Location": "file:///etc/hostname"}, b""),
            "/slow": (200, {}, b""),
            "/bomb": (200, {"Content-Encoding": "gzip"}, BOMB),
        }
        status, headers, body = answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.path == "/slow":
            self.end_headers()
            for _ in range(50):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    return
                time.sleep(0.02)
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The origin of a running site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(5)


@pytest.mark.parametrize("path", ["/api.yaml", "/moved"])
def test_url_gives_its_bytes(site: str, path: str) -> None:
    assert fetch(site + path) == b"openapi: 3.1.0"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nowhere", "the server answers 404 Not Found"),
        ("/page", "it is a web page, not a document"),
        ("/loop", "it redirects more than 10 times"),
        ("/file", "file://"),
        ("/bomb", "it is longer than 100000 bytes"),
    ],
)
def test_url_that_gives_no_document_is_one_line(site: str, path: str, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        fetch(site + path, limit_bytes=100_000)

    assert str(caught.value).startswith(f"cannot read {site}{path}: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_answer_that_trickles_ends_by_the_time_limit(site: str) -> None:
    started = time.monotonic()
    with pytest.raises(DocumentError):
        fetch(f"{site}/slow", limit_seconds=0.2)

    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/api.yaml", "http://no-such-host.invalid/", "http://", "https://[", "http://\udcff/"],
)
def test_url_that_nobody_answers_is_one_line(url: str) -> None:
    with pytest.raises(DocumentError) as caught:
        fetch(url, limit_seconds=5)

    assert str(caught.value).startswith(f"cannot read {url}: ")
    assert "\n" not in str(caught.value)


def test_host_that_cannot_be_reached_is_asked_once(monkeypatch: pytest.MonkeyPatch, site: str) -> None:
    asked: list[str] = []

    def counted(url: str) -> bytes:
        asked.append(url)
        return fetch(url, limit_seconds=5)

    monkeypatch.setattr("mockserver.sources.fetching.fetch", counted)
    fetcher = Fetcher()
    messages = []
    for name in ("a", "b"):
        with pytest.raises(DocumentError) as caught:
            fetcher.fetch(f"http://127.0.0.1:1/{name}")
        messages.append(str(caught.value))

    assert asked == ["http://127.0.0.1:1/a"]
    assert messages[1] == messages[0].replace("/a:", "/b:")
    assert fetcher.fetch(f"{site}/api.yaml") == b"openapi: 3.1.0"
    with pytest.raises(DocumentError):
        fetcher.fetch(f"{site}/nowhere")
    assert fetcher.fetch(f"{site}/moved") == b"openapi: 3.1.0", "a missing page says nothing about the host"


def stdin_of(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data))


def test_standard_input_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", stdin_of(b"openapi: 3.1.0\n"))

    assert read_stdin() == b"openapi: 3.1.0\n"


@pytest.mark.parametrize(("data", "reason"), [(b" \n", "is empty"), (b"x" * 11, "longer than 10 bytes")])
def test_standard_input_without_a_document_is_refused(
    monkeypatch: pytest.MonkeyPatch, data: bytes, reason: str
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin_of(data))

    with pytest.raises(DocumentError, match=reason):
        read_stdin(limit_bytes=10)


def test_closed_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(DocumentError, match="it is closed"):
        read_stdin()
