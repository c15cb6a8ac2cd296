"""What tests expect of the calls that were made, and what to say when it was otherwise.

Pure: the same rules and messages serve the pytest plugin and the control API.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mockserver import jsontext
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.calls import Call
from mockserver.mocking.matching import Match, Sent, differences

_MOST_CALLS: Final = 20
_MOST_DIFFERENCES: Final = 8
_MOST_LINES: Final = 60
"""Of a diff."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether an expectation was met, what to say if not, and the numbers of the calls that are as was expected."""

    passed: bool
    message: str = ""
    matched: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a call should have been.

    Attributes:
        match: What of path, query, headers and body is asked for.
        exact: Whether query and body may have nothing else; headers always may.
    """

    match: Match = field(default_factory=Match)
    exact: bool = False

    @classmethod
    def of(cls, raw: Mapping[str, Json], *, exact: bool = False) -> Wanted:
        """Return what `{path, query, headers, body}` asks for; members that are not there ask nothing.

        Raises:
            Refusal: A member is unknown or of the wrong type.
        """
        for name, value in raw.items():
            if name not in ("path", "query", "headers", "body"):
                message = f"path, query, headers and body can be asked for, not {name!r}"
                raise Refusal(RefusalKind.INVALID, message)
            if name != "body" and not isinstance(value, Mapping):
                raise Refusal(RefusalKind.INVALID, f"{name}: an object is expected, not {value!r}")
        match = Match(
            raw.get("path", {}),
            raw.get("query", {}),
            raw.get("headers", {}),
            raw.get("body"),
            has_body="body" in raw,
        )
        return cls(match, exact)

    @property
    def asks(self) -> bool:
        """Whether it asks for anything."""
        return bool(self.match.save()) or self.exact

    def differences(self, call: Call) -> list[str]:
        """Return where a call is not what is wanted."""
        request = call.request
        # A value that was sent in several fields, e.g. of a deepObject, has none of its own name.
        fields = {**{name: [_text(value)] for name, value in request.query.items()}, **request.fields}
        sent = Sent(request.path, request.query, fields, request.headers.get, request.body)
        bare = Match(self.match.path, self.match.query, self.match.headers)
        found = list(bare.mismatches(sent))
        if self.exact:
            found += [
                f"query {name} is there, and nobody expects it: {_text(value)}"
                for name, value in request.query.items()
                if name not in self.match.query
            ]
        if self.match.has_body:
            found += differences(self.match.body, request.body, exact=self.exact)
        return found

    def __str__(self) -> str:
        lines = [f"{name}: {_text(value)}" for name, value in self.match.save().items()]
        return "\n".join(f"  {line}" for line in lines)


def count(
    what: str,
    calls: Sequence[Call],
    others: Sequence[Call] = (),
    *,
    wanted: Wanted = Wanted(),
    least: int = 0,
    most: int | None = None,
    only: bool = False,
) -> Outcome:
    """Check how often an operation was called, and with what.

    Args:
        what: Its name.
        calls: Its calls.
        others: All other calls, for the message.
        wanted: What calls should have been.
        least: How many such calls there should be at least.
        most: How many at most; None for any number.
        only: Whether these should be the only ones of the operation.
    """
    judged = [(call, wanted.differences(call)) for call in calls]
    good = [call for call, found in judged if not found]
    numbers = tuple(call.number for call in good)
    is_enough = len(good) >= least and (most is None or len(good) <= most)
    if is_enough and not (only and len(good) < len(calls)):
        return Outcome(True, "", numbers)
    like = f" with{' exactly' if wanted.exact else ''}" if wanted.asks else ""
    lines = [f"{what} should have been called {_times(least, most)}{like}", *_seen(wanted, calls, good)]
    bad = [(call, found) for call, found in judged if found]
    if bad and (len(good) < least or only):
        lines += ["", *_nearest(bad, wanted)]
    if calls:
        lines += ["", f"The calls of {what}:", *_listed(calls)]
    elif others:
        probably = [call for call in others if f"({what}):" in "".join(call.hints[:1])]
        for call in probably[:_MOST_CALLS]:
            lines += ["", f"Probably meant: {call}", *(f"  {hint}" for hint in call.hints if what in hint)]
        lines += ["", "The calls that were made:", *_listed(others)]
    else:
        lines += ["", "No call was made at all."]
    return Outcome(False, "\n".join(lines), numbers)


def order(names: Sequence[str], calls: Sequence[Call], *, exact: bool = False) -> Outcome:
    """Check that operations were called one after the other.

    Args:
        names: Ids of operations.
        calls: All calls.
        exact: Whether there may be no other calls in between, before or after.
    """
    seen = [call.operation or "?" for call in calls]
    matched: list[int] = []
    missing = None
    rest: Iterator[Call] = iter(calls)
    for index, name in enumerate(names):
        found = next((call for call in rest if call.operation == name), None)
        if found is None:
            missing = index
            break
        matched.append(found.number)
    if missing is None and not (exact and seen != list(names)):
        return Outcome(True, "", tuple(matched))
    lines = [f"the calls should have come in the order {', '.join(names)}{' and no others' if exact else ''}"]
    if missing is not None:
        name = names[missing]
        before = names[missing - 1] if missing else ""
        lines.append(f"  {name} was {f'not called after {before}' if name in seen else 'never called'}")
    if exact:
        lines += ["", "  - expected, + called:"]
        lines += [line for line in _diff(names, seen) if not line.startswith("    ?")]
    lines += ["", "The calls that were made:", *(_listed(calls) or ["  none"])]
    return Outcome(False, "\n".join(lines), tuple(matched))


def unexpected(
    calls: Sequence[Call],
    *,
    allow_unmatched: Callable[[Call], bool] = lambda call: False,
    allow_invalid: Callable[[Call], bool] = lambda call: False,
) -> Outcome:
    """Check that all calls were for operations of the document, and as it allows.

    Args:
        calls: All calls.
        allow_unmatched: Whether a call may be for no operation.
        allow_invalid: Whether a call may break the document.
    """
    lost = [call for call in calls if call.is_unmatched and not allow_unmatched(call)]
    broken = [call for call in calls if call.is_invalid and not allow_invalid(call)]
    if not lost and not broken:
        return Outcome(True)
    lines: list[str] = []
    if lost:
        lines.append(f"{_counted(len(lost), 'call')} for no operation of the document:")
        for call in lost[:_MOST_CALLS]:
            lines += [f"  {call}", *_why_unmatched(call)]
        lines += _more(lost)
    if broken:
        if lines:
            lines.append("")
        lines.append(f"{_counted(len(broken), 'call')} that the document does not allow:")
        for call in broken[:_MOST_CALLS]:
            lines += [f"  {call} ({call.operation})", *_why_invalid(call)]
        lines += _more(broken)
    return Outcome(False, "\n".join(lines), tuple(call.number for call in [*lost, *broken]))


def _why_unmatched(call: Call) -> Iterator[str]:
    if call.answer.detail:
        yield f"    {call.answer.detail}"
    if call.hints:
        yield f"    nearest: {call.hints[0]}"
        yield from (f"             {hint}" for hint in call.hints[1:])


def _why_invalid(call: Call) -> Iterator[str]:
    for violation in call.violations[:_MOST_DIFFERENCES]:
        place = f" [{violation.pointer}]" if violation.pointer else ""
        yield f"    {violation}{place}"
    more = len(call.violations) - _MOST_DIFFERENCES
    if more > 0:
        yield f"    and {more} more"
    yield from (f"    {hint}" for hint in call.hints)


def _times(least: int, most: int | None) -> str:
    if most == 0:
        return "not at all"
    if most is None:
        return "at least once" if least == 1 else f"at least {_number(least)}"
    return _number(least) if least == most else f"{least} to {most} times"


def _number(times: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(times, f"{times} times")


def _seen(wanted: Wanted, calls: Sequence[Call], good: Sequence[Call]) -> list[str]:
    """Return what was asked for, and how it was."""
    times = f"it was called {_number(len(calls))}" if calls else "it was never called"
    if not wanted.asks:
        return [f"  {times}"]
    asked = str(wanted) or "  nothing"
    if calls:
        times += f", {_number(len(good)) if good else 'never'} like that"
    return [asked, times]


def _nearest(bad: Sequence[tuple[Call, list[str]]], wanted: Wanted) -> Iterator[str]:
    """Yield what the nearest call has otherwise."""
    call, found = min(bad, key=lambda pair: (len(pair[1]), -pair[0].number))
    yield f"The nearest is {call}; of it"
    yield from (f"  {difference}" for difference in found[:_MOST_DIFFERENCES])
    if len(found) > _MOST_DIFFERENCES:
        yield f"  and {len(found) - _MOST_DIFFERENCES} more"
    match = wanted.match
    if match.has_body and isinstance(match.body, dict | list):
        body = call.request.body if wanted.exact else _cut(call.request.body, match.body)
        if body != match.body:
            yield ""
            yield "  - expected, + sent:"
            yield from _diff(_pretty(match.body), _pretty(_alike(body, match.body)))


def _cut(value: Json, wanted: Json) -> Json:
    """Return of a value what is asked for."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        return {name: _cut(value[name], item) for name, item in wanted.items() if name in value}
    if isinstance(value, list) and isinstance(wanted, list) and len(value) == len(wanted):
        return [_cut(item, other) for item, other in zip(value, wanted, strict=True)]
    return value


