"""`x-faker`: values that the document's author asked for by the names of Faker or of faker.js.

Forms of a hint: `first_name`; `person.firstName`; `{pyint: {min_value: 1}}`; `{commerce.price: [1, 20]}`;
`[pyint, 1, 9]`; and texts with names in them: `"{{person.firstName}} of {{location.city}}"`. What is made is used
where it validates.
"""

from __future__ import annotations

import base64
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.model import Fault, Severity
from mockserver.document.structure import SCHEMA_FIELDS, SCHEMA_LISTS, SCHEMA_MAPS, map_schemas
from mockserver.errors import Json
from mockserver.mocking import faker_formats, faker_rules
from mockserver.mocking.faker_names import NAMES, WITH_ARGUMENTS
from mockserver.mocking.generator.fake import Fake, open_door
from mockserver.mocking.generator.values import ABSENT

KEYWORD: Final = "x-faker"
_MOST: Final = 10_000
"""The largest number of letters, words or elements that a hint may ask for."""
_TEMPLATE: Final = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_MOMENTS: Final[Mapping[str, str]] = {
    "date": "~date", "date_between": "~date", "date_between_dates": "~date", "date_object": "~date",
    "date_this_century": "~date", "date_this_decade": "~date", "date_this_month": "~date",
    "date_this_year": "~date", "past_date": "~date", "future_date": "=future_date", "date_of_birth": "=date_of_birth",
    "passport_dob": "=date_of_birth", "date_time": "~date-time", "date_time_ad": "~date-time",
    "date_time_between": "~date-time", "date_time_between_dates": "~date-time", "date_time_this_century": "~date-time",
    "date_time_this_decade": "~date-time", "date_time_this_month": "~date-time", "date_time_this_year": "~date-time",
    "past_datetime": "~date-time", "future_datetime": "=future", "iso8601": "~date-time", "unix_time": "~unix-time",
    "time": "~time", "time_object": "~time",
}  # fmt: skip
"""Methods of Faker that ask the day's clock -> rules of ours, whose times are the same every day."""


class Hint(NamedTuple):
    """A hint taken apart: a name, and what it is called with."""

    name: str
    args: tuple[Any, ...]
    options: dict[str, Any]


def parse(hint: Json) -> Hint | None:
    """Return a hint's parts, or None where it has no form of a hint."""
    if isinstance(hint, str):
        return Hint(hint.strip(), (), {})
    if isinstance(hint, dict) and len(hint) == 1:
        name, given = next(iter(hint.items()))
        return _with(name, [given])
    if isinstance(hint, list) and hint and isinstance(hint[0], str):
        return _with(hint[0], hint[1:])
    return None


def _with(name: str, given: list[Any]) -> Hint:
    if len(given) == 1 and isinstance(given[0], dict):
        is_script = name in NAMES or name in WITH_ARGUMENTS
        return Hint(name, (given[0],), {}) if is_script else Hint(name, (), given[0])
    if len(given) == 1 and isinstance(given[0], list):
        return Hint(name, tuple(given[0]), {})
    return Hint(name, tuple(arg for arg in given if arg is not None), {})


def make(hint: Json, fake: Fake, schema: Mapping[str, Any], atoms: frozenset[str]) -> Json:
    """Return what a hint asks for, as a JSON value of one of the types, or ABSENT where that cannot be."""
    if isinstance(hint, str) and "{{" in hint:
        made: Json = _TEMPLATE.sub(lambda found: str(_made(Hint(found[1], (), {}), fake, schema)), hint)
        return made if "string" in atoms and str(ABSENT) not in made else ABSENT
    parts = parse(hint)
    return ABSENT if parts is None else coerced(_made(parts, fake, schema), atoms)


def _made(hint: Hint, fake: Fake, schema: Mapping[str, Any]) -> Any:
    if hint.name in WITH_ARGUMENTS:
        # A hint is written by hand: what its arguments cannot do, it does not do.
        try:
            return WITH_ARGUMENTS[hint.name](fake, hint.args)
        except (TypeError, ValueError, KeyError, IndexError, OverflowError):
            return ABSENT
    target = NAMES.get(hint.name) or _MOMENTS.get(hint.name) or hint.name
    rules = {"=": faker_rules.STRINGS, "#": faker_rules.NUMBERS, "~": faker_formats.FORMATS}.get(target[:1])
    if rules is not None:
        return rules[target[1:]](fake, schema)
    if target not in methods() or _is_too_much(hint):
        return ABSENT
    args, options = ((), {}) if hint.name in NAMES else (hint.args, hint.options)
    try:
        return getattr(fake, target)(*args, **options)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
        return ABSENT


