"""Changes of records: the laws of RFC 7396 and RFC 6902, and what of a schema bends them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking import patches
from mockserver.mocking.changes import is_json_patch, merged
from mockserver.mocking.kinds import Kind

from .conftest import TEXT, Api, closed, ref

MakeApi = Callable[..., Api]
NUMBER = {"type": "integer"}


def kind_of(make_api: MakeApi, schema: dict[str, Any]) -> Kind:
    return make_api({}, {"resources": {"things": {"schema": "Thing"}}}, Thing=schema).rules.kinds["things"]


def merge_patch(target: Json, patch: Json) -> Json:
    """The algorithm of RFC 7396 section 2, word by word."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@pytest.fixture(scope="module")
def loose() -> Kind:
    """A kind whose records have an object of which nothing is declared."""
    from pathlib import Path

    from mockserver.document import plan_file

    from .conftest import build_document

    document = build_document({}, Thing=closed({"id": TEXT, "data": {"type": "object"}}))
    plan = plan_file.build({"plan": "1", "resources": {"things": {"schema": "Thing"}}}, document, Path("p"))
    return Api(document, plan).rules.kinds["things"]


@settings(deadline=None)
@given(OBJECTS, OBJECTS)
def test_merge_inside_an_object_is_that_of_rfc_7396(loose: Kind, old: Any, sent: Any) -> None:
    before = deepcopy(old)

    data = merged(loose, {"data": old}, {"data": sent}, frozenset(), deep=True)

    assert patches.is_same(data["data"], merge_patch(old, sent))
    assert old == before, "the old record is not touched"


def test_null_stays_where_the_schema_takes_it(make_api: MakeApi) -> None:
    inner = closed({"city": {"type": ["string", "null"]}, "street": TEXT})
    kind = kind_of(make_api, closed({"id": TEXT, "address": inner, "note": {"type": ["string", "null"]}}))
    old = {"address": {"city": "Rome", "street": "Main"}, "note": "x"}

    data = merged(
        kind, old, {"address": {"city": None, "street": None}, "note": None}, frozenset(), deep=True
    )

    assert data == {"address": {"city": None}, "note": None}


def test_read_only_member_of_an_object_is_left_alone(make_api: MakeApi) -> None:
    inner = closed({"sum": {**NUMBER, "readOnly": True}, "limit": NUMBER})
    kind = kind_of(make_api, closed({"id": TEXT, "usage": inner}))

    data = merged(kind, {"usage": {"sum": 1}}, {"usage": {"sum": 9, "limit": 5}}, frozenset(), deep=True)

    assert data == {"usage": {"sum": 1, "limit": 5}}


def test_shallow_merge_replaces_objects(make_api: MakeApi) -> None:
    kind = kind_of(make_api, closed({"id": TEXT, "data": {"type": "object"}}))

    assert merged(kind, {"data": {"a": 1}}, {"data": {"b": 2}}, frozenset(), deep=False) == {"data": {"b": 2}}


# JSON Patch.


@pytest.mark.parametrize(
    ("document", "operations", "result"),
    [
        # From RFC 6902, appendix A.
        ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"foo": "bar", "baz": "qux"}),
        (
            {"foo": ["bar", "baz"]},
            [{"op": "add", "path": "/foo/1", "value": "q"}],
            {"foo": ["bar", "q", "baz"]},
        ),
        ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
        ({"foo": ["a", "b", "c"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["a", "c"]}),
        ({"foo": 1}, [{"op": "replace", "path": "/foo", "value": 2}], {"foo": 2}),
        (
            {"foo": {"bar": "b", "waldo": "f"}, "qux": {}},
            [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
            {"foo": {"bar": "b"}, "qux": {"thud": "f"}},
        ),
        ({"foo": [1, 2, 3]}, [{"op": "move", "from": "/foo/0", "path": "/foo/2"}], {"foo": [2, 3, 1]}),
        (
            {"foo": "bar"},
            [{"op": "add", "path": "/child", "value": {"g": {}}}],
            {"foo": "bar", "child": {"g": {}}},
        ),
        ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
        ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["a"]}], {"foo": ["bar", ["a"]]}),
        ({"a": 1}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": 1, "b": 1}),
        ({"a": 1}, [], {"a": 1}),
    ],
)
def test_patch_is_done_as_rfc_6902_shows(document: Json, operations: Json, result: Json) -> None:
    before = deepcopy(document)

    assert patches.applied(document, operations) == result
    assert document == before


