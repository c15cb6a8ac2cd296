"""Reads documents, plans and fixtures: JSON or YAML text into JSON values. The door to yaml and openapi-spec-validator.

A document is data: no template language is applied, and YAML never makes dates, octal numbers or booleans out of
words, because JSON could not say them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.errors import DocumentError, Json


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's JSON schema (section 10.2), so that a YAML document means what the same JSON would."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_RESOLVERS: Final = (
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?$",
        list("-0123456789"),
    ),
    ("tag:yaml.org,2002:merge", r"^<<$", ["<"]),
)
for _tag, _pattern, _first in _RESOLVERS:
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


def read(path: Path) -> Json:
    """Return the JSON value in a file, whose text is JSON or YAML.

    Raises:
        DocumentError: The file cannot be read, is neither, or holds what JSON cannot say.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"cannot read {path}: {error.strerror or error}") from error
    return parse(data, str(path))


def parse(data: bytes, name: str) -> Json:
    """Return the JSON value in JSON or YAML text; `name` is for messages.

    Raises:
        DocumentError: The text is neither.
    """
    if data.lstrip()[:1] in (b"{", b"["):
        try:
            return jsontext.loads(data)
        except jsontext.JsonError as error:
            # What only YAML admits (a comment, a tab, a big number) may still be read as YAML.
            json_error: jsontext.JsonError | None = error
    else:
        json_error = None
    try:
        value = yaml.load(data.decode("utf-8-sig"), Loader=_Loader)  # noqa: S506 - a safe loader
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name} is not UTF-8 text (byte {error.start})") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if json_error is not None:
            raise DocumentError(
                f"{name} is not valid JSON: {json_error.reason} (line {json_error.line}, column {json_error.column})"
            ) from error
        raise DocumentError(f"{name} is not valid YAML: {_yaml_message(error)}") from error
    return _as_json(value, name)


def _yaml_message(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"{error.problem or error} (line {mark.line + 1}, column {mark.column + 1})"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _as_json(value: Any, name: str) -> Json:
    """Make every key a text; refuse what JSON cannot say."""
    if isinstance(value, dict):
        return {_key(key): _as_json(member, name) for key, member in value.items()}
    if isinstance(value, list):
        return [_as_json(member, name) for member in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise DocumentError(f"{name} holds a YAML {type(value).__name__}, which JSON cannot say: {value!r}")


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


def specification_faults(root: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer, message) for each fault that openapi-spec-validator finds."""
    # Imported here: it costs 0.2 s, and only `check` and the tests ask it.
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    validator = (
        OpenAPIV30SpecValidator if str(root.get("openapi", "")).startswith("3.0") else OpenAPIV31SpecValidator
    )
    for error in validator(root).iter_errors():
        yield ptr.join("", *error.absolute_path), error.message
