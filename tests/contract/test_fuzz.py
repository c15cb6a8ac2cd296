"""Fuzzing: what is asked of Schemathesis, what is read from it, and that it finds what was planted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from mockserver import bundled, cli
from mockserver.cli.fuzz import exit_code, summary
from mockserver.contract import fuzz
from mockserver.contract.fuzz import Effort, Outcome, Target, Verdict
from mockserver.document import builder, plan_file, pointer
from mockserver.document.plan import Plan
from mockserver.errors import UsageError
from mockserver.server.assembly import assemble
from mockserver.server.running import bind, in_background
from mockserver.settings import Settings, Source
from mockserver.sources import load

ROOT = Path(__file__).parents[2]

PETS = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
security: [{key: []}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 9}}]
      responses:
        "200":
          description: Pets
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Pet"}}}}
        "400": {$ref: "#/components/responses/Error"}
        "401": {$ref: "#/components/responses/Error"}
    post:
      operationId: createPet
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              additionalProperties: false
              properties: {name: {type: string, minLength: 1}}
      responses:
        "201":
          description: The pet
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
          links:
            read: {operationId: getPet, parameters: {id: $response.body#/id}}
            remove: {operationId: deletePet, parameters: {id: $response.body#/id}}
        "400": {$ref: "#/components/responses/Error"}
        "401": {$ref: "#/components/responses/Error"}
        "415": {$ref: "#/components/responses/Error"}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {$ref: "#/components/schemas/Id"}}]
    get:
      operationId: getPet
      responses:
        "200":
          description: The pet
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
        "400": {$ref: "#/components/responses/Error"}
        "401": {$ref: "#/components/responses/Error"}
        "404": {$ref: "#/components/responses/Error"}
    delete:
      operationId: deletePet
      responses:
        "204": {description: Gone}
        "400": {$ref: "#/components/responses/Error"}
        "401": {$ref: "#/components/responses/Error"}
        "404": {$ref: "#/components/responses/Error"}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  responses:
    Error:
      description: What was wrong
      content:
        application/json:
          schema: {type: object, required: [message], properties: {message: {type: string}}}
  schemas:
    Id: {type: string, pattern: "^pet_[0-9a-f]{12}$"}
    Pet:
      type: object
      required: [id, name]
      properties: {id: {$ref: "#/components/schemas/Id"}, name: {type: string, minLength: 1}}
"""
PETS_PLAN = """\
plan: "1"
resources:
  pets: {schema: Pet, id: {make: "pet_{hex:12}"}}
operations:
  listPets: {action: list, resource: pets, page: {limit: $request.query.limit, default-limit: 9}}
  createPet: {action: create, resource: pets}
  getPet: {action: get, resource: pets}
  deletePet: {action: delete, resource: pets}
"""

SCHEMES = """\
openapi: 3.0.3
info: {title: Schemes, version: "1"}
paths: {}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    inQuery: {type: apiKey, in: query, name: key}
    basic: {type: http, scheme: basic}
    bearer: {type: http, scheme: bearer}
    login: {type: oauth2, flows: {password: {tokenUrl: /login, scopes: {}}}}
    certificate: {type: mutualTLS}
"""


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """The file of a small document, with its plan."""
    (tmp_path / "pets.plan.yaml").write_text(PETS_PLAN)
    path = tmp_path / "pets.yaml"
    path.write_text(PETS)
    return path


@pytest.fixture
def schemes(tmp_path: Path) -> Any:
    """A document with each kind of security scheme."""
    path = tmp_path / "schemes.yaml"
    path.write_text(SCHEMES)
    return builder.load(path)


def make_target(**changes: Any) -> Target:
    return Target(
        **{"name": "pets", "document": Path("pets.yaml"), "url": "u", "schemes": {}, "headers": {}, **changes}
    )


def write_report(folder: Path, **changes: Any) -> None:
    report = {
        "failures": [],
        "errors": [],
        "operations": {"tested": 2},
        "test_cases": {"generated": 40},
        "running_time": 1.5,
    }
    (folder / "report.json").write_text(json.dumps(report | changes))


