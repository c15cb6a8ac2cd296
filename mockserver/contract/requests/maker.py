"""Drafts of requests: valid by the document, a function of the seed, about records that are named by slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mockserver.contract.reading import Input, at, input_of
from mockserver.contract.requests.places import Names, sent_at
from mockserver.contract.requests.slots import Slot, put, slots_of
from mockserver.document import pointer as ptr
from mockserver.document.media_types import FORM, essence_of, is_json
from mockserver.document.model import Document, MediaType, Operation, Parameter
from mockserver.document.naming import variables
from mockserver.document.plan import ABSENT, Action, OperationPlan, Plan
from mockserver.document.shapes import Shape
from mockserver.errors import CannotGenerate, Json, SchemaFault
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator

_OWN: Final = "own"
"""Binding that stands for a record which is yet to be made."""
LARGE_ID: Final = 2_000_000_000
"""A number that no server has given out yet, and that 32 bits hold."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A request before it is written: typed values, with slots where a server has the word.

    Attributes:
        path, query, header, cookie: Values by the names of the parameters.
        body: ABSENT for none.
        media: As what the body is written.
    """

    operation: Operation
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)
    cookie: Mapping[str, Any] = field(default_factory=dict)
    body: Any = ABSENT
    media: MediaType | None = None

    def slots(self) -> Iterator[Slot]:
        """Yield what has to be known before it can be sent."""
        for part in (self.path, self.query, self.header, self.cookie):
            yield from slots_of(dict(part))
        yield from slots_of(self.body)


class CannotMake(Exception):
    """There is no valid request to be made; the text says why."""


class Maker:
    """Makes drafts for the operations of one document.

    Args:
        document: The document.
        plan: What its operations do; an empty one is fine.
        seed: The same seed makes the same requests.
    """

    def __init__(self, document: Document, plan: Plan, *, seed: int = 0, locale: str = "en_US") -> None:
        self.document = document
        self.plan = plan
        self.names = Names(plan)
        self._schemas = document.request_schemas
        self._generator = Generator(self._schemas, Dice(seed, "requests"), locale=locale)

    def draft(
        self,
        operation: Operation,
        records: Mapping[str, str] | None = None,
        *,
        variant: int = 0,
        lean: bool = False,
        query: Mapping[str, Any] | None = None,
    ) -> Draft:
        """Return a valid request.

        Args:
            operation: Which.
            records: Resource -> name of the binding that has its record; ids in path and body become slots of it.
            variant: Another number makes other values.
            lean: Whether optional parts of the body are left out.
            query: Values of further parameters; all others that are optional are left out.

        Raises:
            CannotMake: No valid value was found, or a record is needed that `records` has not.
        """
        records = records or {}
        parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        about = self.names.of(operation.path, self.plan.operations.get(operation.id))
        declared = {item.name: item for item in operation.parameters if item.place == "path"}
        for name in variables(operation.path):
            parameter = declared.get(name)
            if name in about:
                resource, path = about[name]
                if resource not in records:
                    raise CannotMake(f"{operation} needs a record of {resource}, and there is none")
                parts["path"][name] = Slot(records[resource], path)
            else:
                parts["path"][name] = self._stranger(operation, parameter) if parameter else "1"
        for parameter in operation.parameters:
            if not parameter.required or parameter.place not in ("query", "header", "cookie", "querystring"):
                continue
            place = "query" if parameter.place == "querystring" else parameter.place
            parts[place][parameter.name] = self._value(operation, parameter, variant)
        named = self._named(operation, records)
        if named is not None and named[0].place == "query":
            parts["query"][named[0].name] = named[1]
        parts["query"].update(query or {})
        media = self.media(operation)
        body: Any = ABSENT
        if media is not None and (not lean or (operation.request_body and operation.request_body.required)):
            body = self.body(operation, media, records, variant=variant, lean=lean)
            if named is not None and named[0].place == "body" and isinstance(body, dict):
                body = put(body, tuple(ptr.split(named[0].name)), named[1])
        return Draft(
            operation,
            parts["path"],
            parts["query"],
            parts["header"],
            parts["cookie"],
            body,
            media if body is not ABSENT else None,
        )

    def _named(self, operation: Operation, records: Mapping[str, str]) -> tuple[Input, Slot] | None:
        """Return where besides the path a request says which record it is about, with its id."""
        plan = self.plan.operations.get(operation.id)
        given = input_of(plan.id) if plan is not None else None
        if plan is None or given is None or given.place == "path" or plan.resource.name not in records:
            return None
        return given, Slot(records[plan.resource.name], tuple(plan.resource.id_property.split(".")))

    def _stranger(self, operation: Operation, parameter: Parameter) -> Json:
        """Return a value for a variable of a path that names no record: the same for all operations below it."""
        if parameter.schema is None:
            return self._value(operation, parameter, 0)
        found = self._example(parameter.schema, parameter.examples)
        above = operation.path.partition("{" + parameter.name + "}")[0]
        return found if found is not ABSENT else self._made(parameter.schema, ("path", above, parameter.name))

    def needs(self, operation: Operation) -> list[str]:
        """Return the resources whose records its path names, or its body must refer to, but for its own record."""
        plan = self.plan.operations.get(operation.id)
        own = plan.resource.name if plan is not None else None
        named = [resource for resource, _ in self.names.of(operation.path, plan).values() if resource != own]
        media = self.media(operation)
        place = sent_at(plan) if plan is not None else None
        pointer = media.schema if media is not None else None
        for name in place or ():
            pointer = Shape(self._schemas, pointer).properties.get(str(name)) if pointer is not None else None
        if plan is not None and place is not None and pointer is not None:
            required = Shape(self._schemas, pointer).required
            named += [
                item.resource
                for name, item in plan.resource.references.items()
                if name in required and item.resource != own
            ]
        return list(dict.fromkeys(named))

    @staticmethod
    def media(operation: Operation) -> MediaType | None:
        """Return as what a body is sent: JSON before forms before all else; None where there is none."""
        content = operation.request_body.content if operation.request_body is not None else {}
        kinds = (is_json, lambda name: essence_of(name) == FORM, lambda name: True)
        # A patch in the words of RFC 6902 is another language than the record's.
        plain = {name: media for name, media in content.items() if "json-patch" not in name} or content
        return next((media for kind in kinds for name, media in plain.items() if kind(name)), None)

    def body(
        self,
        operation: Operation,
        media: MediaType,
        records: Mapping[str, str],
        *,
        variant: int = 0,
        lean: bool = False,
    ) -> Any:
        """Return a valid body, with slots for ids of records.

        Raises:
            CannotMake: No valid value was found.
        """
        plan = self.plan.operations.get(operation.id)
        if media.schema is None:
            return next(iter(media.examples.values()), {} if is_json(media.name) else "sample")
        key = ("body", operation.id, str(variant))
        value = self._example(media.schema, media.examples) if plan is None and not variant else ABSENT
        if value is ABSENT:
            value = self._made(media.schema, key, lean=lean, examples=media.examples)
        place = sent_at(plan) if plan is not None else None
        if plan is None or place is None or not isinstance(at(value, place), dict):
            return value
        return put(value, place, self._referring(plan, media.schema, place, at(value, place), records))

    def _referring(
        self,
        plan: OperationPlan,
        schema: str,
        place: tuple[str | int, ...],
        record: Any,
        records: Mapping[str, str],
    ) -> dict[str, Any]:
        """Return a record whose references lead to records that are there, or nowhere, and without an id of ours."""
        pointer: str | None = schema
        for name in place:
            pointer = Shape(self._schemas, pointer).properties.get(str(name)) if pointer is not None else None
        required = set(Shape(self._schemas, pointer).required) if pointer is not None else set()
        found: dict[str, Any] = dict(record)
        resource = plan.resource
        for name, reference in resource.references.items():
            if name not in found:
                continue
            if reference.resource in records and not isinstance(found[name], dict | list):
                target = self.plan.resources[reference.resource]
                found[name] = Slot(records[reference.resource], tuple(target.id_property.split(".")))
            elif name not in required:
                del found[name]
        id = resource.id_property
        if plan.action is Action.CREATE and not resource.client_ids and id not in required:
            found.pop(id, None)
        if plan.action in (Action.UPDATE, Action.REPLACE, Action.UPSERT) and id in found:
            if resource.name in records:
                found[id] = Slot(records[resource.name], (id,))
            elif id not in required:
                del found[id]
        return found

    def takes(self, media: MediaType, body: Any) -> bool:
        """Return whether a body without slots is valid."""
        try:
            return media.schema is None or self._schemas.validator(media.schema).is_valid(body)
        except (SchemaFault, TypeError, ValueError):
            # A slot is no JSON value.
            return False

    def new(
        self, plan: OperationPlan, records: Mapping[str, str], *, variant: int = 0
    ) -> tuple[Draft, dict[str, Json]]:
        """Return a request that makes a record under an id of ours, and what is known of the record by that.

        Args:
            plan: Of an operation that takes the id of what it makes, e.g. `PUT /pets/{id}`.
            records: Resource -> name of the binding that has its record.
            variant: Another number makes another record.

        Raises:
            CannotMake: Its path does not name the record, or no valid value was found.
        """
        operation, name = plan.operation, plan.resource.name
        about = self.names.of(operation.path, plan)
        draft = self.draft(operation, {**records, name: _OWN}, variant=variant)
        path, known = dict(draft.path), dict[str, Json]()
        for parameter in operation.parameters:
            if parameter.place == "path" and about.get(parameter.name, ("",))[0] == name:
                value = path[parameter.name] = self._unknown(operation, parameter, variant)
                known = put(known, about[parameter.name][1], value)
        if not known:
            raise CannotMake(f"the path of {operation} does not name the record")
        body = draft.body if draft.body is ABSENT else _with_own(draft.body, known)
        return replace(draft, path=path, body=body), known

    def unknown(self, draft: Draft, resource: str | None = None) -> Draft | None:
        """Return the same request about a record that never was; None where its path names none.

        Args:
            draft: A request about a record.
            resource: Whose record is not there; None for the one that the last variable names.
        """
        operation = draft.operation
        plan = self.plan.operations.get(operation.id)
        about = self.names.of(operation.path, plan)
        wanted = resource or (plan.resource.name if plan is not None else None)
        path = dict(draft.path)
        changed = False
        for parameter in operation.parameters:
            if parameter.place == "path" and parameter.name in about and about[parameter.name][0] == wanted:
                path[parameter.name] = self._unknown(operation, parameter, 0)
                changed = True
        return replace(draft, path=path) if changed else None

    def _unknown(self, operation: Operation, parameter: Parameter, variant: int) -> Json:
        key = ("unknown", operation.id, parameter.name, *([str(variant)] if variant else []))
        made = self._made(parameter.schema, key) if parameter.schema else f"x{variant or ''}"
        candidates: tuple[Json, ...] = (made,)
        number = LARGE_ID + variant
        if isinstance(made, int):
            candidates = (number, made)
        if isinstance(made, str) and made.isdigit():
            candidates = (str(number), made)
        valid = self._schemas.validator(parameter.schema).is_valid if parameter.schema else lambda value: True
        return next((value for value in candidates if valid(value)), made)

    def _value(self, operation: Operation, parameter: Parameter, variant: int) -> Json:
        if parameter.schema is None:
            return next(iter(parameter.examples.values()), "1")
        found = self._example(parameter.schema, parameter.examples) if not variant else ABSENT
        if found is not ABSENT:
            return found
        return self._made(parameter.schema, ("parameter", operation.id, parameter.name, str(variant)))

    def _example(self, schema: str, examples: Mapping[str, Json]) -> Any:
        """Return the first example that is valid, else ABSENT."""
        try:
            is_valid = self._schemas.validator(schema).is_valid
        except SchemaFault:
            return ABSENT
        return next((example for example in examples.values() if is_valid(example)), ABSENT)

    def _made(
        self,
        schema: str,
        key: tuple[str, ...],
        *,
        lean: bool = False,
        examples: Mapping[str, Json] | None = None,
    ) -> Json:
        try:
            return self._generator.value(schema, key=key, lean=lean)
        except (CannotGenerate, SchemaFault) as error:
            found = self._example(schema, examples or {})
            if found is not ABSENT:
                return found
            raise CannotMake(f"no valid value was found: {error}") from error


def _with_own(template: Any, known: dict[str, Json]) -> Any:
    """Return a template with what is known of the own record in place of its slots."""
    if isinstance(template, Slot) and template.name == _OWN:
        return at(known, template.path)
    if isinstance(template, dict):
        return {name: _with_own(member, known) for name, member in template.items()}
    if isinstance(template, list):
        return [_with_own(item, known) for item in template]
    return template
