"""The table of checks, and how their faults become one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from mockserver.document.checks import examples, impossible, operations, schemas, specification
from mockserver.document.checks.subject import Subject
from mockserver.document.loading.overlay import relocated
from mockserver.document.merging import Findings
from mockserver.document.model import Document, Fault
from mockserver.errors import Json

Check = Callable[[Subject], Iterator[Fault]]

QUICK: Final[tuple[Check, ...]] = (operations.path_names, operations.equal_templates, operations.responses)
"""Cheap enough for each start, which reads the document's shape anyway (`normalise`)."""

CHECKS: Final[tuple[Check, ...]] = (
    operations.operation_ids,
    *QUICK,
    operations.parameters,
    schemas.discriminators,
    examples.enums,
    impossible.impossible,
    examples.defaults,
    examples.schema_examples,
    examples.message_examples,
    schemas.compilation,
)
"""All checks of the normalised document; of two that say the same of one place, the first is heard."""

AS_WRITTEN: Final[tuple[Check, ...]] = (schemas.shapes, specification.specification)
"""Checks of the document as it was written."""


def check(document: Document, checks: Iterable[Check] = CHECKS, *, written: Json = None) -> tuple[Fault, ...]:
    """Return the faults that the reader of a document met, and those that checks find, each once.

    Args:
        document: The document.
        checks: What to ask.
        written: What stands in the document's own file, with its overlays; None to leave out the checks that ask for
            it.
    """
    subject = Subject(document, written)
    report = Findings(document.faults)
    for one in checks:
        report.add(placed(document, one(subject)))
    report.add(document.shape)
    if written is not None:
        for one in AS_WRITTEN:
            found = one(subject)
            report.add(found if document.overlaid is None else relocated(found, document.overlaid))
    return tuple(report.faults)


def placed(document: Document, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Yield faults whose pointers lead into the document's root with their places in what the author wrote."""
    for fault in faults:
        file, pointer = document.origin(fault.pointer)
        yield replace(fault, file=file, pointer=pointer)
