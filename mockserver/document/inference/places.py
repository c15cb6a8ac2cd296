"""Paths gathered into places: a collection with its items, one thing alone, or an action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mockserver.document import pointer as ptr
from mockserver.document.inference.alike import SHARE, Likeness
from mockserver.document.inference.messages import Body, Reader, answer_of, request_of
from mockserver.document.inference.model import Message
from mockserver.document.inference.routes import Route, noun
from mockserver.document.inference.view import View
from mockserver.document.inference.vocabulary import META, READING, TRUTHS
from mockserver.document.model import Operation
from mockserver.document.naming import singular, word

Key = tuple[str, ...]

_ROLES = {
    (False, "GET"): "list", (False, "HEAD"): "list", (False, "QUERY"): "list", (False, "POST"): "create",
    (False, "PUT"): "replace", (False, "PATCH"): "update", (False, "DELETE"): "delete",
    (True, "GET"): "get", (True, "HEAD"): "get", (True, "POST"): "update", (True, "PUT"): "replace",
    (True, "PATCH"): "update", (True, "DELETE"): "delete",
}  # fmt: skip
"""(leads to an item, method) -> what is asked for, where no verb says so."""


@dataclass(eq=False)
class Facts:
    """One operation, read; its messages are, when somebody asks for them.

    Attributes:
        reader: Reads them.
        role: What it asks for by its verb or method; "" where that says nothing.
        is_item: Whether its path names one record.
        told: The action that the user's plan names.
        find: Property -> path variable, for a path that names a record by other properties than the others do.
    """

    reader: Reader
    route: Route
    role: str
    is_item: bool
    request: Body
    answer: Body
    find: dict[str, str] = field(default_factory=dict)
    told: str = ""

    @cached_property
    def one(self) -> Message | None:
        """The record in its answer."""
        return self.reader.one(self.answer, self._nouns)

    @cached_property
    def many(self) -> Message | None:
        """The records in its answer."""
        return self.reader.many(self.answer, self._nouns)

    @cached_property
    def sent(self) -> Message | None:
        """The record in its request."""
        return None if self.operation.method == "GET" else self.reader.one(self.request, self._nouns)

    @cached_property
    def sent_many(self) -> Message | None:
        """The records in its request."""
        return None if self.operation.method == "GET" else self.reader.many(self.request, self._nouns)

    @cached_property
    def _nouns(self) -> list[str]:
        return [key for key in reversed(self.route.key) if key != "{}"]

    @property
    def operation(self) -> Operation:
        """The operation."""
        return self.route.operation

    @property
    def is_reading(self) -> bool:
        """Whether it asks for something that is there."""
        return self.role in READING

    @property
    def place(self) -> Key:
        """The key of the place where it belongs."""
        return self.route.key[:-1] if self.is_item else self.route.key


@dataclass(slots=True, eq=False)
class Place:
    """What is done at one collection, or at what looks like one."""

    key: Key
    facts: list[Facts] = field(default_factory=list)

    @property
    def noun(self) -> str:
        """The key of what it is about."""
        return next((key for key in reversed(self.key) if key != "{}"), "").removesuffix(" alone")

    @property
    def items(self) -> list[Facts]:
        """Operations on its items."""
        return [facts for facts in self.facts if facts.is_item]

    @property
    def collection(self) -> list[Facts]:
        """Operations on the whole."""
        return [facts for facts in self.facts if not facts.is_item]


def gather(routes: Sequence[Route], reader: Reader) -> dict[Key, Place]:
    """Return the places of a document, in the order of their first operation."""
    methods: dict[Key, set[str]] = {}
    for route in routes:
        methods.setdefault(route.key, set()).add(route.operation.method)
    places: dict[Key, Place] = {}
    for route in routes:
        facts = _facts(route, reader, methods[route.key], has_items=(*route.key, "{}") in methods)
        places.setdefault(facts.place, Place(facts.place)).facts.append(facts)
    _lift(places)
    return {place.key: place for mixed in places.values() for place in _told_apart(mixed)}


def _lift(places: dict[Key, Place]) -> None:
    """Bring what makes and lists things to their items where these have keys of several parts.

    POST /repos belongs to /repos/{owner}/{repo}.
    """
    for key in list(places):
        whole = places.get(key[:-1]) if key and key[-1] == "{}" else None
        if whole is None or not places[key].items or whole.items:
            continue
        if all(facts.role in ("create", "list") for facts in whole.facts):
            places[key].facts += whole.facts
            del places[whole.key]


def _told_apart(place: Place) -> list[Place]:
    """Return a place, and beside it the one thing that is spelled like its items: /user beside /users and /users/{id}.

    The other case, /namespaces beside /namespace/{name}, is one place: there the items have the odd spelling.
    """
    spelled: dict[str, list[Facts]] = {}
    for facts in place.collection:
        if not facts.route.verb:
            spelled.setdefault(facts.route.segments[-1].text if facts.route.segments else "", []).append(
                facts
            )
    in_items = {segment.text for facts in place.items for segment in facts.route.segments[-2:-1]}
    for text, group in spelled.items() if len(spelled) > 1 else ():
        others = {facts.operation.method for facts in place.collection if facts not in group}
        reads = any(facts.operation.method == "GET" and facts.one and not facts.many for facts in group)
        twice = any(facts.operation.method in others for facts in group)
        if text not in in_items and singular(text) == text and (reads or twice):
            apart = Place((*place.key[:-1], f"{place.key[-1]} alone"), group)
            place.facts = [facts for facts in place.facts if facts not in group]
            return [place, apart]
    return [place]


def _facts(route: Route, reader: Reader, methods: set[str], *, has_items: bool) -> Facts:
    method = route.operation.method
    by_method = _ROLES.get((route.is_item, method), "")
    role = by_method if route.verb is None or (route.verb.bulk and not route.verb.role) else route.verb.role
    answer = answer_of(route.operation, creates=role in ("create", "upsert"))
    facts = Facts(reader, route, role, route.is_item, request_of(route.operation), answer)
    if facts.is_item and method == "GET" and not route.verb and facts.many and _lists(facts, methods, reader):
        # The last variable narrows a list: /repositories/{owner}, /pets/status/{status}.
        facts.is_item, facts.role = False, "list"
    elif facts.is_item and method == "POST" and not route.verb and has_items:
        # So does this one: it makes what is below, as /repositories/{owner} beside /repositories/{owner}/{name} does.
        facts.is_item, facts.role = False, "create"
    return facts


def _lists(facts: Facts, methods: set[str], reader: Reader) -> bool:
    """Return whether what looks like an item is a list below a variable."""
    many = facts.many
    assert many is not None
    if methods & {"PUT", "PATCH", "DELETE"}:
        return False
    return reader.is_only_envelope(many)


@dataclass(slots=True, eq=False)
class Draft:
    """A resource in the making.

    Attributes:
        record: Pointer of the record's schema.
        singleton: Whether there is one record only.
        keys: The places that belong to it; the first gives its name.
        is_full: Whether one of its paths, or its requests, name single records.
    """

    noun: str
    record: str
    facts: list[Facts]
    keys: list[Key]
    singleton: bool = False
    is_full: bool = False
    source: str = ""

    @property
    def aliases(self) -> list[str]:
        """Other nouns for its records: what answers call them."""
        wrapped = [
            facts.one.path[-1] for facts in self.facts if facts.one and facts.one.path and not facts.is_item
        ]
        listed = [
            facts.many.path[-1]
            for facts in self.facts
            if facts.many and facts.many.path and facts.role == "list"
        ]
        literals = [key for key in self.keys[0] if key != "{}"]
        return list(dict.fromkeys([*map(noun, (*wrapped, *listed)), "".join(literals[-2:])]))


def draft_of(place: Place, view: View, alike: Likeness) -> Draft | None:
    """Return the resource that a place is about, None for what is no resource."""
    items, collection = place.items, place.collection
    listing = [facts for facts in collection if facts.many and facts.many.record and facts.role == "list"]
    verbs = {facts.role for facts in collection if facts.route.verb and facts.role}
    if not (items or listing or len(verbs) > 1):
        alone = _singleton(place, alike)
        if alone is not None or not _makes_things(place, alike):
            return alone
    record, source = _record(place, listing, view, alike)
    if record is None:
        return None
    record = _named(record, view)
    is_full = bool(items) or any(
        facts.role in ("get", "update", "replace", "delete") for facts in collection if facts.route.verb
    )
    return Draft(place.noun, record, list(place.facts), [place.key], is_full=is_full, source=source)


def _makes_things(place: Place, alike: Likeness) -> bool:
    """Return whether things are made here, although nothing reads them: what is sent to a plural comes back."""
    for facts in place.collection:
        text = facts.route.segments[-1].text if facts.route.segments else ""
        if facts.operation.method != "POST" or facts.route.verb or singular(text) == text:
            continue
        sent, shown = facts.sent.record if facts.sent else None, facts.one.record if facts.one else None
        if sent and shown and alike.names(sent) and alike.share(sent, shown) >= SHARE:
            return True
    return False


def _record(place: Place, listing: Sequence[Facts], view: View, alike: Likeness) -> tuple[str | None, str]:
    """Return the pointer of the schema of a place's records, and where it was found."""
    told = [
        facts for facts in place.facts if facts.one and alike.names(facts.one.record or "") - META - TRUTHS
    ]
    listed = [(facts.many.record, facts) for facts in listing if facts.many and facts.many.record]
    gets = [facts for facts in told if facts.role == "get" and (facts.is_item or not facts.many)]
    made = [facts for facts in told if facts.role in ("create", "upsert")]
    changed = [facts for facts in told if facts.is_item and facts.role in ("update", "replace")]
    if gets:
        # Of several views of a record the one that shows most.
        first = min(gets, key=lambda facts: facts.route.verb is not None)
        same = [facts for facts in gets if _is_same(facts, first, alike)]
        widest = max(same, key=lambda facts: len(alike.names(facts.one.record or "")) if facts.one else 0)
        return widest.one.record if widest.one else None, f"the answer of {widest.operation}"
    for facts in sorted(made, key=lambda facts: facts.route.verb is not None):
        # An answer that has hardly anything but an id is a receipt, and so is one that is like nothing that is listed.
        assert facts.one is not None
        assert facts.one.record is not None
        fits = not listed or any(alike.same(facts.one.record, record) for record, _ in listed)
        if _is_rich(facts, view) and fits:
            return facts.one.record, f"the answer of {facts.operation}"
    for record, facts in listed:
        if view.properties(record):
            return record, f"the items of {facts.operation}"
    for facts in changed:
        if _is_rich(facts, view):
            assert facts.one is not None
            return facts.one.record, f"the answer of {facts.operation}"
    free = [facts for facts in place.facts if facts.role == "get" and facts.one and facts.is_item]
    if free or listed:
        # Better than a guess: objects of which the document does not say what is in them.
        shown = [(facts.one.record, facts) for facts in free if facts.one] or listed
        return shown[0][0], f"the answer of {shown[0][1].operation}, which may be any object"
    for facts in place.facts:
        if facts.sent and facts.sent.record and not facts.is_reading and facts.role != "delete":
            return facts.sent.record, f"the request of {facts.operation}"
    for facts in (*made, *changed):
        assert facts.one is not None
        return facts.one.record, f"the answer of {facts.operation}"
    for facts in place.facts:
        if facts.role in ("get", "create", "update") and facts.one:
            return facts.one.record, f"the answer of {facts.operation}, which may be any object"
    return None, ""


