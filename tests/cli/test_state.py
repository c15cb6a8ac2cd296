"""`mockserver state` as a person runs it, against a server on a port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from ..conftest import running_server
from ..server.test_worlds import PLAN, SHOP
from .test_serve import assert_wrong_use, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document with a plan."""
    folder = tmp_path_factory.mktemp("state")
    (folder / "api.yaml").write_text(yaml.safe_dump(SHOP, sort_keys=False))
    (folder / "api.plan.yaml").write_text(yaml.safe_dump(PLAN, sort_keys=False))
    return folder


@pytest.fixture(scope="module")
def origin(folder: Path) -> Iterator[str]:
    with running_server("api.yaml", "--clock", "2026-01-02T12:00:00Z", cwd=str(folder)) as origin:
        yield origin


@pytest.fixture
def server(origin: str) -> Iterator[httpx.Client]:
    """A client of the server, whose default world is at its beginning, and which has no others."""
    with httpx.Client(base_url=origin) as client:
        for world in client.get("/__mock__/worlds").json()["worlds"][1:]:
            client.delete(f"/__mock__/worlds/{world['name']}")
        client.post("/__mock__/state/reset")
        yield client


def state(server: httpx.Client, *arguments: str, code: int = 0) -> str:
    """Run a command against the server, and return what it says."""
    done = run("state", *arguments, "--url", str(server.base_url))
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def add(server: httpx.Client, world: str, name: str) -> str:
    response = server.post(f"/@{world}/pets", json={"name": name})
    assert response.status_code == 201
    made: str = response.json()["id"]
    return made


def names(server: httpx.Client, world: str) -> list[str]:
    return [pet["name"] for pet in server.get(f"/@{world}/pets").json()][1:]


def test_worlds_are_listed_and_shown(server: httpx.Client) -> None:
    add(server, "a", "Rex")
    lines = state(server, "list").splitlines()
    listed = json.loads(state(server, "list", "--json"))
    shown = state(server, "show", "--world", "a").splitlines()

    assert lines[0].split() == ["world", "records", "requests", "stubs", "idle", "clock"]
    assert [line.split()[:4] for line in lines[1:]] == [["default", "1", "0", "0"], ["a", "2", "1", "0"]]
    assert lines[1].endswith("2026-01-02T12:00:00.000Z frozen")
    assert [world["name"] for world in listed["worlds"]] == ["default", "a"]
    assert [line.split() for line in shown] == [["document", "resource", "records"], ["api", "pets", "2"]]
    records = state(server, "show", "--world", "a", "--resource", "pets").splitlines()
    assert [json.loads(line)["name"] for line in records][1:] == ["Rex"]


def test_world_is_reset_cloned_and_deleted(server: httpx.Client) -> None:
    add(server, "a", "Rex")
    state(server, "clone", "b", "--world", "a")
    assert state(server, "reset", "--world", "a") == "a: 1 records, as at the beginning\n"
    assert (names(server, "a"), names(server, "b")) == ([], ["Rex"])
    state(server, "delete", "--world", "b")
    assert [world["name"] for world in server.get("/__mock__/worlds").json()["worlds"]] == ["default", "a"]


def test_clock_is_told_frozen_advanced_and_let_go(server: httpx.Client) -> None:
    options = ("--world", "a")
    at = "2030-01-01T00:00:00Z"
    assert state(server, "clock", *options) == "a: 2026-01-02T12:00:00.000Z frozen\n"
    assert state(server, "clock", "--freeze", "--at", at, "--advance", "1h30m", *options) == (
        "a: 2030-01-01T01:30:00.000Z frozen\n"
    )
    assert " running, " in state(server, "clock", "--run", "--at", at, *options)
    assert state(server, "clock", "--run", *options).endswith("running\n")


def test_snapshot_is_written_as_files_and_restored_whole(server: httpx.Client, tmp_path: Path) -> None:
    gone = add(server, "a", "Tom")
    server.delete(f"/@a/pets/{gone}")
    kept = add(server, "a", "Räx: the 'dog'")
    said = state(server, "snapshot", str(tmp_path / "kept"), "--world", "a")
    assert said == f"a: 2 records in 1 files below {tmp_path / 'kept'}\n"
    text = (tmp_path / "kept" / "fixtures" / "api" / "pets.yaml").read_text("utf-8")
    assert yaml.safe_load(text)[1] == {"id": kept, "name": "Räx: the 'dog'"}
    assert "Räx" in text

    add(server, "a", "more")
    assert state(server, "restore", str(tmp_path / "kept"), "--world", "a") == (
        f"a: 2 records, as in {tmp_path / 'kept'}\n"
    )
    assert names(server, "a") == ["Räx: the 'dog'"]
    state(server, "diff", str(tmp_path / "kept"), "a")
    state(server, "restore", str(tmp_path / "kept"), "--world", "b")
    state(server, "diff", "a", "b")
    assert add(server, "a", "next") == add(server, "b", "next") == "pet_4", "no id is given twice"


def test_snapshot_becomes_fixtures_that_are_served(
    server: httpx.Client, folder: Path, tmp_path: Path
) -> None:
    add(server, "a", "Rex")
    before = server.get("/@a/pets").json()
    state(server, "snapshot", str(tmp_path / "kept"), "--world", "a")

    with running_server("api.yaml", "--fixtures", str(tmp_path / "kept/fixtures"), cwd=str(folder)) as other:
        assert httpx.get(f"{other}/pets").json()[: len(before)] == before


