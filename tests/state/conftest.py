"""Places where state is kept, each for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..mocking.stores.redis_server import redis_server
from .servers import write_api


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def api(tmp_path: Path) -> Path:
    """A document of pets."""
    return write_api(tmp_path)


@pytest.fixture(params=["sqlite", "redis"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place that processes share, as `--state` names it."""
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path}/mock.db"
        return
    with redis_server() as url:
        yield url
