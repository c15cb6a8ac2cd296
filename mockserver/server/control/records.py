"""The operations of the control API that make, change and delete records, as tests do before they begin."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import flask

from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.resources import Change
from mockserver.mocking.store import Query, atomically
from mockserver.mocking.world import World
from mockserver.mocking.worlds import Worlds
from mockserver.server.calls import Served
from mockserver.server.control.answers import as_json, decoded, missing, nothing, world_name
from mockserver.server.control.loops import on_loop
from mockserver.server.handed import Records

_MOST_SAID = 5


class RecordOperations:
    """What answers, by operationId.

    Args:
        documents: What is served; may change meanwhile.
        worlds: All worlds.
    """

    def __init__(self, documents: list[Served], worlds: Worlds) -> None:
        self._documents = documents
        self._worlds = worlds

    def named(self) -> dict[str, Callable[..., flask.Response]]:
        """Return the functions by operationId."""
        return {
            "createRecord": self.create,
            "updateRecord": self.update,
            "deleteRecord": self.delete,
        }

    def create(
        self,
        document: str,
        resource: str,
        body: Mapping[str, Json],
        force: bool = False,
        world: str | None = None,
    ) -> flask.Response:
        """Make a record."""
        name, served, kind = self._place(document, resource, world)
        made = on_loop(lambda: create(served, self._worlds.get(name), kind, body, force=force))
        return as_json({"document": served.name, "resource": kind, **made}, 201)

    def update(
        self,
        document: str,
        resource: str,
        id: str,
        body: Mapping[str, Json],
        force: bool = False,
        world: str | None = None,
    ) -> flask.Response:
        """Change a record."""
        name, served, kind = self._place(document, resource, world)
        text = decoded(id)
        changed = on_loop(lambda: update(served, self._worlds.get(name), kind, text, body, force=force))
        return as_json({"document": served.name, "resource": kind, **changed})

    def delete(self, document: str, resource: str, id: str, world: str | None = None) -> flask.Response:
        """Delete a record."""
        name, served, kind = self._place(document, resource, world)
        text = decoded(id)
        on_loop(lambda: delete(served, self._worlds.get(name), kind, text))
        return nothing()

    def _place(self, document: str, resource: str, world: str | None) -> tuple[str, Served, str]:
        name, wanted, kind = world_name(world), decoded(document), decoded(resource)
        found = next((served for served in self._documents if served.name == wanted), None)
        if found is None:
            raise missing("document", wanted, [served.name for served in self._documents])
        if kind not in found.plan.resources:
            raise missing("resource", kind, list(found.plan.resources))
        return name, found, kind


def records(served: Served, world: World, resource: str) -> Records:
    """Return the records of a resource in a world. On the loop's thread, as all below.

    Raises:
        HandlersError: There is no such resource.
    """
    scope = served.engine.scope(None, world)
    return Records(resource, scope.state, scope)


def create(
    served: Served, world: World, resource: str, data: Mapping[str, Json], *, force: bool = False
) -> dict[str, Json]:
    """Make a record of what is given, completed by the plan and the document, and return it with its id.

    An id that is given is the record's.

    Raises:
        Refusal: It conflicts with another, or breaks the document and is not forced; then nothing has changed.
    """
    scope = served.engine.scope(None, world)
    state = scope.state
    kind = state.kinds[resource]

    def make() -> Json:
        given = kind.id_of(data)
        record = state.create(kind, Change(data, {}, {}, trusted=True), scope, id=given)
        if not force:
            _judge(served, world, resource, record.id)
        return record.id

    return _seen(served, world, resource, atomically(state.store, make))


def update(
    served: Served, world: World, resource: str, id: Json, data: Mapping[str, Json], *, force: bool = False
) -> dict[str, Json]:
    """Change some properties of a record, and return it.

    Raises:
        Refusal: There is none, or it would break the document and is not forced; then nothing has changed.
    """
    store = served.engine.scope(None, world).state.store

    def change() -> Json:
        found = _found(served, world, resource, id)
        records(served, world, resource).update(found, data)
        if not force:
            _judge(served, world, resource, found)
        return found

    return _seen(served, world, resource, atomically(store, change))


def delete(served: Served, world: World, resource: str, id: Json) -> None:
    """Delete a record, and what goes with it.

    Raises:
        Refusal: There is none.
    """
    records(served, world, resource).delete(_found(served, world, resource, id))


def clear(served: Served, world: World, resource: str) -> None:
    """Delete all records of a resource, and what goes with them."""
    scope = served.engine.scope(None, world)
    state = scope.state
    kind = state.kinds[resource]

    def clear() -> None:
        found = state.store.select(resource, Query()).records
        # Each for itself: one may go with another before its turn.
        for record in found:
            if state.store.get(resource, record.id) is not None:
                state.delete(kind, [record], scope)

    atomically(state.store, clear)


def _found(served: Served, world: World, resource: str, id: Json) -> Json:
    """Return the id of a live record as it is stored, whichever type it was written in."""
    state = world.settled(served.name)
    kind = state.kinds[resource]
    record = state.record(kind, id)
    if record is None:
        raise state.missing(kind, id)
    return record.id


def _seen(served: Served, world: World, resource: str, id: Json) -> dict[str, Json]:
    state = world.settled(served.name)
    kind = state.kinds[resource]
    record = state.record(kind, id)
    assert record is not None
    return {"id": record.id, "version": record.version, "data": dict(state.shown(kind, record))}


def _judge(served: Served, world: World, resource: str, id: Json) -> None:
    state = world.settled(served.name)
    kind = state.kinds[resource]
    record = state.record(kind, id)
    assert record is not None
    shown = {name: value for name, value in state.shown(kind, record).items() if name not in kind.unshown}
    violations = state.rules.document.response_schemas.validator(kind.plan.schema).violations(
        shown, ("body",)
    )
    if violations:
        said = "; ".join(map(str, violations[:_MOST_SAID]))
        message = f"the record breaks the schema of {resource}: {said}. Correct it, or say force"
        raise Refusal(RefusalKind.INVALID, message, violations=violations)
