"""Media types."""

from __future__ import annotations

import pytest

from mockserver.document.media_types import essence_of, is_json, is_xml, matching


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/problem+json", True),
        ("application/vnd.api+json;v=1", True),
        ("text/json", True),
        ("application/jsonl", False),
        ("application/json-seq", False),
        ("text/plain; note=application/json", False),
        ("", False),
    ],
)
def test_json_is_told_from_the_rest(media_type: str, expected: bool) -> None:
    assert is_json(media_type) is expected


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/xml", True),
        ("Text/XML; charset=utf-8", True),
        ("application/atom+xml", True),
        ("application/xml-dtd", False),
        ("text/plain", False),
    ],
)
def test_xml_is_told_from_the_rest(media_type: str, expected: bool) -> None:
    assert is_xml(media_type) is expected


@pytest.mark.parametrize(
    ("media_type", "entry"),
    [
        ("application/json; v=1", "v1"),
        ("application/json;v=2", "plain"),
        ("APPLICATION/JSON", "plain"),
        ("application/xml", "application"),
        ("text/html", "anything"),
    ],
)
def test_most_specific_entry_matches(media_type: str, entry: str) -> None:
    content = {
        "*/*": "anything",
        "application/*": "application",
        "application/json; v=1": "v1",
        "application/json": "plain",
    }

    assert matching(content, media_type) == entry


def test_nothing_matches_where_nothing_is_declared() -> None:
    assert matching({}, "application/json") is None


def test_essence_has_no_parameters_and_no_capitals() -> None:
    assert essence_of(" Text/HTML ; charset=UTF-8") == "text/html"
