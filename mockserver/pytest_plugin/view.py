"""`mock_server`: what a test is handed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from mockserver import jsontext
from mockserver.errors import Json, UsageError
from mockserver.mocking import expectations
from mockserver.mocking.calls import Call
from mockserver.mocking.world import DEFAULT
from mockserver.pytest_plugin.called import UNSET, Calls
from mockserver.pytest_plugin.controls import Control, found
from mockserver.pytest_plugin.options import Options
from mockserver.pytest_plugin.parts import MockClock, Records, Stub

if TYPE_CHECKING:
    import httpx

    from mockserver.pytest_plugin.servers import Server, Servers
    from mockserver.pytest_plugin.transports import AsgiApp, MockTransport, Way, WsgiApp

__tracebackhide__ = True
_HOST: Final = "http://mockserver"
_LOOK_SECONDS: Final = 0.01
_MOST_LISTED: Final = 20


class Allowance:
    """Calls of a test that are fine: all, or as a context manager those that are made in it."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._first = 0
        self._last: int | None = None

    def admits(self, call: Call) -> bool:
        """Return whether a call is one of them."""
        return self._first < call.number and (self._last is None or call.number <= self._last)

    def __enter__(self) -> Self:
        self._first = self._count()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._last = self._count()


class MockServer:
    """A mock server with a world for one test. Nothing is started before something is asked of it.

    Attributes:
        world: The name of the world.
        options: How it was asked for.
        is_failed: Whether the test has failed already, so that nothing more needs to be said.
    """

    def __init__(self, options: Options, world: str, servers: Servers) -> None:
        self.options = options
        self.world = options.world or world
        self._servers = servers
        self._unmatched: list[Allowance] = []
        self._invalid: list[Allowance] = []
        self._stubs: list[Stub] = []
        self._checked = 0
        self.is_failed = False
        if options.allow_unmatched:
            self.allow_unmatched()
        if options.allow_invalid:
            self.allow_invalid()

    def __repr__(self) -> str:
        return f"<MockServer world={self.world!r}>"

    # Where it is.

    @cached_property
    def _server(self) -> Server:
        return self._servers.get(self.options)

    @cached_property
    def _control(self) -> Control:
        control = self._server.control(self.world)
        if self.options.world is not None:
            # In a world that others use, too, what was before is not of this test.
            self._before = control.count()
        return control

    _before = 0

    @property
    def is_started(self) -> bool:
        """Whether anything has been asked of it."""
        return "_control" in self.__dict__ or "_server" in self.__dict__

    @property
    def url(self) -> str:
        """The base URL of the test's world, e.g. `http://127.0.0.1:49152/@test_checkout-1a2b3c4d5e`."""
        if self.options.port is False:
            raise UsageError(
                "this mock server has no port (port=False); use its client, transport, asgi or wsgi"
            )
        origin = self._server.origin(0 if self.options.port is True else self.options.port)
        self._control  # noqa: B018  the calls of a shared world begin to count
        return origin if self.world == DEFAULT else f"{origin}/@{self.world}"

    @cached_property
    def client(self) -> httpx.Client:
        """A client of the world; without a port, where the server is in this process."""
        import httpx

        if self.options.url is not None:
            return httpx.Client(base_url=self.url, trust_env=False)
        return httpx.Client(transport=self.transport, base_url=_HOST)

    @cached_property
    def async_client(self) -> httpx.AsyncClient:
        """The same for asynchronous tests, on asyncio or trio."""
        import httpx

        if self.options.url is not None:
            return httpx.AsyncClient(base_url=self.url, trust_env=False)
        return httpx.AsyncClient(transport=self.transport, base_url=_HOST)

    @property
    def transport(self) -> MockTransport:
        """For `httpx.Client(transport=...)` and `httpx.AsyncClient(transport=...)`, with any base URL; no port."""
        from mockserver.pytest_plugin.transports import MockTransport

        return MockTransport(self._way)

    @property
    def asgi(self) -> AsgiApp:
        """The world as an ASGI application; no port."""
        from mockserver.pytest_plugin.transports import AsgiApp

        return AsgiApp(self._way)

    @property
    def wsgi(self) -> WsgiApp:
        """The world as a WSGI application; no port."""
        from mockserver.pytest_plugin.transports import WsgiApp

        return WsgiApp(self._way)

    @property
    def _way(self) -> Way:
        self._control  # noqa: B018  the calls of a shared world begin to count
        return self._server.way(self.world)

    # What was called.

    def calls(
        self, operation: str | None = None, *, status: int | None = None, document: str | None = None
    ) -> Calls:
        """Return the calls of an operation so far, or all.

        Args:
            operation: Its id, or its method and path: `createPet`, `POST /pets`; None for all calls.
            status: Only calls that were answered so.
            document: The name of its document, where several have it.

        Raises:
            UsageError: There is no such operation.
        """
        every = self._calls()
        if operation is None:
            mine = [call for call in every if status in (None, call.answer.status)]
            return Calls("any operation", mine)
        known = found(operation, self._control.operations, document)
        mine = [
            call
            for call in every
            if (call.document, call.operation) == (known.document, known.id)
            and status in (None, call.answer.status)
        ]
        name = known.id if status is None else f"{known.id} with answer {status}"
        return Calls(name, mine, [call for call in every if call not in mine])

    def wait_for_calls(self, operation: str | None = None, times: int = 1, timeout_s: float = 5) -> Calls:
        """Wait until an operation was called so often, as a thread or task in the background may do.

        Raises:
            AssertionError: It was not, for so many seconds.
        """
        end = time.monotonic() + timeout_s
        while True:
            calls = self.calls(operation)
            if len(calls) >= times:
                return calls
            if time.monotonic() >= end:
                name = operation or "any operation"
                message = expectations.count(name, calls, self._calls(), least=times).message
                raise AssertionError(f"after {timeout_s:g} seconds: {message}")
            time.sleep(_LOOK_SECONDS)

    def assert_order(self, *operations: str, exact: bool = False) -> None:
        """Check that operations were called one after the other; with `exact`, and no others.

        Raises:
            AssertionError: They were not.
        """
        names = [found(name, self._control.operations).id for name in operations]
        outcome = expectations.order(names, self._calls(), exact=exact)
        if not outcome.passed:
            raise AssertionError(outcome.message)

    def assert_no_unexpected_calls(self) -> None:
        """Check now what is checked at the end of the test anyhow.

        Raises:
            AssertionError: A call was for no operation, or broke the document.
        """
        outcome = self._unexpected(self._calls())
        if not outcome.passed:
            raise AssertionError(outcome.message)

    def allow_unmatched(self) -> Allowance:
        """Let calls of this test for no operation (404, 405) be fine; in a `with`, only those that are made in it."""
        self._unmatched.append(Allowance(self._count))
        return self._unmatched[-1]

    def allow_invalid(self) -> Allowance:
        """Let the calls of this test that break the document be fine; in a `with`, only those that are made in it."""
        self._invalid.append(Allowance(self._count))
        return self._invalid[-1]

    def _count(self) -> int:
        return self._control.count()

    def _calls(self) -> Sequence[Call]:
        calls = self._control.calls()
        return [call for call in calls if call.number > self._before]

    def _unexpected(self, calls: Sequence[Call]) -> expectations.Outcome:
        return expectations.unexpected(
            calls,
            allow_unmatched=lambda call: any(item.admits(call) for item in self._unmatched),
            allow_invalid=lambda call: any(item.admits(call) for item in self._invalid),
        )

    # What is answered.

    def stub(
        self,
        operation: str | None = None,
        *,
        status: int | None = None,
        body: Json = UNSET,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        times: int | None = None,
        delay_ms: int = 0,
        fault: str | None = None,
        when: Mapping[str, Json] | None = None,
        force: bool = False,
        optional: bool = False,
        document: str | None = None,
    ) -> Stub:
        """Order an answer, a delay or a fault for requests to come. The newest stub that matches answers.

        Args:
            operation: Its id, or its method and path; None for all operations.
            status: Of the answer; the usual one if it is left out.
            body: Of the answer; one that fits the document if it is left out.
            headers: Of the answer.
            media_type: Of the answer.
            times: How many requests it answers; None for all.
            delay_ms: To wait before answering; alone, the usual answer comes then.
            fault: `close`, `reset`, `garbage`, `truncate` or `timeout`, instead of an answer.
            when: What a request must have: a part of `{"path", "query", "headers", "body"}`.
            force: Take it although it breaks the document.
            optional: Whether it may stay unused; else that fails the test.
            document: The name of its document, where several have the operation.

        Raises:
            UsageError: It makes no sense, or breaks the document.
        """
        order: dict[str, Json] = {"delay_ms": delay_ms, "force": force}
        if operation is not None:
            known = found(operation, self._control.operations, document)
            order |= {"operation": known.id, "document": known.document}
        elif document is not None:
            order["document"] = document
        given = {"status": status, "media_type": media_type, "times": times, "fault": fault}
        order |= {name: value for name, value in given.items() if value is not None}
        if headers is not None:
            order["headers"] = dict(headers)
        if when is not None:
            order["match"] = dict(when)
        if body is not UNSET:
            order["body"] = body
        stub = Stub(self._control, self._control.order(order), optional=optional)
        self._stubs.append(stub)
        return stub

    def state(self, resource: str, *, document: str | None = None) -> Records:
        """Return the records of a resource, to look at and to change.

        Raises:
            UsageError: There is no such resource.
        """
        places = [place for place in self._control.resources if document in (None, place[0])]
        matching = [place for place in places if place[1] == resource]
        if len(matching) != 1:
            listed = ", ".join(name for _, name in places) or "none"
            what = "more than one" if matching else "no"
            raise UsageError(f"there is {what} resource {resource!r}; there are {listed}")
        return Records(self._control, *matching[0])

    @property
    def clock(self) -> MockClock:
        """The time in the world."""
        return MockClock(self._control)

    def snapshot(self) -> dict[str, Json]:
        """Return all that the world holds, as JSON."""
        return self._control.snapshot()

    def restore(self, snapshot: Mapping[str, Json] | Path, *, force: bool = False) -> None:
        """Make the world what a snapshot says, or a file that holds one.

        Raises:
            UsageError: It is none, or does not fit the documents.
        """
        value = jsontext.loads(snapshot.read_bytes()) if isinstance(snapshot, Path) else dict(snapshot)
        self._stubs.clear()
        self._control.restore(value, force=force)

    def reset(self) -> None:
        """Go back to the beginning: records, ids, clock and stubs. The calls stay."""
        self._stubs.clear()
        self._control.reset()

    # The end.

    def verdict(self) -> str:
        """Return what is wrong with the calls since the last verdict, and with stubs; "" for nothing."""
        if not self.is_started:
            return ""
        calls = self._calls()
        fresh = [call for call in calls if call.number > self._checked]
        self._checked = max((call.number for call in calls), default=self._checked)
        parts = [self._unexpected(fresh).message]
        if parts[0]:
            parts[0] += (
                "\nIf that is what the test is about: mock_server.allow_unmatched() or mock_server.allow_invalid(), "
                "or the options of the same names of @pytest.mark.mockserver."
            )
        if not self.options.allow_unused_stubs:
            parts.append(self._unused(calls))
            self._stubs.clear()
        return "\n\n".join(part for part in parts if part)

    def _unused(self, calls: Sequence[Call]) -> str:
        unused = [stub for stub in self._stubs if not stub.is_optional and not stub.hits]
        if not unused:
            return ""
        lines = [f"{len(unused)} stub{'s' if len(unused) > 1 else ''} answered nothing:"]
        for stub in unused:
            lines.append(f"  {stub}")
            near = [call for call in calls if call.operation == stub.operation]
            for call in near[:_MOST_LISTED]:
                lines.append(f"    {call}" + (f": {call.answer.detail}" if call.answer.detail else ""))
            if not near:
                lines.append(f"    {stub.operation or 'no operation'} was never called")
        return "\n".join([*lines, "A stub that may stay unused is ordered with optional=True."])

    def story(self) -> str:
        """Return what was called, for the report of a test that has failed; "" for nothing."""
        if not self.is_started:
            return ""
        calls = self._calls()
        lines = [f"{call}{f' ({call.operation})' if call.operation else ''}" for call in calls]
        more = len(lines) - _MOST_LISTED
        if more > 0:
            lines = [f"... {more} calls before", *lines[-_MOST_LISTED:]]
        unexpected = self._unexpected(calls).message
        return "\n".join([*lines, *(["", unexpected] if unexpected else [])])

    def close(self) -> None:
        """Let go of the world, if it is the test's own, and of what was opened for it."""
        client = self.__dict__.get("client")
        if client is not None:
            client.close()
        if not self.is_started:
            return
        try:
            self._control.harvest(self._before)
            if self.options.world is None:
                self._control.forget()
        finally:
            self._servers.let_go(self._server)
