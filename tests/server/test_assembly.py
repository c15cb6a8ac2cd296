"""What of a document's surroundings goes into its application: locale, names, fixtures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.document.model import Severity
from mockserver.errors import DocumentError, UsageError
from mockserver.server.assembly import assemble
from mockserver.settings import Settings, Source

from .conftest import NOON, answers, client_of, document

pytestmark = pytest.mark.anyio

NAMES = {"type": "object", "required": ["firstName"], "properties": {"firstName": {"type": "string"}}}
PEOPLE = {"type": "array", "minItems": 20, "items": NAMES}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def write(path: Path, **more: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    people = {"get": {"operationId": "listPeople", "responses": answers(PEOPLE)}}
    path.write_text(yaml.safe_dump(document({f"/{path.parent.name}-{path.stem}": people}, **more)))
    return path


async def names(settings: Settings, path: str) -> str:
    client = client_of(assemble(settings, lambda: NOON))
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(person["firstName"] for person in answer.json())


@pytest.mark.parametrize(
    ("source", "declared", "chosen", "is_japanese"),
    [
        (None, None, "en_US", False),
        (None, None, "ja_JP", True),
        (None, "ja-JP", "de_DE", True),
        ("de_DE", "ja_JP", "ja_JP", False),
        ("ja_JP", "de_DE", "en_US", True),
    ],
)
async def test_locale_is_that_of_the_source_then_of_the_document_then_of_the_settings(
    tmp_path: Path, source: str | None, declared: str | None, chosen: str, is_japanese: bool
) -> None:
    more = {"x-mock": {"locale": declared}} if declared else {}
    path = write(tmp_path / "a" / "people.yaml", **more)

    found = await names(Settings(documents=(Source(path, locale=source),), locale=chosen), "/a-people")

    assert any(character > "\u3000" for character in found) is is_japanese


@pytest.mark.parametrize("locale", ["de_DX", 5, ["de_DE"]])
def test_unknown_locale_stops_the_start_with_a_message(tmp_path: Path, locale: Any) -> None:
    path = write(tmp_path / "a" / "people.yaml", **{"x-mock": {"locale": locale}})

    with pytest.raises(UsageError, match=r"^people: there is no locale .*(de_|they look like)") as caught:
        assemble(Settings(documents=(Source(path),)), lambda: NOON)

    assert "\n" not in str(caught.value)


async def test_two_files_of_a_vague_name_are_served_under_their_folders(tmp_path: Path) -> None:
    paths = [write(tmp_path / name / "openapi.yaml") for name in ("billing", "users")]

    application = assemble(Settings(documents=tuple(map(Source, paths))), lambda: NOON)

    assert [served.name for served in application.documents] == ["billing", "users"]
    client = client_of(application)
    assert (await client.get("/billing/billing-openapi")).status_code == 200
    assert (await client.get("/users-openapi")).status_code == 200


@pytest.mark.parametrize("folder", ["fixtures/people", "fixtures/openapi", "../fixtures/people"])
async def test_fixtures_lie_by_the_name_of_the_document_or_of_its_file(tmp_path: Path, folder: str) -> None:
    path = write(tmp_path / "a" / "openapi.yaml")
    canned = path.parent / folder / "listPeople" / "200.json"
    canned.parent.mkdir(parents=True)
    canned.write_text('[{"firstName": "Canned"}' + ', {"firstName": "More"}' * 19 + "]")

    found = await names(Settings(documents=(Source(path, "people"),)), "/a-openapi")

    assert found.startswith("Canned More")


def test_hint_that_nobody_knows_is_a_warning_with_names_near_to_it(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    schema = {"type": "string", "x-faker": "frist_name"}
    people = {"get": {"operationId": "listPeople", "responses": answers(schema)}}
    path.write_text(yaml.safe_dump(document({"/people": people})))

    (served,) = assemble(Settings(documents=(Source(path),)), lambda: NOON).documents

    (fault,) = served.document.faults
    assert (fault.rule, fault.severity) == ("x-faker", Severity.WARNING)
    assert fault.pointer.endswith("/schema/x-faker")
    assert "first_name" in fault.message


# What in a plan does not fit.


def with_plan(tmp_path: Path, plan: dict[str, Any]) -> Path:
    path = write(tmp_path / "a" / "people.yaml")
    path.with_name("people.plan.yaml").write_text(yaml.safe_dump({"plan": "1", **plan}))
    return path


def test_what_in_a_plan_does_not_fit_is_among_the_faults_of_the_document(tmp_path: Path) -> None:
    path = with_plan(tmp_path, {"operations": {"listPeeple": None}})

    (served,) = assemble(Settings(documents=(Source(path),)), lambda: NOON).documents

    (fault,) = [fault for fault in served.document.faults if fault.rule == "plan"]
    assert (fault.file, fault.pointer) == (str(path.with_name("people.plan.yaml")), "/operations/listPeeple")


def test_strict_start_is_refused_for_what_in_a_plan_does_not_fit(tmp_path: Path) -> None:
    path = with_plan(tmp_path, {"operations": {"listPeeple": None}})

    with pytest.raises(DocumentError, match="did you mean 'listPeople'"):
        assemble(Settings(documents=(Source(path),), strict=True), lambda: NOON)
