"""Lists of canned responses: which request gets which, what else they say, and how each way to be wrong is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mockserver.document.model import Document
from mockserver.errors import FixtureError
from mockserver.mocking import canned, fixtures
from mockserver.mocking.canned import Canned, Choices
from mockserver.mocking.exchange import Answer, Request, ResponseSource
from mockserver.mocking.preferences import parse

from .conftest import TEXT, Api, build_document, closed, taking

REPORT = closed({"total": {"type": "integer"}}, "total")
CONTENT = {"application/json": {"schema": REPORT}, "text/csv": {"schema": TEXT}, "image/png": {}}
PARAMETERS = [
    {"name": "month", "in": "query", "schema": TEXT},
    {"name": "page", "in": "query", "schema": {"type": "integer"}},
    {"name": "X-Team", "in": "header", "schema": TEXT},
    {"name": "region", "in": "path", "required": True, "schema": TEXT},
]
PATHS = {
    "/reports/{region}": {
        "parameters": PARAMETERS,
        "get": {
            "operationId": "report",
            "responses": {"200": {"description": "", "content": CONTENT}, "404": {"description": ""}},
        },
        "post": {
            "operationId": "ask",
            "requestBody": taking({}),
            "responses": {"200": {"description": "", "content": {"application/json": {}}}},
        },
    }
}
DOCUMENT = build_document(PATHS)
MakeApi = Callable[..., Api]


@pytest.fixture
def api(tmp_path: Path, make_api: MakeApi) -> Callable[..., Api]:
    """Write a list of responses, and serve it."""

    def api(*entries: Any, operation: str = "report") -> Api:
        folder = tmp_path / operation
        folder.mkdir(exist_ok=True)
        (folder / "responses.yaml").write_text(yaml.safe_dump(list(entries)))
        return make_api(
            PATHS, {}, fixtures=fixtures.Fixtures(canned={operation: canned.load(folder, DOCUMENT)})
        )

    return api


def ask(api: Api, accept: str = "", **query: Any) -> Answer:
    return api.answer("report", region=query.pop("region", "eu"), accept=accept, **query)


def test_request_gets_the_response_for_its_values_and_another_none_of_them(api: Callable[..., Api]) -> None:
    served = api(
        {"status": 200, "match": {"query": {"month": "01"}}, "body": {"total": 1}},
        {"status": 200, "match": {"query": {"month": "02"}}, "body": {"total": 2}},
        {"status": 404, "match": {"query": {"month": "13"}}},
    )

    assert [ask(served, month=month).body for month in ("01", "02")] == [{"total": 1}, {"total": 2}]
    refused = ask(served, month="13")
    assert (refused.status, refused.body, refused.media_type) == (404, None, None)
    assert ask(served, month="03").source is ResponseSource.GENERATED


def test_response_that_asks_about_more_wins_and_null_means_not_there(api: Callable[..., Api]) -> None:
    served = api(
        {"status": 200, "match": {}, "body": {"total": 0}},
        {"status": 200, "match": {"query": {"month": "01"}}, "body": {"total": 1}},
        {"status": 200, "match": {"query": {"month": "01", "page": "2"}}, "body": {"total": 2}},
        {"status": 200, "match": {"query": {"month": None}, "path": {"region": "us"}}, "body": {"total": 3}},
    )

    assert ask(served).body == {"total": 0}
    assert ask(served, month="01").body == {"total": 1}
    assert ask(served, month="01", page=2).body == {"total": 2}
    assert ask(served, region="us").body == {"total": 3}
    assert ask(served, region="us", month="05").body == {"total": 0}


def test_parts_of_a_body_are_compared_and_the_rest_of_it_is_not(api: Callable[..., Api]) -> None:
    served = api(
        {"status": 200, "match": {"body": {"kind": "a", "n": 1.0}}, "body": "first"},
        {"status": 200, "match": {"body": [1, 2]}, "body": "list"},
        operation="ask",
    )
    bodies: list[Any] = [{"kind": "a", "n": 1, "trace": 7}, [1, 2]]

    assert [served.answer("ask", region="eu", body=body).body for body in bodies] == ["first", "list"]


def test_header_is_matched_in_any_case(api: Callable[..., Api]) -> None:
    served = api({"status": 200, "match": {"header": {"x-TEAM": "red"}}, "body": {"total": 9}})
    operation = served.document.operations["report"]
    request = Request(operation, "GET", "/reports/eu", {"region": "eu"}, {}, {"x-team": "red"})

    assert served.engine.answer(request, served.world).body == {"total": 9}


def test_response_has_its_media_type_headers_and_bytes(api: Callable[..., Api], tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "chart.png").write_bytes(b"\x89PNG")
    same = {"query": {"month": "01"}}
    served = api(
        {"status": 200, "match": same, "media-type": "text/csv", "headers": {"X-Rows": 2}, "body": 'a,"b"\n'},
        {"status": 200, "match": same, "media-type": "image/png", "file": "chart.png"},
    )

    table = ask(served, month="01")
    assert (table.media_type, table.content, table.headers["X-Rows"]) == ("text/csv", b'a,"b"\n', "2")
    assert ask(served, month="01", accept="image/*").content == b"\x89PNG"
    assert ask(served, month="01", accept="text/html").media_type == "text/csv"


def test_named_response_waits_to_be_asked_for(api: Callable[..., Api]) -> None:
    served = api(
        {"status": 404, "name": "gone"},
        {"status": 200, "body": {"total": 5}},
        {"status": 200, "name": "jan", "match": {"query": {"month": "01"}}, "body": {"total": 1}},
    )

    assert ask(served).body == {"total": 5}
    assert [preferring(served, f"example={name}").status for name in ("gone", "jan")] == [404, 200]
    # A preference for a status does not take what is for other requests.
    assert preferring(served, "code=200").body == {"total": 5}
    assert preferring(served, "code=200", month="01").body == {"total": 1}


def preferring(served: Api, prefer: str, **query: Any) -> Answer:
    operation = served.document.operations["report"]
    request = Request(operation, "GET", "/reports/eu", {"region": "eu"}, query)
    request.preferences = parse(prefer, b"")
    return served.engine.answer(request, served.world)


def test_unchecked_response_is_served_and_what_it_breaks_is_told(api: Callable[..., Api]) -> None:
    served = api({"status": 200, "match": {}, "body": {"total": "many"}, "unchecked": True})
    answer = ask(served)

    assert answer.body == {"total": "many"}
    assert [violation.location for violation in answer.violations or ()] == [("body", "total")]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (3, "at /0: a response is a mapping"),
        ({}, "/status: a status is a number from 100 to 599, not None"),
        ({"status": True}, "/status: a status"),
        ({"status": 201}, "declares no response 201"),
        ({"status": 200, "name": "a b"}, "/name: a name is letters"),
        ({"status": 200, "nmae": "x"}, r"there is no 'nmae' \(did you mean 'name'\?\)"),
        ({"status": 200, "match": {"queri": {}}}, "did you mean 'query'"),
        (
            {"status": 200, "match": {"query": {"mnth": 1}}},
            "has no query parameter 'mnth'.*did you mean 'month'",
        ),
        ({"status": 200, "match": {"query": "x"}}, "/match/query: a mapping of names"),
        ({"status": 200, "match": "x"}, "/match: a mapping is expected"),
        ({"status": 200, "match": {"body": {}}}, "has no body"),
        ({"status": 200, "body": {"total": "x"}}, r"at /total: .*\(rule type"),
        ({"status": 200, "media-type": "text/html", "body": "x"}, "declares no text/html"),
        ({"status": 200, "media-type": 3}, "/media-type: a media type is a text"),
        ({"status": 200, "file": "../x"}, "/file: the name of a file"),
        ({"status": 200, "file": "none.png"}, "there is no file"),
        ({"status": 200, "headers": ["x"]}, "/headers: a mapping"),
        ({"status": 200, "headers": {"X": "a\r\nSet-Cookie: b"}}, "/headers/X: a text of one line"),
        ({"status": 200, "headers": {"X Y": "a"}}, "is no name of a header"),
        ({"status": 200, "unchecked": "yes"}, "/unchecked: true or false"),
    ],
)
def test_list_that_is_wrong_is_refused_with_the_place(
    api: Callable[..., Api], tmp_path: Path, entry: Any, message: str
) -> None:
    with pytest.raises(FixtureError, match=rf"responses\.yaml: at /0.*{message}|at /0{message}|{message}"):
        api(entry)


def test_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "responses.json").write_text("{}")

    with pytest.raises(FixtureError, match="a list of responses is expected, not dict"):
        canned.load(tmp_path / "report", DOCUMENT)


VALUES = st.sampled_from([None, 1, 1.0, "1", True, [1], {"a": 1.0}])
MATCHES = st.dictionaries(st.sampled_from([("query", "a"), ("query", "b"), ("body", "c")]), VALUES)


@given(st.lists(MATCHES, max_size=8), VALUES, VALUES, VALUES)
def test_response_that_is_looked_up_is_the_one_that_a_search_finds(
    matches: list[dict[tuple[str, str], Any]], a: Any, b: Any, c: Any
) -> None:
    document: Document = DOCUMENT
    responses = [Canned(200, "", number, Path("x"), match) for number, match in enumerate(matches)]
    request = Request(document.operations["ask"], "POST", "/", query={"a": a, "b": b}, body={"c": c})
    values = {("query", "a"): a, ("query", "b"): b, ("body", "c"): c}

    found = Choices(responses).find(request)

    def is_alike(one: Any, other: Any) -> bool:
        return type(canned.plain(one)) is type(canned.plain(other)) and one == other

    suiting = [
        item
        for item in responses
        if item.match is not None
        and all(is_alike(values[place], value) for place, value in item.match.items())
    ]
    most = max((len(item.match or ()) for item in suiting), default=0)
    assert (found is None) == (not suiting)
    if found is not None:
        assert found in suiting
        assert len(found.match or ()) == most
