"""The commands. The door to click; each command calls one public function of one layer."""

from __future__ import annotations

import sys
from typing import Final

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


_EPILOG: Final = """\b
Examples:
  mockserver serve                              the bundled APIs on port 4010
  mockserver serve api.yaml                     your own document
  mockserver plan api.yaml                      what it remembers, and why
  mockserver verify api.yaml --url URL          does a server keep it?
  mockserver proxy api.yaml URL --record DIR    watch a real server, and record it
  mockserver coverage api.yaml JOURNAL          what did the tests never touch?
  mockserver diff main:api.yaml api.yaml        whom does the change break?

Exit codes: 0 fine, 1 the contract is broken, 2 wrong use.
"""


class _InOrder(click.Group):
    """Shows its commands in the order in which a person comes to need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands as they were added."""
        return list(self.commands)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="mockserver")
def cli() -> None:
    """Serve OpenAPI documents as stateful, deterministic mocks, and hold servers against them."""


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
