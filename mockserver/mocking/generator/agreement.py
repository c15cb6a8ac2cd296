"""Makes the properties of one object agree once all are there: totals, pages, addresses made from titles, file types.

Times, people and places agree by their scene; what is here follows from values that were made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mockserver.document.naming import singular, words
from mockserver.errors import Json
from mockserver.mocking.generator.numbers import is_number
from mockserver.mocking.generator.scene import slug_of
from mockserver.mocking.generator.vocabulary import FILE_TYPES

Fits = Callable[[str, Json], bool]
"""Says whether a property may have a value."""

_TOTALS: Final = frozenset(
    {
        "total", "count", "total_count", "total_results", "total_items", "total_elements", "total_size",
        "total_records", "total_hits", "total_entries", "total_rows", "item_count", "items_count", "num_items",
        "number_of_elements", "num_results", "result_count", "results_count", "record_count", "records_count",
        "row_count",
    }
)  # fmt: skip
"""Names of how many items there are, as words joined with `_`."""
_PAGES: Final = frozenset(
    {
        "total_pages",
        "pages",
        "page_count",
        "last_page",
        "num_pages",
        "number_of_pages",
        "current_page",
        "page",
    }
)
_FIRSTS: Final = frozenset({"offset", "page_index", "page_offset", "skip"})
_FLAGS: Final = frozenset(
    {
        "has_more", "has_next", "has_next_page", "has_previous", "has_previous_page", "has_prev", "more",
        "has_more_items", "has_additional_pages", "incomplete_results", "more_items_in_collection", "is_truncated",
    }
)  # fmt: skip
_ENDS: Final = frozenset(
    {"last", "is_last", "last_page", "is_last_page", "first", "is_first", "is_first_page", "end_of_list"}
)
_OTHERS: Final = frozenset(
    {
        "next", "prev", "previous", "next_page", "prev_page", "previous_page", "next_cursor", "prev_cursor",
        "previous_cursor", "next_page_token", "previous_page_token", "next_token", "next_link", "previous_link",
        "prev_link", "next_url", "previous_url", "prev_url", "next_page_url", "prev_page_url", "next_href", "next_uri",
        "next_page_uri", "previous_page_uri", "odata_next_link", "next_marker", "next_start", "next_offset",
    }
)  # fmt: skip
"""What leads to pages that are not there, when all items stand on one."""
_PAGING: Final = frozenset(
    {
        "links", "paging", "pagination", "meta", "page", "page_info", "page_metadata", "cursors", "cursor",
        "metadata", "response_metadata", "list_metadata", "paging_info",
    }
)  # fmt: skip
"""Objects that speak of the list beside them."""
_TITLES: Final = ("title", "name", "display_name", "label", "headline", "full_name")
_TYPES: Final = ("mime_type", "mimetype", "content_type", "media_type", "file_type")
_FILES: Final = ("file_name", "filename", "file", "name", "original_name", "path")


_FOLLOWING: Final = frozenset().union(
    _TOTALS, _PAGES, _FIRSTS, _FLAGS, _ENDS, _OTHERS, _TYPES, ("slug", "extension")
)


_PAIRS: Final[Mapping[str, str]] = {
    "min": "max", "minimum": "maximum", "low": "high", "lowest": "highest", "lower": "upper", "from": "to",
    "start": "end", "starts": "ends", "begin": "end", "begins": "ends", "since": "until", "first": "last",
    "least": "most", "opens": "closes",
}  # fmt: skip
"""Words of a name, and those of the sibling whose value is not less."""


class Members:
    """The properties of an object that were made up, by the words of their names.

    Attributes:
        value: The object; changed in place.
    """

    def __init__(
        self, value: dict[str, Json], given: Mapping[str, Json], fits: Fits, *, required: frozenset[str]
    ) -> None:
        self.value = value
        self.by_words = {"_".join(words(name)): name for name in value}
        self._given = given
        self._fits = fits
        self._required = required

    def put(self, words: str, made: Json) -> None:
        """Give a property another value, where that is allowed."""
        name = self.by_words.get(words)
        if name is not None and name not in self._given and self._fits(name, made):
            self.value[name] = made

    def swap(self, one: str, other: str) -> None:
        """Exchange the values of two properties, where that is allowed."""
        if one in self._given or other in self._given:
            return
        low, high = self.value[one], self.value[other]
        if self._fits(one, high) and self._fits(other, low):
            self.value[one], self.value[other] = high, low

    def clear(self, words: str) -> None:
        """Make a property null, leave it out or make it empty: the first that is allowed."""
        name = self.by_words.get(words)
        if name is None or name in self._given or isinstance(self.value[name], bool):
            return
        if self._fits(name, None):
            self.value[name] = None
        elif name not in self._required:
            del self.value[name]
            del self.by_words[words]
        elif isinstance(self.value[name], str) and self._fits(name, ""):
            self.value[name] = ""


def agree(members: Members) -> None:
    """Make the properties of an object agree."""
    value, names = members.value, members.by_words
    lists = {words: value[name] for words, name in names.items() if isinstance(value[name], list)}
    for words_, items in lists.items():
        for count in (f"{words_}_count", f"{singular(words_)}_count", f"num_{words_}", f"{words_}_total"):
            members.put(count, len(items))
    if len(lists) == 1:
        page(members, len(next(iter(lists.values()))))
    title = next(
        (value[names[key]] for key in _TITLES if key in names and isinstance(value.get(names[key]), str)),
        None,
    )
    if title is not None and (slug := slug_of(title)):
        members.put("slug", slug)
    for one, other in _ranges(names):
        low, high = value[one], value[other]
        if _is_after(low, high):
            members.swap(one, other)
    kind = next((key for key in _TYPES if key in names), None)
    if kind is not None:
        file = next(
            (value[names[key]] for key in _FILES if isinstance(value.get(names.get(key, "")), str)), ""
        )
        ending = file.rpartition(".")[2].lower()
        if ending in FILE_TYPES:
            members.put(kind, FILE_TYPES[ending])
            members.put("extension", ending)


def _ranges(names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names of properties that bound a range: `minPrice`, `maxPrice`."""
    for text, name in names.items():
        parts = text.split("_")
        for place, word in enumerate(parts):
            if word in _PAIRS:
                other = names.get("_".join((*parts[:place], _PAIRS[word], *parts[place + 1 :])))
                if other is not None:
                    yield name, other


