"""What an operation does and why, in words: `mockserver plan DOC --explain OPERATION`."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterator
from typing import Final

from mockserver.cli.samples import curl
from mockserver.document.model import Document, Operation
from mockserver.document.plan import ABSENT, Action, OperationPlan, Resource
from mockserver.document.planfile.writing import flow
from mockserver.errors import UsageError
from mockserver.mocking import negotiation
from mockserver.server.assembly import Application
from mockserver.server.calls import Served
from mockserver.server.routes import base_urls

WIDTH: Final = 100
_LABEL: Final = 10

_DOES: Final = {
    Action.CREATE: "makes a record of {}",
    Action.GET: "reads one of {}",
    Action.LIST: "lists {}",
    Action.COUNT: "counts {}",
    Action.UPDATE: "changes one of {}",
    Action.REPLACE: "replaces one of {}",
    Action.UPSERT: "replaces one of {}, or makes it",
    Action.DELETE: "deletes one of {}",
    Action.DELETE_MATCHING: "deletes those of {} that match",
}


def find(document: Document, text: str) -> Operation:
    """Return the operation that a person names: by its id, or as `GET /pets`.

    Raises:
        UsageError: There is none.
    """
    operation = document.operations.get(text)
    if operation is not None:
        return operation
    wanted = re.sub(r"\s+", " ", text.strip())
    named = {str(item): item for item in document.operations.values()}
    method, _, path = wanted.partition(" ")
    if f"{method.upper()} {path}" in named:
        return named[f"{method.upper()} {path}"]
    near = difflib.get_close_matches(wanted, [*document.operations, *named], n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UsageError(f"{document.source} has no operation {text!r}{hint}")


def explanation(application: Application, served: Served, operation: Operation, reason: str | None) -> str:
    """Return what an operation does, why, with what of the request, and what its answer is made of.

    Args:
        application: Serves the document.
        served: The document.
        operation: The operation.
        reason: Why its answer would not come from state after all, None where it would.
    """
    plan = served.plan.operations.get(operation.id)
    note = served.plan.notes.get(operation.id)
    lines = [f"{operation.id}  {operation}", ""]
    rows = _stateless(note) if plan is None else _stateful(served.document, plan, note, reason)
    for label, text in rows:
        lines += textwrap.wrap(
            text, WIDTH, initial_indent=f"  {label:<{_LABEL}}", subsequent_indent=" " * (_LABEL + 2),
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    settings = application.settings
    base = base_urls(served, settings, f"http://{settings.host}:{settings.port}")[0]
    lines += ["", f"  {'try':<{_LABEL}}{curl(served, application, operation, base)}"]
    return "\n".join(lines) + "\n"


def _stateless(note: str | None) -> Iterator[tuple[str, str]]:
    yield "does", "nothing to records: it is answered from examples and made-up values"
    yield "because", note or "nothing says what it does to which records"


def _stateful(
    document: Document, plan: OperationPlan, note: str | None, reason: str | None
) -> Iterator[tuple[str, str]]:
    yield "does", _DOES[plan.action].format(plan.resource.name)
    if note:
        yield "because", f"{note} (inferred)" if plan.inferred else note
    yield "records", _records(plan.resource)
    yield from _asked(plan)
    for item in plan.filters:
        value = "" if item.value == f"$request.query.{item.name}" else f" = {flow(item.value)}"
        separated = f", several separated by {item.separator!r}" if item.separator else ""
        yield "filter", f"{item.name}{value}: {'.'.join(item.path) or 'any text'} {item.operator}{separated}"
    yield from _order(plan)
    yield "answers", _answer(document, plan)
    if reason:
        yield "but", f"the answer is made up all the same: {reason}"


def _records(resource: Resource) -> str:
    parts = [f"{resource.name}, as {resource.schema} describes them"]
    if resource.singleton:
        parts.append("exactly one")
    else:
        parts.append(f"told apart by {resource.id_property}")
    parts += [f"{item.property} names one of {item.resource}" for item in resource.references.values()]
    if resource.scope:
        parts.append(f"kept apart by {', '.join(resource.scope)}")
    if resource.lifecycle is not None:
        parts.append(f"with a state in {resource.lifecycle.property}")
    if resource.soft_delete:
        parts.append(f"marked in {resource.soft_delete} when deleted")
    return ", ".join(parts)


def _asked(plan: OperationPlan) -> Iterator[tuple[str, str]]:
    if plan.id is not ABSENT:
        yield "id", flow(plan.id)
    if plan.ids is not ABSENT:
        yield "ids", flow(plan.ids)
    for property, value in plan.find.items():
        yield "found by", f"{property} = {flow(value)}"
    if plan.item is not ABSENT:
        yield "from", flow(plan.item)
    if plan.items is not ABSENT:
        yield "from each", flow(plan.items)
    for property, value in plan.set.items():
        yield "sets", f"{property} = {flow(value)}"
    for property, values in plan.when.items():
        yield "only when", f"{property} is one of {', '.join(flow(value) for value in values)}"


def _order(plan: OperationPlan) -> Iterator[tuple[str, str]]:
    sort, page = plan.sort, plan.page
    asked = [flow(value) for value in (sort.pairs, sort.text, sort.by, sort.order) if value is not ABSENT]
    default = [f"{'-' if descending else ''}{name}" for name, descending in sort.default]
    if asked or default:
        yield "order", ", ".join([*asked, *([f"else {', '.join(default)}"] if default else [])])
    parts = [
        f"{name} {flow(value)}"
        for name, value in (
            ("offset", page.offset), ("number", page.number), ("after", page.after), ("before", page.before),
            ("token", page.token), ("limit", page.limit),
        )
        if value is not ABSENT
    ]  # fmt: skip
    if page.default_limit is not None:
        parts.append(f"{page.default_limit} at a time unless asked")
    if page.max_limit is not None:
        parts.append(f"{page.max_limit} at most")
    if parts:
        yield "page", ", ".join(parts)


def _answer(document: Document, plan: OperationPlan) -> str:
    status = plan.status or negotiation.success(plan.operation)[0]
    shown = "the records" if plan.action is Action.LIST else "the record"
    if plan.action in (Action.COUNT, Action.DELETE_MATCHING):
        shown = "what the plan says"
    response = plan.operation.response_for(status)
    if response is None or not response.content:
        return f"{status} without a body"
    text = shown if plan.answer is ABSENT else flow(plan.answer)
    headers = "".join(f", {name}: {flow(value)}" for name, value in plan.headers.items())
    refusals = [name for name in plan.operation.responses if not name.startswith("2")]
    return f"{status} with {text}{headers}" + (f"; refuses with {', '.join(refusals)}" if refusals else "")
