"""One resource from creation to deletion, and what must be true on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from mockserver.contract.lifecycle.lists import Lists, Made
from mockserver.contract.lifecycle.pages import Pages
from mockserver.contract.lifecycle.session import Seen, Session, shown
from mockserver.contract.lifecycle.subjects import Subject, Wanted
from mockserver.contract.reading import at, property_of
from mockserver.contract.requests.maker import CannotMake, Draft
from mockserver.contract.requests.places import learnt, sent_at
from mockserver.contract.requests.slots import Unbound, filled
from mockserver.document.plan import ABSENT, Action, OperationPlan
from mockserver.errors import Json

RECORDS: Final = 3
"""How many are made: enough for two pages, and to see an order."""
_CHANGE: Final = 7
"""The variant of values that an update sends."""
_GONE: Final = (404, 410)


class Story:
    """The story of one resource.

    Args:
        session: The server.
        subject: The resource.
        bindings: What is known of the server; records that are made are added.
        records: Resource -> name of the binding that stands for it; that of the resource is added.
        wanted: Whether an operation is to be called for its own sake.
    """

    def __init__(
        self,
        session: Session,
        subject: Subject,
        bindings: dict[str, Json],
        records: dict[str, str],
        wanted: Wanted,
    ) -> None:
        self._session = session
        self._subject = subject
        self._bindings = bindings
        self._records = records
        self._wanted = wanted
        self._name = subject.resource.name
        self._made: list[Made] = []

    def tell(self) -> str:
        """Try everything but the deletion; return why it could not begin, "" where it could."""
        reason = self._create()
        if not self._made:
            return reason
        self._records[self._name] = self._made[0].binding
        for made in self._made:
            self._read(made)
        self._list()
        self._update()
        return ""

    def end(self) -> None:
        """Delete what was made, and see that it is gone."""
        is_first = True
        while self._made:
            self._delete(self._made.pop(0), is_shown=is_first)
            is_first = False

    def tidy(self) -> None:
        """Delete what is left, and look at nothing."""
        while self._made:
            self._delete(self._made.pop(), is_shown=False)

    def _is_wanted(self, planned: OperationPlan | None) -> bool:
        return planned is not None and self._wanted(planned)

    # Creation.

    def _create(self) -> str:
        create, session = self._subject.create, self._session
        many = RECORDS if any(map(self._wanted, self._subject.operations)) else 1
        for variant in range(many):
            draft = session.maker.draft(create.operation, self._records, variant=variant)
            seen = session.ask(draft, self._bindings)
            if not seen.is_success:
                # Whether it should have taken this, the other phases ask; a business rule may be in the way.
                return f"{create.operation} answers {seen.status} to a valid request"
            made = Made(f"{self._name}[{variant}]", seen, self._said(draft, create))
            record = learnt(create, seen.value, seen.headers)
            id = property_of(record, self._subject.resource.id_property)
            if id is ABSENT or id is None:
                return f"neither body nor Location of {create.operation} says the id of what was made"
            twin = next((other for other in self._made if self._identity(other) == id), None)
            if twin is not None:
                text = f"{id!r} was given to two records"
                session.found("id-is-unique", seen, text, before=(twin.seen,))
                return text
            if any(self._key(self._bindings[other.binding]) == self._key(record) for other in self._made):
                # The same name as before: which of the two is meant from now on, nobody can say.
                return ""
            self._bindings[made.binding] = record
            self._made.append(made)
            self._location(made)
        return ""

    def _identity(self, made: Made) -> Json:
        return property_of(self._bindings[made.binding], self._subject.resource.id_property)

    def _key(self, record: Json) -> tuple[Json, ...]:
        """Return what a record is found by."""
        get = self._subject.get
        names = tuple(get.find) if get is not None and get.find else (self._subject.resource.id_property,)
        return tuple(property_of(record, name) for name in names)

    def _said(self, draft: Draft, planned: OperationPlan) -> Json:
        place = sent_at(planned)
        return at(filled(draft.body, self._bindings), place) if place is not None else None

    def _location(self, made: Made) -> None:
        """Follow the Location of a creation, on this server only."""
        location, get = made.seen.headers.get("location"), self._subject.get
        if not location or get is None or made.seen.status != 201:
            return
        session = self._session
        draft = session.maker.draft(get.operation, {**self._records, self._name: made.binding})
        there = session.follow(location, made.seen, draft, self._bindings)
        if not there.is_success:
            text = f"Location {location} is answered with {there.status}"
            session.found(
                "location-leads-to-it", made.seen, text, location=("header", "Location"), before=(there,)
            )

    # Reading.

    def _get(self, made: Made) -> Seen | None:
        get = self._subject.get
        if get is None:
            return None
        draft = self._session.maker.draft(get.operation, {**self._records, self._name: made.binding})
        return self._session.ask(draft, self._bindings)

    def _shown(self, seen: Seen) -> dict[str, Any] | None:
        return self._session.places(seen.planned).record_in(seen.value) if seen.planned else None

    def _read(self, made: Made) -> None:
        seen = self._get(made)
        bound = self._bindings[made.binding]
        made.record = dict(bound) if isinstance(bound, dict) else {}
        if seen is None:
            return
        if not seen.is_success:
            text = f"it was created with {made.seen.status}, and reading it is answered with {seen.status}"
            self._session.found("created-is-readable", seen, text, before=(made.seen,))
            return
        record = self._shown(seen)
        if record is not None:
            made.record = record
            said = made.sent if isinstance(made.sent, dict) else {}
            # Who creates with null leaves the value to the server.
            said = {name: value for name, value in said.items() if value is not None}
            self._compare("sent-is-kept", said, record, seen, (made.seen,))

    def _compare(
        self, check: str, sent: Json, record: Mapping[str, Any], seen: Seen, before: tuple[Seen, ...]
    ) -> None:
        """Note where a record is not what was sent, as far as the document says that it shows it."""
        if not isinstance(sent, dict):
            return
        declared = self._declared()
        for name, value in sent.items():
            found = record.get(name, ABSENT)
            if found is ABSENT and (declared.get(name, True) is not False or value is None):
                # Not declared, or never shown.
                continue
            if self._is_servers(name):
                continue
            if not same(value, found):
                what = "nothing" if found is ABSENT else shown(found)
                text = f"{name} was sent as {shown(value)}, and {what} came back"
                self._session.found(check, seen, text, location=("body", name), before=before)

    def _is_servers(self, name: str) -> bool:
        """Return whether the plan says that the server has the last word on a property."""
        resource = self._subject.resource
        rules = resource.fields.get(name)
        is_id = name == resource.id_property and not resource.client_ids
        is_state = resource.lifecycle is not None and name == resource.lifecycle.property
        return is_id or is_state or rules is not None

    def _declared(self) -> dict[str, bool]:
        """Return the properties of the record's schema; true for those that are never shown."""
        schemas = self._session.document.response_schemas
        _, schema = schemas.resolve(self._subject.resource.schema)
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if not isinstance(properties, dict):
            return {}
        return {
            name: isinstance(inner, dict) and inner.get("writeOnly") is True
            for name, inner in properties.items()
        }

    def _list(self) -> None:
        listing = self._subject.list
        if listing is None or not self._is_wanted(listing):
            return
        try:
            self._lists(listing).check()
        except CannotMake:
            return

    def _lists(self, listing: OperationPlan) -> Lists:
        pages = Pages(self._session, listing, self._records, self._bindings)
        return Lists(self._session, pages, self._subject.create, self._made)

    # Change.

    def _update(self) -> None:
        update, made = self._subject.update, self._made[-1]
        if update is None or not self._is_wanted(update):
            return
        session = self._session
        before = self._get(made)
        draft = session.maker.draft(
            update.operation, {**self._records, self._name: made.binding}, variant=_CHANGE
        )
        draft = _partial(draft, update)
        seen = session.ask(draft, self._bindings)
        if not seen.is_success:
            return
        sent = self._said(draft, update)
        answered = self._shown(seen)
        if answered is not None:
            self._compare("update-is-answered", sent, answered, seen, ())
        after = self._get(made)
        if after is None or not after.is_success:
            return
        record = self._shown(after)
        if record is None:
            return
        self._compare("update-is-kept", sent, record, after, (seen,))
        if update.action is Action.UPDATE and isinstance(sent, dict) and before is not None:
            self._rest(sent, self._shown(before) or {}, record, after, seen, made)
        self._tag(before, after, seen)

    def _rest(
        self,
        sent: Mapping[str, Any],
        before: Mapping[str, Any],
        record: Mapping[str, Any],
        after: Seen,
        update: Seen,
        made: Made,
    ) -> None:
        """Note what changed that only the client can have the say of, and that it did not name."""
        own = made.sent if isinstance(made.sent, dict) else {}
        for name in own.keys() - sent.keys():
            if name in before and not same(before[name], record.get(name, ABSENT)):
                now = "nothing" if name not in record else shown(record[name])
                text = f"{name} was {shown(before[name])} before an update of {', '.join(sent)}, and is {now} after it"
                self._session.found(
                    "update-leaves-the-rest", after, text, location=("body", name), before=(update,)
                )

    def _tag(self, before: Seen | None, after: Seen, update: Seen) -> None:
        old = before.headers.get("etag") if before is not None else None
        if before is not None and old and old == after.headers.get("etag") and before.value != after.value:
            text = f"the ETag is {old} before and after an update"
            self._session.found(
                "tag-follows-version", after, text, location=("header", "ETag"), before=(before, update)
            )

    # The end.

    def _delete(self, made: Made, *, is_shown: bool) -> None:
        delete, session = self._subject.delete, self._session
        if delete is None:
            return
        draft = session.maker.draft(delete.operation, {**self._records, self._name: made.binding})
        deleted = session.ask(draft, self._bindings)
        if not deleted.is_success or not is_shown or not self._is_wanted(delete):
            return
        seen = self._get(made)
        if seen is not None and seen.is_success:
            text = f"it was deleted with {deleted.status}, and reading it is answered with {seen.status}"
            session.found("deleted-is-gone", seen, text, before=(deleted,))
        if self._subject.list is not None and self._is_wanted(self._subject.list):
            try:
                self._lists(self._subject.list).without(made.record, deleted)
            except (CannotMake, Unbound):
                return


