"""Uvicorn's protocol, with limits, and with refusals that say what was wrong with the HTTP.

A request whose path can be known is refused by the application, in the shape of its document. What is refused
here never became a request: its answer is Problem Details (RFC 9457).
"""

from __future__ import annotations

import asyncio
import importlib.util
import re
from typing import Any, Final
from urllib.parse import unquote

from mockserver import jsontext
from mockserver.errors import Refusal, RefusalKind
from mockserver.mocking.problems import PROBLEM_JSON, problem
from mockserver.server.limits import Phase, Watch
from mockserver.server.transport import GatheringTransport

FAILURE: Final = "mockserver.failure"
"""Key of the ASGI scope under which the refusal stands that a body came to while it was read."""

_PARSER_LIMIT: Final = 60_000
"""Bytes of a target that httptools can take apart: it counts them in 16 bits."""

_VOID_LIMIT: Final = 1024 * 1024
"""Bytes that may come in a row without any of a body: extensions of chunks, and trailers."""

_ABSOLUTE: Final = re.compile(rb"https?://[^/?#]+", re.IGNORECASE)
_UNKNOWN_METHOD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (?:/|https?://|\* )")
_STAND_IN: Final = b"PROPFIND"
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_PHRASES: Final = {
    400: b"Bad Request",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    414: b"URI Too Long",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
}


class _Unfit(Exception):
    """A head that is refused before it is a request."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Ignored(list[tuple[bytes, bytes]]):
    """Takes the fields that come after a body, and forgets them (RFC 9110 section 6.5.1 allows it)."""

    __slots__ = ()

    def append(self, _field: tuple[bytes, bytes]) -> None:
        """Forget a field."""


_TRAILERS: Final = _Ignored()


class _Guarded:
    """What both of uvicorn's protocols need to be watched. Mixed into them, before them."""

    watch: Watch
    loop: asyncio.AbstractEventLoop
    cycle: Any
    flow: Any
    logger: Any
    connections: set[Any]
    transport: GatheringTransport
    timeout_keep_alive_task: asyncio.TimerHandle | None
    seen: tuple[Phase, object] = (Phase.HEAD, None)
    since: float = 0.0
    _refused = False
    _failed: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        gathering = GatheringTransport(transport, self.loop, self._is_unread)
        super().connection_made(gathering)  # type: ignore[misc]
        self.since = self.loop.time()
        limit = self.watch.settings.connection_limit
        if len(self.connections) > limit and not self.watch.make_room(self.connections, self):
            self.refuse(429, f"{limit} requests are under way, and more are not taken at once")

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)  # type: ignore[misc]
        self.transport.lost()
        self.seen = (Phase.IDLE, None)

    def eof_received(self) -> bool | None:
        """Keep the connection for those who close one side only, as `nc -N` does, and still wait for the answer."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body or self.transport.lingers:
            self.transport.flush()  # the loop closes the transport underneath
            return None
        cycle.keep_alive = False
        self.transport.is_half_closed = True
        return True

    def _is_unread(self) -> bool:
        cycle = self.cycle
        return self._refused or (cycle is not None and cycle.more_body)

    def _has_begun(self) -> bool:
        """Return whether something of a request's head has come."""
        return True

    def waits_for(self) -> tuple[Phase, object]:
        """Return what the connection waits for, see `limits.Watched`."""
        cycle = self.cycle
        if self.transport.lingers:
            return Phase.DRAIN, None
        if self.flow.write_paused or self.transport.is_closing():
            return Phase.ANSWER, (cycle, self.transport.get_write_buffer_size())
        if cycle is None:
            return Phase.HEAD, None
        if not cycle.response_complete:
            return (Phase.BODY if cycle.more_body else Phase.WORK), cycle
        if self.transport.get_write_buffer_size():
            return Phase.ANSWER, (cycle, self.transport.get_write_buffer_size())
        if cycle.more_body:
            return Phase.DRAIN, cycle
        return (Phase.IDLE if self.timeout_keep_alive_task is not None else Phase.HEAD), cycle

    def expire(self, phase: Phase) -> None:
        """End a wait that has lasted too long."""
        if phase is Phase.HEAD and self._has_begun():
            seconds = self.watch.settings.head_timeout_seconds
            self.refuse(408, f"the head of the request did not come to its end within {seconds:g} seconds")
        elif phase is Phase.HEAD:
            self.transport.close()  # nobody has said anything
        elif phase is Phase.BODY and self._failed is not self.cycle:
            seconds = self.watch.settings.body_timeout_seconds
            self.fail_body(
                RefusalKind.TIMEOUT, f"the body did not come to its end within {seconds:g} seconds"
            )
        else:
            self.cut()

    def cut(self) -> None:
        """End the connection at once."""
        self.transport.cut()

    def fail_body(self, kind: RefusalKind, reason: str) -> None:
        """Let the application refuse the request whose body cannot be read to its end."""
        self._failed = self.cycle
        self.cycle.scope[FAILURE] = Refusal(kind, reason, headers={"Connection": "close"})
        self.cycle.keep_alive = False
        self.cycle.message_event.set()

    def refuse(self, status: int, reason: str) -> None:
        """Answer what is no request, and close; what the client still sends is read and thrown away."""
        if self._refused:
            return
        self._refused = True
        client = getattr(self, "client", None)
        self.logger.warning("refused %s: %s", client[0] if client else "a client", reason)
        content = jsontext.dumps(problem(Refusal(RefusalKind.INVALID, reason), status))
        lines = [
            b"HTTP/1.1 %d %s" % (status, _PHRASES[status]),
            b"content-type: " + PROBLEM_JSON.encode(),
            b"content-length: %d" % len(content),
            *([b"allow: " + _METHODS.encode()] if status == 405 else []),
            b"connection: close",
            b"",
            b"",
        ]
        self.transport.write(b"\r\n".join(lines) + content)
        self.transport.close()


