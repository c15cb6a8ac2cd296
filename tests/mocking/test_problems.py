"""Refusals take the shape that the document declares, are valid in it, and say what was wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.document.model import Document
from mockserver.errors import Refusal, RefusalKind, Violation
from mockserver.mocking.dice import Dice
from mockserver.mocking.exchange import Answer
from mockserver.mocking.generator import Generator
from mockserver.mocking.problems import PROBLEM_JSON, Problems

from .conftest import ANY, TEXT, build_document, closed

INTEGER: dict[str, Any] = {"type": "integer"}
MISSING = Violation(("body", "name"), "required", "'name' is required")
WRONG = Violation(("body", "tags", 0), "type", '5 is not of type "string"', 5)
INVALID = Refusal(
    RefusalKind.INVALID, "body.name: 'name' is required (and 1 more)", violations=[MISSING, WRONG]
)
NOT_FOUND = Refusal(RefusalKind.NOT_FOUND, "there is no pet 'x'")
CONFLICT = Refusal(RefusalKind.CONFLICT, "another of pets has name 'Rex'")


def all_of(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the schema of an object that requires all its properties."""
    return {**closed(properties, *properties), **more}


def listed(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


LOC = listed({"anyOf": [TEXT, INTEGER]})
SHAPES: dict[str, Any] = {
    "problem": all_of(
        {"type": {**TEXT, "format": "uri-reference"}, "title": TEXT, "status": INTEGER, "detail": TEXT}
    ),
    "fastapi": all_of({"detail": listed(all_of({"loc": LOC, "msg": TEXT, "type": TEXT}))}),
    "error and message": all_of({"error": TEXT, "message": TEXT}),
    "nest": all_of({"message": listed(TEXT), "statusCode": INTEGER, "error": TEXT}),
    "fields": all_of({"errors": listed(all_of({"field": TEXT, "message": TEXT}))}),
    "code and message": all_of({"error": all_of({"code": TEXT, "message": TEXT})}),
    "json:api": all_of(
        {
            "errors": listed(
                all_of(
                    {
                        "status": TEXT,
                        "code": TEXT,
                        "title": TEXT,
                        "detail": TEXT,
                        "source": all_of({"pointer": TEXT}),
                    }
                ),
                minItems=1,
            )
        }
    ),
    "stripe": all_of(
        {
            "error": all_of(
                {
                    "type": {**TEXT, "enum": ["api_error", "invalid_request_error"]},
                    "message": TEXT,
                    "param": {"type": ["string", "null"]},
                }
            )
        }
    ),
    "enum code": all_of(
        {
            "code": {**TEXT, "enum": ["INTERNAL", "NOT_FOUND", "VALIDATION_FAILED", "ALREADY_EXISTS"]},
            "message": TEXT,
        }
    ),
    "laravel": all_of({"message": TEXT, "errors": {"type": "object", "additionalProperties": listed(TEXT)}}),
    "rails": {"type": "object", "additionalProperties": listed(TEXT)},
    "success flag": all_of({"success": {"type": "boolean"}, "error": TEXT}),
    "google": all_of(
        {
            "error": all_of(
                {
                    "code": INTEGER,
                    "message": TEXT,
                    "status": {"enum": ["OK", "INVALID_ARGUMENT", "NOT_FOUND"]},
                }
            )
        }
    ),
    "unknown required": all_of(
        {"traceId": {**TEXT, "format": "uuid"}, "at": {**TEXT, "format": "date-time"}, "message": TEXT}
    ),
    "graphql": all_of(
        {
            "errors": listed(all_of({"message": TEXT, "path": listed(TEXT)})),
            "data": {"type": ["object", "null"]},
        }
    ),
    "closed": all_of({"detail": TEXT}, additionalProperties=False),
    "text or list": {
        "oneOf": [all_of({"detail": TEXT}), all_of({"detail": listed(all_of({"loc": LOC, "msg": TEXT}))})]
    },
    "union inside": all_of({"detail": {"anyOf": [listed(all_of({"loc": LOC, "msg": TEXT})), TEXT]}}),
    "constant": all_of({"object": {"const": "error"}, "message": TEXT}),
    "pattern": all_of({"message": TEXT, "code": {**TEXT, "pattern": "^E[0-9]{4}$"}}),
    "bounded code": all_of({"message": TEXT, "code": {**INTEGER, "minimum": 1000, "maximum": 1009}}),
    "uri type": all_of({"type": {**TEXT, "format": "uri"}, "message": TEXT}),
    "short": all_of({"message": {**TEXT, "maxLength": 30}}),
    "few": all_of({"errors": listed(all_of({"message": TEXT}), maxItems=1)}),
    "composed": {"allOf": [all_of({"message": TEXT}), all_of({"code": INTEGER})]},
    "plain text": TEXT,
    "anything": ANY,
}


def document_of(*declared: tuple[str, Any], media: str = "application/json") -> Document:
    """Return a document whose operation `makePet` declares these statuses with these schemas."""
    responses: dict[str, Any] = {"200": {"description": ""}}
    for status, schema in declared:
        responses[status] = {"description": "", "content": {media: {"schema": schema}}}
    operation = {"operationId": "makePet", "responses": responses}
    other = {"operationId": "getPet", "responses": {"200": {"description": ""}}}
    return build_document({"/pets": {"post": operation, "get": other}})


def answer_to(model: Document, refusal: Refusal, operation: str = "makePet", **more: Any) -> Answer:
    problems = Problems(model, Generator(model.response_schemas, Dice(0)))
    return problems.answer(refusal, model.operations[operation], path="/pets", **more)


def body_of(schema: Any, refusal: Refusal) -> Any:
    """Return the body of a refusal, which has to be valid."""
    model = document_of(("422", schema), ("404", schema), ("409", schema))
    answer = answer_to(model, refusal)
    media = model.operations["makePet"].responses[str(answer.status)].content["application/json"]
    assert media.schema is not None
    assert model.response_schemas.validator(media.schema).violations(answer.body) == []
    return answer.body


@pytest.mark.parametrize("refusal", [INVALID, NOT_FOUND, CONFLICT], ids=lambda refusal: refusal.kind.value)
@pytest.mark.parametrize("shape", SHAPES)
def test_body_is_valid_and_says_what_was_wrong(shape: str, refusal: Refusal) -> None:
    body = body_of(SHAPES[shape], refusal)

    said = json.dumps(body)
    if shape == "rails" and refusal is not INVALID:
        return  # it has no place for anything but fields
    assert {"invalid": "name", "not-found": "there is no pet", "conflict": "another of pets"}[
        refusal.kind
    ] in said


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (
            "problem",
            {
                "type": "about:blank",
                "title": "Unprocessable Entity",
                "status": 422,
                "detail": INVALID.message,
            },
        ),
        (
            "fastapi",
            {
                "detail": [
                    {"loc": ["body", "name"], "msg": MISSING.message, "type": "required"},
                    {"loc": ["body", "tags", 0], "msg": WRONG.message, "type": "type"},
                ]
            },
        ),
        ("error and message", {"error": "Unprocessable Entity", "message": INVALID.message}),
        (
            "nest",
            {
                "message": [f"body.name: {MISSING.message}", f"body.tags.0: {WRONG.message}"],
                "statusCode": 422,
                "error": "Unprocessable Entity",
            },
        ),
        (
            "fields",
            {
                "errors": [
                    {"field": "body.name", "message": MISSING.message},
                    {"field": "body.tags.0", "message": WRONG.message},
                ]
            },
        ),
        ("code and message", {"error": {"code": "unprocessable_entity", "message": INVALID.message}}),
        ("stripe", {"error": {"type": "invalid_request_error", "message": INVALID.message, "param": None}}),
        ("enum code", {"code": "VALIDATION_FAILED", "message": INVALID.message}),
        (
            "laravel",
            {"message": INVALID.message, "errors": {"name": [MISSING.message], "tags": [WRONG.message]}},
        ),
        ("rails", {"name": [MISSING.message], "tags": [WRONG.message]}),
        ("success flag", {"success": False, "error": INVALID.message}),
        ("google", {"error": {"code": 422, "message": INVALID.message, "status": "INVALID_ARGUMENT"}}),
        ("plain text", INVALID.message),
    ],
)
def test_body_has_its_facts_where_they_belong(shape: str, body: Any) -> None:
    assert body_of(SHAPES[shape], INVALID) == body