def _is_too_much(hint: Hint) -> bool:
    given = (*hint.args, *hint.options.values())
    return hint.name not in ("pyint", "pyfloat", "pydecimal", "random_int") and any(
        isinstance(arg, int | float) and arg > _MOST for arg in given
    )


def coerced(value: Any, atoms: frozenset[str]) -> Json:
    """Return a value of Python as a JSON value of one of the types, or ABSENT where there is no way."""
    value = _as_json(value)
    if isinstance(value, bool) or value is None:
        if ("null" if value is None else "boolean") in atoms:
            return value
        return str(value).lower() if "string" in atoms and value is not None else ABSENT
    if isinstance(value, int | float):
        if "fraction" in atoms or ("integer" in atoms and value == int(value)):
            return value if "fraction" in atoms else int(value)
        if "integer" in atoms:
            return round(value)
        return str(value) if "string" in atoms else ABSENT
    if isinstance(value, str):
        return value if "string" in atoms else _parsed(value, atoms)
    kind = "array" if isinstance(value, list) else "object"
    return value if kind in atoms and isinstance(value, list | dict) else ABSENT


def _parsed(text: str, atoms: frozenset[str]) -> Json:
    """Return the number or the truth that a text stands for."""
    if "boolean" in atoms and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"-?\d{1,15}", text) and "integer" in atoms:
        return int(text)
    if re.fullmatch(r"-?\d{1,15}\.\d{1,15}", text) and atoms & {"fraction", "integer"}:
        number = float(text)
        return number if "fraction" in atoms else round(number)
    return ABSENT


def _as_json(value: Any) -> Json:
    if isinstance(value, datetime):
        return faker_formats.instant(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"PT{int(value.total_seconds())}S"
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, tuple | list | set | frozenset):
        items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return [_as_json(item) for item in items]
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str) else ABSENT


@lru_cache(maxsize=1)
def methods() -> frozenset[str]:
    """Return the methods of Faker that a hint may name."""
    return open_door("en_US").methods()


def is_known(name: str) -> bool:
    """Say whether a hint's name is one of Faker or of faker.js."""
    return name in NAMES or name in WITH_ARGUMENTS or name in _MOMENTS or name in methods()


def suggestions(name: str) -> list[str]:
    """Return known names that are near."""
    known = sorted({*NAMES, *WITH_ARGUMENTS, *_MOMENTS, *methods()})
    lowered = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)
    if not near:
        last = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rpartition(".")[2]).lower()
        near = difflib.get_close_matches(last, lowered, n=3, cutoff=0.6)
    return [lowered[each] for each in near]


def faults(root: Json) -> tuple[Fault, ...]:
    """Return a warning for each `x-faker` of a document that says nothing to us."""
    found = []
    for pointer, name, near in unknown_hints(root):
        advice = f"; did you mean {' or '.join(near)}?" if near else ""
        message = f"neither Faker nor faker.js knows {name!r}{advice}"
        found.append(Fault(pointer, KEYWORD, message, "the hint is ignored", severity=Severity.WARNING))
    return tuple(found)


def unknown_hints(root: Json) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield each `x-faker` of a document that says nothing to us: its pointer, what it says, known names near to it."""
    if f'"{KEYWORD}"'.encode() not in jsontext.dumps(root):
        return
    found: list[tuple[str, Json]] = []

    def look(schema: Json, pointer: str) -> Json:
        if isinstance(schema, dict):
            if KEYWORD in schema:
                found.append((ptr.join(pointer, KEYWORD), schema[KEYWORD]))
            for key, value in schema.items():
                if key in SCHEMA_MAPS and isinstance(value, dict):
                    for name, part in value.items():
                        look(part, ptr.join(pointer, key, name))
                elif isinstance(value, list) and (key in SCHEMA_LISTS or key == "items"):
                    for index, part in enumerate(value):
                        look(part, ptr.join(pointer, key, index))
                elif key in SCHEMA_FIELDS:
                    look(value, ptr.join(pointer, key))
        return schema

    map_schemas(root, look)
    for pointer, hint in found:
        parts = parse(hint)
        names = _TEMPLATE.findall(hint) if isinstance(hint, str) and "{{" in hint else None
        if parts is None:
            yield pointer, str(hint)[:80], ()
        for name in [parts.name] if names is None and parts is not None else names or ():
            if not is_known(name):
                yield pointer, name, suggestions(name)