def test_snapshot_replaces_an_earlier_one_and_nothing_else(server: httpx.Client, tmp_path: Path) -> None:
    add(server, "a", "Rex")
    state(server, "snapshot", str(tmp_path / "kept"), "--world", "a")
    mine = tmp_path / "kept" / "fixtures" / "api" / "README"
    mine.write_text("mine")
    state(server, "snapshot", str(tmp_path / "kept"))
    assert len(yaml.safe_load((tmp_path / "kept/fixtures/api/pets.yaml").read_text())) == 1
    assert mine.read_text() == "mine"

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("years of work")
    done = run("state", "snapshot", str(tmp_path / "other"), "--url", str(server.base_url))
    assert_wrong_use(done, "is not empty, and has no snapshot")


def test_difference_is_readable_and_an_exit_code(server: httpx.Client, tmp_path: Path) -> None:
    add(server, "a", "Rex")
    state(server, "clone", "b", "--world", "a")
    assert state(server, "diff", "a", "b") == "a and b hold the same\n"

    first = add(server, "b", "Tom")
    server.delete("/@b/pets/pet_2")
    server.put("/@b/__mock__/clock", json={"mode": "running"})
    server.post("/@b/__mock__/stubs", json={"operation": "getPet", "status": 400})
    text = state(server, "diff", "a", "b", code=1)
    assert text.splitlines()[:5] == [
        "--- a", "+++ b", "api pets", '  - pet_2  {"id":"pet_2","name":"Rex"}',
        f'  + {first}  {{"id":"{first}","name":"Tom"}}',
    ]  # fmt: skip
    assert 'clock: {"mode":"frozen"' in text
    assert 'stub + {"id":1' in text
    assert json.loads(state(server, "diff", "a", "b", "--json", code=1))["same"] is False
    state(server, "snapshot", str(tmp_path / "b"), "--world", "b")
    assert state(server, "diff", "a", str(tmp_path / "b"), code=1).splitlines()[2:] == text.splitlines()[2:]


def test_changed_record_is_shown_by_what_has_changed(server: httpx.Client, tmp_path: Path) -> None:
    add(server, "a", "Rex")
    state(server, "snapshot", str(tmp_path / "kept"), "--world", "a")
    file = tmp_path / "kept" / "fixtures" / "api" / "pets.yaml"
    file.write_text(file.read_text().replace("Rex", "Tom"))

    assert '      /name: "Tom" -> "Rex"' in state(server, "diff", str(tmp_path / "kept"), "a", code=1)
    state(server, "restore", str(tmp_path / "kept"), "--world", "a")
    assert names(server, "a") == ["Tom"]


# What goes wrong.


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("list", "--url", "http://127.0.0.1:1"), ("no mock server answers at http://127.0.0.1:1/__mock__",)),
        (("list", "--url", "nonsense"), ("is no URL of a server",)),
        (("list", "--url", "ftp://x"), ("is no URL of a server",)),
        (("restore", "nowhere"), ("there is no snapshot in nowhere",)),
        (("clock", "--freeze", "--run"), ("say --freeze or --run",)),
        (("clock", "--at", "2030-01-01T00:00:00Z"), ("(--freeze)",)),
        (("delete",), ("Missing option",)),
    ],
)
def test_wrong_use_is_told_in_one_message(arguments: tuple[str, ...], parts: tuple[str, ...]) -> None:
    assert_wrong_use(run("state", *arguments), *parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("delete", "--world", "nope"), ("there is no world 'nope'",)),
        (("delete", "--world", "default"), ("can be reset",)),
        (("show", "--world", "a b"), ("is no name for a world",)),
        (("clock", "--advance", "soon"), ("is no length of time",)),
        (("clone", "x", "--world", "nope"), ("there is no world 'nope'",)),
        (("show", "--resource", "toys"), ("there is no resource 'toys'",)),
        (("list", "--control-path", "/pets"), ("is no control API of mockserver",)),
    ],
)
def test_refusal_of_the_server_is_told(
    server: httpx.Client, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    assert_wrong_use(run("state", *arguments, "--url", str(server.base_url)), *parts)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("name: {}", "/data/name"),
        ("name: Rex\n- {id: pet_9, name: Tom}", "has 3 records, and snapshot.yaml knows 2"),
        ("name: [", "YAML"),
    ],
)
def test_snapshot_that_was_broken_by_hand_is_refused_with_the_place(
    server: httpx.Client, tmp_path: Path, change: str, part: str
) -> None:
    add(server, "a", "Rex")
    state(server, "snapshot", str(tmp_path / "kept"), "--world", "a")
    file = tmp_path / "kept" / "fixtures" / "api" / "pets.yaml"
    file.write_text(file.read_text().replace("name: Rex", change))

    done = run("state", "restore", str(tmp_path / "kept"), "--world", "a", "--url", str(server.base_url))
    assert_wrong_use(done, part)
    assert names(server, "a") == ["Rex"]


def test_names_that_can_be_no_files_are_refused(tmp_path: Path) -> None:
    from mockserver.cli import snapshot_files
    from mockserver.errors import UsageError

    parts: dict[str, Any] = {"records": [], "deleted": [], "counters": {}}
    for name in ("../up", "a/b", ".hidden", "", "a\x00"):
        with pytest.raises(UsageError, match="can be no name of a file"):
            snapshot_files.write({"documents": {"api": {name: parts}}}, tmp_path / "kept")
