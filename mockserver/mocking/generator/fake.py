"""What a rule has at hand to make one value, and the door to faker.

Faker takes long to import and to start, so it is opened once per locale, when a rule needs it. Names of
people come from pools that are drawn once; a draw from faker costs a hundred times as much as one from a
pool.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final, TypeVar

from mockserver.mocking.generator import places, vocabulary
from mockserver.mocking.generator.locales import known_locale
from mockserver.mocking.generator.scene import Person, Scene, Stage, stage_of

T = TypeVar("T")

POOL_SIZE: Final = 160
_NOT_FOR_VALUES: Final = frozenset(
    {
        "add_element", "binary", "enum", "image", "json_bytes", "locale_to_bcp47", "tar", "zip", "generator",
        "xml", "csv", "dsv", "psv", "tsv", "fixed_width",
    }
)  # fmt: skip
"""Methods of Faker's providers that make no value, or a file."""
_MOMENT: Final = (("time",), ("date",), ("timestamp",))
LAST_NAME_FIRST: Final[Mapping[str, str]] = {
    "ja_JP": " ",
    "zh_CN": "",
    "zh_TW": "",
    "ko_KR": "",
    "hu_HU": " ",
}


@lru_cache(maxsize=8)
def open_door(locale: str) -> Door:
    """Return the door for a locale, which is opened when it is used first.

    Raises:
        UsageError: Faker has no such locale.
    """
    return Door(known_locale(locale, "generated values"))


class Door:
    """Faker for one locale, and pools drawn from it."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self.speaks_english = locale.startswith("en")
        self._pools: dict[str, tuple[Any, ...]] = {}
        self._idle: list[Any] = []

    @contextmanager
    def _seeded(self, seed: str) -> Iterator[Any]:
        """Lend a Faker instance that nobody else uses meanwhile, so that threads cannot mix their draws."""
        try:
            faker = self._idle.pop()
        except IndexError:
            from faker import Faker

            faker = Faker(self.locale)
        faker.seed_instance(seed)
        yield faker
        self._idle.append(faker)

    def call(self, seed: str, method: str, *args: Any, **options: Any) -> Any:
        """Return what a method of faker makes from a seed."""
        with self._seeded(seed) as faker:
            return getattr(faker, method)(*args, **options)

    def pool(self, method: str) -> tuple[Any, ...]:
        """Return values that a method of faker makes; the same in each process and in whatever order."""
        if method not in self._pools:
            with self._seeded(f"pool {method}") as faker:
                make = getattr(faker, method)
                self._pools[method] = tuple(dict.fromkeys(make() for _ in range(POOL_SIZE)))
        return self._pools[method]

    def places(self) -> tuple[vocabulary.Place, ...]:
        """Return places of the locale."""
        if "places" not in self._pools:
            if self.locale == "en_US":
                return vocabulary.PLACES
            with self._seeded("pool places") as faker:
                self._pools["places"] = places.draw(faker, self.locale)
        return self._pools["places"]

    def methods(self) -> frozenset[str]:
        """Return the names of Faker's methods that make a value of their own."""
        with self._seeded("methods") as faker:
            found = {
                name
                for provider in faker.get_providers()
                for name in dir(provider)
                if not name.startswith("_") and callable(getattr(provider, name))
            }
        return frozenset(found - _NOT_FOR_VALUES)

    def person(self, draw: random.Random) -> Person:
        """Return somebody."""
        first, last = draw.choice(self.pool("first_name")), draw.choice(self.pool("last_name"))
        separator = LAST_NAME_FIRST.get(self.locale)
        full = f"{first} {last}" if separator is None else f"{last}{separator}{first}"
        return Person(first, last, full)


