"""How real APIs spell conditions and orders of lists."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.document.inference import Found
from tests.document.inference.found import (
    FLAG,
    TEXT,
    TIME,
    WHOLE,
    array,
    enum,
    query,
    refine_list,
    thing,
)

THING: dict[str, Any] = {
    "id": TEXT, "name": TEXT, "status": enum("open", "closed"), "createdAt": TIME, "updatedAt": TIME, "amount": WHOLE,
    "tags": array(TEXT), "isActive": FLAG, "archivedAt": TIME, "reviewedById": TEXT, "languageCode": TEXT,
    "customer": thing(number=TEXT, email=TEXT, name=TEXT), "assignee": thing(id=WHOLE, login=TEXT), "versionId": TEXT,
    "start_date": TIME, "end_date": TIME, "created_by": TEXT, "email": TEXT,
    "due": {"type": "string", "format": "date"},
}  # fmt: skip


def filters_of(parameters: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    record = more.pop("record", THING)
    found: dict[str, Any] = refine_list(parameters, record, **more).entry.get("filters", {})
    return found


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        # By name, in any spelling.
        (query("name"), "name"),
        (query("is_active", FLAG), "isActive"),
        (query("active", FLAG), "isActive"),
        (query("created_at"), "createdAt"),
        (query("createdBy"), "created_by"),
        (query("language"), "languageCode"),
        (query("versionId"), "versionId"),
        (query("version_id"), "versionId"),
        (query("tag"), "tags"),
        (query("tags", array(TEXT)), "tags"),
        (query("recordId"), "id"),
        (query("record_name"), "name"),
        (query("filter[status]"), "status"),
        # In the plural.
        (query("ids", array(TEXT)), "id"),
        (query("names", array(TEXT)), "name"),
        (query("statuses", array(enum("open", "closed"))), "status"),
        (query("versionIds", array(TEXT)), "versionId"),
        (query("languages", array(TEXT)), "languageCode"),
        (query("ids"), {"property": "id", "separator": ","}),
        (query("id__in"), {"property": "id", "separator": ","}),
        (query("idAny"), {"property": "id", "separator": ","}),
        (query("id[]", array(TEXT)), "id"),
        (query("status", TEXT, "Comma-separated list of states"), {"property": "status", "separator": ","}),
        # Bounds.
        (query("fromCreatedAt", TIME), {"property": "createdAt", "operator": "ge"}),
        (query("toCreatedAt", TIME), {"property": "createdAt", "operator": "le"}),
        (query("createdAtGt", TIME), {"property": "createdAt", "operator": "gt"}),
        (query("createdAtLe", TIME), {"property": "createdAt", "operator": "le"}),
        (query("created_at[gte]", TIME), {"property": "createdAt", "operator": "ge"}),
        (query("created_at__lt", TIME), {"property": "createdAt", "operator": "lt"}),
        (query("created_after", TIME), {"property": "createdAt", "operator": "gt"}),
        (query("created_before", TIME), {"property": "createdAt", "operator": "lt"}),
        (query("updated_since", TIME), {"property": "updatedAt", "operator": "ge"}),
        (query("DateCreated<", TIME), {"property": "createdAt", "operator": "le"}),
        (query("min_amount", WHOLE), {"property": "amount", "operator": "ge"}),
        (query("amountMax", WHOLE), {"property": "amount", "operator": "le"}),
        (query("amount_gte", WHOLE), {"property": "amount", "operator": "ge"}),
        (query("due_from", TIME), {"property": "due", "operator": "ge"}),
        (query("since", TIME), {"property": "createdAt", "operator": "ge"}),
        (query("since", TIME, "Only show those updated after this time."), {"property": "updatedAt", "operator": "ge"}),
        (query("until", TIME), {"property": "createdAt", "operator": "le"}),
        (query("from_date", TIME), {"property": "createdAt", "operator": "ge"}),
        (query("dateTo", TIME), {"property": "createdAt", "operator": "le"}),
        # Other operators.
        (query("name_contains"), {"property": "name", "operator": "contains"}),
        (query("name__icontains"), {"property": "name", "operator": "contains"}),
        (query("name_prefix"), {"property": "name", "operator": "starts"}),
        (query("nameStartsWith"), {"property": "name", "operator": "starts"}),
        (query("excludeIds", array(TEXT)), {"property": "id", "operator": "ne"}),
        (query("not_status"), {"property": "status", "operator": "ne"}),
        (query("archived", FLAG), {"property": "archivedAt", "operator": "exists"}),
        (query("reviewed", FLAG), {"property": "reviewedById", "operator": "exists"}),
        (query("search"), {"operator": "search"}),
        (query("q", TEXT, "Free text to look for"), {"operator": "search"}),
        # Inside.
        (query("number"), "customer.number"),
        (query("customer.email"), "customer.email"),
        (query("customer[email]"), "customer.email"),
        (query("InLanguage"), "languageCode"),
        (query("customerNumberAny"), {"property": "customer.number", "separator": ","}),
        (query("assignee"), "assignee.login"),
        (query("assigneeId", WHOLE), "assignee.id"),
        # Values that mean no condition.
        (query("status", enum("open", "closed", "all")), {"property": "status", "ignore": ["all"]}),
        (query("name", enum("a", "any")), {"property": "name", "ignore": ["any"]}),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) and "in" in value else "",
)  # fmt: skip
def test_parameter_is_read_as_a_condition(parameter: dict[str, Any], expected: object) -> None:
    assert filters_of([parameter]) == {parameter["name"]: expected}


@pytest.mark.parametrize(
    "parameter",
    [
        query("format", enum("json", "csv")),
        query("q", TEXT, "A query in the search syntax: status:open AND amount>3"),
        query("status", enum("DONE", "FAILED")),
        query("name", FLAG),
        query("isActive", WHOLE),
        query("created_at", WHOLE, "Unix time"),
        query("includeLegacy", FLAG),
        query("value"),
        query("type"),
    ],
    ids=lambda parameter: parameter["name"],
)
def test_parameter_that_matches_nothing_for_sure_is_left_out_and_said(parameter: dict[str, Any]) -> None:
    refined = refine_list([parameter], THING)

    assert "filters" not in refined.entry
    assert refined.ignored == (parameter["name"],)


def test_two_ends_of_a_span_bound_the_properties_of_their_names() -> None:
    """Alone, each is a value like any other."""
    both = filters_of([query("start_date", TIME), query("end_date", TIME)])

    assert both == {
        "start_date": {"property": "start_date", "operator": "ge"},
        "end_date": {"property": "end_date", "operator": "le"},
    }
    assert filters_of([query("start_date", TIME)]) == {"start_date": "start_date"}


def test_object_of_bounds_is_one_condition() -> None:
    bounds = {"anyOf": [thing(gt=WHOLE, gte=WHOLE, lt=WHOLE, lte=WHOLE), WHOLE]}

    assert filters_of([query("amount", bounds, style="deepObject")]) == {"amount": "amount"}


def test_object_of_filters_is_read_member_by_member() -> None:
    schema = thing(status=TEXT, created_after=TIME, other=TEXT)

    assert filters_of([query("filter", schema, style="deepObject")]) == {
        "filter[status]": {"property": "status", "value": "$request.query.filter#/status"},
        "filter[created_after]": {
            "property": "createdAt", "operator": "gt", "value": "$request.query.filter#/created_after",
        },
    }  # fmt: skip


def test_filters_of_a_search_are_read_from_its_body() -> None:
    body = {"status": TEXT, "filter": thing(amount_gt=WHOLE), "customer": thing(email=TEXT)}

    assert filters_of([], body=body) == {
        "status": {"property": "status", "value": "$request.body#/status"},
        "filter.amount_gt": {"property": "amount", "operator": "gt", "value": "$request.body#/filter/amount_gt"},
        "customer.email": {"property": "customer.email", "value": "$request.body#/customer/email"},
    }  # fmt: skip


def test_id_that_a_list_answers_with_404_is_refused_when_nobody_knows_it() -> None:
    found = filters_of([query("ids", array(TEXT))], more={"404": {"description": "No such record"}})

    assert found == {"ids": {"property": "id", "unknown": 404}}


def test_name_of_a_reference_beyond_a_reference_leads_through_both() -> None:
    """A session knows its version, and the version its product."""
    versions = {"Version": thing(id=TEXT, productId=TEXT)}
    others = {"versions": Found("versions", "/components/schemas/Version", "/versions")}
    references = {"records": {"versionId": "versions"}, "versions": {"productId": "products"}}

    found = filters_of(
        [query("productId"), query("excludeProductIds", array(TEXT))],
        references=references, others=others, schemas=versions,
    )  # fmt: skip

    assert found == {
        "productId": "versionId.productId",
        "excludeProductIds": {"property": "versionId.productId", "operator": "ne"},
    }


def test_name_that_two_references_lead_to_is_not_certain() -> None:
    versions = {"Version": thing(id=TEXT, productId=TEXT)}
    others = {"versions": Found("versions", "/components/schemas/Version", "/versions")}
    references = {
        "records": {"versionId": "versions", "created_by": "versions"},
        "versions": {"productId": "products"},
    }

    assert not filters_of([query("productId")], references=references, others=others, schemas=versions)


def test_parameters_of_expansion_and_selection_are_read() -> None:
    parameters = [query("expand", array(TEXT)), query("fields", TEXT, "Comma-separated")]

    refined = refine_list(parameters, THING, references={"records": {"versionId": "versions"}})

    assert refined.entry == {"expand": "$request.query.expand", "show": "$request.query.fields"}
    assert "expand" not in refine_list(parameters, THING).entry  # nothing is there to be expanded


# Order.


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([query("sort", TEXT, "Field, with a minus for descending: `-createdAt`")], {"text": "$request.query.sort"}),
        ([query("sort", enum("createdAt", "-createdAt"))], {"text": "$request.query.sort"}),
        ([query("sort", enum("created_at:asc", "created_at:desc"))],
         {"text": "$request.query.sort", "names": {"created_at": "createdAt"}}),
        ([query("sortBy", enum("createdAt", "name")), query("sortOrder", enum("ASC", "DESC", default="DESC"))],
         {"by": "$request.query.sortBy", "order": "$request.query.sortOrder", "default": "-createdAt"}),
        ([query("order_by", enum("created", "updated", "name", default="created"))],
         {"text": "$request.query.order_by", "names": {"created": "createdAt", "updated": "updatedAt"},
          "default": "createdAt"}),
        ([query("sort", enum("created", "updated", default="created")),
          query("direction", enum("asc", "desc", default="desc"))],
         {"by": "$request.query.sort", "names": {"created": "createdAt", "updated": "updatedAt"},
          "order": "$request.query.direction", "default": "-createdAt"}),
        ([query("order", enum("asc", "desc", default="desc"))],
         {"order": "$request.query.order", "default": "-createdAt"}),
        ([query("order", enum("name", "amount")), query("dir", enum("asc", "desc"))],
         {"by": "$request.query.order", "order": "$request.query.dir"}),
        ([query("sort", array(enum("createdAt", "name", "asc", "desc")), example=["createdAt", "desc"])],
         {"pairs": "$request.query.sort"}),
        ([query("sort_by", TEXT), query("descending", FLAG)],
         {"by": "$request.query.sort_by",
          "order": {"if": "$request.query.descending", "then": "desc", "else": "asc"}}),
    ],
)  # fmt: skip
def test_order_is_read(parameters: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    assert refine_list(parameters, THING).entry == {"sort": expected}


def test_usual_order_is_read_from_the_words_of_a_list() -> None:
    said = "The records are returned sorted by creation date, with the most recent records appearing first."

    assert refine_list([], THING, said=said).entry == {"sort": {"default": "-createdAt"}}


def test_order_of_a_search_is_read_from_its_body() -> None:
    body = {"sort": thing(column_id=TEXT, ascending=FLAG)}

    assert refine_list([], THING, body=body).entry["sort"] == {
        "by": "$request.body#/sort/column_id", "order": "$request.body#/sort/ascending",
    }  # fmt: skip


def test_order_by_what_records_do_not_have_is_left_out() -> None:
    refined = refine_list([query("sort", enum("relevance", "popularity"))], {"id": TEXT})

    assert refined.entry == {}
    assert refined.ignored == ("sort",)


# Flags of which one side means nothing.


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (query("includeArchived", FLAG), {"property": "archivedAt", "operator": "exists",
         "value": {"if": "$request.query.includeArchived", "then": None, "else": False}}),
        (query("include_active", FLAG),
         {"property": "isActive", "value": {"if": "$request.query.include_active", "then": None, "else": False}}),
        (query("exclude_archived", FLAG), {"property": "archivedAt", "operator": "exists",
         "value": {"if": "$request.query.exclude_archived", "then": False}}),
        (query("exclude_active", FLAG), {"property": "isActive", "operator": "ne",
         "value": {"if": "$request.query.exclude_active", "then": True}}),
        (query("only_active", FLAG),
         {"property": "isActive", "value": {"if": "$request.query.only_active", "then": True}}),
        (query("active", {**FLAG, "default": False}, "Only those that are active"),
         {"property": "isActive", "value": {"if": "$request.query.active", "then": True}}),
        (query("wheelchairs", {**FLAG, "default": False}, "Filter only trips that take wheelchairs"),
         {"property": "wheelchairs_allowed", "value": {"if": "$request.query.wheelchairs", "then": True}}),
    ],
    ids=lambda value: value["name"] if "in" in value else "",
)  # fmt: skip
def test_flag_that_only_adds_or_leaves_out_has_no_effect_otherwise(
    parameter: dict[str, Any], expected: object
) -> None:
    record = {**THING, "wheelchairs_allowed": FLAG}

    assert filters_of([parameter], record=record) == {parameter["name"]: expected}


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (query("name", TEXT, "Only those whose name contains this text"), {"property": "name", "operator": "contains"}),
        (query("name", TEXT, "A case-insensitive prefix of the name"), {"property": "name", "operator": "starts"}),
        (query("versionId", TEXT, "The empty text means no version."), {"property": "versionId", "empty": None}),
        (query("tag"), "tagList"),
        (query("labels", array(TEXT)), "labels"),
        (query("oldest", TIME), {"property": "createdAt", "operator": "ge"}),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) and "in" in value else "",
)  # fmt: skip
def test_description_tells_how_a_text_is_compared(parameter: dict[str, Any], expected: object) -> None:
    record = {**THING, "labels": array(thing(name=TEXT)), "tagList": array(TEXT)}
    del record["tags"]

    assert filters_of([parameter], record=record) == {parameter["name"]: expected}


def test_value_that_only_one_branch_of_a_record_has_is_no_strange_one() -> None:
    branches = {"oneOf": [{"$ref": "#/components/schemas/File"}, {"$ref": "#/components/schemas/Folder"}]}
    schemas = {
        "Record": branches,
        "File": thing(id=TEXT, type=enum("file")),
        "Folder": thing(id=TEXT, type=enum("folder")),
    }

    assert filters_of([query("type", enum("file", "folder"))], schemas=schemas) == {"type": "type"}


def test_span_without_a_time_of_creation_is_about_when_it_happened() -> None:
    record = {"id": TEXT, "start_time": TIME, "name": TEXT}

    assert filters_of([query("from", {"type": "string", "format": "date"})], record=record) == {
        "from": {"property": "start_time", "operator": "ge"}
    }


def test_conditions_that_a_request_spells_out_are_read() -> None:
    condition = thing(column_id=TEXT, operator=enum("eq", "contains"), value=TEXT)

    refined = refine_list([], THING, body={"filters": array(condition)})

    assert refined.entry["predicates"] == {
        "from": "$request.body#/filters", "property": "column_id", "operator": "operator", "value": "value",
    }  # fmt: skip
    assert refined.ignored == ()


def test_object_is_compared_member_by_member() -> None:
    owner = thing(name=TEXT)

    assert filters_of([query("customer", owner, style="deepObject")], record={"customer": owner}) == {
        "customer[name]": {"property": "customer.name", "value": "$request.query.customer#/name"}
    }
    anything = {"type": "object", "additionalProperties": True}
    assert filters_of([query("customer", anything)], record={"customer": owner}) == {"customer": "customer"}


def test_credential_among_the_parameters_is_not_told_of() -> None:
    assert refine_list([query("access_token"), query("market")], THING).ignored == ("market",)


def test_object_that_is_not_understood_is_told_of_once() -> None:
    body = {"tree": thing(left=TEXT, right=TEXT), "filter": thing(status=TEXT, odd=TEXT)}

    assert refine_list([], THING, body=body).ignored == ("tree", "filter.odd")


def test_usual_order_of_a_search_is_that_of_its_body() -> None:
    """What one of several branches says of itself is not what holds without a word."""
    branches = [thing(name={"const": name, "default": name}) for name in ("name", "created_at")]
    sort = {"oneOf": branches, "default": {"name": "created_at"}}

    assert refine_list([], THING, body={"sort": sort}).entry["sort"] == {
        "text": "$request.body#/sort/name", "default": "createdAt",
        "names": {"created_at": "createdAt"},
    }  # fmt: skip


def test_default_of_a_parameter_does_not_hide_records_without_the_object_that_has_its_property() -> None:
    """`state=open` unless said is a condition; one about the customer would leave out all that have none."""
    status = {**enum("open", "closed"), "default": "open"}
    number = {**TEXT, "default": "1"}

    assert filters_of([query("status", status), query("number", number)]) == {"status": "status"}
    assert filters_of([query("number", TEXT)]) == {"number": "customer.number"}
