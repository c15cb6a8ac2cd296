"""Which inputs of a list are conditions on its records, and which conditions."""

from __future__ import annotations

import re
from typing import Final

from mockserver.document.inference.inputs import Input, Inputs
from mockserver.document.inference.meanings import Meaning, Meanings
from mockserver.document.inference.record import Place, Records, scalar_types, values_of
from mockserver.document.inference.spellings import known
from mockserver.document.inference.view import View
from mockserver.document.naming import word, words
from mockserver.errors import Json

_SEARCHES: Final = known(
    "search q query searchterm searchterms searchquery searchtext keyword keywords term terms text s searchstring "
    "querystring fulltext phrase searchfor searchkey searchkeyword filtertext searchphrase freetext filterterm"
)
_LANGUAGE: Final = re.compile(
    r"syntax|\boperators?\b|query language|lucene|\bexpressions?\b|\bSQL\b|boolean|\bCEL\b|\bAIP\b|\bregex|qualifier"
    r"|\w+:\w+[^\s/]* (?:and|or)\b|\bfields?:",
    re.IGNORECASE,
)
_ANYTHING: Final = frozenset({"all", "any", "both", "everything", "*"})
_COMMAS: Final = re.compile(r"\bcomma|\bcsv\b|separated", re.IGNORECASE)
_PREFIX: Final = re.compile(r"\b(?:start|begin)(?:s|ning|ing)? with|\bprefix", re.IGNORECASE)
_PART: Final = re.compile(
    r"\bcontain|\bsubstring|\bpartial|\bfuzzy|match(?:es|ing)? (?:any )?part", re.IGNORECASE
)
_EMPTY: Final = re.compile(
    r"\bempty (?:text|string|value)\b.*\b(?:no|none|null|without|not)\b", re.IGNORECASE
)
_ONLY: Final = re.compile(r"\bonly\b", re.IGNORECASE)
_NUMBERS: Final = frozenset({"integer", "number"})
_TEXT: Final = frozenset({"string"})


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
        meanings = Meanings(self._view, self._records, left)
        for item in left:
            entry = self._entry(item, meanings)
            if entry is not None:
                self._given.take(item)
                found[item.name] = entry
        return found

    def _entry(self, item: Input, meanings: Meanings) -> Json:
        if item.word in _SEARCHES and self._records.exact(item.word) is None:
            return self._search(item)
        meaning = meanings.of(item)
        if meaning is None or (item.default is not None and "." in meaning.place.dotted):
            return (
                None  # a default would hide all records that know nothing of what only an object in them has
            )
        return self._condition(item, meaning)

    def _search(self, item: Input) -> Json:
        is_text = not item.types or "string" in item.types
        if not is_text or _LANGUAGE.search(item.said):
            return None
        return self._written(item, {"operator": "search"})

    def _condition(self, item: Input, meaning: Meaning) -> Json:
        view, place = self._view, meaning.place
        operator, value = self._flagged(item, meaning)
        operator = self._said(item, operator, place)
        if not self._compares(item, place, operator):
            return None
        is_list = place.schema is not None and "array" in view.types(place.schema)
        if is_list and operator not in ("eq", "contains", "exists"):
            return None
        ignored = self._ignored(item, place, operator)
        if ignored is None:
            return None
        more: dict[str, Json] = {"property": place.dotted}
        if operator != "eq":
            more["operator"] = operator
        if self._is_split(item, meaning, operator):
            more["separator"] = ","
        if _EMPTY.search(item.said):
            more["empty"] = None
        if ignored:
            more["ignore"] = ignored
        if self._unknown is not None and place.dotted == self._records.found.id_property and operator == "eq":
            more["unknown"] = self._unknown
        if value is not None:
            more["value"] = value
        return self._written(item, more)

    def _flagged(self, item: Input, meaning: Meaning) -> tuple[str, Json]:
        """Return the operator and value of a yes or no, one side of which often means no condition at all."""
        operator, schema = meaning.operator, meaning.place.schema
        if item.types != {"boolean"}:
            return operator, None
        is_flag = schema is not None and self._view.types(schema) == {"boolean"}
        compares = "eq" if is_flag else "exists"
        if operator == "include":
            return compares, {"if": item.value, "then": None, "else": False}
        if operator == "ne":
            return (
                ("ne", {"if": item.value, "then": True})
                if is_flag
                else ("exists", {"if": item.value, "then": False})
            )
        default = self._view.schema(item.schema or "").get("default")
        if operator == "only" or (default is False and _ONLY.search(item.said)):
            return compares, {"if": item.value, "then": True}
        return operator, None

    def _said(self, item: Input, operator: str, place: Place) -> str:
        """Return the operator of a text, as its description tells."""
        is_text = "string" in item.types and not values_of(self._view, item.schema)
        if operator != "eq" or not is_text or place.dotted == self._records.found.id_property:
            return operator
        return "starts" if _PREFIX.search(item.said) else "contains" if _PART.search(item.said) else operator

    def _written(self, item: Input, more: dict[str, Json]) -> Json:
        if not item.is_parameter:
            more.setdefault("value", item.value)
        return more["property"] if more.keys() == {"property"} else more

    def _compares(self, item: Input, place: Place, operator: str) -> bool:
        """Return whether values of the input can be compared with those of the property."""
        view = self._view
        have, want = scalar_types(view, place.schema), scalar_types(view, item.schema)
        if operator == "exists":
            return not want or "boolean" in want
        if have and have <= {"object"}:
            # A list of objects is searched for a text.
            is_list = place.schema is not None and view.items(place.schema) is not None
            if not is_list:
                return item.is_object and not item.types
            return operator == "eq" and "string" in want
        if not have or not want:
            return True
        if want == {"boolean"} or have == {"boolean"}:
            return operator in ("eq", "ne") and (have == want or "string" in want)
        if want <= _NUMBERS and not have & _NUMBERS:
            # Numbers for texts: seconds for a time that is written out, and the like.
            return place.dotted == self._records.found.id_property
        return True

    def _is_split(self, item: Input, meaning: Meaning, operator: str) -> bool:
        """Return whether one text holds several values."""
        if operator not in ("eq", "ne", "contains") or "string" not in (
            scalar_types(self._view, item.schema) or _TEXT
        ):
            return False
        if _COMMAS.search(item.said):
            return True
        last = words(item.parts[-1])[-1:]
        is_many = (
            meaning.plural or last in (("any",), ("in",)) or word(item.parts[-1]) in ("nin", "anyof", "oneof")
        )
        return is_many and "array" not in item.types and not values_of(self._view, item.schema)

    def _ignored(self, item: Input, place: Place, operator: str) -> list[Json] | None:
        """Return the values that mean no condition; None where the two have no value in common."""
        if operator not in ("eq", "ne", "contains"):
            return []
        asked = values_of(self._view, item.schema)
        there = self._records.values(place)
        if not asked or not there:
            return [value for value in asked if isinstance(value, str) and value.lower() in _ANYTHING]
        strange = [value for value in asked if value not in there]
        return None if len(strange) == len(asked) else strange
