"""Canned responses: what a person, or a recorder, wrote down as the answers of one operation.

`<status>[.<name>].json` (or .yaml, .yml) is the body of one answer. `responses.yaml` is a list of answers that have
more than a body: which requests they are for, headers, a media type, files. `docs/recording.md` describes it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.loading.loader import read
from mockserver.document.media_types import is_json, matching
from mockserver.document.messages.charsets import UnknownCharset, charset_of
from mockserver.document.model import Document, MediaType, Operation
from mockserver.errors import FixtureError, Json
from mockserver.mocking.exchange import Request
from mockserver.mocking.mending import retyped
from mockserver.mocking.negotiation import accepts

SUFFIXES: Final = (".yaml", ".yml", ".json")
INDEX: Final = "responses"
"""Stem of the file that holds a list of answers."""
PLACES: Final = ("path", "query", "header", "cookie", "body")
"""The parts of a request that `match` may ask about."""
KEYS: Final = ("status", "name", "match", "media-type", "headers", "body", "file", "unchecked")
"""What an answer of the list may say."""

_NAME: Final = re.compile(r"^([1-5]\d\d)(?:\.([\w-]+))?$")
_WORD: Final = re.compile(r"[\w.-]+")

Place = tuple[str, str]
"""One of `PLACES` and a name in it; of a body the name of a member, "" for all of it."""


@dataclass(frozen=True, slots=True)
class Canned:
    """A canned response.

    Attributes:
        name: By which `Prefer: example=` finds it; "" for none.
        match: The values that a request must have at some places, null for one that is not there. None for a response
            that is not chosen by the request: the unnamed one is the usual answer, a named one waits to be asked for.
        media_type: None for the one that suits the client best.
        headers: What it has besides those that are declared.
        content: The body in bytes where it is no JSON value.
        has_body: False where it has none whatever is declared.
    """

    status: int
    name: str
    body: Json
    source: Path
    match: Mapping[Place, Json] | None = None
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    has_body: bool = True


class Choices:
    """The canned responses of one operation by the values of requests.

    Those that ask about the same places are in one table: a request is looked up, and compared with none of them.
    """

    def __init__(self, responses: Iterable[Canned]) -> None:
        tables: dict[tuple[Place, ...], dict[bytes, list[Canned]]] = {}
        for item in responses:
            if item.match is not None:
                places = tuple(sorted(item.match))
                key = _key(item.match[place] for place in places)
                tables.setdefault(places, {}).setdefault(key, []).append(item)
        # Who asks about more knows better what is meant.
        self._tables = sorted(tables.items(), key=lambda item: -len(item[0]))

    def __bool__(self) -> bool:
        return bool(self._tables)

    def find(self, request: Request) -> Canned | None:
        """Return the response for a request: of those that suit it, one that asks about most places."""
        for places, table in self._tables:
            found = table.get(_key(_value(request, place) for place in places))
            if found is not None:
                # The same answer in several media types; where the client takes none of them, the first.
                taken = (
                    item for item in found if accepts(request.accept, item.media_type or "application/json")
                )
                return next(taken, found[0]) if len(found) > 1 else found[0]
        return None


def _value(request: Request, place: Place) -> Json:
    kind, name = place
    if kind == "body":
        if not name:
            return request.body
        return request.body.get(name) if isinstance(request.body, dict) else None
    values: Mapping[str, Json] = getattr(request, kind)
    return values.get(name.lower() if kind == "header" else name)


def _key(values: Iterable[Json]) -> bytes:
    return jsontext.dumps([plain(value) for value in values], sort_keys=True)


def plain(value: Json) -> Json:
    """Return a value in which equal numbers are written alike."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value


