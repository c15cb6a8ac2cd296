"""Is a server there? Asked once before minutes of work, so that a wrong way to it is one message."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

from mockserver.contract.requests.client import Client, Turn
from mockserver.contract.requests.writing import Outgoing
from mockserver.contract.target import Target
from mockserver.errors import UsageError

PAUSE_S: Final = 0.25
_ADVICE: Final = (
    (
        re.compile(r"certificate", re.IGNORECASE),
        "trust its certificate with --ca FILE, or any with --insecure",
    ),
    (
        re.compile(r"refused", re.IGNORECASE),
        "start the server, or let it have time to start with --wait-for 30",
    ),
    (re.compile(r"no answer in"), "is it busy, or behind a firewall? --request-timeout gives it more time"),
    (
        re.compile(r"not known|name resolution|nodename", re.IGNORECASE),
        "the name of the host is not known: is the URL right?",
    ),
    (
        re.compile(r"status line|RemoteProtocol|not a valid http|without sending", re.IGNORECASE),
        "what listens there does not speak HTTP: is the port right, and http or https?",
    ),
    (
        re.compile(r"ssl|tls|wrong version", re.IGNORECASE),
        "what listens there may not speak TLS: is it http and not https?",
    ),
)
"""Pattern in what was seen -> what to do about it."""


def reach(
    target: Target,
    wait_s: float = 0.0,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Return when a server answers; any answer will do.

    Args:
        target: The server.
        wait_s: Time for it to start.
        sleep: Waits for so many seconds.
        clock: Tells seconds.

    Raises:
        UsageError: It does not answer.
    """
    deadline = clock() + wait_s
    with Client(target) as client:
        while True:
            turn = client.ask(Outgoing("GET", "/"))
            if turn.reply is not None:
                _check_end(target, turn)
                return
            if clock() >= deadline:
                break
            sleep(PAUSE_S)
    waited = f", also after {wait_s:g} s" if wait_s else ""
    raise UsageError(
        f"cannot reach {target.url}{waited}: {target.masked(turn.failure)}\n  {advice(turn.failure)}"
    )


def _check_end(target: Target, turn: Turn) -> None:
    if turn.reply is not None and not turn.reply.is_whole and turn.elapsed_ms >= target.timeout_s * 1000:
        raise UsageError(
            f"{target.url}/ answers, but its answer has no end, at least not in {target.timeout_s:g} s\n"
            "  tests begin with this request: give another base URL, or more time with --request-timeout"
        )


def advice(failure: str) -> str:
    """Return what to do about a server that does not answer."""
    return next((text for pattern, text in _ADVICE if pattern.search(failure)), "is the URL right?")


def check_reset(target: Target, address: str) -> None:
    """Take a server back to its first state once, as will be done before each scenario.

    Args:
        target: The server; the headers that it is sent are not sent here.
        address: Where to post to.

    Raises:
        UsageError: The address does not answer with a success.
    """
    bare = Target(address, {}, ca=target.ca, insecure=target.insecure, timeout_s=max(target.timeout_s, 30.0))
    with Client(bare) as client:
        turn = client.ask(Outgoing("POST", "", "", (("Content-Type", "application/json"),), b"{}"))
    if turn.reply is None:
        raise UsageError(f"--reset-url {address}: {turn.failure}\n  {advice(turn.failure)}")
    if not 200 <= turn.reply.status < 300:
        raise UsageError(
            f"--reset-url {address}: a POST to it is answered {turn.reply.status}, not with success"
        )
