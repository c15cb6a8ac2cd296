"""The command: which documents, how many at once, what to print."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import queue
import re
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from processes import BenchError, prism_program

from corpus import plan_table, plans, story, table, telling, truth
from corpus.run import OURS, Outcome, Score, Subject, our_command, run

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("MOCKSERVER_CORPUS") or ROOT.parent / "shared" / "corpus")
EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")
ROW = re.compile(r"^\|\s*([\w.-]+)\s*\|\s*([^|\s]+\.(?:json|ya?ml))\s*\|")
MARK = re.compile(rb"""^\s*["']?(?:openapi|swagger)["']?\s*:""", re.MULTILINE)
SUFFIXES = (".json", ".yaml", ".yml")
HARD_LIMIT_FACTOR = 3


def find_documents(folder: Path) -> dict[str, Path]:
    """Return documents by name: those of the table in the folder's README.md, else all that say what they are."""
    readme = folder / "README.md"
    if readme.is_file():
        rows = (ROW.match(line) for line in readme.read_text().splitlines())
        found = {row[1]: folder / row[2] for row in rows if row}
        if found:
            return found
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and MARK.search(path.read_bytes()[:20_000]):
            found[path.relative_to(folder).with_suffix("").as_posix()] = path
    return found


def select(what: Sequence[str], folder: Path) -> dict[str, Path]:
    """Return the documents that a person named: folders, files, or names in the default folder.

    Raises:
        BenchError: Something of it is not there.
    """
    if not what:
        what = [str(folder)]
    found: dict[str, Path] = {}
    for text in what:
        path = Path(text)
        if path.is_dir():
            found |= find_documents(path)
        elif path.is_file():
            found[path.stem] = path
        else:
            known = find_documents(folder) if folder.is_dir() else {}
            names = [name for name in known if name == text] or [name for name in known if text in name]
            if not names:
                raise BenchError(f"{text} is no folder, no file and no document of {folder}")
            found |= {name: known[name] for name in names}
    if not found:
        raise BenchError(f"no document was found in {', '.join(what)}; name a folder: make corpus ARGS=path/")
    return found


def known_exceptions(path: Path = EXCEPTIONS) -> list[dict[str, str]]:
    """Return the failures that are accepted: `document`, `operation`, `kind` (regular expressions) and `reason`.

    Raises:
        BenchError: One has no reason.
    """
    entries = yaml.safe_load(path.read_text()) if path.is_file() else []
    for entry in entries or []:
        if not str(entry.get("reason", "")).strip():
            raise BenchError(f"{path}: an exception needs a reason: {entry}")
    return entries or []


def accept(outcome: Outcome, entries: Sequence[dict[str, str]]) -> list[str]:
    """Take accepted failures out of an outcome, and return a line for each."""
    lines = []
    score = outcome.scores.get(OURS, Score())
    for failure in list(score.failures):
        for entry in entries:
            wanted = (entry.get("document", ""), entry.get("operation", ""), entry.get("kind", ""))
            seen = (outcome.name, failure.operation, failure.kind)
            if all(re.fullmatch(pattern or ".*", text) for pattern, text in zip(wanted, seen, strict=True)):
                score.failures.remove(failure)
                lines.append(f"{outcome.name}: {failure.operation} [{failure.kind}]: {entry['reason']}")
                break
    return lines


def _work(subject: Subject, events: Any) -> None:
    last = 0.0

    def progress(text: str) -> None:
        nonlocal last
        if time.monotonic() - last > 0.3:
            last = time.monotonic()
            events.put((subject.name, text, None))

    events.put((subject.name, "", run(subject, progress)))


class Crew:
    """Proves several documents at a time, each in a process of its own."""

    def __init__(self, subjects: Sequence[Subject], jobs: int) -> None:
        # Forked and not spawned, the children would inherit threads of what was imported.
        self._context = multiprocessing.get_context("spawn")
        self._events = self._context.Queue()
        self._waiting = list(subjects)
        self._jobs = jobs
        self._running: dict[str, tuple[Any, float, Subject]] = {}
        self._stages: dict[str, str] = {}
        self._done = 0
        self._count = len(subjects)
        self._on_terminal = sys.stderr.isatty()

    def outcomes(self) -> Iterator[Outcome]:
        """Yield each outcome when it is there."""
        try:
            while self._waiting or self._running:
                while self._waiting and len(self._running) < self._jobs:
                    self._start(self._waiting.pop(0))
                yield from self._next()
        finally:
            for process, _, _ in self._running.values():
                process.terminate()
                process.join(10)
            self._show("")

    def _start(self, subject: Subject) -> None:
        process = self._context.Process(target=_work, args=(subject, self._events))
        process.start()
        self._running[subject.name] = (process, time.monotonic(), subject)

    def _next(self) -> Iterator[Outcome]:
        try:
            name, stage, outcome = self._events.get(timeout=0.5)
        except queue.Empty:
            yield from self._lost()
            return
        if outcome is None:
            self._stages[name] = stage
            self._show(", ".join(f"{one}: {self._stages.get(one, '')}" for one in self._running))
            return
        process, _, _ = self._running.pop(name)
        process.join()
        self._done += 1
        self._show("")
        yield outcome

    def _lost(self) -> Iterator[Outcome]:
        for name, (process, begun, subject) in list(self._running.items()):
            limit_s = HARD_LIMIT_FACTOR * subject.limit_s * len(subject.commands)
            late = time.monotonic() - begun > limit_s
            if process.is_alive() and not late:
                continue
            why = f"no end after {limit_s:.0f} s" if late else f"its process ended with {process.exitcode}"
            process.terminate()
            process.join(10)
            del self._running[name]
            self._done += 1
            yield Outcome(name, problem=f"not proven: {why}")

    def _show(self, text: str) -> None:
        if self._on_terminal:
            line = f"{self._done}/{self._count} documents; {text}" if text else ""
            print(f"\r\x1b[K{line[:150]}", end="", file=sys.stderr, flush=True)


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make corpus", description="Prove the mocks of documents from outside."
    )
    parser.add_argument("what", nargs="*", help=f"folder, file, or (part of a) name in {FOLDER.name}")
    parser.add_argument("--peer", choices=["prism"], help="send the same requests to this server too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything as data")
    parser.add_argument(
        "--failures", type=int, default=2, metavar="N", help="shown of each kind and document (2)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="documents at a time"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--limit", type=float, default=240, metavar="S", help="seconds for each document and server (240)"
    )
    parser.add_argument(
        "--start-limit", type=float, default=45, metavar="S", help="seconds for starting (45)"
    )
    parser.add_argument("--only", default="", metavar="REGEX", help="operations whose `METHOD /path` matches")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--plans", action="store_true", help="infer their plans instead, and compare with what is labelled"
    )
    instead.add_argument("--stories", action="store_true", help="tell the stories of the documents instead")
    parser.add_argument("--ours", metavar="COMMAND", help="another server in mockserver's place")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    options = parse_arguments(argv)
    try:
        return prove(options)
    except BenchError as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def prove(options: argparse.Namespace) -> int:
    """Run everything, print the tables, and return the exit code."""
    documents = select(options.what, FOLDER)
    if options.plans:
        return compare_plans(documents, options)
    if options.stories:
        return tell_stories(documents, options)
    entries = known_exceptions()
    # Its requests name things that nobody has made: a server with state rightly says that they are not there.
    commands = {OURS: options.ours or f"{our_command()} --stateless"}
    if options.peer:
        commands["prism"] = shlex.quote(prism_program()) + " mock -v silent -h 127.0.0.1 -p {port} {document}"
    subjects = [
        Subject(
            name, path.resolve(), commands, options.seed, options.start_limit, options.limit,
            answer_limit_s=10 if not options.peer else 5, only=options.only,
        )
        for name, path in documents.items()
    ]  # fmt: skip
    # The largest first, so that none of them is left alone at the end.
    subjects.sort(key=lambda one: -one.path.stat().st_size)
    begun, outcomes, accepted = time.perf_counter(), list[Outcome](), list[str]()
    for outcome in Crew(subjects, options.jobs).outcomes():
        accepted += accept(outcome, entries)
        outcomes.append(outcome)
        if not sys.stderr.isatty():
            print(f"{len(outcomes)}/{len(subjects)} {outcome.name}", file=sys.stderr, flush=True)
    order = list(documents)
    outcomes.sort(key=lambda one: order.index(one.name))
    print(table.main_table(outcomes))
    print(f"{time.perf_counter() - begun:.0f} s")
    if options.peer:
        print(f"\n{table.main_table(outcomes, options.peer)}\n\n{table.peer_table(outcomes)}")
    if text := table.failures_text(outcomes, OURS, options.failures):
        print(f"\nFailures (all of them with --json FILE):{text}")
    for title, lines in (
        ("Accepted, see exceptions.yaml", accepted),
        ("Asked for success only", [f"{one.name}: {line}" for one in outcomes for line in one.shared]),
        ("Not asked", [f"{one.name}: {line}" for one in outcomes for line in (*one.broken, *one.no_request)]),
        (
            "Not judged",
            [f"{one.name}: {line}" for one in outcomes for line in one.scores.get(OURS, Score()).unjudged],
        ),
    ):
        if lines:
            print(f"\n{title}:")
            print("\n".join(f"  {line}" for line in lines[:200]))
    if options.json:
        options.json.write_text(json.dumps([one.as_data() for one in outcomes], indent=1) + "\n")
    return int(any(is_failed(one) for one in outcomes))


