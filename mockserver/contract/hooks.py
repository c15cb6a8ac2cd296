"""Loaded by Schemathesis in its own process: begins each scenario with the state in which the mock was started.

Hypothesis repeats what it has drawn and expects the same to follow. When a record from an earlier scenario makes the
difference, it gives up on the rest of the phase, and Schemathesis reports what was done until then as passed.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.request import Request, urlopen

import schemathesis
from hypothesis.control import current_build_context

_TIMEOUT_S = 30
_scenarios: list[Any] = []
"""What Hypothesis runs now, held so that the next one cannot be mistaken for it."""


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Reset the mock before the first step of a scenario."""
    address = os.environ.get("MOCKSERVER_FUZZ_RESET")
    if address is None or case.meta is None or case.meta.phase.name.value != "stateful":
        return
    scenario = current_build_context()
    if _scenarios and _scenarios[0] is scenario:
        return
    _scenarios[:] = [scenario]
    request = Request(address, data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310
        pass