@pytest.mark.parametrize(
    ("operations", "kind", "words"),
    [
        ([{"op": "test", "path": "/a", "value": "1"}], RefusalKind.WRONG_STATE, "the test of /a fails"),
        ([{"op": "test", "path": "/a", "value": True}], RefusalKind.WRONG_STATE, "the test of /a fails"),
        ([{"op": "test", "path": "/b", "value": 1}], RefusalKind.WRONG_STATE, "the test of /b fails"),
        ([{"op": "add", "path": "/b/c", "value": 1}], RefusalKind.INVALID, "add of '/b/c' is not possible"),
        ([{"op": "add", "path": "/list/9", "value": 1}], RefusalKind.INVALID, "not possible"),
        ([{"op": "add", "path": "/list/01", "value": 1}], RefusalKind.INVALID, "not possible"),
        ([{"op": "replace", "path": "/list/-", "value": 1}], RefusalKind.INVALID, "not possible"),
        ([{"op": "remove", "path": "/b"}], RefusalKind.INVALID, "remove of '/b' is not possible"),
        ([{"op": "remove", "path": ""}], RefusalKind.INVALID, "not possible"),
        ([{"op": "move", "from": "/list", "path": "/list/0"}], RefusalKind.INVALID, "not possible"),
        ([{"op": "add", "path": "/b"}], RefusalKind.INVALID, "not possible"),
        ([{"op": "add", "path": 5, "value": 1}], RefusalKind.INVALID, "not possible"),
        ([{"op": "append", "path": "/a", "value": 1}], RefusalKind.INVALID, "an operation has an 'op'"),
        ([{"op": ["add"], "path": "/a", "value": 1}], RefusalKind.INVALID, "an operation has an 'op'"),
        ([{"path": "/a"}], RefusalKind.INVALID, "an operation has an 'op'"),
        (["remove"], RefusalKind.INVALID, "an operation has an 'op'"),
        ({"op": "remove", "path": "/a"}, RefusalKind.INVALID, "a list of operations"),
        (None, RefusalKind.INVALID, "a list of operations"),
    ],
)
def test_patch_that_cannot_be_done_is_refused(operations: Json, kind: RefusalKind, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        patches.applied({"a": 1, "list": [0]}, operations)

    assert caught.value.kind is kind
    assert words in caught.value.message


def test_patch_that_doubles_itself_again_and_again_is_refused() -> None:
    operations = [{"op": "copy", "from": "/a", "path": f"/a/{number}"} for number in range(64)]

    with pytest.raises(Refusal, match="copies too much"):
        patches.applied({"a": {"x": "y" * 100}}, operations)


def test_patch_that_nests_without_end_is_refused() -> None:
    deep: Json = 0
    for _ in range(600):
        deep = [deep]
    operations: Json = [{"op": "add", "path": "/a", "value": deep}]
    for turn in range(1, 4):
        operations.append({"op": "add", "path": "/a" + "/0" * (600 * turn), "value": deep})

    with pytest.raises(Refusal) as caught:
        patches.applied({}, operations)
    assert caught.value.kind is RefusalKind.INVALID


@pytest.mark.parametrize(
    ("body", "media_type", "is_patch"),
    [
        ([], "application/json-patch+json", True),
        ({}, "Application/JSON-Patch+JSON; charset=utf-8", True),
        ([{"op": "add", "path": "/a"}], "application/json", True),
        ([{"op": "add", "path": "/a"}, {"op": "add"}], "application/json", False),
        ([], "application/json", False),
        ({"op": "add", "path": "/a"}, "application/json", False),
    ],
)
def test_patch_is_known_by_media_type_or_by_its_looks(body: Json, media_type: str, is_patch: bool) -> None:
    assert is_json_patch(body, media_type) is is_patch


# Updates that would break a record.

PATHS: dict[str, Any] = {
    "/things/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
        "patch": {
            "operationId": "update",
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": closed(
                            {"roles": {"type": ["array", "null"]}, "name": {}, "data": {}, "steps": {}}
                        )
                    }
                }
            },
            "responses": {
                "200": {"description": "", "content": {"application/json": {"schema": ref("Thing")}}}
            },
        },
    }
}
THING = closed(
    {
        "id": TEXT,
        "name": TEXT,
        "roles": {"type": "array", "items": TEXT},
        "data": closed({"kind": TEXT, "size": NUMBER}, "kind"),
        "steps": {"type": "array", "items": closed({"title": TEXT}, "title")},
    },
    "id",
    "name",
    "roles",
)


@pytest.fixture
def things(make_api: MakeApi) -> Callable[..., Api]:
    """Makes an API with one thing; the update declares these responses besides 200."""

    def make(**responses: Any) -> Api:
        paths = deepcopy(PATHS)
        paths["/things/{id}"]["patch"]["responses"].update(responses)
        plan = {
            "resources": {"things": {"schema": "Thing"}},
            "operations": {"update": {"action": "update", "resource": "things"}},
        }
        api = make_api(paths, plan, Thing=THING)
        whole = {
            "id": "a",
            "name": "x",
            "roles": ["r"],
            "data": {"kind": "k", "size": 1},
            "steps": [{"title": "t"}],
        }
        api.state.store.create("things", "a", whole)
        return api

    return make


@pytest.mark.parametrize("body", [{"name": None}, {"data": {"kind": None}}])
@pytest.mark.parametrize("status", ["400", "422", "4XX", "default"])
def test_update_that_takes_away_what_is_required_is_refused(
    things: Callable[..., Api], body: Any, status: str
) -> None:
    api = things(**{status: {"description": ""}})

    with pytest.raises(Refusal) as caught:
        api.answer("update", id="a", body=body)
    assert caught.value.kind is RefusalKind.INVALID
    assert [item.rule for item in caught.value.violations] == ["required"]


@pytest.mark.parametrize("body", [{"name": None}, {"data": {"kind": None}}])
def test_what_is_required_stays_where_no_such_refusal_is_declared(
    things: Callable[..., Api], body: Any
) -> None:
    changed = things()("update", id="a", body={**body, "roles": ["s"]})

    assert (changed["name"], changed["data"], changed["roles"]) == ("x", {"kind": "k", "size": 1}, ["s"])


def test_null_that_the_request_declares_empties_what_the_record_requires(things: Callable[..., Api]) -> None:
    assert things(**{"400": {"description": ""}})("update", id="a", body={"roles": None})["roles"] == []


def test_new_list_is_the_clients_whatever_its_items_lack(things: Callable[..., Api]) -> None:
    answer = things(**{"400": {"description": ""}}).answer("update", id="a", body={"steps": [{}]})

    assert answer.body["steps"] == [{}]
    assert answer.violations, "the document contradicts itself, and the answer says so"
