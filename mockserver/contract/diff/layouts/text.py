"""The report for people at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from mockserver.contract.diff.changes import Change, Spot
from mockserver.contract.diff.shown import Shown, summary
from mockserver.contract.diff.verdicts import Verdict

Paint = Callable[[str, str], str]
"""Returns a text in a style: `breaking`, `dangerous`, `safe`, `strong`, `weak` or `place`."""

SAFE_SHOWN: Final = 12
"""Safe changes that are shown when not all are asked for."""
OPERATIONS: Final = 3


def plain(text: str, style: str) -> str:
    """Return a text without style."""
    return text


def write(shown: Shown, paint: Paint = plain, *, everything: bool = False) -> str:
    """Return the report.

    Args:
        shown: What to show.
        paint: Makes colours.
        everything: Show all safe changes, and the reasons of each.
    """
    return "\n".join(_lines(shown, paint, everything=everything)) + "\n"


def _lines(shown: Shown, paint: Paint, *, everything: bool) -> Iterator[str]:
    versions = " -> ".join(dict.fromkeys(shown.versions))
    operations = "1 operation" if shown.operations == 1 else f"{shown.operations} operations"
    yield f"{paint(f'{shown.old} -> {shown.new}', 'strong')}  OpenAPI {versions}, {operations}"
    counting = shown.counting()
    for verdict in Verdict:
        found = [change for change in counting if change.verdict is verdict]
        if not found:
            continue
        yield ""
        yield paint(f"{verdict.upper()} {len(found)}", verdict)
        is_brief = verdict is Verdict.SAFE and not everything
        for operations_of, group in _grouped(found[:SAFE_SHOWN] if is_brief else found):
            yield ""
            yield f"  {paint(operations_text(operations_of), 'strong')}"
            for change in group:
                yield from _change(change, paint, is_brief=is_brief)
        if is_brief and len(found) > SAFE_SHOWN:
            yield f"\n  and {len(found) - SAFE_SHOWN} more; --all shows them"
    yield from _others(shown, paint, everything=everything)
    yield ""
    yield _verdict(shown, paint)


def _grouped(changes: Iterable[Change]) -> Iterator[tuple[tuple[str, ...], list[Change]]]:
    """Yield the changes of the same operations together, in the order of the first of each."""
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        groups.setdefault(change.operations, []).append(change)
    yield from groups.items()


def operations_text(names: tuple[str, ...]) -> str:
    """Return the names of operations in a line."""
    if not names:
        return "the document"
    shown = ", ".join(names[:OPERATIONS])
    more = len(names) - OPERATIONS
    return f"{shown} and {more} more operation{'s' if more > 1 else ''}" if more > 0 else shown


def _change(change: Change, paint: Paint, *, is_brief: bool) -> Iterator[str]:
    where = " ".join(part for part in (change.side, change.place) if part)
    head = f"{paint(where, change.verdict)}: {change.text}" if where else paint(change.text, change.verdict)
    yield f"    {head} {paint(f'[{change.id}]', 'weak')}"
    if is_brief:
        return
    yield f"      {change.reason}"
    for word, spot in (("old", change.old), ("new", change.new)):
        if spot.file:
            yield f"      {word}  {paint(str(spot), 'place')}  {paint(_pointer(spot), 'weak')}"
    if change.advice:
        yield f"      do   {change.advice}"


def _pointer(spot: Spot) -> str:
    return spot.pointer or "(the document)"


def _others(shown: Shown, paint: Paint, *, everything: bool) -> Iterator[str]:
    accepted = shown.accepted_changes
    if accepted:
        yield ""
        yield paint(f"ACCEPTED {len(accepted)}", "weak")
        for change, why in accepted:
            yield f"  {operations_text(change.operations)}: {change.text} [{change.id}]: {why}"
    unused = shown.unused_changes
    if unused:
        yield ""
        yield paint(f"NOT USED BY YOU {len(unused)}", "weak")
        for change in unused if everything else unused[:SAFE_SHOWN]:
            place = f" {change.place}" if change.place else ""
            yield (
                f"  {operations_text(change.operations)}{place}: {change.text}"
                f" {paint(f'[{change.verdict} {change.id}: {change.unused}]', 'weak')}"
            )
        if len(unused) > SAFE_SHOWN and not everything:
            yield f"  and {len(unused) - SAFE_SHOWN} more; --all shows them"
    for note in shown.notes:
        yield ""
        yield paint(note, "weak")


def _verdict(shown: Shown, paint: Paint) -> str:
    counts = shown.counts
    worst = next((verdict for verdict, number in counts.items() if number), Verdict.SAFE)
    text = paint(summary(shown), worst)
    extra = []
    if shown.accepted_changes:
        extra.append(f"{len(shown.accepted_changes)} accepted")
    if shown.used is not None:
        extra.append(f"{len(shown.unused_changes)} not used in {shown.used} recorded exchanges")
    return ", ".join([text, *extra])
