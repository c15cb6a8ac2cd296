"""The operation of the control API that tells what of the served documents was exercised."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import flask

from mockserver.errors import Json
from mockserver.mocking import transcript
from mockserver.mocking.coverage import Coverage, Report, report
from mockserver.mocking.exchange import Exchange
from mockserver.mocking.worlds import Worlds
from mockserver.server.calls import Served
from mockserver.server.control.answers import as_json, missing, world_name
from mockserver.server.control.loops import on_loop


class CoverageOperations:
    """What answers, by operationId.

    Args:
        documents: What is served; may change meanwhile.
        worlds: Where the journals are.
    """

    def __init__(self, documents: Sequence[Served], worlds: Worlds) -> None:
        self._served = documents
        self._worlds = worlds

    def named(self) -> dict[str, Callable[..., flask.Response]]:
        """Return the functions by operationId."""
        return {"getCoverage": self.coverage}

    def coverage(
        self, document: str | None = None, schemas: bool = False, world: str | None = None
    ) -> flask.Response:
        """Tell what the exchanges that a journal still has have exercised."""
        name = world_name(world)
        served = list(self._served)
        chosen = [item for item in served if document in (None, item.name)]
        if not chosen:
            raise missing("document", document or "", [item.name for item in served])
        exchanges = on_loop(lambda: list(self._worlds.look(name).journal))
        found = [_covered(item, exchanges).as_json(schemas=schemas) for item in chosen]
        answer: dict[str, Json] = {"world": name, "documents": found}
        return as_json(answer)


def _covered(served: Served, exchanges: Sequence[Exchange]) -> Report:
    coverage = Coverage(served.document)
    for seen in exchanges:
        if seen.document == served.name:
            operation = seen.operation.id if seen.operation else ""
            coverage.take(*transcript.messages_of(seen), operation)
    return report(coverage)
