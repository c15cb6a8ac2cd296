"""Texts that match a regular expression and have a length: ECMA-262 patterns over Python's own parser."""

from __future__ import annotations

import random
import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as sre  # type: ignore[import-not-found]
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from mockserver.mocking.generator.classes import ranges

UNLIMITED: Final = 1 << 20
MOST_WRITTEN: Final = 100_000
"""Characters that a pattern may ask for at least."""
FRIENDLY: Final = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PRINTABLE: Final = FRIENDLY + " -_.,:;/+=@#%&*()[]{}<>!?$'\"|~^`\\"
_TOKEN: Final = re.compile(
    r"\\(?:(?P<property>[pP])\{\^?(?P<class>\w+(?:=\w+)?)\}|u\{(?P<code>[0-9A-Fa-f]+)\}|k<(?P<back>\w+)>|c(?P<control>[A-Za-z])"
    r"|(?P<other>.))|\(\?<(?![=!])(?P<group>\w+)>|(?P<plain>.)",
    re.DOTALL,
)


def translate(pattern: str) -> str:
    """Return a pattern of ECMA-262 (with the flag `u`) as Python's `re` writes it."""
    out: list[str] = []
    inside = False
    for token in _TOKEN.finditer(pattern):
        kind, text = token.lastgroup, token.group()
        if token["property"]:
            characters = ranges(token["class"], negated=token["property"] == "P")
            out.append(characters if inside else f"[{characters}]")
        elif kind == "code":
            out.append(re.escape(chr(int(token["code"], 16))))
        elif kind == "back":
            out.append(f"(?P={token['back']})")
        elif kind == "control":
            out.append(re.escape(chr(ord(token["control"].upper()) - 64)))
        elif kind == "group":
            out.append(f"[{text[1:]}" if inside else f"(?P<{token['group']}>")
        elif kind == "other":
            out.append(re.escape(token["other"]) if token["other"] in "/-@<>!\"'#%&,:;=`~ ez" else text)
        elif inside:
            # "[" and doubled operators have a meaning of their own in classes of later Pythons.
            out.append("\\" + text if text in "[&|~" else text)
            inside = text != "]"
        else:
            out.append(text)
            inside = text == "["
    return "".join(out)


@lru_cache(maxsize=2048)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern ready to search with, or None where Python does not understand it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(translate(pattern), re.ASCII)
        except (re.error, OverflowError, RecursionError, ValueError):
            return None


