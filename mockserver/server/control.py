"""The control plane: what people and tests ask of the mock itself."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from mockserver.mocking.world import World
from mockserver.server.calls import Served
from mockserver.settings import Settings


class ControlPlane:
    """PLACEHOLDER being written."""

    def __init__(self, documents: list[Served], world: World, settings: Settings) -> None:
        self.documents = documents
        self.world = world
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
