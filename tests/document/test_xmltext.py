"""XML becomes values by schema and values become XML: the tables of the standard, a round trip, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.document.messages.xmltext import read, write
from mockserver.document.messages.xmltree import MAX_DEPTH, XmlError, parse
from mockserver.errors import Json

from .conftest import with_schemas

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
TEXT: dict[str, Any] = {"type": "string"}
INTEGER: dict[str, Any] = {"type": "integer"}


def written(value: Json, schema: dict[str, Any], name: str = "Thing", **others: Any) -> str:
    model = with_schemas(**{name: schema}, **others)
    text = write(value, model.request_schemas, f"/components/schemas/{name}").decode()
    assert text.startswith(HEAD)
    return text.removeprefix(HEAD)


def value_of(text: str | bytes, schema: dict[str, Any], name: str = "Thing", **others: Any) -> Json:
    model = with_schemas(**{name: schema}, **others)
    data = text if isinstance(text, bytes) else text.encode()
    return read(data, model.request_schemas, f"/components/schemas/{name}")


def listed(xml: dict[str, Any] | None = None, item: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an object with one list of texts."""
    items = TEXT if item is None else {**TEXT, "xml": item}
    animals: dict[str, Any] = {"type": "array", "items": items}
    if xml is not None:
        animals["xml"] = xml
    return {"type": "object", "properties": {"animals": animals}}


# The examples of OAS 3.1.1 section 4.8.26.2, one by one; <Thing> stands around each.


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        ({"properties": {"animals": TEXT}}, {"animals": "a"}, "<animals>a</animals>"),
        ({"properties": {"animals": {**TEXT, "xml": {"name": "animal"}}}}, {"animals": "a"}, "<animal>a</animal>"),
        (listed(), {"animals": ["a", "b"]}, "<animals>a</animals><animals>b</animals>"),
        (listed({"name": "x"}, {"name": "animal"}), {"animals": ["a", "b"]}, "<animal>a</animal><animal>b</animal>"),
        (listed({"wrapped": True}), {"animals": ["a"]}, "<animals><animals>a</animals></animals>"),
        (
            listed({"wrapped": True}, {"name": "animal"}),
            {"animals": ["a", "b"]},
            "<animals><animal>a</animal><animal>b</animal></animals>",
        ),
        (
            listed({"name": "aliens", "wrapped": True}, {"name": "animal"}),
            {"animals": ["a"]},
            "<aliens><animal>a</animal></aliens>",
        ),
        (
            listed({"name": "aliens", "wrapped": True}),
            {"animals": ["a"]},
            "<aliens><aliens>a</aliens></aliens>",
        ),
        (listed({"nodeType": "element"}), {"animals": ["a"]}, "<animals><animals>a</animals></animals>"),
    ],
)  # fmt: skip
def test_example_of_the_standard_is_written_and_read(schema: dict[str, Any], value: Json, text: str) -> None:
    document = f"<Thing>{text}</Thing>"

    assert written(value, {"type": "object", **schema}) == document
    assert value_of(document, {"type": "object", **schema}) == value


PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {**INTEGER, "xml": {"attribute": True}},
        "name": {**TEXT, "xml": {"namespace": "https://example.com/schema/sample", "prefix": "sample"}},
    },
}


def test_attribute_and_namespace_are_written_and_read() -> None:
    text = '<Person id="123"><sample:name xmlns:sample="https://example.com/schema/sample">Ann</sample:name></Person>'

    assert written({"id": 123, "name": "Ann"}, PERSON, "Person") == text
    assert value_of(text, PERSON, "Person") == {"id": 123, "name": "Ann"}


def test_element_of_any_prefix_is_known_by_its_namespace() -> None:
    text = '<Person xmlns:x="https://example.com/schema/sample"><x:name>Ann</x:name></Person>'

    assert value_of(text, PERSON, "Person") == {"name": "Ann"}


def test_element_of_another_namespace_is_another_element() -> None:
    text = '<Person><name xmlns="urn:other">Ann</name><id>1</id></Person>'

    assert value_of(text, PERSON, "Person") == {"{urn:other}name": "Ann", "<id>": "1"}


