"""The plan of a document: of its file, of the document's own `x-mock`, and for the rest inferred."""

from __future__ import annotations

from pathlib import Path

from mockserver.document import planning
from mockserver.document.loading.loader import read
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.document.planfile.building import KEYS, STATELESS_NOTE, VERSION, build

__all__ = ["KEYS", "STATELESS_NOTE", "VERSION", "build", "load", "make", "path_beside"]


def path_beside(document: Path) -> Path:
    """Return where the plan of a document lies: `api.yaml` -> `api.plan.yaml`."""
    return document.with_name(f"{document.stem}.plan.yaml")


def load(document: Document, path: Path | None = None) -> Plan:
    """Return the plan of a document; its file is the one at `path`, or beside it, or there is none.

    Raises:
        PlanError: The file, or an `x-mock`, does not have the format.
        DocumentError: The file cannot be read.
    """
    return make(document, path).plan


def make(document: Document, path: Path | None = None) -> planning.Planned:
    """Return the plan of a document with all that is to be said of it; see `load`."""
    source = path or path_beside(document.source)
    if path is None and not source.is_file():
        return planning.make(document)
    return planning.make(document, read(source), source)
