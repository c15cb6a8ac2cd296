"""What a request says comes back in the answer, as far as the schema takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.document.naming import singular, thing_of
from mockserver.errors import Json
from mockserver.mocking.exchange import ResponseSource

from .conftest import TEXT, Api, answering, closed, ref, taking

MakeApi = Callable[..., Api]
INTEGER: dict[str, Any] = {"type": "integer"}


def variables(path: str, kind: dict[str, Any]) -> list[dict[str, Any]]:
    names = [piece.partition("}")[0] for piece in path.split("{")[1:]]
    return [{"name": name, "in": "path", "required": True, "schema": kind} for name in names]


def getting(
    path: str, schema: Json, kind: dict[str, Any] = TEXT, query: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return paths with an operation `get` of this path that answers this schema."""
    parameters = variables(path, kind)
    parameters += [{"name": name, "in": "query", "schema": {}} for name in query]
    return {path: {"get": {"operationId": "get", "parameters": parameters, "responses": answering(schema)}}}


def with_one(name: str, kind: dict[str, Any] = TEXT) -> dict[str, Any]:
    return closed({name: kind, "label": TEXT}, name, "label")


@pytest.mark.parametrize(
    ("path", "schema", "place"),
    [
        ("/pets/{petId}", with_one("id"), ["id"]),
        ("/pets/{petId}", with_one("petId"), ["petId"]),
        ("/pets/{petId}", with_one("pet_id"), ["pet_id"]),
        ("/pets/{id}", with_one("petId"), ["petId"]),
        ("/pets/{pet-id}/", with_one("ID"), ["ID"]),
        ("/pets/{petId}", closed({"data": with_one("id")}, "data"), ["data", "id"]),
        ("/pets/{petId}", closed({"pet": with_one("id"), "ok": {"type": "boolean"}}, "pet"), ["pet", "id"]),
        (
            "/categories/{id}",
            closed({"category": with_one("id"), "took": INTEGER}, "category"),
            ["category", "id"],
        ),
        ("/pets/{petId}", {"allOf": [with_one("id"), closed({"age": INTEGER})]}, ["id"]),
        ("/users/{username}", with_one("username"), ["username"]),
        ("/pets/{petId}/photo", with_one("petId"), ["petId"]),
    ],
)
def test_id_that_is_asked_for_is_the_one_answered(
    make_api: MakeApi, path: str, schema: Json, place: list[str]
) -> None:
    api = make_api(getting(path, schema), {})
    [name] = [parameter.name for parameter in api.document.operations["get"].parameters]
    value = api("get", **{name: "x-7"})

    for key in place:
        value = value[key]
    assert value == "x-7"


@pytest.mark.parametrize(("asked", "kind", "answered"), [("7", INTEGER, 7), (7, TEXT, "7"), (7, INTEGER, 7)])
def test_value_takes_the_type_of_the_property(
    make_api: MakeApi, asked: Json, kind: dict[str, Any], answered: Json
) -> None:
    api = make_api(getting("/pets/{petId}", with_one("id", kind), {}), {})

    assert api("get", petId=asked)["id"] == answered


@pytest.mark.parametrize(
    "kind", [{"type": "integer"}, {"type": "string", "format": "uuid"}, {"enum": ["a", "b"]}]
)
def test_value_that_the_property_does_not_take_is_left_out(make_api: MakeApi, kind: dict[str, Any]) -> None:
    answer = make_api(getting("/pets/{petId}", with_one("id", kind)), {}).answer("get", petId="rex")

    assert answer.violations == ()
    assert answer.body["id"] != "rex"


def test_id_of_the_owner_is_not_that_of_what_is_owned(make_api: MakeApi) -> None:
    toys = {"type": "array", "items": closed({"id": TEXT, "petId": TEXT}, "id", "petId"), "minItems": 1}
    body = make_api(getting("/pets/{petId}/toys", toys), {})("get", petId="rex")

    assert {toy["petId"] for toy in body} == {"rex"}
    assert "rex" not in {toy["id"] for toy in body}


def test_example_takes_the_id_but_keeps_its_other_values(make_api: MakeApi) -> None:
    paths = getting("/pets/{petId}", with_one("id"))
    content = paths["/pets/{petId}"]["get"]["responses"]["200"]["content"]
    content["application/json"]["example"] = {"id": "1", "label": "Rex"}
    answer = make_api(paths, {}).answer("get", petId="7")

    assert (answer.source, answer.body) == (ResponseSource.EXAMPLE, {"id": "7", "label": "Rex"})


def test_example_about_the_id_that_is_asked_for_comes_before_the_first(make_api: MakeApi) -> None:
    paths = getting("/pets/{petId}", with_one("id"))
    content = paths["/pets/{petId}"]["get"]["responses"]["200"]["content"]
    rex, tom = {"id": "1", "label": "Rex"}, {"id": "2", "label": "Tom"}
    content["application/json"]["examples"] = {"rex": {"value": rex}, "tom": {"value": tom}}
    api = make_api(paths, {})

    assert [api("get", petId=id) for id in ("2", "1", "3")] == [tom, rex, {**rex, "id": "3"}]


