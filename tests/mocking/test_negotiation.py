"""Which declared response, in which media type."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.model import MediaType
from mockserver.mocking.negotiation import media_type, success

from .conftest import build_document

JSON, XML, PROBLEM = "application/json", "application/xml", "application/problem+json"


def content_of(*names: str) -> dict[str, MediaType]:
    return {name: MediaType(name, "", None, {}) for name in names}


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        (XML, XML),
        ("application/*", JSON),
        ("text/csv", "text/csv"),
        ("text/*;q=0.9, application/xml;q=0.1", "text/csv"),
        (f"{JSON};q=0.1, {XML}", XML),
        (f"{JSON};q=0, */*", PROBLEM),
        ("*/*;q=0.1, text/csv;q=0.2", "text/csv"),
        (PROBLEM, PROBLEM),
        ("APPLICATION/XML", XML),
        ("application/xml;version=2", XML),
        ("image/png", JSON),
        ("nonsense", JSON),
        ("application/xml;q=nonsense", JSON),
        ("application/xml;q=7, text/csv", XML),
        (",;,=", JSON),
    ],
)
def test_media_type_is_the_one_that_the_client_likes_best(accept: str, chosen: str) -> None:
    found = media_type(content_of(XML, "text/csv", JSON, PROBLEM), accept)

    assert found is not None
    assert found.name == chosen


def test_response_without_content_has_no_media_type() -> None:
    assert media_type({}, "application/json") is None


@pytest.mark.parametrize(
    ("declared", "status", "name"),
    [
        (["404", "201", "200"], 200, "200"),
        (["201", "default"], 201, "201"),
        (["4XX", "2XX", "default"], 200, "2XX"),
        (["404", "default"], 200, "default"),
        (["302"], 302, "302"),
        (["500", "404"], 404, "404"),
        (["204"], 204, "204"),
        (["4XX"], 200, None),
        ([], 200, None),
    ],
)
def test_success_is_the_lowest_that_is_declared(declared: list[str], status: int, name: str | None) -> None:
    responses: dict[str, Any] = {item: {"description": ""} for item in declared}
    operation = build_document({"/a": {"get": {"responses": responses}}}).operations["getA"]

    found, response = success(operation)

    assert found == status
    assert (response.status if response else None) == name
