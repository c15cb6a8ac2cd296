"""Many clients at once, before a server that does everything at random: each gets its own answer, or none."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Iterator

from tests.server.proxying.conftest import MakeProxy
from tests.server.proxying.kit import Line, ask, get

CLIENTS, REQUESTS = 40, 25


def body_of(number: int) -> bytes:
    """Return the body that belongs to a number: of no length up to some 40 kB."""
    size = random.Random(number).choice([0, 1, 30, 3000, 40_000])
    return (hashlib.sha256(b"%d" % number).digest() * (size // 32 + 1))[:size]


def pieces(body: bytes, dice: random.Random) -> Iterator[bytes]:
    """Yield a body in pieces of any size."""
    while body:
        size = dice.randrange(1, 20_000)
        yield body[:size]
        body = body[size:]


def capricious(line: Line) -> None:
    """Answer as the number in the path says; some are answered badly."""
    while (request := line.message()).first:
        number = int(request.target.rpartition(b"/")[2])
        dice = random.Random(-number)
        assert request.body in (b"", body_of(number))
        body, mood = body_of(number), number % 10
        if mood == 1:
            return  # no answer
        if mood == 2:
            line.send(bytes(dice.randrange(256) for _ in range(40)))
            return
        if mood == 3:
            line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(body) + 5), body)
            return
        if mood % 2:
            line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in pieces(body, dice):
                line.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            line.send(b"0\r\n\r\n")
        else:
            line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
            for piece in pieces(body, dice):
                line.send(piece)
        if mood == 4:
            return


async def client(origin: str, first: int) -> list[tuple[int, int, bool]]:
    """Ask for one number after the other; return number, status and whether the body was whole, 0 for none."""
    found = []
    host, port = origin.removeprefix("http://").split(":")
    for number in range(first, first + REQUESTS):
        reader, writer = await asyncio.open_connection(host, int(port))
        sent = body_of(number) if number % 3 == 0 else b""
        head = b"%s /files/%d HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        writer.write(head % (b"PUT" if sent else b"GET", number, len(sent)) + sent)
        if number % 17 == 0:
            writer.close()  # somebody who does not wait
            continue
        got = await asyncio.wait_for(reader.read(-1), 20)
        writer.close()
        head, _, rest = got.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1]) if head else 0
        fields = head.lower()
        is_whole = b"transfer-encoding: chunked" in fields and rest.endswith(b"0\r\n\r\n")
        if is_whole:
            whole = b""
            while (size := int(rest.partition(b"\r\n")[0], 16)) > 0:
                rest = rest.partition(b"\r\n")[2]
                whole, rest = whole + rest[:size], rest[size + 2 :]
            rest = whole
        elif b"content-length: " in fields:
            is_whole = int(fields.partition(b"content-length: ")[2].split(b"\r\n")[0]) == len(rest)
        if status == 200 and is_whole:
            assert rest == body_of(number), number
        found.append((number, status, is_whole))
    return found


def test_nobody_gets_what_belongs_to_somebody_else(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(capricious, patience=10.0)

    async def storm() -> list[tuple[int, int, bool]]:
        runs = (client(proxied.origin, 1000 * number) for number in range(CLIENTS))
        return [one for run in await asyncio.gather(*runs) for one in run]

    began = time.monotonic()
    found = asyncio.run(storm())

    for number, status, is_whole in found:
        mood = number % 10
        if mood in (1, 2):
            assert (status, is_whole) == (502, True), number
        elif mood == 3:
            assert not (status == 200 and is_whole), number
        else:
            assert (status, is_whole) == (200, True), number
    assert time.monotonic() - began < 60
    assert ask(proxied.origin, get(b"/__mock__/health")).status == 200
