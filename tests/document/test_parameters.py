"""Parameters of every place, style and explode become typed values, or violations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.document.messages.fields import MAX_FIELDS
from mockserver.document.messages.parameters import ParameterReader
from mockserver.errors import Violation

from .conftest import ANSWERS, document, only_operation, read_parameters, with_parameter

TEXT: dict[str, Any] = {"type": "string"}
INTEGER: dict[str, Any] = {"type": "integer"}
NUMBERS: dict[str, Any] = {"type": "array", "items": INTEGER}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}
POINT: dict[str, Any] = {"type": "object", "properties": {"x": INTEGER, "y": INTEGER}}


def query_of(schema: dict[str, Any], query: str | bytes, **more: Any) -> tuple[Any, list[str]]:
    """Read the query parameter `p`; return its value and what is wrong."""
    model = with_parameter({"name": "p", "in": "query", "schema": schema, **more})
    values, violations = read_parameters(model, query=query)
    return values.query.get("p"), [str(violation) for violation in violations]


def path_of(schema: dict[str, Any], text: str, **more: Any) -> Any:
    """Read the path parameter `p`, which has to be right."""
    declared = {"name": "p", "in": "path", "required": True, "schema": schema, **more}
    values, violations = read_parameters(with_parameter(declared, path="/pets/{p}"), path={"p": text})
    assert violations == []
    return values.path["p"]


@pytest.mark.parametrize(
    ("style", "explode", "schema", "text", "value"),
    [
        ("simple", False, INTEGER, "5", 5),
        ("simple", False, NUMBERS, "1,2", [1, 2]),
        ("simple", True, NUMBERS, "1,2", [1, 2]),
        ("simple", False, POINT, "x,1,y,2", {"x": 1, "y": 2}),
        ("simple", True, POINT, "x=1,y=2", {"x": 1, "y": 2}),
        ("label", False, INTEGER, ".5", 5),
        ("label", False, NUMBERS, ".1,2", [1, 2]),
        ("label", True, NUMBERS, ".1.2", [1, 2]),
        ("label", False, POINT, ".x,1,y,2", {"x": 1, "y": 2}),
        ("label", True, POINT, ".x=1.y=2", {"x": 1, "y": 2}),
        ("matrix", False, INTEGER, ";p=5", 5),
        ("matrix", True, INTEGER, ";p=5", 5),
        ("matrix", False, NUMBERS, ";p=1,2", [1, 2]),
        ("matrix", True, NUMBERS, ";p=1;p=2", [1, 2]),
        ("matrix", False, POINT, ";p=x,1,y,2", {"x": 1, "y": 2}),
        ("matrix", True, POINT, ";x=1;y=2", {"x": 1, "y": 2}),
    ],
)
def test_path_parameter_is_read_in_its_style(
    style: str, explode: bool, schema: dict[str, Any], text: str, value: Any
) -> None:
    assert path_of(schema, text, style=style, explode=explode) == value


@pytest.mark.parametrize(
    ("style", "explode", "schema", "query", "value"),
    [
        ("form", True, INTEGER, "p=5", 5),
        ("form", False, INTEGER, "p=5", 5),
        ("form", True, NUMBERS, "p=1&p=2", [1, 2]),
        ("form", False, NUMBERS, "p=1,2", [1, 2]),
        ("form", False, NUMBERS, "p=1,2&p=3", [1, 2, 3]),
        ("form", False, NUMBERS, "p=", []),
        ("form", True, POINT, "x=1&y=2&z=3", {"x": 1, "y": 2}),
        ("form", False, POINT, "p=x,1,y,2", {"x": 1, "y": 2}),
        ("spaceDelimited", False, NUMBERS, "p=1%202+3", [1, 2, 3]),
        ("spaceDelimited", True, NUMBERS, "p=1&p=2", [1, 2]),
        ("pipeDelimited", False, NUMBERS, "p=1|2%7C3%7c4", [1, 2, 3, 4]),
        ("pipeDelimited", True, NUMBERS, "p=1&p=2", [1, 2]),
        ("pipeDelimited", False, POINT, "p=x|1|y|2", {"x": 1, "y": 2}),
        ("deepObject", True, POINT, "p[x]=1&p%5By%5D=2", {"x": 1, "y": 2}),
    ],
)
def test_query_parameter_is_read_in_its_style(
    style: str, explode: bool, schema: dict[str, Any], query: str, value: Any
) -> None:
    assert query_of(schema, query, style=style, explode=explode) == (value, [])


@pytest.mark.parametrize(
    ("explode", "schema", "text", "value"),
    [
        (False, INTEGER, "5", 5),
        (False, NUMBERS, "1, 2,3", [1, 2, 3]),
        (True, NUMBERS, "1,2", [1, 2]),
        (False, POINT, "x, 1, y, 2", {"x": 1, "y": 2}),
        (True, POINT, "x=1, y=2", {"x": 1, "y": 2}),
        (False, TEXT, "a%20b", "a%20b"),
    ],
)
def test_header_parameter_is_read_by_any_case_of_its_name(
    explode: bool, schema: dict[str, Any], text: str, value: Any
) -> None:
    declared = {"name": "X-Mark", "in": "header", "schema": schema, "explode": explode}

    values, violations = read_parameters(with_parameter(declared), headers={"x-mark": text})

    assert (values.header, violations) == ({"x-mark": value}, [])


@pytest.mark.parametrize(
    ("schema", "explode", "cookie", "value"),
    [
        (INTEGER, True, "other=1; p=5", 5),
        (TEXT, True, 'p="a b"', "a b"),
        (NUMBERS, False, "p=1,2", [1, 2]),
        (POINT, False, "p=x,1,y,2", {"x": 1, "y": 2}),
    ],
)
def test_cookie_parameter_is_read(schema: dict[str, Any], explode: bool, cookie: str, value: Any) -> None:
    declared = {"name": "p", "in": "cookie", "schema": schema, "explode": explode}

    values, violations = read_parameters(with_parameter(declared), headers={"cookie": cookie})

    assert (values.cookie, violations) == ({"p": value}, [])


@pytest.mark.parametrize("name", ["Accept", "Content-Type", "authorization"])
def test_header_that_belongs_to_http_is_no_parameter(name: str) -> None:
    declared = {"name": name, "in": "header", "required": True, "schema": TEXT}

    assert read_parameters(with_parameter(declared))[1] == []


# Coercion.


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "0", 0),
        ("integer", "-7", -7),
        ("integer", "1.0", 1),
        ("integer", "1e2", 100),
        ("integer", "9" * 30, int("9" * 30)),
        ("number", "1.5", 1.5),
        ("number", "-1E-2", -0.01),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("null", "", None),
        ("string", "5", "5"),
    ],
)
def test_text_becomes_the_declared_type(kind: str, text: str, value: Any) -> None:
    found, violations = query_of({"type": kind}, f"p={text}")

    assert (found, type(found), violations) == (value, type(value), [])


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "1_0"),
        ("integer", "10%0A"),
        ("integer", "%2B1"),
        ("integer", "01"),
        ("integer", "0x1F"),
        ("integer", "1.5"),
        ("integer", "%D9%A1"),
        ("integer", ""),
        ("integer", "9" * 5000),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "-Infinity"),
        ("number", "1e999"),
        ("number", ".5"),
        ("number", "1."),
        ("number", "5%00"),
        ("boolean", "True"),
        ("boolean", "1"),
    ],
)
def test_text_of_another_type_is_refused_as_it_was_sent(kind: str, text: str) -> None:
    found, violations = query_of({"type": kind}, f"p={text}")

    assert isinstance(found, str)
    assert violations == [violations[0]]
    assert f'is not of type "{kind}"' in violations[0]


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": ["integer", "string"]}, "5", 5),
        ({"type": ["integer", "string"]}, "five", "five"),
        ({"anyOf": [INTEGER, {"type": "null"}]}, "null", None),
        ({"anyOf": [{"type": "boolean"}, {"type": "integer"}]}, "1", 1),
        ({"enum": [1, 2]}, "2", 2),
        ({"const": True}, "true", True),
        ({"allOf": [INTEGER, {"minimum": 1}]}, "5", 5),
        ({}, "5", "5"),
        ({"type": ["integer", "string"], "pattern": "^5$", "maximum": 1}, "5", "5"),
    ],
)
def test_text_becomes_the_first_type_that_the_schema_takes(
    schema: dict[str, Any], text: str, value: Any
) -> None:
    assert query_of(schema, f"p={text}") == (value, [])


def test_type_is_found_through_references() -> None:
    declared = {"name": "p", "in": "query", "schema": {"$ref": "#/components/schemas/Limit"}}
    schemas = {"Limit": {"allOf": [{"$ref": "#/components/schemas/Whole"}]}, "Whole": INTEGER}

    values, _ = read_parameters(with_parameter(declared, components={"schemas": schemas}), query="p=5")

    assert values.query == {"p": 5}


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("p=%00", "\x00"),
        ("p=%FF", "\ufffd"),
        ("p=%", "%"),
        ("p=100%&q=1", "100%"),
        ("p=%zz", "%zz"),
        ("p=a+b%2Bc", "a b+c"),
        ("p=caf%C3%A9", "café"),
        ("p=a=b", "a=b"),
        ("&&p=x&", "x"),
        ("p", ""),
        (b"p=caf\xc3\xa9", "café"),
        (b"p=\xff", "\ufffd"),
    ],
)
def test_hostile_text_is_still_a_text(query: str | bytes, value: str) -> None:
    assert query_of(TEXT, query) == (value, [])


@given(st.binary(max_size=60))
@example(b"p[=1&p]=2&p[]=3&[p]=4")
@example(b"p[a][b]=1&p[a]=2&p[a][b][c]=3")
def test_no_query_string_breaks_the_reader(data: bytes) -> None:
    for schema, style in ((NUMBERS, "form"), (POINT, "deepObject"), (INTEGER, "form"), (POINT, "form")):
        query_of(schema, data, style=style)


def test_more_fields_than_anyone_needs_are_refused() -> None:
    _, violations = query_of(NUMBERS, "p=1&" * (MAX_FIELDS + 1))

    assert violations == [f"query: there are more than {MAX_FIELDS} fields"]


# Duplicates, lists and nested objects.


def test_scalar_given_twice_is_refused_and_not_called_missing() -> None:
    _, violations = query_of(TEXT, "p=a&p=b", required=True)

    assert violations == ["query.p: is given 2 times, but it is no list"]


def test_missing_header_is_told_beside_a_duplicate_query_parameter_of_the_same_name() -> None:
    parameters = [
        {"name": "p", "in": "query", "schema": TEXT},
        {"name": "p", "in": "header", "required": True, "schema": TEXT},
    ]
    model = document({"/pets": {"get": {"parameters": parameters, "responses": ANSWERS}}})

    _, violations = read_parameters(model, query="p=a&p=b")

    assert [violation.location for violation in violations] == [("query", "p"), ("header", "p")]


@pytest.mark.parametrize("query", ["p[]=1&p[]=2", "p%5B%5D=1&p%5B%5D=2", "p=1&p[]=2"])
def test_list_may_be_written_with_brackets(query: str) -> None:
    assert query_of(NUMBERS, query) == ([1, 2], [])


def test_brackets_mean_nothing_for_a_scalar() -> None:
    assert query_of(INTEGER, "p[]=1") == (None, [])


def test_encoded_delimiter_belongs_to_the_item() -> None:
    assert query_of(TEXTS, "p=a%2Cb,c", explode=False) == (["a,b", "c"], [])
    assert path_of(TEXTS, "a%2Cb,c") == ["a,b", "c"]


def test_item_of_a_list_is_judged_with_its_place() -> None:
    _, violations = query_of(NUMBERS, "p=1&p=x")

    assert violations == ['query.p.1: "x" is not of type "integer"']


def test_nested_object_is_read_in_brackets() -> None:
    schema = {"type": "object", "properties": {"at": POINT, "tags": TEXTS}}

    value, violations = query_of(schema, "p[at][x]=1&p[tags]=a&p[tags]=b", style="deepObject", explode=True)

    assert (value, violations) == ({"at": {"x": 1}, "tags": ["a", "b"]}, [])


def test_list_in_an_object_may_be_written_with_brackets() -> None:
    schema = {"type": "object", "properties": {"ids": NUMBERS}}

    assert query_of(schema, "p[ids][]=1&p[ids][]=2", style="deepObject") == ({"ids": [1, 2]}, [])


def test_object_that_nobody_sent_is_absent() -> None:
    assert query_of(POINT, "q=1", style="deepObject", required=True)[1] == [
        "query.p: the query parameter 'p' is required"
    ]


def test_object_is_read_as_the_branch_that_takes_it() -> None:
    def branch(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}, "v": schema}}

    schema = {"oneOf": [branch("number", INTEGER), branch("text", TEXT), branch("list", NUMBERS)]}

    for style, query in (("deepObject", "p[kind]={}&p[v]=5"), ("form", "kind={}&v=5")):
        for kind, value in (("number", 5), ("text", "5"), ("list", [5])):
            assert query_of(schema, query.format(kind), style=style) == ({"kind": kind, "v": value}, [])


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("p[a][b][]=1&p[a][b][]=2", {"a": {"b": ["1", "2"]}}),
        ("p[a][1]=y&p[a][0]=x", {"a": ["x", "y"]}),
        ("p[a][9]=y&p[a][999999999]=z", {"a": ["y", "z"]}),
        ("p[a][][x]=1&p[a][][y]=2&p[a][][x]=3", {"a": [{"x": "1", "y": "2"}, {"x": "3"}]}),
        ("p[a]=1&p[a][b]=2", {"a": {"": "1", "b": "2"}}),
        ("p[a][b]=2&p[a]=1", {"a": {"b": "2", "": "1"}}),
        ("p[]=1", {"": "1"}),
        ("p[a=1&p]=2&[p]=3&p[b]c=4&p[d]=5", {"d": "5"}),
        ("p" + "[a]" * 1000 + "=1&p[b]=2", {"b": "2"}),
    ],
)
def test_brackets_of_every_form_are_read(query: str, value: Any) -> None:
    assert query_of({"type": "object", "additionalProperties": {}}, query, style="deepObject")[0] == value


def test_deep_object_may_be_sent_as_what_else_its_schema_takes() -> None:
    schema = {"anyOf": [POINT, INTEGER]}

    assert query_of(schema, "p=5", style="deepObject") == (5, [])
    assert query_of(schema, "p[x]=5", style="deepObject") == ({"x": 5}, [])


@pytest.mark.parametrize(
    ("schema", "query", "explode", "value"),
    [
        ({"anyOf": [{"enum": ["all"]}, NUMBERS]}, "p=all", True, "all"),
        ({"anyOf": [{"enum": ["all"]}, NUMBERS]}, "p=5", True, [5]),
        (NUMBERS, "p=1%2C2", False, [1, 2]),
        (NUMBERS, "p[0]=1&p[1]=2", True, [1, 2]),
        (NUMBERS, "p=[1,2]", True, [1, 2]),
        (TEXTS, "p=", True, [""]),
        ({**TEXTS, "minItems": 1}, "p=", False, [""]),
        ({}, "p=1&p=2", True, ["1", "2"]),
        ({"type": "array", "prefixItems": [TEXT, INTEGER]}, "p=1,2", False, ["1", 2]),
        ({"type": "array", "items": POINT}, 'p={"x":1}&p={"x":2}', True, [{"x": 1}, {"x": 2}]),
        (POINT, "p[x]=1", True, {"x": 1}),
        (POINT, "p=%7B%22x%22:1%7D", True, {"x": 1}),
        ({"type": "object"}, "p=%7B%22x%22:1%7D", True, {"x": 1}),
    ],
)
def test_reading_that_the_schema_takes_is_taken(schema: Any, query: str, explode: bool, value: Any) -> None:
    assert query_of(schema, query, explode=explode) == (value, [])


def test_object_that_is_open_takes_the_fields_that_nobody_else_claims() -> None:
    free = {"type": "object", "additionalProperties": INTEGER}
    parameters = [
        {"name": "free", "in": "query", "schema": free},
        {"name": "limit", "in": "query", "schema": TEXT},
        {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
        {"name": "point", "in": "query", "schema": POINT},
    ]
    model = document({"/pets": {"get": {"parameters": parameters, "responses": ANSWERS}}})
    reader = ParameterReader(only_operation(model), model.request_schemas, ["key"])
    violations: list[Violation] = []

    values = reader.read({}, b"a=1&limit=b&filter[c]=d&x=2&key=e&__code=404&b=3", {}.get, violations)

    assert (values.query["free"], violations) == ({"a": 1, "b": 3}, [])


@pytest.mark.parametrize("schema", [INTEGER, {"type": "string", "minLength": 1}])
@pytest.mark.parametrize("query", ["p=", "p"])
def test_empty_value_that_is_allowed_says_that_a_parameter_is_not_used(schema: Any, query: str) -> None:
    model = with_parameter({"name": "p", "in": "query", "required": True, "schema": schema})
    (parameter,) = only_operation(model).parameters
    operation = replace(only_operation(model), parameters=(replace(parameter, allow_empty_value=True),))
    violations: list[Violation] = []

    values = ParameterReader(operation, model.request_schemas).read({}, query.encode(), {}.get, violations)

    assert (values.query, violations) == ({}, [])


@pytest.mark.parametrize(
    ("style", "explode", "schema", "text", "message"),
    [
        ("label", False, INTEGER, "5", "should begin with '.' (style label)"),
        ("matrix", False, INTEGER, "5", "should begin with ';p' (style matrix)"),
        ("matrix", False, INTEGER, ";q=5", "should begin with ';p' (style matrix)"),
        ("matrix", True, NUMBERS, ";p=5;q=6", "should begin with ';p' (style matrix)"),
        ("simple", False, POINT, "x,1,y", "has a name without a value: 'y' (style simple)"),
        ("simple", True, POINT, "x=1,y", "has 'y' where a name, '=' and a value should stand (style simple)"),
    ],
)
def test_text_in_another_style_is_one_violation(
    style: str, explode: bool, schema: dict[str, Any], text: str, message: str
) -> None:
    declared = {
        "name": "p",
        "in": "path",
        "required": True,
        "schema": schema,
        "style": style,
        "explode": explode,
    }

    violations = read_parameters(with_parameter(declared, path="/pets/{p}"), path={"p": text})[1]

    assert [(item.location, item.rule, item.message) for item in violations] == [
        (("path", "p"), "style", message)
    ]


@pytest.mark.parametrize(
    ("style", "cookie", "value"),
    [
        ("form", "p=1&p=2", [1, 2]),
        ("form", "p=1; p=2", [1, 2]),
        ("cookie", "p=1; p=2", [1, 2]),
        ("form", "p=%31; q=3", [1]),
        ("cookie", "p=%31", ["%31"]),
    ],
)
def test_list_in_cookies_is_read(style: str, cookie: str, value: Any) -> None:
    declared = {"name": "p", "in": "cookie", "schema": NUMBERS, "style": style, "explode": True}

    assert read_parameters(with_parameter(declared), headers={"cookie": cookie})[0].cookie == {"p": value}


def test_first_of_several_cookies_of_one_name_is_meant() -> None:
    declared = {"name": "p", "in": "cookie", "schema": INTEGER}

    values, violations = read_parameters(with_parameter(declared), headers={"cookie": "p=1; p=x"})
    assert (values.cookie, violations) == ({"p": 1}, [])


@pytest.mark.parametrize(
    ("content_type", "schema", "text", "value"),
    [
        ("application/xml", POINT, "%3Cp%3E%3Cx%3E1%3C/x%3E%3C/p%3E", {"x": 1}),
        ("application/x-www-form-urlencoded", POINT, "x%3D1%26y%3D2", {"x": 1, "y": 2}),
        ("application/vnd.point+json", POINT, "%7B%22x%22:1%7D", {"x": 1}),
    ],
)
def test_parameter_with_other_content_is_read(content_type: str, schema: Any, text: str, value: Any) -> None:
    model = with_parameter({"name": "p", "in": "query", "content": {content_type: {"schema": schema}}})

    values, violations = read_parameters(model, query=f"p={text}")
    assert (values.query, violations) == ({"p": value}, [])


# Content, defaults, required.


@pytest.mark.parametrize("place", ["query", "path", "header"])
def test_parameter_with_json_content_is_json(place: str) -> None:
    encoded, plain = "%7B%22x%22%3A1%7D", '{"x":1}'
    declared = {
        "name": "p",
        "in": place,
        "required": True,
        "content": {"application/json": {"schema": POINT}},
    }
    model = with_parameter(declared, path="/pets/{p}" if place == "path" else "/pets")

    values, violations = read_parameters(
        model, path={"p": encoded}, query=f"p={encoded}", headers={"p": plain}
    )

    assert (getattr(values, place), violations) == ({"p": {"x": 1}}, [])


@pytest.mark.parametrize("text", ["%7B", "NaN", "", "%5B" * 300])
def test_broken_json_content_is_one_violation(text: str) -> None:
    model = with_parameter(
        {"name": "p", "in": "query", "required": True, "content": {"application/json": {"schema": POINT}}}
    )

    _, violations = read_parameters(model, query=f"p={text}")

    assert [(item.location, item.rule) for item in violations] == [(("query", "p"), "json")]


def test_parameter_with_text_content_has_the_type_of_its_schema() -> None:
    model = with_parameter({"name": "p", "in": "query", "content": {"text/plain": {"schema": INTEGER}}})

    assert read_parameters(model, query="p=5")[0].query == {"p": 5}


def test_default_stands_for_what_is_absent() -> None:
    assert query_of({**INTEGER, "default": 10}, "") == (10, [])
    assert query_of({**INTEGER, "default": 10}, "p=3") == (3, [])


def test_default_does_not_stand_for_a_required_parameter() -> None:
    declared = {"name": "p", "in": "query", "required": True, "schema": {**INTEGER, "default": 10}}

    values, violations = read_parameters(with_parameter(declared))

    assert (values.query, [item.rule for item in violations]) == ({}, ["required"])


def test_absent_parameter_without_default_is_not_there() -> None:
    values, violations = read_parameters(with_parameter({"name": "p", "in": "query", "schema": TEXT}))

    assert (values.query, violations) == ({}, [])


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_required_parameter_is_missed_by_name_and_place(place: str) -> None:
    model = with_parameter({"name": "p", "in": place, "required": True, "schema": TEXT})

    (violation,) = read_parameters(model)[1]

    assert violation.location == (place, "p")
    assert violation.rule == "required"
    assert violation.pointer == "/paths/~1pets/get/parameters/0"


def test_bound_of_a_whole_number_beyond_64_bits_holds() -> None:
    assert query_of({**INTEGER, "maximum": 10**30}, f"p={10**30 + 1}")[1]
    assert not query_of({**INTEGER, "maximum": 10**30}, f"p={10**30}")[1]


def test_name_that_would_keep_a_pattern_busy_for_ever_is_read() -> None:
    schema = {"type": "object", "patternProperties": {"^(a+)+$": INTEGER, "^n": INTEGER}}
    name = "a" * 5000 + "!"

    assert query_of(schema, f"p[{name}]=1&p[n]=5", style="deepObject") == ({name: "1", "n": 5}, [])
