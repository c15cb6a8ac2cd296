"""Would the answer of a stateful operation keep its document? Tried on records that are seeded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mockserver.mocking.store import Query
from mockserver.mocking.trials import Trials, trial

from .conftest import TEXT, Api, answering, closed, ref, taking

PET = closed({"id": TEXT, "name": TEXT, "shelterId": TEXT}, "id", "name")
SHELTER = closed({"id": TEXT, "name": TEXT}, "id")
ODD = {"type": "string", "enum": ["fine"]}
MakeApi = Callable[..., Api]


def parameter(name: str, place: str = "path", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": TEXT, **more}


PATHS: dict[str, Any] = {
    "/shelters/{shelterId}/pets": {
        "get": {
            "operationId": "listPets",
            "parameters": [parameter("shelterId"), parameter("colour", "query")],
            "responses": answering({"type": "array", "items": ref("Pet")}),
        },
        "post": {
            "operationId": "createPet",
            "parameters": [parameter("shelterId"), parameter("X-Key", "header", example="k")],
            "requestBody": taking(closed({"name": TEXT}, "name")),
            "responses": answering(ref("Pet"), "201"),
        },
    },
    "/pets/{id}": {
        "get": {"operationId": "getPet", "parameters": [parameter("id")], "responses": answering(ref("Pet"))},
        "put": {
            "operationId": "replacePet",
            "parameters": [parameter("id")],
            "requestBody": taking(closed({"name": TEXT, "shelterId": TEXT}, "name", "shelterId")),
            "responses": answering(ODD),
        },
        "delete": {
            "operationId": "deletePet",
            "parameters": [parameter("id")],
            "responses": answering(None, "204"),
        },
    },
    "/pet-by-name/{name}": {
        "get": {
            "operationId": "findPet",
            "parameters": [parameter("name")],
            "responses": answering(ref("Pet")),
        }
    },
    "/find": {
        "post": {
            "operationId": "findPets",
            "requestBody": taking(closed({"pet": closed({"id": TEXT})})),
            "responses": answering(ODD),
        }
    },
    "/mood": {"get": {"operationId": "getMood", "responses": answering(ODD)}},
}
PLAN = {
    "resources": {
        "shelters": {"schema": "Shelter", "seed": 1},
        "pets": {"schema": "Pet", "references": {"shelterId": "shelters"}, "seed": 2},
    },
    "operations": {
        "listPets": {"action": "list", "resource": "pets"},
        "createPet": {"action": "create", "resource": "pets"},
        "getPet": {"action": "get", "resource": "pets"},
        "replacePet": {"action": "replace", "resource": "pets"},
        "deletePet": {"action": "delete", "resource": "pets"},
        "findPet": {"action": "get", "resource": "pets", "find": {"name": "$request.path.name"}},
        "findPets": {"action": "get", "resource": "pets", "id": "$request.body#/pet/id"},
    },
}


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    made = make_api(PATHS, PLAN, Pet=PET, Shelter=SHELTER)
    operations = {name: replace(item, inferred=True) for name, item in made.rules.plan.operations.items()}
    return Api(made.document, replace(made.rules.plan, operations=operations))


@pytest.mark.parametrize("name", ["listPets", "createPet", "getPet", "deletePet", "getMood"])
def test_operation_whose_answer_keeps_the_document_has_no_reason(api: Api, name: str) -> None:
    assert trial(api.engine, api.document.operations[name]) is None


@pytest.mark.parametrize("name", ["replacePet", "findPets"])
def test_operation_whose_answer_would_break_the_document_has_one(api: Api, name: str) -> None:
    reason = trial(api.engine, api.document.operations[name])

    assert reason is not None
    assert reason.startswith("from state it would break the document (body: ")


def test_operation_that_a_person_wrote_is_tried_as_well(make_api: MakeApi) -> None:
    api = make_api(PATHS, PLAN, Pet=PET, Shelter=SHELTER)
    reason = trial(api.engine, api.document.operations["replacePet"])

    assert reason is not None
    assert reason.endswith('is not of type "string"')


def test_trials_are_seen_by_nobody_and_not_by_each_other(api: Api) -> None:
    trials = Trials(api.engine)
    reasons = [[trials.of(operation) for operation in api.document.operations.values()] for _ in range(2)]

    assert reasons[0] == reasons[1]
    assert len(api.state.store.select("pets", Query()).records) == 2


def test_operation_is_tried_on_a_record_that_is_there(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    real = api.engine.answer

    def answer(request: Any, world: Any) -> Any:
        seen[request.operation.id] = request
        return real(request, world)

    monkeypatch.setattr(api.engine, "answer", answer)
    trials = Trials(api.engine)
    for operation in api.document.operations.values():
        trials.of(operation)
    pet = api.state.store.select("pets", Query(limit=1)).records[0]

    assert seen["getPet"].path == {"id": pet.id}
    assert seen["listPets"].path == {"shelterId": pet.data["shelterId"]}
    assert seen["listPets"].query.keys() == {"colour"}
    assert seen["createPet"].header == {"x-key": "k"}
    assert seen["replacePet"].body["shelterId"] == pet.data["shelterId"]
    assert seen["findPets"].body == {"pet": {"id": pet.id}}
    assert seen["findPet"].path == {"name": pet.data["name"]}
