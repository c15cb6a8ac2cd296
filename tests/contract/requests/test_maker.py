"""Requests that are made from a document are valid, and about the records that they are meant for."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.contract.reading import at
from mockserver.contract.requests.maker import Maker
from mockserver.contract.requests.places import learnt
from mockserver.contract.requests.slots import Slot, Unbound, filled, put
from mockserver.contract.requests.writing import write_draft
from mockserver.document import builder, plan_file
from mockserver.document.model import Document
from mockserver.document.plan import ABSENT, Plan
from mockserver.errors import Json
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator
from mockserver.mocking.judging import Judge

TESTS = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted((TESTS / "scenarios" / "documents").glob("*[!n].yaml")),
    *sorted((TESTS / "corpus" / "documents").glob("*.[jy]*")),
]
DOCUMENTS = [path for path in DOCUMENTS if not path.name.endswith(".plan.yaml")]
SHELTER = TESTS / "scenarios" / "documents" / "shelter.yaml"


def opened(path: Path) -> tuple[Document, Plan]:
    document = builder.load(path)
    return document, plan_file.load(document)


def records(document: Document, plan: Plan) -> dict[str, Json]:
    """Return a valid record of each resource."""
    generator = Generator(document.response_schemas, Dice(0))
    found: dict[str, Json] = {}
    for resource in plan.resources.values():
        record = generator.value(resource.schema, key=(resource.name,))
        path = tuple(resource.id_property.split("."))
        found[resource.name] = record if at(record, path) not in (None, ABSENT) else put(record, path, "abc")
    return found


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_request_of_each_operation_is_valid_by_its_document(path: Path, seed: int) -> None:
    document, plan = opened(path)
    maker, judge, bindings = Maker(document, plan, seed=seed), Judge(document), records(document, plan)

    for operation in document.operations.values():
        draft = maker.draft(operation, {name: name for name in plan.resources}, variant=seed)
        judged = judge.judge(write_draft(document, draft, bindings).message("http://api"))

        assert judged.operation is operation
        # What is a record's own is as the record is, and credentials are another matter.
        told = [item for item in judged.request if item.location[0] not in ("path", "security")]
        assert [str(item) for item in told] == []


def test_ids_of_a_path_are_those_of_the_record_and_its_parents() -> None:
    document, plan = opened(SHELTER)
    draft = Maker(document, plan).draft(document.operations["getPet"], {"shelters": "home", "pets": "rex"})

    assert draft.path == {"shelterId": Slot("home", ("id",)), "petId": Slot("rex", ("id",))}


def test_same_seed_makes_the_same_request_and_another_makes_another() -> None:
    document, plan = opened(SHELTER)
    operation = document.operations["createShelter"]
    bodies = [Maker(document, plan, seed=seed).draft(operation).body for seed in (1, 1, 2)]

    assert bodies[0] == bodies[1] != bodies[2]


def test_reference_in_a_body_leads_to_the_record_that_is_there() -> None:
    document, plan = opened(SHELTER)
    draft = Maker(document, plan).draft(document.operations["createAdoption"], {"pets": "rex"})

    assert draft.body == {"petId": Slot("rex", ("id",))}


def test_request_about_a_record_that_nobody_has_made_is_not_written() -> None:
    with pytest.raises(Unbound, match=r"nothing is known of rex\.id"):
        filled({"petId": Slot("rex", ("id",))}, {})


def test_unknown_record_has_an_id_of_its_own() -> None:
    document, plan = opened(SHELTER)
    maker = Maker(document, plan)
    draft = maker.draft(document.operations["getPet"], {"shelters": "home", "pets": "rex"})
    unknown = maker.unknown(draft)

    assert unknown is not None
    assert unknown.path["shelterId"] == Slot("home", ("id",))
    assert isinstance(unknown.path["petId"], str)


def test_record_is_learnt_from_body_or_location() -> None:
    _, plan = opened(SHELTER)
    create = plan.operations["createShelter"]

    assert learnt(create, {"id": "s1", "name": "Paws"}, {}) == {"id": "s1", "name": "Paws"}
    assert learnt(create, None, {"location": "http://api/v1/shelters/s%201?x=1"}) == {"id": "s 1"}
    assert learnt(create, None, {}) is None
