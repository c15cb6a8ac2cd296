"""Which inputs of a list choose its order."""

from __future__ import annotations

import re
from typing import Any, Final

from mockserver.document.inference.inputs import Input, Inputs
from mockserver.document.inference.record import Records
from mockserver.document.inference.spellings import ranked
from mockserver.document.inference.view import View
from mockserver.document.naming import word
from mockserver.errors import Json

_BY: Final = ranked(
    "sortby orderby sortfield orderfield sortcolumn sortkey sortcolumnid sortproperty sortbyfield sortfieldname sort "
    "ordering order sorting sortname orderkey sortattribute orderbyfield sortcriteria"
)
_DIRECTIONS: Final = ranked(
    "sortorder sortdirection orderdirection sortdir direction orderdir dir orderbydirection sortorderby "
    "sortbydirection sortbyorder ordering order sort sortascending ascending asc sorttype orderbyorder sortmode"
)
_BACKWARDS: Final = ranked("descending desc sortdescending sortdesc reverse reversed orderdesc isdescending")
_UP: Final = frozenset(
    {"asc", "ascending", "1", "up", "a", "oldest", "oldestfirst", "forward", "chronological"}
)
_DOWN: Final = frozenset({"desc", "descending", "-1", "down", "d", "newest", "newestfirst", "backward"})
_NEWEST: Final = re.compile(
    r"(most recent(?:ly)?|newest|latest|last created)[\w ,-]*\bfirst\b|reverse chronological|"
    r"(creat|date|time)[\w ,()-]*\bdescending\b|descending[\w ,()-]*(creat|date|time)",
    re.IGNORECASE,
)


def sorting(view: View, records: Records, given: Inputs, said: str) -> dict[str, Json]:
    """Return the plan's `sort`, and take the inputs that it is made of.

    Args:
        view: The schemas.
        records: What the list is of.
        given: The inputs.
        said: What the document says of the list.
    """
    named = (item for name in _DIRECTIONS if (item := given.named((name,))) is not None)
    direction = given.take(next((item for item in named if _is_direction(view, item)), None))
    backwards = given.named(_BACKWARDS, frozenset({"boolean"})) if direction is None else None
    by = given.named(_BY)
    result = (
        _by(view, records, by, is_whole=direction is None and backwards is None) if by is not None else {}
    )
    if result:
        given.take(by)
    if "pairs" not in result and "text" not in result:
        if direction is not None:
            result["order"] = direction.value
        elif backwards is not None:
            given.take(backwards)
            result["order"] = {"if": backwards.value, "then": "desc", "else": "asc"}
    default = _default(view, records, by, direction, said)
    if default:
        result["default"] = default
    return result


def _is_direction(view: View, item: Input) -> bool:
    if item.types == {"boolean"}:
        return item.word in ("ascending", "asc", "sortascending")
    values = {str(value).lower() for value in _values(view, item)}
    if values:
        return values <= _UP | _DOWN
    if item.word in ("order", "sort", "ordering"):
        return (
            _text(item.default).lower() in ("asc", "desc")
            or {str(v).lower() for v in item.examples} & {"asc", "desc"} != set()
        )
    return not item.types or "string" in item.types or "integer" in item.types


def _values(view: View, item: Input) -> list[Any]:
    if item.schema is None:
        return []
    items = view.items(item.schema)
    return view.values(item.schema) or (view.values(items) if items is not None else [])


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _by(view: View, records: Records, by: Input, *, is_whole: bool) -> dict[str, Json]:
    """Return how an input names the order; `is_whole` says that no other tells the direction."""
    values = [value for value in _values(view, by) if isinstance(value, str)]
    is_list = by.schema is not None and view.items(by.schema) is not None
    if is_list and _is_pairs(values, by):
        return {"pairs": by.value}
    if (by.types and not by.types & {"string", "array"}) or (
        values and not any(map(records.ordered, values))
    ):
        return {}
    names: dict[str, Json] = {}
    shown = [
        item for example in by.examples for item in (example if isinstance(example, list) else [example])
    ]
    for value in (*values, *(item for item in shown if isinstance(item, str)), _text(by.default)):
        ordered = records.ordered(value)
        if ordered is not None and ordered[0] != ordered[1].dotted:
            names[ordered[0]] = ordered[1].dotted
    return {"text" if is_list or is_whole else "by": by.value, **({"names": names} if names else {})}


def _is_pairs(values: list[str], by: Input) -> bool:
    """Return whether a list holds fields and directions by turns."""
    folded = {value.lower() for value in values}
    if {"asc", "desc"} <= folded and len(folded) > 2:
        return True
    shown = next((example for example in by.examples if isinstance(example, list)), [])
    return (
        len(shown) > 1 and len(shown) % 2 == 0 and all(str(way).lower() in _UP | _DOWN for way in shown[1::2])
    )


def _default(view: View, records: Records, by: Input | None, direction: Input | None, said: str) -> str:
    """Return the order of a list when the request says nothing; "" for the order of creation."""
    way = _way(_text(direction.default)) if direction is not None else None
    if direction is not None and isinstance(direction.default, bool):
        way = not direction.default
    if by is not None:
        ordered = records.ordered(_text(by.default))
        if ordered is not None:
            _, place, is_descending = ordered
            return f"-{place.dotted}" if is_descending or way else place.dotted
    made = records.created
    if made is None:
        return ""
    text = " ".join([said, *(item.said for item in (by, direction) if item is not None)])
    if way is None and _NEWEST.search(text):
        way = True
    if way is not None or (direction is not None and by is None):
        return f"-{made.dotted}" if way else made.dotted
    return ""


def _way(text: str) -> bool | None:
    folded = word(text) if text != "-1" else text
    return True if folded in _DOWN else False if folded in _UP else None
