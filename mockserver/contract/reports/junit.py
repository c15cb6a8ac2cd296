"""The report as JUnit XML, as Jenkins and Surefire describe it (jenkins-junit.xsd, surefire-test-report.xsd).

A test case is an operation in a phase, or what else was tested. What counts is a `failure`; what was accepted or not
tested is `skipped`; a run that broke off is an `error`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final
from xml.etree import ElementTree

from mockserver.contract.events import Tested, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.reports import texts
from mockserver.contract.results import Results, Session

_ENDINGS: Final = {Verdict.FAILED: "the run did not finish", Verdict.INTERRUPTED: "the run was interrupted"}


@dataclass(frozen=True, slots=True)
class _Case:
    group: str
    name: str
    seconds: float
    findings: Sequence[Finding]
    skipped: str = ""
    error: str = ""


def write(results: Results) -> str:
    """Return the report as text."""
    root = ElementTree.Element("testsuites")
    suites = [_suite(root, session, results) for session in results.sessions]
    if not suites:
        suites = [_empty(root, results)]
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(root: ElementTree.Element, session: Session, results: Results) -> ElementTree.Element:
    suite = ElementTree.SubElement(root, "testsuite", name=texts.subject(session))
    suite.set("timestamp", session.started.at.replace(tzinfo=None).isoformat(timespec="seconds"))
    properties = ElementTree.SubElement(suite, "properties")
    values = {"document": session.started.document, "seed": session.started.seed}
    for name, value in {**values, **session.ended.counts}.items():
        if value is not None:
            ElementTree.SubElement(
                properties, "property", name=texts.line(name), value=texts.line(str(value))
            )
    _fill(suite, _cases(session), results.fail_on)
    seconds = session.ended.seconds or sum(test.seconds for test in session.tests)
    suite.set("time", f"{seconds:.3f}")
    if session.said:
        lines = (f"{said.level.value}: {texts.visible(said.text)}" for said in session.said)
        ElementTree.SubElement(suite, "system-out").text = "\n".join(lines)
    return suite


def _empty(root: ElementTree.Element, results: Results) -> ElementTree.Element:
    """Add what there is to say about a run that has not even begun."""
    suite = ElementTree.SubElement(root, "testsuite", name="mockserver", time="0.000")
    suite.set("timestamp", results.at.replace(tzinfo=None).isoformat(timespec="seconds"))
    why = "; ".join(texts.line(said.text) for said in results.said)
    error = _ENDINGS.get(results.verdict, "")
    _fill(suite, [_Case("mockserver", "the run", 0, (), error=f"{error}: {why}" if error else "")], None)
    return suite


def _cases(session: Session) -> Iterable[_Case]:
    package = PurePath(texts.line(session.started.document)).stem.replace(".", "_") or "document"

    def group(name: str) -> str:
        return f"{package}.{texts.line(name or session.started.tool).replace('.', '_')}"

    told = set()
    for test in session.tests:
        told |= {finding.fingerprint for finding in test.findings}
        yield _case(group(test.group), test)
    for finding in session.findings:
        if finding.fingerprint not in told:
            name = " ".join(part for part in (finding.operation, finding.check, finding.place) if part)
            yield _Case(group(""), name, 0, (finding,))
    if session.ended.verdict in _ENDINGS:
        why = "; ".join(texts.line(said.text) for said in session.said if said.level is Level.ERROR)
        ending = _ENDINGS[session.ended.verdict]
        yield _Case(group(""), "the run", 0, (), error=f"{ending}: {why}" if why else ending)


def _case(group: str, test: Tested) -> _Case:
    return _Case(group, test.name, test.seconds, texts.sorted_findings(test.findings), test.skipped)


def _fill(suite: ElementTree.Element, cases: Iterable[_Case], fail_on: Level | None) -> None:
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for case in cases:
        counts["tests"] += 1
        element = ElementTree.SubElement(
            suite, "testcase", name=texts.line(case.name), classname=case.group, time=f"{case.seconds:.3f}"
        )
        failing = [item for item in case.findings if _counts(item, fail_on)]
        rest = [item for item in case.findings if not _counts(item, fail_on)]
        if case.error:
            counts["errors"] += 1
            ElementTree.SubElement(
                element, "error", type="run", message=texts.line(case.error)
            ).text = case.error
        elif failing:
            counts["failures"] += 1
            _failure(element, failing)
        elif case.skipped or any(item.known for item in rest):
            counts["skipped"] += 1
            why = case.skipped or next(f"accepted: {item.known}" for item in rest if item.known)
            ElementTree.SubElement(element, "skipped", message=texts.line(why))
        if rest:
            ElementTree.SubElement(element, "system-out").text = "\n\n".join(map(texts.plain, rest))
    for name, number in counts.items():
        suite.set(name, str(number))


def _counts(finding: Finding, fail_on: Level | None) -> bool:
    return not finding.known and fail_on is not None and finding.level.rank <= fail_on.rank


def _failure(element: ElementTree.Element, findings: Sequence[Finding]) -> None:
    """Add one failure for all findings: most readers of the format show only the first."""
    first = findings[0]
    message = f"{first.title}: {first.message}"
    if len(findings) > 1:
        message += f" (and {len(findings) - 1} more)"
    failure = ElementTree.SubElement(
        element, "failure", type=texts.line(first.check), message=texts.line(message)
    )
    failure.text = "\n\n".join(map(texts.plain, findings))
