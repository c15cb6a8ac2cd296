"""Changes of files are noticed by their stamps."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mockserver.server.watching import Group, Watch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data" / "deep").mkdir(parents=True)
    for name in ("a.yaml", "data/b.yaml", "data/deep/c.yaml"):
        (tmp_path / name).write_text("1")
    return tmp_path


def write(path: Path) -> None:
    path.write_text("changed")


def replace(path: Path) -> None:
    aside = path.with_name(".aside")
    aside.write_text("1")
    os.utime(aside, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    aside.replace(path)


@pytest.mark.parametrize("change", [write, replace, Path.unlink, Path.touch])
@pytest.mark.parametrize("name", ["a.yaml", "data/b.yaml", "data/deep/c.yaml"])
def test_change_of_a_file_is_noticed_once(folder: Path, name: str, change: object) -> None:
    watch = Watch({"file": Group([folder / "a.yaml"]), "folder": Group([folder / "data"])})
    assert watch.changed() == set()

    change(folder / name)  # type: ignore[operator]

    assert watch.changed() == {"file" if name == "a.yaml" else "folder"}
    assert watch.changed() == set()


def test_file_that_appears_is_noticed(folder: Path) -> None:
    watch = Watch({"new": Group([folder / "new.yaml"]), "folder": Group([folder / "none"])})

    (folder / "new.yaml").write_text("")
    (folder / "none").mkdir()
    (folder / "none" / "file").write_text("")

    assert watch.changed() == {"new", "folder"}


def test_folder_of_depth_0_is_only_its_names(folder: Path) -> None:
    watch = Watch({"names": Group([folder / "data"], depth=0)})

    write(folder / "data" / "b.yaml")
    write(folder / "data" / "deep" / "c.yaml")
    assert watch.changed() == set()

    (folder / "data" / "new.yaml").write_text("")
    assert watch.changed() == {"names"}


def test_change_while_other_files_are_chosen_is_not_lost(folder: Path) -> None:
    watch = Watch({"a": Group([folder / "a.yaml"])})
    write(folder / "a.yaml")

    watch.look_at({"a": Group([folder / "a.yaml", folder / "data"])}, since_ns=None)

    assert watch.changed() == {"a"}


def test_file_that_changed_since_it_was_read_counts_as_changed(folder: Path) -> None:
    began_ns = time.time_ns() + 1_000_000_000
    os.utime(folder / "a.yaml", ns=(began_ns, began_ns + 1))
    groups = {"a": Group([folder / "a.yaml"]), "b": Group([folder / "data" / "b.yaml"])}

    assert Watch(groups, since_ns=began_ns).changed() == {"a"}


def test_what_is_being_written_is_waited_for(folder: Path) -> None:
    watch = Watch({"a": Group([folder / "a.yaml"]), "b": Group([folder / "data" / "b.yaml"])})
    texts = ["12", "123", "1234"]

    def sleep(_: float) -> None:
        if texts:
            (folder / "a.yaml").write_text(texts.pop())
            write(folder / "data" / "b.yaml")

    write(folder / "a.yaml")

    assert watch.settled(sleep) == {"a", "b"}
    assert texts == []


def test_what_never_settles_is_not_waited_for_for_ever(folder: Path) -> None:
    watch = Watch({"a": Group([folder / "a.yaml"])})
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        (folder / "a.yaml").write_text("x" * len(naps))

    write(folder / "a.yaml")

    assert watch.settled(sleep) == {"a"}
    assert 1 < sum(naps) < 2.5
