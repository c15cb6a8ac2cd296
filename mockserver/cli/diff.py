"""`mockserver diff`."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

import click

from mockserver import sources
from mockserver.cli import reporting
from mockserver.contract import journals
from mockserver.contract.diff import running
from mockserver.contract.diff.changes import Spot
from mockserver.contract.diff.comparing import Compared, Options, compare
from mockserver.contract.diff.layouts import text
from mockserver.contract.diff.layouts.others import LAYOUTS
from mockserver.contract.diff.marks import LEVELS
from mockserver.contract.diff.narrowing import narrowed
from mockserver.contract.diff.shown import Shown
from mockserver.contract.diff.usage import Usage, usage_of
from mockserver.contract.diff.verdicts import Verdict
from mockserver.contract.locating import Places
from mockserver.contract.results import Results
from mockserver.document.model import Document
from mockserver.errors import UsageError
from mockserver.settings import STDIN, parse_source
from mockserver.sources import revisions

NEVER: Final = "never"
_STYLES: Final[Mapping[str, dict[str, Any]]] = {
    "breaking": {"fg": "red", "bold": True},
    "dangerous": {"fg": "yellow", "bold": True},
    "safe": {"fg": "green"},
    "strong": {"bold": True},
    "weak": {"dim": True},
    "place": {"fg": "cyan"},
}


@click.command(
    short_help="Tell whom the next version of a document breaks.",
    epilog="""\b
Examples:
  mockserver diff v1.yaml v2.yaml                       what changed, and whom it breaks
  mockserver diff main:api.yaml api.yaml                this branch against main, by git
  mockserver diff v1.yaml v2.yaml --used journal.ndjson only what your tests really used: can I upgrade?
  mockserver diff v1.yaml v2.yaml --fail-on dangerous   in CI, strictly
  mockserver diff v1.yaml v2.yaml --format markdown     for a comment on a pull request
  mockserver diff v1.yaml v2.yaml --deprecation-days 90 nothing goes without notice

