"""What holds itself is taken out; what is only used twice stays."""

from __future__ import annotations

from typing import Any

from mockserver.document.loading import circles


def test_place_that_holds_itself_becomes_empty() -> None:
    root: dict[str, Any] = {"a": {"b": [{"c": 1}]}}
    root["a"]["b"].append(root["a"])
    root["d"] = root

    assert circles.cut(root) == ["/a/b/1", "/d"]
    assert root == {"a": {"b": [{"c": 1}, {}]}, "d": {}}


def test_value_that_is_used_twice_stays() -> None:
    shared = {"x": [1]}
    root = {"a": shared, "b": [shared, shared["x"]]}

    assert circles.cut(root) == []
    assert root["b"] == [{"x": [1]}, [1]]
