"""The teller of stories sees when an answer is not as the story or the document says, and goes on."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))

from corpus import cli, story, telling
from corpus.client import Answer
from corpus.reading import Op


def answer(body: Any, status: int = 200) -> Answer:
    return Answer(status, (("Location", "/pets/7"),), json.dumps(body).encode())


PETS = {"data": [{"id": 7, "name": "Rex"}, {"id": 8, "name": "Kim"}], "more": False}


@pytest.mark.parametrize(
    ("expected", "fault"),
    [
        ({}, None),
        ({"body": {"more": False}}, None),
        ({"body": {"data": [{"name": "Rex"}, {}]}}, None),
        ({"has": {"/data": {"id": 8}}, "lacks": {"/data": {"id": 9}}, "count": {"/data": 2}}, None),
        ({"headers": {"location": "~ ^/pets/"}}, None),
        ({"status": 201}, "the status is 200, not 201"),
        ({"body": {"more": 0}}, "the body is not like {'more': 0}"),
        ({"body": {"data": [{"name": "~ ^R"}]}}, "the body is not like"),
        ({"without": ["more"]}, "more is there"),
        ({"has": {"/data": {"id": 9}}}, "/data has no item like {'id': 9}"),
        ({"lacks": {"/data": {"id": 7}}}, "/data still has an item like {'id': 7}"),
        ({"count": {"/data": 3}}, "/data has 2 items, not 3"),
        ({"has": {"": {"id": 7}}}, "the body is no list"),
        ({"headers": {"ETag": "x"}}, "the header ETag is None"),
    ],
)
def test_fault_of_an_answer_is_said(expected: dict[str, Any], fault: str | None) -> None:
    found = list(story.faults(answer(PETS), {"status": 200, **expected}))

    assert len(found) == (fault is not None)
    assert fault is None or fault in found[0]


def test_answer_that_is_no_json_is_a_fault_only_where_the_body_counts() -> None:
    assert list(story.faults(Answer(200, (), b"<p>"), {"status": 200})) == []
    assert list(story.faults(Answer(200, (), b"<p>"), {"status": 200, "body": {}})) == ["the body is no JSON"]


def test_captured_values_keep_their_type_unless_in_a_text() -> None:
    captured = {"id": 7, "name": "Rex"}

    assert story.filled({"a": "<id>", "b": ["x-<id>-<name>"]}, captured) == {"a": 7, "b": ["x-7-Rex"]}
    with pytest.raises(story.Untold, match="no step gave <tag>"):
        story.filled("/pets/<tag>", captured)


def test_request_belongs_to_the_operation_with_the_most_literal_path() -> None:
    item, search = Op("GET", "/pets/{id}", base_path="/v1"), Op("GET", "/pets/search", base_path="/v1")

    assert story.operation_of("GET", "/pets/search?q=a", [item, search]) is search
    assert story.operation_of("GET", "/v1/pets/7", [item, search]) is item
    assert story.operation_of("POST", "/pets/7", [item, search]) is None


def test_forms_are_sent_as_forms() -> None:
    step = {"request": "POST /pets", "form": {"name": "Rex & Kim", "meta[a]": "1"}}

    case = story.request(step, {"Authorization": "Bearer x"}, {}, [])

    assert case.body == b"name=Rex+%26+Kim&meta%5Ba%5D=1"
    assert dict(case.headers) == {"Authorization": "Bearer x", "Content-Type": story.FORM}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: []", "a list of `steps`"),
        ("steps: [{request: GET, expect: {status: 200}}]", "request: METHOD /path"),
        ("steps: [{request: GET /, expect: {state: 200}}]", "expect: a mapping of"),
        ("steps: [{request: GET /, expects: {status: 200}}]", "step 1: a mapping of"),
        ("steps: [", "is no YAML"),
    ],
)
def test_story_that_is_no_story_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(story.BenchError) as refused:
        story.read(tmp_path / "a.yaml")
    assert message in str(refused.value)


def test_stories_of_the_corpus_are_stories_and_at_least_ten() -> None:
    told = story.told()

    assert len(told) >= 10
    for path in told.values():
        assert len(story.read(path)["steps"]) >= 3


def tell(tmp_path: Path, fault: str, steps: str) -> telling.Telling:
    (tmp_path / "pets.yaml").write_text(steps)
    command = shlex.join([sys.executable, str(HERE / "fake_server.py"), "{port}", fault])
    return telling.tell("pets", HERE / "pets.yaml", tmp_path / "pets.yaml", command)


STEPS = """
story: A pet is looked at, twice.
steps:
  - request: GET /pet?limit=3
    expect: {status: 200, body: {name: Rex}}
    capture: {name: /name}
  - request: GET /pet?limit=<name>
    expect: {status: 422}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "reasons"),
    [
        ("none", []),
        ("status", ["the status is 202, not 200"]),
        ("body", ["/age: 'three' is not of type"]),
        ("error-body", ["'error' is a required property"]),
    ],
)
def test_story_goes_wrong_where_the_server_does(fault: str, reasons: list[str], tmp_path: Path) -> None:
    result = tell(tmp_path, fault, STEPS)

    assert result.problem == ""
    assert result.is_green == (not reasons)
    assert len(result.wrong) == len(reasons)
    for wrong, reason in zip(result.wrong, reasons, strict=True):
        assert reason in wrong.reasons[0]
    assert ("1 of 1 green" if not reasons else "0 of 1 green") in telling.table([result])
    assert all(reason in telling.details([result]) for reason in reasons)


@pytest.mark.slow
def test_story_goes_on_after_a_step_that_went_wrong(tmp_path: Path) -> None:
    steps = STEPS.replace("/name}", "/nothing}").replace("name: Rex", "name: Max")

    result = tell(tmp_path, "none", steps)

    assert [wrong.step for wrong in result.wrong] == [1, 2]
    assert "no step gave <name>" in result.wrong[1].reasons[0]


def test_documents_without_stories_are_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--stories", str(HERE / "pets.yaml")]) == 2
    assert "has a story" in capsys.readouterr().err


GREEN = (
    "petstore-304", "museum-31", "train-travel-31", "realworld-30", "docker-engine-20", "box-30", "slack-20", "zoom-20",
    "discord-31", "twilio-api-30", "stripe-30", "paypal-orders-30",
)  # fmt: skip
"""Of each style: wrappers, forms, calls, natural keys, parents, patches; together about half a minute."""


@pytest.mark.slow
@pytest.mark.skipif(not cli.FOLDER.is_dir(), reason="no corpus beside the checkout")
def test_mocks_of_real_documents_behave_as_their_users_expect(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["--stories", *GREEN])

    assert code == 0, capsys.readouterr().out
