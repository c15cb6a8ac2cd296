"""The official JSON Schema Test Suite as food for the generator: fetched from a package, put into a document.

The source distribution of `jsonschema` brings the suite with it. It is fetched from the package index by pip when a
test asks for it, and kept in a folder that git ignores: nothing of it is copied into this repository.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urldefrag, urljoin

import jsonschema
import jsonschema_rs
from jsonschema_specifications import REGISTRY
from referencing.jsonschema import specification_with

from mockserver.document import pointer as ptr
from mockserver.document.structure import SCHEMA_FIELDS, SCHEMA_LISTS, SCHEMA_MAPS

PINNED = "jsonschema==4.26.0"
CACHE = Path(__file__).parents[2] / ".cache" / PINNED
REMOTES = "http://localhost:1234/"
DIALECTS = {
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft4": "http://json-schema.org/draft-04/schema#",
}


@dataclass(frozen=True)
class Case:
    """A schema of the suite that has at least one valid instance.

    Attributes:
        name: File, description: as the table of misses names it.
        asserts_formats: Whether the case is about formats that are asserted.
    """

    draft: str
    name: str
    schema: Any
    asserts_formats: bool


def fetch() -> Path:
    """Return the folder of the suite, fetched when it is not there yet.

    Raises:
        RuntimeError: The package index gave no such package.
    """
    if (CACHE / "json").is_dir():
        return CACHE / "json"
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        run = subprocess.run(
            [*command, "--no-deps", "--no-binary", "jsonschema", PINNED, "-d", place],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        archive = next(Path(place).glob("*.tar.gz"), None)
        if archive is None:
            raise RuntimeError(
                f"the JSON Schema Test Suite comes with {PINNED}, which pip could not download; "
                f"is the package index reachable?\n{run.stderr[-2000:]}"
            )
        with tarfile.open(archive) as packed:
            members = [member for member in packed.getmembers() if "/json/" in member.name]
            packed.extractall(place, members, filter="data")
        # Another worker may have been faster; what it fetched is the same.
        with suppress(OSError):
            next(Path(place).glob("*/json")).rename(CACHE / "json")
    return CACHE / "json"


def cases(folder: Path, draft: str) -> Iterator[Case]:
    """Yield the satisfiable schemas of a draft."""
    root = folder / "tests" / draft
    for path in sorted(root.rglob("*.json")):
        name = path.relative_to(root).with_suffix("").as_posix()
        for group in json.loads(path.read_text()):
            if any(test["valid"] for test in group["tests"]):
                asserted = name.startswith("optional/format")
                yield Case(draft, f"{name}: {group['description']}", group["schema"], asserted)


def remotes(folder: Path) -> dict[str, Any]:
    """Return the documents that schemas of the suite refer to, and the meta-schemas, by address."""
    found = {
        REMOTES + path.relative_to(folder / "remotes").as_posix(): json.loads(path.read_text())
        for path in sorted((folder / "remotes").rglob("*.json"))
    }
    return {**{uri.rstrip("#"): REGISTRY.contents(uri) for uri in REGISTRY}, **found}


def judge_of(case: Case, others: Mapping[str, Any]) -> Callable[[Any], str | None]:
    """Return an independent judge for the schema as it stands in the suite: it says what is wrong, or nothing."""
    default = specification_with(DIALECTS[case.draft])
    registry: Any = REGISTRY.with_resources(
        (uri, _specification_of(schema, default).create_resource(schema))
        for uri, schema in others.items()
        # Draft 4 knows no boolean schemas, and stumbles where others use them.
        if uri.startswith(REMOTES) and not (case.draft == "draft4" and "$dynamicAnchor" in json.dumps(schema))
    )
    known = jsonschema.validators.validator_for({"$schema": DIALECTS[case.draft]})
    dialect = jsonschema.validators.extend(known, {"multipleOf": _is_multiple})
    checker = known.FORMAT_CHECKER if case.asserts_formats else None
    validator = dialect(case.schema, registry=registry, format_checker=checker)

    def judge(value: Any) -> str | None:
        try:
            return next((error.message for error in validator.iter_errors(value)), None)
        except re.error:
            # Python knows no `\\cC` and no `\\p{Letter}`: the one other judge at hand that does.
            second = jsonschema_rs.validator_for(case.schema)
            return None if second.is_valid(value) else "the second judge finds it invalid"

    return judge


def _specification_of(schema: Any, default: Any) -> Any:
    dialect = schema.get("$schema") if isinstance(schema, dict) else None
    return specification_with(dialect) if dialect in DIALECTS.values() else default


def _is_multiple(
    _validator: Any, step: Any, value: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    """Judge by the numbers as they are written: 0.3 is a multiple of 0.1."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if Fraction(repr(value)) % Fraction(repr(step)):
            yield jsonschema.ValidationError(f"{value} is not a multiple of {step}")


