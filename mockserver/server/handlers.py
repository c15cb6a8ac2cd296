"""The user's own functions: found by operationId in their modules, called with what they ask for by name."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from connexion.datastructures import NoContent
from connexion.exceptions import ProblemException
from connexion.lifecycle import ConnexionResponse

from mockserver import jsontext
from mockserver.document.model import Document, Operation
from mockserver.document.naming import word
from mockserver.document.plan import ABSENT
from mockserver.errors import HandlersError, Json, Refusal
from mockserver.mocking import negotiation
from mockserver.mocking.engine import Engine
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.headers import clean
from mockserver.mocking.world import World
from mockserver.server import blame
from mockserver.server.handed import Mock, Records, Store, identifier

__all__ = [
    "Answer",
    "Handler",
    "Mock",
    "Records",
    "Request",
    "Store",
    "identifier",
    "load",
    "path_beside",
    "source_of",
]


@dataclass(frozen=True, slots=True)
class Handler:
    """One function of the user.

    Attributes:
        names: What it takes: its own name -> ours; `pet_id` may be our `petId`.
        source: Its file.
    """

    function: Callable[..., Any]
    names: Mapping[str, str]
    source: Path

    async def answer(self, engine: Engine, request: Request, world: World) -> Answer:
        """Call it and return its answer, checked.

        Raises:
            Refusal: It refused, or went wrong.
            ProblemException: It refused in Connexion's way.
        """
        mock = Mock(engine, request, world)
        known: dict[str, Any] = {
            **{identifier(name): value for name, value in request.cookie.items()},
            **{identifier(name): value for name, value in request.header.items()},
            **{identifier(name): value for name, value in request.query.items()},
            **{identifier(name): value for name, value in request.path.items()},
            "body": request.body,
            "mock": mock,
            "store": mock.store,
            "request": request,
        }
        given = {
            own: known[name] for own, name in self.names.items() if known.get(name, ABSENT) is not ABSENT
        }
        try:
            result = self.function(**given)
            if asyncio.iscoroutine(result):
                result = await result
        except (Refusal, ProblemException):
            raise
        except (Exception, SystemExit) as error:
            # The function is the user's: whatever goes wrong in it is shown as theirs.
            raise blame.of(error, self.function, request) from error
        try:
            return _as_answer(result, engine, request)
        except _Odd as odd:
            raise blame.of_result(str(odd), self.function, request) from odd


class _Odd(Exception):
    """What a function returned is no answer; the text says why."""


def _as_answer(result: Any, engine: Engine, request: Request) -> Answer:
    operation = request.operation
    if isinstance(result, Answer):
        # What the engine made may have been changed by the handler since.
        answer = Answer(
            result.status,
            _plain(result.body),
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
    if isinstance(result, ConnexionResponse):
        result = (result.body, result.status_code, result.headers)
    if not isinstance(result, tuple):
        return _plain(result), None, {}
    if len(result) > 3:
        raise _Odd(f"it returned {len(result)} things; a body, a status and headers are expected")
    body, status, headers = (*result, None, None)[:3]
    if isinstance(status, dict) and headers is None:
        status, headers = None, status
    if status is not None and (
        not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599
    ):
        raise _Odd(f"it returned {status!r} as the status, which is none")
    try:
        fields = {str(name): clean(str(value)) for name, value in dict(headers or {}).items()}
    except (TypeError, ValueError):
        raise _Odd(f"it returned {headers!r} as headers; a dict is expected") from None
    return _plain(body), None if status is None else int(status), fields


def _plain(body: Any) -> Json:
    """Return a body as a JSON value, bytes as they are: what orjson knows (dates, dataclasses, UUIDs) becomes text."""
    if body is NoContent or body is None or isinstance(body, bytes | str | bool | int | float):
        return None if body is NoContent else body
    try:
        return jsontext.loads(jsontext.dumps(body, strict=True))
    except (TypeError, ValueError) as error:
        raise _Odd(f"it returned a body that JSON cannot say: {error}") from None


def path_beside(document: Path) -> Path:
    """Return where the handlers of a document lie: `my-api.yaml` -> `my_api_handlers.py`."""
    return document.with_name(f"{identifier(document.stem)}_handlers.py")


def load(document: Document, places: Sequence[str] = ()) -> dict[str, Handler]:
    """Return the handlers of a document by operation id: those in some modules, or in the one beside it.

    Args:
        document: The document.
        places: Files, or dotted names of modules; of two functions for one operation, the later wins.

    Raises:
        HandlersError: A module cannot be imported, has no function for an operation, or one that asks for too much.
    """
    if not places:
        beside = path_beside(document.source)
        return _handlers(document, _import(beside, beside.stem), beside) if beside.is_file() else {}
    found: dict[str, Handler] = {}
    for place in places:
        source = source_of(place)
        if source is None:
            raise HandlersError(f"there is no module {place!r}: neither a file nor in the Python path")
        name = place if not _is_file(place) else source.stem
        mine = _handlers(document, _import(source, name), source)
        if not mine:
            example = next((identifier(id) for id in document.operations), "")
            raise HandlersError(
                f"{source} has no function with the name of an operation of {document.source}, e.g. {example}"
            )
        found.update(mine)
    return found


def source_of(place: str) -> Path | None:
    """Return the file of a module that is named by its path or with dots, None where there is none."""
    if _is_file(place):
        return Path(place) if Path(place).is_file() else None
    _make_findable(Path())
    importlib.invalidate_caches()
    try:
        spec = importlib.util.find_spec(place)
    except (ImportError, ValueError, AttributeError):
        return None
    return Path(spec.origin) if spec is not None and spec.origin is not None and spec.has_location else None


def _is_file(place: str) -> bool:
    return "/" in place or place.endswith(".py") or Path(place).is_file()


def _make_findable(folder: Path) -> None:
    """Let what lies in a folder be imported, after all that could be imported before."""
    text = str(folder.resolve())
    if text not in sys.path:
        sys.path.append(text)


def _handlers(document: Document, module: ModuleType, source: Path) -> dict[str, Handler]:
    handlers: dict[str, Handler] = {}
    for operation in document.operations.values():
        function = getattr(module, identifier(operation.id), None)
        if callable(function):
            handlers[operation.id] = Handler(function, _names(function, operation, source), source)
    return handlers


def _import(source: Path, name: str) -> ModuleType:
    is_file = "." not in name
    alias = f"mockserver_handlers_{identifier(name)}" if is_file else name
    spec = importlib.util.spec_from_file_location(alias, source)
    if spec is None or spec.loader is None:
        raise HandlersError(f"{source} is no Python module")
    module = importlib.util.module_from_spec(spec)
    if is_file:
        # What lies beside it can be imported, as if the file were run.
        _make_findable(source.parent)
    try:
        # Not by the loader: its cache knows an edit by the second and the size, and would run what stood there before.
        exec(compile(source.read_bytes(), source, "exec"), module.__dict__)  # noqa: S102 - the user's own code
    except (Exception, SystemExit) as error:
        # The module is the user's: whatever goes wrong in it is to be shown as theirs.
        line = blame.line(error, source)
        raise HandlersError(f"{source} cannot be imported: {type(error).__name__}: {error}{line}") from error
    return module


def _names(function: Callable[..., Any], operation: Operation, source: Path) -> dict[str, str]:
    known = {identifier(parameter.name) for parameter in operation.parameters}
    known |= {
        identifier(parameter.name.lower())
        for parameter in operation.parameters
        if parameter.place == "header"
    }
    known |= {"body", "mock", "request", "store"}
    names: dict[str, str] = {}
    for own, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            return {name: name for name in sorted(known)}
        name = own
        if own not in known:
            # `pet_id` for `petId`, as long as nothing else is meant.
            alike = [item for item in known if word(item) == word(own)]
            name = alike[0] if len(alike) == 1 else own
        if name not in known and parameter.default is parameter.empty:
            listed = ", ".join(sorted(known))
            raise HandlersError(
                f"{source}: {function.__name__}() takes {own!r}, but {operation} has only {listed}"
            )
        names[own] = name
    return names
