"""`mockserver proxy`."""

from __future__ import annotations

import signal
import socket
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver import __version__
from mockserver.cli import reporting
from mockserver.cli.banner import origin_of
from mockserver.cli.log import RequestLog
from mockserver.cli.options import beside_options, settings_from
from mockserver.contract.passing import Passing
from mockserver.errors import UsageError

if TYPE_CHECKING:
    from mockserver.contract.findings import Finding
    from mockserver.contract.running import Run
    from mockserver.mocking.redaction import Redaction
    from mockserver.server.assembly import Application
    from mockserver.server.proxying import Options, Relayed
    from mockserver.server.proxying.pool import Way

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    epilog="""\b
Examples:
  mockserver proxy api.yaml http://localhost:8080
  mockserver proxy api.yaml https://api.example.com/v1 --port 4020 --fail-on warning
  mockserver proxy api.yaml https://localhost:8443 --ca ca.pem
  mockserver proxy api.yaml http://localhost:8080 --errors          refuse what breaks the document
  mockserver proxy api.yaml http://localhost:8080 --stop-after 100 --report html=proxy.html
"""
)
@click.argument("document", metavar="[NAME=]DOC")
@click.argument("upstream", metavar="UPSTREAM")
@click.option("--host", metavar="ADDRESS", help="Where to listen.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="0 takes a free port.  [default: 4010]")
@click.option("--preserve-host", is_flag=True, help="Leave the Host header as the client sent it.")
@click.option(
    "--forwarded/--no-forwarded",
    default=True,
    help="Add Via and X-Forwarded-* to requests.  [default: forwarded]",
)
@click.option("--ca", type=_FILE, metavar="FILE", help="Trust the certificates in this file.")
@click.option("--insecure", is_flag=True, help="Trust any certificate.")
@click.option("--cert", type=_FILE, metavar="FILE", help="Certificate of the client.")
@click.option("--cert-key", type=_FILE, metavar="FILE", help="Its key, if that is in another file.")
@click.option("--upstream-proxy", metavar="URL", help="Reach the upstream through this HTTP proxy.")
@click.option("--timeout", type=click.FloatRange(min=0), default=60.0, show_default=True, metavar="SECONDS",
              help="Wait so long for an answer, and between two pieces of it; 0 for ever.")  # fmt: skip
@click.option("--connect-timeout", type=click.FloatRange(min=0, min_open=True), default=10.0, show_default=True,
              metavar="SECONDS", help="Wait so long for a connection.")  # fmt: skip
@click.option(
    "--judge-limit",
    type=click.IntRange(min=1),
    metavar="BYTES",
    help="Larger bodies pass without being judged.  [default: 4 MiB]",
)
@click.option("--stop-after", type=click.IntRange(min=1), metavar="N", help="Stop after so many exchanges.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Add each exchange to this file, as a line of JSON.",
)
@beside_options("overlay", "plan")
@click.option(
    "--config", type=click.Path(), help="Settings in YAML.  [default: mockserver.yaml if there is one]"
)
@click.option("--log/--no-log", default=None, help="Write a line for each request.  [default: log]")
@reporting.options()
def proxy(document: str, upstream: str, config: str | None, **flags: Any) -> None:
    """Stand in front of a real server, pass everything on, and hold it against a document.

    Violations are told in the header Mock-Violations, in the journal, and in the report when the proxy stops:
    Ctrl-C, SIGTERM or --stop-after.
    """
    report = reporting.taken(flags)
    stop_after = flags.pop("stop_after")
    way, options = _way(upstream, flags), _options(flags)
    settings = settings_from(config, (document,), **flags)
    from mockserver.server.assembly import assemble
    from mockserver.server.running import bind

    listener = bind(settings.host, settings.port)
    application = assemble(settings, _now)
    if len(application.documents) != 1:
        count = len(application.documents)
        raise UsageError(f"a proxy holds one server against one document; {document} has {count}")
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    with reporting.run(report, _now) as run:
        _relay(application, way, options, listener, run, stop_after)
    sys.exit(run.exit_code)


def _way(upstream: str, flags: dict[str, Any]) -> Way:
    """Take out of the flags how to get to the upstream.

    Raises:
        UsageError: A URL or a file is of no use.
    """
    from mockserver.server.proxying.pool import Way
    from mockserver.server.proxying.target import Trust, address

    where = address(upstream, "UPSTREAM")
    via = flags.pop("upstream_proxy")
    hop = None if via is None else address(via, "--upstream-proxy")
    trust = Trust(flags.pop("ca"), flags.pop("insecure"), flags.pop("cert"), flags.pop("cert_key"))
    needs_tls = where.is_tls or (hop is not None and hop.is_tls)
    connect_seconds, patience_seconds = flags.pop("connect_timeout"), flags.pop("timeout")
    return Way(where, trust.context() if needs_tls else None, hop, connect_seconds, patience_seconds)


def _options(flags: dict[str, Any]) -> Options:
    """Take out of the flags how to pass requests on."""
    from mockserver.server.proxying import Options
    from mockserver.server.proxying.context import JUDGE_LIMIT

    return Options(
        preserve_host=flags.pop("preserve_host"),
        tells_way=flags.pop("forwarded"),
        judge_limit=flags.pop("judge_limit") or JUDGE_LIMIT,
    )


def _relay(
    application: Application,
    way: Way,
    options: Options,
    listener: socket.socket,
    run: Run,
    stop_after: int | None,
) -> None:
    """Relay until the proxy is stopped, and tell of what passes."""
    from mockserver.mocking.redaction import Redaction
    from mockserver.server.garbage import GarbageCollector
    from mockserver.server.proxying import Context, Proxy
    from mockserver.server.proxying.wire import relaying_protocol
    from mockserver.server.running import run as serve

    settings, served, tail = application.settings, application.documents[0], application.worlds.tail
    log = RequestLog(tail, sys.stdout, enabled=settings.log)
    garbage = GarbageCollector()
    garbage.start()
    redaction = Redaction([served.document])
    passing = Passing(served.document, run, str(way.address), partial(_masked, redaction))
    began = time.monotonic()
    passing.start(_now())

    def take(relayed: Relayed) -> None:
        passing.take(relayed.message, relayed.reply, relayed.judged, relayed.elapsed_ms, relayed.failure)

    def start() -> None:
        host, port = listener.getsockname()[:2]
        size = f"{served.document.title}, {len(served.operations)} operations"
        click.echo(
            f"mockserver {__version__} · proxy {origin_of(host, port)} -> {way.address} · {size}\n"
            f"control API {origin_of(host, port)}{settings.control_path}\n"
            "Stop with Ctrl-C, and read the report."
        )
        sys.stdout.flush()

    def tick() -> None:
        log.flush()
        application.worlds.sweep()
        garbage.tick(tail.count)
        if stop_after is not None and tail.count >= stop_after:
            signal.raise_signal(signal.SIGTERM)

    relay = Proxy(Context(served, application.asgi, application.world, way, options, take))
    try:
        serve(
            relay,
            listener,
            settings=settings,
            on_start=start,
            tick=tick,
            speaking=relaying_protocol,
            at_end=relay.close,
        )
    finally:
        application.worlds.close()
        passing.end(time.monotonic() - began)


def _masked(redaction: Redaction, finding: Finding) -> Finding:
    """Return a finding without the credentials in headers and queries."""
    sent, came = finding.sent, finding.came
    if sent is not None:
        url, separator, query = sent.url.partition("?")
        query = redaction.query(query.encode("latin-1", "replace"))
        sent = replace(sent, url=url + separator + query, headers=_without_secrets(redaction, sent.headers))
    if came is not None:
        came = replace(came, headers=_without_secrets(redaction, came.headers))
    return replace(finding, sent=sent, came=came)


def _without_secrets(
    redaction: Redaction, headers: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, redaction.headers([(name.encode(), value.encode())])[name.lower()]) for name, value in headers
    )


def _now() -> datetime:
    return datetime.now(UTC)
