"""A shop for each test: the client under test, in front of a mock of its own world."""

import pytest
from petshop import PetShop

from mockserver.pytest_plugin import MockServer


@pytest.fixture
def shop(mock_server: MockServer) -> PetShop:
    """A client of the mock, without a port."""
    return PetShop(mock_server.client, key="secret")
