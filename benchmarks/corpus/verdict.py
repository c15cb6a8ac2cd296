"""Judges answers: a documented status, a declared media type, a body and headers that validate."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field, replace
from typing import Any

from corpus import bodies, styles
from corpus.cases import Case
from corpus.client import Answer
from corpus.judge import RESPONSE, Judge, Unjudged
from corpus.reading import Media, Op, Reply

PARAMETER, BODY = (400, 422), (400, 422)
CONVENTIONAL = {
    "missing-parameter": PARAMETER, "wrong-parameter": PARAMETER, "wrong-path": (400, 404, 422),
    "missing-body": (400, 415, 422), "wrong-body": BODY, "missing-property": BODY, "wrong-property": BODY,
    "undeclared-media": (415, 400, 422), "no-credentials": (401, 403),
}  # fmt: skip


@dataclass
class Verdict:
    """What an answer is worth.

    Attributes:
        answered: There is one, with a status of the right kind.
        fault: What is wrong with it, "" where nothing is.
        unjudged: What could not be judged of it.
        validated: A schema was applied to its body.
    """

    answered: bool = False
    fault: str = ""
    unjudged: list[str] = field(default_factory=list)
    validated: bool = False


def reply_for(op: Op, status: int) -> Reply | None:
    """Return the declared response of a status."""
    by_name = {name.upper(): reply for name, reply in op.replies.items()}
    return by_name.get(str(status)) or by_name.get(f"{status // 100}XX") or by_name.get("DEFAULT")


def is_success(op: Op, status: int) -> bool:
    """Return whether a status is a documented success.

    Where a 2xx is declared it is one of these; else what `default` stands for, else a redirection that is declared.
    Where only errors are declared, one of them is right; where nothing is, any 2xx.
    """
    names = {name.upper() for name in op.replies}
    twos = {name for name in names if name.startswith("2")}
    if twos:
        return str(status) in twos or (f"{status // 100}XX" in twos)
    # A 1xx is no answer yet (RFC 9110 section 15.2).
    others = {name for name in names if name.startswith("3")} or names
    if "DEFAULT" not in names and others:
        return str(status) in others or f"{status // 100}XX" in others
    return 200 <= status < 300


def judge_answer(judge: Judge, case: Case, answer: Answer) -> Verdict:
    """Judge one answer; where several operations have one path, it has to be right for one of them."""
    verdict = _judge(judge, case, case.op, answer)
    for other in case.op.others:
        if verdict.fault and not (another := _judge(judge, case, other, answer)).fault:
            return another
    return verdict


def _judge(judge: Judge, case: Case, op: Op, answer: Answer) -> Verdict:
    verdict = Verdict()
    if answer.problem:
        verdict.fault = answer.problem
        return verdict
    if case.valid:
        if not is_success(op, answer.status):
            declared = ", ".join(op.replies) or "nothing"
            verdict.fault = f"{answer.status} is no documented success (declared: {declared})"
            return verdict
    else:
        if not 400 <= answer.status < 500:
            verdict.fault = f"{answer.status}, and it should have been refused: {case.what}"
            return verdict
        if answer.status not in CONVENTIONAL[case.kind]:
            verdict.fault = f"{answer.status} is no status for this: {case.what}"
            return verdict
    return _declared(judge, case, op, answer, verdict)


def judge_refusal(judge: Judge, case: Case, answer: Answer) -> Verdict:
    """Judge an error that was to be expected, by what its operation declares for that status."""
    verdict = Verdict()
    if answer.problem:
        verdict.fault = answer.problem
        return verdict
    return _declared(judge, replace(case, kind="refusal"), case.op, answer, verdict)


def _declared(judge: Judge, case: Case, op: Op, answer: Answer, verdict: Verdict) -> Verdict:
    verdict.answered = True
    reply = reply_for(op, answer.status)
    if reply is not None:
        try:
            _body(judge, case, answer, reply, verdict)
            if not verdict.fault:
                _headers(judge, answer, reply, verdict)
        except Unjudged as error:
            verdict.unjudged.append(str(error))
    return verdict


def _body(judge: Judge, case: Case, answer: Answer, reply: Reply, verdict: Verdict) -> None:
    if case.op.method == "HEAD" or answer.status in (204, 205, 304):
        if answer.body:
            verdict.fault = f"a body comes with {answer.status} to {case.op.method}"
        return
    if not reply.content:
        if answer.body and case.valid:
            verdict.fault = "a body comes where none is declared"
        return
    sent = answer.header("content-type")
    if not answer.body and sent is None:
        if not all(_may_be_empty(media) for media in reply.content.values()):
            verdict.fault = f"no body comes, and {', '.join(reply.content)} is declared"
        return
    if sent is None:
        verdict.fault = "a body comes without Content-Type"
        return
    media = media_for(reply, sent)
    if media is None:
        verdict.fault = f"the answer is {sent}, and {', '.join(reply.content)} is declared"
        return
    _content(judge, media, bodies.essence(sent), answer.body, verdict)


def _may_be_empty(media: Media) -> bool:
    return media.schema is None or bodies.kind_of(media.name) in ("text", "bytes")


def media_for(reply: Reply, sent: str) -> Media | None:
    """Return the declared media type of an answer, the most specific first."""
    name = bodies.essence(sent)
    found = {bodies.essence(one): media for one, media in reply.content.items()}
    for wanted in (name, f"{name.split('/')[0]}/*", "*/*"):
        if wanted in found:
            return found[wanted]
    return None


def _content(judge: Judge, media: Media, name: str, body: bytes, verdict: Verdict) -> None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        if bodies.kind_of(name) == "json" or name.startswith("text/"):
            verdict.fault = "the body is no UTF-8"
        return
    if name in (
        "application/jsonl",
        "application/x-ndjson",
        "application/json-seq",
        "application/x-jsonlines",
    ):
        items = [_json(line.lstrip("\x1e"), verdict) for line in text.splitlines() if line.strip()]
        if media.item_schema is not None:
            _each(judge, media.item_schema, items, verdict)
        return
    if name == "text/event-stream":
        if not any(line.startswith(("data:", "event:", "id:", ":", "retry:")) for line in text.splitlines()):
            verdict.fault = "the body is no event stream"
        return
    kind = bodies.kind_of(name)
    if kind == "json":
        value = _json(text, verdict)
        if not verdict.fault:
            verdict.fault = _where("the body", judge.fault(media.schema, value, RESPONSE))
            verdict.validated = media.schema is not None
    elif name.endswith(("/xml", "+xml")):
        try:
            ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            verdict.fault = f"the body is no XML: {error}"
    elif kind == "text" and media.schema is not None:
        faults = [judge.fault(media.schema, value, RESPONSE) for value in styles.readings([text], "form")]
        if all(faults):
            verdict.unjudged.append(f"{name}: {faults[0]}")


def _json(text: str, verdict: Verdict) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        verdict.fault = verdict.fault or f"the body is no JSON: {error}"
        return None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _each(judge: Judge, schema: dict[str, Any], items: list[Any], verdict: Verdict) -> None:
    for index, item in enumerate(items):
        verdict.fault = verdict.fault or _where(f"item {index}", judge.fault(schema, item, RESPONSE))
        verdict.validated = True


def _where(place: str, fault: str) -> str:
    return f"{place} is invalid: {fault}" if fault else ""


def _headers(judge: Judge, answer: Answer, reply: Reply, verdict: Verdict) -> None:
    for name, declared in reply.headers.items():
        text = answer.header(name)
        if text is None:
            if declared.required:
                verdict.fault = f"the required header {name} is missing"
                return
            continue
        if declared.schema is None:
            continue
        readings = styles.readings([text], "simple")
        if declared.media is None:
            readings.append([part.strip() for part in text.split(",")])
            numbers = [one for one in readings[-1] if one.lstrip("-").isdigit()]
            readings.append([int(one) for one in numbers])
            parts = [part.strip() for part in text.split(",")]
            readings.append(dict(zip(parts[::2], parts[1::2], strict=False)))
            readings.append(dict(part.split("=", 1) for part in parts if "=" in part))
        faults = [judge.fault(declared.schema, value, RESPONSE) for value in readings]
        if all(faults):
            verdict.fault = f"the header {name}: {text!r} is invalid: {faults[0]}"
            return
