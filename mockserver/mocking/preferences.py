"""What a client asks of the mock for one request: `Prefer` (RFC 7240), or `__code` and friends in the query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote_plus

from mockserver.errors import Json, Refusal, RefusalKind, Violation
from mockserver.mocking.dice import Dice

MAX_DELAY_MS: Final = 60_000
MAX_COUNT: Final = 1000

_NAME: Final = r"[\w!#$%&'*+.^`|~-]+"
_PREFERENCE: Final = re.compile(
    rf'\s*+({_NAME})\s*+(?:=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^",;]*+)))?+\s*+((?:;(?:[^",;]|"(?:[^"\\]|\\.)*+")*+)*+)\s*+(?:,|$)'
)
"""One member of the list: name, value as a quoted string or as a token, parameters (RFC 7240 section 2).

Nothing is given back once it is taken: some hundred blanks would else keep the processor busy for minutes.
"""
SOURCES: Final = ("stub", "handler", "fixture", "state", "example", "generated")
"""What may be asked for by `source`, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a client prefers; None where it is silent.

    Attributes:
        code: Status of the declared response.
        example: Name of an example.
        dynamic: Whether the answer is generated anew.
        seed: Makes another answer, the same for the same text.
        delay: Least and greatest milliseconds before the answer.
        source: The only source that may answer.
        count: Items of a generated list.
        applied: The preferences as they are confirmed, e.g. `code=404`.
        places: Name -> where it stood, for messages.
    """

    code: int | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: str | None = None
    delay: tuple[int, int] | None = None
    source: str | None = None
    count: int | None = None
    applied: tuple[str, ...] = ()
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def wants_generated(self) -> bool:
        """Whether it asks for something that only generated answers have."""
        return self.source is None and (
            self.dynamic is True or self.seed is not None or self.count is not None
        )

    @property
    def admits_stub(self) -> bool:
        """Whether a stub may answer: not where something else is asked for by name."""
        return self._admits("stub")

    @property
    def admits_handler(self) -> bool:
        """Whether the user's own function may answer: not where something else is asked for by name."""
        return self._admits("handler")

    def _admits(self, source: str) -> bool:
        if self.source is not None:
            return self.source == source
        return self.code is None and self.example is None and not self.wants_generated

    def impossible(self, name: str, message: str) -> Refusal:
        """Return the refusal of a preference that cannot be followed."""
        place = self.places.get(name, ("header", "Prefer", name))
        violation = Violation(place, "preference", message, getattr(self, name))
        return Refusal(RefusalKind.INVALID, message, violations=[violation])

    def delay_ms(self, dice: Dice, *names: str) -> int:
        """Return the delay: within the range a function of the seed and a path of names."""
        if self.delay is None:
            return 0
        low, high = self.delay
        return low + dice.number("delay", *names) % (high - low + 1)


def parse(prefer: str | None, query: bytes) -> Preferences | None:
    """Return the preferences of a request, None if it has none that are known here.

    Args:
        prefer: The `Prefer` fields, joined by commas.
        query: The raw query string; what stands in the header wins over it.

    Raises:
        Refusal: A value makes no sense.
    """
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name, value in _in_header(prefer or ""):
        found.setdefault(name, (value, ("header", "Prefer", name)))
    if b"__" in query:
        for name, value in _in_query(query):
            found.setdefault(name, (value, ("query", f"__{name}")))
    values: dict[str, Any] = {}
    broken: list[Violation] = []
    for name, (text, place) in found.items():
        reader = _READERS.get(name)
        if reader is None:
            continue
        value, expected = reader(text)
        if value is None:
            message = f"the preference {name} is {text!r}; it should be {expected}"
            broken.append(Violation(place, "preference", message, text))
        else:
            values[name] = value
    if broken:
        raise Refusal(RefusalKind.INVALID, "; ".join(item.message for item in broken), violations=broken)
    if not values:
        return None
    applied = tuple(f"{name}={_quoted(found[name][0])}" if found[name][0] else name for name in values)
    return Preferences(**values, applied=applied, places={name: found[name][1] for name in values})


def _in_header(prefer: str) -> Iterator[tuple[str, str]]:
    """Yield names, which have no case, and values; the first of a name counts (RFC 7240 section 2)."""
    position = 0
    while position < len(prefer):
        match = _PREFERENCE.match(prefer, position)
        if match is None:
            # What cannot be read is passed over, up to the next comma.
            comma = prefer.find(",", position)
            if comma < 0:
                return
            position = comma + 1
            continue
        position = match.end()
        quoted, plain = match[2], match[3]
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else (plain or "").strip()
        yield match[1].lower(), value


def _in_query(query: bytes) -> Iterator[tuple[str, str]]:
    for piece in query.decode("latin-1").split("&"):
        name, _, value = piece.partition("=")
        if name.startswith("__"):
            yield name[2:].lower(), unquote_plus(value)


def _quoted(text: str) -> str:
    if re.fullmatch(_NAME, text):
        return text
    # A header holds visible ASCII (RFC 9110 section 5.5).
    visible = text.encode("ascii", "backslashreplace").decode()
    return '"' + re.sub(r"[\x00-\x1f\x7f]", " ", visible).replace("\\", "\\\\").replace('"', '\\"') + '"'


Reading = tuple[Json, str]
"""A value, None if the text makes no sense, and what it should be."""


def _code(text: str) -> Reading:
    fits = re.fullmatch(r"[2-5][0-9]{2}", text)
    return int(text) if fits else None, "a status code from 200 to 599"


def _text(text: str) -> Reading:
    return text or None, "a text"


def _flag(text: str) -> Reading:
    # A preference without a value is switched on (RFC 7240 section 2).
    return {"": True, "true": True, "false": False}.get(text.lower()), "true or false"


def _delay(text: str) -> Reading:
    match = re.fullmatch(r"([0-9]{1,9})(?:\.\.([0-9]{1,9}))?", text)
    value = None
    if match is not None:
        low, high = int(match[1]), int(match[2] or match[1])
        value = (low, high) if low <= high <= MAX_DELAY_MS else None
    return value, f"milliseconds, or a range of them such as 100..300, up to {MAX_DELAY_MS}"


def _source(text: str) -> Reading:
    return text.lower() if text.lower() in SOURCES else None, f"one of {', '.join(SOURCES)}"


def _count(text: str) -> Reading:
    fits = re.fullmatch(r"[0-9]{1,9}", text) and int(text) <= MAX_COUNT
    return int(text) if fits else None, f"a number from 0 to {MAX_COUNT}"


_READERS: Final[Mapping[str, Callable[[str], Reading]]] = {
    "code": _code,
    "count": _count,
    "delay": _delay,
    "dynamic": _flag,
    "example": _text,
    "seed": _text,
    "source": _source,
}
NAMES: Final = tuple(_READERS)
"""The preferences that are known."""