\b
Exit codes: 0 nothing that breaks, 1 something that does (see --fail-on), 2 wrong use or an unreadable file.
""",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", *LAYOUTS]),
    default="text",
    show_default=True,
    help="How to write what changed.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*(verdict.value for verdict in Verdict), NEVER]),
    default=Verdict.BREAKING.value,
    show_default=True,
    help="The least verdict that makes the exit code 1.",
)
@click.option(
    "--include", multiple=True, metavar="PATH", help="Compare these paths only, e.g. '/pets*'; repeatable."
)
@click.option("--exclude", multiple=True, metavar="PATH", help="Leave these paths out; repeatable.")
@click.option(
    "--deprecation-days",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Days that a sunset (x-sunset) must be away when it is announced; 0 asks for none.",
)
@click.option(
    "--stability",
    type=click.Choice(LEVELS),
    default="beta",
    show_default=True,
    help="The least x-stability-level whose operations may break nobody.",
)
@click.option(
    "--used",
    multiple=True,
    metavar="JOURNAL",
    help="Count only what these exchanges used: a journal or HAR file, or the URL of a server that runs; repeatable.",
)
@click.option("--all", "everything", is_flag=True, help="Show all safe changes, with their reasons.")
@reporting.options(without={"fail_on"})
def diff(old: str, new: str, layout: str, fail_on: str, *, everything: bool, **flags: Any) -> None:
    """Tell what changed from OLD to NEW: breaking, dangerous or safe for the clients of OLD.

    OLD and NEW are each a file, a folder with one document, an http(s) URL, - for standard input, or REVISION:FILE
    for a file as git has it. Any versions of OpenAPI may be compared with each other.

    Schemas are compared by what they let through: how they are written, named, split or ordered makes no change.
    """
    level = None if fail_on == NEVER else Verdict(fail_on).level
    chosen = replace(reporting.taken(flags), fail_on=level)
    options = Options(flags["include"], flags["exclude"], flags["deprecation_days"], flags["stability"])
    with ExitStack() as stack:
        before, after = (_read(place, stack) for place in _once(old, new))
        started, begun = _now(), time.monotonic()
        sides = (before, after)
        compared = compare(before.document, after.document, started.date(), options, _Finder(sides))
        usage, notes = None, list[str]()
        if flags["used"]:
            usage = usage_of(before.document, journals.read(flags["used"], notes.append))
            compared = narrowed(compared, usage)
            notes += _remarks(usage)
        seconds = time.monotonic() - begun

        def show(results: Results, stream: TextIO) -> None:
            shown = _shown(compared, sides, results, usage, notes)
            if layout != "text":
                click.echo(LAYOUTS[layout](shown), file=stream, nl=False)
                return
            color = stream.isatty() and not os.environ.get("NO_COLOR") and not chosen.plain
            written = text.write(shown, _paint if color else text.plain, everything=everything)
            click.echo(written, file=stream, nl=False, color=color)

        with reporting.run(chosen, _now, texts=before.texts | after.texts, show=show) as run:
            names = before.name, after.name
            for event in running.events(
                compared, names, started, seconds, with_safe=fail_on == Verdict.SAFE.value
            ):
                run(event)
    sys.exit(run.exit_code)


@dataclass(frozen=True, slots=True)
class _Side:
    """A document, and how its files are called.

    Attributes:
        name: As the person named it.
        names: File -> how it is shown, where that is another name.
        texts: Shown name -> text, of what is in no file.
    """

    name: str
    document: Document
    names: dict[str, str] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)


def _once(old: str, new: str) -> tuple[str, str]:
    if old == new == STDIN:
        raise UsageError("standard input holds one document: '-' was named twice")
    return old, new


def _read(place: str, stack: ExitStack) -> _Side:
    found = revisions.split(place)
    if found is not None:
        return _remembered(*found, stack)
    named = sources.named([parse_source(place)])
    if len(named) != 1:
        raise UsageError(f"{place} holds {len(named)} documents; name the one that is meant")
    source, name = named[0]
    written = sources.load_written(source, name)
    shown = "standard input" if source.path == STDIN else str(source.path)
    own = str(written.document.source)
    texts = {} if isinstance(source.path, Path) else {shown: written.text}
    return _Side(shown, written.document, {own: shown}, texts)


def _remembered(revision: str, path: str, stack: ExitStack) -> _Side:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mockserver-diff-")))
    file = revisions.fetch(revision, path, folder)
    source = parse_source(str(file))
    written = sources.load_written(source, file.stem)
    names = {
        str(item): f"{revision}:{item.relative_to(folder)}" for item in folder.rglob("*") if item.is_file()
    }
    names[str(file)] = f"{revision}:{path}"
    texts = {shown: Path(item).read_bytes() for item, shown in names.items()}
    return _Side(f"{revision}:{path}", written.document, names, texts)


class _Finder:
    """Finds where something stands in the files of both sides."""

    def __init__(self, sides: tuple[_Side, _Side]) -> None:
        self._sides = {id(side.document): side for side in sides}
        self._found = Places(sides[0].texts | sides[1].texts)

    def __call__(self, document: Document, pointer: str) -> Spot:
        """Return where a pointer of a document stands in what its author wrote."""
        side = self._sides[id(document)]
        file, origin = document.origin(pointer)
        file = file or str(document.source)
        shown = side.names.get(file, file)
        position = self._found.find(shown, origin)
        return Spot(shown, origin, *(position or (None, None)))


def _remarks(usage: Usage) -> Iterator[str]:
    if usage.exchanges == usage.foreign:
        what = (
            f"none of the {usage.foreign} recorded exchanges is for an operation of OLD"
            if usage.foreign
            else "nothing was recorded"
        )
        raise UsageError(f"--used: {what}, so that nothing can be said")
    if usage.foreign:
        yield f"{usage.foreign} of {usage.exchanges} recorded exchanges are for no operation of OLD"


def _shown(
    compared: Compared, sides: tuple[_Side, _Side], results: Results, usage: Usage | None, notes: list[str]
) -> Shown:
    findings = running.findings(compared, with_safe=True)
    return Shown(
        sides[0].name,
        sides[1].name,
        (compared.old.version, compared.new.version),
        len(compared.operations),
        compared.changes,
        tuple(finding.fingerprint if finding else "" for finding in findings),
        {finding.fingerprint: finding.known for finding in results.findings if finding.known},
        used=usage.exchanges if usage else None,
        notes=(*notes, *(said.text for said in results.notices)),
    )


def _paint(value: str, style: str) -> str:
    return click.style(value, **_STYLES[style])


def _now() -> datetime:
    return datetime.now(UTC)
