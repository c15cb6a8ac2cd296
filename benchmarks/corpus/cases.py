"""Valid requests for each operation: one with no more than it needs, one with all that it takes."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from corpus import bodies, styles
from corpus.files import DocumentProblem
from corpus.reading import Field, Media, Op
from corpus.values import Values

MAX_TARGET = 6000
"""Characters of a target that every server takes; longer ones leave optional parameters out."""


class NoRequest(Exception):
    """No valid request can be made; the text says why."""


@dataclass(frozen=True)
class Case:
    """One request, and whether it is to be refused."""

    op: Op
    kind: str
    what: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None

    @property
    def valid(self) -> bool:
        return self.kind.startswith("valid")


@dataclass(frozen=True)
class Draft:
    """A request in its parts, so that one part can be spoilt."""

    op: Op
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=dict)
    media: Media | None = None
    value: Any = None
    raw: tuple[str, bytes] | None = None

    def case(self, kind: str, what: str, *, accept: str = "") -> Case:
        """Return the request."""
        path, literal, query_of_path = self.op.path.partition("?")
        path = path.split("#")[0]
        target = re.sub(r"\{([^{}]*)\}", lambda match: self.path.get(match[1], "sample"), path)
        target = re.sub(r"[^!-~]", lambda match: styles.encode(match[0]), target)
        pairs = [pair for pairs in self.query.values() for pair in pairs]
        pairs += [(name[6:], value) for name, value in self.credentials.items() if name.startswith("query ")]
        query = "&".join(
            [*([query_of_path] if literal else []), *(f"{name}={value}" for name, value in pairs)]
        )
        headers = list(self.headers.items())
        headers += [
            (name[7:], value) for name, value in self.credentials.items() if name.startswith("header ")
        ]
        cookies = [pair for pairs in self.cookies.values() for pair in pairs]
        cookies += [
            (name[7:], value) for name, value in self.credentials.items() if name.startswith("cookie ")
        ]
        if cookies:
            headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in cookies)))
        if accept:
            headers.append(("Accept", accept))
        body = self.raw
        if body is None and self.media is not None:
            body = bodies.write(self.media, self.value)
        if body is not None:
            headers.append(("Content-Type", body[0]))
        return Case(
            self.op, kind, what, f"{target}?{query}" if query else target, tuple(headers), body and body[1]
        )


def credentials(op: Op) -> dict[str, str]:
    """Return what satisfies the first alternative that headers, query and cookies can satisfy."""
    for alternative in op.security:
        found: dict[str, str] = {}
        for scheme in alternative.values():
            if scheme is None:
                continue
            made = _credential(scheme)
            if made is None:
                break
            found |= made
        else:
            return found
    return {}


def _credential(scheme: dict[str, Any]) -> dict[str, str] | None:
    kind, name = str(scheme.get("type")), str(scheme.get("scheme", "")).lower()
    if kind == "apiKey":
        return {f"{scheme.get('in')} {scheme.get('name')}": "corpus-key"}
    if kind == "basic" or (kind == "http" and name == "basic"):
        return {"header Authorization": f"Basic {base64.b64encode(b'corpus:secret').decode()}"}
    if kind in ("oauth2", "openIdConnect") or (kind == "http" and name == "bearer"):
        return {"header Authorization": "Bearer corpus-token"}
    if kind == "http" and name == "digest":
        fields = (
            'username="corpus", realm="r", nonce="n", uri="/", response="6629fae49393a05397450978507c4ef1"'
        )
        return {"header Authorization": f"Digest {fields}"}
    return (
        {"header Authorization": f"{scheme.get('scheme', 'Token')} corpus-token"} if kind == "http" else None
    )


class Maker:
    """Makes valid requests of one document."""

    def __init__(self, values: Values, operations: Iterable[Op] = ()) -> None:
        self.values = values
        self._templates = [_segments(op.path) for op in operations]

    def draft(self, op: Op, *, lean: bool) -> Draft:
        """Return a valid request.

        Raises:
            NoRequest: Something that the operation needs has no valid value.
        """
        draft = Draft(op, credentials=credentials(op))
        for one in op.fields:
            if one.required or not lean:
                self._fill(draft, one, lean=lean)
        declared = {one.name for one in op.fields if one.place == "path"}
        for name in re.findall(r"\{([^{}]*)\}", op.path.split("?")[0]):
            if name not in declared:
                draft.path[name] = "sample"
        if op.bodies and (op.body_required or not lean):
            media, value = self._body(op, lean=lean)
            if media is not None:
                draft = replace(draft, media=media, value=value)
        return draft

    def _fill(self, draft: Draft, one: Field, *, lean: bool) -> None:
        pointer = self.values.supply.parameter(draft.op, one.place, one.name)
        key = f"{draft.op} {one.place} {one.name}"
        reason = "no valid value was found"
        for value in self.values.candidates(one.schema, one.examples, pointer, key, lean=lean):
            try:
                self._place(draft, one, value)
            except styles.NoText as error:
                reason = str(error)
                continue
            if one.required or len(str(draft.query)) < MAX_TARGET:
                return
            draft.query.pop(one.name, None)
            return
        if one.required:
            raise NoRequest(f"{one.place} parameter {one.name!r}: {reason}")

    def _place(self, draft: Draft, one: Field, value: Any) -> None:
        if one.place == "path":
            text = styles.path(one.name, value, one.style, one.explode, media=one.media)
            if "%2F" in text and "/" in str(value):
                raise styles.NoText("a slash in a segment")
            if self._is_elsewhere(draft.op, one.name, text):
                raise styles.NoText(f"{text} makes another path of the document")
            draft.path[one.name] = text
        elif one.place == "query":
            draft.query[one.name] = styles.query(one.name, value, one.style, one.explode, media=one.media)
        elif one.place == "querystring":
            content = bodies.write(Media(one.media or "application/json"), value)[1].decode()
            text = content if one.media and "form" in one.media else styles.encode(content)
            name, _, rest = text.partition("=")
            draft.query[one.name] = [(name, rest)]
        elif one.place == "header":
            draft.headers[one.name] = styles.header(value, one.explode, media=one.media)
        elif one.place == "cookie":
            pairs = styles.query(one.name, value, "form", one.explode, media=one.media)
            if len(pairs) != 1:
                raise styles.NoText("several cookies of one name")
            draft.cookies[one.name] = pairs

    def _is_elsewhere(self, op: Op, name: str, text: str) -> bool:
        """Return whether a value makes a path that the document declares literally (OAS 3.1.1 section 4.8.8.2)."""
        own = _segments(op.path)
        if f"{{{name}}}" not in own:
            return False
        at = own.index(f"{{{name}}}")
        return any(
            len(other) == len(own) and other[at] == text and _shape(other[:at]) == _shape(own[:at])
            for other in self._templates
        )

    def _body(self, op: Op, *, lean: bool) -> tuple[Media | None, Any]:
        order = {kind: rank for rank, kind in enumerate(bodies.KINDS)}
        known = [media for media in op.bodies.values() if bodies.kind_of(media.name)]
        reason = f"{', '.join(op.bodies)} is not written here"
        for media in sorted(known, key=lambda media: order[bodies.kind_of(media.name)]):
            pointer = self.values.supply.body(op, media.name)
            reason = "no valid value was found"
            for value in self.values.candidates(
                media.schema, media.examples, pointer, f"{op} body", lean=lean
            ):
                try:
                    value = self._files(media, value)
                    bodies.write(media, value)
                except styles.NoText as error:
                    reason = str(error)
                    continue
                return media, value
        if op.body_required:
            raise NoRequest(f"the body: {reason}")
        return None, None

    def _files(self, media: Media, value: Any) -> Any:
        """Mark what is a file in a multipart form."""
        if bodies.kind_of(media.name) != "multipart" or not isinstance(value, dict) or media.schema is None:
            return value
        marked = dict(value)
        for name, one in value.items():
            try:
                node = self.values.judge.resolve(media.schema).child("properties", name)
                schema = self.values.judge.files.follow(node).value
            except DocumentProblem:
                continue
            is_list = isinstance(schema, dict) and schema.get("type") == "array" and isinstance(one, list)
            if is_list:
                schema = schema.get("items")
            if isinstance(schema, dict) and (
                schema.get("format") == "binary"
                or schema.get("type") == "file"
                or "contentMediaType" in schema
            ):
                marked[name] = [bodies.File(item) for item in one] if is_list else bodies.File(one)
        return marked


def _segments(path: str) -> list[str]:
    return path.split("?")[0].split("#")[0].split("/")


def _shape(segments: list[str]) -> list[str]:
    return [re.sub(r"\{[^{}]*\}", "{}", segment) for segment in segments]


def valid_cases(maker: Maker, op: Op) -> Iterator[tuple[Draft, Case]]:
    """Yield the valid requests of an operation; the second only where it differs.

    Raises:
        NoRequest: There is none.
    """
    lean = maker.draft(op, lean=True)
    first = lean.case("valid-lean", "no more than is required")
    yield lean, first
    try:
        full = maker.draft(op, lean=False)
    except NoRequest:
        return
    second = full.case("valid-full", "all that it takes", accept="application/json, */*;q=0.5")
    if (second.target, second.body) != (first.target, first.body):
        yield full, second
