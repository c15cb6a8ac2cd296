"""What a document says of its own plan: `x-mock` at its top, on path items, operations and schemas.

The parts become a raw plan in the plan file's format (`docs/plan.md`); each knows where it stands in the document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.model import Document, Fault, Operation, Severity
from mockserver.document.naming import singular
from mockserver.document.planfile.building import KEYS
from mockserver.document.planfile.reading import hint
from mockserver.errors import Json, PlanError

KEY: Final = "x-mock"
OWN_KEYS: Final = ("locale",)
"""What stands at the top of a document, and is no part of a plan."""

Namer = Callable[[str], str | None]
"""Returns the resource whose records have the schema of a name, None where there is none."""


@dataclass(frozen=True, slots=True)
class Extensions:
    """The plan that a document has in itself.

    Attributes:
        raw: In the format of the plan file.
        places: Pointer into `raw` -> pointer into the document.
        faults: What is no plan at all.
    """

    raw: dict[str, Any] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def place(self, pointer: str) -> str | None:
        """Return where in the document a part of the plan stands, None for what is not from there."""
        head = pointer
        while head not in self.places:
            if not head:
                return None
            head = head.rpartition("/")[0]
        return self.places[head] + pointer[len(head) :]


def read(document: Document, namer: Namer) -> Extensions:
    """Collect the parts of a plan that stand in a document.

    Args:
        document: The document.
        namer: Asked for schemas that do not name their resource.

    Raises:
        PlanError: A part names no key of a plan.
    """
    work = _Collection(document)
    work.root()
    for operation in document.operations.values():
        work.operation(operation)
    work.schemas(namer)
    return Extensions(work.raw, work.places, tuple(work.faults))


class _Collection:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.raw: dict[str, Any] = {}
        self.places: dict[str, str] = {}
        self.faults: list[Fault] = []

    def root(self) -> None:
        node = self._mapping(self.document.root.get(KEY), f"/{KEY}")
        for key, value in node.items():
            if key == "plan":
                raise self._error(f"/{KEY}/plan", "the version of a plan stands in plan files only")
            if key not in (*KEYS, *OWN_KEYS):
                known = ", ".join(sorted({*KEYS, *OWN_KEYS} - {"plan"}))
                message = f"unknown key {key!r}{hint(key, (*KEYS, *OWN_KEYS))}; known are {known}"
                raise self._error(ptr.join("", KEY, key), message)
            if key not in OWN_KEYS:
                # Not the document's own: more will be put into it.
                self.raw[key] = _copied(value)
                self.places[ptr.join("", key)] = ptr.join("", KEY, key)

    def operation(self, operation: Operation) -> None:
        found: dict[str, tuple[Json, str]] = {}
        for pointer in (_item_of(operation), operation.pointer):
            node, place = self._node(pointer), ptr.join(pointer, KEY)
            if KEY not in node:
                continue
            value = node[KEY]
            if value is None or value is False:
                found["action"] = ("none", place)
                continue
            found.update(
                (key, (member, ptr.join(place, key))) for key, member in self._mapping(value, place).items()
            )
        if found:
            self._put("operations", operation.id, found)

    def schemas(self, namer: Namer) -> None:
        components = self.document.root.get("components")
        declared = components.get("schemas") if isinstance(components, dict) else None
        for name, schema in declared.items() if isinstance(declared, dict) else ():
            if not isinstance(schema, dict) or KEY not in schema:
                continue
            pointer = ptr.join("/components/schemas", name, KEY)
            node = self._mapping(schema[KEY], pointer)
            if not node:
                continue
            known = namer(name)
            resource = node.get("resource", known or _plural(name[:1].lower() + name[1:]))
            if not isinstance(resource, str) or not resource:
                raise self._error(
                    ptr.join(pointer, "resource"), f"the name of a resource is expected, not {resource!r}"
                )
            found = {key: (value, ptr.join(pointer, key)) for key, value in node.items() if key != "resource"}
            if resource != known:
                found.setdefault("schema", (name, pointer))
            if found:
                self._put("resources", resource, found)

    def _put(self, group: str, name: str, found: Mapping[str, tuple[Json, str]]) -> None:
        """Put an entry beside those that stand at the top of the document; what stands nearer wins."""
        entries = self.raw.setdefault(group, {})
        if not isinstance(entries, dict):
            return  # whoever reads the plan says so
        if name in entries and not isinstance(entries[name], dict):
            return  # taken back, or of the wrong type
        entry = entries.setdefault(name, {})
        for key, (value, place) in found.items():
            entry[key] = _copied(value)
            self.places[ptr.join("", group, name, key)] = place
        self.places.setdefault(ptr.join("", group, name), next(iter(found.values()))[1].rpartition("/")[0])

    def _node(self, pointer: str) -> Mapping[str, Json]:
        try:
            node = ptr.lookup(self.document.root, pointer)
        except KeyError:
            return {}
        return node if isinstance(node, dict) else {}

    def _mapping(self, value: Json, pointer: str) -> Mapping[str, Json]:
        """Return a mapping; of anything else nobody can say whether it is meant for us."""
        if value is not None and not isinstance(value, dict):
            file, origin = self.document.origin(pointer)
            message = f"x-mock: a mapping is expected, not {value!r}"
            self.faults.append(Fault(origin, "plan", message, "it is ignored", Severity.WARNING, file))
        return value if isinstance(value, dict) else {}

    def _error(self, pointer: str, message: str) -> PlanError:
        file, origin = self.document.origin(pointer)
        return PlanError(f"{file or self.document.source}: at {origin}: {message}")


def _item_of(operation: Operation) -> str:
    """Return the pointer of an operation's path item."""
    owner, _, _ = operation.pointer.rpartition("/")
    return owner.removesuffix("/additionalOperations")


def _copied(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _copied(member) for key, member in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _plural(noun: str) -> str:
    """Return the plural of an English noun, as far as spelling tells."""
    if singular(noun) != noun:
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"
