"""The header fields of answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.preferences import parse

from .conftest import TEXT, Api, closed, ref, taking

MakeApi = Callable[..., Api]
INTEGER: dict[str, Any] = {"type": "integer"}
PET = closed({"id": INTEGER, "name": TEXT}, "id", "name")
PET_PARAMETER = {"name": "petId", "in": "path", "required": True, "schema": INTEGER}


def responses(headers: dict[str, Any], status: str = "200", schema: Json = None) -> dict[str, Any]:
    content = {"application/json": {"schema": schema if schema is not None else ref("Pet")}}
    return {status: {"description": "", "headers": headers, "content": content}}


def listing(headers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return paths with an operation `act` that answers with these headers."""
    return {"/pets": {"get": {"operationId": "act", "responses": responses(headers), **more}}}


def field(make_api: MakeApi, name: str, schema: dict[str, Any], **header: Any) -> str:
    answer = make_api(listing({name: {"schema": schema, **header}}), {}, Pet=PET).answer("act")
    assert answer.violations == ()
    return answer.headers[name]


@pytest.mark.parametrize(
    ("name", "schema", "pattern"),
    [
        ("X-RateLimit-Limit", INTEGER, r"100"),
        ("X-Rate-Limit-Remaining", TEXT, r"99"),
        ("X-RateLimit-Reset", INTEGER, r"60"),
        ("X-RateLimit-Reset", {**TEXT, "format": "date-time"}, r"2025-01-01T00:01:00Z"),
        ("X-RateLimit-Reset", {**INTEGER, "minimum": 1_000_000}, r"1735689660"),
        ("Retry-After", INTEGER, r"30"),
        ("ETag", TEXT, r'"[0-9a-f]{16}"'),
        (
            "X-Request-ID",
            {**TEXT, "format": "uuid"},
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}",
        ),
        ("Request-Id", {**TEXT, "maxLength": 16}, r"[0-9a-f]{16}"),
        ("traceparent", TEXT, r"00-[0-9a-f]{32}-[0-9a-f]{16}-01"),
        ("Last-Modified", TEXT, r"Wed, 01 Jan 2025 00:00:00 GMT"),
        ("Sunset", TEXT, r"Tue, 01 Jan 2030 00:00:00 GMT"),
        ("Deprecation", TEXT, r"@1735689600"),
        ("Cache-Control", {"enum": ["no-store"]}, r"no-store"),
        ("Set-Cookie", TEXT, r"session=\w+; Path=/; HttpOnly; SameSite=Lax"),
        ("Allow", TEXT, r"GET"),
        ("X-Kind", {"enum": ["a"]}, r"a"),
        ("X-Flag", {"const": True}, r"true"),
        ("X-List", {"type": "array", "items": {"const": 5}, "minItems": 3, "maxItems": 3}, r"5,5,5"),
        ("X-Thing", {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}}, r"a,1"),
    ],
)
def test_declared_field_has_a_value_that_its_name_and_schema_say(
    make_api: MakeApi, name: str, schema: dict[str, Any], pattern: str
) -> None:
    assert re.fullmatch(pattern, field(make_api, name, schema))


def test_exploded_object_has_its_members_as_pairs(make_api: MakeApi) -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}}

    assert field(make_api, "X-Thing", schema, explode=True) == "a=1"


def test_field_without_a_pattern_of_its_own_is_made_and_stays_the_same(make_api: MakeApi) -> None:
    schema = {**TEXT, "pattern": "^[A-Z]{5}$"}
    values = {field(make_api, "X-Region", schema) for _ in range(3)}

    assert len(values) == 1
    assert re.fullmatch("[A-Z]{5}", values.pop())


def test_line_break_in_a_field_becomes_a_space(make_api: MakeApi) -> None:
    answer = make_api(listing({"X-Any": {"schema": {"const": "a\r\nX-Evil: 1"}}}), {}, Pet=PET).answer("act")

    assert answer.headers["X-Any"] == "a  X-Evil: 1"


def test_fields_that_belong_to_http_are_left_to_the_server(make_api: MakeApi) -> None:
    declared = {
        name: {"required": True, "schema": INTEGER}
        for name in ("Content-Length", "Transfer-Encoding", "Date")
    }
    answer = make_api(listing(declared), {}, Pet=PET).answer("act")

    assert (answer.headers, answer.violations) == ({}, ())


def test_deprecated_operation_says_so(make_api: MakeApi) -> None:
    paths = listing({}, deprecated=True, **{"x-sunset": "2031-05-06"})
    api = make_api(paths, {}, Pet=PET)
    headers = api.answer("act").headers

    assert headers == {"Deprecation": "@1735689600", "Sunset": "Tue, 06 May 2031 00:00:00 GMT"}