def test_json_api_error_has_a_pointer() -> None:
    errors = body_of(SHAPES["json:api"], INVALID)["errors"]

    assert [error["source"]["pointer"] for error in errors] == ["/body/name", "/body/tags/0"]
    assert [error["status"] for error in errors] == ["422", "422"]


def test_single_fault_is_named_as_the_parameter() -> None:
    one = Refusal(RefusalKind.INVALID, "no", violations=[MISSING])

    assert body_of(SHAPES["stripe"], one)["error"]["param"] == "name"


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(NOT_FOUND, "NOT_FOUND"), (CONFLICT, "ALREADY_EXISTS"), (INVALID, "VALIDATION_FAILED")],
)
def test_member_of_an_enum_means_what_happened(refusal: Refusal, code: str) -> None:
    assert body_of(SHAPES["enum code"], refusal)["code"] == code


def test_what_an_error_may_carry_along_is_left_out() -> None:
    payment = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "message": TEXT}}
    error = {
        "message": TEXT,
        "payment": payment,
        "charges": listed(payment),
        "source": all_of({"pointer": TEXT}),
    }
    body = body_of(closed({"error": closed(error, "message")}, "error"), INVALID)

    assert sorted(body["error"]) == ["message", "source"]


def test_value_that_was_refused_is_shown_where_the_shape_asks_for_it() -> None:
    schema = all_of({"detail": listed(closed({"msg": TEXT, "input": ANY}, "msg"))})

    assert [item.get("input") for item in body_of(schema, INVALID)["detail"]] == [None, 5]


