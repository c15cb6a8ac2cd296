"""Which inputs of a list choose the part of it that is answered, and how they count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.document.inference.inputs import Input, Inputs
from mockserver.document.inference.spellings import known, ranked
from mockserver.document.inference.view import View

_LIMITS: Final = ranked(
    "limit pagelen perpage pagesize pagelimit size take top maxresults maxitems maxcount maxrecords maxentries "
    "maxpagesize maxkeys maxelements maxreturned itemsperpage resultsperpage recordsperpage rows rowsperpage numitems "
    "numresults numrecords limitcount resultlimit querylimit resultcount pagecount length batchsize chunksize n"
)
_LIMITS_BESIDE: Final = ("count", "first", "num", "results", "max", "last")
"""Page sizes, where something else beside them chooses the page."""
_NUMBERS: Final = ranked("page pagenumber pageno pagenum pageindex pagenr currentpage pageid p")
_OFFSETS: Final = ranked(
    "offset skip startindex startat startposition startfrom startrow rowoffset resultoffset firstresult resultsoffset "
    "itemoffset pageoffset beginindex start from"
)
_STARTS: Final = known("startindex startposition startrow beginindex")
"""Offsets that count the first item as 1 where nobody says otherwise (RFC 7644 section 3.4.2.4)."""
_TOKENS: Final = ranked(
    "cursor pagetoken nexttoken nextpagetoken continuationtoken nextcursor pagecursor pagingtoken paginationtoken "
    "startingtoken continuation continuationkey continue marker nextmarker startmarker scrollid scroll searchafter "
    "bookmark startcursor cursortoken pagingcursor startkey nextkey exclusivestartkey pagekey nextpagekey position "
    "pagemarker pagestate resumetoken cursormark pageafter aftercursor nextpage lastkey lastevaluatedkey "
    "startafterkey startpage pageinfo token next offset"
)
_WEAK: Final = known(
    "position continue continuation scroll bookmark startpage token next nextpage marker offset"
)
"""Names of cursors, where the document speaks of pages."""
_AFTERS: Final = ranked(
    "startingafter after afterid startafter startafterid sinceid lastid lastseenid lastitemid fromid startid idafter "
    "afterkey minid"
)
_BEFORES: Final = ranked("endingbefore before beforeid endbefore maxid idbefore untilid pagebefore")
_WHOLE: Final = frozenset({"integer", "number"})
_NUMERIC: Final = frozenset({"integer", "number", "string"})
_TEXT: Final = frozenset({"string"})
_TIME: Final = re.compile(r"\b(date|time|timestamp|datetime|iso.?8601|rfc.?3339|epoch|unix)", re.IGNORECASE)
_CURSOR: Final = re.compile(
    r"\b(cursor|pagina|paging|opaque|(next|previous) (page|set)|next_)", re.IGNORECASE
)
_DEFAULT: Final = re.compile(
    r"(?:default(?:s|ing)?(?: value| page size| limit)?(?: is| to| of|:|=)*|by default(?: is|,)?)\s*[`'\"*]*(\d{1,6})\b"
    r"|\b(\d{1,6})[`'\"*]*(?: is the| by| \(?the)? default\b",
    re.IGNORECASE,
)
_MOST: Final = re.compile(
    r"(?:max(?:imum)?\.?(?: value| limit| page size| number| allowed)?(?: is| of|:|=)*|no more than|up to|at most"
    r"|capped at"
    r"|(?:between|from)\s*\d+\s*(?:and|to|-)|range(?: is|:)?\s*\d+\s*(?:-|to|and)|\b1\s*(?:-|to)|cannot exceed)"
    r"\s*[`'\"*]*(\d{1,6})\b",
    re.IGNORECASE,
)
_FROM_ZERO: Final = re.compile(
    r"(?:zero|\b0)[- ]?(?:based|index)|(?:start|begin|count|index|number)\w*\s+(?:at|from|with)\s+(?:zero|0)\b"
    r"|first (?:page|item|result|record)(?: is| has| =|:)*\s*(?:the )?(?:number |index |page )?[`'\"]?(?:zero|0)\b",
    re.IGNORECASE,
)
_FROM_ONE: Final = re.compile(
    r"(?:one|\b1)[- ]?(?:based|index)|(?:start|begin|count|index|number)\w*\s+(?:at|from|with)\s+(?:one|1)\b"
    r"|first (?:page|item|result|record)(?: is| has| =|:)*\s*(?:the )?(?:number |index |page )?[`'\"]?(?:one|1)\b",
    re.IGNORECASE,
)
USUAL_LIMIT: Final = 100
"""Records on a page where the document does not say how many."""


@dataclass(frozen=True, slots=True)
class Pages:
    """How a request chooses a page.

    Attributes:
        number, offset, start, token, after, before, limit: The inputs; `start` is an offset that counts from 1.
        first: The number of the first page.
        entry: The plan's `page`.
    """

    entry: Mapping[str, Any]
    number: Input | None = None
    offset: Input | None = None
    start: Input | None = None
    token: Input | None = None
    after: Input | None = None
    before: Input | None = None
    limit: Input | None = None
    first: int = 1

    @property
    def is_paged(self) -> bool:
        """Whether anything chooses a page."""
        return any((self.number, self.offset, self.start, self.token, self.after, self.before))


def paging(view: View, given: Inputs, *, answers_token: bool, most: int | None) -> Pages:
    """Return how a list is paged, and take the inputs that say so.

    Args:
        view: The schemas.
        given: The inputs of the list.
        answers_token: Whether the answer has a place for an opaque cursor.
        most: Items that the answer may hold by its schema (`maxItems`), None for any number.
    """
    after = _walked(given, _AFTERS)
    before = _walked(given, _BEFORES)
    token = given.named(_TOKENS, _TEXT)
    if token is not None and token.word in _WEAK and not (answers_token or _CURSOR.search(token.said)):
        token = None
    back = None
    if answers_token and after is not None and token is None:
        token, after = after, None  # what is answered is what is sent
    if token is not None and token.word in (*_AFTERS, "pageafter", "aftercursor"):
        back, before = before, None  # a cursor knows itself which way it leads
    number = given.named(_NUMBERS, _NUMERIC)
    if number is not None and not _is_number(number):
        token, number = token or number, None
    offset = given.named(_OFFSETS, _WHOLE) or given.named(_TOKENS, _WHOLE)
    if offset is None and token is None:
        offset = given.named(("offset", "skip"), _TEXT)  # a number all the same
    if offset is not None and offset.word in ("from", "start") and given.named(("to", "end", "until")):
        offset = None  # two ends of a span
    limit = given.named(_LIMITS, _NUMERIC)
    if limit is None and any((number, offset, token, after, before)):
        limit = given.named(_LIMITS_BESIDE, _NUMERIC)
    start = None
    if offset is not None and _counts_from_one(view, offset):
        start, offset = offset, None
    entry: dict[str, Any] = {}
    first = 1
    for name, item in (
        ("number", number), ("offset", offset), ("start", start), ("token", token), ("after", after),
        ("before", before), ("limit", limit),
    ):  # fmt: skip
        if given.take(item) is not None:
            entry[name] = item.value if item is not None else None
    if token is not None and given.take(back) is not None and back is not None:
        entry["token"] = {"first": [token.value, back.value]}
    if entry.keys() - {"limit"} or limit is not None:
        first = _first(view, number) if number is not None else 1
        if number is not None and first != 1:
            entry["first"] = first
        entry.update(_sizes(view, limit, most))
    elif most is not None:
        entry["default-limit"] = most
    return Pages(entry, number, offset, start, token, after, before, limit, first)


def _walked(given: Inputs, names: tuple[str, ...]) -> Input | None:
    """Return the input that names the last or first record seen; times have the same names, and are filters."""
    item = given.named(names, _NUMERIC)
    if item is None or item.word not in ("after", "before"):
        return item
    is_time = _TIME.search(item.said) is not None and _CURSOR.search(item.said) is None
    return None if is_time or item.is_object else item


def _is_number(item: Input) -> bool:
    """Return whether an input of a page's name counts, and is no opaque cursor."""
    if item.types & _WHOLE or not item.types:
        return True
    shown = [text for text in item.examples if isinstance(text, str)]
    if shown:
        return all(text.isdigit() for text in shown)
    return re.search(r"\b(token|cursor|opaque)", item.said, re.IGNORECASE) is None


