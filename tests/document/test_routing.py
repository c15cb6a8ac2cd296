"""Which operation a request is for, wherever the server is mounted."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.document.builder import build
from mockserver.document.model import Document
from mockserver.document.routing import Router


@pytest.fixture
def document() -> Document:
    return build(
        {
            "openapi": "3.1.0",
            "info": {"title": "Pets", "version": "1"},
            "servers": [{"url": "https://api.example.com/v1"}],
            "paths": {
                "/pets": {"get": {"operationId": "listPets", "responses": {"200": {"description": "ok"}}}},
                "/pets/{petId}": {
                    "get": {"operationId": "getPet", "responses": {"200": {"description": "ok"}}},
                    "delete": {"operationId": "deletePet", "responses": {"204": {"description": "ok"}}},
                },
                "/pets/mine": {
                    "get": {"operationId": "getMine", "responses": {"200": {"description": "ok"}}}
                },
            },
        },
        Path("pets.json"),
    )


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/v1/pets", "listPets"),
        ("GET", "/pets", "listPets"),
        ("HEAD", "/v1/pets", "listPets"),
        ("GET", "/v1/pets/mine", "getMine"),
        ("DELETE", "/pets/a%2Fb", "deletePet"),
    ],
)
def test_request_leads_to_its_operation_with_and_without_the_base_path(document, method, path, operation):
    found = Router(document).find(method, path)

    assert found.operation is not None
    assert found.operation.id == operation


def test_values_of_variables_are_as_they_were_sent(document):
    assert Router(document).find("GET", "/v1/pets/a%2Fb").values == {"petId": "a%2Fb"}


def test_path_without_the_method_names_those_that_it_has(document):
    found = Router(document).find("PUT", "/pets/7")

    assert (found.operation, found.is_known, found.allow) == (None, True, "GET, DELETE, HEAD, OPTIONS")


def test_unknown_path_leads_nowhere(document):
    found = Router(document).find("GET", "/cats")

    assert (found.operation, found.is_known) == (None, False)


def test_prefix_takes_the_place_of_the_declared_base_paths(document):
    router = Router(document, "/elsewhere")

    assert router.find("GET", "/elsewhere/pets").operation is not None
    assert router.find("GET", "/v1/pets").operation is None
