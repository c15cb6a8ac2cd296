"""One document: its requests are made once, and sent to each server in turn."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from processes import BenchError, Server

from corpus.cases import Case, Maker, NoRequest, valid_cases
from corpus.client import Client, curl
from corpus.faults import invalid_cases
from corpus.files import DocumentProblem, Files
from corpus.judge import Judge
from corpus.legacy import LegacyReader
from corpus.reading import Op, Reader
from corpus.styles import NoText
from corpus.values import Supply, Values
from corpus.verdict import judge_answer

OURS = "mockserver"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Subject:
    """A document to prove, and the commands of the servers by name; a command holds `{document}` and `{port}`."""

    name: str
    path: Path
    commands: dict[str, str]
    seed: int = 0
    start_limit_s: float = 45
    limit_s: float = 240
    answer_limit_s: float = 10
    only: str = ""


@dataclass
class Failure:
    """One thing that is wrong."""

    operation: str
    kind: str
    what: str
    request: str
    answer: str
    reason: str


@dataclass
class Score:
    """What one server did on one document."""

    started_s: float | None = None
    problem: str = ""
    valid: int = 0
    valid_asked: int = 0
    validated: int = 0
    refused: int = 0
    refused_well: int = 0
    refused_asked: int = 0
    crashes: int = 0
    seconds: float = 0
    mb: float = 0
    failures: list[Failure] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """What was found out about one document."""

    name: str
    version: str = ""
    operations: int = 0
    prepared_s: float = 0
    no_request: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    problem: str = ""
    scores: dict[str, Score] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def our_command() -> str:
    """Return the command of the server under test."""
    return f"{shlex.quote(sys.executable)} -m mockserver serve {{document}} --port {{port}} --no-log"


def read_operations(files: Files) -> list[Op]:
    """Return the operations of a document of any version."""
    reader = LegacyReader(files) if "swagger" in files.root else Reader(files)
    operations = list(reader.operations())
    groups: dict[tuple[str, str], list[Op]] = {}
    for op in operations:
        groups.setdefault((op.method, re.sub(r"\{[^{}]*\}", "{}", op.path.split("#")[0])), []).append(op)
    shared = {id(op): group for group in groups.values() for op in group}
    return [
        replace(op, others=tuple(other for other in shared[id(op)] if other is not op)) for op in operations
    ]


def prepare(subject: Subject, outcome: Outcome, progress: Progress) -> tuple[Judge, list[Case]]:
    """Read a document and make its requests.

    Raises:
        DocumentProblem: The document cannot be read.
    """
    files = Files(subject.path)
    judge = Judge(files)
    outcome.version = judge.version
    operations = [op for op in read_operations(files) if re.search(subject.only, str(op))]
    outcome.operations = len(operations)
    supply = Supply(subject.path, subject.seed)
    maker = Maker(Values(judge, supply), operations)
    cases: list[Case] = []
    for index, op in enumerate(operations):
        progress(f"making requests {index}/{len(operations)}")
        if op.problem:
            outcome.broken.append(f"{op}: {op.problem}")
            continue
        try:
            made = list(valid_cases(maker, op))
            cases += [case for _, case in made]
            if op.others:
                outcome.shared.append(f"{op}: {len(op.others)} more operations have this path")
            else:
                cases += invalid_cases(judge, made[-1][0])
        except (NoRequest, NoText) as error:
            outcome.no_request.append(f"{op}: {error}")
    return judge, cases


def run(subject: Subject, progress: Progress = lambda text: None) -> Outcome:
    """Prove one document."""
    outcome = Outcome(subject.name)
    begun = time.perf_counter()
    try:
        judge, cases = prepare(subject, outcome, progress)
    except DocumentProblem as error:
        outcome.problem = str(error)
        return outcome
    outcome.prepared_s = time.perf_counter() - begun
    for name, command in subject.commands.items():
        outcome.scores[name] = _Drive(subject, name, command, judge, cases, progress).run()
    return outcome


class _Drive:
    """Sends all requests to one server."""

    def __init__(
        self, subject: Subject, name: str, command: str, judge: Judge, cases: list[Case], progress: Progress
    ) -> None:
        self.subject, self.judge, self.cases, self.progress = subject, judge, cases, progress
        self.name = name
        self.server = Server(name, command, subject.path, limit_s=subject.start_limit_s)
        self.score = Score()

    def run(self) -> Score:
        score, begun = self.score, time.perf_counter()
        for case in self.cases:
            score.valid_asked += case.valid
            score.refused_asked += not case.valid
        try:
            self.progress(f"starting {self.name}")
            score.started_s = self.server.start()
            self._send_all(begun)
            score.mb = self.server.usage().rss_mb
        except BenchError as error:
            score.problem = str(error)
        finally:
            self.server.stop()
            score.seconds = time.perf_counter() - begun
        return score

    def _send_all(self, begun: float) -> None:
        client = Client(self.server.port, self.subject.answer_limit_s)
        for index, case in enumerate(self.cases):
            if index % 20 == 0:
                self.progress(f"{self.name} {index}/{len(self.cases)}")
            if time.perf_counter() - begun > self.subject.limit_s:
                left = len(self.cases) - index
                self.score.problem = f"{left} requests were not sent: {self.subject.limit_s:g} s were over"
                break
            if self.name == OURS and case.kind == "valid-full":
                # Ours answers with the path of the first server in front, too.
                case = replace(case, target=case.op.base_path + case.target)
            answer = client.send(case)
            if answer.problem and self._has_ended():
                self.score.crashes += 1
                answer = answer._replace(problem=f"the server ended: {answer.problem}")
                client.close()
                self.server.start()
                client = Client(self.server.port, self.subject.answer_limit_s)
            self._count(case, answer)
        client.close()

    def _has_ended(self) -> bool:
        """Return whether the server's process is gone; it may need a moment to go."""
        assert self.server.process is not None
        try:
            self.server.process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _count(self, case: Case, answer: Any) -> None:
        score = self.score
        verdict = judge_answer(self.judge, case, answer)
        score.unjudged += [f"{case.op} {case.kind}: {one}" for one in verdict.unjudged]
        score.validated += verdict.validated and not verdict.fault and case.valid
        if case.valid:
            score.valid += not verdict.fault
        else:
            score.refused += 400 <= answer.status < 500
            score.refused_well += not verdict.fault
        if verdict.fault:
            request, shown = curl(case, self.server.port), str(answer)
            score.failures.append(Failure(str(case.op), case.kind, case.what, request, shown, verdict.fault))
