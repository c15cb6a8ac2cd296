"""Tests one server against its document, and tells what happens as events."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from mockserver.contract import lifecycle
from mockserver.contract.events import Event, Started
from mockserver.contract.target import Target
from mockserver.contract.verify import documents
from mockserver.contract.verify.command import CONFIGURATION, command, configuration
from mockserver.contract.verify.effort import LIFECYCLE, Effort, Subject
from mockserver.contract.verify.process import Process
from mockserver.contract.verify.telling import Teller

RESET: Final = "MOCKSERVER_VERIFY_RESET"
TRUST: Final = "MOCKSERVER_VERIFY_TRUST"
"""Environment variables that `hooks.py` reads; to import them from there would be to import Schemathesis."""
GRACE_S: Final = 20.0
"""Schemathesis ends in time by itself, but for requests that are on their way, and for loading the document."""
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


def verify(
    subject: Subject, effort: Effort, now: Callable[[], datetime], *, tool: str = "verify"
) -> Iterator[Event]:
    """Yield what happens while a server is tested; the last event is `Ended`.

    Args:
        subject: What.
        effort: How hard.
        now: The clock.
        tool: The command that a person gave.
    """
    began = time.monotonic()
    source = str(subject.document.source)
    yield Started(tool, subject.target.url, source, now(), subject.size, effort.seed)
    teller = Teller(subject)
    if LIFECYCLE in effort.phases:
        until = None if effort.max_time_s is None else began + effort.max_time_s
        for event in lifecycle.run(
            subject.document,
            subject.plan,
            subject.target,
            seed=effort.seed,
            wanted=subject.takes,
            until=until,
        ):
            yield from teller.hand_on(event)
    process = None
    if effort.of_schemathesis:
        with tempfile.TemporaryDirectory(prefix="mockserver-verify-") as name:
            process = _process(subject, effort, Path(name), time.monotonic() - began)
            try:
                with closing(process.events()) as events:
                    for kind, value in events:
                        yield from teller.tell(kind, value)
            finally:
                process.kill()
            yield from teller.end(process, time.monotonic() - began)
    else:
        yield from teller.end(None, time.monotonic() - began)


def _process(subject: Subject, effort: Effort, folder: Path, spent_s: float) -> Process:
    """Start Schemathesis; its files are in an empty folder."""
    left_s = None
    if effort.max_time_s is not None:
        left_s = max(1, effort.max_time_s - int(spent_s))
    path = documents.write(subject.document, subject.plan, folder)
    (folder / CONFIGURATION).write_text(configuration(subject, effort), encoding="utf-8")
    return Process(
        command(subject, effort, path, folder, left_s),
        folder,
        dict(_environment(subject)),
        limit_s=None if left_s is None else left_s + GRACE_S,
        request_limit_s=_longest_request_s(subject.target),
        budget=effort.max_requests,
    )


def _environment(subject: Subject) -> Iterator[tuple[str, str]]:
    target = subject.target
    if subject.reset is not None:
        yield RESET, subject.reset
        if target.insecure or target.ca is not None:
            yield TRUST, "any" if target.insecure else str((target.ca or Path()).resolve())
    if target.proxy is None and urlsplit(target.url).hostname in _LOCAL:
        # Proxies of the environment are not meant for servers on the own machine.
        yield "NO_PROXY", ",".join(_LOCAL)
        yield "no_proxy", ",".join(_LOCAL)


def _longest_request_s(target: Target) -> float:
    """Return how long a request takes at most: connecting, each part of the answer, and waiting for its turn."""
    return GRACE_S + 3 * target.timeout_s + (target.rate[1] if target.rate else 0)
