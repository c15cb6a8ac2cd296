"""How ids look, and so how new ones are made: from format, pattern, type and examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from mockserver.document.inference.view import View
from mockserver.document.model import Parameter
from mockserver.errors import Json

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_PIECE: Final = re.compile(
    r"\\(?P<escape>.)|\[(?P<class>(?:\\.|[^\]\\])+)\]|(?P<literal>[^\\\[\](){}|?*+.^$])"
)
_COUNT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}|[*+?]")
_PREFIXED: Final = re.compile(r"(?P<prefix>(?:[A-Za-z][A-Za-z0-9]*[_-])+)(?P<tail>[A-Za-z0-9]{6,})")
_PREFIX: Final = re.compile(r"[A-Za-z]{1,8}[_-]")
_OPEN: Final = 16
"""Characters of a part whose length is not said."""


def template_of(
    view: View, pointer: str | None, parameter: Parameter | None, noun: str, shown: Sequence[Json] = ()
) -> str:
    """Return how ids are made, as the plan file writes it.

    Args:
        view: The schemas.
        pointer: The id's own schema, None where the record does not declare it.
        parameter: The path parameter that names it.
        noun: What the records are.
        shown: Ids in the examples of records.
    """
    schemas = [view.schema(place) for place in (pointer, parameter.schema if parameter else None) if place]
    types = view.types(pointer) if pointer else frozenset()
    if not types and parameter and parameter.schema:
        types = view.types(parameter.schema)
    if types and types <= {"integer", "number"}:
        return "integer"
    examples = [*_examples(schemas), *(parameter.examples.values() if parameter else ()), *shown]
    made = _made(schemas, examples)
    return made if made and all(_admits(schema, made) for schema in schemas) else _plain(schemas)


def _made(schemas: list[dict[str, Any]], examples: list[Json]) -> str | None:
    for schema in schemas:
        if schema.get("format") in ("uuid", "guid"):
            return "uuid4"
    for schema in schemas:
        pattern = schema.get("pattern")
        made = _of_pattern(pattern, schema) if isinstance(pattern, str) else None
        if made is not None:
            return made
    texts = list(dict.fromkeys(example for example in examples if isinstance(example, str)))
    for text in texts:
        made = _of_example(text)
        if made is not None:
            return made
    prefixes = {match[0] if (match := _PREFIX.match(text)) else "" for text in texts}
    return (
        f"{prefixes.pop()}{{hex:12}}"
        if len(texts) > 1 and len(prefixes) == 1 and "" not in prefixes
        else None
    )


def _plain(schemas: list[dict[str, Any]]) -> str:
    """Return how ids are made that nothing is known of but their length."""
    lengths = [schema["maxLength"] for schema in schemas if isinstance(schema.get("maxLength"), int)]
    shortest = min(lengths, default=36)
    return "uuid4" if shortest >= 36 else f"{{hex:{max(shortest, 1)}}}"


def _examples(schemas: Iterable[dict[str, Any]]) -> list[Json]:
    found: list[Json] = []
    for schema in schemas:
        if "example" in schema:
            found.append(schema["example"])
        more = schema.get("examples")
        found += more if isinstance(more, list) else []
    return found


def _of_example(text: str) -> str | None:
    """Return the template of what an example looks like, None for one that looks like a name."""
    if _UUID.fullmatch(text):
        return "uuid4"
    if text.isdigit():
        return f"{{digits:{len(text)}}}"
    match = _PREFIXED.fullmatch(text)
    if match is not None and _is_random(match["tail"]):
        return f"{match['prefix']}{_part(match['tail'])}"
    match = re.fullmatch(r"([A-Z]{2})([0-9a-f]{32})", text)
    if match is not None:
        return f"{match[1]}{{hex:32}}"
    if len(text) >= 16 and text.isalnum() and _is_random(text):
        return _part(text)
    return None


def _is_random(text: str) -> bool:
    """Return whether a text looks drawn, and not chosen: it has digits among letters, or capitals inside."""
    has_digits = any(char.isdigit() for char in text)
    return (
        (has_digits and len(text) >= 8)
        or text.isdigit()
        or bool(re.search(r"[a-z][A-Z].*[a-z][A-Z]|[A-Z]{2}[a-z]", text))
    )


def _part(text: str) -> str:
    if text.isdigit():
        return f"{{digits:{len(text)}}}"
    if re.fullmatch(r"[0-9a-f]+", text):
        return f"{{hex:{len(text)}}}"
    return f"{{base62:{len(text)}}}"


def _of_pattern(pattern: str, schema: dict[str, Any]) -> str | None:
    """Return the template of what a pattern asks for, None for one that no template can keep.

    Read are texts, escapes and classes in a row, each with a count; no groups, no alternatives.
    """
    text = pattern.removeprefix("^").removesuffix("$")
    pieces: list[tuple[str, int, int | None]] = []
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:
            return None
        position = match.end()
        low: int = 1
        high: int | None = 1
        count = _COUNT.match(text, position)
        if count is not None:
            position = count.end()
            low, high = _counted(count)
        kind = (
            match["literal"] or _of_class(match["class"])
            if match["escape"] is None
            else _of_escape(match["escape"])
        )
        if kind is None or (len(kind) == 1 and (low, high) != (1, 1)):
            return None
        pieces.append((kind, low, high))
    return _template(pieces, schema)


def _counted(count: re.Match[str]) -> tuple[int, int | None]:
    if count[0] == "?":
        return 0, 1
    if count[0] in "*+":
        return int(count[0] == "+"), None
    low = int(count[1])
    return low, low if count[2] is None else int(count[2]) if count[2] else None


def _of_escape(char: str) -> str | None:
    if char in "dw":
        return {"d": "digits", "w": "base62"}[char]
    return None if char.isalnum() else char


def _of_class(text: str) -> str | None:
    """Return the alphabet of a template that a class lets through: the largest of them."""
    try:
        test = re.compile(f"[{text}]")
    except re.error:
        return None
    for kind, alphabet in (
        ("base62", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("hex", "0123456789abcdef"),
        ("digits", "0123456789"),
    ):
        if all(test.fullmatch(char) for char in alphabet):
            return kind
    return None


def _template(pieces: list[tuple[str, int, int | None]], schema: dict[str, Any]) -> str | None:
    """Return pieces as a template, those of open length as long as the schema's bounds let them be."""
    fixed = sum(low for _, low, high in pieces if low == high)
    least, most = schema.get("minLength"), schema.get("maxLength")
    room = (most if isinstance(most, int) else 10**6) - fixed
    made = ""
    for kind, low, high in pieces:
        if len(kind) == 1:
            made += kind
            continue
        size = low
        if low != high:
            size = max(low, min(_OPEN, room, high if high is not None else _OPEN))
            if isinstance(least, int):
                size = max(size, min(least - fixed, high if high is not None else least))
        if size:
            made += f"{{{kind}:{size}}}"
    return made if "{" in made else None


def _admits(schema: dict[str, Any], made: str) -> bool:
    """Return whether an id of this template keeps a schema's lengths and pattern."""
    sample = (
        "0" * 8 + "-0000-4000-8000-" + "0" * 12
        if made == "uuid4"
        else re.sub(r"\{(?:hex|base62|digits):(\d+)\}", lambda match: "0" * int(match[1]), made)
    )
    least, most, pattern = schema.get("minLength"), schema.get("maxLength"), schema.get("pattern")
    if isinstance(least, int) and len(sample) < least:
        return False
    if isinstance(most, int) and len(sample) > most:
        return False
    if isinstance(pattern, str):
        try:
            return re.search(pattern, sample) is not None
        except re.error:
            return True
    return True
