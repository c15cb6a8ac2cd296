"""Holds a running server against its document, with Schemathesis. The door to Schemathesis.

It runs in a process of its own, by its command line: that, its configuration file and its report are what it
documents and keeps stable, and what it does to warnings, signals and threads stays with it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from mockserver.document import pointer as ptr
from mockserver.document.model import Document, Operation, SecurityScheme
from mockserver.document.plan import Credential, Plan
from mockserver.document.structure import BUNDLED
from mockserver.errors import UsageError
from mockserver.mocking import credentials

PHASES: Final = ("examples", "coverage", "fuzzing", "stateful")
DEFAULT_MAX_EXAMPLES: Final = 20
SCENARIOS_PER_EXAMPLE: Final = 4
"""A scenario goes along a few links; there are several times as many links as operations."""
_RESET: Final = "MOCKSERVER_FUZZ_RESET"
"""Environment variable that `hooks.py` reads; to import it from there would be to import Schemathesis."""

_PARTS: Final = "x-parts"
_READABLE_TYPES: Final = ("http", "apiKey", "oauth2", "openIdConnect")
_JUNIT_COUNTS: Final = ("tests", "failures", "errors", "skipped")


class Verdict(IntEnum):
    """How a run ended; Schemathesis' exit codes, and ours."""

    CLEAN = 0
    BROKEN = 1
    FAILED = 2
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Target:
    """What is fuzzed.

    Attributes:
        name: Heads its part of the report.
        document: The file of the document.
        url: Base URL of the server.
        schemes: Security scheme name -> credentials, as Schemathesis' `auth.openapi` takes them.
        headers: Sent with each request.
        labels: The operations, as `GET /pets`; None for all.
        secret: Whether credentials are hidden in what is shown.
        reset: An address to post to that takes the server back to its first state; None where there is none.
    """

    name: str
    document: Path
    url: str
    schemes: Mapping[str, Mapping[str, str]]
    headers: Mapping[str, str]
    labels: Sequence[str] | None = None
    secret: bool = False
    reset: str | None = None


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard it is tried.

    Attributes:
        seed: The same seed makes the same requests.
        max_examples: Cases drawn by chance for each operation; of scenarios there are several times as many.
        max_time_s: Repeat these phases until it is spent; None to run each once.
    """

    seed: int = 0
    phases: Sequence[str] = PHASES
    max_examples: int = DEFAULT_MAX_EXAMPLES
    max_time_s: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run.

    Attributes:
        failures: Title of a failure -> the operations that show it.
        errors: What Schemathesis could not do.
        junit: Its report in JUnit's format, None when it did not come so far.
    """

    name: str
    verdict: Verdict
    operations: int = 0
    cases: int = 0
    seconds: float = 0.0
    failures: Mapping[str, Sequence[str]] | None = None
    errors: Sequence[str] = ()
    junit: str | None = None


