"""What the version of a document says of what changed (Semantic Versioning 2.0.0)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mockserver.contract.diff.changes import Change
from mockserver.contract.diff.differences import raw
from mockserver.contract.diff.verdicts import Effect, Verdict
from mockserver.document.model import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.contract.diff.changes import Spot


def changes(
    old: Document, new: Document, found: Sequence[Change], place: Callable[[Document, str], Spot]
) -> list[Change]:
    """Return what is odd about the version where something breaks; nothing else depends on it."""
    if not any(change.verdict is Verdict.BREAKING for change in found):
        return []
    before, after = (str(raw(document, "/info").get("version", "")) for document in (old, new))
    was, now = _numbers(before), _numbers(after)
    if before == after:
        kind, text = "api-version-not-bumped", f"something breaks, and the version is still {after}"
    elif not was or not now:
        return []
    elif now < was:
        kind, text = (
            "api-version-decreased",
            f"something breaks, and the version went from {before} to {after}",
        )
    elif now[0] == was[0] and was[0] > 0:
        text = f"something breaks, and only the minor version changed, from {before} to {after}"
        kind = "api-major-version-not-bumped"
    else:
        return []
    return [
        Change(
            kind,
            Verdict.SAFE,
            Effect.NONE,
            None,
            text,
            "No client reads the version; people do.",
            "",
            (),
            (),
            place(old, "/info/version"),
            place(new, "/info/version"),
        )
    ]


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in match.groups()) if match else ()
