"""The header fields of an answer: those that its response declares, and those that belong to its status.

Each value is the first that the declared schema takes: an example of the document, what the field's name means, what
the generator makes of the schema.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final, NamedTuple

from mockserver import jsontext
from mockserver.document import pointer as ptr
from mockserver.document.media_types import is_json
from mockserver.document.model import Document, Operation, Parameter, Response
from mockserver.document.plan import Plan
from mockserver.errors import CannotGenerate, Json, SchemaFault
from mockserver.mocking.behaviours import Outcome
from mockserver.mocking.conformance import OF_HTTP
from mockserver.mocking.dice import Dice
from mockserver.mocking.exchange import Answer, Request
from mockserver.mocking.generator import Generator
from mockserver.mocking.links import PageLinks
from mockserver.mocking.places import ItemPath, item_path_of

EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""When what is deprecated became so, and what is dated was made: made-up times do not depend on the day."""
RETRY_SECONDS: Final = 30
_NAME: Final = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_MOST_REMEMBERED: Final = 256
"""Sets of path values whose generated fields are remembered."""


class Facts(NamedTuple):
    """What a field's value may be made from."""

    answer: Answer
    request: Request | None
    outcome: Outcome | None


Candidates = Callable[["ResponseHeaders", Facts], Iterator[Json]]


class ResponseHeaders:
    """The fields of one declared response of one operation.

    Attributes:
        is_empty: Whether no answer gets any.
        is_stable: Whether they depend on nothing of the request but its path's values.
    """

    def __init__(
        self,
        document: Document,
        plan: Plan,
        generator: Generator,
        dice: Dice,
        operation: Operation,
        status: int,
        response: Response | None,
    ) -> None:
        self.document = document
        self.operation = operation
        self.status = status
        self.dice = dice
        self._generator = generator
        self._schemas = document.response_schemas
        declared = response.headers if response is not None else {}
        self._declared = [
            header
            for name, header in declared.items()
            if name.lower() not in OF_HTTP and _NAME.fullmatch(name)
        ]
        self._known = {header.name.lower() for header in self._declared}
        self._static: dict[str, str] = {}
        if response is not None and len(response.content) > 1:
            self._static["Vary"] = "Accept"
        if operation.deprecated:
            self._static["Deprecation"] = f"@{int(EPOCH.timestamp())}"  # RFC 9745 section 2.1
            sunset = _sunset(document, operation)
            if sunset is not None:
                self._static["Sunset"] = sunset
        if status in (429, 503):
            self._static["Retry-After"] = str(RETRY_SECONDS)
        self._static = {
            name: value for name, value in self._static.items() if name.lower() not in self._known
        }
        self.item_path: ItemPath | None = None
        if status == 201 or "location" in self._known:
            self.item_path = item_path_of(document, plan, operation)
        self.page_links = PageLinks(operation)
        self._locates = status == 201 and "location" not in self._known and self.item_path is not None
        self._remembered: dict[tuple[str, ...], dict[str, str]] = {}
        self.is_stable = not self._locates and not self._known & {"location", "content-location", "link"}
        is_only_place = self._locates and not (self._static or self._declared)
        self._only_place = self.item_path if is_only_place else None
        self.is_empty = not (self._static or self._declared or self._locates)

    def add(self, answer: Answer, request: Request | None, outcome: Outcome | None) -> None:
        """Give an answer its fields; those that it has stay as they are."""
        headers = answer.headers
        if self._only_place is not None and not headers:
            location = None if request is None else self._only_place.of(request, answer, outcome)
            if location:
                headers["Location"] = location
            return
        facts = Facts(answer, request, outcome)
        present = {name.lower() for name in headers} if headers else set()
        for name, value in self._static.items():
            if name.lower() not in present:
                headers[name] = value
        if self._locates and "location" not in present and facts.request is not None:
            place = self.item_path and self.item_path.of(facts.request, facts.answer, facts.outcome)
            if place:
                headers["Location"] = place
        for header in self._declared:
            if header.name.lower() not in present:
                text = self._value(header, facts)
                if text is not None:
                    headers[header.name] = text

    def _value(self, header: Parameter, facts: Facts) -> str | None:
        name = header.name.lower()
        candidates = next((make for pattern, make in _BY_NAME if pattern.fullmatch(name)), None)
        if candidates is not None and candidates not in _FIXED:
            for candidate in candidates(self, facts):
                text = self._taken(header, candidate)
                if text is not None:
                    return text
        key = tuple(f"{key}={value}" for key, value in facts.request.path.items()) if facts.request else ()
        remembered = self._remembered.get(key)
        if remembered is None:
            remembered = {}
            if len(self._remembered) < _MOST_REMEMBERED:
                self._remembered[key] = remembered
        if name not in remembered:
            remembered[name] = self._made(header, key, candidates, facts)
        return remembered[name] or None

    def _made(
        self, header: Parameter, key: tuple[str, ...], candidates: Candidates | None, facts: Facts
    ) -> str:
        """Return a value that depends on the path's values at the most; "" where there is none."""
        for example in header.examples.values():
            text = self._taken(header, example)
            if text is not None:
                return text
        if candidates in _FIXED:
            for candidate in candidates(self, facts):
                text = self._taken(header, candidate)
                if text is not None:
                    return text
        if header.schema is None:
            return "sample"
        try:
            value = self._generator.value(
                header.schema, key=(self.operation.id, "header", header.name.lower(), str(self.status), *key)
            )
        except (CannotGenerate, SchemaFault):
            return ""
        return field_text(value, header)

    def _taken(self, header: Parameter, value: Json) -> str | None:
        """Return a candidate as text if the schema takes it, as it is or as a text."""
        if header.schema is None:
            return field_text(value, header)
        try:
            is_valid = self._schemas.validator(header.schema).is_valid
        except SchemaFault:
            return None
        if is_valid(value):
            return field_text(value, header)
        text = value if isinstance(value, str) else None
        if isinstance(value, int) and is_valid(str(value)):
            return str(value)
        if text is not None and text.isdigit() and is_valid(int(text)):
            return text
        return None

    def number(self, name: str) -> str:
        """Return 16 hexadecimal digits for the name of a field."""
        return f"{self.dice.number(self.operation.id, 'header', name):016x}"


