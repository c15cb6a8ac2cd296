"""The proxy at work: what passes is logged, counted and told to a run of a contract test, until somebody stops it."""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from mockserver import __version__
from mockserver.cli.banner import origin_of
from mockserver.cli.log import RequestLog
from mockserver.contract.events import Reporter, Said
from mockserver.contract.findings import Finding
from mockserver.contract.passing import Passing
from mockserver.contract.recording.recorder import Recorder
from mockserver.contract.traffic import Recorded
from mockserver.errors import UsageError
from mockserver.mocking.redaction import Redaction
from mockserver.server.assembly import Application
from mockserver.server.garbage import GarbageCollector
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
        record: The folder into which fixtures are written of what passed; None for none.
    """

    tell: Reporter
    now: Callable[[], datetime]
    stop_after: int | None = None
    record: Path | None = None


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
    settings, served, tail = application.settings, application.documents[0], application.worlds.tail
    choice = Choice(served.document, settings.proxy.mock, settings.proxy.real)
    log = RequestLog(tail, sys.stdout, enabled=settings.log)
    garbage = GarbageCollector()
    garbage.start()
    passing = Passing(
        served.document, job.tell, str(way.address), partial(_masked, Redaction([served.document]))
    )
    recorder = Recorder(served.document, served.plan) if job.record is not None else None
    began = time.monotonic()

    def take(relayed: Relayed) -> None:
        message, reply = relayed.message, relayed.reply
        passing.take(message, reply, relayed.judged, relayed.elapsed_ms, relayed.failure)
        if recorder is not None:
            origin = way.address.origin
            seen = Recorded(message, reply, origin, relayed.received, relayed.elapsed_ms, source="upstream")
            recorder.take(seen, relayed.judged)

    def start() -> None:
        origin = origin_of(*listener.getsockname()[:2])
        click.echo(
            f"mockserver {__version__} · control API {origin}{settings.control_path}\n\n"
            f"{served.document.title}, {len(served.operations)} operations\n"
            f"  {origin} -> {way.address}\n\n"
            "Stop with Ctrl-C, and read the report."
        )
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
        application.worlds.close()
        for operation, times in context.missing.mocked.most_common():
            job.tell(Said(f"{operation}: the upstream does not have it; the mock answered {times} times"))
        if recorder is not None and job.record is not None:
            _write(recorder, job.record, job.tell)
        passing.end(time.monotonic() - began)


def _write(recorder: Recorder, folder: Path, tell: Reporter) -> None:
    """Write the fixtures, and tell what became of them."""
    written = recorder.write(folder)
    for note in written.notes:
        tell(Said(note))
    hidden = ", ".join(f"{times} {kind}" for kind, times in written.redacted.items())
    tell(Said(f"{len(written.files)} fixtures in {folder}; replaced in them: {hidden or 'nothing'}"))


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
