"""What all exchanges of a proxy share: the document, the upstream, the choices of whoever runs it, the journal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.types import ASGIApp

from mockserver.document.routing import Router
from mockserver.errors import Violation
from mockserver.mocking.exchange import Answer, Exchange
from mockserver.mocking.judging import Judge, Judged, Message, Reply
from mockserver.mocking.world import World
from mockserver.server.calls import Served
from mockserver.server.proxying.choosing import Choice
from mockserver.server.proxying.missing import Missing
from mockserver.server.proxying.pool import Pool, Way

logger = logging.getLogger("mockserver")

JUDGE_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of a body that are kept for judging and recording."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """An exchange with the upstream.

    Attributes:
        message: As the client sent it.
        reply: As the upstream answered, None where it did not.
        judged: What is wrong with both.
        received: When.
        elapsed_ms: From the head of the request to the end of the answer.
        detail: What else there is to say, "" for nothing.
        failure: Why the upstream gave no answer, or not all of one; "" where it did, or where nobody waited.
    """

    message: Message
    reply: Reply | None
    judged: Judged
    received: datetime
    elapsed_ms: float
    detail: str = ""
    failure: str = ""


Listener = Callable[[Relayed], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to pass requests on.

    Attributes:
        preserve_host: Whether `Host` stays as the client sent it.
        rewrite_location: Whether places on the upstream become places on the proxy.
        tells_way: Whether `Via` and `X-Forwarded-*` are added to requests.
        errors: Whether violations become error answers.
        mock_missing: Whether the mock answers for operations that the upstream does not have.
        judge_limit: Bytes of a body that are kept for judging.
        control_path: Below it the control API answers.
    """

    preserve_host: bool = False
    rewrite_location: bool = False
    tells_way: bool = True
    errors: bool = False
    mock_missing: bool = False
    judge_limit: int = JUDGE_LIMIT
    control_path: str = "/__mock__"


class Context:
    """What an exchange needs.

    Args:
        served: The document, with its mock.
        mock: The application that answers for what is not passed on.
        world: In whose journal the exchanges are.
        way: How to get to the upstream.
        options: How to pass requests on.
        choice: Which of them.
        listener: Told of each exchange with the upstream, on the loop's thread.
    """

    def __init__(
        self,
        served: Served,
        mock: ASGIApp,
        world: World,
        way: Way,
        options: Options,
        listener: Listener | None = None,
        choice: Choice | None = None,
    ) -> None:
        self.served = served
        self.mock = mock
        self.world = world
        self.way = way
        self.options = options
        self.pool = Pool(way)
        self.choice = choice or Choice(served.document)
        self.missing = Missing()
        self.router = Router(served.document)
        self._judge = Judge(served.document, self.router)
        self._listener = listener

    def judge_request(self, message: Message) -> Judged:
        """Return what a request is. What cannot be judged passes all the same."""
        try:
            return self._judge.judge_request(message)
        except Exception:
            logger.exception("%s %s cannot be judged", message.method, message.path)
            return Judged(self.router.find(message.method, message.path, message.query))

    def judge_reply(self, judged: Judged, method: str, reply: Reply) -> None:
        """Add to what is known of a request what its answer is. What cannot be judged passes all the same."""
        try:
            self._judge.judge_reply(judged, method, reply)
        except Exception:
            logger.exception("the answer to %s %s cannot be judged", method, judged.operation)

    def record(
        self,
        message: Message,
        judged: Judged,
        received: datetime,
        answer: Answer,
        fields: list[tuple[bytes, bytes]],
        content: bytes,
        sizes: tuple[int, int],
    ) -> None:
        """Put an exchange into the journal."""
        world = self.world
        world.keep()
        exchange = Exchange(
            world.name, received, self.served.name, judged.operation, message.method, message.path,
            message.query, list(message.headers), message.body, answer, fields, content,
        )  # fmt: skip
        exchange.request_size, exchange.content_size = sizes
        exchange.request_violations = judged.request
        world.journal.record(exchange)

    def tell(self, relayed: Relayed) -> None:
        """Tell the listener."""
        if self._listener is not None:
            self._listener(relayed)


def listed(judged: Judged) -> list[tuple[str, Violation]]:
    """Return the violations of both messages, each with the message that it is of."""
    return [("request", item) for item in judged.request] + [("response", item) for item in judged.response]
