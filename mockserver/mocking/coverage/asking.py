"""What a document asks for: every item that a client could exercise, each once.

What a client cannot do is not asked for: `readOnly` properties in requests and `writeOnly` ones in answers, leaving out
what is required, values of a schema that takes none, bodies where HTTP has none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from mockserver.document.dialect import Direction
from mockserver.document.model import Document, MediaType, Operation, Response
from mockserver.mocking.coverage.items import (
    CALLED,
    GIVEN,
    OF_DIRECTION,
    REQUEST,
    Dimension,
    Item,
)
from mockserver.mocking.coverage.nodes import MAX_VALUES, Nodes
from mockserver.mocking.coverage.reaching import Reach, reach

MOST: Final = 200_000
"""Items that the schemas of one direction ask for; what comes after them is left out, and that is said."""
NEAR_LEVELS: Final = 3
"""Levels of objects and lists within a message that belong to the account of its own operation."""
NEAR_MOST: Final = 200
"""Items of them."""
_KEY: Final = "coverage of all"
_BODILESS: Final = frozenset({"204", "205", "304"})
"""Statuses that have no body (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5)."""


class Asked:
    """All items that a document asks for.

    Args:
        document: The document.
        chosen: Ids of the operations that count; None for all.
        passed_over: Declared statuses that do not count, such as `5XX`, which stands for `503` too.
    """

    def __init__(
        self, document: Document, chosen: Collection[str] | None = None, passed_over: Collection[str] = ()
    ) -> None:
        self.document = document
        self.operations = [
            operation
            for operation in document.operations.values()
            if chosen is None or operation.id in chosen
        ]
        self._passed_over = frozenset(status.upper() for status in passed_over)
        self.nodes = {
            Direction.REQUEST: Nodes.of(document.request_schemas),
            Direction.RESPONSE: Nodes.of(document.response_schemas),
        }
        self.limits: list[str] = []
        """What was left out because there was too much of it, in sentences."""
        self.items: dict[Dimension, frozenset[Item]] = {
            Dimension.OPERATIONS: frozenset(
                Item(Dimension.OPERATIONS, operation.id, "", "", CALLED) for operation in self.operations
            ),
            Dimension.PARAMETERS: frozenset(self._parameters()),
            Dimension.STATUSES: frozenset(
                Item(Dimension.STATUSES, operation.id, response.status)
                for operation in self.operations
                for response in self.responses(operation)
            ),
            Dimension.MEDIA_TYPES: frozenset(
                Item(Dimension.MEDIA_TYPES, operation.id, part, "", media.name)
                for operation in self.operations
                for part, media in self.bodies(operation)
            ),
        }
        for direction, dimension in OF_DIRECTION.items():
            self.items[dimension] = frozenset(self._schemas(direction, dimension))
        self._near: dict[tuple[Direction, str], Reach] = {}

    @staticmethod
    def of(document: Document) -> Asked:
        """Return what a whole document asks for; made once for each document."""
        kept: Asked | None = document.response_schemas.derived.get(_KEY)
        if kept is None:
            kept = document.response_schemas.derived[_KEY] = Asked(document)
        return kept

    def responses(self, operation: Operation) -> list[Response]:
        """Return the declared answers that count."""
        return [
            response
            for response in operation.responses.values()
            if response.status.upper() not in self._passed_over
            and f"{response.status[:1]}XX" not in self._passed_over
        ]

    def bodies(self, operation: Operation) -> Iterator[tuple[str, MediaType]]:
        """Yield the declared bodies with the part that they belong to."""
        if operation.request_body is not None and operation.method not in ("GET", "HEAD"):
            # In these a body has no meaning (RFC 9110 sections 9.3.1 and 9.3.2), and most clients cannot send one.
            for media in operation.request_body.content.values():
                yield REQUEST, media
        if operation.method != "HEAD":
            for response in self.responses(operation):
                if response.status not in _BODILESS:
                    for media in response.content.values():
                        yield response.status, media

    def near(self, part: str, media: MediaType) -> Reach:
        """Return what one body asks for of its own: not more than a person can look at."""
        direction = Direction.REQUEST if part == REQUEST else Direction.RESPONSE
        head = self._plain(direction, media.schema or media.item_schema or "")
        found = self._near.get((direction, head))
        if found is None:
            heads = [head] if head else []
            found = reach(self.nodes[direction], heads, most=NEAR_MOST, levels=NEAR_LEVELS)
            self._near[direction, head] = found
        return found

    def _plain(self, direction: Direction, head: str) -> str:
        """Return what a schema refers to, where it says nothing more: many bodies share it."""
        group = self.nodes[direction].group(head)
        schema = self.nodes[direction].schemas.at(head) if head and group else None
        return (
            group[1].pointer
            if isinstance(schema, dict) and len(schema) == 1 and "$ref" in schema and len(group) > 1
            else head
        )

    def _parameters(self) -> Iterator[Item]:
        nodes = self.nodes[Direction.REQUEST]
        for operation in self.operations:
            for parameter in operation.parameters:
                part = f"{parameter.place}.{parameter.name}"
                if parameter.place != "path":
                    # Those of the path are given by each call.
                    yield Item(Dimension.PARAMETERS, operation.id, part, "", GIVEN)
                if parameter.schema is not None:
                    found = reach(nodes, [parameter.schema], most=NEAR_MOST)
                    if found.is_cut:
                        self.limits.append(
                            f"of the parameter {parameter.name} of {operation} the first {NEAR_MOST} items count"
                        )
                    for wanted in found.items:
                        yield Item(Dimension.PARAMETERS, operation.id, part, wanted.pointer, wanted.what)

    def _schemas(self, direction: Direction, dimension: Dimension) -> Iterator[Item]:
        heads = [
            head
            for operation in self.operations
            for part, media in self.bodies(operation)
            if (part == REQUEST) == (direction is Direction.REQUEST)
            for head in (media.schema, media.item_schema)
            if head is not None
        ]
        found = reach(self.nodes[direction], heads, most=MOST)
        if found.is_cut:
            self.limits.append(
                f"the schemas of the {direction}s ask for more than {MOST} items; no more count"
            )
        if found.long_enums:
            few = len(found.long_enums) == 1
            self.limits.append(
                f"{'an enum' if few else f'{len(found.long_enums)} enums'} of {direction}s with more than {MAX_VALUES} "
                f"values {'is' if few else 'are'} not asked for value by value: {found.long_enums[0]}"
                f"{'' if few else ', ...'}"
            )
        for wanted in found.items:
            yield Item(dimension, "", "", wanted.pointer, wanted.what)
