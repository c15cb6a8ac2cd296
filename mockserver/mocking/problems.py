"""Refusals in the shape that the document declares.

The declared error schema is filled by what its property names mean (`message`, `detail`, `status`, `errors`...) with what really
happened. Where nothing is declared, the error that the document uses most elsewhere serves, and where it
declares none at all, Problem Details (RFC 9457).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.media_types import is_json
from mockserver.document.model import Document, MediaType, Operation
from mockserver.errors import CannotGenerate, Json, Refusal, RefusalKind, Violation
from mockserver.mocking.exchange import Answer, ResponseSource
from mockserver.mocking.generator import Generator
from mockserver.mocking.negotiation import media_type
from mockserver.mocking.shapes import Shape, item_pointer

STATUSES: Final[Mapping[RefusalKind, tuple[int, ...]]] = {
    RefusalKind.INVALID: (422, 400),
    RefusalKind.UNAUTHENTICATED: (401, 403),
    RefusalKind.FORBIDDEN: (403, 401),
    RefusalKind.NOT_FOUND: (404, 410),
    RefusalKind.METHOD_NOT_ALLOWED: (405,),
    RefusalKind.NOT_ACCEPTABLE: (406,),
    RefusalKind.CONFLICT: (409,),
    RefusalKind.TOO_LARGE: (413,),
    RefusalKind.UNSUPPORTED_MEDIA_TYPE: (415,),
    RefusalKind.FAULT: (500,),
}
"""Statuses that may say it, the preferred first; the first that is declared is taken."""

FALLBACK: Final = {RefusalKind.INVALID: 400}
"""The status when none is declared, where it is not the preferred one."""

PROBLEM_JSON: Final = "application/problem+json"
_TEXTS: Final = frozenset(
    {"message", "detail", "details", "description", "msg", "errormessage", "errordescription", "text", "info"}
)
_NO_RULE: Final = object()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What happened, for filling a schema."""

    status: int
    kind: RefusalKind
    message: str
    violations: tuple[Violation, ...]
    path: str
    violation: Violation | None = None

    @property
    def reason(self) -> str:
        return (
            HTTPStatus(self.status).phrase if self.status in HTTPStatus._value2member_map_ else str(self.kind)
        )

    @property
    def text(self) -> str:
        return self.violation.message if self.violation else self.message


