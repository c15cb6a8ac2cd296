"""Which inputs of a list are conditions on its records, and which conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.document.inference import times
from mockserver.document.inference.inputs import Input, Inputs
from mockserver.document.inference.record import Place, Records, scalar_types, values_of
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import singular, word, words
from mockserver.errors import Json

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
    "is": "eq", "exact": "eq", "iexact": "eq", "filter": "eq",
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
    "not": "ne", "without": "ne", "except": "ne", "filter": "eq", "filterby": "eq", "by": "eq", "with": "eq",
    "only": "eq",
    "search": "contains", "searchby": "contains", "has": "exists",
}  # fmt: skip
"""What stands before a property's name -> operator."""
_LONGEST: Final = 4
"""Words of an operator at the most: `greater than or equal`."""
_SPANS: Final = frozenset({"ge", "gt", "le", "lt"})
_WHEN: Final = known("date time datetime timestamp at on day ts range period utc iso ms")
"""Words that say no more than that a time is meant."""
_SEARCHES: Final = known(
    "search q query searchterm searchterms searchquery searchtext keyword keywords term terms text s searchstring "
    "querystring fulltext phrase searchfor searchkey searchkeyword filtertext searchphrase freetext"
)
_LANGUAGE: Final = re.compile(
    r"syntax|\boperators?\b|query language|lucene|\bexpressions?\b|\bSQL\b|boolean|\bCEL\b|\bAIP\b|\bregex|qualifier"
    r"|\w+:\w+[^\s/]* (?:and|or)\b|\bfields?:",
    re.IGNORECASE,
)
_ANYTHING: Final = frozenset({"all", "any", "both", "everything", "*"})
_COMMAS: Final = re.compile(r"\bcomma|\bcsv\b|separated", re.IGNORECASE)
_CHANGED: Final = re.compile(r"\b(updated|modified|changed|edited)\b", re.IGNORECASE)
_MADE: Final = re.compile(r"\bcreat|\badded|\bsubmitted", re.IGNORECASE)
_NUMBERS: Final = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class _Meaning:
    place: Place
    operator: str = "eq"
    plural: bool = False


