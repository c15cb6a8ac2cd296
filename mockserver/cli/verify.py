"""`mockserver verify`."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from typing import Any

import click

from mockserver import sources
from mockserver.cli import reporting
from mockserver.cli.options import beside_options, settings_from
from mockserver.cli.target import NAMES, target_from, target_options
from mockserver.cli.testing import EFFORT, effort_from, effort_options, selection, selection_options
from mockserver.contract.target import base_url, with_plan
from mockserver.contract.verify.effort import Subject
from mockserver.contract.verify.selecting import select
from mockserver.document import plan_file
from mockserver.errors import UsageError


@click.command(
    short_help="Hold a running server against its document.",
    epilog="""\b
Examples:
  mockserver verify api.yaml --url http://127.0.0.1:8000
  mockserver verify api.yaml --url https://staging.example.com/v1 --bearer '${TOKEN}'
  mockserver verify api.yaml --url URL --auth 'apiKey=${KEY}' --include-tag pets --quick
  mockserver verify api.yaml --url URL --max-time 600 --rate-limit 20/s --report junit=verify.xml
  mockserver verify api.yaml --url URL --baseline known.yaml --ci

\b
Exit codes: 0 no findings, 1 findings, 2 wrong use or no run, 130 interrupted.
""",
)
@click.argument("document", metavar="DOC")
@click.option(
    "--url", required=True, metavar="URL", help="The server: what stands before the document's paths."
)
@target_options
@selection_options
@effort_options
@click.option(
    "--wait-for",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Give the server time to start.",
)
@click.option(
    "--reset-url", metavar="URL", help="Post to this address to take the server to its first state."
)
@click.option("--seed", type=int, help="The same seed makes the same requests.  [default: 0]")
@beside_options("overlay", "plan")
@click.option(
    "--config", type=click.Path(), help="Settings in YAML.  [default: mockserver.yaml if there is one]"
)
@reporting.options()
def verify(document: str, url: str, config: str | None, **flags: Any) -> None:
    """Hold a running server against its document: does it do what the document says?

    Sends valid requests, and such as are wrong in one way, along the operations and from one to the next; judges what
    comes. DOC is a file, a folder with one document, an http(s) URL, or - for standard input. The seed decides about
    the requests.
    """
    # Here: they bring httpx along, which no other command should wait for.
    from mockserver.contract.reaching import check_reset, reach
    from mockserver.contract.verify import engine

    options = reporting.taken(flags)
    chosen, reset, wait_s = selection(flags), flags.pop("reset_url"), flags.pop("wait_for")
    reached = {name: flags.pop(name) for name in NAMES}
    how = {name: flags.pop(name) for name in EFFORT}
    settings = settings_from(config, (document,), **flags)
    effort = effort_from(how, settings.seed)
    loaded = sources.load(sources.chosen(settings), settings)
    if len(loaded) != 1:
        raise UsageError("verify takes exactly one document: mockserver verify api.yaml --url URL")
    (item,) = loaded
    plan = plan_file.make(item.document, item.source.plan).plan
    (labels,) = select([item.document], chosen)
    target = with_plan(target_from(url, item.document, reached), item.document, plan)
    subject = Subject(item.document, plan, target, labels, reset)
    reach(target, wait_s)
    if reset is not None:
        check_reset(target, base_url(reset)[0])
    # As an exception, so that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with reporting.run(options, _now) as run:
        for event in engine.verify(subject, effort, _now):
            run(event)
    sys.exit(run.exit_code)


def _now() -> datetime:
    return datetime.now(UTC)
