"""The user's own functions: found by operationId in `<document>_handlers.py`, called with what they ask for by name."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from mockserver import jsontext
from mockserver.document.media_types import is_json
from mockserver.document.model import Document, Operation
from mockserver.document.plan import ABSENT
from mockserver.errors import HandlersError, Json, Refusal, RefusalKind
from mockserver.mocking import negotiation
from mockserver.mocking.engine import Engine
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.headers import clean
from mockserver.mocking.resources import REFUSAL_KINDS, Change, State, StateScope
from mockserver.mocking.store import Condition, Query, Record, atomically
from mockserver.mocking.world import World

_KIND_OF: Final[Mapping[int, RefusalKind]] = {
    **REFUSAL_KINDS,
    401: RefusalKind.UNAUTHENTICATED,
    413: RefusalKind.TOO_LARGE,
    415: RefusalKind.UNSUPPORTED_MEDIA_TYPE,
}


class Records:
    """The records of one resource, for handlers: plain dicts in, plain dicts out."""

    def __init__(self, name: str, state: State, scope: StateScope) -> None:
        if name not in state.kinds:
            raise HandlersError(
                f"there is no resource {name!r}; the plan has {', '.join(state.kinds) or 'none'}"
            )
        self._kind = state.kinds[name]
        self._state = state
        self._scope = scope

    def get(self, id: Json) -> dict[str, Json] | None:
        """Return a record, None when there is none."""
        found = self._state.find(self._kind.name, id)
        return None if found is None else dict(found)

    def create(self, data: Mapping[str, Json]) -> dict[str, Json]:
        """Make a record by the rules of the plan."""
        change = Change(data, {}, {}, trusted=True)
        record = atomically(self._state.store, lambda: self._state.create(self._kind, change, self._scope))
        return dict(self._state.shown(self._kind, record))

    def update(self, id: Json, changes: Mapping[str, Json]) -> dict[str, Json]:
        """Change a record by the rules of the plan."""
        change = Change(changes, {}, {}, trusted=True)
        record = atomically(
            self._state.store,
            lambda: self._state.update(self._kind, self._found(id), change, self._scope),
        )
        return dict(self._state.shown(self._kind, record))

    def delete(self, id: Json) -> dict[str, Json]:
        """Delete a record and return it."""
        gone = atomically(
            self._state.store, lambda: self._state.delete(self._kind, [self._found(id)], self._scope)
        )
        return dict(gone[0].data)

    def _found(self, id: Json) -> Record:
        record = self._state.store.get(self._kind.name, id) if isinstance(id, str | int) else None
        if record is None:
            raise self._state.missing(self._kind, id)
        return record

    def list(self, **equal: Json) -> list[dict[str, Json]]:
        """Return the records whose properties have these values, in order of creation."""
        conditions = tuple(Condition((name,), "eq", (value,)) for name, value in equal.items())
        found = self._state.store.select(self._kind.name, Query(conditions))
        return [dict(self._state.shown(self._kind, record)) for record in found.records]


class Mock:
    """What a handler may ask of the mock, while it answers one request.

    Attributes:
        request: The request, typed by the document.
        seed: The seed of the run.
        principal: Who asks, by the plan.
    """

    def __init__(self, engine: Engine, request: Request, world: World) -> None:
        self._engine = engine
        self._world = world
        self._state = world.settled(engine.document.name)
        self.request = request
        self.seed = engine.rules.dice.seed
        self.principal = engine.plan.principal
        self._scope: StateScope | None = None

    @property
    def scope(self) -> StateScope:
        """What values may look at; its time is read once per request."""
        if self._scope is None:
            self._scope = self._engine.scope(self.request, self._world)
        return self._scope

    @property
    def now(self) -> datetime:
        """The time of the request."""
        now = self.scope.now
        assert now is not None
        return now

    def resource(self, name: str) -> Records:
        """Return the records of a resource."""
        return Records(name, self._state, self.scope)

    def proceed(self) -> Answer:
        """Do what would have been done without the handler, and return the answer."""
        answer = self._engine.answer(self.request, self._world)
        if answer.body is None and answer.content and is_json(answer.media_type or ""):
            answer.body = jsontext.loads(answer.content)
        return answer

    def expand(self, value: Json) -> Json:
        """Evaluate a value of the plan's language."""
        return self._engine.value(value, self.scope)

    def refuse(self, status: int, message: str) -> None:
        """Answer with an error in the shape that the document declares; does not return."""
        kind = _KIND_OF.get(status, RefusalKind.CONFLICT if status < 500 else RefusalKind.FAULT)
        raise Refusal(kind, message, status=status)


