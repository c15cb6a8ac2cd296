"""A mock server in this process, which is asked on the thread of its loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import TypeVar

from mockserver.document.durations import EXPECTED, duration
from mockserver.errors import HandlersError, Json, Refusal, UsageError
from mockserver.mocking import snapshots
from mockserver.mocking.calls import Call, Reader
from mockserver.mocking.clock import instant
from mockserver.mocking.exchange import Exchange
from mockserver.mocking.instants import to_text
from mockserver.mocking.world import DEFAULT, World
from mockserver.pytest_plugin.controls import Known
from mockserver.pytest_plugin.tally import Origin, Tally
from mockserver.server.assembly import assemble
from mockserver.server.calls import Served
from mockserver.server.control import records, stubs
from mockserver.server.embedding import Embedded
from mockserver.settings import Settings

__tracebackhide__ = True
_Result = TypeVar("_Result")


class LocalServer:
    """Documents on the air, in a thread of this process.

    Args:
        settings: What to serve and how.
        tally: Counts what is exercised; None for nobody.

    Raises:
        MockserverError: A document, plan, fixture or handlers module is of no use.
    """

    def __init__(self, settings: Settings, tally: Tally | None = None) -> None:
        self.settings = settings
        application = assemble(settings, lambda: datetime.now(UTC))
        if tally is not None:
            parts = application.parts
            count = tally.watch(
                {Origin.of(part.loaded.source, part.served.name): part.loaded.document for part in parts}
            )
            written = application.worlds.witness

            def note(exchange: Exchange) -> None:
                count(exchange)
                if written is not None:
                    written(exchange)

            application.worlds.witness = note
        self.documents: Sequence[Served] = application.documents
        self.worlds = application.worlds
        self.embedded = Embedded(application)
        self.reader = Reader(
            (served.document for served in self.documents), auth=settings.auth, validate=settings.validate
        )
        self._origins: dict[int, str] = {}

    def origin(self, port: int = 0) -> str:
        """Return where it listens; it does so from the first question on."""
        if port not in self._origins:
            self._origins[port] = self.embedded.listen(self.settings.host, port)
        return self._origins[port]

    @cached_property
    def operations(self) -> list[Known]:
        """What is served."""
        return [
            Known(served.name, id, target.operation.method, target.operation.path)
            for served in self.documents
            for id, target in served.operations.items()
        ]

    def close(self) -> None:
        """Stop; the thread has ended when this returns."""
        self.embedded.close()


class LocalControl:
    """One world of it; see `Control`."""

    def __init__(self, server: LocalServer, world: str) -> None:
        self._server = server
        self._name = world
        self._calls: list[Call] = []

    def _do(self, work: Callable[[World], _Result]) -> _Result:
        """Do something with the world on the loop's thread."""
        worlds, name = self._server.worlds, self._name
        try:
            return self._server.embedded.run(lambda: work(worlds.get(name)))
        except Refusal as refusal:
            raise UsageError(refusal.message) from None
        except HandlersError as error:
            raise UsageError(str(error)) from None

    def _served(self, document: str) -> Served:
        return next(served for served in self._server.documents if served.name == document)

    @property
    def operations(self) -> Sequence[Known]:
        return self._server.operations

    @property
    def resources(self) -> Sequence[tuple[str, str]]:
        return [(served.name, name) for served in self._server.documents for name in served.plan.resources]

    def calls(self) -> Sequence[Call]:
        last = self._calls[-1].number if self._calls else 0
        fresh = self._do(lambda world: [seen for seen in world.journal if seen.number > last])
        most = self._server.settings.journal_size
        if len(fresh) >= most and fresh[0].number > last + 1:
            raise UsageError(
                f"{fresh[-1].number} calls are more than the journal holds; journal_size={most * 10} in the marker "
                "keeps more"
            )
        # Read here and not there: requests need not wait for it.
        self._calls += [self._server.reader.call(exchange) for exchange in fresh]
        return list(self._calls)

    def count(self) -> int:
        return self._do(lambda world: world.journal.count)

    def order(self, stub: Mapping[str, Json]) -> Mapping[str, Json]:
        server, name = self._server, self._name
        return self._do(lambda _: stubs.order(server.documents, server.worlds, name, stub))

    def stub(self, number: int) -> Mapping[str, Json] | None:
        def look(world: World) -> Mapping[str, Json] | None:
            found = world.stubs.get(number)
            return None if found is None else stubs.shown(found)

        return self._do(look)

    def remove_stub(self, number: int) -> None:
        self._do(lambda world: world.stubs.remove(number))

    def records(self, document: str, resource: str) -> Sequence[dict[str, Json]]:
        served = self._served(document)
        return self._do(lambda world: records.records(served, world, resource).list())

    def record(self, document: str, resource: str, id: Json) -> dict[str, Json] | None:
        served = self._served(document)
        return self._do(lambda world: records.records(served, world, resource).get(id))

    def create(
        self, document: str, resource: str, data: Mapping[str, Json], *, force: bool
    ) -> dict[str, Json]:
        served = self._served(document)
        made = self._do(lambda world: records.create(served, world, resource, data, force=force))
        return dict(made["data"])

    def update(
        self, document: str, resource: str, id: Json, data: Mapping[str, Json], *, force: bool
    ) -> dict[str, Json]:
        served = self._served(document)
        made = self._do(lambda world: records.update(served, world, resource, id, data, force=force))
        return dict(made["data"])

    def delete(self, document: str, resource: str, id: Json) -> None:
        served = self._served(document)
        self._do(lambda world: records.delete(served, world, resource, id))

    def clear(self, document: str, resource: str) -> None:
        served = self._served(document)
        self._do(lambda world: records.clear(served, world, resource))

    def now(self) -> str:
        return self._do(lambda world: to_text(world.clock.look()))

    def set_clock(self, mode: str, now: str | None) -> None:
        def change(world: World) -> None:
            at = None if now is None else instant(now)
            if mode == "frozen":
                world.clock.freeze(at)
            else:
                world.clock.run(at)

        self._do(change)

    def advance(self, by: float | str) -> None:
        length = duration(by)
        if length is None:
            raise UsageError(f"{by!r} is no length of time; write {EXPECTED}")
        self._do(lambda world: world.clock.advance(length))

    def snapshot(self) -> dict[str, Json]:
        return self._do(snapshots.save)

    def restore(self, snapshot: Json, *, force: bool) -> None:
        def restore(world: World) -> None:
            read = snapshots.read(snapshot, world)
            found = [] if force else list(chain.from_iterable(snapshots.faults(read, world)))
            if found:
                raise snapshots.refusal(found)
            snapshots.restore(world, read)

        self._do(restore)

    def reset(self) -> None:
        self._do(lambda world: world.reset())

    def harvest(self, since: int) -> None:
        # Whoever counts was told of each exchange.
        return

    def forget(self) -> None:
        server, name = self._server, self._name
        if name != DEFAULT:
            server.embedded.run(lambda: server.worlds.drop(name))
