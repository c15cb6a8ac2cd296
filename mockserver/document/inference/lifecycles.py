"""Statuses that move: sub-actions, and what they set."""

from __future__ import annotations

from typing import Any

from mockserver.document.inference.model import Found
from mockserver.document.inference.view import View


def refine(view: View, found: Found) -> tuple[dict[str, Any] | None, dict[str, dict[str, Any]]]:
    """Return `lifecycle` of a resource, and operation id -> entry (`set`, `when`) for its sub-actions.

    A sub-action that is not among the entries stays without state.
    """
    return None, {}
