"""Bodies become JSON values, or violations, or 415."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.bodies import BodyReader
from mockserver.errors import Json, Refusal, RefusalKind

from .conftest import ANSWERS, document, only_operation

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
