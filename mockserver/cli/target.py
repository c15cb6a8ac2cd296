"""Options of all commands that test a server: where it is, and with which credentials it is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import click

from mockserver.contract import target as targets
from mockserver.contract.target import Target
from mockserver.document.model import Document
from mockserver.errors import UsageError

_VARIABLE: Final = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
NAMES: Final = (
    "headers", "auth", "basic", "bearer", "ca", "insecure", "cert", "cert_key", "proxy", "rate_limit",
    "request_timeout",
)  # fmt: skip
"""The parameters that `target_options` adds to a command."""


def target_options(function: Any) -> Any:
    """Add the options; a command hands what it gets of them to `target_from`."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in reversed(
        (
            click.option(
                "-H",
                "--header",
                "headers",
                multiple=True,
                metavar="'NAME: VALUE'",
                help="Send this header with each request; ${NAME} in a value is read from the environment.",
            ),
            click.option(
                "--auth",
                multiple=True,
                metavar="SCHEME=VALUE",
                help="Credentials for a security scheme of the document: a token or key, or user:password; "
                "${NAME} is read from the environment.",
            ),
            click.option(
                "--basic",
                metavar="USER:PASSWORD",
                help="The same for each HTTP basic scheme.",
            ),
            click.option(
                "--bearer",
                metavar="TOKEN",
                help="The same for each bearer, OAuth 2 and OpenID Connect scheme.",
            ),
            click.option("--ca", type=file, metavar="FILE", help="Trust the certificates in this file."),
            click.option("--insecure", is_flag=True, help="Trust any certificate."),
            click.option("--cert", type=file, metavar="FILE", help="Certificate of the client."),
            click.option(
                "--cert-key", type=file, metavar="FILE", help="Its key, if that is in another file."
            ),
            click.option("--proxy", metavar="URL", help="Send requests through this proxy."),
            click.option(
                "--rate-limit", metavar="N/UNIT", help="At most so many requests, e.g. 10/s or 100/m."
            ),
            click.option(
                "--request-timeout",
                type=click.FloatRange(min=0, min_open=True),
                default=targets.DEFAULT_TIMEOUT_S,
                show_default=True,
                metavar="SECONDS",
                help="Wait so long for each answer.",
            ),
        )
    ):
        function = option(function)
    return function


@dataclass(slots=True)
class _Expanding:
    """Reads variables of the environment, and remembers what was read: it is secret."""

    environment: Mapping[str, str]
    read: set[str] = field(default_factory=set)

    def expand(self, text: str, what: str) -> str:
        """Return a text, `${NAME}` replaced; `$${` stands for `${`."""

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name is None:
                return "${"
            if name not in self.environment:
                raise UsageError(f"{what}: the environment has no variable {name}")
            self.read.add(self.environment[name])
            return self.environment[name]

        return _VARIABLE.sub(value, text)


def target_from(url: str, document: Document, options: Mapping[str, Any]) -> Target:
    """Return the target that options name.

    Args:
        url: Base URL.
        document: Its security schemes are meant by the options.
        options: What a command got of `NAMES`.

    Raises:
        UsageError: An option cannot be used.
    """
    expanding = _Expanding(os.environ)
    headers = read_headers(options["headers"], expanding)
    schemes: dict[str, str] = {}
    for text in options["auth"]:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise UsageError("--auth: write it as SCHEME=VALUE, e.g. --auth 'apiKey=${API_KEY}'")
        schemes[name] = expanding.expand(value, f"--auth {name}")
    basic, bearer = options["basic"], options["bearer"]
    if basic is not None:
        basic = expanding.expand(basic, "--basic")
        if ":" not in basic:
            raise UsageError("--basic: write it as USER:PASSWORD")
    if bearer is not None:
        bearer = expanding.expand(bearer, "--bearer")
    target = targets.make(
        url,
        document,
        headers=headers,
        schemes=schemes,
        basic=basic,
        bearer=bearer,
        hidden=expanding.read,
    )
    if options["cert_key"] and not options["cert"]:
        raise UsageError("--cert-key needs --cert")
    if options["ca"] and options["insecure"]:
        raise UsageError("--ca and --insecure exclude each other")
    return replace(
        target,
        ca=options["ca"],
        insecure=options["insecure"],
        certificate=options["cert"],
        key=options["cert_key"],
        proxy=options["proxy"],
        rate=targets.rate(options["rate_limit"]) if options["rate_limit"] else None,
        timeout_s=options["request_timeout"],
    )


def read_headers(lines: Iterable[str], expanding: _Expanding | None = None) -> dict[str, str]:
    """Return header fields that were written as `NAME: VALUE`.

    Raises:
        UsageError: One is no header.
    """
    result: dict[str, str] = {}
    for line in lines:
        name, separator, value = line.partition(":")
        name, value = name.strip(), value.strip()
        if not separator or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            # What a person wrongly wrote may hold a secret: only its beginning is shown.
            raise UsageError(f"{line[:20]!r} is no header; write it as 'NAME: VALUE'")
        if expanding is not None:
            value = expanding.expand(value, f"-H {name}")
        if "\n" in value or "\r" in value:
            raise UsageError(f"-H {name}: a header has no line breaks")
        result[name] = value
    return result