def test_several_media_types_vary_by_accept(make_api: MakeApi) -> None:
    paths = listing({})
    paths["/pets"]["get"]["responses"]["200"]["content"]["application/xml"] = {"schema": ref("Pet")}

    assert make_api(paths, {}, Pet=PET).answer("act").headers == {"Vary": "Accept"}


def test_busy_server_says_when_to_come_back(make_api: MakeApi) -> None:
    paths = listing({})
    paths["/pets"]["get"]["responses"]["503"] = {"description": ""}
    api = make_api(paths, {}, Pet=PET)
    operation = api.document.operations["act"]
    answer = api.engine.answer(
        Request(operation, "GET", "/pets", preferences=parse("code=503", b"")), api.world
    )

    assert answer.headers["Retry-After"] == "30"


def test_refusal_has_the_fields_of_its_response(make_api: MakeApi) -> None:
    paths = listing({})
    paths["/pets"]["get"]["responses"].update(
        responses({"X-Request-Id": {"required": True, "schema": TEXT}}, "404", {})
    )
    api = make_api(paths, {}, Pet=PET)
    answer = api.engine.refuse(Refusal(RefusalKind.NOT_FOUND, "no"), api.document.operations["act"])

    assert answer.violations == ()
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(("value", "broken"), [("5", 0), ("five", 1), ("500", 1)])
def test_field_that_breaks_its_schema_is_a_violation(make_api: MakeApi, value: str, broken: int) -> None:
    api = make_api(listing({"X-Rate": {"schema": {**INTEGER, "maximum": 10}}}), {}, Pet=PET)
    answer = Answer(200, {"id": 1, "name": "Rex"}, headers={"x-rate": value})
    violations = api.engine.conformance.violations(api.document.operations["act"], answer)

    assert [item.location for item in violations] == [("header", "X-Rate")] * broken


# Where things are.


def creating(headers: dict[str, Any], *, item_path: str | None = "/pets/{petId}") -> dict[str, Any]:
    operation = {"operationId": "act", "requestBody": taking({}), "responses": responses(headers, "201")}
    paths: dict[str, Any] = {"/pets": {"post": operation}}
    if item_path is not None:
        get = {"operationId": "getPet", "parameters": [PET_PARAMETER], "responses": responses({})}
        paths[item_path] = {"get": get}
    return paths


def located(api: Api, path: str = "/pets", origin: str = "") -> str | None:
    operation = api.document.operations["act"]
    request = Request(operation, "POST", path, body={"name": "Rex"}, origin=origin)
    answer = api.engine.answer(request, api.world)
    assert answer.violations == ()
    return answer.headers.get("Location")


def test_what_was_made_is_below_the_collection(make_api: MakeApi) -> None:
    api = make_api(creating({}), {}, Pet=PET)
    place = located(api)

    assert place is not None
    assert re.fullmatch(r"/pets/\d+", place)


def test_place_keeps_the_prefix_that_the_client_used(make_api: MakeApi) -> None:
    place = located(make_api(creating({}), {}, Pet=PET), "/api/v1/pets")

    assert (place or "").startswith("/api/v1/pets/")


@pytest.mark.parametrize("schema", [{**TEXT, "format": "uri"}, {**TEXT, "pattern": "^http://mock/pets/"}])
def test_place_is_absolute_where_the_schema_wants_it(make_api: MakeApi, schema: dict[str, Any]) -> None:
    place = located(make_api(creating({"Location": {"schema": schema}}), {}, Pet=PET), origin="http://mock")

    assert re.fullmatch(r"http://mock/pets/\d+", place or "")


def test_declared_place_without_an_item_path_is_the_collection(make_api: MakeApi) -> None:
    declared = creating({"Location": {"required": True, "schema": TEXT}}, item_path=None)

    assert located(make_api(declared, {}, Pet=PET)) == "/pets"
    assert located(make_api(creating({}, item_path=None), {}, Pet=PET)) is None


def test_redirection_leads_elsewhere(make_api: MakeApi) -> None:
    moved = {"301": {"description": "", "headers": {"Location": {"schema": {**TEXT, "format": "uri"}}}}}
    answer = make_api({"/pets": {"get": {"operationId": "act", "responses": moved}}}, {}).answer("act")

    assert (answer.status, answer.headers["Location"]) == (301, "https://www.example.com/")


def test_example_of_a_field_comes_before_what_its_name_means(make_api: MakeApi) -> None:
    assert field(make_api, "X-RateLimit-Limit", INTEGER, example=5000) == "5000"
    assert field(make_api, "X-RateLimit-Limit", INTEGER, example="many") == "100"