class Fake:
    """What a rule has at hand to make one value. Any method of faker can be called on it, too: `fake.iban()`.

    Attributes:
        number: 64 bits that belong to this value alone.
        name: The words of the property's name.
        owner: The words of what the property belongs to.
        scene: What the property shares with its siblings.
    """

    __slots__ = ("_calls", "_door", "_random", "name", "number", "owner", "scene")
    words: ClassVar = vocabulary

    def __init__(
        self, door: Door, number: int, scene: Scene, name: tuple[str, ...], owner: tuple[str, ...]
    ) -> None:
        self._door = door
        self._random: random.Random | None = None
        self._calls = 0
        self.number = number
        self.scene = scene
        self.name = name
        self.owner = owner

    def __getattr__(self, method: str) -> Any:
        if method.startswith("_"):
            raise AttributeError(method)

        def call(*args: Any, **options: Any) -> Any:
            self._calls += 1
            return self._door.call(f"{self.number} {self._calls}", method, *args, **options)

        return call

    @property
    def random(self) -> random.Random:
        """Randomness that belongs to this value alone."""
        if self._random is None:
            self._random = random.Random(self.number)
        return self._random

    @property
    def person(self) -> Person:
        """The person that the object is about."""
        return self.scene.person

    @property
    def place(self) -> vocabulary.Place:
        """The place where the object is."""
        return self.scene.place

    @property
    def money(self) -> str:
        """The currency of the value (ISO 4217)."""
        return self.scene.currency

    @property
    def siblings(self) -> frozenset[str]:
        """The names of the properties beside this one, their words joined with `_`."""
        return self.scene.siblings

    @property
    def speaks_english(self) -> bool:
        """Whether sentences of our own fit the locale."""
        return self._door.speaks_english

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of several."""
        return choices[self.number % len(choices)] if self._random is None else self._random.choice(choices)

    def integer(self, low: int, high: int) -> int:
        """Return a whole number between two, both possible."""
        return self.random.randint(low, high)

    def decimal(self, low: float, high: float, places: int = 2) -> float:
        """Return a number with few decimal places."""
        return round(self.random.uniform(low, high), places)

    def moment(self) -> datetime:
        """Return the time that the property's name tells of."""
        stage = stage_of(self.name)
        if stage is None and self.name[-1:] in _MOMENT:
            stage = Stage.CREATED
        return self.scene.moment(stage, (self.number >> 11) / (1 << 53))

    def ahead(self) -> datetime:
        """Return a time that lies ahead: when the object expires."""
        return self.scene.moment(Stage.EXPIRES)

    def hexadecimal(self, length: int) -> str:
        """Return a text of hexadecimal digits."""
        return f"{self.random.getrandbits(4 * length):0{length}x}"

    def letters(self, length: int) -> str:
        """Return a text of letters and digits, as in a token."""
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(self.random.choices(alphabet, k=length))

    def figures(self, length: int) -> str:
        """Return a text of decimal digits that does not begin with 0."""
        return str(self.random.randint(10 ** (length - 1), 10**length - 1))

    def identifier(self, version: int = 4) -> str:
        """Return a UUID of a version (RFC 9562)."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=version))

    def pair(self) -> tuple[str, str]:
        """Return an adjective and a noun: `silver`, `harbor`."""
        draw = self.random
        return draw.choice(vocabulary.ADJECTIVES), draw.choice(vocabulary.NOUNS)

    def label(self) -> str:
        """Return a name for a thing: `Silver Harbor`."""
        if not self.speaks_english:
            words = self._door.pool("word")
            return f"{self.random.choice(words)} {self.random.choice(words)}".capitalize()
        return " ".join(word.capitalize() for word in self.pair())

    def slug(self) -> str:
        """Return a name fit for an address: `silver-harbor`."""
        return "-".join(self.pair())

    def text(self, english: Sequence[str]) -> str:
        """Return one of several texts, or one of faker's where the locale is not English."""
        if self.speaks_english:
            return self.pick(english)
        return str(self.__getattr__("sentence")())

    def statement(self) -> str:
        """Return a sentence that reads well."""
        if not self.speaks_english:
            return self.text(())
        draw = self.random
        return f"{draw.choice(vocabulary.SENTENCE_STARTS)} {draw.choice(vocabulary.SENTENCE_ENDS)}."
