"""What Schemathesis tells of a scenario: its requests in their order, what came, and which checks failed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from mockserver.contract.findings import Came, Sent
from mockserver.mocking.judging import Message, Reply

STATEFUL = "stateful"


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that failed.

    Attributes:
        check: Schemathesis' name of the check.
        code: Its number of the kind of failure, e.g. `ST108`.
        operation: `GET /pets`.
    """

    check: str
    code: str
    operation: str
    title: str
    message: str


@dataclass(slots=True)
class Step:
    """A request of a scenario.

    Attributes:
        came: None where no answer came.
        is_whole: Whether the body of the answer is all of it.
        parent: The step that it follows from.
        link: The link along which it was made, in Schemathesis' words; "" for none.
        is_valid: Whether the document allows the request, credentials apart; the judge says so.
        flaw: What was made wrong, in Schemathesis' words.
        place, parameter: Where, and of which parameter.
    """

    id: str
    operation: str
    sent: Sent
    came: Came | None
    is_whole: bool = True
    parent: Step | None = None
    link: str = ""
    is_valid: bool = False
    flaw: str = ""
    place: str = ""
    parameter: str = ""
    failures: list[Failure] = field(default_factory=list)

    @property
    def message(self) -> Message:
        """The request, to be judged."""
        parts = urlsplit(self.sent.url)
        path = parts.path or "/"
        return Message(
            self.sent.method,
            path,
            parts.query.encode("utf-8", "replace"),
            _raw(self.sent.headers),
            self.sent.body,
        )

    @property
    def reply(self) -> Reply | None:
        """The answer, to be judged."""
        if self.came is None:
            return None
        return Reply(self.came.status, _raw(self.came.headers), self.came.body, self.is_whole)

    def ancestors(self) -> list[Step]:
        """Return the steps that this one follows from, the first one first."""
        found: list[Step] = []
        step = self.parent
        while step is not None and step not in found:
            found.insert(0, step)
            step = step.parent
        return found


@dataclass(frozen=True, slots=True)
class Scenario:
    """Some requests that belong together.

    Attributes:
        phase: E.g. `coverage`.
        label: The operation, or another name.
        steps: In the order in which they were sent.
        skipped: Why there are none; "" if there are.
    """

    phase: str
    label: str
    status: str
    seconds: float
    steps: tuple[Step, ...]
    skipped: str = ""


def read(raw: Mapping[str, Any], base: str | None = None) -> Scenario:
    """Return the scenario of a `ScenarioFinished` event.

    Args:
        raw: The event.
        base: Base URL for requests of which only the parts are known: those that have met with an error of the
            network; None to leave these out.
    """
    recorder = raw.get("recorder") or {}
    steps = {step.id: step for step in _steps(recorder)}
    for id, node in (recorder.get("cases") or {}).items():
        if base is not None and id not in steps:
            case = node.get("value") or {}
            label = f"{case.get('method', '')} {case.get('path', '')}"
            steps[id] = Step(id, label, made(case, base), None)
    for id, node in (recorder.get("cases") or {}).items():
        if id in steps:
            steps[id].parent = steps.get(node.get("parent_id") or "")
            if node.get("is_transition_applied"):
                steps[id].link = (node.get("transition") or {}).get("id", "")
    for id, checks in (recorder.get("checks") or {}).items():
        for check in checks:
            failure = (check.get("failure_info") or {}).get("failure")
            if failure is None:
                continue
            step = steps.get(failure.get("case_id") or id) or steps.get(id)
            if step is not None:
                step.failures.append(_failure(check.get("name", ""), failure, step))
    return Scenario(
        raw.get("phase", ""),
        recorder.get("label") or "",
        raw.get("status", ""),
        raw.get("elapsed_time") or 0.0,
        tuple(steps.values()),
        (raw.get("skip_reason") or "not tested") if raw.get("status") == "skip" else "",
    )


def made(case: Mapping[str, Any], base: str) -> Sent:
    """Return the request of a case, as near as its parts tell."""
    path = str(case.get("path", ""))
    for name, value in (case.get("path_parameters") or {}).items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    query = urlencode(case.get("query") or {}, doseq=True)
    headers = tuple((str(name), str(value)) for name, value in (case.get("headers") or {}).items())
    body = case.get("body")
    if body is not None and case.get("media_type"):
        headers = (*headers, ("Content-Type", str(case["media_type"])))
    data = (
        b""
        if body is None
        else _body(body)
        if isinstance(body, dict) and "$base64" in body
        else json.dumps(body).encode()
    )
    return Sent(str(case.get("method", "GET")), f"{base}{path}{f'?{query}' if query else ''}", headers, data)


def _failure(check: str, raw: Mapping[str, Any], step: Step) -> Failure:
    operation = raw.get("operation") or step.operation
    return Failure(check, raw.get("code", ""), operation, raw.get("title", ""), raw.get("message", ""))


def _steps(recorder: Mapping[str, Any]) -> Iterator[Step]:
    cases = recorder.get("cases") or {}
    for id, interaction in (recorder.get("interactions") or {}).items():
        case = (cases.get(id) or {}).get("value") or {}
        meta = case.get("meta") or {}
        data = (meta.get("phase") or {}).get("data") or {}
        request, response = interaction["request"], interaction.get("response")
        yield Step(
            id,
            f"{case.get('method', request['method'])} {case.get('path', '')}",
            Sent(request["method"], request["uri"], _headers(request), _body(request.get("body"))),
            None if response is None else _came(response),
            response is None or "content_size" not in response,
            flaw=data.get("description") or "",
            place=data.get("parameter_location") or "",
            parameter=data.get("parameter") or "",
        )


def _came(response: Mapping[str, Any]) -> Came:
    elapsed = response.get("elapsed")
    return Came(
        response["status_code"],
        _headers(response),
        _body(response.get("content")),
        None if elapsed is None else elapsed * 1000,
    )


def _headers(message: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    fields = message.get("headers") or {}
    return tuple((name, value) for name, values in fields.items() for value in _list(values))


def _list(values: Any) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list) else [str(values)]


def _body(raw: Any) -> bytes:
    if isinstance(raw, dict):
        return base64.b64decode(raw.get("$base64", ""))
    return str(raw).encode("utf-8", "surrogatepass") if raw else b""


def _raw(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("latin-1", "replace"), _latin(value)) for name, value in headers)


def _latin(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")