def field_text(value: Json, header: Parameter) -> str:
    """Return a value in style simple (OAS 3.1.1 section 4.8.21), without what a field must not hold."""
    if header.media_type is not None and (is_json(header.media_type) or not isinstance(value, str)):
        text = jsontext.dumps(value).decode("utf-8", "replace")
    elif isinstance(value, list):
        text = ",".join(_scalar(item) for item in value)
    elif isinstance(value, dict):
        pairs = [(key, _scalar(member)) for key, member in value.items()]
        text = ",".join(f"{key}={member}" if header.explode else f"{key},{member}" for key, member in pairs)
    else:
        text = _scalar(value)
    return clean(text)


def clean(value: Json) -> str:
    """Return a field's value without line breaks and other control characters (RFC 9110 section 5.5)."""
    text = value if isinstance(value, str) else _scalar(value)
    return text if text.isprintable() else re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", " ", text)


def _scalar(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.dumps(value).decode("utf-8", "replace")


def _sunset(document: Document, operation: Operation) -> str | None:
    """Return the value of `Sunset` (RFC 8594) where the document says when, in `x-sunset`."""
    try:
        said = ptr.lookup(document.root, operation.pointer).get("x-sunset")
    except (KeyError, ValueError, AttributeError):
        return None
    try:
        moment = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    return _http_date(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


# What fields mean by their names.


def _location(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    request = facts.request
    if request is None:
        return
    if 300 <= headers.status < 400:
        # Anywhere but here: who follows it would come back for ever.
        yield "https://www.example.com/"
        yield "/elsewhere"
        return
    place = headers.item_path.of(request, facts.answer, facts.outcome) if headers.item_path else None
    if place is None:
        place = request.path_text
    yield place
    yield f"{request.origin or 'http://localhost'}{place}"


def _link(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    page = facts.outcome.page if facts.outcome is not None else None
    if page is not None and page.links is not None:
        yield page.links
    elif facts.request is not None:
        yield headers.page_links.guessed(facts.request, facts.answer)


def _entity_tag(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    body = facts.answer.body
    content = body if isinstance(body, bytes) else jsontext.dumps(body)
    yield f'"{hashlib.blake2b(content, digest_size=8).hexdigest()}"'


def _total(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    page = facts.outcome.page if facts.outcome is not None else None
    body = facts.answer.body
    if page is not None:
        yield page.total
        return
    holders = [body, *(body.values() if isinstance(body, dict) else ())]
    for holder in holders:
        if isinstance(holder, list):
            yield len(holder)
            return


def _one(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield 1


def _retry(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield RETRY_SECONDS
    yield _http_date(EPOCH + timedelta(seconds=RETRY_SECONDS))


def _limit(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield 100


def _remaining(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield 0 if headers.status == 429 else 99


def _reset(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield 60
    yield (EPOCH + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    yield int(EPOCH.timestamp()) + 60


def _rate_limit(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield '"default";r=99;t=60'


def _rate_limit_policy(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield '"default";q=100;w=60'


def _date(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield _http_date(EPOCH)
    yield EPOCH.isoformat().replace("+00:00", "Z")


def _sunset_field(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield _sunset(headers.document, headers.operation) or _http_date(EPOCH.replace(year=EPOCH.year + 5))


def _deprecation(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield f"@{int(EPOCH.timestamp())}"
    yield _http_date(EPOCH)
    yield "true"


def _request_id(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    digits = headers.number("id") + headers.number("more")
    yield f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
    yield digits[:16]


def _trace(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield f"00-{headers.number('trace')}{headers.number('more')}-{headers.number('span')}-01"


def _allow(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    path = headers.operation.path
    methods = dict.fromkeys(item.method for item in headers.document.operations.values() if item.path == path)
    yield ", ".join(methods)
    yield list(methods)


def _fixed(*values: Json) -> Candidates:
    def candidates(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
        yield from values

    return candidates


def _disposition(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    subtype = (facts.answer.media_type or "").partition(";")[0].rpartition("/")[2]
    ending = {"plain": "txt", "octet-stream": "bin", "jpeg": "jpg", "svg+xml": "svg"}.get(subtype, subtype)
    yield f'attachment; filename="sample.{ending}"' if ending.isalnum() else 'attachment; filename="sample"'


def _cookie(headers: ResponseHeaders, facts: Facts) -> Iterator[Json]:
    yield f"session={headers.number('session')}; Path=/; HttpOnly; SameSite=Lax"


_BY_NAME: Final[list[tuple[re.Pattern[str], Candidates]]] = [
    (re.compile(pattern), make)
    for pattern, make in (
        ("location|content-location", _location),
        ("link", _link),
        ("e-?tag", _entity_tag),
        (r"(x-)?(total(-?count)?|pagination-total(-count)?|result-count)", _total),
        (r"(x-)?(pagination-)?(page|current-page|page-number)", _one),
        ("retry-after", _retry),
        (r"(x-)?rate-?limit-limit.*|x-rate-?limit|x-ratelimit-requests", _limit),
        (r"(x-)?rate-?limit-remaining.*", _remaining),
        (r"(x-)?rate-?limit-reset.*", _reset),
        ("ratelimit", _rate_limit),
        ("ratelimit-policy", _rate_limit_policy),
        ("last-modified", _date),
        ("expires", _sunset_field),
        ("sunset", _sunset_field),
        ("deprecation", _deprecation),
        (r".*(request|correlation|trace|transaction)-?id", _request_id),
        ("traceparent", _trace),
        ("allow", _allow),
        ("accept-ranges", _fixed("bytes", "none")),
        ("cache-control", _fixed("no-cache", "no-store")),
        ("pragma", _fixed("no-cache")),
        ("vary", _fixed("Accept", "*")),
        ("content-language", _fixed("en", "en-US")),
        ("content-disposition", _disposition),
        ("set-cookie", _cookie),
        ("www-authenticate|proxy-authenticate", _fixed("Bearer", 'Basic realm="mock"')),
        ("access-control-allow-origin", _fixed("*")),
        ("access-control-allow-credentials", _fixed("true", True)),
        ("access-control-max-age", _fixed(600)),
    )
]
"""Name of a field -> values that it may well have, tried in order."""

_FIXED: Final = frozenset(
    make for _, make in _BY_NAME if make not in (_location, _link, _entity_tag, _total, _disposition)
)
"""What depends on neither the answer nor the request: an example of the document comes before it."""
