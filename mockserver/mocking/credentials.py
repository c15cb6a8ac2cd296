"""Credentials that the mock accepts, for the start banner and for the fuzzer."""

from __future__ import annotations

import base64
import random
from typing import Final

from mockserver.document.model import Document, Operation, SecurityScheme
from mockserver.document.plan import Plan
from mockserver.mocking.generator.patterns import text_for

_CARRIED: Final = frozenset({"apiKey", "http", "oauth2", "openIdConnect"})
"""Types of schemes whose credentials travel in the request."""


def for_operation(document: Document, plan: Plan, operation: Operation) -> list[tuple[str, str, str]]:
    """Return (place, name, value) for what satisfies the first alternative of an operation's security.

    `place` is `header`, `query` or `cookie`.
    """
    if not operation.security:
        return []
    schemes = [document.security_schemes[name] for name in operation.security[0]]
    return [_carrier(scheme, accepted(plan, scheme)) for scheme in schemes if scheme.type in _CARRIED]


def accepted(plan: Plan, scheme: SecurityScheme) -> str:
    """Return a token, key or "user:password" that is accepted: the plan's example, or one of its pattern."""
    default = "user:password" if scheme.scheme == "basic" else "test-key"
    credential = plan.credentials.get(scheme.name)
    if credential is None:
        return default
    if credential.example is not None:
        return credential.example
    if credential.pattern.search(default):
        return default
    return text_for(credential.pattern.pattern, 1, None, random.Random(0)) or default


def _carrier(scheme: SecurityScheme, value: str) -> tuple[str, str, str]:
    if scheme.type == "apiKey":
        return scheme.place, scheme.parameter, value
    if scheme.scheme == "basic":
        return "header", "Authorization", f"Basic {base64.b64encode(value.encode()).decode()}"
    if scheme.scheme == "digest":
        fields = 'realm="mock", nonce="0", uri="/", response="0"'
        return "header", "Authorization", f'Digest username="{value}", {fields}'
    label = "Bearer" if scheme.type in ("oauth2", "openIdConnect") else scheme.scheme.capitalize()
    return "header", "Authorization", f"{label} {value}"
