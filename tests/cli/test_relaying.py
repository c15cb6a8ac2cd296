"""What the proxy says about paths that do not fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.cli.relaying import Doubled, before_paths
from mockserver.contract.events import Event, Said
from mockserver.document import builder
from tests.server.proxying.conftest import API


@pytest.mark.parametrize(
    ("servers", "base", "before"),
    [
        ([], "", ""),
        ([], "/v1", ""),
        (["https://api.example/v1"], "", "/v1"),
        (["https://api.example/v1"], "/v1", ""),
        (["https://api.example/v1"], "/gateway/v1", ""),
        (["https://api.example/v1"], "/gateway", "/v1"),
    ],
)
def test_sample_has_the_path_that_leads_to_the_operation(servers: list[str], base: str, before: str) -> None:
    root = {**API, "servers": [{"url": url} for url in servers]} if servers else API
    document = builder.build(root, Path("api.yaml"))

    assert before_paths(document, base) == before


def test_base_path_that_is_there_twice_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[Event] = []
    doubled = Doubled("/v1", told.append)

    doubled.look("/v1/pets", 200)
    doubled.look("/v10/pets", 404)
    doubled.look("/pets", 404)
    assert told == []
    doubled.look("/v1/pets", 404)
    doubled.look("/v1/pets", 404)

    (said,) = told
    assert isinstance(said, Said)
    assert "Ask for /pets, or give UPSTREAM without /v1" in said.text
    assert "/v1/pets became /v1/v1/pets" in capsys.readouterr().err
