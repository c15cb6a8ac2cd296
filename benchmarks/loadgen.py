"""Load: sends one request over and over on kept-alive connections, by wrk or by this file itself.

Each prints one line of JSON, a `Load`. As a program: loadgen.py PORT PATH SECONDS CONNECTIONS, with the
method and the body in the environment, as load.lua takes them.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Load:
    """What one stretch of load saw. `refused`: statuses of 400 and more; `broken`: requests without answer."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float


def parse_load(output: str) -> Load:
    """Return the measurement that a load generator printed among other lines."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        raise ValueError(f"the load generator printed no result: {output.strip()[-500:]!r}")
    return Load(**json.loads(lines[-1]))


def percentile(ordered: list[float], percent: int) -> float:
    """Return the smallest value that `percent` of the ordered values do not exceed; 0 without values."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0.0


def run_load(
    generator: str, port: int, method: str, path: str, body: str, *, seconds: int, connections: int
) -> Load:
    """Load a server on loopback from another process; an empty body is none."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / "load.lua")]
    command += [f"http://127.0.0.1:{port}{path}"]
    if generator == "python":
        command = [sys.executable, str(HERE / "loadgen.py"), str(port), path, str(seconds), str(connections)]
    environment = {**os.environ, "BENCH_METHOD": method, "BENCH_BODY": body}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return parse_load(done.stdout + done.stderr)


def raw_request(method: str, path: str, port: int, body: str) -> bytes:
    """Return the bytes of one HTTP/1.1 request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer benchmark\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n"
    return f"{head}\r\n{body}".encode()


def response_length(data: bytes) -> int | None:
    """Return the length of the response that starts here; None until that can be said.

    Of chunked ones the last chunk is looked for: the answers of a benchmark do not have what looks like it.
    """
    head, whole, rest = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    if whole and b"content-length" not in fields:
        end = rest.find(b"0\r\n\r\n")
        return None if end < 0 else len(head) + 4 + end + 5
    return len(head) + 4 + int(fields[b"content-length"]) if whole else None


class Connection(asyncio.Protocol):
    """One connection: the next request leaves when the answer to the last is whole."""

    def __init__(self, request: bytes, latencies: list[float], statuses: list[int]) -> None:
        self.request, self.latencies, self.statuses, self.data = request, latencies, statuses, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.data += data
        length = response_length(self.data)
        if length is not None and len(self.data) >= length:
            self.latencies.append(time.perf_counter() - self.sent_at)
            self.statuses.append(int(self.data[9:12]))
            self.data = self.data[length:]
            self.send()


async def hammer(port: int, request: bytes, seconds: float, connections: int) -> Load:
    """Send `request` on each of the connections for so many seconds. A connection that is lost stays lost."""
    latencies: list[float] = []
    statuses: list[int] = []
    loop, begun = asyncio.get_running_loop(), time.perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(request, latencies, statuses), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    took, broken = time.perf_counter() - begun, sum(transport.is_closing() for transport, _ in made)
    latencies.sort()
    p50, p99 = (percentile(latencies, percent) * 1000 for percent in (50, 99))
    return Load(len(latencies), took, sum(status >= 400 for status in statuses), broken, p50, p99)


if __name__ == "__main__":
    the_port, the_path, the_seconds, the_connections = sys.argv[1:]
    the_request = raw_request(
        os.environ["BENCH_METHOD"], the_path, int(the_port), os.environ.get("BENCH_BODY", "")
    )
    seen = asyncio.run(hammer(int(the_port), the_request, float(the_seconds), int(the_connections)))
    print(json.dumps(asdict(seen)))
