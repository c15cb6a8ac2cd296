"""What inference finds in a document, before it becomes a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.document.model import Operation
from mockserver.errors import Json


@dataclass(frozen=True, slots=True)
class Inferred:
    """The plan that a document implies.

    Attributes:
        raw: A complete plan in the format of the plan file (`docs/plan.md`).
        notes: Operation id -> why it does what it does, or why it has no state; one sentence, for people.
        resource_notes: Resource name -> what its records were read from.
    """

    raw: dict[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)
    resource_notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """The body of a request or of the usual success, in the media type that inference reads.

    Attributes:
        schema: Pointer of the whole body's schema, None for a body without one.
        path: Names of the properties that lead to the record, or to the array of records; empty where it is the body.
        record: Pointer of the record's schema (of the array's items for many), None where the body holds none.
        many: Whether the body holds an array of records.
        each: Names that lead from an item of the array to the record, e.g. `("node",)`; mostly none.
        status: Of a response.
    """

    schema: str | None = None
    path: tuple[str, ...] = ()
    record: str | None = None
    many: bool = False
    each: tuple[str, ...] = ()
    media_type: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True)
class FoundOperation:
    """An operation of a resource.

    Attributes:
        action: As in the plan file.
        why: One sentence.
        request, answer: Its messages; an empty `Message` where it has none.
        entry: What goes into the plan beside action and resource (`id`, `find`, `item`, `answer`, `status`...).
    """

    operation: Operation
    action: str
    why: str
    request: Message
    answer: Message
    entry: Mapping[str, Json] = field(default_factory=dict)

    @property
    def is_list(self) -> bool:
        """Whether it answers a page of records."""
        return self.action in ("list", "count", "delete-matching")


@dataclass(frozen=True, slots=True)
class Found:
    """A resource: what its records are, where they stand, what is done to them.

    Attributes:
        schema: Pointer of the record's schema, what it comes down to (`View.target`).
        collection: Path of the collection as the document writes it, or of the item without its variable.
        id_property: Dotted path of the property that tells records apart; it may not be declared.
        id_parameter: Path (or query) parameter that names a record, "" where none does.
        make: How ids are made, as in the plan file.
        client_ids: Whether clients choose ids.
        parents: Path parameter -> resource whose record it names, outermost first.
        bound: Path parameter of a parent -> property in which the record keeps it; it may not be declared.
        scope: Property -> value of the request that keeps records apart without naming a record of a resource.
        singleton: Whether there is one record only.
        operations: In the document's order; not those of sub-actions, which `sub_actions` has.
        sub_actions: Operations on one record that are no plain reading or writing, e.g. `POST /orders/{id}/cancel`:
            (verb in lower case, operation). `lifecycles.refine` says what they set.
    """

    name: str
    schema: str
    collection: str
    id_property: str = "id"
    id_parameter: str = ""
    make: str = "uuid4"
    client_ids: bool = False
    parents: Mapping[str, str] = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)
    scope: Mapping[str, Json] = field(default_factory=dict)
    singleton: bool = False
    operations: tuple[FoundOperation, ...] = ()
    sub_actions: tuple[tuple[str, FoundOperation], ...] = ()

    def of(self, *actions: str) -> list[FoundOperation]:
        """Return its operations that do one of these actions."""
        return [found for found in self.operations if found.action in actions]
