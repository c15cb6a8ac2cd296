"""Loaded by Schemathesis in its own process: tells of each request, and takes the server back to its first state.

Each request is told before it is sent, so that the one that never ends, or that kills the server, is known.

A scenario begins with the first state. Hypothesis repeats what it has drawn and expects the same to follow; when a
record of an earlier scenario makes the difference, it gives up, and Schemathesis ends the phase there without a word.

So does an operation below two or more ids. Only ids that belong together reach it, which are those in the document's
examples, and by then a deletion has been tried on one of them. Elsewhere records pile up as they do in use.
"""

from __future__ import annotations

import json
import os
import ssl
import threading
from typing import Any
from urllib.request import Request, urlopen

import schemathesis
from hypothesis.control import current_build_context

_TIMEOUT_S = 30
_subjects: list[Any] = []
"""What is tested now, held so that the next cannot be mistaken for it."""


_LINE_LIMIT = 4000
"""Bytes that are written to a pipe at once, or not at all (POSIX: at least 512, on Linux 4096)."""
_pipe: list[int] = []


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Tell of a request, and reset the server before the first one of a subject that needs it."""
    _reset_before(case)
    _tell(
        {
            "method": case.method,
            "path": case.path,
            "path_parameters": case.path_parameters,
            "query": case.query,
            "media_type": case.media_type,
            "body": case.body,
        }
    )


@schemathesis.hook
def after_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], response: schemathesis.Response
) -> None:
    """Tell that a request is over."""
    _tell(None)


def _tell(request: dict[str, Any] | None) -> None:
    address = os.environ.get("MOCKSERVER_VERIFY_REQUESTS")
    if address is None:
        return
    if not _pipe:
        _pipe.append(os.open(address, os.O_WRONLY))
    worker = threading.get_ident()
    line = json.dumps([worker, request], default=lambda value: None)
    if len(line) > _LINE_LIMIT and request is not None:
        line = json.dumps([worker, {"method": request["method"], "path": request["path"]}])
    os.write(_pipe[0], f"{line[:_LINE_LIMIT]}\n".encode())


def _reset_before(case: schemathesis.Case[Any]) -> None:
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
    with urlopen(request, timeout=_TIMEOUT_S, context=_trust()):  # noqa: S310
        pass


def _trust() -> ssl.SSLContext | None:
    """Return what is trusted, as `engine` says: the usual, the certificates of a file, or any."""
    trusted = os.environ.get("MOCKSERVER_VERIFY_TRUST", "")
    if not trusted:
        return None
    if trusted != "any":
        return ssl.create_default_context(cafile=trusted)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
