"""Reads texts of HTTP by style into typed values: parameters of every place, and properties of forms.

The other direction, and what goes beyond the tables of the standard, stands in `styles`. Readers are as liberal as
they can be without ambiguity: brackets for lists, and encoded commas where the schema takes no other reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from mockserver.document.messages.coercion import Coercion
from mockserver.document.messages.fields import (
    Decode,
    Fields,
    brackets_of,
    gather,
    of_texts,
    pick,
    value_of,
)
from mockserver.errors import Json

ABSENT: Final = object()
"""No value was sent."""
_SPLITTERS: Final = {
    "spaceDelimited": re.compile(r"%20|\+| "),
    "pipeDelimited": re.compile(r"%7[cC]|\|"),
    "tabDelimited": re.compile(r"%09|\t"),
}
"""Style -> what stands between items; in the others it is a comma."""
_PATH_SPLITTERS: Final = {
    "spaceDelimited": re.compile(r"%20| "),
    "pipeDelimited": _SPLITTERS["pipeDelimited"],
    "tabDelimited": _SPLITTERS["tabDelimited"],
}
_HEADER_SPLITTERS: Final = {
    "spaceDelimited": re.compile(" +"),
    "pipeDelimited": re.compile(r"\|"),
    "tabDelimited": re.compile(r"\t"),
}
"""The same where OpenAPI 2.0 has these styles, too (section 5.2.9 there)."""
_ENCODED_COMMA: Final = re.compile(r"%2[cC]|,")


class StyleError(ValueError):
    """A text that is not in the style of its parameter.

    Attributes:
        rule: `style`, or `duplicate` for a single value that was sent more than once.
    """

    def __init__(self, message: str, rule: str = "style") -> None:
        super().__init__(message)
        self.rule = rule


def _as_it_is(text: str) -> str:
    return text


class StyleReader:
    """Reads the values of one parameter, or of one property of a form.

    Args:
        name: Its name.
        place: `path`, `query`, `header`, `cookie`, or `form` for a property of a form.
        style, explode: As declared, defaults filled in.
        coercion: Of its schema.
        claimed: Names of fields that belong to others; an object that is open takes the rest.
    """

    def __init__(
        self,
        name: str,
        place: str,
        style: str,
        explode: bool,
        coercion: Coercion,
        claimed: frozenset[str] = frozenset(),
    ) -> None:
        self.name = name
        self.style = style
        self.explode = explode
        self.coercion = coercion
        self._claimed = claimed
        self._strips = place == "header"
        self._decode: Decode = _as_it_is
        if place == "path" or (place == "cookie" and style != "cookie"):
            self._decode = unquote
        elif place in ("query", "form"):
            self._decode = unquote_plus
        splitters = {"path": _PATH_SPLITTERS, "header": _HEADER_SPLITTERS}.get(place, _SPLITTERS)
        self._splitter = splitters.get(style)
        self._is_plain = not coercion.is_array and not coercion.is_object
        names = coercion.properties()
        self._takes_rest = coercion.is_open or not names

    # One text: simple, label and matrix.

    def of_text(self, text: str) -> Json:
        """Return the value of a text in the styles simple, label and matrix.

        Raises:
            StyleError: It is not in this style.
        """
        style, coercion = self.style, self.coercion
        if style == "label":
            if not text.startswith("."):
                raise StyleError("should begin with '.' (style label)")
            text = text[1:]
        elif style == "matrix":
            if not text.startswith(";"):
                raise StyleError(f"should begin with ';{self.name}' (style matrix)")
            text = text[1:]
        if self._is_plain:
            return coercion.scalar(self._decode(self._behind_name(text) if style == "matrix" else text))
        readings: list[Callable[[str], Json]] = []
        if coercion.is_array:
            readings.append(self._list_of_text)
        if coercion.is_object:
            readings.append(self._object_of_text)
        if len(coercion.kinds) > len(readings):
            readings.append(self._scalar_of_text)
        return self._first(readings, text)

    def _first(self, readings: list[Callable[[Any], Json]], sent: Any) -> Json:
        """Return the first reading that the schema takes, else the first that there is."""
        if len(readings) == 1:
            return readings[0](sent)
        found: list[Json] = []
        failed: StyleError | None = None
        for reading in readings:
            try:
                found.append(reading(sent))
            except StyleError as error:
                failed = failed or error
        if not found:
            assert failed is not None
            raise failed
        return pick(self.coercion, found)

    def _behind_name(self, text: str) -> str:
        name, _, value = text.partition("=")
        if unquote(name) != self.name:
            raise StyleError(f"should begin with ';{self.name}' (style matrix)")
        return value

    def _pieces(self, text: str) -> list[str]:
        if not text:
            return []
        separator = {"label": ".", "matrix": ";"}.get(self.style, ",") if self.explode else ","
        pieces = self._splitter.split(text) if self._splitter else text.split(separator)
        return [piece.strip() for piece in pieces] if self._strips else pieces

    def _scalar_of_text(self, text: str) -> Json:
        return self.coercion.scalar(self._decode(self._behind_name(text) if self.style == "matrix" else text))

    def _list_of_text(self, text: str) -> Json:
        if self.style == "matrix" and not self.explode:
            text = self._behind_name(text)
        pieces = self._pieces(text)
        if self.style == "matrix" and self.explode:
            pieces = [self._behind_name(piece) for piece in pieces]
        return self.coercion.array(self._decode(piece) for piece in pieces)

    def _object_of_text(self, text: str) -> Json:
        if self.style == "matrix" and not self.explode:
            text = self._behind_name(text)
        return self._object(self._pieces(text), paired=self.explode)

    def _object(self, pieces: list[str], *, paired: bool) -> dict[str, Json]:
        pairs: Iterable[tuple[str, str]]
        if paired:
            if wrong := next((piece for piece in pieces if "=" not in piece), None):
                raise StyleError(
                    f"has {wrong!r} where a name, '=' and a value should stand (style {self.style})"
                )
            pairs = [(name, value) for name, _, value in (piece.partition("=") for piece in pieces)]
        else:
            if len(pieces) % 2:
                raise StyleError(f"has a name without a value: {pieces[-1]!r} (style {self.style})")
            pairs = zip(pieces[::2], pieces[1::2], strict=True)
        decoded = [(self._decode(name), self._decode(value)) for name, value in pairs]
        return {name: self.coercion.property(name).scalar(value) for name, value in decoded}

    # Fields: form, the delimited styles, deepObject, cookie.

    def of_fields(self, fields: Fields) -> Any:
        """Return the value of fields in the other styles; `ABSENT` where none of them is meant.

        Raises:
            StyleError: They are not in this style.
        """
        if self._is_plain and self.coercion.kinds:
            texts = fields.get(self.name)
            if texts is None:
                return ABSENT
            if len(texts) > 1:
                raise self._duplicate(texts)
            return self.coercion.scalar(self._decode(texts[0]))
        if self.style == "deepObject":
            found = self._in_brackets(fields)
            return found if found is not ABSENT else self._of_name(fields)
        if self.coercion.is_object and self.explode and not self.coercion.is_array:
            found = self._exploded(fields)
            if found is ABSENT:
                found = self._in_brackets(fields)
            return found if found is not ABSENT or not self.coercion.is_mixed else self._of_name(fields)
        return self._of_name(fields)

    def _duplicate(self, texts: list[str]) -> StyleError:
        return StyleError(f"is given {len(texts)} times, but it is no list", "duplicate")

    def _in_brackets(self, fields: Fields) -> Any:
        tree = gather(self.name, fields)
        return ABSENT if tree is None else value_of(tree, self.coercion, self._decode)

    def _exploded(self, fields: Fields) -> Any:
        """Return an object whose properties are fields of their own."""
        coercion = self.coercion
        sent = fields.get(self.name)
        if sent is not None and len(sent) == 1 and (text := self._decode(sent[0]))[:1] == "{":
            # Many clients know of no way to explode an object, and send JSON.
            whole = coercion.scalar(text)
            if isinstance(whole, dict):
                return whole
        found: dict[str, Json] = {}
        for name in coercion.properties():
            value = self._property(name, fields)
            if value is not ABSENT:
                found[name] = value
        if self._takes_rest:
            for name in fields:
                # Names with two underscores speak to the mock and not to the API.
                if (
                    name not in found
                    and not name.startswith("__")
                    and brackets_of(name)[0] not in self._claimed
                ):
                    found[name] = of_texts(
                        [self._decode(text) for text in fields[name]], coercion.property(name)
                    )
        return found or ABSENT

    def _property(self, name: str, fields: Fields) -> Any:
        texts = fields.get(name)
        inner = self.coercion.property(name)
        if texts is not None:
            return of_texts([self._decode(text) for text in texts], inner)
        tree = gather(name, fields)
        return ABSENT if tree is None else value_of(tree, inner, self._decode)

    def _of_name(self, fields: Fields) -> Any:
        """Return the value of what was sent under the parameter's own name."""
        coercion, texts = self.coercion, fields.get(self.name)
        # Clients in several languages write `ids[]` or `ids[0]` for a list called `ids`.
        tree = gather(self.name, fields) if coercion.is_array or not coercion.kinds else None
        if tree is not None:
            if texts is not None and isinstance(tree, dict):
                tree = {**tree, "": [*texts, *(more if isinstance(more := tree.get("", []), list) else ())]}
            return value_of(tree, coercion, self._decode)
        if texts is None:
            return ABSENT
        if not coercion.kinds:
            return of_texts([self._decode(text) for text in texts], coercion)
        readings: list[Callable[[list[str]], Json]] = []
        if coercion.is_array:
            readings.append(self._list_of_fields)
            if texts == [""] and not self.explode:
                readings.append(coercion.array)  # not an empty list, but a list of an empty text
            elif not self.explode and self._splitter is None and _ENCODED_COMMA.search(texts[0]):
                # Clients that encode all of a value encode the commas in it.
                readings.append(
                    lambda sent: coercion.array(
                        unquote_plus(p) for p in self._split_all(sent, _ENCODED_COMMA)
                    )
                )
        if coercion.is_object and not self.explode:
            readings.append(self._object_of_fields)
        if len(texts) == 1 and (not readings or coercion.is_mixed):
            readings.append(lambda sent: coercion.scalar(self._decode(sent[0])))
        if not readings:
            raise self._duplicate(texts)
        return self._first(readings, texts)

    def _split_all(self, texts: list[str], splitter: re.Pattern[str] | None) -> list[str]:
        if texts == [""]:
            return []
        return [piece for text in texts for piece in (splitter.split(text) if splitter else text.split(","))]

    def _list_of_fields(self, texts: list[str]) -> Json:
        if self.explode:
            return of_texts([self._decode(text) for text in texts], self.coercion)
        return self.coercion.array(self._decode(piece) for piece in self._split_all(texts, self._splitter))

    def _object_of_fields(self, texts: list[str]) -> Json:
        if len(texts) > 1:
            raise self._duplicate(texts)
        return self._object(self._split_all(texts, self._splitter), paired=False)
