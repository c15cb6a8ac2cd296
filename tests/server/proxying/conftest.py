"""Proxies on real ports, in a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.server.assembly import Application, assemble
from mockserver.server.proxying import Context, Options, Proxy, Relayed
from mockserver.server.proxying.choosing import Choice
from mockserver.server.proxying.pool import Way
from mockserver.server.proxying.target import address
from mockserver.server.proxying.wire import relaying_protocol
from mockserver.server.running import bind, in_background
from mockserver.server.switch import Switch
from mockserver.settings import Settings, Source
from tests.server.conftest import NOON, document
from tests.server.proxying.kit import Script, Upstream, hang_up

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
PETS = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
}


def _content(schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    return {"description": "Fine.", "content": {media_type: {"schema": schema}}}


ONE = {"$ref": "#/components/schemas/Pet"}
FAULT = _content({"$ref": "#/components/schemas/Error"})
API = document(
    {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "tags": ["reading"],
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "responses": {"200": _content(PETS)},
            },
            "post": {
                "operationId": "createPet",
                "tags": ["writing"],
                "requestBody": {"required": True, "content": {"application/json": {"schema": ONE}}},
                "responses": {"201": _content(ONE), "422": FAULT, "500": FAULT},
            },
        },
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getPet",
                "tags": ["reading"],
                "responses": {"200": _content(ONE), "404": FAULT},
            },
        },
        "/files": {
            "get": {"responses": {"200": _content({}, "application/octet-stream")}},
            "put": {
                "requestBody": {"content": {"application/octet-stream": {"schema": {}}}},
                "responses": {"204": {"description": "Taken."}},
            },
        },
        "/events": {
            "get": {"responses": {"200": _content({"type": "string"}, "text/event-stream")}},
        },
    },
    components={"schemas": {"Pet": PET, "Error": ERROR}},
)


@dataclass
class Proxied:
    """A proxy that runs.

    Attributes:
        seen: The exchanges with the upstream.
    """

    origin: str
    upstream: Upstream
    seen: list[Relayed]
    application: Application
    context: Context


MakeProxy = Callable[..., Proxied]


class Ports:
    """Servers that run all the time, since starting and stopping one takes longer than most tests."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: list[tuple[Switch, str]] = []
        self._proxies: list[Proxy] = []
        self.taken = 0

    def take(self, proxy: Proxy) -> str:
        """Serve a proxy until the test is over, and return its origin."""
        self._proxies.append(proxy)
        if self.taken == len(self._running):
            switch = Switch(proxy)
            running = in_background(switch, bind("127.0.0.1", 0), relaying_protocol, self._close)
            self._running.append((switch, self._stack.enter_context(running)))
        switch, origin = self._running[self.taken]
        switch.app = proxy
        self.taken += 1
        return origin

    def _close(self) -> None:
        while self._proxies:
            self._proxies.pop().close()


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    """Servers of this module's tests."""
    with ExitStack() as stack:
        yield Ports(stack)


@pytest.fixture
def make_proxy(tmp_path: Path, ports: Ports) -> Iterator[MakeProxy]:
    """Makes a proxy before a server of a script: `make_proxy(script, base="/v1", patience=0.5, errors=True)`."""
    with ExitStack() as stack:

        def make(
            script: Script | None,
            *,
            url: str = "",
            base: str = "",
            patience: float = 20.0,
            api: dict[str, Any] = API,
            way: dict[str, Any] | None = None,
            mock: Sequence[str] = (),
            real: Sequence[str] = (),
            **options: Any,
        ) -> Proxied:
            path = tmp_path / "api.yaml"
            path.write_text(yaml.safe_dump(api, sort_keys=False))
            application = assemble(Settings(documents=(Source(path),), clock=NOON), lambda: NOON)
            server = Upstream(script or (lambda line: None))
            stack.callback(server.close)
            seen: list[Relayed] = []
            where = Way(
                address((url or server.url) + base, "UPSTREAM"), patience_seconds=patience, **(way or {})
            )
            context = Context(
                application.documents[0],
                application.asgi,
                application.world,
                where,
                Options(**options),
                seen.append,
                Choice(application.documents[0].document, mock, real),
            )
            origin = ports.take(Proxy(context))
            return Proxied(origin, server, seen, application, context)

        yield make
        hang_up()
        ports.taken = 0
