"""Two servers of one document, and what a parity run finds between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mockserver.contract.events import Ended, Event, Found, Said, Tested
from mockserver.contract.findings import Finding
from mockserver.contract.parity.running import Parity
from mockserver.contract.parity.scenarios import Scenarios
from mockserver.contract.parity.sides import Live, Side
from mockserver.contract.parity.steps import Writes
from mockserver.contract.requests.client import Client
from mockserver.contract.requests.maker import Maker
from mockserver.contract.target import Target
from mockserver.document.model import Document, Operation
from mockserver.document.plan import Plan
from mockserver.mocking import credentials
from mockserver.server.assembly import assemble
from mockserver.server.running import bind, in_background
from mockserver.settings import Settings, Source

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@dataclass
class Outcome:
    """The events of a run."""

    events: list[Event] = field(default_factory=list)
    tighter: dict[str, Any] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        return list(
            {
                item.finding.fingerprint: item.finding for item in self.events if isinstance(item, Found)
            }.values()
        )

    @property
    def told(self) -> list[str]:
        """Check, operation and place of all findings."""
        return sorted(f"{item.check} {item.operation} {item.place}" for item in self.findings)

    @property
    def said(self) -> str:
        return "\n".join(item.text for item in self.events if isinstance(item, Said))

    @property
    def tested(self) -> dict[str, Tested]:
        return {item.name: item for item in self.events if isinstance(item, Tested)}

    @property
    def ended(self) -> Ended:
        return next(item for item in self.events if isinstance(item, Ended))


@contextmanager
def mock(path: Path, seed: int = 0, **settings: Any) -> Iterator[tuple[str, Document, Plan]]:
    """Serve the mock of a document on a free port, and give its URL."""
    application = assemble(
        Settings(documents=(Source(path),), seed=seed, **settings), lambda: datetime.now(UTC)
    )
    served = application.documents[0]
    with in_background(application.asgi, bind("127.0.0.1", 0)) as origin:
        yield f"{origin}/{served.name}", served.document, served.plan


def run(
    document: Document,
    plan: Plan,
    mock_url: str,
    real_url: str,
    *,
    writes: Writes = Writes.ALL,
    only: str = "",
    seed: int = 0,
    settle_s: float = 0.0,
    **target: Any,
) -> Outcome:
    """Hold two servers against each other."""

    def needed(operation: Operation) -> list[tuple[str, str, str]]:
        return credentials.for_operation(document, plan, operation)

    outcome = Outcome()
    with ExitStack() as stack:
        clients = [
            stack.enter_context(
                Client(
                    replace(Target(url, **target)),
                    sleep=lambda seconds: None,
                    told=lambda text: outcome.events.append(Said(text)),
                )
            )
            for url in (mock_url, real_url)
        ]
        sides = [
            Side(name, title, Live(client), document, needed)
            for name, title, client in zip(
                ("mock", "real"), ("the mock", "the real server"), clients, strict=True
            )
        ]
        wanted = frozenset(item.id for item in document.operations.values() if only in item.path)
        scenarios = Scenarios(Maker(document, plan, seed=seed), writes, lambda item: item.id in wanted).all()
        parity = Parity(
            document,
            sides[0],
            sides[1],
            tuple(scenarios),
            wanted,
            seed,
            settle_s=settle_s,
            sleep=lambda seconds: None,
        )
        outcome.tighter = parity.run(outcome.events.append, lambda: NOON)
    return outcome
