"""Fills a declared error schema by what its property names mean (`message`, `detail`, `status`, `errors`...).

What really happened goes where it fits; what a schema asks for besides is generated, so that the body is always valid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.shapes import Shape, item_pointer
from mockserver.document.validation import Schemas, Validator
from mockserver.errors import CannotGenerate, Json, RefusalKind, Violation
from mockserver.mocking.generator import Generator

_TEXTS: Final = frozenset(
    {"message", "detail", "details", "description", "msg", "errormessage", "errordescription", "text", "info"}
)
_FLAGS: Final = {
    "success": False,
    "ok": False,
    "succeeded": False,
    "error": True,
    "iserror": True,
    "failed": True,
}
_PLACES: Final = ("field", "param", "parameter", "property", "pointer")
_BY_FIELD: Final = (
    "",
    "errors",
    "fielderrors",
    "validationerrors",
    "violations",
    "fields",
    "details",
    "messages",
)
"""Objects without declared properties that hold messages by the name of what they are about."""
_TELLING: Final = (
    "error", "fault", "problem", "exception", "violation", "invalid", "detail", "status", "issue", "message", "reason",
    "source", "validation", "cause", "field", "param", "loc", "result", "response", "info", "data", "meta", "warning",
)  # fmt: skip
"""Parts of the names of optional objects and lists that say what went wrong."""
_MENDED: Final = 50
"""Parts of an error body that are taken out, at the most, until its schema takes it."""
_NAMES: Final[Mapping[RefusalKind, tuple[str, ...]]] = {
    RefusalKind.INVALID: ("validation", "invalid", "unprocessable", "badrequest"),
    RefusalKind.UNAUTHENTICATED: ("unauthenticated", "unauthorized", "authentication", "auth"),
    RefusalKind.FORBIDDEN: ("forbidden", "permission", "denied"),
    RefusalKind.NOT_FOUND: ("notfound", "missing", "unknown"),
    RefusalKind.METHOD_NOT_ALLOWED: ("methodnotallowed", "method"),
    RefusalKind.NOT_ACCEPTABLE: ("notacceptable",),
    RefusalKind.GONE: ("gone", "deleted", "notfound"),
    RefusalKind.CONFLICT: ("conflict", "duplicate", "exists", "taken"),
    RefusalKind.WRONG_STATE: ("invalidstate", "state", "conflict", "invalid"),
    RefusalKind.DANGLING: ("reference", "validation", "invalid", "notfound"),
    RefusalKind.PRECONDITION: ("precondition", "stale", "version", "conflict"),
    RefusalKind.TOO_LARGE: ("toolarge",),
    RefusalKind.UNSUPPORTED_MEDIA_TYPE: ("unsupportedmediatype", "mediatype"),
    RefusalKind.FAULT: ("internal", "server", "fault", "unknown"),
}
"""Words by which the members of an enum may mean a kind of refusal, the surest first."""
_NO_RULE: Final = object()


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened, for filling a schema."""

    status: int
    kind: RefusalKind
    message: str
    violations: tuple[Violation, ...]
    path: str
    violation: Violation | None = None

    @property
    def reason(self) -> str:
        """The status in words."""
        return phrase(self.status) or str(self.kind)

    @property
    def text(self) -> str:
        """What was wrong, in a sentence."""
        return self.violation.message if self.violation else self.message


