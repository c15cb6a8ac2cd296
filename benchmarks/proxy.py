"""`make bench-proxy`: the proxy beside Prism's, before the same upstream, in rounds that alternate. It never judges.

Throughput is measured on many connections, what a proxy adds to the latency on one: the median of an exchange by it,
less that of an exchange with the upstream itself in the same round.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import (
    DOCUMENT,
    HERE,
    OURS,
    PRISM,
    Sample,
    Scenario,
    ask,
    columns,
    measure,
    ratios,
    scenarios,
    spread,
)
from loadgen import run_load
from processes import BenchError, Server, node_version, prism_program

DIRECT = "upstream"
SESSION = "/sessions/ses_0123456789abcdef01234567"


def make_servers(upstream: Server, options: argparse.Namespace) -> list[Server]:
    """Return the proxies under test, ours first; nothing is started yet."""
    origin = f"http://127.0.0.1:{upstream.port}"
    own = f"{shlex.quote(sys.executable)} -m mockserver proxy {{document}} {origin} --port {{port}} --no-log"
    servers = [Server(OURS, own, DOCUMENT)]
    if not options.no_prism:
        prism = shlex.quote(prism_program())
        servers.append(
            Server(PRISM, f"{prism} proxy -v silent -h 127.0.0.1 -p {{port}} {{document}} {origin}", DOCUMENT)
        )
    return servers


def paths() -> list[tuple[Scenario, str]]:
    """Return what is asked, and where; each keeps the contract."""
    return [
        (one, SESSION if one.method == "GET" else "/sessions") for one in scenarios() if one.name != "refuse"
    ]


def latency_ms(server: Server, scenario: Scenario, path: str, seconds: int) -> float:
    """Return the median of an exchange, on one connection that has nothing else to do."""
    load = run_load(
        "python", server.port, scenario.method, path, scenario.body, seconds=seconds, connections=1
    )
    return load.p50_ms


def run(upstream: Server, servers: list[Server], options: argparse.Namespace) -> dict[str, Any]:
    """Run everything, print the tables, and return every figure."""
    samples: list[Sample] = []
    added: dict[tuple[str, str], list[float]] = {}
    for server in (upstream, *servers):
        for scenario, _ in paths():
            ask(server, scenario, SESSION.rpartition("/")[2])
    for number in range(options.rounds + 1):
        print(f"round {number} of {options.rounds}" if number else "warming up", file=sys.stderr, flush=True)
        for scenario, path in paths():
            one_by_one = servers if number % 2 else servers[::-1]
            base_ms = latency_ms(upstream, scenario, path, options.seconds)
            for server in one_by_one:
                sample = measure(server, scenario, path, number, options)
                more_ms = latency_ms(server, scenario, path, options.seconds) - base_ms
                if number:
                    samples.append(sample)
                    added.setdefault((scenario.name, server.name), []).append(more_ms)
            if number:
                samples.append(measure(upstream, scenario, path, number, options))
    setup = {
        "connections": options.connections, "rounds": options.rounds, "seconds": options.seconds,
        "python": platform.python_version(), "node": node_version(), "cores": os.cpu_count(),
    }  # fmt: skip
    print(", ".join(f"{name} {value}" for name, value in setup.items()))
    print("Figures are the median (smallest..largest) of the rounds; a ratio is taken round by round.\n")
    print(table(samples, added))
    every = [asdict(one) | {"per_s": one.per_s, "per_cpu_s": one.per_cpu_s} for one in samples]
    return {"setup": setup, "samples": every, "added_ms": {" ".join(key): of for key, of in added.items()}}


def table(samples: Sequence[Sample], added: dict[tuple[str, str], list[float]]) -> str:
    """Return a row for each scenario and server, and one for the ratio of the proxies."""
    rows = [["scenario", "server", "requests/s", "requests/CPU s", "p99 ms", "added ms", "MB"]]
    for scenario in dict.fromkeys(one.scenario for one in samples):
        for server in (OURS, PRISM, DIRECT):
            of = [one for one in samples if (one.scenario, one.server) == (scenario, server)]
            if not of:
                continue
            more = added.get((scenario, server))
            rows.append(
                [
                    scenario,
                    server,
                    spread([one.per_s for one in of]),
                    spread([one.per_cpu_s for one in of]),
                    spread([one.load.p99_ms for one in of], 1),
                    spread(more, 2) if more else "",
                    f"{max(one.rss_mb for one in of):.0f}",
                ]
            )
        if quotients := ratios(samples, scenario, "per_s"):
            per_cpu = ratios(samples, scenario, "per_cpu_s")
            rows.append([scenario, "ratio", spread(quotients, 1, "x"), spread(per_cpu, 1, "x"), "", "", ""])
    return columns(rows)


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="proxy.py", description=(__doc__ or "").splitlines()[0])
    for flag, default, text in [
        ("--rounds", 5, "rounds"),
        ("--seconds", 2, "length of each stretch of load"),
        ("--warm-up", 2, "seconds of load before the rounds"),
        ("--connections", 16, "connections kept alive"),
    ]:
        parser.add_argument(flag, type=int, default=default, metavar="N", help=f"{text} ({default})")
    generator = "wrk" if shutil.which("wrk") else "python"
    parser.add_argument(
        "--load", choices=["wrk", "python"], default=generator, help=f"generator ({generator})"
    )
    parser.add_argument("--no-prism", action="store_true", help="measure mockserver alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    options = parse_arguments(argv)
    upstream = Server(DIRECT, f"{shlex.quote(sys.executable)} {HERE / 'upstream.py'} {{port}}", DOCUMENT)
    servers: list[Server] = []
    try:
        if not Path("/proc/self/stat").exists():
            raise BenchError("CPU time and memory are read from /proc: this needs Linux.")
        upstream.start()
        servers = make_servers(upstream, options)
        for server in servers:
            server.start()
        figures = run(upstream, servers, options)
        if options.json:
            options.json.write_text(json.dumps(figures, indent=1) + "\n")
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        for server in (*servers, upstream):
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
