"""Deprecation and sunset: what may be removed when (`x-sunset`, RFC 8594 in spirit)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from mockserver.contract.diff.differences import At, Difference, Scene
from mockserver.contract.diff.forms import Form
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.errors import Json


@dataclass(frozen=True, slots=True)
class Calendar:
    """What day it is, and how long things must be announced.

    Attributes:
        days: Days between the announcement of a sunset and the sunset; 0 where none needs to be announced.
    """

    today: date
    days: int = 0

    def is_over(self, sunset: Json) -> bool:
        """Return whether a sunset has come; True for none, False for one that cannot be read."""
        if sunset is None:
            return True
        day = day_of(sunset)
        return day is not None and day <= self.today

    @property
    def earliest(self) -> date:
        """The first day on which a sunset may be that is announced today."""
        return self.today + timedelta(days=self.days)


def day_of(text: Json) -> date | None:
    """Return the day of a date or a date-time, None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00")).date()
    except ValueError:
        return None


def deprecated(
    old: Mapping[str, Any], new: Mapping[str, Any], calendar: Calendar, at: At, *, prefix: str
) -> Iterator[Difference]:
    """Yield what became of the deprecation of something that is still there.

    Args:
        old: The object with `deprecated` and `x-sunset`.
        new: The same in the new document.
        calendar: What day it is.
        at: Where they stand.
        prefix: How kinds begin, e.g. `api-`.
    """
    was, is_now = old.get("deprecated") is True, new.get("deprecated") is True
    before, after = old.get("x-sunset"), new.get("x-sunset")
    day = day_of(after)
    if was and not is_now:
        yield Difference(f"{prefix}reactivated", Effect.NONE, "it is not deprecated any more", at=at)
    elif not was and is_now:
        yield from _announced(after, day, calendar, at, prefix)
    elif was and is_now and before != after:
        if after is None:
            text = f"it is still deprecated, but the sunset {before} is gone"
            yield Difference(f"{prefix}sunset-deleted", Effect.VIOLATES, text, at=at)
        elif day is None:
            text = f"the sunset {after!r} is no date"
            yield Difference(f"{prefix}deprecated-sunset-invalid", Effect.VIOLATES, text, at=at)
        else:
            yield _moved(before, day, calendar, at, prefix)


def _moved(before: Json, day: date, calendar: Calendar, at: At, prefix: str) -> Difference:
    known = day_of(before)
    if known is None:
        return Difference(f"{prefix}sunset-added", Effect.NONE, f"it goes on {day}", at=at)
    text = f"the sunset was {known} and is {day} now"
    if day < known and day < max(known, calendar.earliest):
        return Difference(f"{prefix}sunset-date-changed-too-small", Effect.VIOLATES, text, at=at)
    return Difference(f"{prefix}sunset-date-changed", Effect.NONE, text, at=at)


def _announced(
    sunset: Json, day: date | None, calendar: Calendar, at: At, prefix: str
) -> Iterator[Difference]:
    if sunset is None:
        if calendar.days:
            text = f"it is deprecated without a sunset, which must be {calendar.days} days away"
            yield Difference(f"{prefix}deprecated-sunset-missing", Effect.VIOLATES, text, at=at)
        else:
            yield Difference(f"{prefix}deprecated", Effect.NONE, "it is deprecated", at=at)
    elif day is None:
        text = f"it is deprecated, and its sunset {sunset!r} is no date"
        yield Difference(f"{prefix}deprecated-sunset-invalid", Effect.VIOLATES, text, at=at)
    elif day < calendar.earliest and calendar.days:
        text = f"its sunset {sunset} must be {calendar.days} days away, on {calendar.earliest} or later"
        yield Difference(f"{prefix}sunset-date-too-small", Effect.VIOLATES, text, at=at)
    else:
        text = f"it is deprecated, and goes on {sunset}"
        yield Difference(f"{prefix}deprecated-with-sunset", Effect.NONE, text, at=at)


def schema_lifecycle(old: Form, new: Form, scene: Scene, calendar: Calendar) -> Iterator[Difference]:
    """Yield what became of the deprecation of what stands at a node."""
    if "deprecated" in old.marks or "deprecated" in new.marks:
        at = At(old.place("deprecated"), new.place("deprecated"))
        yield from deprecated(old.marks, new.marks, calendar, at, prefix="")


def removal(old: Mapping[str, Any], calendar: Calendar, kind: str, what: str, at: At) -> Difference:
    """Return that something is gone, and whether it was allowed to go.

    Args:
        old: The object with `deprecated` and `x-sunset`.
        calendar: What day it is.
        kind: How the kind begins, e.g. `=api`.
        what: What is gone, in words.
        at: Where it stands.
    """
    sunset = old.get("x-sunset")
    if old.get("deprecated") is not True:
        return Difference(f"{kind}-removed-without-deprecation", Effect.NARROWS, f"{what} is gone", at=at)
    if sunset is not None and day_of(sunset) is None:
        text = f"{what} is gone, and its sunset {sunset!r} is no date"
        return Difference(f"{kind}-sunset-parse", Effect.VIOLATES, text, at=at)
    if not calendar.is_over(sunset):
        text = f"{what} is gone before its sunset, {sunset}"
        return Difference(f"{kind}-removed-before-sunset", Effect.VIOLATES, text, at=at)
    text = f"{what} is gone, as was announced"
    reason = "It was deprecated, and no sunset is ahead."
    return Difference(
        f"{kind}-removed-with-deprecation", Effect.NARROWS, text, verdict=Verdict.SAFE, reason=reason, at=at
    )