class ErrorBodies:
    """Makes the bodies of the error answers of one document."""

    def __init__(self, schemas: Schemas, generator: Generator) -> None:
        self._schemas = schemas
        self._generator = generator
        self._shapes: dict[str, tuple[Shape, frozenset[str]]] = {}

    def fill(self, pointer: str, facts: Facts) -> Json:
        """Return a value of a schema that says what happened; what it cannot say is generated."""
        value = self._value(pointer, "", facts, 0)
        validator = self._schemas.validator(pointer)
        if value is not _NO_RULE and validator.is_valid(value):
            return value
        key = ("problem", str(facts.status), str(facts.kind))
        if value is not _NO_RULE:
            value = self._mended(value, validator)
            if validator.is_valid(value):
                return value
        try:
            if isinstance(value, dict):
                with suppress(CannotGenerate):
                    return self._generator.value(pointer, key=key, given=value)
            return self._generator.value(pointer, key=key)
        except CannotGenerate:
            return None if value is _NO_RULE else value

    def _mended(self, value: Json, validator: Validator) -> Json:
        """Return a value without the parts that its schema refuses; texts and lists that are too long are cut."""
        box = [deepcopy(value)]
        for _ in range(_MENDED):
            violations = validator.violations(box[0], (0,))
            found = next(
                (item for item in violations if len(item.location) > 1 and _is_in(box, item.location)), None
            )
            if found is None:
                found = next((item for item in violations if item.location == (0,)), None)
                if found is None or found.rule not in ("maxLength", "maxItems"):
                    break
            *above, name = found.location
            holder: Any = box
            for token in above:
                holder = holder[token]
            if found.rule in ("maxLength", "maxItems"):
                holder[name] = holder[name][: self._schemas.at(found.pointer)]
            else:
                del holder[name]
        return box[0]

    def _value(self, pointer: str, name: str, facts: Facts, depth: int) -> Any:
        schemas = self._schemas
        try:
            place, schema = schemas.resolve(pointer)
        except (KeyError, ValueError):
            return _NO_RULE
        if schema is True or schema == {}:
            return self._leaf(name, None, facts, frozenset())
        if not isinstance(schema, dict) or depth > 8:
            return _NO_RULE
        if "const" in schema:
            return schema["const"]
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return self._branch(place, keyword, len(schema[keyword]), name, facts, depth)
        kinds = schema.get("type")
        kinds = [kinds] if isinstance(kinds, str) else kinds or []
        if "properties" in schema or "allOf" in schema or "object" in kinds or "$ref" in schema:
            return self._object(place, name, facts, depth)
        if "array" in kinds or "items" in schema:
            return self._array(place, name, facts, depth)
        if "enum" in schema:
            return _member(schema["enum"], facts)
        for kind in kinds or (None,):
            value = self._leaf(name, kind, facts, frozenset())
            if value is not _NO_RULE:
                return value
        return _NO_RULE

    def _branch(self, place: str, keyword: str, count: int, name: str, facts: Facts, depth: int) -> Any:
        """Take the branch that says most: with violations a list, else the first that fits."""
        found: list[Any] = []
        for index in range(count):
            branch = ptr.join(place, keyword, index)
            value = self._value(branch, name, facts, depth + 1)
            if (
                value is not _NO_RULE
                and value is not None
                and self._schemas.validator(branch).is_valid(value)
            ):
                found.append(value)
        if facts.violations and facts.violation is None:
            found.sort(key=lambda value: not isinstance(value, list))
        else:
            found.sort(key=lambda value: isinstance(value, list))
        return found[0] if found else _NO_RULE

    def _object(self, place: str, name: str, facts: Facts, depth: int) -> Any:
        if place not in self._shapes:
            shape = Shape(self._schemas, place)
            self._shapes[place] = shape, frozenset(_word(name) for name in shape.properties)
        shape, siblings = self._shapes[place]
        result: dict[str, Any] = {}
        if not shape.properties and facts.violations and _word(name) in _BY_FIELD:
            return self._by_field(place, facts)
        for member, pointer in shape.properties.items():
            if member not in shape.required and not _tells(member) and not self._is_scalar(pointer):
                # What an error may carry along, such as the payment that failed, is not what happened.
                continue
            value = self._property(member, pointer, facts, siblings, depth)
            if value is not _NO_RULE:
                result[member] = value
            elif member in shape.required and self._schemas.validator(pointer).is_valid(None):
                result[member] = None
            elif member in shape.required:
                try:
                    result[member] = self._generator.value(
                        pointer, key=("problem", str(facts.status), member)
                    )
                except CannotGenerate:
                    continue
        return result

    def _is_scalar(self, pointer: str) -> bool:
        """Return whether a schema takes no objects or lists."""
        try:
            _, schema = self._schemas.resolve(pointer)
        except (KeyError, ValueError):
            return True
        if not isinstance(schema, dict):
            return True
        kinds = schema.get("type")
        named = {kinds} if isinstance(kinds, str) else set(kinds or ())
        if named:
            return named.isdisjoint(("object", "array"))
        return not any(word in schema for word in ("$ref", "properties", "items", "allOf", "anyOf", "oneOf"))

    def _by_field(self, place: str, facts: Facts) -> dict[str, Json]:
        """Return messages by the name of the property that they are about, if the schema takes that."""
        found: dict[str, list[str]] = {}
        for violation in facts.violations:
            name = next((str(part) for part in reversed(violation.location) if isinstance(part, str)), "")
            found.setdefault(name, []).append(violation.message)
        judge = self._schemas.validator(place)
        shapes: tuple[dict[str, Json], ...] = (dict(found), {name: texts[0] for name, texts in found.items()})
        return next((shape for shape in shapes if judge.is_valid(shape)), {})

    def _property(self, name: str, pointer: str, facts: Facts, siblings: frozenset[str], depth: int) -> Any:
        try:
            _, schema = self._schemas.resolve(pointer)
        except (KeyError, ValueError):
            return _NO_RULE
        kinds = schema.get("type") if isinstance(schema, dict) else None
        # "error" is a title beside a text, and the text itself where it stands alone.
        if kinds in ("string", ["string", "null"]) and "enum" not in schema and "const" not in schema:
            return self._leaf(name, "string", facts, siblings)
        return self._value(pointer, name, facts, depth + 1)

    def _array(self, place: str, name: str, facts: Facts, depth: int) -> Any:
        word = _word(name)
        if word in ("loc", "location", "path") and facts.violation is not None:
            return list(facts.violation.location)
        items = item_pointer(self._schemas, place)
        if items is None:
            return []
        violations = facts.violations or (Violation((), str(facts.kind), facts.message),)
        members = []
        for violation in violations:
            inner = Facts(facts.status, facts.kind, facts.message, (), facts.path, violation)
            member = self._value(items, "message", inner, depth + 1)
            if isinstance(member, str):
                member = str(violation)
            if member is not _NO_RULE:
                members.append(member)
        return members

    def _leaf(self, name: str, kind: str | None, facts: Facts, siblings: frozenset[str]) -> Any:
        """Return what a property of this name and type says; `kind` None is any type."""
        word = _word(name)
        violation = facts.violation
        if kind == "boolean":
            return _FLAGS.get(word, _NO_RULE)
        if violation is None and len(facts.violations) == 1 and word in _PLACES and kind == "string":
            return ".".join(str(part) for part in facts.violations[0].location[1:])
        if violation is not None:
            if word == "pointer" and kind == "string":
                return ptr.join("", *violation.location)
            if word in ("loc", "location", "path", "source", *_PLACES):
                return (
                    ".".join(str(part) for part in violation.location)
                    if kind == "string"
                    else list(violation.location)
                )
            if word in ("type", "code", "rule", "keyword", "kind", "reason"):
                return violation.rule if kind in ("string", None) else _NO_RULE
            if word in ("input", "value", "rejectedvalue", "received"):
                return violation.value
        if kind in ("integer", "number"):
            return (
                facts.status
                if word in ("status", "statuscode", "code", "httpstatus", "errorcode", "")
                else _NO_RULE
            )
        if kind == "null":
            return None
        if kind not in ("string", None):
            return _NO_RULE
        if word in _TEXTS or word == "":
            return facts.text
        if word == "title":
            return facts.reason
        if word == "error":
            return facts.reason if siblings & _TEXTS else facts.text
        if word == "reason":
            return facts.text if not siblings & _TEXTS else facts.reason
        if word == "type" and "title" in siblings:
            return "about:blank"
        if word in ("type", "code", "name", "errorcode", "kind", "errortype"):
            return _slug(facts.reason)
        if word in ("status", "statuscode"):
            return str(facts.status)
        if word in ("path", "instance", "url"):
            return facts.path or _NO_RULE
        return _NO_RULE


