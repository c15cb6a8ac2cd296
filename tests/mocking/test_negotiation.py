"""Which declared response, in which media type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.document.model import MediaType
from mockserver.mocking.negotiation import any_offer, offer, success

from .conftest import build_document

JSON, XML, PROBLEM = "application/json", "application/xml", "application/problem+json"


def content_of(*names: str) -> dict[str, MediaType]:
    return {name: MediaType(name, "", None, {}) for name in names}


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("*; q=.2", JSON),
        (XML, XML),
        ("application/*", JSON),
        ("text/*;q=0.9, application/xml;q=0.1", "text/csv"),
        (f"{JSON};q=0.1, {XML}", XML),
        (f"{JSON};q=0, */*", PROBLEM),
        ("*/*;q=0.1, text/csv;q=0.2", "text/csv"),
        (PROBLEM, PROBLEM),
        ("APPLICATION/XML", XML),
        ("application/xml;version=2", XML),
        ("application/xml;q=7, text/csv", XML),
        ('application/json;profile="a, text/csv;c"', JSON),
    ],
)
def test_media_type_is_the_one_that_the_client_likes_best(accept: str, chosen: str) -> None:
    found = offer(content_of(XML, "text/csv", JSON, PROBLEM), accept)

    assert found is not None
    assert found.name == chosen


@pytest.mark.parametrize(
    "accept", ["nonsense", ";;;", ",;,=", "application/xml;q=nonsense", "*/xml", '"', "a/b/c", ";q=0"]
)
def test_accept_without_a_media_range_is_taken_as_absent(accept: str) -> None:
    found = offer(content_of(XML, JSON), accept)

    assert found is not None
    assert found.name == JSON


@pytest.mark.parametrize(
    "accept", ["image/png", "*/*;q=0", f"{JSON};q=0", "text/*, image/webp", f"{PROBLEM};q=1"]
)
def test_client_that_takes_nothing_declared_is_offered_nothing(accept: str) -> None:
    assert offer(content_of(JSON), accept) is None
    assert any_offer(content_of(JSON), accept) is not None


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("application/vnd.pets+json;version=2", "application/vnd.pets+json; version=2"),
        ("application/vnd.pets+json;version=1", "application/vnd.pets+json;version=1"),
        ("application/vnd.pets+json;version=3", "application/vnd.pets+json;version=1"),
        (
            "application/vnd.pets+json;version=2, application/vnd.pets+json;q=0.5",
            "application/vnd.pets+json; version=2",
        ),
    ],
)
def test_parameters_choose_among_versions_and_are_left_aside_where_none_fits(
    accept: str, chosen: str
) -> None:
    names = ("application/vnd.pets+json;version=1", "application/vnd.pets+json; version=2")
    found = offer(content_of(*names), accept)

    assert found is not None
    assert found.name == chosen


@pytest.mark.parametrize(
    ("declared", "accept", "sent"),
    [
        ("*/*", "", JSON),
        ("*/*", "text/html, */*;q=0.8", JSON),
        ("*/*", "text/csv", "text/csv"),
        ("application/*", XML, XML),
        ("image/*", "", "image/png"),
        ("image/*", "image/webp, image/*;q=0.5", "image/webp"),
        ("image/*", "image/*", "image/png"),
        ("text/*", "text/html;q=0.3, text/plain;q=0.2", "text/html"),
        ("model/*", "", "model/octet-stream"),
    ],
)
def test_declared_range_is_sent_as_a_type_that_falls_under_it(declared: str, accept: str, sent: str) -> None:
    found = offer(content_of(declared), accept)

    assert found is not None
    assert (found.media.name, found.name) == (declared, sent)


def test_declared_range_is_not_offered_as_what_lies_outside() -> None:
    assert offer(content_of("image/*"), "text/html") is None


def test_response_without_content_has_no_media_type() -> None:
    assert offer({}, "application/json") is None


@given(st.text(max_size=200))
def test_no_accept_value_kills(accept: str) -> None:
    """RFC 9110 leaves open what a malformed field means; here it never fails, and the same value gets the same."""
    content = content_of(JSON, "text/*;a=b", "*/*")

    assert offer(content, accept) == offer(content, accept)


@pytest.mark.parametrize(
    ("declared", "status", "name"),
    [
        (["404", "201", "200"], 200, "200"),
        (["201", "default"], 201, "201"),
        (["4XX", "2XX", "default"], 200, "2XX"),
        (["404", "default"], 200, "default"),
        (["302"], 302, "302"),
        (["500", "404"], 500, "500"),
        (["204"], 204, "204"),
        (["4XX"], 400, "4XX"),
        (["5xx", "404"], 500, "5XX"),
        (["101"], 200, None),
        ([], 200, None),
    ],
)
def test_success_is_the_lowest_that_is_declared(declared: list[str], status: int, name: str | None) -> None:
    responses: dict[str, Any] = {item: {"description": ""} for item in declared}
    operation = build_document({"/a": {"get": {"responses": responses}}}).operations["getA"]

    found, response = success(operation)

    assert found == status
    assert (response.status if response else None) == name
