"""What is asked of Schemathesis: its configuration file and its command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from mockserver.contract.target import Target
from mockserver.contract.verify.effort import SCENARIOS_PER_EXAMPLE, Effort, Subject
from mockserver.document.model import SecurityScheme

EVENTS: Final = "events.ndjson"
CONFIGURATION: Final = "schemathesis.toml"
HOOKS: Final = Path(__file__).with_name("hooks.py")

ACCEPTED: Final = ("2xx", "3xx", "401", "403", "404", "409", "410", "412", "429", "5xx")
"""Statuses that a valid request may get: Schemathesis' own, and 410 and 412, which are about the state as 404 and 409
are (RFC 9110 sections 15.5.11 and 15.5.13); whether they are declared, another check judges."""

_UNITS: Final = {1: "s", 60: "m", 3600: "h", 86400: "d"}


def command(
    subject: Subject, effort: Effort, document: Path, folder: Path, max_time_s: int | None = None
) -> list[str]:
    """Return the command that runs Schemathesis: all checks, always.

    Nothing secret is in it: other users of the machine can read command lines.

    Args:
        subject: What is tested.
        effort: How hard.
        document: The file that it reads.
        folder: Where it may leave its files.
        max_time_s: What is left of the time.
    """
    result = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / CONFIGURATION)]
    result += ["run", str(document), "--url", subject.target.url, "--checks", "all"]
    result += ["--phases", ",".join(effort.of_schemathesis), "--seed", str(effort.seed)]
    # More than one trip over each other in CPython 3.11: "AST constructor recursion depth mismatch".
    result += ["--workers", "1"]
    result += ["--continue-on-failure", "--generation-database", "none", "--no-color", "--warnings", "off"]
    if max_time_s is not None:
        result += ["--max-time", str(max_time_s)]
    if effort.max_response_time_s is not None:
        result += ["--max-response-time", str(effort.max_response_time_s)]
    # What it tells is read by us, and hidden by us: it knows no more than the usual names of secret fields.
    result += ["--output-sanitize", "false", "--report-ndjson-path", str(folder / EVENTS)]
    for label in subject.labels or ():
        result += ["--include-name", label]
    return result


def configuration(subject: Subject, effort: Effort) -> str:
    """Return Schemathesis' configuration file: what its command line cannot say, or should not show."""
    target = subject.target
    tables: dict[str, Mapping[str, Any]] = {
        "": {"hooks": str(HOOKS), **dict(_connection(target))},
        "cache": {"enabled": False},
        "generation": {"max-examples": effort.max_examples},
        "phases.stateful.generation": {"max-examples": effort.max_examples * SCENARIOS_PER_EXAMPLE},
        "checks.positive_data_acceptance": {"expected-statuses": list(ACCEPTED)},
    }
    if target.headers:
        tables["headers"] = target.headers
    for name, text in target.credentials.items():
        tables[f"auth.openapi.{_toml(name)}"] = as_auth(subject.document.security_schemes[name], text)
    lines: list[str] = []
    for title, table in tables.items():
        lines += ["", f"[{title}]"] if title else []
        bare = title != "headers"
        lines += [f"{key if bare else _toml(key)} = {_toml(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _connection(target: Target) -> Iterator[tuple[str, Any]]:
    yield "request-timeout", target.timeout_s
    # An answer that leads elsewhere is the answer that the document is asked about.
    yield "max-redirects", 0
    if target.ca is not None:
        yield "tls-verify", str(target.ca.resolve())
    if target.insecure:
        yield "tls-verify", False
    if target.certificate is not None:
        yield "request-cert", str(target.certificate.resolve())
    if target.key is not None:
        yield "request-cert-key", str(target.key.resolve())
    if target.proxy is not None:
        yield "proxy", target.proxy
    if target.rate is not None:
        requests, seconds = target.rate
        yield "rate-limit", f"{requests}/{_UNITS[seconds]}"


def as_auth(scheme: SecurityScheme, text: str) -> dict[str, str]:
    """Return credentials as Schemathesis' `auth.openapi` takes them."""
    if scheme.type == "apiKey":
        return {"api_key": text}
    if scheme.scheme == "basic":
        user, _, password = text.partition(":")
        return {"username": user, "password": password}
    return {"bearer": text}


def _toml(value: Any) -> str:
    """Return a value as TOML writes it."""
    if not isinstance(value, str):
        return json.dumps(value)
    # A JSON string is a TOML string, but for DEL; `${` would name a variable of the environment.
    return json.dumps(value.replace("${", "$${"), ensure_ascii=False).replace("\x7f", "\\u007f")