class Filters:
    """Reads the conditions of one list."""

    def __init__(self, view: View, records: Records, given: Inputs, *, unknown: int | None) -> None:
        """Read the conditions of a list.

        Args:
            view: The schemas.
            records: What the list is of.
            given: The inputs that nothing else has taken.
            unknown: Status of the refusal of an id that is not there, None where the list just does not show it.
        """
        self._view = view
        self._records = records
        self._given = given
        self._unknown = unknown

    def entries(self) -> dict[str, Json]:
        """Return the plan's `filters`, and take the inputs that they are made of."""
        found: dict[str, Json] = {}
        left = self._given.left()
        folded = {item.word for item in left}
        for item in left:
            entry = self._entry(item, folded)
            if entry is not None:
                self._given.take(item)
                found[item.name] = entry
        return found

    def _entry(self, item: Input, folded: set[str]) -> Json:
        if item.word in _SEARCHES and self._records.exact(item.word) is None:
            return self._search(item)
        meaning = self._meaning(item, folded)
        return None if meaning is None else self._condition(item, meaning)

    def _search(self, item: Input) -> Json:
        is_text = not item.types or "string" in item.types
        if not is_text or _LANGUAGE.search(item.said):
            return None
        return self._written(item, {"operator": "search"})

    # What an input's name means.

    def _meaning(self, item: Input, folded: set[str]) -> _Meaning | None:
        parts = item.parts
        if len(parts) > 1:
            operator = _SUFFIXES.get(word(parts[-1]) or parts[-1])
            if operator is not None:
                inner = self._meaning_of(parts[:-1], item, folded)
                return None if inner is None else _Meaning(inner.place, operator, inner.plural)
        return self._meaning_of(parts, item, folded)

    def _meaning_of(self, parts: tuple[str, ...], item: Input, folded: set[str]) -> _Meaning | None:
        if len(parts) > 1:
            place = self._records.path(parts)
            return _Meaning(place) if place is not None else self._named("".join(parts), item, folded)
        return self._named(parts[0], item, folded)

    def _named(self, name: str, item: Input, folded: set[str]) -> _Meaning | None:
        records = self._records
        place = records.exact(name)
        if place is not None:
            place = records.find(name, scalar_types(self._view, item.schema))
            return None if place is None else _Meaning(place, self._end_of_span(name, place, folded))
        split = words(name)
        if not split:
            return None
        for count in range(min(_LONGEST, len(split) - 1), 0, -1):
            operator = _SUFFIXES.get("".join(split[-count:]))
            if operator is not None:
                base = self._base(split[:-count], operator, item)
                if base is not None:
                    return base
        for count in range(min(2, len(split) - 1), 0, -1):
            operator = _PREFIXES.get("".join(split[:count]))
            if operator is not None:
                base = self._base(split[count:], operator, item)
                if base is not None:
                    return base
        found = self._base(split, "eq", item)
        if found is not None:
            return found
        if len(split) == 1:
            operator = _SUFFIXES.get(split[0]) or _PREFIXES.get(split[0])
            place = self._moment(item) if operator in _SPANS else None
            return None if place is None or operator is None else _Meaning(place, operator)
        return None

    def _base(self, split: tuple[str, ...], operator: str, item: Input) -> _Meaning | None:
        """Return what the words of a property mean, in the singular or plural."""
        name = "".join(split)
        types = scalar_types(self._view, item.schema)
        place = self._records.find(name, types)
        if place is not None:
            return _Meaning(place, operator)
        single = "".join((*split[:-1], singular(split[-1])))
        if single != name:
            place = self._records.find(single, types)
            if place is not None:
                return _Meaning(place, operator, plural=True)
        else:
            place = self._records.exact(name + "s")
            if place is not None and place.schema is not None and self._view.items(place.schema) is not None:
                return _Meaning(place, operator)
        if item.types == {"boolean"} and operator in ("eq", "exists"):
            place = self._records.moment(name)
            return None if place is None else _Meaning(place, "exists")
        if operator in _SPANS and set(split) <= _WHEN:
            place = self._moment(item)
            return None if place is None else _Meaning(place, operator)
        return None

    def _end_of_span(self, name: str, place: Place, folded: set[str]) -> str:
        """Return the operator of a parameter that has a property's name: two ends of a span bound it."""
        split = words(name)
        if place.schema is None or not times.is_time(self._view, name, place.schema) or len(split) < 2:
            return "eq"
        for low, high in (
            ("start", "end"),
            ("from", "to"),
            ("begin", "end"),
            ("starts", "ends"),
            ("valid_from", "valid_to"),
        ):
            if split[0] == low and high + "".join(split[1:]) in folded:
                return "ge"
            if split[0] == high and low + "".join(split[1:]) in folded:
                return "le"
        return "eq"

    def _moment(self, item: Input) -> Place | None:
        """Return the time that a span without a property's name bounds: of creation, or of the last change."""
        if item.schema is not None and not times.is_time(self._view, item.name, item.schema):
            if not re.search(r"\b(date|time|timestamp|iso.?8601|created)", item.said, re.IGNORECASE):
                return None
        is_change = _CHANGED.search(item.said) is not None and _MADE.search(item.said) is None
        return (
            (self._records.updated if is_change else None) or self._records.created or self._records.updated
        )

    # What the plan says of it.

    def _condition(self, item: Input, meaning: _Meaning) -> Json:
        view, place, operator = self._view, meaning.place, meaning.operator
        have, want = scalar_types(view, place.schema), scalar_types(view, item.schema)
        if not self._compares(item, place, operator, have, want):
            return None
        is_list = place.schema is not None and "array" in view.types(place.schema)
        if is_list and operator in ("gt", "ge", "lt", "le", "ne", "starts", "ends"):
            return None
        more: dict[str, Json] = {"property": place.dotted}
        if operator != "eq":
            more["operator"] = operator
        if self._is_split(item, meaning):
            more["separator"] = ","
        ignored = self._ignored(item, place, operator)
        if ignored is None:
            return None
        if ignored:
            more["ignore"] = ignored
        if self._unknown is not None and place.dotted == self._records.found.id_property and operator == "eq":
            more["unknown"] = self._unknown
        return self._written(item, more)

    def _written(self, item: Input, more: dict[str, Json]) -> Json:
        if not item.is_parameter:
            more["value"] = item.value
        return more["property"] if more.keys() == {"property"} else more

    def _compares(
        self, item: Input, place: Place, operator: str, have: frozenset[str], want: frozenset[str]
    ) -> bool:
        """Return whether values of the input can be compared with those of the property."""
        if operator == "exists":
            return not want or "boolean" in want
        if "object" in have and not have - {"object"}:
            return False
        if not have or not want:
            return True
        if want == {"boolean"} or have == {"boolean"}:
            return operator in ("eq", "ne") and (have == want or "string" in want)
        if want <= _NUMBERS and not have & _NUMBERS:
            # Numbers for texts: seconds for a time that is written out, and the like.
            return place.dotted == self._records.found.id_property
        return True

    def _is_split(self, item: Input, meaning: _Meaning) -> bool:
        """Return whether one text holds several values."""
        if (item.schema is not None and "array" in item.types) or meaning.operator not in (
            "eq",
            "ne",
            "contains",
        ):
            return False
        if item.types and "string" not in item.types:
            return False
        if _COMMAS.search(item.said):
            return True
        last = words(item.parts[-1])[-1:] if item.parts else ()
        return not values_of(self._view, item.schema) and (
            meaning.plural
            or last in (("any",), ("in",))
            or word(item.parts[-1]) in ("in", "nin", "anyof", "oneof")
        )

    def _ignored(self, item: Input, place: Place, operator: str) -> list[Json] | None:
        """Return the values that mean no condition; None where the two have no value in common."""
        asked, known = values_of(self._view, item.schema), values_of(self._view, place.schema)
        if operator not in ("eq", "ne", "contains") or not asked:
            return []
        if not known:
            return [value for value in asked if isinstance(value, str) and value.lower() in _ANYTHING]
        strange = [value for value in asked if value not in known]
        return None if len(strange) == len(asked) else strange