class Bundle:
    """Puts a schema and what it refers to into one OpenAPI document, where references are JSON pointers.

    Attributes:
        document: An OpenAPI document whose component `Root` is the schema.
    """

    def __init__(self, case: Case, others: Mapping[str, Any], *, legacy: bool = False) -> None:
        self._change = (lambda schema: schema) if legacy else partial(modernise, draft=case.draft)
        self._others = others
        self._places: dict[str, str] = {}
        self._anchors: dict[tuple[str, str], str] = {}
        self._dynamic: set[tuple[str, str]] = set()
        self._waiting: list[tuple[str, Any, str]] = []
        self._schemas: dict[str, Any] = {}
        self._home = "suite:root"
        self._add("Root", self._change(case.schema), self._home)
        while self._waiting:
            name, found, uri = self._waiting.pop()
            self._schemas[name] = self._copy(found, uri)
        self.document = {"openapi": "3.1.0", "components": {"schemas": self._schemas}}

    def _add(self, name: str, schema: Any, uri: str) -> None:
        self._places[uri] = f"/components/schemas/{name}"
        self._index(schema, uri, self._places[uri])
        self._waiting.append((name, schema, uri))

    def _index(self, schema: Any, base: str, pointer: str) -> None:
        if not isinstance(schema, dict):
            return
        base = self._base(schema, base)
        if "$id" in schema and isinstance(schema["$id"], str):
            self._places.setdefault(base, pointer)
            if pointer == "/components/schemas/Root":
                self._home = base
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(schema.get(keyword), str):
                self._anchors.setdefault((base, schema[keyword]), pointer)
                if keyword == "$dynamicAnchor":
                    self._dynamic.add((base, schema[keyword]))
        for tokens, child in _children(schema):
            self._index(child, base, ptr.join(pointer, *tokens))

    def _base(self, schema: Mapping[str, Any], base: str) -> str:
        own = schema.get("$id")
        return urldefrag(_join(base, own))[0] if isinstance(own, str) else base

    def _copy(self, schema: Any, base: str) -> Any:
        if not isinstance(schema, dict):
            return schema
        base = self._base(schema, base)
        parts = dict(_children(schema))
        result: dict[str, Any] = {}
        for key, value in schema.items():
            if key in ("$id", "$schema", "$anchor", "$dynamicAnchor", "$vocabulary", "$comment"):
                continue
            if key in ("$ref", "$dynamicRef") and isinstance(value, str):
                pointer = self._target(value, base, is_dynamic=key == "$dynamicRef")
                reference = "#" + quote(pointer, safe="/~")
                if "$ref" in result:
                    result.setdefault("allOf", []).append({"$ref": reference})
                else:
                    result["$ref"] = reference
            elif (key,) in parts:
                result[key] = self._copy(value, base)
            elif key in SCHEMA_LISTS and isinstance(value, list):
                result[key] = [self._copy(part, base) for part in value]
            elif key in SCHEMA_MAPS and isinstance(value, dict):
                result[key] = {name: self._copy(part, base) for name, part in value.items()}
            else:
                result[key] = value
        return result

    def _target(self, reference: str, base: str, *, is_dynamic: bool) -> str:
        uri, fragment = urldefrag(_join(base, reference))
        if uri not in self._places and uri in self._others:
            self._add(f"Other{len(self._places)}", self._change(self._others[uri]), uri)
        fragment = unquote(fragment)
        if not fragment or fragment.startswith("/"):
            return self._places.get(uri, "/nowhere") + fragment
        if is_dynamic and (uri, fragment) in self._dynamic and (self._home, fragment) in self._dynamic:
            uri = self._home  # the outermost scope that is sure to be there
        return self._anchors.get((uri, fragment), "/nowhere")