# What is asked for


def test_strict_credentials_refuse_all_but_one_where_the_plan_is_silent(schemes: Any) -> None:
    found = plan_file.build(
        {"plan": "1", "credentials": {"bearer": {"pattern": "^t_"}}}, schemes, schemes.source
    )

    patterns = fuzz.strict_credentials(schemes, found, {"login": "^mine$"})

    assert sorted(patterns) == ["basic", "inQuery", "key", "login"]
    assert patterns["login"] == "^mine$"
    assert re.search(patterns["basic"], "user:password")
    assert not re.search(patterns["key"], "SCHEMATHESIS-INVALID-VALUE")


def test_scheme_credentials_satisfy_plan_and_patterns(schemes: Any) -> None:
    credentials = {"bearer": {"pattern": "^t_", "example": "t_1"}, "basic": {"pattern": "^[a-c]:d$"}}
    found = plan_file.build({"plan": "1", "credentials": credentials}, schemes, schemes.source)

    made = fuzz.scheme_credentials(schemes, found, {"login": "^mine$"})

    assert made["bearer"] == {"bearer": "t_1"}
    assert made["login"] == {"bearer": "mine"}
    assert made["basic"]["username"] in {"a", "b", "c"}
    assert made["basic"]["password"] == "d"
    assert made["key"] == {"api_key": "test-key"}
    assert "certificate" not in made


def test_scheme_credentials_leave_out_what_a_header_carries(schemes: Any) -> None:
    made = fuzz.scheme_credentials(schemes, Plan(), {}, ["x-key", "AUTHORIZATION"])

    assert list(made) == ["inQuery"]


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
    assert fuzz.select([builder.load(pets)], include, exclude) == [labels]


