"""Scenarios as findings: what was wrong, where the document says so, and what to do.

Schemathesis says which checks failed. What an answer does to its document we judge ourselves, to the place and the
rule, and so we do with requests: two judges agree, or the finding says that they do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.contract.describing import CHECKS, Check, describe, says
from mockserver.contract.findings import Came, Finding, Level, Says, Sent
from mockserver.contract.target import for_operation
from mockserver.contract.verify import checks
from mockserver.contract.verify.effort import Subject
from mockserver.contract.verify.network import NetworkError
from mockserver.contract.verify.scenario import Failure, Scenario, Step, made
from mockserver.document import pointer as ptr
from mockserver.document.model import Document, Operation
from mockserver.document.routing import Router
from mockserver.errors import Violation
from mockserver.mocking.judging import BODILESS, Judge, Judged

_DISAGREEMENT: Final = "Our own judge finds nothing wrong with it, so this may be a false alarm: "


@dataclass(frozen=True, slots=True)
class _Case:
    """A failed check with all that is known of it."""

    document: Document
    operation: Operation | None
    step: Step
    judged: Judged
    failure: Failure
    check: Check

    def finding(
        self,
        location: tuple[str | int, ...] = (),
        rule: str = "",
        told: Says | None = None,
        message: str = "",
        level: Level | None = None,
    ) -> Finding:
        """Return the finding of this check at a place."""
        return Finding(
            self.check.name,
            level or self.check.level,
            self.check.title,
            message or plain(self.failure.message) or self.failure.title,
            self.failure.operation,
            self.operation.id if self.operation else "",
            location,
            rule,
            told,
            self.check.advice,
            self.step.sent,
            self.step.came,
        )

    @property
    def says_responses(self) -> Says | None:
        """What the document says about the statuses of what was asked."""
        asked = self.judged.operation or self.operation
        if asked is None:
            return None
        told = says(self.document, ptr.join(asked.pointer, "responses"))
        text = f"responses: {', '.join(asked.responses)}"
        return None if told is None else replace(told, text=text)

    @property
    def violations(self) -> list[Violation]:
        """What is wrong with the request besides its credentials."""
        return violations_of(self.judged)


def violations_of(judged: Judged) -> list[Violation]:
    """Return what is wrong with a request besides its credentials."""
    return [item for item in judged.request if item.location[:1] != ("security",)]


def _accepted_invalid(case: _Case) -> Iterator[Finding]:
    flaw = f" (made wrong on purpose: {case.step.flaw})" if case.step.flaw else ""
    status = case.step.came.status if case.step.came else 0
    for violation in case.violations:
        message = f"{violation}; the server answers {status}{flaw}"
        yield case.finding(violation.location, "", says(case.document, violation.pointer), message)
    if not case.judged.request:
        message = f"{_DISAGREEMENT}{plain(case.failure.message)}{flaw}"
        yield case.finding(rule="disputed", message=message, level=Level.NOTE)


def _refused_valid(case: _Case) -> Iterator[Finding]:
    operation = case.operation
    if case.violations:
        what = "; ".join(str(item) for item in case.violations[:3])
        message = f"Our own judge finds this request to be wrong ({what}), so this may be a false alarm"
        yield case.finding(rule="disputed", message=message, level=Level.NOTE)
        return
    told = None
    if operation is not None:
        body = operation.request_body if case.step.sent.body else None
        place = body.pointer if body else ptr.join(operation.pointer, "parameters")
        told = says(case.document, place)
    yield case.finding(told=told)


def _without_header(case: _Case) -> Iterator[Finding]:
    name = case.step.parameter
    schemes = case.document.security_schemes.values()
    if name.lower() in {"authorization", *(scheme.parameter.lower() for scheme in schemes)}:
        return  # Another check is about credentials.
    parameters = case.operation.parameters if case.operation else ()
    found = [item for item in parameters if item.place == "header" and item.name.lower() == name.lower()]
    yield case.finding(
        ("header", name) if name else (), "", says(case.document, found[0].pointer) if found else None
    )


def _wrong_method(case: _Case) -> Iterator[Finding]:
    path = case.failure.operation.partition(" ")[2]
    told = None
    if case.operation is not None:
        place = ptr.join("", *ptr.split(case.operation.pointer)[:-1])
        told = says(case.document, place)
        methods = [item.method for item in case.document.operations.values() if item.path == path]
        told = told and replace(told, text=f"{path}: {', '.join(methods)}")
    status = case.step.came.status if case.step.came else 0
    rule = "allow" if status == 405 else "status"
    yield case.finding(("method",), rule, told)


def _allow_header(case: _Case) -> Iterator[Finding]:
    yield case.finding(("header", "Allow"))


def _ignored_auth(case: _Case) -> Iterator[Finding]:
    title, told = case.failure.title.lower(), None
    rule = "missing" if "without" in title else "answer" if title.startswith("unexpected") else "wrong"
    if case.operation is not None:
        own = ptr.join(case.operation.pointer, "security")
        told = says(case.document, own)
        if told is None or not told.text:
            told = says(case.document, "/security")
    yield case.finding(("security",), rule, told)


def _plain_case(case: _Case) -> Iterator[Finding]:
    yield case.finding(told=case.says_responses)


def _of_the_answer(case: _Case) -> Iterator[Finding]:
    came = case.step.came
    if came is None or came.status in BODILESS or case.step.sent.method == "HEAD":
        return  # It has no body, whatever the document says of one.
    message = f"{_DISAGREEMENT}{plain(case.failure.message)}"
    yield case.finding(rule="disputed", message=message, level=Level.WARNING)


_EXPLAINED: Final[Mapping[str, Callable[[_Case], Iterator[Finding]]]] = {
    **dict.fromkeys(checks.OF_THE_ANSWER, _of_the_answer),
    "ST201": _accepted_invalid,
    "ST202": _refused_valid,
    "ST203": _without_header,
    "ST204": _wrong_method,
    "ST205": _allow_header,
    "ST401": _ignored_auth,
}
_DELETED: Final = "ST301"


class Explainer:
    """Makes findings of the scenarios of one subject."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        document = subject.document
        self._judge = Judge(document, Router(document, urlsplit(subject.target.url).path))
        self._operations = {str(operation): operation for operation in document.operations.values()}

    def findings(self, scenario: Scenario, errors: Sequence[NetworkError] = ()) -> list[Finding]:
        """Return what a scenario shows, each once and with its `times`; secrets are hidden.

        Args:
            scenario: The scenario.
            errors: Why requests of it have no answer, in their order.
        """
        merged: dict[str, Finding] = {}
        for finding in self._all(scenario, errors):
            key = finding.fingerprint
            known = merged.get(key)
            merged[key] = replace(known, times=known.times + 1) if known else finding
        return [self._subject.target.masked_finding(finding) for finding in merged.values()]

    def not_tested(self, label: str, message: str) -> Finding:
        """Return that an operation could not be tested."""
        check, operation = checks.NOT_TESTED, self._operations.get(label)
        id, told = "", None
        if operation is not None:
            id, told = operation.id, says(self._subject.document, operation.pointer)
        found = Finding(
            check.name, check.level, check.title, message, label, id, says=told, advice=check.advice
        )
        return self._subject.target.masked_finding(found)

    def gone(self, recent: Sequence[Mapping[str, Any]]) -> Finding:
        """Return that the server is gone, after its last requests."""
        found = self._lost(recent[-1], "gone", "the server went away; this was the last request that it got")
        target = self._subject.target
        earlier = tuple((target.masked_sent(made(case, target.url)), None) for case in recent[:-1])
        return replace(found, before=earlier)

    def endless(self, case: Mapping[str, Any]) -> Finding:
        """Return that an answer did not end."""
        return self._lost(
            case, "endless", "the answer did not end, though something came of it time and again"
        )

    def _lost(self, case: Mapping[str, Any], rule: str, what: str) -> Finding:
        check, label = checks.NO_ANSWER, f"{case.get('method')} {case.get('path')}"
        operation, target = self._operations.get(label), self._subject.target
        sent = made(case, target.url)
        known = for_operation(target, self._subject.document, operation) if operation else []
        headers = [(name, value) for place, name, value in known if place == "header"]
        finding = Finding(
            check.name,
            check.level,
            check.title,
            f"{sent.method} {sent.url}: {what}",
            label,
            operation.id if operation else "",
            rule=rule,
            advice=check.advice,
            sent=replace(sent, headers=(*target.headers.items(), *headers, *sent.headers)),
        )
        return target.masked_finding(finding)

    def _all(self, scenario: Scenario, errors: Sequence[NetworkError]) -> Iterator[Finding]:
        unanswered = [step for step in scenario.steps if step.came is None]
        for step in scenario.steps:
            if step.came is not None:
                yield from self._of(step, scenario)
        # Which error is of which request is not told; what they have in common is the operation, and often the cause.
        for number, step in enumerate(unanswered):
            error = errors[min(number, len(errors) - 1)] if errors else NetworkError("", "")
            yield self._unanswered(step, error, scenario.label)

    def _of(self, step: Step, scenario: Scenario) -> Iterator[Finding]:
        judged = self._judge.judge(step.message, step.reply)
        step.is_valid = str(judged.operation) == step.operation and not violations_of(judged)
        answered = describe(
            self._subject.document, Judged(judged.route, response=judged.response), step.sent, step.came
        )
        before = _before(step, step.ancestors())
        for finding in answered:
            yield replace(finding, before=before)
        names = {finding.check for finding in answered}
        for failure in step.failures:
            check = checks.FAILURES.get(failure.code) or checks.unknown(failure.check, failure.title)
            if check.name in names or (answered and failure.code in checks.OF_THE_ANSWER):
                continue  # Ours says more.
            if str(judged.operation) != step.operation and failure.code not in checks.OF_ANY_REQUEST:
                continue  # What was put into its path made it a request for something else.
            earlier = before
            if failure.code == _DELETED:
                earlier = _before(step, [*step.ancestors(), *_deletions(step, scenario.steps)])
            operation = self._operations.get(failure.operation)
            case = _Case(self._subject.document, operation, step, judged, failure, check)
            for finding in _EXPLAINED.get(failure.code, _plain_case)(case):
                yield replace(finding, before=earlier)

    def _unanswered(self, step: Step, error: NetworkError, label: str) -> Finding:
        operation = self._operations.get(step.operation)
        check = CHECKS["response-body"] if error.is_of_the_body else checks.NO_ANSWER
        return Finding(
            check.name,
            check.level,
            check.title,
            f"{step.sent.method} {step.sent.url}: {error.told(self._subject.target.timeout_s)}",
            step.operation if operation else label,
            operation.id if operation else "",
            ("body",) if error.is_of_the_body else (),
            "encoding" if error.is_of_the_body else "",
            advice=check.advice,
            sent=step.sent,
            before=_before(step, step.ancestors()),
        )


