"""The data plane: a Connexion middleware stack of our own classes at Connexion's seams.

Exchanges      takes the request in, answers every refusal, never lets an exception out
Routing        path and method -> operation; 404, 405, OPTIONS
Security       credentials; 401, 403
Validation     HTTP -> typed parameters and body; 400/422, 413, 415
Answering      a stub of the world, the user's handler or the engine
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from connexion.exceptions import ProblemException
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.abstract import ROUTING_CONTEXT, RoutedAPI, RoutedMiddleware
from connexion.middleware.main import API
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.document.messages.bodies import guess
from mockserver.document.messages.codings import decompressed
from mockserver.errors import Json, Refusal, RefusalKind, Violation
from mockserver.mocking import preferences
from mockserver.mocking.conditions import Conditions
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.world import DEFAULT
from mockserver.mocking.worlds import Worlds, checked
from mockserver.server import cors, selection
from mockserver.server.calls import CALL, Call, ClientGone, Served, ServedOperation
from mockserver.server.faults import BrokenOff
from mockserver.server.routes import Routes
from mockserver.server.security import Security
from mockserver.server.specification import PureResolver, ServedSpecification
from mockserver.server.stubbing import stubbed
from mockserver.settings import Settings

logger = logging.getLogger("mockserver")


class DataPlane(ConnexionMiddleware):
    """The ASGI application that answers for the served documents.

    Args:
        documents: What is served.
        worlds: Where the requests' state lives.
        settings: Limits and switches.
        control: Answers what lies below the control path.
    """

    def __init__(
        self, documents: Iterable[Served], worlds: Worlds, settings: Settings, control: ASGIApp
    ) -> None:
        self.worlds = worlds
        self.documents = list(documents)
        # Built now, so that clashes of paths are found before the first request.
        routes = Routes(self.documents, settings)
        super().__init__(
            Answering(),
            import_name=__name__,
            middlewares=[
                lambda app: Exchanges(app, worlds, settings),
                lambda app: Routing(app, worlds, settings, control, routes),
                lambda app: Security(app, settings),
                lambda app: Validation(app, settings),
            ],
            resolver=PureResolver(),
        )
        for served in self.documents:
            specification = ServedSpecification(served)
            # `add_api` would load and check a file; this is all else that it does.
            self.apis.append(API(specification, base_path=specification.base_path, **self.options.__dict__))
        self.app, self.middleware_stack = self._build_middleware_stack()


class Exchanges:
    """The outermost layer: one `Call` for each request, one answer to each."""

    def __init__(self, app: ASGIApp, worlds: Worlds, settings: Settings) -> None:
        self.app = app
        self._worlds = worlds
        self._world = worlds.default
        self._errors = settings.errors
        self._cors = settings.cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            return
        call = scope[CALL] = Call(scope, self._world, errors=self._errors, cors=self._cors)
        try:
            self._world.fetch()
            await self.app(scope, receive, send)
        except Refusal as refusal:
            await call.refuse(send, refusal)
        except ClientGone:
            return
        except BrokenOff:
            # There is no connection to end, so whoever has called us gets to see it as it is.
            raise
        except ProblemException as error:
            # A user's handler may refuse in Connexion's way.
            kinds = {401: RefusalKind.UNAUTHENTICATED, 403: RefusalKind.FORBIDDEN}
            kind = kinds.get(error.status, RefusalKind.CONFLICT if error.status < 500 else RefusalKind.FAULT)
            await call.refuse(send, Refusal(kind, error.detail or str(error), status=error.status))
        except Exception as error:
            logger.exception("%s %s failed", call.method, call.place)
            fault = Refusal(RefusalKind.FAULT, f"{type(error).__name__}: {error}")
            try:
                await call.refuse(send, fault)
            except Exception:
                # What went wrong goes wrong again in the document's own error: then without the document.
                logger.exception("%s %s cannot even be refused", call.method, call.place)
                call.served = call.target = None
                await call.refuse(send, fault)
        finally:
            # The scope lives on with an open connection; what the request weighed need not.
            call.body = b""
            call.request = None
            if call.world is not self._world:
                self._worlds.leave(call.world)


class Routing:
    """Finds the world of a request, and its operation by path and method."""

    def __init__(
        self, app: ASGIApp, worlds: Worlds, settings: Settings, control: ASGIApp, routes: Routes
    ) -> None:
        self.app = app
        self._worlds = worlds
        self._settings = settings
        self._control = control
        self._control_path = settings.control_path.rstrip("/")
        self._routes = routes
        self._choosers = {
            served.name: selection.chooser(served.plan.world, served.document)
            for served in routes.documents
            if served.plan.world is not None
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the operation and pass the request on; answer 404, 405 and OPTIONS."""
        call: Call = scope[CALL]
        if selection.names_world(call):
            self._select(call)
        path = call.route
        match = self._routes.find(path)
        if match is None or path.startswith(self._control_path):
            if self._is_control(path) and (match is None or not self._routes.is_declared(path)):
                await self._control(scope, receive, send)
                return
        if call.named is not None and call.named != DEFAULT:
            call.enter(self._worlds.get(call.named))
        if match is None:
            call.served = self._routes.nearest(path)
            if self._settings.cors and cors.is_preflight(call):
                await call.respond(send, cors.preflight_answer(call, None))
                return
            raise Refusal(RefusalKind.NOT_FOUND, f"no path of the document matches {call.place}")
        method = call.method
        if method == "OPTIONS" and self._settings.cors and cors.is_preflight(call):
            call.served = next(iter(match.node.methods.values()))[0].served
            await call.respond(send, cors.preflight_answer(call, match.allow))
            return
        found = match.node.methods.get(method)
        if match.node.variants:
            found = match.node.variant(method, call.query) or found
        if found is None:
            if method == "HEAD":
                found = match.node.methods.get("GET")
            if found is None:
                call.served = next(iter(match.node.methods.values()))[0].served
                if method == "OPTIONS":
                    headers = {"Allow": match.allow}
                    await call.respond(send, Answer(204, None, None, headers, ResponseSource.EMPTY))
                    return
                message = f"{call.place} has no {method}; it has {match.allow}"
                raise Refusal(RefusalKind.METHOD_NOT_ALLOWED, message, headers={"Allow": match.allow})
        target, names = found
        call.target = target
        served = call.served = target.served
        if self._choosers and call.named is None and served.name in self._choosers:
            name = self._choosers[served.name](call)
            if name is not None and name != DEFAULT:
                call.enter(self._worlds.get(name))
        if names:
            call.path_values = dict(zip(names, match.values, strict=True))
        scope.setdefault("extensions", {})[ROUTING_CONTEXT] = {
            "api_base_path": f"/{served.name}",
            "operation_id": target.operation.id,
        }
        await self.app(scope, receive, send)

    def _select(self, call: Call) -> None:
        """Note which world the request names, and what its path is there.

        Raises:
            Refusal: What it names can be no world.
        """
        name, place = None, ("path", "world")
        if call.path.startswith(selection.PREFIX) and not self._routes.owns(call.path):
            name, call.route = selection.split(call.path)
        said = call.header("mock-world")
        if said is not None:
            name, place = said, ("header", "Mock-World")
        if name is None:
            return
        try:
            call.named = checked(name, *place)
        except Refusal:
            # In the shape of the document that would have answered.
            call.served, call.target = self._routes.addressee(call.method, call.route)
            raise

    def _is_control(self, path: str) -> bool:
        base = self._control_path
        return path == base or path.startswith(base + "/")


