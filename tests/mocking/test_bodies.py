"""Any value under any media type."""

from __future__ import annotations

import csv
import email
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.document.model import Encoding, MediaType
from mockserver.errors import Json
from mockserver.mocking.bodies import Form, sample, write
from mockserver.mocking.bodies.samples import SAMPLES
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.preferences import parse

from .conftest import TEXT, Api, build_document, closed, ref

MakeApi = Callable[..., Api]
SCHEMAS = build_document(
    {}, Pet={"type": "object", "properties": {"id": {"type": "integer"}, "file": {"format": "binary"}}}
)
PET = "/components/schemas/Pet"
INTEGER: dict[str, Any] = {"type": "integer"}


def written(value: Json, name: str, schema: str | None = None, **encoding: Encoding) -> bytes:
    media = MediaType(name, "", schema, {}, encoding=encoding)
    return write(value, Form(name, media, SCHEMAS.response_schemas)).content


def test_yaml_means_the_same_value() -> None:
    value = {"a": [1, "yes", "1.0", None, True, "2026-01-02", "multi\nline", "é"], "b": {}}

    assert yaml.safe_load(written(value, "application/yaml")) == value
    assert yaml.safe_load(written([value, value], "text/x-yaml")) == [value, value]


def test_csv_has_a_header_and_a_row_for_each_object() -> None:
    text = written([{"id": 1, "name": 'a "b", c'}, {"id": 2, "tags": ["x"]}], "text/csv").decode()

    assert list(csv.reader(io.StringIO(text))) == [
        ["id", "name", "tags"],
        ["1", 'a "b", c', ""],
        ["2", "", '["x"]'],
    ]
    assert text.endswith("\r\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"total": 1, "items": [{"a": 1}]}, "a\r\n1\r\n"),
        ({"a": 1, "b": None}, "a,b\r\n1,\r\n"),
        ([[1, 2], [3]], "1,2\r\n3\r\n"),
        ([1, 2], "1\r\n2\r\n"),
        (5, "5\r\n"),
        ([], ""),
        ("id\r\n1\r\n", "id\r\n1\r\n"),
    ],
)
def test_other_values_are_what_of_a_table_they_are(value: Json, text: str) -> None:
    assert written(value, "text/csv").decode() == text


def test_form_fields_can_be_read_back() -> None:
    value = {"a": "x & y", "list": [1, "b"], "object": {"c": 1}, "none": None, "flag": True}
    fields = parse_qsl(written(value, "application/x-www-form-urlencoded").decode(), keep_blank_values=True)

    assert fields == [
        ("a", "x & y"),
        ("list", "1"),
        ("list", "b"),
        ("object", '{"c":1}'),
        ("none", "null"),
        ("flag", "true"),
    ]


def test_form_fields_follow_their_encoding() -> None:
    encodings = {
        "csv": Encoding(style="form", explode=False),
        "pipes": Encoding(style="pipeDelimited"),
        "deep": Encoding(style="deepObject"),
        "open": Encoding(style="form", explode=True),
    }
    value = {"csv": [1, 2], "pipes": ["a", "b"], "deep": {"x": 1}, "open": {"y": 2}}

    assert (
        written(value, "application/x-www-form-urlencoded", **encodings)
        == b"csv=1,2&pipes=a%7Cb&deep%5Bx%5D=1&y=2"
    )


def parts_of(value: Json, name: str = "multipart/form-data", **encoding: Encoding) -> list[Any]:
    media = MediaType(name, "", PET, {}, encoding=encoding)
    content, media_type = write(value, Form(name, media, SCHEMAS.response_schemas))
    message = email.message_from_bytes(b"Content-Type: " + media_type.encode() + b"\r\n\r\n" + content)
    assert message.is_multipart()
    return list(message.get_payload())


def test_multipart_has_a_part_for_each_property_and_item() -> None:
    parts = parts_of({"id": 5, "file": "bytes", "tags": ["a", "b"], "pet": {"x": 1}})
    names = [part.get_param("name", header="content-disposition") for part in parts]

    assert names == ["id", "file", "tags", "tags", "pet"]
    assert [part.get_content_type() for part in parts] == [
        "text/plain", "application/octet-stream", "text/plain", "text/plain", "application/json",
    ]  # fmt: skip
    assert parts[1].get_filename() == "file"
    assert json.loads(parts[4].get_payload()) == {"x": 1}


