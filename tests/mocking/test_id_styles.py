"""Ids in the style of a document: whatever is made has to be valid in the record and in the path."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mockserver.document import plan_file
from mockserver.errors import Json
from mockserver.mocking.id_styles import template_of
from mockserver.mocking.store import MemoryStore

from .conftest import TEXT, Api, answering, build_document, closed, ref

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def make_ids(
    declared: Json, in_path: Json = None, *, count: int = 3, seed: int = 0, make: str | None = None
) -> list[Any]:
    """Return the first ids of a resource whose id and path parameter have these schemas."""
    parameters = [{"name": "petId", "in": "path", "required": True, "schema": in_path or TEXT}]
    paths = {
        "/pets/{petId}": {
            "parameters": parameters,
            "get": {"operationId": "getPet", "responses": answering(ref("Pet"))},
        }
    }
    properties = {"name": TEXT} if declared is None else {"id": declared, "name": TEXT}
    document = build_document(paths, Pet=closed(properties))
    pets: dict[str, Any] = {"schema": "Pet", "id": {"make": make} if make else {}}
    raw = {
        "plan": "1",
        "resources": {"pets": pets},
        "operations": {"getPet": {"action": "get", "resource": "pets"}},
    }
    api = Api(document, plan_file.build(raw, document, Path("p")), seed_number=seed)
    store = MemoryStore()
    store.declare("pets")
    return [api.rules.kinds["pets"].ids.next(store) for _ in range(count)]


@pytest.mark.parametrize(
    ("declared", "in_path", "pattern"),
    [
        (TEXT, None, UUID),
        ({"type": "string", "format": "uuid"}, None, UUID),
        (None, {"type": "string", "format": "uuid"}, UUID),
        ({"type": "string", "pattern": "^adr_[a-z0-9]{10}$"}, None, "adr_[a-z0-9]{10}"),
        (TEXT, {"type": "string", "pattern": "^[0-9a-f]{34}$"}, "[0-9a-f]{34}"),
        ({"type": "string", "minLength": 20, "maxLength": 24}, None, ".{20,24}"),
        ({"type": "string", "maxLength": 8}, None, ".{1,8}"),
        ({"type": "string", "example": "cus_9s6XKzkNRiz8i3"}, None, "cus_[0-9A-Za-z]{14}"),
        ({"type": "string", "example": "5f1f6c1e9b1d8a0017a3e5b2"}, None, "[0-9a-f]{24}"),
        ({"type": "string", "example": "ACaaaabbbbccccdddd0000111122223333"}, None, "AC[0-9a-f]{32}"),
        ({"type": "string", "example": "12345"}, None, r"\d+"),
        ({"type": "string", "example": "my-first-pet"}, None, UUID),
        (TEXT, {"type": "integer"}, r"\d+"),
        ({"type": "string", "pattern": "^[a-z]{3}-[0-9]+$"}, None, "[a-z]{3}-[0-9]+"),
    ],
)
def test_id_is_a_text_of_the_style_that_the_document_shows(
    declared: Json, in_path: Json, pattern: str
) -> None:
    ids = make_ids(declared, in_path)

    assert all(isinstance(id, str) and re.fullmatch(pattern, id) for id in ids), ids
    assert len(set(ids)) == len(ids)
    assert ids == make_ids(declared, in_path)


@pytest.mark.parametrize(
    ("declared", "in_path", "ids"),
    [
        ({"type": "integer"}, {"type": "integer"}, [1, 2, 3]),
        ({"type": "integer", "minimum": 1000}, None, [1000, 1001, 1002]),
        ({"type": "integer"}, TEXT, [1, 2, 3]),
        (None, {"type": "integer"}, [1, 2, 3]),
        ({"type": "number"}, None, [1, 2, 3]),
    ],
)
def test_id_that_is_a_number_counts_from_the_least(declared: Json, in_path: Json, ids: list[int]) -> None:
    assert make_ids(declared, in_path) == ids


def test_template_of_the_plan_gives_way_where_the_document_refuses_its_ids() -> None:
    assert make_ids(TEXT, make="pet_{n}") == ["pet_1", "pet_2", "pet_3"]
    assert make_ids(TEXT, {"type": "integer"}, make="pet_{n}") == ["1", "2", "3"]


def test_other_seed_makes_other_ids() -> None:
    assert not set(make_ids(TEXT)) & set(make_ids(TEXT, seed=1))


@pytest.mark.parametrize(
    "example", ["my-label", "octocat", "Hello-World", "main", "", None, True, ["x"], 1.5]
)
def test_name_is_no_template(example: Json) -> None:
    assert template_of(example) is None
