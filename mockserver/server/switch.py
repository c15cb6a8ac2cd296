"""The ASGI application that a web server holds, while what answers behind it may be changed between two requests."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send


class Switch:
    """Passes requests on to the application of the moment; those under way stay where they are.

    Attributes:
        app: What answers from the next request on. Set on the loop's thread.
    """

    __slots__ = ("app",)

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on."""
        return self.app(scope, receive, send)
