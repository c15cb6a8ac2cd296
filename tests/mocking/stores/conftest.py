"""One backend of each kind for a module of tests, and stores in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver.mocking.store import Backend, Store, access

from .backends import BACKENDS, new_world, opened, origin_of


@pytest.fixture(scope="module", params=list(BACKENDS))
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """A backend."""
    with BACKENDS[request.param]() as made:
        yield made


@pytest.fixture(params=[access.SMALL, 0], ids=["looked-through", "indexed"], autouse=True)
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to how many records no index is used: the few ones of the tests go both ways."""
    monkeypatch.setattr(access, "SMALL", request.param)


@pytest.fixture
def world() -> str:
    """The name of a world that nobody else uses."""
    return new_world()


@pytest.fixture
def store(backend: Backend, world: str) -> Store:
    """A store whose origin has no records."""
    return opened(backend, world, origin_of())
