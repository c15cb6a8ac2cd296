"""The operations of the control API on calls: what was asked of a world, as tests look at it, and what they expect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import flask

from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking import assertions
from mockserver.mocking.calls import Call, Reader
from mockserver.mocking.exchange import Exchange
from mockserver.mocking.redaction import REDACTED, Redaction
from mockserver.mocking.worlds import Worlds
from mockserver.server.calls import Served
from mockserver.server.control.answers import as_json, missing, world_name
from mockserver.server.control.loops import on_loop
from mockserver.server.control.stubs import place
from mockserver.server.control.views import Wanted
from mockserver.settings import Settings


class CallOperations:
    """What answers, by operationId.

    Args:
        documents: What is served; may change meanwhile.
        worlds: All worlds.
        settings: How it is served.
    """

    def __init__(self, documents: list[Served], worlds: Worlds, settings: Settings) -> None:
        self._documents = documents
        self._worlds = worlds
        self._settings = settings
        self._readers: tuple[list[Served], Reader] | None = None

    def named(self) -> dict[str, Callable[..., flask.Response]]:
        """Return the functions by operationId."""
        return {"getCalls": self.calls, "assertCalls": self.assert_calls}

    def calls(
        self,
        document: str | None = None,
        operation: str | None = None,
        method: str | None = None,
        status: int | None = None,
        only: str | None = None,
        since: int | None = None,
        limit: int = 100,
        world: str | None = None,
    ) -> flask.Response:
        """Show the calls."""
        name = world_name(world)
        known = [served.name for served in self._documents]
        if document is not None and document not in known:
            raise missing("document", document, known)
        if operation is not None:
            place(self._documents, {"operation": operation, "document": document})
        exchanges, last = self._exchanges(name)
        wanted = Wanted(document, operation, method, status, since)
        reader = self._reader()
        read = [(exchange, reader.call(exchange)) for exchange in exchanges if wanted.admits(exchange)]
        found = [pair for pair in read if only is None or _IS[only](pair[1])]
        page = found[:limit] if since is not None else found[max(len(found) - limit, 0) :]
        redaction = Redaction(served.document for served in self._documents)
        return as_json(
            {
                "world": name,
                "total": len(found),
                "last": last,
                "calls": [redacted(call, exchange, redaction).as_dict() for exchange, call in page],
            }
        )

    def assert_calls(self, body: Mapping[str, Json], world: str | None = None) -> flask.Response:
        """Check what a test expects."""
        name = world_name(world)
        served, operation, path = place(self._documents, body)
        for id in body.get("order") or ():
            place(self._documents, {"operation": id, "document": body.get("document")})
        exchanges, _ = self._exchanges(name)
        since = body.get("since") or 0
        if len(exchanges) >= self._settings.journal_size and exchanges[0].number > since + 1:
            message = (
                f"the journal holds no more than {len(exchanges)} calls; serve with a greater journal-size"
            )
            raise Refusal(RefusalKind.CONFLICT, message)
        reader = self._reader()
        calls = [reader.call(exchange) for exchange in exchanges if exchange.number > since]
        about = (served.name, operation.id) if served is not None and operation is not None else None
        outcome = assertions.check(body, calls, about, path)
        if not outcome.passed:
            raise Refusal(RefusalKind.CONFLICT, outcome.message)
        return as_json({"world": name, "passed": True, "calls": len(calls), "matched": list(outcome.matched)})

    def _exchanges(self, name: str) -> tuple[Sequence[Exchange], int]:
        """Return the exchanges of a world, and the number of the last one."""

        def collect() -> tuple[list[Exchange], int]:
            journal = self._worlds.look(name).journal
            return list(journal), journal.count

        return on_loop(collect)

    def _reader(self) -> Reader:
        """Return what reads the exchanges of the documents that are served now."""
        if self._readers is None or self._readers[0] != self._documents:
            documents = [served.document for served in self._documents]
            reader = Reader(documents, auth=self._settings.auth, validate=self._settings.validate)
            self._readers = list(self._documents), reader
        return self._readers[1]


_IS: Mapping[str, Callable[[Call], bool]] = {
    "unmatched": lambda call: call.is_unmatched,
    "invalid": lambda call: call.is_invalid,
    "unexpected": lambda call: call.is_unmatched or call.is_invalid,
}


def redacted(call: Call, exchange: Exchange, redaction: Redaction) -> Call:
    """Return a call without the credentials that were sent."""
    headers = redaction.headers(exchange.request_headers)
    path = call.request.url.partition("?")[0]
    query = redaction.query(exchange.query)
    hidden = {name for name, value in call.request.headers.items() if headers.get(name) != value}
    fields = {
        name: [REDACTED] if f"{name}={REDACTED}" in query.split("&") else texts
        for name, texts in call.request.fields.items()
    }
    secret = {name for name, texts in fields.items() if texts == [REDACTED]}
    request = replace(
        call.request,
        url=f"{path}?{query}" if query else path,
        headers=headers,
        header={name: REDACTED if name in hidden else value for name, value in call.request.header.items()},
        cookie=dict.fromkeys(call.request.cookie, REDACTED),
        query={name: REDACTED if name in secret else value for name, value in call.request.query.items()},
        fields=fields,
    )
    answer = replace(call.answer, headers=redaction.headers(exchange.answer_headers))
    return replace(call, request=request, answer=answer)
