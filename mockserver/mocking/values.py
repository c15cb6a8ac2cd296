"""Compiles the values of a plan: literals, runtime expressions, operators and templates (`docs/plan.md`).

Expressions of the form `$request...` are those of OpenAPI links (OAS 3.1.1 section 4.8.20.4).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.plan import Resource
from mockserver.errors import Json, PlanError
from mockserver.mocking.exchange import Request
from mockserver.mocking.instants import NOTATIONS, to_text
from mockserver.mocking.page import Page


class StateView:
    """The questions that values ask about other records."""

    def find(self, resource: str, id: Json) -> Mapping[str, Json] | None:
        """Return the data of a live record."""
        raise NotImplementedError

    def matching(self, resource: str, where: Mapping[str, Json]) -> list[dict[str, Json]]:
        """Return the records with these properties, as they are answered."""
        raise NotImplementedError

    def count(self, resource: str, where: Mapping[str, Json]) -> int:
        """Return how many records have these properties."""
        raise NotImplementedError

    def next_number(self, resource: str, counter: str) -> int:
        """Return the next number of a counter of a resource."""
        raise NotImplementedError


@dataclass(slots=True)
class Scope:
    """What a value may look at while it is computed.

    Attributes:
        state: Answers questions about other records.
        record: The record being written or answered.
        clock: Tells the time of the request, when it is asked first; what does not ask leaves the clock alone.
        notes: What people should know of how the request was understood, e.g. that a filter has no effect.
    """

    state: StateView
    request: Request | None = None
    record: Mapping[str, Json] = field(default_factory=dict)
    page: Page | None = None
    principal: Mapping[str, Json] = field(default_factory=dict)
    clock: Callable[[], datetime] | None = None
    notes: list[str] | None = None
    _now: datetime | None = None
    _now_text: str | None = None

    def note(self, text: str) -> None:
        """Remember something that people should know of how the request was understood."""
        if self.notes is None:
            self.notes = []
        self.notes.append(text)

    @property
    def now(self) -> datetime | None:
        """The time of the request, the same whenever it is asked; None outside of requests."""
        if self._now is None and self.clock is not None:
            self._now = self.clock()
        return self._now

    @property
    def now_text(self) -> str | None:
        """The time of the request as text."""
        if self._now_text is None and self.now is not None:
            self._now_text = to_text(self.now)
        return self._now_text


Value = Callable[[Scope], Json]
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


OPERANDS: Final[Mapping[str, frozenset[str]]] = {
    "literal": frozenset({"literal"}),
    "if": frozenset({"if", "then", "else"}),
    "first": frozenset({"first"}),
    "equals": frozenset({"equals"}),
    "not": frozenset({"not"}),
    "count": frozenset({"count", "where"}),
    "list": frozenset({"list", "where"}),
    "next": frozenset({"next", "from"}),
    "text": frozenset({"text"}),
}
"""Operator -> the keys of its object."""
_TAKES_NAMES: Final = frozenset({"first", "count", "list", "next", "text"})
"""Operators whose operand is neither an expression nor an object: `{count: $page.total}` is a template with a member
called count, `{next: {href: $page.next_url}}` one with a link."""


def _is_operator(name: str, raw: Mapping[str, Json]) -> bool:
    """Return whether an object is an operator, and not a template that has a member of the same name."""
    operand = raw[name]
    if name in _TAKES_NAMES and (
        isinstance(operand, dict) or (isinstance(operand, str) and operand.startswith("$"))
    ):
        return False
    known = OPERANDS[name]
    strange = [key for key in raw if key not in known]
    # A misspelt key is told of by the operator.
    return name == "if" or all(difflib.get_close_matches(key, known) for key in strange)


def operator_of(raw: Json) -> str | None:
    """Return the operator that an object of the plan is, None for a template and all else."""
    if not isinstance(raw, dict):
        return None
    return next((name for name in OPERANDS if name in raw and _is_operator(name, raw)), None)


def is_there(raw: Json, scope: Scope) -> bool:
    """Return whether the part of a request that an expression names is there, be it null; true of all other values."""
    if not isinstance(raw, str) or not raw.startswith("$request."):
        return True
    if scope.request is None:
        return False
    if not raw.startswith("$request.body"):
        place, _, name = raw.removeprefix("$request.").partition(".")
        return getattr(scope.request, place).get(name.lower() if place == "header" else name) is not None
    *above, last = ["", *ptr.split(raw.partition("#")[2])]
    holder = _walk(scope.request.body, above[1:])
    if isinstance(holder, dict):
        return last in holder
    return isinstance(holder, list) and last.isdigit() and int(last) < len(holder)


def needs_request(raw: Json, *, but_time: bool = False) -> bool:
    """Return whether a value can only be computed while a request is answered; the time may be known without one."""
    if isinstance(raw, str):
        return raw.startswith(("$request", "$page") if but_time else ("$request", "$now", "$page"))
    if isinstance(raw, dict):
        return "literal" not in raw and any(needs_request(item, but_time=but_time) for item in raw.values())
    if isinstance(raw, list):
        return any(needs_request(item, but_time=but_time) for item in raw)
    return False


class Compiler:
    """Compiles the values that stand in the plan of one document."""

    def __init__(self, resources: Mapping[str, Resource], source: str = "plan") -> None:
        self._resources = resources
        self._source = source
        self._operators: dict[str, Callable[[dict[str, Any], Resource | None, str], Value]] = {
            "literal": self._literal,
            "if": self._if,
            "first": self._first,
            "equals": self._equals,
            "not": self._not,
            "count": self._count,
            "list": self._list,
            "next": self._next,
            "text": self._text,
        }

    def compile(self, raw: Json, resource: Resource | None, pointer: str) -> Value:
        """Return a function of a `Scope`.

        Args:
            raw: The value as it stands in the plan.
            resource: The resource of `$record`.
            pointer: Its place in the plan, for messages.

        Raises:
            PlanError: It is no value.
        """
        if isinstance(raw, str) and raw.startswith("$"):
            return self._expression(raw, resource, pointer)
        if isinstance(raw, list):
            members = [self.compile(member, resource, ptr.join(pointer, n)) for n, member in enumerate(raw)]
            return lambda scope: [member(scope) for member in members]
        if isinstance(raw, dict):
            for name, operator in self._operators.items():
                if name in raw and _is_operator(name, raw):
                    return operator(raw, resource, pointer)
            items = {
                key: self.compile(member, resource, ptr.join(pointer, key)) for key, member in raw.items()
            }
            return lambda scope: {key: member(scope) for key, member in items.items()}
        return lambda scope: raw

    def _error(self, pointer: str, message: str) -> PlanError:
        return PlanError(f"{self._source}: at {pointer}: {message}")

    def _expression(self, text: str, resource: Resource | None, pointer: str) -> Value:
        if text.startswith("$$"):
            literal = text[1:]
            return lambda scope: literal
        if text == "$now":
            return lambda scope: scope.now_text
        if text in NOTATIONS:
            write = NOTATIONS[text]
            return lambda scope: None if scope.now is None else write(scope.now)
        head, _, fragment = text.partition("#")
        names = head[1:].split(".")
        if fragment and not fragment.startswith("/"):
            raise self._error(pointer, f"{text!r}: what follows '#' should be a JSON pointer, e.g. '#/name'")
        tokens = ptr.split(fragment)
        if names[0] == "request" and len(names) >= 2:
            return self._request(names[1], ".".join(names[2:]), tokens, text, pointer)
        if names[0] == "principal" and len(names) == 1:
            return lambda scope: _walk(scope.principal, tokens)
        if names[0] == "page" and len(names) == 2:
            return self._page(names[1], text, pointer)
        if names[0] == "record":
            return self._record(names[1:], tokens, resource, text, pointer)
        raise self._error(pointer, f"{text!r} is no expression; write '$${text[1:]}' if it is a text")

    def _request(self, place: str, name: str, tokens: list[str], text: str, pointer: str) -> Value:
        if place == "body" and not name:
            return lambda scope: None if scope.request is None else _walk(scope.request.body, tokens)
        if place not in ("path", "query", "header", "cookie") or not name:
            raise self._error(
                pointer,
                f"{text!r}: known are $request.body#/..., $request.path.NAME, .query., .header., .cookie.",
            )
        key = name.lower() if place == "header" else name
        return lambda scope: (
            None if scope.request is None else _walk(getattr(scope.request, place).get(key), tokens)
        )

    def _page(self, name: str, text: str, pointer: str) -> Value:
        if name.startswith("_") or not hasattr(Page, name):
            raise self._error(pointer, f"{text!r}: a page has no {name!r}")
        return lambda scope: None if scope.page is None else getattr(scope.page, name)

    def _record(
        self, names: list[str], tokens: list[str], resource: Resource | None, text: str, pointer: str
    ) -> Value:
        hops: list[tuple[str, str]] = []
        for name in names:
            if resource is None or name not in resource.references:
                raise self._error(pointer, f"{text!r}: {name!r} is no reference of this resource")
            target = resource.references[name].resource
            hops.append((name, target))
            resource = self._resources[target]

        def value(scope: Scope) -> Json:
            data: Mapping[str, Json] | None = scope.record
            for name, target in hops:
                id = data.get(name) if data else None
                data = None if id is None else scope.state.find(target, id)
            return _walk(data, tokens)

        return value

    def _only(self, raw: dict[str, Any], pointer: str, *keys: str) -> None:
        for key in raw:
            if key not in keys:
                raise self._error(pointer, f"{key!r} does not belong beside {keys[0]!r}")

    def _literal(self, raw: dict[str, Any], resource: Resource | None, pointer: str) -> Value:
        self._only(raw, pointer, "literal")
        return lambda scope: raw["literal"]

    def _if(self, raw: dict[str, Any], resource: Resource | None, pointer: str) -> Value:
        self._only(raw, pointer, "if", "then", "else")
        test = self.compile(raw["if"], resource, ptr.join(pointer, "if"))
        then = self.compile(raw.get("then"), resource, ptr.join(pointer, "then"))
        otherwise = self.compile(raw.get("else"), resource, ptr.join(pointer, "else"))
        return lambda scope: then(scope) if test(scope) else otherwise(scope)

    def _first(self, raw: dict[str, Any], resource: Resource | None, pointer: str) -> Value:
        self._only(raw, pointer, "first")
        members = self._members(raw["first"], resource, ptr.join(pointer, "first"))
        return lambda scope: next((value for member in members if (value := member(scope)) is not None), None)

    def _equals(self, raw: dict[str, Any], resource: Resource | None, pointer: str) -> Value:
        self._only(raw, pointer, "equals")
        members = self._members(raw["equals"], resource, ptr.join(pointer, "equals"))

        def value(scope: Scope) -> bool:
            first, *others = (member(scope) for member in members)
            return all(other == first for other in others)

        return value

    def _not(self, raw: dict[str, Any], resource: Resource | None, pointer: str) -> Value:
        self._only(raw, pointer, "not")
        member = self.compile(raw["not"], resource, ptr.join(pointer, "not"))
        return lambda scope: not member(scope)

    def _count(self, raw: dict[str, Any], resource: Resource | None, pointer: str) -> Value:
        target, where = self._related("count", raw, resource, pointer)
        return lambda scope: scope.state.count(target, {key: value(scope) for key, value in where.items()})

    def _list(self, raw: dict[str, Any], resource: Resource | None, pointer: str) -> Value:
        target, where = self._related("list", raw, resource, pointer)
        return lambda scope: scope.state.matching(target, {key: value(scope) for key, value in where.items()})

    def _related(
        self, name: str, raw: dict[str, Any], resource: Resource | None, pointer: str
    ) -> tuple[str, dict[str, Value]]:
        self._only(raw, pointer, name, "where")
        target = raw[name]
        if target not in self._resources:
            raise self._error(ptr.join(pointer, name), f"there is no resource {target!r}")
        where = raw.get("where") or {}
        if not isinstance(where, dict):
            raise self._error(ptr.join(pointer, "where"), f"a mapping is expected, not {where!r}")
        return target, {
            key: self.compile(value, resource, ptr.join(pointer, "where", key))
            for key, value in where.items()
        }

    def _next(self, raw: dict[str, Any], resource: Resource | None, pointer: str) -> Value:
        self._only(raw, pointer, "next", "from")
        names = raw["next"]
        if resource is None or not isinstance(names, list):
            raise self._error(pointer, "'next' takes a list of property names of the record")
        start = raw.get("from", 1)
        if not isinstance(start, int):
            raise self._error(ptr.join(pointer, "from"), f"a whole number is expected, not {start!r}")
        counter, owner = counter_name(resource, pointer), resource.name
        return lambda scope: (
            scope.state.next_number(owner, group_counter(counter, names, scope.record)) - 1 + start
        )

    def _text(self, raw: dict[str, Any], resource: Resource | None, pointer: str) -> Value:
        self._only(raw, pointer, "text")
        template = raw["text"]
        if not isinstance(template, str):
            raise self._error(pointer, "'text' takes a text")
        return lambda scope: _PLACEHOLDER.sub(lambda match: _as_text(scope.record.get(match[1])), template)

    def _members(self, raw: Json, resource: Resource | None, pointer: str) -> list[Value]:
        if not isinstance(raw, list) or not raw:
            raise self._error(pointer, "a list of values is expected")
        return [self.compile(member, resource, ptr.join(pointer, n)) for n, member in enumerate(raw)]


def counter_name(resource: Resource, pointer: str) -> str:
    """Return the name under which the store counts for a `next` that stands at `pointer`."""
    return f"next:{pointer.removeprefix(resource.pointer)}"


def group_counter(counter: str, names: list[str], record: Mapping[str, Json]) -> str:
    """Return the counter of those records that share these properties with `record`."""
    return "\x1f".join((counter, *(repr(record.get(name)) for name in names)))


def _as_text(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.dumps(value).decode()


def _walk(node: Json, tokens: list[str]) -> Json:
    for token in tokens:
        if isinstance(node, dict):
            node = node.get(token)
        elif isinstance(node, list) and token.isdigit() and int(token) < len(node):
            node = node[int(token)]
        else:
            return None
    return node
