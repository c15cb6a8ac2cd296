"""JSON pointers and references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.document import pointer as ptr

ROOT = {"a/b": {"m~n": [10, {"": "empty"}]}, "": 1, "{id}": 2, "01": 3}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", ROOT), ("/a~1b/m~0n/0", 10), ("/a~1b/m~0n/1/", "empty"), ("/", 1), ("/{id}", 2), ("/01", 3)],
)
def test_pointer_leads_to_its_value(pointer: str, value: object) -> None:
    assert ptr.lookup(ROOT, pointer) == value


@pytest.mark.parametrize(
    "pointer", ["/nobody", "/a~1b/m~0n/2", "/a~1b/m~0n/-1", "/a~1b/m~0n/x", "//x", "/01/x"]
)
def test_pointer_to_nothing_is_a_key_error(pointer: str) -> None:
    with pytest.raises(KeyError):
        ptr.lookup(ROOT, pointer)


def test_pointer_without_slash_is_malformed() -> None:
    with pytest.raises(ValueError, match="begins with '/'"):
        ptr.split("a/b")


def test_reference_is_percent_decoded() -> None:
    assert ptr.of_reference("#/paths/~1pets~1%7Bid%7D") == "/paths/~1pets~1{id}"


@pytest.mark.parametrize("reference", ["common.yaml#/Pet", "https://example.com/api#/Pet", "#Pet"])
def test_reference_that_is_no_pointer_into_the_document_is_refused(reference: str) -> None:
    with pytest.raises(ValueError, match=r"leads into another document|begins with"):
        ptr.of_reference(reference)


@given(st.lists(st.text()))
def test_split_undoes_join(tokens: list[str]) -> None:
    assert ptr.split(ptr.join("", *tokens)) == tokens
