"""Writes a plan as commented YAML: what `mockserver plan` prints, and a person saves, reads and edits."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver import jsontext
from mockserver.document.model import Document, Operation
from mockserver.document.planning import Planned
from mockserver.errors import Json

WIDTH: Final = 110
_PLAIN: Final = re.compile(r"[A-Za-z$_/][A-Za-z0-9_.$/-]*(?:#/[A-Za-z0-9_./-]*)?")
_UNREADABLE: Final = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON may hold as it is, and YAML may not (YAML 1.2.2 section 5.1), or breaks lines at."""
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_BLOCK: Final = frozenset({"filters", "fields", "answer"})
"""What has a line for each member, as soon as there are several."""


def text(
    document: Document,
    planned: Planned,
    reasons: Mapping[str, str] | None = None,
    seeds: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return a plan as YAML that says of each part why it is there, and of what has no state why not.

    Args:
        document: Its document.
        planned: It.
        reasons: Operation id -> why its answer would not come from state after all, from trying it.
        seeds: Resource -> with which records it begins, in sentences.
    """
    return "\n".join(_lines(document, planned, reasons or {}, seeds or {})) + "\n"


def _lines(
    document: Document, planned: Planned, reasons: Mapping[str, str], seeds: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    raw, plan = planned.raw, planned.plan
    yield from _head(document, planned)
    for key, value in raw.items():
        if key not in ("resources", "operations"):
            yield from _entry(key, value, "")
    yield ""
    resources = _mapping(raw.get("resources"))
    yield "resources:" if resources else "resources: {}"
    for name, entry in resources.items():
        if name in planned.notes:
            yield from _comment(planned.notes[name], "  ")
        for sentence in seeds.get(name, ()):
            yield from _comment(sentence, "  ")
        yield from _entry(name, entry, "  ")
    yield ""
    operations = _mapping(raw.get("operations"))
    yield "operations:" if operations else "operations: {}"
    for name, entry in operations.items():
        operation = document.operations.get(name)
        if operation is not None:
            yield from _comment(_why(operation, plan.notes.get(name)), "  ")
        if name in reasons:
            yield from _comment(f"Its answer is made up all the same: {reasons[name]}", "  ")
        yield from _entry(name, entry, "  ")
    stateless = [item for id, item in document.operations.items() if id not in operations]
    if stateless:
        yield ""
        yield from _comment("Without state, answered from examples and made-up values:", "")
        yield "#"
        for operation in stateless:
            note = plan.notes.get(operation.id, "nothing says what it does to which records")
            yield from _comment(f"{operation.id} ({operation}): {note}", "", "    ")


def _head(document: Document, planned: Planned) -> Iterator[str]:
    stateful, all = len(planned.plan.operations), len(document.operations)
    source = document.source.name
    yield from _comment(
        f"The plan of {document.title} ({source}): what each operation does to which records.", ""
    )
    yield from _comment(
        f"Saved as {document.source.stem}.plan.yaml beside {source}, or given with --plan FILE, it is what the mock "
        "goes by. Change what is wrong, delete what is right: what a plan leaves out is inferred from the document, "
        "null takes back what is inferred, 'infer: false' all of it. docs/plan.md describes the format.",
        "",
    )
    yield from _comment(f"{stateful} of {all} operation{'s' if all != 1 else ''} with state.", "")


def _why(operation: Operation, note: str | None) -> str:
    return f"{operation}: {note}" if note else str(operation)


def _comment(text: str, indent: str, hanging: str = "") -> Iterator[str]:
    prefix = f"{indent}# "
    lines = textwrap.wrap(
        " ".join(text.split()), WIDTH - len(prefix), subsequent_indent=hanging, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    yield from (prefix + line for line in lines)


def _entry(key: str, value: Json, indent: str) -> Iterator[str]:
    """Yield a member of a mapping: on one line where it fits, else with a line for each of its own."""
    head = f"{indent}{scalar(key)}:"
    line = f"{head} {flow(value)}"
    is_small = len(line) <= WIDTH and not _has_block(key, value)
    if is_small or not isinstance(value, dict | list) or not value:
        yield line
    elif isinstance(value, dict):
        yield head
        for name, member in value.items():
            yield from _entry(name, member, indent + "  ")
    else:
        yield head
        for item in value:
            yield from _item(item, indent)


def _item(item: Json, indent: str) -> Iterator[str]:
    line = f"{indent}- {flow(item)}"
    if len(line) <= WIDTH or not isinstance(item, dict | list) or not item:
        yield line
        return
    below = indent + "  "
    inner = (
        [line for name, member in item.items() for line in _entry(name, member, below)]
        if isinstance(item, dict)
        else [line for member in item for line in _item(member, below)]
    )
    yield f"{indent}- {inner[0][len(below) :]}"
    yield from inner[1:]


def _has_block(key: str, value: Json) -> bool:
    """Return whether a mapping is read more easily with a line for each member, be it ever so short."""
    if not isinstance(value, dict):
        return False
    if key in _BLOCK and len(value) > 1:
        return True
    return any(_has_block(name, member) for name, member in value.items()) or (
        len(value) > 2 and any(isinstance(member, dict) and len(member) > 1 for member in value.values())
    )


def flow(value: Json) -> str:
    """Return a value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def scalar(value: Json) -> str:
    """Return a scalar as every reader of YAML reads it, whatever words it takes for booleans."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    text = jsontext.dumps(value).decode()
    return (
        text
        if text.isascii() and "\x7f" not in text
        else _UNREADABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
    )


def item(value: Json) -> str:
    """Return an item of a list as YAML, with its hyphen."""
    return "\n".join(_item(value, "")) + "\n"


def _mapping(value: Json) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def table(document: Document, planned: Planned, reasons: Mapping[str, str] | None = None) -> str:
    """Return a plan as a table with a line for each operation."""
    rows = [("OPERATION", "REQUEST", "ACTION", "RESOURCE", "WHY")]
    for id, operation in document.operations.items():
        plan = planned.plan.operations.get(id)
        why = planned.plan.notes.get(id, "")
        if reasons and id in reasons:
            why = f"made up all the same: {reasons[id]}"
        rows.append(
            (id, str(operation), plan.action if plan else "-", plan.resource.name if plan else "-", why)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(_row(row, widths) for row in rows) + "\n"


def _row(row: Iterable[str], widths: list[int]) -> str:
    *cells, last = row
    return "  ".join((*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), last)).rstrip()
