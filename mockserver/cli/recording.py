"""Options about recordings that `import` and `proxy --record` share."""

from __future__ import annotations

from typing import Any, Final

import click

from mockserver.contract.recording.recorder import SEEDS, Options

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