OPENAPI_3_0 = frozenset(
    {
        "title", "description", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
        "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required",
        "enum", "type", "allOf", "oneOf", "anyOf", "not", "items", "properties", "additionalProperties", "format",
        "default", "$schema", "definitions", "$ref",
    }
)  # fmt: skip


def is_openapi_3_0(schema: Any) -> bool:
    """Say whether a schema of draft 4 is a Schema Object of OpenAPI 3.0 as well (OAS 3.0.4 section 4.7.24)."""
    if not isinstance(schema, dict):
        return False
    if not schema.keys() <= OPENAPI_3_0 or isinstance(schema.get("type"), list):
        return False
    if "$ref" in schema and schema.keys() - {"$ref", "$schema", "definitions"}:
        return False
    boundless = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
    if isinstance(schema.get("items"), list) or any(
        key in schema and boundless[key] not in schema for key in boundless
    ):
        return False
    if isinstance(schema.get("additionalProperties"), bool):
        schema = {key: value for key, value in schema.items() if key != "additionalProperties"}
    return all(is_openapi_3_0(part) for _, part in _children(schema))


def modernise(schema: Any, *, draft: str) -> Any:
    """Return a schema of an earlier draft in the words of 2020-12, its place and its references unchanged."""
    if not isinstance(schema, dict) or draft == "draft2020-12":
        return schema
    is_old = draft in ("draft4", "draft6", "draft7")
    if is_old and isinstance(schema.get("$ref"), str):
        # Up to draft 7 what stands beside a reference is not there; definitions can still be referred to.
        schema = {key: value for key, value in schema.items() if key in ("$ref", "definitions", "$schema")}
    change = partial(modernise, draft=draft)
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key == ("id" if draft == "draft4" else "$id") and is_old and isinstance(value, str):
            result["$anchor" if value.startswith("#") else "$id"] = value.removeprefix("#")
        elif key == "items" and isinstance(value, list):
            result["prefixItems"] = [change(part) for part in value]
            if "additionalItems" in schema:
                result["items"] = change(schema["additionalItems"])
        elif key == "additionalItems":
            continue
        elif key == "dependencies" and isinstance(value, dict):
            for name, needs in value.items():
                keyword = "dependentRequired" if isinstance(needs, list) else "dependentSchemas"
                result.setdefault(keyword, {})[name] = needs if isinstance(needs, list) else change(needs)
        elif key in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(value, bool):
            bound = key.replace("exclusiveM", "m")
            if value and bound in schema:
                result[key] = schema[bound]
        elif key in ("$ref", "$recursiveRef") and isinstance(value, str):
            result["$ref"] = re.sub(r"/items/(\d+)", r"/prefixItems/\1", value)
        elif key in SCHEMA_LISTS and isinstance(value, list):
            result[key] = [change(part) for part in value]
        elif key in SCHEMA_MAPS and isinstance(value, dict):
            result[key] = {name: change(part) for name, part in value.items()}
        else:
            result[key] = change(value) if key in SCHEMA_FIELDS else value
    return result


def _join(base: str, reference: str) -> str:
    # `urljoin` knows no URNs.
    return urldefrag(base)[0] + reference if reference.startswith("#") else urljoin(base, reference)


def _children(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in schema.items():
        if key in SCHEMA_FIELDS:
            yield (key,), value
        elif key in SCHEMA_LISTS and isinstance(value, list):
            for index, part in enumerate(value):
                yield (key, str(index)), part
        elif key in SCHEMA_MAPS and isinstance(value, dict):
            for name, part in value.items():
                yield (key, name), part
