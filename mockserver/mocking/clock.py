"""The one door of time: a clock that runs with the machine's, ahead of it or behind it, or stands still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.instants import from_text, to_text

EARLIEST: Final = datetime(1000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""Beyond these years times have no text on the wire, or soon none."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a clock goes.

    Attributes:
        frozen: The instant at which it stands; None while it runs.
        offset: How far it runs ahead of the machine's clock.
    """

    frozen: datetime | None = None
    offset: timedelta = timedelta()


class Clock:
    """Tells the time: the one handed in, another one that runs as fast, or an instant at which it stands still.

    Two readings are never the same and never go back, so that what was made later also says so.

    Args:
        now: Tells the time of the machine.
        frozen: The instant at which the clock stands at first.
    """

    def __init__(self, now: Callable[[], datetime], *, frozen: datetime | None = None) -> None:
        self._machine = now
        self._first = self.setting = Setting(frozen)
        self._last: datetime | None = None

    def now(self) -> datetime:
        """Return the time, at least a millisecond after the last one that was asked for."""
        # What is finer than a millisecond would be lost on the wire, and two times would look the same.
        now = self.look()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        if self._last is not None and now <= self._last:
            now = self._last + timedelta(milliseconds=1)
        self._last = now
        return now

    def look(self) -> datetime:
        """Return the time without moving a clock that stands still."""
        setting = self.setting
        if setting.frozen is not None:
            return setting.frozen
        return self._machine() + setting.offset if setting.offset else self._machine()

    def reset(self) -> None:
        """Go as at the start; a clock that stands still begins anew."""
        self.setting = self._first
        self._last = None

    def freeze(self, at: datetime | None = None) -> None:
        """Stand still: at an instant, or where the clock is.

        Raises:
            Refusal: The instant is out of range.
        """
        self._set(Setting(_checked(self.look() if at is None else at)))

    def run(self, at: datetime | None = None) -> None:
        """Run on from an instant, or with the clock of the machine.

        Raises:
            Refusal: The instant is out of range.
        """
        self._set(Setting(None, timedelta() if at is None else _checked(at) - self._machine()))

    def advance(self, by: timedelta) -> None:
        """Go forward, whether the clock runs or stands.

        Raises:
            Refusal: It would come out of range.
        """
        setting = self.setting
        try:
            _checked(self.look() + by)
        except OverflowError:
            raise _out_of_range(f"{by.total_seconds():g} seconds from now") from None
        if setting.frozen is None:
            self.setting = Setting(None, setting.offset + by)
        else:
            self.setting = Setting(setting.frozen + by)

    def _set(self, setting: Setting) -> None:
        # A clock that is set may go back, so nothing is remembered of where it was.
        self.setting = setting
        self._last = None

    def copy(self) -> Clock:
        """Return a clock that goes as this one does."""
        other = Clock(self._machine)
        other._first, other.setting, other._last = self._first, self.setting, self._last
        return other

    # As a document, for other processes and for snapshots.

    def save(self) -> dict[str, Json]:
        """Return how the clock goes as a JSON object, which `load` takes."""
        setting = self.setting
        if setting.frozen is None:
            return {"mode": "running", "offset_ms": round(setting.offset / timedelta(milliseconds=1))}
        saved: dict[str, Json] = {"mode": "frozen", "now": to_text(setting.frozen)}
        if self._last is not None and self._last >= setting.frozen:
            # The next reading is later than the last one, also in a world that is restored.
            saved["last"] = to_text(self._last)
        return saved

    def load(self, saved: Mapping[str, Json]) -> None:
        """Go as a clock went that was saved.

        Raises:
            Refusal: No clock was saved so.
        """
        mode, offset, now, last = (saved.get(name) for name in ("mode", "offset_ms", "now", "last"))
        if mode == "running" and isinstance(offset, int) and not isinstance(offset, bool):
            try:
                moved = timedelta(milliseconds=offset)
                _checked(self._machine() + moved)
            except OverflowError:
                raise _out_of_range(f"{offset} milliseconds from now") from None
            self._set(Setting(None, moved))
            return
        if mode == "frozen":
            stands, read = instant(now), None if last is None else instant(last)
            self._set(Setting(stands))
            self._last = read
            return
        raise Refusal(RefusalKind.INVALID, f"{dict(saved)!r} is no clock; its mode is running or frozen")


def instant(value: Json) -> datetime:
    """Return the instant that an RFC 3339 text names; without an offset it is taken as UTC.

    Raises:
        Refusal: It names none, or one out of range.
    """
    found = from_text(value) if isinstance(value, str) else None
    if found is None:
        raise Refusal(RefusalKind.INVALID, f"{value!r} is no instant; write it as 2026-01-02T03:04:05Z")
    return _checked(found)


def _checked(moment: datetime) -> datetime:
    if not EARLIEST <= moment <= LATEST:
        raise _out_of_range(moment.isoformat())
    return moment


def _out_of_range(what: str) -> Refusal:
    return Refusal(
        RefusalKind.INVALID, f"{what} is out of range: the clock goes from {EARLIEST.year} to {LATEST.year}"
    )
