"""Options that several commands share, and how they become settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mockserver.document.loading.loader import read
from mockserver.errors import UsageError
from mockserver.settings import BESIDE, Settings, from_config, parse_beside, parse_instant, parse_source

CONFIG_NAMES = ("mockserver.yaml", "mockserver.yml")


def settings_from(config: str | None, documents: tuple[str, ...] = (), **flags: Any) -> Settings:
    """Return the settings: a flag wins over the config file, which wins over the default.

    Raises:
        UsageError: A value cannot be used.
        DocumentError: The config file cannot be read.
    """
    path = config_file(config)
    chosen: dict[str, Any] = {} if path is None else from_config(read(path), path)
    if documents:
        chosen["documents"] = tuple(parse_source(text) for text in documents)
    for name, value in flags.items():
        if name in BESIDE:
            if value:
                chosen[name] = tuple(parse_beside(text) for text in value)
        elif value is not None:
            chosen[name] = value
    if isinstance(chosen.get("clock"), str):
        chosen["clock"] = parse_instant(chosen["clock"])
    if not 0 <= chosen.get("port", 0) <= 65535:
        raise UsageError(f"there is no port {chosen['port']}; ports are 0 to 65535, 0 takes a free one")
    return Settings(**chosen)


def config_file(config: str | None) -> Path | None:
    """Return the config file: the one that was named, else the one that lies in the working directory."""
    if config:
        return Path(config)
    return next((Path(name) for name in CONFIG_NAMES if Path(name).is_file()), None)


def document_arguments(function: Any) -> Any:
    """Add `[DOC ...]`."""
    return click.argument("documents", nargs=-1, metavar="[[NAME=]DOC ...]")(function)


def beside_options(*names: str) -> Callable[[Any], Any]:
    """Add the options that name what belongs to one document, by default all of them."""
    known = {
        "handlers": "Module of functions that answer instead of the mock: a file or a dotted name; repeatable.",
        "overlay": "OpenAPI overlay to apply to the document first; repeatable.",
        "plan": "Plan of the state.  [default: api.plan.yaml beside api.yaml, else inferred]",
    }

    def add(function: Any) -> Any:
        for name in names or known:
            metavar = "[NAME=]MODULE" if name == "handlers" else "[NAME=]FILE"
            function = click.option(f"--{name}", multiple=True, metavar=metavar, help=known[name])(function)
        return function

    return add


def data_options(function: Any) -> Any:
    """Add the options that decide about the data."""
    for option in (
        click.option(
            "--config",
            type=click.Path(),
            help="Settings in YAML.  [default: mockserver.yaml if there is one]",
        ),
        click.option("--clock", metavar="INSTANT", help="Stop the clock, e.g. at 2026-01-02T03:04:05Z."),
        click.option("--locale", metavar="NAME", help="Locale of generated values.  [default: en_US]"),
        click.option(
            "--fixtures",
            type=click.Path(path_type=Path),
            help="Folder with a folder of fixtures for each document.",
        ),
        click.option("--seed", type=int, help="Seed of all that is generated.  [default: 0]"),
    ):
        function = option(function)
    return function