def _member(members: list[Json], facts: Facts) -> Json:
    """Return the member of an enum that says what happened; the first if none does."""
    exact = [facts.status, str(facts.status), _word(facts.reason), _word(facts.kind)]
    if facts.violation is not None:
        exact.insert(0, _word(facts.violation.rule))
    words = [(member, _word(member) if isinstance(member, str) else member) for member in members]
    found = next((member for wanted in exact for member, word in words if word == wanted), None)
    if found is not None:
        return found
    return next(
        (
            member
            for part in (*_NAMES[facts.kind], *(("invalid", "badrequest") if facts.status < 500 else ()))
            for member, word in words
            if isinstance(word, str) and part in word
        ),
        members[0],
    )


@lru_cache(maxsize=1024)
def _tells(name: str) -> bool:
    """Return whether an object or list of this name says what went wrong."""
    word = _word(name)
    return any(part in word for part in _TELLING)


def _is_in(box: Any, location: tuple[str | int, ...]) -> bool:
    for token in location:
        try:
            box = box[token]
        except (KeyError, IndexError, TypeError):
            return False
    return True


@lru_cache(maxsize=1024)
def _word(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=256)
def phrase(status: int) -> str:
    """Return the reason phrase of a status (RFC 9110 section 15), "" for one that has none."""
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


@lru_cache(maxsize=256)
def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