@given(
    st.recursive(
        st.sampled_from(
            [
                TEXT,
                INTEGER,
                ANY,
                {"type": "boolean"},
                {"enum": ["a", 1]},
                {**TEXT, "maxLength": 3},
                {"type": ["null", "string"]},
            ]
        ),
        lambda inner: (
            st.dictionaries(
                st.sampled_from(["message", "code", "errors", "error", "status", "loc", "type", "x"]),
                inner,
                min_size=1,
                max_size=4,
            ).map(all_of)
            | inner.map(listed)
        ),
        max_leaves=8,
    ),
    st.sampled_from([INVALID, NOT_FOUND, CONFLICT]),
)
def test_any_shape_gets_a_valid_body(schema: Any, refusal: Refusal) -> None:
    body_of(schema, refusal)


# Which response.


@pytest.mark.parametrize(
    ("declared", "refusal", "status"),
    [
        (["400"], INVALID, 400),
        (["422"], INVALID, 422),
        (["400", "422"], INVALID, 422),
        (["4XX"], INVALID, 422),
        (["default"], INVALID, 422),
        (["4XX", "400"], INVALID, 400),
        (["default"], NOT_FOUND, 404),
        (["403"], Refusal(RefusalKind.UNAUTHENTICATED, ""), 403),
        (["410"], NOT_FOUND, 410),
        (["404", "410"], NOT_FOUND, 404),
        (["422"], Refusal(RefusalKind.CONFLICT, "", status=422), 422),
        ([], INVALID, 400),
        ([], NOT_FOUND, 404),
        ([], CONFLICT, 409),
        (["400"], CONFLICT, 409),
        ([], Refusal(RefusalKind.INVALID, "", status=418), 418),
    ],
)
def test_status_is_a_declared_one_if_there_is_any(declared: list[str], refusal: Refusal, status: int) -> None:
    model = document_of(*((name, SHAPES["code and message"]) for name in declared))

    assert answer_to(model, refusal).status == status


def test_undeclared_refusal_has_the_shape_that_the_document_uses_elsewhere() -> None:
    model = document_of(("404", SHAPES["success flag"]), ("422", SHAPES["fastapi"]))

    assert answer_to(model, CONFLICT, "getPet").body == {"success": False, "error": CONFLICT.message}
    assert "detail" in answer_to(model, Refusal(RefusalKind.INVALID, "no", status=422), "getPet").body


def test_document_without_errors_gets_problem_details() -> None:
    answer = answer_to(document_of(), INVALID)

    assert answer.media_type == PROBLEM_JSON
    assert answer.body["title"] == "Bad Request"
    assert answer.body["detail"] == INVALID.message
    assert answer.body["errors"][0]["location"] == ["body", "name"]


def test_error_that_is_no_json_is_the_message() -> None:
    answer = answer_to(document_of(("404", TEXT), media="text/plain"), NOT_FOUND)

    assert (answer.media_type, answer.body) == ("text/plain", NOT_FOUND.message)


@pytest.mark.parametrize(
    ("declared", "sent"), [("*/*", "application/json"), ("application/*", "application/json")]
)
def test_error_under_a_range_is_sent_as_json(declared: str, sent: str) -> None:
    model = document_of(("422", SHAPES["error and message"]), media=declared)

    answer = answer_to(model, INVALID)

    assert (answer.media_type, answer.body) == (
        sent,
        {"error": "Unprocessable Entity", "message": INVALID.message},
    )


def test_error_is_not_filled_with_the_things_that_it_is_about() -> None:
    """A payment, its customer and all that hangs on them say nothing of what went wrong, and take minutes."""
    thing = {"type": "object", "properties": {f"message{number}": TEXT for number in range(300)}}
    shape = {"type": "object", "required": ["error"], "properties": {"error": all_of({"message": TEXT})}}
    shape["properties"]["error"]["properties"]["thing"] = thing

    assert body_of(shape, NOT_FOUND) == {"error": {"message": NOT_FOUND.message}}


def test_client_gets_the_media_type_that_it_likes() -> None:
    shape = {"schema": SHAPES["closed"]}
    content = {"application/json": shape, "application/problem+json": shape}
    operation = {"operationId": "makePet", "responses": {"404": {"description": "", "content": content}}}
    model = build_document({"/pets": {"post": operation}})

    assert (
        answer_to(model, NOT_FOUND, accept="application/problem+json").media_type
        == "application/problem+json"
    )


def test_headers_of_the_refusal_travel_with_it() -> None:
    refusal = Refusal(RefusalKind.METHOD_NOT_ALLOWED, "no", headers={"Allow": "GET"})

    assert answer_to(document_of(), refusal).headers == {"Allow": "GET"}


@pytest.mark.parametrize("declared", ["4XX", "default"])
def test_error_that_is_declared_for_many_statuses_serves_elsewhere_too(declared: str) -> None:
    model = document_of((declared, SHAPES["success flag"]))

    assert answer_to(model, NOT_FOUND, "getPet").body == {"success": False, "error": NOT_FOUND.message}
