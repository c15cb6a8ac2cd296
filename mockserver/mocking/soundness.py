"""All that is wrong with a document: what reading it met, what checks find, and what trying it out shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mockserver.document import checks
from mockserver.document.merging import Findings
from mockserver.document.model import Document, Fault, MediaType, Operation, Severity
from mockserver.errors import CannotGenerate, Json, SchemaFault
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator, hints


def at_start(document: Document) -> tuple[Fault, ...]:
    """Return what is wrong with a document as far as it can be seen in milliseconds."""
    found = Findings(checks.check(document, checks.QUICK))
    found.add(checks.placed(document, hints.faults(document.root)))
    return tuple(found.faults)


def report(
    document: Document,
    written: Json,
    *,
    is_late: Callable[[], bool] = lambda: False,
    on_late: Callable[[int, int], None] = lambda _tried, _all: None,
) -> tuple[Fault, ...]:
    """Return all that is wrong with a document.

    Args:
        document: The document.
        written: What stands in its own file.
        is_late: See `trial`.
        on_late: See `trial`.
    """
    found = Findings(checks.check(document, written=written))
    found.add(checks.placed(document, hints.faults(document.root)))
    found.add(checks.placed(document, trial(document, is_late=is_late, on_late=on_late)))
    return tuple(found.faults)


def trial(
    document: Document,
    *,
    is_late: Callable[[], bool] = lambda: False,
    on_late: Callable[[int, int], None] = lambda _tried, _all: None,
) -> Iterator[Fault]:
    """Yield a fault for each schema of an answer for which nothing valid can be made up.

    Args:
        document: The document; faults have pointers into its root.
        is_late: Asked before each answer; where it says yes, no more is tried.
        on_late: Told then how many answers were tried, of how many. How fast a machine is is no fault of a document.
    """
    generator = Generator(document.response_schemas, Dice(0, document.name))
    answers = list(_answers(document))
    tried: dict[str, tuple[str, str] | None] = {}
    for number, (operation, status, media) in enumerate(answers):
        if is_late():
            on_late(number, len(answers))
            return
        if media.schema is None:
            continue
        schema, _ = document.response_schemas.resolve(media.schema)
        if schema in tried:
            continue
        tried[schema] = _reason(generator, schema, operation)
        found = tried[schema]
        if found is not None:
            pointer, reason = found
            yield Fault(
                pointer,
                "generate",
                f"nothing valid can be made up: {reason}",
                f"{operation} has no {status} answer but a canned one",
                Severity.WARNING,
            )


def _reason(generator: Generator, schema: str, operation: Operation) -> tuple[str, str] | None:
    """Return where and why nothing valid can be made up, None if something can."""
    try:
        generator.value(schema, key=(operation.id,))
    except CannotGenerate as error:
        return error.pointer, error.reason
    except SchemaFault:
        return None  # `compile` says so.
    return None


def _answers(document: Document) -> Iterator[tuple[Operation, str, MediaType]]:
    for operation in document.operations.values():
        for status, response in operation.responses.items():
            for media in response.content.values():
                yield operation, status, media
