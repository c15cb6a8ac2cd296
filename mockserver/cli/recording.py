"""Options about recordings that `import` and `proxy --record` share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from mockserver.contract.recording.importing import said
from mockserver.contract.recording.recorder import SEEDS, Options, Recorder
from mockserver.document.model import Document
from mockserver.document.plan import Plan

NAMES: Final = ("redact", "keep_invalid", "seeds", "overwrite")
"""The parameters that `recording_options` adds to a command."""


def recording_options(function: Any) -> Any:
    """Add the options about recordings; see `options_from`."""
    for option in (
        click.option(
            "--overwrite", is_flag=True, help="Take the recording's version of what was changed by hand."
        ),
        click.option(
            "--seeds",
            type=click.Choice(SEEDS),
            default=SEEDS[0],
            show_default=True,
            help="Records as they were seen last, or as they were first, without those that the client made.",
        ),
        click.option("--keep-invalid", is_flag=True, help="Keep answers that break the document, unchecked."),
        click.option(
            "--redact",
            multiple=True,
            metavar="FIELD|JSONPATH|/REGEX/",
            help="Hide this, too: a field by its name, $.a[*].b in bodies, or what matches; repeatable.",
        ),
    ):
        function = option(function)
    return function


def options_from(flags: dict[str, Any]) -> Options:
    """Take what `recording_options` added out of a command's flags."""
    return Options(
        tuple(flags.pop("redact")), flags.pop("keep_invalid"), flags.pop("seeds"), flags.pop("overwrite")
    )


@dataclass(frozen=True, slots=True)
class Recording:
    """Whether and how a recording is made.

    Attributes:
        folder: Where the fixtures go; None for no recording.
    """

    folder: Path | None = None
    options: Options = field(default_factory=Options)

    def recorder(self, document: Document, plan: Plan) -> Recorder | None:
        """Return what takes the exchanges, None for no recording.

        Raises:
            UsageError: An option cannot be used.
        """
        return None if self.folder is None else Recorder(document, plan, self.options)

    def write(self, recorder: Recorder) -> Iterator[str]:
        """Write the fixtures, and yield sentences about what became of them."""
        if self.folder is not None:
            yield from said(recorder.write(self.folder))
