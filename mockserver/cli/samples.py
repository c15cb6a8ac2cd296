"""Requests that a person may send as they stand: a curl for an operation, about a record that is there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from mockserver import jsontext
from mockserver.document.media_types import is_json
from mockserver.document.model import Operation, Parameter
from mockserver.document.naming import variables
from mockserver.errors import CannotGenerate, Json, SchemaFault
from mockserver.mocking import credentials
from mockserver.mocking.generator import Generator
from mockserver.mocking.store import Query, Record
from mockserver.server.assembly import Application
from mockserver.server.calls import Served


def curl(served: Served, application: Application, operation: Operation, base: str) -> str:
    """Return a curl for an operation: about the first record where it is about one, else with made-up values."""
    sample = _Sample(served, application, operation)
    arguments = ["curl", "-s"]
    if operation.method == "HEAD":
        arguments.append("-I")
    elif operation.method not in ("GET", "POST") or (operation.method == "POST" and not sample.has_body):
        arguments += ["-X", operation.method]
    query = sample.query()
    arguments.append(f"{base}{sample.path()}" + (f"?{urlencode(query)}" if query else ""))
    for place, name, value in credentials.for_operation(served.document, served.plan, operation):
        flags = {"header": ["-H", f"{name}: {value}"], "cookie": ["-b", f"{name}={value}"]}
        arguments += flags.get(place, [])
    return " ".join(shlex.quote(part) for part in (*arguments, *sample.body()))


class _Sample:
    def __init__(self, served: Served, application: Application, operation: Operation) -> None:
        self._served = served
        self._operation = operation
        self._generator = Generator(served.document.request_schemas, served.engine.rules.dice)
        self._record = self._first(application)
        body = operation.request_body
        self._media = None
        if body is not None:
            self._media = next((item for name, item in body.content.items() if is_json(name)), None)
        self.has_body = self._media is not None

    def _first(self, application: Application) -> Record | None:
        plan = self._served.plan.operations.get(self._operation.id)
        if plan is None:
            return None
        state = application.world.states[self._served.name]
        found = state.store.select(plan.resource.name, Query(limit=1)).records
        return found[0] if found else None

    def path(self) -> str:
        """Return the path with its variables filled in."""
        path, names = self._operation.path, variables(self._operation.path)
        for name in names:
            value = self._of_record(name, is_last=name == names[-1] and path.rstrip("/").endswith("}"))
            if value is None:
                declared = (item for item in self._operation.parameters if item.place == "path")
                value = next((self._value(item) for item in declared if item.name == name), "1")
            path = path.replace(f"{{{name}}}", quote(_text(value), safe=""))
        return path

    def _of_record(self, name: str, *, is_last: bool) -> Json:
        plan = self._served.plan.operations.get(self._operation.id)
        if self._record is None or plan is None:
            return None
        for reference in plan.resource.references.values():
            if name in (reference.path, reference.property):
                return self._record.data.get(reference.property)
        if name in plan.resource.scope:
            return self._record.data.get(name)
        for property, value in plan.find.items():
            if value == f"$request.path.{name}":
                return self._record.data.get(property)
        needs_id = plan.action not in ("create", "list", "count")
        return (
            self._record.id if needs_id and (is_last or len(variables(self._operation.path)) == 1) else None
        )

    def query(self) -> list[tuple[str, str]]:
        """Return the query: what is required, and the key where it travels there."""
        found = [
            (item.name, _text(self._value(item)))
            for item in self._operation.parameters
            if item.place == "query" and item.required
        ]
        for place, name, value in credentials.for_operation(
            self._served.document, self._served.plan, self._operation
        ):
            if place == "query":
                found.append((name, value))
        return found

    def body(self) -> Iterator[str]:
        """Yield the arguments for a JSON body."""
        media = self._media
        if media is None:
            return
        value: Json = next(iter(media.examples.values()), None)
        if value is None and media.schema is not None:
            value = self._made(media.schema, "body", lean=True)
        yield from (
            "-H",
            f"Content-Type: {media.name}",
            "-d",
            jsontext.dumps(value if value is not None else {}).decode(),
        )

    def _value(self, parameter: Parameter) -> Json:
        value = next(iter(parameter.examples.values()), None)
        if value is None and parameter.schema is not None:
            value = self._made(parameter.schema, parameter.name)
        return "1" if value is None else value

    def _made(self, schema: str, name: str, *, lean: bool = False) -> Json:
        try:
            return self._generator.value(schema, key=("sample", self._operation.id, name), lean=lean)
        except (CannotGenerate, SchemaFault):
            return None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    return jsontext.dumps(value).decode()
