"""The commands. The door to click; each command calls one public function of one layer."""

from __future__ import annotations

import sys

import click

from mockserver import __version__
from mockserver.cli.check import check
from mockserver.cli.coverage import coverage
from mockserver.cli.diff import diff
from mockserver.cli.fuzz import fuzz
from mockserver.cli.importing import import_command
from mockserver.cli.parity import parity
from mockserver.cli.plan import plan
from mockserver.cli.proxy import proxy
from mockserver.cli.serve import serve
from mockserver.cli.state import state
from mockserver.cli.verify import verify
from mockserver.errors import MockserverError

EXIT_WRONG_USE = 2


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine, 1 the contract is broken, 2 wrong use.",
)
@click.version_option(__version__, prog_name="mockserver")
def cli() -> None:
    r"""Serve OpenAPI documents as stateful, deterministic mocks, and hold servers against them.

    \b
    Examples:
      mockserver serve                     the bundled APIs on port 4010
      mockserver serve api.yaml            your own document
      mockserver plan api.yaml             what it remembers, and why
      mockserver check api.yaml            what is wrong with it
      mockserver verify api.yaml --url URL does a server keep it?
      mockserver fuzz api.yaml             prove that the mock keeps its contract
      mockserver coverage api.yaml FILE    what did the tests never touch?
      mockserver diff v1.yaml v2.yaml      whom the next version breaks
      mockserver parity api.yaml --real URL  where mock and real server differ
    """


cli.add_command(serve)
cli.add_command(proxy)
cli.add_command(plan)
cli.add_command(check)
cli.add_command(verify)
cli.add_command(fuzz)
cli.add_command(coverage)
cli.add_command(diff)
cli.add_command(parity)
cli.add_command(import_command)
cli.add_command(state)


def main() -> None:
    """Run a command; what a person did wrong is one message and exit code 2."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(EXIT_WRONG_USE)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_WRONG_USE)
    except MockserverError as error:
        click.echo(f"mockserver: {error}", err=True)
        sys.exit(EXIT_WRONG_USE)
    except BrokenPipeError:
        sys.exit(0)
