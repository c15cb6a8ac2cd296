"""Tables: CSV (RFC 4180), and values separated by tabs."""

from __future__ import annotations

import csv as csv_format
import io

from mockserver.errors import Json
from mockserver.mocking.bodies.form import Form, Written
from mockserver.mocking.bodies.texts import as_text


def csv(value: Json, form: Form) -> Written:
    """Write a list of objects as a header and rows; other values as what of a table they are."""
    return _table(value, form, csv_format.excel)


def tsv(value: Json, form: Form) -> Written:
    """Write the same with tabs."""
    return _table(value, form, csv_format.excel_tab)


def _table(value: Json, form: Form, dialect: type[csv_format.Dialect]) -> Written:
    stream = io.StringIO()
    writer = csv_format.writer(stream, dialect)
    writer.writerows([as_text(cell) for cell in row] for row in _rows(value))
    return Written(stream.getvalue().encode("utf-8", "replace"), form.name)


def _rows(value: Json) -> list[list[Json]]:
    if isinstance(value, dict):
        lists = [member for member in value.values() if isinstance(member, list)]
        # An envelope is about its list; any other object is one row.
        rows = lists[0] if len(lists) == 1 and all(isinstance(item, dict) for item in lists[0]) else [value]
        return _rows(rows)
    if not isinstance(value, list):
        return [[value]]
    if value and all(isinstance(item, dict) for item in value):
        names = list(dict.fromkeys(name for item in value for name in item))
        return [list(names), *([item.get(name) for name in names] for item in value)]
    return [item if isinstance(item, list) else [item] for item in value]
