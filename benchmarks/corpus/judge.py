"""Judges values by schemas of each dialect with python-jsonschema, on the raw document.

Not judged by what `discriminator` says: it does not change what is valid (OAS 3.0.4 section 4.7.25).
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator, FormatChecker, _keywords, _legacy_keywords
from jsonschema.exceptions import ValidationError
from jsonschema.validators import create, extend
from jsonschema_specifications import REGISTRY as SPECIFICATIONS
from openapi_schema_validator import OAS30Validator, OAS31Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY, Specification

from corpus.files import Files, Node

REQUEST, RESPONSE = "readOnly", "writeOnly"
"""A direction is named by the mark of what is absent from it."""
LIMIT_S = 3.0
MAX_HOPS = 20


class Unjudged(Exception):
    """Nobody can say whether the value is valid: the schema is broken, or it takes too long."""


@contextmanager
def time_limit(seconds: float, what: str) -> Iterator[None]:
    """Stop what runs inside after so long; only in the main thread of a process."""

    def stop(*_: object) -> None:
        raise Unjudged(f"{what} took more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        not isinstance(value, bool)
        and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))
    ),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "file": lambda value: True,  # 2.0
}


def type_(_: Any, names: Any, value: Any, schema: dict[str, Any]) -> Iterator[ValidationError]:
    """Apply `type` of 2.0 and 3.0, with `nullable` and the vendors' `x-nullable`."""
    if value is None and (schema.get("nullable") is True or schema.get("x-nullable") is True):
        return
    names = names if isinstance(names, list) else [names]
    known = [name for name in names if name in TYPES]
    if known and not any(TYPES[name](value) for name in known):
        yield ValidationError(f"{value!r} is not of type {' or '.join(known)}")


