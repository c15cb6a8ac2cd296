"""`make bench`: mockserver beside Prism on one document, in rounds that alternate. It prints figures, and never judges.

"Per CPU second" counts user and system time of all processes that a server consists of, and of nothing else.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.util
import json
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from loadgen import Load, run_load
from processes import BenchError, Server, available_mb, node_version, prism_program

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE / "sessions.yaml"
OURS, PRISM = "mockserver", "prism"
LOW_MEMORY_MB = 300


@dataclass(frozen=True)
class Scenario:
    """One request to repeat; `{id}` in its path stands for a session that was created before."""

    name: str
    method: str
    path: str
    body: str
    statuses: tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    """One stretch of load on one server, and what its process tree spent on it."""

    server: str
    scenario: str
    round: int
    load: Load
    cpu_s: float
    rss_mb: float

    @property
    def per_s(self) -> float:
        return self.load.requests / self.load.seconds

    @property
    def per_cpu_s(self) -> float:
        return self.load.requests / max(self.cpu_s, 0.01)  # 0.01 is one tick of the clock


def scenarios() -> list[Scenario]:
    session = json.loads((HERE / "session.json").read_text())
    valid = json.dumps(session, separators=(",", ":"))
    session["messages"][-1]["role"] = "narrator"  # one fault, deep in the body
    invalid = json.dumps(session, separators=(",", ":"))
    return [
        Scenario("get", "GET", "/sessions/{id}", "", (200,)),
        Scenario("create", "POST", "/sessions", valid, (201,)),
        Scenario("refuse", "POST", "/sessions", invalid, (400, 422)),
    ]


def ask(server: Server, scenario: Scenario, session_id: str = "") -> dict[str, Any]:
    """Send the request once; return the answer's JSON object, which must have the right status."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {"Authorization": "Bearer benchmark", "Content-Type": "application/json"}
    connection.request(scenario.method, scenario.path.format(id=session_id), scenario.body or None, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    is_json = (response.getheader("Content-Type") or "").split(";")[0].endswith("json")
    answer = json.loads(text) if is_json and text else None
    if response.status not in scenario.statuses or not isinstance(answer, dict) or not answer:
        wanted = " or ".join(map(str, scenario.statuses))
        raise BenchError(
            f"{server.name} answered {scenario.name} with {response.status}, not with {wanted} and an object:\n"
            f"{text[:1000]}\n{server.printed()}"
        )
    return answer


def verify(server: Server, *, stateful: bool) -> str:
    """Check the first answer of each scenario; return the id of a session that can be read."""
    get, create, refuse = scenarios()
    created, sent = ask(server, create), json.loads(create.body)
    if {name: created.get(name) for name in sent} != sent or "id" not in created:
        raise BenchError(f"{server.name} did not answer create with what was sent, but with {created}")
    if (read := ask(server, get, created["id"])) != created:
        raise BenchError(f"{server.name} read another session than it created: {read} instead of {created}")
    if stateful and ask(server, create)["id"] == created["id"]:
        raise BenchError(f"{server.name} made one session of two creates: its state is off")
    ask(server, refuse)
    return str(created["id"])


def measure(
    server: Server, scenario: Scenario, path: str, number: int, options: argparse.Namespace
) -> Sample:
    """Load one server with one scenario; round 0 is for warming up."""
    before = server.usage()
    try:
        load = run_load(
            options.load, server.port, scenario.method, path, scenario.body,
            seconds=options.seconds if number else options.warm_up, connections=options.connections,
        )  # fmt: skip
    except ValueError as error:
        raise BenchError(f"{server.name}, {scenario.name}: {error}\n{server.printed()}") from None
    after = server.usage()
    wrong = load.requests - load.refused if min(scenario.statuses) >= 400 else load.refused
    if wrong or load.broken:
        print(
            f"Warning: {server.name}, {scenario.name}: {wrong} wrong statuses, {load.broken} lost requests."
        )
    return Sample(server.name, scenario.name, number, load, after.cpu_s - before.cpu_s, after.rss_mb)


def spread(values: Sequence[float], digits: int = 0, unit: str = "") -> str:
    """Return the median, the smallest and the largest: `8,123 (8,001..8,244)`."""
    low, middle, high = (f"{value:,.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{unit}{middle} ({low}..{high})"


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Lay rows out under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def ratios(samples: Sequence[Sample], scenario: str, figure: str) -> list[float]:
    """Return ours divided by Prism's, for each round."""
    of = {(one.server, one.round): getattr(one, figure) for one in samples if one.scenario == scenario}
    return [of[OURS, number] / of[PRISM, number] for server, number in of if server == PRISM]


def speed_table(samples: Sequence[Sample]) -> str:
    """Return a row for each scenario and server, and one for the ratio of the servers."""
    rows = [["scenario", "server", "requests/s", "requests/CPU s", "p50 ms", "p99 ms"]]
    for scenario in dict.fromkeys(one.scenario for one in samples):
        for server in sorted({one.server for one in samples}):
            of = [one for one in samples if (one.scenario, one.server) == (scenario, server)]
            speeds = [spread([one.per_s for one in of]), spread([one.per_cpu_s for one in of])]
            waits = [[one.load.p50_ms for one in of], [one.load.p99_ms for one in of]]
            rows.append([scenario, server, *speeds, *(spread(wait, 1) for wait in waits)])
        if quotients := ratios(samples, scenario, "per_s"):
            per_cpu = ratios(samples, scenario, "per_cpu_s")
            rows.append([scenario, "ratio", spread(quotients, 1, "x"), spread(per_cpu, 1, "x"), "", ""])
    return columns(rows)


def memory_table(
    starts: dict[str, list[float]], idle: dict[str, float], samples: Sequence[Sample], creates: dict[str, int]
) -> str:
    """Return start-up and memory of each server. A create leaves a record in ours, and none in Prism."""
    rows = [["server", "start-up s", "MB idle", "MB at most", "MB after each round", "creates"]]
    for server, seconds in starts.items():
        of = [one for one in samples if one.server == server]
        most = f"{max(one.rss_mb for one in of):.0f}"
        after = " ".join(f"{mb:.0f}" for mb in {one.round: one.rss_mb for one in of}.values())
        rows.append([server, spread(seconds, 2), f"{idle[server]:.0f}", most, after, f"{creates[server]:,}"])
    return columns(rows)


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    def positive(text: str) -> int:
        if int(text) < 1:
            raise argparse.ArgumentTypeError("must be 1 or more")
        return int(text)

    parser = argparse.ArgumentParser(prog="bench.py", description=(__doc__ or "").splitlines()[0])
    for flag, default, text in [
        ("--rounds", 5, "rounds"),
        ("--seconds", 3, "length of each stretch of load"),
        ("--warm-up", 2, "seconds of load before the rounds"),
        ("--starts", 3, "how often start-up is timed"),
        ("--connections", 16, "connections kept alive"),
    ]:
        parser.add_argument(flag, type=positive, default=default, metavar="N", help=f"{text} ({default})")
    names = [one.name for one in scenarios()]
    generator = "wrk" if shutil.which("wrk") else "python"
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="scenarios to run")
    parser.add_argument(
        "--load", choices=["wrk", "python"], default=generator, help=f"generator ({generator})"
    )
    parser.add_argument(
        "--ours", metavar="COMMAND", help="a server to run for ours; has {document} and {port}"
    )
    parser.add_argument("--no-prism", action="store_true", help="measure mockserver alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser.parse_args(argv)


def make_servers(options: argparse.Namespace) -> list[Server]:
    """Return the servers under test, ours first; nothing is started yet."""
    if not Path("/proc/self/stat").exists():
        raise BenchError("CPU time and memory are read from /proc: this needs Linux.")
    if options.load == "wrk" and not shutil.which("wrk"):
        raise BenchError("wrk was not found. Install it, or use --load python.")
    for module in ("uvloop", "httptools"):
        if not options.ours and importlib.util.find_spec(module) is None:
            print(f"Warning: {module} is not installed; mockserver is much slower without it.")
    own = f"{shlex.quote(sys.executable)} -m mockserver serve {{document}} --port {{port}} --no-log"
    servers = [Server(OURS, options.ours or own, DOCUMENT)]
    if not options.no_prism:
        prism = shlex.quote(prism_program()) + " mock -v silent -h 127.0.0.1 -p {port} {document}"
        servers.append(Server(PRISM, prism, DOCUMENT))
    return servers


def run(servers: list[Server], options: argparse.Namespace) -> dict[str, Any]:
    """Run everything, print the tables, and return every figure."""
    starts: dict[str, list[float]] = {one.name: [] for one in servers}
    for _ in range(options.starts):
        for server in servers:
            server.stop()
            starts[server.name].append(server.start())
    ids = {one.name: verify(one, stateful=one.name == OURS and not options.ours) for one in servers}
    idle = {one.name: one.usage().rss_mb for one in servers}
    creates, samples = dict.fromkeys(ids, 0), list[Sample]()
    for number in range(options.rounds + 1):
        if number > 1 and available_mb() < LOW_MEMORY_MB:  # ours keeps all that is created
            print(f"Stopped before round {number}: less than {LOW_MEMORY_MB} MB of memory are left.")
            break
        print(f"round {number} of {options.rounds}" if number else "warming up", file=sys.stderr, flush=True)
        for scenario in [one for one in scenarios() if one.name in options.only]:
            for server in servers if number % 2 else servers[::-1]:
                path = scenario.path.format(id=ids[server.name])
                one = measure(server, scenario, path, number, options)
                creates[server.name] += one.load.requests * (scenario.name == "create")
                samples += [one] if number else []
    setup = {
        "document": DOCUMENT.name, "load": options.load, "connections": options.connections,
        "rounds": options.rounds, "seconds": options.seconds,
        "python": platform.python_version(), "node": node_version(), "cores": os.cpu_count(),
    }  # fmt: skip
    print(", ".join(f"{name} {value}" for name, value in setup.items()))
    print("Figures are the median (smallest..largest) of the rounds; a ratio is taken round by round.\n")
    print(f"{speed_table(samples)}\n\n{memory_table(starts, idle, samples, creates)}")
    every = [asdict(one) | {"per_s": one.per_s, "per_cpu_s": one.per_cpu_s} for one in samples]
    return {"setup": setup, "start_s": starts, "idle_mb": idle, "creates": creates, "samples": every}


def main(argv: Sequence[str] | None = None) -> int:
    options = parse_arguments(argv)
    servers: list[Server] = []
    try:
        servers = make_servers(options)
        figures = run(servers, options)
        if options.json:
            options.json.write_text(json.dumps(figures, indent=1) + "\n")
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        for server in servers:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