def test_part_has_the_media_type_of_its_encoding() -> None:
    [part] = parts_of({"file": "x"}, file=Encoding(content_types=("image/png", "image/jpeg")))

    assert part.get_content_type() == "image/png"
    assert part.get_payload(decode=True).startswith(b"\x89PNG")


def test_boundary_is_in_no_part_and_is_the_same_again() -> None:
    first = write({"a": "mockserver-7b1f3c9e"}, Form("multipart/mixed", None, SCHEMAS.response_schemas))
    again = write({"a": "mockserver-7b1f3c9e"}, Form("multipart/mixed", None, SCHEMAS.response_schemas))

    assert first == again
    assert "boundary=mockserver-7b1f3c9e-" in first.name


def test_json_lines_and_sequences_hold_one_text_for_each_item() -> None:
    assert written([{"a": 1}, 2], "application/x-ndjson") == b'{"a":1}\n2\n'
    assert written([{"a": 1}], "application/json-seq") == b'\x1e{"a":1}\n'
    assert written({"a": 1}, "application/jsonl") == b'{"a":1}\n'


def test_event_stream_holds_events() -> None:
    items = [{"event": "new", "data": {"a": 1}, "id": "1"}, {"a": 1}, "two\nlines"]

    assert written(items, "text/event-stream").decode() == (
        'event: new\nid: 1\ndata: {"a":1}\n\ndata: {"a":1}\n\ndata: two\ndata: lines\n\n'
    )
    assert written("data: as it is\n\n", "text/event-stream") == b"data: as it is\n\n"


def test_xml_follows_the_schema_and_an_example_in_xml_stays_as_it_is() -> None:
    assert ElementTree.fromstring(written({"id": 5}, "application/xml", PET)).findtext("id") == "5"
    assert ElementTree.fromstring(written("plain", "application/problem+xml")).text == "plain"
    assert written("<pet/>", "text/xml") == b"<pet/>"


def test_text_is_in_the_charset_of_its_media_type() -> None:
    assert written("é", "text/plain; charset=iso-8859-1") == b"\xe9"
    assert written("é", 'text/plain; charset="nonsense"') == "é".encode()
    assert written({"a": [1]}, "text/plain") == b'{"a":[1]}'
    assert written({"a": 1}, "application/vnd.unheard.of") == b'{"a":1}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(), x, max_size=4),
    max_leaves=12,
)
NAMES = [
    "application/json", "application/vnd.x+json;version=1", "text/plain;charset=utf-16", "text/csv", "application/xml",
    "image/svg+xml", "application/yaml", "multipart/form-data", "multipart/mixed", "application/x-www-form-urlencoded",
    "application/x-ndjson", "application/geo+json-seq", "text/event-stream", "image/png", "nonsense", "",
]  # fmt: skip


@settings(deadline=None)
@given(JSON, st.sampled_from(NAMES))
def test_any_value_can_be_written_under_any_media_type_and_the_same_again(value: Json, name: str) -> None:
    assert isinstance(written(value, name, PET), bytes)
    assert written(value, name, PET) == written(value, name, PET)


# Samples.


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_sample_is_small_and_always_the_same(name: str) -> None:
    content = sample(name)

    assert content
    assert len(content) <= 10240
    sample.cache_clear()
    assert sample(f"{name}; x=y") == content


def test_samples_can_be_opened() -> None:
    archive = zipfile.ZipFile(io.BytesIO(as_bytes("application/zip")))
    assert archive.read("sample.txt") == b"This is a sample.\n"
    with tarfile.open(fileobj=io.BytesIO(as_bytes("application/x-tar"))) as tape:
        assert tape.getnames() == ["sample.txt"]
    assert as_bytes("application/pdf").startswith(b"%PDF-1.4")
    for name in ("image/svg+xml", "application/xml", "application/xhtml+xml"):
        text = sample(name)
        assert isinstance(text, str)
        ElementTree.fromstring(text)


def as_bytes(name: str) -> bytes:
    content = sample(name)
    assert isinstance(content, bytes)
    return content


@pytest.mark.parametrize(
    "name", ["application/json", "application/x-ndjson", "application/vnd.a+json", "application/a+xml"]
)
def test_what_a_schema_describes_has_no_sample(name: str) -> None:
    assert sample(name) is None


# In answers.


