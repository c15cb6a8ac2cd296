"""Which operations are tested."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.verify.selecting import Selection, select
from mockserver.document import builder
from mockserver.errors import UsageError

from .pets import PETS


def chosen(include: Any, exclude: Any = (), *, deprecated: bool = True) -> Selection:
    return Selection({"any": include}, {"any": exclude}, deprecated)


@pytest.mark.parametrize(
    ("include", "exclude", "labels"),
    [
        ((), (), None),
        (("getPet",), (), ["GET /pets/{id}"]),
        (("^/pets$",), (), ["GET /pets", "POST /pets"]),
        ((), ("deletePet", "^/pets$"), ["GET /pets/{id}"]),
        (("^/pets$",), ("createPet",), ["GET /pets"]),
    ],
)
def test_select_takes_ids_and_paths(pets: Path, include: Any, exclude: Any, labels: Any) -> None:
    assert select([builder.load(pets)], chosen(include, exclude)) == [labels]


@pytest.mark.parametrize(
    ("include", "exclude", "message"),
    [
        (("getCat",), (), "no operation has the id 'getCat'"),
        (("*",), (), "neither an operation id nor a regular expression"),
        (("getPet",), ("pets",), "no operation is left to test"),
    ],
)
def test_select_refuses_what_selects_nothing(pets: Path, include: Any, exclude: Any, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        select([builder.load(pets)], chosen(include, exclude))


def test_select_leaves_out_documents_without_a_chosen_operation(pets: Path) -> None:
    other = pets.with_name("cats.yaml")
    other.write_text(PETS.replace("/pets", "/cats"))

    found = select([builder.load(pets), builder.load(other)], chosen(["^/cats$"]))

    assert found == [[], ["GET /cats", "POST /cats"]]


TAGGED = """\
openapi: 3.1.0
info: {title: A, version: "1"}
paths:
  /a:
    get: {operationId: getA, tags: [red], responses: {"200": {description: Fine}}}
    put: {operationId: putA, tags: [red, blue], deprecated: true, responses: {"200": {description: Fine}}}
  /b:
    get: {operationId: getB, tags: [blue], responses: {"200": {description: Fine}}}
"""


@pytest.mark.parametrize(
    ("include", "exclude", "deprecated", "labels"),
    [
        ({"tag": ["blue"]}, {}, True, ["PUT /a", "GET /b"]),
        ({"tag": ["blue"], "method": ["get"]}, {}, True, ["GET /b"]),
        ({"tag": ["blue", "red"]}, {"id": ["getB"]}, True, ["GET /a", "PUT /a"]),
        ({"path": ["/a"]}, {"method": ["PUT"]}, True, ["GET /a"]),
        ({}, {}, False, ["GET /a", "GET /b"]),
    ],
)
def test_kinds_narrow_each_other_and_patterns_of_a_kind_add_up(
    tmp_path: Path, include: Any, exclude: Any, deprecated: bool, labels: list[str]
) -> None:
    (tmp_path / "a.yaml").write_text(TAGGED)
    document = builder.load(tmp_path / "a.yaml")

    assert select([document], Selection(include, exclude, deprecated)) == [labels]


def test_unknown_tag_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TAGGED)
    document = builder.load(tmp_path / "a.yaml")

    with pytest.raises(UsageError, match="no operation has the tag 'green'; there are blue, red"):
        select([document], Selection({"tag": ["green"]}))
