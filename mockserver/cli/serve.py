"""`mockserver serve`."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli.log import RequestLog
from mockserver.cli.options import (
    beside_options,
    config_file,
    data_options,
    document_arguments,
    settings_from,
)
from mockserver.settings import BASE_PATHS, Settings

if TYPE_CHECKING:
    from mockserver.server.assembly import Application
    from mockserver.server.calls import Served
    from mockserver.server.garbage import GarbageCollector


@click.command(
    short_help="Serve documents as stateful mocks.",
    epilog="""\b
Examples:
  mockserver serve
  mockserver serve api.yaml --port 8080 --seed 7
  mockserver serve pets=petstore.yaml billing.yaml --no-root
  mockserver serve api.yaml --clock 2026-01-02T03:04:05Z
  mockserver serve specs/                       the documents in a folder
  mockserver serve https://example.com/openapi.json
  mockserver serve api.yaml --state sqlite:mock.db       keep what was made
  mockserver serve api.yaml --state redis://localhost:6379/0 --workers 4
  mockserver serve api.yaml --journal run.ndjson         keep what was asked and answered
  make-document | mockserver serve pets=-       from standard input, named pets
""",
)
@document_arguments
@click.option("--host", metavar="ADDRESS", help="Where to listen.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="0 takes a free port.  [default: 4010]")
@beside_options()
@data_options
@click.option(
    "--root/--no-root", default=None, help="Also answer at the root, not only under /NAME.  [default: root]"
)
@click.option(
    "--base-path",
    type=click.Choice(BASE_PATHS),
    help="Answer below the paths of the document's servers, without them, or both.  [default: both]",
)
@click.option("--control-path", metavar="PATH", help="Where the control API is.  [default: /__mock__]")
@click.option("--strict", is_flag=True, default=None, help="Do not start with a document that has faults.")
@click.option(
    "--validate/--no-validate", default=None, help="Judge requests by the document.  [default: validate]"
)
@click.option("--auth/--no-auth", default=None, help="Ask for credentials.  [default: auth]")
@click.option(
    "--errors",
    is_flag=True,
    default=None,
    help="Answer 500 where the mock's own answer would break the document.",
)
@click.option(
    "--stateless",
    is_flag=True,
    default=None,
    help="Leave plans alone: answer from examples and the generator.",
)
@click.option(
    "--dynamic", is_flag=True, default=None, help="Generate answers anew for each request; no examples."
)
@click.option("--cors/--no-cors", default=None, help="Let web pages of other origins in.  [default: cors]")
@click.option(
    "--reload/--no-reload",
    default=None,
    help="Read documents, plans, fixtures and handlers again when they change.  [default: reload]",
)
@click.option(
    "--max-worlds",
    type=click.IntRange(min=1),
    help="Worlds at once; then those go that nobody has asked for longest.  [default: 1000]",
)
@click.option(
    "--world-idle",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Let a world go that nobody asks for so long; 0 for never.  [default: 86400]",
)
@click.option(
    "--state",
    metavar="PLACE",
    help="Where the state is kept: memory, sqlite:FILE, redis://HOST:PORT/NUMBER.  [default: memory]",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes that serve together, on all cores; needs a --state that they share.  [default: 1]",
)
@click.option("--state-prefix", metavar="TEXT", help="What keys in Redis begin with.  [default: mockserver]")
@click.option(
    "--record-limit",
    type=click.IntRange(min=1),
    help="Records of a world in memory; more are refused with 507.  [default: 1000000]",
)
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Add each exchange to this file as a line of JSON, for `mockserver coverage` and others.",
)
@click.option("--log/--no-log", default=None, help="Write a line for each request.  [default: log]")
def serve(documents: tuple[str, ...], config: str | None, **flags: Any) -> None:
    """Serve documents as stateful mocks; without DOC the bundled ones.

    DOC is a file, a folder with documents, an http(s) URL, or - for standard input. Several documents share the
    port: each answers at the root and under /NAME, where NAME is that of its file.
    """
    since_ns = time.time_ns()
    settings = settings_from(config, documents, **flags)
    # Until there is something to shut down in order, both signals end the start quietly.
    signal.signal(signal.SIGTERM, _stop_quietly)
    signal.signal(signal.SIGINT, _stop_quietly)
    from mockserver.cli.banner import banner
    from mockserver.server import supervising
    from mockserver.server.assembly import application_of, assemble
    from mockserver.server.garbage import GarbageCollector
    from mockserver.server.running import bind, slow_parts

    supervising.check(settings)
    listener = bind(settings.host, settings.port)
    application = assemble(settings, _now)
    for name in slow_parts():
        click.echo(
            f"mockserver: {name} is not installed; the server is several times slower without it", err=True
        )
    for served in application.documents:
        _warn(served)
    host, port = listener.getsockname()[:2]
    text = banner(application, settings, host, port, color=sys.stdout.isatty())
    garbage = GarbageCollector()
    garbage.start()

    def announce() -> None:
        click.echo(text)
        sys.stdout.flush()

    def work(application: Application, number: int, on_start: Callable[[], None]) -> None:
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.signal(signal.SIGINT, lambda *_: None)
        again = partial(settings_from, config, documents, **flags)
        reload = again, config_file(config), since_ns
        _serve(application, listener, garbage, reload, on_start, speaks=number == 0)

    if settings.workers == 1:
        work(application, 0, announce)
        return
    # A connection to the state is not to be carried over into other processes: each opens its own.
    application.worlds.close()
    parts = application.parts
    supervisor = supervising.Supervisor(
        settings.workers,
        lambda number, ready: work(application_of(parts, settings, _now), number, ready),
        announce,
        lambda said: click.echo(f"mockserver: {said}", err=True),
    )
    sys.exit(supervisor.run())


def _serve(
    application: Application,
    listener: socket.socket,
    garbage: GarbageCollector,
    reload: tuple[Callable[[], Settings], Path | None, int],
    on_start: Callable[[], None],
    *,
    speaks: bool,
) -> None:
    """Serve until the end of the process.

    Args:
        application: What is served.
        listener: Where.
        garbage: Is told when much of it has come up.
        reload: How to read the settings again, the config file, and when reading began.
        on_start: Called when the first request could come.
        speaks: Whether to say what came of a reload; one of several workers does.
    """
    from mockserver.server.reloading import Reloader, Report
    from mockserver.server.running import run

    settings = application.settings
    log = RequestLog(application.worlds.tail, sys.stdout, enabled=settings.log)
    parent = os.getppid()

    def say(report: Report) -> None:
        if speaks:
            click.echo(report, err=True)
        if report.part is not None:
            if speaks:
                _warn(report.part.served)
            garbage.expect()

    def start() -> None:
        on_start()
        if settings.reload:
            again, file, since_ns = reload
            Reloader(application, again, file, _now, say, since_ns=since_ns).start()

    def tick() -> None:
        log.flush()
        application.worlds.sweep()
        garbage.tick(application.worlds.tail.count)
        if settings.workers > 1 and os.getppid() != parent:
            # Nobody watches over us any more, and the port should be free.
            signal.raise_signal(signal.SIGTERM)

    try:
        run(application.asgi, listener, settings=settings, on_start=start, tick=tick)
    finally:
        application.worlds.close()


def _warn(served: Served) -> None:
    from mockserver.cli.report import start_notice

    if served.document.faults:
        click.echo(start_notice(served.document, color=sys.stderr.isatty()), err=True)


def _now() -> datetime:
    return datetime.now(UTC)


def _stop_quietly(*_: object) -> None:
    sys.exit(0)
