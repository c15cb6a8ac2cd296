"""Documents, state and journal as JSON values, as `openapi.yaml` describes them.

Functions that take a `World` or a `State` are called on the loop's thread. The others only lay out what was
collected there, and may take their time elsewhere: records and exchanges are never changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Final

from mockserver.errors import Json
from mockserver.mocking import transcript
from mockserver.mocking.exchange import Exchange
from mockserver.mocking.instants import to_text
from mockserver.mocking.redaction import Redaction
from mockserver.mocking.resources import State
from mockserver.mocking.store import Query, Record
from mockserver.mocking.world import World
from mockserver.mocking.worlds import Worlds
from mockserver.server.calls import Served
from mockserver.server.control.reasons import reason
from mockserver.server.control.reloads import Reload
from mockserver.server.routes import base_urls
from mockserver.settings import Settings

_PACKAGES: Final = (
    "connexion", "faker", "flask", "httptools", "jsonschema-rs", "orjson", "starlette", "uvicorn", "uvloop",
)  # fmt: skip


def packages() -> dict[str, str]:
    """Return the versions of the installed packages that matter for what is answered."""
    found: dict[str, str] = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def record_counts(world: World) -> dict[str, dict[str, int]]:
    """Return the numbers of live records by document and resource."""
    return {
        name: {kind: world.count(name, kind) for kind in world.state(name).kinds} for name in world.documents
    }


def worlds(chosen: Sequence[World], known: Worlds) -> list[dict[str, Json]]:
    """Return worlds with their counts."""
    untouched: dict[str, int] = {}

    def records_of(world: World, document: str) -> int:
        return sum(world.count(document, kind) for kind in world.state(document).kinds)

    def records_in(world: World) -> int:
        total = 0
        for name in world.documents:
            if world.state(name) is not world.states.seeded[name]:
                total += records_of(world, name)
            else:
                # Most worlds have touched few documents: what they share is counted once.
                if name not in untouched:
                    untouched[name] = records_of(world, name)
                total += untouched[name]
        return total

    return [
        {
            "name": world.name,
            "records": records_in(world),
            "exchanges": world.journal.count,
            "stubs": len(world.stubs),
            "active": world.active,
            "idle_seconds": round(known.idle_seconds(world), 3),
            "clock": clock(world),
        }
        for world in chosen
    ]


def clock(world: World) -> dict[str, Json]:
    """Return the time in a world, and how it goes on."""
    setting = world.clock.setting
    return {
        "world": world.name,
        "mode": "running" if setting.frozen is None else "frozen",
        "now": to_text(world.clock.look()),
        "offset_seconds": setting.offset.total_seconds(),
    }


def document(
    served: Served, counts: Mapping[str, int], origin: str, settings: Settings, reload: Reload | None
) -> dict[str, Json]:
    """Return a served document."""
    model, plan = served.document, served.plan
    return {
        "name": served.name,
        "title": model.title,
        "openapi": model.version,
        "file": model.source.name,
        "plan": plan.source.name if plan.source else None,
        "base_urls": base_urls(served, settings, origin),
        "operations": [_operation(served, id) for id in served.operations],
        "reload": None if reload is None else reload.as_dict(),
        "resources": [{"name": name, "records": number} for name, number in counts.items()],
        "faults": [
            {
                "severity": fault.severity.value,
                "rule": fault.rule,
                "message": fault.message,
                "effect": fault.effect,
                "file": fault.file or model.source.name,
                "pointer": fault.pointer,
            }
            for fault in model.faults
        ],
    }


def _operation(served: Served, id: str) -> dict[str, Json]:
    target = served.operations[id]
    operation, planned = target.operation, served.plan.operations.get(id)
    return {
        "id": id,
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
        "stateful": planned is not None,
        "action": planned.action.value if planned else None,
        "resource": planned.resource.name if planned else None,
        "handler": target.handler is not None,
    }


def find(state: State, resource: str, id_text: str) -> dict[str, Json] | None:
    """Return the record whose id has this text, None when none lives."""
    found = state.store.get(resource, id_text)
    if found is None and id_text.isascii() and id_text.removeprefix("-").isdigit() and len(id_text) < 20:
        found = state.store.get(resource, int(id_text))
    return None if found is None else _record(state, resource, found)


def records(state: State, document: str, resource: str, offset: int, limit: int) -> dict[str, Json]:
    """Return a page of the live records of a resource, in order of creation."""
    found = state.store.select(resource, Query(offset=offset, limit=limit))
    return {
        "document": document,
        "resource": resource,
        "total": found.total,
        "records": [_record(state, resource, record) for record in found.records],
    }


def _record(state: State, resource: str, record: Record) -> dict[str, Json]:
    return {"id": record.id, "version": record.version, "data": state.shown(state.kinds[resource], record)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which exchanges somebody wants to see; None is any."""

    document: str | None = None
    operation: str | None = None
    method: str | None = None
    status: int | None = None
    since: int | None = None

    def admits(self, exchange: Exchange) -> bool:
        """Return whether an exchange is one of them."""
        return (
            self.document in (None, exchange.document)
            and (
                self.operation is None
                or (exchange.operation is not None and exchange.operation.id == self.operation)
            )
            and (self.method is None or exchange.method == self.method.upper())
            and self.status in (None, exchange.answer.status)
            and (self.since is None or exchange.number > self.since)
        )

    def page(self, exchanges: Iterable[Exchange], limit: int) -> tuple[int, Sequence[Exchange]]:
        """Return how many are wanted, and those to show: the first after a number, else the newest."""
        found = [exchange for exchange in exchanges if self.admits(exchange)]
        return len(found), found[:limit] if self.since is not None else found[
            len(found) - min(limit, len(found)) :
        ]


def exchange(seen: Exchange, redaction: Redaction, documents: Mapping[str, Served]) -> dict[str, Json]:
    """Return an exchange."""
    return transcript.shown(seen, redaction, reason(seen, documents))