def test_query_says_what_the_items_of_a_made_up_list_are_like(make_api: MakeApi) -> None:
    items = closed(
        {"status": {"enum": ["new", "sold"]}, "kind": TEXT, "limit": INTEGER}, "status", "kind", "limit"
    )
    envelope = closed(
        {"limit": INTEGER, "items": {"type": "array", "items": items, "minItems": 3}}, "limit", "items"
    )
    api = make_api(getting("/pets", envelope, query=("status", "kind", "limit", "q")), {})
    body = api("get", status="sold", kind=["cat", "dog"], limit=50)

    assert body["limit"] == 50
    assert [item["status"] for item in body["items"]] == ["sold"] * 3
    assert [item["kind"] for item in body["items"]] == ["cat", "dog", "cat"]
    assert [item["limit"] for item in body["items"]] != [50] * 3


@pytest.mark.parametrize("name", ["limit", "page_size", "per-page"])
def test_made_up_list_is_no_longer_than_the_query_asks_for(make_api: MakeApi, name: str) -> None:
    pets = {"type": "array", "items": with_one("id"), "minItems": 0}
    api = make_api(getting("/pets", pets, query=(name,)), {})

    assert len(api("get", **{name: 0})) == 0
    assert len(api("get", **{name: 1})) <= 1


def posting(schema: Json, method: str = "post", path: str = "/pets") -> dict[str, Any]:
    operation = {"operationId": "send", "requestBody": taking({}), "responses": answering(schema, "201")}
    return {path: {method: {**operation, "parameters": variables(path, TEXT)}}}


FULL = closed(
    {
        "id": {**TEXT, "readOnly": True},
        "name": TEXT,
        "age": INTEGER,
        "tags": {"type": "array", "items": TEXT},
        "owner": closed({"name": TEXT, "since": {**TEXT, "format": "date"}}, "name", "since"),
        "password": {**TEXT, "writeOnly": True},
    },
    "id",
    "name",
    "owner",
)


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_what_was_sent_comes_back_where_it_fits(make_api: MakeApi, method: str) -> None:
    sent = {
        "id": "mine", "name": "Rex", "age": "old", "tags": ["a"], "owner": {"name": "Ada"}, "password": "x", "more": 1
    }  # fmt: skip
    body = make_api(posting(FULL, method), {})("send", body=sent)

    assert (body["name"], body["tags"], body["owner"]["name"]) == ("Rex", ["a"], "Ada")
    assert body["id"] != "mine"
    assert body.get("age") != "old"
    assert not {"password", "more"} & set(body)


def test_what_was_sent_comes_back_inside_an_envelope(make_api: MakeApi) -> None:
    body = make_api(posting(closed({"data": FULL, "ok": {"type": "boolean"}}, "data")), {})(
        "send", body={"name": "Rex"}
    )

    assert body["data"]["name"] == "Rex"


def test_what_was_sent_decides_between_branches(make_api: MakeApi) -> None:
    branches = [
        closed({"kind": {"const": kind}, word: TEXT}, "kind", word)
        for kind, word in (("cat", "meow"), ("dog", "bark"))
    ]
    api = make_api(posting({"oneOf": branches}), {})

    for sent in ({"kind": "cat", "meow": "m"}, {"kind": "dog", "bark": "b"}):
        assert api("send", body=sent) == sent


def test_path_wins_over_the_body(make_api: MakeApi) -> None:
    api = make_api(posting(with_one("id"), "put", "/pets/{petId}"), {})

    assert api("send", petId="7", body={"id": "8", "label": "x"}) == {"id": "7", "label": "x"}


def test_body_that_no_answer_can_hold_is_left_out(make_api: MakeApi) -> None:
    rivals = closed({"a": TEXT, "b": TEXT, "name": TEXT}, "name")
    rivals["not"] = {"required": ["a", "b"]}
    answer = make_api(posting(rivals), {}).answer("send", body={"a": "1", "b": "2", "name": "Rex"})

    assert answer.violations == ()
    assert answer.body["name"] == "Rex"


@settings(deadline=None, max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_answer_stays_valid_whatever_is_sent(value: Json) -> None:
    body = {"name": value, "age": value, "tags": value, "owner": value, "id": value}
    answer = ECHO.answer("send", body=body)

    assert answer.violations == ()


def _echo() -> Api:
    from pathlib import Path

    from mockserver.document import plan_file

    from .conftest import build_document

    model = build_document(posting(ref("Full")), Full=FULL)
    return Api(model, plan_file.build({"plan": "1"}, model, Path("api.plan.yaml")))


ECHO = _echo()


@pytest.mark.parametrize(
    ("path", "thing"),
    [("/pets/{id}", "pet"), ("/categories", "category"), ("/boxes/{id}", "box"), ("/address/{id}", "address"),
     ("/addresses", "address"), ("/", ""), ("/v1/news", "news"), ("/as", "as")],
)  # fmt: skip
def test_thing_is_the_last_literal_in_the_singular(path: str, thing: str) -> None:
    assert thing_of(path) == thing
    assert singular(singular("pets")) == "pet"
