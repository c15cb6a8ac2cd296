"""`mockserver plan`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from mockserver import jsontext, sources
from mockserver.cli.options import beside_options, document_arguments, settings_from
from mockserver.contract.verify.documents import portable
from mockserver.document import plan_file
from mockserver.document.loading import yamltext
from mockserver.document.model import Document
from mockserver.document.plan import Plan
from mockserver.document.planfile import links, writing
from mockserver.document.planning import Planned
from mockserver.errors import Json, UsageError
from mockserver.mocking.fixtures import Fixtures
from mockserver.mocking.trials import Trials
from mockserver.settings import Settings
from mockserver.sources import Loaded

TRYING_SECONDS: Final = 10
"""Time for trying operations; most documents need much less."""
FORMATS: Final = ("yaml", "json", "table")


@click.command(
    short_help="Print which records there are, and what acts on them.",
    epilog="""\b
Examples:
  mockserver plan api.yaml                               the plan, with the reason of each part
  mockserver plan api.yaml --output api.plan.yaml        save it; edit it; serve goes by it
  mockserver plan api.yaml --format table                a line for each operation
  mockserver plan api.yaml --explain listPets            what an operation does, and why
  mockserver plan api.yaml --explain 'GET /pets/{id}'
  mockserver plan api.yaml --as-links document --output linked.yaml    for contract testers
  mockserver plan api.yaml --as-links overlay --output links.yaml      the same as an overlay

