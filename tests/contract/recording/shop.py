"""A small real server, not ours: pets and owners, a login with a token and a cookie, and reports without state."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

PASSWORD: Final = "hunter2-Correct"
EMAIL: Final = "ann.lee+shop@corp.io"
OTHER_EMAIL: Final = "bob@corp.io"
TOKEN: Final = (
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4iLCJhZG1pbiI6dHJ1ZX0.5mhBHqs5_DTLdINd9p5m7ZJ6XD0Xc55kIaCRY5r6HRA"
)
SESSION: Final = "s%3A9fK2mQ7xW1bZ4tR8.session/value"
API_KEY: Final = "sk_" + "live_51H8xYzAbCdEfGhIjKlMnOp"
BASIC: Final = "YWRtaW46czNjcjN0LXBhc3M="
BASIC_PASSWORD: Final = "s3cr3t-pass"
NOTE_TOKEN: Final = "t0k3n-in-a-note"
SSN: Final = "078-05-1120"
SECRETS: Final = (
    PASSWORD, EMAIL, OTHER_EMAIL, TOKEN, SESSION, API_KEY, BASIC, BASIC_PASSWORD, NOTE_TOKEN, SSN,
    "s:9fK2mQ7xW1bZ4tR8.session/value",
)  # fmt: skip
"""All that is sent or answered and nobody else may see."""
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
TEXT: Final = {"type": "string"}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answers(schema: Any = None, status: str = "200", *others: str, **content: Any) -> dict[str, Any]:
    body = {"application/json": {"schema": schema}} if schema else {}
    found: dict[str, Any] = {
        status: {"description": "", **({"content": body | content} if body | content else {})}
    }
    error = {"description": "", "content": {"application/json": {"schema": _ref("Error")}}}
    return found | dict.fromkeys(others, error)


def _takes(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _ref(name)}}}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "required": required.split(), "properties": properties, "additionalProperties": False,
    }  # fmt: skip


_ID: Final = [{"name": "ownerId", "in": "path", "required": True, "schema": {"type": "integer"}}]
_PET: Final = [{"name": "petId", "in": "path", "required": True, "schema": TEXT}]
DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "security": [{"bearer": []}],
    "paths": {
        "/login": {
            "post": {
                "operationId": "login", "security": [], "requestBody": _takes("Login"),
                "responses": _answers(_ref("Session"), "200", "401"),
            }
        },
        "/me": {"get": {"operationId": "me", "responses": _answers(_ref("Me"))}},
        "/owners": {
            "get": {"operationId": "listOwners", "responses": _answers({"type": "array", "items": _ref("Owner")})},
            "post": {
                "operationId": "createOwner", "requestBody": _takes("NewOwner"),
                "responses": _answers(_ref("Owner"), "201", "422"),
            },
        },
        "/owners/{ownerId}": {
            "parameters": _ID,
            "get": {"operationId": "getOwner", "responses": _answers(_ref("Owner"), "200", "404")},
            "patch": {
                "operationId": "updateOwner", "requestBody": _takes("OwnerChange"),
                "responses": _answers(_ref("Owner"), "200", "404"),
            },
            "delete": {"operationId": "deleteOwner", "responses": _answers(None, "204", "404")},
        },
        "/owners/{ownerId}/pets": {
            "parameters": _ID,
            "get": {
                "operationId": "listPets",
                "responses": _answers({"type": "array", "items": _ref("Pet")}, "200", "404"),
            },
            "post": {
                "operationId": "createPet", "requestBody": _takes("NewPet"),
                "responses": _answers(_ref("Pet"), "201", "404"),
            },
        },
        "/owners/{ownerId}/pets/{petId}": {
            "parameters": [*_ID, *_PET],
            "get": {"operationId": "getPet", "responses": _answers(_ref("Pet"), "200", "404")},
        },
        "/report": {
            "get": {
                "operationId": "report",
                "parameters": [
                    {"name": "month", "in": "query", "required": True, "schema": TEXT},
                    {"name": "trace", "in": "query", "schema": TEXT},
                ],
                "responses": _answers(_ref("Report"), "200", "400", **{"text/csv": {"schema": TEXT}}),
            }
        },
        "/chart.png": {
            "get": {"operationId": "chart", "responses": _answers(None, "200", **{"image/png": {}})},
        },
        "/search": {
            "post": {
                "operationId": "search", "requestBody": _takes("Query"),
                "responses": _answers({"type": "array", "items": TEXT}),
            }
        },
        "/broken": {"get": {"operationId": "broken", "responses": _answers(_ref("Report"))}},
        "/busy": {"get": {"operationId": "busy", "responses": _answers(_ref("Report"), "200", "503")}},
    },
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "query", "name": "shop_key"},
        },
        "schemas": {
            "Login": _object("email password", email={**TEXT, "format": "email"}, password=TEXT),
            "Session": _object("accessToken user", accessToken=TEXT, user=_ref("User")),
            "User": _object("email", email={**TEXT, "format": "email"}),
            "Me": _object(
                "email apiKey", email={**TEXT, "format": "email"},
                apiKey={**TEXT, "pattern": "^sk_live_[A-Za-z0-9]{20,}$"}, help={**TEXT, "format": "uri"},
            ),
            "Owner": _object(
                "id name email", id={"type": "integer"}, name=TEXT, email={**TEXT, "format": "email"}, note=TEXT,
                ssn={**TEXT, "pattern": r"^\d{3}-\d{2}-\d{4}$"},
            ),
            "NewOwner": _object(
                "name email", name={**TEXT, "minLength": 1}, email={**TEXT, "format": "email"}, note=TEXT, ssn=TEXT,
            ),
            "OwnerChange": _object("", name=TEXT, note=TEXT),
            "Pet": _object("id name ownerId", id=TEXT, name=TEXT, ownerId={"type": "integer"}),
            "NewPet": _object("name", name=TEXT),
            "Report": _object("month total", month=TEXT, total={"type": "integer"}, by=TEXT),
            "Query": _object("term", term=TEXT, token=TEXT),
            "Error": _object("code message", code=TEXT, message=TEXT),
        },
    },
}  # fmt: skip


class Shop:
    """The state of the server; two owners are there from the beginning."""

    def __init__(self) -> None:
        self.owners: dict[int, dict[str, Any]] = {
            1: {"id": 1, "name": "Ann", "email": EMAIL, "note": f"reset with ?token={NOTE_TOKEN}&x=1"},
            2: {"id": 2, "name": "Bob", "email": OTHER_EMAIL, "ssn": SSN},
        }
        self.pets = [{"id": "p1", "name": "Rex", "ownerId": 1}, {"id": "p2", "name": "Tom", "ownerId": 1}]

    def answer(
        self, method: str, path: str, query: dict[str, str], body: Any, headers: dict[str, str]
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, body and headers of the answer; bytes and texts are sent as they are."""
        if path == "/login":
            if body.get("password") != PASSWORD:
                return 401, {"code": "credentials", "message": f"{body['email']} has another password"}, {}
            cookie = {"Set-Cookie": f"sid={SESSION}; Path=/; HttpOnly"}
            return 200, {"accessToken": TOKEN, "user": {"email": body["email"]}}, cookie
        if (
            headers.get("authorization") not in (f"Bearer {TOKEN}", f"Basic {BASIC}")
            and "shop_key" not in query
        ):
            return 401, {"code": "token", "message": "no token"}, {"WWW-Authenticate": "Bearer"}
        if path == "/me":
            link = f"https://help.example.org/?u={quote(EMAIL, safe='')}&sid={SESSION}"
            return 200, {"email": EMAIL, "apiKey": API_KEY, "help": link}, {}
        if path == "/report":
            month = query["month"]
            if not re.fullmatch(r"\d{4}-(0\d|1[0-2])", month):
                return 400, {"code": "month", "message": f"{month} is no month"}, {}
            total = int(month[-2:]) * 10
            if "csv" in headers.get("accept", ""):
                return (
                    200,
                    f"month,total,by\r\n{month},{total},{EMAIL}\r\n",
                    {"Content-Type": "text/csv; charset=utf-8"},
                )
            return 200, {"month": month, "total": total, "by": f"made by {EMAIL}"}, {}
        if path == "/chart.png":
            return 200, PNG, {"Content-Type": "image/png"}
        if path == "/search":
            return 200, [f"{body['term']} {number}" for number in (1, 2)], {}
        if path == "/broken":
            return 200, {"month": 5}, {}
        if path == "/busy":
            return 503, {"code": "busy", "message": "later"}, {"Retry-After": "3"}
        return self._resource(method, path.strip("/").split("/"), body)

    def _resource(self, method: str, parts: list[str], body: Any) -> tuple[int, Any, dict[str, str]]:
        lost = 404, {"code": "not_found", "message": "there is none"}, {}
        if len(parts) == 1:
            if method == "GET":
                return 200, list(self.owners.values()), {}
            if not body.get("name"):
                return 422, {"code": "name", "message": "a name is needed"}, {}
            id = max(self.owners) + 1
            self.owners[id] = {"id": id, **body}
            return 201, self.owners[id], {"Location": f"/owners/{id}"}
        owner = self.owners.get(int(parts[1]) if parts[1].isdecimal() else 0)
        if owner is None:
            return lost
        if len(parts) == 2:
            if method == "PATCH":
                owner.update(body)
            if method == "DELETE":
                del self.owners[owner["id"]]
                return 204, None, {}
            return 200, owner, {}
        own = [pet for pet in self.pets if pet["ownerId"] == owner["id"]]
        if len(parts) == 4:
            return next(((200, pet, {}) for pet in own if pet["id"] == parts[3]), lost)
        if method == "GET":
            return 200, own, {}
        pet = {"id": f"p{len(self.pets) + 1}", "name": body["name"], "ownerId": owner["id"]}
        self.pets.append(pet)
        return 201, pet, {}


@contextmanager
def serving() -> Iterator[str]:
    """Serve a new shop, and give its origin."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            parts = urlsplit(self.path)
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(data) if data else None
            status, answer, more = shop.answer(
                self.command, parts.path, dict(parse_qsl(parts.query)), body, headers
            )
            content = answer if isinstance(answer, bytes) else b"" if answer is None else (
                answer if isinstance(answer, str) else json.dumps(answer)
            ).encode()  # fmt: skip
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **more}.items():
                if content or name != "Content-Type":
                    self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _do

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
