"""The runner of `make corpus` sees what is wrong, and says nothing of what is right."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))

from corpus import bodies, cli, styles
from corpus.files import Files, parse
from corpus.judge import REQUEST, RESPONSE, Judge
from corpus.legacy import LegacyReader
from corpus.reading import Media, Op, Reader, Reply
from corpus.sample import Sampler
from corpus.verdict import is_success

DOCUMENTS = HERE / "documents"


def prove(tmp_path: Path, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the runner; return exit code and data."""
    file = tmp_path / "all.json"
    code = cli.main([*arguments, "--json", str(file), "--jobs", "1"])
    return code, json.loads(file.read_text())


def fake(fault: str) -> str:
    return shlex.join([sys.executable, str(HERE / "fake_server.py"), "{port}", fault])


@pytest.mark.slow
def test_runner_finds_nothing_wrong_with_a_right_server(tmp_path: Path) -> None:
    code, (outcome,) = prove(tmp_path, str(HERE / "pets.yaml"), "--ours", fake("none"))

    score = outcome["scores"]["mockserver"]
    assert (code, score["failures"]) == (0, [])
    assert (score["valid"], score["validated"], score["refused_well"]) == (2, 2, 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        ("status", "valid-lean", "202 is no documented success"),
        ("body", "valid-lean", "/age: 'three' is not of type"),
        ("media-type", "valid-lean", "the answer is text/html, and application/json is declared"),
        ("header", "valid-lean", "the required header X-Count is missing"),
        ("accepts", "missing-parameter", "200, and it should have been refused"),
        ("accepts", "wrong-parameter", "200, and it should have been refused"),
        ("error-body", "missing-parameter", "'error' is a required property"),
        ("server-error", "missing-parameter", "500, and it should have been refused"),
        ("ends", "valid-lean", "the server ended"),
    ],
)
def test_runner_finds_what_is_wrong_with_a_server(
    fault: str, kind: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (outcome,) = prove(tmp_path, str(HERE / "pets.yaml"), "--ours", fake(fault))

    failures = outcome["scores"]["mockserver"]["failures"]
    assert code == 1
    assert [one for one in failures if one["kind"] == kind and reason in one["reason"]]
    shown = capsys.readouterr().out
    assert reason in shown
    assert "curl -s" in shown


@pytest.mark.slow
def test_runner_counts_a_server_that_does_not_start_as_failed(tmp_path: Path) -> None:
    code, (outcome,) = prove(tmp_path, str(HERE / "pets.yaml"), "--ours", f"{sys.executable} -c pass")

    assert code == 1
    assert "ended at its start" in outcome["scores"]["mockserver"]["problem"]


def test_runner_without_documents_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([str(tmp_path)]) == 2
    assert "no document was found" in capsys.readouterr().err


def test_exceptions_need_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text("- {document: pets, operation: GET /pet}\n")
    with pytest.raises(cli.BenchError, match="needs a reason"):
        cli.known_exceptions(file)


def test_table_of_a_folder_names_its_documents(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("| name | document |\n|---|---|\n| one | one/api.yaml | 3.0 |\n")
    assert cli.find_documents(tmp_path) == {"one": tmp_path / "one/api.yaml"}


def test_folder_without_a_table_is_searched_for_documents() -> None:
    assert set(cli.find_documents(DOCUMENTS)) == {"garden-20", "harbour-30", "tracker-31"}


def judge_of(name: str) -> Judge:
    return Judge(Files(DOCUMENTS / name))


def test_words_and_dates_of_yaml_stay_texts(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("{200: on, b: 2026-01-02, c: 010, d: 1.50}")
    assert parse(file) == {"200": "on", "b": "2026-01-02", "c": 10, "d": 1.5}


def test_judge_leaves_write_only_out_of_answers_and_read_only_out_of_requests() -> None:
    judge = judge_of("harbour-30.yaml")
    ship = Reader(judge.files).root.child("components", "schemas", "Ship").reference
    sent, seen = {"name": "a", "kind": "tug", "secret": "s"}, {"id": 1, "name": "a", "kind": "tug"}

    assert judge.fault(ship, sent, REQUEST) == ""
    assert judge.fault(ship, seen, RESPONSE) == ""
    assert "writeOnly" in judge.fault(ship, {**seen, "secret": "s"}, RESPONSE)
    assert "readOnly" in judge.fault(ship, {**sent, "id": 1}, REQUEST)
    assert "'secret' is a required property" in judge.fault(ship, {"name": "a", "kind": "tug"}, REQUEST)


def test_judge_takes_nullable_beside_a_type_only() -> None:
    judge = judge_of("harbour-30.yaml")
    ship = Reader(judge.files).root.child("components", "schemas", "Ship").reference
    seen = {"id": 1, "name": "a", "kind": "tug"}

    assert judge.fault(ship, {**seen, "registered": None}, RESPONSE) == ""
    assert judge.fault(ship, {**seen, "sister": None}, RESPONSE)


@pytest.mark.parametrize(("length", "valid"), [(19.99, True), (0.07, True), (0, False), (0.001, False)])
def test_judge_counts_multiples_in_decimal(length: float, valid: bool) -> None:
    judge = judge_of("harbour-30.yaml")
    node = Reader(judge.files).root.child("components", "schemas", "Ship", "properties", "length")
    assert (judge.fault(node.reference, length, RESPONSE) == "") is valid


def test_judge_follows_references_into_other_files() -> None:
    judge = judge_of("tracker-31.yaml")
    op = next(one for one in Reader(judge.files).operations() if str(one) == "POST /teams")
    schema = op.bodies["application/json"].schema

    assert judge.fault(schema, {"name": "ab", "lead": {"email": "a@example.com"}}, REQUEST) == ""
    assert "/lead: 'email'" in judge.fault(schema, {"name": "ab", "lead": {}}, REQUEST)


def test_legacy_reading_knows_forms_collections_and_media_types() -> None:
    files = Files(DOCUMENTS / "garden-20.json")
    found = {str(op): op for op in LegacyReader(files).operations()}

    kinds, limit = found["GET /plants"].fields
    assert (kinds.style, kinds.explode, limit.schema) == (
        "pipeDelimited",
        False,
        {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
    )
    assert list(found["POST /plants"].bodies) == ["application/json"]
    photo = found["POST /plants/{id}/photo"].bodies["multipart/form-data"]
    assert photo.schema is not None
    assert photo.schema["required"] == ["photo"]


def test_sampler_makes_values_that_the_judge_takes() -> None:
    for name in ("harbour-30.yaml", "tracker-31.yaml"):
        judge = judge_of(name)
        for _, node in Reader(judge.files).root.child("components", "schemas").members():
            assert judge.fault(node.reference, Sampler(judge.files).value(node), REQUEST) == ""


@pytest.mark.parametrize(
    ("value", "style", "explode", "pairs"),
    [
        ([3, 4], "form", True, "a=3&a=4"),
        ([3, 4], "form", False, "a=3,4"),
        (["x y", "z"], "spaceDelimited", False, "a=x%20y%20z"),
        ([3, 4], "pipeDelimited", False, "a=3%7C4"),
        ({"b": 1, "c": "d&e"}, "form", True, "b=1&c=d%26e"),
        ({"b": 1, "c": True}, "form", False, "a=b,1,c,true"),
        ({"b": 1}, "deepObject", True, "a%5Bb%5D=1"),
        (1.0, "form", True, "a=1"),
    ],
)
def test_query_is_written_by_style(value: Any, style: str, explode: bool, pairs: str) -> None:
    if style == "spaceDelimited":
        with pytest.raises(styles.NoText):
            styles.query("a", value, style, explode)
        value, pairs = ["x", "z"], "a=x%20z"
    assert "&".join(f"{name}={text}" for name, text in styles.query("a", value, style, explode)) == pairs


@pytest.mark.parametrize(
    ("value", "style", "explode", "text"),
    [
        ([3, 4], "simple", False, "3,4"),
        ([3, 4], "label", True, ".3.4"),
        ([3, 4], "label", False, ".3,4"),
        ([3, 4], "matrix", True, ";a=3;a=4"),
        ([3, 4], "matrix", False, ";a=3,4"),
        ({"b": 1}, "simple", True, "b=1"),
        ({"b": 1}, "matrix", False, ";a=b,1"),
        ({"b": 1}, "matrix", True, ";b=1"),
        ({"b": 1, "c": 2}, "label", True, ".b=1.c=2"),
    ],
)
def test_path_is_written_by_style(value: Any, style: str, explode: bool, text: str) -> None:
    assert styles.path("a", value, style, explode) == text


def test_form_writes_objects_as_json_and_arrays_by_name() -> None:
    content_type, body = bodies.write(
        Media("application/x-www-form-urlencoded"), {"a": [1, 2], "b": {"c": 1}}
    )
    assert content_type == "application/x-www-form-urlencoded"
    assert body == b"a=1&a=2&b=%7B%22c%22%3A+1%7D"


@pytest.mark.parametrize(
    ("declared", "status", "right"),
    [
        (["200", "201"], 201, True),
        (["200", "default"], 201, False),
        (["2XX"], 203, True),
        (["default"], 200, True),
        (["302"], 302, True),
        (["302"], 200, False),
        (["404"], 404, True),
        ([], 204, True),
        ([], 404, False),
    ],
)
def test_success_is_what_the_document_declares(declared: list[str], status: int, right: bool) -> None:
    op = Op("GET", "/a", replies={name: Reply({}, {}) for name in declared})
    assert is_success(op, status) is right
