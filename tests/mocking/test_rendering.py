"""How records become answers: cut to their place, filled up to it, and never against the document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mockserver.document.plan import Plan
from mockserver.errors import CannotGenerate, Json
from mockserver.mocking.exchange import Answer, ResponseSource

from .conftest import TEXT, Api, answering, closed, ref, taking

NUMBER: dict[str, Any] = {"type": "integer"}
PET = closed({"id": TEXT, "name": TEXT, "ownerId": TEXT, "secret": {**TEXT, "writeOnly": True}}, "id", "name")
OWNER = closed({"id": TEXT, "name": TEXT, "cityId": TEXT}, "id")
CITY = closed({"id": TEXT, "name": TEXT})
LIST = {"type": "array", "items": ref("Pet")}
MakeApi = Callable[..., Api]
AS_ASKED = {"expand": "$request.query.expand", "show": "$request.query.fields"}
REX = {"id": "1", "name": "Rex", "ownerId": "o1", "secret": "s"}


def paths_of(item: Json, items: Json = None, **more: Any) -> dict[str, Any]:
    """Return paths whose operations answer with these schemas."""
    id = {"name": "id", "in": "path", "required": True, "schema": TEXT}
    names = [{"name": name, "in": "query"} for name in ("expand", "fields")]
    return {
        "/pets": {
            "get": {"operationId": "listPets", "parameters": names, "responses": answering(items or LIST)},
            "post": {
                "operationId": "createPet",
                "requestBody": taking({}),
                "responses": answering(item, "201"),
            },
        },
        "/pets/{id}": {
            "get": {"operationId": "getPet", "parameters": [id, *names], "responses": answering(item)}
        },
        **more,
    }


def plan_of(item: dict[str, Any] | None = None, items: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "resources": {
            "cities": {"schema": "City"},
            "owners": {"schema": "Owner", "references": {"cityId": "cities"}},
            "pets": {"schema": "Pet", "references": {"ownerId": {"resource": "owners", "missing": "ignore"}}},
        },
        "operations": {
            "getPet": {"action": "get", "resource": "pets", **(item or {})},
            "createPet": {"action": "create", "resource": "pets", **(item or {})},
            "listPets": {"action": "list", "resource": "pets", **(items or {})},
        },
    }


@pytest.fixture
def make_pets(make_api: MakeApi) -> MakeApi:
    """Makes an API with some pets: `make_pets(schema of the item, schema of the list, plan of one, of many)`."""

    def make(
        item: Json = None,
        items: Json = None,
        one: Any = None,
        many: Any = None,
        *,
        guess: bool = False,
        **schemas: Any,
    ) -> Api:
        names = {"Pet": PET, "Owner": OWNER, "City": CITY, **schemas}
        api = make_api(paths_of(item or ref("Pet"), items), plan_of(one, many), **names)
        if guess:
            plan = guessed(api.rules.plan)
            api = Api(api.document, plan)
        store = api.state.store
        store.create("cities", "c1", {"id": "c1", "name": "Bonn"})
        store.create("owners", "o1", {"id": "o1", "name": "Ann", "cityId": "c1"})
        store.create("pets", "1", dict(REX))
        store.create("pets", "2", {"id": "2", "name": "Tom"})
        return api

    return make


def guessed(plan: Plan) -> Plan:
    """Return a plan that nobody has written."""
    operations = {name: replace(item, inferred=True) for name, item in plan.operations.items()}
    return replace(plan, operations=operations)


def sound(answer: Answer) -> Json:
    assert answer.violations == (), answer.violations
    assert answer.source is ResponseSource.STATE
    return answer.body


# Cutting.


def test_record_is_cut_where_it_stands(make_pets: MakeApi) -> None:
    brief = closed({"name": TEXT})
    envelope = closed({"pet": ref("Pet"), "brief": brief, "all": {"type": "array", "items": brief}})
    template = {"pet": "$record", "brief": "$record", "all": ["$record"]}
    body = sound(make_pets(envelope, one={"answer": template}).answer("getPet", id="1"))

    assert body["pet"] == {"id": "1", "name": "Rex", "ownerId": "o1"}
    assert (body["brief"], body["all"]) == ({"name": "Rex"}, [{"name": "Rex"}])


def test_records_of_a_page_are_cut_where_they_stand(make_pets: MakeApi) -> None:
    brief = {"type": "array", "items": closed({"name": TEXT})}
    envelope = closed({"data": closed({"pets": LIST}), "names": brief})
    template = {"data": {"pets": "$page.items"}, "names": "$page.items"}
    body = sound(make_pets(items=envelope, many={"answer": template}).answer("listPets"))

    assert body["data"]["pets"][1] == {"id": "2", "name": "Tom"}
    assert body["names"] == [{"name": "Rex"}, {"name": "Tom"}]


def test_one_member_of_a_list_is_made_for_each_record(make_pets: MakeApi) -> None:
    node = closed({"node": closed({"id": TEXT}), "cursor": TEXT})
    envelope = closed({"edges": {"type": "array", "items": node}})
    template = {"edges": [{"node": "$record", "cursor": "$record#/id"}]}
    body = sound(make_pets(items=envelope, many={"answer": template}).answer("listPets"))

    assert body == {"edges": [{"node": {"id": "1"}, "cursor": "1"}, {"node": {"id": "2"}, "cursor": "2"}]}


def test_record_is_cut_in_branches_of_an_operator(make_pets: MakeApi) -> None:
    envelope = closed({"a": closed({"name": TEXT}), "b": closed({"id": TEXT})})
    template = {
        "a": {"if": "$record#/ownerId", "then": "$record", "else": None},
        "b": {"first": [None, "$record"]},
    }
    api = make_pets(envelope, one={"answer": template})

    assert sound(api.answer("getPet", id="1")) == {"a": {"name": "Rex"}, "b": {"id": "1"}}
    assert sound(api.answer("getPet", id="2")) == {"b": {"id": "2"}}


def test_created_record_stands_in_the_same_envelope(make_pets: MakeApi) -> None:
    api = make_pets(closed({"pet": closed({"name": TEXT})}), one={"answer": {"pet": "$record"}})

    assert sound(api.answer("createPet", body={"name": "New"})) == {"pet": {"name": "New"}}


def test_place_is_what_says_most_of_it(make_pets: MakeApi) -> None:
    anything = closed({"data": {"type": "array", "items": {"type": "object"}}, "links": {"type": "object"}})
    links = {
        "allOf": [closed({"self": {**TEXT, "format": "uri"}}), closed({"next": {**TEXT, "format": "uri"}})]
    }
    schema = {
        "allOf": [
            anything,
            closed({"data": {"type": "array", "items": closed({"name": TEXT})}}),
            closed({"links": links}),
        ]
    }
    template = {"data": "$page.items", "links": {"self": "$page.self_url", "next": "$page.next_url"}}
    body = sound(make_pets(items=schema, many={"answer": template}).answer("listPets"))

    assert body == {"data": [{"name": "Rex"}, {"name": "Tom"}], "links": {"self": "http://localhost/pets"}}


# Filling.

RICH = closed({"id": TEXT, "name": TEXT, "mood": TEXT, "age": NUMBER}, "id", "name", "mood", "age")


def test_what_the_answer_requires_and_no_record_has_is_made_up_for_each_record(make_pets: MakeApi) -> None:
    api = make_pets(ref("Rich"), {"type": "array", "items": ref("Rich")}, Rich=RICH)
    listed = sound(api.answer("listPets"))
    first, second = (sound(api.answer("getPet", id=id)) for id in "12")

    assert listed == [first, second]
    assert first["mood"] != second["mood"]
    assert first == sound(make_pets(ref("Rich"), Rich=RICH).answer("getPet", id="1"))
    assert "mood" not in api.state.store.dump()["pets"].live["1"]


def test_what_is_made_up_does_not_depend_on_who_asked_first(make_pets: MakeApi) -> None:
    brief = {
        "type": "array",
        "items": {**RICH, "properties": {k: v for k, v in RICH["properties"].items() if k != "name"}},
    }
    brief["items"] = {**brief["items"], "required": ["id", "mood", "age"]}

    def api() -> Api:
        return make_pets(ref("Rich"), brief, AS_ASKED, AS_ASKED, Rich=RICH)

    one, other = api(), api()
    first = sound(one.answer("getPet", id="1", fields="name"))
    listed = sound(other.answer("listPets"))[0]

    assert sound(one.answer("getPet", id="1")) == first == sound(other.answer("getPet", id="1"))
    assert {**listed, "name": "Rex"} == first


def test_what_a_template_leaves_out_is_made_up(make_pets: MakeApi) -> None:
    envelope = closed(
        {"pet": ref("Pet"), "object": {"const": "pet"}, "token": TEXT}, "pet", "object", "token"
    )
    api = make_pets(envelope, one={"answer": {"pet": "$record"}})
    first, again, second = (sound(api.answer("getPet", id=id)) for id in "112")

    assert first == again
    assert first["object"] == "pet"
    assert first["token"] != second["token"]


def test_envelope_of_a_list_is_made_up_once(make_pets: MakeApi) -> None:
    envelope = closed({"items": LIST, "request": TEXT}, "items", "request")
    api = make_pets(items=envelope, many={"answer": {"items": "$page.items"}})

    assert sound(api.answer("listPets"))["request"] == sound(api.answer("listPets"))["request"]


@pytest.mark.parametrize(
    ("schema", "required", "value"),
    [
        (TEXT, True, ""),
        (TEXT, False, ...),
        (NUMBER, True, 0),
        ({"type": ["string", "null"]}, True, None),
        ({}, False, None),
        ({"type": "boolean"}, True, False),
    ],
)
def test_null_where_it_may_not_be_is_left_out_or_nothing(
    make_pets: MakeApi, schema: dict[str, Any], required: bool, value: Json
) -> None:
    envelope = closed({"items": LIST, "next": schema}, *(["next"] if required else []))
    api = make_pets(items=envelope, many={"answer": {"items": "$page.items", "next": "$page.next_token"}})

    assert sound(api.answer("listPets")).get("next", ...) == value


def test_number_becomes_a_text_where_a_text_is_meant(make_pets: MakeApi) -> None:
    envelope = closed({"total": TEXT, "items": LIST, "id": NUMBER})
    template = {"items": "$page.items", "total": "$page.total", "id": "$page.last_id"}

    body = sound(make_pets(items=envelope, many={"answer": template}).answer("listPets"))

    assert (body["total"], body["id"]) == ("2", 2)


def test_address_is_absolute_where_the_schema_wants_it(make_pets: MakeApi) -> None:
    envelope = closed({"items": LIST, "self": {**TEXT, "format": "uri"}, "path": TEXT})
    template = {"items": "$page.items", "self": "$page.self_url", "path": "$page.self_url"}
    body = sound(make_pets(items=envelope, many={"answer": template}).answer("listPets"))

    assert (body["self"], body["path"]) == ("http://localhost/pets", "/pets")


def test_property_of_another_type_than_its_place_takes_is_made_up_or_left_out(make_pets: MakeApi) -> None:
    schema = closed(
        {"id": NUMBER, "name": closed({"en": TEXT}), "ownerId": closed({"name": TEXT})}, "id", "name"
    )
    api = make_pets(schema)
    body = sound(api.answer("getPet", id="1"))

    assert body["id"] == 1
    assert isinstance(body["name"], dict)
    assert body["ownerId"] == {"name": "Ann"}
    assert "ownerId" not in sound(api.answer("getPet", id="2"))


# Embedding and choosing.

EXPANDED = {
    "type": "object",
    "properties": {
        "id": TEXT, "name": TEXT, "owner": ref("Owner"), "ownerId": {"anyOf": [TEXT, ref("Owner")]},
    },
    "required": ["id"],
}  # fmt: skip


def test_record_is_embedded_under_the_name_of_the_reference(make_pets: MakeApi) -> None:
    api = make_pets(EXPANDED, {"type": "array", "items": EXPANDED}, AS_ASKED, AS_ASKED)
    owner = {"id": "o1", "name": "Ann", "cityId": "c1"}

    for name in ("owner", "ownerId", "owner_id", "data.owner", ["nobody", "owner"]):
        assert sound(api.answer("getPet", id="1", expand=name))["owner"] == owner
    assert sound(api.answer("listPets", expand="owner"))[0]["owner"] == owner
    assert "owner" not in sound(api.answer("getPet", id="1"))
    assert "owner" not in sound(api.answer("getPet", id="2", expand="owner"))


def test_record_takes_the_place_of_its_id_where_the_schema_lets_it(make_pets: MakeApi) -> None:
    schema = closed({"id": TEXT, "ownerId": {"anyOf": [TEXT, ref("Owner")]}})
    api = make_pets(schema, one=AS_ASKED)

    assert sound(api.answer("getPet", id="1"))["ownerId"] == "o1"
    assert sound(api.answer("getPet", id="1", expand="owner"))["ownerId"]["name"] == "Ann"


def test_embedded_record_embeds_others(make_pets: MakeApi) -> None:
    owner = closed({"id": TEXT, "city": closed({"name": TEXT})})
    api = make_pets(closed({"id": TEXT, "owner": owner}), one=AS_ASKED)

    assert sound(api.answer("getPet", id="1", expand="owner.city"))["owner"] == {
        "id": "o1",
        "city": {"name": "Bonn"},
    }


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ("name", {"id", "name"}),
        (["name", "ownerId"], {"id", "name", "ownerId"}),
        ("name,owner_id", {"id", "name", "ownerId"}),
        ("name,nobody", {"id", "name"}),
        ("nobody", {"id", "name", "ownerId"}),
        ("", {"id", "name", "ownerId"}),
    ],
)
def test_only_what_is_asked_for_and_required_is_shown(
    make_pets: MakeApi, fields: Json, names: set[str]
) -> None:
    api = make_pets(one=AS_ASKED, many=AS_ASKED)

    answer = api.answer("getPet", id="1", fields=fields)
    assert set(sound(answer)) == names
    assert ("'nobody' has no effect" in answer.detail) is ("nobody" in fields)
    assert set(sound(api.answer("listPets", fields=fields))[0]) == names


# Guesses.

FANCY = closed({"id": TEXT, "name": {"enum": ["Rex"]}, "ownerId": {**TEXT, "minLength": 5}}, "id", "name")


def test_guess_that_breaks_the_document_is_mended_record_by_record(make_pets: MakeApi) -> None:
    api = make_pets(ref("Fancy"), {"type": "array", "items": ref("Fancy")}, guess=True, Fancy=FANCY)
    listed = api.answer("listPets")

    assert [pet["id"] for pet in sound(listed)] == ["1", "2"]
    assert {pet["name"] for pet in listed.body} == {"Rex"}
    assert listed.detail.startswith("what would break the document is made up (")
    assert sound(api.answer("getPet", id="2")) == listed.body[1]


def test_guess_that_cannot_be_mended_answers_as_without_state(make_pets: MakeApi) -> None:
    api = make_pets({"type": "string", "enum": ["fine"]}, guess=True)
    answer = api.answer("createPet", body={"name": "New"})

    assert (answer.body, answer.violations) == ("fine", ())
    assert answer.source is ResponseSource.GENERATED
    assert answer.detail.startswith("from state it would break the document (body: ")
    assert len(api("listPets")) == 3


def test_mended_value_says_the_same_in_the_type_that_is_meant(make_pets: MakeApi) -> None:
    schema = closed({"id": TEXT, "name": TEXT, "tags": {"type": "array", "items": TEXT}}, "id")
    pet = closed({"id": TEXT, "name": {}, "tags": {}, "size": {}})
    api = make_pets({**schema, "properties": {**schema["properties"], "size": NUMBER}}, guess=True, Pet=pet)
    data = {"id": "3", "name": True, "tags": [1, "b", 2.5], "size": "7"}
    api.state.store.create("pets", "3", data)

    assert sound(api.answer("getPet", id="3")) == {
        "id": "3",
        "name": "true",
        "tags": ["1", "b", "2.5"],
        "size": 7,
    }


def test_guess_of_which_no_record_can_be_made_answers_as_without_state(
    make_pets: MakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = make_pets(guess=True)

    def no_more(store: object) -> str:
        raise CannotGenerate("/id", "all are used")

    monkeypatch.setattr(api.rules.kinds["pets"].ids, "next", no_more)
    answer = api.answer("createPet", body={"name": "Rex"})

    assert (answer.source, answer.violations) == (ResponseSource.GENERATED, ())
    assert answer.detail.startswith("there is no state for this: ")
    assert answer.detail.endswith("all are used")


def test_guess_is_never_mended_into_another_record(make_pets: MakeApi) -> None:
    schema = closed({"id": {**TEXT, "pattern": "^pet_[0-9]+$"}, "name": TEXT}, "id", "name")
    api = make_pets(schema, {"type": "array", "items": schema}, guess=True)

    for operation, query in (("getPet", {"id": "1"}), ("listPets", {})):
        answer = api.answer(operation, **query)
        assert (answer.source, answer.violations) == (ResponseSource.GENERATED, ())
        assert "id" in answer.detail


def test_what_a_person_wrote_is_not_mended(make_pets: MakeApi) -> None:
    answer = make_pets(ref("Fancy"), Fancy=FANCY).answer("getPet", id="2")

    assert [item.location for item in answer.violations or ()] == [("body", "name")]


def test_id_that_never_was_is_made_up_where_the_plan_says_so(make_pets: MakeApi) -> None:
    api = make_pets(one={"missing": "generated"})
    api.state.store.delete("pets", "2")

    assert api("getPet", id="77") == {**api("getPet", id="77"), "id": "77"}
    with pytest.raises(Exception, match="there is no pet '2'"):
        api.answer("getPet", id="2")


# Headers of the plan.


def test_headers_say_what_the_plan_lets_them(make_pets: MakeApi) -> None:
    headers = {"X-Total": "$page.total", "X-Next": "$page.next", "Link": "$page.links"}
    answer = make_pets(many={"headers": headers}).answer("listPets")

    assert answer.headers == {"X-Total": "2", "Link": '</pets>; rel="self"'}


def test_header_that_a_guess_fills_against_the_document_is_made_up(make_api: MakeApi) -> None:
    paths = paths_of(ref("Pet"))
    paths["/pets"]["get"]["responses"]["200"]["headers"] = {"X-Next": {"required": True, "schema": NUMBER}}
    plan = plan_of(None, {"headers": {"X-Next": "$page.self_url"}})
    written = make_api(paths, plan, Pet=PET, Owner=OWNER, City=CITY)
    api = Api(written.document, guessed(written.rules.plan))

    assert [item.location for item in written.answer("listPets").violations or ()] == [("header", "X-Next")]
    answer = api.answer("listPets")
    assert (sound(answer), answer.headers["X-Next"].lstrip("-").isdigit()) == ([], True)


def test_each_media_type_shows_what_its_own_schema_does(make_api: MakeApi) -> None:
    paths = paths_of(ref("Pet"))
    content = paths["/pets/{id}"]["get"]["responses"]["200"]["content"]
    content["application/xml"] = {
        "schema": {**closed({"name": TEXT, "mood": {"const": "fine"}}, "mood"), "xml": {"name": "pet"}}
    }
    content["application/x-www-form-urlencoded"] = {"schema": closed({"id": TEXT})}
    api = make_api(paths, plan_of(), Pet=PET, Owner=OWNER, City=CITY)
    api.state.store.create("pets", "1", dict(REX))
    answers = {name: api.answer("getPet", id="1", accept=name) for name in content}

    assert all(answer.violations == () for answer in answers.values())
    assert b"<pet><name>Rex</name><mood>fine</mood></pet>" in (answers["application/xml"].content or b"")
    assert answers["application/x-www-form-urlencoded"].content == b"id=1"
    assert answers["application/json"].body["ownerId"] == "o1"


def test_header_tells_of_the_record(make_pets: MakeApi) -> None:
    answer = make_pets(one={"headers": {"X-Name": "$record#/name"}}).answer("getPet", id="1")

    assert answer.headers["X-Name"] == "Rex"