def compare_plans(documents: dict[str, Path], options: argparse.Namespace) -> int:
    """Infer the plan of each document, compare it with its labels, and return the exit code."""
    samples = {sample: truth.labelled(folder) for sample, folder in truth.SAMPLES.items()}
    surveys = []
    for name, path in documents.items():
        labels = {sample: truth.read(files[name]) for sample, files in samples.items() if name in files}
        surveys.append(plans.survey(name, path.resolve(), labels))
        print(f"{len(surveys)}/{len(documents)} {name}", file=sys.stderr, flush=True)
    print(plan_table.documents_table(surveys))
    for sample in samples:
        if any(sample in one.scores for one in surveys):
            print(f"\n{sample} sample:\n{plan_table.actions_table(surveys, sample)}")
            print(f"\n{plan_table.resources_text(surveys, sample)}")
            print(plan_table.mistakes_text(surveys, sample, options.failures))
    if options.json:
        options.json.write_text(json.dumps([one.as_data() for one in surveys], indent=1) + "\n")
    return int(any(one.problem for one in surveys))


def tell_stories(documents: dict[str, Path], options: argparse.Namespace) -> int:
    """Tell the story of each document that has one, and return the exit code."""
    files = story.told()
    named = {name: path for name, path in documents.items() if name in files}
    if not named:
        raise BenchError(f"none of these documents has a story in {story.FOLDER}")
    tellings = []
    for name, path in named.items():
        tellings.append(telling.tell(name, path.resolve(), files[name], options.ours or our_command()))
        print(f"{len(tellings)}/{len(named)} {name}", file=sys.stderr, flush=True)
    print(telling.table(tellings))
    print(telling.details(tellings))
    if options.json:
        options.json.write_text(json.dumps([one.as_data() for one in tellings], indent=1) + "\n")
    return int(not all(one.is_green for one in tellings))


def is_failed(outcome: Outcome) -> bool:
    """Return whether something is wrong with ours on a document."""
    score = outcome.scores.get(OURS)
    return score is None or bool(outcome.problem or score.problem or score.failures)
