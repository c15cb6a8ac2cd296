"""Where an answer comes from: a canned response, state, an example, or made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.canned import Canned
from mockserver.mocking.exchange import ResponseSource
from mockserver.mocking.fixtures import Fixtures

from .conftest import TEXT, Api, answering, closed, ref, taking

MakeApi = Callable[..., Api]
PET = closed({"id": TEXT, "name": TEXT}, "id", "name")


def paths_of(content: dict[str, Any], status: str = "200") -> dict[str, Any]:
    """Return paths with an operation `getPet` that answers this content."""
    parameters = [{"name": "id", "in": "path", "required": True, "schema": TEXT}]
    responses = {status: {"description": "", "content": content}}
    return {
        "/pets/{id}": {"get": {"operationId": "getPet", "parameters": parameters, "responses": responses}}
    }


def json_of(**media: Any) -> dict[str, Any]:
    return {"application/json": media}


def test_example_is_answered_without_state(make_api: MakeApi) -> None:
    api = make_api(paths_of(json_of(schema=ref("Pet"), example={"id": "p", "name": "Rex"})), {}, Pet=PET)
    answer = api.answer("getPet", id="p")

    assert (answer.source, answer.body) == (ResponseSource.EXAMPLE, {"id": "p", "name": "Rex"})


def test_example_that_breaks_its_schema_is_passed_over(make_api: MakeApi) -> None:
    examples = {"bad": {"value": {"id": 5}}, "good": {"value": {"id": "p", "name": "Rex"}}}
    answer = make_api(paths_of(json_of(schema=ref("Pet"), examples=examples)), {}, Pet=PET).answer(
        "getPet", id="p"
    )

    assert (answer.detail, answer.body) == ("good", {"id": "p", "name": "Rex"})


def test_value_is_made_up_where_nothing_else_is_said(make_api: MakeApi) -> None:
    api = make_api(paths_of(json_of(schema=ref("Pet"))), {}, Pet=PET)
    answer = api.answer("getPet", id="1")

    assert answer.source is ResponseSource.GENERATED
    assert answer.violations == ()
    assert answer.body == api.answer("getPet", id="1").body
    assert answer.body != api.answer("getPet", id="2").body


def test_answer_that_was_made_is_the_same_again_and_another_for_another_request(make_api: MakeApi) -> None:
    pets = {"type": "array", "items": closed({"kind": TEXT}, "kind"), "minItems": 2}
    parameters = [{"name": name, "in": "query", "schema": {}} for name in ("kind", "limit", "trace")]
    responses = {"200": {"description": "", "content": json_of(schema=pets)}}
    paths = {"/pets": {"get": {"operationId": "getPet", "parameters": parameters, "responses": responses}}}
    api = make_api(paths, {})

    def content(**query: Any) -> bytes:
        answer = api.answer("getPet", **query)
        assert answer.violations == ()
        return answer.content or b""

    assert content() == content() == content(trace=5)
    assert content(kind="cat") == content(kind="cat") != content(kind="dog") != content()
    assert b"cat" in content(kind="cat")


def test_operation_without_content_answers_nothing(make_api: MakeApi) -> None:
    answer = make_api(paths_of({}, "204"), {}).answer("getPet", id="1")

    assert (answer.status, answer.media_type, answer.source) == (204, None, ResponseSource.EMPTY)


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ({"type": "string", "minLength": 5, "maxLength": 1}, ""),
        ({"type": "object", "required": ["a"], "properties": {"a": False}}, {}),
    ],
)
def test_schema_that_no_value_fits_is_answered_empty_and_named(
    make_api: MakeApi, schema: dict[str, Any], body: Any
) -> None:
    answer = make_api(paths_of(json_of(schema=schema)), {}).answer("getPet", id="1")

    assert (answer.status, answer.body) == (200, body)
    assert answer.violations
    assert answer.violations[0].pointer.endswith("/content/application~1json/schema")
    assert answer.violations[0].rule in ("generated", "schema")


def test_example_under_a_schema_that_leads_nowhere_is_answered(make_api: MakeApi) -> None:
    media = json_of(schema={"$ref": "#/components/schemas/Nowhere"}, example={"id": 1})
    answer = make_api(paths_of(media), {}).answer("getPet", id="1")

    assert (answer.source, answer.body) == (ResponseSource.EXAMPLE, {"id": 1})
    # The document's fault was reported when it was loaded.
    assert answer.violations == ()


def canned(status: int, name: str = "") -> Fixtures:
    body = {"id": "c", "name": "Canned"}
    return Fixtures(canned={"getPet": (Canned(status, name, body, Path("200.json")),)})


STATEFUL: dict[str, Any] = {
    "resources": {"pets": {"schema": "Pet"}},
    "operations": {"getPet": {"action": "get", "resource": "pets"}},
}


def test_canned_response_comes_before_state(make_api: MakeApi) -> None:
    api = make_api(paths_of(json_of(schema=ref("Pet"))), STATEFUL, Pet=PET, fixtures=canned(200))
    answer = api.answer("getPet", id="nobody")

    assert (answer.source, answer.body["name"]) == (ResponseSource.FIXTURE, "Canned")


@pytest.mark.parametrize("fixtures", [canned(404), canned(200, "second")], ids=["an error", "a named one"])
def test_other_canned_response_is_kept_for_those_who_ask(make_api: MakeApi, fixtures: Fixtures) -> None:
    api = make_api(paths_of(json_of(schema=ref("Pet"))), {}, Pet=PET, fixtures=fixtures)

    assert api.answer("getPet", id="1").source is ResponseSource.GENERATED


def test_stateful_answer_is_cut_to_the_declared_response(make_api: MakeApi) -> None:
    brief = closed({"name": TEXT})
    api = make_api(paths_of(json_of(schema=brief)), STATEFUL, Pet=PET)
    api.state.store.create("pets", "1", {"id": "1", "name": "Rex"})

    assert api("getPet", id="1") == {"name": "Rex"}


def test_answer_that_breaks_the_document_says_so(make_api: MakeApi) -> None:
    plan = {**STATEFUL, "operations": {"getPet": {"action": "get", "resource": "pets", "answer": {"id": 5}}}}
    api = make_api(paths_of(json_of(schema=ref("Pet"))), plan, Pet=PET)
    api.state.store.create("pets", "1", {"id": "1", "name": "Rex"})

    violations = api.answer("getPet", id="1").violations

    assert violations is not None
    assert [item.location for item in violations] == [("body", "id")]


def test_refusal_is_judged_like_any_other_answer(make_api: MakeApi) -> None:
    api = make_api(paths_of(json_of(schema=ref("Pet"))), {}, Pet=PET)
    refusal = Refusal(RefusalKind.NOT_FOUND, "no")

    answer = api.engine.refuse(refusal, api.document.operations["getPet"])

    assert answer.violations is not None
    assert [item.rule for item in answer.violations] == ["status"]


def test_media_type_is_negotiated(make_api: MakeApi) -> None:
    content = {**json_of(schema=ref("Pet")), "text/plain": {"example": "Rex"}}
    answer = make_api(paths_of(content), {}, Pet=PET).answer("getPet", id="1", accept="text/plain")

    assert (answer.media_type, answer.body) == ("text/plain", "Rex")


def test_status_of_the_plan_is_answered(make_api: MakeApi) -> None:
    responses = {**answering(ref("Pet"), "200"), **answering(ref("Pet"), "202")}
    paths = {
        "/pets": {"post": {"operationId": "createPet", "requestBody": taking({}), "responses": responses}}
    }
    operations = {"createPet": {"action": "create", "resource": "pets", "status": 202}}
    api = make_api(paths, {"resources": {"pets": {"schema": "Pet"}}, "operations": operations}, Pet=PET)

    assert api.answer("createPet", body={"name": "Rex"}).status == 202


# Worlds.


def test_reset_goes_back_to_the_seeds(make_api: MakeApi) -> None:
    plan = {"resources": {"pets": {"schema": "Pet", "seed": 2, "id": {"make": "pet_{n}"}}}}
    paths = {
        "/pets": {
            "post": {
                "operationId": "createPet",
                "requestBody": taking({}),
                "responses": answering(ref("Pet")),
            }
        }
    }
    api = make_api(
        paths, {**plan, "operations": {"createPet": {"action": "create", "resource": "pets"}}}, Pet=PET
    )
    first = api("createPet", body={"name": "Rex"})
    api.state.store.delete("pets", "pet_1")
    api.world.reset()

    assert first["id"] == "pet_3"
    assert list(api.state.store.dump()["pets"].live) == ["pet_1", "pet_2"]
    assert api("createPet", body={"name": "Rex"}) == first


def test_reset_of_another_document_changes_nothing(make_api: MakeApi) -> None:
    api = make_api(paths_of(json_of(schema=ref("Pet"))), STATEFUL, Pet=PET)
    api.state.store.create("pets", "1", {"id": "1", "name": "Rex"})
    api.world.reset("other")

    assert api.state.store.get("pets", "1") is not None