def protocol(watch: Watch) -> type[asyncio.Protocol]:
    """Return the class of the protocol: on httptools where it is installed, else on h11, which is slower.

    Args:
        watch: Looks after the connections, and knows their limits.
    """
    if importlib.util.find_spec("httptools") is None:
        return _on_h11(watch)
    return _on_httptools(watch)


def _on_h11(watch_: Watch) -> type[asyncio.Protocol]:
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class GuardedH11Protocol(_Guarded, H11Protocol):  # type: ignore[misc]
        watch = watch_

        def data_received(self, data: bytes) -> None:
            if not self.transport.lingers:
                super().data_received(data)

        def send_400_response(self, msg: str) -> None:
            self.refuse(400, msg)

        def _unsupported_upgrade_warning(self) -> None:
            """Say nothing: no upgrade is offered, and to go on in HTTP/1.1 is the answer (RFC 9110 section 7.8)."""

    return GuardedH11Protocol


def _on_httptools(watch_: Watch) -> type[asyncio.Protocol]:
    import httptools
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    head_bytes, target_bytes = watch_.settings.head_limit_bytes, watch_.settings.target_limit_bytes

    class GuardedHttpToolsProtocol(_Guarded, HttpToolsProtocol):  # type: ignore[misc]
        watch = watch_
        _in_head = False
        _head_bytes = 0
        _is_suspicious = False
        _void_bytes = 0
        _method: str | None = None

        def _has_begun(self) -> bool:
            return self._in_head

        def data_received(self, data: bytes) -> None:
            if self.transport.lingers or self._refused:
                return
            self._unset_keepalive_if_required()
            began, before = self._in_head, self.cycle
            self._is_suspicious = began or len(data) > head_bytes
            while data:
                try:
                    self.parser.feed_data(data)
                except httptools.HttpParserUpgrade as upgrade:
                    # Not offered: the request was taken as if it had not asked, and what follows is the next one.
                    data = data[int(str(upgrade)) :]
                    continue
                except httptools.HttpParserInvalidMethodError as error:
                    is_first = not began and self.cycle is before and not self._is_in_body()
                    known = self._with_known_method(data) if is_first else None
                    if known is None:
                        self._give_up(error)
                        return
                    data = known
                    continue
                except httptools.HttpParserError as error:
                    self._give_up(error)
                    return
                break
            if self._in_head:
                self._check_head(len(data) if began else 0)
            elif self._is_in_body():
                self._void_bytes += len(data)
                if self._void_bytes > _VOID_LIMIT:
                    self._give_up(ValueError("too much between its parts"))

        def _is_in_body(self) -> bool:
            return self.cycle is not None and self.cycle.more_body

        def _with_known_method(self, data: bytes) -> bytes | None:
            """Return a request with a method that the parser knows, and make a new parser for it."""
            match = _UNKNOWN_METHOD.match(data)
            if match is None or self._method is not None:
                return None
            self._method = match[1].decode("ascii")
            self._in_head = False
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            return _STAND_IN + data[match.end(1) :]

        def _give_up(self, error: Exception) -> None:
            """Refuse what the parser could not read: nothing that follows on this connection can be understood."""
            cause = error.__context__
            status, reason = 400, f"this is no HTTP/1.1 that can be read: {str(error) or 'broken'}"
            if isinstance(cause, _Unfit):
                status, reason = cause.status, str(cause)
            elif cause is not None:
                reason = f"this is no HTTP/1.1 that can be read: {cause}"
            cycle = self.cycle
            if cycle is None or cycle.response_complete:
                self.refuse(status, reason)
            elif cycle.more_body:
                self._refused = True
                self.fail_body(RefusalKind.INVALID, f"the body cannot be read: {str(error) or 'broken'}")
            else:
                # Another request is being answered: its answer is the last.
                self._refused = True
                cycle.keep_alive = False

        def _check_head(self, added: int) -> None:
            self._head_bytes += added
            if self._head_bytes > head_bytes + target_bytes or len(self.url) > target_bytes:
                self._refuse_head()

        def _refuse_head(self) -> None:
            is_target = len(self.url) > target_bytes
            reason = (
                f"the target of the request is longer than {target_bytes} bytes"
                if is_target
                else f"the header fields are longer than {head_bytes} bytes"
            )
            self._give_up_with(_Unfit(414 if is_target else 431, reason))

        def _give_up_with(self, unfit: _Unfit) -> None:
            error = ValueError(str(unfit))
            error.__context__ = unfit
            self._give_up(error)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._in_head = True
            self._head_bytes = 0

        def on_headers_complete(self) -> None:
            self._in_head = False
            url = self.url
            self._check(url)
            method = self._method
            if url[:1] != b"/":
                url = self.url = _origin_form(url)
            if len(url) > _PARSER_LIMIT:
                self.url = b"/"
                super().on_headers_complete()
                _set_target(self.scope, url)
            else:
                super().on_headers_complete()
            if method is not None:
                self.scope["method"] = method
                self._method = None
            self.headers = _TRAILERS

        def _check(self, url: bytes) -> None:
            """Refuse what RFC 9112 section 3.2 tells to refuse, and what is too long."""
            if self._is_suspicious:
                if len(url) > target_bytes:
                    raise _Unfit(414, f"the target of the request is longer than {target_bytes} bytes")
                if sum(len(name) + len(value) + 4 for name, value in self.headers) > head_bytes:
                    raise _Unfit(431, f"the header fields are longer than {head_bytes} bytes")
            hosts = 0
            for name, _ in self.headers:
                if name == b"host":
                    hosts += 1
            if hosts != 1 and (hosts or self.parser.get_http_version() == "1.1"):
                raise _Unfit(400, f"a request needs one Host field, and this has {hosts or 'none'}")
            if self.parser.get_method() == b"CONNECT":
                raise _Unfit(405, "this server is no proxy: CONNECT is not taken")

        def on_body(self, body: bytes) -> None:
            self._void_bytes = 0
            super().on_body(body)

    return GuardedHttpToolsProtocol


def _origin_form(target: bytes) -> bytes:
    """Return a target that begins with a slash, or `*` (RFC 9112 section 3.2)."""
    if target == b"*":
        return target
    match = _ABSOLUTE.match(target)
    if match is None:
        raise _Unfit(400, "the target of the request is neither a path nor an http URL")
    rest = target[match.end() :]
    return rest if rest[:1] == b"/" else b"/" + rest


def _set_target(scope: Any, target: bytes) -> None:
    """Write path and query into a scope, as httptools would."""
    target = target.partition(b"#")[0]
    path, _, query = target.partition(b"?")
    scope["raw_path"] = path
    scope["path"] = unquote(path.decode("ascii"))
    scope["query_string"] = query
