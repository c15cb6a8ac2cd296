"""Tries what a plan says of an operation, on records that are seeded: would the answer keep the document?

Nothing of it is seen by anybody: each trial has a world of its own. It takes milliseconds for an operation, so a server
does not do it at its start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.media_types import is_json
from mockserver.document.model import Operation
from mockserver.document.plan import OperationPlan
from mockserver.errors import CannotGenerate, Json, Refusal, SchemaFault
from mockserver.mocking.clock import Clock
from mockserver.mocking.engine import Engine
from mockserver.mocking.exchange import Request, ResponseSource
from mockserver.mocking.fixtures import seed
from mockserver.mocking.generator import Generator
from mockserver.mocking.resources import State
from mockserver.mocking.store import MemoryStore, Query, Record
from mockserver.mocking.store.ordering import at_path
from mockserver.mocking.world import World

_WHEN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_OF_REQUEST: Final = re.compile(r"\$request\.(path|query|header|cookie|body)(?:\.([^#]+))?(?:#(/.*))?")


def trial(engine: Engine, operation: Operation) -> str | None:
    """Return why the answer from state of an operation would break its document; None where it would not."""
    return Trials(engine).of(operation)


class Trials:
    """Tries the operations of one document.

    Args:
        engine: Its plan and what answers by it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        rules = engine.rules
        self._seeded = State(rules, MemoryStore())
        seed(self._seeded, engine.fixtures)
        self._generator = Generator(rules.document.request_schemas, rules.dice)

    def of(self, operation: Operation) -> str | None:
        """Return why an answer from state would break the document; None where it would not, or has no state."""
        plan = self._engine.plan.operations.get(operation.id)
        if plan is None:
            return None
        world = World({self._engine.document.name: self._seeded}, lambda: Clock(lambda: _WHEN, frozen=_WHEN))
        try:
            answer = self._engine.answer(self._request(plan), world)
        except Refusal:
            return None  # A refusal has the shape that the document declares.
        if answer.source is not ResponseSource.STATE:
            return answer.detail or None
        return str(answer.violations[0]) if answer.violations else None

    def _request(self, plan: OperationPlan) -> Request:
        """Return a request about the first record, with all that its operation requires."""
        operation = plan.operation
        request = Request(operation, operation.method, operation.path)
        parts: dict[str, dict[str, Json]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for parameter in operation.parameters:
            if parameter.place in parts and (parameter.required or parameter.place == "path"):
                name = parameter.name.lower() if parameter.place == "header" else parameter.name
                examples = [*parameter.examples.values(), *self._made(parameter.schema, operation, name)]
                parts[parameter.place][name] = next(iter(examples), "sample")
        body = self._body(operation)
        record = self._first(plan.resource.name)
        for raw, value in self._facts(plan, record):
            match = _OF_REQUEST.fullmatch(raw) if isinstance(raw, str) else None
            if match is None:
                continue
            place, name, fragment = match.groups()
            if place == "body":
                body = _put(body, ptr.split(fragment or ""), value)
            elif name is not None and fragment is None:
                parts[place][name.lower() if place == "header" else name] = value
        request.path, request.query = parts["path"], parts["query"]
        request.header, request.cookie = parts["header"], parts["cookie"]
        request.path_text = operation.path
        request.body = self._referring(plan, body)
        return request

    def _facts(self, plan: OperationPlan, record: Record | None) -> Iterator[tuple[Json, Json]]:
        """Yield expressions for parts of the request, with what stands there when it is about the record."""
        resource = plan.resource
        data: Mapping[str, Json] = record.data if record is not None else {}
        names = re.findall(r"\{([^{}]+)\}", plan.operation.path)
        if record is not None:
            if names:
                yield f"$request.path.{names[-1]}", record.id
            yield plan.id, record.id
            yield plan.ids, [record.id]
            for path, raw in plan.find.items():
                yield raw, at_path(record.data, tuple(path.split(".")))
            for name, raw in resource.scope.items():
                yield raw, data.get(name)
        for reference in resource.references.values():
            name = reference.path or reference.property
            parent = self._first(reference.resource)
            id = data.get(reference.property) or (parent.id if parent is not None else None)
            if name in names and id is not None:
                yield f"$request.path.{name}", id

    def _first(self, resource: str) -> Record | None:
        records = self._seeded.store.select(resource, Query(limit=1)).records
        return records[0] if records else None

    def _made(self, pointer: str | None, operation: Operation, name: str) -> Iterator[Json]:
        if pointer is None:
            return
        try:
            yield self._generator.value(pointer, key=("trial", operation.id, name))
        except (CannotGenerate, SchemaFault):
            return

    def _body(self, operation: Operation) -> Json:
        content = operation.request_body.content if operation.request_body is not None else {}
        media = next((item for name, item in content.items() if is_json(name)), None)
        media = media or next(iter(content.values()), None)
        if media is None:
            return None
        return next(iter([*media.examples.values(), *self._made(media.schema, operation, "body")]), {})

    def _referring(self, plan: OperationPlan, body: Json) -> Json:
        """Return a body whose references lead to records that are there."""
        if not isinstance(body, dict):
            return body
        for name, reference in plan.resource.references.items():
            target = self._first(reference.resource)
            if target is not None and isinstance(body.get(name), str | int):
                body = {**body, name: target.id}
        return body


def _put(node: Json, tokens: list[str], value: Json) -> Json:
    """Return a value with another one in it, at a path of names."""
    if not tokens:
        return value
    members: dict[str, Any] = dict(node) if isinstance(node, dict) else {}
    members[tokens[0]] = _put(members.get(tokens[0]), tokens[1:], value)
    return members
