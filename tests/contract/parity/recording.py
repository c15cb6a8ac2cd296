"""A client at work on a server, written down as a browser would: a HAR file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

KEY = {"X-Key": "test-key"}


class Browser:
    """Asks, and remembers.

    Args:
        base: URL of the server.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._entries: list[dict[str, Any]] = []

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        sent = {**KEY, "User-Agent": "browser", **(headers or {})}
        response = httpx.request(method, self._base + path, json=body, headers=sent)
        request: dict[str, Any] = {
            "method": method,
            "url": str(response.request.url),
            "headers": [{"name": name, "value": value} for name, value in response.request.headers.items()],
        }
        if body is not None:
            request["postData"] = {"mimeType": "application/json", "text": json.dumps(body)}
        self._entries.append(
            {
                "startedDateTime": "2026-01-02T03:04:05.678Z",
                "time": 3,
                "request": request,
                "response": {
                    "status": response.status_code,
                    "headers": [{"name": name, "value": value} for name, value in response.headers.items()],
                    "content": {"mimeType": response.headers.get("content-type", ""), "text": response.text},
                },
            }
        )
        return response

    def write(self, path: Path) -> Path:
        log = {"version": "1.2", "creator": {"name": "browser", "version": "1"}, "entries": self._entries}
        path.write_text(json.dumps({"log": log}))
        return path


def work(base: str, path: Path) -> Path:
    """Do what a client does with notes, and write it down."""
    browser = Browser(base)
    browser.ask("GET", "/about")
    notebook = browser.ask("POST", "/notebooks", {"title": "Plans"}).json()["id"]
    notes = f"/notebooks/{notebook}/notes"
    note = browser.ask("POST", notes, {"text": "Buy milk", "color": "red", "stars": 2}).json()["id"]
    browser.ask("POST", notes, {"text": "Call mum", "color": "blue"})
    cursor = browser.ask("GET", f"{notes}?limit=1").json()["nextCursor"]
    browser.ask("GET", f"{notes}?limit=1&cursor={cursor}")
    browser.ask("GET", f"{notes}?color=red")
    browser.ask("PATCH", f"{notes}/{note}", {"text": "Buy oat milk"})
    browser.ask("POST", f"{notes}/{note}/publish")
    browser.ask("GET", f"{notes}/{note}")
    browser.ask("GET", f"{notes}/{note}", headers={"X-Key": "wrong"})
    browser.ask("DELETE", f"{notes}/{note}")
    browser.ask("GET", f"{notes}/{note}")
    browser.ask("DELETE", f"/notebooks/{notebook}")
    browser.ask("GET", "/elsewhere")
    return browser.write(path)
