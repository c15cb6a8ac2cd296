"""The commands. The door to click; each command calls one public function of one layer."""

from __future__ import annotations

import importlib
import sys
from typing import Final

import click

from mockserver import __version__
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


_COMMANDS: Final = {
    "serve": "serve:serve",
    "proxy": "proxy:proxy",
    "plan": "plan:plan",
    "check": "check:check",
    "verify": "verify:verify",
    "fuzz": "fuzz:fuzz",
    "coverage": "coverage:coverage",
    "diff": "diff:diff",
    "parity": "parity:parity",
    "import": "importing:import_command",
    "state": "state:state",
}
"""Commands in the order in which a person comes to need them -> where they are."""


class _OnDemand(click.Group):
    """Imports a command when it is asked for: each brings an engine of its own, and the others need not wait for it."""

    def list_commands(self, ctx: click.Context | None) -> list[str]:
        """Return the names of the commands, in their order."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context | None, cmd_name: str) -> click.Command | None:
        """Return a command, None if there is none of this name."""
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(f"mockserver.cli.{module}"), name)
        return command


@click.group(
    cls=_OnDemand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="mockserver")
def cli() -> None:
    """Serve OpenAPI documents as stateful, deterministic mocks, and hold servers against them."""


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
