"""A folder stands for the root documents in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.errors import UsageError
from mockserver.settings import Source
from mockserver.sources.finding import expand, is_root, roots

ROOT = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n"


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(paths: list[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


@pytest.mark.parametrize(
    "text",
    [
        ROOT,
        "# a comment\n---\n" + ROOT,
        'info: {title: A}\n"openapi": 3.0.0\n',
        "  info: {title: A}\n  openapi: 3.0.0\n",
        "swagger: '2.0'\n",
        '{"info": {}, "swagger": "2.0"}',
        "{openapi: 3.1.0, paths: {}}",
        "\ufeffopenapi: 3.1.0\n",
        '{"openapi": "3.1.0", "paths": ',
        "openapi: 3.1.0\npaths: [\n",
    ],
    ids=[
        "yaml",
        "comment",
        "later and quoted",
        "indented",
        "2.0",
        "json",
        "flow",
        "bom",
        "cut json",
        "cut yaml",
    ],
)
def test_text_that_says_openapi_at_its_top_is_a_root(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)

    assert is_root(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "text",
    [
        "type: object\nproperties:\n  openapi: {type: string}\n",
        '{"type": "object", "example": {"openapi": "3.1.0"}}',
        "overlay: 1.0.0\nactions: []\n",
        "plan: '1'\n",
        "description: |\n  openapi: 3.1.0\n",
        "- openapi: 3.1.0\n",
        "",
    ],
    ids=["schema", "example", "overlay", "plan", "block text", "list", "empty"],
)
def test_text_that_says_it_elsewhere_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)

    assert not is_root(tmp_path / "a.yaml")


def test_all_roots_at_the_top_of_a_folder_are_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        pets_yaml=ROOT,
        billing_json='{"openapi": "3.1.0"}',
        pets_plan_yaml="plan: '1'",
        schemas__pet_yaml="type: object",
        parts__other_yaml=ROOT,
        readme_md=ROOT,
    )

    assert names(roots(tmp_path), tmp_path) == ["billing.json", "pets.yaml"]


def test_same_document_in_two_formats_is_found_once(tmp_path: Path) -> None:
    write(tmp_path, openapi_json='{"openapi": "3.1.0"}', openapi_yaml=ROOT)

    assert names(roots(tmp_path), tmp_path) == ["openapi.yaml"]


def test_root_below_is_found_when_there_is_none_at_the_top(tmp_path: Path) -> None:
    write(tmp_path, package_json="{}", docs__api__main_yaml=ROOT, fixtures__x__openapi_yaml=ROOT)

    assert names(roots(tmp_path), tmp_path) == ["docs/api/main.yaml"]


def test_of_several_roots_below_the_one_with_a_usual_name_is_taken(tmp_path: Path) -> None:
    write(tmp_path, a__partner_yaml=ROOT, b__openapi_yaml=ROOT)

    assert names(roots(tmp_path), tmp_path) == ["b/openapi.yaml"]


def test_several_roots_below_without_a_usual_name_are_listed(tmp_path: Path) -> None:
    write(tmp_path, a__one_yaml=ROOT, b__two_yaml=ROOT)

    with pytest.raises(UsageError, match=r"name those that are meant: a/one.yaml, b/two.yaml"):
        roots(tmp_path)


def test_folder_without_documents_says_what_was_looked_at(tmp_path: Path) -> None:
    write(tmp_path, a_yaml="type: object", b__c_json="{}", d_txt=ROOT)

    with pytest.raises(UsageError, match=r"holds no OpenAPI document: 2 JSON or YAML files in it and below"):
        roots(tmp_path)


def test_folder_of_several_documents_cannot_have_one_name(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=ROOT, b_yaml=ROOT)

    with pytest.raises(UsageError, match="2 documents, which cannot all have the name 'x'"):
        expand(Source(tmp_path, "x"))


def test_folder_hands_its_locale_on(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=ROOT)

    assert expand(Source(tmp_path, "x", "de_DE")) == [Source(tmp_path / "a.yaml", "x", "de_DE")]


@pytest.mark.parametrize("path", ["-", "https://example.com/"])
def test_what_is_no_folder_stands_for_itself(path: str) -> None:
    assert expand(Source(path)) == [Source(path)]
