"""The config file, and what names a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import UsageError
from mockserver.settings import Source, from_config, parse_source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("api.yaml", Source(Path("at/api.yaml"))),
        ("pets=api.yaml", Source(Path("at/api.yaml"), "pets")),
        ("/abs/api.yaml", Source(Path("/abs/api.yaml"))),
        ("-", Source("-")),
        ("pets=-", Source("-", "pets")),
        ("https://example.com/api.json?a=b", Source("https://example.com/api.json?a=b")),
        ("pets=HTTP://example.com/", Source("HTTP://example.com/", "pets")),
        ("a.b/c=d.yaml", Source(Path("at/a.b/c=d.yaml"))),
    ],
)
def test_text_names_a_source(text: str, source: Source) -> None:
    assert parse_source(text, Path("at")) == source


def test_config_names_documents_by_text_or_mapping() -> None:
    raw = {"documents": ["a=b.yaml", {"path": "c.yaml", "name": "c", "locale": "de_DE"}, {"path": "-"}]}

    found = from_config(raw, Path("at/mockserver.yaml"))["documents"]

    assert found == (Source(Path("at/b.yaml"), "a"), Source(Path("at/c.yaml"), "c", "de_DE"), Source("-"))


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        ({"documents": "a.yaml"}, "a list is expected"),
        ({"documents": [1]}, "a path or a mapping with 'path' is expected, not 1"),
        ({"documents": [""]}, "a path or a mapping"),
        ({"documents": [{"name": "a"}]}, "a path or a mapping"),
        ({"documents": [{"path": "a", "port": 1}]}, "unknown key 'port'; known are path, name, locale"),
        ({"documents": [{"path": "a", "locale": 1}]}, "locale: 1 is no text"),
        ({"base-path": "never"}, "base-path: 'never' is none of both, only, none"),
        ({"reload": "yes"}, "reload: 'yes' is not of type bool"),
    ],
)
def test_config_that_cannot_be_used_says_what_and_where(raw: Any, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_config(raw, Path("mockserver.yaml"))

    assert str(caught.value).startswith("mockserver.yaml: ")
    assert part in str(caught.value)
