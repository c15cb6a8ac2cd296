"""Credentials that a mock accepts, and refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from mockserver.contract.target import READABLE_TYPES, header_of
from mockserver.document.model import Document
from mockserver.document.plan import Credential, Plan
from mockserver.mocking import credentials


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
            scheme.type in READABLE_TYPES
            and scheme.name not in plan.credentials
            and scheme.name not in chosen
        ):
            result[scheme.name] = f"^{re.escape(credentials.accepted(plan, scheme))}$"
    return result


def scheme_credentials(
    document: Document, plan: Plan, patterns: Mapping[str, str], headers: Iterable[str] = ()
) -> dict[str, str]:
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
        scheme.name: credentials.accepted(merged, scheme)
        for scheme in document.security_schemes.values()
        if scheme.type in READABLE_TYPES and header_of(scheme) not in given
    }
