"""Lets the pages of other origins in (Fetch standard, section 3.2): preflights are granted, answers may be read.

A mock has nothing to hide, so whatever a browser asks for is granted, with credentials too. The origin is echoed
and not `*`, which would not do for requests with credentials.
"""

from __future__ import annotations

from typing import Final

from mockserver.mocking.exchange import Answer, ResponseSource
from mockserver.server.calls import Call

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MAX_AGE_SECONDS: Final = 600


def is_preflight(call: Call) -> bool:
    """Return whether a request asks if another one may be sent."""
    return (
        call.method == "OPTIONS"
        and call.header("origin") is not None
        and call.header("access-control-request-method") is not None
    )


def preflight_answer(call: Call, allow: str | None) -> Answer:
    """Return the answer to a preflight; its `Access-Control-Allow-Origin` is added when it is sent.

    `allow` holds the methods of the path, None for an unknown one. The request that is asked about is let through in
    any case: its own answer says best what is wrong with it.
    """
    asked = call.header("access-control-request-method") or ""
    methods = dict.fromkeys(allow.split(", ") if allow else METHODS)
    methods.setdefault(asked)
    headers = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Max-Age": str(MAX_AGE_SECONDS),
        "Vary": "Access-Control-Request-Method, Access-Control-Request-Headers",
    }
    wanted = call.header("access-control-request-headers")
    if wanted:
        headers["Access-Control-Allow-Headers"] = wanted
    if call.header("access-control-request-private-network") == "true":
        headers["Access-Control-Allow-Private-Network"] = "true"
    return Answer(204, None, None, headers, ResponseSource.EMPTY)
