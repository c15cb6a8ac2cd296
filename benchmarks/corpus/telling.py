"""Tells a story to a server that has the document alone, and says how far it went as it should."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from processes import BenchError, Server

from corpus import story
from corpus.client import Answer, Client, curl
from corpus.files import DocumentProblem, Files
from corpus.judge import Judge, Unjudged
from corpus.run import read_operations
from corpus.table import columns
from corpus.verdict import judge_answer, judge_refusal


@dataclass(frozen=True)
class Wrong:
    """A step that did not go as it is told."""

    step: int
    request: str
    answer: str
    reasons: tuple[str, ...]


@dataclass
class Telling:
    """How a story went; green when each step did as it is told and each answer kept the document."""

    name: str
    story: str = ""
    steps: int = 0
    seconds: float = 0
    problem: str = ""
    wrong: list[Wrong] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)

    @property
    def is_green(self) -> bool:
        return not (self.problem or self.wrong)

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "green": self.is_green}


def tell(name: str, document: Path, file: Path, command: str, *, limit_s: float = 10) -> Telling:
    """Start a server and tell it the story; `command` holds `{document}` and `{port}`.

    Raises:
        BenchError: The story does not have its format.
    """
    raw, begun = story.read(file), time.perf_counter()
    result = Telling(name, str(raw.get("story", "")), len(raw["steps"]))
    server = Server(name, command, document)
    try:
        judge = Judge(Files(document))
        operations = read_operations(judge.files)
        server.start()
        client = Client(server.port, limit_s)
        captured: dict[str, Any] = {}
        for number, step in enumerate(raw["steps"], 1):
            try:
                case = story.request(step, raw.get("headers", {}), captured, operations)
                expected = story.filled(step["expect"], captured)
            except story.Untold as error:
                result.wrong.append(Wrong(number, step["request"], "", (f"not asked: {error}",)))
                continue
            answer = client.send(case)
            reasons = list(story.faults(answer, expected))
            judgement = judge_answer if answer.status < 400 else judge_refusal
            if not reasons and case.op.replies:
                try:
                    verdict = judgement(judge, case, answer)
                except Unjudged as error:
                    result.unjudged.append(f"step {number}: {error}")
                else:
                    reasons += [verdict.fault] if verdict.fault else []
                    result.unjudged += [f"step {number}: {text}" for text in verdict.unjudged]
            elif not reasons:
                reasons.append("the document has no such operation, or it declares no response")
            if reasons:
                shown = curl(case, server.port)
                result.wrong.append(Wrong(number, shown, str(answer), tuple(reasons)))
            _capture(step, answer, captured)
        client.close()
    except (BenchError, DocumentProblem) as error:
        result.problem = str(error)
    finally:
        server.stop()
        server.log.close()
    result.seconds = time.perf_counter() - begun
    return result


def _capture(step: dict[str, Any], answer: Answer, captured: dict[str, Any]) -> None:
    if not step.get("capture"):
        return
    try:
        body = json.loads(answer.body)
    except ValueError:
        return
    for name, pointer in step["capture"].items():
        value = story.at(body, pointer)
        if value is not None:
            captured[name] = value


def table(tellings: Sequence[Telling]) -> str:
    """Return a row for each story."""
    rows = [["document", "steps", "right", "s", "story"]]
    for one in tellings:
        right = one.steps - len(one.wrong) if not one.problem else 0
        mark = "green: " if one.is_green else "RED: "
        told = one.problem.splitlines()[0] if one.problem else one.story
        rows.append([one.name, str(one.steps), str(right), f"{one.seconds:.1f}", mark + told])
    green = sum(one.is_green for one in tellings)
    rows.append([f"{green} of {len(tellings)} green", "", "", "", ""])
    return columns(rows)


def details(tellings: Sequence[Telling]) -> str:
    """Return what went wrong: request, answer, reason."""
    lines: list[str] = []
    for one in tellings:
        if one.is_green:
            continue
        lines.append(f"\n{one.name}:")
        if one.problem:
            lines.append("  " + one.problem.replace("\n", "\n  "))
        for wrong in one.wrong:
            lines.append(f"  step {wrong.step}: {'; '.join(wrong.reasons)}")
            lines.append(f"    {wrong.request}")
            if wrong.answer:
                lines.append(f"    -> {wrong.answer}")
    return "\n".join(lines)