def items(validator: Any, schema: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    """Apply `items` of 2.0 and 3.0; several schemas in a list are one for each item, as draft 4 says."""
    if isinstance(value, list):
        schemas = schema if isinstance(schema, list) else [schema] * len(value)
        for index, (item, one) in enumerate(zip(value, schemas, strict=False)):
            yield from validator.descend(item, one, path=index)


def multiple_of(_: Any, factor: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    """Apply `multipleOf` in decimal: 19.99 is a multiple of 0.01."""
    if TYPES["number"](value) and Decimal(str(value)) % Decimal(str(factor)) != 0:
        yield ValidationError(f"{value!r} is not a multiple of {factor!r}")


def pattern(_: Any, text: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    """Apply `pattern`; what only ECMA 262 knows is not judged."""
    if (
        isinstance(value, str)
        and (compiled := python_pattern(text)) is not None
        and not compiled.search(value)
    ):
        yield ValidationError(f"{value!r} does not match {text!r}")


@lru_cache(maxsize=2048)
def python_pattern(text: str) -> re.Pattern[str] | None:
    """Return an ECMA 262 pattern as Python's, None where that is not possible.

    Of `/^a$/`, a literal of JavaScript that no text could match as it stands, what is between the slashes counts.
    """
    if len(text) > 2 and text.startswith("/^") and text.endswith("$/"):
        text = text[1:-1]
    try:
        return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", text))
    except (re.error, RecursionError, OverflowError):
        return None


def format_(validator: Any, name: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    """Apply `format`, where it is a known one."""
    if isinstance(name, str) and not validator.format_checker.conforms(value, name):
        yield ValidationError(f"{value!r} is not a {name!r}")


def _follow(validator: Any, schema: Any) -> Any:
    resolver = validator._resolver
    for _ in range(MAX_HOPS):
        if not (isinstance(schema, dict) and isinstance(schema.get("$ref"), str)):
            return schema
        try:
            resolved = resolver.lookup(schema["$ref"])
        except Unresolvable:
            return schema
        schema, resolver = resolved.contents, resolved.resolver
    return schema


def required(mark: str, hidden: frozenset[str]) -> Callable[..., Iterator[ValidationError]]:
    """Return `required` for a direction: what is absent from it is not missing."""

    def judge(validator: Any, names: Any, value: Any, schema: dict[str, Any]) -> Iterator[ValidationError]:
        if not isinstance(value, dict) or not isinstance(names, list):
            return
        properties = schema.get("properties") or {}
        for name in names:
            if name in value:
                continue
            if name in properties:
                own = properties[name]
                parts = [own, *(own.get("allOf", ()) if isinstance(own, dict) else ())]
                found = (_follow(validator, part) for part in parts)
                if any(isinstance(one, dict) and one.get(mark) is True for one in (own, *found)):
                    continue
            elif name in hidden:
                continue  # the property itself is in another part of an allOf
            yield ValidationError(f"{name!r} is a required property")

    return judge


def absent(mark: str) -> Callable[..., Iterator[ValidationError]]:
    """Return the keyword `readOnly` or `writeOnly` for the direction from which it is absent."""

    def judge(_: Any, marked: Any, value: Any, __: Any) -> Iterator[ValidationError]:
        if marked is True:
            yield ValidationError(f"{value!r} stands here, and the property is {mark}")

    return judge


def _marked(contents: Any, mark: str) -> frozenset[str]:
    """Return the names of all properties with a mark."""
    found, waiting = set[str](), [contents]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            properties = one.get("properties")
            for name, member in properties.items() if isinstance(properties, dict) else ():
                if isinstance(member, dict) and member.get(mark) is True:
                    found.add(name)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return frozenset(found)


def _without_siblings(schema: dict[str, Any]) -> Any:
    """Return the keywords that count: none beside `$ref` (OAS 3.0.4 section 4.7.23)."""
    return [("$ref", schema["$ref"])] if isinstance(schema.get("$ref"), str) else schema.items()


OTHER_FORMATS = {
    "uri": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\\\^`]*"),
    "iri": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\\\^`]*"),
    "uri-reference": re.compile(r"[^\s<>\"{}|\\\\^`]*"),
    "duration": re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"),
    "hostname": re.compile(
        r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
    ),
    "uuid4": re.compile(
        r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-4[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}"
    ),
    "json-pointer": re.compile(r"(/([^/~]|~[01])*)*"),
}


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    for source in (Draft202012Validator.FORMAT_CHECKER, oas30_format_checker):
        names = ("int32", "int64", "byte") if source is oas30_format_checker else source.checkers
        checker.checkers = {**checker.checkers, **{name: source.checkers[name] for name in names}}
    # Without packages of their own, python-jsonschema passes over these.
    for name, pattern_of_name in OTHER_FORMATS.items():
        checker.checks(name)(
            lambda value, known=pattern_of_name: not isinstance(value, str) or bool(known.fullmatch(value))
        )
    return checker


class Judge:
    """Judges values by the schemas of one document."""

    def __init__(self, files: Files) -> None:
        self.files = files
        version = str(files.root.value.get("openapi") or files.root.value.get("swagger") or "")
        self.version = version
        self.modern = not version.startswith(("2", "3.0"))
        specification = DRAFT202012 if self.modern else Specification.OPAQUE
        registry: Registry[Any] = SPECIFICATIONS if self.modern else EMPTY_REGISTRY
        # A reference may spell the same file otherwise: `{` where a URI has `%7B`.
        spellings = [
            (name, contents) for uri, contents in files.contents.items() for name in {uri, unquote(uri)}
        ]
        resources = [(uri, Resource(contents, specification)) for uri, contents in spellings]
        if self.modern:
            resources += [(uri, Resource(schema, specification)) for uri, schema in self._identified()]
        self.registry = registry.with_resources(resources)
        self._formats = _formats()
        self._classes = {mark: self._class(mark) for mark in (REQUEST, RESPONSE)}
        self._validators: dict[tuple[str, str], Any] = {}

    def _identified(self) -> Iterator[tuple[str, Any]]:
        """Yield each schema that has an absolute `$id`."""
        waiting = list(self.files.contents.values())
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict):
                if isinstance(one.get("$id"), str) and ":" in one["$id"]:
                    yield one["$id"].rstrip("#"), one
                waiting += one.values()
            elif isinstance(one, list):
                waiting += one

    def _class(self, mark: str) -> Any:
        hidden = frozenset().union(*(_marked(contents, mark) for contents in self.files.contents.values()))
        own = {
            "required": required(mark, hidden), mark: absent(mark),
            "multipleOf": multiple_of, "pattern": pattern, "format": format_,
        }  # fmt: skip
        if self.modern:
            return extend(OAS31Validator, own, format_checker=self._formats)
        own |= {"type": type_, "items": items}
        own |= {"allOf": _keywords.allOf, "anyOf": _keywords.anyOf, "oneOf": _keywords.oneOf}
        own |= {
            "maximum": _legacy_keywords.maximum_draft3_draft4,
            "minimum": _legacy_keywords.minimum_draft3_draft4,
        }
        return create(
            meta_schema={}, validators={**OAS30Validator.VALIDATORS, **own}, format_checker=self._formats,
            type_checker=Draft202012Validator.TYPE_CHECKER, applicable_validators=_without_siblings,
            id_of=lambda schema: "",
        )  # fmt: skip

    def fault(
        self, schema: dict[str, Any] | None, value: Any, direction: str, *, limit_s: float = LIMIT_S
    ) -> str:
        """Return what is wrong with a value, "" where nothing is.

        Raises:
            Unjudged: Nobody can say.
        """
        if schema is None:
            return ""
        key = (repr(schema), direction)
        validator = self._validators.get(key)
        if validator is None:
            validator = self._classes[direction](schema, registry=self.registry, format_checker=self._formats)
            self._validators[key] = validator
        try:
            with time_limit(limit_s, "the judgement"):
                error = next(validator.iter_errors(value), None)
        except Unjudged:
            raise
        except RecursionError:
            raise Unjudged("the schema has no end") from None
        except Exception as error_of_schema:
            # A broken schema breaks the judge in any way: said, never passed over.
            text = str(error_of_schema).splitlines()
            raise Unjudged(f"{type(error_of_schema).__name__}: {text[0][:200] if text else ''}") from None
        if error is None:
            return ""
        place = "/" + "/".join(map(str, error.absolute_path)) if error.absolute_path else "the value"
        message = (
            error.message if len(error.message) < 240 else f"{error.message[:120]}...{error.message[-110:]}"
        )
        return f"{place}: {message}"

    def resolve(self, schema: dict[str, Any]) -> Node:
        """Return the place that a schema's `$ref` leads to in the end; itself where it has none.

        Raises:
            DocumentProblem: It leads nowhere.
        """
        return self.files.follow(Node(self.files.root.uri, "", schema))