def test_namespaced_attribute_gets_the_prefix_that_it_asks_for() -> None:
    xml = {"attribute": True, "namespace": "urn:a", "prefix": "a"}
    schema = {"type": "object", "properties": {"id": {**INTEGER, "xml": xml}}}
    text = '<Thing a:id="1" xmlns:a="urn:a"/>'

    assert written({"id": 1}, schema) == text
    assert value_of(text, schema) == {"id": 1}


def test_text_node_is_the_text_of_its_element() -> None:
    schema = {
        "type": "object",
        "properties": {
            "lang": {**TEXT, "xml": {"nodeType": "attribute"}},
            "said": {**TEXT, "xml": {"nodeType": "text"}},
        },
    }
    text = '<Thing lang="de">Guten Tag</Thing>'

    assert written({"lang": "de", "said": "Guten Tag"}, schema) == text
    assert value_of(text, schema) == {"lang": "de", "said": "Guten Tag"}


# The root.


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ({"type": "object", "xml": {"name": "pet"}}, "pet"),
        ({"type": "object"}, "Thing"),
        ({"$ref": "#/components/schemas/Other"}, "Other"),
        ({"$ref": "#/components/schemas/Named"}, "named"),
    ],
)
def test_root_has_the_declared_name_else_that_of_its_component(schema: dict[str, Any], name: str) -> None:
    others = {"Other": {"type": "object"}, "Named": {"type": "object", "xml": {"name": "named"}}}

    assert written({}, schema, **others) == f"<{name}/>"


def test_root_without_any_name_is_called_root() -> None:
    model = with_schemas()

    assert write({"a": 1}, model.request_schemas, None).decode() == f"{HEAD}<root><a>1</a></root>"


def test_list_at_the_root_holds_items_by_their_component() -> None:
    schema = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    pet = {"type": "object", "properties": {"id": INTEGER}}
    text = "<Pets><Pet><id>1</id></Pet><Pet><id>2</id></Pet></Pets>"

    assert written([{"id": 1}, {"id": 2}], schema, "Pets", Pet=pet) == text
    assert value_of(text, schema, "Pets", Pet=pet) == [{"id": 1}, {"id": 2}]


def test_root_of_another_name_than_the_declared_is_refused() -> None:
    with pytest.raises(XmlError, match="the root element is <dog>; it should be <pet>"):
        value_of("<dog/>", {"type": "object", "xml": {"name": "pet"}})


def test_document_under_a_schema_of_text_is_the_text() -> None:
    assert value_of("<a><b/></a>", TEXT) == "<a><b/></a>"


# Types.

TYPED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "whole": INTEGER,
        "part": {"type": "number"},
        "flag": {"type": "boolean"},
        "note": {"type": ["string", "null"]},
        "count": {"type": ["integer", "null"]},
        "tags": {"type": "array", "items": INTEGER},
        "inner": {"type": "object", "properties": {"x": INTEGER}},
    },
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<whole> 5 </whole>", {"whole": 5}),
        ("<whole>five</whole>", {"whole": "five"}),
        ("<part>1.5</part><flag>true</flag>", {"part": 1.5, "flag": True}),
        ("<note/>", {"note": ""}),
        ("<note> a </note>", {"note": " a "}),
        ("<note>null</note>", {"note": "null"}),
        ("<count/>", {"count": None}),
        (
            '<note xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>',
            {"note": None},
        ),
        ("<tags>1</tags>", {"tags": [1]}),
        ("<tags>1</tags><whole>2</whole><tags>3</tags>", {"tags": [1, 3], "whole": 2}),
        ("<inner/>", {"inner": {}}),
        ("<inner><x>1</x><y>2</y></inner>", {"inner": {"x": 1, "y": "2"}}),
        ("<whole>1</whole><whole>2</whole>", {"whole": [1, 2]}),
        ("<other><a>1</a><a>2</a></other>", {"other": {"a": ["1", "2"]}}),
        ("<![CDATA[ ]]><note><![CDATA[<b>&]]></note>", {"note": "<b>&"}),
        ('<inner x="4"/>', {"inner": {"x": 4}}),
        ("stray", {"#text": "stray"}),
    ],
)
def test_element_has_the_type_of_its_schema(text: str, value: Json) -> None:
    assert value_of(f"<Thing>{text}</Thing>", TYPED) == value