def _is_same(facts: Facts, other: Facts, alike: Likeness) -> bool:
    one, two = facts.one.record if facts.one else None, other.one.record if other.one else None
    return bool(one and two and alike.same(one, two))


def _named(record: str, view: View) -> str:
    """Return the named schema that a record is, where an answer adds nothing to it but links and the like."""
    place = view.target(record)
    parts = view.node(place).get("allOf")
    if place in view.components or not isinstance(parts, list):
        return record
    whole = view.properties(place)
    for index in range(len(parts)):
        part = view.target(ptr.join(place, "allOf", index))
        if part in view.components and all(
            word(name) in META for name in whole.keys() - view.properties(part).keys()
        ):
            return part
    return record


def _is_rich(facts: Facts, view: View) -> bool:
    """Return whether an answer shows a record, and not only that there is one now."""
    if facts.one is None or facts.one.record is None:
        return False
    shown = len(view.properties(facts.one.record))
    if facts.sent is None or facts.sent.record is None:
        return shown > 1
    return shown > 2 or shown >= len(view.properties(facts.sent.record))


def _singleton(place: Place, alike: Likeness) -> Draft | None:
    """Return what a place without items holds, if it can be read and changed."""
    reads = [
        facts
        for facts in place.collection
        if facts.operation.method == "GET"
        and facts.one
        and not facts.many
        and alike.names(facts.one.record or "")
    ]
    writes = [
        facts
        for facts in place.collection
        if facts.operation.method in ("PUT", "PATCH")
        or (facts.operation.method == "POST" and facts.role != "list")
    ]
    verbs = {facts.role for facts in (*reads, *writes) if facts.route.verb}
    if not reads or not writes or verbs - {"update"}:
        return None
    record = reads[0].one.record if reads[0].one else None
    if record is None:
        return None
    if all(facts.operation.method == "POST" for facts in writes) and not any(
        facts.sent and facts.sent.record and alike.share(facts.sent.record, record) >= SHARE
        for facts in writes
    ):
        return None
    source = f"the answer of {reads[0].operation}"
    for facts in place.collection:
        facts.role = {"list": "get", "create": "update"}.get(facts.role, facts.role)
    return Draft(
        place.noun, record, list(place.facts), [place.key], singleton=True, is_full=True, source=source
    )
