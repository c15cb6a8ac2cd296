"""Small worlds for the tests of `mockserver.mocking`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mockserver import jsontext
from mockserver.document import builder, plan_file
from mockserver.document.media_types import is_json
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.errors import Json
from mockserver.mocking.clock import Clock
from mockserver.mocking.dice import Dice
from mockserver.mocking.engine import Engine
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.fixtures import Fixtures, seed
from mockserver.mocking.resources import Rules, State
from mockserver.mocking.store import MemoryStore
from mockserver.mocking.world import World

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
TEXT: dict[str, Any] = {"type": "string"}
ANY: dict[str, Any] = {}


def closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """Return the schema of an object with these properties."""
    return {"type": "object", "properties": properties, "required": list(required)}


def answering(schema: Json = None, status: str = "200") -> dict[str, Any]:
    """Return responses with this schema."""
    content = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
    return {status: {"description": "", **content}}


def taking(schema: Json) -> dict[str, Any]:
    """Return a request body with this schema."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


class Api:
    """A document with its plan at work: `api("createPet", body={...})` is the answer of the engine."""

    def __init__(
        self,
        document: Document,
        plan: Plan,
        *,
        seed_number: int = 0,
        fixtures: Fixtures | None = None,
        frozen: datetime | None = NOON,
    ) -> None:
        self.document = document
        found = fixtures or Fixtures()
        self.rules = Rules(document, plan, dice=Dice(seed_number, document.name))
        self.engine = Engine(self.rules, found)
        state = State(self.rules, MemoryStore())
        seed(state, found)
        self.world = World({document.name: state}, lambda: Clock(lambda: NOON, frozen=frozen))

    @property
    def state(self) -> State:
        return self.world.states[self.document.name]

    def answer(
        self, operation_id: str, /, *, body: Json = None, accept: str = "", **parameters: Json
    ) -> Answer:
        operation = self.document.operations[operation_id]
        names = {parameter.name for parameter in operation.parameters if parameter.place == "path"}
        request = Request(
            operation,
            operation.method,
            operation.path,
            path={key: value for key, value in parameters.items() if key in names},
            query={key: value for key, value in parameters.items() if key not in names},
            body=body,
            accept=accept,
        )
        answer = self.engine.answer(request, self.world)
        if answer.body is None and answer.content and is_json(answer.media_type or ""):
            answer.body = jsontext.loads(answer.content)  # what is remembered is text
        return answer

    def __call__(self, operation_id: str, /, **parameters: Any) -> Json:
        answer = self.answer(operation_id, **parameters)
        assert answer.violations == (), answer.violations
        return answer.body


def build_document(paths: dict[str, Any], *, version: str = "3.1.0", **schemas: Any) -> Document:
    """Return the model of a document with these paths and schemas."""
    root = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    return builder.build(root, Path("api.yaml"))


@pytest.fixture
def make_api() -> Callable[..., Api]:
    """Makes an API: `make_api(paths, plan, Pet={...})`."""

    def make(paths: dict[str, Any], plan: dict[str, Any], *, version: str = "3.1.0", **rest: Any) -> Api:
        options = {key: rest.pop(key) for key in ("seed_number", "fixtures", "frozen") if key in rest}
        model = build_document(paths, version=version, **rest)
        planned = plan_file.build({"plan": "1", **plan}, model, Path("api.plan.yaml"))
        return Api(model, planned, **options)

    return make
