"""Stubs: answers and faults that somebody has ordered for the requests of one world, before all other sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.matching import Match, Sent, shown
from mockserver.mocking.preferences import MAX_DELAY_MS

MOST: Final = 1000
"""Stubs of one world."""
FAULTS: Final = ("close", "reset", "garbage", "truncate", "timeout")
"""How a connection may end instead of an answer."""
_BODILESS: Final = (204, 205, 304)
_MOST_REASONS: Final = 3


@dataclass(slots=True)
class Stub:
    """One order.

    Attributes:
        number: Its id in its world.
        document, operation: Whose requests; None for those of all.
        status: Of the answer; None for the usual one.
        has_body: Whether the answer's body is ordered.
        delay_ms: To wait before answering. A stub that orders nothing else lets the usual answer come after it.
        times: How many requests it answers; None for all.
        fault: How the connection ends instead of an answer.
        force: Whether it was taken although it breaks the document.
        hits: How many requests it has answered.
    """

    number: int
    document: str | None = None
    operation: str | None = None
    match: Match = field(default_factory=Match)
    status: int | None = None
    body: Json = None
    has_body: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str | None = None
    delay_ms: int = 0
    times: int | None = None
    fault: str | None = None
    force: bool = False
    hits: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether it has answered as often as was ordered."""
        return self.times is not None and self.hits >= self.times

    @property
    def answers(self) -> bool:
        """Whether it orders an answer, and not only a delay or a fault."""
        return self.fault is None and (
            self.status is not None or self.has_body or bool(self.headers) or self.media_type is not None
        )

    def __str__(self) -> str:
        return f"stub {self.number}"

    def save(self) -> dict[str, Json]:
        """Return it as a JSON object, which `Stub.load` takes."""
        saved: dict[str, Json] = {
            "id": self.number,
            "document": self.document,
            "operation": self.operation,
            "match": self.match.save(),
            "status": self.status,
            "headers": dict(self.headers),
            "media_type": self.media_type,
            "delay_ms": self.delay_ms,
            "times": self.times,
            "fault": self.fault,
            "force": self.force,
            "hits": self.hits,
        }
        if self.has_body:
            saved["body"] = self.body
        return saved

    @classmethod
    def load(cls, raw: Json, number: int | None = None) -> Stub:
        """Return the stub that a JSON object describes.

        Raises:
            Refusal: It describes none.
        """
        if not isinstance(raw, dict):
            raise _wrong("a stub is an object", raw)
        for name, (kinds, expected) in _MEMBERS.items():
            if not isinstance(raw.get(name), kinds) or (
                isinstance(raw.get(name), bool) and bool not in kinds
            ):
                raise _wrong(f"{name}: {expected} is expected", raw[name])
        unknown = [name for name in raw if name not in _MEMBERS and name != "body"]
        if unknown:
            raise _wrong(f"unknown member; known are {', '.join([*_MEMBERS, 'body'])}", unknown[0])
        stub = cls(
            number=raw.get("id") or 0 if number is None else number,
            document=raw.get("document"),
            operation=raw.get("operation"),
            match=_match(raw.get("match") or {}),
            status=raw.get("status"),
            body=raw.get("body"),
            has_body="body" in raw,
            headers=_headers(raw.get("headers") or {}),
            media_type=raw.get("media_type"),
            delay_ms=raw.get("delay_ms") or 0,
            times=raw.get("times"),
            fault=raw.get("fault"),
            force=bool(raw.get("force")),
            hits=raw.get("hits") or 0,
        )
        stub.check()
        return stub

    def check(self) -> None:
        """Look for what makes no sense in any document.

        Raises:
            Refusal: Something does.
        """
        if self.status is not None and not 200 <= self.status <= 599:
            raise _wrong("status: a number from 200 to 599 is expected", self.status)
        if not 0 <= self.delay_ms <= MAX_DELAY_MS:
            raise _wrong(f"delay_ms: a number from 0 to {MAX_DELAY_MS} is expected", self.delay_ms)
        if self.times is not None and self.times < 1:
            raise _wrong("times: a number from 1 is expected", self.times)
        if self.fault is not None and self.fault not in FAULTS:
            raise _wrong(f"fault: one of {', '.join(FAULTS)} is expected", self.fault)
        if self.fault not in (None, "truncate") and (self.status is not None or self.has_body):
            raise _wrong("fault: there is no answer whose status and body could be ordered", self.fault)
        if self.status in _BODILESS and self.has_body:
            raise _wrong(f"body: an answer with status {self.status} has none", self.body)
        if not self.answers and self.fault is None and not self.delay_ms:
            raise _wrong(
                "it orders nothing: status, body, headers, delay_ms or fault is missing", self.save()
            )
        if self.operation is None and self.has_body and not self.force:
            message = "a body for all operations cannot be checked; name one, or say force: true"
            raise Refusal(RefusalKind.INVALID, f"operation: {message}")


