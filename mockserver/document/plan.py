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
from typing import Final, Literal

from mockserver.document.model import Fault, Operation
from mockserver.errors import Json

ABSENT: Final = type("Absent", (), {"__repr__": lambda self: "ABSENT", "__bool__": lambda self: False})()
"""Stands for "not there", where null is a value."""

STATELESS: Final = "none"
"""The action of an operation that has no state: it has no place in the model, only a note."""


class Action(StrEnum):
    """What an operation does to its resource."""

    CREATE = "create"
    GET = "get"
    LIST = "list"
    COUNT = "count"
    UPDATE = "update"
    REPLACE = "replace"
    UPSERT = "upsert"
    DELETE = "delete"
    DELETE_MATCHING = "delete-matching"


Missing = int | Literal["declared"] | None
"""How a reference that leads nowhere is refused: a status, the one that the operation declares, or not at all."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A property that names a record of another resource.

    Attributes:
        missing: Status of the refusal when no such record lives; `declared` for the one that the operation has for
            it, None to accept it.
        on_delete: `keep`, `cascade` or `restrict`.
        path: The path parameter that is bound to it, where its name differs from the property's.
    """

    property: str
    resource: str
    missing: Missing = 404
    on_delete: str = "keep"
    path: str | None = None


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
class Move:
    """A change of state that only takes time: `after_ms` milliseconds since the record entered the state."""

    source: Json
    target: Json
    after_ms: int


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How the state of a record moves.

    Attributes:
        property: Where the state stands in the record.
        initial: The state of a new record, ABSENT for whatever was sent.
        moves: Those that the clock makes; at most one from each state.
    """

    property: str
    initial: Json = ABSENT
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of records.

    Attributes:
        schema: JSON pointer of the record's schema.
        id_property: Where the id stands in the record; dots go into objects.
        make: How ids are made, see `mocking.identifiers`; None for the style of the id's schema.
        client_ids: Whether a client may choose the id of what it creates.
        scope: Name -> value of the request: records made under different values are kept apart.
        singleton: Whether there is exactly one record below each parent and scope.
        soft_delete: Property that takes `soft_value` when a record is deleted, None for a hard delete.
        gone: Status for the id of a record that was deleted.
        seed: Number of records to generate besides those of fixtures and examples; None for some where there are none.
        lean: Whether seeds get only what the schema requires, besides what the fixture gives.
        inferred: Whether nobody but inference asks for its seeds, which are made when somebody looks then.
        pointer: Its place in the plan file, for messages.
    """

    name: str
    schema: str
    id_property: str = "id"
    make: str | None = None
    client_ids: bool = False
    references: Mapping[str, Reference] = field(default_factory=dict)
    scope: Mapping[str, Json] = field(default_factory=dict)
    singleton: bool = False
    unique: tuple[tuple[str, ...], ...] = ()
    fields: Mapping[str, FieldRules] = field(default_factory=dict)
    lifecycle: Lifecycle | None = None
    soft_delete: str | None = None
    soft_value: Json = "$now"
    gone: int = 404
    seed: int | None = 0
    lean: bool = False
    inferred: bool = False
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition of a list that the request may set.

    Attributes:
        path: Names of properties, from the record on; empty for a search in all texts.
        ignore: Values of the parameter that have no effect.
    """

    name: str
    path: tuple[str, ...]
    value: Json
    operator: str = "eq"
    separator: str | None = None
    empty_is_null: bool = False
    unknown: int | None = None
    ignore: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Predicates:
    """A list of conditions that the request spells out itself."""

    value: Json
    property_keys: tuple[str, ...]
    operator_key: str
    value_key: str


@dataclass(frozen=True, slots=True)
class Sort:
    """How a request says the order of a list.

    Attributes:
        text: Fields with their directions in one text, e.g. `-name,age` or `name:desc`.
        names: Spelling in the request -> property.
        default: (property, descending).
    """

    pairs: Json = ABSENT
    by: Json = ABSENT
    order: Json = ABSENT
    text: Json = ABSENT
    names: Mapping[str, str] = field(default_factory=dict)
    default: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Paging:
    """How a request says which part of a list it wants.

    Attributes:
        start: Number of the first item, from 1.
        after, before: Id of the last or first record seen.
        token: Opaque cursor, as `$page.next_token` gave it.
        first: The number of the first page.
    """

    offset: Json = ABSENT
    start: Json = ABSENT
    number: Json = ABSENT
    after: Json = ABSENT
    before: Json = ABSENT
    token: Json = ABSENT
    limit: Json = ABSENT
    default_limit: int | None = None
    max_limit: int | None = None
    first: int = 1


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """What one operation does; ABSENT where the plan is silent.

    Attributes:
        find: (Dotted) property -> value: what the record is found by, where that is not its id.
        headers: Name of a response header -> value.
        when: Property -> the values one of which it must have for the action to be possible.
        merge: `deep` (RFC 7396) or `shallow`, for what updates merge.
        generates_missing: Whether an id that never was gets a generated answer, and not a 404.
        expand, show: Names of references to embed; names of properties to keep.
        inferred: Whether nobody but inference says the action.
    """

    operation: Operation
    action: Action
    resource: Resource
    id: Json = ABSENT
    ids: Json = ABSENT
    find: Mapping[str, Json] = field(default_factory=dict)
    item: Json = ABSENT
    items: Json = ABSENT
    answer: Json = ABSENT
    headers: Mapping[str, Json] = field(default_factory=dict)
    status: int | None = None
    set: Mapping[str, Json] = field(default_factory=dict)
    when: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    merge: str = "deep"
    generates_missing: bool = False
    expand: Json = ABSENT
    show: Json = ABSENT
    filters: tuple[Filter, ...] = ()
    predicates: tuple[Predicates, ...] = ()
    sort: Sort = Sort()
    page: Paging = Paging()
    inferred: bool = False
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """Which credentials of a security scheme are accepted: those that contain the pattern; `example` is one."""

    pattern: re.Pattern[str]
    example: str | None = None


@dataclass(frozen=True, slots=True)
class WorldKey:
    """Which part of a request names its world.

    Attributes:
        place: `bearer`, `header`, `cookie` or `query`.
        name: Of the header, cookie or parameter; "" for the bearer token.
    """

    place: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one document; empty when there is none.

    Attributes:
        credentials: Security scheme name -> which are accepted; any, without an entry.
        principal: Facts about the caller.
        world: Which part of a request names its world, where neither header nor path does.
        resources: By name.
        operations: By operation id; those without state are not among them.
        notes: Operation id -> why it has no state, or why it has this one.
        faults: What in the user's plan does not fit the document, and is ignored.
    """

    source: Path | None = None
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    principal: Mapping[str, Json] = field(default_factory=dict)
    world: WorldKey | None = None
    resources: Mapping[str, Resource] = field(default_factory=dict)
    operations: Mapping[str, OperationPlan] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
