"""What Schemathesis is asked for: documents, credentials, its configuration and its command."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.target import Target
from mockserver.contract.verify import documents
from mockserver.contract.verify.accepted import scheme_credentials, strict_credentials
from mockserver.contract.verify.command import command, configuration
from mockserver.contract.verify.effort import Effort, Subject
from mockserver.document import builder, plan_file, pointer
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.settings import Source
from mockserver.sources import load

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
def schemes(tmp_path: Path) -> Any:
    """A document with each kind of security scheme."""
    path = tmp_path / "schemes.yaml"
    path.write_text(SCHEMES)
    return builder.load(path)


def make_subject(document: Document, **changes: Any) -> Subject:
    target = {name: changes.pop(name) for name in list(changes) if name in Target.__dataclass_fields__}
    return Subject(document, Plan(), Target(**{"url": "http://x", **target}), **changes)


def test_strict_credentials_refuse_all_but_one_where_the_plan_is_silent(schemes: Any) -> None:
    found = plan_file.build(
        {"plan": "1", "credentials": {"bearer": {"pattern": "^t_"}}}, schemes, schemes.source
    )

    patterns = strict_credentials(schemes, found, {"login": "^mine$"})

    assert sorted(patterns) == ["basic", "inQuery", "key", "login"]
    assert patterns["login"] == "^mine$"
    assert re.search(patterns["basic"], "user:password")
    assert not re.search(patterns["key"], "SCHEMATHESIS-INVALID-VALUE")


def test_scheme_credentials_satisfy_plan_and_patterns(schemes: Any) -> None:
    credentials = {"bearer": {"pattern": "^t_", "example": "t_1"}, "basic": {"pattern": "^[a-c]:d$"}}
    found = plan_file.build({"plan": "1", "credentials": credentials}, schemes, schemes.source)

    made = scheme_credentials(schemes, found, {"login": "^mine$"})

    assert made["bearer"] == "t_1"
    assert made["login"] == "mine"
    assert made["basic"] in {"a:d", "b:d", "c:d"}
    assert made["key"] == "test-key"
    assert "certificate" not in made


def test_scheme_credentials_leave_out_what_a_header_carries(schemes: Any) -> None:
    made = scheme_credentials(schemes, Plan(), {}, ["x-key", "AUTHORIZATION"])

    assert list(made) == ["inQuery"]


def test_configuration_keeps_odd_texts(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n"
        "components: {securitySchemes: {'a.b': {type: http, scheme: bearer}}}\n"
    )
    subject = make_subject(
        builder.load(tmp_path / "a.yaml"),
        credentials={"a.b": "x\\y\x7f\té"},
        headers={"X-A": "${HOME}", "X-B!": "b"},
        ca=tmp_path / "a.pem",
        rate=(100, 60),
        proxy="http://proxy",
        timeout_s=2.5,
    )

    read = tomllib.loads(configuration(subject, Effort(max_examples=3)))

    assert read["auth"]["openapi"] == {"a.b": {"bearer": "x\\y\x7f\té"}}
    assert read["headers"] == {"X-A": "$${HOME}", "X-B!": "b"}
    assert read["generation"] == {"max-examples": 3}
    assert read["cache"] == {"enabled": False}
    assert read["tls-verify"] == str(tmp_path / "a.pem")
    assert (read["rate-limit"], read["proxy"], read["request-timeout"]) == ("100/m", "http://proxy", 2.5)


def test_configuration_takes_each_kind_of_credentials(schemes: Any) -> None:
    subject = make_subject(schemes, credentials={"basic": "a:b:c", "inQuery": "k", "login": "t"})

    read = tomllib.loads(configuration(subject, Effort()))

    assert read["auth"]["openapi"] == {
        "basic": {"username": "a", "password": "b:c"},
        "inQuery": {"api_key": "k"},
        "login": {"bearer": "t"},
    }


def test_configuration_names_the_hooks_and_follows_no_redirect(schemes: Any) -> None:
    read = tomllib.loads(configuration(make_subject(schemes), Effort()))

    assert Path(read["hooks"]).is_file()
    assert read["max-redirects"] == 0


def test_command_asks_for_all_checks_and_excludes_none(schemes: Any, tmp_path: Path) -> None:
    subject = make_subject(schemes, labels=["GET /pets"])

    made = command(subject, Effort(seed=7), tmp_path / "a.json", tmp_path, 60)

    assert made[made.index("--checks") + 1] == "all"
    assert not [part for part in made if part.startswith("--exclude") or part == "--suppress-health-check"]
    assert made[made.index("--phases") + 1] == "examples,coverage,fuzzing,stateful"
    assert made[made.index("--seed") + 1] == "7"
    assert made[made.index("--max-time") + 1] == "60"
    assert made[made.index("--include-name") + 1] == "GET /pets"


def test_command_tells_no_secret_to_those_who_list_processes(schemes: Any, tmp_path: Path) -> None:
    subject = make_subject(
        schemes, credentials={"key": "hidden"}, headers={"X-A": "hidden"}, proxy="http://u:hidden@p"
    )

    assert "hidden" not in " ".join(command(subject, Effort(), tmp_path / "a.json", tmp_path))


def test_links_of_the_plan_are_in_the_document(tmp_path: Path, pets: Path) -> None:
    pets.write_text(re.sub(r"          links:\n.*?\n.*?\n", "", pets.read_text()))
    document = builder.load(pets)
    plan = plan_file.make(document, None).plan

    written = json.loads(documents.write(document, plan, tmp_path).read_text())

    links = written["paths"]["/pets"]["post"]["responses"]["201"]["links"]
    assert links["getPet"]["parameters"] == {"id": "$response.body#/id"}


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

    root = documents.portable(loaded.document.root)

    references = re.findall(r'"\$ref": ?"([^"]*)"', json.dumps(root))
    assert len(references) == 3
    for reference in references:
        assert re.fullmatch(r"#/x-parts/\w+/part\d+", reference)
        assert pointer.lookup(root, reference[1:])
    assert '"#/x-bundled/a"' in json.dumps(root), "data stays as it is"


def test_document_of_an_older_version_is_told_as_what_it_became(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(
        "swagger: '2.0'\ninfo: {title: A, version: '1'}\npaths:\n  /pets/{id}/{toy}:\n"
        "    parameters: [{name: id, in: path, required: true, type: string, format: uuid}]\n"
        "    get: {responses: {'200': {description: Fine}}}\n"
    )
    document = builder.load(tmp_path / "old.yaml")

    written = json.loads(documents.write(document, Plan(), tmp_path).read_text())

    assert (written["openapi"], "swagger" in written) == ("3.0.3", False)
    item = written["paths"]["/pets/{id}/{toy}"]
    parameters = [*item.get("parameters", []), *item["get"].get("parameters", [])]
    assert {one["name"]: one["schema"] for one in parameters} == {
        "id": {"type": "string", "format": "uuid"},
        "toy": {"type": "string"},
    }
