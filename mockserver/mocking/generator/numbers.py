"""Numbers within bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from mockserver.errors import Json
from mockserver.mocking import faker_rules
from mockserver.mocking.faker_formats import INTEGERS, Rule
from mockserver.mocking.generator.fake import Fake
from mockserver.mocking.generator.names import endings
from mockserver.mocking.generator.scene import stage_of

_TIME_WORDS: Final = frozenset(
    {"at", "on", "time", "date", "timestamp", "created", "updated", "modified", "expires", "ms"}
)
NATURAL: Final = (1, 100)
"""Where made-up numbers lie when nothing is known about them."""
FAR: Final = 2**31 - 1
"""A bound as far away as this says what fits into a variable, and nothing of what a person would expect."""


def exact(number: float) -> Fraction:
    """Return a number as it is written: 0.1 is a tenth."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def is_number(value: Json) -> bool:
    """Say whether a JSON value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


class NumberPlan:
    """What the schemas say about a number.

    Attributes:
        low: The lowest value, or None.
        high: The highest value, or None.
        step: What the number is a multiple of, or None.
    """

    def __init__(self, schemas: Sequence[Mapping[str, Any]]) -> None:
        def all_of(keyword: str) -> list[Fraction]:
            return [exact(schema[keyword]) for schema in schemas if is_number(schema.get(keyword))]

        self.low = max((*all_of("minimum"), *all_of("exclusiveMinimum")), default=None)
        self.high = min((*all_of("maximum"), *all_of("exclusiveMaximum")), default=None)
        self.low_open = self.low is not None and self.low in all_of("exclusiveMinimum")
        self.high_open = self.high is not None and self.high in all_of("exclusiveMaximum")
        self.step = None
        for multiple in all_of("multipleOf"):
            if multiple > 0:
                self.step = multiple if self.step is None else _common_multiple(self.step, multiple)

        self._keep_to_formats(
            [schema["format"] for schema in schemas if isinstance(schema.get("format"), str)]
        )

    def _keep_to_formats(self, formats: Sequence[str]) -> None:
        """Narrow the bounds to what a format can hold, unless that leaves nothing."""
        for low, high in (INTEGERS[name] for name in formats if name in INTEGERS):
            least = Fraction(low) if self.low is None else max(self.low, Fraction(low))
            most = Fraction(high) if self.high is None else min(self.high, Fraction(high))
            if least <= most and (self.low is not None or self.high is not None):
                self.low_open &= least == self.low
                self.high_open &= most == self.high
                self.low, self.high = least, most

    def admits(self, value: Json) -> bool:
        """Say whether a number keeps to the bounds and the step."""
        number = exact(value)
        if self.low is not None and (number < self.low or (self.low_open and number == self.low)):
            return False
        if self.high is not None and (number > self.high or (self.high_open and number == self.high)):
            return False
        return self.step is None or number % self.step == 0

    def make(self, fake: Fake, schema: Mapping[str, Any], *, whole: bool) -> int | float | None:
        """Return a number that keeps to the bounds, or None where there is none."""
        rule = _rule_of(fake, whole=whole, schema=schema)
        if rule is not None:
            value: int | float = rule(fake, schema)
            if whole:
                value = round(value * 100) if isinstance(value, float) and abs(value) <= 1 else round(value)
            if is_number(value) and self.admits(value):
                return value
        return self._between(fake, whole=whole)

    def _between(self, fake: Fake, *, whole: bool) -> int | float | None:
        low, high = self._range()
        step = self.step
        if whole:
            step = Fraction(1) if step is None else _common_multiple(step, Fraction(1))
        if step is None:
            return self._fraction(fake, low, high)
        first, last = math.ceil(low / step), math.floor(high / step)
        if self.low_open and first * step == self.low:
            first += 1
        if self.high_open and last * step == self.high:
            last -= 1
        if first > last:
            return None
        value = fake.random.randint(first, last) * step
        return int(value) if whole else _as_number(value)

    def _fraction(self, fake: Fake, low: Fraction, high: Fraction) -> int | float | None:
        for places in (2, 4, 8):
            scale = 10**places
            first, last = math.ceil(low * scale), math.floor(high * scale)
            if self.low_open and Fraction(first, scale) == self.low:
                first += 1
            if self.high_open and Fraction(last, scale) == self.high:
                last -= 1
            if first <= last:
                # The last digit keeps it from being whole, where there is room.
                number = fake.random.randint(first, last)
                made = _as_number(
                    Fraction(number + 1 if number % scale == 0 and number < last else number, scale)
                )
                if self.admits(made):
                    return made
        middle = float((low + high) / 2)
        if self.admits(middle):
            return middle
        # Beyond 2**53 a float falls beside the bounds, and a whole number does not.
        whole = math.ceil(low)
        return whole if self.admits(whole) else None

    def _range(self) -> tuple[Fraction, Fraction]:
        """Return the bounds; where one is missing, numbers a person would expect beside the other."""
        low = None if self.low is not None and self.low <= -FAR else self.low
        high = None if self.high is not None and self.high >= FAR > (low or 0) else self.high
        natural_low, natural_high = Fraction(NATURAL[0]), Fraction(NATURAL[1])
        width = natural_high if self.step is None else max(natural_high, self.step * 20)
        if low is None and high is None:
            return (
                (natural_low, width) if self.step is None or self.step < 50 else (self.step, self.step * 20)
            )
        if low is None and high is not None:
            return (min(natural_low, high) if high > natural_low else high - width), min(
                high, max(width, natural_low)
            )
        if high is None and low is not None:
            return low, low + width
        assert low is not None
        assert high is not None
        if high - low > 10_000 and low <= 1 and high >= width:
            return max(low, natural_low if low <= natural_low else low), width
        return low, high


def _common_multiple(one: Fraction, other: Fraction) -> Fraction:
    denominator = math.lcm(one.denominator, other.denominator)
    return Fraction(math.lcm(int(one * denominator), int(other * denominator)), denominator)


def _as_number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 and abs(value) > 2**53 else float(value)


def _rule_of(fake: Fake, *, whole: bool, schema: Mapping[str, Any]) -> Rule | None:
    if stage_of(fake.name) is not None and (whole or schema.get("format") == "double"):
        if fake.name[-1] in _TIME_WORDS:
            return faker_rules.EPOCH
    elif fake.name[-1:] in (("timestamp",), ("time",)):
        return faker_rules.EPOCH
    return next(
        (faker_rules.NUMBERS[name] for name in endings(fake.name) if name in faker_rules.NUMBERS), None
    )
