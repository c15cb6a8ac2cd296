"""What is asked of both servers, and what is looked at in the answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from urllib.parse import quote, urlencode

from mockserver import jsontext
from mockserver.contract.reading import Way
from mockserver.contract.requests.maker import Draft
from mockserver.contract.requests.slots import Bindings, Slot, filled, slots_of
from mockserver.contract.requests.writing import Credential, Outgoing
from mockserver.document.messages.styles import text_of
from mockserver.document.model import Operation
from mockserver.document.plan import ABSENT, Action, Filter, OperationPlan


class Writes(IntEnum):
    """How far requests may change a server."""

    NONE = 0
    """Only what is safe (RFC 9110 section 9.2.1)."""
    OWN = 1
    """Records are made, and what was made is changed and deleted."""
    ALL = 2
    """Also what changes other things: settings, actions without a record, requests about many records."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A request as it was recorded, with slots where the server had the word.

    Attributes:
        segments: Of the path, below the base URL, decoded; templates.
        fields: Of the query, decoded; templates.
        headers: Without credentials.
        body: Bytes, or a template of a JSON value.
    """

    method: str
    segments: tuple[Any, ...]
    fields: tuple[tuple[str, Any], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = b""

    def slots(self) -> Iterator[Slot]:
        """Yield what has to be known before it can be sent."""
        yield from slots_of([*self.segments, *(value for _, value in self.fields), self.body])

    def write(self, bindings: Bindings, credentials: Iterable[Credential]) -> Outgoing:
        """Return it for the server of which the bindings tell.

        Raises:
            Unbound: A slot has no value.
        """
        path = "/".join(
            quote(text_of(filled(item, bindings)), safe="~:@!$&'()*+,;=") for item in self.segments
        )
        fields = [(name, text_of(filled(value, bindings))) for name, value in self.fields]
        headers, cookies = list(self.headers), []
        for place, name, value in credentials:
            if place == "query":
                fields.append((name, value))
            elif place == "cookie":
                cookies.append(f"{name}={value}")
            else:
                headers.append((name, value))
        if cookies:
            headers.append(("Cookie", "; ".join(cookies)))
        body = self.body if isinstance(self.body, bytes) else jsontext.dumps(filled(self.body, bindings))
        return Outgoing(self.method, path, urlencode(fields), tuple(headers), body)


@dataclass(frozen=True, slots=True)
class Paged:
    """What a page of a list is asked to be.

    Attributes:
        limit: Records at most.
        after: Binding that has the first page, None for the first page itself.
    """

    limit: int
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One request to both servers.

    Attributes:
        title: What it does, e.g. `get what was deleted`.
        asked: The request.
        operation: None where the document has none for it.
        plan: What the operation does, None for one without state.
        authorised: Whether credentials go with it.
        saves: Name under which the record is remembered that the answer tells of, "" for none.
        assumed: What the request itself says of this record; a template.
        picks: Name under which the first record of a list is remembered.
        keeps: Name under which the whole answer is remembered.
        echo: What the client has sent of the record so far, a template; ABSENT for nothing.
        made: Whether the record is new, so that what the server has chosen is worth looking at.
        keys: The properties by which records are told apart.
        holds: The records that a list should have, by the names they are remembered under.
        lacks: The same for one that it should not have.
        filters: The filter that the request uses, with the value that it asks for; a template.
        paged: Which page is asked for.
        order: Property and parameter of the order that is asked for, and two records whose places are looked at.
        follows: Where a URL stands that a server has said: it is asked for instead of what `asked` is for.
        forgets: The record that is gone after success.
        undo: What deletes the record that was made.
        unwanted: Whether it should be refused; what comes of it else is deleted at once.
        where: Place of the exchange in a recording.
        number: Of the exchange in a recording, from 0.
    """

    title: str
    asked: Draft | Replay
    operation: Operation | None = None
    plan: OperationPlan | None = None
    authorised: bool = True
    saves: str = ""
    assumed: Any = None
    picks: str = ""
    keeps: str = ""
    echo: Any = ABSENT
    made: bool = False
    keys: tuple[Way, ...] = ()
    holds: tuple[str, ...] = ()
    lacks: str = ""
    filters: tuple[Filter, Any] | None = None
    paged: Paged | None = None
    order: tuple[str, str, str, str] | None = None
    follows: Slot | None = None
    forgets: str = ""
    undo: Draft | None = None
    unwanted: bool = False
    where: str = ""
    number: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether a list is asked for with all that there is."""
        return self.filters is None and self.paged is None and not self.unwanted


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps that belong together, with records of their own.

    Attributes:
        name: What it is about: an operation, or a resource.
        group: What it belongs to.
        steps: In their order.
        skipped: Why there are none; "" where there are.
        operation_ids: The operations that it is there for.
    """

    name: str
    group: str
    steps: tuple[Step, ...] = ()
    skipped: str = ""
    operation_ids: frozenset[str] = field(default_factory=frozenset)

    def writing(self) -> Mapping[str, int]:
        """Return how often it calls each operation that is not safe."""
        found: dict[str, int] = {}
        for step in self.steps:
            if step.operation is not None and step.operation.method not in SAFE:
                name = str(step.operation)
                found[name] = found.get(name, 0) + 1
        return found


SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
"""Methods that change nothing (RFC 9110 section 9.2.1)."""

LOCATION = "{} at"
"""Name of the binding that has the `Location` of an answer, by the name of its record."""
NEXT = "{} next"
"""Name of the binding that has the target of `Link: rel="next"`, by the name of its answer."""


def is_own(step: Step) -> bool:
    """Return whether a step makes a record, or is about one of those that a run has made."""
    plan = step.plan
    if plan is None or plan.resource.singleton or plan.items is not ABSENT or plan.ids is not ABSENT:
        return False
    return plan.action in (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.UPSERT, Action.DELETE)