@pytest.mark.parametrize(
    ("include", "exclude", "message"),
    [
        (("getCat",), (), "no operation has the id 'getCat'"),
        (("*",), (), "neither an operation id nor a regular expression"),
        (("getPet",), ("pets",), "no operation is left"),
    ],
)
def test_select_refuses_what_selects_nothing(pets: Path, include: Any, exclude: Any, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        fuzz.select([builder.load(pets)], include, exclude)


def test_select_leaves_out_documents_without_a_chosen_operation(pets: Path) -> None:
    other = pets.with_name("cats.yaml")
    other.write_text(PETS.replace("/pets", "/cats"))

    chosen = fuzz.select([builder.load(pets), builder.load(other)], ["^/cats$"], [])

    assert chosen == [[], ["GET /cats", "POST /cats"]]


def test_configuration_keeps_odd_texts(tmp_path: Path) -> None:
    target = make_target(schemes={'a "b".c': {"bearer": "x\\y\x7f\té"}}, headers={"X-A": "${HOME}"})

    read = tomllib.loads(fuzz.configuration(target, Effort(max_examples=3)))

    assert read["auth"]["openapi"] == {'a "b".c': {"bearer": "x\\y\x7f\té"}}
    assert read["headers"] == {"X-A": "$${HOME}"}
    assert read["generation"] == {"max-examples": 3}
    assert read["cache"] == {"enabled": False}


@pytest.mark.parametrize("reset", [None, "http://127.0.0.1:1/reset"])
def test_configuration_names_the_hooks_where_there_is_a_reset(reset: str | None) -> None:
    read = tomllib.loads(fuzz.configuration(make_target(reset=reset), Effort()))

    assert ("hooks" in read) is (reset is not None)
    assert reset is None or Path(read["hooks"]).is_file()


def test_command_asks_for_all_checks_and_excludes_none(tmp_path: Path) -> None:
    made = fuzz.command(make_target(labels=["GET /pets"]), Effort(seed=7, max_time_s=60), tmp_path)

    assert made[made.index("--checks") + 1] == "all"
    assert not [part for part in made if part.startswith("--exclude") or part == "--suppress-health-check"]
    assert made[made.index("--phases") + 1] == "examples,coverage,fuzzing,stateful"
    assert made[made.index("--seed") + 1] == "7"
    assert made[made.index("--max-time") + 1] == "60"
    assert made[made.index("--include-name") + 1] == "GET /pets"


@pytest.mark.parametrize(("secret", "sanitize"), [(True, "true"), (False, "false")])
def test_command_hides_credentials_only_when_they_are_secret(
    tmp_path: Path, secret: bool, sanitize: str
) -> None:
    made = fuzz.command(make_target(secret=secret), Effort(), tmp_path)

    assert made[made.index("--output-sanitize") + 1] == sanitize


# What is read


def test_outcome_without_report_is_not_clean(tmp_path: Path) -> None:
    assert fuzz.read_outcome("pets", 0, tmp_path).verdict is Verdict.FAILED


def test_outcome_of_interrupted_run_without_report_is_interrupted(tmp_path: Path) -> None:
    assert fuzz.read_outcome("pets", 130, tmp_path).verdict is Verdict.INTERRUPTED


@pytest.mark.parametrize(
    ("code", "changes", "verdict"),
    [
        (0, {}, Verdict.CLEAN),
        (0, {"failures": [{"title": "Server error", "operations": ["GET /pets"]}]}, Verdict.BROKEN),
        (0, {"errors": [{"title": "Schema error", "count": 2}]}, Verdict.BROKEN),
        (1, {}, Verdict.BROKEN),
        (2, {"operations": None, "running_time": None}, Verdict.FAILED),
        (130, {}, Verdict.INTERRUPTED),
        (-9, {}, Verdict.FAILED),
    ],
)
def test_outcome_follows_exit_code_and_report(
    tmp_path: Path, code: int, changes: Any, verdict: Verdict
) -> None:
    write_report(tmp_path, **changes)

    assert fuzz.read_outcome("pets", code, tmp_path).verdict is verdict


def test_summary_names_failures_and_their_operations(tmp_path: Path) -> None:
    write_report(tmp_path, failures=[{"title": "Server error", "operations": ["GET /pets", "POST /pets"]}])
    outcome = fuzz.read_outcome("pets", 1, tmp_path)

    text = summary([outcome], seed=7)

    assert "pets: 1 kind of failure (seed 7, 2 operations, 40 cases, 2 s)" in text
    assert "Server error: GET /pets, POST /pets" in text


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([Verdict.CLEAN, Verdict.CLEAN], 0),
        ([Verdict.CLEAN, Verdict.BROKEN], 1),
        ([Verdict.BROKEN, Verdict.FAILED], 2),
        ([Verdict.FAILED, Verdict.INTERRUPTED], 130),
    ],
)
def test_exit_code_is_that_of_the_worst_run(verdicts: list[Verdict], code: int) -> None:
    assert exit_code([Outcome("x", verdict) for verdict in verdicts]) == code


def test_junit_has_a_suite_for_each_outcome_and_their_sums() -> None:
    def suite(failures: int) -> str:
        return (
            f'<testsuites><testsuite name="schemathesis" hostname="box" tests="3" failures="{failures}"'
            f' errors="0" skipped="1"><testcase name="GET /"/></testsuite></testsuites>'
        )

    outcomes = [
        Outcome("a", Verdict.CLEAN, junit=suite(0)),
        Outcome("b", Verdict.BROKEN, junit=suite(2)),
        Outcome("c", Verdict.FAILED),
    ]

    root = ElementTree.fromstring(fuzz.junit(outcomes))

    assert [item.get("name") for item in root] == ["a", "b"]
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("6", "2", "2")
    assert not [item for item in root if item.get("hostname")]


