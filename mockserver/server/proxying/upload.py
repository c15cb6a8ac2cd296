"""The body of a request on its way to the upstream: piece by piece, with a copy of as much as may be judged."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.types import Message, Receive, Scope

from mockserver.errors import Refusal
from mockserver.server.calls import ClientGone
from mockserver.server.protocol import FAILURE


class Upload:
    """The body of one request.

    Args:
        scope: Of the request; a body that cannot be read to its end leaves the reason there.
        receive: Where it comes from.
        limit: Bytes of which a copy is kept.

    Attributes:
        has_body: Whether there is one, even one that was read already.
        size: Bytes that have come.
        is_complete: Whether all of it has come.
        is_kept: Whether the copy has all that has come.
    """

    def __init__(self, scope: Scope, receive: Receive, limit: int, *, has_body: bool) -> None:
        self._scope = scope
        self._receive = receive
        self._limit = limit
        self._kept: list[bytes] = []
        self._waiting: list[bytes] = []
        self.size = 0
        self.has_body = has_body
        self.is_complete = not has_body
        self.is_kept = True

    @property
    def copy(self) -> bytes:
        """What is kept of it."""
        if len(self._kept) > 1:
            self._kept = [b"".join(self._kept)]
        return self._kept[0] if self._kept else b""

    async def _next(self) -> bytes:
        """Return the next piece.

        Raises:
            ClientGone: The client went away before it had sent all.
            Refusal: It breaks the rules of HTTP, or comes too slowly.
        """
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        if message.get("more_body"):
            failure: Refusal | None = self._scope.pop(FAILURE, None)
            if failure is not None:
                raise failure
        else:
            self.is_complete = True
        piece: bytes = message.get("body", b"")
        self.size += len(piece)
        if self.is_kept and piece:
            if self.size <= self._limit:
                self._kept.append(piece)
            else:
                # What was kept goes: half a body can be neither judged nor sent again.
                self._kept.clear()
                self.is_kept = False
        return piece

    async def gather(self) -> None:
        """Read all of it, or as much as may be kept, before any of it is passed on."""
        while not self.is_complete and self.is_kept:
            self._waiting.append(await self._next())

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, what was gathered first."""
        waiting, self._waiting = self._waiting, []
        for piece in waiting:
            yield piece
        while not self.is_complete:
            piece = await self._next()
            if piece:
                yield piece

    def rewind(self) -> None:
        """Yield from its beginning once more; only while all of it is kept."""
        self._waiting = [self.copy] if self._kept else []

    def again(self) -> Receive:
        """Return what hands the body out once more from its beginning; only while all of it is kept."""
        is_handed = False

        async def receive() -> Message:
            nonlocal is_handed
            if not is_handed:
                is_handed = True
                return {"type": "http.request", "body": self.copy, "more_body": not self.is_complete}
            return await self._receive()

        return receive
