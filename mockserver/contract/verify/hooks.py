"""Loaded by Schemathesis in its own process: takes the mock back to its first state where the rest depends on it.

A scenario begins with the first state. Hypothesis repeats what it has drawn and expects the same to follow; when a
record of an earlier scenario makes the difference, it gives up, and Schemathesis ends the phase there without a word.

So does an operation below two or more ids. Only ids that belong together reach it, which are those in the document's
examples, and by then a deletion has been tried on one of them. Elsewhere records pile up as they do in use.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.request import Request, urlopen

import schemathesis
from hypothesis.control import current_build_context

_TIMEOUT_S = 30
_subjects: list[Any] = []
"""What is tested now, held so that the next cannot be mistaken for it."""


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Reset the mock before the first request of a subject that needs it."""
    address = os.environ.get("MOCKSERVER_VERIFY_RESET")
    if address is None or case.meta is None:
        return
    is_scenario = case.meta.phase.name.value == "stateful"
    subject = current_build_context() if is_scenario else case.operation
    if _subjects and _subjects[0] is subject:
        return
    _subjects[:] = [subject]
    if not is_scenario and case.operation.path.count("{") < 2:
        return
    request = Request(address, data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310
        pass
