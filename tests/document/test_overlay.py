"""OpenAPI overlays: what their actions do, what is said about them, and where things stand afterwards."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mockserver.document import builder, checks
from mockserver.document import pointer as ptr
from mockserver.document.loading import overlay
from mockserver.document.loading.files import Files
from mockserver.document.model import Severity
from mockserver.errors import DocumentError

PETS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "tags": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                    {"name": "debug", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "kind", "in": "query", "schema": {"type": "text"}},
                ],
                "responses": {"200": {"description": "fine"}},
            },
            "delete": {"operationId": "dropPets", "responses": {"204": {"description": "gone"}}},
        }
    },
}
LIST = "$.paths['/pets'].get"


def applied(*actions: dict[str, Any], root: Any = PETS, extends: str | None = None) -> overlay.Overlaid:
    """Return a document with an overlay of some actions."""
    library = Files()
    raw: dict[str, Any] = {
        "overlay": "1.0.0",
        "info": {"title": "x", "version": "1"},
        "actions": list(actions),
    }
    if extends is not None:
        raw["extends"] = extends
    library.put("over/lay.yaml", raw)
    return overlay.apply(root, "pets.yaml", ["over/lay.yaml"], library)


def at(done: overlay.Overlaid, pointer: str) -> Any:
    return ptr.lookup(done.root, pointer)


def test_update_of_an_object_is_merged_into_it_at_each_level() -> None:
    done = applied(
        {"target": LIST, "update": {"summary": "All", "responses": {"404": {"description": "no"}}}}
    )

    operation = at(done, "/paths/~1pets/get")
    assert operation["summary"] == "All"
    assert list(operation["responses"]) == ["200", "404"]
    assert operation["operationId"] == "listPets"


@pytest.mark.parametrize("update", [{"name": "d"}, [{"name": "d"}]])
def test_update_of_a_list_is_appended_to_it(update: Any) -> None:
    assert applied({"target": "$.tags", "update": update}).root["tags"] == [*PETS["tags"], {"name": "d"}]


def test_list_within_an_update_is_appended_to_the_list_that_is_there() -> None:
    done = applied({"target": "$", "update": {"tags": [{"name": "d"}]}})

    assert [tag["name"] for tag in done.root["tags"]] == ["a", "b", "c", "d"]


def test_update_reaches_each_place_that_the_target_selects() -> None:
    done = applied({"target": "$.paths.*[?@.operationId]", "update": {"deprecated": True}})

    assert [item["deprecated"] for item in at(done, "/paths/~1pets").values()] == [True, True]


def test_removed_entries_of_a_list_go_whatever_their_order() -> None:
    done = applied({"target": "$.tags[?@.name != 'b']", "remove": True})

    assert done.root["tags"] == [{"name": "b"}]


def test_what_lies_within_what_is_removed_goes_with_it() -> None:
    done = applied({"target": "$.paths..*", "remove": True})

    assert done.root["paths"] == {}


def test_remove_wins_over_update_in_one_action() -> None:
    done = applied({"target": "$.paths['/pets'].delete", "update": {"summary": "x"}, "remove": True})

    assert list(at(done, "/paths/~1pets")) == ["get"]


def test_actions_are_done_in_their_order() -> None:
    done = applied(
        {"target": "$.info", "update": {"title": "first"}},
        {"target": "$.info[?@ == 'first']", "update": "second"},
    )

    assert done.root["info"]["title"] == "second"


def test_copied_part_is_independent_of_what_it_was_copied_from() -> None:
    done = applied(
        {"target": "$.paths['/pets'].delete", "copy": f"{LIST}.responses"},
        {"target": "$.paths['/pets'].delete['200']", "update": {"description": "changed"}},
    )

    assert at(done, "/paths/~1pets/delete/200/description") == "changed"
    assert at(done, "/paths/~1pets/get/responses/200/description") == "fine"


def test_document_and_what_its_aliases_share_is_left_as_it_was() -> None:
    shared = {"description": "fine"}
    root = {"a": {"200": shared}, "b": {"200": shared}}
    before = copy.deepcopy(root)

    done = applied({"target": "$.a['200']", "update": {"description": "other"}}, root=root)

    assert root == before
    assert done.root == {"a": {"200": {"description": "other"}}, "b": {"200": {"description": "fine"}}}


def test_target_that_selects_nothing_is_a_warning_with_its_place() -> None:
    (fault,) = applied({"target": "$.paths['/cats']", "remove": True}).faults

    assert (fault.file, fault.pointer) == ("over/lay.yaml", "/actions/0/target")
    assert fault.severity is Severity.WARNING
    assert fault.message == "the target \"$.paths['/cats']\" selects nothing"
    assert fault.effect == "the action has no effect"


@pytest.mark.parametrize(
    ("extends", "is_told"), [("../pets.yaml", False), ("pets.yaml", True), ("https://a/b", True)]
)
def test_overlay_of_another_document_is_applied_and_told(extends: str, is_told: bool) -> None:
    done = applied({"target": "$.info", "update": {"title": "x"}}, extends=extends)

    assert done.root["info"]["title"] == "x"
    assert [fault.pointer for fault in done.faults] == (["/extends"] if is_told else [])


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"openapi": "3.1.0"}, "over/lay.yaml is no OpenAPI overlay: the field 'overlay' is missing"),
        ({"overlay": "2.0.0", "actions": []}, "at /overlay: '2.0.0' is no version that is known"),
        ({"overlay": "1.0.0", "actions": []}, "at /actions: a list with one action at least"),
        ({"overlay": "1.0.0", "acts": []}, "at /: unknown key 'acts'"),
        (
            {"overlay": "1.0.0", "actions": [{"target": "$.a["}]},
            "at /actions/0/target: '$.a[' is no JSONPath",
        ),
        ({"overlay": "1.0.0", "actions": [{"update": 1}]}, "at /actions/0/target: a JSONPath is expected"),
        (
            {"overlay": "1.0.0", "actions": [{"target": "$", "remove": 1}]},
            "at /actions/0/remove: true or false",
        ),
        (
            {"overlay": "1.0.0", "actions": [{"target": "$", "remove": True}]},
            "/actions/0/remove: the whole document",
        ),
        (
            {"overlay": "1.0.0", "actions": [{"target": "$", "update": 1}]},
            "/actions/0/update: an object is expected",
        ),
        ({"overlay": "1.0.0", "actions": [{"target": "$", "copy": "$.tags[*]"}]}, "'$.tags[*]' selects 3"),
    ],
)
def test_overlay_that_cannot_be_used_says_where_and_why(raw: Any, said: str) -> None:
    library = Files()
    library.put("over/lay.yaml", raw)

    with pytest.raises(DocumentError) as caught:
        overlay.apply(PETS, "pets.yaml", ["over/lay.yaml"], library)

    assert said in str(caught.value)
    assert "over/lay.yaml" in str(caught.value)


def test_places_are_those_of_what_was_written_after_entries_have_moved_up() -> None:
    done = applied(
        {"target": f"{LIST}.parameters", "update": {"name": "new", "in": "query"}},
        {"target": f"{LIST}.parameters[?@.name == 'debug']", "remove": True},
        {"target": f"{LIST}.parameters[?@.name == 'kind'].schema", "update": {"minLength": 1}},
    )

    place = "/paths/~1pets/get/parameters"
    assert [item["name"] for item in at(done, place)] == ["limit", "kind", "new"]
    assert done.origins(f"{place}/0/name") == ("", f"{place}/0/name")
    assert done.origins(f"{place}/1/schema/type") == ("", f"{place}/2/schema/type")
    assert done.origins(f"{place}/1/schema/minLength") == ("over/lay.yaml", "/actions/2/update/minLength")
    assert done.origins(f"{place}/2/in") == ("over/lay.yaml", "/actions/0/update/in")


_TREES = st.recursive(
    st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
_PLACES = st.sampled_from(["$.*", "$.a", "$.b[0]", "$..a", "$.*[1]", "$[?@.a]", "$.c.*"])


@given(
    root=st.dictionaries(st.sampled_from("abcd"), _TREES, max_size=4),
    actions=st.lists(
        st.tuples(_PLACES, st.none() | st.just({"a": {"b": 1}, "c": [2]})), min_size=1, max_size=4
    ),
)
def test_each_value_stands_where_its_origin_says(root: Any, actions: list[tuple[str, Any]]) -> None:
    """Whatever was added, removed and moved: the leaf at a pointer is the leaf at its origin."""
    steps = [
        {"target": target, "remove": True} if update is None else {"target": target, "update": update}
        for target, update in actions
    ]
    try:
        done = applied(*steps, root=root)
    except DocumentError:
        return  # an object into what is none
    sources = {"": root, "over/lay.yaml": {"actions": steps}}
    for pointer, leaf in _leaves(done.root, ""):
        file, origin = done.origins(pointer)
        assert ptr.lookup(sources[file], origin) == leaf


def _leaves(node: Any, pointer: str) -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return [leaf for key, item in node.items() for leaf in _leaves(item, ptr.join(pointer, key))]
    if isinstance(node, list):
        return [leaf for key, item in enumerate(node) for leaf in _leaves(item, ptr.join(pointer, key))]
    return [(pointer, node)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shared.yaml").write_text("Name: {type: string, minLength: 2}\n")
    (tmp_path / "pets.json").write_text(json.dumps(PETS))
    return tmp_path


def overlay_file(folder: Path, *actions: dict[str, Any], name: str = "lay.yaml") -> str:
    raw = {"overlay": "1.0.0", "info": {"title": "x", "version": "1"}, "actions": list(actions)}
    (folder / name).write_text(yaml.safe_dump(raw, sort_keys=False))
    return name


def test_faults_of_what_an_overlay_adds_stand_in_the_overlay(folder: Path) -> None:
    added = {"/cats/{id}": {"get": {"responses": {"20": {"description": "odd"}}}}}
    name = overlay_file(folder, {"target": "$.paths", "update": added})

    model = builder.load(Path("pets.json"), overlays=[name])

    places = {(fault.file, fault.pointer) for fault in checks.check(model, checks.QUICK)}
    assert ("lay.yaml", "/actions/0/update/~1cats~1{id}/get/responses/20") in places
    assert model.files == ("pets.json", "lay.yaml")


def test_overlay_may_refer_to_what_the_document_and_its_other_files_hold(folder: Path) -> None:
    content = {"application/json": {"schema": {"$ref": "shared.yaml#/Name"}}}
    name = overlay_file(folder, {"target": f"{LIST}.responses['200']", "update": {"content": content}})

    model = builder.load(Path("pets.json"), overlays=[name])

    media = model.operations["listPets"].responses["200"].content["application/json"]
    judge = model.response_schemas.validator(media.schema or "")
    assert [judge.is_valid(text) for text in ("ab", "a")] == [True, False]
    assert set(model.files) == {"pets.json", "lay.yaml", "shared.yaml"}


def test_later_overlay_builds_on_the_one_before_it(folder: Path) -> None:
    first = overlay_file(folder, {"target": "$.info", "update": {"x-a": {"n": 1}}}, name="one.yaml")
    second = overlay_file(folder, {"target": "$.info['x-a']", "update": {"m": 2}}, name="two.yaml")

    model = builder.load(Path("pets.json"), overlays=[first, second])

    assert model.root["info"]["x-a"] == {"n": 1, "m": 2}
    assert model.origin("/info/x-a/n") == ("one.yaml", "/actions/0/update/x-a/n")
    assert model.origin("/info/x-a/m") == ("two.yaml", "/actions/0/update/m")