def strict_credentials(document: Document, plan: Plan, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return a regex for each security scheme, so that wrong credentials are there to be refused.

    Args:
        document: The document.
        plan: Its patterns stand.
        chosen: Patterns by scheme that a person chose; they win.
    """
    result = dict(chosen)
    for scheme in document.security_schemes.values():
        if (
            scheme.type in _READABLE_TYPES
            and scheme.name not in plan.credentials
            and scheme.name not in chosen
        ):
            result[scheme.name] = f"^{re.escape(credentials.accepted(plan, scheme))}$"
    return result


def scheme_credentials(
    document: Document, plan: Plan, patterns: Mapping[str, str], headers: Iterable[str] = ()
) -> dict[str, dict[str, str]]:
    """Return accepted credentials for each security scheme, but for those that `headers` carry already.

    Args:
        document: The document.
        plan: Says what is accepted.
        patterns: Security scheme name -> regex, which wins over the plan's.
        headers: Names of the headers that every request has anyway.
    """
    own = {name: Credential(re.compile(text)) for name, text in patterns.items()}
    kept = {
        name: credential
        for name, credential in plan.credentials.items()
        if name not in own or (credential.example and own[name].pattern.search(credential.example))
    }
    merged = replace(plan, credentials={**own, **kept})
    given = {name.lower() for name in headers}
    return {
        scheme.name: _as_auth(scheme, credentials.accepted(merged, scheme))
        for scheme in document.security_schemes.values()
        if scheme.type in _READABLE_TYPES and _header_of(scheme) not in given
    }


def _header_of(scheme: SecurityScheme) -> str | None:
    if scheme.type != "apiKey":
        return "authorization"
    return scheme.parameter.lower() if scheme.place == "header" else None


def _as_auth(scheme: SecurityScheme, value: str) -> dict[str, str]:
    if scheme.type == "apiKey":
        return {"api_key": value}
    if scheme.scheme == "basic":
        user, _, password = value.partition(":")
        return {"username": user, "password": password}
    return {"bearer": value}


def portable(root: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document whose parts from other files have names that every tool can read in a reference.

    Ours are locations, with slashes and number signs that a reference has to encode twice; and the field that holds
    them is one that Schemathesis uses for itself.
    """
    homes = root.get(BUNDLED)
    if not isinstance(homes, dict):
        return dict(root)
    names = {
        (kind, key): f"part{number}"
        for kind, home in homes.items()
        for number, key in enumerate(home, start=1)
    }

    def renamed(reference: str) -> str:
        _, kind, key, *rest = ptr.split(ptr.of_reference(reference))
        return "#" + ptr.join("", _PARTS, kind, names[kind, key], *rest)

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(item) for item in value]
        if not isinstance(value, dict):
            return value
        result = {key: walk(member) for key, member in value.items()}
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(f"#/{BUNDLED}/"):
            result["$ref"] = renamed(reference)
        return result

    own = {key: walk(member) for key, member in root.items() if key != BUNDLED}
    moved = {
        kind: {names[kind, key]: walk(part) for key, part in home.items()} for kind, home in homes.items()
    }
    return {**own, _PARTS: moved}


def select(
    documents: Sequence[Document], include: Sequence[str], exclude: Sequence[str]
) -> list[list[str] | None]:
    """Return, for each document, the labels of the operations that are wanted; None when that is all of them.

    A pattern is an operation id, or a regex that is searched in the path.

    Raises:
        UsageError: A pattern is no regex or matches nothing, or nothing is left.
    """
    if not include and not exclude:
        return [None for _ in documents]
    known = [operation for document in documents for operation in document.operations.values()]
    for text in (*include, *exclude):
        if not any(_matches(text, operation) for operation in known):
            raise UsageError(f"no operation has the id {text!r}, and no path matches it")

    def is_wanted(operation: Operation) -> bool:
        included = not include or any(_matches(text, operation) for text in include)
        return included and not any(_matches(text, operation) for text in exclude)

    result = [
        [str(item) for item in document.operations.values() if is_wanted(item)] for document in documents
    ]
    if not any(result):
        raise UsageError("no operation is left to fuzz")
    return list(result)


def _matches(text: str, operation: Operation) -> bool:
    try:
        return text == operation.id or re.search(text, operation.path) is not None
    except re.error as error:
        raise UsageError(f"{text!r} is neither an operation id nor a regular expression: {error}") from error


def run(target: Target, effort: Effort, folder: Path) -> Outcome:
    """Fuzz a server; what happens is shown on our own standard output.

    Args:
        target: What.
        effort: How hard.
        folder: An empty one, where Schemathesis may leave its files.
    """
    (folder / "schemathesis.toml").write_text(configuration(target, effort), encoding="utf-8")
    sys.stdout.flush()
    environment = dict(os.environ)
    if target.reset is not None:
        environment[_RESET] = target.reset
    process = subprocess.Popen(command(target, effort, folder), cwd=folder, env=environment)  # noqa: S603
    interrupted = False
    while True:
        try:
            code = process.wait()
            break
        except KeyboardInterrupt:
            # Ctrl-C reaches it too: it ends with its summary.
            interrupted = True
        except BaseException:
            process.kill()
            process.wait()
            raise
    return read_outcome(target.name, Verdict.INTERRUPTED if interrupted else code, folder)


