"""What Schemathesis tells, as findings of ours."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.findings import Finding, Level
from mockserver.contract.target import MASK, Target
from mockserver.contract.verify import checks
from mockserver.contract.verify.effort import Subject
from mockserver.contract.verify.explaining import Explainer, plain
from mockserver.contract.verify.scenario import read
from mockserver.document import builder, plan_file

PET = {"id": "pet_000000000001", "name": "Rex"}


def b64(value: bytes) -> dict[str, str]:
    return {"$base64": base64.b64encode(value).decode()}


def interaction(
    method: str,
    path: str,
    status: int | None,
    content: bytes = b"",
    sent: bytes | None = None,
    **headers: str,
) -> dict[str, Any]:
    response = None
    if status is not None:
        fields = {"content-type": ["application/json"], **{k: [v] for k, v in headers.items()}}
        response = {"status_code": status, "headers": fields, "content": b64(content), "elapsed": 0.002}
    request: dict[str, Any] = {
        "method": method, "uri": f"http://x{path}", "headers": {"X-Key": ["hidden-key"]}
    }  # fmt: skip
    if sent is not None:
        request["body"] = b64(sent)
        request["headers"]["Content-Type"] = ["application/json"]
    return {"request": request, "response": response}


def case(label: str, parent: str | None = None, **data: str) -> dict[str, Any]:
    method, _, path = label.partition(" ")
    node: dict[str, Any] = {
        "value": {
            "method": method,
            "path": path,
            "meta": {"generation": {"mode": "negative"}, "phase": {"data": data}},
        }
    }
    return node | ({"parent_id": parent} if parent else {})


def failed(code: str, operation: str, check: str = "some_check", title: str = "", message: str = "M") -> Any:
    failure = {"code": code, "operation": operation, "title": title, "message": message}
    return [{"name": "other", "status": "success"}, {"name": check, "failure_info": {"failure": failure}}]


def event(
    steps: dict[str, Any], found: dict[str, Any], label: str = "x", phase: str = "coverage"
) -> dict[str, Any]:
    """Return a `ScenarioFinished`: id -> (case, interaction), id -> checks."""
    recorder = {
        "label": label,
        "cases": {id: one for id, (one, _) in steps.items()},
        "interactions": {id: other for id, (_, other) in steps.items()},
        "checks": found,
    }
    return {"phase": phase, "status": "failure", "elapsed_time": 1.0, "recorder": recorder}


@pytest.fixture
def explain(pets: Path) -> Any:
    """Returns the findings of an event."""
    document = builder.load(pets)
    target = Target("http://x", secrets=frozenset({"hidden-key"}))
    explainer = Explainer(Subject(document, plan_file.make(document, None).plan, target))
    return lambda raw: explainer.findings(read(raw))


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1, [item.message for item in found]
    return found[0]


def test_answer_is_judged_to_the_place_and_the_rule(explain: Any) -> None:
    steps = {
        "a": (case("GET /pets"), interaction("GET", "/pets", 200, b'[{"id": "pet_000000000001", "name": 5}]'))
    }

    found = only(explain(event(steps, {"a": failed("ST108", "GET /pets")})))

    assert (found.check, found.operation, found.place) == ("response-body", "GET /pets", "body[].name")
    assert found.says is not None
    assert found.says.pointer == "/components/schemas/Pet/properties/name/type"
    assert found.came is not None
    assert found.came.elapsed_ms == 2


def test_wrong_answer_is_found_also_where_no_check_failed(explain: Any) -> None:
    steps = {"a": (case("GET /pets"), interaction("GET", "/pets", 202))}

    assert only(explain(event(steps, {}))).check == "undeclared-status"


def test_secrets_are_not_in_a_finding(explain: Any) -> None:
    steps = {"a": (case("GET /pets"), interaction("GET", "/pets", 202, b'"hidden-key"'))}

    found = only(explain(event(steps, {})))

    assert "hidden-key" not in repr(found)
    assert found.sent is not None
    assert ("X-Key", MASK) in found.sent.headers


def test_taken_invalid_request_tells_what_was_wrong_with_it(explain: Any) -> None:
    steps = {
        "a": (
            case("GET /pets", description="Value greater than maximum"),
            interaction("GET", "/pets?limit=10", 200, b"[]"),
        )
    }

    found = only(explain(event(steps, {"a": failed("ST201", "GET /pets")})))

    assert (found.check, found.level, found.place) == ("accepted-invalid", Level.ERROR, "query.limit")
    assert "Value greater than maximum" in found.message
    assert found.says is not None
    assert found.says.pointer.startswith("/paths/~1pets/get/parameters/0")


def test_taken_request_that_we_find_valid_is_only_noted(explain: Any) -> None:
    steps = {"a": (case("GET /pets"), interaction("GET", "/pets?limit=9", 200, b"[]"))}

    found = only(explain(event(steps, {"a": failed("ST201", "GET /pets")})))

    assert (found.level, found.rule) == (Level.NOTE, "disputed")


def test_invalid_request_that_became_one_for_another_operation_is_none(explain: Any) -> None:
    steps = {"a": (case("GET /pets/{id}"), interaction("GET", "/pets/", 200, b"[]"))}

    assert [
        f
        for f in explain(event(steps, {"a": failed("ST201", "GET /pets/{id}")}))
        if f.check == "accepted-invalid"
    ] == []


def test_refused_valid_request_points_to_what_the_document_allows(explain: Any) -> None:
    error = b'{"message": "no"}'
    steps = {"a": (case("POST /pets"), interaction("POST", "/pets", 400, error, b'{"name": "Rex"}'))}

    found = only(
        explain(event(steps, {"a": failed("ST202", "POST /pets", message="Valid data\n\nwas `refused`")}))
    )

    assert (found.check, found.message) == ("refused-valid", "Valid data. was refused")
    assert found.says is not None
    assert found.says.pointer == "/paths/~1pets/post/requestBody"


def test_refused_request_that_we_find_invalid_is_only_noted(explain: Any) -> None:
    steps = {"a": (case("POST /pets"), interaction("POST", "/pets", 400, b'{"message": "no"}', b"{}"))}

    assert only(explain(event(steps, {"a": failed("ST202", "POST /pets")}))).level is Level.NOTE


def test_use_after_delete_shows_creation_and_deletion(explain: Any) -> None:
    pet = b'{"id": "pet_000000000001", "name": "Rex"}'
    steps = {
        "a": (case("POST /pets"), interaction("POST", "/pets", 201, pet, b'{"name": "Rex"}')),
        "b": (case("DELETE /pets/{id}", "a"), interaction("DELETE", "/pets/pet_000000000001", 204)),
        "c": (case("GET /pets/{id}", "a"), interaction("GET", "/pets/pet_000000000001", 200, pet)),
    }

    found = only(explain(event(steps, {"c": failed("ST301", "GET /pets/{id}")}, phase="stateful")))

    assert found.check == "use-after-delete"
    assert [sent.method for sent, _ in found.before] == ["POST", "DELETE"]
    assert found.says is not None
    assert found.says.text == "responses: 200, 400, 401, 404"


def test_request_again_without_credentials_does_not_show_the_first(explain: Any) -> None:
    steps = {
        "a": (case("GET /pets"), interaction("GET", "/pets", 200, b"[]")),
        "b": (case("GET /pets", "a"), interaction("GET", "/pets", 200, b"[]")),
    }
    title = "API accepts requests without authentication"

    found = only(explain(event(steps, {"b": failed("ST401", "GET /pets", title=title)})))

    assert (found.check, found.rule, found.before) == ("ignored-auth", "missing", ())
    assert found.says is not None
    assert found.says.pointer == "/security"


def test_undeclared_method_names_those_of_the_path(explain: Any) -> None:
    steps = {"a": (case("TRACE /pets"), interaction("TRACE", "/pets", 200))}

    found = only(explain(event(steps, {"a": failed("ST204", "GET /pets")})))

    assert (found.check, found.place) == ("undeclared-method", "method")
    assert found.says is not None
    assert found.says.text == "/pets: GET, POST"


def test_request_without_an_answer_is_a_finding(explain: Any) -> None:
    steps = {"a": (case("GET /pets"), interaction("GET", "/pets?limit=1", None))}

    found = only(explain(event(steps, {})))

    assert (found.check, found.operation, found.came) == ("no-answer", "GET /pets", None)


def test_equal_findings_of_a_scenario_are_counted(explain: Any) -> None:
    steps = {id: (case("GET /pets"), interaction("GET", "/pets", 202)) for id in "abc"}

    assert only(explain(event(steps, {}))).times == 3


def test_body_that_was_cut_is_not_judged(explain: Any) -> None:
    cut = interaction("GET", "/pets", 200, b'[{"id": ')
    cut["response"]["content_size"] = 5_000_000

    assert explain(event({"a": (case("GET /pets"), cut)}, {})) == []


def test_answer_that_has_no_body_lacks_none(explain: Any) -> None:
    steps = {"a": (case("DELETE /pets/{id}"), interaction("DELETE", "/pets/pet_000000000001", 204))}

    assert explain(event(steps, {"a": failed("ST104", "DELETE /pets/{id}")})) == []


def test_answer_that_we_find_right_is_only_a_warning(explain: Any) -> None:
    steps = {"a": (case("GET /pets"), interaction("GET", "/pets", 200, b"[]"))}

    found = only(explain(event(steps, {"a": failed("ST108", "GET /pets")})))

    assert (found.check, found.level, found.rule) == ("response-body", Level.WARNING, "disputed")


def test_failure_of_an_unknown_kind_is_told_as_it_came(explain: Any) -> None:
    steps = {"a": (case("GET /pets"), interaction("GET", "/pets", 200, b"[]"))}

    found = only(explain(event(steps, {"a": failed("ST999", "GET /pets", check="my_check", title="Mine")})))

    assert (found.check, found.title, found.message) == ("my-check", "Mine", "M")


def test_every_kind_of_failure_of_openapi_is_in_the_table() -> None:
    from schemathesis.failure_codes import FAILURE_CLASSES

    known = {kind.code for kind in FAILURE_CLASSES if "GraphQL" not in kind.__name__}

    assert known - set(checks.FAILURES) == {"ST901"}, "only those that users write"
    assert set(checks.FAILURES) <= known


@pytest.mark.parametrize("check", list(checks.FAILURES.values()), ids=lambda check: check.name)
def test_every_check_says_what_is_wrong_and_what_to_do(check: Any) -> None:
    assert check.title[0].isupper()
    assert check.advice.endswith((".", "?"))
    assert "`" not in plain("a `b`\n\nc:\n\nd")