def test_place_of_a_record_is_where_the_plan_reads_it(make_api: MakeApi) -> None:
    plan = {
        "resources": {"pets": {"schema": "Pet", "id": {"make": "integer"}}},
        "operations": {
            "act": {"action": "create", "resource": "pets"},
            "getPet": {"action": "get", "resource": "pets"},
        },
    }
    api = make_api(creating({}, item_path="/animals/{petId}"), plan, Pet=PET)
    place = located(api, "/v1/pets")

    assert place == "/v1/animals/1"


def nested(
    make_api: MakeApi, template: str, *, reader: str = "getPet", resource: Any = None, **get: Any
) -> Api:
    """Return an API whose pets are made below a shelter, and read elsewhere."""

    def parameters(path: str) -> list[dict[str, Any]]:
        names = re.findall(r"{(.+?)}", path)
        return [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]

    making = "/shelters/{shelterId}/pets"
    create = {"operationId": "act", "requestBody": taking({}), "responses": responses({}, "201")}
    paths: dict[str, Any] = {making: {"post": {**create, "parameters": parameters(making)}}}
    for path in dict.fromkeys(["/any-pet/{kind}/{x}", template]):
        name = reader if path == template else "other"
        operation = {"operationId": name, "parameters": parameters(path), "responses": responses({})}
        paths.setdefault(path, {})["get"] = operation
    plan = {
        "resources": {
            "pets": {"schema": "Pet", "id": {"make": "integer"}, **(resource or {})},
            "shelters": {"schema": "Pet"},
        },
        "operations": {
            "other": {"action": "get", "resource": "pets"},
            "act": {"action": "create", "resource": "pets"},
            reader: {"action": "get", "resource": "pets", **get},
        },
    }
    pet = {"type": "object", "properties": {**PET["properties"], "shelterId": TEXT}}
    api = make_api(paths, plan, Pet=pet)
    api.state.store.create("shelters", "s 1", {"id": "s 1"})
    return api


REFERENCE = {"references": {"shelterId": "shelters"}}
RENAMED = {"references": {"shelterId": {"resource": "shelters", "path": "shelter"}}}


@pytest.mark.parametrize(
    ("template", "resource", "get", "place"),
    [
        ("/shelters/{shelterId}/pets/{petId}", REFERENCE, {}, "/shelters/s%201/pets/1"),
        ("/shelters/{shelter_id}/pets/{petId}", {}, {}, "/shelters/s%201/pets/1"),
        ("/pets/{petId}", REFERENCE, {}, "/pets/1"),
        ("/pet-of/{name}", {}, {"find": {"name": "$request.path.name"}}, "/pet-of/Rex"),
        ("/at/{shelter}/{petId}", RENAMED, {}, "/at/s%201/1"),
        (
            "/at/{city}/{petId}",
            {"scope": {"shelterId": "$request.path.city"}},
            {},
            "/at/s%201/1",
        ),
    ],
)
def test_place_of_a_nested_record_names_its_parents(
    make_api: MakeApi, template: str, resource: dict[str, Any], get: dict[str, Any], place: str | None
) -> None:
    api = nested(make_api, template, resource=resource, **get)
    operation = api.document.operations["act"]
    path = {"shelterId": "s 1"}
    body = {"name": "Rex", "shelterId": "s 1"}
    request = Request(operation, "POST", "/@blue/api/shelters/s%201/pets", path=path, body=body)
    answer = api.engine.answer(request, api.world)

    assert answer.headers.get("Location") == (None if place is None else f"/@blue/api{place}")


@pytest.mark.parametrize(
    ("names", "query", "expected"),
    [
        (("page", "per_page"), {}, {"first": "page=1", "next": "page=2"}),
        (
            ("page",),
            {"page": 3, "kind": "a b"},
            {"first": "page=1&kind=a+b", "prev": "page=2", "next": "page=4"},
        ),
        (
            ("offset", "limit"),
            {"offset": 5, "limit": 5},
            {"first": "offset=0", "prev": "offset=0", "next": "offset=10"},
        ),
        (("starting_after",), {}, {"next": "starting_after="}),
        ((), {}, {"self": "</pets>"}),
    ],
)
def test_declared_links_lead_to_the_other_pages(
    make_api: MakeApi, names: tuple[str, ...], query: dict[str, Json], expected: dict[str, str]
) -> None:
    parameters = [{"name": name, "in": "query", "schema": {}} for name in (*names, "kind")]
    paths = listing({"Link": {"schema": TEXT}}, parameters=parameters)
    link = make_api(paths, {}, Pet=PET).answer("act", **query).headers["Link"]
    links = {match[2]: match[1] for match in re.finditer(r'<([^>]*)>; rel="(\w+)"', link)}

    assert set(links) == set(expected)
    for relation, part in expected.items():
        wanted = part.split("&")
        assert all(piece in f"<{links[relation]}>" for piece in wanted)
