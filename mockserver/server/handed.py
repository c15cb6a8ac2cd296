"""What a user's function is handed: the store of its world, and the mock itself."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from mockserver import jsontext
from mockserver.document.media_types import is_json
from mockserver.document.naming import word
from mockserver.errors import HandlersError, Json, Refusal, RefusalKind
from mockserver.mocking.engine import Engine
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.resources import REFUSAL_KINDS, Change, State, StateScope
from mockserver.mocking.store import Condition, Query, Record, atomically
from mockserver.mocking.world import World

_KIND_OF: Final[Mapping[int, RefusalKind]] = {
    **REFUSAL_KINDS,
    401: RefusalKind.UNAUTHENTICATED,
    413: RefusalKind.TOO_LARGE,
    415: RefusalKind.UNSUPPORTED_MEDIA_TYPE,
}


def identifier(name: str) -> str:
    """Return a name as a Python identifier: `x-request-id` -> `x_request_id`."""
    text = re.sub(r"\W", "_", name)
    return f"_{text}" if text[:1].isdigit() else text


class Records:
    """The records of one resource: plain dicts in, plain dicts out. Each call is done as a whole or not at all."""

    def __init__(self, name: str, state: State, scope: StateScope) -> None:
        if name not in state.kinds:
            near = difflib.get_close_matches(name, state.kinds, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise HandlersError(
                f"there is no resource {name!r}{hint}; the plan has {', '.join(state.kinds) or 'none'}"
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
        """Return the records whose properties have these values, in order of creation.

        Names may be written as Python writes them: `x_id` for `x-id` and for `xId`.

        Raises:
            HandlersError: The records have no such property.
        """
        conditions = tuple(
            Condition((self._property(name),), "eq", (value,)) for name, value in equal.items()
        )
        found = self._state.store.select(self._kind.name, Query(conditions))
        return [dict(self._state.shown(self._kind, record)) for record in found.records]

    def _property(self, name: str) -> str:
        kind = self._kind
        known = [*kind.shape.properties, *kind.plan.references, *kind.plan.scope, kind.plan.id_property]
        if name in known or kind.shape.open:
            return name
        for fold in (identifier, word):
            alike = list(dict.fromkeys(item for item in known if fold(item) == fold(name)))
            if len(alike) == 1:
                return alike[0]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise HandlersError(f"records of {kind.name} have no property {name!r}{hint}")


class Store:
    """The records of the world that a request is in, by resource: `store.pets`, or `store["pets"]`.

    As an attribute, a resource has its name as a Python identifier: `store.pet_toys` for `pet-toys`.
    """

    def __init__(self, state: State, scope: StateScope) -> None:
        self._state = state
        self._scope = scope

    def __getitem__(self, name: str) -> Records:
        return Records(name, self._state, self._scope)

    def __getattr__(self, name: str) -> Records:
        if name.startswith("__"):
            raise AttributeError(name)
        kinds = self._state.kinds
        return self[name if name in kinds else next((key for key in kinds if identifier(key) == name), name)]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the resources."""
        return iter(self._state.kinds)

    def __dir__(self) -> list[str]:
        return [identifier(name) for name in self._state.kinds]


class Mock:
    """What a handler may ask of the mock, while it answers one request.

    Attributes:
        request: The request, typed by the document.
        seed: The seed of the run.
        world: The name of the world that the request is in.
        principal: Who asks, by the plan.
    """

    def __init__(self, engine: Engine, request: Request, world: World) -> None:
        self._engine = engine
        self._world = world
        self._state = world.settled(engine.document.name)
        self.request = request
        self.world = world.name
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

    @property
    def store(self) -> Store:
        """The records of the request's world, by resource."""
        return Store(self._state, self.scope)

    def resource(self, name: str) -> Records:
        """Return the records of a resource."""
        return self.store[name]

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
