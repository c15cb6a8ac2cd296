"""What `serve` says when it is ready."""

from __future__ import annotations

import shlex
from typing import Final

import click

from mockserver import __version__
from mockserver.document.model import Operation
from mockserver.document.plan import Action
from mockserver.mocking import credentials
from mockserver.server.assembly import Application
from mockserver.server.calls import Served
from mockserver.server.routes import base_urls
from mockserver.settings import Settings

ANY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def banner(application: Application, settings: Settings, host: str, port: int, *, color: bool) -> str:
    """Return the start banner: each API with its base URL, its size, and a curl that works when pasted."""
    origin = origin_of(host, port)

    def bold(text: str) -> str:
        return click.style(text, bold=True) if color else text

    lines = [
        f"mockserver {__version__} · seed {settings.seed} · control API {origin}{settings.control_path}",
        "",
    ]
    for served in application.documents:
        seeded = sum(application.world.count(served.name, name) for name in served.plan.resources)
        base, *also = base_urls(served, settings, origin)
        lines.append(
            f"{bold(served.document.title)}  {base}" + (f"  (also {', '.join(also)})" if also else "")
        )
        stateful = len(served.plan.operations)
        lines.append(f"  {len(served.operations)} operations, {stateful} with state, {seeded} seeded items")
        sample = curl(served, application, base)
        if sample:
            lines.append(f"  {sample}")
        lines.append("")
    lines.append("Stop with Ctrl-C.")
    return "\n".join(lines)


def origin_of(host: str, port: int) -> str:
    """Return scheme and authority of a server on this machine, as it can be asked from here."""
    address = f"[{host}]" if ":" in host else host
    return f"http://{'127.0.0.1' if host in ANY_ADDRESS else address}:{port}"


def curl(served: Served, application: Application, base: str) -> str | None:
    """Return a curl that is answered well: of a list of state, else of any GET without variables."""
    lists = [item.operation for item in served.plan.operations.values() if item.action is Action.LIST]
    gets = [target.operation for target in served.operations.values()]
    candidates = [
        operation for operation in (*lists, *gets) if operation.method == "GET" and "{" not in operation.path
    ]
    easy = [item for item in candidates if not any(parameter.required for parameter in item.parameters)]
    if not easy:
        return None
    operation = max(easy[: len(lists)] or easy[:1], key=lambda item: _seeded(item, served, application))
    arguments = ["curl", "-s", f"{base}{operation.path}", *_as_arguments(served, operation)]
    return " ".join(shlex.quote(argument) for argument in arguments)


def _seeded(operation: Operation, served: Served, application: Application) -> int:
    plan = served.plan.operations.get(operation.id)
    if plan is None:
        return 0
    return application.world.count(served.name, plan.resource.name)


def _as_arguments(served: Served, operation: Operation) -> list[str]:
    arguments: list[str] = []
    for place, name, value in credentials.for_operation(served.document, served.plan, operation):
        flags = {
            "header": ["-H", f"{name}: {value}"],
            "cookie": ["-b", f"{name}={value}"],
            "query": ["-G", "-d", f"{name}={value}"],
        }
        arguments += flags[place]
    return arguments
