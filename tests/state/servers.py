"""Real server processes that may be killed, and clients that remember what they were promised."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import yaml

PET = {
    "type": "object",
    "required": ["id", "name", "count"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "kind": {"type": "string"},
        "count": {"type": "integer"},
    },
}
_REF = {"$ref": "#/components/schemas/Pet"}


def _answer(schema: Any) -> dict[str, Any]:
    return {"description": "Fine.", "content": {"application/json": {"schema": schema}}}


_NONE = {"description": "None."}
_LISTED = {
    "type": "object",
    "required": ["total", "items"],
    "properties": {"total": {"type": "integer"}, "items": {"type": "array", "items": _REF}},
}
_TAKES = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "parameters": [
                    {"name": name, "in": "query", "schema": {"type": kind}}
                    for name, kind in (("limit", "integer"), ("offset", "integer"), ("kind", "string"))
                ],
                "responses": {"200": _answer(_LISTED)},
            },
            "post": {
                "operationId": "createPet",
                "requestBody": _TAKES,
                "responses": {"201": _answer(_REF), "409": _NONE},
            },
        },
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "getPet", "responses": {"200": _answer(_REF), "404": _NONE}},
            "patch": {
                "operationId": "updatePet",
                "requestBody": _TAKES,
                "parameters": [{"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
                "responses": {"200": _answer(_REF), "404": _NONE, "412": _NONE},
            },
            "delete": {"operationId": "deletePet", "responses": {"204": _NONE, "404": _NONE}},
        },
    },
    "components": {"schemas": {"Pet": PET}},
}
PLAN: dict[str, Any] = {
    "plan": "1",
    "resources": {"pets": {"schema": "Pet", "id": {"make": "integer"}, "unique": [["name"]], "seed": 2}},
    "operations": {
        "listPets": {
            "action": "list",
            "resource": "pets",
            "filters": {"kind": {}},
            "page": {"offset": "$request.query.offset", "limit": "$request.query.limit"},
            "answer": {"total": "$page.total", "items": "$page.items"},
        },
        "createPet": {"action": "create", "resource": "pets"},
        "getPet": {"action": "get", "resource": "pets"},
        "updatePet": {"action": "update", "resource": "pets"},
        "deletePet": {"action": "delete", "resource": "pets"},
    },
}


def write_api(folder: Path) -> Path:
    """Write the document with its plan, and return its path."""
    path = folder / "api.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT, sort_keys=False))
    (folder / "api.plan.yaml").write_text(yaml.safe_dump(PLAN, sort_keys=False))
    return path


class Server:
    """A `mockserver serve` on a free port.

    Args:
        arguments: Of the command.
    """

    def __init__(self, *arguments: Any) -> None:
        command = [sys.executable, "-m", "mockserver", "serve", *map(str, arguments), "--no-log"]
        if "--port" not in command:
            command += ["--port", "0"]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.lines: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("Stop with"):
                break
        self.output = "".join(self.lines)
        found = re.search(r"control API (http://\S+?)/__", self.output)
        assert found, f"the server did not start:\n{self.output}"
        self.origin = found[1]
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines += self.process.stdout

    def client(self) -> httpx.Client:
        """Return a client of it."""
        return httpx.Client(base_url=self.origin, timeout=30)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self._close()

    def _close(self) -> None:
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def stop(self) -> int:
        """End it in order, and return its exit code."""
        self.process.terminate()
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self._close()
        return code

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()
