"""A client of the shop, which knows nothing of who answers, and what it sees."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from . import shop


@dataclass
class Client:
    """Asks, and remembers what was answered: (what was asked, status, body)."""

    origin: str
    seen: list[tuple[str, int, Any]] = field(default_factory=list)
    token: str = ""

    def ask(self, method: str, path: str, body: Any = None, *, shown: str = "", **headers: str) -> Any:
        """Send a request, and return the body of the answer; `shown` is its name where its path differs."""
        connection = http.client.HTTPConnection(urlsplit(self.origin).netloc, timeout=10)
        data = json.dumps(body).encode() if body is not None else None
        fields = {
            "Cookie": f"theme=dark; sid={shop.SESSION}",
            **{key.replace("_", "-"): text for key, text in headers.items()},
        }
        if self.token:
            fields.setdefault("Authorization", f"Bearer {self.token}")
        if data is not None:
            fields["Content-Type"] = "application/json"
        connection.request(method, path, data, fields)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        kind = answer.getheader("Content-Type", "")
        found: Any = json.loads(content) if "json" in kind and content else content.decode("latin-1")
        self.seen.append((f"{method} {shown or path}", answer.status, found))
        return found

    def work(self) -> list[tuple[str, int, Any]]:
        """Do what a client does, and return all that it has seen; ids that were made are left out."""
        self.ask("POST", "/login", {"email": shop.EMAIL, "password": "not-the-password"})
        self.token = self.ask("POST", "/login", {"email": shop.EMAIL, "password": shop.PASSWORD})[
            "accessToken"
        ]
        self.ask("GET", "/me")
        self.ask("GET", "/owners")
        self.ask("GET", "/owners/1")
        made = self.ask("POST", "/owners", {"name": "Cy", "email": "cy@corp.io", "note": "new"})["id"]
        self.ask("GET", f"/owners/{made}", shown="/owners/NEW")
        self.ask("PATCH", f"/owners/{made}", {"name": "Cyd"}, shown="/owners/NEW")
        self.ask("GET", "/owners")
        self.ask("GET", "/owners/1/pets")
        pet = self.ask("POST", "/owners/1/pets", {"name": "Kim"})["id"]
        self.ask("GET", f"/owners/1/pets/{pet}", shown="/owners/1/pets/NEW")
        self.ask("DELETE", f"/owners/{made}", shown="/owners/NEW")
        self.ask("GET", f"/owners/{made}", shown="/owners/NEW")
        self.ask("DELETE", "/owners/2")
        self.ask("GET", "/owners/2")
        for month in ("2026-01", "2026-02", "2026-13"):
            self.ask("GET", f"/report?month={month}&trace=t{month}")
        self.ask("GET", "/report?month=2026-02", Accept="text/csv")
        self.ask("GET", "/chart.png")
        self.ask("POST", "/search", {"term": "a"})
        self.ask("POST", "/search", {"term": "b", "token": "t-0123456789"})
        return [(what, status, _folded(body, {made, pet})) for what, status, body in self.seen]


def _folded(value: Any, made: set[Any]) -> Any:
    """Return a body in which ids that were made are all the same."""
    if isinstance(value, dict):
        return {
            name: "NEW" if name == "id" and item in made else _folded(item, made)
            for name, item in value.items()
        }
    return [_folded(item, made) for item in value] if isinstance(value, list) else value
