"""The same seed gives the same bytes, whatever the order of calls, in any process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import jsontext
from mockserver.document import plan_file

from .conftest import TEXT, Api, answering, build_document, closed, ref, taking

OWNER = closed(
    {"id": {**TEXT, "format": "uuid"}, "name": TEXT, "email": {**TEXT, "format": "email"}},
    "id",
    "name",
    "email",
)
PET = closed(
    {
        "id": TEXT, "name": TEXT, "ownerId": TEXT, "kind": {"enum": ["cat", "dog"]}, "age": {"type": "integer"},
        "tags": {"type": "array", "items": TEXT}, "extra": {"type": "object", "additionalProperties": TEXT},
        "mood": {"oneOf": [TEXT, {"type": "integer"}, {"type": "null"}]},
    },
    "id", "name", "ownerId", "kind", "age", "tags", "extra", "mood",
)  # fmt: skip
PARAMETERS = [{"name": "id", "in": "path", "required": True, "schema": TEXT}]
PATHS: dict[str, Any] = {
    "/pets": {
        "get": {"operationId": "listPets", "responses": answering({"type": "array", "items": ref("Pet")})},
        "post": {"operationId": "createPet", "requestBody": taking({}), "responses": answering(ref("Pet"))},
    },
    "/facts/{id}": {
        "get": {"operationId": "getFact", "parameters": PARAMETERS, "responses": answering(ref("Pet"))}
    },
}
PLAN: dict[str, Any] = {
    "resources": {
        "owners": {"schema": "Owner", "seed": 3},
        "pets": {
            "schema": "Pet",
            "seed": 3,
            "id": {"make": "pet_{hex:8}"},
            "references": {"ownerId": "owners"},
        },
    },
    "operations": {
        "listPets": {"action": "list", "resource": "pets"},
        "createPet": {"action": "create", "resource": "pets"},
    },
}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("listPets", {}),
    ("getFact", {"id": "1"}),
    ("getFact", {"id": "2"}),
    ("getFact", {"id": "a/b"}),
]


@pytest.fixture(scope="module")
def facts() -> dict[int, bytes]:
    """What each call answers on a server where it is the first."""
    return {number: answer_first(number) for number in range(len(CALLS))}


def make(**options: Any) -> Api:
    model = build_document(PATHS, Pet=PET, Owner=OWNER)
    return Api(model, plan_file.build({"plan": "1", **PLAN}, model, Path("api.plan.yaml")), **options)


def call(api: Api, number: int) -> bytes:
    name, parameters = CALLS[number]
    return jsontext.dumps(api(name, **parameters))


def answer_first(number: int) -> bytes:
    return call(make(), number)


@given(order=st.lists(st.integers(0, len(CALLS) - 1), max_size=6))
@settings(max_examples=15, deadline=None)
def test_answer_does_not_depend_on_the_calls_before_it(facts: dict[int, bytes], order: list[int]) -> None:
    api = make()

    assert [call(api, number) for number in order] == [facts[number] for number in order]


def test_created_record_depends_on_its_number_and_not_on_reads() -> None:
    plain, busy = make(), make()
    for number in range(len(CALLS)):
        call(busy, number)

    for _ in range(3):
        assert plain("createPet", body={"name": "Rex"}) == busy("createPet", body={"name": "Rex"})


def test_other_seed_gives_other_data() -> None:
    assert call(make(seed_number=1), 0) != call(make(), 0)


def everything() -> bytes:
    """Return one text of all that a server says."""
    api = make()
    answers = [call(api, number) for number in range(len(CALLS))]
    return b"\n".join([*answers, jsontext.dumps(api("createPet", body={"kind": "cat"}))])


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_other_process_with_another_hash_seed_says_the_same(hash_seed: str) -> None:
    program = f"import sys; from {__name__} import everything; sys.stdout.buffer.write(everything())"
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=__file__.rpartition("/tests/")[0],
        check=True,
    )

    assert run.stdout == everything()