@lru_cache(maxsize=512)
def _parsed(pattern: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sre.parse(translate(pattern), re.ASCII)


@lru_cache(maxsize=2048)
def is_hopeless(pattern: str) -> bool:
    """Say whether a pattern asks for something outside of the text: `/^a$/` with its slashes."""
    if compiled(pattern) is None:
        return False
    seen = ended = False
    for item in _parsed(pattern):
        kind, argument = item
        if kind is op.AT and argument is op.AT_BEGINNING and seen:
            return True
        ended |= kind is op.AT and argument in (op.AT_END, op.AT_END_STRING)
        if kind is not op.AT and _width(item)[0] > 0:
            if ended:
                return True
            seen = True
    return False


def text_for(pattern: str, low: int, high: int | None, draw: random.Random) -> str | None:
    """Return a text that matches a pattern somewhere, as long as asked for where that can be done.

    The caller judges the result: look-arounds and back references are met by luck.
    """
    if compiled(pattern) is None:
        return None
    items = list(_parsed(pattern))
    least, limit = _length_ahead(items)
    low, most = max(low, least), min(UNLIMITED if high is None else high, limit)
    if sum(_width(item)[0] for item in items) > MOST_WRITTEN:
        return None
    starts = bool(items) and items[0] == (op.AT, op.AT_BEGINNING)
    ends = bool(items) and items[-1][0] is op.AT and items[-1][1] in (op.AT_END, op.AT_END_STRING)
    body = _Writer(draw, _musts(items)).sequence(items, low, most)
    missing = low - len(body)
    if missing > 0 and not ends:
        body += "".join(draw.choices(FRIENDLY[:26], k=missing))
    elif missing > 0 and not starts:
        body = "".join(draw.choices(FRIENDLY[:26], k=missing)) + body
    return body


def _musts(items: list[Any]) -> list[list[Any]]:
    r"""Return what look-aheads at the beginning ask for: `(?=.*\d)` asks for a digit somewhere."""
    found = []
    for kind, argument in items:
        if kind is op.ASSERT and argument[0] == 1:
            inner = [item for item in argument[1] if item[0] is not op.AT and not _is_anything(item)]
            if inner:
                found.append(inner)
        elif kind is not op.AT and kind is not op.ASSERT_NOT:
            break
    return found


def _length_ahead(items: list[Any]) -> tuple[int, int]:
    """Return the lengths that look-aheads at the beginning allow: `(?=.{3,10}$)`."""
    low, high = 0, UNLIMITED
    for kind, argument in items:
        if kind is op.ASSERT and argument[0] == 1:
            inner = list(argument[1])
            ends = inner and inner[-1][0] is op.AT
            if ends:
                inner.pop()
            if len(inner) == 1 and inner[0][0] in (op.MAX_REPEAT, op.MIN_REPEAT) and _width(inner[0])[1] > 0:
                least, most = _width(inner[0])
                low, high = max(low, least), min(high, most) if ends else high
        elif kind is not op.AT and kind is not op.ASSERT_NOT:
            break
    return low, max(low, high)


def _is_anything(item: Any) -> bool:
    kind, argument = item
    return kind in (op.MAX_REPEAT, op.MIN_REPEAT) and argument[1] > 1 and argument[2][0][0] is op.ANY


class _Writer:
    def __init__(self, draw: random.Random, musts: list[list[Any]]) -> None:
        self.draw = draw
        self.groups: dict[int, str] = {}
        self.musts = musts

    def sequence(self, items: Any, low: int, high: int) -> str:
        """Write one item after another, and share out the length among those that can grow."""
        widths = [_width(item) for item in items]
        least = sum(width[0] for width in widths)
        most = min(sum(width[1] for width in widths), UNLIMITED)
        target_low = min(max(low, least), most)
        target_high = max(min(high, most), target_low)
        written: list[str] = []
        rest_least, rest_most = least, sum(width[1] for width in widths)
        used = 0
        for item, (item_least, item_most) in zip(items, widths, strict=True):
            rest_least -= item_least
            rest_most -= item_most
            item_low = max(item_least, target_low - used - rest_most)
            item_high = min(item_most, target_high - used - rest_least)
            text = self.item(item, item_low, max(item_high, item_low))
            written.append(text)
            used += len(text)
        result = "".join(written)
        if self.musts and items and len(result) >= len(self.musts):
            result = self._plant(result)
        return result

    def _plant(self, text: str) -> str:
        musts, self.musts = self.musts, []
        for place, must in zip(self.draw.sample(range(len(text)), len(musts)), musts, strict=True):
            piece = self.sequence(must, 0, UNLIMITED)
            text = text[:place] + piece[:1] + text[place + 1 :]
        return text

    def item(self, item: Any, low: int, high: int) -> str:
        kind, argument = item
        if kind is op.LITERAL:
            return chr(argument)
        if kind in (op.ANY, op.NOT_LITERAL, op.IN):
            return self.draw.choice(_characters(kind, argument))
        if kind is op.BRANCH:
            fitting = [
                branch
                for branch in argument[1]
                if _width_of(branch)[0] <= high and _width_of(branch)[1] >= low
            ]
            return self.sequence(self.draw.choice(fitting or argument[1]), low, high)
        if kind is op.SUBPATTERN:
            text = self.sequence(argument[3], low, high)
            if argument[0] is not None:
                self.groups[argument[0]] = text
            return text
        if kind is op.GROUPREF:
            return self.groups.get(argument, "")
        if kind is op.ATOMIC_GROUP:
            return self.sequence(argument, low, high)
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self.repeat(argument, low, high)
        return ""

    def repeat(self, argument: Any, low: int, high: int) -> str:
        least, most, inner = argument
        inner_least, inner_most = _width_of(inner)
        if inner_most == 0:
            return ""
        fewest = max(least, -(-low // inner_most))
        limit = min(int(most), high // inner_least if inner_least else UNLIMITED)
        # What may be left out is written, and what may go on for ever stays short.
        room = 1 if limit <= 1 else 6 if inner_most == 1 else 1
        count = (
            fewest + self.draw.randint(min(room, 3 if inner_most == 1 else 1), room)
            if limit > fewest
            else fewest
        )
        count = max(min(count, limit), fewest)
        if inner_most == 1 and len(inner) == 1:
            return "".join(self.item(inner[0], 1, 1) for _ in range(count))
        written: list[str] = []
        used = 0
        for turn in range(count):
            left = count - turn - 1
            text = self.sequence(inner, low - used - left * inner_most, high - used - left * inner_least)
            written.append(text)
            used += len(text)
        return "".join(written)


def _width(item: Any) -> tuple[int, int]:
    kind, argument = item
    if kind in (op.LITERAL, op.ANY, op.NOT_LITERAL, op.IN):
        return 1, 1
    if kind is op.SUBPATTERN:
        return _width_of(argument[3])
    if kind is op.ATOMIC_GROUP:
        return _width_of(argument)
    if kind is op.BRANCH:
        widths = [_width_of(branch) for branch in argument[1]]
        return min(width[0] for width in widths), max(width[1] for width in widths)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, inner = argument
        inner_least, inner_most = _width_of(inner)
        return inner_least * least, min(inner_most * int(most), UNLIMITED)
    if kind is op.GROUPREF:
        return 0, UNLIMITED
    return 0, 0


def _width_of(items: Any) -> tuple[int, int]:
    least = most = 0
    for item in items:
        width = _width(item)
        least += width[0]
        most += width[1]
    return least, min(most, UNLIMITED)


def _characters(kind: Any, argument: Any) -> str:
    return _class_characters(repr((kind, argument)), kind, _Hidden(argument))


class _Hidden:
    """An argument that takes no part in the key of a cache."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hidden)


@lru_cache(maxsize=512)
def _class_characters(_key: str, kind: Any, argument: _Hidden) -> str:
    if kind is op.ANY:
        return FRIENDLY[:36]
    members = [(op.LITERAL, argument.value)] if kind is op.NOT_LITERAL else list(argument.value)
    negated = kind is op.NOT_LITERAL
    if members and members[0][0] is op.NEGATE:
        negated, members = True, members[1:]
    friendly = "".join(char for char in FRIENDLY if _is_member(ord(char), members) != negated)
    if friendly:
        # Letters of one case read better than a mixture.
        small = "".join(char for char in friendly if char.islower() or char.isdigit())
        return small if len(small) > 10 else friendly
    found = "".join(char for char in PRINTABLE if _is_member(ord(char), members) != negated)
    return (
        found
        or "".join(chr(code) for code in range(1, 0x3000) if _is_member(code, members) != negated)
        or "\ufffd"
    )


def _is_member(code: int, members: list[Any]) -> bool:
    for kind, argument in members:
        if kind is op.LITERAL and argument == code:
            return True
        if kind is op.RANGE and argument[0] <= code <= argument[1]:
            return True
        if kind is op.CATEGORY and _CATEGORIES[argument](chr(code)):
            return True
    return False


_CATEGORIES: Final[dict[Any, Callable[[str], bool]]] = {
    op.CATEGORY_DIGIT: lambda char: char in "0123456789",
    op.CATEGORY_NOT_DIGIT: lambda char: char not in "0123456789",
    op.CATEGORY_SPACE: lambda char: char in " \t\n\r\f\v",
    op.CATEGORY_NOT_SPACE: lambda char: char not in " \t\n\r\f\v",
    op.CATEGORY_WORD: lambda char: char in FRIENDLY or char == "_",
    op.CATEGORY_NOT_WORD: lambda char: char not in FRIENDLY and char != "_",
}
