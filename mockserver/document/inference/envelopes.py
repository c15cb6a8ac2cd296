"""What a list's envelope says beside its items: totals, cursors, links, constants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver.document.inference.paging import Pages
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import word
from mockserver.errors import Json

_NESTS: Final = re.compile(
    r"meta|pag(e|ing|ination)|link|cursor|info|summary|result|collection|total|navigation|list|^(next|prev|previous|first|last)$"
)
"""Names of objects that hold what is said about the list."""
_TOTALS: Final = known(
    "odatacount total totalcount totalitems totalresults totalrecords totalelements totalhits totalentries "
    "totalnumber totalrows totalsize totalresultcount totalitemcount itemstotal itemstotalcount numfound resulttotal "
    "recordcount recordstotal totalobjects totaldocuments fullcount foundcount resultscount resultcount "
    "totalnumberofitems numberofresults numresults numberofitems numberofrecords found hits matches matched itemcount "
    "objectcount totalfound overalltotal recordsfiltered totalamount totalavailable totalmatches estimatedtotal "
    "allcount totalrecordcount"
)
_COUNTS: Final = known(
    "numberofelements returned returnedcount itemsonpage itemsinpage pagecount pageitemcount currentcount length "
    "resultsreturned numreturned countonpage itemsreturned currentitemcount perpagecount"
)
_LIMITS: Final = known(
    "pagelen limit perpage pagesize itemsperpage resultsperpage pagelimit maxresults maxitems rowsperpage "
    "recordsperpage pagerecords top take"
)
_OFFSETS: Final = known("offset skip startat pageoffset startingtoken currentoffset firstresult from")
_STARTS: Final = known("startindex startposition start beginindex")
_NUMBERS: Final = known(
    "page currentpage pagenumber pageno pagenum pageindex number current currentpagenumber"
)
_PAGES: Final = known(
    "totalpages pages pagestotal totalpage numpages numberofpages totalpagecount pagecount pagestotalcount"
)
_LASTS: Final = known("lastpage lastpagenumber")
_MORE: Final = known(
    "hasmore more hasnext hasnextpage ismore moreavailable hasmoreitems hasmoreresults hasmorepages hasmoredata "
    "istruncated truncated paginated hasmoreelements morerecords moreresults moreitems hasnextpages"
)
_DONE: Final = known("done last islast islastpage isend endoflist complete lastpage isfinished")
_EARLIER: Final = known("hasprevious hasprev haspreviouspage hasprevpage hasless")
_EARLIEST: Final = known("first isfirst isfirstpage firstpage")
_NEXT_TOKENS: Final = known(
    "offset continue pageinfo nextcursor nextpagetoken nexttoken nextmarker continuationtoken nextpagecursor "
    "endcursor nextpageid nextstart nextcontinuationtoken nextkey nextpagekey nextpagestate nextscrollid scrollid "
    "cursor after pagetoken pagingtoken paginationtoken nextstartingtoken nextstarttoken marker continuation "
    "lastevaluatedkey nextoffset bookmark token nextpagemarker cursortoken nextpaginationtoken aftercursor cursornext "
    "pagecursor nextposition"
)
_PREVIOUS_TOKENS: Final = known(
    "prevcursor previouscursor prevpagetoken previouspagetoken prevtoken previoustoken startcursor before prevmarker "
    "previousmarker prevkey beforecursor cursorprev cursorprevious prevpagecursor"
)
_NEXT: Final = known(
    "next nextpage nextpageurl nexturl nexturi nextlink nextpageuri nextpagelink nexthref nextpagepath nextpagenumber "
    "nextpath odatanextlink nextrecordsurl"
)
_PREVIOUS: Final = known(
    "previous prev previouspage prevpage previousurl prevurl previouspageurl prevpageurl previouspageuri previouslink "
    "previouspagenumber prevlink prevpageuri previousuri prevuri previouspagelink"
)
_SELF: Final = known(
    "self url href uri selfurl selflink selfhref currenturl pageurl currentpageurl link path"
)
_FIRST: Final = known("first firstpage firsturl firstpageurl firstpageuri firstlink firsturi firstpagelink")
_LAST: Final = known("last lastpage lasturl lastpageurl lastpageuri lastlink lasturi lastpagelink")
_FIRST_IDS: Final = known("firstid firstrowid firstitemid startid")
_LAST_IDS: Final = known("lastid lastrowid lastitemid lastseenid endid")
_ORDERS: Final = known("order sortorder sortdirection orderdirection direction dir")
_REMOVED: Final = known("deleted deletedcount numdeleted removed removedcount numberdeleted affected")
_GOOD: Final = known("ok success succeeded successful issuccess")
_TROUBLES: Final = known("errors warnings errormessages messages notices")
_LINK: Final = re.compile(r"\b(urls?|links?|uri|href)\b", re.IGNORECASE)
_ON_PAGE: Final = re.compile(
    r"\b(on|in|of) (this|the current|current|each|the) (page|response|list|result|batch)|\breturned\b|\bpage size\b",
    re.IGNORECASE,
)
_OF_PAGES: Final = re.compile(
    r"\b(number|count|total) of pages\b|\bpages (in|returned|available)\b", re.IGNORECASE
)
_ALL: Final = re.compile(r"\btotal\b|\ball\b|\boverall\b|\bmatching\b|across", re.IGNORECASE)
_DEPTH: Final = 4
_IS_LATER: Final[Json] = {"not": {"equals": ["$page.offset", 0]}}

_OPERATORS: Final = frozenset({"if", "not", "equals", "literal"})
"""Members that a template cannot have beside others: there they are operators."""
_NAMES_OF_OPERATORS: Final = frozenset({"first", "next", "count", "list", "text", "from", "where"})
"""Members that a template can have, as long as their value is no operand."""

NOTHING: Final = object()
"""Stands for a member of which nothing is known."""


class Envelope:
    """The members of one list's answer."""

    def __init__(self, view: View, pages: Pages, *, removes: bool = False) -> None:
        """Read envelopes.

        Args:
            view: The schemas.
            pages: How the request chooses a page.
            removes: Whether the operation deletes what it finds.
        """
        self._view = view
        self._pages = pages
        self._removes = removes

    def template(self, schema: str, path: tuple[str, ...]) -> dict[str, Any]:
        """Return what is known of the members beside the items, which are at `path`."""
        return self._object(schema, path, (), 0)

    def _object(
        self, schema: str, path: tuple[str, ...], above: tuple[str, ...], depth: int
    ) -> dict[str, Any]:
        view, result = self._view, {}
        properties = view.properties(schema)
        words, required = {word(name) for name in properties}, view.required(schema)
        for name, pointer in properties.items():
            if path and name == path[0]:
                if len(path) > 1:
                    result[name] = self._object(pointer, path[1:], above, depth)
                continue
            value = self._member(name, pointer, words, above, depth)
            if (
                name not in _OPERATORS
                and value is not NOTHING
                and not (self._leads_nowhere(value) and name not in required)
            ):
                result[name] = value
        return result

    def _leads_nowhere(self, value: Json) -> bool:
        """Return whether a member is a cursor, and no request takes one."""
        takes_cursor = self._pages.token is not None or self._pages.after is not None
        return not takes_cursor and value in ("$page.next_token", "$page.previous_token")

    def _member(self, name: str, pointer: str, words: set[str], above: tuple[str, ...], depth: int) -> Any:
        view = self._view
        constants, types, folded = view.values(pointer), view.types(pointer), word(name)
        if len(constants) == 1 and "array" not in types and "object" not in types:
            is_plain = folded not in _NAMES_OF_OPERATORS and not _is_expression(constants[0])
            return constants[0] if is_plain else {"literal": constants[0]}
        if "object" in types or (not types and view.properties(pointer)):
            if depth >= _DEPTH or not (_NESTS.search(folded) or above):
                return NOTHING
            inner = self._object(pointer, (), (*above, folded), depth + 1)
            if not inner:
                return NOTHING
            return self._maybe(folded, inner, pointer)
        for kind, read in (
            ("boolean", self._flag), ("integer", self._number), ("number", self._number),
            ("string", self._text), ("array", self._array),
        ):  # fmt: skip
            if kind in types:
                found = read(folded, pointer, words, above)
                if found is not NOTHING:
                    return found
        return NOTHING

    def _maybe(self, folded: str, inner: dict[str, Any], pointer: str) -> Json:
        """Return an object about the page after or before, which is null where there is none."""
        if folded in ("next", "nextpage", "nextlink"):
            return {"if": "$page.more", "then": inner, "else": None}
        if folded in ("prev", "previous", "previouspage", "prevpage", "previouslink"):
            return {"if": _IS_LATER, "then": inner, "else": None}
        return inner

    def _flag(self, folded: str, pointer: str, words: set[str], above: tuple[str, ...]) -> Any:
        if folded in _MORE:
            return "$page.more"
        if folded in _DONE:
            return {"not": "$page.more"}
        if folded in _EARLIER:
            return _IS_LATER
        if folded in _EARLIEST:
            return {"equals": ["$page.offset", 0]}
        if folded in ("empty", "isempty"):
            return {"equals": ["$page.count", 0]}
        if folded in _GOOD:
            return True
        return False if folded == "incompleteresults" else NOTHING

    def _number(self, folded: str, pointer: str, words: set[str], above: tuple[str, ...]) -> Any:
        pages, said = self._pages, self._said(pointer)
        about = _about(folded, above)
        if self._removes and folded in _REMOVED:
            return "$page.total"
        if folded == "pagecount":
            is_pages = words.isdisjoint(_PAGES - {"pagecount"}) and (
                _OF_PAGES.search(said) or not _ON_PAGE.search(said)
            )
            folded = "totalpages" if is_pages else "returned"
        if folded in ("count", "size", "itemcount", "resultcount", "resultscount", "totalcount"):
            return self._count(folded, said, words)
        for names, value in (
            (_TOTALS, "$page.total"), (_COUNTS, "$page.count"), (_LIMITS, "$page.limit"), (_PAGES, "$page.pages"),
            (_LASTS, "$page.last_number"), (_NUMBERS, "$page.number"), (_FIRST_IDS, "$page.first_id"),
            (_LAST_IDS, "$page.last_id"),
        ):  # fmt: skip
            if folded in names:
                return value
        if folded in _OFFSETS:
            return "$page.offset"
        if folded in _STARTS:
            counts_from_zero = folded == "start" if pages.start is None else False
            return (
                "$page.offset"
                if counts_from_zero or (pages.offset is not None and folded == pages.offset.word)
                else "$page.start"
            )
        if about == "next" or folded in _NEXT | _NEXT_TOKENS:
            if folded in ("nextoffset", "nextstart") or pages.number is None:
                return "$page.next"
            return "$page.next_number"
        if (about == "previous" or folded in _PREVIOUS) and pages.number is not None:
            return "$page.previous_number"
        return NOTHING

    def _count(self, folded: str, said: str, words: set[str]) -> Json:
        """Return what a bare count counts: the whole list, unless something else does that."""
        limit = self._pages.limit
        if folded == "size" and limit is not None and limit.word == "size":
            return "$page.limit"
        others = (words & _TOTALS) - {folded}
        on_page = _ON_PAGE.search(said) is not None and _ALL.search(said) is None
        return "$page.count" if folded != "totalcount" and (others or on_page) else "$page.total"

    def _text(self, folded: str, pointer: str, words: set[str], above: tuple[str, ...]) -> Any:
        pages, about = self._pages, _about(folded, above)
        is_link = self._is_link(folded, pointer) or bool({"links", "link"} & set(above))
        if folded in _FIRST_IDS:
            return "$page.first_id"
        if folded in _LAST_IDS:
            return "$page.last_id"
        if folded in _ORDERS:
            values = self._view.values(pointer)
            return "$page.order" if not values or {"ASC", "DESC"} <= set(map(str, values)) else NOTHING
        for way, names, tokens in (
            ("next", _NEXT, _NEXT_TOKENS),
            ("previous", _PREVIOUS, _PREVIOUS_TOKENS),
        ):
            if about == way or folded in names or folded in tokens:
                return self._further(way, is_link, about == way or folded in tokens)
        if about == "first" or (folded in _FIRST and not pages.token):
            return "$page.first_url"
        if about == "last" or folded in _LAST:
            return "$page.last_url"
        if about == "self" or (folded in _SELF and (is_link or above)) or folded == "url":
            return "$page.self_url"
        return NOTHING

    def _further(self, way: str, is_link: bool, is_token: bool) -> str:
        """Return a cursor or link to another page."""
        pages = self._pages
        if is_token and not is_link and pages.after is not None and pages.token is None:
            return "$page.last_id" if way == "next" else "$page.first_id"
        is_opaque = not is_link and (is_token or pages.token is not None)
        return f"$page.{way}_token" if is_opaque else f"$page.{way}_url"

    def _array(self, folded: str, pointer: str, words: set[str], above: tuple[str, ...]) -> Any:
        return [] if folded in _TROUBLES and not self._view.schema(pointer).get("minItems") else NOTHING

    def _is_link(self, folded: str, pointer: str) -> bool:
        if self._view.format(pointer) in ("uri", "url", "uri-reference", "iri"):
            return True
        return (
            folded.endswith(("url", "uri", "link", "href", "path"))
            or _LINK.search(self._said(pointer)) is not None
        )

    def _said(self, pointer: str) -> str:
        text = self._view.node(pointer).get("description") or self._view.schema(pointer).get("description")
        return text if isinstance(text, str) else ""


