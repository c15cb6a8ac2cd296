"""What was exercised of a document and what was not, as figures and lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from mockserver.document.model import MediaType, Operation
from mockserver.errors import Json
from mockserver.mocking.coverage.asking import Asked
from mockserver.mocking.coverage.counting import Coverage
from mockserver.mocking.coverage.items import OF_DIRECTION, REQUEST, Dimension, Item
from mockserver.mocking.coverage.naming import missing, owner, telling
from mockserver.mocking.coverage.reaching import Wanted


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of how many."""

    seen: int
    of: int

    @property
    def percent(self) -> float:
        """100 where nothing is asked for."""
        return 100 * self.seen / self.of if self.of else 100.0

    def as_json(self) -> dict[str, Json]:
        """Return the figure as a JSON value."""
        return {"seen": self.seen, "of": self.of, "percent": floored(self.percent)}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that was never exercised.

    Attributes:
        part: `request`, a status, or a parameter: `query.limit`.
        place: Where in the body, "" for the whole part.
        text: What never was: `never given`.
    """

    dimension: Dimension
    part: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.part}{' ' + self.place if self.place else ''}: {self.text}"


@dataclass(frozen=True, slots=True)
class Row:
    """One operation.

    Attributes:
        calls: How often it was called.
        statuses: Status as it came -> how often; 0 for no answer.
        figures: Of itself alone: schemas that it shares with others count here only where they were seen here.
        missing: What was never exercised of it, without what follows from it: nothing below what was never given, and
            nothing of an operation that was never called.
        is_cut: Whether its bodies ask for more than is shown.
    """

    operation: Operation
    calls: int
    statuses: Mapping[int, int]
    figures: Mapping[Dimension, Figure]
    missing: tuple[Missing, ...]
    is_cut: bool

    def as_json(self) -> dict[str, Json]:
        """Return the row as a JSON value."""
        operation = self.operation
        return {
            "id": operation.id,
            "method": operation.method,
            "path": operation.path,
            "tags": list(operation.tags),
            "calls": self.calls,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "figures": {name.value: figure.as_json() for name, figure in self.figures.items()},
            "untouched": [
                {"dimension": item.dimension.value, "part": item.part, "place": item.place, "text": item.text}
                for item in self.missing
            ],
            "cut": self.is_cut,
        }


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """The schemas of one name, or of one body without a name, in one direction."""

    name: str
    direction: str
    figure: Figure
    missing: tuple[str, ...]

    def as_json(self) -> dict[str, Json]:
        """Return the row as a JSON value."""
        return {
            "name": self.name,
            "direction": self.direction,
            **self.figure.as_json(),
            "untouched": list(self.missing),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The coverage of one document; for the counts see `Coverage`.

    Attributes:
        percent: The mean of the percentages of all dimensions in which the document asks for anything.
        rows: The operations in the document's order.
        schemas: Those first that lack most.
        undeclared: Operation, status and count of answers that the document does not declare.
        limits: What was left out because there is too much of it, in sentences.
    """

    name: str
    title: str
    percent: float
    dimensions: Mapping[Dimension, Figure]
    rows: tuple[Row, ...]
    schemas: tuple[SchemaRow, ...]
    undeclared: tuple[tuple[Operation, int, int], ...]
    exchanges: int
    strangers: int
    paths: tuple[str, ...]
    broken: int
    unread: int
    limits: tuple[str, ...] = field(default=())

    @property
    def never_called(self) -> list[Operation]:
        """The operations that nobody has called."""
        return [row.operation for row in self.rows if not row.calls]

    def below(self, least: Mapping[str, float]) -> list[tuple[str, float, float]]:
        """Return (name, percent, least percent) for what is not enough.

        Args:
            least: Name of a dimension, or "" for the whole -> the least percentage.
        """
        percents = {"": self.percent, **{name.value: item.percent for name, item in self.dimensions.items()}}
        return [(name, percents[name], wanted) for name, wanted in least.items() if percents[name] < wanted]

    def as_json(self, *, schemas: bool = True) -> dict[str, Json]:
        """Return the report as a JSON value; without `schemas` it is shorter."""
        value: dict[str, Json] = {
            "document": self.name,
            "title": self.title,
            "percent": floored(self.percent),
            "dimensions": {name.value: figure.as_json() for name, figure in self.dimensions.items()},
            "exchanges": self.exchanges,
            "never_called": [operation.id for operation in self.never_called],
            "operations": [row.as_json() for row in self.rows],
            "undeclared": [
                {"operation": operation.id, "status": status, "count": count}
                for operation, status, count in self.undeclared
            ],
            "elsewhere": {"count": self.strangers, "some": list(self.paths)},
            "broken_requests": self.broken,
            "unread_bodies": self.unread,
            "limits": list(self.limits),
        }
        if schemas:
            value["schemas"] = [row.as_json() for row in self.schemas]
        return value


def floored(percent: float) -> float:
    """Return a percentage with one decimal, never more than it is: 99.96 is no 100."""
    return int(percent * 10) / 10


