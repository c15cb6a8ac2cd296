"""What must be true of a list: its pages fit together, its total, its links, its filters and its order are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.contract.lifecycle.pages import Pages, Walk
from mockserver.contract.lifecycle.session import Seen, Session, shown
from mockserver.contract.reading import input_of, property_of
from mockserver.document.plan import ABSENT, Filter, OperationPlan
from mockserver.errors import Json
from mockserver.mocking.sorting import readings


@dataclass
class Made:
    """A record that was made.

    Attributes:
        binding: The name by which requests know it.
        seen: What made it.
        sent: What the client said of it.
        record: As it was last read.
    """

    binding: str
    seen: Seen
    sent: Json
    record: dict[str, Any] = field(default_factory=dict)


class Lists:
    """Looks at the list of one resource.

    Args:
        session: The server.
        pages: The list.
        create: What made records.
        created: These records.
    """

    def __init__(
        self, session: Session, pages: Pages, create: OperationPlan, created: Sequence[Made]
    ) -> None:
        self._session = session
        self._pages = pages
        self._create = create
        self._created = created
        self._id = pages.planned.resource.id_property

    def check(self) -> None:
        """Note all that is wrong."""
        small = self._pages.small_walk()
        self._look_at(small)
        whole = small if small.is_complete else self._pages.walk()
        if whole is not small:
            self._look_at(whole)
        if whole.is_complete and whole.pages:
            if self._pages.shows_all(self._create):
                self._listed(whole)
            self._total(whole)
        self._link(small)
        for condition in self._pages.planned.filters:
            self._filter(condition)
        for name, value, prop, descending in self._orders():
            self._order(name, value, prop, descending=descending)

    def without(self, record: dict[str, Any], deleted: Seen) -> None:
        """Note that a deleted record is still listed."""
        walk = self._pages.walk()
        id = property_of(record, self._id)
        for seen, records in walk.pages if id is not ABSENT else ():
            if any(property_of(item, self._id) == id for item in records):
                text = f"{id!r} was deleted with {deleted.status}, and this list still has it"
                self._session.found("deleted-is-not-listed", seen, text, before=(deleted,))
                return

    def _look_at(self, walk: Walk) -> None:
        """Check each page, and that none has what another has."""
        for seen, records in walk.pages:
            if walk.limit is not None and len(records) > walk.limit:
                text = f"{walk.limit} items were asked for, and {len(records)} came"
                self._session.found("limit-is-kept", seen, text)
                break
        ids = [property_of(record, self._id) for record in walk.records]
        counts = Counter(str(id) for id in ids if id is not ABSENT and id is not None)
        twice = [id for id, count in counts.items() if count > 1]
        if twice:
            showing = [
                seen
                for seen, records in walk.pages
                if any(str(property_of(record, self._id)) == twice[0] for record in records)
            ]
            text = f"{self._id} {twice[0]} is listed {counts[twice[0]]} times"
            self._session.found("listed-once", showing[-1], text, before=tuple(showing[:-1]))

    def _listed(self, walk: Walk) -> None:
        ids = {str(property_of(record, self._id)) for record in walk.records}
        for made in self._created:
            id = property_of(made.record, self._id)
            if id is not ABSENT and str(id) not in ids:
                text = (
                    f"{id!r} was created with {made.seen.status}, and none of {len(ids)} listed items is it"
                )
                self._session.found("created-is-listed", walk.seen[-1], text, before=(made.seen,))
                return

    def _total(self, walk: Walk) -> None:
        for seen, records in walk.pages:
            total = self._session.places(self._pages.planned).said("total", seen.value, seen.headers)
            number = int(total) if isinstance(total, str) and total.isdecimal() else total
            if isinstance(number, int) and not isinstance(number, bool) and number != len(walk.records):
                text = (
                    f"the answer says that there are {number}, and all pages together have "
                    f"{len(walk.records)} items ({len(records)} of them here)"
                )
                self._session.found("total-is-right", seen, text)
                return

    def _link(self, walk: Walk) -> None:
        if not walk.pages:
            return
        seen, records = walk.pages[0]
        link = self._pages.link_of(seen)
        if link is None:
            return
        there = self._pages.follow(seen, link)
        following = self._pages.records_of(there)
        own = [property_of(record, self._id) for record in records]
        expected = walk.pages[1][1] if len(walk.pages) > 1 else None
        if following is None:
            text = f"the link {link} is answered with {there.status}"
        elif following and [property_of(record, self._id) for record in following] == own:
            text = f"the link {link} leads to the same page again"
        elif expected and [property_of(record, self._id) for record in expected] != [
            property_of(record, self._id) for record in following
        ]:
            text = f"the link {link} does not lead to the items that follow"
        else:
            return
        self._session.found("link-leads-on", seen, text, before=(there,))

    # Filters and order.

    def _filter(self, condition: Filter) -> None:
        """Ask for the records like one that is there."""
        given = input_of(condition.value)
        name = given.name if given is not None and given.place == "query" else condition.name
        if condition.operator != "eq" or len(condition.path) != 1 or self._pages.parameter(name) is None:
            return
        prop = condition.path[0]
        # What a client has sent is there for it to be found by; of what the server adds nobody knows.
        fitting = (
            made
            for made in self._created
            if isinstance(made.sent, dict)
            and made.sent.get(prop) == made.record.get(prop)
            and _is_plain(made.record.get(prop))
            and self._pages.takes(name, made.record[prop])
        )
        made = next(fitting, None)
        if made is None:
            return
        record, value = made.record, made.record[prop]
        walk = self._pages.walk({name: value})
        is_guess = self._pages.planned.inferred
        for seen, records in walk.pages:
            wrong = next((item for item in records if not _admits(item.get(prop, ABSENT), value)), None)
            if wrong is not None:
                text = f"{name}={value} was asked for, and an item has {prop} {shown(wrong.get(prop))}"
                self._session.found("filter-is-kept", seen, text, location=(name,), is_guess=is_guess)
                return
        ids = {str(property_of(item, self._id)) for item in walk.records}
        if walk.is_complete and str(property_of(record, self._id)) not in ids:
            text = f"{name}={value} was asked for, and {property_of(record, self._id)!r}, which has it, is not there"
            last = walk.seen[-1]
            self._session.found(
                "filter-finds", last, text, location=(name,), before=(made.seen,), is_guess=is_guess
            )

    def _orders(self) -> Iterator[tuple[str, Json, str, bool]]:
        """Yield parameter, value, property and direction of the orders that the document names."""
        planned = self._pages.planned
        given = input_of(planned.sort.text)
        parameter = self._pages.parameter(given.name) if given and given.place == "query" else None
        if given is None or parameter is None or parameter.schema is None:
            return
        _, schema = self._session.document.request_schemas.resolve(parameter.schema)
        values = schema.get("enum") if isinstance(schema, dict) else None
        known = {name for made in self._created for name in made.record}
        for value in values if isinstance(values, list) else ():
            for text, descending in readings(value) if isinstance(value, str) else ():
                prop = planned.sort.names.get(text, text)
                if (prop in known and descending is not None) or (prop in known and text == value):
                    yield given.name, value, prop, bool(descending)
                    break

    def _order(self, name: str, value: Json, prop: str, *, descending: bool) -> None:
        walk = self._pages.walk({name: value})
        values = [record.get(prop) for record in walk.records]
        same = [item for item in values if isinstance(item, int | float) and not isinstance(item, bool)]
        texts: list[Any] = [item for item in values if isinstance(item, str)]
        # Of texts only times are compared: how a server compares other texts is its own affair.
        chosen = same or [item for item in texts if item[:4].isdigit() and "T" in item]
        if len(chosen) > 1 and chosen != sorted(chosen, reverse=descending):
            way = "descending" if descending else "ascending"
            text = f"{name}={value} was asked for, and {prop} is not {way}: {shown(chosen)}"
            self._session.found(
                "order-is-kept", walk.seen[0], text, location=(name,), is_guess=self._pages.planned.inferred
            )


def _is_plain(value: Json) -> bool:
    """Return whether a filter can say a value in one text."""
    return isinstance(value, str | int) and value != ""


def _admits(found: Json, wanted: Json) -> bool:
    """Return whether a value is what a filter asks for; of a list one item is enough, and nothing is known of none."""
    if found is ABSENT or found is None:
        return found is ABSENT
    if isinstance(found, list):
        return any(_admits(item, wanted) for item in found)
    return str(found).lower() == str(wanted).lower() or isinstance(found, dict)
