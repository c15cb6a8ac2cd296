"""What questions to the state cost as it grows: on each store, from 100 to 100,000 records.

Run by `make bench-state`. A record is created and read by its id; a list is filtered by one property, sorted by
another and cut; page 900 is asked for (or the last one there is), and how many records match. Prints the median in
milliseconds, without HTTP.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mockserver.mocking.store import Backend, Condition, Dump, MemoryStore, Query, Store
from mockserver.server.stores import open_backend
from mockserver.settings import Settings

SIZES = (100, 1_000, 10_000, 100_000)
PAGE = 20
ROUNDS = 50


def record(number: int) -> dict[str, object]:
    return {
        "id": number,
        "name": f"record {number}",
        "status": ("new", "open", "held", "done")[number % 4],
        "rank": number * 7919 % 100_003,
        "createdAt": f"2026-01-{number % 28 + 1:02}T00:00:00Z",
        "note": "x" * 200,
    }


@contextlib.contextmanager
def redis_server() -> Iterator[str | None]:
    """Give the URL of a server of our own; None where Redis is not installed."""
    ours = str(Path(sys.executable).parent)
    program = shutil.which("redis-server") or shutil.which("redis-server", path=ours)
    if program is None:
        yield None
        return
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.02)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def filled(backend: Backend, size: int) -> Store:
    """Return a store with so many records."""
    origin = MemoryStore()
    origin.declare("things")
    store = backend.open(f"w{size}", "api", origin)
    store.declare("things", unique=(("name",),))
    store.restore({"things": Dump({number: record(number) for number in range(size)})})
    return store


def median_ms(work: Callable[[int], object]) -> float:
    """Return the median time of some rounds, after one that may make an index."""
    work(0)
    times = []
    for turn in range(1, ROUNDS + 1):
        started = time.perf_counter()
        work(turn)
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def measure(store: Store, size: int) -> dict[str, float]:
    """Return the times of the questions in milliseconds."""
    is_open = (Condition(("status",), "eq", ("open",)),)
    is_high = (Condition(("rank",), "ge", (50_000,)),)
    by_rank = ((("rank",), True),)
    deep = min(900 * PAGE, size - PAGE)

    def list_things(**query: object) -> Callable[[int], object]:
        return lambda turn: store.select("things", Query(**query))  # type: ignore[arg-type]

    def create(turn: int) -> object:
        with store.transaction():
            return store.create("things", size + turn, record(size + turn))

    def update(turn: int) -> object:
        with store.transaction():
            return store.update("things", turn, {**record(turn), "rank": turn})

    return {
        "get": median_ms(lambda turn: store.get("things", turn * 37 % size)),
        "filtered list": median_ms(list_things(conditions=is_open, order=by_rank, limit=PAGE)),
        "page 900": median_ms(list_things(offset=deep, limit=PAGE)),
        "page 900 sorted": median_ms(list_things(order=by_rank, offset=deep, limit=PAGE)),
        "total": median_ms(list_things(conditions=is_open, limit=0)),
        "range": median_ms(list_things(conditions=is_high, order=by_rank, limit=PAGE)),
        # Last: by now there are the indexes that each write has to keep.
        "create": median_ms(create),
        "update": median_ms(update),
    }


def report(name: str, backend: Backend, sizes: tuple[int, ...]) -> None:
    rows = {size: measure(filled(backend, size), size) for size in sizes}
    print(f"\n{name}, milliseconds (median of {ROUNDS})")
    print(f"{'records':>16}" + "".join(f"{size:>12,}" for size in sizes))
    for question in rows[sizes[0]]:
        print(f"{question:>16}" + "".join(f"{rows[size][question]:>12.3f}" for size in sizes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = tuple(parser.parse_args().sizes)
    report("memory", open_backend(Settings()), sizes)
    with tempfile.TemporaryDirectory() as folder:
        report("SQLite", open_backend(Settings(state=f"sqlite:{folder}/mock.db")), sizes)
    with redis_server() as url:
        if url is None:
            print("\nRedis is not installed (apt-get install redis-server): not measured")
        else:
            report("Redis", open_backend(Settings(state=url)), sizes)


if __name__ == "__main__":
    main()