class Stubs:
    """The stubs of one world; the newest that matches answers."""

    def __init__(self) -> None:
        self._stubs: dict[int, Stub] = {}
        self._last = 0
        self._by_operation: dict[tuple[str, str], list[Stub]] = {}

    def __bool__(self) -> bool:
        return bool(self._stubs)

    def __len__(self) -> int:
        return len(self._stubs)

    def __iter__(self) -> Iterator[Stub]:
        """Yield the stubs, the oldest first."""
        return iter(list(self._stubs.values()))

    def next_number(self) -> int:
        """Return the id of the next stub."""
        return self._last + 1

    def get(self, number: int) -> Stub | None:
        """Return a stub by its id."""
        return self._stubs.get(number)

    def add(self, stub: Stub) -> None:
        """Take a stub.

        Raises:
            Refusal: There are too many.
        """
        if len(self._stubs) >= MOST:
            raise Refusal(RefusalKind.CONFLICT, f"a world has {MOST} stubs at the most; remove some")
        self._last = max(self._last, stub.number)
        self._stubs[stub.number] = stub
        self._by_operation = {}

    def remove(self, number: int) -> bool:
        """Forget a stub, and return whether it was there."""
        self._by_operation = {}
        return self._stubs.pop(number, None) is not None

    def clear(self) -> None:
        """Forget all stubs; their ids are not given again."""
        self._stubs, self._by_operation = {}, {}

    def reset(self) -> None:
        """Be as at the start."""
        self.clear()
        self._last = 0

    def find(self, document: str, operation: str, sent: Sent) -> tuple[Stub | None, str]:
        """Return the stub that answers a request, and why others, which nearly do, do not."""
        reasons: list[str] = []
        for stub in self._for(document, operation):
            if stub.is_spent:
                reasons.append(f"{stub} has answered {stub.hits} times and is spent")
                continue
            mismatches = list(stub.match.mismatches(sent))
            if not mismatches:
                return stub, ""
            reasons.append(f"{stub} does not match: {'; '.join(mismatches[:_MOST_REASONS])}")
        more = len(reasons) - _MOST_REASONS
        shown = [*reasons[:_MOST_REASONS], *([f"and {more} more stubs"] if more > 0 else [])]
        return None, "; ".join(shown)

    def _for(self, document: str, operation: str) -> list[Stub]:
        key = (document, operation)
        found = self._by_operation.get(key)
        if found is None:
            found = self._by_operation[key] = [
                stub
                for stub in reversed(self._stubs.values())
                if stub.document in (None, document) and stub.operation in (None, operation)
            ]
        return found

    def save(self) -> dict[str, Json]:
        """Return them as a JSON object, which `load` takes."""
        return {"last": self._last, "stubs": [stub.save() for stub in self]}

    def load(self, saved: Json) -> None:
        """Be as some stubs were when they were saved.

        Raises:
            Refusal: None were saved so; then nothing changes.
        """
        last = saved.get("last") if isinstance(saved, dict) else None
        raw = saved.get("stubs") if isinstance(saved, dict) else None
        if not isinstance(last, int) or isinstance(last, bool) or not isinstance(raw, list):
            raise _wrong("stubs: {last: NUMBER, stubs: [...]} is expected", saved)
        if len(raw) > MOST:
            raise _wrong(f"stubs: {MOST} at the most are expected", len(raw))
        stubs = [Stub.load(item) for item in raw]
        numbers = [stub.number for stub in stubs]
        if any(number < 1 for number in numbers) or len(set(numbers)) != len(numbers):
            raise _wrong("stubs: each needs an id of its own, from 1", numbers)
        self._stubs = {stub.number: stub for stub in sorted(stubs, key=lambda item: item.number)}
        self._last = max([last, *numbers])
        self._by_operation = {}


def _wrong(message: str, value: Json) -> Refusal:
    return Refusal(RefusalKind.INVALID, f"{message}, not {shown(value)}")


def _match(raw: Mapping[str, Json]) -> Match:
    unknown = [name for name in raw if name not in ("path", "query", "headers", "body")]
    if unknown:
        raise _wrong("match: path, query, headers and body are known", unknown[0])
    for name in ("path", "query", "headers"):
        if not isinstance(raw.get(name, {}), dict):
            raise _wrong(f"match: {name}: an object is expected", raw[name])
    return Match(
        raw.get("path", {}), raw.get("query", {}), raw.get("headers", {}), raw.get("body"), "body" in raw
    )


def _headers(raw: Mapping[str, Json]) -> dict[str, str]:
    for name, value in raw.items():
        if not isinstance(value, str):
            raise _wrong(f"headers: {name}: a text is expected", value)
    return dict(raw)


_NULL: Final = type(None)
_MEMBERS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "id": ((int, _NULL), "a number"),
    "document": ((str, _NULL), "a name"),
    "operation": ((str, _NULL), "an operation's id"),
    "match": ((dict, _NULL), "an object"),
    "status": ((int, _NULL), "a number"),
    "headers": ((dict, _NULL), "an object"),
    "media_type": ((str, _NULL), "a text"),
    "delay_ms": ((int, _NULL), "a number"),
    "times": ((int, _NULL), "a number"),
    "fault": ((str, _NULL), f"one of {', '.join(FAULTS)}"),
    "force": ((bool, _NULL), "true or false"),
    "hits": ((int, _NULL), "a number"),
}
"""Members of a stub as JSON -> their types, and what to say of others."""