class _ValidatingAPI(RoutedAPI[ServedOperation]):
    """The operations of one document, for the layers that need no more than the model."""

    def __init__(self, specification: ServedSpecification, *, next_app: ASGIApp, **_options: Any) -> None:
        super().__init__(specification, next_app=next_app, base_path=specification.base_path)
        self.operations = dict(specification.served.operations)

    def make_operation(self, operation: Any) -> ServedOperation:
        """Return the operation as it is served: it was built once, with its document."""
        served: Served = self.specification.served
        return served.operations[operation.operation_id]


class Validation(RoutedMiddleware[_ValidatingAPI]):
    """Turns HTTP into what the document promises, or refuses."""

    api_cls = _ValidatingAPI

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(app)
        self._limit = settings.body_limit_bytes
        self._is_on = settings.validate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read and judge a request, and pass it on."""
        call: Call = scope[CALL]
        target = call.target
        assert target is not None
        operation = target.operation
        found: list[Violation] = []
        values = target.parameters.read(call.path_values, call.query, call.header, found)
        body = None
        if target.body.expected:
            await call.read_body(scope, receive, self._limit)
            body = self._body(call, target, found)
        if found and self._is_on:
            first = found[0]
            message = str(first) if len(found) == 1 else f"{first} (and {len(found) - 1} more)"
            # Answered here and not by an exception: clients under test are refused as often as they are served.
            await call.refuse(send, Refusal(RefusalKind.INVALID, message, violations=found))
            return
        if not self._is_on:
            for name, text in call.path_values.items():
                values.path.setdefault(name, unquote(text))
        call.request = Request(
            operation, call.method, call.path, values.path, values.query, values.header, values.cookie, body,
            call.header("accept") or "", call.origin if target.needs_origin else "",
            raw_query=call.query, conditions=_conditions(call),
            media_type=(call.header("content-type") or "") if call.body else "",
        )  # fmt: skip
        await self.app(scope, receive, send)

    def _body(self, call: Call, target: ServedOperation, found: list[Violation]) -> Json:
        """Return the body's value; where requests are not judged, what it can be read as.

        Raises:
            Refusal: Its media type, charset or coding is not taken, or it is too large.
        """
        content_type = call.header("content-type") or ""
        try:
            coding = call.header("content-encoding")
            if coding is not None:
                call.body = decompressed(call.body, coding, self._limit)
            body = target.body.read(call.body, content_type, found)
        except Refusal as refusal:
            if self._is_on or refusal.kind is RefusalKind.TOO_LARGE:
                raise
            return guess(call.body, content_type)
        return guess(call.body, content_type) if body is None and not self._is_on else body


def _conditions(call: Call) -> Conditions | None:
    fields = call.fields
    if b"if-match" not in fields and b"if-none-match" not in fields:
        return None
    return Conditions(call.header("if-match"), call.header("if-none-match"))


class Answering(RoutedMiddleware[_ValidatingAPI]):
    """The end of the stack: the user's handler, or the engine."""

    api_cls = _ValidatingAPI

    def __init__(self) -> None:
        super().__init__(None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that fits its operation."""
        call: Call = scope[CALL]
        target, request = call.target, call.request
        assert target is not None
        assert request is not None
        engine = target.served.engine
        if b"prefer" in call.fields or b"__" in call.query:
            request.preferences = preferences.parse(call.header("prefer"), call.query)
        preferred = request.preferences
        if call.world.stubs and (preferred is None or preferred.admits_stub):
            if await stubbed(call, target, request, receive, send):
                return
        if preferred is not None and preferred.delay is not None:
            number = str(call.world.journal.count)
            delay_ms = preferred.delay_ms(engine.rules.dice, target.operation.id, number)
            await asyncio.sleep(delay_ms / 1000)
        if target.handler is not None and (preferred is None or preferred.admits_handler):
            answer = await target.handler.answer(engine, request, call.world)
        else:
            answer = engine.answer(request, call.world)
        if answer.status == 401 and target.challenge:
            answer.headers["WWW-Authenticate"] = target.challenge
        await call.respond(send, answer)
