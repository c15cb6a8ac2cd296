"""Each document has a name of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.errors import UsageError
from mockserver.settings import Source
from mockserver.sources.names import names_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (Path("specs/My API.v2.yaml"), "my-api-v2"),
        (Path("openapi.yaml"), "openapi"),
        ("-", "stdin"),
        ("https://example.com/v1/Pet%20Store.json?x=a.b", "pet-store"),
        ("https://example.com/api/v3/openapi.json", "openapi"),
        ("https://pets.example.com:8080/", "pets-example-com"),
        ("https://example.com/docs/", "docs"),
    ],
)
def test_single_document_is_named_after_its_file(path: Path | str, name: str) -> None:
    assert names_of([Source(path)]) == [name]


def test_given_name_wins() -> None:
    assert names_of([Source("-", "pets"), Source(Path("a.yaml"), "Pets_2")]) == ["pets", "Pets_2"]


def test_names_that_say_nothing_give_way_to_those_of_the_folders() -> None:
    paths = ["billing/openapi.yaml", "users/openapi.json", "pets.yaml"]

    assert names_of([Source(Path(path)) for path in paths]) == ["billing", "users", "pets"]


def test_folders_of_one_name_give_way_to_those_above() -> None:
    paths = ["billing/v1/api.yaml", "users/v1/api.yaml"]

    assert names_of([Source(Path(path)) for path in paths]) == ["billing", "users"]


def test_urls_of_one_name_are_told_apart_by_what_differs() -> None:
    urls = ["https://a.example.com/v1/openapi.json", "https://b.example.com/v1/openapi.json"]

    assert names_of([Source(url) for url in urls]) == ["a-example-com", "b-example-com"]


def test_given_name_keeps_its_vague_name_and_the_other_gives_way() -> None:
    found = names_of([Source(Path("a/x.yaml"), "openapi"), Source(Path("b/openapi.yaml"))])

    assert found == ["openapi", "b"]


@pytest.mark.parametrize(
    "sources",
    [
        [Source(Path("a/pets.yaml")), Source(Path("b/pets.yaml"))],
        [Source(Path("a/openapi.yaml")), Source(Path("a/openapi.json"))],
        [Source(Path("a/openapi.yaml")), Source(Path("b/openapi.yaml")), Source(Path("c.yaml"), "a")],
    ],
    ids=["telling", "same folders", "folder is taken"],
)
def test_two_documents_of_one_name_are_refused(sources: list[Source]) -> None:
    with pytest.raises(UsageError, match=r"two documents have the name .*\n.*serve other="):
        names_of(sources)


@pytest.mark.parametrize("name", ["", "a/b", "ä", "-x"])
def test_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a document"):
        names_of([Source("-", name)])
