"""The proxy at work: what passes is logged, counted and told to a run of a contract test, until somebody stops it."""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import click

from mockserver import __version__
from mockserver.cli.banner import curl, origin_of
from mockserver.cli.log import RequestLog
from mockserver.cli.recording import Recording
from mockserver.contract.events import Reporter, Said
from mockserver.contract.findings import Finding, Level
from mockserver.contract.passing import Passing
from mockserver.contract.traffic import Recorded
from mockserver.document.model import Document
from mockserver.errors import UsageError
from mockserver.mocking.redaction import Redaction
from mockserver.server.assembly import Application
from mockserver.server.garbage import GarbageCollector
from mockserver.server.limits import fitted
from mockserver.server.proxying import Context, Options, Proxy, Relayed
from mockserver.server.proxying.choosing import Choice
from mockserver.server.proxying.pool import Way
from mockserver.server.proxying.target import Trust, address
from mockserver.server.proxying.wire import relaying_protocol
from mockserver.server.running import run as serve
from mockserver.settings import ProxySettings, Settings


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done besides relaying.

    Attributes:
        tell: Takes the events.
        now: The clock.
        stop_after: Exchanges; None for until somebody stops it.
        recording: Whether fixtures are made of what passes, and how.
    """

    tell: Reporter
    now: Callable[[], datetime]
    stop_after: int | None = None
    recording: Recording = field(default_factory=Recording)


def way_of(chosen: ProxySettings) -> Way:
    """Return how to get to the upstream.

    Raises:
        UsageError: A URL or a file is of no use.
    """
    if not chosen.upstream:
        raise UsageError(
            "which server is behind the proxy? mockserver proxy DOC UPSTREAM, or proxy.upstream in the config file"
        )
    where = address(chosen.upstream, "UPSTREAM")
    hop = address(chosen.upstream_proxy, "--upstream-proxy") if chosen.upstream_proxy else None
    trust = Trust(chosen.ca, chosen.insecure, chosen.cert, chosen.cert_key)
    needs_tls = where.is_tls or (hop is not None and hop.is_tls)
    tls = trust.context() if needs_tls else None
    return Way(where, tls, hop, chosen.connect_timeout, chosen.timeout)


def options_of(settings: Settings) -> Options:
    """Return how to pass requests on."""
    chosen = settings.proxy
    return Options(
        preserve_host=chosen.preserve_host,
        rewrite_location=chosen.rewrite_location,
        tells_way=chosen.forwarded,
        errors=settings.errors,
        mock_missing=chosen.mock_missing,
        judge_limit=chosen.judge_limit,
        control_path=settings.control_path,
    )


def relay(application: Application, way: Way, listener: socket.socket, job: Job) -> None:
    """Relay until the proxy is stopped, and tell of what passes.

    Raises:
        UsageError: A pattern names what the document does not have.
    """
    settings = _fitted(application.settings)
    served, tail = application.documents[0], application.worlds.tail
    choice = Choice(served.document, settings.proxy.mock, settings.proxy.real)
    log = RequestLog(tail, sys.stdout, enabled=settings.log)
    garbage = GarbageCollector()
    garbage.start()
    passing = Passing(
        served.document, job.tell, str(way.address), partial(_masked, Redaction([served.document]))
    )
    recorder = job.recording.recorder(served.document, served.plan)
    began = time.monotonic()

    doubled = Doubled(way.address.base, job.tell)

    def take(relayed: Relayed) -> None:
        message, reply = relayed.message, relayed.reply
        doubled.look(message.path, reply.status if reply else 0)
        passing.take(message, reply, relayed.judged, relayed.elapsed_ms, relayed.failure)
        if recorder is not None:
            origin = way.address.origin
            seen = Recorded(message, reply, origin, relayed.received, relayed.elapsed_ms, source="upstream")
            recorder.take(seen, relayed.judged)

    def start() -> None:
        origin = origin_of(*listener.getsockname()[:2])
        sample = curl(served, application, origin + before_paths(served.document, way.address.base))
        lines = [
            f"mockserver {__version__} · control API {origin}{settings.control_path}\n",
            f"{served.document.title}, {len(served.operations)} operations",
            f"  {origin} -> {way.address}",
            *([f"  {sample}"] if sample else []),
            "\nStop with Ctrl-C, and read the report.",
        ]
        click.echo("\n".join(lines))
        sys.stdout.flush()

    def tick() -> None:
        log.flush()
        application.worlds.sweep()
        garbage.tick(tail.count)
        if job.stop_after is not None and tail.count >= job.stop_after:
            signal.raise_signal(signal.SIGTERM)

    context = Context(served, application.asgi, application.world, way, options_of(settings), take, choice)
    proxy = Proxy(context)
    passing.start(job.now())
    try:
        serve(
            proxy,
            listener,
            settings=settings,
            on_start=start,
            tick=tick,
            speaking=relaying_protocol,
            at_end=proxy.close,
        )
    finally:
        log.flush()
        application.worlds.close()
        for operation, times in context.missing.mocked.most_common():
            job.tell(Said(f"{operation}: the upstream does not have it; the mock answered {times} times"))
        if recorder is not None:
            for text in job.recording.write(recorder):
                job.tell(Said(text))
        passing.end(time.monotonic() - began)


def _fitted(settings: Settings) -> Settings:
    """Return settings whose connections the system allows: each client may need another one to the upstream."""
    wanted = settings.connection_limit
    room = fitted(replace(settings, connection_limit=2 * wanted)).connection_limit
    return replace(settings, connection_limit=min(wanted, room // 2))


def before_paths(document: Document, base: str) -> str:
    """Return what a client writes before a path of the document: the path of its server, unless UPSTREAM has it."""
    declared = next((path for operation in document.operations.values() for path in operation.base_paths), "")
    return "" if declared and base.endswith(declared) else declared


class Doubled:
    """Looks for requests that have the base path of the upstream, which the proxy then writes there a second time."""

    def __init__(self, base: str, tell: Reporter) -> None:
        self._base = base
        self._tell = tell
        self._is_told = False

    def look(self, path: str, status: int) -> None:
        """Look at an exchange, and tell once what is to be done."""
        base = self._base
        if self._is_told or status != 404 or not base or not path.startswith(f"{base}/"):
            return
        self._is_told = True
        text = (
            f"{path} became {base}{path}, and the upstream answered 404: UPSTREAM has the path {base} already. "
            f"Ask for {path[len(base) :]}, or give UPSTREAM without {base}."
        )
        click.echo(f"mockserver: {text}", err=True)
        self._tell(Said(text, Level.WARNING))


def _masked(redaction: Redaction, finding: Finding) -> Finding:
    """Return a finding without the credentials in headers and queries."""
    sent, came = finding.sent, finding.came
    if sent is not None:
        url, separator, query = sent.url.partition("?")
        query = redaction.query(query.encode("latin-1", "replace"))
        sent = replace(sent, url=url + separator + query, headers=_hidden(redaction, sent.headers))
    if came is not None:
        came = replace(came, headers=_hidden(redaction, came.headers))
    return replace(finding, sent=sent, came=came)


def _hidden(redaction: Redaction, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, redaction.headers([(name.encode("latin-1", "replace"), value.encode())])[name.lower()])
        for name, value in headers
    )
