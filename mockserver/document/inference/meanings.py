"""What the name of an input means: a property of the records, and how it is compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mockserver.document.inference import times
from mockserver.document.inference.inputs import Input
from mockserver.document.inference.record import Place, Records, scalar_types
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import singular, word, words

_SUFFIXES: Final[Mapping[str, str]] = {
    "gt": "gt", "after": "gt", "greaterthan": "gt", "morethan": "gt", "over": "gt", "above": "gt",
    "gte": "ge", "ge": "ge", "since": "ge", "from": "ge", "min": "ge", "start": "ge", "begin": "ge", ">": "ge",
    "greaterthanorequal": "ge", "greaterthanorequalto": "ge", "greaterthanequal": "ge", "onorafter": "ge",
    "starting": "ge",
    "lt": "lt", "before": "lt", "lessthan": "lt", "under": "lt", "below": "lt",
    "lte": "le", "le": "le", "until": "le", "till": "le", "to": "le", "max": "le", "end": "le", "<": "le",
    "lessthanorequal": "le", "lessthanorequalto": "le", "lessthanequal": "le", "onorbefore": "le", "ending": "le",
    "ne": "ne", "neq": "ne", "not": "ne", "nin": "ne", "notin": "ne", "notequal": "ne", "notequals": "ne",
    "in": "eq", "any": "eq", "anyof": "eq", "oneof": "eq", "list": "eq", "eq": "eq", "equals": "eq", "equal": "eq",
    "is": "eq", "exact": "eq", "iexact": "eq", "filter": "eq", "only": "only",
    "contains": "contains", "like": "contains", "ilike": "contains", "icontains": "contains", "includes": "contains",
    "search": "contains", "substring": "contains", "query": "contains", "keyword": "contains",
    "prefix": "starts", "startswith": "starts", "istartswith": "starts", "beginswith": "starts",
    "suffix": "ends", "endswith": "ends", "iendswith": "ends",
    "exists": "exists", "isset": "exists", "present": "exists", "notnull": "exists", "isnotnull": "exists",
}  # fmt: skip
"""What stands behind a property's name -> operator."""
_PREFIXES: Final[Mapping[str, str]] = {
    "from": "ge", "min": "ge", "minimum": "ge", "since": "ge", "start": "ge", "starting": "ge", "begin": "ge",
    "gte": "ge",
    "gt": "gt", "after": "gt", "to": "le", "max": "le", "maximum": "le", "until": "le", "till": "le", "end": "le",
    "ending": "le", "lte": "le", "lt": "lt", "before": "lt", "exclude": "ne", "excluding": "ne", "excluded": "ne",
    "not": "ne", "without": "ne", "except": "ne", "filter": "eq", "filterby": "eq", "by": "eq", "only": "only",
    "search": "contains", "searchby": "contains", "has": "exists", "in": "eq",
    "include": "include", "includes": "include", "including": "include", "with": "include", "show": "include",
}  # fmt: skip
"""What stands before a property's name -> operator."""
_LONGEST: Final = 4
"""Words of an operator at the most: `greater than or equal`."""
_ALONE: Final[Mapping[str, str]] = {"oldest": "ge", "earliest": "ge", "latest": "le", "newest": "le"}
"""What bounds a time, where nothing else is said."""
_SPANS: Final = frozenset({"ge", "gt", "le", "lt"})
_FLAGS: Final = frozenset({"only", "include"})
"""What only a yes or no can mean; another input of such a name selects by the property, if at all."""
_WHEN: Final = known("date time datetime timestamp at on day ts range period utc iso ms")
"""Words that say no more than that a time is meant."""
_TIME: Final = re.compile(r"\b(date|time|timestamp|iso.?8601|created)", re.IGNORECASE)
_CHANGED: Final = re.compile(r"\b(updated|modified|changed|edited)\b", re.IGNORECASE)
_MADE: Final = re.compile(r"\bcreat|\badded|\bsubmitted", re.IGNORECASE)
_ENDS: Final = (("start", "end"), ("from", "to"), ("begin", "end"), ("starts", "ends"))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an input is about.

    Attributes:
        place: The property.
        operator: As in the plan file; `only` and `include` of flags that add records or leave some out.
        plural: Whether the name is in the plural, and the property is not.
    """

    place: Place
    operator: str = "eq"
    plural: bool = False


class Meanings:
    """Reads the names of one list's inputs."""

    def __init__(self, view: View, records: Records, inputs: Sequence[Input]) -> None:
        self._view = view
        self._records = records
        self._words = Counter(item.word for item in inputs)

    def of(self, item: Input) -> Meaning | None:
        """Return what an input means, None where that is not certain."""
        parts = item.parts
        if len(parts) > 1:
            operator = _SUFFIXES.get(word(parts[-1]) or parts[-1])
            if operator is not None:
                inner = self._spelled(parts[:-1], item)
                return None if inner is None else Meaning(inner.place, operator, inner.plural)
        return self._spelled(parts, item)

    def _spelled(self, parts: tuple[str, ...], item: Input) -> Meaning | None:
        if len(parts) > 1:
            place = self._records.path(parts)
            return Meaning(place) if place is not None else self._named("".join(parts), item)
        return self._named(parts[0], item)

    def _named(self, name: str, item: Input) -> Meaning | None:
        if self._records.exact(name) is not None:
            place = self._records.find(name, _types(self._view, item))
            return None if place is None else Meaning(place, self._end_of_span(name, place))
        split = words(name)
        if not split:
            return None
        found = self._with_operator(split, item) or self._base(split, "eq", item)
        if found is None and len(split) == 1:
            operator = _ALONE.get(split[0]) or _SUFFIXES.get(split[0]) or _PREFIXES.get(split[0])
            place = self._moment(item) if operator in _SPANS else None
            found = None if place is None or operator is None else Meaning(place, operator)
        return found

    def _with_operator(self, split: tuple[str, ...], item: Input) -> Meaning | None:
        """Return what a name means that begins or ends with an operator, the longest that there is."""
        for table, most in ((_SUFFIXES, _LONGEST), (_PREFIXES, 2)):
            for count in range(min(most, len(split) - 1), 0, -1):
                at_end = table is _SUFFIXES
                operator = table.get("".join(split[-count:] if at_end else split[:count]))
                if operator is not None and (operator not in _FLAGS or item.types == {"boolean"}):
                    found = self._base(split[:-count] if at_end else split[count:], operator, item)
                    if found is not None:
                        return found
        return None

    def _base(self, split: tuple[str, ...], operator: str, item: Input) -> Meaning | None:
        """Return what the words of a property mean, in the singular or plural."""
        name = "".join(split)
        types = _types(self._view, item)
        is_flag = item.types == {"boolean"}
        place = self._records.find(name, types)
        if place is None and is_flag:
            place = self._records.flag(name)
        if place is not None and not (operator in _FLAGS and not self._is_flag(place)):
            return Meaning(place, operator)
        if is_flag and operator in ("eq", "ne", "exists", *_FLAGS):
            place = self._records.moment(name)
            return None if place is None else Meaning(place, "exists" if operator == "eq" else operator)
        single = "".join((*split[:-1], singular(split[-1])))
        if single != name:
            place = self._records.find(single, types)
            if place is not None:
                return Meaning(place, operator, plural=True)
        else:
            place = self._records.exact(name + "s")
            if place is not None and place.schema is not None and self._view.items(place.schema) is not None:
                return Meaning(place, operator)
        if operator in _SPANS and set(split) <= _WHEN:
            place = self._moment(item)
            return None if place is None else Meaning(place, operator)
        return None

    def _is_flag(self, place: Place) -> bool:
        return place.schema is not None and self._view.types(place.schema) == {"boolean"}

    def _end_of_span(self, name: str, place: Place) -> str:
        """Return the operator of a parameter that has a property's name: two ends of a span bound it."""
        split = words(name)
        if place.schema is None or not times.is_time(self._view, name, place.schema) or len(split) < 2:
            return "eq"
        if self._words[word(name)] > 1:
            return "eq"  # bounds have names of their own here: `StartTime<`
        for low, high in _ENDS:
            if split[0] == low and high + "".join(split[1:]) in self._words:
                return "ge"
            if split[0] == high and low + "".join(split[1:]) in self._words:
                return "le"
        return "eq"

    def _moment(self, item: Input) -> Place | None:
        """Return the time that a span without a property's name bounds: of creation, or of the last change."""
        is_time = item.schema is None or times.is_time(self._view, item.name, item.schema)
        if not is_time and not _TIME.search(item.said):
            return None
        records = self._records
        is_change = _CHANGED.search(item.said) is not None and _MADE.search(item.said) is None
        return (
            (records.updated if is_change else None) or records.created or records.happened or records.updated
        )


def _types(view: View, item: Input) -> frozenset[str]:
    return frozenset({"object"}) if item.is_object and not item.types else scalar_types(view, item.schema)