def test_required_list_without_items_is_empty_and_not_missing() -> None:
    schema = {"type": "object", "required": ["tags"], "properties": {"tags": {"type": "array"}}}

    assert value_of("<Thing/>", schema) == {"tags": []}


def test_one_element_is_a_list_or_alone_as_the_schema_takes_it() -> None:
    either = {"anyOf": [{"type": "array", "items": TEXT, "minItems": 2}, TEXT]}
    schema = {"type": "object", "properties": {"a": either}}

    assert value_of("<Thing><a>x</a></Thing>", schema) == {"a": "x"}
    assert value_of("<Thing><a>x</a><a>y</a></Thing>", schema) == {"a": ["x", "y"]}


def test_wrapped_list_with_other_elements_is_no_list() -> None:
    schema = listed({"wrapped": True}, {"name": "animal"})

    assert value_of("<Thing><animals><plant>a</plant></animals></Thing>", schema) == {
        "animals": {"plant": "a"}
    }


def test_properties_of_a_composition_are_known() -> None:
    schema = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"b": {"type": "boolean"}}}]}
    base = {"type": "object", "properties": {"a": {**INTEGER, "xml": {"attribute": True}}}}

    assert value_of('<Thing a="1"><b>true</b></Thing>', schema, Base=base) == {"a": 1, "b": True}


def test_map_has_its_keys_as_elements() -> None:
    named = {"type": "object", "properties": {"n": INTEGER}, "xml": {"name": "pet"}}
    schema = {"type": "object", "additionalProperties": {"type": "array", "items": named}}
    text = "<Thing><a><n>1</n></a><b><n>2</n></b><b><n>3</n></b></Thing>"

    assert written({"a": [{"n": 1}], "b": [{"n": 2}, {"n": 3}]}, schema) == text
    assert value_of(text, schema) == {"a": [{"n": 1}], "b": [{"n": 2}, {"n": 3}]}


def test_many_elements_are_read_in_a_moment() -> None:
    text = "<Thing>" + "".join(f"<e{number}/>" for number in range(50_000)) + "</Thing>"

    assert len(value_of(text, TYPED)) == 50_000


def test_circular_schema_is_read_as_deep_as_the_document_goes() -> None:
    schema = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Thing"}, "n": INTEGER}}
    text = "<Thing>" + "<next>" * 50 + "<n>1</n>" + "</next>" * 50 + "</Thing>"

    value = value_of(text, schema)
    for _ in range(50):
        value = value["next"]
    assert value == {"n": 1}


# What is refused, and how it is said.

