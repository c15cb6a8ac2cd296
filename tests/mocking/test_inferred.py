"""Whatever a document says, what is inferred of it is a plan, and its operations answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.document import plan_file
from mockserver.mocking.dice import Dice
from mockserver.mocking.engine import Engine
from mockserver.mocking.fixtures import Fixtures
from mockserver.mocking.resources import Rules
from mockserver.mocking.trials import Trials
from tests.document.conftest import document

NAMES = st.sampled_from(
    [
        "id",
        "name",
        "status",
        "state",
        "createdAt",
        "created",
        "updated_at",
        "deletedAt",
        "archived",
        "version",
        "number",
        "index",
        "item_count",
        "ownerId",
        "owner",
        "owners",
        "object",
        "type",
        "tags",
        "next",
        "previous",
        "first",
        "last",
        "count",
        "total",
        "list",
        "text",
        "items",
        "data",
        "meta",
        "links",
        "has_more",
        "cursor",
        "next_cursor",
        "page",
        "limit",
        "offset",
        "sort",
        "order",
        "q",
        "filter",
        "expand",
        "fields",
        "ids",
        "min_total",
        "created_after",
        "email",
        "slug",
        "a.b",
        "a#b",
        "$x",
        "x[gte]",
        "page[size]",
        "start_date",
        "end_date",
        "not",
        "if",
        "equals",
        "literal",
        "from",
        "to",
        "数",
        "_",
        "-",
    ]
)
ODD = st.sampled_from([None, 0, -1, 1.5, True, "", "text", [], {}, [1], {"a": 1}])
VALUES = st.sampled_from(["a", "b", "pending", "all", "desc"])
TYPES = st.sampled_from(
    ["string", "integer", "number", "boolean", "array", "object", "null", ["string", "null"]]
)
FORMATS = st.sampled_from(["date-time", "date", "uuid", "uri", "int64", "date-time-rfc-2822", "odd"])


def schemas() -> st.SearchStrategy[Any]:
    leaf = st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES, "format": FORMATS, "enum": st.lists(VALUES, min_size=1, unique=True), "default": ODD,
            "example": ODD, "description": st.one_of(st.text(max_size=20), ODD), "minimum": st.integers(0, 1),
            "readOnly": st.booleans(), "const": ODD,
        },
    )  # fmt: skip
    return st.recursive(
        st.one_of(leaf, st.just({"$ref": "#/components/schemas/Thing"})),
        lambda inner: st.one_of(
            st.builds(
                lambda members: {"type": "object", "properties": members}, st.dictionaries(NAMES, inner, max_size=5)
            ),
            st.builds(lambda items: {"type": "array", "items": items}, inner),
            st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=2)),
        ),
        max_leaves=8,
    )  # fmt: skip


STYLES = st.sampled_from([{}, {"style": "deepObject"}, {"description": "most recent first, default 5"}])
PARAMETERS = st.lists(
    st.builds(
        lambda name, schema, style: {"name": name, "in": "query", "schema": schema, **style},
        NAMES, schemas(), STYLES,
    ),
    max_size=6,
    unique_by=lambda parameter: parameter["name"],
)  # fmt: skip


@st.composite
def documents(draw: Callable[..., Any]) -> dict[str, Any]:
    """Return a document with a collection, its items and what is done to them."""
    thing = {
        "type": "object",
        "properties": {"id": {"type": "string"}, **draw(st.dictionaries(NAMES, schemas(), max_size=7))},
    }
    reference = {"$ref": "#/components/schemas/Thing"}
    listed = {"type": "array", "items": reference}
    envelope = {
        "type": "object",
        "properties": {**draw(st.dictionaries(NAMES, schemas(), max_size=5)), "things": listed},
    }

    def answer(schema: Any) -> dict[str, Any]:
        fine = {"description": "fine", "content": {"application/json": {"schema": schema}}}
        return {"200": fine, "404": {"description": "no"}, "409": {"description": "The name already exists."}}

    def taking(schema: Any) -> dict[str, Any]:
        return {"content": {"application/json": {"schema": schema}}}

    key = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    verb = draw(st.sampled_from(["cancel", "archive", "start", "unlock", "mark-as-a"]))
    body = {"type": "object", "properties": draw(st.dictionaries(NAMES, schemas(), max_size=4))}
    return {
        "/things": {
            "get": {
                "parameters": draw(PARAMETERS),
                "responses": answer(draw(st.sampled_from([listed, envelope]))),
            },
            "post": {
                "requestBody": taking(draw(st.sampled_from([reference, body]))),
                "responses": answer(reference),
            },
        },
        "/things/search": {"post": {"requestBody": taking(body), "responses": answer(envelope)}},
        "/things/{id}": {
            "parameters": key,
            "get": {"parameters": draw(PARAMETERS), "responses": answer(reference)},
            "patch": {"requestBody": taking(body), "responses": answer(reference)},
            "delete": {"responses": {"204": {"description": "gone"}, **answer(reference)}},
        },
        f"/things/{{id}}/{verb}": {"parameters": key, "post": {"responses": answer(reference)}},
        "thing": thing,
    }


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_what_is_inferred_of_any_document_is_a_plan_that_answers(paths: dict[str, Any]) -> None:
    thing = paths.pop("thing")
    model = document(paths, components={"schemas": {"Thing": thing}})

    plan = plan_file.load(model)

    assert plan.faults == ()
    rules = Rules(model, plan, dice=Dice(0, model.name))
    trials = Trials(Engine(rules, Fixtures()))
    for operation in model.operations.values():
        trials.of(operation)
