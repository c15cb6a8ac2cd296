"""Pages, filters and order of lists, read from their parameters and envelopes."""

from __future__ import annotations

from typing import Any

from mockserver.document.inference.model import Found, FoundOperation
from mockserver.document.inference.view import View


def refine(view: View, found: Found, operation: FoundOperation) -> dict[str, Any]:
    """Return what the plan says about a list beside its action.

    Returns:
        `filters`, `sort`, `page`, `headers`, `expand`, `show` as in the plan file, and `answer`: members that the
        envelope has beside the items (totals, cursors), as a template that is merged with the envelope's own.
    """
    return {}
