"""Is a server there, and what to do if not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mockserver.contract.reaching import check_reset, reach
from mockserver.contract.target import Target
from mockserver.errors import UsageError


@contextmanager
def answering(answer: bytes, *, keep: bool = False) -> Iterator[str]:
    """Listen, and answer each connection with the same bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            held = []
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.recv(9999)
                connection.sendall(answer)
                held.append(connection) if keep else connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_any_answer_will_do() -> None:
    with answering(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n") as url:
        reach(Target(url))


@pytest.mark.parametrize(
    ("answer", "keep", "message"),
    [
        (b"\x00hello\r\n\r\n", False, "does not speak HTTP"),
        (b"", False, "does not speak HTTP"),
        (b"", True, "no answer in 0.3 s"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na", True, "no end|no answer in"),
    ],
)
def test_what_does_not_answer_well_is_told(answer: bytes, keep: bool, message: str) -> None:
    with answering(answer, keep=keep) as url, pytest.raises(UsageError, match=message):
        reach(Target(url, timeout_s=0.3))


def test_server_that_is_not_there_is_told_with_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"(?s)cannot reach http://127\.0\.0\.1:9.*--wait-for"):
        reach(Target("http://127.0.0.1:9"))


def test_server_that_starts_late_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started: list[socket.socket] = []

    def start(seconds: float) -> None:
        listener = socket.create_server(("127.0.0.1", port))
        started.append(listener)
        threading.Thread(target=_answer_once, args=(listener,), daemon=True).start()

    reach(Target(f"http://127.0.0.1:{port}"), 5, sleep=start)

    assert len(started) == 1
    started[0].close()


def _answer_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    connection.recv(9999)
    connection.sendall(b"HTTP/1.1 204 Fine\r\n\r\n")
    connection.close()


def test_waiting_has_an_end() -> None:
    times = iter([0.0, 1.0, 2.0, 3.1])
    slept: list[float] = []
    sleep: Callable[[float], None] = slept.append

    with pytest.raises(UsageError, match="also after 3 s"):
        reach(Target("http://127.0.0.1:9"), 3, sleep=sleep, clock=lambda: next(times))

    assert len(slept) == 2


def test_reset_that_fails_is_told_before_the_run() -> None:
    with (
        answering(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n") as url,
        pytest.raises(UsageError, match="is answered 404"),
    ):
        check_reset(Target(url), f"{url}/reset")


def test_reset_is_not_told_the_credentials_of_the_server() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            heard.append(connection.recv(9999))
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            connection.close()

        threading.Thread(target=serve, daemon=True).start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/reset"
        check_reset(Target("http://x", {"Authorization": "hidden"}), address)

    assert heard[0].startswith(b"POST /reset HTTP/1.1")
    assert b"hidden" not in heard[0]