def _bounds(view: View, item: Input) -> dict[str, Any]:
    return view.schema(item.schema) if item.schema is not None else {}


def _first(view: View, number: Input) -> int:
    """Return the number of the first page: 1, unless the document says 0."""
    node = _bounds(view, number)
    if node.get("minimum") == 1 or node.get("default") == 1 or node.get("exclusiveMinimum") == 0:
        return 1
    if node.get("minimum") == 0 and node.get("default", 0) == 0:
        return 1 if _FROM_ONE.search(number.said) else 0
    if node.get("default") == 0 or _FROM_ZERO.search(number.said) or 0 in number.examples:
        return 0
    if number.word == "pageindex" and not (_FROM_ONE.search(number.said) or 1 in number.examples):
        return 0
    return 1


def _counts_from_one(view: View, offset: Input) -> bool:
    node = _bounds(view, offset)
    if node.get("minimum") == 0 or node.get("default") == 0 or _FROM_ZERO.search(offset.said):
        return False
    if node.get("minimum") == 1 or node.get("default") == 1 or _FROM_ONE.search(offset.said):
        return True
    return offset.word in _STARTS and 0 not in offset.examples


def _sizes(view: View, limit: Input | None, most: int | None) -> dict[str, Any]:
    """Return the usual and the greatest size of a page."""
    node = _bounds(view, limit) if limit is not None else {}
    said = limit.said if limit is not None else ""
    greatest = _whole(node.get("maximum")) or _number_in(_MOST, said)
    usual = _whole(node.get("default")) or _number_in(_DEFAULT, said)
    bounds = [bound for bound in (greatest, most) if bound]
    usual = min([usual or USUAL_LIMIT, *bounds])
    return {"default-limit": usual, **({"max-limit": min(bounds)} if bounds else {})}


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**31:
        return None
    return int(value)


def _number_in(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    return _whole(next((group for group in match.groups() if group), "")) if match else None
