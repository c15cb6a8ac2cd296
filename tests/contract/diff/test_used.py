"""`--used`: what matters to those who were recorded, and what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.contract.diff.changes import Change
from mockserver.contract.diff.comparing import compare
from mockserver.contract.diff.narrowing import narrowed
from mockserver.contract.diff.usage import usage_of
from mockserver.contract.traffic import Recorded
from mockserver.mocking.judging import Message, Reply

from .samples import BASE, TODAY, document, merged

JSON = ((b"content-type", b"application/json"),)
THING = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "kind": {"type": "string", "enum": ["a", "b", "c"]},
        "note": {"type": "string"},
    },
}
CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
OPERATION = {
    "parameters": [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
        {"name": "sort", "in": "query", "schema": {"type": "string"}},
    ],
    "requestBody": {"content": {**CONTENT, "application/xml": {"schema": {}}}},
    "responses": {
        "200": {
            "description": "x",
            "headers": {"X-Left": {"schema": {"type": "integer"}}},
            "content": CONTENT,
        },
        "202": {"description": "x"},
    },
}
OLD = merged(
    BASE,
    {
        "paths": {"/things": {"post": OPERATION, "get": OPERATION}},
        "components": {"schemas": {"Thing": THING}},
    },
)


def exchange(
    query: bytes = b"", sent: Any = None, got: Any = None, headers: tuple[Any, ...] = ()
) -> Recorded:
    """Return an exchange of `POST /things`."""
    body = b"" if sent is None else json.dumps(sent).encode()
    reply = Reply(200, (*JSON, *headers), json.dumps({} if got is None else got).encode())
    return Recorded(Message("POST", "/things", query, JSON if body else (), body), reply)


def used(patch: Any, *recorded: Recorded, old: Any = OLD) -> list[Change]:
    """Return the changes to a document with a patch, held against exchanges; the safe ones are left out."""
    before, after = document(old, "old.yaml"), document(merged(old, patch), "new.yaml")
    found = narrowed(compare(before, after, TODAY), usage_of(before, recorded))
    return [change for change in found.changes if change.verdict != "safe"]


def schema(patch: Any) -> Any:
    return {"components": {"schemas": {"Thing": patch}}}


def parameters(*changed: dict[str, Any]) -> Any:
    return {"paths": {"/things": {"post": {"parameters": list(changed)}}}}


def test_operation_that_nobody_called_may_go() -> None:
    patch = {"paths": {"/things": {"get": None}}}
    (change,) = used(patch, exchange())
    assert change.unused == "never called"


LIMIT, SORT = OPERATION["parameters"]
CASES: dict[str, tuple[Any, Recorded, Recorded]] = {
    # Patch, an exchange to which the change matters, one to which it does not.
    "a parameter is gone": (parameters(LIMIT), exchange(b"sort=a"), exchange(b"limit=3")),
    "a parameter must be given": (
        parameters(LIMIT, {**SORT, "required": True}),
        exchange(),
        exchange(b"sort=a"),
    ),
    "a bound is lower": (
        parameters({**LIMIT, "schema": {"type": "integer", "maximum": 10}}, SORT),
        exchange(b"limit=50"),
        exchange(b"limit=5"),
    ),
    "a media type is gone": (
        {"paths": {"/things": {"post": {"requestBody": {"content": {"application/json": None}}}}}},
        exchange(sent={}),
        exchange(),
    ),
    "a body must be sent": (
        {"paths": {"/things": {"post": {"requestBody": {"required": True}}}}},
        exchange(),
        exchange(sent={}),
    ),
    "a status is gone": (
        {"paths": {"/things": {"post": {"responses": {"200": None}}}}},
        exchange(),
        Recorded(Message("POST", "/things"), Reply(202)),
    ),
    "a header is gone": (
        {"paths": {"/things": {"post": {"responses": {"200": {"headers": None}}}}}},
        exchange(headers=((b"x-left", b"3"),)),
        exchange(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_change_matters_only_to_those_who_used_what_changed(name: str) -> None:
    patch, user, other = CASES[name]
    assert [change.unused for change in used(patch, user)] == [""]
    (change,) = used(patch, other)
    assert change.unused


def test_property_of_requests_matters_to_those_who_send_it() -> None:
    patch = schema({"additionalProperties": False, "properties": {"note": None}})

    def of_requests(*recorded: Recorded) -> dict[str, str]:
        found = used(patch, *recorded)
        return {change.id: change.unused for change in found if change.direction == "request"}

    sent = of_requests(exchange(sent={"note": "x"}))
    other = of_requests(exchange(sent={"name": "x"}))

    assert sent["request-property-removed"] == ""
    assert other["request-property-removed"] == "never sent"
    assert other["request-body-additional-properties-forbidden"] == "no others were sent"


def test_property_of_answers_matters_to_those_who_got_it() -> None:
    patch = schema({"properties": {"note": None}})

    def of_answers(*recorded: Recorded) -> str:
        (change,) = [change for change in used(patch, *recorded) if change.direction == "response"]
        return change.unused

    assert of_answers(exchange(got={"note": "x"})) == ""
    assert of_answers(exchange(got={"name": "x"})) == "never answered"


def test_values_that_were_sent_are_tried_on_the_new_document() -> None:
    patch = schema({"properties": {"name": {"maxLength": 5}, "kind": {"enum": ["a", "b"]}}})

    found = {
        change.id: change.unused
        for change in used(patch, exchange(sent={"name": "Rex", "kind": "c"}))
        if change.direction == "request"
    }

    assert found["request-property-max-length-decreased"] == "all that was sent still goes"
    assert found["request-property-enum-value-removed"] == ""


def test_new_required_property_matters_to_those_who_leave_it_out() -> None:
    patch = schema({"required": ["name"]})

    assert used(patch, exchange(sent={"kind": "a"}))[0].unused == ""
    assert (
        used(patch, exchange(sent={"name": "Rex"}), exchange(sent={"name": "Max"}))[0].unused == "always sent"
    )


def test_branch_of_a_union_matters_to_those_who_met_it() -> None:
    shapes = {
        "oneOf": [
            {
                "type": "object",
                "title": name,
                "required": ["t"],
                "properties": {"t": {"const": name}, "v": {"type": "string"}},
            }
            for name in ("A", "B")
        ]
    }
    old = merged(OLD, {"components": {"schemas": {"Thing": None}}})
    old["components"]["schemas"] = {"Thing": shapes}
    branches = [shapes["oneOf"][0], merged(shapes["oneOf"][1], {"properties": {"v": {"type": "integer"}}})]
    patch = {"components": {"schemas": {"Thing": {"oneOf": branches}}}}

    def of_answers(kind: str) -> list[str]:
        found = used(patch, exchange(got={"t": kind, "v": "x"}), old=old)
        return [change.unused for change in found if change.direction == "response"]

    assert of_answers("B") == [""]
    assert of_answers("A") == ["never answered"]


def test_exchange_of_another_document_is_counted_and_passed_over() -> None:
    usage = usage_of(document(OLD), [exchange(), Recorded(Message("GET", "/elsewhere"), Reply(200))])
    assert (usage.exchanges, usage.foreign) == (2, 1)
