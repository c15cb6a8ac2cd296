"""Options that `verify` and `fuzz` share: which operations, how hard, and how the operations are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from mockserver.contract.verify.effort import DEFAULT_MAX_EXAMPLES, PHASES, Effort
from mockserver.contract.verify.selecting import Selection
from mockserver.errors import UsageError

QUICK_PHASES: Final = ("lifecycle", "examples", "coverage", "stateful")
QUICK_EXAMPLES: Final = 2

EFFORT: Final = (
    "phases",
    "max_examples",
    "max_time",
    "max_requests",
    "quick",
    "max_response_time",
)
"""The parameters that `effort_options` adds to a command."""

_KINDS: Final = {
    "any": ("", "ID|REGEX", "of this id, or whose path matches"),
    "id": ("-id", "ID", "of this operationId"),
    "path": ("-path", "REGEX", "whose path is this, or matches"),
    "tag": ("-tag", "TAG", "with this tag"),
    "method": ("-method", "METHOD", "of this method"),
}
"""Kind of a pattern -> end of its option, what it takes, and what it means."""


def selection_options(function: Any) -> Any:
    """Add the options about operations; see `selection`."""
    function = click.option(
        "--exclude-deprecated", is_flag=True, help="Leave out operations that are deprecated."
    )(function)
    for kind, (suffix, metavar, meaning) in reversed(_KINDS.items()):
        function = click.option(
            f"--exclude{suffix}",
            f"exclude_{kind}",
            multiple=True,
            metavar=metavar,
            help=f"Leave out operations {meaning}.",
        )(function)
    for kind, (suffix, metavar, meaning) in reversed(_KINDS.items()):
        function = click.option(
            f"--include{suffix}",
            f"include_{kind}",
            multiple=True,
            metavar=metavar,
            help=f"Only operations {meaning}.",
        )(function)
    return function


def selection(flags: dict[str, Any]) -> Selection:
    """Take what `selection_options` added out of a command's flags."""
    include = {kind: flags.pop(f"include_{kind}") for kind in _KINDS}
    exclude = {kind: flags.pop(f"exclude_{kind}") for kind in _KINDS}
    return Selection(include, exclude, not flags.pop("exclude_deprecated"))


def effort_options(function: Any) -> Any:
    """Add the options about how hard it is tried; see `effort_from`."""
    for option in reversed(
        (
            click.option(
                "--phases",
                metavar="LIST",
                help=f"What to run.  [default: {','.join(PHASES)}]",
            ),
            click.option(
                "--max-examples",
                type=click.IntRange(min=1),
                metavar="N",
                help="Cases drawn by chance for each operation; of scenarios, four times as many in all."
                f"  [default: {DEFAULT_MAX_EXAMPLES}]",
            ),
            click.option(
                "--max-time",
                type=click.IntRange(min=1),
                metavar="SECONDS",
                help="Draw cases for so long, for each document.",
            ),
            click.option(
                "--max-requests",
                type=click.IntRange(min=1),
                metavar="N",
                help="Stop after about so many requests of Schemathesis, for each document.",
            ),
            click.option(
                "--quick",
                is_flag=True,
                help=f"A first look: --phases {','.join(QUICK_PHASES)} --max-examples {QUICK_EXAMPLES}.",
            ),
            click.option(
                "--max-response-time",
                type=click.FloatRange(min=0, min_open=True),
                metavar="SECONDS",
                help="Report answers that take longer.",
            ),
        )
    ):
        function = option(function)
    return function


def effort_from(flags: Mapping[str, Any], seed: int) -> Effort:
    """Return how hard a person wants it to be tried.

    Args:
        flags: What a command got of `EFFORT`.
        seed: Of this run.

    Raises:
        UsageError: There is no such phase.
    """
    quick, phases, examples = flags["quick"], flags["phases"], flags["max_examples"]
    usual = QUICK_PHASES if quick else PHASES
    return Effort(
        seed,
        usual if phases is None else read_phases(phases),
        examples or (QUICK_EXAMPLES if quick else DEFAULT_MAX_EXAMPLES),
        flags["max_time"],
        flags["max_requests"],
        flags["max_response_time"],
    )


def read_phases(text: str) -> tuple[str, ...]:
    """Return the phases of a list with commas, in the order in which they run.

    Raises:
        UsageError: There is no such phase, or the list is empty.
    """
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    for part in wanted:
        if part not in PHASES:
            raise UsageError(f"there is no phase {part!r}; there are {', '.join(PHASES)}")
    if not wanted:
        raise UsageError(f"--phases needs one at least of {', '.join(PHASES)}")
    return tuple(phase for phase in PHASES if phase in wanted)