def load(folder: Path, document: Document) -> tuple[Canned, ...]:
    """Read and check the canned responses of the operation that a folder is named after, the unnamed ones first.

    Raises:
        FixtureError: A file is of no use, or breaks the document.
        DocumentError: A file cannot be read.
    """
    operation = document.operations[folder.name]
    files = [path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES]
    index = next((path for path in files if path.stem == INDEX), None)
    found = [] if index is None else list(_listed(index, document, operation))
    # A file that the list speaks of is no response of its own.
    spoken_of = {item.source for item in found}
    found += [_single(path, document, operation) for path in files if path != index and path not in spoken_of]
    return tuple(sorted(found, key=lambda item: (item.status, item.name)))


def _single(path: Path, document: Document, operation: Operation) -> Canned:
    match = _NAME.match(path.stem)
    if match is None:
        raise FixtureError(
            f"{path}: the name should be <status>.json or <status>.<name>.json, e.g. 200.json, or {INDEX}.yaml"
        )
    status = int(match[1])
    body = read(path)
    content = _content(path, operation, status)
    media = next((media for name, media in content.items() if is_json(name) and media.schema), None)
    if media is not None:
        _check(document, operation, status, media, body, str(path), "Correct the file, or remove it.")
    return Canned(status, match[2] or "", body, path)


def _content(where: object, operation: Operation, status: int) -> Mapping[str, MediaType]:
    response = operation.response_for(status)
    if response is None:
        declared = ", ".join(operation.responses) or "none"
        raise FixtureError(f"{where}: {operation} declares no response {status} (declared: {declared})")
    return response.content


def _check(
    document: Document,
    operation: Operation,
    status: int,
    media: MediaType,
    body: Json,
    where: str,
    advice: str,
) -> None:
    if media.schema is None:
        return
    for violation in document.response_schemas.validator(media.schema).violations(body):
        place = ptr.join("", *violation.location) or "/"
        raise FixtureError(
            f"{where} does not match {operation} -> {status}:\n"
            f"  at {place}: {violation.message} (rule {violation.rule} at {violation.pointer})\n"
            f"{advice}"
        )


# The list.


def _listed(path: Path, document: Document, operation: Operation) -> Iterator[Canned]:
    entries = read(path)
    if not isinstance(entries, list):
        raise FixtureError(f"{path}: a list of responses is expected, not {type(entries).__name__}")
    for number, entry in enumerate(entries):
        where = f"{path}: at /{number}"
        if not isinstance(entry, dict):
            raise FixtureError(f"{where}: a response is a mapping with a status, not {entry!r}")
        _known(entry, KEYS, where)
        yield _entry(entry, path, where, document, operation)


def _entry(
    entry: Mapping[str, Any], path: Path, where: str, document: Document, operation: Operation
) -> Canned:
    status, name = entry.get("status"), entry.get("name", "")
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise FixtureError(f"{where}/status: a status is a number from 100 to 599, not {status!r}")
    if not isinstance(name, str) or (name and not _WORD.fullmatch(name)):
        raise FixtureError(f"{where}/name: a name is letters, digits, '_', '-' and '.', not {name!r}")
    is_checked = not _flag(entry, "unchecked", where)
    content = _content(where, operation, status) if is_checked else {}
    media_type = entry.get("media-type")
    if media_type is not None and not isinstance(media_type, str):
        raise FixtureError(f"{where}/media-type: a media type is a text, not {media_type!r}")
    if is_checked and media_type and content and matching(content, media_type) is None:
        raise FixtureError(
            f"{where}/media-type: {operation} -> {status} declares no {media_type} "
            f"(declared: {', '.join(content)}); 'unchecked: true' takes it all the same"
        )
    source, body, data = path, entry.get("body"), None
    if "file" in entry:
        source = _beside(path, entry["file"], f"{where}/file")
        data = source.read_bytes()
    elif isinstance(body, str) and media_type is not None and not is_json(media_type):
        data = _encoded(body, media_type)
    elif "body" in entry and is_checked:
        kind = media_type or next((known for known in content if is_json(known)), "")
        media = matching(content, kind) if kind else None
        if media is not None and is_json(kind):
            advice = "Correct it, remove it, or say 'unchecked: true'."
            _check(document, operation, status, media, body, where, advice)
    return Canned(
        status,
        name,
        data if data is not None else body,
        source,
        _match(entry, where, document, operation),
        media_type,
        _headers(entry.get("headers"), f"{where}/headers"),
        data,
        "body" in entry or "file" in entry,
    )


