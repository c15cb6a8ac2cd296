"""What all who serve a world must agree on besides its records: clock, stubs, and journal, kept in a shared backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from mockserver import jsontext
from mockserver.document.model import Operation
from mockserver.errors import Json, StoreUnavailable, Violation
from mockserver.mocking.clock import Clock
from mockserver.mocking.exchange import BODY_LIMIT, Answer, Exchange, Journal, ResponseSource
from mockserver.mocking.instants import to_text
from mockserver.mocking.store import Backend, Log, Note
from mockserver.mocking.stubs import Stubs

_NOTE = "world"


class Agreeing(Protocol):
    """A world, as far as its clock, its stubs and the number of its dynamic answers go."""

    name: str
    clock: Clock
    stubs: Stubs
    draws: int


class Agreement:
    """Clock, stubs and the number of dynamic answers of a world as a note.

    Args:
        backend: Where the note is.
        world: What this process goes by.
    """

    def __init__(self, backend: Backend, world: Agreeing) -> None:
        self._backend = backend
        self._world = world
        self._seen: Note | None = None
        self._saved = self._first = self._save()

    def fetch(self) -> None:
        """Go by what others have written since the last look.

        Raises:
            StoreUnavailable: It cannot be asked for.
        """
        note = self._backend.note(self._world.name, _NOTE)
        if note != self._seen:
            self._seen = note
            value = self._first if note is None else note.value
            self._world.clock.load(value["clock"])
            self._world.stubs.load(value["stubs"])
            self._world.draws = value["draws"]
            self._saved = self._save()

    def keep(self) -> None:
        """Write for others what has changed here since then; the last one to write is right.

        Raises:
            StoreUnavailable: It cannot be written.
        """
        saved = self._save()
        if saved != self._saved:
            self._seen = self._backend.write_note(self._world.name, _NOTE, saved)
            self._saved = saved

    def _save(self) -> dict[str, Json]:
        world = self._world
        return {"clock": world.clock.save(), "stubs": world.stubs.save(), "draws": world.draws}


class SharedJournal(Journal):
    """A journal that several processes write to and read.

    What cannot be written, because the place where it is kept does not answer, is left out: the answers themselves say
    so already.

    Args:
        log: Where it is.
        size: Exchanges that are kept.
        listener: Told of each exchange that this process records.
        operation: Returns an operation by the names of its document and its own.
    """

    def __init__(
        self,
        log: Log,
        size: int,
        listener: Callable[[Journal, Exchange], object],
        operation: Callable[[str | None, str | None], Operation | None],
    ) -> None:
        # Before `super`, which sets a count.
        self._log = log
        super().__init__(size, listener)
        self._size = size
        self._operation = operation

    @property
    def count(self) -> int:
        """How many exchanges there ever were."""
        return self._log.count()

    @count.setter
    def count(self, number: int) -> None:
        """Nothing to do: the log counts."""

    def record(self, exchange: Exchange) -> None:
        """Add an exchange and number it, from 1."""
        with suppress(StoreUnavailable):
            exchange.number = self._log.append(pack(exchange), self._size)
        if self._listener is not None:
            self._listener(self, exchange)
        exchange.cut()

    def clear(self) -> None:
        """Forget all exchanges; numbering goes on."""
        self._log.clear()

    def forget(self, number: int) -> None:
        """Nothing to do: exchanges of other processes are not for this one to forget."""

    def __iter__(self) -> Iterator[Exchange]:
        return iter([unpack(number, text, self._operation) for number, text in self._log.read()])

    def __len__(self) -> int:
        return len(self._log.read())


def pack(exchange: Exchange) -> bytes:
    """Return an exchange as JSON text."""
    answer = exchange.answer
    return jsontext.dumps(
        {
            "world": exchange.world,
            "received": to_text(exchange.received),
            "document": exchange.document,
            "operation": None if exchange.operation is None else exchange.operation.id,
            "method": exchange.method,
            "path": exchange.path,
            "query": _text(exchange.query),
            "request_headers": _texts(exchange.request_headers),
            "request_body": _text(exchange.request_body[:BODY_LIMIT]),
            "request_size": exchange.request_size,
            "answer_headers": _texts(exchange.answer_headers),
            "content": _text(exchange.content[:BODY_LIMIT]),
            "content_size": exchange.content_size,
            "status": answer.status,
            "media_type": answer.media_type,
            "source": answer.source.value,
            "detail": answer.detail,
            "violations": _told(answer.violations or ()),
            "request_violations": _told(exchange.request_violations),
        }
    )


def unpack(
    number: int, text: bytes, operation: Callable[[str | None, str | None], Operation | None]
) -> Exchange:
    """Return the exchange of a text; its operation is None where no document has it any more."""
    raw: dict[str, Any] = jsontext.loads(text)
    violations = _violations(raw["violations"])
    answer = Answer(
        raw["status"],
        media_type=raw["media_type"],
        source=ResponseSource(raw["source"]),
        detail=raw["detail"],
        violations=violations or None,
    )
    exchange = Exchange(
        raw["world"],
        datetime.fromisoformat(raw["received"]),
        raw["document"],
        operation(raw["document"], raw["operation"]),
        raw["method"],
        raw["path"],
        _data(raw["query"]),
        [(_data(name), _data(value)) for name, value in raw["request_headers"]],
        _data(raw["request_body"]),
        answer,
        [(_data(name), _data(value)) for name, value in raw["answer_headers"]],
        _data(raw["content"]),
    )
    exchange.number = number
    exchange.request_violations = _violations(raw["request_violations"])
    exchange.request_size, exchange.content_size = raw["request_size"], raw["content_size"]
    return exchange


def _told(violations: Iterable[Violation]) -> list[dict[str, Json]]:
    return [{**violation.as_dict(), "value": violation.value} for violation in violations]


def _violations(raw: list[dict[str, Any]]) -> tuple[Violation, ...]:
    return tuple(
        Violation(tuple(item["location"]), item["rule"], item["message"], item["value"], item["pointer"])
        for item in raw
    )


def _text(data: bytes) -> str:
    return data.decode("latin-1")


def _data(text: str) -> bytes:
    return text.encode("latin-1")


def _texts(pairs: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(_text(name), _text(value)) for name, value in pairs]
