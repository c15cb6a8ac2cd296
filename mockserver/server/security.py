"""The stage that lets calls pass that may; the settings may switch it off."""

from __future__ import annotations

import re
from typing import Any

from connexion.middleware.abstract import SpecMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.mocking.guard import Guard, Patterns
from mockserver.server.calls import CALL, Call, ServedOperation
from mockserver.server.specification import ServedSpecification
from mockserver.settings import Settings


class Security(SpecMiddleware):
    """Lets calls pass that may; the settings may switch it off."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._is_on = settings.auth
        self._credentials = settings.credentials
        self._patterns: dict[str, Patterns] = {}
        self._guards: dict[ServedOperation, Guard] = {}

    def add_api(self, specification: ServedSpecification, **_options: Any) -> None:
        """Add a document with the patterns of its credentials; those of the settings win over the plan's."""
        served = specification.served
        patterns = {name: credential.pattern for name, credential in served.plan.credentials.items()}
        patterns.update((name, re.compile(text)) for name, text in self._credentials.items())
        self._patterns[served.name] = patterns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge the credentials of a request, and pass it on."""
        if self._is_on:
            call: Call = scope[CALL]
            target = call.target
            assert target is not None
            guard = self._guards.get(target)
            if guard is None:
                guard = Guard(target.served.document, target.operation, self._patterns[target.served.name])
                self._guards[target] = guard
            guard.verify(call)
        await self.app(scope, receive, send)
