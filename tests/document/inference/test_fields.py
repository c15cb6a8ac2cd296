"""What the server decides about records: times, counters, constants, keys, marks of deletion."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.inference.fields import Fields
from tests.document.inference.found import FLAG, TEXT, TIME, WHOLE, array, enum, refine_resource, thing

UUID: dict[str, Any] = {"type": "string", "format": "uuid"}


def fields_of(
    record: dict[str, Any], references: dict[str, dict[str, Any]] | None = None, **more: Any
) -> Any:
    """Return what is read of a resource whose creation takes a name, unless something else is said."""
    view, found = refine_resource({"id": TEXT, "name": TEXT, **record}, **{"create": {"name": TEXT}, **more})
    return Fields(view, references or {}).of(found)


@pytest.mark.parametrize(
    ("name", "schema", "rule"),
    [
        ("createdAt", TIME, {"create": "$now"}),
        ("created_at", TIME, {"create": "$now"}),
        ("dateCreated", TIME, {"create": "$now"}),
        ("creation_date", {"type": "string", "format": "date"}, {"create": "$now_date"}),
        ("created", WHOLE, {"create": "$now_unix"}),
        ("createdAt", {**WHOLE, "description": "Unix time in milliseconds"}, {"create": "$now_unix_ms"}),
        ("created_ts", {**WHOLE, "example": 1700000000}, {"create": "$now_unix"}),
        ("creationTime", {**WHOLE, "example": 1700000000000}, {"create": "$now_unix_ms"}),
        ("date_created", {"type": "string", "format": "date-time-rfc-2822"}, {"create": "$now_rfc2822"}),
        ("created", FLAG, None),
        ("created", thing(by=TEXT), None),
        ("updatedAt", TIME, {"write": "$now"}),
        ("modified_at", {"anyOf": [TIME, {"type": "null"}]}, {"write": "$now"}),
        ("lastModified", TIME, {"write": "$now"}),
        ("updated", WHOLE, {"write": "$now_unix"}),
        ("comment_count", WHOLE, {"create": 0}),
        ("numTraces", WHOLE, {"create": 0}),
        ("totalPrice", WHOLE, None),
        ("view_count", {**WHOLE, "minimum": 1}, None),
        ("object", enum("order"), {"create": "order"}),
        ("type", {"const": "order"}, {"create": "order"}),
        ("type", enum("a", "b"), None),
        ("locked", {**FLAG, "default": False}, {"default": False}),
        ("order_id", UUID, None),
        ("notes", TEXT, None),
    ],
)
def test_property_that_no_request_sends_gets_its_rule(
    name: str, schema: dict[str, Any], rule: dict[str, Any] | None
) -> None:
    assert fields_of({name: schema}).get("fields", {}).get(name) == rule


def test_time_that_a_client_may_say_is_only_filled_in() -> None:
    found = fields_of({"created_at": TIME}, create={"created_at": TIME})

    assert found["fields"] == {"created_at": {"default": "$now"}}


def test_revision_grows_with_each_change() -> None:
    found = fields_of({"version": WHOLE}, update={"name": TEXT})

    assert found["fields"] == {"version": {"write": {"next": ["id"], "from": 1}}}
    assert "fields" not in fields_of({"version": TEXT}, update={"name": TEXT})


def test_property_that_repeats_the_id_is_written_with_it() -> None:
    view, found = refine_resource({"id": UUID, "order_id": UUID, "name": TEXT}, create={"name": TEXT})

    assert Fields(view, {}).of(found)["fields"] == {"order_id": {"create": "$record#/id"}}


@pytest.mark.parametrize(
    ("schema", "start"),
    [
        ({**WHOLE, "minimum": 1}, 1),
        ({**WHOLE, "description": "Counted from 0."}, 0),
        (WHOLE, 1),
    ],
)
def test_number_within_a_parent_counts_on(schema: dict[str, Any], start: int) -> None:
    references = {"orders": {"customerId": {"resource": "customers"}}}

    found = fields_of({"number": schema, "customerId": TEXT}, references, create={"customerId": TEXT})

    assert found["fields"]["number"] == {"create": {"next": ["customerId"], "from": start}}


def test_number_without_a_parent_is_nobodys_guess() -> None:
    assert "fields" not in fields_of({"number": WHOLE})


def test_number_of_other_records_is_counted_when_it_is_read() -> None:
    references = {"items": {"orderId": {"resource": "orders"}}}

    found = fields_of({"item_count": WHOLE}, references)

    assert found["fields"] == {
        "item_count": {"read": {"count": "items", "where": {"orderId": "$record#/id"}}}
    }


def test_number_of_records_that_refer_twice_is_not_counted() -> None:
    references = {"items": {"orderId": {"resource": "orders"}, "oldOrderId": {"resource": "orders"}}}

    assert fields_of({"item_count": WHOLE}, references)["fields"] == {"item_count": {"create": 0}}


def test_property_that_only_a_creation_takes_is_immutable() -> None:
    found = fields_of({"kind": TEXT}, create={"name": TEXT, "kind": TEXT}, update={"name": TEXT})

    assert found["fields"] == {"kind": {"immutable": True}}


def test_property_is_not_immutable_where_changes_are_told_step_by_step() -> None:
    steps = array(thing(op=enum("add", "replace"), path=TEXT, value={}))
    create = {"name": TEXT, "kind": TEXT}

    assert "fields" not in fields_of(
        {"kind": TEXT}, create=create, update={"name": TEXT, "Operations": steps}
    )


def test_property_is_not_immutable_where_nothing_is_changed() -> None:
    assert "fields" not in fields_of({"kind": TEXT}, create={"name": TEXT, "kind": TEXT})


def test_constant_that_differs_between_the_branches_of_a_record_is_none() -> None:
    branches = [thing(id=TEXT, type=enum("file")), thing(id=TEXT, type=enum("folder"))]
    same = [thing(id=TEXT, type=enum("file"), a=TEXT), thing(id=TEXT, type=enum("file"))]

    assert "fields" not in fields_of({}, whole={"oneOf": branches})
    assert fields_of({}, whole={"oneOf": same})["fields"] == {"type": {"create": "file"}}


# Deletion.


@pytest.mark.parametrize(
    ("record", "summary", "expected"),
    [
        ({"deletedAt": TIME}, "Delete", {"soft": "deletedAt"}),
        ({"date_deleted": WHOLE}, "Delete", {"soft": "date_deleted", "value": "$now_unix"}),
        ({"is_deleted": FLAG}, "Delete", {"soft": "is_deleted", "value": True}),
        ({"archived": FLAG}, "Archive an order", {"soft": "archived", "value": True}),
        ({"archived": FLAG}, "Delete", None),
        ({"deleted": TEXT}, "Delete", None),
        ({}, "Delete", None),
    ],
)
def test_mark_of_deletion_is_read(
    record: dict[str, Any], summary: str, expected: dict[str, Any] | None
) -> None:
    assert fields_of(record, deletes=summary).get("delete") == expected


def test_mark_of_deletion_is_none_where_nothing_is_deleted() -> None:
    assert "delete" not in fields_of({"deletedAt": TIME})


# Unique keys.

CONFLICT = {"409": "A record of this kind already exists."}


@pytest.mark.parametrize(
    ("create", "required", "refusals", "expected"),
    [
        ({"email": TEXT}, [], CONFLICT, [["email"]]),
        ({"username": TEXT, "email": TEXT}, [], {"409": "Conflict"}, [["username"], ["email"]]),
        ({"name": TEXT}, ["name"], CONFLICT, [["name"]]),
        ({"name": TEXT}, [], CONFLICT, None),
        ({"name": TEXT}, ["name"], {"409": "Conflict"}, None),
        ({"name": TEXT, "folder": thing(id=TEXT)}, ["name", "folder"], CONFLICT, None),
        ({"name": TEXT, "folder": thing(id=TEXT)}, [], {"409": "There is one of the same name in the folder."}, None),
        ({"name": TEXT, "config": thing(x=TEXT)}, ["name"], CONFLICT, [["name"]]),
        ({"email": TEXT}, [], {}, None),
        ({"name": TEXT, "code": TEXT}, ["name", "code"], CONFLICT, [["code"]]),
        ({"name": TEXT, "region": TEXT}, ["name"], {"409": "There is one of the same name in the region."},
         [["name", "region"]]),
        ({"name": {**TEXT, "description": "It must be unique."}}, [], {"409": "Conflict"}, [["name"]]),
    ],
)  # fmt: skip
def test_unique_key_is_read_where_a_creation_may_be_refused(
    create: dict[str, Any], required: list[str], refusals: dict[str, str], expected: list[list[str]] | None
) -> None:
    found = fields_of(dict(create), create=create, required=required, refusals=refusals)

    assert found.get("unique") == expected


def test_unique_key_holds_within_what_its_description_names() -> None:
    said = {**TEXT, "description": "A name that another order of the customer has answers 409."}
    references = {"orders": {"customerId": {"resource": "customers"}, "shopId": {"resource": "shops"}}}

    found = fields_of(
        {"name": TEXT, "customerId": TEXT, "shopId": TEXT}, references,
        create={"name": said, "customerId": TEXT, "shopId": TEXT}, refusals={"409": "Conflict"},
    )  # fmt: skip

    assert found["unique"] == [["customerId", "name"]]


def test_unique_key_holds_within_the_parent_of_the_path() -> None:
    references = {"orders": {"shopId": {"resource": "shops", "on-delete": "cascade"}}}

    found = fields_of(
        {"slug": TEXT, "shopId": TEXT}, references, create={"slug": TEXT}, refusals=CONFLICT,
        parents={"shopId": "shops"},
    )  # fmt: skip

    assert found["unique"] == [["shopId", "slug"]]


def test_list_is_no_unique_key() -> None:
    assert "unique" not in fields_of({"email": array(TEXT)}, create={"email": array(TEXT)}, refusals=CONFLICT)
