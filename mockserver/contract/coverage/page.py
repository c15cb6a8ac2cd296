"""Coverage as one HTML page that needs nothing else: no network, no other file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Final

from mockserver.contract.coverage.grouping import NAMES, grouped, percent, remarks
from mockserver.contract.reports.texts import counted, line
from mockserver.mocking.coverage import Dimension, Figure, Report, Row, SchemaRow
from mockserver.mocking.coverage.items import OF_DIRECTION

_FOLDER: Final = Path(__file__).resolve().parent
_ITEMS_SHOWN: Final = 120
"""Lines about what is missing of one operation or schema."""
_SCHEMAS_SHOWN: Final = 1000
_OWN: Final = (
    (Dimension.PARAMETERS, "parameters"),
    (Dimension.MEDIA_TYPES, "media types"),
    (Dimension.REQUEST_SCHEMAS, "request"),
    (Dimension.RESPONSE_SCHEMAS, "answers"),
)
"""What is shown of an operation, besides its statuses."""


def write(report: Report) -> str:
    """Return a report as a page."""
    style = (_FOLDER / "page.css").read_text("utf-8")
    script = (_FOLDER / "page.js").read_text("utf-8")
    return "".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f'<title>Coverage of {_text(report.title)}</title>\n<link rel="icon" href="data:,">\n',
            f"<style>\n{style}</style>\n</head>\n<body>\n",
            *_head(report),
            "<main>\n",
            *_operations(report),
            *_schemas(report),
            *_remarks(report),
            f"</main>\n<script>{script}</script>\n</body>\n</html>\n",
        )
    )


def _policy(script: str) -> str:
    """Return what the page may load and run: nothing, but for its own style and script (CSP 3 section 2.3.1)."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _head(report: Report) -> Iterator[str]:
    called = sum(1 for row in report.rows if row.calls)
    yield "<header><div>\n"
    yield f'<p class="whole {_grade(report.percent)}">{percent(report.percent)}</p>\n'
    yield f"<div><h1>Coverage of {_text(report.title)}</h1>\n"
    yield (
        f'<p class="soft">{_text(report.name)} &middot; {counted(report.exchanges, "exchange")} &middot; '
        f"{called:,} of {counted(len(report.rows), 'operation')} called</p></div>\n"
    )
    yield '<ul class="dimensions">\n'
    for dimension, figure in report.dimensions.items():
        amount = f"{figure.seen:,} of {figure.of:,}" if figure.of else "nothing to exercise"
        yield (
            f'<li><span class="name">{NAMES[dimension]}</span><span class="number">{percent(figure.percent)}</span>'
            f'{_bar(figure)}<span class="soft">{amount}</span></li>\n'
        )
    yield "</ul>\n</div></header>\n"


def _operations(report: Report) -> Iterator[str]:
    if not report.rows:
        return
    yield '<div class="tools"><input id="find" type="search" placeholder="Find an operation or schema" '
    yield 'aria-label="Find an operation or schema"><label><input id="lacking" type="checkbox"> only what is '
    yield "missing something</label>"
    yield '<label><input id="never" type="checkbox"> only what was never called</label></div>\n'
    yield "<h2>Operations</h2>\n"
    for group, rows in grouped(report.rows).items():
        called = sum(1 for row in rows if row.calls)
        figure = Figure(called, len(rows))
        yield f'<section class="card" data-group><h3>{_text(group)}<span class="soft">{called:,} of {len(rows):,} '
        yield f"called</span>{_bar(figure)}</h3>\n"
        for row in sorted(rows, key=lambda item: (item.calls > 0, item.operation.path)):
            yield from _operation(row)
        yield "</section>\n"


