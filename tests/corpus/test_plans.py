"""The scorer of plans sees what a plan gets right and wrong; labels are read strictly."""

import re
import sys
from collections import Counter
from math import isnan
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))

from corpus import cli, plan_table, truth
from corpus.plans import Survey, place_of_records, precision_and_recall, score, survey

LABELS = """
drawn: all 6 operations
ids: {pet: tag}
parents: {toy: "GET /pets/{tag}"}
items: {POST /pets: /pet}
answers: {GET /pets: /data}
operations:
  GET /pets: list pet
  POST /pets: create pet
  "GET /pets/{tag}": get pet
  "PUT /pets/{tag}": replace|update pet
  "GET /pets/{tag}/toys": list toy
  GET /login: none
"""
IDS = {
    "GET /pets": "listPets", "POST /pets": "createPet", "GET /pets/{tag}": "getPet", "PUT /pets/{tag}": "putPet",
    "GET /pets/{tag}/toys": "listToys", "GET /login": "login",
}  # fmt: skip


@pytest.fixture
def labels(tmp_path: Path) -> truth.Truth:
    (tmp_path / "pets.yaml").write_text(LABELS)
    return truth.read(tmp_path / "pets.yaml")


@pytest.fixture
def plan() -> dict[str, Any]:
    """A plan that is right in everything."""
    pets = {"resource": "pets"}
    return {
        "resources": {
            "pets": {"schema": "Pet", "id": {"property": "tag"}},
            "toys": {"schema": "Toy", "references": {"petTag": {"resource": "pets", "path": "tag"}}},
        },
        "operations": {
            "listPets": {"action": "list", **pets, "answer": {"data": "$page.items", "total": "$page.total"}},
            "createPet": {"action": "create", **pets, "item": "$request.body#/pet"},
            "getPet": {"action": "get", **pets},
            "putPet": {"action": "replace", **pets},
            "listToys": {"action": "list", "resource": "toys"},
        },
    }


def test_right_plan_has_full_score(labels: truth.Truth, plan: dict[str, Any]) -> None:
    found = score(labels, plan, IDS)

    assert (found.right, found.labelled, found.open) == (6, 6, 1)
    assert (found.mistakes, found.joined, found.split) == ([], [], [])
    assert (found.same, found.apart) == (6, 4)
    assert sorted(detail.kind for detail in found.details if detail.is_right) == [
        "answer",
        "id",
        "item",
        "parent",
    ]
    assert precision_and_recall(found.actions) == (1, 1)


def test_any_of_several_right_actions_counts_but_not_strictly(
    labels: truth.Truth, plan: dict[str, Any]
) -> None:
    plan["operations"]["putPet"]["action"] = "update"

    found = score(labels, plan, IDS)

    assert found.right == 6
    assert precision_and_recall(found.actions, "update") == (1, 1)
    assert found.strict["replace", "update"] == 1


def test_missed_and_invented_actions_lower_recall_and_precision(
    labels: truth.Truth, plan: dict[str, Any]
) -> None:
    del plan["operations"]["listToys"]
    plan["operations"]["login"] = {"action": "get", "resource": "pets"}
    plan["operations"]["createPet"]["action"] = "update"

    found = score(labels, plan, IDS, {"listToys": "the answer is no list"})

    assert [(one.operation, one.expected, one.seen, one.note) for one in found.mistakes] == [
        ("POST /pets", "create", "update", ""),
        ("GET /pets/{tag}/toys", "list", "none", "the answer is no list"),
        ("GET /login", "none", "get", ""),
    ]
    assert precision_and_recall(found.actions) == (3 / 5, 3 / 5)
    assert precision_and_recall(found.actions, "list") == (1, 1 / 2)
    assert precision_and_recall(found.actions, "get") == (1 / 2, 1)
    assert all(map(isnan, precision_and_recall(found.actions, "delete")))


def test_operation_that_the_plan_calls_stateless_is_none(labels: truth.Truth, plan: dict[str, Any]) -> None:
    plan["operations"]["login"] = {"action": "none"}
    plan["operations"]["listToys"] = None

    found = score(labels, plan, IDS)

    assert [one.operation for one in found.mistakes] == ["GET /pets/{tag}/toys"]


def test_grouping_is_compared_by_pairs_whatever_the_names(labels: truth.Truth, plan: dict[str, Any]) -> None:
    plan["operations"]["listToys"]["resource"] = "pets"
    plan["operations"]["putPet"]["resource"] = "animals"

    found = score(labels, plan, IDS)

    assert [set(pair) for pair in found.split] == [
        {"GET /pets", "PUT /pets/{tag}"},
        {"POST /pets", "PUT /pets/{tag}"},
        {"GET /pets/{tag}", "PUT /pets/{tag}"},
    ]
    assert len(found.joined) == 3
    assert (found.same, found.apart) == (3, 1)