def answer_of(
    make_api: MakeApi, name: str, media: dict[str, Any], *, accept: str = "", prefer: str = "", **schemas: Any
) -> Answer:
    responses = {"200": {"description": "", "content": {name: media}}}
    api = make_api({"/pets": {"get": {"operationId": "act", "responses": responses}}}, {}, **schemas)
    operation = api.document.operations["act"]
    request = Request(operation, "GET", "/pets", accept=accept, preferences=parse(prefer, b""))
    answer = api.engine.answer(request, api.world)
    assert answer.violations == ()
    return answer


@pytest.mark.parametrize(
    ("name", "schema", "start"),
    [
        ("image/png", {"type": "string", "format": "binary"}, b"\x89PNG"),
        ("image/png", None, b"\x89PNG"),
        ("image/jpeg", {}, b"\xff\xd8\xff"),
        ("application/pdf", {"type": "object"}, b"%PDF"),
        ("application/zip", {"type": "string", "format": "binary"}, b"PK"),
        ("application/octet-stream", {"type": "string", "format": "binary"}, b"This is"),
        ("text/html", {"type": "string"}, b"<!DOCTYPE html>"),
        ("text/csv", None, b"id,name"),
        ("application/json", None, b"{}"),
        ("image/*", {"type": "string"}, b"\x89PNG"),
    ],
)
def test_file_is_one_of_its_format(make_api: MakeApi, name: str, schema: Json, start: bytes) -> None:
    answer = answer_of(make_api, name, {} if schema is None else {"schema": schema})
    content = answer.content if answer.content is not None else json.dumps(answer.body).encode()

    assert content.startswith(start)


def test_range_is_sent_as_what_is_accepted(make_api: MakeApi) -> None:
    answer = answer_of(make_api, "image/*", {"schema": TEXT}, accept="image/gif, image/png;q=0.5")

    assert answer.media_type == "image/gif"
    assert (answer.content or b"").startswith(b"GIF89a")


def test_text_says_what_its_schema_says(make_api: MakeApi) -> None:
    assert answer_of(make_api, "text/html", {"schema": {"enum": ["<b>x</b>"]}}).content == b"<b>x</b>"
    assert answer_of(make_api, "text/plain", {"schema": {"type": "integer", "enum": [7]}}).content == b"7"
    assert json.loads(
        answer_of(make_api, "text/plain", {"schema": closed({"a": INTEGER}, "a")}).content or b""
    ).keys() == {"a"}


@pytest.mark.parametrize(
    "media",
    [
        {"schema": ref("Pet")},
        {"schema": {"type": "array", "items": ref("Pet"), "minItems": 2}},
    ],
)
def test_sequence_holds_a_few_valid_items(make_api: MakeApi, media: dict[str, Any]) -> None:
    answer = answer_of(make_api, "application/x-ndjson", media, Pet=closed({"id": INTEGER}, "id"))
    lines = (answer.content or b"").splitlines()

    assert len(lines) >= 2
    assert all(isinstance(json.loads(line)["id"], int) for line in lines)


def test_sequence_is_as_long_as_the_client_wants(make_api: MakeApi) -> None:
    answer = answer_of(
        make_api, "text/event-stream", {"schema": closed({"id": INTEGER}, "id")}, prefer="count=5"
    )

    assert (answer.content or b"").count(b"data: ") == 5


def test_example_in_xml_is_sent_as_it_was_written(make_api: MakeApi) -> None:
    answer = answer_of(
        make_api, "application/xml", {"schema": ref("Pet"), "example": "<pet/>"}, Pet=closed({})
    )

    assert (answer.content, answer.source) == (b"<pet/>", ResponseSource.EXAMPLE)


def test_error_is_written_in_its_media_type(make_api: MakeApi) -> None:
    from mockserver.errors import Refusal, RefusalKind

    error = closed({"message": TEXT}, "message")
    content = {"application/xml": {"schema": ref("Error")}}
    responses = {"200": {"description": ""}, "404": {"description": "", "content": content}}
    api = make_api({"/pets": {"get": {"operationId": "act", "responses": responses}}}, {}, Error=error)
    answer = api.engine.refuse(Refusal(RefusalKind.NOT_FOUND, "no pets"), api.document.operations["act"])

    assert ElementTree.fromstring(answer.content or b"").findtext("message") == "no pets"
    assert api.engine.refuse(Refusal(RefusalKind.NOT_FOUND, "no pets"), None).media_type == "application/xml"
