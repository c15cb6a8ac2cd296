"""A line for each exchange, written in batches from the journal: the requests themselves do not wait for it."""

from __future__ import annotations

from typing import Final, TextIO

from mockserver.mocking.exchange import Exchange
from mockserver.mocking.world import DEFAULT
from mockserver.mocking.worlds import Tail

_PATH_LIMIT: Final = 500
"""Characters of a path with its query that are written."""


class RequestLog:
    """Writes the exchanges of all worlds as they come."""

    def __init__(self, tail: Tail, stream: TextIO, *, enabled: bool = True) -> None:
        self._tail = tail
        self._stream = stream
        self._enabled = enabled

    def flush(self) -> None:
        """Write the exchanges since the last call; of those that were too many, only their number."""
        fresh, lost = self._tail.take()
        if not self._enabled or not fresh:
            return
        lines = [f"... {lost} more requests"] if lost else []
        lines += [line_of(exchange) for exchange in fresh]
        try:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            # Whoever read the log has gone; the server goes on.
            self._enabled = False


def line_of(exchange: Exchange) -> str:
    """Return an exchange on one line."""
    query = "?" + exchange.query.decode("latin-1") if exchange.query else ""
    path = exchange.path + query
    if len(path) > _PATH_LIMIT:
        path = path[:_PATH_LIMIT] + "..."
    path = path.encode("ascii", "backslashreplace").decode()
    operation = f" {exchange.operation.id}" if exchange.operation else ""
    answer = exchange.answer
    world = "" if exchange.world == DEFAULT else f"@{exchange.world} "
    text = f"{exchange.received:%H:%M:%S} {world}{exchange.method} {path} -> {answer.status} {answer.source}{operation}"
    if answer.detail:
        text += f": {answer.detail.splitlines()[0]}"
    if exchange.request_violations:
        text += f" [the request breaks the document: {exchange.request_violations[0]}]"
    if answer.violations:
        text += f" [the answer breaks the document: {answer.violations[0]}]"
    return "".join(character if character.isprintable() else "?" for character in text)
