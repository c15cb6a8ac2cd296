"""Recorded seeds are such that a mock starts with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockserver.contract.recording.proving import proven
from mockserver.document import plan_file
from mockserver.mocking.dice import Dice
from mockserver.mocking.rules import Rules
from tests.mocking.conftest import build_document, closed, ref

TEXT = {"type": "string"}
PLAN = {
    "plan": "1",
    "infer": False,
    "resources": {
        "sessions": {"schema": "Session", "references": {"versionId": "versions"}},
        "versions": {"schema": "Version", "references": {"productId": "products"}},
        "products": {"schema": "Product"},
    },
    "operations": {"getSession": {"action": "get", "resource": "sessions"}},
}


def rules(**version: Any) -> Rules:
    """Return the rules of sessions of versions of products, all of which must be there."""
    get = {
        "operationId": "getSession",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
        "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": ref("Session")}}}
        },
    }
    document = build_document(
        {"/sessions/{id}": {"get": get}},
        Session=closed({"id": TEXT, "versionId": TEXT}, "id"),
        Version=closed({"id": TEXT, "productId": TEXT, **version}, "id", "productId"),
        Product=closed({"id": TEXT, "name": TEXT}, "id", "name"),
    )
    return Rules(document, plan_file.build(PLAN, document, Path("api.plan.yaml")), dice=Dice(0, "api"))


def test_what_a_record_refers_to_comes_with_all_that_it_must_refer_to_itself() -> None:
    """Nobody has shown the version, which cannot be without a product."""
    seeds, notes = proven(rules(), {"sessions": [{"id": "s1", "versionId": "v1"}]})

    (product,) = seeds.pop("products")
    assert seeds == {"sessions": [{"id": "s1", "versionId": "v1"}], "versions": [{"id": "v1"}]}
    assert product.keys() == {"id"}
    assert notes == [
        "versions: 'v1' was only referred to; the rest of it is made up",
        "products: one was made up, since versions must refer to one",
    ]


def test_record_that_refers_to_what_cannot_be_had_is_left_out() -> None:
    """No version has this id, so no mock would start with the session."""
    found = rules(id={"type": "string", "pattern": "^v[0-9]$"})
    seeds, notes = proven(found, {"sessions": [{"id": "s1", "versionId": "other"}, {"id": "s2"}]})

    assert seeds["sessions"] == [{"id": "s2"}]
    assert "versions" not in seeds
    assert "left out: 1 of sessions, which refer to versions 'other'" in notes
