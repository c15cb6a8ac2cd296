"""One connection to the upstream, and the exchange that is under way on it. The door to httptools' response parser.

A client for people would follow redirects, undo codings, normalise paths, hide 1xx answers and join header fields. A
proxy must do none of that, so this one does not: it tells each part of an answer as it came, when it came.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Final, cast

import httptools

from mockserver.server.proxying.failures import Aborted, Broken, Stale, TimedOut, UpstreamError
from mockserver.server.proxying.fields import Fields
from mockserver.server.proxying.heads import Head, head_of, kept_seconds, says_close

HIGH_WATER: Final = 256 * 1024
"""Bytes of an answer that wait for the client; then nothing more is read."""

HEAD_LIMIT: Final = 1024 * 1024
"""Bytes of an answer's head."""


class Connection(asyncio.Protocol):
    """A connection to the upstream.

    Attributes:
        uses: Exchanges so far, that under way included.
        idle_since: Since when nothing is under way, in the loop's time.
        keep_seconds: How long the upstream keeps it, if it said so; None if not.
        waits_since: Since when somebody waits for the upstream, in the loop's time; None while nobody does.
        patience: Seconds after which that is too long; 0 for never.
        trailers: The fields after the body.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, on_lost: Callable[[Connection], None]) -> None:
        self._loop = loop
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._is_write_paused = False
        self._failure: UpstreamError | None = None
        self.uses = 0
        self.idle_since = 0.0
        self.keep_seconds: float | None = None
        self.waits_since: float | None = None
        self.patience = 0.0
        self._is_busy = False
        self._is_sent = False
        self._unsent = b""
        self._reset("GET")

    def _reset(self, method: str) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._method = method
        self._head: Head | None = None
        self._head_bytes = 0
        self._reason = b""
        self._fields: Fields = []
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._is_complete = False
        self._is_keeping = False
        self._is_reusable = False
        self.trailers: Fields = []
        self._on_interim: Callable[[int, bytes, Fields], None] | None = None

    # The exchange, as the relay sees it.

    def begin(
        self,
        method: str,
        head: bytes,
        on_interim: Callable[[int, bytes, Fields], None] | None = None,
        *,
        is_all: bool,
    ) -> None:
        """Send the head of a request; where a body is to come, it waits for the first of it, or for `flush`.

        Args:
            method: Of the request.
            head: Request line and fields, the empty line included; the body may follow at once.
            on_interim: Told of 1xx answers (RFC 9110 section 15.2).
            is_all: Whether no body will be written.
        """
        self._reset(method)
        self._is_busy = True
        self._is_sent = is_all
        self._on_interim = on_interim
        self.uses += 1
        self._unsent = head
        if is_all:
            self.flush()

    def flush(self) -> None:
        """Send the head now, if it has not gone with the first of the body."""
        head, self._unsent = self._unsent, b""
        if head and self._transport is not None and self._failure is None:
            self._transport.write(head)

    async def write(self, data: bytes) -> None:
        """Send a part of the body, and wait until the upstream takes more."""
        if self._failure is not None:
            raise self._failure
        assert self._transport is not None
        if self._unsent:
            # Head and body in one write: each is a system call, and wakes the upstream.
            data, self._unsent = self._unsent + data, b""
        self._transport.write(data)
        while self._is_write_paused:
            self._writable = self._loop.create_future()
            self.waits_since = self._loop.time()
            await self._writable
            self.waits_since = None
            if self._failure is not None:
                raise self._failure

    def end(self) -> None:
        """Say that the request is sent to its end."""
        self._is_sent = True

    async def head(self) -> Head:
        """Return the head of the answer.

        Raises:
            UpstreamError: There is none.
        """
        while self._head is None:
            if self._failure is not None:
                raise self._failure
            await self._wait()
        return self._head

    async def read(self, within_seconds: float | None = None) -> bytes | None:
        """Return what has come of the body since the last call; b"" at its end, None where nothing came in time.

        Raises:
            UpstreamError: The rest does not come.
        """
        while not self._chunks:
            if self._is_complete:
                return b""
            if self._failure is not None:
                raise self._failure
            if not await self._wait(within_seconds):
                return None
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        if self._size > HIGH_WATER and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._size = 0
        return data

    async def _wait(self, within_seconds: float | None = None) -> bool:
        """Wait until something happens; tell whether it did."""
        waiter = self._waiter = self._loop.create_future()
        self.waits_since = self._loop.time()
        timer = None
        if within_seconds is not None:
            timer = self._loop.call_later(within_seconds, waiter.cancel)
        try:
            await waiter
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if within_seconds is None or (task is not None and task.cancelling()):
                raise
            return False
        finally:
            self._waiter = self.waits_since = None
            if timer is not None:
                timer.cancel()
        return True

    @property
    def is_reusable(self) -> bool:
        """Whether another exchange may follow on it."""
        # What was left unread would be read by nobody, and reading may be paused over it.
        return self._is_reusable and self._is_sent and not self._chunks and not self.is_closed

    @property
    def is_closed(self) -> bool:
        """Whether it is of no more use."""
        return self._failure is not None or self._transport is None or self._transport.is_closing()

    async def upgrade(self, tls: ssl.SSLContext | None, host: str) -> None:
        """Begin TLS in a connection that a proxy leads on."""
        assert self._transport is not None
        assert tls is not None
        secured = await self._loop.start_tls(self._transport, self, tls, server_hostname=host)
        assert secured is not None
        self._transport = secured
        self.uses = 0

    def rest(self) -> None:
        """Be idle from now on."""
        self._is_busy = False
        self._on_interim = None
        self.idle_since = self._loop.time()

    def abort(self, failure: UpstreamError | None = None) -> None:
        """End it at once, whatever is under way."""
        self._fail(failure or Aborted("the client has gone"))

    def close(self) -> None:
        """Close it in order."""
        if self._transport is not None:
            self._transport.close()

    def check(self, now: float) -> None:
        """Give up where the upstream has let somebody wait for too long."""
        if self.patience and self.waits_since is not None and now - self.waits_since > self.patience:
            what = (
                "did not answer"
                if self._head is None
                else "stopped in the middle of its answer, and sent nothing"
            )
            self._fail(TimedOut(f"the upstream {what} for {self.patience:g} seconds"))

    def _fail(self, failure: UpstreamError) -> None:
        if self._failure is None:
            self._failure = failure
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        if self._failure is not None and self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    # asyncio's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._is_busy or self._is_complete:
            # An answer that nobody asked for: whatever it is, it must not become the answer to the next request.
            self._is_reusable = False
            self.close()
            return
        if self._head is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if not self._is_complete:
                self._fail(Broken("the upstream changes the protocol, which nobody asked for"))
        except httptools.HttpParserError as error:
            if not (self._is_complete and self._head is not None and self._head.is_bodiless):
                reason = error.__context__ or str(error) or "broken"
                self._fail(Broken(f"the upstream's answer is no HTTP/1.1 that can be read: {reason}"))
        if self._head is None and self._head_bytes > HEAD_LIMIT:
            self._fail(Broken(f"the head of the upstream's answer is longer than {HEAD_LIMIT} bytes"))
        if self._size > HIGH_WATER and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        head = self._head
        if self._is_busy and not self._is_complete and self._failure is None:
            if head is not None and head.length is None and not head.is_chunked and exc is None:
                self._is_complete = True
            else:
                self._failure = self._loss(exc)
        elif self._failure is None:
            self._failure = Broken("the upstream has closed the connection")
        self._is_write_paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._transport = None
        self._wake()
        self._on_lost(self)

    def _loss(self, exc: Exception | None) -> UpstreamError:
        reason = f" ({exc})" if exc else ""
        if self._head is None:
            if self.uses > 1 and not self._head_bytes:
                return Stale(f"the upstream closed the connection without an answer{reason}")
            return Broken(f"the upstream closed the connection without an answer{reason}")
        return Broken(f"the upstream closed the connection in the middle of its answer{reason}")

    def pause_writing(self) -> None:
        self._is_write_paused = True

    def resume_writing(self) -> None:
        self._is_write_paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    # The parser's side.

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head is None:
            self._fields.append((name, value))
        elif not self._is_complete and len(self.trailers) < 1000:
            self.trailers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._is_complete:
            self._is_reusable = False
            return
        status = self._parser.get_status_code()
        fields, self._fields = self._fields, []
        reason, self._reason = self._reason, b""
        if status < 200:
            if status == 101:
                raise ValueError("101 was not asked for")
            # The bytes go on counting: an upstream may not announce an answer for ever.
            if self._on_interim is not None:
                self._on_interim(status, reason, fields)
            return
        head = self._head = head_of(self._method, status, reason, fields)
        bodiless = head.is_bodiless
        self._is_keeping = self._parser.should_keep_alive() or (bodiless and not says_close(fields))
        if bodiless:
            self._complete()

    def on_body(self, body: bytes) -> None:
        if self._head is None or self._is_complete:
            # A body where none may be, or another answer: what comes after it cannot be told apart from it.
            self._is_reusable = False
            return
        self._chunks.append(body)
        self._size += len(body)

    def on_message_complete(self) -> None:
        if self._head is not None and not self._is_complete:
            self._complete()

    def _complete(self) -> None:
        head = self._head
        assert head is not None
        self._is_complete = True
        framed = head.is_bodiless or head.is_chunked or head.length is not None
        self._is_reusable = self._is_keeping and framed
        self.keep_seconds = kept_seconds(head.fields)
