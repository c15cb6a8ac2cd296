"""Holds a document against the JSON Schema of its OpenAPI version, and its schemas against that of their dialect.

The schemas are those that openapi-spec-validator brings along. They are read as files, because importing the package
takes half a second, and judged by jsonschema-rs: ten milliseconds for four megabytes, so that each start can do it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document import words
from mockserver.document.loading import loader
from mockserver.document.model import Fault, Severity
from mockserver.document.structure import map_schemas
from mockserver.document.validation import Validator, standalone
from mockserver.errors import Json, Violation

_VERSIONS: Final = {"2": "v2.0", "3.0": "v3.0", "3.1": "v3.1", "3.2": "v3.2"}
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DIALECTS: Final = frozenset(
    {
        _DIALECT,
        "https://json-schema.org/draft/2019-09/schema",
        *(f"http://json-schema.org/draft-0{number}/schema" for number in (4, 6, 7)),
    }
)


def document_shape(root: Json, version: str) -> Iterator[Fault]:
    """Yield what in a document, as it was written, breaks the schema of its OpenAPI version."""
    validator, schema = _openapi(_VERSIONS[_line(version)])
    if not validator.is_valid(root):
        yield from _faults(validator.violations(root), schema, "specification", "")


def schema_shapes(root: dict[str, Json], version: str) -> Iterator[Fault]:
    """Yield what in its schemas breaks their dialect; that of OpenAPI 3.0 is in the schema of the document."""
    if _line(version) in ("2", "3.0"):
        return
    default = root.get("jsonSchemaDialect")
    outermost: list[tuple[str, Json]] = []
    map_schemas(root, lambda node, pointer: outermost.append((pointer, node)))
    for pointer, node in outermost:
        declared = node.get("$schema", default) if isinstance(node, dict) else default
        name = str(declared).rstrip("#")
        validator = _dialect(name if name in _DIALECTS else _DIALECT)
        if not validator.is_valid(node):
            yield from _faults(validator.violations(node), {}, "schema", pointer)


def _line(version: str) -> str:
    """Return the line that a version belongs to; what comes after 3.2 is judged as 3.2."""
    return next((line for line in _VERSIONS if version.startswith(line)), "3.2")


@cache
def _openapi(folder: str) -> tuple[Validator, Mapping[str, Any]]:
    schema = _explicit(
        loader.read(_package("openapi_spec_validator") / f"resources/schemas/{folder}/schema.json")
    )
    if "id" in schema:
        # Written for draft 4, which has no `if`; all that it uses is the same in draft 7.
        del schema["id"]
        schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    return standalone(schema), schema


@cache
def _dialect(name: str) -> Validator:
    schema: dict[str, Json] = {"$ref": name}
    if name == _DIALECT:
        base = loader.read(_package("openapi_schema_validator") / "schemas/oas3.1/vocabularies/base")
        schema = {"allOf": [{"$ref": _DIALECT}, base]}
    return standalone(schema)


def _package(name: str) -> Path:
    """Return the folder of an installed package, which is not imported."""
    spec = find_spec(name)
    assert spec is not None, f"{name} is a dependency"
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def _explicit(node: Any) -> Any:
    """Return a schema in which "either this or a reference" is decided by whether there is a `$ref`.

    So a fault in an object is explained by what the object should be, and not by what a reference should be.
    """
    if isinstance(node, list):
        return [_explicit(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _explicit(value) for key, value in node.items()}
    if isinstance(result.get("exclusiveMinimum"), bool):
        result["exclusiveMinimum"] = result.pop("minimum")
    for keyword in ("oneOf", "anyOf"):
        branches = result.get(keyword)
        if not isinstance(branches, list):
            continue
        chosen = {
            str(branch.get("$ref", branch.get("type"))).rpartition("/")[2]: branch for branch in branches
        }
        reference = chosen.pop("Reference", chosen.pop("jsonReference", None))
        flag = chosen.pop("boolean", None)
        if len(chosen) != 1 or (reference is None and flag is None):
            continue
        (rest,) = chosen.values()
        if reference is not None:
            rest = {"if": {"type": "object", "required": ["$ref"]}, "then": reference, "else": rest}
        if flag is not None:
            rest = {"if": flag, "else": rest}
        del result[keyword]
        result["allOf"] = [*result.get("allOf", ()), rest]
    return result


def _faults(
    violations: Sequence[Violation], schema: Mapping[str, Any], rule: str, prefix: str
) -> Iterator[Fault]:
    places = {violation.location for violation in violations if violation.rule != "unevaluatedProperties"}
    for violation in violations:
        location = violation.location
        if violation.rule == "unevaluatedProperties" and any(
            place[: len(location)] == location and place != location for place in places
        ):
            continue  # It is only not known because of what is wrong in it.
        if violation.rule == "required":
            location = location[:-1]
        message = _alternatives(violation, schema) or words.sentence(violation)
        # That a text is of some form matters to nobody here; that something is missing may.
        severity = Severity.WARNING if violation.rule == "format" else Severity.ERROR
        yield Fault(prefix + ptr.join("", *location), rule, message, severity=severity)


def _alternatives(violation: Violation, schema: Mapping[str, Any]) -> str:
    """Return which of some properties are needed, where that is what a broken `oneOf` or `anyOf` asks for."""
    # The branch that came nearest is explained; it is one of several.
    place = re.sub(r"/\d+/required$", "", violation.pointer)
    keyword = place.rpartition("/")[2]
    if keyword not in ("oneOf", "anyOf"):
        return ""
    try:
        branches = ptr.lookup(schema, place)
        names = [name for branch in branches for name in branch["required"]]
        if not all(set(branch) <= {"required", "description", "allOf"} for branch in branches):
            return ""
    except (KeyError, TypeError, ValueError):
        return ""
    listed = ", ".join(repr(name) for name in names[:-1]) + f" or {names[-1]!r}"
    return f"{listed} is required" + ("" if keyword == "anyOf" else ", and only one of them")
