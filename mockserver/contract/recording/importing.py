"""An import as a run of a contract test: what was recorded elsewhere is held against the document, and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from mockserver.contract.events import Ended, Event, Found, Said, Started, Tested, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.recording.recorder import Recorder, Written
from mockserver.contract.traffic import Recorded
from mockserver.document.routing import Router
from mockserver.errors import UsageError
from mockserver.mocking import transcript

_MOST_PATHS: Final = 5
"""Paths of a server that are shown to somebody who has named no document."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is imported, and where to.

    Attributes:
        name: What was recorded, as a person calls it.
        origins: Servers whose exchanges are meant, e.g. `https://api.example.com`; empty for all.
        folder: As `--fixtures` names it.
        dry_run: Whether nothing is written.
    """

    name: str
    folder: Path
    origins: tuple[str, ...] = ()
    dry_run: bool = False


def run(
    recorder: Recorder, exchanges: Iterable[Recorded], job: Job, at: datetime, notes: Sequence[str] = ()
) -> Iterator[Event]:
    """Record exchanges, and yield what happens.

    Args:
        recorder: Takes them.
        exchanges: In their order.
        job: What to do with them.
        at: When.
        notes: What was said while they were read; looked at when they have been.

    Raises:
        UsageError: Nothing in them is for the document, or the folder cannot be written to.
    """
    document, router = recorder.document, recorder.router
    yield Started("import", job.name, document.name, at, len(document.operations))
    cases: Counter[str] = Counter()
    others = total = 0
    for recorded in exchanges:
        total += 1
        if job.origins and recorded.origin.rstrip("/").lower() not in job.origins:
            others += 1
            continue
        judged = recorder.take(_at_home(recorded, router))
        if judged.operation is not None:
            cases[str(judged.operation)] += 1
    if not cases:
        raise UsageError(_nothing(job, total, others, recorder))
    findings: dict[str, list[Finding]] = {name: [] for name in cases}
    for finding in recorder.findings():
        findings.setdefault(finding.operation, []).append(finding)
        yield Found(finding)
    for name, found in findings.items():
        if name:
            yield Tested(name, "recorded", findings=tuple(found), cases=cases[name])
    if notes:
        more = f" (and {len(notes) - 1} more like this)" if len(notes) > 1 else ""
        yield Said(f"{notes[0]}{more}")
    written = recorder.write(job.folder, dry_run=job.dry_run)
    for text in said(written, dry_run=job.dry_run):
        yield Said(text)
    if others or recorder.elsewhere:
        yield Said(f"passed over: {others + recorder.elsewhere} exchanges with other servers or paths")
    is_broken = any(found.level is Level.ERROR for many in findings.values() for found in many)
    yield Ended(Verdict.BROKEN if is_broken else Verdict.CLEAN, counts=counts(written, cases.total()))


def counts(written: Written, exchanges: int) -> dict[str, int]:
    """Return the numbers of a recording, for a summary."""
    return {
        "exchanges": exchanges,
        "folded": written.folded,
        "records": sum(written.records.values()),
        "responses": sum(written.responses.values()),
        "secrets redacted": sum(written.redacted.values()),
        "files": len(written.files),
    }


def said(written: Written, *, dry_run: bool = False) -> Iterator[str]:
    """Yield sentences about what became of a recording."""
    for name, number in sorted(written.records.items()):
        yield f"{name}: {number} record{'s' if number != 1 else ''}"
    for name, number in sorted(written.responses.items()):
        yield f"{name}: {number} response{'s' if number != 1 else ''}"
    if written.redacted:
        listed = ", ".join(
            f"{number} {kind}{'s' if number != 1 else ''}" for kind, number in written.redacted.items()
        )
        yield f"redacted: {listed.replace('addresss', 'addresses')}"
    yield from written.notes
    for path in written.files:
        yield f"{'would write' if dry_run else 'wrote'} {path}"
    if not written.files:
        yield "all of it is there already; nothing was written"


def _at_home(recorded: Recorded, router: Router) -> Recorded:
    """Return an exchange of one of our journals with the path that the document knows."""
    if not recorded.operation:
        return recorded
    message = transcript.at_home(recorded.message, recorded.operation, router)
    return replace(recorded, message=message)


def _nothing(job: Job, total: int, others: int, recorder: Recorder) -> str:
    document = recorder.document
    if not total:
        return f"{job.name} holds no exchange by HTTP; record some first"
    if others == total:
        return f"{job.name}: none of {total} exchanges was with {', '.join(job.origins)}; see --origin"
    shown = ", ".join(dict.fromkeys(operation.path for operation in document.operations.values()))
    return (
        f"{job.name}: none of {total - others} exchanges is for a path of {document.source} "
        f"({shown[:200]}). Is it another document, or has its server a base path that `servers` does not name?"
    )


def without_document(name: str, exchanges: Iterable[Recorded]) -> UsageError:
    """Return what to say to somebody who has named no document: the recording may tell which one it is."""
    seen: dict[str, Counter[str]] = {}
    for recorded in exchanges:
        path = recorded.message.path[:80]
        seen.setdefault(recorded.origin or "a server", Counter())[f"{recorded.message.method} {path}"] += 1
    if not seen:
        return UsageError(f"{name} holds no exchange by HTTP; record some first")
    lines = [
        f"  {origin}: {paths.total()} exchanges, e.g. {', '.join(list(paths)[:_MOST_PATHS])}"
        for origin, paths in sorted(seen.items(), key=lambda item: -item[1].total())
    ]
    documents = [
        f"{origin}{path.partition(' ')[2]}"
        for origin, paths in seen.items()
        for path in paths
        if path.rpartition("/")[2].lower() in _DOCUMENTS
    ]
    hint = f"\nOne of them may be it: mockserver import {name} {documents[0]}" if documents else ""
    return UsageError(
        f"which document are these exchanges for? Name it: mockserver import {name} api.yaml\n"
        + "\n".join(lines[:10])
        + hint
    )


_DOCUMENTS: Final = frozenset(
    {"openapi.json", "openapi.yaml", "openapi.yml", "swagger.json", "swagger.yaml", "api-docs", "v3/api-docs"}
)
