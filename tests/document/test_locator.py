"""Pointers have a line and a column in JSON and in YAML."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mockserver.document.loading.locator import Locator

JSON = """{
\t"info": {"title": "\\ud83d\\ude00 {", "version": "1"},
  "paths": {
    "/pets/{id}": {"get": [1, {"a~b": true}]}
  }
}"""
YAML = """\
info: &info
  title: "{"
paths:
  /pets/{id}:
    get:
    - 1
    - a~b: true
  200: *info
more:
  <<: *info
  own: 1
"""


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (1, 1)),
        ("/info", (2, 2)),
        ("/info/version", (2, 38)),
        ("/paths/~1pets~1{id}", (4, 5)),
        ("/paths/~1pets~1{id}/get/1/a~0b", (4, 32)),
        ("/paths/~1pets~1{id}/put/0", (4, 5)),
    ],
)
def test_pointer_is_found_in_json(pointer: str, place: tuple[int, int]) -> None:
    assert Locator(JSON.encode()).find(pointer) == place


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/info/title", (2, 3)),
        ("/paths/~1pets~1{id}", (4, 3)),
        ("/paths/~1pets~1{id}/get/1/a~0b", (7, 7)),
        ("/paths/200/title", (2, 3)),
        ("/more/title", (2, 3)),
        ("/more/own", (11, 3)),
        ("/nowhere/at/all", (1, 1)),
    ],
)
def test_pointer_is_found_in_yaml(pointer: str, place: tuple[int, int]) -> None:
    assert Locator(YAML.encode()).find(pointer) == place


@pytest.mark.parametrize("text", [b"", b"a: [", b"\xff\xfe{", b"{]", b"&a [*a]", b'{"a": "', b"}"])
def test_broken_text_has_no_positions_and_no_crash(text: bytes) -> None:
    found = Locator(text).find("/a")

    assert found is None or found >= (1, 1)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab{}[]":,\\/~ \n😀', max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet='ab{}",:~/\\é', max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def pointers(value: Any, pointer: str = "") -> list[str]:
    """Return the pointers of all that is in a value."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    found = [pointer]
    for key, member in members:
        found += pointers(member, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    return found


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4) | st.lists(VALUES, max_size=3), st.booleans())
def test_places_of_json_follow_the_order_of_the_text(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=1)
    locator = Locator(text.encode("utf-8", "replace"))

    places = [locator.find(pointer) for pointer in pointers(value)]

    assert None not in places
    assert places == sorted(places, key=lambda place: place or (0, 0))
    assert len(set(places)) == len(places)


@given(st.dictionaries(st.text(alphabet="abc", min_size=1, max_size=3), VALUES, min_size=1, max_size=4))
def test_same_value_has_places_in_yaml_too(value: dict[str, Any]) -> None:
    locator = Locator(yaml.safe_dump(value, sort_keys=False, allow_unicode=True).encode())

    places = [locator.find(pointer) for pointer in pointers(value)]

    assert None not in places
    assert places == sorted(places, key=lambda place: place or (0, 0))
