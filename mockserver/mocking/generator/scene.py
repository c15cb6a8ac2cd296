"""What the properties of one object share: one person, one place, one course of events.

Siblings agree because each is a function of the object's scene, so none has to be made before another.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cached_property
from typing import Final, NamedTuple
from zlib import crc32

from mockserver.document.naming import words
from mockserver.errors import Json
from mockserver.mocking.generator.vocabulary import Place

NOW: Final = datetime(2025, 6, 1, tzinfo=UTC)
"""The instant that made-up times lie before: a constant, so that values do not depend on the day."""


class Stage(IntEnum):
    """The order in which the times of one object lie."""

    CREATED = 0
    STARTED = 1
    ENDED = 2
    UPDATED = 3
    DELETED = 4
    EXPIRES = 5


STAGES: Final[Mapping[str, Stage]] = {
    word: stage
    for stage, text in {
        Stage.CREATED: "created creation create added inserted registered joined opened issued submitted "
        "ordered received invited signup birth enrolled uploaded",
        Stage.STARTED: "started start starts begin began begins sent scheduled from since accepted activated "
        "published paid processed shipped first queued departure departs answered triggered",
        Stage.ENDED: "ended end ends finished finish finishes completed complete completion closed stopped to "
        "delivered resolved succeeded approved confirmed settled released captured arrival arrives",
        Stage.UPDATED: "updated update modified modification changed edited last latest seen accessed synced "
        "refreshed activity checked",
        Stage.DELETED: "deleted archived canceled cancelled revoked disabled removed failed rejected "
        "refunded voided suspended deactivated expired trashed purged",
        Stage.EXPIRES: "expires expiry expiration expire due until deadline valid next renews renewal "
        "estimated available cutoff",
    }.items()
    for word in text.split()
}


_LAST_WORDS: Final = frozenset({"from", "since", "until", "to", "start", "starts", "begin", "end", "ends"})
"""Words that decide where they come last: `valid_from`."""


class Person(NamedTuple):
    """Somebody."""

    first: str
    last: str
    full: str

    @property
    def handle(self) -> str:
        """The name as it stands in addresses: `mary.jones`; a number where it has no plain letters."""
        parts = [to_ascii(part) for part in (self.first, self.last)]
        return ".".join(part for part in parts if part) or f"user{crc32(self.full.encode()) % 10_000:04d}"


def to_ascii(text: str) -> str:
    """Return the plain letters and digits of a text in lower case."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "", plain.lower())


def slug_of(text: str) -> str:
    """Return a text as an address writes it: `A Better Way!` -> `a-better-way`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


class Scene:
    """What the properties of one object share.

    Attributes:
        given: The object's parts that are there already, by their words joined with `_`.
        root: The scene of the whole value.
    """

    def __init__(
        self,
        randomness: Callable[[str], random.Random],
        people: Callable[[random.Random], Person],
        places: Callable[[], tuple[Place, ...]],
        given: Json,
        *,
        around: Scene | None = None,
        root: Scene | None = None,
        siblings: Iterable[str] = (),
    ) -> None:
        self._randomness = randomness
        self._people = people
        self._places = places
        self._around = around
        self.root: Scene = self if root is None else root
        self._names = siblings
        self.given: dict[str, Json] = (
            {"_".join(words(name)): value for name, value in given.items()} if isinstance(given, dict) else {}
        )

    @cached_property
    def siblings(self) -> frozenset[str]:
        """The names of the object's properties, their words joined with `_`."""
        return frozenset("_".join(words(name)) for name in self._names)

    @cached_property
    def turn(self) -> int:
        """Which of several examples is shown: the same for all properties, as they were written side by side."""
        return self._randomness("turn").getrandbits(32)

    @cached_property
    def currency(self) -> str:
        """The currency that all amounts of the value are in (ISO 4217)."""
        given = self._given_text("currency", "currency_code")
        if given:
            return given
        return self.place.currency if self.root is self else self.root.currency

    @cached_property
    def price(self) -> float:
        """What the object costs, in units of its currency."""
        return self._randomness("price").randint(500, 50_000) / 100

    @cached_property
    def person(self) -> Person:
        """The person that the object is about; names that were given are kept."""
        person = self._around.person if self._around is not None else self._people(self._randomness("person"))
        if not self.given:
            return person
        full = self._given_text("full_name", "name", "display_name")
        if full and " " in full:
            first, _, last = full.partition(" ")
            return Person(first, last, full)
        first = self._given_text("first_name", "given_name", "firstname") or person.first
        last = self._given_text("last_name", "family_name", "surname", "lastname") or person.last
        if (first, last) == (person.first, person.last):
            return person
        return Person(first, last, f"{first} {last}")

    @cached_property
    def place(self) -> Place:
        """The place where the object is."""
        code = self._given_text("country_code", "country")
        places = self._places()
        fitting = [place for place in places if code in (place.code, place.country)] if code else []
        if not fitting and self._around is not None:
            return self._around.place
        return self._randomness("place").choice(fitting or places)

    @cached_property
    def _given_times(self) -> list[tuple[Stage, datetime]]:
        found = []
        for name, value in self.given.items():
            stage = stage_of(tuple(name.split("_")))
            moment = _parse(value)
            if stage is not None and moment is not None:
                found.append((stage, moment))
        return found

    @cached_property
    def _course(self) -> tuple[datetime, ...]:
        draw = self._randomness("times").random
        created = NOW - timedelta(days=14 + int(draw() * 300), milliseconds=int(draw() * 86_400_000))
        if self._given_times:
            earliest = min(moment for _, moment in self._given_times)
            known = [moment for stage, moment in self._given_times if stage is Stage.CREATED]
            # A record whose only known time is its end began some hours before.
            created = min(known) if known else earliest - timedelta(minutes=1 + int(draw() * 600))
        started = created + timedelta(milliseconds=1000 + int(draw() * 600_000))
        ended = started + timedelta(milliseconds=30_000 + int(draw() * 5_400_000))
        rest = max(NOW - ended, timedelta(hours=1))
        updated = ended + rest * (draw() * 0.5)
        deleted = updated + (max(NOW - updated, timedelta(hours=1))) * (draw() * 0.5)
        expires = max(deleted, NOW) + timedelta(days=30 + int(draw() * 300))
        return created, started, ended, updated, deleted, expires

    def moment(self, stage: Stage | None, share: float = 0.5) -> datetime:
        """Return when a stage was reached; None lies somewhere between creation and last change."""
        course = self._course
        if stage is None:
            created, updated = self.moment(Stage.CREATED), self.moment(Stage.UPDATED)
            return created + (updated - created) * share
        moment = course[stage]
        for other, given in self._given_times:
            moment = max(moment, given) if other < stage else min(moment, given) if other > stage else moment
        return moment

    def _given_text(self, *names: str) -> str:
        return next((value for name in names if isinstance(value := self.given.get(name), str)), "")


def stage_of(name: tuple[str, ...]) -> Stage | None:
    """Return the stage that a time's name tells of."""
    if name and name[-1] in _LAST_WORDS:
        return STAGES[name[-1]]
    return next((STAGES[word] for word in name if word in STAGES), None)


def _parse(value: Json) -> datetime | None:
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
