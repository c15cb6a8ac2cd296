"""Styles, written and read: the table of the standard, the round trip, and what has no form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mockserver.document.messages.styles import write_parameter
from mockserver.document.model import Document
from mockserver.errors import Json, Violation

from .conftest import only_operation, read_parameters, with_parameter

TEXT: dict[str, Any] = {"type": "string"}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}
COLOR: dict[str, Any] = {
    "type": "object",
    "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}, "B": {"type": "integer"}},
}
BLUE, LIST, RGB = "blue", ["blue", "black", "brown"], {"R": 100, "G": 200, "B": 150}


def declared(place: str, style: str, explode: bool, schema: dict[str, Any], **more: Any) -> Document:
    """Return a document with one parameter, `color`."""
    parameter = {
        "name": "color", "in": place, "style": style, "explode": explode, "schema": schema, **more,
        "required": place == "path",
    }  # fmt: skip
    return with_parameter(parameter, path="/pets/{color}" if place == "path" else "/pets")


def written(model: Document, value: Json, *, allow_reserved: bool = False) -> str:
    (parameter,) = only_operation(model).parameters
    return write_parameter(replace(parameter, allow_reserved=allow_reserved), value, model.request_schemas)


def read(model: Document, text: str) -> tuple[Json, list[Violation]]:
    """Read the one parameter of a document from the text that stands in its place."""
    (parameter,) = only_operation(model).parameters
    values, violations = read_parameters(
        model,
        path={"color": text} if parameter.place == "path" else {},
        query=text if parameter.place in ("query", "querystring") else "",
        headers={"color": text} if parameter.place == "header" else {"cookie": text},
    )
    place = "query" if parameter.place == "querystring" else parameter.place
    return getattr(values, place).get("color"), violations


TABLE = [
    # OAS 3.1.1 section 4.8.12.5, row by row: style, explode, empty, string, array, object.
    ("path", "matrix", False, ";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
    ("path", "matrix", True, ";color", ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
    ("path", "label", False, ".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
    ("path", "label", True, ".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
    ("path", "simple", False, "", "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("path", "simple", True, "", "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ("header", "simple", False, "", "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("header", "simple", True, "", "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ("query", "form", False, "color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
    ("query", "form", True, "color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
    ("cookie", "form", False, "color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
    ("cookie", "form", True, "color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
    ("query", "spaceDelimited", False, None, None, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
    ("query", "pipeDelimited", False, None, None, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
    ("query", "deepObject", True, None, None, None, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    # OAS 3.2.0 section 4.12.6, and the `tsv` of 2.0.
    ("cookie", "cookie", True, "color=", "color=blue", "color=blue; color=black; color=brown", "R=100; G=200; B=150"),
    ("cookie", "cookie", False, "color=", "color=blue", None, None),
    ("query", "tabDelimited", False, None, None, "color=blue%09black%09brown", None),
    # OAS 2.0 section 5.2.9: collectionFormat ssv, pipes and tsv outside of the query.
    ("path", "spaceDelimited", False, None, None, "blue%20black%20brown", None),
    ("path", "pipeDelimited", False, None, None, "blue%7Cblack%7Cbrown", None),
    ("path", "tabDelimited", False, None, None, "blue%09black%09brown", None),
    ("header", "spaceDelimited", False, None, None, "blue black brown", None),
    ("header", "pipeDelimited", False, None, None, "blue|black|brown", None),
    ("header", "tabDelimited", False, None, None, "blue\tblack\tbrown", None),
]  # fmt: skip
ROWS = [
    (place, style, explode, schema, value, text)
    for place, style, explode, *texts in TABLE
    for schema, value, text in zip((TEXT, TEXT, TEXTS, COLOR), ("", BLUE, LIST, RGB), texts, strict=True)
    if text is not None
]


@pytest.mark.parametrize(("place", "style", "explode", "schema", "value", "text"), ROWS)
def test_row_of_the_standards_table_is_written_and_read(
    place: str, style: str, explode: bool, schema: dict[str, Any], value: Json, text: str
) -> None:
    model = declared(place, style, explode, schema)

    assert written(model, value) == text
    assert read(model, text) == (value, [])


# The law: what is written is read again.

WORDS = st.text(min_size=1, max_size=6)
INTEGERS = st.integers(-(10**20), 10**20)
NUMBERS = INTEGERS | st.floats(allow_nan=False, allow_infinity=False)
SCALARS: st.SearchStrategy[tuple[dict[str, Any], Json]] = st.one_of(
    st.tuples(st.just(TEXT), WORDS),
    st.tuples(st.just({"type": "integer"}), INTEGERS),
    st.tuples(st.just({"type": "number"}), NUMBERS),
    st.tuples(st.just({"type": "boolean"}), st.booleans()),
    st.tuples(st.just({"type": ["integer", "null"]}), st.none() | INTEGERS),
)


@st.composite
def lists(draw: st.DrawFn) -> tuple[dict[str, Any], Json]:
    schema, first = draw(SCALARS)
    return {"type": "array", "items": schema}, [first] * draw(st.integers(1, 3))


@st.composite
def flat_objects(draw: st.DrawFn) -> tuple[dict[str, Any], Json]:
    members = draw(st.dictionaries(st.sampled_from(["a", "b", "c-d", "e f", "g"]), SCALARS, min_size=1))
    schema = {"type": "object", "properties": {name: pair[0] for name, pair in members.items()}}
    return schema, {name: pair[1] for name, pair in members.items()}


@st.composite
def deep_objects(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> tuple[dict[str, Any], Json]:
    members = draw(st.dictionaries(st.sampled_from(["a", "b", "c", "0"]), inner, min_size=1))
    schema = {"type": "object", "properties": {name: pair[0] for name, pair in members.items()}}
    return schema, {name: pair[1] for name, pair in members.items()}


@st.composite
def deep_lists(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> tuple[dict[str, Any], Json]:
    schema, first = draw(inner)
    return {"type": "array", "items": schema}, [first] * draw(st.integers(1, 3))


DEEP = st.recursive(SCALARS | lists(), lambda inner: deep_objects(inner) | deep_lists(inner), max_leaves=8)
JSON = st.recursive(
    NUMBERS | st.booleans() | st.none() | WORDS, lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner)
)
PLACES = st.sampled_from(
    [
        (place, style, explode)
        for place, style, *_ in TABLE
        for explode in (True, False)
        if style != "deepObject"
    ]
)


@given(PLACES, SCALARS | lists() | flat_objects(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_is_written_in_a_style_is_read_again(
    where: tuple[str, str, bool], pair: tuple[dict[str, Any], Json], reserved: bool
) -> None:
    place, style, explode = where
    schema, value = pair
    model = declared(place, style, explode, schema)
    try:
        text = written(model, value, allow_reserved=reserved)
    except ValueError:
        assume(False)  # what has no form is told beside

    assert read(model, text) == (replaced(value), []), text


@given(deep_objects(DEEP))
@settings(max_examples=60, deadline=None)
def test_what_is_written_in_brackets_is_read_again(pair: tuple[dict[str, Any], Json]) -> None:
    schema, value = pair
    model = declared("query", "deepObject", True, schema)

    assert read(model, written(model, value)) == (replaced(value), [])


@pytest.mark.parametrize("place", ["query", "path", "cookie", "header"])
@given(
    value=st.recursive(
        NUMBERS | st.booleans() | st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
@settings(max_examples=20, deadline=None)
def test_json_content_is_read_again(place: str, value: Json) -> None:
    parameter = {
        "name": "color",
        "in": place,
        "required": True,
        "content": {"application/json": {"schema": {}}},
    }
    model = with_parameter(parameter, path="/pets/{color}" if place == "path" else "/pets")

    assert read(model, written(model, value)) == (value, [])


def replaced(value: Json) -> Json:
    """Return a value whose lone surrogates are what percent-encoding makes of them."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [replaced(item) for item in value]
    return {key: replaced(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize(
    ("place", "style", "explode", "schema", "value"),
    [
        ("header", "simple", False, TEXT, "a\r\nb: c"),
        ("header", "simple", False, TEXT, " a"),
        ("header", "simple", False, TEXT, "\u20ac"),
        ("header", "simple", False, TEXTS, ["a,b"]),
        ("header", "simple", True, COLOR, {"a=b": 1}),
        ("cookie", "cookie", True, TEXT, "a;b"),
        ("query", "spaceDelimited", False, TEXTS, ["a b"]),
        ("query", "pipeDelimited", False, TEXTS, ["a|b"]),
        ("query", "tabDelimited", False, TEXTS, ["a\tb"]),
    ],
)
def test_value_without_a_form_in_a_style_is_not_written(
    place: str, style: str, explode: bool, schema: dict[str, Any], value: Json
) -> None:
    with pytest.raises(ValueError, match=r"cannot (stand|be told)"):
        written(declared(place, style, explode, schema), value)


def test_reserved_characters_stay_where_they_are_allowed() -> None:
    model = declared("query", "form", True, TEXT)

    assert written(model, "a/b?c=d&e+f") == "color=a%2Fb%3Fc%3Dd%26e%2Bf"
    assert written(model, "a/b?c=d&e+f", allow_reserved=True) == "color=a/b?c=d%26e%2Bf"


def test_empty_list_that_explodes_leaves_no_trace() -> None:
    assert written(declared("query", "form", True, TEXTS), []) == ""
    assert written(declared("query", "form", False, TEXTS), []) == "color="


def test_query_string_as_a_whole_is_written_and_read() -> None:
    for media_type, text in (
        ("application/x-www-form-urlencoded", "R=100&G=200&B=150"),
        ("application/json", "%7B%22R%22%3A100%2C%22G%22%3A200%2C%22B%22%3A150%7D"),
    ):
        parameter = {"name": "color", "in": "querystring", "content": {media_type: {"schema": COLOR}}}
        model = with_parameter(parameter, version="3.2.0")

        assert written(model, RGB) == text
        assert read(model, text) == (RGB, [])