def test_wrong_details_are_told(labels: truth.Truth, plan: dict[str, Any]) -> None:
    del plan["resources"]["pets"]["id"]
    plan["resources"]["toys"]["references"] = {"owner": "toys"}
    del plan["operations"]["createPet"]["item"]
    plan["operations"]["listPets"]["answer"] = {"result": {"pets": "$page.items"}}

    found = score(labels, plan, IDS)

    assert [(one.kind, one.expected, one.seen) for one in found.details if not one.is_right] == [
        ("id", "tag", "id"), ("parent", "pets", "toys"), ("item", "/pet", ""), ("answer", "/data", "/result/pets"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        (None, ""),
        ("$record", ""),
        ({"pet": "$record", "note": None}, "/pet"),
        ({"meta": {"total": "$page.total"}, "embedded": {"pets": "$page.items"}}, "/embedded/pets"),
        (["$record"], "/0"),
        ({"ok": True}, "?"),
    ],
)
def test_place_of_records_is_read_from_the_answer(answer: Any, place: str) -> None:
    assert place_of_records(answer) == place


def test_tables_tell_what_disagrees(labels: truth.Truth, plan: dict[str, Any]) -> None:
    del plan["operations"]["getPet"]
    surveys = [
        Survey("pets", 6, 4, 2, 0.1, 0.002, "", {"first": score(labels, plan, IDS)}),
        Survey("odd", problem="TypeError: x"),
    ]

    assert re.search(r"^pets +6 +4 +2 +0.10 +2 +5/6 +-$", plan_table.documents_table(surveys), re.MULTILINE)
    assert "TypeError: x" in plan_table.documents_table(surveys)
    assert "0.800" in plan_table.actions_table(surveys, "first").splitlines()[-1]
    assert "answer: 1/1 agree" in plan_table.resources_text(surveys, "first")
    assert "GET /pets/{tag}: none, and get is right" in plan_table.mistakes_text(surveys, "first", 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("list pet", "fetch pet"), "'fetch' is no action"),
        (("GET /login: none", "GET /login: get"), "`ACTION[|ACTION] RESOURCE` or `none`"),
        (("drawn: all 6 operations\n", ""), "how the operations were chosen"),
        (("ids: {pet:", "ids: {dog:"), "no operation is labelled with the resource 'dog'"),
        (("answers: {GET /pets:", "answers: {GET /dogs:"), "'GET /dogs' is not labelled"),
        (("operations:", "operation:"), "a mapping with `operations`"),
    ],
)
def test_labels_that_are_wrong_are_refused(change: tuple[str, str], message: str, tmp_path: Path) -> None:
    file = tmp_path / "pets.yaml"
    file.write_text(LABELS.replace(*change))
    with pytest.raises(truth.BenchError) as refused:
        truth.read(file)
    assert message in str(refused.value)


def test_label_of_an_operation_that_is_not_there_is_refused(
    labels: truth.Truth, plan: dict[str, Any]
) -> None:
    with pytest.raises(truth.BenchError, match="no operation 'GET /login'"):
        score(labels, plan, {name: one for name, one in IDS.items() if name != "GET /login"})


def test_labels_of_the_corpus_are_well_formed_and_many() -> None:
    first, second = (
        [truth.read(path) for path in truth.labelled(one).values()] for one in truth.SAMPLES.values()
    )

    assert len(first) >= 12
    assert sum(len(one.operations) for one in first) >= 250
    assert sum(len(one.operations) for one in second) >= 150
    seen = {(one.name, operation) for one in first for operation in one.operations}
    assert not seen & {(one.name, operation) for one in second for operation in one.operations}


def test_command_surveys_documents_without_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "all.json"

    assert cli.main(["--plans", str(HERE / "pets.yaml"), "--json", str(file)]) == 0

    assert capsys.readouterr().out.startswith("document")
    assert '"name": "pets"' in file.read_text()


@pytest.mark.slow
@pytest.mark.skipif(not cli.FOLDER.is_dir(), reason="no corpus beside the checkout")
@pytest.mark.parametrize(("sample", "precision", "recall"), [("first", 0.97, 0.97), ("second", 0.95, 0.92)])
def test_plans_of_real_documents_are_near_what_a_person_would_want(
    sample: str, precision: float, recall: float
) -> None:
    documents = cli.find_documents(cli.FOLDER)
    files = truth.labelled(truth.SAMPLES[sample])

    surveys = [survey(name, documents[name], {sample: truth.read(file)}) for name, file in files.items()]

    assert [one.problem for one in surveys if one.problem] == []
    counts = sum((one.scores[sample].actions for one in surveys), Counter[tuple[str, str]]())
    seen = precision_and_recall(counts)
    assert seen[0] >= precision, plan_table.mistakes_text(surveys, sample, 2)
    assert seen[1] >= recall, plan_table.mistakes_text(surveys, sample, 2)
