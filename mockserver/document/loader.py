"""Reads documents, plans and fixtures: JSON or YAML text into JSON values. The door to yaml and openapi-spec-validator.

A document is data: no template language is applied, and YAML never makes dates, octal numbers or booleans out of
words, because JSON could not say them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import yaml

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.errors import DocumentError, Json

MAX_VALUES: Final = 5_000_000
"""Values that a document may hold once its anchors are in place; a few lines of YAML can mean billions."""


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's JSON schema (section 10.2), so that a YAML document means what the same JSON would."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012
    yaml_constructors: ClassVar[dict[str | None, Any]] = {
        tag: make
        for tag, make in yaml.CSafeLoader.yaml_constructors.items()
        if tag is None or tag.rpartition(":")[2] in ("null", "bool", "str", "seq", "map")
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping whose keys are texts as they were written: `200`, `1.10`, `true`."""
        self.flatten_mapping(node)
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping

    def number(self, node: yaml.ScalarNode) -> int | float:
        """Return a number that JSON can say too."""
        text = self.construct_scalar(node)
        try:
            value = int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else float(text)
        except ValueError:
            value = math.inf
        if not math.isfinite(value):
            shown = text if len(text) < 40 else f"{text[:40]}..."
            message = f"{shown} is no number of JSON"
            raise yaml.constructor.ConstructorError(None, None, message, node.start_mark)
        return value


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.number)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.number)

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
    if _nesting(text) > _C_STACK:
        raise DocumentError(f"{name} is nested more than {jsontext.MAX_DEPTH} levels deep")
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if json_error is not None:
            raise DocumentError(
                f"{name} is not valid JSON: {json_error.reason}"
                f" (line {json_error.line}, column {json_error.column})"
            ) from error
        raise DocumentError(f"{name} is not valid YAML: {_yaml_message(error, text)}") from error
    return _Plain(name).value(value, 0)


_C_STACK: Final = 2000
"""Levels of nesting at which libyaml, which recurses in C, is far from the end of the stack."""


def _nesting(text: str) -> int:
    """Return how deep a YAML text may be nested at the most."""
    depth = deepest = 0
    for match in re.finditer(r"[\[{]+|[]}]+", text):
        run = match.end() - match.start()
        depth = depth + run if match[0][0] in "[{" else max(depth - run, 0)
        deepest = max(deepest, depth)
    if re.search(rf"(?m)^[ ?:-]{{{_C_STACK}}}", text):
        return 2 * _C_STACK
    return deepest


def _yaml_message(error: Exception, text: str) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"{error.problem or error} (line {mark.line + 1}, column {mark.column + 1})"
    if isinstance(error, yaml.reader.ReaderError):
        # libyaml says neither line nor column of a character that YAML does not allow.
        found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        start = found.start() if found else 0
        line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
        return f"the character {text[start : start + 1]!r} is not allowed (line {line}, column {column})"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


class _Plain:
    """Copies what YAML made, so that anchors share nothing; refuses what has no end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0

    def value(self, value: Any, depth: int) -> Json:
        self._count += 1
        if self._count > MAX_VALUES:
            raise DocumentError(
                f"{self._name} has more than {MAX_VALUES} values once its anchors are in place"
            )
        if depth > jsontext.MAX_DEPTH:
            levels = f"{jsontext.MAX_DEPTH} levels deep"
            raise DocumentError(f"{self._name} is nested more than {levels}, or an anchor holds itself")
        if isinstance(value, dict):
            return {key: self.value(member, depth + 1) for key, member in value.items()}
        if isinstance(value, list):
            return [self.value(member, depth + 1) for member in value]
        return value


def specification_faults(root: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer, message) for each fault that openapi-spec-validator finds."""
    # Imported here: it costs 0.2 s, and only `check` and the tests ask it.
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    validator = (
        OpenAPIV30SpecValidator if str(root.get("openapi", "")).startswith("3.0") else OpenAPIV31SpecValidator
    )
    for error in validator(root).iter_errors():
        yield ptr.join("", *error.absolute_path), error.message
