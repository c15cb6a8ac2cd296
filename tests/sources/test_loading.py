"""Documents of several files, from wherever the first one comes."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from mockserver.errors import DocumentError, UsageError
from mockserver.settings import Beside, Settings, Source
from mockserver.sources import load, named

ROOT = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets: {$ref: paths/pets.yaml}
  /hosts: {$ref: "file:///etc/hostname"}
"""
PETS = """
get:
  operationId: listPets
  responses: {"200": {description: Fine., content: {application/json: {schema: {$ref: ../pet.yaml}}}}}
"""
PET = "{type: object, properties: {name: {const: Rex}}}"
FILES = {"api/openapi.yaml": ROOT, "api/paths/pets.yaml": PETS, "api/pet.yaml": PET}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def assert_served(source: Source, name: str) -> None:
    (loaded,) = load([source])
    document = loaded.document
    assert document.name == name
    assert "listPets" in document.operations
    media = document.operations["listPets"].responses["200"].content["application/json"]
    assert media.schema is not None
    validator = document.response_schemas.validator(media.schema)
    assert validator.is_valid({"name": "Rex"})
    assert not validator.is_valid({"name": "Tom"})


def test_file_finds_what_it_refers_to(folder: Path) -> None:
    assert_served(Source(folder / "api" / "openapi.yaml"), "openapi")


def test_folder_finds_what_its_document_refers_to(folder: Path) -> None:
    assert_served(Source(folder), "openapi")


def test_url_finds_what_it_refers_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        place = url.removeprefix("https://example.com/")
        if place not in FILES:
            raise DocumentError(f"cannot read {url}")
        return FILES[place].encode()

    monkeypatch.setattr("mockserver.sources.fetching.fetch", fetch)

    assert_served(Source("https://example.com/api/openapi.yaml", "pets"), "pets")

    assert asked == [f"https://example.com/{name}" for name in FILES]


def test_document_of_the_web_reads_no_file_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "mockserver.sources.fetching.fetch",
        lambda url: FILES[url.removeprefix("https://example.com/")].encode(),
    )

    (loaded,) = load([Source("https://example.com/api/openapi.yaml")])

    assert any("/etc/hostname" in fault.message for fault in loaded.document.faults)


def test_standard_input_finds_what_it_refers_to_in_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "api")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ROOT.encode())))

    assert_served(Source("-", "pets"), "pets")


def test_error_in_a_document_of_the_web_names_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.sources.fetching.fetch", lambda url: b"[1]")

    with pytest.raises(DocumentError, match=r"https://example.com/api.yaml is no OpenAPI document"):
        load([Source("https://example.com/api.yaml")])


# What belongs to one document.


def test_what_stands_apart_goes_to_the_document_of_its_name(tmp_path: Path) -> None:
    sources = [Source(tmp_path / "pets.yaml"), Source(tmp_path / "toys.yaml", overlays=("own.yaml",))]
    settings = Settings(
        plan=(Beside("p.yaml", "pets"),),
        overlay=(Beside("a.yaml", "toys"), Beside("b.yaml", "pets"), Beside("c.yaml", "toys")),
    )

    (pets, _), (toys, _) = named(sources, settings)

    assert (pets.plan, pets.overlays) == (Path("p.yaml"), ("b.yaml",))
    assert (toys.plan, toys.overlays) == (None, ("own.yaml", "a.yaml", "c.yaml"))


def test_what_stands_apart_needs_no_name_beside_one_document(tmp_path: Path) -> None:
    ((source, _),) = named([Source(tmp_path / "pets.yaml")], Settings(handlers=(Beside("app.handlers"),)))

    assert source.handlers == ("app.handlers",)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            Settings(plan=(Beside("p.yaml"),)),
            "--plan p.yaml: which of 2 documents is meant? Write --plan NAME=p.yaml",
        ),
        (Settings(overlay=(Beside("o.yaml", "cats"),)), "there is no document 'cats', only pets, toys"),
        (
            Settings(plan=(Beside("a", "pets"), Beside("b", "pets"))),
            "a document has one plan, pets was given a and b",
        ),
    ],
)
def test_what_belongs_to_no_document_or_to_several_is_refused(
    tmp_path: Path, settings: Settings, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        named([Source(tmp_path / "pets.yaml"), Source(tmp_path / "toys.yaml")], settings)

    assert said in str(caught.value)