BOMB = """<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "document types and entities are not taken"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document types and entities are not taken"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "document types"),
        ("<a>&x;</a>", "undefined entity"),
        ("", "no element found"),
        ("<a>", "no element found"),
        ("<a></b>", "mismatched tag"),
        ("<a/><b/>", "junk after document element"),
        ("<a b='1' b='2'/>", "duplicate attribute"),
        ("<a>\x00</a>", "not well-formed"),
        ("<a>\x01</a>", "not well-formed"),
        ("{}", "not well-formed"),
        (b"<a>\xff</a>", "not well-formed"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "encoding"),
        (b'<?xml version="1.0" encoding="shift_jis"?><a/>', "encoding"),
        ("<a>" * (MAX_DEPTH + 1), "nested more than 200 levels deep"),
        ("<a " + " ".join(f'b{number}="c"' for number in range(1001)) + "/>", "more than 1000 attributes"),
        ("<a>" * 100_000, "nested more than 200 levels deep"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused_with_its_reason(text: str | bytes, reason: str) -> None:
    with pytest.raises(XmlError, match=reason) as caught:
        parse(text if isinstance(text, bytes) else text.encode())

    assert str(caught.value).startswith(caught.value.reason)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16", "us-ascii"])
def test_charset_of_the_field_is_the_encoding_of_the_document(charset: str) -> None:
    text = "caf\xe9" if charset != "us-ascii" else "cafe"

    assert parse(f"<a>{text}</a>".encode(charset), charset).text == text


def test_declared_encoding_of_the_document_is_kept() -> None:
    assert (
        parse('<?xml version="1.0" encoding="windows-1252"?><a>\x80</a>'.encode("latin-1")).text == "\u20ac"
    )


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        value_of(data, TYPED)
    except XmlError:
        return


def test_what_xml_cannot_say_is_replaced_when_written() -> None:
    text = written({"a b<": "x\x00\ud800", "1": None}, {"type": "object"})

    assert parse(text.encode()).children[0].name == "a_b_"
    assert parse(text.encode()).children[0].text == "x\ufffd\ufffd"
    assert parse(text.encode()).children[1].name == "_1"


def test_prefix_that_nobody_declared_is_left_out() -> None:
    schema = {"type": "object", "properties": {"a": {**TEXT, "xml": {"prefix": "p"}}}}

    assert written({"a": "x"}, schema) == "<Thing><a>x</a></Thing>"
    assert value_of("<Thing><p:a>x</p:a></Thing>", schema) == {"a": "x"}


# The law: what is written is read again.

NAMES = st.integers(0, 10_000).map(lambda number: f"n{number}")
XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\r <>&\"'"), max_size=8
)
SCALARS = st.one_of(
    st.tuples(st.just(TEXT), XML_TEXT),
    st.tuples(st.just(INTEGER), st.integers()),
    st.tuples(st.just({"type": "number"}), st.floats(allow_nan=False, allow_infinity=False) | st.integers()),
    st.tuples(st.just({"type": "boolean"}), st.booleans()),
    st.tuples(st.just({"type": ["string", "null"]}), st.none() | XML_TEXT),
    st.tuples(st.just({"type": ["integer", "null"]}), st.none() | st.integers()),
)
Pair = tuple[dict[str, Any], Json]


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    schema, first = draw(inner)
    # Values of one schema: the same again is enough to tell one from many.
    count = draw(st.integers(0, 3))
    xml = {"wrapped": draw(st.booleans())}
    if draw(st.booleans()):
        xml["name"] = draw(NAMES)
    if draw(st.booleans()):
        schema = {**schema, "xml": {**schema.get("xml", {}), "name": draw(NAMES)}}
    return {"type": "array", "items": schema, "xml": xml}, [first] * count


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    properties: dict[str, Any] = {}
    value: dict[str, Json] = {}
    for index in range(draw(st.integers(0, 4))):
        schema, member = draw(inner)
        xml = dict(schema.get("xml", {}))
        if "name" in xml or draw(st.booleans()):
            xml["name"] = f"x{index}"
        items = schema.get("items")
        if items is not None and "name" in items.get("xml", {}):
            schema = {**schema, "items": {**items, "xml": {**items["xml"], "name": f"i{index}"}}}
        if draw(st.booleans()):
            xml |= {"namespace": f"urn:{index % 2}", "prefix": f"p{index % 2}"}
        if member is not None and not isinstance(member, list | dict) and draw(st.booleans()):
            xml["attribute"] = True
        properties[f"a{index}"] = {**schema, "xml": xml}
        value[f"a{index}"] = member
    return {"type": "object", "properties": properties, "required": list(properties)}, value


PAIRS: st.SearchStrategy[Pair] = st.recursive(
    SCALARS, lambda inner: arrays(inner) | objects(inner), max_leaves=12
)


@given(PAIRS)
@settings(max_examples=300)
def test_what_is_written_is_read_again(pair: Pair) -> None:
    schema, value = pair
    model = with_schemas(Thing=schema)

    data = write(value, model.request_schemas, "/components/schemas/Thing")

    assert read(data, model.request_schemas, "/components/schemas/Thing") == value, data.decode()
