"""Expectations as JSON objects: what the control API takes.

{operation: ID, match: {path, query, headers, body}, exact, times | at_least, at_most, only,
 order: [ID, ...], unexpected: false}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking import expectations
from mockserver.mocking.calls import Call
from mockserver.mocking.expectations import Outcome, Wanted

_COUNTS: Final = ("times", "at_least", "at_most")


def check(
    raw: Mapping[str, Json],
    calls: Sequence[Call],
    operation: tuple[str, str] | None,
    path: Mapping[str, Json],
) -> Outcome:
    """Check calls against what a JSON object expects of them; all that it says must hold.

    Args:
        raw: What is expected.
        calls: All calls.
        operation: The document and the id of the operation that it is about, None for none.
        path: What the path, by which it named the operation, says of variables.

    Raises:
        Refusal: It expects nothing, or what makes no sense.
    """
    outcomes = []
    if operation is not None:
        outcomes.append(_counted(raw, calls, operation, path))
    else:
        stray = [name for name in (*_COUNTS, "match", "exact", "only") if name in raw and name != "exact"]
        if stray:
            raise _wrong(f"{stray[0]}: of which operation? Name it, or its method and path")
    if raw.get("order") is not None:
        known = list(raw["order"])
        is_exact = bool(raw.get("exact")) and operation is None
        outcomes.append(expectations.order(known, calls, exact=is_exact))
    if raw.get("unexpected") is False:
        outcomes.append(expectations.unexpected(calls))
    if not outcomes:
        raise _wrong("nothing is expected: name an operation, an order, or say unexpected: false")
    failed = [outcome.message for outcome in outcomes if not outcome.passed]
    matched = dict.fromkeys(number for outcome in outcomes for number in outcome.matched)
    return Outcome(not failed, "\n\n".join(failed), tuple(matched))


def _counted(
    raw: Mapping[str, Json], calls: Sequence[Call], operation: tuple[str, str], path: Mapping[str, Json]
) -> Outcome:
    document, id = operation
    match = dict(raw.get("match") or {})
    if path:
        match["path"] = {**path, **match.get("path", {})}
    times, least, most = (raw.get(name) for name in _COUNTS)
    if times is not None and (least is not None or most is not None):
        raise _wrong("times: at_least and at_most say something else; leave out one of them")
    if least is not None and most is not None and least > most:
        raise _wrong(f"at_least: {least} is more than at_most, {most}")
    if times is not None:
        least = most = times
    elif least is None and most is None:
        least = 1
    mine = [call for call in calls if (call.document, call.operation) == (document, id)]
    return expectations.count(
        id,
        mine,
        [call for call in calls if call not in mine],
        wanted=Wanted.of(match, exact=bool(raw.get("exact"))),
        least=least or 0,
        most=most,
        only=bool(raw.get("only")),
    )


def _wrong(message: str) -> Refusal:
    return Refusal(RefusalKind.INVALID, message)
