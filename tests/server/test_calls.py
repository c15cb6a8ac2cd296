"""Calls and assertions by the control API, and records that tests make: each answer is held against its document."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .test_control import Ask, application, asking, shop

__all__ = ["shop"]

KEY = {"X-Shop-Secret": "swordfish"}


@pytest.fixture
def ask(shop: Path) -> Iterator[Ask]:
    with asyncio.Runner() as runner:
        yield asking(application(shop / "shop.yaml", shop / "ledger.yaml"), runner)


@pytest.fixture
def expect(ask: Ask) -> Callable[..., str]:
    """Posts an assertion, and returns what it says if it fails."""

    def expect(status: int = 200, /, **assertion: Any) -> str:
        response = ask("POST", "/__mock__/assertions", json=assertion)
        assert response.status_code == status, response.text
        return response.json().get("detail", "")

    return expect


def calls(ask: Ask, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask("GET", f"/__mock__/calls{query}").json()["calls"]
    return found


def test_call_shows_what_was_sent_typed_and_what_came(ask: Ask) -> None:
    ask("POST", "/pets", json={"name": "Rex"}, headers=KEY)
    (call,) = calls(ask)

    assert (call["operation"], call["document"], call["number"]) == ("createPet", "shop", 1)
    assert call["request"]["body"] == {"name": "Rex"}
    assert call["answer"]["status"] == 201
    assert (call["unmatched"], call["invalid"], call["violations"]) == (False, False, [])


def test_call_shows_no_credentials(ask: Ask) -> None:
    ask("GET", "/pets?shop_key=swordfish", headers={**KEY, "Authorization": "Bearer swordfish"})

    assert "swordfish" not in ask("GET", "/__mock__/calls").text


def test_calls_are_chosen_by_what_is_wrong_with_them(ask: Ask) -> None:
    ask("GET", "/pets", headers=KEY)
    ask("GET", "/pet", headers=KEY)
    ask("POST", "/pets", json={"nam": "Rex"}, headers=KEY)
    ask("GET", "/pets")

    assert [call["number"] for call in calls(ask, "?only=unmatched")] == [2]
    assert [call["number"] for call in calls(ask, "?only=invalid")] == [3, 4]
    assert [call["number"] for call in calls(ask, "?only=unexpected")] == [2, 3, 4]
    assert [call["number"] for call in calls(ask, "?since=1&limit=2")] == [2, 3]
    assert [call["number"] for call in calls(ask, "?operation=listPets&status=401")] == [4]


def test_unmatched_and_invalid_calls_say_what_was_meant(ask: Ask) -> None:
    ask("GET", "/pet", headers=KEY)
    ask("POST", "/pets", json={"nam": "Rex"}, headers=KEY)
    lost, broken = calls(ask)

    assert lost["hints"][0] == "GET /pets (listPets): 'pet' should be 'pets'"
    assert broken["violations"][0]["location"] == ["body", "name"]
    assert broken["hints"] == ["body has 'nam', and 'name' is missing; is it a slip of the pen?"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("?operation=nobody", 404), ("?document=nobody", 404), ("?only=some", 400), ("?limit=-1", 400)],
)
def test_wrong_question_about_calls_is_refused(ask: Ask, query: str, status: int) -> None:
    assert ask("GET", f"/__mock__/calls{query}").status_code == status


def test_assertion_holds_or_says_what_was_otherwise(ask: Ask, expect: Callable[..., str]) -> None:
    ask("POST", "/pets", json={"name": "Rex"}, headers=KEY)

    expect(operation="createPet", match={"body": {"name": "Rex"}}, times=1, exact=True, only=True)
    expect(method="post", path="/pets")
    expect(operation="deletePet", times=0)
    expect(order=["createPet"], unexpected=False)
    said = expect(409, operation="createPet", match={"body": {"name": "Max"}}, times=1)
    assert 'body /name is "Rex", not "Max"' in said
    assert "#1 POST /pets -> 201" in said
    assert "deletePet was never called" in expect(409, order=["createPet", "deletePet"])


def test_assertion_by_path_asks_for_the_values_of_the_path(ask: Ask, expect: Callable[..., str]) -> None:
    ask("DELETE", "/pets/pet_1", headers=KEY)

    expect(method="DELETE", path="/pets/pet_1")
    assert 'path id is "pet_1", not "pet_2"' in expect(409, method="DELETE", path="/pets/pet_2")


def test_assertion_is_on_one_world_and_on_what_came_since(ask: Ask, expect: Callable[..., str]) -> None:
    ask("GET", "/@other/pets", headers=KEY)
    ask("GET", "/pets", headers=KEY)
    ask("GET", "/pets", headers=KEY)

    expect(operation="listPets", times=2)
    expect(operation="listPets", times=1, since=1)
    response = ask("POST", "/__mock__/assertions?world=other", json={"operation": "listPets", "times": 1})
    assert response.json() == {"world": "other", "passed": True, "calls": 1, "matched": [1]}


@pytest.mark.parametrize(
    ("assertion", "status", "said"),
    [
        ({}, 400, "nothing is expected"),
        ({"times": 1}, 400, "of which operation?"),
        ({"operation": "creatPet"}, 404, "did you mean 'createPet'?"),
        ({"order": ["nobody"]}, 404, "no operation 'nobody'"),
        ({"operation": "listPets", "times": 1, "at_least": 1}, 400, "leave out one"),
        ({"operation": "listPets", "at_least": 3, "at_most": 1}, 400, "more than at_most"),
        ({"operation": "listPets", "match": {"heads": {}}}, 400, "heads"),
        ({"unexpected": True}, 400, "unexpected"),
    ],
)
def test_assertion_that_makes_no_sense_is_refused(
    expect: Callable[..., str], assertion: dict[str, Any], status: int, said: str
) -> None:
    assert said in expect(status, **assertion)


def test_assertion_is_refused_where_the_journal_has_dropped_calls(shop: Path) -> None:
    with asyncio.Runner() as runner:
        ask = asking(application(shop / "shop.yaml", journal_size=2), runner)
        for _ in range(3):
            ask("GET", "/pets", headers=KEY)
        response = ask("POST", "/__mock__/assertions", json={"operation": "deletePet", "times": 0})

    assert response.status_code == 409
    assert "journal-size" in response.json()["detail"]


# Records.


def test_record_is_made_completed_changed_and_deleted(ask: Ask) -> None:
    made = ask("POST", "/__mock__/state/shop/pets", json={"name": "Rex"})
    assert made.status_code == 201
    id = made.json()["id"]
    assert (
        ask("PATCH", f"/__mock__/state/shop/pets/{id}", json={"name": "Max"}).json()["data"]["name"] == "Max"
    )
    assert any(pet["name"] == "Max" for pet in ask("GET", "/pets", headers=KEY).json())
    assert ask("DELETE", f"/__mock__/state/shop/pets/{id}").status_code == 204
    assert ask("DELETE", f"/__mock__/state/shop/pets/{id}").status_code == 404


def test_record_may_have_an_id_of_its_own_in_a_world_of_its_own(ask: Ask) -> None:
    path = "/__mock__/state/shop/pets?world=mine"

    assert ask("POST", path, json={"id": "pet_77", "name": "Rex"}).json()["id"] == "pet_77"
    assert ask("POST", path, json={"id": "pet_77", "name": "Rex"}).status_code == 409
    assert ask("GET", "/__mock__/state/shop/pets/pet_77").status_code == 404


def test_record_that_breaks_its_schema_is_refused_unless_forced(ask: Ask) -> None:
    before = ask("GET", "/__mock__/state?resource=pets").json()
    refused = ask("POST", "/__mock__/state/shop/pets", json={"name": 7})
    assert refused.status_code == 400
    assert "body.name: 7 is not of type" in refused.json()["detail"]
    assert ask("PATCH", "/__mock__/state/shop/pets/pet_1", json={"name": 7}).status_code == 400
    assert ask("GET", "/__mock__/state?resource=pets").json() == before
    assert ask("POST", "/__mock__/state/shop/pets?force=true", json={"name": 7}).status_code == 201


@pytest.mark.parametrize("place", ["nobody/pets", "shop/nobody"])
def test_record_of_nothing_that_is_there_is_refused(ask: Ask, place: str) -> None:
    assert ask("POST", f"/__mock__/state/{place}", json={}).status_code == 404
