"""Bodies become JSON values, or violations, or 415."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.document.messages.bodies import BodyReader
from mockserver.document.messages.fields import MAX_FIELDS
from mockserver.document.messages.forms import write_form
from mockserver.document.messages.multipart import MAX_PARTS
from mockserver.document.model import Encoding
from mockserver.errors import Json, Refusal, RefusalKind

from .conftest import ANSWERS, document, only_operation, with_parameter

TEXT: dict[str, Any] = {"type": "string"}
INTEGER: dict[str, Any] = {"type": "integer"}
PET: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": TEXT, "age": INTEGER, "tags": {"type": "array", "items": INTEGER}},
}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def reader_of(content: dict[str, Any] | None, *, method: str = "post", required: bool = True) -> BodyReader:
    """Return the reader of an operation that takes this content."""
    operation: dict[str, Any] = {"responses": ANSWERS}
    if content is not None:
        body = {name: {"schema": schema} for name, schema in content.items()}
        operation["requestBody"] = {"required": required, "content": body}
    model = document({"/pets": {method: operation}})
    return BodyReader(only_operation(model), model.request_schemas)


def read(reader: BodyReader, data: bytes, content_type: str = JSON) -> tuple[Json, list[str]]:
    """Read a body; return its value and what is wrong."""
    violations: list[Any] = []
    value = reader.read(data, content_type, violations)
    return value, [str(violation) for violation in violations]


def test_json_body_is_its_value() -> None:
    assert read(reader_of({JSON: PET}), b'{"name": "Rex", "age": 3}') == ({"name": "Rex", "age": 3}, [])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"name": ', "line 1, column 10"),
        (b'{"name":\n "Rex",}', "line 2"),
        (b"NaN", "line 1, column 1"),
        (b'{"age": Infinity}', "line 1"),
        (b'{"age": 1e999}', "infinity"),
        (b'{"name": "\xff"}', "UTF-8"),
        (b"   ", "line 1"),
        (b"[" * 100_000, "depth"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "nested more than 200 levels deep"),
    ],
)
def test_body_that_is_no_json_is_one_violation(data: bytes, reason: str) -> None:
    value, violations = read(reader_of({JSON: PET}), data)

    assert value is None
    assert len(violations) == 1
    assert violations[0].startswith("body: is not valid JSON")
    assert reason in violations[0]


def test_huge_whole_number_keeps_its_digits() -> None:
    value, violations = read(reader_of({JSON: PET}), b'{"name": "Rex", "age": %d}' % 10**40)

    assert (value["age"], violations) == (10**40, [])


def test_each_broken_rule_is_a_violation_with_its_place() -> None:
    _, violations = read(reader_of({JSON: PET}), b'{"age": "three", "tags": [1, "x"]}')

    assert sorted(violations) == [
        'body.age: "three" is not of type "integer"',
        "body.name: 'name' is required",
        'body.tags.1: "x" is not of type "integer"',
    ]


def test_nearest_branch_says_what_is_wrong() -> None:
    schema = {"anyOf": [{"type": "null"}, PET]}

    assert read(reader_of({JSON: schema}), b'{"name": 5}')[1] == ['body.name: 5 is not of type "string"']


def test_required_body_is_missed() -> None:
    assert read(reader_of({JSON: PET}), b"", "") == (None, ["body: a body is required"])


def test_optional_body_may_be_absent() -> None:
    assert read(reader_of({JSON: PET}, required=False), b"", "") == (None, [])


# Media types.


@pytest.mark.parametrize(
    "content_type",
    [JSON, "application/json; charset=utf-8", "Application/JSON", "application/json;version=2", ""],
)
def test_json_is_recognised(content_type: str) -> None:
    assert read(reader_of({JSON: PET}), b'{"name": "Rex"}', content_type)[0] == {"name": "Rex"}


def test_vendors_json_is_json() -> None:
    reader = reader_of({"application/vnd.pets.v1+json": PET})

    assert read(reader, b'{"name": "Rex"}', "application/vnd.pets.v1+json")[0] == {"name": "Rex"}


@pytest.mark.parametrize("declared", ["application/*", "*/*"])
def test_range_takes_what_falls_under_it(declared: str) -> None:
    reader = reader_of({declared: PET})

    assert read(reader, b'{"name": "Rex"}', JSON)[0] == {"name": "Rex"}


def test_exact_media_type_wins_over_a_range() -> None:
    reader = reader_of({"*/*": {"type": "boolean"}, JSON: PET})

    assert read(reader, b'{"name": "Rex"}')[1] == []


def test_body_without_content_type_is_taken_by_a_declaration_of_anything() -> None:
    assert read(reader_of({"*/*": {}}), b"hello", "") == ("hello", [])


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "nonsense", ";", "a/b/c"])
def test_other_media_type_is_refused_with_those_that_are_taken(content_type: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(reader_of({JSON: PET}), b"x", content_type)

    assert caught.value.kind is RefusalKind.UNSUPPORTED_MEDIA_TYPE
    assert caught.value.headers == {"Accept": JSON}
    assert content_type in caught.value.message


def test_body_without_content_type_is_refused_where_no_json_is_taken() -> None:
    with pytest.raises(Refusal, match="a body without Content-Type"):
        read(reader_of({"text/csv": TEXT}), b"a,b", "")


def test_text_body_is_judged_as_text() -> None:
    reader = reader_of({"text/plain": {**TEXT, "maxLength": 5}})

    assert read(reader, b"hello", "text/plain") == ("hello", [])
    assert len(read(reader, b"too long", "text/plain")[1]) == 1


def test_text_body_that_is_not_utf_8_is_a_violation() -> None:
    assert read(reader_of({"text/plain": TEXT}), b"caf\xe9", "text/plain")[1] == [
        "body: is not UTF-8 text (byte 3)"
    ]


def test_bytes_stand_for_themselves() -> None:
    reader = reader_of({"application/octet-stream": {**TEXT, "format": "binary"}})

    assert read(reader, b"\x00\xff", "application/octet-stream") == ("\x00\xff", [])


def test_format_that_nobody_reads_here_is_not_judged() -> None:
    """A schema for CSV speaks of columns, and not of the text."""
    assert read(reader_of({"text/csv": PET}), b"name,age", "text/csv") == ("name,age", [])


# XML.


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml", "application/vnd.pets+xml"])
def test_xml_body_is_read_by_its_schema_and_judged(media_type: str) -> None:
    reader = reader_of({media_type: PET})

    assert read(reader, b"<pet><name>Rex</name><age>3</age><tags>1</tags></pet>", media_type) == (
        {"name": "Rex", "age": 3, "tags": [1]},
        [],
    )
    assert sorted(read(reader, b"<pet><age>old</age></pet>", media_type)[1]) == [
        'body.age: "old" is not of type "integer"',
        "body.name: 'name' is required",
    ]


def test_broken_xml_is_one_violation() -> None:
    reader = reader_of({"application/xml": PET})

    assert read(reader, b"<pet>", "application/xml") == (
        None,
        ["body: is not XML that is read: no element found (line 1, column 6)"],
    )
    assert (
        "document types" in read(reader, b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "application/xml")[1][0]
    )


def test_charset_of_the_field_is_the_encoding_of_xml() -> None:
    reader = reader_of({"application/xml": PET})

    value, _ = read(
        reader, "<pet><name>Zo\xeb</name></pet>".encode("latin-1"), 'application/xml; charset="ISO-8859-1"'
    )
    assert value == {"name": "Zo\xeb"}


# Forms.


def test_form_has_the_types_of_its_schema() -> None:
    value, violations = read(reader_of({FORM: PET}), b"name=Rex+I&age=3&tags=1&tags=2", FORM)

    assert (value, violations) == ({"name": "Rex I", "age": 3, "tags": [1, 2]}, [])


def test_list_in_a_form_may_be_written_with_brackets() -> None:
    assert read(reader_of({FORM: PET}), b"name=Rex&tags[]=1", FORM)[0]["tags"] == [1]


def test_property_of_a_form_may_have_brackets_in_its_own_name() -> None:
    schema = {"type": "object", "required": ["a[b]"], "properties": {"a[b]": {"type": "integer"}}}

    assert read(reader_of({FORM: schema}), b"a%5Bb%5D=3", FORM) == ({"a[b]": 3}, [])


def test_scalar_given_twice_in_a_form_is_refused() -> None:
    violations = read(reader_of({FORM: PET}), b"name=Rex&name=Tom", FORM)[1]

    assert "body.name: is given 2 times, but it is no list" in violations


@pytest.mark.parametrize("data", [b"name=%", b"name=%FF", b"name=%00", b"&=&name=x", b"\xff=\xfe&name=x"])
def test_hostile_form_is_still_a_form(data: bytes) -> None:
    assert read(reader_of({FORM: PET}), data, FORM)[1] == []


MULTIPART = "multipart/form-data; boundary=edge"


def part(head: str, content: str) -> str:
    return f"--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"


def test_multipart_form_has_the_types_of_its_schema() -> None:
    schema = {**PET, "properties": {**PET["properties"], "photo": {"type": "string", "format": "binary"}}}
    text = (
        part('name="name"', "Rex")
        + part('name="age"', "3")
        + part('name="tags"', "1")
        + part('name="tags"', "2")
    )
    data = (
        text.encode() + part('name="photo"; filename="a.png"', "\x89PNG").encode("latin-1") + b"--edge--\r\n"
    )

    value, violations = read(reader_of({"multipart/form-data": schema}), data, MULTIPART)

    assert (value, violations) == ({"name": "Rex", "age": 3, "tags": [1, 2], "photo": "\x89PNG"}, [])


def test_json_part_of_a_multipart_form_is_its_value() -> None:
    schema = {"type": "object", "properties": {"pet": PET}}
    data = (part('name="pet"\r\nContent-Type: application/json', '{"name": "Rex"}') + "--edge--\r\n").encode()

    assert read(reader_of({"multipart/form-data": schema}), data, MULTIPART) == ({"pet": {"name": "Rex"}}, [])


@pytest.mark.parametrize(
    ("data", "content_type"),
    [(b"--edge--", MULTIPART), (b"nothing", MULTIPART), (b"--edge\r\n", "multipart/form-data")],
)
def test_broken_multipart_form_is_a_violation(data: bytes, content_type: str) -> None:
    assert read(reader_of({"multipart/form-data": PET}), data, content_type)[1]


# Defaults.

WITH_DEFAULTS: dict[str, Any] = {
    "type": "object",
    "properties": {"name": TEXT, "status": {**TEXT, "default": "active"}, "tags": {"default": ["new"]}},
}


def test_defaults_of_properties_are_filled_in() -> None:
    assert read(reader_of({JSON: WITH_DEFAULTS}), b'{"name": "Rex"}')[0] == {
        "name": "Rex",
        "status": "active",
        "tags": ["new"],
    }


def test_what_was_sent_wins_over_its_default() -> None:
    assert read(reader_of({JSON: WITH_DEFAULTS}), b'{"status": "gone"}')[0]["status"] == "gone"


def test_filled_default_is_a_copy() -> None:
    reader = reader_of({JSON: WITH_DEFAULTS})
    read(reader, b"{}")[0]["tags"].append("changed")

    assert read(reader, b"{}")[0]["tags"] == ["new"]


def test_patch_gets_no_defaults() -> None:
    """A patch that does not speak of the status leaves it as it is."""
    assert read(reader_of({JSON: WITH_DEFAULTS}, method="patch"), b'{"name": "Rex"}')[0] == {"name": "Rex"}


def encoded(
    schema: dict[str, Any], media_type: str, encoding: dict[str, Encoding] | None = None, **more: Any
) -> BodyReader:
    """Return the reader of an operation whose media type has encodings."""
    operation = {
        "requestBody": {"required": True, "content": {media_type: {"schema": schema}}},
        "responses": ANSWERS,
    }
    model = document({"/pets": {"post": operation}}, **more)
    found = only_operation(model)
    assert found.request_body is not None
    media = replace(found.request_body.content[media_type], encoding=encoding or {})
    changed = replace(found, request_body=replace(found.request_body, content={media_type: media}))
    return BodyReader(changed, model.request_schemas)


# Forms by style (OAS 3.1.1 section 4.8.15).

POINT: dict[str, Any] = {"type": "object", "properties": {"x": INTEGER, "y": INTEGER}}
NUMBERS: dict[str, Any] = {"type": "array", "items": INTEGER}


@pytest.mark.parametrize(
    ("schema", "encoding", "data", "value"),
    [
        (NUMBERS, None, b"p=1&p=2", [1, 2]),
        (NUMBERS, None, b"p[]=1&p%5B%5D=2", [1, 2]),
        (NUMBERS, None, b"p[1]=2&p[0]=1", [1, 2]),
        (NUMBERS, None, b"p=[1,2]", [1, 2]),
        (NUMBERS, Encoding(style="form", explode=False), b"p=1,2", [1, 2]),
        (NUMBERS, Encoding(explode=False), b"p=1,2", [1, 2]),
        (NUMBERS, Encoding(style="pipeDelimited", explode=False), b"p=1%7C2", [1, 2]),
        (NUMBERS, Encoding(style="spaceDelimited", explode=False), b"p=1+2", [1, 2]),
        (POINT, None, b"p[x]=1&p[y]=2", {"x": 1, "y": 2}),
        (POINT, None, b"p=%7B%22x%22:1%7D", {"x": 1}),
        (POINT, Encoding(style="deepObject", explode=True), b"p[x]=1", {"x": 1}),
        (POINT, Encoding(style="form", explode=True), b"x=1&y=2", {"x": 1, "y": 2}),
        (POINT, Encoding(style="form", explode=False), b"p=x,1,y,2", {"x": 1, "y": 2}),
        (POINT, Encoding(content_types=("application/json",)), b"p=%7B%22x%22:1%7D", {"x": 1}),
        ({"type": "array", "items": POINT}, None, b"p[0][x]=1&p[1][x]=2", [{"x": 1}, {"x": 2}]),
        ({"type": "array", "items": POINT}, None, b"p[][x]=1&p[][y]=2&p[][x]=3", [{"x": 1, "y": 2}, {"x": 3}]),
        ({"type": "array", "items": POINT}, None, b"p=%7B%22x%22:1%7D&p=%7B%22x%22:2%7D", [{"x": 1}, {"x": 2}]),
    ],
)  # fmt: skip
def test_property_of_a_form_is_read_in_its_encoding(
    schema: dict[str, Any], encoding: Encoding | None, data: bytes, value: Json
) -> None:
    whole = {"type": "object", "properties": {"p": schema}, "additionalProperties": False}

    assert read(encoded(whole, FORM, {"p": encoding} if encoding else {}), data, FORM) == ({"p": value}, [])


def test_property_that_a_form_does_not_declare_is_kept_and_judged() -> None:
    assert read(reader_of({FORM: {"type": "object"}}), b"a=1&b[c]=2&d=1&d=2", FORM) == (
        {"a": "1", "b": {"c": "2"}, "d": ["1", "2"]},
        [],
    )
    closed = {"type": "object", "properties": {"a": INTEGER}, "additionalProperties": False}
    assert read(reader_of({FORM: closed}), b"a=1&b=2", FORM)[1] == ["body.b: property 'b' is not allowed"]


def test_branches_that_type_a_field_differently_are_tried_one_by_one() -> None:
    def branch(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"const": kind}, "value": schema},
        }

    schema = {"oneOf": [branch("number", INTEGER), branch("text", TEXT), branch("list", NUMBERS)]}
    reader = reader_of({FORM: schema})

    assert read(reader, b"kind=number&value=5", FORM) == ({"kind": "number", "value": 5}, [])
    assert read(reader, b"kind=text&value=5", FORM) == ({"kind": "text", "value": "5"}, [])
    assert read(reader, b"kind=list&value=5", FORM) == ({"kind": "list", "value": [5]}, [])


def test_form_of_more_fields_than_anyone_needs_is_refused() -> None:
    violations = read(reader_of({FORM: PET}), b"name=1&" * (MAX_FIELDS + 1), FORM)[1]

    assert violations == [f"body: there are more than {MAX_FIELDS} fields"]


@given(
    st.dictionaries(
        st.sampled_from(["name", "tags", "age", "flag", "point", "points"]),
        st.none(),
    ).flatmap(
        lambda names: st.fixed_dictionaries(
            {
                name: {
                    "name": st.text(),
                    "tags": st.lists(st.integers(), min_size=1, max_size=3),
                    "age": st.integers(),
                    "flag": st.booleans(),
                    "point": st.fixed_dictionaries({"x": st.integers(), "y": st.integers()}),
                    "points": st.lists(st.fixed_dictionaries({"x": st.integers()}), min_size=1, max_size=2),
                }[name]
                for name in names
            }
        )
    ),
    st.sampled_from([None, "deepObject"]),
)
@settings(max_examples=60, deadline=None)
def test_form_that_is_written_is_read_again(value: dict[str, Json], style: str | None) -> None:
    properties = {
        "name": TEXT, "tags": NUMBERS, "age": INTEGER, "flag": {"type": "boolean"}, "point": POINT,
        "points": {"type": "array", "items": POINT},
    }  # fmt: skip
    encoding = (
        {"point": Encoding(style=style, explode=True), "points": Encoding(style=style)} if style else {}
    )
    data = write_form(value, encoding)

    if data:
        assert read(encoded({"type": "object", "properties": properties}, FORM, encoding), data, FORM) == (
            value,
            [],
        )


# Multipart.

PARTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "pet": PET,
        "pets": {"type": "array", "items": PET},
        "photo": {"type": "string", "format": "binary"},
        "photos": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "note": TEXT,
        "age": INTEGER,
        "tags": NUMBERS,
    },
}


def multipart(
    *parts: bytes, schema: dict[str, Any] = PARTS, media_type: str = "multipart/form-data", **encoding: Any
) -> Any:
    """Read a message of these parts, each with its head."""
    data = b"".join(b"--edge\r\n" + piece + b"\r\n" for piece in parts) + b"--edge--\r\n"
    return read(encoded(schema, media_type, encoding), data, f"{media_type}; boundary=edge")


AS_JSON = "Content-Type: application/json\r\n"
XML = "Content-Type: application/xml\r\n"


def field(name: str, content: bytes, *, head: str = "", filename: str = "") -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"{filename}\r\n{head}'
    return disposition.encode() + b"\r\n" + content


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        ([field("note", "caf\xe9".encode())], {"note": "caf\xe9"}),
        ([field("note", b"caf\xe9", head="Content-Type: text/plain; charset=latin-1\r\n")], {"note": "caf\xe9"}),
        ([field("age", b"3"), field("tags", b"1"), field("tags[]", b"2")], {"age": 3, "tags": [1, 2]}),
        ([field("tags[0]", b"1"), field("tags[1]", b"2")], {"tags": [1, 2]}),
        ([field("tags", b"[1, 2]", head="Content-Type: application/json\r\n")], {"tags": [1, 2]}),
        ([field("pet", b'{"name": "Rex"}')], {"pet": {"name": "Rex"}}),
        ([field("pet[name]", b"Rex"), field("pet[age]", b"3")], {"pet": {"name": "Rex", "age": 3}}),
        ([field("pet", b"<pet><name>Rex</name></pet>", head=XML)], {"pet": {"name": "Rex"}}),
        (
            [field("pets", b'{"name": "A"}', head=AS_JSON), field("pets", b'{"name": "B"}')],
            {"pets": [{"name": "A"}, {"name": "B"}]},
        ),
        ([field("photo", b"\x00\xff\r\n--edg", filename='; filename="a.png"')], {"photo": "\x00\xff\r\n--edg"}),
        ([field("photo", b"12", head="Content-Type: image/png\r\n", filename='; filename="1"')], {"photo": "12"}),
        ([field("photos", b"\x01"), field("photos", b"\x02")], {"photos": ["\x01", "\x02"]}),
        ([field("note", b"YQ==", head="Content-Transfer-Encoding: base64\r\n")], {"note": "a"}),
        ([field("note", b"")], {"note": ""}),
        ([field("_charset_", b"iso-8859-1"), field("note", b"caf\xe9")], {"note": "caf\xe9"}),
        ([b"Content-Disposition: form-data; name*=UTF-8''n%6Fte\r\n\r\nx"], {"note": "x"}),
        ([b"content-disposition:form-data;name=note\r\n\r\nx"], {"note": "x"}),
        ([b'Content-Disposition: form-data; name="a\\"b"\r\n\r\nx'], {'a"b': "x"}),
        (
            [
                field(
                    "photos",
                    b"--in\r\nContent-Type: image/png\r\n\r\n\x01\r\n--in\r\n\r\n2\r\n--in--",
                    head="Content-Type: multipart/mixed; boundary=in\r\n",
                )
            ],
            {"photos": ["\x01", "2"]},
        ),
    ],
)  # fmt: skip
def test_part_is_the_value_of_its_property(parts: list[bytes], value: Json) -> None:
    assert multipart(*parts) == (value, [])


def test_charset_field_and_text_around_the_parts_do_no_harm() -> None:
    data = b"preamble\r\n--edge  \r\n" + field("note", b"x") + b"\r\n--edge--\r\nepilogue"

    assert read(encoded(PARTS, "multipart/form-data"), data, MULTIPART) == ({"note": "x"}, [])


def test_line_feeds_alone_end_lines_too() -> None:
    data = b'--edge\nContent-Disposition: form-data; name="note"\n\nx\n--edge--\n'

    assert read(encoded(PARTS, "multipart/form-data"), data, MULTIPART) == ({"note": "x"}, [])


def test_content_type_of_a_part_is_held_against_its_encoding() -> None:
    encoding = Encoding(content_types=("image/png", "image/jpeg"))
    gif = field("photo", b"x", head="Content-Type: image/gif\r\n")
    png = field("photo", b"x", head="Content-Type: image/png\r\n")

    assert multipart(gif, photo=encoding)[1] == [
        "body.photo: is image/gif; it should be image/png, image/jpeg"
    ]
    assert multipart(png, photo=encoding)[1] == []
    assert multipart(gif, photo=Encoding(content_types=("image/*",)))[1] == []


def test_header_of_a_part_is_held_against_its_encoding() -> None:
    header = with_parameter({"name": "X-Size", "in": "header", "required": True, "schema": TEXT})
    (parameter,) = only_operation(header).parameters
    encoding = Encoding(headers={"X-Size": replace(parameter, schema=None)})

    assert multipart(field("photo", b"x"), photo=encoding)[1] == [
        "body.photo.X-Size: the header 'X-Size' of this part is required"
    ]
    assert multipart(field("photo", b"x", head="x-size: 5\r\n"), photo=encoding)[1] == []


def test_json_part_is_json_whatever_the_style_of_its_property() -> None:
    piped = Encoding(style="pipeDelimited", explode=False)

    assert multipart(field("pet", b'{"name": "Rex"}', head=AS_JSON), pet=piped) == (
        {"pet": {"name": "Rex"}},
        [],
    )


def test_property_of_parts_may_have_a_style() -> None:
    assert multipart(field("tags", b"1,2"), tags=Encoding(style="form", explode=False)) == (
        {"tags": [1, 2]},
        [],
    )
    assert multipart(field("pet[name]", b"Rex"), pet=Encoding(style="deepObject", explode=True)) == (
        {"pet": {"name": "Rex"}},
        [],
    )


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([b"Content-Disposition: form-data\r\n\r\nx"], "body: part 1 has no name"),
        ([field("note", b"a"), field("note", b"b")], "body.note: is given 2 times, but it is no list"),
        ([field("pet", b"{", head="Content-Type: application/json\r\n")], "body.pet: is not valid JSON"),
        ([field("pet", b"<", head="Content-Type: application/xml\r\n")], "body.pet: is not XML that is read"),
        (
            [field("note", b"x", head="Content-Type: text/plain; charset=nonsense\r\n")],
            "the charset 'nonsense'",
        ),
        ([field("age", b"old")], 'body.age: "old" is not of type "integer"'),
        ([field("note", b"x", head="Content-Transfer-Encoding: base64\r\n")], "no base64"),
        ([field("photos", b"x", head="Content-Type: multipart/mixed\r\n")], "body.photos: has no boundary"),
    ],
)
def test_wrong_part_is_a_violation_with_its_place(parts: list[bytes], reason: str) -> None:
    assert reason in multipart(*parts)[1][0]


def test_message_of_more_parts_than_anyone_needs_is_refused() -> None:
    assert multipart(*[field("tags", b"1")] * (MAX_PARTS + 1))[1] == [
        f"body: has more than {MAX_PARTS} parts"
    ]


def test_message_that_is_cut_short_is_a_violation() -> None:
    data = b"--edge\r\n" + field("note", b"x")

    assert read(encoded(PARTS, "multipart/form-data"), data, MULTIPART)[1] == [
        "body: is cut short: its last boundary is missing"
    ]


def test_parts_without_names_are_the_items_of_a_list_or_the_properties_in_order() -> None:
    parts = [b'Content-Type: application/json\r\n\r\n{"name": "Rex"}', b"Content-Type: image/png\r\n\r\n\x01"]
    listed = {"type": "array", "prefixItems": [PET, TEXT]}

    assert multipart(*parts, schema=listed, media_type="multipart/mixed") == ([{"name": "Rex"}, "\x01"], [])
    named = {"type": "object", "properties": {"pet": PET, "photo": TEXT}}
    assert multipart(*parts, schema=named, media_type="multipart/related") == (
        {"pet": {"name": "Rex"}, "photo": "\x01"},
        [],
    )


@given(st.binary(max_size=120))
@settings(max_examples=60, deadline=None)
def test_no_bytes_break_the_reader_of_parts(data: bytes) -> None:
    reader = encoded(PARTS, "multipart/form-data")
    read(reader, b"--edge\r\n" + data + b"\r\n--edge--", MULTIPART)
    read(reader, data.replace(b"\xff", b"--edge\r\n"), MULTIPART)


# Sequences, texts, charsets.


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("application/x-ndjson", b'{"name": "A"}\n\n{"name": "B"}\r\n'),
        ("application/jsonl", b'{"name": "A"}\n{"name": "B"}'),
        ("application/json-seq", b'\x1e{"name": "A"}\n\x1e{"name":\n "B"}\n'),
    ],
)
def test_sequence_is_a_list_of_its_items(media_type: str, data: bytes) -> None:
    for schema in (PET, {"type": "array", "items": PET}):
        assert read(reader_of({media_type: schema}), data, media_type) == ([{"name": "A"}, {"name": "B"}], [])
    assert read(reader_of({media_type: PET}), data.replace(b'"B"', b"5"), media_type)[1] == [
        'body.1.name: 5 is not of type "string"'
    ]


def test_sequence_is_judged_item_by_item_where_the_document_says_so() -> None:
    model = document(
        {
            "/pets": {
                "post": {
                    "requestBody": {"content": {"application/jsonl": {"itemSchema": PET}}},
                    "responses": ANSWERS,
                }
            }
        },
        version="3.2.0",
    )
    found = only_operation(model)
    assert found.request_body is not None
    (media,) = found.request_body.content.values()
    changed = replace(media, item_schema=f"{media.pointer}/itemSchema")
    operation = replace(found, request_body=replace(found.request_body, content={media.name: changed}))
    reader = BodyReader(operation, model.request_schemas)

    assert read(reader, b'{"name": "A"}\n{}\n', "application/jsonl")[1] == ["body.1.name: 'name' is required"]


def test_broken_item_of_a_sequence_is_told_with_its_place() -> None:
    assert read(reader_of({"application/jsonl": PET}), b'{"name": "A"}\n{"name":', "application/jsonl")[
        1
    ] == ["body.1: is not valid JSON: unexpected end of data"]


def test_event_stream_is_a_list_of_events() -> None:
    schema = {"type": "array", "items": {"type": "object", "required": ["data"]}}
    data = b": hello\r\nevent: a\r\ndata: x\r\ndata:y\r\n\r\nid: 1\n\ndata\n"

    value, violations = read(reader_of({"text/event-stream": schema}), data, "text/event-stream")

    assert value == [{"event": "a", "data": "x\ny"}, {"id": "1"}, {"data": ""}]
    assert violations == ["body.1.data: 'data' is required"]


@pytest.mark.parametrize(
    ("schema", "data", "value"),
    [
        (INTEGER, b"5", 5),
        ({"type": "boolean"}, b"true", True),
        (TEXT, b"5", "5"),
        (PET, b'{"name": "Rex"}', {"name": "Rex"}),
        (PET, b"name,age", "name,age"),
    ],
)
def test_text_has_the_type_of_its_schema(schema: dict[str, Any], data: bytes, value: Json) -> None:
    assert read(reader_of({"text/plain": schema}), data, "text/plain") == (value, [])


def test_charset_of_the_field_is_that_of_the_text() -> None:
    reader = reader_of({"text/plain": TEXT, JSON: PET})

    assert read(reader, b"caf\xe9", "text/plain; charset=ISO-8859-1") == ("caf\xe9", [])
    assert read(reader, '{"name": "\u20ac"}'.encode("utf-16"), 'application/json; charset="utf-16"')[0] == {
        "name": "\u20ac"
    }
    assert read(reader, b"\xe9", "text/plain; charset=ascii")[1] == ["body: is not ASCII text (byte 0)"]


def test_lone_surrogate_is_no_text_in_any_charset() -> None:
    assert read(reader_of({"text/plain": TEXT}), b"+2AA-", "text/plain; charset=utf-7")[1] == [
        "body: is not utf-7 text"
    ]


@pytest.mark.parametrize(
    "charset",
    [
        "nonsense",
        "base64",
        "rot13",
        "idna",
        "undefined",
        "unicode_escape",
        "raw-unicode-escape",
        "\x00",
        "x" * 500,
    ],
)
def test_unknown_charset_is_refused(charset: str) -> None:
    for media_type in (JSON, "text/plain"):
        with pytest.raises(Refusal, match="is not known") as caught:
            read(reader_of({media_type: {}}), b"{}", f"{media_type}; charset={charset}")

        assert caught.value.kind is RefusalKind.UNSUPPORTED_MEDIA_TYPE


# readOnly.

WITH_ID: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {**INTEGER, "readOnly": True}, "name": TEXT},
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("data", "value", "violations"),
    [
        (b'{"name": "Rex"}', {"name": "Rex"}, []),
        (b'{"id": 5, "name": "Rex"}', {"id": 5, "name": "Rex"}, []),
        (b'{"id": "five", "name": "Rex"}', {"name": "Rex"}, []),
        (b'{"id": "five", "name": 5}', {"name": 5}, ['body.name: 5 is not of type "string"']),
    ],
)
def test_property_that_is_read_only_is_not_judged(data: bytes, value: Json, violations: list[str]) -> None:
    assert read(reader_of({JSON: WITH_ID}), data) == (value, violations)


def test_read_only_part_of_a_list_is_not_judged() -> None:
    schema = {"type": "array", "items": {"allOf": [WITH_ID]}}

    assert read(reader_of({JSON: schema}), b'[{"id": {}, "name": "Rex"}]') == ([{"name": "Rex"}], [])


def test_invalid_default_is_not_filled_in() -> None:
    schema = {"type": "object", "properties": {"age": {**INTEGER, "default": "old"}}}

    assert read(reader_of({JSON: schema}), b"{}") == ({}, [])


def test_merge_patch_gets_no_defaults() -> None:
    media_type = "application/merge-patch+json"

    assert read(reader_of({media_type: WITH_DEFAULTS}), b"{}", media_type) == ({}, [])