def _before(step: Step, earlier: Sequence[Step]) -> tuple[tuple[Sent, Came | None], ...]:
    """Return the exchanges of earlier steps, without those that ask for the same as this one.

    A check sends a request again, say without credentials: that follows from the first, and does not need it.
    """
    seen = {step.id}
    found: list[tuple[Sent, Came | None]] = []
    for other in earlier:
        is_same = (other.sent.method, other.sent.url, other.sent.body) == (
            step.sent.method,
            step.sent.url,
            step.sent.body,
        )
        if other.id not in seen and not is_same:
            found.append((other.sent, other.came))
        seen.add(other.id)
    return tuple(found)


def _deletions(step: Step, steps: Sequence[Step]) -> list[Step]:
    """Return the deletions before a step that were answered well."""
    earlier = steps[: list(steps).index(step)]
    return [
        item
        for item in earlier
        if item.sent.method == "DELETE" and item.came is not None and 200 <= item.came.status < 300
    ]


def plain(text: str) -> str:
    """Return a message of Schemathesis as plain sentences: its first paragraphs, without marks.

    Left out are the statuses that it would have expected: the message says what came.
    """
    lines = [line for line in text.splitlines() if not line.strip().startswith("Expected: ")]
    paragraphs = [" ".join(part.split()) for part in "\n".join(lines).split("\n\n") if part.strip()]
    return ". ".join(part.rstrip(".:") for part in paragraphs[:2]).replace("`", "")
