"""Invalid requests for each operation, each a valid one with one thing spoilt; the judge confirms that it is spoilt."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from corpus import bodies, styles
from corpus.cases import Case, Draft
from corpus.judge import REQUEST, Judge, Unjudged
from corpus.reading import Field, Op

WRONG_TEXTS = (
    "not-a-number",
    "1.5",
    "-7",
    "no such value",
    "!",
    "2026-99-99",
    "99999999999999999999999999",
    "x" * 300,
)
WRONG_VALUES: tuple[Any, ...] = (
    [{"unexpected": True}],
    {"unexpected": [1]},
    "\u0001 wrong",
    17.5,
    True,
    None,
    [],
    -1e30,
)
OTHER_MEDIA = "x-undeclared/x-undeclared"
AT_MOST = 2
"""Cases of one kind for one operation."""
TRIES = 12


def invalid_cases(judge: Judge, draft: Draft) -> Iterator[Case]:
    """Yield requests that must be refused."""
    spoiler = _Spoiler(judge, draft)
    yield from spoiler.missing_parameters()
    yield from spoiler.wrong_parameters()
    yield from spoiler.bodies()
    yield from spoiler.credentials()


class _Spoiler:
    def __init__(self, judge: Judge, draft: Draft) -> None:
        self.judge, self.draft, self.op = judge, draft, draft.op

    def is_invalid(self, schema: Any, value: Any) -> bool:
        try:
            return self.judge.fault(schema, value, REQUEST) != ""
        except Unjudged:
            return False

    def missing_parameters(self) -> Iterator[Case]:
        found = [one for one in self.op.fields if one.required and one.place in ("query", "header", "cookie")]
        for one in found[:AT_MOST]:
            if f"{one.place} {one.name}".lower() in {key.lower() for key in self.draft.credentials}:
                continue
            if one.place == "query" and _is_open(one, self.judge):
                continue  # its members have names of their own, and may all be missing
            parts = {
                "query": {"query": _without(self.draft.query, one.name)},
                "header": {"headers": _without(self.draft.headers, one.name)},
                "cookie": {"cookies": _without(self.draft.cookies, one.name)},
            }[one.place]
            yield replace(self.draft, **parts).case(
                "missing-parameter", f"{one.place} parameter {one.name!r} is missing"
            )

    def wrong_parameters(self) -> Iterator[Case]:
        count = 0
        for one in self.op.fields:
            text = self.wrong_text(one)
            if text is None or one.place not in ("path", "query", "header", "cookie"):
                continue
            encoded = styles.encode(text)
            part: dict[str, Any] = {
                "path": {"path": {**self.draft.path, one.name: encoded}},
                "query": {"query": {**self.draft.query, one.name: [(styles.encode(one.name), encoded)]}},
                "header": {"headers": {**self.draft.headers, one.name: text}},
                "cookie": {"cookies": {**self.draft.cookies, one.name: [(styles.encode(one.name), encoded)]}},
            }[one.place]
            kind = "wrong-path" if one.place == "path" else "wrong-parameter"
            yield replace(self.draft, **part).case(
                kind, f"{one.place} parameter {one.name!r} is {text[:40]!r}"
            )
            count += 1
            if count > AT_MOST:
                return

    def wrong_text(self, one: Field) -> str | None:
        """Return a text that no reading of it makes valid."""
        if one.schema is None or one.style in ("deepObject", "label", "matrix"):
            return None
        if one.media is not None:
            return "{" if "json" in one.media else None
        if _is_open(one, self.judge):
            return None
        for text in WRONG_TEXTS:
            try:
                if all(
                    self.judge.fault(one.schema, value, REQUEST)
                    for value in styles.readings([text], one.style)
                ):
                    return text
            except Unjudged:
                return None
        return None

    def bodies(self) -> Iterator[Case]:
        op, draft = self.op, self.draft
        if not op.bodies:
            return
        if op.body_required:
            bare = replace(draft, media=None, value=None)
            yield bare.case("missing-body", "the body is missing")
        if draft.media is None:
            return
        content = bodies.write(draft.media, draft.value)[1]
        if "*/*" not in map(bodies.essence, op.bodies) and content:
            yield replace(draft, raw=(OTHER_MEDIA, content)).case(
                "undeclared-media", f"the body is {OTHER_MEDIA}"
            )
        kind = bodies.kind_of(draft.media.name)
        if kind == "json":
            yield from self.json_bodies()
        elif kind in ("form", "multipart"):
            yield from self.form_bodies()

    def json_bodies(self) -> Iterator[Case]:
        draft = self.draft
        assert draft.media is not None
        schema = draft.media.schema
        for value in ([], {}, "\u0001 wrong", 17, None):
            if self.is_invalid(schema, value):
                yield self._with(value, "wrong-body", f"the body is {value!r}")
                break
        yield from self._missing(draft.value)
        count = 0
        for path in list(_places(draft.value))[: 4 * TRIES]:
            for wrong in WRONG_VALUES:
                spoilt = _replaced(draft.value, path, wrong)
                if self.is_invalid(schema, spoilt):
                    yield self._with(
                        spoilt, "wrong-property", f"/{'/'.join(map(str, path))} of the body is {wrong!r}"
                    )
                    count += 1
                    break
            if count >= AT_MOST:
                return

    def _missing(self, whole: Any) -> Iterator[Case]:
        assert self.draft.media is not None
        count = 0
        for path in list(_places(whole))[: 4 * TRIES]:
            if isinstance(path[-1], str):
                spoilt = _replaced(whole, path, _GONE)
                if self.is_invalid(self.draft.media.schema, spoilt):
                    what = f"/{'/'.join(map(str, path))} of the body is missing"
                    try:
                        yield self._with(spoilt, "missing-property", what)
                    except styles.NoText:
                        continue  # a form without members
                    count += 1
                    if count >= AT_MOST:
                        return

    def form_bodies(self) -> Iterator[Case]:
        draft = self.draft
        assert draft.media is not None
        if not isinstance(draft.value, dict):
            return
        flat = {name: value for name, value in draft.value.items() if not isinstance(value, dict)}
        if flat == draft.value:
            yield from (case for case in self._missing(draft.value))
        count = 0
        for name, value in flat.items():
            encoding = draft.media.encoding.get(name, {})
            if isinstance(value, bodies.File) or "contentType" in encoding:
                continue
            for text in WRONG_TEXTS:
                style = str(encoding.get("style") or "form")
                readings = styles.readings([text], style)
                if all(self.is_invalid(draft.media.schema, {**draft.value, name: one}) for one in readings):
                    what = f"/{name} of the form is {text[:40]!r}"
                    yield self._with({**draft.value, name: text}, "wrong-property", what)
                    count += 1
                    break
            if count >= AT_MOST:
                return

    def _with(self, value: Any, kind: str, what: str) -> Case:
        assert self.draft.media is not None
        raw = bodies.write(self.draft.media, value)
        if not raw[1] and not self.op.body_required:
            raise styles.NoText("an empty form is no body, and none is needed")
        return replace(self.draft, raw=raw).case(kind, what)

    def credentials(self) -> Iterator[Case]:
        if needs_credentials(self.op) and self.draft.credentials:
            yield replace(self.draft, credentials={}).case("no-credentials", "no credentials are sent")


def needs_credentials(op: Op) -> bool:
    """Return whether every alternative asks for something that the document declares."""
    return bool(op.security) and all(
        any(scheme is not None for scheme in one.values()) for one in op.security
    )


def _is_open(one: Field, judge: Judge) -> bool:
    """Return whether a parameter may be an object."""
    if one.schema is None:
        return True
    try:
        return (
            not judge.fault(one.schema, {}, REQUEST)
            or not judge.fault(one.schema, {"a": "b"}, REQUEST)
            or any(isinstance(value, dict) for value in one.examples)
        )
    except Unjudged:
        return True


def _without(parts: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if key != name}


_GONE = object()


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of all members, those near the top first."""
    level: list[tuple[tuple[str | int, ...], Any]] = [(path, value)]
    while level:
        below: list[tuple[tuple[str | int, ...], Any]] = []
        for at, one in level:
            members = (
                one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
            )
            for name, member in members:
                yield (*at, name)
                below.append(((*at, name), member))
        level = below


def _replaced(whole: Any, path: tuple[str | int, ...], value: Any) -> Any:
    result = copy.deepcopy(whole)
    holder = result
    for name in path[:-1]:
        holder = holder[name]
    if value is _GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return result
