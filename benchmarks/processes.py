"""The servers under test: installing, starting and stopping them, and what their process trees use."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
START_LIMIT_S = 60


class BenchError(Exception):
    """The benchmark cannot run; the text says why and what to do."""


class Process(NamedTuple):
    """What /proc/PID/stat says of one process."""

    pid: int
    parent: int
    cpu_ticks: int  # user and system, with those of children that ended and were waited for
    rss_pages: int


class Usage(NamedTuple):
    """What a process tree has used so far (CPU) and uses now (memory)."""

    cpu_s: float
    rss_mb: float


def parse_stat(text: str) -> Process:
    """Read /proc/PID/stat; the name, in parentheses, may hold spaces and parentheses itself."""
    fields = text.rpartition(")")[2].split()
    return Process(int(text.split()[0]), int(fields[1]), sum(map(int, fields[11:15])), int(fields[21]))


def tree_usage(root: int, processes: Mapping[int, Process], *, ticks_per_s: int, page_bytes: int) -> Usage:
    """Add up a process and all below it. Memory pages that several of them share count for each."""
    tree, found = set[int](), {root} & processes.keys()
    while found:
        tree |= found
        found = {one.pid for one in processes.values() if one.parent in tree} - tree
    members = [processes[pid] for pid in tree]
    ticks, pages = sum(one.cpu_ticks for one in members), sum(one.rss_pages for one in members)
    return Usage(ticks / ticks_per_s, pages * page_bytes / 1e6)


def all_processes() -> dict[int, Process]:
    """Return what runs on this machine."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            one = parse_stat(path.read_text())
        except OSError:  # it ended meanwhile
            continue
        found[one.pid] = one
    return found


def available_mb() -> float:
    """Return the memory that the machine can still give."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * 1024 / 1e6


def prism_program() -> str:
    """Return the path of Prism, installing the pinned version with npm where it is missing."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]["@stoplight/prism-cli"]
    installed = HERE / "node_modules" / "@stoplight" / "prism-cli" / "package.json"
    if not (installed.exists() and json.loads(installed.read_text())["version"] == wanted):
        if not shutil.which("npm"):
            raise BenchError(
                "npm was not found, and Prism comes from the npm registry. "
                "Install Node.js 24 or later, or leave Prism out with --no-prism."
            )
        print(f"Installing Prism {wanted} into benchmarks/node_modules ...", flush=True)
        command = ["npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"npm could not install Prism {wanted}:\n{done.stderr.strip()[-1000:]}")
    return str(HERE / "node_modules" / ".bin" / "prism")


def node_version() -> str:
    """Return the version of the Node.js that Prism runs on, `none` where there is none."""
    if not shutil.which("node"):
        return "none"
    return subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()


class Server:
    """One server under test; `command` holds `{document}` and `{port}`."""

    def __init__(self, name: str, command: str, document: Path, limit_s: float = START_LIMIT_S) -> None:
        self.name, self.command, self.document, self.port = name, command, document, 0
        self.limit_s = limit_s
        self.process: subprocess.Popen[bytes] | None = None
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the server; a pipe would fill up

    def start(self) -> float:
        """Start it on a free port and return the seconds until its first HTTP answer, whatever that says."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        words = [word.format(document=self.document, port=self.port) for word in shlex.split(self.command)]
        begun = time.perf_counter()
        try:
            self.process = subprocess.Popen(
                words, cwd=HERE.parent, stdout=self.log, stderr=self.log, start_new_session=True
            )
        except OSError as error:
            raise BenchError(f"{self.name} cannot be started: {error}") from None
        while not self.answers():
            ended = self.process.poll() is not None
            if ended or time.perf_counter() - begun > self.limit_s:
                why = "ended at its start" if ended else f"gave no answer in {self.limit_s:g} s"
                raise BenchError(f"{self.name} {why}: {shlex.join(words)}\n{self.printed()}")
            time.sleep(0.005)
        return time.perf_counter() - begun

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as one:
                one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                return one.recv(5) == b"HTTP/"
        except OSError:
            return False

    def printed(self) -> str:
        """Return the end of what it printed."""
        self.log.seek(0)
        return self.log.read().decode(errors="replace").strip()[-1000:]

    def usage(self) -> Usage:
        assert self.process is not None
        ticks_per_s, page_bytes = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
        return tree_usage(self.process.pid, all_processes(), ticks_per_s=ticks_per_s, page_bytes=page_bytes)

    def stop(self) -> None:
        """Stop it and its children: asked first, then forced."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.process is None or self.process.poll() is not None:
                return
            os.killpg(self.process.pid, sign)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                continue