# Wrong use


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.yaml"], "nowhere.yaml"),
        (["--phases", "coverage,guessing"], "there is no phase 'guessing'"),
        (["--phases", ""], "--phases needs one"),
        (["--unbounded", "--max-time", "9"], "exclude each other"),
        (["--url", "http://127.0.0.1:1"], "--url takes exactly one document"),
        (["--max-examples", "0"], "--max-examples"),
        (["-H", "nonsense"], "'nonsense' is no header"),
        (["--report", "nowhere/fuzz.xml"], "cannot write the report"),
        (["--include", "getCat"], "no operation has the id 'getCat'"),
    ],
)
def test_wrong_use_is_one_message_and_exit_code_2(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mockserver", "fuzz", *arguments])

    with pytest.raises(SystemExit) as exit:
        cli.main()

    assert exit.value.code == 2
    assert message in capsys.readouterr().err


def test_help_shows_examples(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["mockserver", "fuzz", "--help"])

    cli.main()

    assert "mockserver fuzz api.yaml --unbounded" in capsys.readouterr().out


# Real runs


def run_fuzz(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does: Schemathesis' own output is part of ours."""
    command = [sys.executable, "-m", "mockserver", "fuzz", *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=900, check=False
    )


Change = Callable[[dict[str, Any], int, Any], tuple[int, Any]]
"""(ASGI scope, status, body) -> what is answered instead."""


def wrong_type(scope: dict[str, Any], status: int, body: Any) -> tuple[int, Any]:
    return status, {**body, "name": 5} if status == 200 and isinstance(body, dict) else body


def server_error(scope: dict[str, Any], status: int, body: Any) -> tuple[int, Any]:
    return (500, {"message": "oh"}) if b"limit" in scope["query_string"] and status == 200 else (status, body)


def undeclared_status(scope: dict[str, Any], status: int, body: Any) -> tuple[int, Any]:
    return 200 if status == 201 else status, body


def swallowed_refusal(scope: dict[str, Any], status: int, body: Any) -> tuple[int, Any]:
    invalid = scope["path"] == "/pets" and status == 400
    return (
        (201, {"id": "pet_000000000000", "name": "x"})
        if invalid and scope["method"] == "POST"
        else (status, body)
    )


def ignored_key(scope: dict[str, Any], status: int, body: Any) -> tuple[int, Any]:
    unknown = status == 401 and scope["path"] == "/pets" and scope["method"] == "GET"
    return (200, []) if unknown else (status, body)


@pytest.fixture
def make_server(pets: Path) -> Callable[[Change | None], AbstractContextManager[str]]:
    """Serves the pets with a planted bug: `with make_server(bug) as origin`."""
    settings = Settings(documents=(Source(pets),), credentials={"key": "^test-key$"})
    application = assemble(settings, lambda: datetime.now(UTC)).asgi

    @contextmanager
    def serve(change: Change | None) -> Iterator[str]:
        async def changed(scope: Any, receive: Any, send: Any) -> None:
            sent: list[Any] = []

            async def keep(message: Any) -> None:
                sent.append(message)

            await application(scope, receive, keep)
            start, content = sent
            body = json.loads(content["body"] or b"null")
            status, body = change(scope, start["status"], body) if change else (start["status"], body)
            text = json.dumps(body).encode() if content["body"] else b""
            headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send(
                {**start, "status": status, "headers": [*headers, (b"content-length", b"%d" % len(text))]}
            )
            await send({**content, "body": b"" if scope["method"] == "HEAD" else text})

        with in_background(changed, bind("127.0.0.1", 0)) as origin:
            yield origin

    return serve


QUICK = ("--phases", "coverage", "--max-examples", "2")


@pytest.mark.parametrize(
    ("bug", "title"),
    [
        (wrong_type, "Response violates schema"),
        pytest.param(server_error, "Server error", marks=pytest.mark.slow),
        pytest.param(undeclared_status, "Undocumented status code", marks=pytest.mark.slow),
        pytest.param(swallowed_refusal, "Schema-violating request accepted", marks=pytest.mark.slow),
        pytest.param(ignored_key, "API accepts requests without authentication", marks=pytest.mark.slow),
    ],
)
def test_fuzz_finds_planted_bug(
    make_server: Callable[[Change | None], AbstractContextManager[str]], pets: Path, bug: Change, title: str
) -> None:
    with make_server(bug) as origin:
        done = run_fuzz(str(pets), "--url", origin, *QUICK)

    assert done.returncode == 1, done.stdout + done.stderr
    summed = done.stdout.partition("kind")[2]
    assert title in summed
    assert f"{origin}/pets" in done.stdout
    assert "curl -X" in done.stdout
    assert "X-Key: test-key" in done.stdout or bug is ignored_key


def test_fuzz_of_the_same_server_without_bug_is_clean(
    make_server: Callable[[Change | None], AbstractContextManager[str]], pets: Path, tmp_path: Path
) -> None:
    report = tmp_path / "fuzz.xml"
    with make_server(None) as origin:
        done = run_fuzz(str(pets), "--url", origin, "--report", str(report), *QUICK)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "pets: no failures (seed 0, 4 operations, " in done.stdout
    root = ElementTree.parse(report).getroot()
    assert root.get("failures") == "0"
    assert "GET /pets" in {case.get("name") for case in root.iter("testcase")}


@pytest.mark.slow
def test_fuzz_hides_the_credentials_of_a_person(
    make_server: Callable[[Change | None], AbstractContextManager[str]], pets: Path
) -> None:
    with make_server(wrong_type) as origin:
        done = run_fuzz(str(pets), "--url", origin, "-H", "X-Key: test-key", "--include", "getPet", *QUICK)

    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "test-key" not in done.stdout


@pytest.mark.slow
def test_fuzz_of_server_that_is_not_there_is_not_clean(pets: Path) -> None:
    done = run_fuzz(str(pets), "--url", "http://127.0.0.1:9", *QUICK)

    assert done.returncode in (1, 2)
    assert "no failures" not in done.stdout


@pytest.mark.slow
def test_fuzz_starts_the_mock_itself_in_all_phases(pets: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run_fuzz(str(pets), "--max-examples", "5", cwd=empty)

    assert done.returncode == 0, done.stdout + done.stderr
    for phase in ("Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in done.stdout
    scenarios = re.search(r"Scenarios: +(\d+)", done.stdout)
    assert scenarios is not None
    assert int(scenarios[1]) >= 15, "Hypothesis gave up: the state of earlier scenarios was seen"
    assert not list(empty.iterdir()), "the run left files behind"


@pytest.mark.slow
@pytest.mark.parametrize(
    "document", [*bundled.documents(), ROOT / "benchmarks" / "sessions.yaml"], ids=lambda path: path.stem
)
def test_fuzz_of_bundled_document_is_clean(document: Path) -> None:
    done = run_fuzz(str(document))

    assert done.returncode == 0, done.stdout + done.stderr


def test_document_of_several_files_becomes_one_that_other_tools_read(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths:\n  /pets: {$ref: 'parts/pet paths.yaml#/~1pets'}\n"
    )
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "pet paths.yaml").write_text(
        "/pets:\n  get:\n    responses:\n      '200':\n        description: Fine.\n"
        "        content: {application/json: {schema: {$ref: 'pet.yaml#/$defs/Pet'}}}\n"
    )
    (tmp_path / "parts" / "pet.yaml").write_text(
        "$defs:\n  Pet: {type: object, properties: {friend: {$ref: '#/$defs/Pet'}, tag: {const: '#/x-bundled/a'}}}\n"
    )
    (loaded,) = load([Source(tmp_path / "api.yaml")])

    root = fuzz.portable(loaded.document.root)

    references = re.findall(r'"\$ref": ?"([^"]*)"', json.dumps(root))
    assert len(references) == 3
    for reference in references:
        assert re.fullmatch(r"#/x-parts/\w+/part\d+", reference)
        assert pointer.lookup(root, reference[1:])
    assert '"#/x-bundled/a"' in json.dumps(root), "data stays as it is"