def _alike(value: Json, wanted: Json) -> Json:
    """Return a value with its members in the order of another, and what is equal to it as it is there."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        names = [*(name for name in wanted if name in value), *(name for name in value if name not in wanted)]
        return {name: _alike(value[name], wanted.get(name)) for name in names}
    if isinstance(value, list) and isinstance(wanted, list):
        return [
            _alike(item, wanted[index] if index < len(wanted) else None) for index, item in enumerate(value)
        ]
    return wanted if value == wanted and type(value) is not bool else value


def _diff(expected: Sequence[str], found: Sequence[str]) -> list[str]:
    # The lines of `ndiff` that begin with `?` point at letters; they help where two lines are alike.
    lines = [f"    {line.rstrip()}" for line in difflib.ndiff(expected, found)]
    return (
        lines
        if len(lines) <= _MOST_LINES
        else [*lines[:_MOST_LINES], f"    and {len(lines) - _MOST_LINES} more"]
    )


def _pretty(value: Json) -> list[str]:
    return jsontext.dumps(value, indent=True).decode("utf-8", "replace").splitlines(keepends=True)


def _listed(calls: Sequence[Call]) -> list[str]:
    shown = [f"  {call}{f' ({call.operation})' if call.operation else ''}" for call in calls[:_MOST_CALLS]]
    return [*shown, *_more(calls)]


def _more(calls: Sequence[Call]) -> list[str]:
    return [f"  and {len(calls) - _MOST_CALLS} more"] if len(calls) > _MOST_CALLS else []


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _text(value: Json) -> str:
    return jsontext.dumps(value).decode("utf-8", "replace")
