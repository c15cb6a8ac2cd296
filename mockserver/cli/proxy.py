"""`mockserver proxy`."""

from __future__ import annotations

import importlib.util
import signal
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from mockserver.cli import reporting
from mockserver.cli.options import beside_options, settings_from
from mockserver.cli.recording import Recording, options_from, recording_options
from mockserver.errors import UsageError
from mockserver.settings import ProxySettings

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    short_help="Watch a real server, and report what breaks its document.",
    epilog="""\b
Examples:
  mockserver proxy api.yaml http://localhost:8080
  mockserver proxy api.yaml https://api.example.com/v1 --port 4020 --fail-on warning
  mockserver proxy api.yaml https://localhost:8443 --ca ca.pem
  mockserver proxy api.yaml http://localhost:8080 --errors             refuse what breaks the document
  mockserver proxy api.yaml http://localhost:8080 --mock-missing       answer for what is not built yet
  mockserver proxy api.yaml http://localhost:8080 --mock tag:billing --mock 'POST /pets/*/photo'
  mockserver proxy api.yaml http://localhost:8080 --stop-after 100 --report html=proxy.html
""",
)
@click.argument("document", required=False, metavar="[[NAME=]DOC")
@click.argument("upstream", required=False, metavar="UPSTREAM]")
@click.option("--host", metavar="ADDRESS", help="Where to listen.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="0 takes a free port.  [default: 4010]")
@click.option(
    "--errors", is_flag=True, default=None, help="Answer with an error where a message breaks the document."
)
@click.option(
    "--mock", multiple=True, metavar="PATTERN",
    help="Let the mock answer: an operation id, tag:NAME, a path like '/pets/*' or re:EXPRESSION, with or without a "
    "method before it; repeatable.",
)  # fmt: skip
@click.option(
    "--real", multiple=True, metavar="PATTERN", help="The same for the upstream, stronger than --mock."
)
@click.option(
    "--mock-missing",
    is_flag=True,
    default=None,
    help="Let the mock answer for what the upstream does not have.",
)
@click.option(
    "--preserve-host", is_flag=True, default=None, help="Leave the Host header as the client sent it."
)
@click.option(
    "--rewrite-location", is_flag=True, default=None,
    help="Turn places on the upstream in Location into places on the proxy.",
)  # fmt: skip
@click.option(
    "--forwarded/--no-forwarded",
    default=None,
    help="Add Via and X-Forwarded-* to requests.  [default: forwarded]",
)
@click.option("--ca", type=_FILE, metavar="FILE", help="Trust the certificates in this file.")
@click.option("--insecure", is_flag=True, default=None, help="Trust any certificate.")
@click.option("--cert", type=_FILE, metavar="FILE", help="Certificate of the client.")
@click.option("--cert-key", type=_FILE, metavar="FILE", help="Its key, if that is in another file.")
@click.option("--upstream-proxy", metavar="URL", help="Reach the upstream through this HTTP proxy.")
@click.option(
    "--timeout", type=click.FloatRange(min=0), metavar="SECONDS",
    help="Wait so long for an answer, and between two pieces of it; 0 for ever.  [default: 60]",
)  # fmt: skip
@click.option(
    "--connect-timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
    help="Wait so long for a connection.  [default: 10]",
)  # fmt: skip
@click.option(
    "--judge-limit", type=click.IntRange(min=1), metavar="BYTES",
    help="Larger bodies pass without being judged.  [default: 4194304]",
)  # fmt: skip
@click.option("--stop-after", type=click.IntRange(min=1), metavar="N", help="Stop after so many exchanges.")
@click.option(
    "--record",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write fixtures of what passed into this folder, safe to commit, for `mockserver serve --fixtures DIR`.",
)
@click.option(
    "--journal", type=_FILE, metavar="FILE", help="Add each exchange to this file, as a line of JSON."
)
@beside_options("overlay", "plan")
@click.option(
    "--config", type=click.Path(), help="Settings in YAML.  [default: mockserver.yaml if there is one]"
)
@click.option("--log/--no-log", default=None, help="Write a line for each request.  [default: log]")
@recording_options
@reporting.options()
def proxy(document: str | None, upstream: str | None, config: str | None, **flags: Any) -> None:
    """Stand in front of a real server, pass everything on, and hold it against a document.

    Violations are told in the header Mock-Violations, in the journal, and in the report when the proxy stops:
    Ctrl-C, SIGTERM or --stop-after.
    """
    report = reporting.taken(flags)
    stop_after = flags.pop("stop_after")
    recording = Recording(flags.pop("record"), options_from(flags))
    own = {item.name: flags.pop(item.name) for item in fields(ProxySettings) if item.name in flags}
    own["upstream"] = upstream
    settings = settings_from(config, () if document is None else (document,), **flags)
    given = {name: value for name, value in own.items() if value not in (None, ())}
    settings = replace(settings, proxy=replace(settings.proxy, **given))
    if not settings.documents:
        raise UsageError("which document is the server held against? mockserver proxy DOC UPSTREAM")
    if importlib.util.find_spec("httptools") is None:
        raise UsageError("the proxy needs httptools, and it is not installed here: pip install httptools")
    from mockserver.cli.relaying import Job, relay, way_of
    from mockserver.server.assembly import assemble
    from mockserver.server.running import bind

    way = way_of(settings.proxy)
    with bind(settings.host, settings.port) as listener:
        application = assemble(settings, _now)
        if len(application.documents) != 1:
            count = len(application.documents)
            raise UsageError(f"a proxy holds one server against one document, and here are {count}")
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.signal(signal.SIGINT, lambda *_: None)
        with reporting.run(report, _now) as run:
            relay(application, way, listener, Job(run, _now, stop_after, recording))
    sys.exit(run.exit_code)


def _now() -> datetime:
    return datetime.now(UTC)
