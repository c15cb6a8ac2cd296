"""All commands by name; the program itself imports each only when it is asked for."""

from __future__ import annotations

import click

from mockserver.cli import cli


def _all() -> dict[str, click.Command]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


COMMANDS = _all()