class Problems:
    """Makes the error answers of one document."""

    def __init__(self, document: Document, generator: Generator) -> None:
        self._document = document
        self._schemas = document.response_schemas
        self._generator = generator
        self._shapes: dict[str, Shape] = {}
        self._chosen: dict[tuple[str, RefusalKind, int | None, str], tuple[int, MediaType | None]] = {}
        self._common = self._common_media_types()

    def answer(
        self, refusal: Refusal, operation: Operation | None, *, path: str = "", accept: str = ""
    ) -> Answer:
        """Return the answer to a refused request, in the shape that its operation declares."""
        key = (operation.id if operation else "", refusal.kind, refusal.status, accept)
        chosen = self._chosen.get(key)
        if chosen is None:
            chosen = self._choose(refusal, operation, accept)
            if len(self._chosen) < 4096:  # what clients accept is not bounded, this table is
                self._chosen[key] = chosen
        status, media = chosen
        message = refusal.message
        facts = _Facts(status, refusal.kind, message, refusal.violations, path)
        answer = Answer(
            status,
            media_type=media.name if media else PROBLEM_JSON,
            headers=dict(refusal.headers),
            source=ResponseSource.REFUSAL,
            detail=message,
        )
        if media is None:
            answer.body = problem(refusal, status)
        elif media.schema is None or not is_json(media.name):
            answer.body = message
        else:
            answer.body = self._fill(media.schema, "", facts)
        return answer

    def _choose(
        self, refusal: Refusal, operation: Operation | None, accept: str
    ) -> tuple[int, MediaType | None]:
        statuses = STATUSES[refusal.kind]
        if refusal.status is not None:
            statuses = (refusal.status, *(status for status in statuses if status != refusal.status))
        if operation is not None:
            declared = [status for status in statuses if str(status) in operation.responses]
            declared += [status for status in statuses if operation.response_for(status) is not None]
            if declared:
                response = operation.response_for(declared[0])
                return declared[0], media_type(response.content, accept) if response else None
        status = refusal.status or undeclared_status(refusal.kind)
        return status, self._common.get(status) or self._common.get(0)

    def _common_media_types(self) -> dict[int, MediaType]:
        """Return the media type that the document uses most for each error status; under 0 for errors at large."""
        counts: dict[int, Counter[tuple[str, str]]] = {}
        known: dict[tuple[str, str], MediaType] = {}
        for operation in self._document.operations.values():
            for status, response in operation.responses.items():
                if not status[:1] in "45" or not status.isdigit():
                    continue
                media = media_type(response.content, "")
                if media is None or media.schema is None:
                    continue
                try:
                    key = (media.name, self._schemas.resolve(media.schema)[0])
                except (KeyError, ValueError):
                    continue
                known.setdefault(key, media)
                counts.setdefault(int(status), Counter())[key] += 1
                # Validation errors often have a shape of their own, which does not fit anything else.
                if int(status) not in (400, 422):
                    counts.setdefault(0, Counter())[key] += 1
                else:
                    counts.setdefault(-1, Counter())[key] += 1
        if 0 not in counts and -1 in counts:
            counts[0] = counts[-1]
        return {status: known[counter.most_common(1)[0][0]] for status, counter in counts.items()}

    def _fill(self, pointer: str, name: str, facts: _Facts) -> Json:
        """Return a value of a schema that says what happened; what it cannot say is generated."""
        value = self._value(pointer, name, facts, 0)
        validator = self._schemas.validator(pointer)
        if value is not _NO_RULE and validator.is_valid(value):
            return value
        try:
            key = ("problem", str(facts.status), str(facts.kind))
            if isinstance(value, dict):
                return self._generator.value(pointer, key=key, given=value)
            return self._generator.value(pointer, key=key)
        except CannotGenerate:
            return None if value is _NO_RULE else value

    def _value(self, pointer: str, name: str, facts: _Facts, depth: int) -> Any:
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
            return self._object(place, facts, depth)
        if "array" in kinds or "items" in schema:
            return self._array(place, name, facts, depth)
        if "enum" in schema:
            wanted = (facts.reason, facts.kind, str(facts.status), facts.status, _slug(facts.reason))
            return next((member for member in schema["enum"] if member in wanted), schema["enum"][0])
        for kind in kinds or (None,):
            value = self._leaf(name, kind, facts, frozenset())
            if value is not _NO_RULE:
                return value
        return _NO_RULE

    def _branch(self, place: str, keyword: str, count: int, name: str, facts: _Facts, depth: int) -> Any:
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

    def _object(self, place: str, facts: _Facts, depth: int) -> Any:
        shape = self._shapes.get(place)
        if shape is None:
            shape = self._shapes[place] = Shape(self._schemas, place)
        siblings = frozenset(_word(name) for name in shape.properties)
        result: dict[str, Any] = {}
        for name, pointer in shape.properties.items():
            value = self._property(name, pointer, facts, siblings, depth)
            if value is not _NO_RULE:
                result[name] = value
            elif name in shape.required:
                try:
                    result[name] = self._generator.value(pointer, key=("problem", str(facts.status), name))
                except CannotGenerate:
                    continue
        return result

    def _property(self, name: str, pointer: str, facts: _Facts, siblings: frozenset[str], depth: int) -> Any:
        _, schema = self._schemas.resolve(pointer)
        kinds = schema.get("type") if isinstance(schema, dict) else None
        # "error" is a title beside a text, and the text itself where it stands alone.
        if kinds == "string" and "enum" not in schema and "const" not in schema:
            return self._leaf(name, "string", facts, siblings)
        return self._value(pointer, name, facts, depth + 1)

    def _array(self, place: str, name: str, facts: _Facts, depth: int) -> Any:
        word = _word(name)
        if word in ("loc", "location", "path") and facts.violation is not None:
            return list(facts.violation.location)
        items = item_pointer(self._schemas, place)
        if items is None:
            return []
        violations = facts.violations or (Violation((), str(facts.kind), facts.message),)
        members = []
        for violation in violations:
            inner = _Facts(facts.status, facts.kind, facts.message, (), facts.path, violation)
            member = self._value(items, "message", inner, depth + 1)
            if isinstance(member, str):
                member = str(violation)
            if member is not _NO_RULE:
                members.append(member)
        return members

    def _leaf(self, name: str, kind: str | None, facts: _Facts, siblings: frozenset[str]) -> Any:
        """Return what a property of this name and type says; `kind` None is any type."""
        word = _word(name)
        violation = facts.violation
        if violation is not None:
            if word in (
                "loc",
                "location",
                "field",
                "path",
                "param",
                "parameter",
                "property",
                "pointer",
                "source",
            ):
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


def undeclared_status(kind: RefusalKind) -> int:
    """Return the status of a refusal that no document shapes."""
    return FALLBACK.get(kind, STATUSES[kind][0])


def problem(refusal: Refusal, status: int) -> dict[str, Json]:
    """Return a refusal as Problem Details (RFC 9457 section 3), with its violations as an extension."""
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    body: dict[str, Json] = {
        "type": "about:blank",
        "title": phrase,
        "status": status,
        "detail": refusal.message,
    }
    if refusal.violations:
        body["errors"] = [violation.as_dict() for violation in refusal.violations]
    return body


@lru_cache(maxsize=1024)
def _word(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


__all__ = ["PROBLEM_JSON", "STATUSES", "Problems", "problem", "undeclared_status"]