ACCEPTED: Final = ("2xx", "3xx", "401", "403", "404", "409", "410", "412", "429", "5xx")
"""Statuses that a valid request may get: Schemathesis' own, and 410 and 412, which are about the state as 404 and 409
are (RFC 9110 sections 15.5.11 and 15.5.13); whether they are declared, another check judges."""


def configuration(target: Target, effort: Effort) -> str:
    """Return Schemathesis' configuration file: what its command line cannot say, or should not show."""
    lines = (
        [f"hooks = {_toml(str(Path(__file__).with_name('hooks.py')))}"] if target.reset is not None else []
    )
    lines += ["", "[cache]", "enabled = false"]
    lines += ["", "[generation]", f"max-examples = {effort.max_examples}"]
    lines += [
        "",
        "[phases.stateful.generation]",
        f"max-examples = {effort.max_examples * SCENARIOS_PER_EXAMPLE}",
    ]
    lines += ["", "[checks.positive_data_acceptance]"]
    lines += [f"expected-statuses = [{', '.join(map(_toml, ACCEPTED))}]"]
    if target.headers:
        lines += ["", "[headers]"]
        lines += [f"{_toml(name)} = {_toml(value)}" for name, value in target.headers.items()]
    for name, auth in target.schemes.items():
        lines += ["", f"[auth.openapi.{_toml(name)}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in auth.items()]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    # A JSON string is a TOML string, but for DEL; `${` would name a variable of the environment.
    return json.dumps(text.replace("${", "$${"), ensure_ascii=False).replace("\x7f", "\\u007f")


def command(target: Target, effort: Effort, folder: Path) -> list[str]:
    """Return the command that runs Schemathesis: all checks, always."""
    result = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / "schemathesis.toml")]
    result += ["run", str(target.document.resolve()), "--url", target.url, "--checks", "all"]
    result += ["--phases", ",".join(effort.phases), "--seed", str(effort.seed)]
    result += ["--continue-on-failure", "--generation-database", "none"]
    if effort.max_time_s is not None:
        result += ["--max-time", str(effort.max_time_s)]
    result += ["--output-sanitize", "true" if target.secret else "false"]
    result += [
        "--report-json-path",
        str(folder / "report.json"),
        "--report-junit-path",
        str(folder / "junit.xml"),
    ]
    for label in target.labels or ():
        result += ["--include-name", label]
    return result


def read_outcome(name: str, code: int, folder: Path) -> Outcome:
    """Return what Schemathesis' reports say.

    Args:
        name: Of the target.
        code: Its exit code.
        folder: Where the reports are, if it came so far.
    """
    verdict = Verdict(code) if code in list(Verdict) else Verdict.FAILED
    try:
        report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # It said on the terminal why it gave up; no verdict may be read out of silence.
        gave_up = verdict if verdict is Verdict.INTERRUPTED else Verdict.FAILED
        return Outcome(name, gave_up, errors=("Schemathesis wrote no report",))
    failures = {item["title"]: item["operations"] for item in report["failures"]}
    errors = [f"{item['title']} ({item['count']} times)" for item in report["errors"]]
    if verdict is Verdict.CLEAN and (failures or errors):
        verdict = Verdict.BROKEN
    junit = folder / "junit.xml"
    return Outcome(
        name=name,
        verdict=verdict,
        operations=(report["operations"] or {}).get("tested", 0),
        cases=report["test_cases"]["generated"],
        seconds=report["running_time"] or 0.0,
        failures=failures,
        errors=errors,
        junit=junit.read_text(encoding="utf-8") if junit.is_file() else None,
    )


def junit(outcomes: Iterable[Outcome]) -> str:
    """Return one report in JUnit's format, with a test suite for each outcome that has one."""
    root = ElementTree.Element("testsuites")
    for outcome in outcomes:
        if outcome.junit is None:
            continue
        # Our own child wrote it.
        for suite in ElementTree.fromstring(outcome.junit).iter("testsuite"):  # noqa: S314
            suite.set("name", outcome.name)
            suite.attrib.pop("hostname", None)
            root.append(suite)
    for count in _JUNIT_COUNTS:
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'
