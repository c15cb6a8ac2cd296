"""Reports for programs, pull requests and GitHub Actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mockserver import jsontext
from mockserver.contract.diff.changes import Change, Spot, title_of
from mockserver.contract.diff.layouts import text
from mockserver.contract.diff.shown import Shown, summary
from mockserver.contract.diff.verdicts import Verdict


def as_json(shown: Shown) -> str:
    """Return the report as JSON; its shape is described in docs/diff.md."""
    root = {
        "old": {"document": shown.old, "openapi": shown.versions[0]},
        "new": {"document": shown.new, "openapi": shown.versions[1]},
        "operations": shown.operations,
        "counts": {str(verdict): number for verdict, number in shown.counts.items()},
        "exchanges": shown.used,
        "changes": [
            _change(
                change, shown.fingerprints[index] if shown.fingerprints else "", shown.why_accepted(index)
            )
            for index, change in enumerate(shown.changes)
        ],
    }
    return jsontext.dumps(root, indent=True).decode() + "\n"


def _change(change: Change, fingerprint: str, accepted: str) -> dict[str, Any]:
    return {
        "id": change.id,
        "verdict": str(change.verdict),
        "effect": str(change.effect),
        "direction": str(change.direction) if change.direction else None,
        "operations": list(change.operations),
        "location": list(change.location),
        "text": change.text,
        "reason": change.reason,
        "advice": change.advice,
        "old": _spot(change.old),
        "new": _spot(change.new),
        "fingerprint": fingerprint or None,
        "accepted": accepted or None,
        "unused": change.unused or None,
    }


def _spot(spot: Spot) -> dict[str, Any] | None:
    if not spot.file:
        return None
    return {"file": spot.file, "pointer": spot.pointer, "line": spot.line, "column": spot.column}


_SIGNS: Final = {Verdict.BREAKING: "🔴", Verdict.DANGEROUS: "🟡", Verdict.SAFE: "🟢"}


def as_markdown(shown: Shown) -> str:
    """Return the report as Markdown, for a comment on a pull request."""
    return "\n".join(_markdown(shown)) + "\n"


def _markdown(shown: Shown) -> Iterator[str]:
    yield f"## API changes: {summary(shown)}"
    yield ""
    yield f"`{shown.old}` → `{shown.new}`, {shown.operations} operations"
    counting = shown.counting()
    for verdict in Verdict:
        found = [change for change in counting if change.verdict is verdict]
        if not found:
            continue
        is_folded = verdict is Verdict.SAFE
        yield ""
        if is_folded:
            yield f"<details><summary>{_SIGNS[verdict]} {verdict} ({len(found)})</summary>"
        else:
            yield f"### {_SIGNS[verdict]} {verdict.capitalize()} ({len(found)})"
        yield ""
        yield "| operation | where | what | why |"
        yield "|---|---|---|---|"
        for change in found:
            where = " ".join(part for part in (change.side, change.place) if part)
            spot = change.new if change.new.file else change.old
            cells = (
                text.operations_text(change.operations),
                f"`{where}`" if where else "",
                f"{change.text} (`{change.id}`, {spot})",
                change.reason,
            )
            yield f"| {' | '.join(_cell(cell) for cell in cells)} |"
        if is_folded:
            yield ""
            yield "</details>"
    for change, why in shown.accepted_changes:
        yield ""
        yield f"Accepted: {change.text} (`{change.id}`): {why}"
    if shown.used is not None:
        yield ""
        yield f"Not used in {shown.used} recorded exchanges: {len(shown.unused_changes)} changes."


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


_COMMANDS: Final = {Verdict.BREAKING: "error", Verdict.DANGEROUS: "warning", Verdict.SAFE: "notice"}


def as_github(shown: Shown) -> str:
    """Return the report as workflow commands of GitHub Actions; safe changes are only counted."""
    lines = []
    for change in shown.counting():
        if change.verdict is Verdict.SAFE:
            continue
        spot = next((item for item in (change.new, change.old) if item.file and item.line), change.new)
        fields = {"file": spot.file, "line": spot.line, "col": spot.column, "title": title_of(change.id)}
        listed = ",".join(f"{key}={_property(str(value))}" for key, value in fields.items() if value)
        touched = text.operations_text(change.operations)
        where = " ".join(part for part in (touched, change.side, change.place) if part)
        told = f"{where}: {change.text}. {change.reason}"
        lines.append(f"::{_COMMANDS[change.verdict]} {listed}::{_message(told)}")
    lines.append(f"::notice title=API changes::{_message(f'{shown.old} -> {shown.new}: {summary(shown)}')}")
    return "\n".join(lines) + "\n"


def _message(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _message(value).replace(":", "%3A").replace(",", "%2C")


LAYOUTS: Final[Mapping[str, Callable[[Shown], str]]] = {
    "json": as_json,
    "markdown": as_markdown,
    "github": as_github,
}
"""Name of a format -> its writer; `text` is another one, it has colours."""
