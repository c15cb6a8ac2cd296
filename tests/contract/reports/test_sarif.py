"""SARIF 2.1.0: what code scanning shows beside the lines of a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

from mockserver.contract.events import Ended, Found, Said, Verdict
from mockserver.contract.findings import Finding, Level, Says
from mockserver.contract.reports import sarif
from mockserver.contract.results import Results

from .samples import BODY, KNOWN, LINES, NASTY, STARTED, drenched, hostile, results


def closed(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has no other properties."""
    return {
        "type": "object", "properties": properties, "required": list(required), "additionalProperties": False,
    }  # fmt: skip


def many(item: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": item, **more}


STRING = {"type": "string"}
TEXT = closed(("text",), text=STRING)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
HEADERS = {"type": "object", "additionalProperties": STRING}
FROM_1 = {"type": "integer", "minimum": 1}
REGION = closed((), startLine=FROM_1, startColumn=FROM_1)
PHYSICAL = closed(
    ("artifactLocation",),
    artifactLocation=closed((), uri={**STRING, "format": "uri-reference"}),
    region=REGION,
)
LOCATION = closed(
    (),
    physicalLocation=PHYSICAL,
    logicalLocations=many(closed((), fullyQualifiedName=STRING, kind=STRING), minItems=1),
)
RESULT = closed(
    ("message",),
    ruleId=STRING,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=TEXT,
    locations=many(LOCATION),
    occurrenceCount=FROM_1,
    partialFingerprints={"type": "object", "additionalProperties": STRING},
    suppressions=many(
        closed(
            ("kind",),
            kind={"enum": ["inSource", "external"]},
            status={"enum": ["accepted"]},
            justification=STRING,
        )
    ),
    webRequest=closed((), method=STRING, target=STRING, headers=HEADERS, body=TEXT),
    webResponse=closed((), statusCode={"type": "integer"}, headers=HEADERS, body=TEXT),
)
RULE = closed(("id",), id=STRING, shortDescription=TEXT, help=TEXT)
DRIVER = closed(("name",), name=STRING, semanticVersion=STRING, rules=many(RULE, uniqueItems=True))
INVOCATION = closed(
    ("executionSuccessful",),
    executionSuccessful={"type": "boolean"},
    exitCode={"type": "integer"},
    toolExecutionNotifications=many(closed(("message",), level=LEVEL, message=TEXT)),
)
RUN = closed(
    ("tool",),
    tool=closed(("driver",), driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations=many(INVOCATION),
    results=many(RESULT),
)
SHAPE = jsonschema_rs.validator_for(
    closed(("version", "runs"), **{"$schema": STRING}, version={"const": "2.1.0"}, runs=many(RUN)),
    validate_formats=True,
)
"""The parts of the schema of SARIF 2.1.0 that we write, closed as it is."""


def checked(found: Results) -> dict[str, Any]:
    """Return the one run of a log, which has the shape."""
    log = json.loads(sarif.write(found))
    SHAPE.validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    return run


def test_result_leads_to_the_line_of_the_document() -> None:
    result = checked(results())["results"][0]
    assert result["ruleId"] == BODY.check
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "api.yaml"},
        "region": {"startLine": 34, "startColumn": 11},
    }
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == BODY.says.pointer  # type: ignore[union-attr]


def test_result_has_the_exchange_and_its_fingerprint() -> None:
    result = checked(results())["results"][0]
    assert result["webRequest"]["method"] == "GET"
    assert result["webResponse"]["statusCode"] == 200
    assert result["partialFingerprints"] == {"mockserver/v1": BODY.fingerprint}
    assert result["occurrenceCount"] == 3


def test_accepted_finding_is_suppressed_with_its_reason() -> None:
    suppressed = [item for item in checked(results())["results"] if "suppressions" in item]
    assert [item["suppressions"][0]["justification"] for item in suppressed] == [KNOWN.known]


def test_line_is_found_where_the_document_says_it(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text("openapi: 3.1.0\npaths:\n  /pets:\n    get: {}\n")
    finding = Finding(
        "x", Level.ERROR, "t", "m", says=Says("/paths/~1pets/get", file=str(tmp_path / "api.yaml"))
    )
    (result,) = checked(results((STARTED, Found(finding), Ended(Verdict.BROKEN))))["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["region"] == {"startLine": 4, "startColumn": 5}
    assert physical["artifactLocation"]["uri"].startswith("file:///")


def test_run_that_failed_says_so() -> None:
    run = checked(results((STARTED, Said("gone", Level.ERROR), Ended(Verdict.FAILED))))
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    assert "gone" in str(invocation["toolExecutionNotifications"])


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("api.yaml", "api.yaml"),
        ("my docs/a%b.yaml", "my%20docs/a%25b.yaml"),
        ("https://example.com/api.yaml", "https://example.com/api.yaml"),
        ("/srv/api.yaml", "file:///srv/api.yaml"),
    ],
)
def test_file_becomes_a_uri(file: str, uri: str) -> None:
    assert sarif.uri(file) == uri


@given(hostile())
@settings(max_examples=40, deadline=None)
def test_text_of_strangers_leaves_the_log_in_shape(found: Results) -> None:
    checked(found)


@pytest.mark.parametrize("text", [*NASTY, *LINES])
def test_every_nasty_text_leaves_the_log_in_shape(text: str) -> None:
    test_text_of_strangers_leaves_the_log_in_shape.hypothesis.inner_test(drenched(text))
