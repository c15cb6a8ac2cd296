"""What the server decides about a record: times, counters, constants, unique keys, marks of deletion."""

from __future__ import annotations

from typing import Any

from mockserver.document.inference.model import Found
from mockserver.document.inference.view import View


def refine(view: View, found: Found) -> dict[str, Any]:
    """Return `fields`, `unique` and `delete` of a resource, as in the plan file; what is not there is left out."""
    return {}
