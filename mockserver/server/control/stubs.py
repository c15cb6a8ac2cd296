"""The operations of the control API on the stubs of a world."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

import flask

from mockserver.document.model import Operation
from mockserver.document.paths import PathTrie
from mockserver.errors import Json, Refusal, RefusalKind, Violation
from mockserver.mocking.exchange import Request
from mockserver.mocking.stubs import Stub
from mockserver.mocking.worlds import Worlds
from mockserver.server.calls import Served
from mockserver.server.control.answers import as_json, missing, nothing, world_name
from mockserver.server.control.loops import on_loop

_MOST_SAID: Final = 5


class StubOperations:
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
            "getStubs": self.stubs,
            "createStub": self.create,
            "clearStubs": self.clear,
            "getStub": self.stub,
            "deleteStub": self.delete,
        }

    def stubs(self, world: str | None = None) -> flask.Response:
        """Show the stubs."""
        name = world_name(world)
        found = on_loop(lambda: [shown(stub) for stub in self._worlds.look(name).stubs])
        return as_json({"world": name, "stubs": found})

    def stub(self, id: int, world: str | None = None) -> flask.Response:
        """Show one stub."""
        name = world_name(world)
        found = on_loop(lambda: self._worlds.look(name).stubs.get(id))
        if found is None:
            raise missing("stub", str(id), [])
        return as_json(shown(found))

    def create(self, body: Mapping[str, Json], world: str | None = None) -> flask.Response:
        """Take an order."""
        name = world_name(world)

        return as_json(on_loop(lambda: order(self._documents, self._worlds, name, body)), 201)

    def clear(self, world: str | None = None) -> flask.Response:
        """Forget the stubs."""
        name = world_name(world)

        def clear() -> None:
            # Looked for on the loop's thread.
            self._worlds.look(name).stubs.clear()

        on_loop(clear)
        return nothing()

    def delete(self, id: int, world: str | None = None) -> flask.Response:
        """Forget one stub."""
        name = world_name(world)
        if not on_loop(lambda: self._worlds.look(name).stubs.remove(id)):
            raise missing("stub", str(id), [])
        return nothing()


def order(
    documents: Sequence[Served], worlds: Worlds, name: str, body: Mapping[str, Json]
) -> dict[str, Json]:
    """Take an order for the world of a name, and return the stub with the rules of the document that it breaks.

    Raises:
        Refusal: It makes no sense, or breaks the document and is not forced.
    """
    served, operation, values = place(documents, body)
    raw = {key: value for key, value in body.items() if key not in ("method", "path")}
    if values:
        match = raw.get("match") or {}
        raw["match"] = {**match, "path": {**values, **match.get("path", {})}}
    raw["document"] = served.name if served else None
    raw["operation"] = operation.id if operation else None
    stub = Stub.load(raw, 0)
    violations = _violations(stub, served, operation)
    if violations and not stub.force:
        raise _broken(operation, violations)
    # A refused order makes no world.
    world = worlds.get(name)
    stub.number = world.stubs.next_number()
    world.stubs.add(stub)
    return {**shown(stub), "violations": [violation.as_dict() for violation in violations]}


# Whose requests.


def place(
    documents: Sequence[Served], body: Mapping[str, Json]
) -> tuple[Served | None, Operation | None, Mapping[str, str]]:
    """Return the document and the operation that something is for, and what its path says of variables.

    Args:
        documents: What is served.
        body: Names them: `document`, `operation`, or `method` and `path`.

    Raises:
        Refusal: There is none, or more than one.
    """
    document, id, method, path = (body.get(key) for key in ("document", "operation", "method", "path"))
    chosen = [served for served in documents if document in (None, served.name)]
    if not chosen:
        raise missing("document", str(document), [served.name for served in documents])
    if (method is None) is not (path is None):
        raise Refusal(RefusalKind.INVALID, "method and path belong together")
    if id is not None and method is not None:
        raise Refusal(RefusalKind.INVALID, "name either the operation or method and path")
    if id is not None:
        found = [(served, served.operations[id].operation) for served in chosen if id in served.operations]
        return *_only(found, f"operation {id!r}", chosen, str(id)), {}
    if method is None:
        return (chosen[0] if document is not None else None), None, {}
    places = [(served, *at) for served in chosen if (at := _at(served, str(method).upper(), str(path)))]
    served, operation = _only([at[:2] for at in places], f"{method} {path}", chosen)
    return served, operation, places[0][2]


def _only(
    found: Sequence[tuple[Served, Operation]], what: str, chosen: Sequence[Served], name: str = ""
) -> tuple[Served, Operation]:
    if len(found) > 1:
        names = ", ".join(served.name for served, _ in found)
        raise Refusal(RefusalKind.INVALID, f"{what} is in {names}; say which by document")
    if not found:
        known = [id for served in chosen for id in served.operations]
        near = difflib.get_close_matches(name, known, n=1)
        meant = f" (did you mean {near[0]!r}?)" if near else ""
        listed = f"; there are {', '.join(known)}" if len(known) < 20 else ""
        raise Refusal(RefusalKind.NOT_FOUND, f"there is no {what}{meant}{listed}")
    return found[0]


def _at(served: Served, method: str, path: str) -> tuple[Operation, Mapping[str, str]] | None:
    """Return the operation of a path, which may be the template or one that it matches, with its variables."""
    trie: PathTrie[Operation] = PathTrie()
    for target in served.operations.values():
        operation = target.operation
        if operation.method == method:
            if operation.path == path:
                return operation, {}
            for base in ("", *operation.base_paths):
                node, names = trie.place(base + operation.path)
                node.methods.setdefault(method, (operation, names))
    match = trie.find(path)
    if match is None:
        return None
    operation, names = match.node.methods[method]
    return operation, dict(zip(names, map(unquote, match.values), strict=True))


# What the document says of it.


def _violations(stub: Stub, served: Served | None, operation: Operation | None) -> Sequence[Violation]:
    """Return the rules of the document that the answer would break."""
    if served is None or operation is None or not (stub.answers or stub.fault == "truncate"):
        return ()
    sample = Request(operation, operation.method, operation.path, accept=stub.media_type or "")
    return served.engine.stubbed(stub, sample).violations or ()


def _broken(operation: Operation | None, violations: Sequence[Violation]) -> Refusal:
    listed = "; ".join(str(violation) for violation in violations[:_MOST_SAID])
    message = f"it breaks the document at {operation}: {listed}. Correct it, or say force: true."
    return Refusal(RefusalKind.INVALID, message, violations=violations)


def shown(stub: Stub) -> dict[str, Json]:
    """Return a stub as the control API shows it."""
    left = None if stub.times is None else max(stub.times - stub.hits, 0)
    return {**stub.save(), "left": left}
