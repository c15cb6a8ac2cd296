"""Forms, `application/x-www-form-urlencoded`, by schema and Encoding Objects (OAS 3.1.1 section 4.8.15), both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_plus

from mockserver import jsontext
from mockserver.document.media_types import is_json
from mockserver.document.messages.coercion import Coercion
from mockserver.document.messages.fields import Fields, Tree, brackets_of, plant, value_of
from mockserver.document.messages.style_reader import ABSENT, StyleError, StyleReader
from mockserver.document.messages.styles import RESERVED, percent_encoder, text_of, write_fields
from mockserver.document.model import Encoding
from mockserver.errors import Json, Violation

_PLAIN: Final = Encoding()


class FormReader:
    """Reads forms of one schema.

    Properties are read in the style that their encoding names, as JSON where it names that, and else as clients write
    them: repeated names for lists, brackets (`a[b]`, `a[]`, `a[0]`) for what is nested, JSON text.
    """

    def __init__(self, coercion: Coercion, encoding: Mapping[str, Encoding]) -> None:
        self._coercion = coercion
        self._names = coercion.properties().keys()
        self._styled: list[StyleReader] = []
        self._json: set[str] = set()
        for name, declared in encoding.items():
            if declared.style is not None or declared.explode is not None:
                style = declared.style or "form"
                explode = declared.explode if declared.explode is not None else style == "form"
                inner = coercion.property(name)
                # An object whose properties are fields beside the others cannot take those of the others.
                claimed = frozenset(coercion.properties()) - {name}
                self._styled.append(StyleReader(name, "form", style, explode, inner, claimed))
            elif declared.content_types and all(is_json(item) for item in declared.content_types):
                self._json.add(name)

    def read(self, fields: Fields, violations: list[Violation] | None = None) -> dict[str, Json]:
        """Return the value of a form, and append what is wrong to `violations`; it is not yet judged."""
        result: dict[str, Json] = {}
        taken: set[str] = set()
        for reader in self._styled:
            try:
                value = reader.of_fields(fields)
            except StyleError as error:
                if violations is not None:
                    violations.append(
                        Violation(("body", reader.name), error.rule, str(error), fields.get(reader.name))
                    )
                taken.add(reader.name)
                continue
            if value is ABSENT:
                continue
            result[reader.name] = value
            taken.add(reader.name)
            if reader.explode and isinstance(value, dict) and reader.style == "form":
                taken |= set(value)
        trees: dict[str, Tree] = {}
        for key, texts in fields.items():
            # A property may have brackets in its own name.
            name, tokens = (key, []) if key in self._names else brackets_of(key)
            if name not in taken:
                plant(trees, [name, *tokens], texts)
        for name, tree in trees.items():
            inner = self._coercion.property(name)
            if name in self._json and isinstance(tree, list):
                result[name] = _of_json(tree, inner)
            elif isinstance(tree, list) and len(tree) > 1 and inner.kinds and not inner.is_array:
                message = f"is given {len(tree)} times, but it is no list"
                if violations is not None:
                    violations.append(Violation(("body", name), "duplicate", message))
            else:
                result[name] = value_of(tree, inner, unquote_plus)
        return result


def _of_json(texts: list[str], coercion: Coercion) -> Json:
    values: list[Json] = []
    for text in map(unquote_plus, texts):
        try:
            values.append(jsontext.loads(text))
        except jsontext.JsonError:
            values.append(text)  # the judge says that it is of another type
    if len(values) == 1 and not (coercion.is_array and not isinstance(values[0], list)):
        return values[0]
    return values


def write_form(value: Mapping[str, Json], encoding: Mapping[str, Encoding]) -> bytes:
    """Return the form that stands for an object; `FormReader` reads it again.

    Properties without a style are repeated names for lists, and JSON text for objects.

    Raises:
        ValueError: A style has no form for a value.
    """
    pieces: list[str] = []
    for name, member in value.items():
        declared = encoding.get(name, _PLAIN)
        encode = percent_encoder(RESERVED if declared.allow_reserved else "")
        if declared.style is not None or declared.explode is not None:
            style = declared.style or "form"
            explode = declared.explode if declared.explode is not None else style == "form"
            if not explode:
                encode = percent_encoder()
            pairs = write_fields(name, member, style, explode, encode)
        elif any(is_json(item) for item in declared.content_types) or isinstance(member, dict):
            pairs = [(encode(name), encode(jsontext.dumps(member).decode()))]
        else:
            items = member if isinstance(member, list) else [member]
            pairs = [(encode(name), encode(text_of(item))) for item in items]
        pieces += [f"{key}={text}" for key, text in pairs]
    return "&".join(pieces).encode()
