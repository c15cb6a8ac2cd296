"""Which properties name records of other resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.document.inference.model import Found
from mockserver.document.inference.view import View


def refine(view: View, resources: Mapping[str, Found]) -> dict[str, dict[str, Any]]:
    """Return resource name -> `references` as in the plan file, those of the path (`Found.bound`) among them."""
    return {found.name: parents_of(found) for found in resources.values() if found.parents}


def parents_of(found: Found) -> dict[str, Any]:
    """Return the references that a path binds, under the property in which the record keeps them."""
    return {
        found.bound[name]: {
            "resource": owner,
            **({} if found.bound[name] == name else {"path": name}),
            "on-delete": "cascade",
        }
        for name, owner in found.parents.items()
    }
