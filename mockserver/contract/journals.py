"""Reads what was recorded, wherever: a journal file, a HAR file, or the journal of a server that runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from mockserver import jsontext
from mockserver.contract import har
from mockserver.contract.traffic import Recorded
from mockserver.errors import DocumentError, Json, UsageError
from mockserver.mocking import instants, transcript
from mockserver.sources.fetching import fetch

LARGEST_WHOLE: Final = 512 * 1024 * 1024
"""Bytes of a file that is read as one JSON value; one with a value on each line may be longer."""
_PAGE: Final = 1000
"""Exchanges that a server is asked for at once."""
_BEGINNING: Final = re.compile(rb'\{"number":')
"""How a line that we have written begins."""
_EXPECTED: Final = (
    "expected is what `mockserver serve --journal FILE` writes, a HAR file, or the URL of a server that runs"
)

_HEAD: Final = 4096
_PACKED: Final = (b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")
"""How files begin that are compressed or UTF-16: a browser writes such HAR files, and we never such journals."""

Notes = Callable[[str], object]
"""Told what is worth knowing of what was read and is no error, in a sentence."""


def read(places: Iterable[str], note: Notes = lambda text: None) -> Iterator[Recorded]:
    """Yield what was recorded at all these places, in their order, as it is read.

    Args:
        places: Files with one exchange on each line (`--journal FILE`) or with the answer of the control API's journal,
            HAR files, `-` for standard input, or the URL of a server: the journals of all its worlds, or with
            `?world=NAME` of one.
        note: Told of lines that were cut off.

    Raises:
        UsageError: It is none of these, or cannot be read.
    """
    for place in places:
        if re.match(r"https?://", place, re.IGNORECASE):
            yield from _of_server(place)
        elif place == "-":
            yield from _of_stream(sys.stdin.buffer, "standard input", note)
        else:
            yield from _of_file(Path(place), place, note)


def _of_file(path: Path, place: str, note: Notes) -> Iterator[Recorded]:
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            if not har.is_har(head) and not head.startswith(_PACKED):
                stream.seek(0)
                yield from _of_stream(stream, place, note)
                return
    except OSError as error:
        raise UsageError(f"cannot read {place}: {error.strerror or error}") from error
    yield from har.read(path, note)


def _of_stream(stream: IO[bytes], place: str, note: Notes) -> Iterator[Recorded]:
    lines = _numbered(stream, place)
    number, first = next(lines, (0, b""))
    if not number:
        # Nothing was asked yet.
        return
    value = _value(first)
    if isinstance(value, dict) and not value.keys() & {"log", "exchanges"}:
        yield from _Lines(place, note).read(chain([(number, first)], lines))
        return
    rest = stream.read(LARGEST_WHOLE)
    if value is None and not rest.strip() and _BEGINNING.match(first):
        # The first line is the last one, and was cut off.
        note(f"{place}: the only line was cut off, and left out")
        return
    try:
        whole = jsontext.loads(first + rest)
    except jsontext.JsonError as error:
        raise UsageError(f"{place} is no journal: {error}; {_EXPECTED}") from error
    yield from _of_value(whole, place)


def _numbered(stream: IO[bytes], place: str) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty, with their numbers."""
    number = 0
    while line := stream.readline(LARGEST_WHOLE):
        number += 1
        if len(line) == LARGEST_WHOLE:
            raise UsageError(f"{place} is no journal: line {number} is longer than {LARGEST_WHOLE} bytes")
        if line.strip():
            yield number, line


def _value(line: bytes) -> Json:
    try:
        return jsontext.loads(line)
    except jsontext.JsonError:
        return None


def _of_value(whole: Json, place: str) -> Iterator[Recorded]:
    """Yield what a file holds that is one JSON value: a HAR, or what the control API answers."""
    if isinstance(whole, dict) and isinstance(whole.get("exchanges"), list):
        for number, value in enumerate(whole["exchanges"], 1):
            yield _recorded(value, f"{place}: exchange {number}")
        return
    seen = f"an object with {', '.join(list(whole)[:5])}" if isinstance(whole, dict) else type(whole).__name__
    raise UsageError(f"{place} is no journal: it is {seen or 'an empty object'}; {_EXPECTED}")


class _Lines:
    """Reads a file of one exchange on each line.

    A line that is no JSON is one that a killed process had begun: it is left out, and that is said. Where another
    process has gone on writing behind it, that exchange is read.
    """

    def __init__(self, place: str, note: Notes) -> None:
        self._place = place
        self._note = note
        self._cut = 0

    def read(self, lines: Iterable[tuple[int, bytes]]) -> Iterator[Recorded]:
        for number, line in lines:
            yield from self._of_line(line, number)
        if self._cut:
            which = "a line was" if self._cut == 1 else f"{self._cut} lines were"
            self._note(f"{self._place}: {which} cut off, and left out")

    def _of_line(self, line: bytes, number: int) -> Iterator[Recorded]:
        place = f"{self._place}:{number}"
        try:
            value = jsontext.loads(line)
        except jsontext.JsonError as error:
            if not line.lstrip().startswith(b"{"):
                raise UsageError(f"{place} is no exchange: {error}; {_EXPECTED}") from error
            self._cut += 1
            starts = [found.start() for found in _BEGINNING.finditer(line, 1)]
            for start in starts[-8:]:
                inner = _value(line[start:])
                if isinstance(inner, dict) and "method" in inner:
                    yield _recorded(inner, place)
                    return
            return
        yield _recorded(value, place)


def _recorded(value: Json, place: str) -> Recorded:
    try:
        message, reply = transcript.messages(value)
    except transcript.NotAnExchange as error:
        raise UsageError(f"{place} is no exchange: {error}; {_EXPECTED}") from error
    return Recorded(
        message,
        reply,
        origin=_text(value, "origin"),
        received=_instant(value.get("received")),
        elapsed_ms=_number(value.get("elapsed_ms")),
        place=place,
        source=_text(value, "source"),
        operation=_text(value, "operation"),
        document=_text(value, "document"),
        world=_text(value, "world"),
    )


def _text(value: dict[str, Any], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""


def _instant(value: Json) -> datetime | None:
    return instants.from_text(value) if isinstance(value, str) else None


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


# A server that runs.


def _of_server(url: str) -> Iterator[Recorded]:
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    base = f"{parts.scheme}://{parts.netloc}{path if '/__' in path else path + '/__mock__'}"
    named = parse_qs(parts.query).get("world", [])
    names = named or [world["name"] for world in _asked(f"{base}/worlds?limit=10000", "worlds")]
    for name in names:
        since = 0
        while True:
            page = _asked(
                f"{base}/journal?world={quote(name, safe='')}&since={since}&limit={_PAGE}", "exchanges"
            )
            for value in page:
                yield _recorded(value, f"{url} (world {name}, exchange {value.get('number')})")
            if len(page) < _PAGE:
                break
            since = page[-1]["number"]


def _asked(url: str, member: str) -> list[dict[str, Any]]:
    """Return a list that the control API answers with.

    Raises:
        UsageError: It does not.
    """
    advice = "Say where a mock server runs, e.g. http://127.0.0.1:4010"
    try:
        value = jsontext.loads(fetch(url, by_proxy=False))
    except DocumentError as error:
        raise UsageError(f"{error}. {advice}") from error
    except jsontext.JsonError as error:
        raise UsageError(f"{url} does not answer in JSON: {error}. {advice}") from error
    found = value.get(member) if isinstance(value, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise UsageError(
            f"{url} is no control API of mockserver: its answer has no list '{member}'. {advice}"
        )
    return found
