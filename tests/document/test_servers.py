"""Servers give operations their base paths."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.servers import base_paths

from .conftest import ANSWERS, document, only_operation


def variable(default: Any = None, *enum: Any) -> dict[str, Any]:
    return {key: value for key, value in (("default", default), ("enum", list(enum))) if value}


@pytest.mark.parametrize(
    ("server", "found"),
    [
        ({"url": "https://api.example.com/v1"}, ("/v1",)),
        ({"url": "https://api.example.com/v1/"}, ("/v1",)),
        ({"url": "https://api.example.com"}, ()),
        ({"url": "/"}, ()),
        ({"url": "/v1"}, ("/v1",)),
        ({"url": "v1"}, ("/v1",)),
        ({"url": "./v1"}, ("/v1",)),
        (
            {"url": "https://{host}/a/{v}", "variables": {"host": variable("h"), "v": variable("v1")}},
            ("/a/v1",),
        ),
        ({"url": "/{v}", "variables": {"v": variable("v2", "v1", "v2")}}, ("/v2", "/v1")),
        ({"url": "/{v}/x", "variables": {}}, ("/{v}/x",)),
        ({"url": "/{v}", "variables": {"v": variable("a/b")}}, ("/a/b",)),
        ({"url": "https://[bad/v1"}, ()),
        ({"url": 5}, ()),
        (None, ()),
    ],
)
def test_base_path_is_the_path_of_the_server(server: Any, found: tuple[str, ...]) -> None:
    assert base_paths([server]) == found


def test_innermost_servers_win() -> None:
    model = document(
        {"/a": {"servers": [{"url": "/path"}], "get": {"servers": [{"url": "/own"}], "responses": ANSWERS}}},
        servers=[{"url": "/all"}],
    )

    assert only_operation(model).base_paths == ("/own",)


def test_empty_list_of_servers_says_nothing() -> None:
    assert base_paths([], None, [{"url": "/v1"}]) == ("/v1",)
