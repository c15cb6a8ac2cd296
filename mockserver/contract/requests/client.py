"""Sends requests and is patient, within limits. A door to httpx."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from mockserver.contract.findings import Came, Sent
from mockserver.contract.requests.writing import Outgoing
from mockserver.contract.target import Target
from mockserver.errors import UsageError
from mockserver.mocking.judging import Message, Reply

BODY_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a body that are read; what is longer is cut, and known to be."""
SHOWN: Final = 16 * 1024
"""Bytes of a body that findings show."""
ATTEMPTS: Final = 4
LONGEST_WAIT_S: Final = 30.0
"""The longest that a server's `Retry-After` is followed."""
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Turn:
    """A request and what came of it.

    Attributes:
        sent: As it is shown.
        message: As it was sent, to be judged.
        reply: None where there was no answer.
        came: It as it is shown.
        failure: Why there was none; "" else.
        is_limited: Whether the server asked for patience (429) until ours was at its end.
    """

    sent: Sent
    message: Message
    reply: Reply | None
    came: Came | None = None
    failure: str = ""
    elapsed_ms: float = 0.0
    is_limited: bool = False


class Client:
    """Speaks to one server.

    Args:
        target: The server, and how it is reached.
        sleep: Waits for so many seconds.
        told: Told of each wait.
        check: Called before each request, to stop here and nowhere in the middle of one.

    Raises:
        UsageError: Its files or its proxy cannot be used.
    """

    def __init__(
        self,
        target: Target,
        *,
        sleep: Callable[[float], None] = time.sleep,
        told: Callable[[str], None] = lambda text: None,
        check: Callable[[], None] = lambda: None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.target = target
        self._sleep = sleep
        self._told = told
        self._check = check
        self._next = 0.0
        is_local = urlsplit(target.url).hostname in _LOCAL
        try:
            self._client = httpx.Client(
                timeout=target.timeout_s,
                verify=_trust(target),
                proxy=target.proxy,
                trust_env=not is_local and target.proxy is None,
                headers={"user-agent": "mockserver", "accept-encoding": "gzip, deflate"},
                transport=transport,
            )
        except (ValueError, httpx.InvalidURL) as error:
            raise UsageError(f"the proxy {target.proxy!r} cannot be used: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(self, outgoing: Outgoing, *, base: str | None = None) -> Turn:
        """Send a request; who asks for patience gets it, within limits. Nothing that a server does is raised.

        Args:
            outgoing: The request.
            base: What stands before its path, None for the target's base URL.
        """
        base = base or self.target.url
        whole = outgoing.with_headers(self.target.headers.items())
        sent, message = self.target.masked_sent(whole.sent(base)), whole.message(base)
        for attempt in range(1, ATTEMPTS + 1):
            self._check()
            self._pace()
            began = time.monotonic()
            try:
                reply = self._once(whole, base)
            except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, ValueError) as error:
                return Turn(sent, message, None, None, _reason(error, self.target.timeout_s), _since(began))
            wait = _patience(reply)
            if wait is None:
                return self._turn(sent, message, reply, _since(began))
            if attempt == ATTEMPTS or wait > LONGEST_WAIT_S:
                break
            self._told(f"{self.target.url} asks for {wait:g} s of patience ({reply.status}); waiting")
            self._sleep(wait)
        return replace(self._turn(sent, message, reply, _since(began)), is_limited=True)

    def _turn(self, sent: Sent, message: Message, reply: Reply, elapsed_ms: float) -> Turn:
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in reply.headers)
        came = Came(reply.status, headers, reply.body[:SHOWN], elapsed_ms)
        return Turn(sent, message, reply, self.target.masked_came(came), elapsed_ms=elapsed_ms)

    def _pace(self) -> None:
        if self.target.rate is not None:
            count, seconds = self.target.rate
            now = time.monotonic()
            if now < self._next:
                self._sleep(self._next - now)
            self._next = max(now, self._next) + seconds / count

    def _once(self, outgoing: Outgoing, base: str) -> Reply:
        deadline = time.monotonic() + self.target.timeout_s
        headers = [
            (name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in outgoing.headers
        ]
        url = f"{base}{outgoing.target}"
        content = outgoing.body or None
        with self._client.stream(outgoing.method, url, headers=headers, content=content) as response:
            body, is_whole = bytearray(), True
            for piece in response.iter_raw():
                body += piece
                # A stream without end, or one that comes drop by drop, is cut.
                if len(body) > BODY_LIMIT or time.monotonic() > deadline:
                    is_whole = False
                    break
            return Reply(
                response.status_code, tuple(response.headers.raw), bytes(body[:BODY_LIMIT]), is_whole
            )


def _trust(target: Target) -> ssl.SSLContext | bool:
    try:
        if target.ca is not None:
            context = ssl.create_default_context(cafile=str(target.ca))
        elif target.certificate is None and not target.insecure:
            return True
        else:
            context = ssl.create_default_context()
        if target.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if target.certificate is not None:
            context.load_cert_chain(target.certificate, target.key)
    except (OSError, ssl.SSLError) as error:
        files = [str(item) for item in (target.ca, target.certificate, target.key) if item is not None]
        raise UsageError(f"the certificates in {', '.join(files)} cannot be used: {error}") from error
    return context


def _patience(reply: Reply) -> float | None:
    """Return for how many seconds a server wants to be left alone, None if it does not (RFC 9110 section 10.2.3)."""
    text = reply.header("retry-after")
    if reply.status != 429 and not (reply.status == 503 and text):
        return None
    if text is None:
        return 1.0
    if text.strip().isdigit():
        return float(text.strip())
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return 1.0
    return max(0.0, (then - datetime.now(UTC)).total_seconds()) if then.tzinfo else 1.0


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)


def _reason(error: Exception, timeout_s: float) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"there was no answer in {timeout_s:g} s"
    return (str(error) or type(error).__name__).splitlines()[0]
