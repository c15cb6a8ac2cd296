"""Sends requests over one kept connection."""

from __future__ import annotations

import http.client
import shlex
from typing import NamedTuple

from corpus.cases import Case


class Answer(NamedTuple):
    """What came back; `problem` says why nothing did."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    problem: str = ""

    def header(self, name: str) -> str | None:
        """Return the values of a header, joined; None without it."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(found) if found else None

    def __str__(self) -> str:
        if self.problem:
            return self.problem
        text = self.body.decode(errors="replace")
        shown = text if len(text) <= 400 else f"{text[:300]}...({len(text)} characters)"
        return f"{self.status} {self.header('content-type') or ''} {shown}".strip()


class Client:
    """A connection to a server on this machine."""

    def __init__(self, port: int, limit_s: float) -> None:
        self.port, self.limit_s = port, limit_s
        self._connection: http.client.HTTPConnection | None = None

    def send(self, case: Case) -> Answer:
        """Send a request and return the answer. A kept connection that was closed meanwhile is opened once more."""
        for attempt in (1, 2):
            fresh = self._connection is None
            try:
                return self._send(case)
            except TimeoutError:
                self.close()
                return Answer(0, problem=f"no answer in {self.limit_s:g} s")
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if fresh or attempt == 2:
                    return Answer(0, problem=f"{type(error).__name__}: {error}")
        raise AssertionError

    def _send(self, case: Case) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.limit_s)
        one = self._connection
        one.putrequest(case.op.method, case.target, skip_accept_encoding=True)
        for name, value in case.headers:
            one.putheader(name, value)
        if case.body is not None or case.op.method in ("POST", "PUT", "PATCH"):
            one.putheader("Content-Length", str(len(case.body or b"")))
        one.endheaders(case.body or None)
        response = one.getresponse()
        body = response.read()
        if response.will_close:
            self.close()
        return Answer(response.status, tuple(response.getheaders()), body)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def curl(case: Case, port: int | str = "PORT") -> str:
    """Return the request as a command."""
    words = ["curl", "-s"]
    if case.op.method not in ("GET",):
        words += ["-X", case.op.method] if case.op.method != "HEAD" else ["-I"]
    for name, value in case.headers:
        words += ["-H", f"{name}: {value}"]
    if case.body is not None:
        text = case.body.decode(errors="backslashreplace")
        words += ["--data-binary", text if len(text) <= 2000 else f"{text[:2000]}...({len(text)} characters)"]
    return shlex.join([*words, f"http://127.0.0.1:{port}{case.target}"])