def _flag(entry: Mapping[str, Any], name: str, where: str) -> bool:
    value = entry.get(name, False)
    if not isinstance(value, bool):
        raise FixtureError(f"{where}/{name}: true or false is expected, not {value!r}")
    return value


def _encoded(text: str, media_type: str) -> bytes:
    try:
        return text.encode(charset_of(media_type) or "utf-8", "replace")
    except (UnknownCharset, UnicodeError):
        return text.encode("utf-8", "replace")


def _beside(path: Path, name: Json, where: str) -> Path:
    """Return a file in the folder of the list; one elsewhere is refused, for fixtures come from others, too."""
    if not isinstance(name, str) or not name or Path(name).name != name:
        raise FixtureError(f"{where}: the name of a file in {path.parent} is expected, not {name!r}")
    file = path.parent / name
    if not file.is_file():
        raise FixtureError(f"{where}: there is no file {file}")
    return file


def _headers(raw: Json, where: str) -> dict[str, str]:
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise FixtureError(f"{where}: a mapping of names to texts is expected, not {raw!r}")
    for name, value in raw.items():
        text = value if isinstance(value, str) else ""
        if (
            not isinstance(value, str | int | float)
            or isinstance(value, bool)
            or re.search(r"[\r\n\0]", text)
        ):
            raise FixtureError(f"{ptr.join(where, name)}: a text of one line is expected, not {value!r}")
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise FixtureError(f"{where}: {name!r} is no name of a header (RFC 9110 section 5.1)")
    return {name: str(value) for name, value in raw.items()}


def _match(
    entry: Mapping[str, Any], where: str, document: Document, operation: Operation
) -> dict[Place, Json] | None:
    if "match" not in entry:
        return None
    raw, where = entry["match"], f"{where}/match"
    if not isinstance(raw, dict):
        raise FixtureError(f"{where}: a mapping is expected, e.g. {{query: {{page: 2}}}}, not {raw!r}")
    _known(raw, PLACES, where)
    found: dict[Place, Json] = {}
    for kind, wanted in raw.items():
        here = ptr.join(where, kind)
        if kind == "body":
            if operation.request_body is None:
                raise FixtureError(f"{here}: {operation} has no body")
            named = wanted if isinstance(wanted, dict) else {"": wanted}
            found.update((("body", name), value) for name, value in named.items())
            continue
        if not isinstance(wanted, dict):
            raise FixtureError(f"{here}: a mapping of names to values is expected, not {wanted!r}")
        declared = {_name(kind, item.name): item for item in operation.parameters if item.place == kind}
        for name, value in wanted.items():
            parameter = declared.get(_name(kind, name))
            if parameter is None:
                _known({name: 0}, list(declared), here, what=f"{operation} has no {kind} parameter")
                continue
            schema = parameter.schema
            typed = value
            if schema is not None and value is not None:
                # Written as 2 or "2": what counts is what the document makes of it.
                is_valid = document.request_schemas.validator(schema).is_valid(value)
                typed = value if is_valid else retyped(document.request_schemas, schema, value)
            found[kind, _name(kind, name)] = typed
    return found


def _name(kind: str, name: str) -> str:
    return name.lower() if kind == "header" else name


def _known(given: Mapping[str, Json], known: Sequence[str], where: str, *, what: str = "there is no") -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else f"; known: {', '.join(known) or 'none'}"
            raise FixtureError(f"{where}: {what} {name!r}{hint}")