def _is_after(low: Json, high: Json) -> bool:
    """Say whether a lower bound lies above the upper one: for numbers, and for dates and times alike in form."""
    if is_number(low) and is_number(high):
        return bool(low > high)
    if not (isinstance(low, str) and isinstance(high, str)):
        return False
    return low > high and low[:1].isdigit() and re.sub(r"\d", "0", low) == re.sub(r"\d", "0", high)


def page(members: Members, count: int) -> None:
    """Make what is said about a page agree with a list of so many items, which are all that there are."""
    for words_ in list(members.by_words):
        if words_ in _OTHERS:
            members.clear(words_)
        elif words_ in _TOTALS:
            members.put(words_, count)
        elif words_ in _FLAGS:
            members.put(words_, False)
        elif isinstance(members.value[members.by_words[words_]], bool) and words_ in _ENDS:
            members.put(words_, True)
        elif words_ in _PAGES:
            members.put(words_, 1)
        elif words_ in _FIRSTS:
            members.put(words_, 0)


def follows_from_others(name: str) -> bool:
    """Say whether a property of this name may follow from its siblings."""
    text = "_".join(words(name))
    return (
        text in _FOLLOWING
        or text.endswith(("_count", "_total"))
        or text.startswith("num_")
        or not _PAIRS.keys().isdisjoint(text.split("_"))
    )


def speaks_of_list(name: str) -> bool:
    """Say whether an object of this name tells about the list beside it."""
    return "_".join(words(name)) in _PAGING


def only_list(value: Mapping[str, Any]) -> list[Json] | None:
    """Return the one list among the properties of an object."""
    lists = [member for member in value.values() if isinstance(member, list)]
    return lists[0] if len(lists) == 1 else None
