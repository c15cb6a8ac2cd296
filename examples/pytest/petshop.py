"""A small client of the pet shop, as anybody might have one. It knows nothing of mocks."""

from __future__ import annotations

from typing import Any

import httpx


class ShopIsClosed(Exception):
    """The shop does not answer for now."""


class PetShop:
    """The shop at some URL.

    Args:
        client: Asks it; its base URL says where it is.
        key: The API key.
    """

    def __init__(self, client: httpx.Client, key: str) -> None:
        self._client = client
        self._headers = {"X-Api-Key": key}

    def buy(self, name: str, kind: str) -> dict[str, Any]:
        """Add a pet; a shop that is closed is asked twice more."""
        for _ in range(3):
            response = self._ask("POST", "/pets", json={"name": name, "kind": kind})
            if response.status_code != 503:
                response.raise_for_status()
                pet: dict[str, Any] = response.json()
                return pet
        raise ShopIsClosed

    def names(self, kind: str | None = None) -> list[str]:
        """Return the names of all pets, or of those of a kind."""
        response = self._ask("GET", "/pets", params={"kind": kind} if kind else None)
        response.raise_for_status()
        return [pet["name"] for pet in response.json()]

    def find(self, id: int) -> dict[str, Any] | None:
        """Return a pet, None where there is none."""
        response = self._ask("GET", f"/pets/{id}")
        if response.status_code == 404:
            return None
        response.raise_for_status()
        pet: dict[str, Any] = response.json()
        return pet

    def sell(self, id: int) -> None:
        """Let a pet go."""
        self._ask("DELETE", f"/pets/{id}").raise_for_status()

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._client.request(method, path, headers=self._headers, **options)