\b
Exit codes: 0 fine, 1 something in the plan does not fit the document, 2 wrong use.
""",
)
@document_arguments
@click.option(
    "--format",
    "layout",
    type=click.Choice(FORMATS),
    default="yaml",
    show_default=True,
    help="How to write it.",
)
@click.option("--explain", metavar="OPERATION", help="Only this operation, in words; an id, or 'GET /pets'.")
@click.option(
    "--as-links",
    type=click.Choice(["document", "overlay"]),
    help="Write the document with the plan as OpenAPI links, or only an overlay that adds them.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write it.  [default: standard output]",
)
@beside_options("overlay", "plan")
@click.option(
    "--config", type=click.Path(), help="Settings in YAML.  [default: mockserver.yaml if there is one]"
)
def plan(
    documents: tuple[str, ...],
    config: str | None,
    layout: str,
    explain: str | None,
    as_links: str | None,
    output: Path | None,
    **beside: tuple[str, ...],
) -> None:
    """Print the plan of a document: which records there are, and what each operation does to them.

    DOC is a file, a folder with one document, an http(s) URL, or - for standard input. What was written of the plan, in
    a file beside the document or in its x-mock, is in it; the rest is inferred. Each operation is tried on a record:
    where its answer would break the document, the plan says why.
    """
    settings = settings_from(config, documents, **beside)
    found = _one(settings)
    planned = plan_file.make(found.document, found.source.plan)
    for fault in planned.plan.faults:
        place = f"{fault.file or found.source.path}: at {fault.pointer or '/'}"
        click.echo(f"mockserver: {place}: {fault.message}; {fault.effect}", err=True)
    if as_links:
        content = _with_links(found, planned, as_links, as_json=layout == "json")
    else:
        content = _plan(found, planned, settings, layout, explain)
    if output is None:
        click.echo(content, nl=False)
    else:
        _write(output, content)
    if planned.plan.faults:
        raise SystemExit(1)


def _one(settings: Settings) -> Loaded:
    named = sources.named(sources.chosen(settings), settings)
    if len(named) != 1:
        names = ", ".join(str(source.path) for source, _ in named)
        raise UsageError(f"a plan is of one document, name it: mockserver plan DOC (there are {names})")
    ((source, name),) = named
    return Loaded(source, sources.load_one(source, name))


def _plan(found: Loaded, planned: Planned, settings: Settings, layout: str, explain: str | None) -> str:
    from mockserver.cli.explain import explanation, find
    from mockserver.server.assembly import assemble

    document = found.document
    wanted = find(document, explain) if explain else None
    application = assemble(replace(settings, strict=False, stateless=False), _now, [found])
    (served,) = application.documents
    trials = Trials(served.engine)
    if wanted is not None:
        return explanation(application, served, wanted, trials.of(wanted))
    reasons = _reasons(trials, served.plan)
    if layout == "table":
        return writing.table(document, planned, reasons)
    if layout == "json":
        return jsontext.dumps(_as_json(document, planned, reasons), indent=True).decode() + "\n"
    return writing.text(document, planned, reasons, _seeds(served.engine.fixtures))


def _reasons(trials: Trials, plan: Plan) -> dict[str, str]:
    """Return why answers would not come from state, by operation id, as far as there is time to try."""
    reasons: dict[str, str] = {}
    end = time.monotonic() + TRYING_SECONDS
    for number, (id, item) in enumerate(plan.operations.items()):
        if time.monotonic() > end:
            told = f"only {number} of {len(plan.operations)} operations were tried, for lack of time"
            click.echo(f"mockserver: {told}; --explain OPERATION tries one", err=True)
            break
        reason = trials.of(item.operation)
        if reason:
            reasons[id] = reason
    return reasons


def _seeds(found: Fixtures) -> dict[str, list[str]]:
    """Return with which records the resources begin that were tried, in sentences."""
    said: dict[str, list[str]] = {}
    for name, seeded in found.seeded.items():
        shown, made = seeded.shown, seeded.made
        begins = [f"{shown} example{'s' if shown > 1 else ''} of the document"] if shown else []
        begins += [f"{made} made-up record{'s' if made > 1 else ''}"] if made else []
        said[name] = [f"begins with {' and '.join(begins)}"] if begins else ["begins empty"]
        said[name] += [f"left out: {reason}" for reason in seeded.left_out]
    for name, (path, records) in (*found.whole.items(), *found.seeds.items()):
        said[name] = [f"begins with {len(records)} record{'s' if len(records) != 1 else ''} of {path.name}"]
    return said


def _as_json(document: Document, planned: Planned, reasons: Mapping[str, str]) -> dict[str, Json]:
    plan = planned.plan
    return {
        "document": document.title,
        "plan": planned.raw,
        "resources": dict(planned.notes),
        "operations": [
            {
                "id": id,
                "method": operation.method,
                "path": operation.path,
                "action": str(plan.operations[id].action) if id in plan.operations else None,
                "resource": plan.operations[id].resource.name if id in plan.operations else None,
                "inferred": id not in plan.operations or plan.operations[id].inferred,
                "why": plan.notes.get(id),
                "not": reasons.get(id),
            }
            for id, operation in document.operations.items()
        ],
        "faults": [
            {"file": fault.file, "pointer": fault.pointer, "message": fault.message, "effect": fault.effect}
            for fault in plan.faults
        ],
    }


def _with_links(found: Loaded, planned: Planned, kind: str, *, as_json: bool) -> str:
    document = found.document
    value: Json
    if kind == "overlay":
        value = links.overlay(document, planned.plan)
        if not value["actions"]:
            raise UsageError(
                f"the plan of {document.source} makes no links: no record is shown to be asked for again"
            )
    else:
        value = links.linked(document, planned.plan, _root(found))
    if as_json:
        return jsontext.dumps(value, indent=True).decode() + "\n"
    return yamltext.dumps(value).decode()


def _root(found: Loaded) -> Mapping[str, Any]:
    """Return what is written out: the text as its author wrote it, where that is all of the document and has links."""
    written = sources.load_written(found.source, found.document.name) if found.source.path != "-" else None
    is_own = (
        written is not None and len(found.document.files) <= 1 and not found.document.version.startswith("2")
    )
    if written is not None and is_own and isinstance(written.root, dict):
        return written.root
    root = portable(found.document.root)
    assert isinstance(root, dict)
    return root


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _now() -> datetime:
    return datetime.now(UTC)
