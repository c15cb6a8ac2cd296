"""Texts become JSON values, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import jsontext
from mockserver.document.loading import loader, yamltext
from mockserver.document.loading.loader import parse
from mockserver.errors import DocumentError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02",
        "2026-01-02T03:04:05Z",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "0777",
        "0x1F",
        "0o17",
        "1_000",
        "12:30:45",
        ".inf",
        ".nan",
        "+1",
        "=",
    ],
)
def test_word_that_json_could_not_say_stays_text(text: str) -> None:
    assert parse(f"a: {text}".encode(), "api.yaml") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-0", 0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
    ],
)
def test_word_that_json_can_say_is_a_value(text: str, value: object) -> None:
    assert parse(f"a: {text}".encode(), "api.yaml") == {"a": value}


@pytest.mark.parametrize("key", ["200", "1.10", "true", "null", "~", "2026-01-02"])
def test_key_is_the_text_as_it_was_written(key: str) -> None:
    assert parse(f"{key}: x".encode(), "api.yaml") == {key: "x"}


def test_anchor_stands_for_its_value_everywhere() -> None:
    value = parse(b"a: &pet {name: Rex}\nb: *pet", "api.yaml")
    value["a"]["name"] = "Tom"

    assert value["b"] == {"name": "Rex"}


def test_merge_key_adds_what_is_not_said() -> None:
    text = b"base: &base {200: x, name: Rex}\npet: {<<: *base, name: Tom}\nboth: {<<: [*base, {age: 3}]}"

    value = parse(text, "api.yaml")

    assert value["pet"] == {"200": "x", "name": "Tom"}
    assert value["both"] == {"200": "x", "name": "Rex", "age": 3}


def test_template_language_is_no_more_than_text() -> None:
    assert parse(b'a: "{{ name }} {% if x %}"', "api.yaml") == {"a": "{{ name }} {% if x %}"}


@pytest.mark.parametrize("text", [b'{"a": 1}', b"a: 1", b'{\n\t"a": 1\n}'])
def test_byte_order_mark_is_not_part_of_the_text(text: bytes) -> None:
    assert parse(b"\xef\xbb\xbf" + text, "api.json") == {"a": 1}


def test_json_with_tabs_is_read() -> None:
    assert parse(b'{\n\t"a":\t[1,\t2]\n}', "api.json") == {"a": [1, 2]}


def test_empty_text_is_null() -> None:
    assert parse(b"", "api.yaml") is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b"a: 1\nb: [1, 2", "line 3, column 1"),
        (b"a: 1\nb: {{ x }}", "line 2, column"),
        (b"a:\n\t- 1", "line 2, column 1"),
        (b"a: 1\n---\nb: 2", "line 2, column 1"),
        (b"a: *nobody", "line 1, column 4"),
        (b"a: ok\nb: bell\x07", "line 2, column 8"),
        (b"a: nul\x00", "line 1, column 7"),
        (b"a: 1\nb: caf\xe9", "line 2, byte 7"),
        ("a: 1".encode("utf-16"), "line 1, byte 1"),
        (b'{"a": 1,\n "b": [}', "line 2, column"),
        (b"a: 1\nb: 1e999", "line 2, column 4"),
        (b"a: " + b"9" * 5000, "line 1, column 4"),
        (b"? [a]\n: 1", "line 1, column 3"),
        (b"a: !!timestamp 2026-01-02", "line 1, column 4"),
        (b"a: !!binary aGk=", "line 1, column 4"),
        (b"a: !!set {x}", "line 1, column 4"),
        (b"a: !!python/object/apply:os.system [ls]", "line 1, column 4"),
    ],
)
def test_broken_text_is_one_line_with_its_place(text: bytes, where: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(text, "api.yaml")

    message = str(caught.value)
    assert message.startswith("api.yaml is not")
    assert where in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 100_000,
        b"- " * 100_000,
        b"? " * 100_000,
        b"[" * 300 + b"]" * 300,
        b"a: " + b"{a: " * 300 + b"}" * 300,
    ],
)
def test_nesting_without_end_is_refused_and_kills_nothing(text: bytes) -> None:
    with pytest.raises(DocumentError):
        parse(text, "api.yaml")


def test_anchor_that_holds_itself_is_refused() -> None:
    with pytest.raises(DocumentError, match="an anchor holds itself"):
        parse(b"a: &a [*a]", "api.yaml")


def test_few_lines_that_mean_billions_of_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamltext, "MAX_VALUES", 10_000)
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    with pytest.raises(DocumentError, match="more than 10000 values"):
        parse("\n".join(lines).encode(), "api.yaml")


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"cannot read .*nothing\.yaml: No such file"):
        loader.read(tmp_path / "nothing.yaml")


@given(JSON)
def test_json_text_is_read_as_python_reads_it(value: object) -> None:
    assert parse(json.dumps(value).encode(), "api.json") == value


@given(JSON)
def test_what_is_written_is_what_was_read(value: object) -> None:
    assert jsontext.loads(jsontext.dumps(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        b"NaN",
        b"Infinity",
        b"[1,]",
        b'"\xff"',
        b'"\\ud800"',
        b"1e999",
        b"01",
        b"[" * 2000,
        b"[" * 201 + b"]" * 201,
    ],
)
def test_text_that_is_no_json_is_refused_with_its_place(text: bytes) -> None:
    with pytest.raises(jsontext.JsonError, match=r"\(line 1, column \d+\)"):
        jsontext.loads(text)


def test_whole_number_beyond_64_bits_keeps_its_digits() -> None:
    assert jsontext.loads(b'{"n": 123456789012345678901234567890}') == {"n": 123456789012345678901234567890}


def test_deepest_value_that_is_read_can_be_written() -> None:
    text = b"[" * jsontext.MAX_DEPTH + b"]" * jsontext.MAX_DEPTH

    assert (
        jsontext.dumps({"answer": [jsontext.loads(text)]}).replace(b" ", b"") == b'{"answer":[' + text + b"]}"
    )


@pytest.mark.parametrize("text", ["1e5", "12e345678901", "-3E2", "0123", "1_0", "no", "2027-01-31", "~"])
def test_written_text_that_looks_like_something_else_stays_text(text: str) -> None:
    assert yamltext.loads(yamltext.dumps([text]).decode()) == [text]
