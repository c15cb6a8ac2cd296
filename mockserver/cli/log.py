"""A line for each exchange, written in batches from the journal: the requests themselves do not wait for it."""

from __future__ import annotations

from typing import Final, TextIO

from mockserver.mocking.exchange import Exchange, Journal

_PATH_LIMIT: Final = 500
"""Characters of a path with its query that are written."""


class RequestLog:
    """Writes what is new in a journal."""

    def __init__(self, journal: Journal, stream: TextIO, *, enabled: bool = True) -> None:
        self._journal = journal
        self._stream = stream
        self._enabled = enabled
        self._last = 0

    def flush(self) -> None:
        """Write the exchanges since the last call; of those that the journal has lost, only their number."""
        if not self._enabled or self._journal.count == self._last:
            return
        fresh = [exchange for exchange in self._journal if exchange.number > self._last]
        lost = self._journal.count - self._last - len(fresh)
        lines = [f"... {lost} more requests"] if lost else []
        lines += [line_of(exchange) for exchange in fresh]
        self._last = self._journal.count
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
    text = (
        f"{exchange.received:%H:%M:%S} {exchange.method} {path} -> {answer.status} {answer.source}{operation}"
    )
    if answer.detail:
        text += f": {answer.detail.splitlines()[0]}"
    if answer.violations:
        text += f" [the answer breaks the document: {answer.violations[0]}]"
    return "".join(character if character.isprintable() else "?" for character in text)