def _operation(row: Row) -> Iterator[str]:
    operation = row.operation
    words = f"{operation.method} {operation.path} {operation.id}".lower()
    state = "never" if not row.calls else "lacking" if row.missing else "full"
    yield f'<details class="operation {state}" data-words="{_text(words)}"><summary>'
    yield f'<span class="method">{_text(operation.method)}</span>'
    yield f'<span class="path">{_text(operation.path)}<small>{_text(operation.id)}</small></span>'
    yield f'<span class="calls">{counted(row.calls, "call") if row.calls else "never called"}</span>'
    yield f'<span class="statuses">{"".join(_statuses(row))}</span>'
    yield '<span class="figures">'
    for dimension, name in _OWN:
        figure = row.figures[dimension]
        more = "+" if row.is_cut and dimension in OF_DIRECTION.values() else ""
        amount = f"{figure.seen}/{figure.of}{more}"
        yield (
            f'<span class="figure" title="{name}: {amount}">{_bar(figure)}<small>{name} {amount}</small></span>'
            if figure.of
            else "<span></span>"
        )
    yield "</span></summary>\n"
    yield from _missing([(f"{item.part} {item.place}".strip(), item.text) for item in row.missing], row.calls)
    yield "</details>\n"


def _statuses(row: Row) -> Iterator[str]:
    lacking = {item.part for item in row.missing if item.dimension is Dimension.STATUSES}
    for response in row.operation.responses.values():
        is_seen = row.calls and response.status not in lacking
        said = "answered" if is_seen else "never answered"
        yield f'<span class="status {"seen" if is_seen else "unseen"}" title="{said}">{_text(response.status)}</span>'
    declared = row.operation.response_for
    for status, count in sorted(row.statuses.items()):
        if not status:
            yield f'<span class="status odd" title="no answer, {counted(count, "time")}">none</span>'
        elif declared(status) is None:
            yield f'<span class="status odd" title="not declared, {counted(count, "time")}">{status}</span>'


def _missing(items: Iterable[tuple[str, str]], calls: int = 1) -> Iterator[str]:
    listed = list(items)
    if not listed:
        yield f'<p class="nothing">{"Nothing is missing." if calls else "It was never called."}</p>\n'
        return
    yield '<ul class="missing">\n'
    for place, text in listed[:_ITEMS_SHOWN]:
        yield f"<li><code>{_text(place)}</code> {_text(text)}</li>\n"
    if len(listed) > _ITEMS_SHOWN:
        yield f'<li class="soft">and {len(listed) - _ITEMS_SHOWN:,} more</li>\n'
    yield "</ul>\n"


def _schemas(report: Report) -> Iterator[str]:
    rows = [row for row in report.schemas if row.figure.of]
    if not rows:
        return
    yield '<h2>Schemas</h2>\n<p class="soft">What many operations share counts once for each direction: it does not '
    yield 'matter which of them has shown it.</p>\n<section class="card" data-group>\n'
    for row in rows[:_SCHEMAS_SHOWN]:
        yield from _schema(row)
    yield "</section>\n"
    if len(rows) > _SCHEMAS_SHOWN:
        yield f'<p class="soft">and {len(rows) - _SCHEMAS_SHOWN:,} more</p>\n'


def _schema(row: SchemaRow) -> Iterator[str]:
    state = "full" if not row.missing else "lacking" if row.figure.seen else "never"
    yield f'<details class="schema {state}" data-words="{_text(row.name.lower())}"><summary>'
    yield f'<span class="method">{row.direction}</span><span class="path">{_text(row.name)}</span>'
    amount = f"{row.figure.seen} of {row.figure.of}"
    yield f'<span class="figure">{_bar(row.figure)}<small>{amount}</small></span></summary>\n'
    yield from _missing((place, text) for place, _, text in (item.rpartition(": ") for item in row.missing))
    yield "</details>\n"


def _remarks(report: Report) -> Iterator[str]:
    noted = list(remarks(report))
    if noted:
        yield "<h2>Worth knowing</h2>\n<ul>\n"
        yield from (f"<li>{_text(text)}</li>\n" for text in noted)
        yield "</ul>\n"


def _bar(figure: Figure) -> str:
    width = f"{figure.percent:.4g}"
    return f'<span class="bar {_grade(figure.percent)}"><i style="width:{width}%"></i></span>'


def _grade(value: float) -> str:
    return "good" if value >= 80 else "middling" if value >= 40 else "bad"


def _text(text: str) -> str:
    return escape(line(text))
