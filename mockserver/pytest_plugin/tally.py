"""What the tests of a run exercised of the documents: counted in each process, put together in one.

Imported for each run, so what is costly is imported where it is needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.errors import Json, MockserverError
from mockserver.settings import Source, parse_source

if TYPE_CHECKING:
    from mockserver.document.model import Document
    from mockserver.mocking.coverage import Coverage, Report
    from mockserver.mocking.exchange import Exchange
    from mockserver.mocking.judging import Message, Reply


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document can be read again: its file or URL, its name, its overlays."""

    place: str
    name: str
    overlays: tuple[str, ...]

    @classmethod
    def of(cls, source: Source, name: str) -> Origin:
        """Return that of a document of this name."""
        return cls(str(source.path), name, source.overlays)

    def read(self) -> Document:
        """Read it.

        Raises:
            MockserverError: It cannot be read any more.
        """
        from mockserver import sources

        place = parse_source(self.place).path
        return sources.load_one(Source(place, self.name, overlays=self.overlays), self.name)


class Tally:
    """Counts what is exercised of documents, each of which is known by where it comes from."""

    def __init__(self) -> None:
        self._documents: dict[Origin, Document] = {}
        self._coverages: dict[Origin, Coverage] = {}
        self._fresh: deque[tuple[Origin, Message, Reply | None, str]] = deque()
        self.lost: list[str] = []

    def watch(self, documents: Mapping[Origin, Document]) -> Callable[[Exchange], None]:
        """Count documents in from now on; return what is to be told of each exchange, on any thread."""
        from mockserver.mocking import transcript

        self._documents.update(documents)
        named = {origin.name: origin for origin in documents}

        def note(exchange: Exchange) -> None:
            origin = named.get(exchange.document or "")
            if origin is not None and exchange.operation is not None:
                # Counted later, at the end of the test: requests need not wait for it.
                self._fresh.append((origin, *transcript.messages_of(exchange), exchange.operation.id))

        return note

    def take(self, documents: Mapping[Origin, Document], exchanges: Iterable[Mapping[str, Any]]) -> None:
        """Count exchanges as the control API shows them."""
        from mockserver.mocking import transcript

        self._documents.update(documents)
        named = {origin.name: origin for origin in documents}
        for raw in exchanges:
            if raw["document"] in named and raw["operation"] is not None:
                self._fresh.append((named[raw["document"]], *transcript.messages(raw), raw["operation"]))

    def count(self) -> None:
        """Count what has come since the last time."""
        while self._fresh:
            origin, message, reply, operation = self._fresh.popleft()
            self._of(origin).take(message, reply, operation)

    def _of(self, origin: Origin) -> Coverage:
        found = self._coverages.get(origin)
        if found is None:
            from mockserver.mocking.coverage import Coverage

            document = self._documents.get(origin)
            if document is None:
                document = self._documents[origin] = origin.read()
            # As `mockserver coverage` counts, so that both say the same.
            found = self._coverages[origin] = Coverage(document)
        return found

    def save(self) -> list[Json]:
        """Return all as a JSON value, which `load` takes in another process."""
        self.count()
        for origin in self._documents:
            self._of(origin)
        return [
            {
                "place": origin.place,
                "name": origin.name,
                "overlays": list(origin.overlays),
                "coverage": coverage.save(),
            }
            for origin, coverage in self._coverages.items()
        ]

    def load(self, saved: Iterable[Mapping[str, Any]]) -> None:
        """Add what another process has counted. A document that cannot be read here is told in `lost`."""
        for item in saved:
            origin = Origin(item["place"], item["name"], tuple(item["overlays"]))
            try:
                self._of(origin).load(item["coverage"])
            except MockserverError as error:
                self.lost.append(f"{origin.name}: {error}")

    def reports(self) -> list[Report]:
        """Return what was exercised, document by document."""
        from mockserver.mocking.coverage import report

        self.count()
        for origin in self._documents:
            self._of(origin)
        return [report(coverage) for coverage in self._coverages.values()]


def lines(report: Report, *, width: int = 100) -> list[str]:
    """Return a report in a line or two, no wider than that."""
    from mockserver.mocking.coverage import floored

    figures = ", ".join(
        f"{name.value} {figure.seen} of {figure.of}"
        for name, figure in report.dimensions.items()
        if figure.of
    )
    found = [f"{report.name}: {floored(report.percent):g} % ({figures})"]
    missed = [operation.id for operation in report.never_called]
    if missed:
        line = "  never called:"
        for index, name in enumerate(missed):
            if len(line) + len(name) + 2 > width:
                line += f" and {len(missed) - index} more"
                break
            line += f" {name}" + ("," if index < len(missed) - 1 else "")
        found.append(line)
    return found


def joined(journal: Path) -> None:
    """Put the journals of all workers into one, which is there in the end even if nobody was called."""
    with journal.open("ab") as whole:
        for part in sorted(journal.parent.glob(f"{journal.name}.gw*")):
            whole.write(part.read_bytes())
            part.unlink()
