"""Reads documents, plans and fixtures: JSON or YAML text into JSON values.

A document is data: no template language is applied.
"""

from __future__ import annotations

from pathlib import Path

from mockserver import jsontext
from mockserver.document.loading import yamltext
from mockserver.errors import DocumentError, Json


def read(path: Path) -> Json:
    """Return the JSON value in a file, whose text is JSON or YAML.

    Raises:
        DocumentError: The file cannot be read, is neither, or holds what JSON cannot say.
    """
    return parse(content(path), str(path))


def content(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        DocumentError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise DocumentError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def parse(data: bytes, name: str) -> Json:
    """Return the JSON value in JSON or YAML text; `name` is for messages.

    Raises:
        DocumentError: The text is neither.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    json_error: jsontext.JsonError | None = None
    start = data.lstrip()[:1]
    if start in (b"{", b"[", b'"'):
        try:
            return jsontext.loads(data)
        except jsontext.JsonError as error:
            # What only YAML admits (a comment, a tab, a big number) may still be read as YAML.
            json_error = None if start == b'"' else error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise DocumentError(f"{name} is not UTF-8 text (line {line}, byte {column} of it)") from error
    try:
        return yamltext.loads(text)
    except yamltext.YamlError as error:
        if json_error is not None:
            raise DocumentError(
                f"{name} is not valid JSON: {json_error.reason}"
                f" (line {json_error.line}, column {json_error.column})"
            ) from error
        raise DocumentError(f"{name} is not valid YAML: {error}") from error