@dataclass(frozen=True, slots=True)
class Handler:
    """One function of the user, with the names of what it takes."""

    function: Callable[..., Any]
    names: tuple[str, ...]
    source: Path

    async def answer(self, engine: Engine, request: Request, world: World) -> Answer:
        """Call it and return its answer, checked.

        Raises:
            Refusal: It refused.
        """
        mock = Mock(engine, request, world)
        known: dict[str, Any] = {
            **{identifier(name): value for name, value in request.cookie.items()},
            **{identifier(name): value for name, value in request.header.items()},
            **{identifier(name): value for name, value in request.query.items()},
            **{identifier(name): value for name, value in request.path.items()},
            "body": request.body,
            "mock": mock,
            "request": request,
        }
        result = self.function(
            **{name: known[name] for name in self.names if known.get(name, ABSENT) is not ABSENT}
        )
        if asyncio.iscoroutine(result):
            result = await result
        return _as_answer(result, engine, request)


def _as_answer(result: Any, engine: Engine, request: Request) -> Answer:
    operation = request.operation
    if isinstance(result, Answer):
        # What the engine made may have been changed by the handler since.
        answer = Answer(
            result.status,
            result.body,
            result.media_type,
            result.headers,
            ResponseSource.HANDLER,
            result.detail,
        )
    else:
        body, status, headers = _unpack(result)
        declared, response = negotiation.success(operation)
        if status is not None:
            response = operation.response_for(status)
        offered = negotiation.any_offer(response.content, request.accept) if response else None
        name = offered.name if offered else (None if body is None else "application/json")
        answer = Answer(status or declared, body, name, headers, ResponseSource.HANDLER)
    return engine.complete(operation, answer, request)


def _unpack(result: Any) -> tuple[Json, int | None, dict[str, str]]:
    """Return body, status and headers, which a handler gives as Connexion's handlers do."""
    if not isinstance(result, tuple):
        return result, None, {}
    body, status, headers = (*result, None, None)[:3]
    return (
        body,
        None if status is None else int(status),
        {str(name): clean(value) for name, value in dict(headers or {}).items()},
    )


def path_beside(document: Path) -> Path:
    """Return where the handlers of a document lie: `my-api.yaml` -> `my_api_handlers.py`."""
    return document.with_name(f"{identifier(document.stem)}_handlers.py")


def identifier(name: str) -> str:
    """Return a name as a Python identifier: `x-request-id` -> `x_request_id`."""
    text = re.sub(r"\W", "_", name)
    return f"_{text}" if text[:1].isdigit() else text


def load(document: Document, path: Path | None = None) -> dict[str, Handler]:
    """Return the handlers of a document by operation id: those in `path`, or in the module beside it.

    Raises:
        HandlersError: The module cannot be imported, or has functions for no operation.
    """
    source = path or path_beside(document.source)
    if path is None and not source.is_file():
        return {}
    module = _import(source)
    handlers: dict[str, Handler] = {}
    for operation in document.operations.values():
        function = getattr(module, identifier(operation.id), None)
        if callable(function):
            handlers[operation.id] = Handler(function, _names(function, operation, source), source)
    return handlers


def _import(source: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"mockserver_handlers_{identifier(source.stem)}", source)
    if spec is None or spec.loader is None:
        raise HandlersError(f"{source} is no Python module")
    module = importlib.util.module_from_spec(spec)
    try:
        # Not by the loader: its cache knows an edit by the second and the size, and would run what stood there before.
        exec(compile(source.read_bytes(), source, "exec"), module.__dict__)  # noqa: S102 - the user's own code
    except (Exception, SystemExit) as error:
        # The module is the user's: whatever goes wrong in it is to be shown as theirs.
        raise HandlersError(f"{source} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _names(function: Callable[..., Any], operation: Operation, source: Path) -> tuple[str, ...]:
    known = {identifier(parameter.name) for parameter in operation.parameters}
    known |= {
        identifier(parameter.name.lower())
        for parameter in operation.parameters
        if parameter.place == "header"
    }
    known |= {"body", "mock", "request"}
    names = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            return tuple(sorted(known))
        if name not in known and parameter.default is parameter.empty:
            listed = ", ".join(sorted(known))
            raise HandlersError(
                f"{source}: {function.__name__}() takes {name!r}, but {operation} has only {listed}"
            )
        names.append(name)
    return tuple(names)
