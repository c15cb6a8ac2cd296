"""A server for the proxies to stand in front of: it always has the same answer at hand, and costs next to nothing.

As a program: upstream.py PORT.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def answers() -> dict[bytes, bytes]:
    """Return the answers by method; each keeps the contract of `sessions.yaml`."""
    session = json.loads((HERE / "session.json").read_text())
    made = {"id": "ses_0123456789abcdef01234567", "status": "open", "createdAt": "2026-01-12T09:30:00.000Z"}
    body = json.dumps(made | session, separators=(",", ":")).encode()
    return {b"GET": _answer(b"200 OK", body), b"POS": _answer(b"201 Created", body)}


def _answer(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


class Upstream(asyncio.Protocol):
    """One connection."""

    known = answers()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert hasattr(transport, "write")
        self.transport = transport
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (length := request_length(self.data)) is not None and len(self.data) >= length:
            self.transport.write(self.known.get(self.data[:3], self.known[b"GET"]))  # type: ignore[attr-defined]
            self.data = self.data[length:]


def request_length(data: bytes) -> int | None:
    """Return the length of the request that starts here; None until that can be said."""
    head, whole, rest = data.partition(b"\r\n\r\n")
    if not whole:
        return None
    lines = head.lower().split(b"\r\n")
    lengths = [int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")]
    if any(line.startswith(b"transfer-encoding:") for line in lines):
        end = rest.find(b"0\r\n\r\n")
        return None if end < 0 else len(head) + 4 + end + 5
    return len(head) + 4 + (lengths[0] if lengths else 0)


async def serve(port: int) -> None:
    """Serve until the process is stopped."""
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port, backlog=200)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.run(serve(int(sys.argv[1])))
    except ImportError:
        asyncio.run(serve(int(sys.argv[1])))
