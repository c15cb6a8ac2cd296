"""Takes exchanges one by one, and writes at the end what a mock needs to answer like their server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mockserver.contract.traffic import Recorded
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.mocking.judging import Judge, Judged


@dataclass(frozen=True, slots=True)
class Options:
    """What a person chooses.

    Attributes:
        redact: What is to be hidden besides what is always: names of fields, JSONPaths that begin with `$`, regular
            expressions between slashes.
        keep_invalid: Whether answers that break the document are kept, unchecked.
        seeds: `last` for records as they were seen last, `first` for those that were there at the beginning.
        overwrite: Whether what was edited by hand is written over.
    """

    redact: tuple[str, ...] = ()
    keep_invalid: bool = False
    seeds: str = "last"
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a recording.

    Attributes:
        files: Those that were written or changed, or would be.
        redacted: Kind of secret -> how many different ones were replaced.
        notes: Sentences about what was left out, kept or folded.
    """

    files: tuple[Path, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Recorder:
    """Records exchanges with the server of one document.

    Args:
        document: The document.
        plan: What its operations do to which records.
        options: See `Options`.
        judge: One that is there already.

    Raises:
        UsageError: An option cannot be used.
    """

    def __init__(
        self, document: Document, plan: Plan, options: Options | None = None, judge: Judge | None = None
    ) -> None:
        self.document = document
        self.plan = plan
        self.options = options or Options()
        self._judge = judge or Judge(document)
        self._taken: list[tuple[Recorded, Judged]] = []

    def take(self, recorded: Recorded, judged: Judged | None = None) -> Judged:
        """Take an exchange, and return what it is by the document; with `judged` it is not judged again."""
        judged = judged or self._judge.judge(recorded.message, recorded.reply)
        if judged.operation is not None:
            self._taken.append((recorded, judged))
        return judged

    def write(self, folder: Path, *, dry_run: bool = False) -> Written:
        """Write the fixtures into `folder`, the one that is given as `--fixtures`; merge with what is there.

        Raises:
            UsageError: The folder cannot be written to, or a file in it is of no use.
        """
        return Written()
