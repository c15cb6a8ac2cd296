"""Counts what of a document was exercised, exchange by exchange."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Final

from mockserver.document.dialect import Direction
from mockserver.document.media_types import matching
from mockserver.document.model import Document, MediaType, Operation, Parameter
from mockserver.document.routing import Router
from mockserver.errors import Json, Violation
from mockserver.mocking.coverage.asking import Asked
from mockserver.mocking.coverage.items import CALLED, GIVEN, OF_DIRECTION, REQUEST, Dimension, Item
from mockserver.mocking.coverage.walking import Walker
from mockserver.mocking.judging import Judge, Judged, Message, Reply
from mockserver.mocking.redaction import REDACTED
from mockserver.mocking.transcript import at_home

STRANGERS: Final = 20
"""Requests that lead nowhere of which the report shows method and path."""
_UNREADABLE: Final = frozenset({"json", "xml", "encoding"})
_PATH_LIMIT: Final = 200

Place = tuple[str, str, str]
"""Id of an operation, part of it, media type: where an item of a schema was seen."""


class Coverage:
    """What of one document was exercised.

    It only ever grows, and it makes no difference in which order exchanges come. Two of one document are merged into
    what one would be that had seen the exchanges of both.

    Args:
        document: The document.
        chosen: Ids of the operations that count; None for all.
        passed_over: Declared statuses that do not count, e.g. `5XX`.
        router: How the server is mounted, for what nobody has judged yet; None for the paths that the document says.

    Attributes:
        seen: The items that were exercised. There may be some among them that nobody asks for.
        places: Of the items of schemas, where.
        answers: Numbers of exchanges by operation and status as it came; 0 for no answer.
        undeclared: Those of them whose status the document does not declare.
        exchanges: How many there were.
        strangers: How many led to no operation that counts; `paths` has some of them.
        broken: How many requests had a body that breaks the document: its fields do not count.
        unread: How many bodies were not there as a whole, could not be read or were too large.
    """

    def __init__(
        self,
        document: Document,
        chosen: Collection[str] | None = None,
        passed_over: Collection[str] = (),
        router: Router | None = None,
    ) -> None:
        is_all = chosen is None and not passed_over
        self.asked = Asked.of(document) if is_all else Asked(document, chosen, passed_over)
        self._counting = {operation.id for operation in self.asked.operations}
        self._walkers = {direction: Walker(nodes) for direction, nodes in self.asked.nodes.items()}
        self._router = router
        self._judge: Judge | None = None
        self.seen: set[Item] = set()
        self.places: dict[Item, set[Place]] = {}
        self.answers: Counter[tuple[str, int]] = Counter()
        self.undeclared: Counter[tuple[str, int]] = Counter()
        self.exchanges = 0
        self.strangers = 0
        self.paths: set[str] = set()
        self.broken = 0
        self.unread = 0

    def take(self, message: Message, reply: Reply | None = None, operation: str = "") -> Judged:
        """Count an exchange that nobody has judged yet, and return what it is, but for the judgement of its answer.

        Args:
            message: The request; its path may have more before the document's own, such as the name of a world.
            reply: The answer; None where there was none.
            operation: The id of the operation that it was for; "" when unknown.
        """
        if self._judge is None:
            self._judge = Judge(self.asked.document, self._router)
        message = at_home(message, operation, self._judge.router)
        # Whether an answer keeps the contract makes no difference here.
        judged = self._judge.judge_request(message)
        if reply is not None:
            self._judge.read_reply(judged, message.method, reply)
        self.see(judged, message, reply)
        return judged

    def see(self, judged: Judged, message: Message, reply: Reply | None = None) -> None:
        """Count an exchange.

        Args:
            judged: What it is by the document.
            message: The request.
            reply: The answer; None where there was none.
        """
        self.exchanges += 1
        operation = judged.operation
        if operation is None or operation.id not in self._counting:
            self.strangers += 1
            self.paths.add(f"{message.method} {message.path[:_PATH_LIMIT]}")
            # The first in the alphabet: whatever the order in which they come, the same remain.
            if len(self.paths) > STRANGERS:
                self.paths.remove(max(self.paths))
            return
        self.seen.add(Item(Dimension.OPERATIONS, operation.id, "", "", CALLED))
        self._see_parameters(judged, operation, message)
        self._see_body(judged, operation, message)
        self.answers[operation.id, reply.status if reply else 0] += 1
        if reply is not None:
            self._see_reply(judged, operation, message.method, reply)

    def _see_parameters(self, judged: Judged, operation: Operation, message: Message) -> None:
        wrong = {violation.location[:2] for violation in judged.request}
        values = judged.values
        by_place = {
            "path": values.path, "query": values.query, "querystring": values.query,
            "header": values.header, "cookie": values.cookie,
        }  # fmt: skip
        for parameter in operation.parameters:
            key = parameter.name.lower() if parameter.place == "header" else parameter.name
            given = by_place.get(parameter.place, {})
            if key not in given or (parameter.place, key) in values.filled:
                continue
            seen = given[key]
            if (parameter.place, parameter.name) in wrong and seen != REDACTED:
                continue
            self._see_parameter(operation, parameter, seen)

    def _see_parameter(self, operation: Operation, parameter: Parameter, seen: Json) -> None:
        part = f"{parameter.place}.{parameter.name}"

        def tick(pointer: str, what: str) -> None:
            self.seen.add(Item(Dimension.PARAMETERS, operation.id, part, pointer, what))

        if parameter.place != "path":
            tick("", GIVEN)
        if parameter.schema is not None:
            self._walkers[Direction.REQUEST].walk(parameter.schema, seen, tick)

    def _see_body(self, judged: Judged, operation: Operation, message: Message) -> None:
        declared = operation.request_body
        content_type = message.header("content-type")
        media = matching(declared.content, content_type) if declared and content_type else None
        if media is None or not message.body:
            return
        self.seen.add(Item(Dimension.MEDIA_TYPES, operation.id, REQUEST, "", media.name))
        if not message.is_whole:
            self.unread += 1
        elif any(violation.location[:1] == ("body",) for violation in judged.request):
            self.broken += 1
        else:
            self._see_value(Direction.REQUEST, operation, REQUEST, media, judged.body)

    def _see_reply(self, judged: Judged, operation: Operation, method: str, reply: Reply) -> None:
        response = operation.response_for(reply.status)
        if response is None:
            self.undeclared[operation.id, reply.status] += 1
            return
        self.seen.add(Item(Dimension.STATUSES, operation.id, response.status))
        content_type = reply.header("content-type")
        media = matching(response.content, content_type) if content_type else None
        if media is None or not reply.body or method == "HEAD":
            return
        self.seen.add(Item(Dimension.MEDIA_TYPES, operation.id, response.status, "", media.name))
        if not reply.is_whole or _cannot_be_read(judged.response):
            self.unread += 1
        else:
            self._see_value(Direction.RESPONSE, operation, response.status, media, judged.answer)

    def _see_value(
        self, direction: Direction, operation: Operation, part: str, media: MediaType, seen: Json
    ) -> None:
        dimension, place = OF_DIRECTION[direction], (operation.id, part, media.name)

        def tick(pointer: str, what: str) -> None:
            item = Item(dimension, "", "", pointer, what)
            self.seen.add(item)
            self.places.setdefault(item, set()).add(place)

        walker = self._walkers[direction]
        is_all = media.schema is None or walker.walk(media.schema, seen, tick)
        if media.item_schema is not None and isinstance(seen, list):
            for item in seen:
                is_all &= walker.walk(media.item_schema, item, tick)
        if not is_all:
            self.unread += 1

    def merge(self, other: Coverage) -> None:
        """Add what another has seen of the same document."""
        self.seen |= other.seen
        for item, places in other.places.items():
            self.places.setdefault(item, set()).update(places)
        self.answers.update(other.answers)
        self.undeclared.update(other.undeclared)
        self.exchanges += other.exchanges
        self.strangers += other.strangers
        self.paths = set(sorted(self.paths | other.paths)[:STRANGERS])
        self.broken += other.broken
        self.unread += other.unread

    # As plain data, to hand it from one process to another.

    def save(self) -> dict[str, Json]:
        """Return all that was seen as a JSON value."""
        return {
            "seen": sorted([*item, sorted(self.places.get(item, ()))] for item in self.seen),
            "answers": _listed(self.answers),
            "undeclared": _listed(self.undeclared),
            "exchanges": self.exchanges,
            "strangers": self.strangers,
            "paths": sorted(self.paths),
            "broken": self.broken,
            "unread": self.unread,
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Add what was saved, by another process maybe."""
        for dimension, operation, part, pointer, what, places in saved["seen"]:
            item = Item(Dimension(dimension), operation, part, pointer, what)
            self.seen.add(item)
            if places:
                self.places.setdefault(item, set()).update((id, at, media) for id, at, media in places)
        for counter, name in ((self.answers, "answers"), (self.undeclared, "undeclared")):
            for id, status, count in saved[name]:
                counter[id, status] += count
        self.exchanges += saved["exchanges"]
        self.strangers += saved["strangers"]
        self.paths = set(sorted({*self.paths, *saved["paths"]})[:STRANGERS])
        self.broken += saved["broken"]
        self.unread += saved["unread"]


def _cannot_be_read(violations: Sequence[Violation]) -> bool:
    return any(item.location[:1] == ("body",) and item.rule in _UNREADABLE for item in violations)


def _listed(counter: Counter[tuple[str, int]]) -> list[list[Json]]:
    return sorted([id, status, count] for (id, status), count in counter.items())
