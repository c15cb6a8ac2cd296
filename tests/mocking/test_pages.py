"""Pages: whoever follows the next one sees every record once, in order; and back again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.document import plan_file
from mockserver.errors import Refusal
from mockserver.mocking.exchange import Answer, Request

from .conftest import TEXT, Api, answering, build_document, closed, ref

NULLABLE = {"type": ["string", "null"]}
WHOLE = {"type": ["integer", "null"]}
PET = closed({"id": TEXT, "n": {"type": "integer"}, "kind": TEXT}, "id")
VALUES = (
    "next", "previous", "next_number", "previous_number", "next_token", "previous_token", "next_url", "previous_url",
    "self_url", "first_url", "last_url", "self_uri", "next_uri", "previous_uri", "first_uri", "last_uri",
    "first_id", "last_id", "total", "number", "pages", "last_number", "start",
    "offset", "count", "more",
)  # fmt: skip
NAMES = ("offset", "startIndex", "page", "after", "before", "cursor", "limit", "kind", "sort", "filter")
STYLES: Mapping[str, dict[str, Any]] = {
    "offset": {"offset": "$request.query.offset"},
    "start": {"start": "$request.query.startIndex"},
    "number": {"number": "$request.query.page"},
    "number from 0": {"number": "$request.query.page", "first": 0},
    "after": {"after": "$request.query.after", "before": "$request.query.before"},
    "token": {"token": "$request.query.cursor"},
}
ONWARD = {
    "offset": ("offset", "next", "previous"),
    "start": ("startIndex", "next", "previous"),
    "number": ("page", "next_number", "previous_number"),
    "number from 0": ("page", "next_number", "previous_number"),
    "after": ("after", "last_id", "first_id"),
    "token": ("cursor", "next_token", "previous_token"),
}
"""Style -> the parameter that takes what the envelope says of the next page, and of the one before."""


def make(style: str, *, refusals: bool = True, inferred: bool = False, sort: Any = None, **page: Any) -> Api:
    """Return an API whose list is paged in one style."""
    envelope = closed({"items": {"type": "array", "items": ref("Pet")}, **{name: {} for name in VALUES}})
    responses = answering(envelope)
    responses["200"]["headers"] = {"Link": {"schema": TEXT}}
    if refusals:
        responses.update(answering({}, "400"))
    operation = {
        "operationId": "listPets",
        "parameters": [{"name": name, "in": "query"} for name in NAMES],
        "responses": responses,
    }
    document = build_document({"/pets": {"get": operation}}, Pet=PET)
    plan = {
        "plan": "1",
        "resources": {"pets": {"schema": "Pet"}},
        "operations": {
            "listPets": {
                "action": "list",
                "resource": "pets",
                "filters": {"kind": "kind"},
                "sort": {"text": "$request.query.sort", **(sort or {})},
                "page": {"limit": "$request.query.limit", "default-limit": 3, **STYLES[style], **page},
                "answer": {"items": "$page.items", **{name: f"$page.{name}" for name in VALUES}},
            }
        },
    }
    built = plan_file.build(plan, document, Path("api.plan.yaml"))
    if inferred:
        operations = {name: replace(one, inferred=True) for name, one in built.operations.items()}
        built = replace(built, operations=operations)
    return Api(document, built)


def fill(api: Api, numbers: list[int]) -> None:
    for id, number in enumerate(numbers):
        data = {"id": f"p{id}", "n": number, "kind": "odd" if id % 3 else "even"}
        api.state.store.create("pets", data["id"], data)


def send(api: Api, query: Mapping[str, Any], *, prefix: str = "") -> Answer:
    """Send a query as a server would: typed, and as text."""
    typed = {
        name: int(value) if re.fullmatch(r"-?\d+", str(value)) else value for name, value in query.items()
    }
    text = "&".join(f"{name}={value}" for name, value in query.items()).encode()
    operation = api.document.operations["listPets"]
    return api.engine.answer(
        Request(operation, "GET", f"{prefix}/pets", query=typed, raw_query=text), api.world
    )


def ids(answer: Answer) -> list[str]:
    assert answer.violations == ()
    return [item["id"] for item in answer.body["items"]]


def links(answer: Answer) -> dict[str, str]:
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers["Link"])
    return {relation: url for url, relation in found}


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(url.partition("?")[2], keep_blank_values=True))


def walk(api: Api, query: dict[str, Any], style: str) -> Iterator[Answer]:
    """Go from page to page by what the envelope says."""
    parameter, name, _ = ONWARD[style]
    while True:
        answer = send(api, query)
        yield answer
        if not answer.body["more"]:
            return
        query = {**query, parameter: answer.body[name]}


def walk_back(api: Api, answer: Answer, query: dict[str, Any], style: str) -> Iterator[Answer]:
    """Go back from a page to the first one."""
    parameter, _, name = ONWARD[style]
    for _ in range(1000):
        if not answer.body["offset"]:
            return
        rest = {key: value for key, value in query.items() if key != parameter}
        answer = send(api, {**rest, "before" if style == "after" else parameter: answer.body[name]})
        yield answer
    raise AssertionError("the way back has no end")


ORDERS = st.sampled_from(["", "n", "-n", "kind,-n", "-kind,n"])
NUMBERS = st.lists(st.integers(0, 3), max_size=12)
"""Few values for many records: ties."""


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(list(STYLES)), NUMBERS, ORDERS, st.integers(1, 5), st.sampled_from([None, "odd"]))
def test_pages_together_are_the_list_once_and_in_order(
    style: str, numbers: list[int], order: str, limit: int, kind: str | None
) -> None:
    api = make(style)
    fill(api, numbers)
    query = {"limit": limit, "sort": order, **({"kind": kind} if kind else {})}
    whole = ids(send(api, {**query, "limit": 1000}))

    pages = list(walk(api, query, style))

    assert [id for page in pages for id in ids(page)] == whole
    assert len(set(whole)) == len(whole) == pages[0].body["total"]
    assert all(page.body["count"] == limit for page in pages[:-1])
    assert [page.body["offset"] for page in pages] == [number * limit for number in range(len(pages))]
    back = [ids(page) for page in walk_back(api, pages[-1], query, style)]
    assert back == [ids(page) for page in pages[-2::-1]]


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(list(STYLES)), NUMBERS, ORDERS, st.integers(1, 5))
def test_links_lead_through_the_whole_list_and_back(
    style: str, numbers: list[int], order: str, limit: int
) -> None:
    api = make(style)
    fill(api, numbers)
    answer = send(api, {"limit": limit, "sort": order, "kind": "odd"}, prefix="/@blue/api/v1")
    whole = ids(send(api, {"limit": 1000, "sort": order, "kind": "odd"}))
    seen, pages = ids(answer), [ids(answer)]
    while "next" in links(answer):
        url = links(answer)["next"]
        assert url.startswith("/@blue/api/v1/pets?")
        assert url == answer.body["next_url"]
        answer = send(api, query_of(url), prefix="/@blue/api/v1")
        assert answer.body["self_url"] == url
        pages.append(ids(answer))
        seen += ids(answer)

    assert seen == whole
    assert answer.body["next_url"] is None
    if "last" in links(answer):
        assert ids(send(api, query_of(links(answer)["last"]))) == pages[-1]
    assert ids(send(api, query_of(links(answer)["first"]))) == pages[0]
    back = []
    while "prev" in links(answer):
        assert links(answer)["prev"] == answer.body["previous_url"]
        answer = send(api, query_of(links(answer)["prev"]))
        back.append(ids(answer))
    assert back == pages[-2::-1]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["after", "token"]),
    st.lists(st.integers(0, 3), min_size=4, max_size=12),
    ORDERS,
    st.data(),
)
def test_walk_goes_on_where_the_record_that_was_seen_last_is_deleted(
    style: str, numbers: list[int], order: str, data: st.DataObject
) -> None:
    api = make(style)
    fill(api, numbers)
    parameter, name, _ = ONWARD[style]
    whole = ids(send(api, {"limit": 1000, "sort": order}))
    page = send(api, {"limit": 2, "sort": order})
    gone = set(data.draw(st.lists(st.sampled_from(whole), max_size=3))) | {ids(page)[-1]}
    for id in gone:
        api.state.store.delete("pets", id)

    rest = [
        id
        for page in walk(api, {"limit": 2, "sort": order, parameter: page.body[name]}, style)
        for id in ids(page)
    ]

    assert rest == [id for id in whole[2:] if id not in gone]


@pytest.mark.parametrize(
    ("style", "query"),
    [
        ("offset", {"offset": 50}),
        ("start", {"startIndex": 50}),
        ("number", {"page": 50}),
        ("number from 0", {"page": 10**30}),
        ("after", {"after": "p6"}),
    ],
)
def test_page_beyond_the_end_is_empty(style: str, query: dict[str, Any]) -> None:
    api = make(style)
    fill(api, [0] * 7)
    answer = send(api, query)

    assert (ids(answer), answer.body["total"], answer.body["more"]) == ([], 7, False)
    assert answer.body["next_url"] is None
    if style != "after":
        assert ids(send(api, query_of(answer.body["previous_url"])))[-1] == "p6"


@pytest.mark.parametrize(
    ("style", "query", "expected"),
    [
        (
            "number",
            {"page": 2},
            {"number": 2, "next_number": 3, "previous_number": 1, "pages": 3, "last_number": 3, "start": 4},
        ),
        ("number", {"page": 1}, {"next_number": 2, "previous_number": None, "previous": None}),
        ("number", {"page": 99}, {"number": 99, "previous_number": 3, "next_number": None, "previous": 5}),
        ("number from 0", {"page": 1}, {"number": 1, "next_number": 2, "previous_number": 0, "last_number": 2}),
        ("offset", {"offset": 4}, {"next": 7, "previous": 1, "start": 5}),
        ("offset", {"offset": 2}, {"next": 5, "previous": 0}),
        ("offset", {"offset": 9}, {"next": None, "previous": 5, "count": 0}),
        ("start", {"startIndex": 4}, {"next": 7, "previous": 1, "start": 4, "offset": 3}),
        ("start", {"startIndex": 0}, {"start": 1, "previous": None, "next": 4}),
        ("after", {"after": "p3"}, {"first_id": "p4", "last_id": "p6", "offset": 4, "next_token": "p6"}),
        ("after", {"before": "p4"}, {"first_id": "p1", "last_id": "p3", "offset": 1, "previous_token": "p1"}),
        ("after", {"after": "p1", "before": "p4"}, {"first_id": "p2", "last_id": "p3", "more": True}),
        ("number", {"page": 1}, {"next_token": "2", "previous_token": None}),
        ("offset", {"offset": 3}, {"next_token": "6", "previous_token": "0"}),
    ],
)  # fmt: skip
def test_envelope_says_where_a_page_stands(
    style: str, query: dict[str, Any], expected: dict[str, Any]
) -> None:
    api = make(style)
    fill(api, [0] * 8)

    body = send(api, query).body

    assert {name: body[name] for name in expected} == expected


def test_page_is_no_larger_than_the_plan_allows() -> None:
    api = make("offset", **{"max-limit": 4})
    fill(api, [0] * 8)

    assert len(ids(send(api, {"limit": 100}))) == 4
    assert len(ids(send(api, {"limit": 2}))) == 2
    assert len(ids(send(api, {}))) == 3


def test_newest_first_goes_by_creation_where_nothing_else_is_sorted() -> None:
    api = make("after", sort={"order": "$request.query.filter"})
    fill(api, [5, 1, 3, 2, 4])

    assert ids(send(api, {"limit": 2, "filter": "desc"})) == ["p4", "p3"]
    assert ids(send(api, {"limit": 2, "filter": "desc", "after": "p3"})) == ["p2", "p1"]
    assert ids(send(api, {"limit": 2, "filter": "desc", "before": "p2"})) == ["p4", "p3"]


# Cursors.


def tokens(api: Api) -> str:
    token = send(api, {"limit": 2}).body["next_token"]
    assert isinstance(token, str)
    return token


BAD = ["nonsense", "AAAA", "%", "\u00e9", "a" * 5000, "=", "x="]


@pytest.mark.parametrize("token", BAD)
def test_cursor_that_nobody_gave_is_refused(token: str) -> None:
    api = make("token")
    fill(api, [0] * 5)

    with pytest.raises(Refusal, match="no cursor that this list gave") as caught:
        send(api, {"cursor": token})
    assert caught.value.violations[0].location == ("query", "cursor")


@given(st.data())
def test_cursor_that_was_changed_is_refused(data: st.DataObject) -> None:
    api = make("token")
    fill(api, [0] * 5)
    token = tokens(api)
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("abcXYZ019-_").filter(lambda letter: letter != token[place]))

    with pytest.raises(Refusal):
        send(api, {"cursor": token[:place] + other + token[place + 1 :]})


def test_cursor_of_another_order_is_refused() -> None:
    api = make("token")
    fill(api, [0] * 5)

    with pytest.raises(Refusal):
        send(api, {"cursor": tokens(api), "sort": "n"})


def test_cursor_is_the_same_for_the_same_seed() -> None:
    first, second = make("token"), make("token")
    for api in (first, second):
        fill(api, [0] * 5)

    assert tokens(first) == tokens(second)


def test_empty_cursor_is_the_first_page() -> None:
    api = make("token")
    fill(api, [0] * 5)

    assert ids(send(api, {"cursor": ""})) == ["p0", "p1", "p2"]


@pytest.mark.parametrize(("style", "query"), [("token", {"cursor": "nonsense"}), ("after", {"after": "p99"})])
def test_cursor_that_leads_nowhere_begins_anew_where_no_refusal_is_declared(
    style: str, query: dict[str, str]
) -> None:
    api = make(style, refusals=False)
    fill(api, [0] * 5)
    answer = send(api, query)

    assert ids(answer) == ["p0", "p1", "p2"]
    assert answer.detail.startswith("the list begins anew: ")


@pytest.mark.parametrize(("style", "query"), [("token", {"cursor": "nonsense"}), ("after", {"after": "p99"})])
def test_cursor_that_leads_nowhere_begins_anew_where_the_cursor_is_a_guess(
    style: str, query: dict[str, str]
) -> None:
    api = make(style, inferred=True)
    fill(api, [0] * 5)
    answer = send(api, query)

    assert ids(answer) == ["p0", "p1", "p2"]
    assert answer.detail.startswith("the list begins anew: ")


def test_id_that_never_was_is_refused_as_a_cursor() -> None:
    api = make("after")
    fill(api, [0] * 5)

    with pytest.raises(Refusal, match="'p99' is the id of none of pets"):
        send(api, {"after": "p99"})


# Links.


def test_link_keeps_the_rest_of_the_query_as_it_was_sent() -> None:
    api = make("number")
    fill(api, [0] * 8)
    operation = api.document.operations["listPets"]
    raw = b"filter[a]=1&sort=n%2Cid&page=2&filter%5Bb%5D=x+y&empty="
    request = Request(operation, "GET", "/v1/pets", query={"page": 2, "limit": 3}, raw_query=raw)
    answer = api.engine.answer(request, api.world)

    rest = "/v1/pets?filter[a]=1&sort=n%2Cid&filter%5Bb%5D=x+y&empty="
    assert answer.headers["Link"] == (
        f'<{rest}&page=1>; rel="first", <{rest}&page=1>; rel="prev", <{rest}&page=3>; rel="next", '
        f'<{rest}&page=3>; rel="last"'
    )


def test_absolute_addresses_begin_with_the_server_that_the_client_sees() -> None:
    api = make("number")
    fill(api, [0] * 8)
    operation = api.document.operations["listPets"]
    request = Request(
        operation, "GET", "/v1/pets", query={"page": 2}, raw_query=b"page=2", origin="https://mock"
    )
    body = api.engine.answer(request, api.world).body

    for name in ("self", "next", "previous", "first", "last"):
        assert body[f"{name}_uri"] == f"https://mock{body[f'{name}_url']}"
    assert send(api, {"page": 3}).body["next_uri"] is None
    assert send(api, {}).body["self_uri"] == "http://localhost/pets"


def test_page_of_a_deep_object_is_named_as_it_is_written() -> None:
    api = make("number", number="$request.query.filter#/number")
    fill(api, [0] * 8)
    operation = api.document.operations["listPets"]
    request = Request(
        operation, "GET", "/pets", query={"filter": {"number": 2}}, raw_query=b"filter%5Bnumber%5D=2&x=1"
    )
    answer = api.engine.answer(request, api.world)

    assert answer.body["next_url"] == "/pets?x=1&filter[number]=3"


def test_list_whose_page_the_url_does_not_choose_links_to_itself() -> None:
    api = make("offset", offset="$request.body#/offset")
    fill(api, [0] * 8)
    answer = send(api, {"kind": "odd"})

    assert links(answer) == {"self": "/pets?kind=odd"}
    assert (answer.body["next_url"], answer.body["first_url"]) == (None, None)
