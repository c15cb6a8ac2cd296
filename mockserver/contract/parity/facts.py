"""What one answer shows, as facts: both servers are asked the same, so the same facts should come of it.

Ids, times, tokens and all else that a server may choose are no facts; that a list has the record that was made is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from mockserver import jsontext
from mockserver.contract.parity.sides import Seen, next_of
from mockserver.contract.parity.steps import Step
from mockserver.contract.reading import at, input_of, places_of, property_of
from mockserver.contract.requests.places import named_by
from mockserver.document.media_types import essence_of
from mockserver.document.model import Document
from mockserver.document.plan import ABSENT, Resource
from mockserver.document.shapes import Shape
from mockserver.mocking.identifiers import is_same
from mockserver.mocking.instants import from_text

USUAL_HEADERS: Final = (
    "allow", "content-disposition", "content-location", "deprecation", "etag", "last-modified", "location",
    "retry-after", "sunset", "www-authenticate",
)  # fmt: skip
"""Headers that mean something to clients, whether a document declares them or not."""
_OFTEN: Final = 20
"""Records of a list that are looked at."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that an answer shows.

    Attributes:
        check: Name of the check, see `checks`.
        location: Where.
        value: What is compared.
        says: The same in words, to stand after `the mock` or `the real server`.
    """

    check: str
    location: tuple[str | int, ...]
    value: Any
    says: str


def facts(document: Document, step: Step, seen: Seen, *, of_message: bool = True) -> list[Fact]:
    """Return what the answer to a step shows; without `of_message` only what it shows of records."""
    functions = (*OF_MESSAGES, *OF_RECORDS) if of_message else OF_RECORDS
    return [fact for function in functions for fact in function(document, step, seen)]


def _media_type(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    if seen.turn.reply is not None and seen.turn.reply.body:
        essence = essence_of(seen.header("content-type") or "")
        yield Fact(
            "parity-media-type", ("header", "Content-Type"), essence, f"sends {essence or 'no media type'}"
        )


def _body(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    if seen.turn.reply is not None and seen.turn.message.method != "HEAD":
        is_there = bool(seen.turn.reply.body)
        yield Fact("parity-body", ("body",), is_there, "sends a body" if is_there else "sends no body")


def _headers(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    response = step.operation.response_for(seen.status) if step.operation is not None else None
    declared = {name.lower(): name for name in response.headers} if response is not None else {}
    usual = {name: name.title() for name in USUAL_HEADERS}
    usual |= {"etag": "ETag", "www-authenticate": "WWW-Authenticate"}
    for name, shown in {**usual, **declared}.items():
        if name == "link":
            # It is there where there are other pages: see `_page`.
            continue
        is_there = seen.header(name) is not None
        yield Fact(
            "parity-header" if name in declared else "parity-usual-header",
            ("header", shown),
            is_there,
            f"sends {shown}" if is_there else f"sends no {shown}",
        )


def _location(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    location, plan = seen.header("location"), step.plan
    if location is None or plan is None or seen.record is None or not step.made:
        return
    id = property_of(seen.record, plan.resource.id_property)
    if isinstance(id, str | int):
        leads = is_same(named_by(location), id)
        yield Fact(
            "parity-location",
            ("header", "Location", "id"),
            leads,
            "leads to the new record" if leads else f"leads elsewhere ({location})",
        )


def _echo(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    plan = step.plan
    if not seen.is_success or seen.record is None or plan is None or not isinstance(seen.echo, dict):
        return
    way = places_of(plan).record or ()
    shape = Shape(document.response_schemas, plan.resource.schema)
    for name, sent in seen.echo.items():
        if name == plan.resource.id_property or name not in shape.properties or not shape.keeps(name):
            continue
        shown = seen.record.get(name, ABSENT)
        is_same_value = shown is not ABSENT and is_alike(sent, shown)
        says = f"shows {name} as it was sent"
        if shown is ABSENT:
            says = f"does not show {name}, which was sent"
        elif not is_same_value:
            says = f"shows {_short(shown)} for {name}, where {_short(sent)} was sent"
        state = "as sent" if is_same_value else "absent" if shown is ABSENT else "other"
        yield Fact("parity-echo", ("body", *way, name), state, says)


def _chosen(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    """Yield the values that a server has to choose, where the plan or the schema knows which one."""
    plan, record = step.plan, seen.record
    if not seen.is_success or record is None or plan is None:
        return
    way, resource = places_of(plan).record or (), plan.resource
    known = set(_known(document, resource)) if step.made else set()
    lifecycle = resource.lifecycle
    # What only time moves may have moved on one server and not yet on the other.
    if lifecycle is not None and (step.made or not lifecycle.moves):
        known.add(lifecycle.property)
    echo = seen.echo if isinstance(seen.echo, dict) else {}
    for name in sorted(known):
        value = property_of(record, name)
        if value is ABSENT or isinstance(value, dict | list) or name in echo:
            continue
        is_state = resource.lifecycle is not None and name == resource.lifecycle.property
        if not is_state and not step.made:
            continue
        yield Fact(
            "parity-state" if is_state else "parity-value",
            ("body", *way, *name.split(".")),
            value,
            f"says {_short(value)} for {name}",
        )


def _known(document: Document, resource: Resource) -> Iterator[str]:
    """Yield the properties of new records that have a value of which the plan or the schema tells."""
    for name, rules in resource.fields.items():
        for raw in (rules.default, rules.create):
            if raw is not ABSENT and not isinstance(raw, dict | list) and not str(raw).startswith("$"):
                yield name
    shape = Shape(document.response_schemas, resource.schema)
    for name, pointer in shape.properties.items():
        try:
            _, schema = document.response_schemas.resolve(pointer)
        except (KeyError, ValueError):
            continue
        if isinstance(schema, dict) and "default" in schema:
            yield name


def _listed(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    if not seen.is_success or seen.items is None or step.plan is None:
        return
    keys = [_key(step, item) for item in seen.items]
    for name in (*step.holds, step.lacks):
        key = _key(step, seen.bindings.get(name)) if name else None
        if key is None or (keys and not any(keys)):
            continue
        is_listed = any(_is_one(other, key) for other in keys)
        if is_listed or not _has_more(step, seen):
            what = "the record" if step.holds else "the deleted record"
            what = "the second record" if name in step.holds[1:] else what
            says = f"lists {what}" if is_listed else f"does not list {what}"
            yield Fact("parity-listed", ("body", "listed"), is_listed, says)
            if step.holds and not is_listed:
                return


def _key(step: Step, record: Any) -> tuple[Any, ...] | None:
    """Return what tells a record from others: its id, or what paths name it by; None where it does not say that."""
    plan = step.plan
    id = (tuple(plan.resource.id_property.split(".")),) if plan is not None else ()
    for ways in (id, step.keys):
        found = tuple(property_of(record, ".".join(map(str, way))) for way in ways)
        if found and ABSENT not in found:
            return found
    return None


def _is_one(key: tuple[Any, ...] | None, other: tuple[Any, ...] | None) -> bool:
    return key is not None and other is not None and len(key) == len(other) and all(map(is_same, key, other))


def _has_more(step: Step, seen: Seen) -> bool:
    """Return whether a list may go on beyond this page."""
    plan, items = step.plan, seen.items or []
    if plan is None:
        return False
    if seen.total is not None:
        return seen.total > len(items)
    fields = {"link": seen.header("link") or ""}
    if 'rel="next"' in fields["link"] or "rel=next" in fields["link"]:
        return True
    places = places_of(plan)
    told = [
        places.said(name, seen.value, {})
        for name in ("next_token", "next_url", "next", "next_number", "more")
    ]
    if any(value not in (ABSENT, None, False, "") for value in told):
        return True
    is_paged = any(
        raw is not ABSENT for raw in (plan.page.limit, plan.page.number, plan.page.offset, plan.page.token)
    )
    says_so = any(value is not ABSENT for value in told)
    return is_paged and not says_so and bool(items)


def _filter(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    if step.filters is None or not seen.is_success or not seen.items:
        return
    item, wanted = step.filters
    expected = at(seen.bindings.get(step.holds[0]), item.path) if step.holds else ABSENT
    if expected in (ABSENT, None):
        expected = wanted
    if isinstance(expected, dict | list):
        # What it names is shown instead of its id.
        return
    shown = [at(record, item.path) for record in seen.items[:_OFTEN]]
    others = [value for value in shown if not isinstance(value, dict) and value is not ABSENT]
    others = [value for value in others if not _holds(value, expected)]
    yield Fact(
        "parity-filter",
        ("query", item.name),
        not others,
        f"also lists records with {_short(others[0])}" if others else f"lists only what {item.name} asks for",
    )


def _holds(value: Any, expected: Any) -> bool:
    return is_alike(expected, value) or (
        isinstance(value, list) and any(is_alike(expected, one) for one in value)
    )


def _order(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    """Yield which of two records comes first: both servers were sent the same values."""
    if step.order is None or step.plan is None or not seen.is_success or not seen.items:
        return
    property, parameter, *names = step.order
    keys = [_key(step, item) for item in seen.items]
    wanted = [_key(step, seen.bindings.get(name)) for name in names]
    places = [next((at for at, other in enumerate(keys) if _is_one(other, one)), None) for one in wanted]
    values = [property_of(seen.bindings.get(name), property) for name in names]
    if len(places) != 2 or None in places or values[0] == values[1] or ABSENT in values:
        return
    is_first = (places[0] or 0) < (places[1] or 0)
    shown = [_short(value) for value in (values if is_first else reversed(values))]
    yield Fact("parity-order", ("query", parameter), is_first, f"puts {shown[0]} before {shown[1]}")


def _page(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    plan, paged = step.plan, step.paged
    if paged is None or not seen.is_success or seen.items is None or plan is None:
        return
    count = len(seen.items)
    limit = input_of(plan.page.limit)
    is_kept = count <= paged.limit
    says = (
        f"keeps to a page of {paged.limit}"
        if is_kept
        else f"sends {count} records on a page of {paged.limit}"
    )
    yield Fact("parity-page", ("query", limit.name if limit is not None else "limit"), is_kept, says)
    if paged.after is None:
        earlier = seen.totals.get(plan.operation.id)
        if seen.total is not None and earlier is not None:
            is_kept = seen.total == earlier
            says = "says the same total" if is_kept else f"says a total of {seen.total}, and {earlier} before"
            yield Fact("parity-page", ("body", "total"), is_kept, says + " on a page of one")
        if _has_more(step, seen):
            leads = bool(next_of(seen.header("link") or ""))
            says = "sends a Link to the next page" if leads else "sends no Link to the next page"
            yield Fact("parity-link", ("header", "Link"), leads, says)
        return
    first = places_of(plan).items_in(seen.bindings.get(paged.after))
    both = [_key(step, items[0]) for items in (first, seen.items) if items]
    if len(both) == 2 and None not in both:
        is_same_one = _is_one(both[0], both[1])
        says = "shows the first page again" if is_same_one else "shows other records on the next page"
        yield Fact("parity-page", ("query", "next page"), not is_same_one, says)


def _total(document: Document, step: Step, seen: Seen) -> Iterator[Fact]:
    if seen.total is None or step.operation is None or not step.is_whole:
        return
    earlier = seen.totals.get(step.operation.id)
    if earlier is not None:
        grown = seen.total - earlier
        yield Fact(
            "parity-total", ("body", "total"), grown, f"has a total that changed by {grown:+d} meanwhile"
        )


_Function = Callable[[Document, Step, Seen], Iterator[Fact]]
OF_MESSAGES: Final[tuple[_Function, ...]] = (_media_type, _body, _headers)
"""What a message shows, whatever it is about."""
OF_RECORDS: Final[tuple[_Function, ...]] = (
    _location,
    _echo,
    _chosen,
    _listed,
    _filter,
    _order,
    _page,
    _total,
)
"""What an answer shows of records."""


def is_alike(sent: Any, shown: Any) -> bool:
    """Return whether a value is what was sent: the same number, instant or text, and at least its members."""
    if isinstance(sent, dict) and isinstance(shown, dict):
        return all(
            name in shown and is_alike(value, shown[name])
            for name, value in sent.items()
            if value is not None
        )
    if isinstance(sent, list) and isinstance(shown, list):
        return len(sent) == len(shown) and all(map(is_alike, sent, shown))
    if sent == shown and isinstance(sent, bool) == isinstance(shown, bool):
        return True
    if isinstance(sent, str) and isinstance(shown, str):
        instants = from_text(sent), from_text(shown)
        return instants[0] is not None and instants[0] == instants[1]
    return False


def _short(value: Any) -> str:
    text = jsontext.dumps(value).decode() if value is not ABSENT else "nothing"
    return text if len(text) <= 60 else f"{text[:57]}..."
