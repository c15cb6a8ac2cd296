"""Preferences and switches through the whole stack."""

from __future__ import annotations

import time
from typing import Any

import pytest

from .conftest import MakeClient, answers, document

pytestmark = pytest.mark.anyio
PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string", "minLength": 1}},
}
PLAN = {
    "plan": "1",
    "resources": {"pets": {"schema": "Pet", "seed": 2, "id": {"make": "integer"}}},
    "operations": {"listPets": {"action": "list", "resource": "pets"}},
}
EXAMPLE = [{"id": 7, "name": "Rex"}]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def api(example: Any = None) -> dict[str, Any]:
    media = {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}}
    if example is not None:
        media["example"] = example
    error = {
        "application/json": {"schema": {"type": "object", "properties": {"message": {"type": "string"}}}}
    }
    responses = {
        "200": {"description": "", "content": {"application/json": media}},
        "4XX": {"description": "", "content": error},
    }
    operation = {"operationId": "listPets", "responses": responses}
    # What a client prefers of examples and generated values, not of state.
    return document(
        {"/pets": {"get": operation}}, components={"schemas": {"Pet": PET}}, **{"x-mock": {"infer": False}}
    )


async def test_code_is_taken_from_the_header_and_from_the_query(make_client: MakeClient) -> None:
    client = make_client(api())
    by_header = await client.get("/pets", headers={"Prefer": "code=409"})
    by_query = await client.get("/pets?__code=409")

    assert by_header.status_code == by_query.status_code == 409
    assert by_header.json() == by_query.json()
    assert by_header.headers["preference-applied"] == "code=409"
    assert by_header.headers["mock-source"] == "generated"


async def test_preference_that_makes_no_sense_is_refused_in_the_shape_of_the_document(
    make_client: MakeClient,
) -> None:
    answer = await make_client(api()).get("/pets", headers={"Prefer": "code=never"})

    assert 400 <= answer.status_code < 500
    assert "a status code from 200 to 599" in answer.json()["message"]


async def test_several_fields_are_one_list(make_client: MakeClient) -> None:
    headers = [("Prefer", "return=minimal"), ("Prefer", "count=5")]
    answer = await make_client(api()).get("/pets", headers=headers)

    assert len(answer.json()) == 5


async def test_delay_is_waited(make_client: MakeClient) -> None:
    client = make_client(api())
    start = time.perf_counter()
    await client.get("/pets", headers={"Prefer": "delay=50..60"})

    assert time.perf_counter() - start >= 0.05


async def test_handler_answers_unless_something_else_is_asked_for(make_client: MakeClient) -> None:
    client = make_client(api(), handlers="def listPets(mock):\n    return [{'id': 1, 'name': 'By hand'}]\n")
    sources = [
        (await client.get("/pets", headers={"Prefer": prefer})).headers["mock-source"]
        for prefer in ("delay=0", "source=handler", "source=generated", "code=404", "seed=1")
    ]

    assert sources == ["handler", "handler", "generated", "generated", "generated"]


async def test_source_handler_without_a_handler_is_refused(make_client: MakeClient) -> None:
    answer = await make_client(api()).get("/pets", headers={"Prefer": "source=handler"})

    assert answer.status_code == 422 or answer.status_code == 400
    assert "has no handler" in answer.json()["message"]


async def test_unacceptable_answer_is_406_in_the_shape_of_the_document(make_client: MakeClient) -> None:
    answer = await make_client(api()).get("/pets", headers={"Accept": "image/png"})

    assert answer.status_code == 406
    assert "application/json" in answer.json()["message"]
    assert "mock-violations" not in answer.headers


async def test_malformed_accept_is_ignored(make_client: MakeClient) -> None:
    assert (await make_client(api()).get("/pets", headers={"Accept": ";;;"})).status_code == 200


async def test_stateless_leaves_the_plan_alone(make_client: MakeClient) -> None:
    planned = await make_client(api(EXAMPLE), PLAN).get("/pets")
    stateless = await make_client(api(EXAMPLE), PLAN, stateless=True).get("/pets")

    assert (planned.headers["mock-source"], stateless.headers["mock-source"]) == ("state", "example")


async def test_dynamic_answers_are_new_each_time_and_the_same_in_another_run(make_client: MakeClient) -> None:
    runs = []
    for _ in range(2):
        client = make_client(api(EXAMPLE), dynamic=True)
        runs.append([(await client.get("/pets")).content for _ in range(3)])

    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 3


async def test_dynamic_false_asks_for_the_example_of_a_dynamic_mock(make_client: MakeClient) -> None:
    answer = await make_client(api(EXAMPLE), dynamic=True).get("/pets", headers={"Prefer": "dynamic=false"})

    assert answer.json() == EXAMPLE


async def test_document_without_content_is_sent_whatever_is_accepted(make_client: MakeClient) -> None:
    responses = {"204": {"description": ""}, **answers(status=400)}
    client = make_client(document({"/pets": {"delete": {"operationId": "clear", "responses": responses}}}))
    answer = await client.delete("/pets", headers={"Accept": "image/png"})

    assert (answer.status_code, answer.content) == (204, b"")
