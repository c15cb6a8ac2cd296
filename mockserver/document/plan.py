"""The plan: which operations make, read, list, change and delete which resources. `docs/plan.md` describes the format.

`document.plan_file` reads it. Values (literals, expressions, templates) are kept as they were written; `mocking.values`
compiles them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from mockserver.document.model import Operation
from mockserver.errors import Json

ABSENT: Final = type("Absent", (), {"__repr__": lambda self: "ABSENT", "__bool__": lambda self: False})()
"""Stands for "not there", where null is a value."""


class Action(StrEnum):
    """What an operation does to its resource."""

    CREATE = "create"
    GET = "get"
    LIST = "list"
    COUNT = "count"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    DELETE_MATCHING = "delete-matching"


@dataclass(frozen=True, slots=True)
class Reference:
    """A property that names a record of another resource.

    Attributes:
        missing: Status of the refusal when no such record lives; None to accept it.
        on_delete: `keep`, `cascade` or `restrict`.
    """

    property: str
    resource: str
    missing: int | None = 404
    on_delete: str = "keep"


@dataclass(frozen=True, slots=True)
class FieldRules:
    """How a property gets its value; ABSENT where there is no rule."""

    default: Json = ABSENT
    create: Json = ABSENT
    write: Json = ABSENT
    read: Json = ABSENT
    seed: Json = ABSENT
    wrap: str | None = None
    immutable: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of records.

    Attributes:
        schema: JSON pointer of the record's schema.
        make: How ids are made, see `mocking.identifiers`.
        client_ids: Whether a client may choose the id of what it creates.
        soft_delete: Property that takes the time of deletion, None for a hard delete.
        seed: Number of records to generate besides the fixtures'.
        lean: Whether seeds get only what the schema requires, besides what the fixture gives.
        pointer: Its place in the plan file, for messages.
    """

    name: str
    schema: str
    id_property: str = "id"
    make: str = "uuid4"
    client_ids: bool = False
    references: Mapping[str, Reference] = field(default_factory=dict)
    unique: tuple[tuple[str, ...], ...] = ()
    fields: Mapping[str, FieldRules] = field(default_factory=dict)
    soft_delete: str | None = None
    seed: int = 0
    lean: bool = False
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a list that the request may set."""

    name: str
    path: tuple[str, ...]
    value: Json
    operator: str = "eq"
    separator: str | None = None
    empty_is_null: bool = False
    unknown: int | None = None


@dataclass(frozen=True, slots=True)
class Predicates:
    """A list of conditions that the request spells out itself."""

    value: Json
    property_keys: tuple[str, ...]
    operator_key: str
    value_key: str


@dataclass(frozen=True, slots=True)
class Sort:
    """How a request says the order of a list; `default` holds (property, descending)."""

    pairs: Json = ABSENT
    by: Json = ABSENT
    order: Json = ABSENT
    default: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Paging:
    """How a request says which part of a list it wants."""

    offset: Json = ABSENT
    number: Json = ABSENT
    limit: Json = ABSENT
    default_limit: int | None = None
    first: int = 1


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """What one operation does; ABSENT where the plan is silent."""

    operation: Operation
    action: Action
    resource: Resource
    id: Json = ABSENT
    ids: Json = ABSENT
    item: Json = ABSENT
    items: Json = ABSENT
    answer: Json = ABSENT
    status: int | None = None
    set: Mapping[str, Json] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    predicates: tuple[Predicates, ...] = ()
    sort: Sort = Sort()
    page: Paging = Paging()
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """Which credentials of a security scheme are accepted: those that contain the pattern; `example` is one."""

    pattern: re.Pattern[str]
    example: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one document; empty when there is none.

    Attributes:
        credentials: Security scheme name -> which are accepted; any, without an entry.
        principal: Facts about the caller.
        resources: By name.
        operations: By operation id.
    """

    source: Path | None = None
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    principal: Mapping[str, Json] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    operations: Mapping[str, OperationPlan] = field(default_factory=dict)