def _partial(draft: Draft, update: OperationPlan) -> Draft:
    """Return a patch of one property, where the body is a record of several and only one is needed."""
    body = draft.body
    place = sent_at(update)
    if update.action is not Action.UPDATE or place != () or not isinstance(body, dict) or len(body) < 2:
        return draft
    if update.operation.method != "PATCH":
        return draft
    name = next((name for name, value in body.items() if isinstance(value, str | int)), None)
    return draft if name is None else replace(draft, body={name: body[name]})


def same(sent: Json, found: Json) -> bool:
    """Return whether what came back is what was sent, as far as it can be compared.

    Numbers are compared by value, also those in texts, times as instants; of objects what both have; nothing is
    known of a record that stands in place of its id.
    """
    if isinstance(sent, dict) and isinstance(found, dict):
        return all(same(value, found[name]) for name, value in sent.items() if name in found)
    if isinstance(sent, list) and isinstance(found, list):
        return len(sent) == len(found) and all(map(same, sent, found))
    if isinstance(found, dict) and isinstance(sent, str | int):
        return True
    if sent == "" or (sent is None and found in ("", None, ABSENT)):
        # In forms nothing else can say that there is nothing.
        return True
    if isinstance(sent, bool) or isinstance(found, bool):
        return sent is found or str(sent).lower() == str(found).lower()
    if isinstance(sent, str) and isinstance(found, str):
        return sent == found or _instant(sent) == _instant(found) is not None
    return bool(sent == found or str(sent) == str(found))


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