def report(coverage: Coverage) -> Report:
    """Return the report of what was counted."""
    asked, seen = coverage.asked, coverage.seen
    dimensions = {
        dimension: Figure(sum(item in seen for item in items), len(items))
        for dimension, items in asked.items.items()
    }
    percents = [figure.percent for figure in dimensions.values() if figure.of]
    statuses: dict[str, dict[int, int]] = {}
    for (id, status), count in coverage.answers.items():
        statuses.setdefault(id, {})[status] = count
    document = asked.document
    parameters: dict[str, list[Item]] = {}
    for item in sorted(asked.items[Dimension.PARAMETERS]):
        parameters.setdefault(item.operation, []).append(item)
    return Report(
        document.name,
        document.title,
        sum(percents) / len(percents) if percents else 100.0,
        dimensions,
        tuple(
            _row(coverage, operation, statuses.get(operation.id, {}), parameters.get(operation.id, []))
            for operation in asked.operations
        ),
        tuple(_schemas(coverage)),
        tuple(
            (document.operations[id], status, count)
            for (id, status), count in sorted(coverage.undeclared.items())
        ),
        coverage.exchanges,
        coverage.strangers,
        tuple(sorted(coverage.paths)),
        coverage.broken,
        coverage.unread,
        tuple(asked.limits),
    )


def _row(
    coverage: Coverage, operation: Operation, statuses: Mapping[int, int], parameters: list[Item]
) -> Row:
    asked, seen = coverage.asked, coverage.seen
    calls = sum(statuses.values())
    found: list[Missing] = []
    figures = {Dimension.PARAMETERS: _figure(parameters, seen)}
    for part, items in groupby(parameters, key=lambda item: item.part):
        unseen = [
            Wanted(item.pointer, item.what, owner(item.pointer)[1] if item.pointer else "")
            for item in items
            if item not in seen
        ]
        found += [
            Missing(Dimension.PARAMETERS, part, item.label, missing(item.what)) for item in telling(unseen)
        ]
    declared = [
        Item(Dimension.STATUSES, operation.id, answer.status) for answer in asked.responses(operation)
    ]
    figures[Dimension.STATUSES] = _figure(declared, seen)
    found += [
        Missing(Dimension.STATUSES, item.part, "", "never answered") for item in declared if item not in seen
    ]
    bodies = list(asked.bodies(operation))
    media = [Item(Dimension.MEDIA_TYPES, operation.id, part, "", body.name) for part, body in bodies]
    figures[Dimension.MEDIA_TYPES] = _figure(media, seen)
    answered = {item.part for item in declared if item in seen} | {REQUEST}
    found += [
        Missing(Dimension.MEDIA_TYPES, item.part, "", missing(item.what))
        for item in media
        if item not in seen and item.part in answered
    ]
    is_cut = False
    for dimension in OF_DIRECTION.values():
        number = total = 0
        for part, body in bodies:
            if (part == REQUEST) != (dimension is Dimension.REQUEST_SCHEMAS):
                continue
            near = asked.near(part, body)
            is_cut |= near.is_cut
            lacking = _lacking(coverage, dimension, (operation.id, part, body.name), near.items)
            number, total = number + len(near.items) - len(lacking), total + len(near.items)
            if _was_seen(seen, operation, part, body):
                found += [
                    Missing(dimension, part, item.label, missing(item.what)) for item in telling(lacking)
                ]
        figures[dimension] = Figure(number, total)
    return Row(operation, calls, statuses, figures, tuple(found) if calls else (), is_cut)


def _was_seen(seen: set[Item], operation: Operation, part: str, body: MediaType) -> bool:
    return Item(Dimension.MEDIA_TYPES, operation.id, part, "", body.name) in seen


def _lacking(
    coverage: Coverage, dimension: Dimension, place: tuple[str, str, str], wanted: Iterable[Wanted]
) -> list[Wanted]:
    """Return the items that were not seen in one body."""
    places = coverage.places
    return [
        item
        for item in wanted
        if place not in places.get(Item(dimension, "", "", item.pointer, item.what), ())
    ]


def _figure(items: Iterable[Item], seen: set[Item]) -> Figure:
    known = list(items)
    return Figure(sum(item in seen for item in known), len(known))


def _schemas(coverage: Coverage) -> list[SchemaRow]:
    rows: list[SchemaRow] = []
    asked: Asked = coverage.asked
    for direction, dimension in OF_DIRECTION.items():
        by_owner: dict[str, tuple[list[Item], list[Wanted]]] = {}
        for item in sorted(asked.items[dimension]):
            name, place = owner(item.pointer)
            items, lacking = by_owner.setdefault(name, ([], []))
            items.append(item)
            if item not in coverage.seen:
                lacking.append(Wanted(item.pointer, item.what, place))
        for name, (items, lacking) in by_owner.items():
            texts = tuple(
                f"{item.label}: {missing(item.what)}" if item.label else missing(item.what)
                for item in telling(lacking)
            )
            rows.append(
                SchemaRow(name, direction.value, Figure(len(items) - len(lacking), len(items)), texts)
            )
    return sorted(rows, key=lambda row: (-len(row.missing), row.name, row.direction))
