"""The report for programs: one JSON object, described in docs/reports.md."""

from __future__ import annotations

from typing import Any, Final

from mockserver import __version__, jsontext
from mockserver.contract.events import Said, Tested
from mockserver.contract.findings import Came, Finding, Level, Says, Sent
from mockserver.contract.results import Results, Session

FORMAT: Final = "1"
"""Version of the format: a larger one when something is taken away or changes its meaning; additions do not count."""


def write(results: Results) -> str:
    """Return the report as text."""
    return jsontext.dumps(as_dict(results), indent=True).decode("utf-8", "replace") + "\n"


def as_dict(results: Results) -> dict[str, Any]:
    """Return the report as a JSON object."""
    counts = results.counts
    return {
        "report": FORMAT,
        "mockserver": __version__,
        "at": results.at.isoformat(),
        "verdict": results.verdict.name.lower(),
        "exitCode": int(results.verdict),
        "failOn": results.fail_on.value if results.fail_on else "never",
        "counts": {**{f"{level.value}s": counts[level] for level in Level}, "accepted": results.accepted},
        "said": [_said(said) for said in results.said],
        "sessions": [_session(session) for session in results.sessions],
    }


def _session(session: Session) -> dict[str, Any]:
    started, ended = session.started, session.ended
    return {
        "tool": started.tool,
        "subject": started.subject,
        "document": started.document,
        "operations": started.operations,
        "seed": started.seed,
        "started": started.at.isoformat(),
        "seconds": round(ended.seconds, 3),
        "ended": ended.verdict.name.lower(),
        "counts": dict(ended.counts),
        "findings": [finding_dict(finding) for finding in session.findings],
        "tests": [_test(test) for test in session.tests],
        "said": [_said(said) for said in session.said],
        "details": ended.details,
    }


def finding_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding as a JSON object."""
    return {
        "id": finding.fingerprint,
        "check": finding.check,
        "level": finding.level.value,
        "title": finding.title,
        "message": finding.message,
        "operation": finding.operation or None,
        "operationId": finding.operation_id or None,
        "location": list(finding.location),
        "place": finding.place,
        "rule": finding.rule or None,
        "says": _says(finding.says) if finding.says else None,
        "advice": finding.advice or None,
        "sent": _sent(finding.sent) if finding.sent else None,
        "came": _came(finding.came) if finding.came else None,
        "before": [
            {"sent": _sent(sent), "came": _came(came) if came else None} for sent, came in finding.before
        ],
        "beside": [
            {"name": name, "sent": _sent(sent), "came": _came(came) if came else None}
            for name, sent, came in finding.beside
        ],
        "times": finding.times,
        "known": finding.known or None,
    }


def _says(says: Says) -> dict[str, Any]:
    return {
        "file": says.file or None,
        "pointer": says.pointer,
        "line": says.line,
        "column": says.column,
        "text": says.text or None,
    }


def _sent(sent: Sent) -> dict[str, Any]:
    return {
        "method": sent.method,
        "url": sent.url,
        "headers": [list(pair) for pair in sent.headers],
        "body": sent.body.decode("utf-8", "backslashreplace"),
        "curl": sent.curl(),
    }


def _came(came: Came) -> dict[str, Any]:
    return {
        "status": came.status,
        "headers": [list(pair) for pair in came.headers],
        "body": came.body.decode("utf-8", "backslashreplace"),
        "elapsedMs": came.elapsed_ms,
    }


def _test(test: Tested) -> dict[str, Any]:
    return {
        "name": test.name,
        "group": test.group or None,
        "seconds": round(test.seconds, 3),
        "cases": test.cases,
        "skipped": test.skipped or None,
        "findings": [finding.fingerprint for finding in test.findings],
    }


def _said(said: Said) -> dict[str, Any]:
    return {"level": said.level.value, "text": said.text}
