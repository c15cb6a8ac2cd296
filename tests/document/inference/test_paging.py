"""How real APIs choose a page, and what their envelopes say about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.document.inference.found import FLAG, TEXT, WHOLE, array, enum, query, refine_list, thing

RECORD: dict[str, Any] = {"id": TEXT, "name": TEXT}
ITEMS = array({"$ref": "#/components/schemas/Record"})


def page_of(parameters: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    entry = refine_list(parameters, RECORD, **more).entry
    found: dict[str, Any] = entry["page"]
    return found


def at(name: str) -> str:
    return f"$request.query.{name}"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([query("limit", WHOLE), query("offset", WHOLE)], {"limit": at("limit"), "offset": at("offset")}),
        ([query("page", WHOLE), query("per_page", WHOLE)], {"number": at("page"), "limit": at("per_page")}),
        ([query("page", WHOLE), query("limit", WHOLE)], {"number": at("page"), "limit": at("limit")}),
        ([query("page[number]", WHOLE), query("page[size]", WHOLE)],
         {"number": at("page[number]"), "limit": at("page[size]")}),
        ([query("pageNumber", WHOLE), query("pageSize", WHOLE)], {"number": at("pageNumber"), "limit": at("pageSize")}),
        ([query("startIndex", WHOLE), query("count", WHOLE)], {"start": at("startIndex"), "limit": at("count")}),
        ([query("$skip", WHOLE), query("$top", WHOLE)], {"offset": at("$skip"), "limit": at("$top")}),
        ([query("PageSize", WHOLE), query("PageToken")], {"token": at("PageToken"), "limit": at("PageSize")}),
        ([query("starting_after"), query("ending_before"), query("limit", WHOLE)],
         {"after": at("starting_after"), "before": at("ending_before"), "limit": at("limit")}),
        ([query("after"), query("limit", WHOLE)], {"after": at("after"), "limit": at("limit")}),
        ([query("marker", said="The position from which to return results: next_marker"), query("limit", WHOLE)],
         {"token": at("marker"), "limit": at("limit")}),
        ([query("cursor"), query("limit", WHOLE)], {"token": at("cursor"), "limit": at("limit")}),
        ([query("next_page_token"), query("page_size", WHOLE)],
         {"token": at("next_page_token"), "limit": at("page_size")}),
        ([query("starting_token", WHOLE), query("limit", WHOLE)],
         {"offset": at("starting_token"), "limit": at("limit")}),
    ],
)  # fmt: skip
def test_parameters_of_a_page_are_read(parameters: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    found = page_of(parameters)

    assert {key: value for key, value in found.items() if not key.endswith("-limit")} == expected


def test_object_of_page_parameters_is_read_member_by_member() -> None:
    schema = thing(size=WHOLE, number={**WHOLE, "default": 0})
    found = page_of([query("page", schema, style="deepObject")])

    assert (found["number"], found["limit"]) == ("$request.query.page#/number", "$request.query.page#/size")
    assert found["first"] == 0


@pytest.mark.parametrize(
    ("schema", "said", "first"),
    [
        (WHOLE, "", 1),
        ({**WHOLE, "minimum": 1}, "", 1),
        ({**WHOLE, "default": 0}, "", 0),
        ({**WHOLE, "minimum": 0}, "", 0),
        (WHOLE, "Zero-based page index (0..N)", 0),
        (WHOLE, "The page number, starting at 0.", 0),
        (WHOLE, "The page number, starting from 1.", 1),
        ({**WHOLE, "example": 0}, "", 0),
    ],
)
def test_pages_count_as_the_document_says(schema: dict[str, Any], said: str, first: int) -> None:
    found = page_of([query("page", schema, said), query("size", WHOLE)])

    assert found.get("first", 1) == first


@pytest.mark.parametrize(
    ("schema", "said", "expected"),
    [
        ({**WHOLE, "default": 20, "maximum": 50}, "", (20, 50)),
        (WHOLE, "A limit on the number of objects. It can range between 1 and 100, and the default is 10.", (10, 100)),
        (WHOLE, "Items on a page. Defaults to 30.", (30, None)),
        (WHOLE, "The number of results per page (max 100). (default: `30`)", (30, 100)),
        ({**WHOLE, "maximum": 25}, "", (25, 25)),
        (WHOLE, "", (100, None)),
    ],
)  # fmt: skip
def test_size_of_a_page_is_read_from_schema_and_words(
    schema: dict[str, Any], said: str, expected: tuple[int, int | None]
) -> None:
    found = page_of([query("limit", schema, said), query("page", WHOLE)])

    assert (found["default-limit"], found.get("max-limit")) == expected


def test_page_is_never_longer_than_the_answer_may_be() -> None:
    envelope = {"data": {**ITEMS, "maxItems": 10}}

    assert page_of([query("page", WHOLE)], envelope=envelope) == {
        "number": "$request.query.page", "default-limit": 10, "max-limit": 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("parameter", "why"),
    [
        (query("token", said="Authentication token."), "a credential"),
        (query("after", {"type": "string", "format": "date-time"}, "Only those after this date"), "a time"),
        (query("before", TEXT, "Timestamp: only earlier ones"), "a time"),
    ],
)
def test_parameter_with_the_name_of_a_cursor_may_be_something_else(
    parameter: dict[str, Any], why: str
) -> None:
    assert "page" not in refine_list([parameter], RECORD).entry, why


def test_end_of_a_span_is_no_offset() -> None:
    found = refine_list([query("from", WHOLE), query("to", WHOLE)], RECORD).entry

    assert "page" not in found


def test_page_of_a_search_is_read_from_its_body() -> None:
    body = {"cursor": TEXT, "pagination": thing(limit=WHOLE)}

    found = page_of([], body=body)

    assert (found["token"], found["limit"]) == ("$request.body#/cursor", "$request.body#/pagination/limit")


@pytest.mark.parametrize(
    ("parameters", "envelope", "page", "answer"),
    [
        pytest.param(
            [query("limit", WHOLE), query("continue", said="The token for the next page")],
            {"metadata": thing(**{"continue": TEXT, "resourceVersion": TEXT})},
            {"token": at("continue"), "limit": at("limit")},
            {"metadata": {"continue": "$page.next_token"}},
            id="kubernetes",
        ),
        pytest.param(
            [query("page[size]", WHOLE), query("page[after]"), query("page[before]")],
            {"meta": thing(has_more=FLAG, after_cursor=TEXT, before_cursor=TEXT), "links": thing(next=TEXT)},
            {"token": {"first": [at("page[after]"), at("page[before]")]}, "limit": at("page[size]")},
            {
                "meta": {
                    "has_more": "$page.more", "after_cursor": "$page.next_token",
                    "before_cursor": "$page.previous_token",
                },
                "links": {"next": "$page.next_url"},
            },
            id="zendesk",
        ),
        pytest.param(
            [query("startAt", WHOLE), query("maxResults", WHOLE)],
            {"startAt": WHOLE, "maxResults": WHOLE, "total": WHOLE, "isLast": FLAG},
            {"offset": at("startAt"), "limit": at("maxResults")},
            {
                "startAt": "$page.offset", "maxResults": "$page.limit", "total": "$page.total",
                "isLast": {"not": "$page.more"},
            },
            id="jira",
        ),
        pytest.param(
            [query("page", WHOLE), query("pagelen", WHOLE)],
            {"size": {**WHOLE, "description": "Total number of objects"},
             "page": WHOLE, "pagelen": WHOLE, "next": TEXT},
            {"number": at("page"), "limit": at("pagelen")},
            {"size": "$page.total", "page": "$page.number", "pagelen": "$page.limit", "next": "$page.next_url"},
            id="bitbucket",
        ),
        pytest.param(
            [query("pageSize", WHOLE), query("offset", said="What the answer has")],
            {"offset": TEXT},
            {"token": at("offset"), "limit": at("pageSize")},
            {"offset": "$page.next_token"},
            id="airtable",
        ),
        pytest.param(
            [query("offset"), query("limit")],
            {"total": WHOLE},
            {"offset": at("offset"), "limit": at("limit")},
            {"total": "$page.total"},
            id="numbers as texts",
        ),
        pytest.param(
            [query("$top", WHOLE), query("$skip", WHOLE)],
            {"@odata.nextLink": TEXT, "@odata.count": WHOLE},
            {"offset": at("$skip"), "limit": at("$top")},
            {"@odata.nextLink": "$page.next_url", "@odata.count": "$page.total"},
            id="odata",
        ),
        pytest.param(
            [query("pageToken"), query("maxResults", WHOLE)],
            {"nextPageToken": TEXT, "pageInfo": thing(totalResults=WHOLE, resultsPerPage=WHOLE),
             "kind": {"const": "list"}},
            {"token": at("pageToken"), "limit": at("maxResults")},
            {
                "nextPageToken": "$page.next_token", "kind": "list",
                "pageInfo": {"totalResults": "$page.total", "resultsPerPage": "$page.limit"},
            },
            id="youtube",
        ),
        pytest.param(
            [query("starting_after"), query("per_page", WHOLE)],
            {"pages": thing(next=thing(per_page=WHOLE, starting_after=TEXT), total_pages=WHOLE), "total_count": WHOLE},
            {"after": at("starting_after"), "limit": at("per_page")},
            {
                "pages": {
                    "next": {
                        "if": "$page.more", "then": {"per_page": "$page.limit", "starting_after": "$page.last_id"},
                        "else": None,
                    },
                    "total_pages": "$page.pages",
                },
                "total_count": "$page.total",
            },
            id="intercom",
        ),
        pytest.param(
            [query("offset"), query("limit", WHOLE)],
            {"next_page": thing(offset=TEXT, path=TEXT, uri={"type": "string", "format": "uri"})},
            {"token": at("offset"), "limit": at("limit")},
            {
                "next_page": {
                    "if": "$page.more",
                    "then": {"offset": "$page.next_token", "path": "$page.next_url", "uri": "$page.next_url"},
                    "else": None,
                }
            },
            id="asana",
        ),
    ],
)  # fmt: skip
def test_pages_of_well_known_apis_are_read(
    parameters: list[dict[str, Any]], envelope: dict[str, Any], page: dict[str, Any], answer: dict[str, Any]
) -> None:
    entry = refine_list(parameters, RECORD, envelope={"data": ITEMS, **envelope}).entry

    assert {key: value for key, value in entry["page"].items() if not key.endswith("-limit")} == page
    assert entry["answer"] == answer


# Envelopes.

BY_NUMBER = [query("page", WHOLE), query("per_page", WHOLE)]
BY_OFFSET = [query("offset", WHOLE), query("limit", WHOLE)]
BY_TOKEN = [query("cursor"), query("limit", WHOLE)]
BY_ID = [query("starting_after"), query("limit", WHOLE)]
LINK = {"type": "string", "format": "uri", "nullable": True}


@pytest.mark.parametrize(
    ("parameters", "envelope", "expected"),
    [
        pytest.param(
            BY_ID,
            {"object": enum("list"), "has_more": FLAG, "url": TEXT},
            {"object": "list", "has_more": "$page.more", "url": "$page.self_url"},
            id="stripe",
        ),
        pytest.param(
            [query("after"), query("limit", WHOLE)],
            {"object": {"const": "list"}, "first_id": TEXT, "last_id": TEXT, "has_more": FLAG},
            {"object": "list", "first_id": "$page.first_id", "last_id": "$page.last_id", "has_more": "$page.more"},
            id="openai",
        ),
        pytest.param(
            BY_OFFSET,
            {"count": WHOLE, "next": LINK, "previous": LINK},
            {"count": "$page.total", "next": "$page.next_url", "previous": "$page.previous_url"},
            id="django",
        ),
        pytest.param(
            BY_NUMBER,
            {"meta": thing(total=WHOLE), "links": thing(pages=thing(first=TEXT, next=TEXT, last=TEXT))},
            {
                "meta": {"total": "$page.total"},
                "links": {
                    "pages": {"first": "$page.first_url", "next": "$page.next_url", "last": "$page.last_url"}
                },
            },
            id="digitalocean",
        ),
        pytest.param(
            [query("page", {**WHOLE, "default": 0}), query("size", WHOLE)],
            {
                "totalElements": WHOLE, "totalPages": WHOLE, "number": WHOLE, "size": WHOLE, "numberOfElements": WHOLE,
                "first": FLAG, "last": FLAG, "empty": FLAG,
            },
            {
                "totalElements": "$page.total", "totalPages": "$page.pages", "number": "$page.number",
                "size": "$page.limit", "numberOfElements": "$page.count",
                "first": {"equals": ["$page.offset", 0]}, "last": {"not": "$page.more"},
                "empty": {"equals": ["$page.count", 0]},
            },
            id="spring",
        ),
        pytest.param(
            [query("startIndex", WHOLE), query("count", WHOLE)],
            {"totalResults": WHOLE, "startIndex": WHOLE, "itemsPerPage": WHOLE},
            {"totalResults": "$page.total", "startIndex": "$page.start", "itemsPerPage": "$page.limit"},
            id="scim",
        ),
        pytest.param(
            [query("marker"), query("limit", WHOLE)],
            {"limit": WHOLE, "next_marker": TEXT, "prev_marker": TEXT},
            {"limit": "$page.limit", "next_marker": "$page.next_token", "prev_marker": "$page.previous_token"},
            id="box",
        ),
        pytest.param(
            BY_OFFSET,
            {"href": TEXT, "limit": WHOLE, "next": TEXT, "offset": WHOLE, "previous": TEXT, "total": WHOLE},
            {
                "href": "$page.self_url", "limit": "$page.limit", "next": "$page.next_url", "offset": "$page.offset",
                "previous": "$page.previous_url", "total": "$page.total",
            },
            id="spotify",
        ),
        pytest.param(
            BY_TOKEN,
            {"ok": FLAG, "response_metadata": thing(next_cursor=TEXT)},
            {"ok": True, "response_metadata": {"next_cursor": "$page.next_token"}},
            id="slack",
        ),
        pytest.param(
            [query("after"), query("limit", WHOLE)],
            {"paging": thing(next=thing(after=TEXT, link=TEXT))},
            {
                "paging": {
                    "next": {
                        "if": "$page.more",
                        "then": {"after": "$page.next_token", "link": "$page.next_url"},
                        "else": None,
                    }
                }
            },
            id="hubspot",
        ),
        pytest.param(
            BY_NUMBER,
            {"_links": thing(self=thing(href=TEXT), next=thing(href=TEXT)), "total": WHOLE},
            {
                "_links": {
                    "self": {"href": "$page.self_url"},
                    "next": {"if": "$page.more", "then": {"href": "$page.next_url"}, "else": None},
                },
                "total": "$page.total",
            },
            id="hal",
        ),
        pytest.param(
            BY_NUMBER,
            {"page": WHOLE, "page_size": WHOLE, "next_page_uri": TEXT, "first_page_uri": TEXT, "uri": TEXT},
            {
                "page": "$page.number", "page_size": "$page.limit", "next_page_uri": "$page.next_url",
                "first_page_uri": "$page.first_url", "uri": "$page.self_url",
            },
            id="twilio",
        ),
        pytest.param(
            BY_NUMBER,
            {"page_count": WHOLE, "page_number": WHOLE, "page_size": WHOLE, "total_records": WHOLE},
            {
                "page_count": "$page.pages", "page_number": "$page.number", "page_size": "$page.limit",
                "total_records": "$page.total",
            },
            id="zoom",
        ),
        pytest.param(
            [query("starting_token", WHOLE), query("limit", WHOLE)],
            {"starting_token": WHOLE, "limit": WHOLE, "paginated": FLAG, "next_starting_token": WHOLE},
            {
                "starting_token": "$page.offset", "limit": "$page.limit", "paginated": "$page.more",
                "next_starting_token": "$page.next",
            },
            id="galileo",
        ),
        pytest.param(
            BY_NUMBER,
            {"metadata": thing(
                itemsPerPage=WHOLE, totalItems=WHOLE, currentPage=WHOLE, hasNextPage=FLAG,
                sortOrder=enum("ASC", "DESC"),
            )},
            {
                "metadata": {
                    "itemsPerPage": "$page.limit", "totalItems": "$page.total", "currentPage": "$page.number",
                    "hasNextPage": "$page.more", "sortOrder": "$page.order",
                }
            },
            id="vapi",
        ),
        pytest.param(
            BY_OFFSET,
            {"total": WHOLE, "count": WHOLE},
            {"total": "$page.total", "count": "$page.count"},
            id="count beside a total",
        ),
        pytest.param(
            BY_OFFSET,
            {"count": {**WHOLE, "description": "The number of items returned in this page."}},
            {"count": "$page.count"},
            id="count of the page",
        ),
        pytest.param(
            BY_NUMBER,
            {"data": ITEMS, "errors": array(TEXT), "notice": TEXT},
            {"errors": []},
            id="members of no known meaning",
        ),
    ],
)  # fmt: skip
def test_members_of_an_envelope_are_read(
    parameters: list[dict[str, Any]], envelope: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = refine_list(parameters, RECORD, envelope={"data": ITEMS, **envelope}).entry

    assert found["answer"] == expected


def test_cursors_both_ways_are_given_back_as_they_came() -> None:
    parameters = [query("after"), query("before"), query("limit", WHOLE)]
    envelope = {"items": ITEMS, "page": thing(endCursor=TEXT, startCursor=TEXT)}

    found = refine_list(parameters, RECORD, envelope=envelope, path=("items",)).entry

    assert found["page"]["token"] == {"first": ["$request.query.after", "$request.query.before"]}
    assert found["answer"] == {
        "page": {"endCursor": "$page.next_token", "startCursor": "$page.previous_token"}
    }


def test_cursor_that_no_request_takes_is_only_said_where_it_must_be() -> None:
    envelope = {"data": ITEMS, "total": WHOLE, "next_cursor": TEXT}

    assert refine_list(BY_NUMBER, RECORD, envelope=envelope).entry["answer"] == {"total": "$page.total"}


def test_members_beside_the_wrapper_of_an_envelope_are_read_too() -> None:
    envelope = {"data": thing(items=ITEMS, total=WHOLE), "success": FLAG}

    found = refine_list(BY_OFFSET, RECORD, envelope=envelope, path=("data", "items")).entry

    assert found["answer"] == {"data": {"total": "$page.total"}, "success": True}


def test_count_of_what_a_deletion_finds_is_read() -> None:
    found = refine_list([], RECORD, envelope={"deleted": WHOLE}, path=(), action="delete-matching").entry

    assert found["answer"] == {"deleted": "$page.total"}


def test_headers_about_pages_are_read() -> None:
    declared = {
        name: {"schema": WHOLE}
        for name in ("X-Page", "X-Per-Page", "X-Total-Pages", "X-Next-Page", "X-Other")
    }
    content = {"application/json": {"schema": ITEMS}}
    more = {"200": {"description": "fine", "content": content, "headers": declared}}

    found = refine_list(BY_NUMBER, RECORD, more=more).entry

    assert found["headers"] == {
        "X-Page": "$page.number", "X-Per-Page": "$page.limit", "X-Total-Pages": "$page.pages",
        "X-Next-Page": "$page.next_number",
    }  # fmt: skip
