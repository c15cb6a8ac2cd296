"""Tests of the client. Each has a world of its own; a call that the document does not have or allow fails it."""

from datetime import UTC, datetime
from unittest.mock import ANY

import httpx
import pytest
from petshop import PetShop, ShopIsClosed

from mockserver.pytest_plugin import MockServer


def test_pet_that_was_bought_is_there(shop: PetShop, mock_server: MockServer) -> None:
    """State comes from the document alone: what is posted is listed."""
    rex = shop.buy("Rex", "dog")

    assert "Rex" in shop.names("dog")
    assert shop.find(rex["id"]) == rex
    mock_server.calls("createPet").assert_called_once_with(body={"name": "Rex"})
    mock_server.calls("listPets").assert_called_once_with(query={"kind": "dog"}, exact=True)
    mock_server.assert_order("createPet", "listPets", "getPet")


def test_pet_that_was_sold_is_gone(shop: PetShop, mock_server: MockServer) -> None:
    """The state can be made, and looked at, without the client."""
    pets = mock_server.state("pets")
    pets.seed([{"id": 7, "name": "Rex", "kind": "dog"}, {"name": "Tom", "kind": "cat"}])

    shop.sell(7)

    assert shop.find(7) is None
    assert [pet["name"] for pet in pets] == ["Tom"]


def test_closed_shop_is_asked_again(shop: PetShop, mock_server: MockServer) -> None:
    """A stub answers twice, then the mock does."""
    closed = mock_server.stub("createPet", status=503, times=2)

    assert shop.buy("Rex", "dog")["name"] == "Rex"
    assert closed.hits == 2
    assert [call.answer.status for call in mock_server.calls("createPet")] == [503, 503, 201]


def test_shop_that_stays_closed_is_given_up(shop: PetShop, mock_server: MockServer) -> None:
    """The body is made up as the document declares it, or given."""
    mock_server.stub("createPet", status=503, body={"message": "Closed."})

    with pytest.raises(ShopIsClosed):
        shop.buy("Rex", "dog")
    mock_server.calls("createPet").assert_call_count(3)


def test_key_is_sent_with_each_call(shop: PetShop, mock_server: MockServer) -> None:
    """Headers can be asked for, too; what compares itself may stand for a value."""
    shop.names()

    mock_server.calls("listPets").assert_called_once_with(headers={"X-Api-Key": ANY})


def test_time_is_what_the_test_says(shop: PetShop, mock_server: MockServer) -> None:
    """The clock stands, and goes when it is told to."""
    mock_server.clock.freeze("2026-01-02T03:04:05Z")
    first = shop.buy("Rex", "dog")
    mock_server.clock.advance("1h")
    second = shop.buy("Tom", "cat")

    assert datetime.fromisoformat(first["createdAt"]) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert second["createdAt"].startswith("2026-01-02T04:04:05")


def test_wrong_kind_of_pet_is_refused(shop: PetShop, mock_server: MockServer) -> None:
    """A test of what is not allowed has to say so."""
    with mock_server.allow_invalid(), pytest.raises(httpx.HTTPStatusError):
        shop.buy("Rex", "dragon")


@pytest.mark.mockserver(seed=7)
def test_other_program_may_use_the_port(mock_server: MockServer) -> None:
    """Whatever speaks HTTP reaches the test's world by its URL."""
    response = httpx.get(f"{mock_server.url}/pets", headers={"X-Api-Key": "secret"})

    assert len(response.json()) == 3
    assert mock_server.calls("listPets").last.answer.source == "state"
