"""Logs in SARIF 2.1.0 (OASIS, errata 01): of contract tests, and of `check`, which hands in results of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from mockserver import __version__, jsontext
from mockserver.contract.events import Verdict
from mockserver.contract.findings import Came, Finding, Sent
from mockserver.contract.reports import texts
from mockserver.contract.results import Results

_HOME: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_URL: Final = re.compile(
    r"(https?://(?:\[[0-9a-f:.]+\]|[\w.-]+)(?::\d+)?)((?:[/?](?:[^%#]|%[0-9a-f]{2})*)?)\Z",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What is checked (section 3.49).

    Attributes:
        help: What to do about it, "" where there is no general advice.
    """

    id: str
    text: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that was found (section 3.27).

    Attributes:
        rule: Id of its rule.
        level: `error`, `warning` or `note`.
        file: As a person would name it; "" for none.
        pointer: JSON pointer in the file.
        more: Other properties of the result, as SARIF names them.
    """

    rule: str
    level: str
    text: str
    file: str = ""
    line: int | None = None
    column: int | None = None
    pointer: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


def log(
    rules: Iterable[Rule],
    results: Iterable[Result],
    *,
    problems: Sequence[str] = (),
    notices: Iterable[tuple[str, str]] = (),
    exit_code: int | None = None,
) -> dict[str, Any]:
    """Return a log with one run.

    Args:
        rules: All that results name.
        results: What was found.
        problems: Why the tool did not do all of its work; none if it did.
        notices: Levels and texts of what else is to be said.
        exit_code: Of the process; None if it is not known.
    """
    sorted_rules = sorted(rules, key=lambda rule: rule.id)
    index = {rule.id: number for number, rule in enumerate(sorted_rules)}
    said = [("error", text) for text in problems] + list(notices)
    invocation: dict[str, Any] = {
        "executionSuccessful": not problems,
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": texts.visible(text)}} for level, text in said
        ],
    }
    if exit_code is not None:
        invocation["exitCode"] = exit_code
    return {
        "$schema": _HOME,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "mockserver",
                        "semanticVersion": __version__,
                        "rules": [_rule(rule) for rule in sorted_rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [invocation],
                "results": [_result(result, index) for result in results],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": rule.id, "shortDescription": {"text": texts.visible(rule.text)}}
    return {**shown, "help": {"text": texts.visible(rule.help)}} if rule.help else shown


def _result(result: Result, index: Mapping[str, int]) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if result.file:
        physical: dict[str, Any]
        location["physicalLocation"] = physical = {"artifactLocation": {"uri": uri(result.file)}}
        if result.line is not None:
            physical["region"] = region = {"startLine": result.line}
            if result.column is not None:
                region["startColumn"] = result.column
    if result.pointer or result.file:
        location["logicalLocations"] = [
            {"fullyQualifiedName": texts.visible(result.pointer), "kind": "object"}
        ]
    return {
        "ruleId": result.rule,
        "ruleIndex": index[result.rule],
        "level": result.level,
        "message": {"text": texts.visible(result.text)},
        "locations": [location] if location else [],
        **result.more,
    }


def uri(file: str) -> str:
    """Return the URI of a file, relative where its name is; URLs are URIs already."""
    url = _URL.match(texts.line(file))
    if url is not None:
        return url[1] + quote(url[2], safe="/?!$&'()*+,;=:@%~")
    path = Path(texts.line(file))
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


# Of contract tests.


def write(results: Results) -> str:
    """Return the report as text."""
    return jsontext.dumps(as_dict(results), indent=True).decode() + "\n"


def as_dict(results: Results) -> dict[str, Any]:
    """Return the report as a JSON object."""
    rules: dict[str, Rule] = {}
    told: list[Result] = []
    problems: list[str] = []
    for session in results.sessions:
        for finding in session.findings:
            name = texts.line(finding.check) or "finding"
            rules.setdefault(name, Rule(name, finding.title or name, finding.advice))
            told.append(_of(finding, name, session.started.document))
        if session.ended.verdict is Verdict.FAILED:
            problems.append(f"{texts.subject(session)} did not finish")
    if results.verdict is Verdict.FAILED and not problems:
        problems.append("the run did not finish")
    if results.verdict is Verdict.INTERRUPTED:
        problems.append("the run was interrupted")
    notices = [(said.level.value, said.text) for said in results.notices]
    return log(rules.values(), told, problems=problems, notices=notices, exit_code=int(results.verdict))


def _of(finding: Finding, name: str, document: str) -> Result:
    where = f"{finding.operation}: " if finding.operation else ""
    advice = f"\n\n{finding.advice}" if finding.advice else ""
    sent = f"\n\n{finding.sent.curl()}" if finding.sent else ""
    more: dict[str, Any] = {
        "partialFingerprints": {"mockserver/v1": finding.fingerprint},
        "occurrenceCount": finding.times,
    }
    if finding.sent:
        more["webRequest"] = _request(finding.sent)
    if finding.came:
        more["webResponse"] = _response(finding.came)
    if finding.known:
        more["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": texts.visible(finding.known)}
        ]
    said = finding.says
    return Result(
        name,
        finding.level.value,
        f"{where}{finding.title}\n{finding.message}{advice}{sent}",
        texts.file_of(finding, document),
        said.line if said else None,
        said.column if said else None,
        said.pointer if said else "",
        more,
    )


def _request(sent: Sent) -> dict[str, Any]:
    """Return a request (section 3.46)."""
    shown = {
        "method": texts.line(sent.method),
        "target": texts.line(sent.url),
        "headers": _headers(sent.headers),
    }
    return {**shown, "body": {"text": texts.visible(_text(sent.body))}} if sent.body else shown


def _response(came: Came) -> dict[str, Any]:
    """Return an answer (section 3.47)."""
    shown = {"statusCode": came.status, "headers": _headers(came.headers)}
    return {**shown, "body": {"text": texts.visible(_text(came.body))}} if came.body else shown


def _text(body: bytes) -> str:
    return body.decode("utf-8", "backslashreplace")


def _headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in ((texts.line(name), texts.line(value)) for name, value in headers):
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
