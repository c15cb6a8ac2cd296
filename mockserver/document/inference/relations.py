"""Which properties name records of other resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.document.inference.model import Found
from mockserver.document.inference.view import View


def refine(view: View, resources: Mapping[str, Found]) -> dict[str, dict[str, Any]]:
    """Return resource name -> `references` as in the plan file, those of the path (`Found.parents`) not among them."""
    return {}
