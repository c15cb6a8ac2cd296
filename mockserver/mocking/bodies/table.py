"""Which writer serves which media type: one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from mockserver import jsontext
from mockserver.document.loading import yamltext
from mockserver.document.media_types import essence_of, is_json, is_sequence, is_xml
from mockserver.document.messages import xmltext
from mockserver.errors import Json
from mockserver.mocking.bodies import forms, sequences, tables, texts
from mockserver.mocking.bodies.form import Form, Written

Writer = Callable[[Json, Form], Written]


def _json(value: Json, form: Form) -> Written:
    return Written(jsontext.dumps(value), form.name)


def _yaml(value: Json, form: Form) -> Written:
    return Written(yamltext.dumps(value), form.name)


def _xml(value: Json, form: Form) -> Written:
    pointer = form.media.schema if form.media is not None else None
    try:
        content = xmltext.write(value, form.schemas, pointer)
    except ValueError:
        content = xmltext.write("nested too deep", form.schemas, None)
    return Written(content, form.name)


WRITERS: Final[Mapping[str, Writer]] = {
    "application/csv": tables.csv,
    "application/json-seq": sequences.json_seq,
    "application/x-www-form-urlencoded": forms.urlencoded,
    "application/x-yaml": _yaml,
    "application/yaml": _yaml,
    "multipart/*": forms.multipart,
    "text/csv": tables.csv,
    "text/event-stream": sequences.event_stream,
    "text/tab-separated-values": tables.tsv,
    "text/x-yaml": _yaml,
    "text/yaml": _yaml,
}
"""Media type or range -> writer; JSON, XML, sequences and all types of a suffix are told by their names."""


@lru_cache(maxsize=256)
def writer_of(name: str) -> Writer:
    """Return the writer of a media type; what no other knows is text."""
    essence = essence_of(name)
    found = WRITERS.get(essence) or WRITERS.get(f"{essence.partition('/')[0]}/*")
    if found is not None:
        return found
    if is_json(name):
        return _json
    if is_sequence(name):
        return sequences.json_seq if essence.endswith("-seq") else sequences.json_lines
    if is_xml(name):
        return _xml
    return _yaml if essence.endswith("+yaml") else texts.text


def write(value: Json, form: Form) -> Written:
    """Return a value as a body: any value can be written under any media type.

    Bytes are the body itself, and so are texts that look like it, such as an example in XML or CSV.
    """
    if isinstance(value, bytes):
        return Written(value, form.name)
    if isinstance(value, str) and _is_written(value, form.name):
        return texts.text(value, form)
    return writer_of(form.name)(value, form)


def _is_written(text: str, name: str) -> bool:
    essence = essence_of(name)
    if is_json(name):
        return False
    if is_xml(name):
        return text.lstrip().startswith("<")
    if essence == "text/event-stream":
        return text.startswith(("data:", "event:", "id:", "retry:", ":"))
    return text.startswith("--") if essence.startswith("multipart/") else True