def _about(folded: str, above: tuple[str, ...]) -> str:
    """Return which page the objects above a member are about: `next: {href}`, `cursors: {after}`; "" for this one."""
    for name in reversed(above):
        for way, names in (("next", _NEXT), ("previous", _PREVIOUS), ("first", _FIRST), ("last", _LAST)):
            if name in names:
                return way
        if name == "self":
            return "self"
    return ""


def _is_expression(value: Json) -> bool:
    return isinstance(value, str) and value.startswith("$")


def answers_token(view: View, schema: str, path: tuple[str, ...], depth: int = 0) -> bool:
    """Return whether an envelope has a place for an opaque cursor to the next page."""
    for name, pointer in view.properties(schema).items():
        folded = word(name)
        if path and name == path[0]:
            if len(path) > 1 and answers_token(view, pointer, path[1:], depth):
                return True
        elif (folded in _NEXT_TOKENS and "string" in view.types(pointer)) or (
            depth < _DEPTH
            and _NESTS.search(folded)
            and view.is_object(pointer)
            and answers_token(view, pointer, (), depth + 1)
        ):
            return True
    return False


_HEADERS: Final[Mapping[str, str]] = {
    name: value
    for value, names in {
        "$page.number": "page currentpage pagenumber",
        "$page.limit": "perpage pagesize limit itemsperpage",
        "$page.pages": "totalpages pagecount pages",
        "$page.next_number": "nextpage",
        "$page.previous_number": "prevpage previouspage",
        "$page.next_token": "nextcursor nexttoken nextpagetoken cursor continuationtoken",
        "$page.offset": "offset",
        "$page.more": "hasmore hasnextpage",
    }.items()
    for name in names.split()
}
"""Response headers, without `X-` and `Pagination-`; totals and links have their values already, whatever the action."""


def headers(names: Mapping[str, Any]) -> dict[str, Json]:
    """Return the values of the headers that a list's response declares."""
    found: dict[str, Json] = {}
    for name in names:
        folded = word(name)
        plain = folded.removeprefix("x").removeprefix("pagination")
        value = _HEADERS.get(folded) or _HEADERS.get(plain)
        if value is not None:
            found[name] = value
    return found
